"""Matrices with names: connectivity and regional signals from text, NPY and MAT files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.guard import foreign, require_claim, require_file

#: What stands for a missing value, in lower case.
MISSING = ("n/a", "na", "nan", "")
_HDF5 = b"\x89HDF\r\n\x1a\n"


class Grid(NamedTuple):
    """A matrix of numbers and the names of its rows and columns.

    Attributes
    ----------
    values : (n, m) float array
        float32 where the file holds that, float64 otherwise; NaN where a value is missing.
    columns, rows : tuple of str or None
        None where the file names none.
    notes : tuple of str
        What was guessed.
    """

    values: NDArray[Any]
    columns: tuple[str, ...] | None
    rows: tuple[str, ...] | None
    notes: tuple[str, ...]


def load_matrix(path: str | os.PathLike[str], *, variable: str | None = None) -> Grid:
    r"""Read one matrix of any size from a text table, an NPY file, a MAT file, or a CIFTI file of parcels.

    Parameters
    ----------
    path : path
        Its content decides how it is read.
    variable : str or None
        Which variable of a MAT file is meant; needed where it holds several matrices of numbers.

    Returns
    -------
    Grid
        A header, and a first column of texts, become names. "n/a", "NA", "nan" and empty fields are NaN.

    Raises
    ------
    DataError
        If the file is missing, damaged, holds no matrix of numbers, or several and `variable` does not say which;
        also where `variable` is given for a file without variables, or values are infinite.
    MissingExtraError
        If a CIFTI file is to be read and nibabel is not installed.

    Notes
    -----
    A first column without a name that numbers the rows, as pandas writes it, is left out, and said in `notes`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "sc.csv").write_text("V1,V2\n0,3.5\n3.5,n/a\n")
    ...     load_matrix(folder + "/sc.csv").values
    array([[0. , 3.5],
           [3.5, nan]])
    """
    from interplay.io.imaging import read_cifti
    from interplay.io.nifti_mark import is_nifti

    place = Path(path)
    require_file(place)
    with foreign(str(place)), place.open("rb") as stream:
        head = stream.read(1024)
    mat = head.startswith(b"MATLAB") or head.startswith(_HDF5)
    if variable is not None and not mat:
        raise DataError(f"`variable` must be left out for {place}, which is no MAT file, got {variable!r}. Remove it.")
    if head.startswith(b"\x93NUMPY"):
        found = Grid(_npy(place), None, None, ())
    elif mat:
        found = _mat(place, head, variable)
    elif is_nifti(place):
        cifti = read_cifti(place)
        found = Grid(cifti.values, cifti.columns, cifti.rows, cifti.notes)
    else:
        found = _text(place)
    if np.isinf(found.values).any():
        where = np.argwhere(np.isinf(found.values))[0].tolist()
        raise DataError(f"{place}: a matrix must not hold infinite values, entry {where} does. Correct it.")
    if found.values.size == 0:
        raise DataError(f"{place} holds an empty matrix, of shape {found.values.shape}. Export it again.")
    return found


def _npy(path: Path) -> NDArray[Any]:
    from interplay.io.npz import read_npy

    with foreign(str(path)):
        raw = path.read_bytes()
    return _numbers(read_npy(str(path), raw), str(path))


def _numbers(array: NDArray[Any], what: str) -> NDArray[Any]:
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise DataError(f"{what} must hold a matrix of numbers, got shape {array.shape} of {array.dtype}. Save one.")
    return array if array.dtype == np.float32 else np.asarray(array, dtype=np.float64)


def _mat(path: Path, head: bytes, variable: str | None) -> Grid:
    arrays = _mat73(path) if _HDF5 in (head[:8], head[512:520]) else _mat5(path)
    grids = {k: a for k, a in arrays.items() if a.ndim == 2 and a.dtype.kind in "fiub" and min(a.shape) > 1}
    listed = ", ".join(f"{k} {a.shape}" for k, a in list(grids.items())[:8]) or "none"
    if variable is not None and variable not in grids:
        raise DataError(f"{path}: there is no matrix {variable!r}; it holds: {listed}. Correct `variable`.")
    if variable is None and len(grids) != 1:
        raise DataError(f"{path}: one matrix of numbers is needed, it holds: {listed}. Say which with `variable`.")
    name = next(iter(grids)) if variable is None else variable
    return Grid(_numbers(grids[name], f"{path}: {name!r}"), None, None, (f"the variable {name!r}",))


def _mat5(path: Path) -> dict[str, NDArray[Any]]:
    import scipy.io
    import scipy.sparse

    size = require_file(path)
    with foreign(str(path)):
        for name, shape, _ in scipy.io.whosmat(path):
            require_claim(f"the variable {name!r}", int(np.prod([int(s) for s in shape], dtype=object)), size)
        raw = scipy.io.loadmat(path)
        dense = {k: v.toarray() if scipy.sparse.issparse(v) else v for k, v in raw.items() if not k.startswith("__")}
    return {k: v for k, v in dense.items() if isinstance(v, np.ndarray)}


def _mat73(path: Path) -> dict[str, NDArray[Any]]:
    from interplay.io import hdf5

    out: dict[str, NDArray[Any]] = {}
    with hdf5.open_hdf5(path) as file:
        for name in hdf5.members(file):
            node = hdf5.child(file, name)
            if not name.startswith("#") and hdf5.is_dataset(node) and node.ndim == 2 and node.dtype.kind in "fiu":
                out[name] = hdf5.numbers(node).T
    return out


def _text(path: Path) -> Grid:
    from interplay.io.text_table import read_text

    try:
        table = read_text(path)
    except DataError as error:
        text = str(error)
        raise DataError(text if text.startswith(str(path)) else f"{path}: {text}") from error
    names, arrays, notes, place = table.names, list(table.arrays), [], table.place
    rows: tuple[str, ...] | None = None
    if len(arrays) > 1 and _is_label(arrays[0]):
        rows, arrays = tuple(map(str, arrays[0])), arrays[1:]
        names = None if names is None else names[1:]
    elif names is not None and len(arrays) > 1 and names[0].lower() in ("", "unnamed: 0") and _counts(arrays[0]):
        notes.append("the first column has no name and numbers the rows: it was left out")
        names, arrays = names[1:], arrays[1:]
    columns = [column_numbers(array, k, names, path, place) for k, array in enumerate(arrays)]
    values = np.column_stack(columns)
    if names is None and _is_numbering(values):
        notes.append("the first line numbers the columns and was taken as their names")
        names, values = [str(int(v)) for v in values[0]], values[1:]
    return Grid(values, None if names is None else tuple(names), rows, tuple(notes))


def _is_label(array: NDArray[Any]) -> bool:
    """Tell a column that names rows: texts, all different, none of which stands for a missing value or a number."""
    if array.dtype.kind != "U":
        return False
    fields = array.tolist()
    return len(set(fields)) == len(fields) and not any(f.lower() in MISSING or _is_number(f) for f in fields)


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _counts(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iuf" and any(np.array_equal(array, np.arange(len(array)) + k) for k in (0, 1))


def _is_numbering(values: NDArray[Any]) -> bool:
    """Tell a first line 0, 1, 2 ... or 1, 2, 3 ... of at least three columns."""
    n, m = values.shape
    return n > 1 and m > 2 and any(np.array_equal(values[0], np.arange(m) + k) for k in (0, 1))


def column_numbers(
    array: NDArray[Any], k: int, names: list[str] | None, path: Path, place: Callable[[int], str]
) -> NDArray[np.float64]:
    """Give column k of a text table as numbers, NaN where a value is missing; other texts are refused by line."""
    if array.dtype.kind != "U":
        return np.asarray(array, dtype=np.float64)
    out = np.empty(len(array))
    for row, field in enumerate(array.tolist()):
        try:
            out[row] = np.nan if field.strip().lower() in MISSING else float(field)
        except ValueError:
            label = f"column {k}" if names is None else f"column {names[k]!r}"
            raise DataError(
                f"{path}: {place(row)}: {label} must hold numbers, got {field[:40]!r}. Correct this field."
            ) from None
    return out
