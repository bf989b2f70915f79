"""Pictures of what was read out of a cohort: scores beside their baselines, and foretold against true numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR = {"model": style.ACCENT, "baseline": style.MUTED, "chance": style.FAINT}


def plot_cohort_scores(
    rows: Sequence[tuple[str, str, float, float, float]],
    *,
    axis: str,
    zero: float = float("nan"),
    ax: Axes | None = None,
) -> Axes:
    """Draw one score of models, baselines and chance, each with its interval.

    Parameters
    ----------
    rows : sequence of (name, role, value, low, high)
        From top to bottom; role is "model", "baseline" or "chance". What is undefined leaves its line empty.
    axis : str
        What is measured.
    zero : float
        What knowing nothing gives, a dashed line; none where NaN.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 60 + 25 * len(rows), left=190)
    for y, (_, role, value, low, high) in enumerate(rows):
        colour = _COLOUR[role]
        if not np.isfinite(value):
            ax.annotate(
                "undefined", (0.02, y), xycoords=ax.get_yaxis_transform(), va="center", color=style.FAINT,
                fontsize=style.SMALL - 1,
            )  # fmt: skip
            continue
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="round")
        ax.plot(
            [value], [y], "o" if role == "model" else "s", color=colour, ms=7 if role == "model" else 5.5,
            mec=style.PAPER,
        )  # fmt: skip
    if np.isfinite(zero):
        ax.axvline(zero, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    ax.set_xlim(*_limits([*(v for r in rows for v in r[2:]), zero]))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    style.dress(ax, x=axis)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(rows)), [style.plain(r[0]) for r in rows])
    ax.tick_params(axis="y", length=0, pad=6)
    for text, row in zip(ax.get_yticklabels(), rows, strict=True):
        text.set_color(style.ACCENT if row[1] == "model" else style.MUTED)
    style.few_ticks(ax, "x", 5)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def _limits(values: Sequence[float]) -> tuple[float, float]:
    known = [v for v in values if np.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    pad = 0.06 * (high - low) or 0.05
    return low - pad, high + pad


def plot_foretold(
    truth: NDArray[np.float64], foretold: Mapping[str, NDArray[np.float64]], *, name: str, ax: Axes | None = None
) -> Axes:
    """Draw foretold against true numbers of subjects that were not learnt from.

    Parameters
    ----------
    truth : (n,) float64 array
    foretold : mapping of name to (n,) float64 array
        At most two: the first in colour, the second in grey.
    name : str
        Of the covariate.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 320, 300, top=26)
    if not len(truth) or not foretold:
        return style.message(ax, "nothing to draw")
    looks: tuple[dict[str, Any], ...] = (
        {"color": style.ACCENT, "marker": "o", "ms": 4.5, "alpha": 0.8, "zorder": 3},
        {"color": style.MUTED, "marker": "s", "ms": 3.5, "alpha": 0.7, "zorder": 2},
    )
    for look, (who, values) in zip(looks, foretold.items(), strict=False):
        ax.plot(truth, values, linestyle="none", mew=0, label=style.plain(who), **look)
    low, high = float(np.min(truth)), float(np.max(truth))
    ax.plot([low, high], [low, high], color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    style.dress(ax, x=f"true {style.plain(name)}", y="foretold", grid=True)
    style.few_ticks(ax, "both", 5)
    return ax


def plot_stages(
    loss: NDArray[np.float64], held_out: NDArray[np.float64] | None, kept: int, *, ax: Axes | None = None
) -> Axes:
    """Draw how one stage of a training went, pass by pass.

    Parameters
    ----------
    loss : (E,) float64 array
    held_out : (E,) float64 array or None
        The same on scans that nothing was learnt from.
    kept : int
        Pass whose parameters were kept, from 0.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 240, 180)
    passes = np.arange(1, len(loss) + 1)
    ax.plot(passes, loss, color=style.ACCENT, linewidth=1.8, label="training scans")
    line = loss
    if held_out is not None and len(held_out) == len(loss):
        ax.plot(passes, held_out, color=style.MUTED, linewidth=1.4, label="watched scans")
        line = held_out
    if 0 <= kept < len(line):
        ax.plot(kept + 1, line[kept], "o", mfc="none", mec=style.INK, ms=7)
    style.dress(ax, x="pass", grid=True)
    style.few_ticks(ax, "x", 4, whole=True)
    style.few_ticks(ax, "y", 4)
    return ax
