"""Who met whom last, and how often each node was met: all that the simplest models of a stream know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import TemporalGraph
from interplay.measures.pair_numbers import Ids, PairNumbers, grown

Floats = NDArray[np.float64]


class PairHistory:
    """The pairs that met, the time each met last, and how many events went to each node.

    Parameters
    ----------
    n_nodes : int, >= 0

    Notes
    -----
    O(1) per event and per question; memory grows with the pairs that met.
    """

    def __init__(self, n_nodes: int) -> None:
        self.n_nodes = n_nodes
        self.reset()

    def reset(self) -> None:
        """Forget everything that was written."""
        self._pairs = PairNumbers()
        self._last = np.empty(0)
        #: Events to each node so far.
        self.arrived = np.zeros(self.n_nodes, np.int64)
        #: Events so far.
        self.written = 0

    def last(self, src: Ids, dst: Ids) -> Floats:
        """Give the time (B,) pairs met last, s; minus infinity where they never did."""
        number = self._pairs.find(src * self.n_nodes + dst)
        if len(self._last) == 0:
            return np.full(len(number), -np.inf)
        return np.where(number >= 0, self._last[number], -np.inf)

    def popularity(self, dst: Ids) -> Floats:
        """Give the share of all events that went to (B,) nodes; 0 before the first."""
        return self.arrived[dst] / max(self.written, 1)

    def write(self, events: TemporalGraph) -> None:
        """Take in later events."""
        number = self._pairs.add(events.src * self.n_nodes + events.dst)
        self._last = grown(self._last, len(self._pairs), -np.inf)
        np.maximum.at(self._last, number, events.time)
        np.add.at(self.arrived, events.dst, 1)
        self.written += len(events)

    def save(self) -> dict[str, NDArray[Any]]:
        """Give everything that was written and counts, as arrays of its own."""
        return {
            "pairs": self._pairs.pairs,
            "last": self._last[: len(self._pairs)].copy(),
            "arrived": self.arrived.copy(),
            "written": np.array(self.written),
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `save` gave.

        Raises
        ------
        DataError
            If it is of another number of nodes.
        """
        arrived = np.array(state["arrived"], np.int64)
        if arrived.shape != (self.n_nodes,):
            raise DataError(
                f"`state` of 'arrived' must have shape {(self.n_nodes,)}, got {arrived.shape}. It is of another stream."
            )
        self.reset()
        self._pairs.add(np.asarray(state["pairs"], np.int64))
        self._last, self.arrived = np.array(state["last"], np.float64), arrived
        self.written = int(state["written"])
