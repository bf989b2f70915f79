"""Pictures of spreading: whom each choice of seeds reaches, what fairness costs, and how it goes over time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.influence.results import ComparisonResult, PriceResult, SpreadResult
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Intervals are so many standard errors to either side: about 95 % of a normal law.
ERRORS = 1.96
#: Units of time, and from how many seconds on each is used.
_UNITS = (("days", 86_400.0, 172_800.0), ("h", 3600.0, 7200.0), ("min", 60.0, 120.0), ("s", 1.0, 0.0))
#: How far a name may stand from its point, in points, where there is no room nearby; a line then leads to it.
_FAR = (16.0, 30.0, 46.0, 62.0)
#: What a point of distance costs, in square points hidden.
_STEP = 2.0
#: Marks of groups, so that they differ without colour too.
MARKS = ("o", "s", "D", "^", "v", "P", "X", "p")


def _percent(ax: Axes, axis: str, n: int = 5) -> None:
    from matplotlib.ticker import FuncFormatter

    style.few_ticks(ax, axis, n)
    for name in ("x", "y") if axis == "both" else (axis,):
        getattr(ax, f"{name}axis").set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.10g}"))


def elapsed(result: SpreadResult) -> tuple[NDArray[np.float64], str]:
    """Give the moments of a course as a reader counts them: rounds, or the time since it began.

    Parameters
    ----------
    result : SpreadResult

    Returns
    -------
    time : (B,) float64 array
    unit : {"round", "s", "min", "h", "days"}
        The largest of which the course lasts two at least.
    """
    if result.clock == "round" or not len(result.time):
        return result.time, "round"
    since = result.time - result.time[0]
    name, size, _ = next(unit for unit in _UNITS if since[-1] >= unit[2])
    return since / size, name


def _whisker(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give half of an interval; nothing where a single run knows no error."""
    return ERRORS * np.nan_to_num(error, nan=0.0)


def plot_reach(result: ComparisonResult, *, ax: Axes | None = None) -> Axes:
    """Draw for every choice of seeds the share reached of each group, joined by a line, and of all nodes.

    Parameters
    ----------
    result : ComparisonResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    The line from the least to the greatest share of a group is the disparity. Whiskers are 1.96 standard errors to
    either side. Rows are in the order of the total reach, the greatest on top.
    """
    m = len(result.names)
    ax = style.axes_or_new(ax, 620, 70 + 30 * m, left=118, top=30)
    if m == 0:
        return style.message(ax, "no seeds")
    order = np.argsort([-s.reach for s in result.spreads], kind="stable")
    first = result.spreads[0]
    shown = np.flatnonzero(first.group_sizes > 0)
    top = 0.0
    for y, k in enumerate(order):
        spread = result.spreads[k]
        share, error = spread.share, _whisker(spread.share_se)
        known = share[shown]
        if len(shown) > 1:
            ax.plot([known.min(), known.max()], [y, y], color=style.GRID, linewidth=7, solid_capstyle="round", zorder=1)
        total = spread.reach / max(spread.n_nodes, 1)
        ax.plot([total, total], [y - 0.3, y + 0.3], color=style.INK, linewidth=2, zorder=2,
                label="all nodes" if y == 0 else None)  # fmt: skip
        if len(shown) > 1:
            for rank, g in enumerate(shown):
                colour = style.category(rank)
                ax.plot([share[g] - error[g], share[g] + error[g]], [y, y], color=colour, linewidth=1.6, zorder=3)
                ax.plot(
                    share[g], y, MARKS[rank % len(MARKS)], color=colour, markeredgecolor=style.PAPER, markersize=8,
                    markeredgewidth=0.8, zorder=4, linestyle="none",
                    label=style.plain(str(spread.groups[g])) if y == 0 else None,
                )  # fmt: skip
        else:
            wide = float(_whisker(np.asarray(spread.reach_se))) / max(spread.n_nodes, 1)
            ax.plot([total - wide, total + wide], [y, y], color=style.INK, linewidth=1.6, zorder=3)
        top = max(top, float((share + error)[shown].max(initial=total)))
    ax.set_ylim(m - 0.45, -0.55)
    ax.set_xlim(0, min(1.02, 1.06 * top) if top > 0 else 1)
    style.dress(ax, x="reached (% of the group)" if len(shown) > 1 else "reached (% of all nodes)")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(m), [style.plain(str(result.names[k])) for k in order])
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    _percent(ax, "x", 6)
    style.quiet_legend(ax, right=False, columns=5)
    return ax


