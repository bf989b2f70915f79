"""Pictures of change: a measure over time with the firing rate behind it, stability, recurrence, change points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.measures.results import ChangePoints, NetworkMeasures
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def middle(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the middle of each window, s."""
    return np.asarray(bounds.mean(axis=1))


def plot_measures(
    measures: NetworkMeasures, name: str, *, changes: bool = True, rate: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw one graph measure over time, with the firing rate as a grey shape behind it on a scale of its own.

    Parameters
    ----------
    measures : NetworkMeasures
    name : str
        A key of ``measures.graph``, or "rate_hz".
    changes, rate : bool
        Whether to mark change points and to draw the firing rate.
    ax : matplotlib Axes or None
    """
    ax = style.axes_or_new(ax, 340, 130)
    time = middle(measures.bounds)
    values = measures.rate_hz if name == "rate_hz" else measures.graph[name]
    if values is None or not np.isfinite(values).any():
        return style.message(ax, "undefined in every window")
    if rate and name != "rate_hz" and measures.rate_hz is not None and np.isfinite(measures.rate_hz).any():
        _rate_behind(ax, time, measures.rate_hz)
    draw_changes(ax, measures.changes if changes else None)
    colour = style.MUTED if name == "rate_hz" else style.INK
    ax.plot(time, values, color=colour, linewidth=1.5, marker="o", markersize=2.2 if len(time) <= 80 else 0)
    _breathe(ax, values)
    _span(ax, measures.bounds)
    style.dress(ax)
    style.few_ticks(ax, "x", 4)
    style.few_ticks(ax, "y", 3)
    return ax


def _breathe(ax: Axes, values: NDArray[np.float64]) -> None:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    pad = 0.08 * (high - low) or max(abs(high), 1.0) * 0.05
    ax.set_ylim(low - pad, high + pad)


def _span(ax: Axes, bounds: NDArray[np.float64]) -> None:
    ax.set_xlim(float(bounds[0, 0]), float(bounds[:, 1].max()))


def _rate_behind(ax: Axes, time: NDArray[np.float64], rate: NDArray[np.float64]) -> None:
    low, high = float(np.nanmin(rate)), float(np.nanmax(rate))
    height = (rate - low) / (high - low) if high > low else np.full(len(rate), 0.5)
    base = ax.get_xaxis_transform()
    ax.fill_between(time, 0, 0.04 + 0.9 * height, transform=base, color=style.GRID, linewidth=0, zorder=0)


def draw_changes(ax: Axes, changes: ChangePoints | None) -> None:
    """Mark change points by dashed lines."""
    for t in [] if changes is None else changes.time_s:
        ax.axvline(float(t), color=style.ACCENT, linewidth=1.0, dashes=(3, 2), zorder=1)


def plot_stability(measures: NetworkMeasures, *, ax: Axes | None = None) -> Axes:
    """Draw how much of the edges and of the communities each window keeps from the one before.

    Parameters
    ----------
    measures : NetworkMeasures
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 520, 190, top=26)
    if len(measures.bounds) < 2:
        return style.message(ax, "one window: nothing to compare")
    time = middle(measures.bounds)
    between = (time[1:] + time[:-1]) / 2
    draw_changes(ax, measures.changes)
    courses = [
        (measures.edge_stability, "edge weights", style.INK),
        (measures.community_stability, "communities", style.CATEGORIES[2]),
    ]
    kept = measures.edge_jaccard
    if kept is not None and np.nanmin(np.append(kept, 1.0)) < 1.0:
        courses.append((kept, "edges kept", style.CATEGORIES[1]))
    for values, label, colour in courses:
        ax.plot(between, values, color=colour, linewidth=1.5, marker="o", markersize=2.2, label=label)
    _span(ax, measures.bounds)
    style.dress(ax, x="time (s)", y="stability", grid=True)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    style.quiet_legend(ax)
    return ax


