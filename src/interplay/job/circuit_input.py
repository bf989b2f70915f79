"""What a circuit is made from: the name of a motif, a file of weights, or a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name

#: Names of the matrix in an .npz that is none of ours.
_WEIGHTS = ("weights", "weight", "W", "w")
_BESIDE = ("sign", "tau", "names", "delay")


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightFile:
    """A matrix of weights from a file, not checked yet.

    Attributes
    ----------
    weights : array
        As it stands in the file; `weights[post, pre]`.
    beside : mapping of str to array
        "sign", "tau", "names" and "delay", where the file has them.
    notes : tuple of str
        How it was read.
    """

    weights: NDArray[Any]
    beside: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def kind_of(source: str, motifs: Any, *, hinted: bool) -> str:
    """Tell whether a motif is named, or a file; a motif's name means the motif, ./name the file.

    Parameters
    ----------
    source : str
    motifs : collection of str
    hinted : bool
        Whether something was said about the file, so that there must be one.

    Returns
    -------
    {"motif", "file"}

    Raises
    ------
    ConfigError
        For what is neither a motif nor looks like a path.
    """
    path = Path(source)
    if not hinted and source.replace("_", "-") in motifs:
        return "motif"
    if not path.exists() and not path.suffix and len(path.parts) == 1:
        raise ConfigError(f"{unknown_name('motif', source, motifs)} There is no file of that name either.")
    return "file"


def read_weights(path: Path) -> WeightFile | None:
    """Read a file as weights, where it can be a matrix of weights.

    Parameters
    ----------
    path : Path
        A table of numbers (.csv and the like), an .npy matrix, or an .npz with an array `weights`.

    Returns
    -------
    WeightFile or None
        None where the file is of a kind that only a recording can be, or is a table that names times.

    Raises
    ------
    DataError
        If there is no such file, it is empty or damaged, or it holds a matrix that is not square.
    """
    from interplay.io import sniff

    kind = sniff(path)
    if kind == "text":
        return _table(path)
    if kind == "npy":
        return _matrix(path)
    return _archive(path) if kind == "npz" else None


def _table(path: Path) -> WeightFile | None:
    from interplay.io.text_table import read_text

    try:
        table = read_text(path)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    columns, names = list(table.arrays), None if table.names is None else list(table.names)
    numbered = _without_numbering(columns, names)
    if numbered is not None:
        return numbered
    texts = [k for k in range(len(columns)) if table.is_text(k)]
    rows = None
    if texts == [0] and len(columns) == len(table) + 1:
        rows = [str(name) for name in columns[0].tolist()]
        columns, names, texts = columns[1:], None if names is None else names[1:], []
    if len(columns) != len(table):
        recorded = names is not None and _is_recording(path)
        return None if recorded else _refuse_shape(path, (len(table), len(columns)))
    if texts:
        column = columns[texts[0]]
        wrong = next(k for k, text in enumerate(column.tolist()) if not _is_number(text))
        corner = wrong == 0 and texts[0] == 0 and str(column[0]) == "" and names is None
        remedy = "Name the units by words, or number the units from 0 in both" if corner else "Correct the file"
        raise DataError(
            f"{path}: {table.place(wrong)}: weights must be numbers, got {str(column[wrong])[:40]!r} in "
            f"{table.label(texts[0])}. {remedy}."
        )
    if rows is not None and names is not None and rows != names:
        raise DataError(
            f"{path}: rows and columns must name the same units in the same order, got {_first(rows)} and "
            f"{_first(names)}. Correct the file."
        )
    named = rows if rows is not None else names
    beside = {} if named is None else {"names": np.array(named, dtype=str)}
    return WeightFile(weights=np.column_stack([c.astype(np.float64) for c in columns]), beside=beside)


def _without_numbering(columns: list[NDArray[Any]], names: list[str] | None) -> WeightFile | None:
    """Read a table whose rows, columns or both are numbered from 0, as data frames are written; None for others."""
    if names is not None:
        if names[0] or len(columns) != len(columns[0]) + 1 or not _counts(columns[0]):
            return None
        note = "The first column numbers the rows from 0: it is not a column of weights."
        return _numbered(columns[1:], 0, {"names": np.array(names[1:], dtype=str)}, note)
    first = [column[0] for column in columns]
    if len(columns) == len(columns[0]) and first[0] == "":
        if _counts(first[1:]) and _counts(columns[0][1:]):
            note = "The first line and the first column number the units from 0: they are no weights."
            return _numbered(columns[1:], 1, {}, note)
    elif len(columns) + 1 == len(columns[0]) and _counts(first):
        note = "The first line numbers the columns from 0: it is not a line of weights."
        return _numbered(columns, 1, {}, note)
    return None


def _counts(cells: Any) -> bool:
    """Tell whether cells are 0, 1, 2 and so on."""
    return all(_is_number(cell) and float(cell) == k for k, cell in enumerate(cells))


def _numbered(columns: list[NDArray[Any]], skip: int, beside: Mapping[str, Any], note: str) -> WeightFile | None:
    if not all(_is_number(cell) for column in columns for cell in column):
        return None
    weights = np.column_stack([column[skip:].astype(np.float64) for column in columns])
    return WeightFile(weights=weights, beside=beside, notes=(note,))


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _is_recording(path: Path) -> bool:
    from interplay.io import load

    try:
        load(path)
    except DataError:
        return False
    return True


def _refuse_shape(path: Path, shape: tuple[int, ...]) -> WeightFile:
    raise DataError(
        f"{path}: weights must be a square matrix, one row and one column per unit, got shape {shape}. Correct the "
        "file; or, if it is a recording, say so with --hint, for example --hint kind=traces --hint rows=time --hint "
        "rate_hz=10."
    )


def _matrix(path: Path) -> WeightFile:
    from interplay.io.npz import read_npy

    array = read_npy(str(path), path.read_bytes())
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        _refuse_shape(path, array.shape)
    return WeightFile(weights=array, beside={})


def _archive(path: Path) -> WeightFile | None:
    from interplay.io.npz import load_arrays, load_header

    if load_header(path) is not None:
        return None  # one of ours says itself what it holds
    arrays = load_arrays(path)
    name = next((name for name in _WEIGHTS if name in arrays and arrays[name].ndim == 2), None)
    if name is None:
        return None
    if arrays[name].shape[0] != arrays[name].shape[1]:
        _refuse_shape(path, arrays[name].shape)
    left = sorted(set(arrays) - {name, *_BESIDE})
    notes = (f"Arrays of the file that were not used: {', '.join(left)}.",) if left else ()
    return WeightFile(weights=arrays[name], beside={k: arrays[k] for k in _BESIDE if k in arrays}, notes=notes)
