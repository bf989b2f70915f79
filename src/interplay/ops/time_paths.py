"""Who can be reached along events of rising time, for 64 sources at once: one bit each."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def spread_bits(src, dst, time, words, pending):  # type: ignore[no-untyped-def]
    """Pass the bits of every event's source on to its target, time by time.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, N)
    time : (E,) float64 array, s, never decreasing
    words : (N,) uint64 array
        Bits that each node begins with; afterwards those that reached it.
    pending : (E,) uint64 array
        Scratch.

    Notes
    -----
    Events of one time pass on what was there before it: a path needs rising times. O(E).
    """
    first = 0
    while first < len(src):
        last = first
        while last < len(src) and time[last] == time[first]:
            pending[last] = words[src[last]]
            last += 1
        for e in range(first, last):
            words[dst[e]] |= pending[e]
        first = last
