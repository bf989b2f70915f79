"""Pictures of one circuit's proof and game: certificate, Nash gaps, weights, responses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.circuits.game_results import PlayResult
from interplay.circuits.results import GameResult
from interplay.circuits.stability_results import StabilityResult
from interplay.plot import style
from interplay.plot.circuit import VERDICTS, cap, colour_bar, framed, population_order, sign_colour, signed_ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
#: Most units that are named along an axis.
NAMED = 30
#: Most units whose rates and best responses are drawn one by one.
LISTED = 60
#: Pixels from one name along an axis to the next.
_APART = 11.0
#: Most units of a matrix whose numbers are written into its cells.
WRITTEN = 6
_OUTCOMES = {"passed": style.ACCENT, "failed": style.CATEGORIES[1], "undecided": style.OTHER, "not run": style.GRID}


def plot_certificate(result: StabilityResult, *, names: NDArray[np.str_] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the object that proves the verdict.

    Parameters
    ----------
    result : StabilityResult
    names : (N,) text array or None
        Of the units; their numbers where None.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Certified: the weight q of every unit, and the margin. Refuted: the diagonal of A H, nowhere negative. Undecided:
    the eigenvalues of the symmetric part of A.
    """
    ax = style.axes_or_new(ax, 520, 220, top=26)
    n = len(result.matrix)
    place = np.arange(n)
    labels = [str(k) for k in place] if names is None else [style.plain(str(v)) for v in names]
    colour = VERDICTS[result.verdict]
    values: Floats
    if result.scaling is not None:
        values, y = result.scaling, "weight q"
        ax.axhline(1.0, color=style.FAINT, linewidth=1, dashes=(2, 2), zorder=1)
    elif result.dual is not None:
        values, y = np.einsum("ij,ji->i", result.matrix, result.dual), "diagonal of A H"
    else:
        values, y = np.asarray(np.linalg.eigvalsh((result.matrix + result.matrix.T) / 2)), "eigenvalues of (A + A')/2"
        labels = [str(k + 1) for k in place]
    _stems(ax, values, colour)
    style.dress(ax, x="unit" if n > NAMED else "", y=y, grid=True)
    _name_axis(ax, "x", labels)
    if n > NAMED:
        ax.set_xlabel("unit", color=style.MUTED, fontsize=style.SMALL)
    if result.scaling is not None and values.min() > 0 and values.max() / values.min() > 30:
        ax.set_yscale("log")
    else:
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        pad = 0.08 * (high - low) or 1.0
        ax.set_ylim(low - (pad if low < 0 else 0), high + pad)
        style.few_ticks(ax, "y", 4)
    return ax