def plot_recurrence(measures: NetworkMeasures, *, ax: Axes | None = None) -> Axes:
    """Draw the similarity of every two windows; axes count windows, lines part the regimes.

    Parameters
    ----------
    measures : NetworkMeasures
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 340, 340)
    image = measures.recurrence
    n = len(image)
    off = image[~np.eye(n, dtype=bool) & np.isfinite(image)]
    low, high = (float(off.min()), float(off.max())) if len(off) else (0.0, 1.0)
    colours = ["#ffffff", "#9cc6cb", style.ACCENT, "#06343a"]
    ramp = LinearSegmentedColormap.from_list("similar", colours).with_extremes(bad=style.GRID)
    extent = (0.5, n + 0.5, n + 0.5, 0.5)
    drawn = ax.imshow(image, cmap=ramp, vmin=low, vmax=max(high, low + 1e-9), interpolation="none", extent=extent)
    for k in measures.changes.index:
        ax.axvline(k + 0.5, color=style.NEGATIVE, linewidth=1)
        ax.axhline(k + 0.5, color=style.NEGATIVE, linewidth=1)
    style.dress(ax, x="window", y="window")
    style.few_ticks(ax, "both", 5, whole=True)
    figure = ax.figure
    box = ax.get_position()
    bar = figure.add_axes((box.x1 + 0.02, box.y0, 0.022, box.height))
    figure.colorbar(drawn, cax=bar)
    bar.tick_params(colors=style.MUTED, labelsize=style.SMALL, length=2, width=0.6)
    bar.spines["outline"].set_visible(False)
    style.few_ticks(bar, "y", 4)
    return ax


def plot_changes(
    rows: Sequence[tuple[str, NDArray[np.float64], NDArray[np.float64] | None]],
    *,
    span: tuple[float, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw change times in rows: the network's, the truth's, those of firing rate alone; numbers where they fit.

    Parameters
    ----------
    rows : sequence of (label, times in s, p-values or None)
        From top to bottom.
    span : (start, stop), s
    ax : matplotlib Axes or None
    """
    ax = style.axes_or_new(ax, 760, 50 + 30 * len(rows), left=110)
    colours = (style.ACCENT, style.INK, style.MUTED, style.NEGATIVE)
    figure = ax.get_figure(root=True)
    assert figure is not None
    width = ax.get_position().width * figure.get_size_inches()[0] * 72
    for row, (_, times, pvalues) in enumerate(rows):
        colour = colours[row % len(colours)]
        ax.axhline(row, color=style.GRID, linewidth=6, solid_capstyle="butt", zorder=0)
        ax.vlines(times, row - 0.34, row + 0.34, color=colour, linewidth=2.5)
        free = -np.inf  # right end of the last label, pixels
        for k, t in enumerate(times):
            text = f"{t:.6g}" + ("" if pvalues is None or not np.isfinite(pvalues[k]) else f" (p={pvalues[k]:.2g})")
            mark = (float(t) - span[0]) / (span[1] - span[0]) * width
            ends = mark + 5 + 0.56 * style.SMALL * len(text)
            # A label that would run into the next mark, the last label or the margin is left to the table.
            following = float("inf") if k + 1 == len(times) else (times[k + 1] - span[0]) / (span[1] - span[0]) * width
            if mark > free and ends < min(following, width + 10):
                ax.annotate(
                    text, (float(t), row), xytext=(5, 0), textcoords="offset points", va="center", color=colour,
                    fontsize=style.SMALL - 0.5,
                )  # fmt: skip
                free = ends
        if not len(times):
            ax.annotate("none", (0.012, row), xycoords=ax.get_yaxis_transform(), va="center", color=style.MUTED,
                        fontsize=style.SMALL)  # fmt: skip
    ax.set_xlim(*span)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    style.dress(ax, x="time (s)")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(rows)), [style.plain(label) for label, _, _ in rows])
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 8)
    return ax
