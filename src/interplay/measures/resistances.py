"""Effective resistance: edges as conductors, current between two nodes.

References
----------
Klein, Randic (1993), Journal of Mathematical Chemistry 12:81. Chandra et al. (1989), STOC, for the commute time
identity. Spielman, Srivastava (2011), SIAM Journal on Computing 40:1913, for random projections.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError, InterplayWarning, NumericalError
from interplay._core.rng import uniform
from interplay.data.graph import Graph
from interplay.measures.page_ranks import walk_weights

Floats = NDArray[np.float64]
_BLOCK = 64
#: Relative error beyond which a reader is told, and how often a solve is refined.
_TRUSTED = 1e-6
_REFINED = 3
_APART = "`graph` must have weights that are not too many powers of ten apart"
_REMEDY = "On a small network ask `effective_resistance` for all pairs; else drop the weakest edges."


def effective_resistance(graph: Graph, pairs: ArrayLike | None = None) -> Floats:
    """Measure the voltage that drives a unit current between nodes, each edge conducting as much as it weighs.

    Parameters
    ----------
    graph : Graph
        Undirected, weights >= 0. Self-loops carry no current.
    pairs : (M, 2) int array, in [0, N), or None
        None: all pairs, O(N^3), accurate in every digit whatever the weights. A few pairs are solved for on the sparse
        matrix, which loses digits where weights differ by many powers of ten.

    Returns
    -------
    (N, N) or (M,) float64 array, one over the unit of the weights
        0 from a node to itself, infinite between parts that no edge of positive weight joins.

    Raises
    ------
    DataError
        If the graph is directed, a weight is negative or `pairs` leave the range.
    NumericalError
        If the weights are so far apart that the sparse matrix cannot be factored, or that a resistance exceeds every
        float.

    Notes
    -----
    A distance: symmetric, with the triangle inequality. A walk in proportion to the weights takes R_ij times the sum of
    all strengths (of the part; self-loops count in a strength) from i to j and back. All pairs are times of such walks,
    found without a subtraction. A sparse solve is put back into its currents: where r of them is lost or gained at the
    nodes, R_ij is wrong by a share of |r|_1 / 2 at most, since no potential exceeds R_ij. Warns where that is above
    1e-6.

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
    potential = _grounded(label, src, dst, weight)
    asked = np.flatnonzero((out == 0) & (first != second))
    wrong = np.zeros(len(asked))
    for begin in range(0, len(asked), _BLOCK):
        some = asked[begin : begin + _BLOCK]
        load, column = np.zeros((n, len(some))), np.arange(len(some))
        load[first[some], column], load[second[some], column] = 1.0, -1.0
        height, lost = potential(load)
        out[some] = height[first[some], column] - height[second[some], column]
        wrong[begin : begin + _BLOCK] = lost / 2
    if (spoilt := int((wrong > _TRUSTED).sum())) > 0:
        _warn(f"{spoilt} of {len(first)} resistances may be wrong by a share of up to {wrong.max():.1e}")
    return out


