"""How a stream goes on bin by bin: events, nodes, pairs, density, components, degrees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.data import TemporalGraph
from interplay.measures.event_pairs import bins_of, list_meetings
from interplay.measures.event_results import TemporalEdges

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


class BinWalk(NamedTuple):
    """Counts of every bin.

    Attributes
    ----------
    columns : (5, S) int64 array
        Nodes, undirected pairs without loops, components, nodes of the largest, nodes with a partner that they did not
        meet in the bin before.
    degrees : (S, B) int64 array
        As of `degree_map`.
    active : (N,) int64 array
        Bins in which each node occurs.
    """

    columns: Ids
    degrees: Ids
    active: Ids


def walk_over_bins(graph: TemporalGraph, edges: TemporalEdges) -> BinWalk:
    """Go through the bins once and count everything that a bin alone decides.

    Parameters
    ----------
    graph : TemporalGraph
    edges : TemporalEdges
        Of the same stream.

    Returns
    -------
    BinWalk

    Notes
    -----
    O(C) for C pairs in bins, and O(S log N) memory for degrees.
    """
    from interplay.ops.meetings import number_pairs, walk_bins

    n, s = graph.n_nodes, len(edges.bounds)
    low, high = edges.pair.min(axis=1, initial=n), edges.pair.max(axis=1, initial=0)
    flat, keys = number_pairs(low, high, max(n, 1))
    pair, bins, before, _ = list_meetings(flat[edges.cell_pair], edges.cell_bin, len(keys))
    low, high = np.divmod(keys, max(n, 1))
    columns = np.zeros((5, s), np.int64)
    degrees = np.zeros((s, max(n, 2).bit_length()), np.int64)
    active = np.zeros(n, np.int64)
    walk_bins(low[pair], high[pair], bins, before, columns, degrees, active)
    used = np.flatnonzero(degrees.any(axis=0))
    return BinWalk(columns, degrees[:, : int(used[-1]) + 1 if len(used) else 1].copy(), active)


def event_course(graph: TemporalGraph, edges: TemporalEdges, walk: BinWalk | None = None) -> dict[str, Floats]:
    """Count and compare what happened in every bin.

    Parameters
    ----------
    graph : TemporalGraph
    edges : TemporalEdges
        Of the same stream.
    walk : BinWalk or None
        Where it is known already.

    Returns
    -------
    dict of str to (S,) float64 arrays
        "events", "negative_events"; "pairs" (ordered pairs that met), "new_pairs", "repeated_pairs"; "nodes" that met
        somebody or themselves; "mean_degree" (different partners, over those nodes); "density" (undirected pairs over
        all pairs of those nodes; NaN below two); "components" among those nodes, and "largest_component" as a share of
        them; "engaged_nodes": nodes that meet somebody, or themselves, whom they did not meet in the bin before, in
        either direction. NaN for shares of nothing.

    Notes
    -----
    O(E).
    """
    s = len(edges.bounds)
    bins = bins_of(graph, edges.bounds)
    nodes, joined, parts, largest, engaged = (walk or walk_over_bins(graph, edges)).columns.astype(float)
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
            "engaged_nodes": engaged,
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
    return walk_over_bins(graph, edges).degrees


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
    return walk_over_bins(graph, edges).active / len(edges.bounds)
