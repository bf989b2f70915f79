"""EventIndex: where in a stream the events of each node are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_ids
from interplay._core.errors import DataError

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EventIndex:
    """Rows of event numbers, one row per node.

    Attributes
    ----------
    offsets : (N + 1,) int64 array
    event : (M,) int64 array
        The events that touch node i, as source or as destination, are ``event[offsets[i]:offsets[i + 1]]``, rising,
        hence in order of time. A self-loop stands once.
    other : (M,) int64 array
        The node at the other end.
    time : (E,) float64 array, s
        Of all events, by number.
    """

    offsets: Ids
    event: Ids
    other: Ids
    time: NDArray[np.float64]

    @classmethod
    def of(cls, src: Ids, dst: Ids, time: NDArray[np.float64], n_nodes: int) -> EventIndex:
        """Lay out the rows of a checked stream, O(E)."""
        from interplay.ops.event_rows import count_rows, fill_rows

        count = np.zeros(n_nodes, np.int64)
        count_rows(src, dst, count)
        offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        event, other = np.empty(offsets[-1], np.int64), np.empty(offsets[-1], np.int64)
        fill_rows(src, dst, 0, offsets[:-1].copy(), event, other)
        return cls(offsets, event, other, time)

    def before(self, nodes: ArrayLike, time: ArrayLike) -> tuple[Ids, Ids]:
        """Find the events of nodes strictly before given times.

        Parameters
        ----------
        nodes : (B,) int array, in [0, N)
        time : (B,) float array, s

        Returns
        -------
        start, stop : (B,) int64 arrays
            ``event[start[b]:stop[b]]`` are the events of ``nodes[b]`` earlier than ``time[b]``; none of its own time.

        Raises
        ------
        DataError
            If there are not as many times as nodes, or a node is outside.
        """
        from interplay.ops.event_rows import rows_before

        ids = np.asarray(nodes, dtype=np.int64)
        require_ids("nodes", ids, len(self.offsets) - 1, "n_nodes")
        if np.shape(time) != ids.shape:
            raise DataError(f"`time` must hold as many times as nodes, {ids.shape}, got {np.shape(time)}.")
        bound = np.searchsorted(self.time, np.asarray(time, dtype=np.float64), side="left").astype(np.int64)
        stop = np.empty(len(ids), np.int64)
        rows_before(self.offsets, self.event, ids, bound, stop)
        return self.offsets[ids], stop
