"""Pictures of a read-out: scores beside their baselines, and what was predicted beside what was true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interplay.plot import style
from interplay.stats.results import ReadoutResult, ReadoutRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR = {"network": style.ACCENT, "decoder": style.POSITIVE, "baseline": style.MUTED, "chance": style.FAINT}
_MARKER = {"network": ("o", 7.0), "decoder": ("D", 5.5), "baseline": ("s", 5.5), "chance": ("s", 5.5)}


def plot_readout(result: ReadoutResult, *, ax: Axes | None = None) -> Axes:
    """Draw every row as a point with its 95 % interval; dots are folds, the dashed line is chance.

    Parameters
    ----------
    result : ReadoutResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 60 + 26 * len(result.rows), left=150)
    scores = [v for r in result.rows for v in (r.score, r.low, r.high) if np.isfinite(v)]
    for y, row in enumerate(result.rows):
        colour = _COLOUR[row.role]
        if row.role == "chance" and np.isfinite(row.score):
            ax.axvline(row.score, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
        folds = np.asarray(row.fold_scores, dtype=np.float64)
        folds = folds[np.isfinite(folds)]
        ax.plot(folds, np.full(len(folds), y - 0.24), "o", color=colour, alpha=0.5, markersize=3, markeredgewidth=0)
        ax.plot([row.low, row.high], [y, y], color=colour, linewidth=2.2, solid_capstyle="round")
        marker, size = _MARKER[row.role]
        ax.plot([row.score], [y], marker, color=colour, markersize=size, markeredgecolor=style.PAPER)
    low, high = (min(scores), max(scores)) if scores else (0.0, 1.0)
    pad = 0.06 * (high - low) or 0.05
    ax.set_xlim(low - pad, high + pad)
    ax.set_ylim(len(result.rows) - 0.4, -0.6)
    style.dress(ax, x=style.plain(result.metric.split(",")[0].split("(")[0].strip()))
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(result.rows)), [style.plain(r.name) for r in result.rows])
    ax.tick_params(axis="y", length=0, pad=6)
    for label, row in zip(ax.get_yticklabels(), result.rows, strict=True):
        label.set_color(_COLOUR[row.role] if row.role in ("network", "decoder") else style.MUTED)
    style.few_ticks(ax, "x", 6)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def shown_rows(result: ReadoutResult) -> list[ReadoutRow]:
    """Pick the best network row, the best decoder and the best baseline that carry predictions."""
    best = []
    for role in ("network", "decoder", "baseline"):
        rows = [r for r in result.rows if r.role == role and len(r.predicted) == len(result.truth)]
        rows = [r for r in rows if np.isfinite(r.score)]
        if rows:
            best.append(max(rows, key=lambda r: r.score))
    return best


def plot_prediction(result: ReadoutResult, *, ax: Axes | None = None) -> Axes:
    """Draw truth and held-out predictions over time: strips for classes, lines for numbers.

    Parameters
    ----------
    result : ReadoutResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    rows = shown_rows(result)
    ax = style.axes_or_new(ax, 760, 60 + 26 * (len(rows) + 1), left=150, top=26)
    if not len(result.truth):
        return style.message(ax, "no window with a known target")
    if result.kind == "number":
        time = result.bounds.mean(axis=1)
        ax.plot(time, result.truth, color=style.INK, linewidth=1.6, label="truth")
        colours = {"network": style.ACCENT, "decoder": style.POSITIVE, "baseline": style.NEGATIVE}
        for row in rows:
            ax.plot(time, row.predicted, color=colours[row.role], linewidth=1.1, label=style.plain(row.name))
        style.dress(ax, x="time (s)", grid=True)
        style.quiet_legend(ax)
    else:
        code = {name: k for k, name in enumerate(result.classes)}
        strips = [("truth", result.truth), *((r.name, r.predicted) for r in rows)]
        # Windows may overlap: each strip cell ends where the next window's middle begins.
        centre = result.bounds.mean(axis=1)
        half = np.diff(
            centre, prepend=2 * result.bounds[0, 0] - centre[0], append=2 * result.bounds[-1, 1] - centre[-1]
        )
        cap = (result.bounds[:, 1] - result.bounds[:, 0]) / 2
        left, right = centre - np.minimum(half[:-1] / 2, cap), centre + np.minimum(half[1:] / 2, cap)
        for y, (_, values) in enumerate(strips):
            ranks = np.array([code.get(_label(result, v), -1) for v in values])
            # Neighbours that agree and touch are one bar, without a seam.
            new = np.flatnonzero((np.diff(ranks) != 0) | (left[1:] > right[:-1] + 1e-9)) + 1
            for run in np.split(np.arange(len(ranks)), new):
                bar = [(float(left[run[0]]), float(right[run[-1]] - left[run[0]]))]
                ax.broken_barh(bar, (y - 0.36, 0.72), facecolor=style.category(int(ranks[run[0]])), linewidth=0)
        ax.set_ylim(len(strips) - 0.4, -0.6)
        style.dress(ax, x="time (s)")
        ax.spines["left"].set_visible(False)
        ax.set_yticks(range(len(strips)), [style.plain(name) for name, _ in strips])
        ax.tick_params(axis="y", length=0, pad=6)
    ax.set_xlim(float(result.bounds[0, 0]), float(result.bounds[:, 1].max()))
    style.few_ticks(ax, "x", 8)
    return ax


def _label(result: ReadoutResult, value: object) -> str:
    """Name a class, whether it is stored by name or by number."""
    text = str(value)
    if text in result.classes:
        return text
    try:
        return result.classes[int(float(text))]
    except (ValueError, IndexError, OverflowError):
        return text