def plot_trade(result: ComparisonResult, *, ax: Axes | None = None) -> Axes:
    """Draw total reach against disparity: up is more, left is fairer.

    Parameters
    ----------
    result : ComparisonResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    The step line joins the choices that no other one beats in both; its ends fall off where nothing was tried.
    """
    ax = style.axes_or_new(ax, 440, 340)
    n = result.spreads[0].n_nodes if result.spreads else 0
    if not n or not np.isfinite(result.disparity).any():
        return style.message(ax, "one group: no disparity")
    x, x_error = result.disparity, _whisker(result.disparity_se)
    y = np.array([s.reach for s in result.spreads]) / n
    y_error = _whisker(np.array([s.reach_se for s in result.spreads])) / n
    best = _unbeaten(x, y)
    ax.step(x[best], y[best], where="post", color=style.FAINT, linewidth=1.3, zorder=1)
    for k in range(len(x)):
        colour = style.ACCENT if k in best else style.MUTED
        ax.errorbar(
            x[k], y[k], xerr=x_error[k], yerr=y_error[k], fmt="o", color=colour, markersize=7, elinewidth=1.2,
            markeredgecolor=style.PAPER, markeredgewidth=0.8, zorder=3,
        )  # fmt: skip
    low, high = float((y - y_error).min()), float((y + y_error).max())
    pad = 0.12 * (high - low) or 0.05
    ax.set_ylim(max(0.0, low - pad), min(1.05, high + pad))
    left, right = float((x - x_error).min()), float((x + x_error).max())
    wide = (right - left) or 0.05
    ax.set_xlim(max(0.0, left - 0.08 * wide) if left > 0.02 else -0.02 * wide, right + 0.1 * wide)
    style.dress(ax, x="disparity (percentage points)", y="reached (% of all)", grid=True)
    _percent(ax, "both", 5)
    corners = np.column_stack([np.repeat(x[best], 2)[1:], np.repeat(y[best], 2)[:-1]])
    _label_apart(ax, x, y, x_error, y_error, [str(name) for name in result.names], corners)
    return ax


def _unbeaten(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[int]:
    """Find the points that no other has at their left and above, from left to right."""
    found, high = [], -np.inf
    for k in np.lexsort((-y, x)).tolist():
        if y[k] > high:
            found.append(k)
            high = float(y[k])
    return found


def _label_apart(
    ax: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_error: NDArray[np.float64],
    y_error: NDArray[np.float64],
    names: list[str],
    path: NDArray[np.float64] | None = None,
) -> None:
    """Write names beside points, each where it hides the least of marks, whiskers and other names."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_position()
    size = figure.get_size_inches() * 72
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    scale = np.array([box.width * size[0] / (x1 - x0), box.height * size[1] / (y1 - y0)])
    spot = np.column_stack([x - x0, y - y0]) * scale
    room = np.array([box.width * size[0], box.height * size[1]])
    high = style.SMALL + 2
    taken = [(p[0] - 6, p[1] - 6, p[0] + 6, p[1] + 6) for p in spot]
    for p, e in zip(spot, np.column_stack([x_error, y_error]) * scale, strict=True):
        taken += [(p[0] - e[0], p[1] - 2, p[0] + e[0], p[1] + 2), (p[0] - 2, p[1] - e[1], p[0] + 2, p[1] + e[1])]
    if path is not None:  # corners of a line of level and upright pieces
        corners = (path - [x0, y0]) * scale
        for a, b in itertools.pairwise(corners):
            taken.append((*(np.minimum(a, b) - 1.5).tolist(), *(np.maximum(a, b) + 1.5).tolist()))
    named: list[tuple[float, ...]] = []
    for k in np.argsort(-y, kind="stable").tolist():
        wide = 5.8 * len(names[k]) + 2
        choices = [
            (9, -high / 2, "left"), (-9 - wide, -high / 2, "right"), (-wide / 2, 9, "center"),
            (-wide / 2, -9 - high, "center"), (7, 6, "left"), (7, -6 - high, "left"), (-7 - wide, 6, "right"),
            (-7 - wide, -6 - high, "right"),
        ]  # fmt: skip
        for far in _FAR:
            choices += [(far, up, "left") for up in (far, -far - high)]
            choices += [(-far - wide, up, "right") for up in (far, -far - high)]
            choices += [(-wide / 2, up, "center") for up in (far, -far - high)]
            choices += [(9, up, "left") for up in (far, -far - high)]
            choices += [(-9 - wide, up, "right") for up in (far, -far - high)]

        def cost(choice: tuple[float, float, str], at: NDArray[np.float64] = spot[k], width: float = wide) -> float:
            left, low = at[0] + choice[0], at[1] + choice[1]
            right, top = left + width, low + high
            over = sum(
                weight * max(0.0, min(right, b[2]) - max(left, b[0])) * max(0.0, min(top, b[3]) - max(low, b[1]))
                for weight, boxes in ((1.0, taken), (8.0, named))
                for b in boxes
            )
            over += _STEP * max(0.0, abs(choice[1] + high / 2) - 1.5 * high)  # no further than need be
            outside = max(0.0, -left) + max(0.0, right - room[0]) + max(0.0, -low) + max(0.0, top - room[1])
            return float(over + 60 * outside)

        dx, dy, side = min(choices, key=cost)
        left, low = spot[k][0] + dx, spot[k][1] + dy
        named.append((left, low, left + wide, low + high))
        shift = {"left": dx, "right": dx + wide, "center": dx + wide / 2}[side]
        far_off = max(abs(dy + high / 2) - high / 2, 0.0) >= _FAR[0]
        ax.annotate(
            style.plain(names[k]), (x[k], y[k]), xytext=(shift, dy + high / 2), textcoords="offset points", ha=side,
            va="center", color=style.INK, fontsize=style.SMALL, zorder=5,
            arrowprops={"arrowstyle": "-", "color": style.FAINT, "linewidth": 0.8, "shrinkA": 1.0, "shrinkB": 4.0}
            if far_off else None,
        )  # fmt: skip


def plot_price(result: PriceResult, *, ax: Axes | None = None) -> Axes:
    """Draw what fairness costs: reach against disparity, one point for every strength with which it is asked for.

    Parameters
    ----------
    result : PriceResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 440, 320)
    known = np.isfinite(result.disparity) & np.isfinite(result.reach)
    if not known.any():
        return style.message(ax, "one group: no disparity")
    x, y = result.disparity[known], result.reach[known]
    dx, dy = _whisker(result.disparity_se[known]), _whisker(result.reach_se[known])
    ax.plot(x, y, color=style.FAINT, linewidth=1.4, zorder=1)
    ax.errorbar(
        x, y, xerr=dx, yerr=dy, fmt="o", color=style.ACCENT, markersize=7, elinewidth=1.2,
        markeredgecolor=style.PAPER, markeredgewidth=0.8, zorder=3,
    )  # fmt: skip
    wide, tall = float(np.ptp(x) + 2 * dx.max()) or 0.05, float(np.ptp(y) + 2 * dy.max()) or 0.05
    ax.set_xlim(max(-0.02 * wide, float((x - dx).min()) - 0.1 * wide), float((x + dx).max()) + 0.12 * wide)
    ax.set_ylim(max(0.0, float((y - dy).min()) - 0.15 * tall), min(1.05, float((y + dy).max()) + 0.15 * tall))
    style.dress(ax, x="disparity (percentage points)", y="reached (% of all)", grid=True)
    _percent(ax, "both", 5)
    _label_apart(ax, x, y, dx, dy, [f"{value:.3g}" for value in result.values[known]])
    return ax


