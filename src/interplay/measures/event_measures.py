"""Everything about a stream of events in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import Graph, TemporalGraph
from interplay.measures.balances import signed_balance
from interplay.measures.event_bins import event_bounds
from interplay.measures.event_courses import event_course, walk_over_bins
from interplay.measures.event_pairs import mean_novelty, repeat_share, temporal_edges, undirected_pairs
from interplay.measures.event_results import EventMeasures, SignedBalance, TemporalEdges
from interplay.measures.event_timing import between_events, burstiness, memory_coefficient, node_burstiness
from interplay.measures.friendships import friendship_paradox
from interplay.measures.temporal_motifs import count_temporal_motifs
from interplay.measures.time_paths import reachability

#: Bins where nobody asks for others.
_BINS = 50


class EventMeasure(NamedTuple):
    """What a number says.

    Attributes
    ----------
    range : str
    higher : str
        What a higher value means.
    definition : str
    """

    range: str
    higher: str
    definition: str


#: Every scalar of `measure_events`, by name.
EVENT_MEASURES: Mapping[str, EventMeasure] = MappingProxyType(
    {
        "events": EventMeasure("[1, inf)", "more data", "Number of events, self-loops included."),
        "nodes": EventMeasure("[1, N]", "more take part", "Nodes with an event."),
        "pairs": EventMeasure("[1, inf)", "more who meet whom", "Ordered pairs that met."),
        "times": EventMeasure("[1, E]", "finer times", "Different times."),
        "tie_share": EventMeasure("[0, 1]", "order less known", "Share of events that share their time with another."),
        "self_loops": EventMeasure("[0, E]", "more events of nodes with themselves", "Events from a node to itself."),
        "negative_share": EventMeasure("[0, 1]", "more negative", "Share of events with a weight below 0."),
        "reciprocity": EventMeasure(
            "[0, 1]", "more is returned", "Share of pairs whose opposite met too, loops aside."
        ),
        "events_per_pair": EventMeasure("[1, inf)", "pairs meet more often", "Events over ordered pairs."),
        "surprise": EventMeasure(
            "[0, 1]", "memory helps less", "Share of the pairs after the split that did not meet before it."
        ),
        "reoccurrence": EventMeasure(
            "[0, 1]", "more pairs return", "Share of the pairs before the split that meet again after it."
        ),
        "repeat_share": EventMeasure(
            "[0, 1]", "memory helps more", "Share of the events after the split whose pair met before it."
        ),
        "novelty": EventMeasure("[0, 1]", "more is new", "Mean over bins of the share of pairs that never met before."),
        "node_activity": EventMeasure(
            "[0, 1]",
            "nodes are there more of the time",
            "Mean over nodes of the share of bins with an event of theirs.",
        ),
        "burstiness": EventMeasure(
            "[-1, 1]", "burstier; 0 random, -1 regular", "Median over nodes with 6 events, corrected for their number."
        ),
        "stream_burstiness": EventMeasure("[-1, 1]", "burstier; 0 random, -1 regular", "Of the stream as a whole."),
        "memory": EventMeasure(
            "[-1, 1]", "short times follow short ones", "Correlation of consecutive times between events of the stream."
        ),
        "friendship_paradox": EventMeasure(
            "[0, 1]", "partners have more partners", "Share of nodes with fewer partners than theirs have on average."
        ),
        "reachability": EventMeasure(
            "[0, 1]", "news gets further", "Share of ordered pairs that a path of rising times joins; 256 sources."
        ),
        "balanced_triangles": EventMeasure(
            "[0, 1]", "more balanced", "Share of signed triangles with an even number of negative sides."
        ),
        "balance_excess": EventMeasure(
            "(-inf, inf)", "more balanced than chance", "That share minus its mean under shuffled signs, over its sd."
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class EventConfig:
    """Settings of `measure_events`, kept in its result."""

    bins: int | None
    unit: str | None
    share: float
    motif_window_s: float | None
    draws: int
    seed: int


def measure_events(
    graph: TemporalGraph,
    *,
    bins: int | None = None,
    unit: str | None = None,
    share: float = 0.85,
    motif_window_s: float | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> EventMeasures:
    """Measure a stream: its size, its novelty, its rhythm, its motifs and its balance.

    Parameters
    ----------
    graph : TemporalGraph
        With at least one event.
    bins, unit
        Bins of time as of `event_bounds`; neither given: 50 bins, or as many as the resolution of the times allows.
    share : float, in (0, 1)
        Share of the events before the split of surprise and reoccurrence.
    motif_window_s : float, s, > 0, or None
        Window of the temporal motifs; None does not count them.
    draws : int, >= 1
        Of the null of balance.
    seed : int, >= 0
        Of the null of balance, of the divisions, and of the sources of reachability.
    progress : callable or None
        Called as progress(done, total) after each part.

    Returns
    -------
    EventMeasures

    Raises
    ------
    DataError
        If there is no event.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    O(E log E) but for motifs and balance, whose pages give their cost.

    Examples
    --------
    >>> two = TemporalGraph(src=[0, 1], dst=[1, 0], time=[0.0, 3.0], n_nodes=2, span=(0.0, 4.0))
    >>> measure_events(two, bins=2).course["new_pairs"].tolist()
    [1.0, 1.0]
    """
    require_setting("share", share, above=0, below=1)
    require_setting("draws", draws, least=1, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    if motif_window_s is not None:
        require_setting("motif_window_s", motif_window_s, above=0)
    if len(graph) == 0:
        raise DataError("`graph` must hold an event to be measured, got none.")
    config = EventConfig(
        bins=_usual_bins(graph) if bins is None and unit is None else bins,
        unit=unit,
        share=share,
        motif_window_s=motif_window_s,
        draws=draws,
        seed=seed,
    )
    said = progress or (lambda done, total: None)
    bounds = event_bounds(graph, bins=config.bins, unit=unit)
    edges = temporal_edges(graph, bounds, share=share)
    said(1, 5)
    walk = walk_over_bins(graph, edges)
    course = event_course(graph, edges, walk)
    scalars = _sizes(graph, edges, int(np.count_nonzero(walk.active))) | {
        "surprise": _mean(~edges.in_train[edges.in_test]),
        "reoccurrence": _mean(edges.in_test[edges.in_train]),
        "repeat_share": repeat_share(graph, share=share),
        "novelty": mean_novelty(edges),
    }
    scalars["node_activity"] = _mean(walk.active[walk.active > 0] / len(bounds))
    said(2, 5)
    gaps = {"node": between_events(graph, "node")[0], "pair": between_events(graph, "pair")[0]}
    whole = between_events(graph, "stream")[0]
    own = node_burstiness(graph)
    scalars["burstiness"] = float(np.nanmedian(own)) if np.isfinite(own).any() else float("nan")
    scalars["stream_burstiness"], scalars["memory"] = burstiness(whole), memory_coefficient(whole)
    scalars["friendship_paradox"] = _friends(graph.n_nodes, edges)
    scalars["reachability"] = reachability(graph, seed=seed)
    said(3, 5)
    motifs = {} if motif_window_s is None else count_temporal_motifs(graph, motif_window_s)
    said(4, 5)
    signed = bool((graph.weight < 0).any() and (graph.weight > 0).any())
    balance = signed_balance(graph, draws=draws, seed=seed) if signed else None
    if balance is not None:
        scalars["balanced_triangles"] = balance.balanced
        spread = balance.null_sd
        scalars["balance_excess"] = (balance.balanced - balance.null_mean) / spread if spread > 0 else float("nan")
    said(5, 5)
    return EventMeasures(
        config=config,
        made_from=graph.digest,
        seed=seed,
        notes=(*_few_bins(config, bins, unit), *_notes(graph, scalars, balance)),
        citations=_cited(motifs, balance),
        scalars=scalars,
        course=course,
        edges=edges,
        degrees=walk.degrees,
        between_events=gaps,
        motifs=motifs,
        motif_window_s=motif_window_s,
        balance=balance,
    )


def _usual_bins(graph: TemporalGraph) -> int:
    """Give 50 bins, or fewer where the span holds fewer than a hundred different floats."""
    start, stop = graph.span
    return int(np.clip((stop - start) / (2 * np.spacing(max(abs(start), abs(stop)))), 1, _BINS))


def _sizes(graph: TemporalGraph, edges: TemporalEdges, nodes: int) -> dict[str, float]:
    same = graph.time[1:] == graph.time[:-1]
    tied = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    ways = np.bincount(undirected_pairs(edges)[0])
    return {
        "events": float(len(graph)),
        "nodes": float(nodes),
        "pairs": float(len(edges.pair)),
        "times": float(len(graph) - same.sum()),
        "tie_share": float(tied.mean()),
        "self_loops": float((graph.src == graph.dst).sum()),
        "negative_share": float((graph.weight < 0).mean()),
        "reciprocity": float(ways[ways == 2].sum() / ways.sum()) if len(ways) else float("nan"),
        "events_per_pair": len(graph) / len(edges.pair),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _friends(n_nodes: int, edges: TemporalEdges) -> float:
    low, high = undirected_pairs(edges)[1:]
    if not len(low):
        return float("nan")
    flat = Graph.from_edges(low, high, n_nodes=n_nodes, directed=False)
    return float(friendship_paradox(flat).share)


def _few_bins(config: EventConfig, bins: int | None, unit: str | None) -> tuple[str, ...]:
    if bins is not None or unit is not None or config.bins == _BINS:
        return ()
    return (f"The times are so close together for their size that the span was cut into {config.bins} bins only.",)


def _notes(graph: TemporalGraph, scalars: Mapping[str, float], balance: SignedBalance | None) -> tuple[str, ...]:
    said = []
    if scalars["tie_share"] > 0.5:
        said.append(
            f"{scalars['tie_share']:.0%} of the events share their time with another: what depends on order (motifs, "
            "times between events) is known roughly only."
        )
    if scalars["self_loops"]:
        said.append(f"{scalars['self_loops']:.0f} events of a node with itself count as events, and not as edges.")
    if balance is None:
        said.append("The events have one sign only, so balance is not asked.")
    return tuple(said)


def _cited(motifs: Mapping[str, int], balance: SignedBalance | None) -> tuple[str, ...]:
    found = [
        "feld1991friends", "goh2008burstiness", "holme2005reachability", "kim2016measuring", "poursafaei2022better",
        "shirzadkhani2024tgx",
    ]  # fmt: skip
    if motifs:
        found.append("paranjape2017motifs")
    if balance is not None:
        found += ["aref2018measuring", "cartwright1956structural", "leskovec2010signed"]
    return tuple(sorted(found))
