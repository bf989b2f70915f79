"""What a test needs to keep of a null that arrives surrogate by surrogate: counts and power sums, never the values."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def add_null(observed, null, tie, shift, period, guard, directed, tested, exceeding, power_sums):  # type: ignore[no-untyped-def]
    """Take in one surrogate's values.

    Parameters
    ----------
    observed, null : (P,) float64 arrays
        One per pair: the upper triangle row by row, or all ordered pairs row by row if `directed`. NaN never counts as
        exceeding.
    tie : float
        A null value short of the observed one by no more than this has reached it.
    shift : (N,) float64 array, in [0, period)
        How far this surrogate moved each unit around the circle.
    period : float, in the unit of `shift`
    guard : float, in the unit of `shift`
        A pair whose two units moved apart by less than this is as it was: the surrogate does not count for it.
    directed : bool
    tested : (P,) int64 array
        One more where the surrogate counts.
    exceeding : (P,) int64 array
        One more where it counts and ``|null| >= |observed| - tie``.
    power_sums : (3, P) float64 array
        Gains ``null``, ``null**2`` and ``null**3`` where it counts.
    """
    p = -1
    for i in range(len(shift)):
        for j in range(0 if directed else i + 1, len(shift)):
            if i == j:
                continue
            p += 1
            apart = abs(shift[i] - shift[j])
            if min(apart, period - apart) < guard:
                continue
            value = null[p]
            tested[p] += 1
            if abs(value) >= abs(observed[p]) - tie:
                exceeding[p] += 1
            power_sums[0, p] += value
            power_sums[1, p] += value * value
            power_sums[2, p] += value * value * value
