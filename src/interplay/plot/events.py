"""Pictures of a stream of events: what is new in every bin, which pairs meet when, and how regular it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from interplay.measures.event_results import EventMeasures, TemporalEdges
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DAY_S = 86400.0
#: Rows and columns of the picture of pairs over time, at most: more pairs share a row.
_ROWS = 400
#: Bins of a histogram over a logarithmic axis.
_BINS = 48


def date_axis(ax: Axes, *, most: int = 6) -> Axes:
    """Write times in seconds since 1970 as dates along the horizontal axis.

    Parameters
    ----------
    ax : Axes
        Its limits are set.
    most : int
        Ticks, at most.

    Returns
    -------
    Axes
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter

    low, high = ax.get_xlim()
    days = (high - low) / _DAY_S
    ticks, shown = _dates(low, high, most)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: datetime.fromtimestamp(value, UTC).strftime(shown)))
    ax.set_xlim(low, high)
    ax.set_xlabel("date" if days >= 2 else "time of day (UTC)")
    return ax


def _dates(low: float, high: float, most: int) -> tuple[list[float], str]:
    """Choose round dates within an interval, and how they are written."""
    first, last = (datetime.fromtimestamp(t, UTC) for t in (low, high))
    days = (high - low) / _DAY_S
    if days > 60:
        months = [
            datetime(year, month, 1, tzinfo=UTC) for year in range(first.year, last.year + 1) for month in range(1, 13)
        ]
        for every in (1, 2, 3, 6, 12, 24, 60, 120, 240):
            kept = [m for m in months if ((m.year - 1970) * 12 + m.month - 1) % every == 0 and first <= m <= last]
            if len(kept) <= most:
                break
        return [m.timestamp() for m in kept], "%Y" if every >= 12 else "%b %Y"
    steps: tuple[float, ...] = (
        1.0,
        2.0,
        5.0,
        10.0,
        30.0,
        60.0,
        300.0,
        600.0,
        1800.0,
        3600.0,
        10800.0,
        21600.0,
        43200.0,
    )
    if days >= 2:
        steps = (_DAY_S, 2 * _DAY_S, 7 * _DAY_S, 14 * _DAY_S)
    step = next((s for s in steps if (high - low) / s <= most), steps[-1])
    ticks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    if step >= _DAY_S:
        return ticks.tolist(), "%d %b"
    return ticks.tolist(), "%d %b %H:%M" if days >= 1 else "%H:%M:%S" if step < 60 else "%H:%M"


