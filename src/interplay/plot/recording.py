"""Pictures of a recording on its clock: raster, population rate, behaviour, epochs, gaps."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.data import Events, Intervals, Recording, Series
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most rows and columns of a raster image; beyond, neighbours share a pixel, which `raster_grain` says.
RASTER_ROWS, RASTER_COLUMNS = 500, 1200


def raster_grain(events: Events, columns: int = RASTER_COLUMNS) -> tuple[float, int]:
    """Tell what one pixel of the raster holds: seconds, and units."""
    return events.duration / columns, max(1, -(-events.n_units // RASTER_ROWS))


def plot_raster(
    events: Events, *, order: NDArray[np.int64] | None = None, columns: int = RASTER_COLUMNS, ax: Axes | None = None
) -> Axes:
    """Draw every spike: one row per unit, darker where a pixel holds more of them.

    Parameters
    ----------
    events : Events
        No spike is left out; `raster_grain` gives the seconds and units that share a pixel.
    order : (N,) int array or None
        Units from bottom to top; as recorded where None.
    columns : int
        Pixels along time.
    ax : matplotlib Axes or None

    Returns
    -------
    matplotlib Axes
    """
    ax = style.axes_or_new(ax, 760, 320)
    start, stop = events.span
    width, per_row = raster_grain(events, columns)
    rows = -(-events.n_units // per_row)
    place = np.empty(events.n_units, dtype=np.int64)
    place[np.arange(events.n_units) if order is None else order] = np.arange(events.n_units) // per_row
    grid = np.zeros((max(rows, 1), columns))
    column = np.minimum(((events.time - start) / width).astype(np.int64), columns - 1)
    np.add.at(grid, (place[events.unit], column), 1)
    filled = grid[grid > 0]
    high = max(1.0, float(np.percentile(filled, 95))) if len(filled) else 1.0
    shade = np.zeros((*grid.shape, 4), dtype=np.uint8)
    shade[..., :3] = [int(style.INK[k : k + 2], 16) for k in (1, 3, 5)]
    # A few steps of darkness keep the image small. A lone spike stays visible where spikes are rare; where every
    # pixel holds many, the whole range goes to their differences.
    floor = 90 / max(1.0, high - 1)
    steps = np.ceil(6 * np.clip(grid / high, 0, 1)) / 6
    shade[..., 3] = np.where(grid > 0, floor + (255 - floor) * steps**1.4, 0).astype(np.uint8)
    extent = (start, stop, -0.5, max(events.n_units, 1) - 0.5)
    ax.imshow(shade, extent=extent, origin="lower", aspect="auto", interpolation="none")
    style.dress(ax, y="unit")
    style.few_ticks(ax, "x", 8)
    style.few_ticks(ax, "y", 4, whole=True)
    return ax


def plot_rate(recording: Recording, *, bins: int = 240, ax: Axes | None = None) -> Axes:
    """Draw the mean firing rate per unit over time; gaps are left open.

    Parameters
    ----------
    recording : Recording
        With events.
    bins : int
        Bins over the whole span; a bin that is not wholly observed is left open.
    ax : matplotlib Axes or None
    """
    ax = style.axes_or_new(ax, 760, 140)
    events = recording.events
    if events is None:
        return style.message(ax, "no spikes in this recording")
    edges = np.linspace(*recording.span, bins + 1)
    per_unit = np.histogram(events.time, edges)[0] / max(events.n_units, 1) / np.diff(edges)
    rate = np.where(wholly_observed(recording.observed, edges), per_unit, np.nan)
    ax.stairs(rate, edges, color=style.INK, linewidth=0.9, baseline=None)
    ax.set_xlim(*recording.span)
    ax.set_ylim(bottom=0)
    style.dress(ax, y="Hz per unit", grid=True)
    style.few_ticks(ax, "x", 8)
    style.few_ticks(ax, "y", 3)
    return ax


def wholly_observed(observed: Intervals, edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for each bin between `edges` whether observed intervals cover it (1e-9 of slack)."""
    low, high = edges[:-1, None], edges[1:, None]
    inside = np.minimum(high, observed.stop) - np.maximum(low, observed.start)
    return np.asarray(np.clip(inside, 0, None).sum(axis=1) >= np.diff(edges) * (1 - 1e-9))


