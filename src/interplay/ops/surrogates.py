"""Surrogate spike trains: what is left of the data when one kind of structure is taken away.

All functions work on times grouped by unit: unit i owns ``times[pointer[i]:pointer[i + 1]]``, sorted. Every draw is
keyed by (seed, process, surrogate index, unit, spike ordinal), so a surrogate does not depend on which others are made,
nor on other units, nor on the number of threads.

| function | keeps | destroys |
|---|---|---|
| `circular_shift` | each train up to one cut at the edge | alignment between units |
| `interval_jitter` | exact counts per unit and bin | timing finer than the bin |
| `uniform_dither` | counts, rates slower than the reach | timing finer than the reach, refractoriness |
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import key_word, uniform
from interplay.ops.hashing import fold, start, to_unit


@njit(cache=True, nogil=True)
def open_stream(seed, process):  # type: ignore[no-untyped-def]
    """Hash (seed, process) to the state that the compiled surrogates below begin from; both uint64."""
    return fold(start(seed), process)


@njit(cache=True, nogil=True)
def shift_into(times, pointer, begin, end, state, index, out):  # type: ignore[no-untyped-def]
    """Fill `out` with circularly shifted trains; see `circular_shift`. `state` comes from `open_stream`."""
    length = end - begin
    last = np.nextafter(end, begin)
    keyed = fold(state, np.uint64(index))
    for unit in range(len(pointer) - 1):
        a, b = pointer[unit], pointer[unit + 1]
        amount = to_unit(fold(keyed, np.uint64(unit))) * length
        cut = b
        while cut > a and times[cut - 1] - begin + amount >= length:
            cut -= 1
        # Spikes from `cut` on leave at the end and come in at the start, ahead of all others.
        for k in range(cut, b):
            out[a + k - cut] = min(max(begin + (times[k] - begin + amount - length), begin), last)
        for k in range(a, cut):
            out[b - cut + k] = min(begin + (times[k] - begin + amount), last)


@njit(cache=True, nogil=True)
def jitter_into(times, pointer, begin, end, width, state, index, out):  # type: ignore[no-untyped-def]
    """Fill `out` with interval-jittered trains; see `interval_jitter`. `state` comes from `open_stream`."""
    keyed = fold(state, np.uint64(index))
    for unit in range(len(pointer) - 1):
        a, b = pointer[unit], pointer[unit + 1]
        own = fold(keyed, np.uint64(unit))
        for k in range(a, b):
            # The division may err by one bin at an edge; the edges themselves decide.
            place = np.floor((times[k] - begin) / width)
            while begin + place * width > times[k]:
                place -= 1.0
            while begin + (place + 1.0) * width <= times[k]:
                place += 1.0
            low = begin + place * width
            high = min(begin + (place + 1.0) * width, end)
            moved = low + to_unit(fold(own, np.uint64(k - a))) * (high - low)
            out[k] = min(moved, np.nextafter(high, low))
        out[a:b].sort()


@njit(cache=True, nogil=True)
def dither_into(times, pointer, begin, end, reach, state, index, out):  # type: ignore[no-untyped-def]
    """Fill `out` with dithered trains; see `uniform_dither`. `state` comes from `open_stream`."""
    last = np.nextafter(end, begin)
    keyed = fold(state, np.uint64(index))
    for unit in range(len(pointer) - 1):
        a, b = pointer[unit], pointer[unit + 1]
        own = fold(keyed, np.uint64(unit))
        for k in range(a, b):
            moved = times[k] + (2.0 * to_unit(fold(own, np.uint64(k - a))) - 1.0) * reach
            if moved < begin:
                moved = begin + (begin - moved)
            elif moved > last:
                moved = last - (moved - last)
            out[k] = min(max(moved, begin), last)
        out[a:b].sort()


def stream_state(seed: int, process: str) -> np.uint64:
    """Open the stream of one process, for the compiled surrogates.

    Parameters
    ----------
    seed : int
    process : {"circular_shift", "interval_jitter", "uniform_dither"}
        Any name will do; these are the ones the functions below use.

    Returns
    -------
    uint64
    """
    return np.uint64(open_stream(np.uint64(key_word(int(seed))), np.uint64(key_word(process))))


def shifts(seed: int, index: int, n_units: int) -> NDArray[np.float64]:
    """Give the share of the interval by which surrogate `index` shifts each unit, (N,) float64 in [0, 1)."""
    return uniform(seed, "circular_shift", index, np.arange(n_units))


def circular_shift(
    times: NDArray[np.float64],
    pointer: NDArray[np.int64],
    begin: float,
    end: float,
    *,
    seed: int,
    index: int,
) -> NDArray[np.float64]:
    """Shift every train by its own uniform amount inside [begin, end), what leaves at the end entering at the start.

    Parameters
    ----------
    times : (E,) float64 array, s, in [begin, end)
        Grouped by unit, sorted inside each unit.
    pointer : (N + 1,) int64 array
    begin, end : float, s
        The interval the trains go round in.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    (E,) float64 array, s
        Same grouping, sorted inside each unit, inside [begin, end).

    Notes
    -----
    Unit i moves by ``uniform(seed, "circular_shift", index, i) * (end - begin)``. A sum that rounds up to `end` becomes
    the largest number below it. O(E).
    """
    out = np.empty_like(times)
    shift_into(times, pointer, float(begin), float(end), stream_state(seed, "circular_shift"), int(index), out)
    return out


def interval_jitter(
    times: NDArray[np.float64],
    pointer: NDArray[np.int64],
    begin: float,
    end: float,
    *,
    width_s: float,
    seed: int,
    index: int,
) -> NDArray[np.float64]:
    """Redraw every spike uniformly inside its own bin ``[begin + k * width_s, begin + (k + 1) * width_s)``.

    Parameters
    ----------
    times : (E,) float64 array, s, in [begin, end)
        Grouped by unit, sorted inside each unit.
    pointer : (N + 1,) int64 array
    begin, end : float, s
        Bins start at `begin`; the last one is cut at `end`.
    width_s : float, s, > 0
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    (E,) float64 array, s
        Same grouping, sorted inside each unit; the count of every unit in every bin is exactly as before.

    Notes
    -----
    Spike k of unit i draws ``uniform(seed, "interval_jitter", index, i, k)``. O(E log E) at worst.

    References
    ----------
    Amarasingham, Harrison, Hatsopoulos, Geman (2012), J Neurophysiol 107:517.
    """
    require_setting("width_s", width_s, above=0)
    out = np.empty_like(times)
    state = stream_state(seed, "interval_jitter")
    jitter_into(times, pointer, float(begin), float(end), float(width_s), state, int(index), out)
    return out


def uniform_dither(
    times: NDArray[np.float64],
    pointer: NDArray[np.int64],
    begin: float,
    end: float,
    *,
    reach_s: float,
    seed: int,
    index: int,
) -> NDArray[np.float64]:
    """Move every spike by its own uniform amount in [-reach_s, reach_s), reflected at the edges.

    Parameters
    ----------
    times : (E,) float64 array, s, in [begin, end)
        Grouped by unit, sorted inside each unit.
    pointer : (N + 1,) int64 array
    begin, end : float, s
    reach_s : float, s, 0 < reach_s <= end - begin
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    (E,) float64 array, s
        Same grouping, sorted inside each unit, inside [begin, end).

    Notes
    -----
    Spike k of unit i draws ``uniform(seed, "uniform_dither", index, i, k)``. O(E log E).
    """
    require_setting("reach_s", reach_s, above=0, most=end - begin)
    out = np.empty_like(times)
    state = stream_state(seed, "uniform_dither")
    dither_into(times, pointer, float(begin), float(end), float(reach_s), state, int(index), out)
    return out
