"""Pictures of a comparison of methods: what each recovers, with whom it agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.infer.comparison_results import MethodComparison
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def ranked(result: MethodComparison) -> NDArray[np.int64]:
    """Order methods by how well their evidence tells pairs that interact; the trivial score and failures last.

    Parameters
    ----------
    result : MethodComparison

    Returns
    -------
    (M,) int64 array
    """
    score = result.mean("auc_evidence" if result.has_truth else "stability")
    last = np.where(result.baseline, 2, np.where(np.isfinite(result.mean("cpu_s")), 0, 1))
    return np.lexsort((np.arange(len(score)), -np.nan_to_num(score, nan=-9.0), last))


def plot_recovery(
    result: MethodComparison, score: str = "auc", *, chance: float | None = 0.5, ax: Axes | None = None
) -> Axes:
    """Draw a score of every method: each recording a dot, the mean with its 95 % interval.

    Parameters
    ----------
    result : MethodComparison
    score : str
        An attribute with one row per method and one column per recording.
    chance : float or None
        A dashed line.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    values = getattr(result, score)
    mean, half = result.mean(score), result.half_width(score)
    rows = [m for m in ranked(result) if np.isfinite(mean[m])]
    ax = style.axes_or_new(ax, 460, 60 + 24 * len(rows), left=170)
    if not rows:
        return style.message(ax, "no method has this score")
    if chance is not None:
        ax.axvline(chance, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    for y, m in enumerate(rows):
        colour = style.MUTED if result.baseline[m] else style.ACCENT
        ax.plot(values[m], np.full(values.shape[1], y), "|", color=colour, markersize=9, alpha=0.45, zorder=2)
        if np.isfinite(half[m]):
            ax.plot([mean[m] - half[m], mean[m] + half[m]], [y, y], color=colour, linewidth=2.4, zorder=3)
        ax.plot(
            mean[m], y, "s" if result.baseline[m] else "o", color=colour, markeredgecolor=style.PAPER, markersize=7.5,
            zorder=4,
        )  # fmt: skip
    ax.set_ylim(len(rows) - 0.4, -0.6)
    low = float(np.nanmin(values[rows]))
    ax.set_xlim(min(low - 0.03, 0.47 if chance is not None else low - 0.03), 1.02)
    style.dress(ax)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(rows)), [style.plain(result.methods[m]) for m in rows])
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 5)
    return ax


def plot_agreement(result: MethodComparison, *, ax: Axes | None = None) -> Axes:
    """Draw the rank correlation of the sizes of the weights, method by method.

    Parameters
    ----------
    result : MethodComparison
    ax : Axes or None

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap

    rows = [m for m in ranked(result) if np.isfinite(np.delete(result.agreement[m], m)).any()]
    ax = style.axes_or_new(ax, 460, 460, left=170)
    if len(rows) < 2:
        return style.message(ax, "fewer than two methods to compare")
    table = result.agreement[np.ix_(rows, rows)]
    ramp = LinearSegmentedColormap.from_list("agreement", [style.NEGATIVE, "#ffffff", style.POSITIVE])
    ax.imshow(table, cmap=ramp.with_extremes(bad=style.GRID), vmin=-1, vmax=1, interpolation="none")
    for (y, x), value in np.ndenumerate(table):
        if np.isfinite(value) and x != y and len(rows) <= 20:
            text = f"{round(100 * value)}".replace("-", "\N{MINUS SIGN}")
            # Cells and text change with the page together: ink on what is near the page's colour, paper on the rest.
            colour = style.PAPER if abs(value) > 0.6 else style.INK
            ax.text(x, y, text, ha="center", va="center", fontsize=8.5, color=colour)
    names = [style.plain(result.methods[m]) for m in rows]
    style.bare(ax)
    ax.set_xticks(range(len(rows)), names, rotation=90)
    ax.set_yticks(range(len(rows)), names)
    ax.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL - 0.5, length=0)
    return ax
