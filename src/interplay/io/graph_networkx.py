"""Graphs of networkx, and the files that it reads: GraphML and GEXF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Graph
from interplay.io.edge_build import Repeats, build
from interplay.io.edge_list import Edges
from interplay.io.guard import foreign, require_file

if TYPE_CHECKING:
    import networkx as nx

#: Endings that networkx reads here.
ENDINGS = (".graphml", ".gexf")


def read_networkx(path: Path, *, weight: str = "weight", repeats: Repeats = "refuse") -> Graph:
    """Read a GraphML or GEXF file.

    Parameters
    ----------
    path : Path
        Ends in .graphml or .gexf.
    weight : str
        Edge attribute that is the weight; where no edge has it, every edge weighs one.
    repeats : {"refuse", "sum", "once"}
        What becomes of parallel edges.

    Returns
    -------
    Graph
        Node attributes become columns of the node table.
    """
    import networkx as nx

    require_file(path)
    with foreign(str(path)):
        found = nx.read_graphml(path) if path.suffix.lower() == ".graphml" else nx.read_gexf(path)
    try:
        return from_networkx(found, weight=weight, repeats=repeats)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def from_networkx(graph: nx.Graph, *, weight: str = "weight", repeats: Repeats = "refuse") -> Graph:
    """Turn a networkx graph into a Graph.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Nodes of any kind; `str` of a node is its name.
    weight : str
        Edge attribute that is the weight: of all edges, or of none.
    repeats : {"refuse", "sum", "once"}
        What becomes of parallel edges.

    Returns
    -------
    Graph
        Nodes in their order. A node attribute becomes a column: numbers where all values are, else text; a node
        without it has NaN or "".

    Raises
    ------
    DataError
        If two nodes have one name, or only some edges have a weight.
    """
    listed = list(map(str, graph.nodes))
    if len(set(listed)) != len(listed):
        raise DataError("nodes must differ in their names as text. Rename them with `networkx.relabel_nodes`.")
    ends = list(graph.edges(data=weight))
    heavy = [w for *_, w in ends if w is not None]
    if heavy and len(heavy) < len(ends):
        raise DataError(
            f"{len(ends) - len(heavy)} of {len(ends)} edges have no {weight!r}. Give one to all edges, or to none."
        )
    edges = Edges(
        src=np.array([str(i) for i, *_ in ends], dtype=str),
        dst=np.array([str(j) for _, j, *_ in ends], dtype=str),
        weight=np.array(heavy, dtype=np.float64) if heavy else None,
        notes=() if heavy or not ends else (f"no edge has {weight!r}: every edge weighs one",),
    )
    if not graph.is_directed():
        # Either end may come first: a parallel edge must be found as a repeat.
        place = {name: k for k, name in enumerate(listed)}
        turn = np.array([place[a] > place[b] for a, b in zip(edges.src.tolist(), edges.dst.tolist(), strict=True)])
        if turn.any():
            edges = replace(edges, src=np.where(turn, edges.dst, edges.src), dst=np.where(turn, edges.src, edges.dst))
    return build(
        edges,
        directed=graph.is_directed(),
        repeats=repeats,
        listed=listed,
        attributes=_columns([data for _, data in graph.nodes(data=True)]),
    )


def _columns(rows: list[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    keys = dict.fromkeys(str(key) for row in rows for key in row)
    out: dict[str, NDArray[Any]] = {}
    for key in keys:
        values = [row.get(key) for row in rows]
        known = [v for v in values if v is not None]
        if all(isinstance(v, bool) for v in known) and len(known) == len(values):
            out[key] = np.array(values, dtype=bool)
        elif all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
            whole = len(known) == len(values) and all(isinstance(v, int) for v in known)
            out[key] = np.array([np.nan if v is None else v for v in values], dtype=np.int64 if whole else np.float64)
        else:
            out[key] = np.array(["" if v is None else str(v) for v in values], dtype=str)
    return out