def plot_spectrum(result: StabilityResult, *, ax: Axes | None = None) -> Axes:
    """Draw the eigenvalues that check a proof: of diag(q) A + A' diag(q), which must lie below 0, or of H, above.

    Parameters
    ----------
    result : StabilityResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 180)
    if result.scaling is not None:
        scaled = result.scaling[:, None] * result.matrix
        values = np.sort(np.linalg.eigvalsh(scaled + scaled.T))[::-1]
    elif result.dual is not None:
        values = np.sort(np.linalg.eigvalsh(result.dual))[::-1]
    else:
        return style.message(ax, "undecided: there is no proof to check")
    ax.axhline(0, color=style.INK, linewidth=0.9, zorder=1)
    _stems(ax, np.asarray(values, dtype=np.float64), VERDICTS[result.verdict])
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    pad = 0.1 * (high - low) or 1.0
    ax.set_ylim(low - pad, high + pad)
    style.dress(ax, x="eigenvalue, from the largest", y="value", grid=True)
    ax.set_xticks([])
    style.few_ticks(ax, "y", 4)
    return ax


def _stems(ax: Axes, values: Floats, colour: str | list[str], base: float = 0.0) -> None:
    colours = [colour] * len(values) if isinstance(colour, str) else colour
    for value in dict.fromkeys(colours):
        pick = np.array([c == value for c in colours])
        k = np.flatnonzero(pick)
        if len(values) <= 60:
            ax.vlines(k, base, values[pick], color=value, linewidth=1.4, alpha=0.5, zorder=2)
        ax.plot(k, values[pick], "o", color=value, markersize=6 if len(values) <= 60 else 3,
                markeredgecolor=style.PAPER, markeredgewidth=0.6, linestyle="none", zorder=3)  # fmt: skip
    ax.set_xlim(-0.6, len(values) - 0.4)


def beside(labels: Sequence[str], width: float) -> bool:
    """Tell whether names below a panel of `width` pixels stand side by side; numbers do, as every second or third."""
    widest = max(map(len, labels), default=0)
    return widest <= 3 or (6.4 * widest + 4.0) * len(labels) <= width


def _name_axis(ax: Axes, axis: Literal["x", "y"], labels: list[str], most: int = NAMED) -> None:
    if len(labels) > most:
        style.few_ticks(ax, axis, 6, whole=True)
        return
    upright = axis == "x" and not beside(labels, ax.bbox.width)
    # Where names would lie on each other, only every second or third is written.
    room = ax.bbox.width if axis == "x" else ax.bbox.height
    wide = _APART if upright or axis == "y" else 6.4 * max(map(len, labels), default=0) + 4.0
    every = max(1, math.ceil(wide * len(labels) / max(room, 1.0)))
    shown = range(0, len(labels), every)
    (ax.set_xticks if axis == "x" else ax.set_yticks)(shown, [labels[k] for k in shown])
    ax.tick_params(axis=axis, length=0, pad=4)
    if upright:
        for label in ax.get_xticklabels():
            label.set_rotation(90)


def plot_ladder(result: StabilityResult, *, ax: Axes | None = None) -> Axes:
    """Draw the tests in the order they were made, with what each found.

    Parameters
    ----------
    result : StabilityResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Squares are necessary, triangles sufficient, circles exact tests; the ring marks the one that decided.
    """
    ax = style.axes_or_new(ax, 460, 60 + 26 * len(result.rungs), left=180)
    shape = {"necessary": "s", "sufficient": "^", "exact": "o"}
    for y, rung in enumerate(result.rungs):
        ran = rung.outcome != "not run"
        ax.plot(0, y, shape.get(rung.kind, "o"), color=_OUTCOMES.get(rung.outcome, style.OTHER), markersize=8)
        if rung.name == result.rung:
            ax.plot(0, y, "o", color=style.INK, markerfacecolor="none", markersize=15, markeredgewidth=1.2)
        value = f"{rung.value:.3g}".replace("-", "\N{MINUS SIGN}") if np.isfinite(rung.value) else ""
        for x, text, colour in ((0.4, rung.outcome, style.INK if ran else style.FAINT), (1.75, value, style.MUTED)):
            ax.text(x, y, text, va="center", color=colour, fontsize=style.SMALL)
    style.bare(ax)
    ax.set_xlim(-0.4, 3)
    ax.set_ylim(len(result.rungs) - 0.4, -0.6)
    ax.set_yticks(range(len(result.rungs)), [style.plain(r.name) for r in result.rungs])
    ax.tick_params(axis="y", length=0, pad=6, labelcolor=style.MUTED, labelsize=style.SMALL)
    return ax


def plot_nash_gaps(result: GameResult, *, ax: Axes | None = None) -> Axes:
    """Draw what every unit would gain by its best response, and where that is.

    Parameters
    ----------
    result : GameResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    One line per unit from its rate (filled) to its best response (ring), coloured by sign; the gain is written beside
    those that have one. A unit whose cost has no lowest point has an arrow. Of more than 60 units, those with the
    largest gaps are drawn, and, of equal gaps, those with the largest rates.
    """
    chosen = np.lexsort([-result.rates, -result.nash_gap])[:LISTED]
    order = chosen[np.argsort(-np.sign(result.sign[chosen]), kind="stable")] if len(result.names) > LISTED else None
    order = population_order(result.sign) if order is None else order
    n = len(order)
    ax = style.axes_or_new(ax, 520, 70 + 24 * n, left=80, top=26)
    known = np.isfinite(result.best_response)
    every = np.concatenate([result.rates[order], result.best_response[order][known[order]], [0.0]])
    low, high = float(every.min()), float(every.max())
    wide = (high - low) or 1.0
    for y, k in enumerate(order.tolist()):
        colour, rate, gap = sign_colour(int(result.sign[k])), float(result.rates[k]), float(result.nash_gap[k])
        gains = gap > result.tolerance
        end = float(result.best_response[k]) if known[k] else high + 0.12 * wide
        if gains:
            ax.plot([rate, end], [y, y], color=colour, linewidth=1.8, alpha=0.6, zorder=2)
            ax.plot([end], [y], "o" if known[k] else ">", color=colour, markerfacecolor="none", markersize=8,
                    markeredgewidth=1.5, zorder=3)  # fmt: skip
            text = f"gains {gap:.3g}" if np.isfinite(gap) else "gains without bound"
            ax.text(high + 0.18 * wide, y, text, va="center", color=style.INK, fontsize=style.SMALL - 0.5)
        ax.plot([rate], [y], "o", color=colour, markersize=6, markeredgecolor=style.PAPER, zorder=4)
    for sign, text in ((1, "excitatory"), (-1, "inhibitory"), (0, "mixed or unknown")):
        if (np.sign(result.sign) == sign).any():
            ax.plot([], [], "o", color=sign_colour(sign), markersize=6, label=text)
    ax.plot([], [], "o", color=style.MUTED, markerfacecolor="none", markersize=8, label="best response")
    gaining = bool((result.nash_gap > result.tolerance).any())
    ax.set_xlim(low - 0.05 * wide, high + (0.55 if gaining else 0.05) * wide)
    ax.set_ylim(n - 0.4, -0.6)
    style.dress(ax, x="rate")
    ax.spines["left"].set_visible(False)
    _name_axis(ax, "y", [style.plain(str(result.names[k])) for k in order], LISTED)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    style.few_ticks(ax, "x", 5)
    style.quiet_legend(ax, right=False, columns=4 if ax.bbox.width > 330 else 2)
    return ax


def shown_rounds(result: PlayResult) -> int:
    """Tell how many rounds are drawn: all, or, of play that repeats itself, enough to see that it does."""
    last = len(result.rates) - 1
    return last if result.period <= 1 else min(last, max(40, 8 * result.period))


def plot_play(result: PlayResult, *, ax: Axes | None = None) -> Axes:
    """Draw every unit's rate while the game is played round by round; filled ends are Nash, rings are not.

    Parameters
    ----------
    result : PlayResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 520, 240, top=28)
    last = shown_rounds(result)
    width = 1.6 if len(result.names) <= 12 else 0.9
    for k, course in enumerate(result.rates[: last + 1].T):
        colour = sign_colour(int(result.sign[k]))
        ax.plot(course, color=colour, linewidth=width, alpha=0.85)
        ax.plot([last], course[-1:], "o", color=colour, markerfacecolor=colour if result.nash else style.PAPER,
                markersize=5, clip_on=False, zorder=4)  # fmt: skip
    for sign, text in ((1, "excitatory"), (-1, "inhibitory"), (0, "mixed or unknown")):
        if (np.sign(result.sign) == sign).any():
            ax.plot([], [], color=sign_colour(sign), label=text)
    framed(ax, result.rates[: last + 1])
    ax.set_xlim(0, max(last, 1))
    style.dress(ax, x="round", y="rate", grid=True)
    style.few_ticks(ax, "x", 6, whole=True)
    style.few_ticks(ax, "y", 4)
    style.quiet_legend(ax, right=False)
    return ax


