"""Pictures of a fitted circuit over time: regimes and verdicts with their margins, gaps, and how well it foretells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.plot import style
from interplay.plot.circuit import VERDICTS, cap, colour_bar, edges_between, framed, population_order, regime_strip

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Gaps up to this, relative to the largest cost of the window, are rounding.
NOTHING = 1e-6


def plot_circuit_course(result: CircuitCourse, *, ax: Axes | None = None) -> Axes:
    """Draw regime and verdict of every window as strips, and below them how safely the verdict holds.

    Parameters
    ----------
    result : CircuitCourse
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    The line is the share of bootstrap draws that are certified; where none were drawn, the margin of the certificate.
    Dots are coloured by the verdict of the fitted weights themselves.
    """
    ax = style.axes_or_new(ax, 760, 240, top=62)
    if not len(result.bounds):
        return style.message(ax, "no window")
    time = result.bounds.mean(axis=1)
    drawn = np.isfinite(result.certified_share).any()
    course = result.certified_share if drawn else result.margin
    if np.isfinite(course).any():
        ax.plot(time, course, color=style.MUTED, linewidth=1.2, zorder=2)
    for verdict, colour in VERDICTS.items():
        here = result.verdict == verdict
        if here.any():
            height = np.where(np.isfinite(course), course, 0.0)
            ax.plot(time[here], height[here], "o", color=colour, markersize=6, markeredgecolor=style.PAPER,
                    linestyle="none", zorder=3, label=verdict)  # fmt: skip
    if drawn:
        ax.set_ylim(-0.06, 1.06)
    else:
        ax.axhline(0, color=style.FAINT, linewidth=1, zorder=1)
    ax.set_xlim(float(result.bounds[0, 0]), float(result.bounds[:, 1].max()))
    style.dress(ax, x="time (s)", y="share of draws certified" if drawn else "margin", grid=True)
    style.few_ticks(ax, "x", 8 if ax.bbox.width > 400 else 4)
    style.few_ticks(ax, "y", 4)
    regime_strip(ax, _ends(result.bounds), result.regime, 0.08)
    style.quiet_legend(ax, right=False, inside=-0.2, columns=3)
    return ax


def _ends(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each window the time up to half way to its neighbours; windows may overlap or leave gaps."""
    return edges_between(bounds.mean(axis=1), float(bounds[0, 0]), float(bounds[:, 1].max()))


def true_gaps(result: CircuitCourse) -> NDArray[np.float64]:
    """Give the Nash gaps with those that are rounding set to 0.

    Parameters
    ----------
    result : CircuitCourse

    Returns
    -------
    (S, N) float64 array
        NaN where no equilibrium was found.
    """
    cost = np.where(np.isfinite(result.energy), np.abs(result.energy), 0.0).max(axis=1, initial=0.0)
    return np.where(result.nash_gap <= NOTHING * cost[:, None], 0.0, result.nash_gap)


def plot_course_map(
    result: CircuitCourse, what: Literal["nash_gap", "energy", "equilibrium"] = "nash_gap", *, ax: Axes | None = None
) -> Axes:
    """Draw one number per unit and window: Nash gaps, own costs, or equilibrium rates.

    Parameters
    ----------
    result : CircuitCourse
    what : {"nash_gap", "energy", "equilibrium"}
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    One row per unit, excitatory ones on top. Grey: no equilibrium was found. Colours of Nash gaps reach to the largest
    finite one, and gaps within rounding are 0; other colours end at the 98th percentile.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 760, 220)
    order = population_order(result.sign)
    image = (true_gaps(result) if what == "nash_gap" else getattr(result, what)).T[order]
    if not np.isfinite(image).any():
        return style.message(ax, "undefined in every window")
    if what == "nash_gap" and np.nanmax(image) <= 0:
        return style.message(ax, "no unit would gain in any window")
    high = float(np.max(image, where=np.isfinite(image), initial=0.0)) or 1.0 if what == "nash_gap" else cap(image)
    if what == "energy":
        colours = ["#2b8a7f", "#a9d3cd", "#ffffff", "#e6cdb4", "#a86f3d"]
    else:
        colours = (
            ["#ffffff", "#f3d9a0", "#d98f2b", "#7c4a12"] if what == "nash_gap" else ["#ffffff", "#9ccfd3", "#0b6b74"]
        )
    ramp = LinearSegmentedColormap.from_list(what, colours).with_extremes(bad=style.GRID)
    low = -high if what == "energy" else 0.0
    shown = np.where(np.isinf(image), high, image)
    edge = _ends(result.bounds)
    drawn = ax.pcolormesh(edge, np.arange(len(order) + 1) - 0.5, shown, cmap=ramp, vmin=low, vmax=high, rasterized=True)
    border = np.flatnonzero(np.diff(np.sign(result.sign[order]))) + 0.5
    for value in border:
        ax.axhline(value, color=style.INK, linewidth=0.7)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.set_xlim(float(edge[0]), float(edge[-1]))
    style.dress(ax, x="time (s)", y="unit")
    if len(order) <= 24:
        ax.set_yticks(range(len(order)), [style.plain(str(result.names[k])) for k in order])
        ax.set_ylabel("")
        ax.tick_params(axis="y", length=0)
    else:
        style.few_ticks(ax, "y", 4, whole=True)
    style.few_ticks(ax, "x", 8 if ax.bbox.width > 400 else 4)
    colour_bar(ax, drawn, {"nash_gap": "Nash gap", "energy": "own cost", "equilibrium": "rate"}[what])
    return ax


_SCORES = {"circuit": style.ACCENT, "own past": style.CATEGORIES[1], "constant rate": style.MUTED}


def plot_fit_score(result: CircuitFitResult, *, ax: Axes | None = None) -> Axes:
    """Draw the held-out score of the circuit beside the trivial models, window by window.

    Parameters
    ----------
    result : CircuitFitResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 220, top=28)
    known = {k: v for k, v in result.score.items() if np.isfinite(v).any()}
    if not known:
        return style.message(ax, "not scored in any window")
    time = result.bounds.mean(axis=1)
    spare = iter(style.CATEGORIES[2:])
    for name, course in reversed(known.items()):
        ax.plot(time, course, color=_SCORES.get(name) or next(spare), linewidth=1.7, marker="o",
                markersize=3 if len(time) <= 80 else 0, label=style.plain(name))  # fmt: skip
    framed(ax, np.concatenate(list(known.values())))
    ax.set_xlim(float(result.bounds[0, 0]), float(result.bounds[:, 1].max()))
    style.dress(ax, x="time (s)", y="held-out score", grid=True)
    style.few_ticks(ax, "x", 6 if ax.bbox.width > 400 else 4)
    style.few_ticks(ax, "y", 4)
    style.quiet_legend(ax, right=False, columns=4)
    return ax


def interval_sides(result: CircuitFitResult, window: int) -> NDArray[np.int64]:
    """Tell where the interval of each weight lies: above 0 (1), below it (-1), around it or unknown (0)."""
    low, high = result.low[window], result.high[window]
    return np.where(low > 0, 1, np.where(high < 0, -1, 0)).astype(np.int64)
