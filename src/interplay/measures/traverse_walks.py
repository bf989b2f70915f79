"""Which walk is meant, where its steps lead, and how far each of them goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data.graph import Graph
from interplay.measures.page_ranks import scaled_rows, walk_weights

Floats = NDArray[np.float64]
WalkKind = Literal["ordinary", "levy", "page-rank"]
EdgeLength = Literal["unit", "inverse"]
#: Below, one over a weight is no finite float.
_LEAST = 1 / np.finfo(np.float64).max * 2


@dataclass(frozen=True, kw_only=True)
class TraverseWalk:
    """A walk on a graph whose jumps cover distance.

    Parameters
    ----------
    kind : {"ordinary", "levy", "page-rank"}
        "ordinary": along an edge, in proportion to its weight. "levy": to any other node that can be reached, in
        proportion to d ** -alpha, d the shortest-path distance. "page-rank": along an edge with probability
        `damping`, else to any node alike; from a node without a way out always so.
    alpha : float, >= 0, finite
        Of the Levy walk; 0 jumps anywhere alike, large values go to the nearest nodes only.
    damping : float, in [0, 1)
        Of the PageRank walk.
    teleport_cost : "path" or float, >= 0, finite
        Distance that a teleport covers: the shortest path to where it lands (none if it lands where it starts), or one
        number for all.
    edge_length : {"unit", "inverse"}
        Length of an edge: 1, or one over its weight. An edge is walked at its own length, even where a detour is
        shorter.

    Raises
    ------
    ConfigError
        If a setting leaves its range.

    Notes
    -----
    Here a walk is solved for, in `interplay.represent` it is drawn. The same steps take "ordinary" and
    `WeightedWalk()`; "levy" with edges one long and `LevyWalk(alpha=alpha)` without bound of its reach; "page-rank"
    and `JumpWalk(jump=1 - damping)`.

    References
    ----------
    Weng et al. (2016), Scientific Reports 6:37547.
    """

    kind: WalkKind = "ordinary"
    alpha: float = 2.0
    damping: float = 0.85
    teleport_cost: Literal["path"] | float = "path"
    edge_length: EdgeLength = "unit"

    def __post_init__(self) -> None:
        if self.kind not in get_args(WalkKind):
            raise ConfigError(unknown_name("walk", str(self.kind), get_args(WalkKind)))
        if self.edge_length not in get_args(EdgeLength):
            raise ConfigError(unknown_name("`edge_length`", str(self.edge_length), get_args(EdgeLength)))
        require_setting("alpha", self.alpha, least=0, below=np.inf)
        require_setting("damping", self.damping, least=0, below=1)
        require_cost(self.teleport_cost)

    @classmethod
    def of(cls, walk: WalkKind | TraverseWalk) -> TraverseWalk:
        """Take a walk as it is, or the name of one at its defaults."""
        if isinstance(walk, TraverseWalk):
            return walk
        if not isinstance(walk, str):
            raise ConfigError(
                f"`walk` must be a `measures.TraverseWalk` or one of {', '.join(get_args(WalkKind))}, got "
                f"{type(walk).__name__}. The walks of `represent` are drawn, not solved for: say which is meant by "
                '`TraverseWalk(kind="levy", alpha=2)`, for example.'
            )
        return cls(kind=walk)


def require_cost(cost: str | float) -> None:
    """Check what a teleport costs: "path", or a number >= 0."""
    if isinstance(cost, str):
        if cost != "path":
            raise ConfigError(f'`teleport_cost` must be "path" or a number >= 0, got {cost!r}.')
    else:
        require_setting("teleport_cost", cost, least=0, below=np.inf)


class Edges(NamedTuple):
    """The edges a walk may take: those of positive weight."""

    offsets: NDArray[np.int64]
    src: NDArray[np.int32]
    target: NDArray[np.int32]
    chance: Floats  # of each edge, within its row
    length: Floats
    stuck: NDArray[np.bool_]  # (N,) nodes without a way out


class Steps(NamedTuple):
    """A walk as a Markov chain: where a step leads, and how far it goes on average."""

    step: Floats  # (N, N)
    cost: Floats  # (N,)


def edges_of(graph: Graph, edge_length: EdgeLength) -> Edges:
    """Collect the edges of positive weight with their chances and lengths."""
    weight = walk_weights(graph)
    keep = weight > 0
    src, target, weight = graph.src[keep], graph.target[keep], weight[keep]
    n = graph.n_nodes
    if edge_length == "inverse" and len(weight) and weight.min() < _LEAST:
        raise DataError(
            f"`graph` must have no weight in (0, {_LEAST:.1e}) where an edge is as long as one over its weight, got "
            f"{weight.min()}. Drop such edges, or give all weights in another unit."
        )
    share = scaled_rows(weight, src, n)
    total = np.bincount(src, weights=share, minlength=n)
    return Edges(
        offsets=np.concatenate([[0], np.cumsum(np.bincount(src, minlength=n))]),
        src=src,
        target=target,
        chance=share / total[src],
        length=np.ones(len(src)) if edge_length == "unit" else 1.0 / weight,
        stuck=total <= 0,
    )


def path_lengths(edges: Edges, edge_length: EdgeLength) -> Floats:
    """Give the shortest-path distance of every ordered pair, (N, N); infinite where there is none."""
    n = len(edges.stuck)
    if edge_length == "unit":
        from interplay.ops.hops import all_hops

        return np.asarray(all_hops(edges.offsets, edges.target))
    from interplay.ops.paths import all_distances

    dense = np.full((n, n), np.inf)
    dense[edges.src, edges.target] = edges.length
    return np.asarray(all_distances(dense))


def levy_chances(far: Floats, alpha: float) -> Floats:
    """Turn distances into the chances of a Levy walk: rows sum to one, or to zero where nothing can be reached."""
    chance = np.zeros_like(far)
    near = np.isfinite(far) & (far > 0)
    least = np.min(np.where(near, far, np.inf), axis=1, initial=np.inf)
    scale = np.broadcast_to(np.where(np.isfinite(least), least, 1.0)[:, None], far.shape)
    chance[near] = (far[near] / scale[near]) ** -alpha
    total = chance.sum(axis=1, keepdims=True)
    return np.asarray(chance / np.where(total > 0, total, 1.0))


def teleport_lengths(edges: Edges, edge_length: EdgeLength) -> Floats:
    """Give the path lengths that teleports cover, (N, N); refuse a network in which some pair has none."""
    far = path_lengths(edges, edge_length)
    if not np.isfinite(far).all():
        i, j = (int(k) for k in np.argwhere(~np.isfinite(far))[0])
        raise DataError(
            f"`graph` must join every pair by a path where a teleport costs the path: none leads from node {i} to node "
            f"{j}. Give `teleport_cost` as a number, or keep one part: "
            "`graph.select(np.flatnonzero(graph.components() == 0))`."
        )
    return far


def steps_of(graph: Graph, walk: TraverseWalk) -> Steps:
    """Write a walk as a Markov chain with the mean distance of each step."""
    edges = edges_of(graph, walk.edge_length)
    n = graph.n_nodes
    if walk.kind == "levy":
        far = path_lengths(edges, walk.edge_length)
        step = levy_chances(far, walk.alpha)
        return Steps(step, np.asarray((step * np.where(np.isfinite(far), far, 0.0)).sum(axis=1)))
    step = np.zeros((n, n))
    step[edges.src, edges.target] = edges.chance
    cost = np.bincount(edges.src, weights=edges.chance * edges.length, minlength=n).astype(np.float64)
    if walk.kind == "ordinary":
        return Steps(step, cost)
    q = np.where(edges.stuck, 0.0, walk.damping)
    toll = teleport_toll(edges, walk)
    return Steps(q[:, None] * step + (1 - q[:, None]) / max(n, 1), q * cost + (1 - q) * toll)


def teleport_toll(edges: Edges, walk: TraverseWalk) -> Floats:
    """Give the mean distance of a teleport from each node, (N,)."""
    n = len(edges.stuck)
    if walk.teleport_cost == "path":
        return np.asarray(teleport_lengths(edges, walk.edge_length).mean(axis=1)) if n else np.empty(0)
    return np.full(n, float(walk.teleport_cost))
