"""Networks as networkx graphs, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interplay._core.errors import DataError
from interplay.data import Graph, Snapshots, TemporalGraph

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(data: Graph | TemporalGraph | Snapshots, snapshot: int | None = None) -> nx.Graph:
    """Turn a graph, a temporal graph, or one snapshot, into a networkx graph.

    Parameters
    ----------
    data : Graph, TemporalGraph or Snapshots
    snapshot : int or None
        Which snapshot; required for Snapshots, not allowed otherwise.

    Returns
    -------
    networkx.MultiDiGraph (TemporalGraph), DiGraph or Graph (others)
        Nodes 0 .. N-1, isolated ones too. Edges carry `weight` (of a Graph without weights: none), and `time` or
        `pvalue`; nodes of a Graph carry `name`, where it has names, and their columns.
    """
    import networkx as nx

    if isinstance(data, Graph):
        if snapshot is not None:
            raise DataError("`snapshot` must be None for a Graph, which is one network. Leave it out.")
        return _static(data)

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


def _static(data: Graph) -> nx.Graph:
    import networkx as nx

    graph = nx.DiGraph() if data.directed else nx.Graph()
    columns = {key: column.tolist() for key, column in data.attributes.items()}
    columns |= {} if data.names is None else {"name": data.names.tolist()}
    graph.add_nodes_from((i, {key: values[i] for key, values in columns.items()}) for i in range(data.n_nodes))
    keep = slice(None) if data.directed else data.src <= data.target
    ends = zip(data.src[keep].tolist(), data.target[keep].tolist(), strict=True)
    if data.weight is None:
        graph.add_edges_from(ends)
    else:
        graph.add_weighted_edges_from((i, j, w) for (i, j), w in zip(ends, data.weight[keep].tolist(), strict=True))
    return graph


def network_from_networkx(
    graph: nx.Graph, *, weight: str = "weight", repeats: Literal["refuse", "sum", "once"] = "refuse"
) -> Graph:
    """Build a graph without times from a networkx graph.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Nodes of any kind, in their order; `str` of a node is its name, unless nodes carry the attribute `name`.
    weight : str
        Edge attribute to read: of all edges, or of none.
    repeats : {"refuse", "sum", "once"}
        What becomes of parallel edges.

    Returns
    -------
    Graph
        Node attributes become columns: numbers where all values are, else text; a node without one has NaN or "".

    Raises
    ------
    DataError
        If two nodes have one name, only some edges have a weight, or edges are repeated and that is refused.
    """
    from interplay.io.graph_networkx import from_networkx

    found = from_networkx(graph, weight=weight, repeats=repeats)
    if "name" not in found.attributes:
        return found
    rest = {key: column for key, column in found.attributes.items() if key != "name"}
    return replace(found, names=found.attributes["name"].astype(str), attributes=rest)


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