def plot_weights(
    weights: Floats | CircuitFitResult,
    *,
    window: int = 0,
    sign: NDArray[np.int64] | None = None,
    names: NDArray[np.str_] | None = None,
    top: float | None = None,
    label: str = "weight",
    ax: Axes | None = None,
) -> Axes:
    """Draw a signed matrix: rows receive, columns send; excitatory units first.

    Parameters
    ----------
    weights : (N, N) float array, or CircuitFitResult
        `weights[post, pre]`. A fitted circuit brings its signs and names.
    window : int
        Which window of a fitted circuit.
    sign : (N,) int array or None
        Orders the units, and draws the borders between excitatory and inhibitory ones; as given where None.
    names : (N,) text array or None
        Of the units; their numbers where None.
    top : float or None
        Absolute value at full colour; the largest where None.
    label : str
        Of the scale.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    if isinstance(weights, CircuitFitResult):
        sign, names, matrix = weights.sign, weights.names, weights.weights[window]
    else:
        matrix = weights
    ax = style.axes_or_new(ax, 400, 380, left=64)
    n = len(matrix)
    if not n:
        return style.message(ax, "no units")
    order = np.arange(n) if sign is None else population_order(sign)
    high = top or float(np.nanmax(np.abs(matrix), initial=0.0)) or 1.0
    drawn = ax.imshow(
        matrix[np.ix_(order, order)], cmap=signed_ramp(), vmin=-high, vmax=high, interpolation="none", origin="upper",
        aspect="auto",
    )  # fmt: skip
    if n <= WRITTEN:
        for (i, j), value in np.ndenumerate(matrix[np.ix_(order, order)]):
            if np.isfinite(value) and value != 0:
                # On a full colour the number is as light as the paper.
                colour = style.PAPER if abs(value) > 0.62 * high else style.INK
                text = f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
                ax.text(j, i, text, ha="center", va="center", color=colour, fontsize=style.SMALL)
    labels = [str(k) if names is None else style.plain(str(names[k])) for k in order]
    style.dress(ax, x="from unit", y="onto unit")
    _name_axis(ax, "x", labels)
    _name_axis(ax, "y", labels)
    if sign is not None:
        for border in np.flatnonzero(np.diff(np.sign(sign[order]))) + 0.5:
            ax.axhline(border, color=style.INK, linewidth=0.8)
            ax.axvline(border, color=style.INK, linewidth=0.8)
    colour_bar(ax, drawn, label)
    return ax


def plot_response(
    response: Floats | CircuitCourse,
    *,
    window: int = 0,
    sign: NDArray[np.int64] | None = None,
    names: NDArray[np.str_] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what more input to one unit (column) does to the rate of every unit (row).

    Parameters
    ----------
    response : (N, N) float array, or CircuitCourse
        `response[i, j]`: change of unit i's rate per unit of input to unit j. NaN where there is none. A course brings
        its signs and names.
    window : int
        Which window of a course.
    sign : (N,) int array or None
        Orders the units; as given where None.
    names : (N,) text array or None
        Of the units; their numbers where None.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Dots on the diagonal mark paradoxical units: more input lowers their own rate. Colours end at the 98th percentile.
    """
    if isinstance(response, CircuitCourse):
        sign, names, change = response.sign, response.names, response.response[window]
    else:
        change = response
    if not np.isfinite(change).any():
        return style.message(style.axes_or_new(ax, 400, 380), "no equilibrium, no response")
    ax = plot_weights(change, sign=sign, names=names, top=cap(change), label="change of rate", ax=ax)
    ax.set_xlabel("more input to unit", color=style.MUTED, fontsize=style.SMALL)
    ax.set_ylabel("changes unit", color=style.MUTED, fontsize=style.SMALL)
    order = np.arange(len(change)) if sign is None else population_order(sign)
    against = np.flatnonzero(np.diagonal(change)[order] < 0)
    # Beside the number where there is one.
    aside = 0.36 if len(change) <= WRITTEN else 0.0
    ax.plot(against + aside, against - aside, "o", color=style.INK, markersize=4, linestyle="none")
    return ax
