"""Pictures of alignment: a distance between regions and the performance over time, and what trivial courses do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interplay.plot import style
from interplay.plot.measures import middle
from interplay.stats.alignment_results import AlignmentResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_alignment(result: AlignmentResult, *, ax: Axes | None = None) -> Axes:
    """Draw every row as a correlation with its 95 % interval over what performances as slow reach by chance.

    Parameters
    ----------
    result : AlignmentResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 560, 56 + 28 * len(result.rows), left=150)
    ax.axvline(0, color=style.FAINT, linewidth=1, zorder=0)
    for y, row in enumerate(result.rows):
        network = row.role == "network"
        colour = style.ACCENT if network else style.MUTED
        if np.isfinite([row.null_low, row.null_high]).all():
            ax.barh(y, row.null_high - row.null_low, left=row.null_low, height=0.56, color=style.GRID, zorder=1)
        if not np.isfinite(row.correlation):
            ax.annotate(
                "constant", (0, y), xytext=(5, 0), textcoords="offset points", va="center", color=style.MUTED,
                fontsize=style.SMALL,
            )  # fmt: skip
            continue
        ax.plot([row.low, row.high], [y, y], color=colour, linewidth=2, solid_capstyle="butt", zorder=3)
        seeds = row.seed_correlations
        ax.plot(seeds, np.full(len(seeds), y + 0.3), ".", color=colour, markersize=3, alpha=0.7, zorder=3)
        ax.plot(
            row.correlation, y, "o" if network else "s", color=colour, markeredgecolor=style.PAPER,
            markersize=8 if network else 7, zorder=4,
        )  # fmt: skip
    ax.set_xlim(-1.03, 1.03)
    ax.set_ylim(len(result.rows) - 0.4, -0.6)
    style.dress(ax, x="correlation with performance")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(result.rows)), [style.plain(r.name) for r in result.rows])
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 5)
    return ax


def plot_course(result: AlignmentResult, name: str = "", *, ax: Axes | None = None) -> Axes:
    """Draw one course over time; windows that were not used are hollow.

    Parameters
    ----------
    result : AlignmentResult
    name : str
        Of a row; the performance where empty.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 150)
    row = next((r for r in result.rows if r.name == name), None)
    values = result.performance if row is None else row.course
    colour = style.INK if row is None else style.ACCENT if row.role == "network" else style.MUTED
    time = middle(result.bounds)
    used = np.asarray(result.used, dtype=bool)
    size = 3.4 if len(time) <= 80 else 0
    ax.plot(time, np.where(used, values, np.nan), color=colour, linewidth=1.5, marker="o", markersize=size)
    ax.plot(
        time[~used], values[~used], "o", markerfacecolor="none", markeredgecolor=colour, markersize=4.5,
        markeredgewidth=0.9,
    )  # fmt: skip
    known = values[np.isfinite(values)]
    if len(known):
        pad = 0.1 * float(np.ptp(known)) or 0.05 * max(abs(float(known[0])), 1.0)
        ax.set_ylim(float(known.min()) - pad, float(known.max()) + pad)
    ax.set_xlim(float(result.bounds[0, 0]), float(result.bounds[:, 1].max()))
    style.dress(ax)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 3)
    return ax
