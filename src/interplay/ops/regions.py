"""Distances between the centroids of groups of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def centroid_distances(
    points: NDArray[np.float64], code: NDArray[np.int64], n_groups: int, counted: NDArray[np.bool_], *, by_spread: bool
) -> NDArray[np.float64]:
    """Measure how far the centroids of groups are apart in every window.

    Parameters
    ----------
    points : (T, N, D) float array, finite where `counted`
    code : (N,) int array, in [-1, n_groups)
        Group of each point; -1 for none.
    n_groups : int, G
    counted : (T, N) bool array
        Points that count.
    by_spread : bool
        Whether to divide by the root mean squared distance of the counted points from their common centroid.

    Returns
    -------
    (T, G, G) float64 array, >= 0
        NaN for a group without a counted point, and where the spread is 0 if divided by it.
    """
    counted = counted & (code >= 0)
    z = np.where(counted[:, :, None], points, 0.0)
    member = counted[:, :, None] & (code[:, None] == np.arange(n_groups))
    size = member.sum(axis=1)
    centre = np.einsum("tng,tnd->tgd", member.astype(np.float64), z) / np.where(size, size, np.nan)[:, :, None]
    out = np.sqrt(((centre[:, :, None] - centre[:, None]) ** 2).sum(axis=3))
    if not by_spread:
        return np.asarray(out)
    number = np.maximum(counted.sum(axis=1), 1)
    off = np.where(counted[:, :, None], z - (z.sum(axis=1) / number[:, None])[:, None], 0.0)
    spread = np.sqrt((off**2).sum(axis=(1, 2)) / number)
    return np.asarray(out / np.where(spread > 0, spread, np.nan)[:, None, None])
