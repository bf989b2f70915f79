"""Pictures of an embedding: where the nodes stand and came from, what a window attends to, how training went."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.measures.links import LinkScores
from interplay.plot import style
from interplay.plot.measures import middle
from interplay.plot.projection import Projection, percent, project
from interplay.represent.results import EmbeddingResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Beyond this many nodes, dots are drawn as one path per colour, without a rim of their own.
MOST_RIMMED = 300
_DASHES = ((5.0, 2.0), (1.0, 1.5), (4.0, 2.0, 1.0, 2.0), (2.0, 2.0))


def plot_embedding(
    result: EmbeddingResult,
    *,
    window: int = 0,
    trail: int = 4,
    colour: NDArray[np.int64] | None = None,
    place: Projection | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one window: a dot per node with its trail, the history node as a diamond, absent nodes hollow.

    Parameters
    ----------
    result : EmbeddingResult
    window : int
        Which window; negative ones count from the end.
    trail : int, >= 0
        Windows drawn of the way to this one.
    colour : (N,) or (T, N) int array or None
        Category of each node, from 0 (the palette has eight colours; others are grey).
    place : Projection or None
        The flat view, where it is known already; `project` where None.
    ax : matplotlib Axes or None
        Where to draw; a new figure where None. Several windows on panels of their own share one frame.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 340, 340, left=36)
    place = project(result) if place is None else place
    n_windows, n = place.xy.shape[:2]
    if not n_windows or not n:
        return style.message(ax, "nothing to show")
    t = range(n_windows)[window]
    kind = np.full(n, -1) if colour is None else np.asarray(colour)
    kind = kind[t] if kind.ndim == 2 else kind
    kind = np.where((kind >= 0) & (kind < len(style.CATEGORIES)), kind, -1)
    here = result.present[t]
    size = float(np.clip(62 / np.sqrt(n + 1), 2.4, 6.5))
    ax.plot(*place.origin, marker="+", color=style.MUTED, markersize=9, markeredgewidth=1, linestyle="none", zorder=1)
    # The grey ones first: those with a colour lie on top.
    for rank in np.unique(kind):
        rows = np.flatnonzero(here & (kind == rank))
        _trails(ax, place.xy, result.present, t, rows, trail, style.category(int(rank)), 0.35 * size)
        _dots(ax, place.xy[t, rows], style.category(int(rank)), size, rims=n <= MOST_RIMMED)
        gone = np.flatnonzero(~here & (kind == rank))
        ax.plot(
            *place.xy[t, gone].T, marker="o", linestyle="none", markerfacecolor="none", zorder=2,
            markeredgecolor=style.category(int(rank)), markersize=size - 1, markeredgewidth=0.9, alpha=0.7,
        )  # fmt: skip
    if place.history is not None:
        path = place.history[max(0, t - trail) : t + 1]
        ax.plot(*path.T, color=style.INK, linewidth=1, alpha=0.5, zorder=4)
        ax.plot(
            *path[-1], marker="D", color=style.INK, markeredgecolor=style.PAPER, markersize=7, linestyle="none",
            zorder=5,
        )  # fmt: skip
    _fit(ax, place)
    return _frame(ax, place)


def _fit(ax: Axes, place: Projection) -> None:
    """Show the whole frame at one scale for both axes, by widening whichever side has room."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_position()
    room = np.array([box.width, box.height]) * figure.get_size_inches()
    centre, half = (place.low + place.high) / 2, 0.54 * (place.high - place.low)
    half = room * (float((half / room).max()) or 1.0)
    ax.set_xlim(centre[0] - half[0], centre[0] + half[0])
    ax.set_ylim(centre[1] - half[1], centre[1] + half[1])


def _frame(ax: Axes, place: Projection) -> Axes:
    parts = [f"axis {k + 1}" + (f" ({percent(v)} %)" if np.isfinite(v) else "") for k, v in enumerate(place.share)]
    if place.stretch != 1:
        parts[1] += f", \N{MULTIPLICATION SIGN}{place.stretch:g}"
    style.dress(ax, x=parts[0], y=parts[1])
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _dots(ax: Axes, xy: NDArray[np.float64], colour: str, size: float, *, rims: bool) -> None:
    if not len(xy):
        return
    if rims:
        ax.plot(
            *xy.T, marker="o", linestyle="none", color=colour, markeredgecolor=style.PAPER, markeredgewidth=0.6,
            markersize=size, zorder=3,
        )  # fmt: skip
        return
    # Strokes of no length with round ends are dots at a third of the bytes.
    _path(ax, np.stack([xy, xy + 1e-9], axis=1), colour, size, alpha=0.8, zorder=3)