def plot_price_course(result: PriceResult, *, ax: Axes | None = None) -> Axes:
    """Draw the share reached of every group against the strength with which fairness is asked for.

    Parameters
    ----------
    result : PriceResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Strengths stand at even steps, in their order: their scale has no meaning of its own.
    """
    ax = style.axes_or_new(ax, 440, 300, top=28)
    if not len(result.values):
        return style.message(ax, "nothing was swept")
    step = np.arange(len(result.values))
    for g, name in enumerate(result.groups):
        ax.plot(
            step, result.share[:, g], color=style.category(g), linewidth=1.8, marker=MARKS[g % len(MARKS)],
            markersize=6, markeredgecolor=style.PAPER, label=style.plain(str(name)), zorder=3,
        )  # fmt: skip
    wide = _whisker(result.reach_se)
    ax.fill_between(step, result.reach - wide, result.reach + wide, color=style.INK, alpha=0.12, linewidth=0)
    ax.plot(step, result.reach, color=style.INK, linewidth=1.8, dashes=(4, 2), label="all nodes", zorder=2)
    ax.set_ylim(0, None)
    ax.set_xlim(-0.25, len(step) - 0.75)
    style.dress(ax, x=style.plain(result.parameter.replace("_", " ")), y="reached (%)", grid=True)
    _percent(ax, "y", 5)
    every = max(1, -(-len(step) // 8))
    ax.set_xticks(step[::every], [f"{v:.3g}" for v in result.values[::every]])
    style.quiet_legend(ax, columns=5)
    return ax


def plot_spread_course(result: SpreadResult, *, ax: Axes | None = None) -> Axes:
    """Draw the share reached of every group over time.

    Parameters
    ----------
    result : SpreadResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 440, 280, top=28)
    if not len(result.time):
        return style.message(ax, "no course was kept")
    time, unit = elapsed(result)
    shown = np.flatnonzero(result.group_sizes > 0)
    size = 4 if len(result.time) <= 24 else 0
    total = result.course.sum(axis=1) / max(result.n_nodes, 1)
    for rank, g in enumerate(shown if len(shown) > 1 else ()):
        share = result.course[:, g] / result.group_sizes[g]
        ax.plot(
            time, share, color=style.category(rank), linewidth=1.8, marker=MARKS[rank % len(MARKS)],
            markersize=size, markeredgecolor=style.PAPER, markeredgewidth=0.6,
            label=style.plain(str(result.groups[g])), zorder=3,
        )  # fmt: skip
    ax.plot(time, total, color=style.INK, linewidth=1.8, dashes=(4, 2), label="all nodes", zorder=2)
    ax.set_ylim(0, None)
    span = float(np.ptp(time)) or 1.0
    ax.set_xlim(float(time[0]) - 0.01 * span, float(time[-1]) + 0.02 * span)
    style.dress(ax, x="round" if unit == "round" else f"time ({unit})", y="reached (%)", grid=True)
    style.few_ticks(ax, "x", 6, whole=unit == "round")
    _percent(ax, "y", 5)
    style.quiet_legend(ax, columns=5)
    return ax
