"""Two coupled rate units: every equilibrium, and the best diagonal scaling, for many pairs at once.

Arrays only. Unit 0 and unit 1 obey tau_i dx_i/dt = -x_i + phi_i((W x + u)_i).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

#: A point counts as inside a piece if it misses the piece's edge by no more than this, relative to the numbers there.
_EDGE = 1e-11
#: A determinant is 0 if it is no larger than this, relative to the products it is made of.
SINGULAR = 1e-11
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
#: Twice the arcsinh of the standard reach, 1e4: the range that `points` nodes of a search cover.
_SPREAD = 2.0 * float(np.arcsinh(1e4))
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def piecewise_equilibria(weights: Floats, drive: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Solve every pair of linear pieces.

    Parameters
    ----------
    weights : (B, 2, 2) float64 array
    drive : (B, 2) float64 array
    first, second : (K, 4) and (M, 4) float64 arrays
        Pieces of the two activations by rising input: lowest input, highest input, slope, value at input 0.

    Returns
    -------
    rates : (B, K M, 2) float64 array
        NaN where a pair of pieces holds no equilibrium, or its equations are singular.
    slopes : (K M, 2) float64 array
        Of the two activations in each pair.

    Notes
    -----
    An equilibrium on the edge between two pieces appears in both. Cramer's rule; cost O(B K M).
    """
    pairs = [(p, q) for p in first for q in second]
    rates = np.full((len(weights), len(pairs), 2), np.nan)
    slopes = np.array([(p[2], q[2]) for p, q in pairs])
    for k, (p, q) in enumerate(pairs):
        a, b = 1.0 - p[2] * weights[:, 0, 0], -p[2] * weights[:, 0, 1]
        c, d = -q[2] * weights[:, 1, 0], 1.0 - q[2] * weights[:, 1, 1]
        right = (p[2] * drive[:, 0] + p[3], q[2] * drive[:, 1] + q[3])
        determinant, size = determinants(weights, slopes[k])
        with np.errstate(divide="ignore", invalid="ignore"):
            x = np.stack([d * right[0] - b * right[1], a * right[1] - c * right[0]], axis=1) / determinant[:, None]
        good = np.abs(determinant) > SINGULAR * size
        x[~good] = 0.0
        z = np.einsum("bij,bj->bi", weights, x) + drive
        # Rounding in x, as far as the system magnifies it, and in z itself.
        share = _EDGE + _ROUNDING * size / np.where(good, np.abs(determinant), np.inf)
        slack = share[:, None] * (1.0 + np.einsum("bij,bj->bi", np.abs(weights), np.abs(x)) + np.abs(drive))
        for unit, piece in ((0, p), (1, q)):
            good &= (z[:, unit] >= piece[0] - slack[:, unit]) & (z[:, unit] <= piece[1] + slack[:, unit])
        rates[good, k] = x[good]
    return rates, slopes


