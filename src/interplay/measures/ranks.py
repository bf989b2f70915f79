"""Ranks with ties averaged, and the correlation of ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes
from interplay.measures.layers import Floats


def average_ranks(values: ArrayLike) -> Floats:
    """Ranks 1 .. n, equal values sharing the mean of their ranks.

    Parameters
    ----------
    values : (n,) float array, finite

    Returns
    -------
    (n,) float64 array
    """
    array = Shapes().array("values", values, "n")
    _, place, count = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2.0)[place], dtype=np.float64)


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman correlation over the places where both are known. Higher means they rise together.

    Parameters
    ----------
    x, y : (n,) float arrays
        NaN: unknown, left out in pairs.

    Returns
    -------
    float, in [-1, 1]
        NaN with fewer than three pairs or if either is constant.

    References
    ----------
    Spearman (1904), American J. Psychology 15: Pearson's coefficient of the ranks, ties averaged.
    """
    shapes = Shapes()
    a, b = shapes.array("x", x, "n", finite=False), shapes.array("y", y, "n", finite=False)
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3:
        return float("nan")
    left, right = average_ranks(a[known]), average_ranks(b[known])
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float(np.clip((left * right).sum() / scale, -1.0, 1.0)) if scale > 0 else float("nan")
