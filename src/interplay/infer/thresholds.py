"""From every pair to the edges worth keeping: four rules, each applied to one snapshot at a time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.data import Snapshots
from interplay.infer.edges import Correction, require_choice
from interplay.stats.false_discovery import benjamini_hochberg


def absolute(
    snapshots: Snapshots, threshold: float, *, sign: Literal["both", "positive", "negative"] = "both"
) -> Snapshots:
    """Keep edges at least as strong as a fixed number.

    Parameters
    ----------
    snapshots : Snapshots
    threshold : float, >= 0, in units of the weight
        Compared with the absolute value.
    sign : {"both", "positive", "negative"}
        Which edges may stay.

    Returns
    -------
    Snapshots
        Weights and p-values as they were.
    """
    require_setting("threshold", threshold, least=0)
    require_choice("sign", sign, ("both", "positive", "negative"))
    keep = np.abs(snapshots.weight) >= threshold
    if sign != "both":
        keep &= snapshots.weight > 0 if sign == "positive" else snapshots.weight < 0
    return snapshots.filter(keep)


def proportional(snapshots: Snapshots, density: float) -> Snapshots:
    """Keep the strongest edges of every snapshot, as many as make up a given density.

    Parameters
    ----------
    snapshots : Snapshots
    density : float, in (0, 1]
        Share of the pairs of present units (ordered ones if directed, a unit with itself left out) that stay; the
        number of edges is rounded to the nearest, halves to even.

    Returns
    -------
    Snapshots
        Fewer edges where fewer are stored. Strength is the absolute weight; of equal ones, the first in (src, dst)
        order stay. Edges of weight zero never stay.

    References
    ----------
    van den Heuvel et al. (2017), NeuroImage 152:437, on what a fixed density does to group comparisons.
    """
    require_setting("density", density, above=0, most=1)
    units = snapshots.present.sum(axis=1)
    pairs = units * (units - 1) // (1 if snapshots.directed else 2)
    keep = np.zeros(len(snapshots.src), dtype=bool)
    strength = np.abs(snapshots.weight)
    for s, wanted in enumerate(np.rint(density * pairs).astype(int)):
        a, b = snapshots.pointer[s], snapshots.pointer[s + 1]
        strongest = np.argsort(-strength[a:b], kind="stable")[:wanted]
        keep[a + strongest] = strength[a + strongest] > 0
    return snapshots.filter(keep)


def disparity(snapshots: Snapshots, alpha: float = 0.05) -> Snapshots:
    """Keep edges that carry more of a unit's strength than chance would give them: the disparity filter.

    An edge of weight w at a unit with k edges of total strength s has ``alpha_ij = (1 - w / s) ** (k - 1)``, the chance
    that one of k random parts of s is as large. Positive and negative edges are two networks, filtered apart.

    Parameters
    ----------
    snapshots : Snapshots
    alpha : float, in (0, 1)
        An edge stays if ``alpha_ij < alpha`` at either end; of a directed edge, among the edges that leave its source
        or among those that enter its target.

    Returns
    -------
    Snapshots
        Weights and p-values as they were. A unit with one edge cannot vouch for it (``alpha_ij`` = 1).

    References
    ----------
    Serrano, Boguñá, Vespignani (2009), PNAS 106:6483, equation 2.
    """
    require_setting("alpha", alpha, above=0, below=1)
    return snapshots.filter(disparity_alpha(snapshots) < alpha)


def disparity_alpha(snapshots: Snapshots) -> NDArray[np.float64]:
    """Compute the smaller of the two ``alpha_ij`` of every edge; see `disparity`.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    (E,) float64 array, in [0, 1]
        1 for edges of weight zero.
    """
    out = np.ones(len(snapshots.src))
    owner = snapshots.snapshot
    for sign in (1, -1):
        edges = np.flatnonzero(sign * snapshots.weight > 0)
        if not len(edges):
            continue
        w = np.abs(snapshots.weight[edges])
        place = owner[edges] * snapshots.n_nodes
        ends = [place + snapshots.src[edges], place + snapshots.dst[edges]]
        size = len(snapshots) * snapshots.n_nodes
        count = [np.bincount(e, minlength=size) for e in ends]
        strength = [np.bincount(e, weights=w, minlength=size) for e in ends]
        if not snapshots.directed:
            count, strength = [count[0] + count[1]] * 2, [strength[0] + strength[1]] * 2
        for e, k, s in zip(ends, count, strength, strict=True):
            share = np.minimum(w / s[e], 1.0)
            out[edges] = np.minimum(out[edges], (1.0 - share) ** (k[e] - 1))
    return out


def significant(
    snapshots: Snapshots, alpha: float = 0.05, *, correction: Correction = "benjamini_hochberg"
) -> Snapshots:
    """Keep edges whose p-value passes.

    Parameters
    ----------
    snapshots : Snapshots
        With p-values. Give every tested pair (`keep="all"`): a correction must see all tests.
    alpha : float, in (0, 1)
    correction : {"benjamini_hochberg", "none"}
        Over the edges of each snapshot.

    Returns
    -------
    Snapshots
        With the p-values as they were.

    Raises
    ------
    DataError
        If there are no p-values.

    References
    ----------
    Benjamini, Hochberg (1995), J R Stat Soc B 57:289.
    """
    require_setting("alpha", alpha, above=0, below=1)
    require_choice("correction", correction, ("benjamini_hochberg", "none"))
    if snapshots.pvalues is None:
        raise DataError(
            "`snapshots` must carry p-values, these carry none. Infer them with surrogates, for example surrogates=200."
        )
    p = np.array(snapshots.pvalues)
    if correction == "benjamini_hochberg":
        for a, b in zip(snapshots.pointer[:-1], snapshots.pointer[1:], strict=True):
            p[a:b] = benjamini_hochberg(p[a:b])
    return snapshots.filter(p <= alpha)
