"""What a page is made of: sections of text, tables and figures, all frozen."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from interplay._core.errors import DataError

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One key number.

    Attributes
    ----------
    value : str
        Already worded, with its unit.
    label : str
    note : str
        A second, quieter line.
    """

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table to read and to download.

    Attributes
    ----------
    caption : str
    columns : tuple of str
    rows : tuple of tuples of str, int, float or None
        Floats appear with three digits on the page and in full in the download; NaN and None appear as a dash.
    name : str
        File name of the download, without ending; no download where empty.
    folded : bool
        Whether the page shows only its title until asked.
    note : str
        What a reader must know to read the cells, set below the table.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    name: str = ""
    folded: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        wrong = [k for k, row in enumerate(self.rows) if len(row) != len(self.columns)]
        if wrong:
            raise DataError(
                f"`rows` must each hold {len(self.columns)} cells, got {len(self.rows[wrong[0]])} in row {wrong[0]}. "
                "Give one cell per column."
            )

    def csv(self) -> str:
        """Write as comma-separated text, numbers in full, undefined ones empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow(["" if c is None or (isinstance(c, float) and math.isnan(c)) else c for c in row])
        return out.getvalue()

    def link(self) -> str:
        """Give the download as a data: address."""
        return "data:text/csv;charset=utf-8;base64," + base64.b64encode(self.csv().encode()).decode()


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Where time runs in a picture, so that a page can mark the current window on it.

    Attributes
    ----------
    kind : {"time", "window"}
        Seconds, or the number of the window counted from 1.
    box : (left, top, right, bottom)
        Of the axes, as fractions of the picture.
    start, stop : float
        Values at the left and right edge.
    square : bool
        Whether the same axis runs downwards too.
    """

    kind: Literal["time", "window"]
    box: tuple[float, float, float, float]
    start: float
    stop: float
    square: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Figure:
    """A picture, or a view that the reader can work.

    Attributes
    ----------
    key : str
        Unique on the page.
    title, caption : str
    alt : str
        What the picture shows, in words.
    svg : str
        The picture; may be empty for a view.
    narrow_svg : str
        The same picture drawn for a telephone; empty where one drawing serves both.
    size : (width, height) in pixels
        Natural size of `svg`.
    axis, narrow_axis : Axis or None
    badge : str
        A short remark in the corner, for example the correlation with firing rate.
    warn : bool
        Whether the badge deserves attention.
    span : int
        Columns taken, of 12.
    payload : mapping or None
        Content of an interactive view, as plain JSON types.
    """

    key: str
    title: str = ""
    caption: str = ""
    alt: str = ""
    svg: str = ""
    narrow_svg: str = ""
    size: tuple[float, float] = (0.0, 0.0)
    axis: Axis | None = None
    narrow_axis: Axis | None = None
    badge: str = ""
    warn: bool = False
    span: int = 12
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """Text to be copied as it is: BibTeX, a plan.

    Attributes
    ----------
    title, text : str
    """

    title: str
    text: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """One chapter of a report.

    Attributes
    ----------
    key : str
        Address of the section on the page.
    title : str
    lead : tuple of str
        Sentences set larger: what a reader in a hurry should take away.
    text : tuple of str
        Paragraphs. Everything is plain text; nothing in it is read as markup.
    tiles : tuple of Tile
    figures : tuple of Figure
    tables : tuple of Table
    notes : tuple of str
        What a reader must know, as a list.
    references : tuple of (key, text)
    blocks : tuple of Block
    """

    key: str
    title: str
    lead: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = field(default=())
