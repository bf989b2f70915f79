"""Sets of nodes as rows of 64-bit words."""

from __future__ import annotations

import numpy as np
from numba import njit

_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def pack_bits(links):  # type: ignore[no-untyped-def]
    """Pack a (N, N) bool array into rows of 64-bit words, (N, ceil(N / 64)) uint64."""
    n = links.shape[0]
    bits = np.zeros((n, (n + 63) // 64), dtype=np.uint64)
    for i in range(n):
        for j in range(n):
            if links[i, j]:
                bits[i, j >> 6] |= _ONE << np.uint64(j & 63)
    return bits


@njit(cache=True, nogil=True, inline="always")
def count_bits(word):  # type: ignore[no-untyped-def]
    """Count the bits set in one word (the usual divide-and-conquer sum)."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
