"""Text tables: CSV, TSV and blank-separated columns, with the line of every mistake."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.columns import Columns
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints

_COMMENT = ("#", "%")
_LAYOUTS = {",": "commas", "\t": "tabs", ";": "semicolons", None: "blanks"}
#: float64 holds every whole number up to here; larger ids are read as integers.
_EXACT = 2.0**53


def load_text(path: Path, kind: str | None, hints: Hints) -> Any:
    """Read a text table as an event list, a spike list or traces; see `interplay.io.tabular.interpret`.

    One whose name is that of regional signals in a BIDS derivative is read as such, with its sidecar.
    """
    from interplay.io.regional import is_regional, load_regional
    from interplay.io.tabular import interpret

    if is_regional(path) and kind in (None, "traces") and not set(hints.given()) - {"dt_s", "rate_hz"}:
        return load_regional(path, hints)

    return interpret(read_text(path), kind, hints)


def read_text(path: Path) -> Columns:
    """Split a text file into columns.

    Parameters
    ----------
    path : Path
        UTF-8. Separated by commas, tabs, semicolons or blanks, as its first line is. Lines at the top that begin with
        ``#`` or ``%`` are comments. The first line is a header if it is no data.

    Returns
    -------
    Columns

    Raises
    ------
    DataError
        If the text is not UTF-8, a line has too few or too many fields, or there are no rows.

    Notes
    -----
    Tables of numbers are parsed by numpy's compiled reader; only where that fails, or where numbers exceed 2**53, the
    lines are read one by one.
    """
    require_file(path)
    with foreign(str(path)):
        raw = path.read_bytes()
    text = _decode(raw)
    top = _Top(text)
    array = _fast(text, top)
    if array is not None and not (array.size and np.nanmax(np.abs(array), initial=0) >= _EXACT):
        columns: list[NDArray[Any]] = list(array.T)
    else:
        columns = _slow(text, top)
    if top.names is not None and len(top.names) != len(columns):
        raise DataError(
            f"line {top.first_line}: the row has {len(columns)} fields but the header names {len(top.names)}. "
            "Correct the header or the row."
        )
    note = f"read as text separated by {_LAYOUTS[top.delimiter]}, " + (
        "without a header" if top.names is None else "with a header"
    )
    return Columns(names=top.names, arrays=columns, place=_places(text, top), notes=(note,))


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"line {line}: byte {error.start} is not UTF-8 text. Save the file as UTF-8, if it is a text table."
        ) from error
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")  # line ends of old Macintosh programs
    odd = re.search(r"[\x00-\x08\x0e-\x1f]", text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise DataError(
            f"line {line}: the control character {odd[0]!r} has no place in a text table. Is the file damaged?"
        )
    return text


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


class _Top:
    """What the first lines tell: separator, header, and how many lines come before the rows."""

    def __init__(self, text: str) -> None:
        head: list[str] = []
        skipped, comment = 0, ""
        for line in io.StringIO(text):
            bare = line.strip()
            if not head and (not bare or bare.startswith(_COMMENT)):
                comment = bare or comment
                skipped += 1
            elif bare:
                head.append(line.rstrip("\r\n"))
            if len(head) == 2:
                break
        if not head:
            raise DataError("the file holds no rows, only blank lines or comments. Export it again.")
        self.delimiter = next((d for d in ("\t", ",", ";") if d in head[0]), None)
        first = self.split(head[0])
        second = self.split(head[1]) if len(head) > 1 else []
        self.names: list[str] | None = None
        self.skip = skipped
        if _is_header(first, second):
            if not second:
                raise DataError(f"line {skipped + 1} is a header and no rows follow it. Export the file again.")
            self.names = first
            self.skip = skipped + 1
        elif comment:
            named = self.split(comment.lstrip("#% "))
            if len(named) == len(first) and not any(map(_is_number, named)):
                self.names = named
        self.first_line = self.skip + 1

    def split(self, line: str) -> list[str]:
        """Split one line into stripped fields."""
        if self.delimiter is None:
            return line.split()
        try:
            fields = next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True), [])
        except csv.Error as error:
            raise DataError(f"the first rows cannot be split into fields: {error}. Correct the file.") from error
        return [f.strip() for f in fields]


def _is_header(first: list[str], second: list[str]) -> bool:
    words = [k for k, field in enumerate(first) if field and not _is_number(field)]
    if not words:
        return False
    if not any(map(_is_number, first)):
        return not second or len(second) != len(first) or any(map(_is_number, second)) or len(words) == len(first)
    return len(second) == len(first) and all(_is_number(second[k]) for k in words)


def _fast(text: str, top: _Top) -> NDArray[np.float64] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.loadtxt(
                io.StringIO(text), delimiter=top.delimiter, skiprows=top.skip, comments=None, ndmin=2, dtype=np.float64
            )
        except (ValueError, OverflowError):
            return None


def _rows(text: str, top: _Top) -> Iterator[tuple[int, list[str]]]:
    """Give (line number from 1, fields) of every row that is not blank."""
    stream = io.StringIO(text, newline="")
    for _ in range(top.skip):
        stream.readline()
    if top.delimiter is None:
        for number, line in enumerate(stream, start=top.skip + 1):
            if fields := line.split():
                yield number, fields
        return
    reader = csv.reader(stream, delimiter=top.delimiter, skipinitialspace=True)
    try:
        for fields in reader:
            if len(fields) > 1 or (fields and fields[0].strip()):
                yield top.skip + reader.line_num, fields
    except csv.Error as error:
        raise DataError(f"line {top.skip + reader.line_num}: {error}. Correct the quotes or the line ends.") from error


def _slow(text: str, top: _Top) -> list[NDArray[Any]]:
    flat: list[str] = []
    width = None if top.names is None else len(top.names)
    for number, fields in _rows(text, top):
        if width is None:
            width = len(fields)
        if len(fields) != width:
            raise DataError(
                f"line {number} has {len(fields)} fields, {width} are needed. The file is damaged or cut: "
                "correct or remove this line."
            )
        flat += fields
    if not flat or width is None:
        raise DataError("the file holds a header and no rows. Export it again.")
    return [_column([f.strip() for f in flat[k::width]]) for k in range(width)]


def _column(fields: list[str]) -> NDArray[Any]:
    texts = np.array(fields, dtype=str)
    if any("_" in f for f in fields):
        return texts  # Python reads 1_000 as a number; no table means that
    for dtype in (np.int64, np.float64):
        try:
            return texts.astype(dtype)
        except (ValueError, OverflowError):
            continue
    return texts


def _places(text: str, top: _Top) -> Callable[[int], str]:
    def place(row: int) -> str:
        for k, (number, _) in enumerate(_rows(text, top)):
            if k == row:
                return f"line {number}"
        return f"row {row}"

    return place