def plot_tea(edges: TemporalEdges, *, ax: Axes | None = None) -> Axes:
    """Draw how many pairs of every bin are new, and how many met before: temporal edge appearance.

    Parameters
    ----------
    edges : TemporalEdges
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 220, top=26)
    start, width = edges.bounds[:, 0], np.diff(edges.bounds, axis=1)[:, 0]
    ax.bar(start, edges.repeated, width, align="edge", color=style.CATEGORIES[6], linewidth=0, label="met before")
    ax.bar(
        start, edges.new, width, bottom=edges.repeated, align="edge", color=style.NEGATIVE, linewidth=0,
        label="met for the first time",
    )  # fmt: skip
    ax.set_xlim(float(edges.bounds[0, 0]), float(edges.bounds[-1, 1]))
    style.dress(ax, x="time (s)", y="pairs", grid=True)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    return ax


def plot_tet(edges: TemporalEdges, *, ax: Axes | None = None) -> Axes:
    """Draw which pairs met in which bin, by whether training, the test, or both know them: temporal edge traffic.

    Parameters
    ----------
    edges : TemporalEdges
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
        Pairs from top to bottom by their first meeting, then their last; where there are more than fit, neighbouring
        ones share a row, which shows one kind: both, else the test with a node that training does not know, else the
        test.
    """
    from matplotlib.colors import ListedColormap

    ax = style.axes_or_new(ax, 620, 300, top=26)
    n, bins = len(edges.pair), len(edges.bounds)
    if not n:
        return style.message(ax, "no pair met")
    rows = min(n, _ROWS)
    kind = np.where(edges.in_train & edges.in_test, 4, np.where(edges.in_test, 2 + edges.inductive, 1))
    image = np.zeros((rows, bins), dtype=np.uint8)
    np.maximum.at(image, (edges.cell_pair * rows // n, edges.cell_bin), kind[edges.cell_pair].astype(np.uint8))
    colours = ListedColormap(["#00000000", style.MUTED, style.NEGATIVE, style.CATEGORIES[1], style.CATEGORIES[0]])
    ax.imshow(
        image, cmap=colours, vmin=0, vmax=4, aspect="auto", interpolation="none",
        extent=(float(edges.bounds[0, 0]), float(edges.bounds[-1, 1]), n, 0),
    )  # fmt: skip
    ax.axvline(edges.split_s, color=style.INK, linewidth=1, dashes=(3, 2))
    style.dress(ax, x="time (s)", y="pairs, by first meeting")
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    return ax


def tet_legend(ax: Axes, *, columns: int = 4) -> None:
    """Name the colours of `plot_tet` above its panel.

    Parameters
    ----------
    ax : Axes
    columns : int
    """
    for text, colour in (
        ("training only", style.MUTED),
        ("training and test", style.CATEGORIES[0]),
        ("test, known nodes", style.NEGATIVE),
        ("test, new nodes", style.CATEGORIES[1]),
    ):
        ax.plot([], [], "s", color=colour, label=text, ms=6)
    style.quiet_legend(ax, right=False, columns=columns)


def plot_event_course(measures: EventMeasures, name: str, *, label: str = "", ax: Axes | None = None) -> Axes:
    """Draw one number of every bin over time.

    Parameters
    ----------
    measures : EventMeasures
    name : str
        A key of ``measures.course``.
    label : str
        Of the vertical axis; the name where empty.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 130)
    bounds, values = measures.edges.bounds, measures.course[name]
    ax.stairs(values, np.append(bounds[:, 0], bounds[-1, 1]), color=style.INK, linewidth=1.4)
    if name == "events" and measures.course["negative_events"].any():
        edges = np.append(bounds[:, 0], bounds[-1, 1])
        ax.stairs(measures.course["negative_events"], edges, color=style.NEGATIVE, linewidth=1.2, label="negative")
    ax.set_xlim(float(bounds[0, 0]), float(bounds[-1, 1]))
    ax.set_ylim(bottom=0)
    style.dress(ax, x="time (s)", y=label or name.replace("_", " "), grid=True)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 3)
    return ax


def plot_between_events(measures: EventMeasures, *, ax: Axes | None = None) -> Axes:
    """Draw how long nodes and pairs wait for their next event, on two logarithmic axes.

    Parameters
    ----------
    measures : EventMeasures
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
        Densities per second of the times above 0; dashed: waiting at random with the same mean, for nodes.
    """
    ax = style.axes_or_new(ax, 420, 260, top=26)
    drawn = 0
    for name, colour, label in (("node", style.ACCENT, "of a node"), ("pair", style.CATEGORIES[1], "of a pair")):
        times = measures.between_events[name]
        times = times[times > 0]
        if len(times) < 2 or times.min() == times.max():
            continue
        edges = np.geomspace(float(times.min()), float(times.max()) * (1 + 1e-9), _BINS + 1)
        height = np.histogram(times, edges)[0] / np.diff(edges) / len(times)
        seen = height > 0
        centre = np.sqrt(edges[1:] * edges[:-1])
        ax.plot(centre[seen], height[seen], "o-", color=colour, ms=3, lw=1.2, label=label)
        if name == "node":
            mean = float(times.mean())
            usual = np.exp(-centre / mean) / mean
            fits = usual > height[seen].min() / 10
            ax.plot(centre[fits], usual[fits], color=style.MUTED, lw=1.1, dashes=(5, 2), label="at random")
        drawn += 1
    if not drawn:
        return style.message(ax, "too few times between events")
    ax.set_xscale("log")
    ax.set_yscale("log")
    style.dress(ax, x="time to the next event (s)", y="density (1/s)", grid=True)
    return ax
