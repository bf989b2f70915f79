"""Pictures of how well a stream was foretold: models beside baselines, over the test, and over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_stream_scores(
    rows: Sequence[tuple[str, bool, float, float, float, Sequence[float]]],
    *,
    axis: str,
    names: bool = True,
    limits: tuple[float, float] | None = None,
    chance: float = float("nan"),
    ax: Axes | None = None,
) -> Axes:
    """Draw one number of models and baselines, each with its interval.

    Parameters
    ----------
    rows : sequence of (name, whether it is a model, value, low, high, values of its random starts)
        From top to bottom; what is undefined leaves its line empty.
    axis : str
        What is measured.
    names : bool
        Whether the names stand at the left; not where another panel with the same lines is at the left.
    limits : (low, high) or None
        Of the axis; from the rows where None.
    chance : float
        What drawing lots gives, a dashed line; none where NaN.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 60 + 25 * len(rows), left=170)
    for y, (_, model, value, low, high, starts) in enumerate(rows):
        colour = style.ACCENT if model else style.MUTED
        if not np.isfinite(value):
            ax.annotate(
                "undefined", (0.02, y), xycoords=ax.get_yaxis_transform(), va="center", color=style.FAINT,
                fontsize=style.SMALL - 1,
            )  # fmt: skip
            continue
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="round")
        if len(starts) > 1:
            ax.plot(starts, np.full(len(starts), y - 0.27), "o", color=colour, alpha=0.5, ms=3, mew=0)
        ax.plot([value], [y], "o" if model else "s", color=colour, ms=7 if model else 5.5, mec=style.PAPER)
    if np.isfinite(chance):
        ax.axvline(chance, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    ax.set_xlim(*(limits or _limits(rows, chance)))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    style.dress(ax, x=axis)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(rows)), [style.plain(r[0]) for r in rows] if names else [""] * len(rows))
    ax.tick_params(axis="y", length=0, pad=6)
    for text, row in zip(ax.get_yticklabels(), rows, strict=True):
        text.set_color(style.ACCENT if row[1] else style.MUTED)
    style.few_ticks(ax, "x", 5)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def _limits(
    rows: Sequence[tuple[str, bool, float, float, float, Sequence[float]]], chance: float
) -> tuple[float, float]:
    known = [v for v in (chance, *(v for r in rows for v in (r[2], r[3], r[4], *r[5]))) if np.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    pad = 0.06 * (high - low) or 0.05
    return low - pad, high + pad


def plot_stream_course(
    time: NDArray[np.float64],
    courses: Mapping[str, NDArray[np.float64]],
    *,
    models: Sequence[str],
    axis: str,
    unit: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw how well each did as the test went on.

    Parameters
    ----------
    time : (K,) float array
        In the unit that the axis names.
    courses : mapping of name to (K,) float array
        NaN where undefined.
    models : sequence of str
        Which of them are models: in colours; baselines are grey, and told apart by their dashes.
    axis, unit : str
        What is measured, and the label of time.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 640, 240, top=26)
    dashes = ((None, None), (5, 2), (2, 2), (7, 2, 2, 2))
    seen = {True: 0, False: 0}
    for name, values in courses.items():
        model = name in models
        k = seen[model]
        seen[model] += 1
        ax.plot(
            time,
            values,
            color=style.category(k) if model else style.MUTED,
            linewidth=1.8 if model else 1.2,
            dashes=(None, None) if model else dashes[k % len(dashes)],
            label=style.plain(name),
            zorder=3 if model else 2,
        )
    if not courses or not len(time):
        return style.message(ax, "nothing to draw")
    style.dress(ax, x=unit, y=axis, grid=True)
    ax.margins(x=0.01)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    return ax


def plot_stream_training(
    courses: Mapping[str, Sequence[tuple[NDArray[np.float64], int]]], *, axis: str, ax: Axes | None = None
) -> Axes:
    """Draw a number of training, pass by pass; a ring marks the pass whose parameters were kept.

    Parameters
    ----------
    courses : mapping of model to sequence of ((K,) float array, kept pass)
        One line per random start.
    axis : str
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 420, 220, top=26)
    longest = 1
    for k, (name, lines) in enumerate(courses.items()):
        colour = style.category(k)
        for number, (values, best) in enumerate(lines):
            passes = np.arange(1, len(values) + 1)
            longest = max(longest, len(values))
            ax.plot(
                passes,
                values,
                color=colour,
                lw=1.4,
                marker="o",
                ms=2.6,
                label=style.plain(name) if not number else None,
            )
            if 0 <= best < len(values):
                ax.plot([best + 1], [values[best]], "o", ms=8, mfc="none", mec=colour, mew=1.4)
    if not courses:
        return style.message(ax, "nothing was trained")
    style.dress(ax, x="pass over the training events", y=axis, grid=True)
    ax.set_xlim(0.7, longest + 0.3)
    style.few_ticks(ax, "x", 6, whole=True)
    style.few_ticks(ax, "y", 4)
    return ax
