"""Scores of open triangles: how likely three nodes that met in pairs are to meet all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import NumericalError
from interplay.data import Graph
from interplay.ops.triangles import place_of

Floats = NDArray[np.float64]
_SIDES = ((0, 1), (0, 2), (1, 2))
#: Columns that are solved for in one go.
_COLUMNS = 256
_TOLERANCE = 1e-12
_DAMPING = 0.85
#: Sums are rounded so that triangles alike in all but the order of summation tie.
_DIGITS = 11


@dataclass(frozen=True, eq=False)
class Past:
    """What the past tells about triangles.

    Parameters
    ----------
    graph : Graph
        Projected graph; its weights count meetings.
    keys, weight : (E,) arrays
        Edges i < j as i N + j, rising, and their weights.
    degree : (N,) int64 array
        Simplices of each node.
    triangles : (T, 3) int64 array
    is_open : (T,) bool array
    """

    graph: Graph
    keys: NDArray[np.int64]
    weight: Floats
    degree: NDArray[np.int64]
    triangles: NDArray[np.int64]
    is_open: NDArray[np.bool_]

    @cached_property
    def open(self) -> NDArray[np.int64]:
        """(U, 3) int64 array: the open triangles."""
        return self.triangles[self.is_open]

    @cached_property
    def sides(self) -> NDArray[np.int64]:
        """(T, 3) int64 array: edges of every triangle."""
        n = self.graph.n_nodes
        return np.stack([place_of(self.keys, self.triangles[:, a] * n + self.triangles[:, b]) for a, b in _SIDES], 1)

    @cached_property
    def ties(self) -> Floats:
        """(U, 3) float64 array: weights of the sides of the open triangles."""
        return self.weight[self.sides[self.is_open]]

    @cached_property
    def common(self) -> tuple[NDArray[np.int64], Floats]:
        """Nodes joined to all corners of each open triangle, (U,): their number, and the sum of 1 / log degree."""
        from interplay.ops.common_neighbours import count_common

        degree = self.graph.degree_out()
        weight = np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0)
        count, total = np.empty(len(self.open), np.int64), np.empty(len(self.open))
        count_common(self.open, self.graph.offsets, self.graph.target, weight, count, total)
        return count, total


# Means are written so that equal means of whole numbers are equal floats: ties must stay ties.
def _harmonic(past: Past) -> Floats:
    a, b, c = past.ties.T
    return np.asarray(3 * a * b * c / (a * b + a * c + b * c))


def _geometric(past: Past) -> Floats:
    return np.asarray(np.cbrt(past.ties.prod(axis=1)))


def _arithmetic(past: Past) -> Floats:
    return np.asarray(past.ties.mean(axis=1))


def _common(past: Past) -> Floats:
    return past.common[0].astype(np.float64)


def _jaccard(past: Past) -> Floats:
    shared = np.bincount(past.sides.ravel(), minlength=len(past.keys))
    pairwise = shared[past.sides[past.is_open]].sum(axis=1)
    three = _common(past)
    return np.asarray(three / (past.graph.degree_out()[past.open].sum(axis=1) - pairwise + three))


def _adamic_adar(past: Past) -> Floats:
    return np.round(past.common[1], _DIGITS)


def _degree_product(past: Past) -> Floats:
    return np.asarray(past.graph.degree_out()[past.open].astype(np.float64).prod(axis=1))


def _simplex_degree_product(past: Past) -> Floats:
    return np.asarray(past.degree[past.open].astype(np.float64).prod(axis=1))


def _page_rank(past: Past) -> Floats:
    degree = np.maximum(past.graph.degree_out(), 1).astype(np.float64)
    return (1 - _DAMPING) * _series(past, _DAMPING / degree)


def _katz(past: Past) -> Floats:
    norm = _largest_eigenvalue(past.graph)
    beta = min(0.25 / norm, 0.5) if norm > 0 else 0.5
    return _series(past, np.full(past.graph.n_nodes, beta))


def _series(past: Past, scale: Floats) -> Floats:
    """Sum, over the ordered pairs of corners, entries of (I - A diag(scale))^-1, by its series."""
    from scipy.sparse import csr_array

    graph, total = past.graph, np.zeros(len(past.open))
    matrix = csr_array(
        (scale[graph.target], graph.target, graph.offsets), shape=(graph.n_nodes, graph.n_nodes), dtype=np.float64
    )
    wanted = np.unique(past.open)
    for a in range(0, len(wanted), _COLUMNS):
        nodes = wanted[a : a + _COLUMNS]
        term = np.zeros((graph.n_nodes, len(nodes)))
        term[nodes, np.arange(len(nodes))] = 1.0
        found = term.copy()
        for _ in range(1000):
            term = matrix @ term
            found += term
            if np.abs(term).max() < _TOLERANCE:
                break
        else:
            raise NumericalError("the series of a walk score must converge, and did not in 1000 terms.")
        for one in range(3):
            place = place_of(nodes, past.open[:, one])
            here = place >= 0
            for other in range(3):
                if other != one:
                    total[here] += found[past.open[here, other], place[here]]
    return np.round(total, _DIGITS)


def _largest_eigenvalue(graph: Graph) -> float:
    """Bound the largest eigenvalue of the adjacency, from above, by power iteration on a positive vector."""
    if len(graph.target) == 0:
        return 0.0
    vector = np.ones(graph.n_nodes)
    bound = np.inf
    for _ in range(200):
        after = vector + np.bincount(graph.src, weights=vector[graph.target], minlength=graph.n_nodes)
        before, bound = bound, float((after / vector).max() - 1)
        vector = after / after.max()
        if before - bound < 1e-9 * bound:
            break
    return bound


#: Name to function of the past, (U,) float64 over open triangles; higher foretells closure.
#: Sources: Benson et al. (2018), table 2 and its supplement for the three-way forms; their walk scores, unweighted,
#: with damping 0.85 and a Katz weight of a quarter of the inverse of the largest eigenvalue.
TRIANGLE_SCORES: Mapping[str, Callable[[Past], Floats]] = MappingProxyType(
    {
        "harmonic": _harmonic,
        "geometric": _geometric,
        "arithmetic": _arithmetic,
        "common-neighbours": _common,
        "jaccard": _jaccard,
        "adamic-adar": _adamic_adar,
        "degree-product": _degree_product,
        "simplex-degree-product": _simplex_degree_product,
        "katz": _katz,
        "page-rank": _page_rank,
    }
)
