"""Node tables: a column of names, and what is known of each node."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.edge_list import node_names
from interplay.io.roles import bare
from interplay.io.text_table import read_text

_IDS = ("id", "node", "node_id", "name", "user", "user_id", "unit", "unit_id", "electrode", "label")


class NodeTable(NamedTuple):
    """Nodes as a file lists them: their names, the other columns, and how they were read."""

    names: tuple[str, ...]
    columns: dict[str, NDArray[Any]]
    notes: tuple[str, ...]


def read_nodes(path: Path) -> NodeTable:
    """Read a table with one row per node.

    Parameters
    ----------
    path : Path
        Text. The node's name stands in the column called id, node, name, user, unit, electrode or label, else in the
        first. Without a header a second column is called "group", further ones "column2" and so on.

    Returns
    -------
    NodeTable

    Raises
    ------
    DataError
        If there are fewer than two columns, a name is empty, or a node has two rows that differ.
    """
    try:
        table = read_text(path)
        if len(table.arrays) < 2:
            raise DataError("a node table needs a column of names and one more, got one column. Add what is known.")
        heads = table.names
        which = 0
        if heads is not None:
            which = next((k for want in _IDS for k, name in enumerate(heads) if bare(name) == want), 0)
        names = node_names(table, which)
    except DataError as error:
        text = str(error)
        raise DataError(text if text.startswith(str(path)) else f"{path}: {text}") from error
    rest = [k for k in range(len(table.arrays)) if k != which]
    called = [f"column{k}" for k in range(len(table.arrays))] if heads is None else heads
    if heads is None and len(rest) == 1:
        called = ["", "group"]
    if len({called[k] for k in rest}) != len(rest):
        raise DataError(f"{path}: each column must have a name of its own. Correct the header.")
    notes = [f"node table: {table.label(which)} was taken as the node's name"]
    known, first, owner = np.unique(names, return_index=True, return_inverse=True)
    if len(known) != len(names):
        twice = names[np.setdiff1d(np.arange(len(names)), first)[0]]
        differing = [k for k in rest if (table.arrays[k] != table.arrays[k][first][owner.ravel()]).any()]
        if differing:
            raise DataError(
                f"{path}: a node must have one row: {str(twice)!r} has several, which differ in "
                f"{table.label(differing[0])}. Correct the table."
            )
        notes.append(f"node table: {len(names) - len(known)} row(s) repeat another and were read once")
    keep = np.sort(first)
    return NodeTable(
        names=tuple(names[keep].tolist()),
        columns={called[k]: _whole(np.asarray(table.arrays[k])[keep]) for k in rest},
        notes=tuple(notes),
    )


def _whole(column: NDArray[Any]) -> NDArray[Any]:
    """Turn numbers that are all whole into integers."""
    if column.dtype.kind == "f" and np.isfinite(column).all() and (column == np.floor(column)).all():
        return column.astype(np.int64)
    return column
