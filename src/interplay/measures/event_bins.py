"""Bins of time over a stream, the snapshots they make, and streams of fewer nodes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import Snapshots, TemporalGraph

#: Lengths in seconds; a month has 30 days and a year 365, as in TGX.
UNITS: Mapping[str, float] = MappingProxyType(
    {
        "second": 1.0,
        "minute": 60.0,
        "hour": 3600.0,
        "2 hours": 7200.0,
        "4 hours": 14400.0,
        "6 hours": 21600.0,
        "12 hours": 43200.0,
        "day": 86400.0,
        "2 days": 172800.0,
        "4 days": 345600.0,
        "week": 604800.0,
        "month": 2592000.0,
        "year": 31536000.0,
        "2 years": 63072000.0,
    }
)
#: More bins than this are refused: their bounds alone would fill the memory.
_MOST = 1 << 24

Weights = Literal["sum", "count"]


def event_bounds(graph: TemporalGraph, *, bins: int | None = None, unit: str | None = None) -> NDArray[np.float64]:
    """Lay equal half-open bins over the observed span.

    Parameters
    ----------
    graph : TemporalGraph
    bins : int, >= 1, or None
        Number of bins.
    unit : str or None
        Length of a bin, of `UNITS`; counted from the start of the span, so that the last bin may be shorter. One of
        the two is given.

    Returns
    -------
    (S, 2) float64 array, s
        Every moment of the span lies in exactly one bin; the first holds the first event and what comes after it (in
        TGX 0.4.0 it holds the events of the first time alone).

    Raises
    ------
    ConfigError
        If both or none are given, the unit is unknown, or there would be too many bins.
    """
    if (bins is None) == (unit is None):
        raise ConfigError(f"one of `bins` and `unit` must be given, got bins={bins} and unit={unit!r}.")
    start, stop = graph.span
    if bins is not None:
        require_setting("bins", bins, least=1, most=_MOST, whole=True)
        edges = np.linspace(start, stop, bins + 1)
    else:
        if unit not in UNITS:
            raise ConfigError(unknown_name("`unit`", str(unit), UNITS))
        length = UNITS[str(unit)]
        if (stop - start) / length > _MOST:
            raise ConfigError(f"`unit`={unit!r} would make more than {_MOST} bins of this span. Take a longer one.")
        edges = np.append(np.arange(start, stop, length), stop)
    if (np.diff(edges) <= 0).any():
        raise ConfigError(
            f"bins must be longer than the resolution of the times near {start:g} s, got {len(edges) - 1} bins of a "
            f"span of {stop - start:g} s. Take fewer."
        )
    return np.column_stack([edges[:-1], edges[1:]])


def discretise(
    graph: TemporalGraph, *, bins: int | None = None, unit: str | None = None, weights: Weights = "sum"
) -> Snapshots:
    """Turn a stream into one network per bin of time.

    Parameters
    ----------
    graph : TemporalGraph
    bins, unit
        As of `event_bounds`.
    weights : {"sum", "count"}
        What an edge of a bin weighs: the sum of its events' weights, or their number.

    Returns
    -------
    Snapshots
        Directed; each pair of a bin once.
    """
    if weights not in ("sum", "count"):
        raise ConfigError(unknown_name("`weights`", weights, ("sum", "count")))
    bounds = event_bounds(graph, bins=bins, unit=unit)
    from interplay.measures.event_pairs import bins_of, counted, list_meetings
    from interplay.ops.meetings import add_weights, number_pairs

    n, s = max(graph.n_nodes, 1), len(bounds)
    at = bins_of(graph, bounds)
    number, keys = number_pairs(graph.src, graph.dst, n)
    pair, when, _, last = list_meetings(number, at, len(keys))
    total = np.zeros(len(pair))
    each = graph.weight if weights == "sum" else np.ones(len(graph))
    add_weights(number, at, each, pair, when, last, total)
    rank = np.empty(len(keys), np.int64)
    rank[np.argsort(keys)] = np.arange(len(keys))
    order = counted(counted(np.arange(len(pair)), rank[pair], len(keys)), when, s)
    src, dst = np.divmod(keys, n)
    return Snapshots(
        bounds=bounds,
        pointer=np.concatenate([[0], np.cumsum(np.bincount(when, minlength=s))]),
        src=src[pair[order]],
        dst=dst[pair[order]],
        weight=total[order],
        n_nodes=graph.n_nodes,
        directed=True,
    )


def subsample(
    graph: TemporalGraph, nodes: ArrayLike | None = None, *, n: int | None = None, seed: int = 0
) -> TemporalGraph:
    """Keep the events that touch some nodes.

    Parameters
    ----------
    graph : TemporalGraph
    nodes : (K,) int array, in [0, N), or None
        Which; None draws `n` of those that have an event.
    n : int, >= 1, or None
    seed : int, >= 0
        Of the draw.

    Returns
    -------
    TemporalGraph
        Of the same nodes and span.

    Raises
    ------
    ConfigError
        If both or none of `nodes` and `n` are given.
    DataError
        If there are fewer than `n` nodes with an event, or an id is out of range.
    """
    if (nodes is None) == (n is None):
        raise ConfigError("one of `nodes` and `n` must be given, got both or neither.")
    if nodes is None:
        require_setting("n", n or 0, least=1, whole=True)
        active = np.unique(np.concatenate([graph.src, graph.dst]))
        if n is not None and n > len(active):
            raise DataError(f"`n` must be at most the number of nodes with an event, {len(active)}, got {n}. Lower it.")
        chosen = stream(seed, "subsample").choice(active, n, replace=False)
    else:
        chosen = Shapes().array("nodes", nodes, "K", "int")
        require_ids("nodes", chosen, graph.n_nodes, "n_nodes")
    mark = np.zeros(graph.n_nodes, bool)
    mark[chosen] = True
    return graph.take(mark[graph.src] | mark[graph.dst])
