"""How a stream goes on bin by bin: events, nodes, pairs, density, components, degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.data import TemporalGraph
from interplay.measures.event_pairs import bins_of
from interplay.measures.event_results import TemporalEdges

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


def event_course(graph: TemporalGraph, edges: TemporalEdges) -> dict[str, Floats]:
    """Count and compare what happened in every bin.

    Parameters
    ----------
    graph : TemporalGraph
    edges : TemporalEdges
        Of the same stream.

    Returns
    -------
    dict of str to (S,) float64 arrays
        "events", "negative_events"; "pairs" (ordered pairs that met), "new_pairs", "repeated_pairs"; "nodes" that met
        somebody or themselves; "mean_degree" (different partners, over those nodes); "density" (undirected pairs over
        all pairs of those nodes; NaN below two); "components" among those nodes, and "largest_component" as a share of
        them; "engaged_nodes": nodes with an ordered pair (a self-loop is one) that did not meet in the
        bin before. NaN for shares of nothing.

    Notes
    -----
    O(E log E).
    """
    s, n = len(edges.bounds), max(graph.n_nodes, 1)
    bins = bins_of(graph, edges.bounds)
    src, dst = edges.pair[edges.cell_pair].T if len(edges.pair) else np.empty((2, 0), np.int64)
    active = np.unique(np.concatenate([edges.cell_bin * n + src, edges.cell_bin * n + dst]))
    nodes = np.bincount(active // n, minlength=s).astype(float)
    flat = _undirected(edges.cell_bin, src, dst, n)
    joined = np.bincount(flat[0], minlength=s).astype(float)
    parts, largest = _components(flat, active, s, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "events": np.bincount(bins, minlength=s).astype(float),
            "negative_events": np.bincount(bins[graph.weight < 0], minlength=s).astype(float),
            "pairs": (edges.new + edges.repeated).astype(float),
            "new_pairs": edges.new.astype(float),
            "repeated_pairs": edges.repeated.astype(float),
            "nodes": nodes,
            "mean_degree": 2 * joined / nodes,
            "density": np.where(nodes > 1, 2 * joined / (nodes * (nodes - 1)), np.nan),
            "components": parts,
            "largest_component": largest / nodes,
            "engaged_nodes": _engaged(edges, src, dst, s, n),
        }


def degree_map(graph: TemporalGraph, edges: TemporalEdges) -> Ids:
    """Count how many nodes have how many partners in every bin.

    Parameters
    ----------
    graph : TemporalGraph
    edges : TemporalEdges

    Returns
    -------
    (S, B) int64 array
        Column b counts the nodes with 2^b to 2^(b + 1) - 1 different partners, in either direction; B just reaches the
        largest degree.
    """
    n, s = max(graph.n_nodes, 1), len(edges.bounds)
    src, dst = edges.pair[edges.cell_pair].T if len(edges.pair) else np.empty((2, 0), np.int64)
    bins, a, b = _undirected(edges.cell_bin, src, dst, n)
    _, degree = np.unique(np.concatenate([bins * n + a, bins * n + b]), return_counts=True)
    where = np.unique(np.concatenate([bins * n + a, bins * n + b])) // n
    level = np.log2(degree).astype(np.int64) if len(degree) else degree
    width = int(level.max()) + 1 if len(level) else 1
    return np.bincount(where * width + level, minlength=s * width).reshape(s, width)


def node_activity(graph: TemporalGraph, edges: TemporalEdges) -> Floats:
    """Share of the bins in which each node has an event, (N,) float64 in [0, 1].

    Parameters
    ----------
    graph : TemporalGraph
    edges : TemporalEdges

    Returns
    -------
    (N,) float64 array
    """
    n = max(graph.n_nodes, 1)
    src, dst = edges.pair[edges.cell_pair].T if len(edges.pair) else np.empty((2, 0), np.int64)
    active = np.unique(np.concatenate([edges.cell_bin * n + src, edges.cell_bin * n + dst]))
    return np.bincount(active % n, minlength=graph.n_nodes)[: graph.n_nodes] / len(edges.bounds)


def _undirected(bins: Ids, src: Ids, dst: Ids, n: int) -> tuple[Ids, Ids, Ids]:
    """Join both directions of a pair in a bin; self-loops are left out."""
    real = src != dst
    low, high = np.minimum(src, dst)[real], np.maximum(src, dst)[real]
    order = np.lexsort((high, low, bins[real]))
    bins, low, high = bins[real][order], low[order], high[order]
    fresh = np.ones(len(bins), bool)
    fresh[1:] = (np.diff(bins) != 0) | (np.diff(low) != 0) | (np.diff(high) != 0)
    return bins[fresh], low[fresh], high[fresh]


def _components(flat: tuple[Ids, Ids, Ids], active: Ids, s: int, n: int) -> tuple[Floats, Floats]:
    """Count components and the nodes of the largest, among the active nodes of every bin: one graph for all bins."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    bins, a, b = flat
    left, right = np.searchsorted(active, bins * n + a), np.searchsorted(active, bins * n + b)
    links = csr_array((np.ones(len(left), np.int8), (left, right)), shape=(len(active), len(active)))
    parts, label = connected_components(links, directed=False)
    owner = np.zeros(parts, np.int64)
    owner[label] = active // n
    largest = np.zeros(s)
    np.maximum.at(largest, owner, np.bincount(label, minlength=parts).astype(float))
    return np.bincount(owner, minlength=s).astype(float), largest


def _engaged(edges: TemporalEdges, src: Ids, dst: Ids, s: int, n: int) -> Floats:
    """Count the nodes of a bin with a pair that did not meet in the bin before."""
    size = max(len(edges.pair), 1)
    cell = edges.cell_bin * size + edges.cell_pair
    fresh = ~np.isin(cell - size, cell, assume_unique=True)
    bins = edges.cell_bin[fresh]
    found = np.unique(np.concatenate([bins * n + src[fresh], bins * n + dst[fresh]]))
    return np.bincount(found // n, minlength=s).astype(float)