def plot_traces(traces: Series, *, columns: int = 1000, ax: Axes | None = None) -> Axes:
    """Draw the traces as an image, each channel in its own standard deviations (cut at 3).

    Parameters
    ----------
    traces : Series
    columns : int
        Most columns of the image; neighbouring samples are averaged.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 320)
    values = np.asarray(traces.values, dtype=np.float64)
    cut = np.array_split(np.arange(len(values)), min(columns, len(values)))
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a channel without a sample stays blank
        z = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    image = np.stack([z[rows].mean(axis=0) for rows in cut], axis=1)
    start, stop = traces.span
    ax.imshow(
        image,
        extent=(start, stop, -0.5, traces.n_channels - 0.5),
        origin="lower",
        aspect="auto",
        interpolation="none",
        cmap="Greys",
        vmin=-1,
        vmax=3,
    )
    style.dress(ax, y="channel")
    style.few_ticks(ax, "x", 8)
    style.few_ticks(ax, "y", 4, whole=True)
    return ax


def plot_behavior(series: Series, *, name: str = "", columns: int = 700, ax: Axes | None = None) -> Axes:
    """Draw behaviour over time; where samples outnumber pixels, the band from least to greatest per pixel.

    Parameters
    ----------
    series : Series
    name : str
        Label of the axis.
    columns : int
        Most points along time.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 120)
    rows = np.array_split(np.arange(len(series)), min(columns, len(series)))
    channels = min(series.n_channels, len(style.CATEGORIES))
    labels = series.names or ()
    for c in range(channels):
        values = np.asarray(series.values[:, c], dtype=np.float64)
        colour = style.INK if channels == 1 else style.category(c)
        if len(rows) == len(values):
            ax.plot(series.time, values, color=colour, linewidth=0.9, label=style.plain(labels[c]))
            continue
        pieces = [values[r][np.isfinite(values[r])] for r in rows]
        low, high = (np.array([f(p) if len(p) else np.nan for p in pieces]) for f in (np.min, np.max))
        time = np.array([series.time[r[0]] for r in rows])
        ax.fill_between(time, low, high, color=colour, linewidth=0.6, label=style.plain(labels[c]), step="post")
    style.dress(ax, y=style.plain(" ".join(p for p in (name, f"({series.unit})" if series.unit else "") if p)))
    style.few_ticks(ax, "x", 8)
    style.few_ticks(ax, "y", 3)
    if channels > 1:
        style.quiet_legend(ax, columns=6)
    return ax


