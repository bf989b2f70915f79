"""Networks as networkx graphs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interplay._core.errors import DataError
from interplay.data import Snapshots, TemporalGraph

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(data: TemporalGraph | Snapshots, snapshot: int | None = None) -> nx.Graph:
    """Turn a temporal graph, or one snapshot, into a networkx graph.

    Parameters
    ----------
    data : TemporalGraph or Snapshots
    snapshot : int or None
        Which snapshot; required for Snapshots, not allowed for a TemporalGraph.

    Returns
    -------
    networkx.MultiDiGraph (TemporalGraph), DiGraph or Graph (Snapshots)
        Nodes 0 .. N-1, isolated ones too. Edges carry `weight`, and `time` or `pvalue`.
    """
    import networkx as nx

    if isinstance(data, TemporalGraph):
        if snapshot is not None:
            raise DataError("`snapshot` must be None for a TemporalGraph; cut it with `graph.snapshots(bounds)` first.")
        multi = nx.MultiDiGraph()
        multi.add_nodes_from(range(data.n_nodes))
        rows = zip(data.src.tolist(), data.dst.tolist(), data.time.tolist(), data.weight.tolist(), strict=True)
        multi.add_edges_from((i, j, {"time": t, "weight": w}) for i, j, t, w in rows)
        return multi
    if snapshot is None:
        raise DataError(f"`snapshot` must say which of the {len(data)} snapshots to convert, got None.")
    graph = nx.DiGraph() if data.directed else nx.Graph()
    graph.add_nodes_from(range(data.n_nodes))
    s = range(len(data))[snapshot]
    for e in range(int(data.pointer[s]), int(data.pointer[s + 1])):
        extra: dict[str, Any] = {} if data.pvalues is None else {"pvalue": float(data.pvalues[e])}
        graph.add_edge(int(data.src[e]), int(data.dst[e]), weight=float(data.weight[e]), **extra)
    return graph


def _numbered(graph: nx.Graph) -> None:
    if set(graph.nodes) != set(range(len(graph))):
        raise DataError(
            "`graph` must have the nodes 0 .. N-1, each an int. "
            "Rename them with `networkx.convert_node_labels_to_integers`."
        )


def snapshots_from_networkx(graph: nx.Graph, *, span: tuple[float, float], weight: str = "weight") -> Snapshots:
    """Build one snapshot from a simple networkx graph.

    Parameters
    ----------
    graph : networkx.Graph or DiGraph
        Nodes 0 .. N-1. An edge without the attribute has weight 1.
    span : (start, stop), s
        The window of the snapshot.
    weight : str
        Edge attribute to read.

    Returns
    -------
    Snapshots
    """
    _numbered(graph)
    if graph.is_multigraph():
        raise DataError("`graph` must be a simple graph; use `graph_from_networkx` for one with repeated edges.")
    n = len(graph)
    dense = np.zeros((1, n, n))
    keep = np.zeros((1, n, n), dtype=bool)
    for i, j, w in graph.edges(data=weight, default=1.0):
        for a, b in ((i, j),) if graph.is_directed() else ((i, j), (j, i)):
            dense[0, a, b], keep[0, a, b] = w, True
    return Snapshots.from_dense(dense, [span], directed=graph.is_directed(), keep=keep)


def graph_from_networkx(
    graph: nx.Graph, *, span: tuple[float, float], time: str = "time", weight: str = "weight"
) -> TemporalGraph:
    """Build a temporal graph from networkx edges that carry a time.

    Parameters
    ----------
    graph : networkx.DiGraph or MultiDiGraph
        Nodes 0 .. N-1; every edge has the attribute `time`, in seconds.
    span : (start, stop), s
    time, weight : str
        Edge attributes to read; a missing weight is 1, a missing time an error.

    Returns
    -------
    TemporalGraph
    """
    _numbered(graph)
    if not graph.is_directed():
        raise DataError(
            "`graph` must be directed: a timed event goes from one node to another. Use `graph.to_directed()`."
        )
    rows = [(i, j, d.get(time), d.get(weight, 1.0)) for i, j, d in graph.edges(data=True)]
    untimed = next(((i, j) for i, j, t, _ in rows if t is None), None)
    if untimed:
        raise DataError(f"every edge must have the attribute {time!r}; {untimed[0]} -> {untimed[1]} has none.")
    src, dst, when, w = zip(*rows, strict=True) if rows else ((), (), (), ())
    return TemporalGraph.from_events(
        np.array(src, dtype=np.int64),
        np.array(dst, dtype=np.int64),
        np.array(when, dtype=np.float64),
        np.array(w, dtype=np.float64),
        n_nodes=len(graph),
        span=span,
    )
