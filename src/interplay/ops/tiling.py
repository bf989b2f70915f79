"""Spike time tiling: how many spikes of every unit fall near spikes of every other, in one sweep over sorted spikes.

Time is counted in ticks of 2^-44 s (about 0.06 ps) from the start of the window, so that nothing depends on where on
the clock the window lies, and tiles add up exactly.

The sweep walks through the spikes of all units in time order and keeps one bit per unit: is a spike of that unit near
the present spike? These bits are added to one counter per pair. The counters are bit-sliced: level k of a row holds,
for 64 pairs per word, the bits of weight 2^k, and new bits enter eight at a time through a tree of carry-save adders.
One spike thus costs a few logical operations per 64 units, not one step per unit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Ticks in one second.
TICKS = 2.0**44
#: Gaps that exceed the lag by less than this (2^-31 s, half a nanosecond) do so by rounding, and count as equal to it.
SLACK = 2**13
_CLOCK = 3e9
_LEVELS = 8
_BATCH = 8
_LANES = 4


@njit(cache=True, nogil=True)
def to_ticks(time, start, resolution):  # type: ignore[no-untyped-def]
    """Count the ticks from `start` to each time, rounded to the nearest.

    Parameters
    ----------
    time : (E,) float64 array, s
    start : float, s
    resolution : float, s, >= 0
        What the clock resolves: the spacing of double-precision numbers there. If a whole third of a nanosecond lies
        within it, that is taken to be the time. Sampling clocks tick in such steps, so their times keep every bit when
        the whole recording moves along the time axis.

    Returns
    -------
    (E,) int64 array
    """
    out = np.empty(len(time), np.int64)
    for e in range(len(time)):
        lapse = time[e] - start
        whole = np.rint(lapse * _CLOCK) / _CLOCK
        if abs(lapse - whole) <= resolution:
            lapse = whole
        out[e] = np.int64(np.rint(lapse * TICKS))
    return out


@njit(cache=True, nogil=True)
def cover(ticks, unit, n_units, length, before, after):  # type: ignore[no-untyped-def]
    """Measure the union of the tiles [t - before, t + after] of every unit, cut to [0, length].

    Parameters
    ----------
    ticks : (E,) int64 array, never decreasing
    unit : (E,) int array, in [0, n_units)
    n_units : int
    length, before, after : int, ticks

    Returns
    -------
    covered : (n_units,) int64 array, ticks
    size : (n_units,) int64 array
        Spikes per unit.
    bursts : (n_units,) int64 array
        Pieces of the union: runs of spikes whose tiles touch.
    """
    covered = np.zeros(n_units, np.int64)
    size = np.zeros(n_units, np.int64)
    bursts = np.zeros(n_units, np.int64)
    reached = np.zeros(n_units, np.int64)
    for e in range(len(ticks)):
        u = unit[e]
        if size[u] == 0 or ticks[e] - before > reached[u]:
            bursts[u] += 1
        low = max(ticks[e] - before, reached[u])
        high = min(ticks[e] + after, length)
        if high > low:
            covered[u] += high - low
            reached[u] = high
        size[u] += 1
    return covered, size, bursts


@njit(cache=True, nogil=True, inline="always")
def _add(a, b, c):  # type: ignore[no-untyped-def]
    """Add three bits in every place: sum and carry."""
    either = a ^ b
    return either ^ c, (a & b) | (either & c)


@njit(cache=True, nogil=True)
def _absorb(planes, batch):  # type: ignore[no-untyped-def]
    """Add the eight bit vectors of one row's batch to its planes. Both are (8, words); the batch is used up."""
    for w in range(planes.shape[1]):
        one, a = _add(planes[0, w], batch[0, w], batch[1, w])
        one, b = _add(one, batch[2, w], batch[3, w])
        one, c = _add(one, batch[4, w], batch[5, w])
        one, d = _add(one, batch[6, w], batch[7, w])
        two, e = _add(planes[1, w], a, b)
        two, f = _add(two, c, d)
        four, carry = _add(planes[2, w], e, f)
        planes[0, w], planes[1, w], planes[2, w] = one, two, four
        batch[0, w] = carry
    for level in range(3, _LEVELS):
        for w in range(planes.shape[1]):
            plane = planes[level, w]
            planes[level, w] = plane ^ batch[0, w]
            batch[0, w] &= plane


@njit(cache=True, nogil=True)
def _flush(planes, batch, added, out):  # type: ignore[no-untyped-def]
    """Move what one row has counted into plain counters, and clear its planes."""
    batch[added % _BATCH :] = 0
    _absorb(planes, batch)
    levels = 0
    while added >> levels:
        levels += 1
    for w in range(planes.shape[1]):
        counters = out[w * 64 : w * 64 + 64]
        for level in range(levels):
            plane = planes[level, w]
            for j in range(64):
                counters[j] += np.int32(((plane >> np.uint64(j)) & np.uint64(1)) << np.uint64(level))
    planes[:] = 0


@njit(cache=True, nogil=True)
def count_near(ticks, unit, n_units, low, high, first, last):  # type: ignore[no-untyped-def]
    """Count, for every ordered pair (a, b), the spikes of `a` at t with some spike of `b` in [t + low, t + high].

    Parameters
    ----------
    ticks : (E,) int64 array, never decreasing
    unit : (E,) int array, in [0, n_units)
    n_units : int, N
    low, high : int, ticks, low <= high
    first, last : int
        Only the spikes ``first:last`` are taken as spikes of `a`, so that parts may be counted apart and added.

    Returns
    -------
    (N, P) int32 array
        Entry [a, b]; columns from N on are padding. The diagonal counts a unit's spikes near its own.

    Notes
    -----
    Time O(E N / 64), memory 6 N^2 bytes.
    """
    words = (n_units + 64 * _LANES - 1) // (64 * _LANES) * _LANES
    out = np.zeros((n_units, words * 64), np.int32)
    if first >= last:
        return out
    planes = np.zeros((n_units, _LEVELS, words), np.uint64)
    batch = np.zeros((n_units, _BATCH, words), np.uint64)
    added = np.zeros(n_units, np.int64)
    inside = np.zeros(n_units, np.int32)
    active = np.zeros(words, np.uint64)
    head = np.searchsorted(ticks, ticks[first] + low)
    tail = head
    for e in range(first, last):
        t = ticks[e]
        while tail < len(ticks) and ticks[tail] <= t + high:
            u = np.int64(unit[tail])
            inside[u] += 1
            active[u >> 6] |= np.uint64(1) << np.uint64(u & 63)
            tail += 1
        while head < tail and ticks[head] < t + low:
            u = np.int64(unit[head])
            inside[u] -= 1
            active[u >> 6] &= ~(np.uint64(inside[u] == 0) << np.uint64(u & 63))
            head += 1
        row = unit[e]
        k = added[row]
        slot = batch[row, k & (_BATCH - 1)]
        for w in range(words):
            slot[w] = active[w]
        k += 1
        if k & (_BATCH - 1) == 0:
            _absorb(planes[row], batch[row])
            if k == (1 << _LEVELS) - _BATCH:
                _flush(planes[row], batch[row], k, out[row])
                k = 0
        added[row] = k
    for row in range(n_units):
        _flush(planes[row], batch[row], added[row], out[row])
    return out
