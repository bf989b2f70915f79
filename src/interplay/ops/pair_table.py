"""Numbers of pairs: an open table from the key of a pair to its number, in the order pairs came."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import mix


@njit(cache=True, nogil=True)
def find_pairs(keys, number, pair, out):  # type: ignore[no-untyped-def]
    """Look pairs up.

    Parameters
    ----------
    keys : (C,) int64 array, C a power of two
        Keys by slot, -1 where empty; at least one slot is empty.
    number : (C,) int64 array
        Numbers by slot.
    pair : (B,) int64 array, >= 0
    out : (B,) int64 array
        Numbers of the pairs; -1 of those that are not in the table.
    """
    mask = np.uint64(len(keys) - 1)
    for k in range(len(pair)):
        slot = mix(np.uint64(pair[k])) & mask
        while keys[slot] != -1 and keys[slot] != pair[k]:
            slot = (slot + np.uint64(1)) & mask
        out[k] = number[slot] if keys[slot] == pair[k] else -1


@njit(cache=True, nogil=True)
def add_pairs(keys, number, pair, first, out):  # type: ignore[no-untyped-def]
    """Look pairs up, and give new ones the next numbers.

    Parameters
    ----------
    keys, number : (C,) int64 arrays
        As of `find_pairs`, with room for all of the pairs; written.
    pair : (B,) int64 array, >= 0
    first : int
        Number of the next new pair.
    out : (B,) int64 array
        Numbers of the pairs.

    Returns
    -------
    int
        Number of the next new pair after these.
    """
    mask = np.uint64(len(keys) - 1)
    count = first
    for k in range(len(pair)):
        slot = mix(np.uint64(pair[k])) & mask
        while keys[slot] != -1 and keys[slot] != pair[k]:
            slot = (slot + np.uint64(1)) & mask
        if keys[slot] == -1:
            keys[slot] = pair[k]
            number[slot] = count
            count += 1
        out[k] = number[slot]
    return count
