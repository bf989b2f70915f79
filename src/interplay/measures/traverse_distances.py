"""Mean first passage time and mean first traverse distance: exact for all pairs, or by simulated walks for some.

References
----------
Weng, Zhang, Khajehnejad, Small, Zheng, Hui (2016), Navigation by anomalous random walks on complex networks, Scientific
Reports 6:37547.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay._core.rng import key_word
from interplay.data.graph import Graph
from interplay.measures.traverse_walks import (
    TraverseWalk,
    WalkKind,
    edges_of,
    levy_chances,
    path_lengths,
    steps_of,
    teleport_lengths,
)
from interplay.measures.walk_results import TraverseResult, TraverseSample

_CITED = ("weng2016traverse",)


def mean_first_passage(graph: Graph, walk: WalkKind | TraverseWalk = "ordinary") -> NDArray[np.float64]:
    """Expect after how many steps a walk first meets each node.

    Parameters
    ----------
    graph : Graph
        Weights >= 0; edges of weight 0 are never taken.
    walk : {"ordinary", "levy", "page-rank"} or TraverseWalk
        What `teleport_cost` and `edge_length` say about distance only shapes Levy jumps here.

    Returns
    -------
    (N, N) float64 array, steps
        ``[i, j]`` from i to j; 0 on the diagonal, infinite where j may never be met (or not within 1e308 steps).

    Raises
    ------
    DataError
        If a weight is negative.
    ConfigError
        If the walk is unknown.

    Notes
    -----
    Periodic (bipartite) networks are no exception: nothing converges here, a linear system is solved. Nothing is
    subtracted on the way, so that parts of a network that are all but cut off from each other cost no digit: see
    `interplay.ops.hitting`. O(N^3).
    """
    from interplay.ops.hitting import hitting

    walk = TraverseWalk.of(walk)
    if walk.kind == "page-rank":
        walk = TraverseWalk(kind="page-rank", damping=walk.damping, teleport_cost=1.0)
    step = steps_of(graph, walk).step
    return np.asarray(hitting(step, np.ones((len(step), 1)))[0])


def mean_first_traverse(graph: Graph, walk: WalkKind | TraverseWalk = "ordinary") -> TraverseResult:
    """Expect how far a walk has gone when it first meets each node, for all ordered pairs.

    Of a walk with chances P whose step from i to k covers d_ik, the distance from i to j obeys
    L_ij = sum_k P_ik (d_ik + L_kj), L_jj = 0.

    Parameters
    ----------
    graph : Graph
        Weights >= 0; edges of weight 0 are never taken.
    walk : {"ordinary", "levy", "page-rank"} or TraverseWalk

    Returns
    -------
    TraverseResult
        Infinite from i to j where the walk from i misses j with positive probability: another part of the network, a
        directed way without return, or a node without a way out (where an ordinary walk ends).

    Raises
    ------
    DataError
        If a weight is negative, or a teleport costs the path and some pair has none.
    ConfigError
        If the walk is unknown.

    Notes
    -----
    States are eliminated half by half, for all pairs together, and nothing is subtracted: the relative error of every
    entry is a small multiple of N times 1e-16, whatever the weights (see `interplay.ops.hitting`). O(N^3) time and a
    handful of (N, N) arrays.

    References
    ----------
    Weng et al. (2016), Scientific Reports 6:37547. The elimination is ours.
    """
    from interplay.ops.hitting import hitting, residual

    walk = TraverseWalk.of(walk)
    step, cost = steps_of(graph, walk)
    n = len(step)
    passage, distance = hitting(step, np.column_stack([np.ones(n), cost]))
    wrong = max(residual(step, np.ones(n), passage), residual(step, cost, distance))
    pairs = n * (n - 1)
    return TraverseResult(
        distance=distance,
        passage=passage,
        mean_distance=float(distance.sum() / pairs) if pairs else float("nan"),
        mean_passage=float(passage.sum() / pairs) if pairs else float("nan"),
        residual=wrong,
        names=graph.names,
        config=walk,
        made_from=graph.digest,
        notes=_notes(passage),
        citations=_CITED,
    )


def _notes(passage: NDArray[np.float64]) -> tuple[str, ...]:
    missed = int(np.isinf(passage).sum())
    if missed == 0:
        return ()
    return (f"{missed} ordered pairs are infinitely far apart: the walk may never meet the second node.",)


@dataclass(frozen=True, kw_only=True)
class SampleConfig:
    """Settings of `sample_first_traverse`, kept in its result."""

    walk: TraverseWalk
    runs: int
    most: int


def sample_first_traverse(
    graph: Graph,
    pairs: ArrayLike,
    walk: WalkKind | TraverseWalk = "ordinary",
    *,
    runs: int = 1000,
    most: int = 1_000_000,
    seed: int = 0,
    jobs: int = 1,
) -> TraverseSample:
    """Measure passage time and traverse distance on simulated walks, with standard errors.

    Parameters
    ----------
    graph : Graph
        As in `mean_first_traverse`.
    pairs : (M, 2) int array, in [0, N)
        Start and target of each; equal ones take no step.
    walk : {"ordinary", "levy", "page-rank"} or TraverseWalk
    runs : int, >= 2
        Walks per pair.
    most : int, >= 1
        Steps after which a walk is given up. A pair with an unfinished walk has no estimate (NaN): leaving out the
        longest walks would shorten the mean.
    seed : int, in [0, 2^64)
        Each step's chance belongs to (seed, start, target, walk, step): results do not depend on `jobs`, nor on which
        other pairs are asked for.
    jobs : int, >= 1
        Threads.

    Returns
    -------
    TraverseSample

    Raises
    ------
    DataError
        As `mean_first_traverse`; also if `pairs` leave the range.
    ConfigError
        If a setting leaves its range.

    Notes
    -----
    Memory is O(E) for ordinary walks and PageRank walks of constant cost, O(N^2) else.
    """
    from interplay.ops.traverse import hit

    require_setting("runs", runs, least=2, whole=True)
    require_setting("most", most, least=1, whole=True)
    require_setting("seed", seed, least=0, below=2**64, whole=True)
    require_setting("jobs", jobs, least=1, whole=True)
    walk = TraverseWalk.of(walk)
    wanted = Shapes().array("pairs", np.reshape(pairs, (-1, 2)) if np.size(pairs) == 0 else pairs, "M 2", "int")
    require_ids("pairs", wanted.ravel(), graph.n_nodes, "N")
    source, goal = wanted[:, 0].copy(), wanted[:, 1].copy()
    table = _tables(graph, walk)
    words = (np.uint64(seed), np.uint64(key_word("first traverse")), 0)

    def work(cut: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        given: Any = (*table, source[cut], goal[cut], runs, most, *words)
        found: tuple[NDArray[np.float64], NDArray[np.float64]] = hit(*given)
        return found

    ends = np.linspace(0, len(source), min(jobs, max(len(source), 1)) + 1).astype(int)
    cuts = [slice(a, b) for a, b in pairwise(ends)]
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(work, cuts))
    steps, distance = (np.concatenate([one[k] for one in found]) for k in (0, 1))
    unfinished = np.isnan(steps).sum(axis=1)
    notes = (f"{int((unfinished > 0).sum())} pairs have walks that did not meet their target.",)
    return TraverseSample(
        source=source,
        target=goal,
        distance=distance.mean(axis=1),
        distance_se=distance.std(axis=1, ddof=1) / np.sqrt(runs),
        passage=steps.mean(axis=1),
        passage_se=steps.std(axis=1, ddof=1) / np.sqrt(runs),
        runs=runs,
        unfinished=unfinished,
        config=SampleConfig(walk=walk, runs=runs, most=most),
        made_from=digest(graph.digest, wanted),
        seed=seed,
        notes=notes if unfinished.any() else (),
        citations=_CITED,
    )


def _tables(graph: Graph, walk: TraverseWalk) -> tuple[object, ...]:
    """Lay out what the kernel `hit` reads, up to the cost of a teleport."""
    edges = edges_of(graph, walk.edge_length)
    n = graph.n_nodes
    if n == 0:
        raise DataError("`graph` must have nodes to walk on, got none.")
    none = np.empty((0, 0))
    running = np.cumsum(edges.chance)
    before = np.concatenate([[0.0], running])[edges.offsets[:-1]]
    chance = running - before[edges.src]
    jump, far, toll = none, none, 0.0
    follow = np.where(edges.stuck, -1.0, 1.0)
    if walk.kind == "levy":
        follow = np.zeros(n)
        far = path_lengths(edges, walk.edge_length)
        jump = np.cumsum(levy_chances(far, walk.alpha), axis=1)
    elif walk.kind == "page-rank":
        follow = np.where(edges.stuck, 0.0, walk.damping)
        if walk.teleport_cost == "path":
            far = teleport_lengths(edges, walk.edge_length)
        else:
            toll = float(walk.teleport_cost)
    return edges.offsets, edges.target, chance, edges.length, follow, jump, far, toll
