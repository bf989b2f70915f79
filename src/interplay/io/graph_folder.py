"""A graph as a folder of plain NPY files, which may be opened without being read into memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Graph, TemporalGraph
from interplay.io.guard import foreign, require_file
from interplay.io.npz import read_npy, require_digest
from interplay.io.npz import save_graph as save_temporal_graph

#: File that marks a folder as a saved graph, and the version of its layout.
META = "meta.json"
LAYOUT = 1
_SAVE_AGAIN = "save the graph again."


def save_graph(graph: Graph | TemporalGraph, path: str | os.PathLike[str]) -> Path:
    """Write a graph so that it comes back with the same digest.

    Parameters
    ----------
    graph : Graph or TemporalGraph
        Names, columns and notes are written too.
    path : path
        Of a Graph: a folder, which `open_graph` reads, whole or memory-mapped; a graph saved there before is replaced.
        Of a TemporalGraph: an NPZ file, which `interplay.load` reads. Either appears whole or not at all.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    DataError
        If the folder that shall hold it does not exist or cannot be written to, or something else is in the way.

    Notes
    -----
    The folder holds `offsets.npy` (int64), `target.npy` (int32), `weight.npy` (float64, where the graph has weights),
    `names.npy`, one `column_K.npy` per column of the node table, and `meta.json` with the column names and the digest.
    """
    if isinstance(graph, TemporalGraph):
        return save_temporal_graph(graph, path)
    if not isinstance(graph, Graph):
        raise DataError(f"`graph` must be a Graph or a TemporalGraph, got {type(graph).__name__}.")
    arrays: dict[str, NDArray[Any]] = {"offsets": graph.offsets, "target": graph.target}
    arrays |= {k: v for k, v in (("weight", graph.weight), ("names", graph.names)) if v is not None}
    columns = list(graph.attributes)
    arrays |= {f"column_{k}": graph.attributes[name] for k, name in enumerate(columns)}
    meta = {
        "holds": "Graph",
        "layout": LAYOUT,
        "digest": graph.digest,
        "directed": graph.directed,
        "n_nodes": graph.n_nodes,
        "n_entries": len(graph.target),
        "arrays": sorted(arrays),
        "columns": columns,
        "notes": list(graph.notes),
    }
    target = Path(path)
    with _folder_aside(target) as draft:
        for name, array in arrays.items():
            with (draft / f"{name}.npy").open("wb") as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
                stream.flush()
                os.fsync(stream.fileno())
        (draft / META).write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return target


def open_graph(path: str | os.PathLike[str], *, mapped: bool = True) -> Graph:
    """Open a graph saved by `save_graph`.

    Parameters
    ----------
    path : path
        The folder.
    mapped : bool
        Leave rows and weights on the disk and let the system page them in and out; False reads them into memory.

    Returns
    -------
    Graph
        With the digest it was saved with.

    Raises
    ------
    DataError
        If the folder is no saved graph, is incomplete, or its content is not what was written.

    Notes
    -----
    The digest is checked, for which every file is read once, front to back. A mapped graph must not be saved over by
    another program while it is in use; `save_graph` puts a new folder in its place and leaves open ones intact.
    """
    folder = Path(path)
    meta = _meta(folder)
    names = meta["arrays"]
    parts = {name: _array(folder / f"{name}.npy", mapped) for name in names}
    for name in ("offsets", "target"):
        if name not in parts:
            raise DataError(f"{folder} has no {name}.npy. The folder is incomplete: {_SAVE_AGAIN}")
    columns = meta["columns"]
    missing = [f"column_{k}" for k in range(len(columns)) if f"column_{k}" not in parts]
    if missing:
        raise DataError(f"{folder} has no {missing[0]}.npy. The folder is incomplete: {_SAVE_AGAIN}")
    try:
        graph = Graph(
            offsets=parts["offsets"],
            target=parts["target"],
            weight=parts.get("weight"),
            directed=bool(meta.get("directed")),
            names=parts.get("names"),
            attributes={name: parts[f"column_{k}"] for k, name in enumerate(columns)},
            notes=tuple(map(str, meta.get("notes") or ())),
        )
        require_digest(graph.digest, meta, _SAVE_AGAIN)
    except DataError as error:
        raise DataError(f"{folder}: {error}") from error
    return graph


def is_graph_folder(path: str | os.PathLike[str]) -> bool:
    """Say whether a folder bears the mark of a saved graph; nothing of it is checked."""
    try:
        return bool(json.loads((Path(path) / META).read_text(encoding="utf-8")).get("holds") == "Graph")
    except (OSError, ValueError, AttributeError):
        return False


def _meta(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        what = "a file" if folder.exists() else "missing"
        raise DataError(f"`path` must be the folder of a saved graph: {folder} is {what}. Check the name.")
    if not (folder / META).is_file():
        raise DataError(f"{folder} is no saved graph: it has no {META}. Name a folder written by `save_graph`.")
    require_file(folder / META)
    with foreign(str(folder / META)):
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
    if not isinstance(meta, dict) or meta.get("holds") != "Graph":
        raise DataError(f"{folder} is no saved graph: its {META} says otherwise. Name a folder of `save_graph`.")
    if meta.get("layout") != LAYOUT:
        raise DataError(f"{folder} has layout {meta.get('layout')!r}, this version reads {LAYOUT}. Update interplay.")
    for key in ("arrays", "columns"):
        if not isinstance(meta.get(key), list) or not all(isinstance(v, str) for v in meta[key]):
            raise DataError(f"{folder / META}: {key!r} must be a list of names. The folder is damaged: {_SAVE_AGAIN}")
    odd = [name for name in meta["arrays"] if not name.replace("_", "").isalnum()]
    if odd:
        raise DataError(f"{folder / META}: {odd[0]!r} names no array. The folder is damaged: {_SAVE_AGAIN}")
    return meta


def _array(file: Path, mapped: bool) -> NDArray[Any]:
    size = require_file(file)
    if mapped and size > 1 << 16:
        with foreign(str(file)):
            mapping: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
            return mapping
    with foreign(str(file)):
        raw = file.read_bytes()
    return read_npy(str(file), raw)


@contextlib.contextmanager
def _folder_aside(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`; at the end it takes that name, in place of an older saved graph."""
    if not target.parent.is_dir():
        raise DataError(f"`path` must lie in an existing folder: {target.parent} is not one. Create the folder first.")
    if target.exists() and not is_graph_folder(target) and not (target.is_dir() and not any(target.iterdir())):
        raise DataError(
            f"`path` must be free, empty or a saved graph: {target} is something else, and is left as it is. "
            "Choose another name."
        )
    try:
        shelter = Path(tempfile.mkdtemp(prefix=f".{target.name[:60]}.", dir=target.parent))
    except OSError as error:
        raise DataError(
            f"`path` must lie in a folder that can be written to: {target.parent} cannot ({error.strerror}). "
            "Choose another folder or change its permissions."
        ) from error
    try:
        draft = shelter / "draft"
        draft.mkdir()
        yield draft
        if target.exists():
            target.replace(shelter / "before")
        draft.replace(target)
    finally:
        shutil.rmtree(shelter, ignore_errors=True)
