"""Pictures of games: how players did, how they changed along a session, and what one rally looked like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from interplay.loop.tables import (
    Estimate,
    FilmStrip,
    LearningCurve,
    PublishedRow,
    TournamentResult,
    ViewName,
)
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a measure is called on an axis.
MEASURE_NAMES = {
    "mean_hits": "hits per rally",
    "aces": "aces (share of rallies)",
    "long_rallies": "rallies of 3 hits or more (share)",
    "catches": "balls returned (share)",
}
#: More curves than this in one panel share one grey.
MOST_CURVES = len(style.CATEGORIES)
_KIND_COLOUR = {
    "reference": style.MUTED,
    "dish": style.ACCENT,
    "agent": style.CATEGORIES[2],
    "own": style.CATEGORIES[1],
}
#: Frames of a film.
FRAMES = 8


def chance_of(measure: str, paddle_px: float, size_px: float) -> float:
    """Give a measure's value for a paddle that covers `paddle_px` of `size_px` and heeds nothing.

    Every ball is returned with probability p = paddle / size, whatever went before, so hits are geometric.

    Parameters
    ----------
    measure : {"mean_hits", "aces", "long_rallies", "catches"}
    paddle_px, size_px : float, px

    Returns
    -------
    float

    Examples
    --------
    >>> round(chance_of("mean_hits", 250, 600), 3), round(chance_of("aces", 250, 600), 3)
    (0.714, 0.583)
    """
    p = paddle_px / size_px
    odds = p / (1 - p) if p < 1 else float("inf")
    return {"mean_hits": odds, "aces": 1 - p, "long_rallies": p**3, "catches": p}[measure]


def plot_learning_curves(
    curves: Sequence[LearningCurve],
    *,
    names: Mapping[str, str] | None = None,
    lines: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw curves of one measure along the session: mean over seeds, and its bootstrap band.

    Parameters
    ----------
    curves : sequence of LearningCurve
        All along the same axis and of the same measure; beyond eight they share one grey.
    names : mapping of player to str, or None
        Labels; the player's key where None.
    lines : mapping of str to float, or None
        Levels to draw across, for example {"chance": 0.714}; the first is dashed, the second dotted.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 420, 240)
    if not curves:
        return style.message(ax, "no curve")
    for (_, level), dashes in zip((lines or {}).items(), ((4, 3), (1, 2), (6, 2)), strict=False):
        ax.axhline(level, color=style.MUTED, linewidth=1, dashes=dashes, zorder=1)
    for k, curve in enumerate(curves):
        colour = style.category(k)
        middle = (curve.edges[:-1] + curve.edges[1:]) / 2
        known = np.isfinite(curve.low)
        ax.fill_between(middle, curve.low, curve.high, where=known, color=colour, alpha=0.14, linewidth=0, zorder=2)
        label = style.plain((names or {}).get(curve.player, curve.player))
        ax.plot(middle, curve.mean, color=colour, linewidth=1.7, label=label, zorder=3)
        # A line needs two neighbours: a short session, or a minute between two without a rally, is a point.
        there = np.pad(np.isfinite(curve.mean), 1)
        alone = there[1:-1] & ~there[:-2] & ~there[2:]
        if alone.any():
            ax.vlines(middle[alone], curve.low[alone], curve.high[alone], color=colour, alpha=0.4, zorder=2)
            ax.plot(middle[alone], curve.mean[alone], "o", color=colour, markersize=4, zorder=3)
    ax.set_xlim(float(curves[0].edges[0]), float(curves[0].edges[-1]))
    top = max((float(np.nanmax(c.mean)) for c in curves if np.isfinite(c.mean).any()), default=1.0)
    if curves[0].measure == "aces":
        ax.set_ylim(0, 1)
    else:
        ax.set_ylim(0, 1.3 * max(top, *(lines or {"": 0.1}).values()))
    along = "minute of the session" if curves[0].along == "minute" else "rally"
    style.dress(ax, x=along, y=MEASURE_NAMES[curves[0].measure].split(" (")[0], grid=True)
    style.few_ticks(ax, "x", 5)
    style.few_ticks(ax, "y", 4)
    return ax


def plot_players(
    result: TournamentResult, *, measure: str = "aces", view: ViewName = "seconds", ax: Axes | None = None
) -> Axes:
    """Draw every player as a point with its interval, the published groups as open marks, chance as a dashed line.

    Parameters
    ----------
    result : TournamentResult
    measure : {"mean_hits", "aces", "long_rallies", "catches"}
        Shares of balls returned were not published, so that picture has no open marks.
    view : {"rallies", "seconds"}
        Under which budget.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    players = reading_order(result)
    published = [r for r in result.published if measure != "catches"]
    n = len(players) + len(published)
    ax = style.axes_or_new(ax, 620, 70 + 18 * n, left=210)
    chance = chance_of(measure, result.rules["paddle_px"], result.rules["size_px"])
    ax.axvline(chance, color=style.MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    seen, silent = [chance], []
    for y, player in enumerate(players):
        summary = result.summary(player, view)
        if summary is not None:
            estimate = summary.measures[measure]
            seen += [estimate.value, estimate.low, estimate.high]
            silent += [y] * (not np.isfinite(summary.measures[measure].value))
    for y, row in enumerate(published, start=len(players)):
        seen += _open_mark(ax, y, row, measure)
    if published:
        ax.axhline(len(players) - 0.5, color=style.GRID, linewidth=0.8)
    shown = [v for v in seen if np.isfinite(v)]
    # A perfect player would press all others to the edge: the axis ends where the crowd does, and an arrow says so.
    high = _roof(shown, chance) if measure == "mean_hits" else max(shown)
    pad = 0.05 * (high - min(shown)) or 0.05
    ax.set_xlim(min(shown) - pad, high + pad)
    for y, player in enumerate(players):
        summary = result.summary(player, view)
        if summary is None:
            continue
        estimate, colour = summary.measures[measure], _KIND_COLOUR[result.entry(player).kind]
        if estimate.value > high:
            # Written instead of drawn: its interval would strike the number through.
            text = f"{estimate.value:.1f} \N{RIGHTWARDS ARROW}"
            ax.text(high + pad * 0.8, y, text, ha="right", va="center", color=colour, fontsize=style.SMALL - 0.5)
        else:
            _mark(ax, y, estimate, colour)
    for y in silent:
        ax.text(chance, y, " no finished rally", va="center", color=style.MUTED, fontsize=style.SMALL - 1.5)
    ax.set_ylim(n - 0.4, -0.6)
    style.dress(ax, x=MEASURE_NAMES[measure])
    ax.spines["left"].set_visible(False)
    labels = player_labels(result, published=bool(published))
    ax.set_yticks(range(n), [style.plain(label) for label in labels])
    ax.tick_params(axis="y", length=0, pad=6, labelsize=style.SMALL - 0.5)
    style.few_ticks(ax, "x", 6)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def reading_order(result: TournamentResult) -> list[str]:
    """Order players for reading: references first, then dishes, agents and those of the user's own, as named."""
    rank = {"chance": 0, "random": 1, "sweep": 2, "frozen": 3, "oracle": 4}
    kinds = ("reference", "dish", "agent", "own")
    entries = sorted(result.players, key=lambda e: (kinds.index(e.kind), rank.get(e.player, 5)))
    return [e.player for e in entries]


def player_labels(result: TournamentResult, *, published: bool) -> list[str]:
    """Name the rows of `plot_players`: ours, then the published groups."""
    ours = [result.entry(p).name for p in reading_order(result)]
    return ours + [f"published: {r.name} ({r.group})" for r in result.published if published]


def _roof(values: list[float], chance: float) -> float:
    """Find where the crowd ends."""
    crowd = [v for v in values if v <= 5 * chance]
    return max(crowd) if crowd else max(values)


def _mark(ax: Axes, y: int, estimate: Estimate, colour: str) -> None:
    ax.plot([estimate.low, estimate.high], [y, y], color=colour, linewidth=2.2, solid_capstyle="round", zorder=2)
    ax.plot([estimate.value], [y], "o", color=colour, markersize=6, markeredgecolor=style.PAPER, zorder=3)


def _open_mark(ax: Axes, y: int, row: PublishedRow, measure: str) -> list[float]:
    first, second = getattr(row, measure)
    ax.annotate(
        "",
        (second, y),
        (first, y),
        arrowprops={"arrowstyle": "->", "color": style.FAINT, "linewidth": 1.0, "shrinkA": 3, "shrinkB": 3},
    )
    for value, size in ((first, 4.5), (second, 6.5)):
        ax.plot([value], [y], "o", color="none", markersize=size, markeredgecolor=style.MUTED, markeredgewidth=1.2)
    return [first, second]


def plot_film(film: FilmStrip, *, rules: Mapping[str, float], frames: int = FRAMES, ax: Axes | None = None) -> Axes:
    """Draw one rally as a strip of small frames: the field, the paddle at the left, the ball with the way it came.

    Parameters
    ----------
    film : FilmStrip
    rules : mapping
        With "size_px" and "paddle_px".
    frames : int, >= 1
        Evenly spread over the rally, the serve and the end among them.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.bare(style.axes_or_new(ax, 90 * frames, 130, left=8))
    size, paddle, gap = float(rules["size_px"]), float(rules["paddle_px"]), 0.12 * float(rules["size_px"])
    inside = np.flatnonzero(np.isfinite(film.ball_x))
    if not len(inside):
        return style.message(ax, "the track of this rally is not known")
    chosen = inside[np.unique(np.linspace(0, len(inside) - 1, frames).round().astype(int))]
    before = 0
    for k, row in enumerate(chosen):
        left = k * (size + gap)
        ax.fill_between([left, left + size], 0, size, color=style.SHADE, linewidth=0)
        way = slice(before, row + 1)
        ax.plot(left + film.ball_x[way], film.ball_y[way], color=style.ACCENT, linewidth=1, alpha=0.55)
        top = float(film.paddle_y[row])
        ax.plot([left + 14, left + 14], [top, top + paddle], color=style.INK, linewidth=3, solid_capstyle="butt")
        ax.plot([left + film.ball_x[row]], [film.ball_y[row]], "o", color=style.ACCENT, markersize=5, markeredgewidth=0)
        text = f"{film.start_s + film.time_s[row]:.1f} s" if k == 0 else f"+{film.time_s[row]:.1f} s"
        ax.text(left, size + 0.05 * size, text, va="top", color=style.MUTED, fontsize=style.SMALL - 1)
        before = int(row)
    ax.set_xlim(-2, frames * (size + gap) - gap + 2)
    # The field's y grows downwards.
    ax.set_ylim(1.22 * size, -2)
    ax.set_aspect("equal", anchor="NW")
    return ax


def plot_cells(result: TournamentResult, *, ax: Axes | None = None) -> Axes:
    """Draw feedback by plasticity: the mean relative improvement of hits, and whether it beats the controls.

    Parameters
    ----------
    result : TournamentResult
        Ablations are left out; a cell that was not played stays empty.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
        A star marks a change whose corrected p-value is below 0.05, a dark frame a cell that beats all its controls.
    """
    cells = {
        (e.cell["feedback"], e.cell["plasticity"]): e.player
        for e in result.players
        if e.kind == "dish" and e.cell.get("ablation", "none") == "none" and {"feedback", "plasticity"} <= e.cell.keys()
    }
    ax = style.axes_or_new(ax, 460, 230, left=80)
    if not cells:
        return style.message(ax, "no dish in this tournament")
    rows = list(dict.fromkeys(f for f, _ in cells))
    columns = list(dict.fromkeys(p for _, p in cells))
    changes = {c.player: c for c in result.changes if c.measure == "mean_hits"}
    good = {v.player for v in result.verdicts if v.beats_controls}
    shown = [changes[p].improvement.value for p in cells.values() if p in changes]
    scale = max([abs(v) for v in shown if np.isfinite(v)], default=1.0) or 1.0
    for (feedback, plasticity), player in cells.items():
        x, y, change = columns.index(plasticity), rows.index(feedback), changes.get(player)
        value = change.improvement.value if change else float("nan")
        colour = style.POSITIVE if value > 0 else style.NEGATIVE
        strength = abs(value) / scale if np.isfinite(value) else 0.0
        edge = style.INK if player in good else style.GRID
        ax.fill([x + 0.03, x + 0.97, x + 0.97, x + 0.03], [y + 0.04, y + 0.04, y + 0.96, y + 0.96], color=colour,
                alpha=0.06 + 0.3 * strength, linewidth=0)  # fmt: skip
        ax.plot([x + 0.03, x + 0.97, x + 0.97, x + 0.03, x + 0.03], [y + 0.04, y + 0.04, y + 0.96, y + 0.96, y + 0.04],
                color=edge, linewidth=1.6 if player in good else 0.8)  # fmt: skip
        star = " *" if change and change.corrected < 0.05 else ""
        text = f"{value:+.0f} %{star}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else "\N{EN DASH}"
        ax.text(x + 0.5, y + 0.42, text, ha="center", va="center", color=style.INK, fontsize=style.SMALL + 2)
        if change is not None and np.isfinite(change.first):
            text = f"{change.first:.2f} \N{RIGHTWARDS ARROW} {change.second:.2f}"
            ax.text(x + 0.5, y + 0.74, text, ha="center", va="center", color=style.MUTED, fontsize=style.SMALL - 1.5)
    style.bare(ax)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows), 0)
    ax.set_xticks(np.arange(len(columns)) + 0.5, [c.replace("_", " ") for c in columns])
    ax.set_yticks(np.arange(len(rows)) + 0.5, [r.replace("_", " ") for r in rows])
    ax.tick_params(colors=style.MUTED, labelsize=style.SMALL, length=0, pad=6)
    return ax
