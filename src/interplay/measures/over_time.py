"""How a network moves: stability of edges and of communities between neighbouring windows, and recurrence of states.

Neighbouring windows that overlap share data, and are alike for that reason alone; compare only recordings with the same
share of overlap.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import Snapshots
from interplay.measures.agreement import adjusted_mutual_information
from interplay.measures.edge_vectors import edge_products, two_windows
from interplay.measures.layers import Floats, ratio

Similarity = Literal["correlation", "cosine"]


def edge_jaccard(snapshots: Snapshots, *, signed: bool = True) -> Floats:
    """Share of edges kept from one window to the next. Higher means more stable.

    Parameters
    ----------
    snapshots : Snapshots
        Stored edges of weight other than zero count, self-loops do not.
    signed : bool
        True: an edge that changes its sign is lost and another gained. False: signs are not looked at.

    Returns
    -------
    (max(S - 1, 0),) float64 array, in [0, 1]
        Edges in both windows over edges in either, among nodes present in both; NaN where there are none.
    """
    n = snapshots.n_nodes
    pair = snapshots.src * n + snapshots.dst
    out = np.full(max(len(snapshots) - 1, 0), np.nan)
    for s in range(len(out)):
        common = snapshots.present[s] & snapshots.present[s + 1]
        keys = []
        for t in (s, s + 1):
            cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
            src, dst, weight = snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut]
            keep = (weight != 0) & (src != dst) & common[src] & common[dst]
            keys.append(2 * pair[cut][keep] + (signed & (weight[keep] < 0)))
        both = len(np.intersect1d(keys[0], keys[1], assume_unique=True))
        out[s] = ratio(both, len(keys[0]) + len(keys[1]) - both)
    return out


def edge_correlation(snapshots: Snapshots) -> Floats:
    """Pearson correlation of signed edge weights between neighbouring windows. Higher means more stable.

    Parameters
    ----------
    snapshots : Snapshots
        A pair without a stored edge has weight zero.

    Returns
    -------
    (max(S - 1, 0),) float64 array, in [-1, 1]
        Over the pairs of nodes present in both windows; NaN where either is constant.
    """
    out = np.full(max(len(snapshots) - 1, 0), np.nan)
    for s in range(len(out)):
        cross, one, other = two_windows(snapshots, s, s + 1)
        if one > 0 and other > 0:
            out[s] = np.clip(cross / np.sqrt(one * other), -1.0, 1.0)
    return out


def recurrence(snapshots: Snapshots, *, similarity: Similarity = "correlation") -> Floats:
    """Similarity of the signed edge weights of every two windows. Higher means the network came back.

    Parameters
    ----------
    snapshots : Snapshots
        A pair without a stored edge has weight zero; self-loops are left out.
    similarity : {"correlation", "cosine"}
        Cosine does not subtract the mean weight.

    Returns
    -------
    (S, S) float64 array, in [-1, 1]
        Symmetric, 1 on the diagonal. Each entry uses the pairs of nodes present in both windows; NaN where no pair is
        left or one of the two has no variation (for the cosine: no weight).

    Raises
    ------
    ConfigError
        If the similarity is unknown.

    Notes
    -----
    In large networks where at most a quarter of the pairs have an edge only edges are visited: time O(S E). Otherwise
    all P pairs are, in blocks: time O(S^2 P), memory bounded by 32 MiB per table.
    """
    if similarity not in ("correlation", "cosine"):
        raise ConfigError(unknown_name("similarity", str(similarity), ("correlation", "cosine")))
    products = edge_products(snapshots, centred=similarity == "correlation")
    cross, square = products.cross, products.square
    scale = np.sqrt(np.maximum(square, 0.0) * np.maximum(square.T, 0.0))
    floor = 1e-14 * max(float(square.max(initial=0.0)), np.finfo(float).tiny)
    out = np.where(scale > floor, np.clip(ratio(cross, scale), -1.0, 1.0), np.nan)
    out = (out + out.T) / 2.0
    known = ~np.isnan(np.diag(out))
    out[known, known] = 1.0
    return out


def match_communities(labels: ArrayLike) -> NDArray[np.int64]:
    """Give communities the same label from one window to the next, as far as they share members.

    Parameters
    ----------
    labels : (S, N) int array
        Any labels per window; negative for absent nodes.

    Returns
    -------
    (S, N) int64 array
        -1 for absent nodes. Window by window, communities take over the labels with which they share most members in
        all (Hungarian assignment; an absent node keeps its last label in mind); one that shares none gets a new label.
        Later windows never change earlier ones.

    References
    ----------
    Kuhn (1955), Naval Research Logistics 2, for the assignment.
    """
    from scipy.optimize import linear_sum_assignment

    given = Shapes().array("labels", labels, "S N", "int")
    out = np.full(given.shape, -1, dtype=np.int64)
    last = np.full(given.shape[1], -1, dtype=np.int64)
    used = 0
    for row, new in zip(given, out, strict=True):
        groups, first = np.unique(row[row >= 0], return_index=True)
        groups = groups[np.argsort(first)]
        overlap = np.zeros((len(groups), used))
        for k, group in enumerate(groups):
            old = last[row == group]
            overlap[k] = np.bincount(old[old >= 0], minlength=used)[:used]
        name = np.full(len(groups), -1)
        for k, label in zip(*linear_sum_assignment(overlap, maximize=True), strict=True):
            if overlap[k, label] > 0:
                name[k] = label
        for k, group in enumerate(groups):
            if name[k] < 0:
                name[k] = used
                used += 1
            new[row == group] = name[k]
        last = np.where(new >= 0, new, last)
    return out


def community_stability(labels: ArrayLike) -> Floats:
    """Give the adjusted mutual information of the communities of neighbouring windows. Higher means more stable.

    Parameters
    ----------
    labels : (S, N) int array
        Negative for absent nodes; labels need not be matched.

    Returns
    -------
    (max(S - 1, 0),) float64 array, at most 1
        Among nodes present in both windows; see `interplay.measures.adjusted_mutual_information`.
    """
    given = Shapes().array("labels", labels, "S N", "int")
    return np.array([adjusted_mutual_information(a, b) for a, b in pairwise(given)], dtype=float)
