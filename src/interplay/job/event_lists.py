"""What an event list needs said beside its networks: when it was, how long, and how many events each window holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from interplay.data import TemporalGraph
from interplay.infer.results import NetworkResult
from interplay.measures import rank_correlation
from interplay.measures.results import NetworkMeasures
from interplay.report import Section, Tile, words

_DAY_S = 86400.0
#: Times whose whole span lies between these years, counted in seconds since 1970, are taken for dates.
_FROM, _TO = datetime(1990, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp()
#: From this absolute Spearman correlation on, the report says that a measure moves with the number of events.
_MOVES = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class EventBaseline:
    """The trivial explanation of a measured event list.

    Attributes
    ----------
    per_window : (S,) int array
        Number of events in each window, self-loops included.
    correlation : dict of measure name to float
        Spearman correlation of each measure with `per_window`, in [-1, 1]; NaN where undefined.
    """

    per_window: NDArray[np.int64]
    correlation: dict[str, float]


def event_baseline(graph: TemporalGraph, measures: NetworkMeasures) -> EventBaseline:
    """Count the events of each window, and hold every measure against the counts.

    Parameters
    ----------
    graph : TemporalGraph
    measures : NetworkMeasures

    Returns
    -------
    EventBaseline
    """
    counts = np.diff(np.searchsorted(graph.time, measures.bounds), axis=1)[:, 0]
    rho = {name: rank_correlation(values, counts.astype(np.float64)) for name, values in measures.graph.items()}
    return EventBaseline(per_window=counts, correlation=rho)


def is_dated(graph: TemporalGraph) -> bool:
    """Tell whether the times can be seconds since 1970: the whole span lies in the years 1990 to 2099."""
    return graph.span[0] >= _FROM and graph.span[1] <= _TO


def date(seconds: float) -> str:
    """Write seconds since 1970 as a date and a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def length(seconds: float) -> str:
    """Write a length of time; from two days on, in days."""
    return f"{words.number(seconds / _DAY_S)} days" if seconds >= 2 * _DAY_S else words.duration(seconds)


def summary_section(graph: TemporalGraph, network: NetworkResult, measures: NetworkMeasures) -> Section:
    """Say what was observed and found, with the number of events beside it.

    Parameters
    ----------
    graph : TemporalGraph
    network : NetworkResult
    measures : NetworkMeasures

    Returns
    -------
    Section
    """
    snapshots = network.snapshots
    counts = np.diff(snapshots.pointer)
    window = length(float(np.median(np.diff(snapshots.bounds, axis=1))))
    span = length(graph.span[1] - graph.span[0])
    signed = "some of them negative" if (graph.weight < 0).any() else "none of them negative"
    lead = [
        f"{words.plural(len(graph), 'event')} between {words.plural(graph.n_nodes, 'node')}, {signed}, over {span}, "
        f"were cut into {words.plural(len(snapshots), 'window')} of {window}.",
        f"A window holds {words.plural(int(np.median(counts)), 'weighted edge')} in the median.",
        *_dates(graph, measures),
        _moves(event_baseline(graph, measures)),
    ]
    tiles = (
        Tile(value=words.number(graph.n_nodes), label="nodes"),
        Tile(value=words.number(len(graph)), label="events"),
        Tile(value=span, label="observed"),
        Tile(value=words.number(len(snapshots)), label="windows", note=f"of {window}"),
        Tile(value=words.number(len(measures.changes.time_s)), label="change points"),
    )
    return Section(key="summary", title="Summary", lead=tuple(lead), tiles=tiles, notes=graph.notes)


def _dates(graph: TemporalGraph, measures: NetworkMeasures) -> list[str]:
    if not is_dated(graph):
        return []
    said = [f"Read as seconds since 1970, the times begin at {date(graph.span[0])} and end at {date(graph.span[1])}."]
    changes = measures.changes.time_s.tolist()
    if changes:
        said.append(f"The network changed at {words.listing((date(t) for t in changes), most=12)}.")
    return said


def _moves(baseline: EventBaseline) -> str:
    known = {k: v for k, v in baseline.correlation.items() if np.isfinite(v)}
    if not known:
        return "No measure could be compared with the number of events per window."
    top = max(known, key=lambda k: abs(known[k]))
    moving = sum(abs(v) >= _MOVES for v in known.values())
    most = f"{words.plain_name(top)} has the largest, ρ = {words.score(known[top])}"
    if not moving:
        return (
            f"None of the {len(known)} network measures moves with the number of events per window "
            f"(all |Spearman ρ| < {_MOVES:g}; {most})."
        )
    return (
        f"{moving} of {words.plural(len(known), 'network measure')} move{'s' if moving == 1 else ''} with the number "
        f"of events per window (|Spearman ρ| ≥ {_MOVES:g}; {most}): there, activity alone may be the explanation."
    )