def _trails(
    ax: Axes,
    xy: NDArray[np.float64],
    present: NDArray[np.bool_],
    t: int,
    rows: NDArray[np.int64],
    trail: int,
    colour: str,
    width: float,
) -> None:
    for age in range(min(trail, t)):
        # Where a node was absent the trail has a gap.
        known = rows[present[t - age, rows] & present[t - age - 1, rows]]
        steps = np.stack([xy[t - age - 1, known], xy[t - age, known]], axis=1)
        _path(ax, steps, colour, width, alpha=0.5 * (1 - age / trail), zorder=2)


def _path(ax: Axes, lines: NDArray[np.float64], colour: str, width: float, *, alpha: float, zorder: float) -> None:
    """Draw all segments (S, 2, 2) of one colour as a single path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if not len(lines):
        return
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=Path.code_type), len(lines))
    ax.add_patch(
        PathPatch(
            Path(lines.reshape(-1, 2), codes), facecolor="none", edgecolor=colour, linewidth=width, alpha=alpha,
            capstyle="round", zorder=zorder,
        )
    )  # fmt: skip


def even_share(attention: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the share that every window in reach would have, were attention spread evenly.

    Parameters
    ----------
    attention : (T, T) float array

    Returns
    -------
    (T, T) float array
        NaN where row t does not reach: after t, and before its first window with a share.
    """
    n = len(attention)
    first = (attention > 0).argmax(axis=1)
    lag = np.arange(n)
    reached = (lag[None, :] <= lag[:, None]) & (lag[None, :] >= first[:, None])
    return np.where(reached, 1 / np.maximum(lag - first + 1, 1)[:, None], np.nan)


