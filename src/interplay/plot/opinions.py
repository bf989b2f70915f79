"""Pictures of opinions: how they crowd together over time, and where groups stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interplay.influence.opinion_results import OpinionResult
from interplay.plot import style
from interplay.plot.influence import MARKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_opinions(result: OpinionResult, *, ax: Axes | None = None) -> Axes:
    """Draw how many hold each opinion over the rounds, with the mean opinion of every group.

    Parameters
    ----------
    result : OpinionResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Darkness follows the square root of the share of opinions in a class, so that small camps can be seen. The round is
    drawn up to the last one in which a class changed by more than a thousandth.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 480, 300, top=28)
    if not result.density.size or not np.isfinite(result.density).any():
        return style.message(ax, "no opinions")
    last = _settled(result)
    image = np.sqrt(np.nan_to_num(result.density[: last + 1]).T)
    ramp = LinearSegmentedColormap.from_list("opinions", ["#ffffff", "#8a97a3", style.INK])
    low, high = float(result.edges[0]), float(result.edges[-1])
    ax.imshow(
        image, cmap=ramp, vmin=0, vmax=float(image.max(initial=0)) or 1.0, interpolation="none", origin="lower",
        aspect="auto", extent=(-0.5, last + 0.5, low, high), zorder=0,
    )  # fmt: skip
    rounds = result.rounds[: last + 1]
    several = int((result.group_sizes > 0).sum()) > 1
    for rank, g in enumerate(np.flatnonzero(result.group_sizes > 0) if several else ()):
        ax.plot(
            rounds, result.group_mean[: last + 1, g], color=style.category(rank), linewidth=2.4, zorder=3,
            marker=MARKS[rank % len(MARKS)], markevery=max(1, last // 8), markersize=6.5,
            markeredgecolor=style.PAPER, label=style.plain(str(result.groups[g])),
        )  # fmt: skip
    ax.set_xlim(-0.5, last + 0.5)
    pad = 0.02 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    style.dress(ax, x="round", y="opinion")
    style.few_ticks(ax, "x", 6, whole=True)
    style.few_ticks(ax, "y", 5)
    if several:
        style.quiet_legend(ax, right=False, columns=5)
    return ax


def _settled(result: OpinionResult) -> int:
    """Find the last round worth drawing."""
    change = np.abs(np.diff(np.nan_to_num(result.density), axis=0)).max(axis=1, initial=0.0)
    moving = np.flatnonzero(change > 1e-3)
    last = int(moving[-1]) + 2 if len(moving) else 1
    return int(min(len(result.rounds) - 1, max(last, 5)))
