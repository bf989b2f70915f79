"""Keys of events by their content: what breaks a tie must not be the place in a file."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.hashing import fold, start


@njit(cache=True, nogil=True)
def _hash_events(src, dst, weight, features, out):  # type: ignore[no-untyped-def]
    for k in range(len(src)):
        word = fold(fold(fold(start(np.uint64(0)), src[k]), dst[k]), weight[k])
        for f in range(features.shape[1]):
            word = fold(word, features[k, f])
        out[k] = word


def event_hashes(
    src: NDArray[np.int64], dst: NDArray[np.int64], weight: NDArray[np.float32], features: NDArray[np.float32]
) -> NDArray[np.uint64]:
    """Hash what events say, not when, nor where they stand.

    Parameters
    ----------
    src, dst : (B,) int64 arrays
    weight : (B,) float32 array
    features : (B, F) float32 array

    Returns
    -------
    (B,) uint64 array
        Equal for events of equal content; by it, events of one time can be put into an order that is their own.
    """
    out = np.empty(len(src), np.uint64)
    bits = np.ascontiguousarray(weight, np.float32).view(np.uint32)
    _hash_events(src, dst, bits, np.ascontiguousarray(features, np.float32).view(np.uint32), out)
    return out


def content_order(
    src: NDArray[np.int64],
    dst: NDArray[np.int64],
    time: NDArray[np.float64],
    weight: NDArray[np.float32],
    features: NDArray[np.float32],
) -> NDArray[np.int64] | None:
    """Order events by time, and those of one time by a hash of their content.

    Parameters
    ----------
    src, dst : (B,) int64 arrays
    time : (B,) float64 array, s, never decreasing
    weight : (B,) float32 array
    features : (B, F) float32 array

    Returns
    -------
    (B,) int64 array or None
        None where no two times are equal: the order is then as given.
    """
    if not (time[1:] == time[:-1]).any():
        return None
    return np.lexsort((event_hashes(src, dst, weight, features), time))
