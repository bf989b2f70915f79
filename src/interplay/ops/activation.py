"""Activation functions by number: value, slope, inverse, cost and proximal operator of arrays.

The cost of an activation phi is the integral of its inverse minus y^2/2, closed at the ends of the domain and infinite
outside, so that phi is the proximal operator of its own cost. Additive constants are fixed by the formulas below.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import NumericalError

Floats = NDArray[np.float64]

#: Numbers of the kinds. Compiled kernels know them too.
IDENTITY, RELU, CLIP, THRESHOLD_LINEAR, LEAKY_RELU, SOFT_THRESHOLD, TANH, LOGISTIC, SOFTPLUS, POWER = range(10)
_STEPS = 200


def value(code: int, a: float, b: float, z: Floats) -> Floats:
    """Rate at input z.

    Parameters
    ----------
    code : int
        One of this module's numbers.
    a, b : float
        First and second parameter of the kind, ignored where it has fewer.
    z : float array

    Returns
    -------
    float array of the same shape
    """
    if code == IDENTITY:
        return z.copy()
    if code == RELU:
        return np.maximum(z, 0.0)
    if code == CLIP:
        return np.clip(z, 0.0, a)
    if code == THRESHOLD_LINEAR:
        return a * np.maximum(z - b, 0.0)
    if code == LEAKY_RELU:
        return np.where(z < 0, a * z, z)
    if code == SOFT_THRESHOLD:
        return np.sign(z) * np.maximum(np.abs(z) - a, 0.0)
    if code == TANH:
        return np.tanh(z)
    if code == LOGISTIC:
        with np.errstate(over="ignore"):
            return np.asarray(1.0 / (1.0 + np.exp(-a * (z - b))))
    if code == SOFTPLUS:
        return np.logaddexp(0.0, z)
    return np.asarray(a * np.maximum(z, 0.0) ** b)


def slope(code: int, a: float, b: float, z: Floats) -> Floats:
    """Give the derivative at input z; at a kink the smaller of the two one-sided slopes. Parameters as in `value`."""
    if code == IDENTITY:
        return np.ones_like(z)
    if code == RELU:
        return np.where(z > 0, 1.0, 0.0)
    if code == CLIP:
        return np.where((z > 0) & (z < a), 1.0, 0.0)
    if code == THRESHOLD_LINEAR:
        return np.where(z > b, a, 0.0)
    if code == LEAKY_RELU:
        return np.where(z > 0, 1.0, np.where(z < 0, a, min(1.0, a)))
    if code == SOFT_THRESHOLD:
        return np.where(np.abs(z) > a, 1.0, 0.0)
    if code == TANH:
        with np.errstate(over="ignore"):
            return np.asarray(np.cosh(z) ** -2.0)
    if code == LOGISTIC:
        low = np.exp(-np.abs(a * (z - b)))
        return np.asarray(a * low / (1.0 + low) ** 2)
    if code == SOFTPLUS:
        return value(LOGISTIC, 1.0, 0.0, z)
    return np.asarray(a * b * np.maximum(z, 0.0) ** (b - 1.0))


def inverse(code: int, a: float, b: float, x: Floats) -> Floats:
    """Input that gives rate x.

    Where a ray of inputs does, its end; of the soft threshold at 0, the middle of the interval; where only an infinite
    input would, that infinity; outside the domain NaN. Parameters as in `value`.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if code == IDENTITY:
            return x.copy()
        if code == RELU:
            return np.where(x >= 0, x, np.nan)
        if code == CLIP:
            return np.where((x >= 0) & (x <= a), x, np.nan)
        if code == THRESHOLD_LINEAR:
            return np.where(x >= 0, b + x / a, np.nan)
        if code == LEAKY_RELU:
            return np.where(x < 0, x / a, x)
        if code == SOFT_THRESHOLD:
            return x + a * np.sign(x)
        if code == TANH:
            return np.arctanh(x)
        if code == LOGISTIC:
            return np.asarray(b + (np.log(x) - np.log1p(-x)) / a)
        if code == SOFTPLUS:
            return np.asarray(x + np.log(-np.expm1(-x)))
        return np.where(x >= 0, (np.maximum(x, 0.0) / a) ** (1.0 / b), np.nan)


