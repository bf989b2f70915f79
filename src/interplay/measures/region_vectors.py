"""How alike regions are by the vectors that a model gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError


def region_similarity(vectors: ArrayLike, present: ArrayLike | None = None) -> NDArray[np.float64]:
    """Give the mean cosine similarity of every two regions over scans.

    Parameters
    ----------
    vectors : (S, R, D) float array
        Of each scan's regions. Their mean over the regions of a scan is taken off first, so that what all regions share
        does not make them alike. Scans of NaN are left out.
    present : (S, R) bool array or None
        Regions that a scan has; all where None.

    Returns
    -------
    (R, R) float64 array, in [-1, 1]
        Symmetric, the diagonal 1. NaN for two regions that no scan has both of, or whose vectors have no length.

    Raises
    ------
    DataError
        If shapes disagree, or a vector of a present region is partly undefined.

    Notes
    -----
    Each scan counts once for the pairs it has. Time O(S R^2 D).

    Examples
    --------
    >>> region_similarity([[[1.0, 0.0], [1.0, 0.0], [-2.0, 0.0]]]).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    shapes = Shapes()
    given = np.asarray(shapes.array("vectors", vectors, "S R D", finite=False), dtype=np.float64)
    there = np.ones(given.shape[:2], bool)
    if present is not None:
        there = shapes.array("present", present, "S R", "bool").copy()
    known = np.asarray(~np.isnan(given).all(axis=(1, 2)))
    there &= known[:, None]
    bad = there & ~np.isfinite(given).all(axis=2)
    if bad.any():
        s, r = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"`vectors` must be finite for every region that a scan has, got {given[s, r]} for region {r} of scan {s}. "
            "Say with `present` which regions are there."
        )
    total, count = np.zeros((given.shape[1],) * 2), np.zeros((given.shape[1],) * 2)
    for x, rows in zip(given, there, strict=True):
        if not rows.any():
            continue
        off = np.where(rows[:, None], x - x[rows].mean(axis=0), 0.0)
        length = np.linalg.norm(off, axis=1)
        # A vector that is the mean of all points nowhere: what is left of it is rounding.
        far = length > 1e-12 * np.abs(np.where(rows[:, None], x, 0.0)).max(initial=0.0)
        unit = np.where(far[:, None], off / np.where(far, length, 1.0)[:, None], 0.0)
        total += unit @ unit.T
        count += np.outer(far, far)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(np.where(count > 0, total / np.maximum(count, 1), np.nan), -1.0, 1.0))
