"""Who met whom, when first, when again: one sort of the pairs, from which novelty, surprise, TEA and TET follow.

References
----------
Shirzadkhani, Yang, Kooshafar et al. (2024), WSDM (TGX): TEA and TET plots, novelty, reoccurrence, surprise.
Poursafaei, Huang, Pelrine, Rabbany (2022), NeurIPS Datasets and Benchmarks 35: the same indices and plots.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay.data import TemporalGraph
from interplay.measures.event_results import TemporalEdges

Ids = NDArray[np.int64]


def split_time(graph: TemporalGraph, share: float = 0.85) -> float:
    """Give the time at which testing begins.

    Parameters
    ----------
    graph : TemporalGraph
        With an event.
    share : float, in (0, 1)

    Returns
    -------
    float, s
        Just after the quantile of the events' times: events at the quantile itself are trained on.
    """
    require_setting("share", share, above=0, below=1)
    if len(graph) == 0:
        raise DataError("`graph` must hold an event to be split, got none.")
    return float(np.nextafter(np.quantile(graph.time, share), np.inf))


def surprise(graph: TemporalGraph, *, share: float = 0.85) -> float:
    """Share of the pairs of the test that did not meet in training: |test - train| / |test|.

    Parameters
    ----------
    graph : TemporalGraph
    share : float, in (0, 1)
        Of the events that are trained on, by time.

    Returns
    -------
    float, in [0, 1]
        Ordered pairs, each once. High: remembering pairs foretells little. NaN without an event in the test.
    """
    train, test = _sides(graph, share)
    return float(1 - np.isin(test, train, assume_unique=True).mean()) if len(test) else float("nan")


def reoccurrence(graph: TemporalGraph, *, share: float = 0.85) -> float:
    """Share of the pairs of training that meet again in the test: |train and test| / |train|.

    Parameters
    ----------
    graph : TemporalGraph
    share : float, in (0, 1)
        Of the events that are trained on, by time.

    Returns
    -------
    float, in [0, 1]
        Ordered pairs, each once. High: pairs come back.
    """
    train, test = _sides(graph, share)
    return float(np.isin(train, test, assume_unique=True).mean()) if len(train) else float("nan")


def repeat_share(graph: TemporalGraph, *, share: float = 0.85) -> float:
    """Share of the events of the test whose pair met in training.

    Parameters
    ----------
    graph : TemporalGraph
    share : float, in (0, 1)
        Of the events that are trained on, by time.

    Returns
    -------
    float, in [0, 1]
        What an unlimited memory of training pairs can know. NaN without an event in the test.
    """
    stop = int(np.searchsorted(graph.time, split_time(graph, share)))
    keys = _keys(graph)
    return float(np.isin(keys[stop:], np.unique(keys[:stop])).mean()) if stop < len(keys) else float("nan")


def novelty(graph: TemporalGraph, bounds: NDArray[np.float64]) -> float:
    """Mean over bins of the share of pairs that never met before.

    Parameters
    ----------
    graph : TemporalGraph
    bounds : (S, 2) float array, s
        Consecutive bins.

    Returns
    -------
    float, in [0, 1]
        Over the bins in which anything met; NaN if there is none.
    """
    found = temporal_edges(graph, bounds)
    total = found.new + found.repeated
    return float((found.new[total > 0] / total[total > 0]).mean()) if (total > 0).any() else float("nan")


def temporal_edges(graph: TemporalGraph, bounds: NDArray[np.float64], *, share: float = 0.85) -> TemporalEdges:
    """Say of every pair in which bins it met; what TEA and TET plots show.

    Parameters
    ----------
    graph : TemporalGraph
    bounds : (S, 2) float array, s
        Consecutive bins that cover the span.
    share : float, in (0, 1)
        Of the events before the split, by time.

    Returns
    -------
    TemporalEdges

    Raises
    ------
    DataError
        If bins leave a gap or overlap, or miss an event.

    Notes
    -----
    O(E log E): one sort of the pairs, one of (bin, pair). A pair that only meets again within the bin of its first
    meeting is new there, and not repeated.
    """
    bins = bins_of(graph, bounds)
    n = max(graph.n_nodes, 1)
    keys, number = np.unique(_keys(graph), return_inverse=True)
    cell = np.unique(bins * max(len(keys), 1) + number)
    cell_bin, cell_pair = np.divmod(cell, max(len(keys), 1))
    first = np.full(len(keys), len(bounds), np.int64)
    last = np.full(len(keys), -1, np.int64)
    np.minimum.at(first, cell_pair, cell_bin)
    np.maximum.at(last, cell_pair, cell_bin)
    fresh = cell_bin == first[cell_pair]
    new = np.bincount(cell_bin[fresh], minlength=len(bounds))
    repeated = np.bincount(cell_bin[~fresh], minlength=len(bounds))
    cut = split_time(graph, share) if len(graph) else graph.span[1]
    stop = int(np.searchsorted(graph.time, cut))
    in_train, in_test = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
    in_train[number[:stop]], in_test[number[stop:]] = True, True
    known = np.zeros(n, bool)
    known[graph.src[:stop]], known[graph.dst[:stop]] = True, True
    src, dst = np.divmod(keys, n)
    order = np.lexsort((keys, last, first))
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    place = np.lexsort((rank[cell_pair], cell_bin))
    return TemporalEdges(
        bounds=bounds,
        pair=np.column_stack([src, dst])[order],
        cell_pair=rank[cell_pair][place],
        cell_bin=cell_bin[place],
        first=first[order],
        last=last[order],
        new=new,
        repeated=repeated,
        split_s=cut,
        in_train=in_train[order],
        in_test=in_test[order],
        inductive=(in_test & ~(known[src] & known[dst]))[order],
    )


def bins_of(graph: TemporalGraph, bounds: NDArray[np.float64]) -> Ids:
    """Give the bin of every event, (E,) int64.

    Parameters
    ----------
    graph : TemporalGraph
    bounds : (S, 2) float array, s

    Returns
    -------
    (E,) int64 array
    """
    edges = Shapes().array("bounds", bounds, "S 2")
    if len(edges) == 0 or (edges[1:, 0] != edges[:-1, 1]).any() or (edges[:, 0] >= edges[:, 1]).any():
        raise DataError(
            "`bounds` must be consecutive bins, each beginning where the one before ends. Use `event_bounds`."
        )
    if len(graph) and (graph.time[0] < edges[0, 0] or graph.time[-1] >= edges[-1, 1]):
        raise DataError(
            f"`bounds` must cover all events, [{graph.time[0]:g}, {graph.time[-1]:g}] s, got [{edges[0, 0]:g}, "
            f"{edges[-1, 1]:g}) s. Widen them, or cut the events."
        )
    return np.searchsorted(edges[:, 0], graph.time, side="right") - 1


def _keys(graph: TemporalGraph) -> Ids:
    return graph.src * max(graph.n_nodes, 1) + graph.dst


def _sides(graph: TemporalGraph, share: float) -> tuple[Ids, Ids]:
    stop = int(np.searchsorted(graph.time, split_time(graph, share)))
    keys = _keys(graph)
    return np.unique(keys[:stop]), np.unique(keys[stop:])