def approximate_resistance(graph: Graph, pairs: ArrayLike, *, error: float = 0.2, seed: int = 0) -> Floats:
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
    NumericalError
        As `effective_resistance`.

    Notes
    -----
    R_ij is the squared length of the difference of two columns of W^(1/2) B L^+; projected onto K random signs it is
    kept within the error for K = ceil(6 ln N / (error^2 / 2 - error^3 / 3)) (Achlioptas 2003, theorem 1.1, failure
    probability 1/N). K sparse solves, then O(K) a pair. Each edge's sign belongs to (seed, projection, edge). Warns if
    rounding spoils more than a hundredth of `error`, by the bound of `effective_resistance`.

    References
    ----------
    Spielman, Srivastava (2011), SIAM Journal on Computing 40:1913, theorem 2.
    """
    require_setting("error", error, above=0, below=1)
    require_setting("seed", seed, least=0, whole=True)
    n = graph.n_nodes
    label, src, dst, weight = _conductors(graph)
    first, second = _pairs(pairs, n)
    potential = _grounded(label, src, dst, weight)
    count = projections(n, error)
    edge = np.arange(len(src))
    total = np.zeros(len(first))
    wrong = 0.0
    for k in range(count):
        sign = np.where(uniform(seed, "projection", k, edge) < 0.5, -1.0, 1.0) * np.sqrt(weight)
        load = np.bincount(src, weights=sign, minlength=n) - np.bincount(dst, weights=sign, minlength=n)
        found, lost = potential(load[:, None].astype(np.float64))
        height, wrong = found[:, 0], max(wrong, float(lost[0]))
        total += (height[first] - height[second]) ** 2
    out = np.where(label[first] == label[second], total / count, np.inf)
    spoilt = wrong * np.sqrt(np.where(np.isfinite(out), out, 0.0).max(initial=0.0))
    if spoilt > error / 100:
        _warn(f"rounding may add a relative error of up to {spoilt:.1e}")
    return out


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


def _all_pairs(label: Any, src: Any, dst: Any, weight: Any) -> Floats:
    """Add up the times there and back of a walk that leaves along each edge at the rate of its weight."""
    from interplay.ops.elimination import first_visits

    n = len(label)
    out = np.full((n, n), np.inf)
    # A power of two takes nothing from the digits.
    power = int(np.frexp([weight.min(initial=np.inf), weight.max()])[1].mean()) if len(weight) else 0
    rate = np.zeros((n, n))
    rate[src, dst] = rate[dst, src] = np.ldexp(weight, -power)
    for part in range(int(label.max(initial=-1)) + 1):
        nodes = np.flatnonzero(label == part)
        with np.errstate(over="ignore", invalid="ignore"):
            there = first_visits(rate[np.ix_(nodes, nodes)], np.ones((len(nodes), 1)))[0]
            out[np.ix_(nodes, nodes)] = np.ldexp((there + there.T) / len(nodes), -power)
        if not np.isfinite(out[np.ix_(nodes, nodes)]).all():
            raise NumericalError(f"{_APART}: a resistance exceeds every float. {_REMEDY}")
    return out


def _grounded(label: Any, src: Any, dst: Any, weight: Any) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Ground the first node of every part, and give what turns currents that enter, (N, M), into potentials, (N, M).

    Also says how much current each column loses or gains at its nodes, (M,).
    """
    from scipy.sparse.linalg import splu

    n = len(label)
    _, ground = np.unique(label, return_index=True)
    free = np.ones(n, bool)
    free[ground] = False
    if not free.any():
        return lambda load: (np.zeros_like(load), np.zeros(load.shape[1]))
    matrix = _laplacian(src, dst, weight, n).tocsc()[free][:, free]
    try:
        factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    except RuntimeError as error:
        raise NumericalError(
            f"{_APART}, got {weight.min():g} to {weight.max():g}: the sparse matrix has no factors. {_REMEDY}"
        ) from error

    def lost(load: Floats, height: Floats) -> Floats:
        rest = load.copy()
        for c in range(load.shape[1]):
            current = weight * (height[src, c] - height[dst, c])
            rest[:, c] -= np.bincount(src, weights=current, minlength=n)
            rest[:, c] += np.bincount(dst, weights=current, minlength=n)
        return rest

    def potential(load: Floats) -> tuple[Floats, Floats]:
        height = np.zeros_like(load)
        height[free] = factor.solve(load[free])
        rest = lost(load, height)
        for _ in range(_REFINED):
            if np.abs(rest).sum(axis=0).max(initial=0.0) <= _TRUSTED / 100:
                break
            height[free] += factor.solve(rest[free])
            rest = lost(load, height)
        return height, np.abs(rest).sum(axis=0)

    return potential


def _warn(text: str) -> None:
    warnings.warn(f"{text}: weights differ by too many powers of ten. {_REMEDY}", InterplayWarning, stacklevel=3)