def cost(code: int, a: float, b: float, x: Floats) -> Floats:
    """Activation cost of rate x; infinite outside the domain. Parameters as in `value`."""
    if code == IDENTITY:
        return np.zeros_like(x)
    if code == RELU:
        return np.where(x >= 0, 0.0, np.inf)
    if code == CLIP:
        return np.where((x >= 0) & (x <= a), 0.0, np.inf)
    if code == THRESHOLD_LINEAR:
        return np.where(x >= 0, b * x + (1.0 / a - 1.0) * x**2 / 2, np.inf)
    if code == LEAKY_RELU:
        return np.where(x < 0, (1.0 / a - 1.0) * x**2 / 2, 0.0)
    if code == SOFT_THRESHOLD:
        return a * np.abs(x)
    from scipy.special import spence, xlog1py, xlogy

    with np.errstate(invalid="ignore"):
        if code == TANH:
            inside = (xlog1py(1 + x, x) + xlog1py(1 - x, -x)) / 2 - x**2 / 2
            return np.where(np.abs(x) <= 1, inside, np.inf)
        if code == LOGISTIC:
            inside = b * x + (xlogy(x, x) + xlog1py(1 - x, -x)) / a - x**2 / 2
            return np.where((x >= 0) & (x <= 1), inside, np.inf)
    if code == SOFTPLUS:  # the dilogarithm of exp(-x)
        return np.where(x >= 0, spence(-np.expm1(-np.maximum(x, 0.0))), np.inf)
    rate = np.maximum(x, 0.0)
    return np.where(x >= 0, b / (b + 1) * a ** (-1 / b) * rate ** (1 + 1 / b) - rate**2 / 2, np.inf)


def prox(code: int, a: float, b: float, z: Floats, step: float) -> Floats:
    """Minimiser over y of step * cost(y) + (y - z)^2 / 2.

    Parameters
    ----------
    code, a, b : as in `value`
    z : float array
    step : float, > 0
        With step (1 - 1/L) < 1, L the largest slope, or 1: then the minimiser is unique.

    Returns
    -------
    float array of the same shape

    Notes
    -----
    Closed forms for the piecewise linear kinds. Else y = phi(w) with step w + (1 - step) phi(w) = z, whose left side
    increases: Newton's steps inside a shrinking bracket.
    """
    if step == 1.0:
        return value(code, a, b, z)
    if code in (IDENTITY, RELU, CLIP):
        return value(code, a, b, z)
    if code == THRESHOLD_LINEAR:
        return np.asarray(np.maximum(z - step * b, 0.0) / (1.0 + step * (1.0 / a - 1.0)))
    if code == LEAKY_RELU:
        return np.where(z < 0, z / (1.0 + step * (1.0 / a - 1.0)), z)
    if code == SOFT_THRESHOLD:
        return value(code, step * a, b, z)
    return value(code, a, b, _root(code, a, b, z, step))


def _root(code: int, a: float, b: float, z: Floats, step: float) -> Floats:
    """Solve step w + (1 - step) phi(w) = z."""

    def excess(w: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(step * w + (1.0 - step) * value(code, a, b, w) - z)

    low, high, width = z - 1.0, z + 1.0, 1.0
    for _ in range(_STEPS):
        under, over = excess(low) > 0, excess(high) < 0
        if not (under.any() or over.any()):
            break
        width *= 2.0
        low, high = np.where(under, z - width, low), np.where(over, z + width, high)
    w = z.copy()
    for _ in range(_STEPS):
        wrong = excess(w)
        low, high = np.where(wrong <= 0, w, low), np.where(wrong >= 0, w, high)
        with np.errstate(over="ignore", invalid="ignore"):
            after = w - wrong / (step + (1.0 - step) * slope(code, a, b, w))
        after = np.where((after > low) & (after < high), after, (low + high) / 2)
        if np.all(np.abs(after - w) <= 4e-16 * (1.0 + np.abs(w))):
            return after
        w = after
    raise NumericalError(
        f"the proximal operator must converge, but activation {code} with step {step:g} did not within {_STEPS} steps. "
        "Use a smaller step, or inputs of ordinary size."
    )
