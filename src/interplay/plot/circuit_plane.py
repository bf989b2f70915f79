"""Pictures of a pair of populations: phase plane, own costs, regimes over two parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.motif_results import PhasePlane, RegionResult
from interplay.plot import style
from interplay.plot.circuit import (
    EXCITATORY,
    INHIBITORY,
    REGIMES,
    arrows,
    cap,
    colour_bar,
    in_words,
    regime_colour,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_POPULATIONS = {"E": 0, "I": 1}


def plot_phase_plane(result: PhasePlane, *, flow: bool = True, legend: bool = True, ax: Axes | None = None) -> Axes:
    """Draw nullclines, best responses, equilibria and trajectories over the flow.

    Parameters
    ----------
    result : PhasePlane
    flow : bool
        Whether to draw the field of arrows.
    legend : bool
        Whether to name the curves above the panel.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    A best response is a broad pale band below its nullcline: where both coincide the population minimises its own cost.
    Filled marks are stable; a circle is a Nash equilibrium, a diamond is not.
    """
    ax = style.axes_or_new(ax, 460, 470, top=50)
    _frame(ax, result)
    if flow:
        arrows(ax, result.e, result.i, result.flow)
    for name, k, colour in (("E", 0, EXCITATORY), ("I", 1, INHIBITORY)):
        best, line = result.best_responses[k], result.nullclines[k]
        ax.plot(*best.T, color=colour, linewidth=7, alpha=0.22, solid_capstyle="butt", zorder=2,
                label=f"best response of {name}")  # fmt: skip
        ax.plot(*line.T, color=colour, linewidth=1.8, zorder=3, label=f"{name} stands still")
    for k, course in enumerate(_seen(result)):
        ax.plot(*course.T, color=style.INK, linewidth=1.0, alpha=0.7, zorder=4, label="trajectory" if not k else None)
        ax.plot(*course[:1].T, "o", color=style.INK, markersize=3, zorder=4)
    _equilibria(ax, result)
    if legend:
        for face, shape, text in ((style.INK, "o", "stable"), (style.PAPER, "o", "unstable"),
                                  (style.MUTED, "D", "not Nash")):  # fmt: skip
            ax.plot([], [], shape, color=style.INK, markerfacecolor=face, markersize=6, label=text)
        style.quiet_legend(ax, right=False, columns=4 if ax.bbox.width > 330 else 2)
    return ax


def _seen(result: PhasePlane) -> list[Floats]:
    """Pick trajectories that stay in the window, or all where none does; each ends where it comes to rest."""
    low, high = (np.array([end(v) for v in (result.e, result.i)]) for end in (np.min, np.max))
    size = high - low
    courses = [c for c in result.trajectories if len(c)]
    inside = [c for c in courses if ((c >= low - 0.015 * size) & (c <= high + 0.015 * size)).all()]
    return [_to_rest(c, result.equilibria[result.stable], 0.015 * size) for c in inside or courses]


def _to_rest(course: Floats, points: Floats, near: Floats) -> Floats:
    """Cut a trajectory where it stays so near a stable equilibrium that the mark covers it."""
    for point in points:
        away = np.flatnonzero((np.abs(course - point) > near).any(axis=1))
        if not len(away) or away[-1] + 2 < len(course):
            return course[: away[-1] + 2] if len(away) else course[:1]
    return course


def _frame(ax: Axes, result: PhasePlane) -> None:
    for axis, values in (("x", result.e), ("y", result.i)):
        low, high = float(values[0]), float(values[-1])
        pad = 0.015 * (high - low)
        (ax.set_xlim if axis == "x" else ax.set_ylim)(low - pad, high + pad)
    style.dress(ax, x="rate of E", y="rate of I")
    style.few_ticks(ax, "both", 5)


def _equilibria(ax: Axes, result: PhasePlane, size: float = 8.0) -> None:
    for point, stable, nash in zip(result.equilibria, result.stable, result.nash, strict=True):
        ax.plot(
            *point[:, None], marker="o" if nash else "D", markersize=size if nash else 0.82 * size,
            markerfacecolor=style.INK if stable else style.PAPER, markeredgecolor=style.INK if not stable
            else style.PAPER, markeredgewidth=1.6 if not stable else 1.0, linestyle="none", zorder=6, clip_on=False,
        )  # fmt: skip


def plot_energies(
    result: PhasePlane, population: Literal["E", "I"] = "E", *, ax: Axes | None = None
) -> Axes:  # fmt: skip
    """Draw one population's own cost over the plane, with its own pull and its best response.

    Parameters
    ----------
    result : PhasePlane
    population : {"E", "I"}
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Arrows point along the population's own axis only: it cannot move the other. Colours end at the 98th percentile of
    the absolute cost; lines join equal costs.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 460, 430, left=58)
    k = _POPULATIONS[population]
    _frame(ax, result)
    cost = result.energy[..., k]
    if not np.isfinite(cost).any():
        return style.message(ax, "undefined everywhere")
    top = cap(cost)
    colours = ["#2b8a7f", "#a9d3cd", "#ffffff", "#e6cdb4", "#a86f3d"]
    ramp = LinearSegmentedColormap.from_list("cost", colours).with_extremes(bad=style.GRID)
    half = [0.5 * float(v[1] - v[0]) for v in (result.e, result.i)]
    extent = (result.e[0] - half[0], result.e[-1] + half[0], result.i[0] - half[1], result.i[-1] + half[1])
    limits = (ax.get_xlim(), ax.get_ylim())
    drawn = ax.imshow(
        cost, cmap=ramp, vmin=-top, vmax=top, extent=extent, origin="lower", aspect="auto", interpolation="bilinear",
    )  # fmt: skip
    levels = np.linspace(-top, top, 15)
    ax.contour(result.e, result.i, cost, levels=levels, colors=style.MUTED, linewidths=0.5, alpha=0.55,
               linestyles="solid")  # fmt: skip
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])
    own = np.zeros_like(result.gradient)
    own[..., k] = result.gradient[..., k]
    colour = (EXCITATORY, INHIBITORY)[k]
    arrows(ax, result.e, result.i, own, colour=style.INK, width=0.8, alpha=0.6)
    ax.plot(*result.best_responses[k].T, color=colour, linewidth=2.2, zorder=3, label=f"best response of {population}")
    ax.plot(*result.nullclines[k].T, color=colour, linewidth=1.4, zorder=3, dashes=(3, 2),
            label=f"{population} stands still")  # fmt: skip
    _equilibria(ax, result, 7.0)
    colour_bar(ax, drawn, f"cost of {population}")
    style.quiet_legend(ax, right=False, columns=2)
    return ax


