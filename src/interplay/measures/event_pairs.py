"""Who met whom, when first, when again: pairs are numbered, and novelty, surprise, TEA and TET are counted.

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
    return _part(~train[test])


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
    return _part(test[train])


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
    from interplay.ops.meetings import number_pairs

    stop = int(np.searchsorted(graph.time, split_time(graph, share)))
    number, keys = number_pairs(graph.src, graph.dst, max(graph.n_nodes, 1))
    return _part(_known(number, stop, len(keys))[0][number[stop:]])


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
    return mean_novelty(temporal_edges(graph, bounds))


def mean_novelty(edges: TemporalEdges) -> float:
    """Give `novelty` from what is known of the pairs.

    Parameters
    ----------
    edges : TemporalEdges

    Returns
    -------
    float, in [0, 1]
    """
    total = edges.new + edges.repeated
    return float((edges.new[total > 0] / total[total > 0]).mean()) if (total > 0).any() else float("nan")


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
    O(E + P log P): events are counted into place, and the P pairs alone are sorted. A pair that only meets again within
    the bin of its first meeting is new there, and not repeated.
    """
    from interplay.ops.meetings import number_pairs

    bins = bins_of(graph, bounds)
    n, s = max(graph.n_nodes, 1), len(bounds)
    number, keys = number_pairs(graph.src, graph.dst, n)
    pair, cell_bin, before, last = list_meetings(number, bins, len(keys))
    first = cell_bin[before < 0]  # pairs are numbered as they come, and so are their first cells
    last = cell_bin[last]
    new = np.bincount(first, minlength=s)
    cut = split_time(graph, share) if len(graph) else graph.span[1]
    stop = int(np.searchsorted(graph.time, cut))
    in_train, in_test = _known(number, stop, len(keys))
    known = np.zeros(n, bool)
    known[graph.src[:stop]], known[graph.dst[:stop]] = True, True
    src, dst = np.divmod(keys, n)
    order = counted(counted(np.argsort(keys), last, s), first, s)
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    cell_pair = rank[pair]
    place = counted(counted(np.arange(len(pair)), cell_pair, len(keys)), cell_bin, s)
    return TemporalEdges(
        bounds=bounds,
        pair=np.column_stack([src, dst])[order],
        cell_pair=cell_pair[place],
        cell_bin=cell_bin[place],
        first=first[order],
        last=last[order],
        new=new,
        repeated=np.bincount(cell_bin, minlength=s) - new,
        split_s=cut,
        in_train=in_train[order],
        in_test=in_test[order],
        inductive=(in_test & ~(known[src] & known[dst]))[order],
    )


def undirected_pairs(edges: TemporalEdges) -> tuple[Ids, Ids, Ids]:
    """Join both directions of every pair; self-loops are left out.

    Parameters
    ----------
    edges : TemporalEdges

    Returns
    -------
    number : (R,) int64 array, in [0, U)
        Of every ordered pair of different nodes, the undirected pair it belongs to.
    low, high : (U,) int64 arrays
        Nodes of the undirected pairs, in the order they first met.
    """
    from interplay.ops.meetings import number_pairs

    real = edges.pair[edges.pair[:, 0] != edges.pair[:, 1]]
    n = int(real.max(initial=0)) + 1
    number, keys = number_pairs(real.min(axis=1, initial=n), real.max(axis=1, initial=0), n)
    low, high = np.divmod(keys, n)
    return number, low, high


def counted(numbers: Ids, key: Ids, n_keys: int) -> Ids:
    """Order numbers by a small whole key; equal ones stay in their order.

    Parameters
    ----------
    numbers : (M,) int64 array
    key : (M,) int64 array, in [0, n_keys)
        By number.
    n_keys : int

    Returns
    -------
    (M,) int64 array
    """
    from interplay.ops.meetings import order_by

    out = np.empty_like(numbers)
    order_by(numbers, key, np.zeros(n_keys + 1, np.int64), out)
    return out


def list_meetings(number: Ids, bins: Ids, n_pairs: int) -> tuple[Ids, Ids, Ids, Ids]:
    """List every pair once for every bin in which it meets, in order of time.

    Parameters
    ----------
    number : (E,) int array, in [0, P)
    bins : (E,) int array, never falling
    n_pairs : int

    Returns
    -------
    pair, bin, before : (C,) int64 arrays
        `before` is the bin of the meeting before, -1 at the first.
    last : (P,) int64 array
        Where the last meeting of each pair stands.
    """
    from interplay.ops.meetings import list_cells

    last = np.full(n_pairs, -1, np.int64)
    cells = np.empty((3, len(number)), np.int64)
    count = list_cells(number, bins, last, cells[0], cells[1], cells[2])
    return cells[0, :count], cells[1, :count], cells[2, :count], last


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
    return np.repeat(np.arange(len(edges)), np.diff(np.append(np.searchsorted(graph.time, edges[:, 0]), len(graph))))


def _known(number: Ids, stop: int, n_pairs: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of every pair whether it meets among the first `stop` events, and whether after."""
    train, test = np.zeros(n_pairs, bool), np.zeros(n_pairs, bool)
    train[number[:stop]], test[number[stop:]] = True, True
    return train, test


def _sides(graph: TemporalGraph, share: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    from interplay.ops.meetings import number_pairs

    stop = int(np.searchsorted(graph.time, split_time(graph, share)))
    number, keys = number_pairs(graph.src, graph.dst, max(graph.n_nodes, 1))
    return _known(number, stop, len(keys))


def _part(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")