def plot_epochs(epochs: dict[str, Intervals], *, ax: Axes | None = None) -> Axes:
    """Draw labelled intervals as bars: one row per name, one colour per label.

    Parameters
    ----------
    epochs : mapping of name to Intervals
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 760, 34 + 20 * max(len(epochs), 1))
    if not epochs:
        return style.message(ax, "no epochs")
    for row, (_, intervals) in enumerate(epochs.items()):
        labels = np.asarray(intervals.label)
        kinds = {label: k for k, label in enumerate(dict.fromkeys(labels.tolist()))}
        for label, rank in kinds.items():
            pick = labels == label
            bars = np.column_stack([intervals.start, intervals.stop - intervals.start])[pick]
            ax.broken_barh(bars.tolist(), (row - 0.36, 0.72), facecolor=style.category(rank), linewidth=0)
            if label and len(kinds) <= 8:
                k = int(np.argmax(bars[:, 1]))
                if bars[k, 1] > 0.08 * (intervals.stop.max() - intervals.start.min()):
                    middle = bars[k, 0] + bars[k, 1] / 2
                    ax.text(
                        middle, row, style.plain(label[:24]), ha="center", va="center", fontsize=style.SMALL - 1.5,
                        color=style.PAPER, clip_on=True,
                    )  # fmt: skip
    ax.set_ylim(len(epochs) - 0.5, -0.5)
    style.dress(ax)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(epochs)), [style.plain(name[:14]) for name in epochs])
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 8)
    return ax


def shade_gaps(ax: Axes, observed: Intervals, span: tuple[float, float]) -> Axes:
    """Hatch what was not observed."""
    edges = [span[0], *np.ravel(observed.bounds).tolist(), span[1]]
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if high > low:
            ax.axvspan(low, high, facecolor=style.SHADE, edgecolor=style.FAINT, hatch="////", linewidth=0, zorder=0)
    return ax


def plot_rate_histogram(events: Events, *, observed_s: float, ax: Axes | None = None) -> Axes:
    """Draw how the mean rates of the units are spread (logarithmic axis; silent units in a bar of their own).

    Parameters
    ----------
    events : Events
    observed_s : float, s
        Observed time that counts are divided by.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 330, 170)
    rate = events.counts() / observed_s
    active = rate[rate > 0]
    if not len(active):
        return style.message(ax, "no unit fired")
    low, high = np.floor(np.log10(active.min()) * 4) / 4, np.ceil(np.log10(active.max()) * 4) / 4
    edges = np.arange(low, max(high, low + 0.25) + 0.1, 0.125)
    ax.stairs(np.histogram(np.log10(active), edges)[0], edges, fill=True, color=style.ACCENT, alpha=0.85)
    silent = int((rate == 0).sum())
    if silent:
        ax.bar([edges[0] - 0.25], [silent], width=0.125, color=style.OTHER)
        ax.text(
            edges[0] - 0.25, silent, "silent", ha="center", va="bottom", fontsize=style.SMALL - 1, color=style.MUTED
        )
    ticks = [t for t in range(int(np.floor(edges[0])), int(np.ceil(edges[-1])) + 1) if edges[0] - 0.1 <= t <= edges[-1]]
    minor = [np.log10(m) + t for t in range(int(np.floor(edges[0])), int(np.ceil(edges[-1]))) for m in (2, 5)]
    if len(ticks) < 2:
        ticks = sorted([*ticks, *(t for t in minor if edges[0] - 0.05 <= t <= edges[-1] + 0.05)])
    style.dress(ax, x="mean rate (Hz)", y="units", grid=True)
    ax.set_xticks(ticks, [f"{10.0**t:.3g}" for t in ticks])
    ax.yaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    return ax


def plot_units(recording: Recording, *, xy: NDArray[np.float64], ax: Axes | None = None) -> Axes:
    """Draw the units at their places: area follows the mean rate, colour the group (or the kind, without groups).

    Parameters
    ----------
    recording : Recording
    xy : (N, 2) float array
        Positions, for example of `node_layout`.
    ax : matplotlib Axes or None
    """
    ax = style.axes_or_new(ax, 480, 260, top=28)
    units = recording.units
    rate = np.zeros(units.n) if recording.events is None else recording.events.counts() / recording.duration
    groups = [g for g in dict.fromkeys(units.group.tolist()) if g]
    if groups:
        labels, names = np.array([groups.index(g) if g else -1 for g in units.group.tolist()]), groups
    else:
        labels = np.array([{1: 0, -1: 1, 0: -1}[s] for s in units.sign.tolist()])
        names = ["excitatory", "inhibitory"] if (units.sign != 0).any() else []
    area = 8 + 60 * rate / (rate.max(initial=0) or 1.0)
    for k in range(-1, min(len(names), len(style.CATEGORIES))):
        rows = np.flatnonzero(labels == k if k >= 0 else (labels < 0) | (labels >= len(style.CATEGORIES)))
        if len(rows):
            name = style.plain(names[k][:20]) if k >= 0 else ("other" if names else None)
            ax.scatter(
                xy[rows, 0], xy[rows, 1], s=area[rows], c=style.category(k), alpha=0.85, linewidths=0, label=name
            )
    ax.set_aspect("equal", adjustable="datalim")
    style.dress(ax, x="x (µm)", y="y (µm)")
    style.few_ticks(ax, "both", 5)
    if names:
        style.quiet_legend(ax, right=False)
    return ax
