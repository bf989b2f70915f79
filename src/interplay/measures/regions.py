"""Regions among vectors: how well they keep apart, how well they are found again, and how far apart they are."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.measures.agreement import adjusted_mutual_information
from interplay.measures.layers import Floats
from interplay.ops.regions import centroid_distances

Scale = Literal["none", "spread"]

#: Starts of the clustering, of which the tightest is kept.
_STARTS = 10


def region_names(group: ArrayLike) -> tuple[str, ...]:
    """List the regions, in the order of `region_distances`.

    Parameters
    ----------
    group : (N,) text or int array
        Region of each unit; "" or a negative number where it has none.

    Returns
    -------
    tuple of str
        Sorted as text, or as numbers.
    """
    return tuple(str(name) for name in _codes(group)[1])


def region_silhouette(vectors: ArrayLike, group: ArrayLike) -> float:
    """Say how much nearer units lie to their own region than to the next one. Higher means regions keep apart.

    Parameters
    ----------
    vectors : (N, D) float array, finite
        One vector per unit, with at least one column.
    group : (N,) text or int array
        Region of each unit; units with "" or a negative number are left out.

    Returns
    -------
    float, in [-1, 1]
        Mean over units of (b - a) / max(a, b), a the mean distance to the rest of the own region, b the smallest mean
        distance to another; about 0 (a little below) by chance. A unit alone in its region counts 0, and so does one
        with a = b = 0. NaN with fewer than two regions, or if every unit is alone.

    Raises
    ------
    DataError
        If shapes disagree or a value is not finite.

    Notes
    -----
    Euclidean distances; they depend on the scale of each column, which is taken as it is. O(N^2 D).

    References
    ----------
    Rousseeuw (1987), J. Comput. Appl. Math. 20:53.
    """
    points, code, names = _grouped(vectors, group)
    size = np.bincount(code, minlength=len(names))
    if len(names) < 2 or size.max() < 2:
        return float("nan")
    member = (code[:, None] == np.arange(len(names))).astype(np.float64)
    mean_to = np.stack([_distances(point, points) @ member for point in points])
    own, rows = size[code], np.arange(len(code))
    inside = mean_to[rows, code] / np.maximum(own - 1, 1)
    mean_to /= size
    mean_to[rows, code] = np.inf
    outside = mean_to.min(axis=1)
    most = np.maximum(inside, outside)
    value = np.where((own > 1) & (most > 0), (outside - inside) / np.where(most > 0, most, 1.0), 0.0)
    return float(value.mean())


def region_agreement(vectors: ArrayLike, group: ArrayLike, seed: int = 0) -> float:
    """Cluster the units into as many groups as there are regions, and compare the two partitions. Higher is better.

    Parameters
    ----------
    vectors : (N, D) float array, finite
        One vector per unit, with at least one column.
    group : (N,) text or int array
        Region of each unit; units with "" or a negative number are left out.
    seed : int
        Of the ten starts of the clustering, of which the tightest is kept.

    Returns
    -------
    float, at most 1
        Adjusted mutual information: 1 if clusters are the regions, 0 on average by chance. NaN with fewer than two
        regions. 0 if all vectors are equal.

    Raises
    ------
    DataError
        If shapes disagree or a value is not finite.

    Notes
    -----
    k-means by Lloyd's algorithm (scikit-learn), which looks for round clusters of equal width; Euclidean, columns as
    they are. Where fewer vectors differ than there are regions, every distinct vector is a cluster. O(10 N G D I).

    References
    ----------
    Arthur, Vassilvitskii (2007), SODA, for the starts; Vinh, Epps, Bailey (2010), J. Mach. Learn. Res. 11:2837.
    """
    points, code, names = _grouped(vectors, group)
    if len(names) < 2:
        return float("nan")
    distinct, found = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) > len(names):
        from sklearn.cluster import KMeans

        start = int(stream(seed, "region_agreement").integers(2**31 - 1))
        # In an order that the vectors give themselves: which unit comes first must not decide where clusters start.
        order = np.lexsort(points.T)
        found = np.empty(len(points), dtype=np.int64)
        found[order] = KMeans(n_clusters=len(names), n_init=_STARTS, random_state=start).fit_predict(points[order])
    elif len(distinct) == 1:
        return 0.0
    return adjusted_mutual_information(np.asarray(found, dtype=np.int64).ravel(), code)


def region_distances(
    embedding: ArrayLike, group: ArrayLike, *, present: ArrayLike | None = None, scale: Scale = "none"
) -> Floats:
    """Measure how far the centroids of regions are apart in every window.

    Parameters
    ----------
    embedding : (T, N, D) float array, finite where present
    group : (N,) text or int array
        Region of each unit; units with "" or a negative number are left out.
    present : (T, N) bool array or None
        Units that count in each window; all where None.
    scale : {"none", "spread"}
        "spread" divides by the root mean squared distance of the window's units from their common centroid, so that an
        embedding that grows or shrinks as a whole does not move the distances.

    Returns
    -------
    (T, G, G) float64 array, >= 0
        Symmetric, 0 on the diagonal, regions in the order of `region_names`. NaN for regions without a present unit,
        and for a window whose units coincide if `scale` is "spread".

    Raises
    ------
    DataError
        If shapes disagree or a vector that counts is not finite.
    ConfigError
        If `scale` is unknown.

    Notes
    -----
    Euclidean: unchanged by turning or moving all vectors of a window. "spread" is ours. O(T (N + G^2) D).
    """
    if scale not in get_args(Scale):
        raise ConfigError(unknown_name("`scale`", str(scale), get_args(Scale)))
    shapes = Shapes()
    z = shapes.array("embedding", embedding, "T N D", finite=False)
    code, names = _codes(shapes.array("group", group, "N", _kind(group)))
    seen = np.ones(z.shape[:2], bool) if present is None else shapes.array("present", present, "T N", "bool")
    counted = seen & (code >= 0)
    bad = counted & ~np.isfinite(z).all(axis=2)
    if bad.any():
        t, i = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"`embedding` must be finite for units that count, but unit {i} in window {t} is not, and "
            f"{int(bad.sum())} in all. Mark them as not `present`."
        )
    return centroid_distances(z, code, len(names), seen, by_spread=scale == "spread")


def _distances(point: Floats, points: Floats) -> Floats:
    return np.asarray(np.sqrt(((points - point) ** 2).sum(axis=1)))


def _grouped(vectors: ArrayLike, group: ArrayLike) -> tuple[Floats, NDArray[np.int64], NDArray[Any]]:
    shapes = Shapes()
    points = np.asarray(shapes.array("vectors", vectors, "N D"), dtype=np.float64)
    if points.shape[1] == 0:
        raise DataError("`vectors` must have at least one column, got none. Give one vector per unit.")
    code, names = _codes(shapes.array("group", group, "N", _kind(group)))
    return points[code >= 0], code[code >= 0], names


def _kind(group: ArrayLike) -> str:
    return "int" if np.asarray(group).dtype.kind in "iu" else "text"


def _codes(group: ArrayLike) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Give the number of each region, -1 for none, and the names."""
    label = np.asarray(group)
    known = label >= 0 if label.dtype.kind in "iu" else label != ""
    names, place = np.unique(label[known], return_inverse=True)
    code = np.full(len(label), -1, dtype=np.int64)
    code[known] = place
    return code, names
