"""One look for every picture: a small colour-blind-safe palette, quiet axes, SVG that repeats to the byte."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1b2430"
MUTED = "#5a6675"
FAINT = "#b3bcc6"
GRID = "#e3e7eb"
PAPER = "#fffffe"
POSITIVE = "#1d64ad"
NEGATIVE = "#c8450f"
ACCENT = "#0b6b74"
SHADE = "#eef1f4"
#: Categories: communities, groups, classes. Chosen to differ in lightness as well as in hue.
CATEGORIES = ("#1f9488", "#e0a11b", "#8159c4", "#d1609a", "#83932f", "#9a6647", "#58a6dd", "#63728a")
#: Their names, for readers who are told a colour in words.
CATEGORY_NAMES = ("green", "yellow", "violet", "pink", "olive", "brown", "light blue", "slate")
#: Everything that has no colour of its own.
OTHER = "#aab4bf"

#: Names under which a page may give these colours other values, for example on a dark background.
THEME = {
    INK: "ink",
    MUTED: "muted",
    FAINT: "faint",
    GRID: "grid",
    PAPER: "paper",
    POSITIVE: "positive",
    NEGATIVE: "negative",
    ACCENT: "accent",
    SHADE: "shade",
    OTHER: "other",
    **{colour: f"c{k}" for k, colour in enumerate(CATEGORIES)},
}

#: Font size of labels, in points; figures are drawn at 72 dots per inch, so it is also in pixels.
SMALL = 10.5


def category(rank: int) -> str:
    """Give the colour of a category; those beyond the palette share one grey."""
    return CATEGORIES[rank] if 0 <= rank < len(CATEGORIES) else OTHER


def new_figure(width: float, height: float) -> Figure:
    """Make a transparent figure of `width` by `height` pixels, unknown to pyplot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    return figure


def stack(
    width: float,
    heights: Sequence[float],
    *,
    gap: float = 10,
    left: float = 58,
    right: float = 14,
    top: float = 10,
    bottom: float = 36,
) -> tuple[Figure, list[Axes]]:
    """Lay panels of given heights on top of each other, every length in pixels."""
    total = top + bottom + sum(heights) + gap * (len(heights) - 1)
    figure = new_figure(width, total)
    panels, y = [], total - top
    for height in heights:
        y -= height
        panels.append(figure.add_axes((left / width, y / total, (width - left - right) / width, height / total)))
        y -= gap
    return figure, panels


def axes_or_new(ax: Axes | None, width: float = 420, height: float = 260, *, left: float = 58, top: float = 10) -> Axes:
    """Give `ax` itself, or one new panel."""
    return stack(width, [height - top - 36], left=left, top=top)[1][0] if ax is None else ax


def dress(ax: Axes, *, x: str = "", y: str = "", grid: bool = False) -> Axes:
    """Quiet an axes: two thin spines, small muted labels, an optional faint horizontal grid."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(FAINT)
        ax.spines[side].set_linewidth(0.8)
    ax.set_facecolor("none")
    ax.tick_params(colors=MUTED, labelcolor=MUTED, labelsize=SMALL, length=3, width=0.8)
    ax.tick_params(which="minor", length=0)
    for label, text in ((ax.set_xlabel, x), (ax.set_ylabel, y)):
        label(text, color=MUTED, fontsize=SMALL, labelpad=4)
    if grid:
        ax.grid(axis="y", color=GRID, linewidth=0.8)
        ax.set_axisbelow(True)
    return ax


def bare(ax: Axes) -> Axes:
    """Take away spines and ticks."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_facecolor("none")
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def few_ticks(ax: Axes, axis: str = "both", n: int = 5, *, whole: bool = False) -> None:
    """Allow at most `n` ticks at round numbers, written out without an offset."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for name in ("x", "y") if axis == "both" else (axis,):
        line = getattr(ax, f"{name}axis")
        line.set_major_locator(MaxNLocator(nbins=n, integer=whole, steps=[1, 2, 2.5, 5, 10]))
        line.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}".replace("-", "\N{MINUS SIGN}")))


def quiet_legend(ax: Axes, *, right: bool = True, inside: float = 0.0, columns: int = 4) -> None:
    """Write the labels in one line above the panel (or `inside` its upper edge, as a fraction of the height)."""
    corner: Literal["lower right", "lower left"] = "lower right" if right else "lower left"
    legend = ax.legend(
        loc=corner,
        bbox_to_anchor=(1.0 if right else 0.0, 1.0 - inside),
        ncols=columns,
        frameon=False,
        fontsize=SMALL - 0.5,
        borderpad=0.2,
        handlelength=1.2,
        columnspacing=1.2,
    )
    for text in legend.get_texts():
        text.set_color(MUTED)


def legend_columns(labels: Sequence[str], room: float, *, most: int = 5) -> int:
    """Count the columns of a `quiet_legend` that fit beside each other.

    Parameters
    ----------
    labels : sequence of str
        In the order of the legend, which fills one column after the other.
    room : float
        Width to stay within, in points: the panel's.
    most : int
        Columns at most.

    Returns
    -------
    int
        One at least, also where the longest label alone is wider than `room`.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    size = SMALL - 0.5
    font = FontProperties(size=size)
    # Twice .2 of padding, and per label 1.2 of handle and .8 between it and the text; 1.2 between columns.
    wide = [2.0 * size + text_to_path.get_text_width_height_descent(label, font, False)[0] for label in labels]
    for columns in range(min(most, len(wide)), 1, -1):
        groups = np.array_split(wide, columns)
        if sum(float(group.max()) for group in groups) + size * (0.4 + 1.2 * (columns - 1)) <= room:
            return columns
    return 1


def message(ax: Axes, text: str) -> Axes:
    """Write why there is nothing to draw."""
    bare(ax)
    ax.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, fontsize=SMALL + 1, transform=ax.transAxes)
    return ax


def plain(text: str) -> str:
    """Protect a name from being read as mathematics."""
    return text.replace("\\", "\\\\").replace("$", r"\$") if "$" in text else text


@contextlib.contextmanager
def house_defaults() -> Iterator[None]:
    """Draw with matplotlib's own defaults, whatever the user has set; the user's settings come back afterwards."""
    import matplotlib.style

    with matplotlib.style.context("default"):
        yield


def to_svg(figure: Figure, key: str) -> str:
    """Write a figure as SVG text: equal figures and keys give equal bytes.

    Parameters
    ----------
    figure : matplotlib Figure
    key : str
        Salt of the identifiers inside, so that pictures on one page do not share any.

    Returns
    -------
    str
        With text as text, no date and no creator.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": key, "svg.fonttype": "none", "svg.image_inline": True}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return buffer.getvalue()
