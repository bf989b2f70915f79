"""Events of many short samples, laid end to end: order, and counts per step."""

from __future__ import annotations

from numba import njit

#: What a time may lack, in steps, and still count to the step that begins there: 0.29 s / 0.01 s is 28.999999999999996.
SLACK = 1e-9
#: The same for times in single precision, as a share: they are rounded to a part in 1.7e7 when they are stored.
SINGLE = 1.2e-7


@njit(cache=True, nogil=True)
def first_outside(time, pointer, duration):  # type: ignore[no-untyped-def]
    """Find the first event that steps back within its sample, or lies outside [0, duration) of its sample.

    Parameters
    ----------
    time : (K,) float array, s
    pointer : (S + 1,) int64 array
    duration : (S,) float64 array, s

    Returns
    -------
    (sample, event, kind)
        Kind 1 steps back, kind 2 lies outside (NaN too); (-1, -1, 0) where all is in order.
    """
    for s in range(len(duration)):
        before = 0.0
        for k in range(pointer[s], pointer[s + 1]):
            now = float(time[k])
            if not (now >= 0.0 and now < duration[s]):
                return s, k, 2
            if now < before:
                return s, k, 1
            before = now
    return -1, -1, 0


@njit(cache=True, nogil=True)
def count_steps(time, unit, pointer, rows, step_s, rounding, pool, out):  # type: ignore[no-untyped-def]
    """Add the events of some samples to counts per step, sample and pool of neighbouring units.

    Parameters
    ----------
    time : (K,) float array, s
    unit : (K,) int array
    pointer : (S + 1,) int64 array
    rows : (B,) int64 array
    step_s : float, s
    rounding : float
        Share of a time by which it may lack what it stands for: `SINGLE` or 0.
    pool : int
        So many neighbouring units are counted together.
    out : (T, B, N) float32 array
        Added to.

    Returns
    -------
    (beyond, first)
        Number of events after the last step, which are not counted, and the place in `rows` of the first (-1: none).
    """
    n_steps = out.shape[0]
    beyond, first = 0, -1
    for b in range(len(rows)):
        for k in range(pointer[rows[b]], pointer[rows[b] + 1]):
            place = float(time[k]) / step_s
            place += SLACK + place * rounding
            if not place < n_steps:  # compared before it is made whole: it may be beyond any integer
                beyond += 1
                if first < 0:
                    first = b
            else:
                out[int(place), b, unit[k] // pool] += 1.0
    return beyond, first
