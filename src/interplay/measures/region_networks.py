"""How well clusters of regions agree with the networks of an atlas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream


def network_agreement(
    vectors: ArrayLike, networks: ArrayLike, *, starts: int = 5, seed: int = 0
) -> NDArray[np.float64]:
    """Cluster the regions of every scan by their vectors, and compare the clusters with the networks.

    Parameters
    ----------
    vectors : (S, R, D) float array
        Of regions: a model's, or rows of a matrix of correlations. NaN throughout for a region that a scan lacks.
    networks : (R,) texts
        Of each region; "" for none: such regions are left out.
    starts : int, >= 1
        Random beginnings of k-means, the best of which counts.
    seed : int, >= 0

    Returns
    -------
    (S,) float64 array
        Adjusted mutual information, at most 1, around 0 by chance; higher is better. NaN for a scan that has fewer
        regions than there are networks among them plus one.

    Raises
    ------
    DataError
        If shapes disagree, there are fewer than two networks, or a vector is partly undefined.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    k-means (Lloyd; k-means++ beginnings) with as many clusters as the scan's regions have networks; scikit-learn.
    Vectors are taken as they are. O(S starts iterations R K D).

    References
    ----------
    Vinh, Epps, Bailey (2010), Journal of Machine Learning Research 11, 2837.

    Examples
    --------
    >>> network_agreement([[[0.0], [0.1], [9.0], [9.1]]], ["a", "a", "b", "b"]).tolist()
    [1.0]
    """
    from sklearn.cluster import KMeans

    from interplay.measures.agreement import adjusted_mutual_information

    require_setting("starts", starts, least=1, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    shapes = Shapes()
    given = np.asarray(shapes.array("vectors", vectors, "S R D", finite=False), np.float64)
    group = shapes.array("networks", networks, "R", "text")
    names, code = np.unique(group, return_inverse=True)
    if (names != "").sum() < 2:
        raise DataError(f"`networks` must name two networks or more, got {(names != '').sum()}. Use another atlas.")
    there = np.asarray(~np.isnan(given).all(axis=2))
    bad = there & ~np.isfinite(given).all(axis=2)
    if bad.any():
        s, r = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"`vectors` must be finite, or NaN throughout where a scan lacks a region; those of region {r} of scan {s} "
            "are partly undefined. Leave the region out."
        )
    out = np.full(len(given), np.nan)
    for s, x in enumerate(given):
        kept = there[s] & (group != "")
        n = len(np.unique(code[kept]))
        if n < 2 or kept.sum() <= n:
            continue
        start = int(stream(seed, "network agreement", s).integers(2**31 - 1))
        found = KMeans(n, n_init=starts, random_state=start).fit_predict(x[kept])
        out[s] = adjusted_mutual_information(found, code[kept])
    return out