def determinants(weights: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """Give the determinants of I - diag(slopes) W, and what they are made of.

    Parameters
    ----------
    weights : (B, 2, 2) float64 array
    slopes : (2,) float64 array

    Returns
    -------
    determinant : (B,) float64 array
    size : (B,) float64 array
        Sum of the sizes of the products in it: a determinant of `SINGULAR` times this cannot be told from 0.
    """
    own = slopes * np.diagonal(weights, axis1=1, axis2=2)
    cross = slopes[0] * weights[:, 0, 1] * slopes[1] * weights[:, 1, 0]
    return (1.0 - own[:, 0]) * (1.0 - own[:, 1]) - cross, (1.0 + np.abs(own)).prod(axis=1) + np.abs(cross)


def scanned_equilibria(
    weights: Floats, drive: Floats, first: Function, second: Function, *, reach: float = 1e4, points: int = 4001
) -> Floats:
    """Find the equilibria of one pair by following the first unit's nullcline and looking where it meets the second's.

    Parameters
    ----------
    weights : (2, 2) float64 array
        `weights[0, 1]` must not be 0: without it the first unit's nullcline is no curve over its input.
    drive : (2,) float64 array
    first, second : functions of a float64 array
        The activations.
    reach : float, > 0
        Inputs to the first unit no further than this from 0 or from its drive are searched.
    points : int, odd
        Nodes of the search around 0 up to 1e4, dense near 0; beyond as many more as keep their relative spacing, and
        as many again around the first unit's drive.

    Returns
    -------
    (P, 2) float64 array

    Notes
    -----
    The nullcline is parametrised by the unit's input z: x_0 = phi_0(z), x_1 = (z - W_00 x_0 - u_0) / W_01. Changes of
    sign of the second unit's residual along it are bisected to rounding; two equilibria closer than the spacing of the
    nodes (about 0.005 near input 0 and near the drive) can be missed. Cost O(points).
    """

    def residual(z: Floats) -> tuple[Floats, Floats, Floats]:
        x0 = first(z)
        x1 = (z - weights[0, 0] * x0 - drive[0]) / weights[0, 1]
        return x1 - second(weights[1, 0] * x0 + weights[1, 1] * x1 + drive[1]), x0, x1

    def noise(z: Floats) -> Floats:
        """Bound what rounding does to the residual."""
        _, x0, x1 = residual(z)
        own = (np.abs(z) + np.abs(weights[0, 0] * x0) + abs(drive[0])) / abs(weights[0, 1])
        heard = np.abs(weights[1, 0] * x0) + np.abs(weights[1, 1] * x1) + abs(drive[1])
        return np.asarray(_ROUNDING * (own * (1.0 + abs(weights[1, 1])) + heard + np.abs(x1)))

    wide = float(np.arcsinh(reach))
    half = np.sinh(np.linspace(0.0, wide, 1 + max(points // 2, int(np.ceil(wide * points / _SPREAD)))))
    around = np.concatenate([-half[:0:-1], half])
    # Where the first unit's activation bends, and where its input is its drive alone.
    z = np.unique(np.concatenate([around, around + drive[0]]))
    with np.errstate(over="ignore", invalid="ignore"):
        value = residual(z)[0]
        clear = np.flatnonzero(np.abs(value) > noise(z))
        before, after = clear[:-1], clear[1:]
        crosses = np.sign(value[before]) != np.sign(value[after])
        # A stretch of zeros without a change of sign touches; one that runs on to the last node is none: a residual
        # that vanishes towards infinity, below rounding.
        touched = z[((before + after) // 2)[~crosses & (after > before + 1)]]
        low, high, sign = z[before[crosses]].copy(), z[after[crosses]].copy(), np.sign(value[before[crosses]])
        for _ in range(200):
            middle = 0.5 * (low + high)
            same = np.sign(residual(middle)[0]) == sign
            low, high = np.where(same, middle, low), np.where(same, high, middle)
            if not low.size or (high - low <= np.spacing(np.maximum(np.abs(low), np.abs(high)))).all():
                break
        _, x0, x1 = residual(np.concatenate([touched, 0.5 * (low + high)]))
    return np.stack([x0, x1], axis=1)


def merge_points(points: Floats, tolerance: float = 1e-9) -> Floats:
    """Drop points that repeat an earlier one, and sort the rest by their coordinates.

    Parameters
    ----------
    points : (P, N) float64 array
        Rows with NaN are dropped.
    tolerance : float
        Largest distance of two that are one, relative to their size (absolute below 1).

    Returns
    -------
    (K, N) float64 array
    """
    points = points[np.isfinite(points).all(axis=1)]
    points = points[np.lexsort(points.T[::-1])]
    kept: list[Floats] = []
    for point in points:
        if all(np.abs(point - other).max() > tolerance * max(1.0, np.abs(point).max()) for other in kept):
            kept.append(point)
    return np.array(kept).reshape(len(kept), points.shape[1])


def planar_margin(matrix: Floats, steps: int = 70) -> tuple[Floats, Floats]:
    """Give the largest margin of diagonal stability of 2 x 2 matrices, and the scaling that reaches it.

    Parameters
    ----------
    matrix : (..., 2, 2) float64 array
        A.
    steps : int
        Of golden-section search.

    Returns
    -------
    margin : (...) float64 array
        max over q >= 0 with mean 1 of -1/2 of the largest eigenvalue of diag(q) A + A' diag(q): positive iff A is
        Lyapunov diagonally stable.
    scaling : (..., 2) float64 array
        q.

    Notes
    -----
    The margin is a concave function of q (the smallest eigenvalue of a linear matrix function), so the search over the
    one free number finds the maximum. Cost O(steps) per matrix.
    """

    def value(t: Floats) -> Floats:
        q0, q1 = 1.0 + t, 1.0 - t
        a, c = 2.0 * q0 * matrix[..., 0, 0], 2.0 * q1 * matrix[..., 1, 1]
        b = q0 * matrix[..., 0, 1] + q1 * matrix[..., 1, 0]
        found: Floats = -0.5 * (0.5 * (a + c) + np.hypot(0.5 * (a - c), b))
        return found

    low, high = np.full(matrix.shape[:-2], -1.0), np.full(matrix.shape[:-2], 1.0)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(steps):
        up = at_right > at_left
        low, high = np.where(up, left, low), np.where(up, high, right)
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left, at_right = value(left), value(right)
    t = 0.5 * (low + high)
    return value(t), np.stack([1.0 + t, 1.0 - t], axis=-1)
