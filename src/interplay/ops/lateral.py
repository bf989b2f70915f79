"""Closed forms of lateral-inhibition motifs: sort, threshold, rescale.

Both motifs with rectified units, below the boundary of bistability, rest at x = gain [v - theta]_+ with one threshold
theta for all excitatory units that solves theta = max(0, strength sum [v - theta]_+ + offset).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def common_threshold(values: Floats, strength: float, offset: float = 0.0) -> Floats:
    """Solve theta = max(0, strength * sum_j [v_j - theta]_+ + offset).

    Parameters
    ----------
    values : (..., n) float64 array
    strength : float, >= 0
    offset : float

    Returns
    -------
    (...) float64 array, >= 0

    Notes
    -----
    The right side falls with theta, so there is one solution. With the m largest values above it, theta = (strength S_m
    + offset) / (1 + strength m) where S_m is their sum; the right m is the largest for which the m-th value lies above.
    Like a projection onto a simplex (sparsemax), with a soft budget. Cost O(n log n).
    """
    order = -np.sort(-values, axis=-1)
    m = np.arange(1, values.shape[-1] + 1)
    candidate = (strength * np.cumsum(order, axis=-1) + offset) / (1.0 + strength * m)
    above = order > np.maximum(candidate, 0.0)
    active = np.where(above.any(axis=-1), values.shape[-1] - np.argmax(above[..., ::-1], axis=-1), 0)
    chosen = np.take_along_axis(candidate, np.maximum(active - 1, 0)[..., None], axis=-1)[..., 0]
    theta: Floats = np.maximum(np.where(active > 0, chosen, offset), 0.0)
    return theta


def contrast_of(values: Floats) -> Floats:
    """Compare the two largest values: (first - second) / (first + second).

    Parameters
    ----------
    values : (..., n) float64 array, n >= 2

    Returns
    -------
    (...) float64 array
        In [0, 1] for values >= 0; NaN where both are 0.
    """
    top = -np.sort(-values, axis=-1)[..., :2]
    total = top[..., 0] + top[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total != 0, (top[..., 0] - top[..., 1]) / total, np.nan))


def participation_of(values: Floats) -> Floats:
    """Count how many values take part: (sum v)^2 / sum v^2.

    Parameters
    ----------
    values : (..., n) float64 array, >= 0

    Returns
    -------
    (...) float64 array
        In [1, n]; NaN where all are 0.
    """
    squares = (values**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(squares > 0, values.sum(axis=-1) ** 2 / squares, np.nan))
