"""Networks as text: lists of edges between named or numbered nodes, and square matrices of weights."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.columns import Columns
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints
from interplay.io.roles import bare, pick
from interplay.io.text_table import read_text

_WEIGHTS = ("value", "count", "n", "strength", "score")


@dataclass(frozen=True, eq=False, kw_only=True)
class Edges:
    """Edges as a file names them.

    Parameters
    ----------
    src, dst : (M,) text arrays
        Names of the ends.
    weight : (M,) float array or None
    names : sequence of str or None
        All nodes, where the file lists them (a matrix does), in their order.
    dense : bool
        Whether every pair stands in the file, so that direction shows itself.
    notes : tuple of str
    """

    src: NDArray[np.str_]
    dst: NDArray[np.str_]
    weight: NDArray[np.float64] | None = None
    names: tuple[str, ...] | None = None
    dense: bool = False
    notes: tuple[str, ...] = field(default=())


def read_edges(path: Path, hints: Hints) -> Edges:
    """Read a text file as a list of edges, or as a square matrix.

    Parameters
    ----------
    path : Path
        Two or three columns or more, with or without a header; or as many columns as rows, four or more. What
        follows two names in brackets, as `networkx.write_edgelist` writes it, is read where it names a weight.
    hints : Hints
        `src_column`, `dst_column`, `weight_column`.

    Returns
    -------
    Edges

    Raises
    ------
    DataError
        If there are fewer than two columns, a name is empty, a weight no number, or the table has times.
    """
    table = edge_table(path)
    if table is None:
        return _bracketed(path)
    hinted = any(getattr(hints, f"{role}_column") is not None for role in ("src", "dst", "weight"))
    if not hinted and (matrix := _matrix(table)) is not None:
        return matrix
    return _listed(table, hints)


def edge_table(path: Path) -> Columns | None:
    """Read a text file as a table; None if brackets follow the ends of its edges.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Columns or None
    """
    require_file(path)
    with foreign(str(path)), path.open("rb") as stream:
        head = stream.read(1 << 16).decode("utf-8", errors="replace")
    line = next((x for x in head.splitlines() if x.strip() and not x.lstrip().startswith(("#", "%"))), "")
    if any(mark in line for mark in ("[", "{")):
        return None
    table = _one_line(head, line) if len(head) < 1 << 16 else None
    return read_text(path) if table is None else table


def _one_line(text: str, line: str) -> Columns | None:
    """Read a text of one line as one edge, which a table of one line of words would take for a header."""
    rows = [x for x in text.splitlines() if x.strip() and not x.lstrip().startswith(("#", "%"))]
    if len(rows) != 1:
        return None
    mark = next((d for d in ("\t", ",", ";") if d in line), None)
    fields = [field.strip() for field in line.split(mark)]
    if (
        len(fields) < 2
        or all(map(_is_number, fields))
        or {bare(field) for field in fields} & {"source", "target", "src", "dst", "from", "to"}
    ):
        return None
    arrays: list[NDArray[Any]] = [np.array([float(f)]) if _is_number(f) else np.array([f]) for f in fields]
    return Columns(names=None, arrays=arrays, place=lambda _: "the only line", notes=("read as one edge",))


def time_column(table: Columns, hints: Hints) -> int | None:
    """Find the column of times that makes a list of edges a list of events; None if there is none.

    Parameters
    ----------
    table : Columns
    hints : Hints

    Returns
    -------
    int or None
        A column of that name; of three columns without a header the last, where it never decreases, does rise, and is
        not said to be the weight.
    """
    named = pick("time", table.names, len(table.arrays), hints)
    if named is not None or table.names is not None:
        return named
    said = hints.src_column is not None or hints.dst_column is not None or hints.weight_column is not None
    if said or len(table.arrays) != 3 or table.is_text(2):
        return None
    step = np.diff(table.arrays[2].astype(np.float64))
    return 2 if len(step) > 1 and (step >= 0).all() and (step > 0).any() else None


def _listed(table: Columns, hints: Hints) -> Edges:
    notes = list(table.notes)
    if len(table.arrays) < 2:
        raise DataError(f"a list of edges needs two columns, got {len(table.arrays)}. Name both ends of each edge.")
    roles = {role: pick(role, table.names, len(table.arrays), hints) for role in ("src", "dst", "weight")}
    timed = time_column(table, hints)
    if timed is not None:
        how = "has times" if table.names is not None else "never decreases: it was taken for times"
        raise DataError(
            f"{table.label(timed)} {how}, so this is a list of events. Read it with `interplay.load` (and forget the "
            "times with `Graph.from_temporal`), or say what the column is: `weight_column`."
        )
    found = table.names is not None and roles["src"] is not None and roles["dst"] is not None
    src = 0 if roles["src"] is None else roles["src"]
    dst = (1 if src != 1 else 0) if roles["dst"] is None else roles["dst"]
    if not found and table.names is not None:
        table, said = _is_first_line_data(table, src, dst)
        notes = [note for note in notes if table.names is not None or not note.endswith("with a header")] + [said]
    if not found and hints.src_column is None:
        notes.append(f"{table.label(src)} was taken as the source and {table.label(dst)} as the target of each edge")
    weight = roles["weight"]
    if weight is None:
        weight = _weight_column(table, {src, dst}, notes)
    if len({src, dst, weight}) != 3:
        raise DataError("source, target and weight must be different columns. Correct the hints.")
    unused = [table.label(k) for k in range(len(table.arrays)) if k not in (src, dst, weight)]
    if unused:
        notes.append(f"columns not used: {', '.join(unused[:8])}{' ...' if len(unused) > 8 else ''}")
    return Edges(
        src=node_names(table, src),
        dst=node_names(table, dst),
        weight=None if weight is None else np.asarray(table.numbers(weight), dtype=np.float64),
        notes=tuple(notes),
    )


def _weight_column(table: Columns, ends: set[int], notes: list[str]) -> int | None:
    rest = [k for k in range(len(table.arrays)) if k not in ends]
    if table.names is not None:
        rest = [k for k in rest if bare(table.names[k]) in _WEIGHTS]
    numeric = [k for k in rest if not table.is_text(k)]
    if len(rest) == 1 and numeric:
        notes.append(f"{table.label(rest[0])} was taken as the weight (change it with `weight_column`)")
        return rest[0]
    notes.append("no weight column: every edge weighs one")
    return None


def _is_first_line_data(table: Columns, src: int, dst: int) -> tuple[Columns, str]:
    """Put back a first line that was taken for a header, if its words occur among the names below it."""
    assert table.names is not None
    ends = [np.asarray(table.arrays[k]).astype(str) for k in (src, dst)]
    first = {table.names[src], table.names[dst]}
    if not all(table.is_text(k) for k in (src, dst)) or not (
        np.isin(ends[0], list(first)).any() or np.isin(ends[1], list(first)).any()
    ):
        return table, "the first line was taken as a header, for its words occur nowhere else"
    arrays = [
        np.concatenate([[name], np.asarray(a).astype(str)]) for name, a in zip(table.names, table.arrays, strict=True)
    ]
    line = table.place

    def place(row: int) -> str:
        return "the first line" if row == 0 else line(row - 1)

    note = "the first line was taken as an edge, for its words occur among the names below"
    return Columns(names=None, arrays=arrays, place=place), note


def node_names(table: Columns, k: int) -> NDArray[np.str_]:
    """Give a column of node names as text; numbers must be whole."""
    if table.is_text(k):
        names = np.asarray(table.arrays[k], dtype=str)
        if (names == "").any():
            raise DataError(f"{table.place(int(np.argmax(names == '')))}: {table.label(k)} is empty. Fill it in.")
        return names
    return table.integers(k).astype(str)


def _matrix(table: Columns) -> Edges | None:
    """Read a square table, rows to columns; None for what is none."""
    n, columns, names = len(table), list(range(len(table.arrays))), table.names
    rows: list[str] | None = None
    labelled = table.is_text(0) or (names is not None and names[0] == "")
    if len(columns) == n + 1 and n > 2 and labelled:
        rows = np.asarray(table.arrays[0]).astype(str).tolist()
        columns, names = columns[1:], None if names is None else names[1:]
    elif len(columns) != n or n < 4:
        return None
    if any(table.is_text(k) for k in columns):
        return None
    if rows is not None and names is not None and rows != names:
        if [str(float(k)) for k in range(n)] != [str(float(r)) for r in rows if _is_number(r)]:
            raise DataError(
                f"rows and columns of a matrix must name the same nodes in the same order, got {rows[0]!r} and "
                f"{names[0]!r} first. Correct the file."
            )
        rows = None
    known = tuple(names if names is not None else rows if rows is not None else map(str, range(n)))
    weights = np.column_stack([table.numbers(k) for k in columns]).astype(np.float64)
    return dense_edges(weights, known, (*table.notes, "read as a square matrix: a row points at its columns"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def dense_edges(weights: NDArray[Any], names: Iterable[str], notes: Iterable[str] = ()) -> Edges:
    """Take a square matrix ``weights[src, dst]`` apart; zeros are no edges.

    Raises
    ------
    DataError
        If it is not square, or holds what is no finite number.
    """
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise DataError(
            f"a matrix of a network must be square, one row and one column per node, got {weights.shape}. Correct it."
        )
    if weights.dtype.kind not in "fiub" or not np.isfinite(weights.astype(np.float64)).all():
        raise DataError("a matrix of a network must hold finite numbers. Put 0 where there is no edge.")
    src, dst = np.nonzero(weights)
    known = np.array(list(names), dtype=str)
    return Edges(
        src=known[src],
        dst=known[dst],
        weight=np.asarray(weights[src, dst], dtype=np.float64),
        names=tuple(known.tolist()),
        dense=True,
        notes=tuple(notes),
    )


def _bracketed(path: Path) -> Edges:
    """Read lines of two names and something in brackets, split at blanks."""
    src, dst, weight, unread = [], [], list[float | None](), ""
    with foreign(str(path)):
        text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split(maxsplit=2)
        if not parts or parts[0].startswith(("#", "%")):
            continue
        if len(parts) < 2 or parts[1].startswith(("[", "{")):
            raise DataError(f"line {number} must begin with the two ends of an edge, got {line[:40]!r}. Correct it.")
        src.append(parts[0])
        dst.append(parts[1])
        weight.append(_weight_in(parts[2] if len(parts) > 2 else ""))
        if weight[-1] is None and len(parts) > 2 and parts[2] != "{}":
            unread = unread or parts[2]
    notes = ["read as text separated by blanks, without a header: source, target, and something in brackets"]
    have = [w for w in weight if w is not None]
    if have and len(have) < len(weight):
        raise DataError(
            f"{len(weight) - len(have)} of {len(weight)} edges have no weight. Give one to all, or to none."
        )
    if unread:
        notes.append(f"what follows the two names, for example {unread[:40]!r}, was not used")
    if not have:
        notes.append("no weight column: every edge weighs one")
    return Edges(
        src=np.array(src, dtype=str),
        dst=np.array(dst, dtype=str),
        weight=np.array(have, dtype=np.float64) if have else None,
        notes=tuple(notes),
    )


def _weight_in(text: str) -> float | None:
    if not text.startswith("{"):
        return None
    try:
        found = ast.literal_eval(text)
        return float(found["weight"]) if isinstance(found, dict) and "weight" in found else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
