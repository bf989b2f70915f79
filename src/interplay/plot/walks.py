"""Pictures of walks on graphs: the damping factor of least distance, and how far everybody is from everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.measures.walk_results import DampingResult, TraverseResult
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_damping(result: DampingResult, *, ax: Axes | None = None) -> Axes:
    """Draw the mean first traverse distance by damping factor, one curve per cost of a teleport.

    Parameters
    ----------
    result : DampingResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    A filled mark is a least value inside the range, with the damping factors that come within 1 % of it as a thick
    line; a hollow one lies at the edge of the range. The dashed line is 0.85, for comparison.
    """
    ax = style.axes_or_new(ax, 480, 300, top=28)
    known = np.isfinite(result.mean_distance)
    if not len(result.costs) or not known.any():
        return style.message(ax, "nowhere finite")
    ax.axvline(0.85, color=style.MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    for k, cost in enumerate(result.costs.tolist()):
        colour = style.category(k)
        label = "a teleport costs its path" if cost == "path" else f"costs {float(cost):g}"
        ax.plot(result.damping, result.mean_distance[k], color=colour, linewidth=1.8, label=label, zorder=3)
        if not np.isfinite(result.best_distance[k]):
            continue
        if result.interior[k]:
            ax.plot(
                result.near[k], [result.best_distance[k]] * 2, color=colour, linewidth=5, alpha=0.35,
                solid_capstyle="round", zorder=2,
            )  # fmt: skip
        ax.plot(
            result.best[k], result.best_distance[k], "o", markersize=7, zorder=4, markeredgewidth=1.4,
            color=colour if result.interior[k] else style.PAPER,
            markeredgecolor=style.PAPER if result.interior[k] else colour,
        )  # fmt: skip
    values = result.mean_distance[known]
    low, high = float(values.min()), float(values.max())
    if high > 6 * low:  # near damping 1 a curve can shoot up and flatten all else
        high = float(min(high, 3 * np.median(values)))
    pad = 0.06 * (high - low) or 0.05 * abs(low)
    ax.set_ylim(max(0.0, low - pad), high + pad)
    ax.set_xlim(float(result.damping[0]), 1.0)
    style.dress(ax, x="damping factor", y="mean first traverse distance", grid=True)
    style.few_ticks(ax, "both", 5)
    style.quiet_legend(ax, right=False, columns=3)
    return ax


def plot_traverse(result: TraverseResult, *, order: NDArray[np.int64] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the expected distance from every node (row) until each other (column) is first met.

    Parameters
    ----------
    result : TraverseResult
    order : (N,) int array or None
        Nodes from first to last row; those that are met soonest first where None.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Grey: the diagonal, and what is infinite: the column may never be met from the row. Columns differ far more than
    rows: what is hard to find is hard to find from anywhere.
    """
    from matplotlib.colors import LinearSegmentedColormap

    if ax is None:
        ax = style.stack(440, [330], left=40, right=84, top=10, bottom=30)[1][0]
    n = len(result.distance)
    if n < 2:
        return style.message(ax, "fewer than two nodes")
    finite = np.where(np.isfinite(result.distance), result.distance, np.nan)
    rows = order
    if rows is None:
        missing = np.isnan(finite).sum(axis=0)
        rows = np.lexsort((np.nansum(finite, axis=0) / np.maximum(n - missing, 1), missing))
    image = finite[np.ix_(rows, rows)]
    np.fill_diagonal(image, np.nan)
    colours = ["#f4f7f8", "#6fb3b9", style.ACCENT, "#06343a"]
    ramp = LinearSegmentedColormap.from_list("distance", colours).with_extremes(bad=style.GRID)
    low, high = (float(v) for v in np.nanquantile(image, (0.0, 0.98))) if np.isfinite(image).any() else (0.0, 1.0)
    drawn = ax.imshow(image, cmap=ramp, vmin=low, vmax=high or 1.0, interpolation="none")
    style.dress(ax, x="met first (node)", y="from (node)")
    if result.names is not None and n <= 30:
        names = [style.plain(str(v)) for v in result.names[rows]]
        ax.set_xticks(range(n), names, rotation=90)
        ax.set_yticks(range(n), names)
    else:
        ax.set_xticks([])
        ax.set_yticks([])
    box = ax.get_position()
    bar = ax.figure.add_axes((box.x1 + 0.02, box.y0, 0.022, box.height))
    ax.figure.colorbar(drawn, cax=bar, extend="max")
    style.few_ticks(bar, "y", 5)
    bar.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL, length=2, width=0.6)
    bar.set_ylabel("expected distance", color=style.MUTED, fontsize=style.SMALL)
    bar.spines["outline"].set_visible(False)
    return ax
