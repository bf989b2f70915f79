"""Re-weighting of edges so that walks cross from group to group: CrossWalk's, a constant one, and FairWalk's.

Each gives back a graph whose rows sum to 1, for any walk to run on.

References
----------
Khajehnejad et al. (2022), AAAI 36:11963, CrossWalk; its released code for the constant weights. Rahman, Surma, Backes,
Zhang (2019), IJCAI, FairWalk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Graph, Groups
from interplay.represent.walk_rows import levelled

Floats = NDArray[np.float64]

#: Greatest factor of weights, and greatest exponent.
MOST_FACTOR = 1e100


class Reweighting(Protocol):
    """What a walk-based method needs of a re-weighting."""

    @property
    def citation(self) -> str:
        """Key into `interplay.cite`."""
        ...

    def apply(self, graph: Graph, groups: Groups) -> Graph:
        """Re-weight the graph; see `cross_weights`."""
        ...


def boundary_closeness(
    graph: Graph, groups: Groups, *, steps: int = 5, walks: int | None = None, seed: int = 0
) -> Floats:
    """Share of the nodes met on a short walk that are of another group than its start.

    Parameters
    ----------
    graph : Graph
        Weights >= 0.
    groups : Groups
        Of the N nodes.
    steps : int, >= 1
        Length of the walk; its start does not count.
    walks : int or None
        None: the expectation, exactly, m = 1/d sum over t = 1..d of (P^t x)(v), with P the row-normalised weights and
        x what is not of v's group. A number: the mean over so many walks from every node, as published.
    seed : int
        Of the walks, which draw other numbers than `WeightedWalk` with the same seed.

    Returns
    -------
    (N,) float64 array, in [0, 1]
        0 for an isolated node, and everywhere if there is one group.

    Raises
    ------
    DataError
        If a weight is negative, or `groups` is of another number of nodes.
    ConfigError
        If `steps` or `walks` is below 1.

    Notes
    -----
    A walk that cannot go on counts as all its steps: those not taken met nobody of another group. Exact: O(G d E) time,
    two columns of N at a time.

    References
    ----------
    Khajehnejad et al. (2022), section on CrossWalk.
    """
    require_setting("steps", steps, least=1, whole=True)
    _check(graph, groups)
    if walks is not None:
        require_setting("walks", walks, least=1, whole=True)
        return _met(graph, groups, steps, walks, seed)
    moves = _rows_of_one(graph, levelled(graph.offsets, graph.weights())).to_scipy()
    out = np.zeros(graph.n_nodes)
    for g in np.flatnonzero(groups.sizes):
        reached = (groups.code != g).astype(np.float64)
        own = groups.members(int(g))
        for _ in range(steps):
            reached = moves @ reached
            out[own] += reached[own]
    return out / steps


def cross_weights(
    graph: Graph,
    groups: Groups,
    *,
    alpha: float = 0.5,
    exponent: float = 2.0,
    steps: int = 5,
    epsilon: float = 1e-3,
    walks: int | None = None,
    seed: int = 0,
) -> Graph:
    """CrossWalk's weights: a share `alpha` of every row leaves the group, and all lean towards the groups' peripheries.

    With m the closeness to the periphery plus `epsilon`, p the exponent, w the weight and N(v) the neighbours of v::

        same group:     w'(v, u) = (1 - alpha)    w m(u)^p / sum over z in N(v) of v's group of w m(z)^p
        other group c:  w'(v, u) = (alpha / R_v)  w m(u)^p / sum over z in N(v) of group c of w m(z)^p

    with R_v the number of other groups in N(v). Where N(v) has no other group, the first share is 1; where it has only
    others, each of them has 1 / R_v.

    Parameters
    ----------
    graph : Graph
        Weights >= 0; an edge of weight 0 stays 0, and counts as no neighbour.
    groups : Groups
        Of the N nodes. With one group, only the lean is left, and without another group m is `epsilon` everywhere.
    alpha : float, in (0, 1)
        Share of every row that crosses.
    exponent : float, in [0, 1e100]
        How strongly walks lean to nodes near another group.
    steps, walks, seed
        As of `boundary_closeness`.
    epsilon : float, > 0
        Added to every closeness, so that rows exist where it is 0.

    Returns
    -------
    Graph
        Directed; every row that has a positive weight sums to 1, the others to 0.

    Raises
    ------
    DataError
        If a weight is negative, or `groups` is of another number of nodes.
    ConfigError
        If a setting leaves its range.

    Notes
    -----
    Closeness is exact unless `walks` is given; the source estimates it from 1000 walks of 5 steps. O(E log E).

    References
    ----------
    Khajehnejad et al. (2022), AAAI 36:11963.
    """
    require_setting("alpha", alpha, above=0, below=1)
    require_setting("exponent", exponent, least=0, most=MOST_FACTOR)
    require_setting("epsilon", epsilon, above=0, below=np.inf)
    near = boundary_closeness(graph, groups, steps=steps, walks=walks, seed=seed) + epsilon
    return _shared_out(graph, groups, exponent * np.log(near), alpha)


def fair_weights(graph: Graph, groups: Groups) -> Graph:
    """FairWalk's weights: every group among the neighbours gets the same share of the row, one's own included.

    Parameters
    ----------
    graph : Graph
        Weights >= 0. Inside a group, shares are in proportion to them.
    groups : Groups
        Of the N nodes.

    Returns
    -------
    Graph
        Directed; every row that has a positive weight sums to 1.

    Raises
    ------
    DataError
        If a weight is negative, or `groups` is of another number of nodes.

    References
    ----------
    Rahman, Surma, Backes, Zhang (2019), IJCAI.
    """
    _check(graph, groups)
    return _shared_out(graph, groups, np.zeros(graph.n_nodes), None)


def constant_weights(graph: Graph, groups: Groups, *, factor: float = 2.0) -> Graph:
    """Weigh edges between groups `factor` times as much, and let rows sum to 1: the simplest re-weighting.

    Parameters
    ----------
    graph : Graph
        Weights >= 0.
    groups : Groups
        Of the N nodes.
    factor : float, in (0, 1e100]
        Of edges whose ends are of different groups.

    Returns
    -------
    Graph
        Directed; every row that has a positive weight sums to 1.

    Raises
    ------
    DataError
        If a weight is negative, or `groups` is of another number of nodes.
    ConfigError
        If `factor` leaves its range.

    References
    ----------
    Khajehnejad et al. (2022), released code: the comparator with constant weights.
    """
    require_setting("factor", factor, above=0, most=MOST_FACTOR)
    _check(graph, groups)
    across = groups.code[graph.src] != groups.code[graph.target]
    return _rows_of_one(graph, levelled(graph.offsets, graph.weights()) * np.where(across, factor, 1.0))


@dataclass(frozen=True, kw_only=True)
class CrossWeights:
    """`cross_weights` as a setting of a walk-based method.

    Parameters
    ----------
    alpha : float, in (0, 1)
        Share of every row that crosses to other groups.
    exponent : float, in [0, 1e100]
        How strongly walks lean to nodes near another group.
    steps : int, >= 1
        Of the walks that measure closeness.
    epsilon : float, > 0
        Added to every closeness.
    walks : int or None
        None: exact closeness.
    seed : int
        Of these walks; their numbers are none of those of the walks that are trained on, whatever seed these have.
    """

    alpha: float = 0.5
    exponent: float = 2.0
    steps: int = 5
    epsilon: float = 1e-3
    walks: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("exponent", self.exponent, least=0, most=MOST_FACTOR)
        require_setting("steps", self.steps, least=1, whole=True)
        require_setting("epsilon", self.epsilon, above=0, below=np.inf)
        if self.walks is not None:
            require_setting("walks", self.walks, least=1, whole=True)

    @property
    def citation(self) -> str:
        """Key into `interplay.cite`."""
        return "khajehnejad2022crosswalk"

    def apply(self, graph: Graph, groups: Groups) -> Graph:
        """Re-weight the graph; see `cross_weights`."""
        return cross_weights(
            graph,
            groups,
            alpha=self.alpha,
            exponent=self.exponent,
            steps=self.steps,
            epsilon=self.epsilon,
            walks=self.walks,
            seed=self.seed,
        )


@dataclass(frozen=True, kw_only=True)
class FairWeights:
    """`fair_weights` as a setting of a walk-based method."""

    @property
    def citation(self) -> str:
        """Key into `interplay.cite`."""
        return "rahman2019fairwalk"

    def apply(self, graph: Graph, groups: Groups) -> Graph:
        """Re-weight the graph; see `fair_weights`."""
        return fair_weights(graph, groups)


@dataclass(frozen=True, kw_only=True)
class ConstantWeights:
    """`constant_weights` as a setting of a walk-based method.

    Parameters
    ----------
    factor : float, in (0, 1e100]
        Of edges between groups.
    """

    factor: float = 2.0

    def __post_init__(self) -> None:
        require_setting("factor", self.factor, above=0, most=MOST_FACTOR)

    @property
    def citation(self) -> str:
        """Key into `interplay.cite`."""
        return "khajehnejad2022crosswalk"

    def apply(self, graph: Graph, groups: Groups) -> Graph:
        """Re-weight the graph; see `constant_weights`."""
        return constant_weights(graph, groups, factor=self.factor)


def _check(graph: Graph, groups: Groups) -> None:
    if groups.n_nodes != graph.n_nodes:
        raise DataError(
            f"`groups` must say a group for each of the N={graph.n_nodes} nodes, got {groups.n_nodes}. Take them from "
            "this graph, `graph.groups(column)`."
        )
    if graph.signed:
        e = int(np.argmax(graph.weights() < 0))
        raise DataError(
            f"`graph` must have weights >= 0 to walk on: edge {graph.src[e]} -> {graph.target[e]} weighs "
            f'{graph.weights()[e]}. Choose a layer, for example `graph.layer("positive")`.'
        )


def _met(graph: Graph, groups: Groups, steps: int, walks: int, seed: int) -> Floats:
    """Count, on walks, the steps that stand on another group."""
    from interplay.represent.walks import WeightedWalk

    # Numbers of their own: walks with the seed itself would be the first of those that are steered by the outcome.
    own = int(stream(seed, "boundary closeness").integers(2**63))
    prepared = WeightedWalk().prepare(graph)
    starts = np.arange(graph.n_nodes, dtype=np.int32)
    count = np.zeros(graph.n_nodes)
    for repetition in range(walks):
        path = prepared.walk(starts, repetition, steps + 1, own)[:, 1:]
        other = groups.code[path] != groups.code[:, None]
        count += (other & (path >= 0)).sum(axis=1)
    return count / (walks * steps)


def _rows_of_one(graph: Graph, weight: Floats) -> Graph:
    """Give the graph these weights, each row divided by its sum."""
    src = graph.src
    total = np.bincount(src, weights=weight, minlength=graph.n_nodes)
    return replace(graph, weight=weight / np.where(total > 0, total, 1)[src], directed=True)


def _shared_out(graph: Graph, groups: Groups, lean: Floats, alpha: float | None) -> Graph:
    """Divide every row among the groups in it, and every group's share among its edges by ``w exp(lean)``.

    `alpha` is the share of all other groups together; None gives every group present the same.
    """
    src, target, weight = graph.src, graph.target, graph.weights()
    kept = np.flatnonzero(weight > 0)
    row, end = src[kept].astype(np.int64), target[kept]
    key, cell = np.unique(row * len(groups) + groups.code[end], return_inverse=True)
    owner = key // len(groups)
    own = key % len(groups) == groups.code[owner]
    # By logarithms, and relative to the greatest of the cell, so that neither powers nor sums run out of range.
    pull = np.log(weight[kept]) + lean[end]
    top = np.full(len(key), -np.inf)
    np.maximum.at(top, cell, pull)
    pull = np.exp(pull - top[cell])
    total = np.bincount(cell, weights=pull, minlength=len(key))
    others = np.bincount(owner[~own], minlength=graph.n_nodes)[owner]
    has_own = np.bincount(owner[own], minlength=graph.n_nodes)[owner] > 0
    if alpha is None:
        share = 1.0 / (others + has_own)
    else:
        leaving = np.where(has_own, alpha, 1.0) / np.maximum(others, 1)
        share = np.where(own, np.where(others > 0, 1 - alpha, 1.0), leaving)
    out = np.zeros(len(weight))
    out[kept] = share[cell] * pull / total[cell]
    return replace(graph, weight=out, directed=True)
