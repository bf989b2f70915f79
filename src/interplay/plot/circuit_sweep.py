"""Pictures of a circuit while one thing changes: bifurcation diagram, indices over the sweep, hysteresis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from interplay.circuits.motif_results import BifurcationResult, Branch, HysteresisResult
from interplay.plot import style
from interplay.plot.circuit import EXCITATORY, INHIBITORY, edges_between, framed, regime_strip, runs
from interplay.plot.circuit_plane import symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How unstable branches and ways back are drawn.
DASHED = (0, (3, 2))
#: Marks of special points.
MARKS = {"hopf": "s", "fold": "^", "branch point": "X", "boundary": "o"}


def unit_colour(k: int, name: str) -> str:
    """Give the colour of a unit of a motif, by its name where that begins with E or I."""
    return {"E": EXCITATORY, "I": INHIBITORY}.get(name[:1], style.category(k))


def plot_bifurcation(result: BifurcationResult, *, regimes: bool = True, ax: Axes | None = None) -> Axes:
    """Draw equilibria and cycles over a parameter: solid where stable, dashed where not, bands between extremes.

    Parameters
    ----------
    result : BifurcationResult
    regimes : bool
        Whether to name the regimes of the sweep along the top.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 330, top=58)
    known = False
    for branch in result.branches:
        for k, name in enumerate(result.names.tolist()):
            _branch(ax, branch, k, unit_colour(k, name))
            known = True
    if not known:
        return style.message(ax, "no branch was found")
    for k, name in enumerate(result.names.tolist()):
        ax.plot([], [], color=unit_colour(k, name), linewidth=1.8, label=style.plain(name))
    seen: set[str] = set()
    for kind, value, rates in result.special:
        label = None if kind in seen else kind if kind != "hopf" else "Hopf point"
        seen.add(kind)
        ax.plot(np.full(len(rates), value), rates, MARKS.get(kind, "o"), color=style.INK, markersize=5,
                markeredgecolor=style.PAPER, markeredgewidth=0.8, linestyle="none", zorder=5, label=label)  # fmt: skip
    _thresholds(ax, result)
    low = min(float(b.value.min()) for b in result.branches if len(b.value))
    high = max(float(b.value.max()) for b in result.branches if len(b.value))
    if len(result.value):
        low, high = float(result.value.min()), float(result.value.max())
    ax.set_xlim(low, high if high > low else low + 1)
    parts = [v.ravel() for b in result.branches for v in (b.rates, b.lowest) if v is not None]
    framed(ax, np.concatenate(parts))
    style.dress(ax, x=symbol(result.parameter), y="rate", grid=True)
    style.few_ticks(ax, "x", 7)
    style.few_ticks(ax, "y", 5)
    named = regimes and len(result.regime) > 1
    if named:
        ends = edges_between(result.value, float(result.value[0]), float(result.value[-1]))
        regime_strip(ax, ends, result.regime)
    style.quiet_legend(ax, right=False, inside=-0.12 if named else 0.0, columns=6 if ax.bbox.width > 400 else 3)
    return ax


def _branch(ax: Axes, branch: Branch, k: int, colour: str) -> None:
    if branch.kind == "cycle" and branch.lowest is not None:
        ax.fill_between(branch.value, branch.lowest[:, k], branch.rates[:, k], color=colour, alpha=0.16, linewidth=0)
    wide = 1.9 if branch.kind == "equilibrium" else 1.2
    lines = [branch.rates] if branch.lowest is None else [branch.rates, branch.lowest]
    for a, b, stable in runs(branch.stable):
        # A stretch reaches to the first point of the next one, so that no gap opens between them.
        part = slice(a, min(b + 1, len(branch.value)))
        for rates in lines:
            ax.plot(
                branch.value[part], rates[part, k], color=colour,
                linewidth=wide, linestyle="-" if stable else DASHED, solid_capstyle="butt", zorder=3,
            )  # fmt: skip


def _thresholds(ax: Axes, result: BifurcationResult) -> None:
    for value in result.thresholds.values():
        if np.isfinite(value):
            ax.axvline(value, color=style.FAINT, linewidth=1, dashes=(2, 2), zorder=1)


def plot_sweep(
    result: BifurcationResult,
    what: Literal["energy", "margin", "response", "nash_gap", "period"] = "margin",
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw one index over the sweep of a bifurcation diagram.

    Parameters
    ----------
    result : BifurcationResult
    what : {"energy", "margin", "response", "nash_gap", "period"}
        Own costs, margin of diagonal stability, own responses, Nash gaps of the equilibria, or periods of cycles.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 170)
    lines = 0
    if what in ("energy", "response"):
        for k, (name, course) in enumerate(zip(result.names.tolist(), getattr(result, what).T, strict=True)):
            if np.isfinite(course).any():
                ax.plot(result.value, course, color=unit_colour(k, name), linewidth=1.7)
                lines += 1
    elif what == "margin":
        if np.isfinite(result.margin).any():
            ax.plot(result.value, result.margin, color=style.ACCENT, linewidth=1.7)
            lines += 1
    else:
        for branch in result.branches:
            course = branch.period if what == "period" else branch.nash_gap
            if course is not None and np.isfinite(course).any():
                ax.plot(
                    branch.value, course, color=style.CATEGORIES[2] if what == "period" else style.INK, linewidth=1.7
                )
                lines += 1
    if not lines:
        return style.message(ax, "undefined over the whole sweep")
    framed(ax, np.concatenate([np.asarray(x.get_ydata(), dtype=np.float64) for x in ax.lines]))
    if what in ("energy", "margin", "response"):
        ax.axhline(0, color=style.FAINT, linewidth=1, zorder=1)
    _thresholds(ax, result)
    if len(result.value):
        ax.set_xlim(float(result.value.min()), float(result.value.max()))
    names = {"energy": "own cost", "margin": "margin", "response": "own response", "nash_gap": "Nash gap",
             "period": "period (s)"}  # fmt: skip
    style.dress(ax, x=symbol(result.parameter), y=names[what], grid=True)
    style.few_ticks(ax, "x", 7)
    style.few_ticks(ax, "y", 3)
    return ax


def plot_hysteresis(result: HysteresisResult, *, ax: Axes | None = None) -> Axes:
    """Draw both cells' rates while the challenger's input rises and falls again; dashed: where theory puts the switch.

    Parameters
    ----------
    result : HysteresisResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 280, top=30)
    if not len(result.ratio):
        return style.message(ax, "nothing was swept")
    turn = int(np.argmax(result.ratio)) + 1
    ways = ((slice(None, turn), "-", "rising"), (slice(turn - 1, None), DASHED, "falling"))
    for k, name in ((0, "incumbent"), (1, "challenger")):
        colour = (style.ACCENT, style.CATEGORIES[2])[k]
        for part, line, way in ways:
            ax.plot(result.ratio[part], result.rates[part, k], color=colour, linewidth=1.8, linestyle=line,
                    label=f"{name}, {way}")  # fmt: skip
    for value in result.predicted:
        if np.isfinite(value):
            ax.axvline(value, color=style.FAINT, linewidth=1, dashes=(2, 2), zorder=1)
    ax.set_xlim(float(result.ratio.min()), float(result.ratio.max()))
    style.dress(ax, x="challenger's input over incumbent's", y="rate", grid=True)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    style.quiet_legend(ax, right=False, columns=4 if ax.bbox.width > 480 else 2)
    return ax
