"""Effective resistance: edges as conductors, current between two nodes.

References
----------
Klein, Randic (1993), Journal of Mathematical Chemistry 12:81. Chandra et al. (1989), STOC, for the commute time
identity. Spielman, Srivastava (2011), SIAM Journal on Computing 40:1913, for random projections.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import uniform
from interplay.data.graph import Graph
from interplay.measures.page_ranks import walk_weights

_BLOCK = 64


def effective_resistance(graph: Graph, pairs: ArrayLike | None = None) -> NDArray[np.float64]:
    """Measure the voltage that drives a unit current between nodes, each edge conducting as much as it weighs.

    Parameters
    ----------
    graph : Graph
        Undirected, weights >= 0. Self-loops carry no current.
    pairs : (M, 2) int array, in [0, N), or None
        None: all pairs, from one factorisation, O(N^3). A few pairs are solved for on the sparse matrix.

    Returns
    -------
    (N, N) or (M,) float64 array, one over the unit of the weights
        0 from a node to itself, infinite between parts that no edge of positive weight joins.

    Raises
    ------
    DataError
        If the graph is directed, a weight is negative or `pairs` leave the range.

    Notes
    -----
    A distance: symmetric, with the triangle inequality. A walk in proportion to the weights takes R_ij times the sum of
    all strengths (of the part; self-loops count in a strength) from i to j and back.

    References
    ----------
    Klein, Randic (1993), Journal of Mathematical Chemistry 12:81.
    """
    n = graph.n_nodes
    label, src, dst, weight = _conductors(graph)
    if pairs is None:
        return _all_pairs(label, src, dst, weight)
    first, second = _pairs(pairs, n)
    out = np.where(label[first] == label[second], 0.0, np.inf)
    solve, place = _grounded(label, src, dst, weight)
    asked = np.flatnonzero((out == 0) & (first != second))
    for begin in range(0, len(asked), _BLOCK):
        some = asked[begin : begin + _BLOCK]
        load = np.zeros((int(place.max(initial=-1)) + 1, len(some)))
        for column, k in enumerate(some):
            for node, sign in ((first[k], 1.0), (second[k], -1.0)):
                if place[node] >= 0:
                    load[place[node], column] = sign
        out[some] = (load * solve(load)).sum(axis=0)
    return out


def approximate_resistance(graph: Graph, pairs: ArrayLike, *, error: float = 0.2, seed: int = 0) -> NDArray[np.float64]:
    """Estimate many effective resistances of a large network by random projections.

    Parameters
    ----------
    graph : Graph
        As in `effective_resistance`.
    pairs : (M, 2) int array, in [0, N)
    error : float, in (0, 1)
        With probability 1 - 1/N at least, all N(N - 1)/2 resistances are within this relative error (for exact solves).
    seed : int, >= 0

    Returns
    -------
    (M,) float64 array, one over the unit of the weights

    Raises
    ------
    DataError
        As `effective_resistance`.
    ConfigError
        If `error` leaves its range.

    Notes
    -----
    R_ij is the squared length of the difference of two columns of W^(1/2) B L^+; projected onto K random signs it is
    kept within the error for K = ceil(6 ln N / (error^2 / 2 - error^3 / 3)) (Achlioptas 2003, theorem 1.1, failure
    probability 1/N). K sparse solves, then O(K) a pair. Each edge's sign belongs to (seed, projection, edge).

    References
    ----------
    Spielman, Srivastava (2011), SIAM Journal on Computing 40:1913, theorem 2.
    """
    require_setting("error", error, above=0, below=1)
    require_setting("seed", seed, least=0, whole=True)
    n = graph.n_nodes
    label, src, dst, weight = _conductors(graph)
    first, second = _pairs(pairs, n)
    solve, place = _grounded(label, src, dst, weight)
    size = int(place.max(initial=-1)) + 1
    count = projections(n, error)
    edge = np.arange(len(src))
    total = np.zeros(len(first))
    for k in range(count):
        sign = np.where(uniform(seed, "projection", k, edge) < 0.5, -1.0, 1.0) * np.sqrt(weight)
        load = np.bincount(src, weights=sign, minlength=n) - np.bincount(dst, weights=sign, minlength=n)
        height = np.zeros(n)
        if size:
            height[place >= 0] = solve(load[place >= 0])
        total += (height[first] - height[second]) ** 2
    return np.where(label[first] == label[second], total / count, np.inf)


def projections(n_nodes: int, error: float) -> int:
    """Say how many random projections keep all squared distances among `n_nodes` points within a relative error."""
    return int(np.ceil(6 * np.log(max(n_nodes, 2)) / (error**2 / 2 - error**3 / 3)))


def _conductors(graph: Graph) -> tuple[Any, Any, Any, Any]:
    """Label the parts joined by positive weights, and list each edge once, without loops."""
    if graph.directed:
        raise DataError(
            "`graph` must be undirected for resistances, got a directed one. Add up both directions: "
            '`Graph.from_edges(..., directed=False, repeats="sum")`.'
        )
    from interplay.ops import csr

    weight = walk_weights(graph)
    src, dst = graph.src, graph.target
    keep = weight > 0
    offsets = np.concatenate([[0], np.cumsum(np.bincount(src[keep], minlength=graph.n_nodes))])
    label = np.asarray(csr.components(offsets, dst[keep]))
    once = keep & (src < dst)
    return label, src[once], dst[once], weight[once]


def _pairs(pairs: ArrayLike, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    given = Shapes().array("pairs", np.reshape(pairs, (-1, 2)) if np.size(pairs) == 0 else pairs, "M 2", "int")
    require_ids("pairs", given.ravel(), n, "N")
    return given[:, 0], given[:, 1]


def _laplacian(src: Any, dst: Any, weight: Any, n: int) -> Any:
    from scipy.sparse import coo_array

    row = np.concatenate([src, dst, src, dst])
    column = np.concatenate([dst, src, src, dst])
    value = np.concatenate([-weight, -weight, weight, weight])
    return coo_array((value, (row, column)), shape=(n, n))


def _all_pairs(label: Any, src: Any, dst: Any, weight: Any) -> NDArray[np.float64]:
    from scipy.linalg import cho_factor, cho_solve

    n = len(label)
    laplacian = _laplacian(src, dst, weight, n).toarray()
    out = np.full((n, n), np.inf)
    for part in range(int(label.max(initial=-1)) + 1):
        nodes = np.flatnonzero(label == part)
        mass = float(np.mean(laplacian[nodes, nodes])) if len(nodes) > 1 else 1.0
        filled = laplacian[np.ix_(nodes, nodes)] + mass / len(nodes)
        inverse = cho_solve(cho_factor(filled), np.eye(len(nodes)))
        diagonal = np.diagonal(inverse)
        out[np.ix_(nodes, nodes)] = np.maximum(diagonal[:, None] + diagonal - (inverse + inverse.T), 0.0)
    np.fill_diagonal(out, 0.0)
    return out


def _grounded(label: Any, src: Any, dst: Any, weight: Any) -> tuple[Any, NDArray[np.int64]]:
    """Ground the first node of every part; give a solver of the rest, and each node's place in it (-1: grounded)."""
    from scipy.sparse.linalg import splu

    n = len(label)
    _, ground = np.unique(label, return_index=True)
    place = np.zeros(n, np.int64)
    place[ground] = -1
    free = np.flatnonzero(place == 0)
    place[free] = np.arange(len(free))
    if len(free) == 0:
        return lambda load: load, place
    matrix = _laplacian(src, dst, weight, n).tocsc()[free][:, free]
    return splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve, place
