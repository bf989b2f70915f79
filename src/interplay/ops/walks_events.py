"""Walks along timed events, forwards in time.

Events lie in rows by the node they leave, in order of time. The next event is drawn in proportion to its weight,
faded by the time waited for it; sums of faded weights from each event to the end of its row turn that into one
search by halving, for any fading and any longest wait.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.walks import draw, walk_key


@njit(cache=True, nogil=True)
def faded_sums(offsets, time, weight, rate):  # type: ignore[no-untyped-def]
    """Sum the weights from every event to the end of its row, each faded by its distance in time from that event.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    time : (E,) float64 array, s, never decreasing in a row
    weight : (E,) float64 array, > 0
    rate : float, 1/s, >= 0
        Weights fade as exp(-rate * seconds).

    Returns
    -------
    (E,) float64 array
    """
    total = weight.copy()
    for i in range(len(offsets) - 1):
        for e in range(offsets[i + 1] - 2, offsets[i] - 1, -1):
            total[e] += np.exp(-rate * (time[e + 1] - time[e])) * total[e + 1]
    return total


@njit(cache=True, inline="always")
def _first_after(time, lo, hi, moment, strictly):  # type: ignore[no-untyped-def]
    """Find the first of the entries lo..hi whose time exceeds the moment (or reaches it, if not `strictly`)."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if time[middle] < moment or (strictly and time[middle] == moment):
            lo = middle + 1
        else:
            hi = middle
    return lo


@njit(cache=True, inline="always")
def _left(time, total, rate, a, j):  # type: ignore[no-untyped-def]
    """Probability of event j or a later one, given event a or a later one."""
    return np.exp(-rate * (time[j] - time[a])) * total[j] / total[a]


@njit(cache=True, inline="always")
def _pick(time, total, rate, a, b, hi, u):  # type: ignore[no-untyped-def]
    """Draw one of the events a..b of a row that ends at hi."""
    least = _left(time, total, rate, a, b) if b < hi else 0.0
    level = least + u * (1.0 - least)
    lo = a
    while b - lo > 1:
        middle = (lo + b) >> 1
        if _left(time, total, rate, a, middle) > level:
            lo = middle
        else:
            b = middle
    return lo


@njit(cache=True, nogil=True)
def walk_events(rows, first, total, rate, wait, strictly, starts, repetition, seed, out, taken):  # type: ignore[no-untyped-def]
    """Walk along events whose times rise.

    Parameters
    ----------
    rows : (offsets, target, time)
    first, total : (E,) float64 arrays
        `faded_sums` without fading, for the first event of a walk, and with `rate`, for all others.
    rate : float, 1/s
    wait : float, s
        Longest time between two events; infinity: any.
    strictly : bool
        Whether an event at the very time of the previous one is too early.
    starts, repetition, seed, out
        As of `walks.walk_rows`.
    taken : (W, L - 1) int64 array, or of no rows
        The entries of the events, -1 after the end.
    """
    offsets, target, time = rows
    n_walks, length = out.shape
    for w in range(n_walks):
        key = walk_key(seed, starts[w], repetition[w])
        here = np.int64(starts[w])
        out[w, 0] = here
        now = 0.0
        for step in range(1, length):
            e = np.int64(-1)
            if here >= 0:
                a, hi = offsets[here], offsets[here + 1]
                b = hi
                if step > 1:
                    a = _first_after(time, a, hi, now, strictly)
                    b = _first_after(time, a, hi, now + wait, True)
                if a < b:
                    u = draw(key, step, 0)
                    e = _pick(time, first, 0.0, a, b, hi, u) if step == 1 else _pick(time, total, rate, a, b, hi, u)
                    now = time[e]
                here = np.int64(target[e]) if e >= 0 else np.int64(-1)
            out[w, step] = here
            if len(taken) > 0:
                taken[w, step - 1] = e
