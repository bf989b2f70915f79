"""A picture of tasks on the nodes of a graph: how well each embedding solves them, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from interplay.plot import style
from interplay.plot.influence import MARKS
from interplay.represent.task_results import TaskResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_tasks(results: Mapping[str, TaskResult], *, metric: str = "accuracy", ax: Axes | None = None) -> Axes:
    """Draw for every embedding the score of each group, joined by a line, and of all; chance as a short grey mark.

    Parameters
    ----------
    results : mapping of name to TaskResult
        Of one task and the same groups.
    metric : str
        Which score, one that the results hold.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Marks are means over repeats, whiskers the standard deviation over repeats. The pale bar runs from the worst to the
    best served group.
    """
    ax = style.axes_or_new(ax, 560, 70 + 30 * len(results), left=118, top=30)
    if not results:
        return style.message(ax, "no task")
    seen: list[float] = []
    for y, result in enumerate(results.values()):
        table = result.group_scores[metric]
        count = np.isfinite(table).sum(axis=0)
        mean = np.nansum(table, axis=0) / np.where(count > 0, count, np.nan)
        known = np.flatnonzero(np.isfinite(mean))
        if len(known) > 1:
            ax.plot(
                [mean[known].min(), mean[known].max()], [y, y], color=style.GRID, linewidth=7,
                solid_capstyle="round", zorder=1,
            )  # fmt: skip
        total = float(np.nanmean(result.scores[metric]))
        ax.plot([total] * 2, [y - 0.3, y + 0.3], color=style.INK, linewidth=2, zorder=2,
                label="all" if y == 0 else None)  # fmt: skip
        if metric in result.chance and np.isfinite(result.chance[metric]).any():
            chance = float(np.nanmean(result.chance[metric]))
            seen.append(chance)
            ax.plot([chance] * 2, [y - 0.3, y + 0.3], color=style.FAINT, linewidth=2, zorder=1.5,
                    label="chance" if y == 0 else None)  # fmt: skip
        for rank in known.tolist():
            colour = style.category(rank)
            wide = float(np.nanstd(table[:, rank], ddof=1)) if count[rank] > 1 else 0.0
            ax.plot([mean[rank] - wide, mean[rank] + wide], [y, y], color=colour, linewidth=1.4, zorder=3)
            ax.plot(
                mean[rank], y, MARKS[rank % len(MARKS)], color=colour, markersize=7.5, linestyle="none",
                markeredgecolor=style.PAPER, markeredgewidth=0.8, zorder=4,
                label=style.plain(str(result.groups[rank])) if y == 0 else None,
            )  # fmt: skip
            seen += [mean[rank] - wide, mean[rank] + wide]
        seen.append(total)
    pad = 0.05 * (max(seen) - min(seen)) or 0.05
    ax.set_xlim(max(-0.01, min(seen) - pad), min(1.01, max(seen) + pad))
    ax.set_ylim(len(results) - 0.45, -0.55)
    first = next(iter(results.values()))
    style.dress(ax, x=f"{metric.replace('_', ' ')}, {first.task}")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(results)), [style.plain(name) for name in results])
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    style.few_ticks(ax, "x", 6)
    style.quiet_legend(ax, right=False, columns=5)
    return ax