def plot_region(result: RegionResult, *, ax: Axes | None = None) -> Axes:
    """Draw the regimes over two parameters; hatching lies where no certificate exists, or none was found.

    Parameters
    ----------
    result : RegionResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Hatched: diagonal stability refuted. Dotted: undecided. Clear: certified. Curves are closed forms.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    ax = style.axes_or_new(ax, 480, 400, top=room_of_region(result, 400))
    names = [n for n in REGIMES if (result.regime == n).any()]
    others = sorted(set(np.unique(result.regime).tolist()) - set(names))
    names += others
    code = np.full(result.regime.shape, -1)
    for k, name in enumerate(names):
        code[result.regime == name] = k
    ramp = ListedColormap([_pale(regime_colour(n)) for n in names])
    norm = BoundaryNorm(np.arange(-0.5, len(names)), len(names))
    first, second = (_edges(v) for v in (result.first, result.second))
    extent = (first[0], first[-1], second[0], second[-1])
    ax.imshow(
        _smooth(code, len(names)),
        cmap=ramp,
        norm=norm,
        extent=extent,
        origin="lower",
        aspect="auto",
        interpolation="none",
    )
    state = np.where(np.isnan(result.margin), 1.0, np.where(result.margin < 0, 2.0, 0.0))
    if len(result.first) > 1 and len(result.second) > 1 and state.any():
        import matplotlib as mpl

        with mpl.rc_context({"hatch.linewidth": 0.5}):
            drawn = ax.contourf(result.first, result.second, state, levels=[-0.5, 0.5, 1.5, 2.5], colors="none",
                                hatches=[None, "...", "////"])  # fmt: skip
            drawn.set_edgecolor(style.MUTED)
            drawn.set_linewidth(0)
    dashes: list[Any] = ["-", (0, (5, 2)), (0, (2, 2)), (0, (6, 2, 1, 2))]
    for (name, curve), dash in zip(result.boundary.items(), dashes * 4, strict=False):
        ax.plot(*curve.T, color=style.INK, linewidth=1.5, linestyle=dash, label=in_words(name))
    ax.set_xlim(float(result.first[0]), float(result.first[-1]))
    ax.set_ylim(float(result.second[0]), float(result.second[-1]))
    style.dress(ax, x=symbol(result.parameters[0]), y=symbol(result.parameters[1]))
    style.few_ticks(ax, "both", 5)
    handles = [*(Patch(color=_pale(regime_colour(n)), label=in_words(n)) for n in names),
               *ax.get_legend_handles_labels()[0]]  # fmt: skip
    _legend_of(ax, handles)
    return ax


#: Points drawn for each one of the grid, along each side.
_FINER = 8


def _smooth(code: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Draw borders between regimes as lines, not as the steps of the grid: every finer point takes the one nearest."""
    rows, columns = ((np.arange(k * _FINER) + 0.5) / _FINER - 0.5 for k in code.shape)
    best = np.full((len(rows), len(columns)), -1.0)
    out = np.full(best.shape, -1)
    for k in range(n):
        share = (code == k).astype(np.float64)
        share = np.array([np.interp(columns, np.arange(code.shape[1]), row) for row in share])
        share = np.array([np.interp(rows, np.arange(code.shape[0]), column) for column in share.T]).T
        out[share > best] = k
        best = np.maximum(best, share)
    return out


def _columns_of(width: float) -> int:
    return 3 if width > 360 else 2


def room_of_region(result: RegionResult, width: float) -> float:
    """Tell how many pixels the names above a map of regimes need.

    Parameters
    ----------
    result : RegionResult
    width : float
        Of the panel, in pixels.

    Returns
    -------
    float
    """
    names = len(np.unique(result.regime)) + len(result.boundary)
    return 14.0 + 16.0 * -(-names // _columns_of(width))


def _legend_of(ax: Axes, handles: Sequence[Artist]) -> None:
    legend = ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=_columns_of(ax.bbox.width),
        frameon=False, fontsize=style.SMALL - 0.5, borderpad=0.2, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(style.MUTED)


def _pale(colour: str) -> str:
    """Mix a colour with white, so that lines on it can be read."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - 0.5 * (255 - v)):02x}" for v in parts)


def _edges(values: Floats) -> Floats:
    """Give the edges of pixels whose middles are given."""
    if len(values) < 2:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def symbol(name: str) -> str:
    """Write a parameter as its symbol with a lowered index, else its name in words."""
    letter, _, index = name.partition("_")
    letters = {"w": "w", "tau": r"\tau", "u": "u", "kappa": r"\kappa"}
    if letter not in letters or len(index) > 2:
        return in_words(name)
    return f"${letters[letter]}_{{{index.upper()}}}$" if index else f"${letters[letter]}$"
