"""Curves of zeros followed through their folds: pseudo-arclength continuation of F(x, p) = 0 in one parameter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Of y = (x, p): (N + 1,) -> (N,), and (N + 1,) -> (N, N + 1).
Residual = Callable[[Floats], Floats]
Jacobian = Callable[[Floats], Floats]

_TOLERANCE = 1e-11
_CORRECTIONS = 8


def correct(residual: Residual, jacobian: Jacobian, guess: Floats, along: Floats) -> Floats | None:
    """Return to the curve in the hyperplane through a guess.

    Parameters
    ----------
    residual, jacobian : functions of y = (x, p)
    guess : (N + 1,) float64 array
    along : (N + 1,) float64 array
        Normal of the hyperplane; (0, ..., 0, 1) keeps the parameter.

    Returns
    -------
    (N + 1,) float64 array, or None
        None where Newton's method does not get there.
    """
    y = guess.copy()
    for _ in range(_CORRECTIONS):
        away = np.append(residual(y), along @ (y - guess))
        if np.abs(away).max() <= _TOLERANCE * (1.0 + np.abs(y).max()):
            return y
        try:
            y = y - np.linalg.solve(np.vstack([jacobian(y), along]), away)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(y).all():
            return None
    done = np.abs(residual(y)).max() <= 1e3 * _TOLERANCE * (1.0 + np.abs(y).max())
    return y if done else None


def tangent(jacobian: Jacobian, y: Floats, before: Floats) -> Floats:
    """Give the unit tangent of the curve at y, on the same side as `before`.

    Parameters
    ----------
    jacobian : function of y
    y, before : (N + 1,) float64 arrays

    Returns
    -------
    (N + 1,) float64 array
    """
    direction: Floats = np.linalg.svd(jacobian(y))[2][-1]
    return direction if direction @ before >= 0 else -direction


def follow_curve(
    residual: Residual,
    jacobian: Jacobian,
    start: Floats,
    sign: float,
    bounds: tuple[float, float],
    *,
    step: float,
    largest: float,
    most: int = 4000,
) -> tuple[Floats, Floats]:
    """Follow one curve from a point on it, in one direction.

    Parameters
    ----------
    residual, jacobian : functions of y = (x, p)
    start : (N + 1,) float64 array
        A zero.
    sign : {-1.0, +1.0}
        Direction of the parameter at the start.
    bounds : (float, float)
        The curve ends where the parameter leaves them, on them exactly.
    step : float, > 0
        Longest step in y, times the largest entry of y where that exceeds 1.
    largest : float, > 0
        The curve ends where |x| exceeds it.
    most : int
        Points at most.

    Returns
    -------
    curve : (K, N + 1) float64 array
    tangents : (K, N + 1) float64 array
        Unit length.

    Notes
    -----
    Predictor along the tangent, Newton corrector in the hyperplane across it, step halved on failure and where the
    tangent turns by more than about 18 degrees, lengthened by half on success. Ends also when the curve closes, or when
    no step of `step` / 2^20 succeeds (a corner of a function that is not smooth can do that). Cost O(N^3) a step.
    """
    ahead = np.append(np.zeros(len(start) - 1), sign)
    points, directions = [start], [tangent(jacobian, start, ahead)]
    h = 0.1 * step
    while len(points) < most and h > step * 2.0**-20:
        longest = step * max(1.0, float(np.abs(points[-1]).max()))
        guess = points[-1] + h * directions[-1]
        y = correct(residual, jacobian, guess, directions[-1])
        direction = None if y is None else tangent(jacobian, y, directions[-1])
        near = y is not None and np.linalg.norm(y - points[-1]) <= 2.0 * h
        if y is None or direction is None or not near or direction @ directions[-1] < 0.95:
            h /= 2.0
            continue
        if not bounds[0] <= y[-1] <= bounds[1]:
            end = _landed(residual, jacobian, points[-1], y, bounds)
            if end is not None:
                points.append(end)
                directions.append(tangent(jacobian, end, directions[-1]))
            break
        points.append(y)
        directions.append(direction)
        if np.abs(y[:-1]).max() > largest or _closed(points, h):
            break
        h = min(1.5 * h, longest)
    return np.array(points), np.array(directions)


def _landed(
    residual: Residual, jacobian: Jacobian, inside: Floats, outside: Floats, bounds: tuple[float, float]
) -> Floats | None:
    """Solve at the bound itself."""
    bound = bounds[0] if outside[-1] < bounds[0] else bounds[1]
    share = (bound - inside[-1]) / (outside[-1] - inside[-1])
    guess = inside + share * (outside - inside)
    guess[-1] = bound
    end = correct(residual, jacobian, guess, np.append(np.zeros(len(inside) - 1), 1.0))
    if end is not None:
        end[-1] = bound
    return end


def _closed(points: list[Floats], h: float) -> bool:
    return len(points) > 10 and bool(np.linalg.norm(points[-1] - points[0]) < 0.5 * h)


def refine(
    residual: Residual, jacobian: Jacobian, a: Floats, b: Floats, test: Callable[[Floats], float]
) -> tuple[Floats, float]:
    """Bisect between two points of a curve for the change of sign of a test function.

    Parameters
    ----------
    residual, jacobian : functions of y = (x, p)
    a, b : (N + 1,) float64 arrays
        Neighbours on the curve, with test values of unlike sign.
    test : function of y to float

    Returns
    -------
    y : (N + 1,) float64 array
    value : float
        The test there.
    """
    falling = test(a) < 0
    for _ in range(60):
        across = b - a
        length = float(np.linalg.norm(across))
        if length <= 1e-13 * (1.0 + float(np.abs(a).max())):
            break
        y = correct(residual, jacobian, 0.5 * (a + b), across / length)
        if y is None:
            break
        if (test(y) < 0) == falling:
            a = y
        else:
            b = y
    middle = 0.5 * (a + b)
    return middle, test(middle)
