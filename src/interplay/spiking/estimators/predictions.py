"""What bias and variance the family has on one unit, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import DataError

Floats = NDArray[np.float64]


def predicted_bias(p: ArrayLike, slope: ArrayLike, rise: ArrayLike, bend: ArrayLike = 0.0) -> Floats:
    """Give the bias of IW-ST(p) on one unit: P' [(p - 1/2) (f'(1) - f'(0)) + f''' / 12].

    Parameters
    ----------
    p : array_like, in [0, 1]
        Weight of the upper end.
    slope : array_like
        P' = f(a / s) / s, density of the noise.
    rise : array_like
        f'(1) - f'(0) of the loss as a function of this unit's value.
    bend : array_like
        f''' in between; constant for a cubic, for which the formula is exact.

    Returns
    -------
    float64 array
        Mean of the estimate less the gradient P' (f(1) - f(0)).

    Raises
    ------
    DataError
        If p lies outside [0, 1] or a slope is negative.

    Notes
    -----
    The estimate's mean is P' [p f'(1) + (1 - p) f'(0)], a quadrature of the integral of f' by its ends. At p = 1/2 it
    is the trapezium, exact for quadratic losses; where f' is constant every p is exact.
    """
    upper_share, steepness, change, third = _checked(p, slope, rise, bend)
    return np.asarray(steepness * ((upper_share - 0.5) * change + third / 12))


def predicted_variance(
    p: ArrayLike, probability: ArrayLike, slope: ArrayLike, upper: ArrayLike, lower: ArrayLike
) -> Floats:
    """Give the variance of IW-ST(p) on one unit.

    Parameters
    ----------
    p : array_like, in [0, 1]
    probability : array_like, in (0, 1)
        P.
    slope : array_like
        P'.
    upper, lower : array_like
        f'(1) and f'(0).

    Returns
    -------
    float64 array
        P'² [p² f'(1)² / P + (1 - p)² f'(0)² / (1 - P) - (p f'(1) + (1 - p) f'(0))²]; for a linear loss of slope g
        this is P'² g² (p - P)² / (P (1 - P)): none at p = P.

    Raises
    ------
    DataError
        If p lies outside [0, 1], P outside (0, 1), or a slope is negative.
    """
    share, steepness, one, none = _checked(p, slope, upper, lower)
    chance = np.asarray(probability, dtype=np.float64)
    if not ((chance > 0) & (chance < 1)).all():
        raise DataError("`probability` must lie above 0 and below 1, got other values. Give F(a / s).")
    mean = share * one + (1 - share) * none
    squares = np.square(share * one) / chance + np.square((1 - share) * none) / (1 - chance)
    return np.asarray(np.square(steepness) * (squares - np.square(mean)))


def _checked(p: ArrayLike, slope: ArrayLike, *others: ArrayLike) -> tuple[Any, ...]:
    arrays = [np.asarray(value, dtype=np.float64) for value in (p, slope, *others)]
    if not all(np.isfinite(array).all() for array in arrays):
        raise DataError("arguments must be finite, got NaN or infinity.")
    if not ((arrays[0] >= 0) & (arrays[0] <= 1)).all():
        raise DataError("`p` must lie in [0, 1], got other values. It is the weight of the upper end.")
    if (arrays[1] < 0).any():
        raise DataError("`slope` must not be negative, got a negative density.")
    return tuple(arrays)
