"""What measures of walks on a graph give back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PageRankResult(Result):
    """How often a walk that now and then teleports is at each node.

    Attributes
    ----------
    score : (N,) float64 array, in [0, 1]
        Sums to one.
    bound : float
        Proved greatest L1 distance of `score` to the exact answer (rounding aside).
    iterations : int
    converged : bool
        Whether `bound` is below the tolerance.
    """

    score: Floats
    bound: float
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TraverseResult(Result):
    """How long, and how far, a walk goes until it first meets each node.

    Attributes
    ----------
    distance : (N, N) float64 array, unit of the edges' lengths
        ``[i, j]``: expected distance travelled from i until j is met first. 0 on the diagonal, infinite where j may
        never be met.
    passage : (N, N) float64 array, steps
        The same in steps.
    mean_distance, mean_passage : float
        Means over ordered pairs of different nodes; infinite if one is. NaN with fewer than two nodes.
    residual : float
        Greatest relative difference of the two sides of the defining equation of `distance` and `passage`: a check that
        bounds no error by itself.
    names : (N,) text array or None
    """

    distance: Floats
    passage: Floats
    mean_distance: float
    mean_passage: float
    residual: float
    names: NDArray[np.str_] | None = None


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TraverseSample(Result):
    """The same by simulated walks, for some pairs.

    Attributes
    ----------
    source, target : (M,) int64 arrays
    distance, distance_se : (M,) float64 arrays
        Mean over walks, and its standard error. NaN where a walk did not end.
    passage, passage_se : (M,) float64 arrays, steps
    runs : int
        Walks per pair.
    unfinished : (M,) int64 array
        Walks that did not meet the target within the steps allowed, or stood at a node without a way out.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    distance: Floats
    distance_se: Floats
    passage: Floats
    passage_se: Floats
    runs: int
    unfinished: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DampingResult(Result):
    """The mean first traverse distance of PageRank walks, by damping factor and by what a teleport costs.

    Attributes
    ----------
    damping : (Q,) float64 array, rising, in [0, 1)
    costs : (C,) text array
        "path", or the number that every teleport costs.
    mean_distance : (C, Q) float64 array
        Over ordered pairs of different nodes.
    mean_passage : (Q,) float64 array, steps
    ordinary : (C,) float64 array
        The limit of damping 1, where no teleport is left: infinite if the network is not strongly connected.
    best : (C,) float64 array
        Damping factor of least mean distance, refined between the grid's points.
    best_distance : (C,) float64 array
    interior : (C,) bool array
        Whether the least value lies inside the grid, and below both ends (rounding aside).
    gain : (C,) float64 array, in [0, 1]
        By what share the least value undercuts the better of both ends: the first damping factor looked at, and the
        limit of damping 1 (or the last one looked at, where that limit is infinite). 0 where it does not.
    near : (C, 2) float64 array
        The range around `best` whose mean distance exceeds the least by at most 1 %.
    """

    damping: Floats
    costs: NDArray[np.str_]
    mean_distance: Floats
    mean_passage: Floats
    ordinary: Floats
    best: Floats
    best_distance: Floats
    interior: NDArray[np.bool_]
    gain: Floats
    near: Floats


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FriendshipParadox(Result):
    """Whether neighbours have more than one has oneself.

    Attributes
    ----------
    value : (N,) float64 array
        What is compared; the degree unless something else was given.
    neighbours : (N,) float64 array
        Weighted mean of `value` over each node's neighbours; NaN for isolated nodes.
    mean : float
        Mean of `value` over all nodes.
    mean_of_neighbours : float
        Mean of `neighbours` over nodes that have any ("mean of means").
    mean_of_ends : float
        Mean of `value` over the ends of edges, weighted ("mean over neighbours", each counted as often as it is one).
    share : float, in [0, 1]
        Nodes, of those with neighbours, whose value lies below their neighbours' mean.
    share_tied : float, in [0, 1]
        Nodes whose value equals it.
    share_median : float, in [0, 1]
        Nodes whose value lies below their neighbours' median (unweighted): the strong paradox.
    correlation : float, in [-1, 1]
        Over all nodes, of the weight that arrives at a node with its value: `mean_of_ends` exceeds `mean` exactly if it
        is positive. NaN where either is constant.
    """

    value: Floats
    neighbours: Floats
    mean: float
    mean_of_neighbours: float
    mean_of_ends: float
    share: float
    share_tied: float
    share_median: float
    correlation: float
