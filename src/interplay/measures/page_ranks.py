"""PageRank, with a proved bound on the error of the answer.

References
----------
Brin, Page (1998), Computer Networks and ISDN Systems 30:107, section 2.1.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError, InterplayWarning
from interplay._core.provenance import digest
from interplay.data.graph import Graph
from interplay.measures.walk_results import PageRankResult


@dataclass(frozen=True, kw_only=True)
class PageRankConfig:
    """Settings of `page_rank`, kept in its result."""

    damping: float
    tolerance: float
    most: int
    personal: bool


def page_rank(
    graph: Graph,
    *,
    damping: float = 0.85,
    personal: ArrayLike | None = None,
    tolerance: float = 1e-10,
    most: int = 10_000,
) -> PageRankResult:
    """Rank nodes by how often a walk that teleports now and then is there.

    Parameters
    ----------
    graph : Graph
        Weights > 0 are taken in proportion, 0 never; of a directed graph the edges are followed forwards.
    damping : float, in [0, 1)
        Probability of following an edge; otherwise the walk teleports.
    personal : (N,) float array or None, >= 0
        Where a teleport lands, in proportion. None: anywhere alike. A node without a way out always teleports.
    tolerance : float, > 0
        L1 distance to the answer at which to stop.
    most : int, >= 1
        Steps at most.

    Returns
    -------
    PageRankResult
        ``.score`` (N,); (0,) for a graph without nodes. A graph without edges gives the teleport's distribution.

    Raises
    ------
    DataError
        If a weight is negative, or `personal` is negative, not finite or zero everywhere.
    ConfigError
        If a setting leaves its range.

    Notes
    -----
    Each step shrinks the L1 distance between any two distributions by `damping`, so the answer lies within
    damping / (1 - damping) of the last step's length. O(E log(1 / tolerance) / log(1 / damping)).

    References
    ----------
    Brin, Page (1998), Computer Networks and ISDN Systems 30:107.
    """
    from interplay.ops import csr
    from interplay.ops.page_rank import power

    require_setting("damping", damping, least=0, below=1)
    require_setting("tolerance", tolerance, above=0)
    require_setting("most", most, least=1, whole=True)
    weight = walk_weights(graph)
    n = graph.n_nodes
    start = _landing(personal, n)
    held, strength = np.empty(0), np.diff(graph.offsets).astype(np.float64)
    back, source = graph.offsets, graph.target
    if graph.directed:
        back, source, entry = csr.transpose(graph.offsets, graph.target, n)
        weight = weight if graph.weight is None else weight[entry]
    if graph.weight is not None:
        held = scaled_rows(weight, source, n)
        strength = np.bincount(source, weights=held, minlength=n).astype(np.float64)
    for array in (back, source, held):
        array.flags.writeable = False  # as those of a graph are, so that the kernel is compiled once
    score, bound, steps = power(back, source, held, strength, start, float(damping), float(tolerance), int(most))
    bound = float(bound) if n else 0.0
    notes = []
    if bound > tolerance:
        notes.append(f"PageRank stopped after {steps} steps, {bound:.1e} from the answer at most.")
        warnings.warn(notes[0], InterplayWarning, stacklevel=2)
    return PageRankResult(
        score=score,
        bound=bound,
        iterations=int(steps),
        converged=bound <= tolerance,
        config=PageRankConfig(damping=damping, tolerance=tolerance, most=most, personal=personal is not None),
        made_from=digest(graph.digest, start),
        notes=tuple(notes),
        citations=("brin1998pagerank",),
    )


def walk_weights(graph: Graph) -> NDArray[np.float64]:
    """Give the weights in whose proportion a walk chooses, (E,); refuse negative ones."""
    weight = graph.weights()
    if len(weight) and weight.min() < 0:
        e = int(np.argmax(weight < 0))
        raise DataError(
            f"`graph` must have no negative weight for a walk: entry {e}, {graph.src[e]} -> {graph.target[e]}, weighs "
            f'{weight[e]}. Walk on one layer: `graph.layer("positive")`, "negative" or "absolute".'
        )
    return weight


def scaled_rows(weight: NDArray[np.float64], src: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Scale what leaves each node by a power of two, the most to [0.5, 1), so that no sum leaves the range of floats.

    Parameters
    ----------
    weight : (E,) float64 array, >= 0
    src : (E,) int array, in [0, n)
        In any order.
    n : int

    Returns
    -------
    (E,) float64 array
        In the same proportions to the last bit, unless 10^308 lie between two weights of a row.
    """
    most = np.zeros(n)
    np.maximum.at(most, src, weight)
    return np.asarray(np.ldexp(weight, -np.frexp(most)[1][src]))


def _landing(personal: ArrayLike | None, n: int) -> NDArray[np.float64]:
    if personal is None:
        return np.full(n, 1.0 / max(n, 1))
    where = Shapes(N=n).array("personal", personal, "N").astype(np.float64)
    if (where < 0).any():
        i = int(np.argmax(where < 0))
        raise DataError(
            f"`personal` must be >= 0: personal[{i}]={where[i]}. Give each node its share of the teleports."
        )
    if n and not where.any():
        raise DataError(
            "`personal` must have a positive sum, got zeros only. Give each node its share of the teleports."
        )
    where = np.asarray(np.ldexp(where, -np.frexp(where.max(initial=0.0))[1]), dtype=np.float64)
    return where / where.sum() if n else where