def plot_attention(result: EmbeddingResult, *, ax: Axes | None = None) -> Axes:
    """Draw what each window draws on: rows attend, columns are attended to; colour is the share over an even one.

    Parameters
    ----------
    result : EmbeddingResult
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Row t has t + 1 shares that sum to one, so raw shares grow small with time whatever is attended to. Their ratio to
    an even share, in steps of doubling, can be compared over the whole picture.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import FuncFormatter

    ax = style.axes_or_new(ax, 340, 340)
    if result.attention is None or not len(result.attention):
        return style.message(ax, "no attention")
    n = len(result.attention)
    with np.errstate(divide="ignore"):
        image = np.log2(result.attention / even_share(result.attention))
    finite = np.abs(image[np.isfinite(image)])
    # At least a doubling either way, so that near-even attention looks near even; at most a factor of 32.
    top = float(np.clip(finite.max(initial=0.0), 1.0, 5.0))
    colours = ["#b07a45", "#ffffff", "#6fb3b9", style.ACCENT, "#06343a"]
    ramp = LinearSegmentedColormap.from_list("attention", list(zip((0, 0.5, 0.67, 0.85, 1), colours, strict=True)))
    drawn = ax.imshow(
        image, cmap=ramp.with_extremes(bad=style.GRID), vmin=-top, vmax=top, interpolation="none",
        extent=(0.5, n + 0.5, n + 0.5, 0.5),
    )  # fmt: skip
    style.dress(ax, x="window attended to", y="window")
    style.few_ticks(ax, "both", 5, whole=True)
    box = ax.get_position()
    bar = ax.figure.add_axes((box.x1 + 0.02, box.y0, 0.022, box.height))
    ax.figure.colorbar(drawn, cax=bar, ticks=np.arange(-int(top), int(top) + 1))
    bar.yaxis.set_major_formatter(
        FuncFormatter(lambda v, _: f"\N{MULTIPLICATION SIGN}{2**v:.0f}" if v >= 0 else f"1/{2**-v:.0f}")
    )
    bar.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL, length=2, width=0.6)
    bar.spines["outline"].set_visible(False)
    return ax


def plot_training(result: EmbeddingResult, name: str = "loss", *, ax: Axes | None = None) -> Axes:
    """Draw one trace of the training; a dashed line marks the epoch that was kept.

    Parameters
    ----------
    result : EmbeddingResult
    name : str
        A key of ``result.loss``.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 320, 140)
    values = result.loss.get(name, np.empty(0))
    if not np.isfinite(values).any():
        return style.message(ax, "no trace")
    epoch = np.arange(1, len(values) + 1)
    ax.axvline(result.best_epoch + 1, color=style.ACCENT, linewidth=1, dashes=(3, 2), zorder=1)
    ax.plot(epoch, values, color=style.INK, linewidth=1.4, marker="o", markersize=2 if len(values) < 12 else 0)
    # The first epochs are often far above the rest and would flatten it: they may leave the picture at the top.
    low, settled = float(np.nanmin(values)), float(np.nanmax(values[len(values) // 50 :]))
    pad = 0.08 * (settled - low) or 0.05 * max(abs(settled), 1e-9)
    ax.set_ylim(low - pad, settled + pad)
    ax.set_xlim(0, len(values) + 1)
    style.dress(ax)
    style.few_ticks(ax, "x", 5, whole=True)
    style.few_ticks(ax, "y", 4)
    return ax


def plot_links(
    result: EmbeddingResult,
    *,
    baselines: Mapping[str, LinkScores] | None = None,
    metric: Literal["auc", "ap"] = "auc",
    ax: Axes | None = None,
) -> Axes:
    """Draw how well each window's edges are told from its other pairs, and how well the windows before foretell them.

    Parameters
    ----------
    result : EmbeddingResult
    baselines : mapping of name to LinkScores, or None
        What simple rules foretell, for example ``{"persistence": evaluate_links(snapshots, "persistence")}``.
    metric : {"auc", "ap"}
        Area under the curve (chance 0.5), or average precision (chance: the share of pairs that are linked).
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 560, 230, top=26)
    time = middle(result.bounds)
    field = "auc" if metric == "auc" else "average_precision"
    courses: list[tuple[str, NDArray[np.float64] | None, str, tuple[float, ...] | None]] = [
        (name, getattr(scores, field), style.MUTED, dashes)
        for (name, scores), dashes in zip((baselines or {}).items(), cycle(_DASHES), strict=False)
    ]
    courses += [
        ("predicted", result.prediction.get(metric), style.ACCENT, None),
        ("reconstructed", result.reconstruction.get(metric), style.CATEGORIES[1], None),
    ]
    known = [(name, v, c, d) for name, v, c, d in courses if v is not None and np.isfinite(v).any()]
    if not known:
        return style.message(ax, "undefined in every window")
    if metric == "auc":
        ax.axhline(0.5, color=style.FAINT, linewidth=1, dashes=(2, 2), zorder=0)
    for name, values, colour, dashes in known:
        line: dict[str, Any] = {"dashes": dashes} if dashes else {}
        ax.plot(
            time, values, color=colour, linewidth=1.6, label=name, marker="o",
            markersize=2.4 if len(time) <= 80 and not dashes else 0, **line,
        )  # fmt: skip
    _held_back(ax, result)
    low = min(float(np.nanmin(v)) for _, v, _, _ in known)
    ax.set_ylim(min(0.45 if metric == "auc" else 0.0, low - 0.03), 1.02)
    ax.set_xlim(float(result.bounds[0, 0]), float(result.bounds[:, 1].max()))
    style.dress(ax, x="time (s)", y="AUC" if metric == "auc" else "average precision", grid=True)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 5)
    style.quiet_legend(ax, columns=5)
    return ax


def _held_back(ax: Axes, result: EmbeddingResult) -> None:
    """Shade the windows that training did not see, where it saw any."""
    new = ~np.asarray(result.trained, dtype=bool)
    if new.all():
        return
    edge = np.flatnonzero(np.diff(np.concatenate([[False], new, [False]]).astype(np.int64)))
    for first, last in zip(edge[::2], edge[1::2] - 1, strict=True):
        ax.axvspan(float(result.bounds[first, 0]), float(result.bounds[last, 1]), color=style.SHADE, zorder=-1)
