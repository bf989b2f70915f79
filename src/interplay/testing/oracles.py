"""Slow versions that read like the definition, to check fast ones against."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tiling_coefficient(a: ArrayLike, b: ArrayLike, span: tuple[float, float], lag_s: float) -> float:
    """Spike time tiling coefficient of two trains, by a double loop.

    Parameters
    ----------
    a, b : (M,) and (K,) float arrays, s
        Spikes inside the span, in any order.
    span : (start, stop), s
        Tiles are cut at its ends.
    lag_s : float, s, > 0
        Two spikes coincide if their distance is at most the lag.

    Returns
    -------
    float, in [-1, 1]
        NaN if a train is empty. A term whose P T = 1 is 1.

    References
    ----------
    Cutts, Eglen (2014), J Neurosci 34:14288, equation 1.

    Examples
    --------
    >>> tiling_coefficient([1.0, 5.0], [1.01, 5.01], (0.0, 10.0), 0.05)
    1.0
    """
    first, second = [float(t) for t in np.asarray(a)], [float(t) for t in np.asarray(b)]
    if not first or not second:
        return float("nan")

    def near(x: list[float], y: list[float]) -> float:
        return sum(any(abs(t - u) <= lag_s for u in y) for t in x) / len(x)

    def covered(x: list[float]) -> float:
        edges = sorted({span[0], span[1], *(min(max(t + s * lag_s, span[0]), span[1]) for t in x for s in (-1, 1))})
        total = 0.0
        for low, high in pairwise(edges):
            middle = (low + high) / 2
            total += (high - low) * any(abs(t - middle) <= lag_s for t in x)
        return total / (span[1] - span[0])

    def term(p: float, t: float) -> float:
        return 1.0 if p * t == 1 else (p - t) / (1 - p * t)

    return (term(near(first, second), covered(second)) + term(near(second, first), covered(first))) / 2


def area_under_curve(score: ArrayLike, positive: ArrayLike) -> float:
    """Probability that a positive scores above a negative, ties counting half, by comparing all pairs.

    Parameters
    ----------
    score : (M,) float array
    positive : (M,) bool array

    Returns
    -------
    float, in [0, 1]
        Higher is better; NaN if one of the two kinds is missing.

    Examples
    --------
    >>> area_under_curve([0.1, 0.4, 0.9], [False, True, True])
    1.0
    """
    values, truth = np.asarray(score, dtype=np.float64), np.asarray(positive, dtype=bool)
    wins = [float(p > q) + 0.5 * float(p == q) for p in values[truth] for q in values[~truth]]
    return float(np.mean(wins)) if wins else float("nan")


def count_in_windows(time: ArrayLike, unit: ArrayLike, bounds: ArrayLike, n_units: int) -> NDArray[np.int64]:
    """Count events per half-open window and unit, one event at a time.

    Parameters
    ----------
    time : (E,) float array, s
    unit : (E,) int array
    bounds : (S, 2) float array, s
    n_units : int

    Returns
    -------
    (S, n_units) int64 array
    """
    edges = np.asarray(bounds, dtype=np.float64)
    out = np.zeros((len(edges), n_units), dtype=np.int64)
    for t, i in zip(np.asarray(time), np.asarray(unit), strict=True):
        for s, (start, stop) in enumerate(edges):
            out[s, i] += start <= t < stop
    return out
