"""Who is who: subjects found again in a second scan by the likeness of their features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class Identification:
    """How well subjects are found again.

    Attributes
    ----------
    similarity : (S, S) float64 array, in [-1, 1]
        Pearson's correlation of first scans (rows) and second scans (columns); NaN where features do not vary.
    accuracy : float, in [0, 1]
        Share of scans whose likest scan of the other session is the same subject's, mean of both directions; a tie
        counts as its share. Higher is better.
    chance : float
        1 / S.
    differential : float
        Mean similarity with oneself less that with others, times 100 (Amico and Goni). Higher is better.
    rank : float, in [0, 1]
        Share of others that are less like a scan than its own subject, mean of both directions; 0.5 by chance.
    """

    similarity: NDArray[np.float64]
    accuracy: float
    chance: float
    differential: float
    rank: float


def identification(first: ArrayLike, second: ArrayLike) -> Identification:
    """Find subjects again.

    Parameters
    ----------
    first, second : (S, F) float arrays
        Features of the same S subjects, in the same order, from two scans.

    Returns
    -------
    Identification

    Raises
    ------
    DataError
        If there are fewer than two subjects or features, or the arrays disagree.

    Notes
    -----
    O(S^2 F). Compared as they are: where features differ in scale, standardise them on other subjects first.

    References
    ----------
    Finn et al. (2015), Nature Neuroscience 18, 1664. Amico, Goni (2018), Scientific Reports 8, 8254.

    Examples
    --------
    >>> identification([[1, 2, 3], [3, 1, 2]], [[1, 2, 4], [5, 1, 2]]).accuracy
    1.0
    """
    shapes = Shapes()
    one = np.asarray(shapes.array("first", first, "S F"), np.float64)
    two = np.asarray(shapes.array("second", second, "S F"), np.float64)
    if len(one) < 2 or one.shape[1] < 2:
        raise DataError(f"`first` must hold two subjects and two features or more, got shape {one.shape}.")
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (one, two))
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    likeness = a @ b.T
    own = np.eye(len(one), dtype=bool)
    ways = (likeness, likeness.T)
    others = likeness[~own]
    return Identification(
        similarity=likeness,
        accuracy=float(np.mean([_found(way) for way in ways])),
        chance=1 / len(one),
        differential=float(100 * (np.nanmean(likeness[own]) - np.nanmean(others)))
        if np.isfinite(others).any()
        else np.nan,
        rank=float(np.mean([_rank(way) for way in ways])),
    )


def _found(likeness: NDArray[np.float64]) -> float:
    best = np.nanmax(np.where(np.isnan(likeness), -np.inf, likeness), axis=1, keepdims=True)
    ties = likeness == best
    return float(np.mean(np.diag(ties) / np.maximum(ties.sum(axis=1), 1)))


def _rank(likeness: NDArray[np.float64]) -> float:
    own = np.diag(likeness)[:, None]
    below = (likeness < own).sum(axis=1) + 0.5 * ((likeness == own).sum(axis=1) - 1)
    return float(np.mean(np.where(np.isnan(own[:, 0]), 0.5, below / (len(likeness) - 1))))
