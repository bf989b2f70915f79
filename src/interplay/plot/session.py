"""Pictures of a session in which a culture played: the game on the recording's clock, and electrodes by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interplay.data import Recording
from interplay.plot import style
from interplay.plot.recording import plot_raster

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A paddle of the DishBrain game, px.
PADDLE_PX, SIZE_PX = 250.0, 600.0


def plot_game_track(
    recording: Recording,
    *,
    start: float | None = None,
    stop: float | None = None,
    paddle_px: float = PADDLE_PX,
    ax: Axes | None = None,
) -> Axes:
    """Draw the heights of ball and paddle, and where the ball was missed.

    Parameters
    ----------
    recording : Recording
        With the behaviour "game" (paddle_y, ball_x, ball_y) and, for the misses, the epoch "rallies".
    start, stop : float, s, or None
        What to show; the whole recording where None.
    paddle_px : float, px
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 140)
    game = recording.behavior.get("game")
    names = list((game.names if game is not None else None) or ())
    if game is None or not {"paddle_y", "ball_y"} <= set(names):
        return style.message(ax, "the positions of ball and paddle are not known")
    low, high = (
        recording.span[0] if start is None else start,
        recording.span[1] if stop is None else stop,
    )
    inside = (game.time >= low) & (game.time < high)
    time = game.time[inside]
    paddle, ball = (np.asarray(game.values[inside, names.index(n)], np.float64) for n in ("paddle_y", "ball_y"))
    # A pause in which nothing was written parts the lines.
    cut = np.flatnonzero(np.diff(time) > 1.0) + 1
    for piece in np.split(np.arange(len(time)), cut):
        ax.fill_between(
            time[piece], paddle[piece], paddle[piece] + paddle_px, color=style.CATEGORIES[0], alpha=0.3, linewidth=0
        )
        ax.plot(time[piece], ball[piece], color=style.INK, linewidth=1.2)
    rallies = recording.epochs.get("rallies")
    if rallies is not None:
        missed = rallies.stop[(rallies.stop >= low) & (rallies.stop < high)]
        at = [ball[max(0, np.searchsorted(time, t) - 1)] for t in missed] if len(time) else []
        ax.plot(missed[: len(at)], at, "o", color=style.NEGATIVE, markersize=4.5, markeredgewidth=0)
    ax.set_xlim(low, high)
    ax.set_ylim(SIZE_PX, 0)
    style.dress(ax, x="time (s)", y="height (px)")
    style.few_ticks(ax, "x", 8)
    style.few_ticks(ax, "y", 3)
    return ax


def plot_group_raster(
    recording: Recording, *, start: float | None = None, stop: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the spikes of a stretch of time, electrodes sorted by group.

    Parameters
    ----------
    recording : Recording
        With events; `units.group` parts the rows.
    start, stop : float, s, or None
        What to show; the whole recording where None.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 220)
    if recording.events is None:
        return style.message(ax, "no spikes in this recording")
    low, high = (
        recording.span[0] if start is None else start,
        recording.span[1] if stop is None else stop,
    )
    group = recording.units.group
    names = sorted(set(group.tolist()), key=lambda g: (g == "", not g.startswith("sens"), g), reverse=True)
    order = np.concatenate([np.flatnonzero(group == g) for g in names])
    plot_raster(recording.events.window(low, high), order=order, ax=ax)
    edges = np.cumsum([0, *[(group == g).sum() for g in names]])
    for edge in edges[1:-1]:
        ax.axhline(edge - 0.5, color=style.FAINT, linewidth=0.8)
    style.dress(ax, x="time (s)")
    titles = [g.replace("_", " ") or "other" for g in names]
    ax.set_yticks((edges[:-1] + edges[1:]) / 2 - 0.5, titles)
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 8)
    return ax
