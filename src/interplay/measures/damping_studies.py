"""How far a PageRank walk goes until it finds a node, as a function of its damping factor and of a teleport's cost.

References
----------
Weng, Zhang, Khajehnejad, Small, Zheng, Hui (2016), Navigation by anomalous random walks on complex networks, Scientific
Reports 6:37547.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay.data.graph import Graph
from interplay.measures.traverse_walks import (
    EdgeLength,
    Edges,
    TraverseWalk,
    edges_of,
    require_cost,
    steps_of,
    teleport_toll,
)
from interplay.measures.walk_results import DampingResult

Floats = NDArray[np.float64]
#: Damping factors looked at unless others are given.
GRID = np.concatenate([np.linspace(0.0, 0.99, 100), [0.992, 0.995, 0.997, 0.999]])
_FLAT = 1.01
_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class DampingConfig:
    """Settings of `damping_study`, kept in its result."""

    teleport_cost: tuple[str | float, ...]
    edge_length: EdgeLength


def damping_study(
    graph: Graph,
    damping: ArrayLike | None = None,
    *,
    teleport_cost: Literal["path"] | float | Sequence[Literal["path"] | float] = ("path", 1.0),
    edge_length: EdgeLength = "unit",
) -> DampingResult:
    """Find the damping factor with which a PageRank walk travels least until it finds a node, on average.

    Parameters
    ----------
    graph : Graph
        Weights >= 0, two nodes at least.
    damping : (Q,) float array, rising, in [0, 1), or None
        Values to look at; None: 0, 0.01, ..., 0.99 and four on to 0.999. Between neighbours of the best one, the least
        value is searched for to 1e-4.
    teleport_cost : "path", float >= 0, or a sequence of these
        See `TraverseWalk`; each is studied.
    edge_length : {"unit", "inverse"}
        See `TraverseWalk`.

    Returns
    -------
    DampingResult

    Raises
    ------
    DataError
        If a weight is negative, there are fewer than two nodes, `damping` does not rise inside [0, 1), or a teleport
        costs the path and some pair has none.
    ConfigError
        If a cost is unknown or none is given.

    Notes
    -----
    With S the chances along edges (rows of nodes without a way out are zero) and H = (I - q S)^-1, the walk's
    stationary distribution pi is in proportion to the column sums of H, and the mean over pairs i != j of the passage
    time is sum_j (N H_jj - sum_i H_ij) / pi_j / (N (N - 1)). The mean distance is that times pi . c, c the mean length
    of a step, since what depends on the start alone cancels in the mean. An undirected network needs one decomposition
    for all damping factors, O(N^3 + Q N^2), a directed one an inverse each.

    References
    ----------
    Weng et al. (2016), Scientific Reports 6:37547.
    """
    alone = isinstance(teleport_cost, str | Real)
    costs: tuple[Any, ...] = (teleport_cost,) if alone else tuple(cast("Sequence[Any]", teleport_cost))
    if not costs:
        raise ConfigError('`teleport_cost` must name one cost at least, got none. Give ("path",), for example.')
    for cost in costs:
        require_cost(cost)
    grid = _grid(damping)
    n = graph.n_nodes
    if n < 2:
        raise DataError(f"`graph` must have at least two nodes for a mean over pairs, got {n}.")
    edges = edges_of(graph, edge_length)
    walks = [TraverseWalk(kind="page-rank", teleport_cost=cost, edge_length=edge_length) for cost in costs]
    tolls = np.array([teleport_toll(edges, walk) for walk in walks])
    passage = _symmetric(graph, edges) if not graph.directed else _general(edges)
    along = np.bincount(edges.src, weights=edges.chance * edges.length, minlength=n)

    def distances(q: float) -> tuple[float, Floats]:
        mean, pi = passage(q)
        follow = np.where(edges.stuck, 0.0, q)
        return mean, mean * ((pi * follow) @ along + tolls @ (pi * (1 - follow)))

    found = [distances(q) for q in grid]
    table = np.array([d for _, d in found]).T
    limit = _limit(graph, edge_length, len(costs))
    places = [_least(lambda q: distances(q)[1], c, grid, table[c]) for c in range(len(costs))]
    best, least = (np.array([p[k] for p in places]) for k in (0, 1))
    ends = np.minimum(table[:, 0], np.where(np.isfinite(limit), limit, table[:, -1]))
    gain = np.maximum(1.0 - np.divide(least, ends, out=np.ones(len(costs)), where=ends > 0), 0.0)
    inside = (best > grid[0]) & (best < grid[-1]) & (gain > _NOISE)
    return DampingResult(
        damping=grid,
        costs=np.array([str(c) for c in costs]),
        mean_distance=table,
        mean_passage=np.array([t for t, _ in found]),
        ordinary=limit,
        best=best,
        best_distance=least,
        interior=inside,
        gain=gain,
        near=np.array([_near(grid, table[c], best[c], least[c]) for c in range(len(costs))]),
        config=DampingConfig(teleport_cost=costs, edge_length=edge_length),
        made_from=graph.digest,
        citations=("weng2016traverse", "brin1998pagerank"),
    )


def _grid(damping: ArrayLike | None) -> Floats:
    grid = GRID if damping is None else Shapes().array("damping", damping, "Q").astype(np.float64)
    if len(grid) == 0 or grid[0] < 0 or grid[-1] >= 1 or (np.diff(grid) <= 0).any():
        raise DataError(
            f"`damping` must rise strictly inside [0, 1), got {np.array2string(grid, threshold=6)}. Sort the values "
            "and leave out 1: the walk without teleports is studied anyway."
        )
    return grid


def _symmetric(graph: Graph, edges: Edges) -> Callable[[float], tuple[float, Floats]]:
    """Decompose once: S = D^-1/2 M D^1/2 with M symmetric, so that H is a sum over its eigenvectors."""
    from scipy.linalg import eigh

    n = len(edges.stuck)
    # By an even power of two, whose root is exact: no sum leaves the range of floats.
    weight = graph.weights()
    weight = np.ldexp(weight, -2 * int(np.frexp(weight.max(initial=0.0))[1] // 2))
    strength = np.bincount(graph.src, weights=weight, minlength=n)
    root = np.sqrt(np.where(strength > 0, strength, 1.0))
    even = np.zeros((n, n))
    even[graph.src, graph.target] = weight / (root[graph.src] * root[graph.target])
    value, vector = eigh(even, overwrite_a=True, check_finite=False)
    squared = vector**2
    into = (1.0 / root) @ vector

    def passage(q: float) -> tuple[float, Floats]:
        part = 1.0 / (1.0 - q * value)
        return _mean_passage(squared @ part, root * (vector @ (part * into)))

    return passage


def _general(edges: Edges) -> Callable[[float], tuple[float, Floats]]:
    from scipy.linalg import inv

    n = len(edges.stuck)
    step = np.zeros((n, n))
    step[edges.src, edges.target] = edges.chance

    def passage(q: float) -> tuple[float, Floats]:
        inverse = inv(np.eye(n) - q * step, overwrite_a=True, check_finite=False)
        return _mean_passage(np.diagonal(inverse), inverse.sum(axis=0))

    return passage


def _mean_passage(diagonal: Floats, column: Floats) -> tuple[float, Floats]:
    n = len(diagonal)
    pi = column / column.sum()
    return float(((n * diagonal - column) / pi).sum() / (n * (n - 1))), pi


def _limit(graph: Graph, edge_length: EdgeLength, count: int) -> Floats:
    """Give the mean distance of the walk without teleports."""
    from interplay.ops.hitting import hitting

    step, cost = steps_of(graph, TraverseWalk(edge_length=edge_length))
    n = len(step)
    if not _strongly_joined(step):
        return np.full(count, np.inf)
    return np.full(count, hitting(step, cost[:, None])[0].sum() / (n * (n - 1)))


def _strongly_joined(step: Floats) -> bool:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    return bool(connected_components(csr_array(step != 0), directed=True, connection="strong")[0] == 1)


def _least(means: Callable[[float], Floats], c: int, grid: Floats, values: Floats) -> tuple[float, float]:
    """Search cost number `c` between the neighbours of the grid's best point by golden section."""

    def mean(q: float) -> float:
        return float(means(q)[c])

    k = int(np.argmin(values))
    best, least = float(grid[k]), float(values[k])
    low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, len(grid) - 1)])
    ratio = (np.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = mean(a), mean(b)
    while high - low > 1e-4:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = mean(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = mean(b)
    q, found = (a, at_a) if at_a < at_b else (b, at_b)
    # At an end of the grid the search may creep towards it: the end itself is then the answer.
    return (q, found) if found < least else (best, least)


def _near(grid: Floats, values: Floats, best: float, least: float) -> tuple[float, float]:
    """Give the range around `best` within 1 % of the least value, between grid points by straight lines."""
    limit = least * _FLAT
    out = []
    for order in (range(len(grid) - 1, -1, -1), range(len(grid))):
        inner, at = best, least
        for k in order:
            beyond = grid[k] < best if order.step < 0 else grid[k] > best
            if not beyond:
                continue
            if values[k] > limit:
                share = (limit - at) / (values[k] - at)
                inner = inner + share * (grid[k] - inner)
                break
            inner, at = float(grid[k]), float(values[k])
        out.append(float(inner))
    return out[0], out[1]
