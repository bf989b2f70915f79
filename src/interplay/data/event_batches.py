"""Batches and splits of a stream of events: neither ever cuts through events of one time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data.temporal_graph import TemporalGraph


def event_batches(
    time: NDArray[np.float64], size: int, *, start: int = 0, stop: int | None = None
) -> NDArray[np.int64]:
    """Cut a stream into consecutive batches that keep events of one time together.

    Parameters
    ----------
    time : (E,) float array, s, never decreasing
    size : int, events, >= 1
        A batch ends at the first change of time from this many events on: it is longer where events are tied.
    start, stop : int
        Only the events start to stop - 1; stop None: to the end.

    Returns
    -------
    (B + 1,) int64 array
        Batch b holds the events ``out[b]:out[b + 1]``; [start] alone where there is no event.

    Notes
    -----
    Whoever scores a batch before writing any of it has then seen strictly earlier times only.
    """
    require_setting("size", size, least=1, whole=True)
    end = len(time) if stop is None else stop
    cuts = [start]
    while cuts[-1] < end:
        k = cuts[-1] + size
        if k < end and time[k] == time[k - 1]:
            k = int(np.searchsorted(time, time[k], side="right"))
        cuts.append(min(k, end))
    return np.array(cuts, dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class EventSplit:
    """A stream cut by time into what is learnt from, what is watched, and what is told.

    Attributes
    ----------
    graph : TemporalGraph
        The whole stream, E events.
    train_stop, validation_stop : int
        Events 0 to train_stop - 1 are for training, those up to validation_stop - 1 for validation, the rest for
        testing. No two events of one time are on different sides.
    hidden : (N,) bool array
        Nodes whose events were taken out of training, to be new at the test.
    tie_share : float, in [0, 1]
        Share of events that share their time with another.
    """

    graph: TemporalGraph
    train_stop: int
    validation_stop: int
    hidden: NDArray[np.bool_]
    tie_share: float

    @cached_property
    def training(self) -> TemporalGraph:
        """Events to learn from: those of the training time that touch no hidden node."""
        part = self.graph.take(slice(0, self.train_stop))
        if not self.hidden.any():
            return part
        return part.take(~(self.hidden[part.src] | self.hidden[part.dst]))

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Nodes that occur in training, (N,) bool."""
        out = np.zeros(self.graph.n_nodes, bool)
        out[self.training.src] = True
        out[self.training.dst] = True
        return out

    def transductive(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Tell which of the events start to stop - 1 join two nodes that occur in training."""
        return self.seen[self.graph.src[start:stop]] & self.seen[self.graph.dst[start:stop]]

    def inductive(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Tell which of the events start to stop - 1 touch a node that does not occur in training."""
        return ~self.transductive(start, stop)


def split_events(
    graph: TemporalGraph,
    shares: Sequence[float] = (0.7, 0.15, 0.15),
    *,
    hidden: float = 0.0,
    seed: int = 0,
) -> EventSplit:
    """Cut a stream by time into training, validation and test.

    Parameters
    ----------
    graph : TemporalGraph
    shares : three floats, > 0, sum 1
        Shares of the events; the cuts are at the quantiles of the times, and events of one time stay on one side.
    hidden : float, in [0, 1)
        Share of the nodes of validation and test whose events are taken out of training.
    seed : int, >= 0
        Of the choice of hidden nodes.

    Returns
    -------
    EventSplit

    Raises
    ------
    ConfigError
        If shares are no shares.
    DataError
        If a part would hold no event.

    Notes
    -----
    As TGN and JODIE cut: training up to and with the 70 % quantile, validation up to and with the 85 % one.
    """
    parts = np.asarray(shares, dtype=np.float64)
    if parts.shape != (3,) or not (parts > 0).all() or abs(parts.sum() - 1) > 1e-9:
        raise ConfigError(f"`shares` must be three shares > 0 that sum to 1, got {tuple(shares)}. Correct them.")
    require_setting("hidden", hidden, least=0, below=1)
    if len(graph) == 0:
        raise DataError("`graph` must hold events to be split, got none.")
    cuts = np.quantile(graph.time, np.cumsum(parts)[:2])
    train, validation = (int(k) for k in np.searchsorted(graph.time, cuts, side="right"))
    if not 0 < train < validation < len(graph):
        raise DataError(
            f"each part of the split must hold an event, got {train}, {validation - train} and "
            f"{len(graph) - validation}: too few times differ. Change `shares`."
        )
    gone = np.zeros(graph.n_nodes, bool)
    if hidden > 0:
        later = np.unique(np.concatenate([graph.src[train:], graph.dst[train:]]))
        gone[stream(seed, "hidden nodes").choice(later, round(hidden * len(later)), replace=False)] = True
    same = graph.time[1:] == graph.time[:-1]
    tied = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    return EventSplit(
        graph=graph, train_stop=train, validation_stop=validation, hidden=gone, tie_share=float(tied.mean())
    )
