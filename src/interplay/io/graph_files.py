"""One door for networks without times: lists of edges, matrices, graph files, folders of ours."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Graph
from interplay.io.edge_build import Repeats, build
from interplay.io.edge_list import Edges, dense_edges, read_edges
from interplay.io.graph_folder import is_graph_folder, open_graph
from interplay.io.graph_networkx import ENDINGS, read_networkx
from interplay.io.guard import one_paragraph
from interplay.io.hints import Hints
from interplay.io.node_table import NodeTable, read_nodes
from interplay.io.npz import load_arrays, load_header, load_snapshots, read_npy

_HINTS = ("src_column", "dst_column", "weight_column")
_MATRICES = ("weights", "weight", "adjacency", "matrix", "A", "W")


def load_graph(
    path: str | os.PathLike[str],
    *,
    nodes: str | os.PathLike[str] | None = None,
    directed: bool | None = None,
    repeats: Repeats = "refuse",
    **hints: Any,
) -> Graph:
    """Read one network from a file.

    Parameters
    ----------
    path : path
        A list of edges as text (.csv, .tsv, .links, .txt and the like: two columns or more, with or without a header),
        a square matrix (text, .npy or .npz, also of `scipy.sparse.save_npz`; a row points at its columns), GraphML or
        GEXF, networks of `interplay infer` (the mean over windows), or a folder written by `save_graph`.
    nodes : path or None
        A node table: a column of names and what is known of each node. Nodes that only it names stand alone.
    directed : bool or None
        None: as the file shows; what was concluded is in `notes`.
    repeats : {"refuse", "sum", "once"}
        What becomes of an edge that is given more than once in one direction. With ``directed=False``, a pair may
        stand in both directions: with "sum" both weights are added up (of a symmetric matrix, and of a list that was
        concluded to be undirected because all its pairs stand so, each edge counts once); else they must be equal, and
        count once.
    **hints
        `src_column`, `dst_column`, `weight_column` of a table, by name or by position from 0.

    Returns
    -------
    Graph
        Whatever was concluded from the file is in `notes`.

    Raises
    ------
    DataError
        If the file cannot be read as a network, or has times; the message says how to read it then.
    ConfigError
        For an unknown hint or value.
    """
    if repeats not in get_args(Repeats):
        raise ConfigError(unknown_name("`repeats`", repeats, get_args(Repeats)))
    chosen = Hints.of(hints)
    chosen.require_used(_HINTS, "a network")
    place = Path(path)
    table = None if nodes is None else read_nodes(Path(nodes))
    try:
        return _read(place, table, directed, repeats, chosen)
    except DataError as error:
        text = str(error)
        raise DataError(one_paragraph(text if text.startswith(str(place)) else f"{place}: {text}")) from error


def _read(path: Path, table: NodeTable | None, directed: bool | None, repeats: Repeats, hints: Hints) -> Graph:
    from interplay.io.sniffing import sniff

    if path.is_dir() and is_graph_folder(path):
        return joined(_require_direction(open_graph(path), directed), table)
    if path.suffix.lower() in ENDINGS:
        return joined(_require_direction(read_networkx(path, repeats=repeats), directed), table)
    kind = sniff(path)
    if kind == "npz" and (header := load_header(path)) is not None:
        if header.get("holds") != "Snapshots":
            raise DataError(f"it holds {header.get('holds')}, which is no network yet. Read it with `interplay.load`.")
        about = header.get("about")
        names = about.get("names") if isinstance(about, dict) else None
        found = Graph.from_snapshots(load_snapshots(path), names=None if names is None else np.array(names, dtype=str))
        found = replace(found, notes=("the mean network over all windows; a missing edge counts as 0",))
        return joined(_require_direction(found, directed), table)
    if kind == "text":
        edges = read_edges(path, hints)
    elif kind == "npy":
        matrix = read_npy(str(path), path.read_bytes())
        edges = dense_edges(
            matrix, map(str, range(len(matrix) if matrix.ndim else 0)), ("a row points at its columns",)
        )
    elif kind == "npz":
        edges = _archive(load_arrays(path))
    else:
        raise DataError("it is no network but a recording. Infer a network first: `interplay infer`.")
    if table is None:
        return build(edges, directed=directed, repeats=repeats)
    found = build(edges, directed=directed, repeats=repeats, listed=table.names, attributes=table.columns)
    return replace(found, notes=(*found.notes, *table.notes))


def _archive(arrays: dict[str, NDArray[Any]]) -> Edges:
    said = ("a row points at its columns",)
    if "shape" in arrays and "data" in arrays:
        n, src, dst = _entries(arrays)
        names = np.array([str(k) for k in range(n)], dtype=str)
        return Edges(
            src=names[src],
            dst=names[dst],
            weight=np.asarray(arrays["data"], dtype=np.float64),
            names=tuple(names.tolist()),
            dense=True,
            notes=said,
        )
    square = [k for k, a in arrays.items() if a.ndim == 2 and a.shape[0] == a.shape[1] and a.dtype.kind in "fiub"]
    chosen = next((k for k in _MATRICES if k in square), square[0] if len(square) == 1 else None)
    if chosen is None:
        listed = ", ".join(f"{k} {a.shape}" for k, a in list(arrays.items())[:8]) or "nothing"
        raise DataError(f"no array is a network: one square matrix is needed, and the file holds {listed}.")
    known = arrays.get("names")
    names = known if known is not None and known.shape == (len(arrays[chosen]),) else np.arange(len(arrays[chosen]))
    return dense_edges(arrays[chosen], names.astype(str), (f"the array {chosen!r} is the network", *said))


def _entries(arrays: dict[str, NDArray[Any]]) -> tuple[int, NDArray[Any], NDArray[Any]]:
    """Give the number of nodes of a sparse matrix, and the row and column of every entry, checked."""
    damaged = DataError("the parts of the sparse matrix do not fit together. The file is damaged: save it again.")
    shape = arrays["shape"]
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or shape[0] != shape[1] or shape[0] < 0:
        raise DataError(f"a matrix of a network must be square, got shape {shape.tolist()}. Correct it.")
    n = int(shape[0])
    if {"row", "col"} <= set(arrays):
        src, dst = arrays["row"], arrays["col"]
    elif {"indices", "indptr"} <= set(arrays):
        dst, pointer = arrays["indices"], arrays["indptr"]
        if pointer.shape != (n + 1,) or pointer.dtype.kind not in "iu" or (np.diff(pointer.astype(np.int64)) < 0).any():
            raise damaged
        src = np.repeat(np.arange(n), np.diff(pointer))
        if str(arrays.get("format", np.array(b"csr")).astype(str)) == "csc":
            src, dst = dst, src
    else:
        raise DataError("the sparse matrix must be stored by rows, columns or coordinates. Use `.tocsr()`.")
    if not src.shape == dst.shape == arrays["data"].shape or any(
        ids.ndim != 1 or ids.dtype.kind not in "iu" or (len(ids) and not 0 <= ids.min() <= ids.max() < n)
        for ids in (src, dst)
    ):
        raise damaged
    return n, src, dst


def _require_direction(graph: Graph, directed: bool | None) -> Graph:
    """Hold a network that says itself whether it is directed against what is asked."""
    if directed is None or directed == graph.directed:
        return graph
    if not directed:
        raise DataError(
            "the network is directed, and both directions of a pair may differ. Leave `directed` out, or write it "
            "as a list of edges and say what becomes of pairs."
        )
    return replace(graph, directed=True)


def joined(graph: Graph, table: NodeTable | None) -> Graph:
    """Add the columns of a node table to a graph that has its nodes already.

    Parameters
    ----------
    graph : Graph
    table : NodeTable or None

    Returns
    -------
    Graph

    Raises
    ------
    DataError
        If no row is of a node of the graph.
    """
    if table is None:
        return graph
    names = [str(k) for k in range(graph.n_nodes)] if graph.names is None else graph.names.tolist()
    row = {name: k for k, name in enumerate(table.names)}
    place = np.array([row.get(name, -1) for name in names], dtype=np.int64)
    if graph.n_nodes and (place < 0).all():
        raise DataError(
            f"no row of the node table is of a node of the network: it names {table.names[0]!r}, the network "
            f"{names[0]!r}. Correct the column of names."
        )
    columns = {}
    for key, values in table.columns.items():
        if (place >= 0).all():
            columns[key] = values[place]
        elif values.dtype.kind == "U":
            columns[key] = np.where(place >= 0, values[place], "")
        else:
            columns[key] = np.where(place >= 0, values[place].astype(np.float64), np.nan)
    notes = list(table.notes)
    if (place < 0).any():
        notes.append(f"{int((place < 0).sum())} node(s) have no row in the node table")
    idle = len(table.names) - len(set(place[place >= 0].tolist()))
    if idle:
        notes.append(f"{idle} row(s) of the node table are of no node of the network and were not used")
    return replace(graph.with_attributes(**columns), notes=(*graph.notes, *notes))
