"""Walks that respect time: each event no earlier than the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.data.temporal_graph import TemporalGraph
from interplay.represent.prepared_walk import PreparedWalk, seed_word
from interplay.represent.walk_rows import frozen


class PreparedEventWalk(PreparedWalk):
    """A temporal rule on events, ready to walk.

    Parameters
    ----------
    n_nodes : int
    kernel : callable
        As of `PreparedWalk`, with the array of events taken as a fifth argument.
    held : tuple of arrays
    event : (E,) int64 array
        Event of every entry the kernel knows.
    """

    def __init__(
        self, n_nodes: int, kernel: Callable[..., None], held: tuple[NDArray[Any], ...], event: NDArray[np.int64]
    ) -> None:
        none = np.empty((0, 0), dtype=np.int64)
        super().__init__(n_nodes, lambda *walk: kernel(*walk, none), held)
        self._with_events, self._event = kernel, event

    def walk_events(
        self, starts: ArrayLike, repetition: ArrayLike, length: int, seed: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Walk from every start and say along which events.

        Parameters
        ----------
        starts, repetition, length, seed
            As of `walk`.

        Returns
        -------
        nodes : (W, length) int32 array
            As of `walk`.
        events : (W, length - 1) int64 array
            Which event of the graph each step took; -1 after the end of a walk.
        """
        require_setting("length", length, least=1, whole=True)
        require_setting("seed", seed, least=0, whole=True)
        begin, number = self._walks(starts, repetition)
        nodes = np.empty((len(begin), length), dtype=np.int32)
        taken = np.empty((len(begin), length - 1), dtype=np.int64)
        self._with_events(begin, number, seed_word(seed), nodes, taken)
        if len(self._event):
            taken = np.where(taken >= 0, self._event[taken], -1)
        return nodes, taken


@dataclass(frozen=True, kw_only=True)
class TemporalWalk:
    """The first event is any of the start's, the next any later one of the node it led to.

    Parameters
    ----------
    decay_s : float, > 0, or None
        After a wait of w seconds an event's weight counts exp(-w / decay_s). None: it never fades.
    wait_s : float, >= 0, or None
        Longest time between two events, itself included. None: any.
    strictly : bool
        Whether an event at the very time of the one before is too early. False: several may be taken at one time, in
        any order, a self-loop even again and again.
    directed : bool
        Whether an event leads from `src` to `dst` only; False: either way.

    Notes
    -----
    Events are drawn in proportion to their (faded) weight; the first one never fades.

    References
    ----------
    Nguyen, Lee, Rossi, Ahmed, Koh, Kim (2018), section 3, whose exponential bias favours late events at a fixed scale;
    here the scale is a setting, and early ones are favoured.
    """

    decay_s: float | None = None
    wait_s: float | None = None
    strictly: bool = True
    directed: bool = True

    def __post_init__(self) -> None:
        if self.decay_s is not None:
            require_setting("decay_s", self.decay_s, above=0)
        if self.wait_s is not None:
            require_setting("wait_s", self.wait_s, least=0)

    def prepare(self, graph: TemporalGraph) -> PreparedEventWalk:
        """Order the events by the node they leave and sum their weights from the end of each row.

        Parameters
        ----------
        graph : TemporalGraph
            No negative weight. Events of weight zero are never taken.

        Returns
        -------
        PreparedEventWalk

        Raises
        ------
        DataError
            If a weight is negative.

        Notes
        -----
        Memory 44 bytes per event, twice that if not `directed`; a step costs the logarithm of the node's events.
        """
        from interplay.ops import walks_events

        if (graph.weight < 0).any():
            k = int(np.argmax(graph.weight < 0))
            raise DataError(
                f"`graph` must have no negative weight to be walked on: weight[{k}]={graph.weight[k]}. Keep the events "
                "of one sign, or take absolute weights."
            )
        event = np.flatnonzero(graph.weight > 0)
        src, dst = graph.src[event], graph.dst[event]
        if not self.directed:
            other = src != dst
            src, dst = np.concatenate([src, dst[other]]), np.concatenate([dst, src[other]])
            event = np.concatenate([event, event[other]])
        order = np.lexsort((event, src))
        event, target = event[order], dst[order].astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(src, minlength=graph.n_nodes))])
        time, weight = graph.time[event], graph.weight[event]
        rate = 0.0 if self.decay_s is None else 1.0 / float(self.decay_s)
        first = walks_events.faded_sums(offsets, time, weight, 0.0)
        total = first if rate == 0.0 else walks_events.faded_sums(offsets, time, weight, rate)
        rows = (frozen(offsets), frozen(target), frozen(time))
        wait = np.inf if self.wait_s is None else float(self.wait_s)
        strictly = bool(self.strictly)

        def kernel(starts: Any, repetition: Any, seed: np.uint64, out: Any, taken: Any) -> None:
            walks_events.walk_events(rows, first, total, rate, wait, strictly, starts, repetition, seed, out, taken)

        return PreparedEventWalk(graph.n_nodes, kernel, (*rows, first, total, event), event)
