"""The friendship paradox: whether neighbours have more than one has oneself, of friends or of anything else.

References
----------
Feld (1991), American Journal of Sociology 96:1464. Eom, Jo (2014), Scientific Reports 4:4603, for other attributes than
the degree. Kooti, Hodas, Lerman (2014), ICWSM, for the strong paradox, by medians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError, unknown_name
from interplay._core.provenance import digest
from interplay.data.graph import Graph
from interplay.measures.page_ranks import scaled_rows, walk_weights
from interplay.measures.walk_results import FriendshipParadox

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FriendshipConfig:
    """Settings of `friendship_paradox`, kept in its result."""

    value: str


def friendship_paradox(graph: Graph, value: str | ArrayLike = "degree") -> FriendshipParadox:
    """Compare what nodes have with what their neighbours have.

    Parameters
    ----------
    graph : Graph
        Neighbours are the ends of a node's edges; of a directed graph those it points at (`graph.reversed()` asks the
        other question). Weights >= 0 weigh the neighbours; edges of weight 0 and self-loops do not count.
    value : "degree", "strength", the name of a node column, or (N,) float array
        What is compared. Degree: how many neighbours; strength: the sum of the weights to them. Finite.

    Returns
    -------
    FriendshipParadox
        NaN where no node has a neighbour.

    Raises
    ------
    DataError
        If a weight is negative, or the values are unknown, no numbers or not finite.

    Notes
    -----
    With x the value and s the weight that arrives at a node (its strength, if the graph is undirected), the mean over
    ends of edges minus the mean over nodes is Cov(s, x) / E(s): for the degree of an unweighted undirected network
    Var(k) / E(k), never negative. O(E log E).

    References
    ----------
    Feld (1991), American Journal of Sociology 96:1464.
    """
    weight = walk_weights(graph)
    keep = (weight > 0) & (graph.src != graph.target)
    src, dst, weight = graph.src[keep], graph.target[keep], weight[keep]
    n = graph.n_nodes
    has = np.bincount(src, minlength=n)
    strength = np.bincount(src, weights=weight, minlength=n).astype(np.float64)
    x, name = _values(graph, value, has, strength)
    # Only proportions count from here on: powers of two keep every sum among the floats.
    within = scaled_rows(weight, src, n)
    weight = np.ldexp(weight, -np.frexp(weight.max(initial=0.0))[1])
    arriving = np.bincount(dst, weights=weight, minlength=n).astype(np.float64)
    some = has > 0
    around = np.full(n, np.nan)
    sums = (np.bincount(src, weights=part, minlength=n)[some] for part in (within * x[dst], within))
    around[some] = np.divide(*sums)
    # Sums of equal numbers must not tip the comparison: what differs by rounding only is a tie.
    tied = np.isclose(x[some], around[some], rtol=1e-12, atol=0)
    less = (x[some] < around[some]) & ~tied
    median = _medians(src, x[dst], has)
    total = float(weight.sum())
    return FriendshipParadox(
        value=x,
        neighbours=around,
        mean=_mean(x),
        mean_of_neighbours=_mean(around[some]),
        mean_of_ends=float((weight * x[dst]).sum() / total) if total else float("nan"),
        share=_mean(less),
        share_tied=_mean(tied),
        share_median=_mean(x[some] < median[some]),
        correlation=_correlation(arriving, x),
        config=FriendshipConfig(value=name),
        made_from=digest(graph.digest, x),
        citations=("feld1991friends",),
    )


def _values(graph: Graph, value: str | ArrayLike, degree: NDArray[np.int64], strength: Floats) -> tuple[Floats, str]:
    if isinstance(value, str):
        if value == "degree":
            return degree.astype(np.float64), value
        if value == "strength":
            if not np.isfinite(strength).all():
                i = int(np.argmax(~np.isfinite(strength)))
                raise DataError(f"`graph` must have finite strengths, got inf at node {i}. Divide all weights by 1e10.")
            return strength, value
        if value not in graph.attributes:
            raise DataError(unknown_name("node value", value, ("degree", "strength", *graph.attributes)))
        given, name = graph.attributes[value], value
    else:
        given, name = np.asarray(value), "given"
    if np.asarray(given).dtype.kind not in "biuf":
        raise DataError(
            f"`value` must be numbers, got {np.asarray(given).dtype} in {name!r}. Code the column as numbers first."
        )
    plain = np.asarray(given, dtype=np.float64)
    return Shapes(N=graph.n_nodes).array("value", plain, "N"), name


def _medians(src: NDArray[np.int32], values: Floats, count: NDArray[np.int64]) -> Floats:
    """Median of `values` of each source; NaN where there are none."""
    order = np.lexsort((values, src))
    ranked = values[order]
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else np.empty(0, np.int64)
    out = np.full(len(count), np.nan)
    some = count > 0
    low, high = first[some] + (count[some] - 1) // 2, first[some] + count[some] // 2
    out[some] = (ranked[low] + ranked[high]) / 2
    return out


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
