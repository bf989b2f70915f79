"""What a test needs to keep of a null that arrives surrogate by surrogate: counts and power sums, never the values."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def add_null(observed, null, tie, exceeding, power_sums):  # type: ignore[no-untyped-def]
    """Take in one surrogate's values.

    Parameters
    ----------
    observed, null : (P,) float64 arrays
        NaN never counts as exceeding.
    tie : float
        A null value short of the observed one by no more than this has reached it.
    exceeding : (P,) int64 array
        One more where ``|null| >= |observed| - tie``.
    power_sums : (3, P) float64 array
        Gains ``null``, ``null**2`` and ``null**3``.
    """
    for k in range(len(observed)):
        value = null[k]
        if abs(value) >= abs(observed[k]) - tie:
            exceeding[k] += 1
        power_sums[0, k] += value
        power_sums[1, k] += value * value
        power_sums[2, k] += value * value * value
