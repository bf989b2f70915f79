"""How trusting a node was so far, and how trusted: the counters of a signed stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.measures.pair_numbers import Ids, PairNumbers, grown

Floats = NDArray[np.float64]

#: What `SignedHistory.features` tells of a pair (u, v), column by column.
HISTORY_COUNTERS = (
    "positive events from u",
    "negative events from u",
    "positive events to u",
    "negative events to u",
    "positive events from v",
    "negative events from v",
    "positive events to v",
    "negative events to v",
    "mean sign of the events from u",
    "mean sign of the events to u",
    "mean sign of the events to v",
    "sign of the last event from v to u",
)


class SignedHistory:
    """Counts of a signed stream, from what was written of it and nothing else.

    Parameters
    ----------
    n_nodes : int, >= 0

    Notes
    -----
    Twelve counters per pair, named in `HISTORY_COUNTERS`. A mean sign is (p - n) / (p + n + 1) of p positive and n
    negative events, in (-1, 1): 0 where nothing is known. The last event of a pair is that of its latest time; events
    of one time count together, by the sign of their sum, so that the order of ties says nothing. An event of weight 0
    has no sign and counts nowhere. O(1) per event and per question; memory grows with the pairs that met.

    Examples
    --------
    >>> from interplay.data import TemporalGraph
    >>> graph = TemporalGraph(src=[0, 1], dst=[1, 2], time=[1.0, 2.0], weight=[1.0, -1.0], n_nodes=3, span=(0.0, 3.0))
    >>> history = SignedHistory(3)
    >>> history.write(graph)
    >>> history.features([2], [1], [3.0])[0].tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, -0.5, 0.5, -1.0]
    """

    def __init__(self, n_nodes: int) -> None:
        require_setting("n_nodes", n_nodes, least=0, whole=True)
        self.n_nodes = n_nodes
        self.reset()

    def reset(self) -> None:
        """Forget everything that was written."""
        #: Per node: positive and negative events from it, and to it.
        self.counts = np.zeros((self.n_nodes, 4), np.int64)
        self._pairs = PairNumbers()
        self._last = np.empty(0)
        self._sign = np.empty(0)

    def features(self, src: ArrayLike, dst: ArrayLike, time: ArrayLike | None = None) -> Floats:
        """Tell the counters of (B,) pairs.

        Parameters
        ----------
        src, dst : (B,) int arrays, in [0, N)
        time : (B,) float array or None
            Not read: what counts is what was written.

        Returns
        -------
        (B, 12) float64 array
            Columns as named in `HISTORY_COUNTERS`.
        """
        a, b = np.asarray(src, np.int64), np.asarray(dst, np.int64)
        out = np.empty((len(a), 12))
        out[:, :4] = self.counts[a]
        out[:, 4:8] = self.counts[b]
        for column, positive in ((8, 0), (9, 2), (10, 6)):
            p, n = out[:, positive], out[:, positive + 1]
            out[:, column] = (p - n) / (p + n + 1.0)
        out[:, 11] = self.last_sign(b, a)
        return out

    def last_sign(self, src: ArrayLike, dst: ArrayLike) -> Floats:
        """Give the sign of the last event of (B,) pairs, -1, 0 or 1: 0 if there was none, or those of its time cancel.

        Parameters
        ----------
        src, dst : (B,) int arrays, in [0, N)

        Returns
        -------
        (B,) float64 array
        """
        number = self._pairs.find(self._key(src, dst))
        if len(self._sign) == 0:
            return np.zeros(len(number))
        return np.where(number >= 0, np.sign(self._sign[number]), 0.0)

    def write(self, events: Any) -> None:
        """Take in later events.

        Parameters
        ----------
        events : object with `src`, `dst`, `time` and `weight`, (B,) each
            A `TemporalGraph`, or a batch of tensors on the processor. A repeated call must not go back in time.
        """
        weight = np.asarray(events.weight, np.float64)
        signed = weight != 0
        src, dst = np.asarray(events.src, np.int64)[signed], np.asarray(events.dst, np.int64)[signed]
        time, sign = np.asarray(events.time, np.float64)[signed], np.sign(weight[signed])
        if len(src) == 0:
            return
        negative = (sign < 0).astype(np.int64)
        np.add.at(self.counts, (src, negative), 1)
        np.add.at(self.counts, (dst, 2 + negative), 1)
        number = self._pairs.add(self._key(src, dst))
        self._last = grown(self._last, len(self._pairs), -np.inf)
        self._sign = grown(self._sign, len(self._pairs), 0.0)
        before = self._last[number]
        np.maximum.at(self._last, number, time)
        self._sign[number[self._last[number] > before]] = 0.0
        latest = time == self._last[number]
        np.add.at(self._sign, number[latest], sign[latest])

    def save(self) -> dict[str, NDArray[Any]]:
        """Give everything that was written and counts, as arrays of its own."""
        k = len(self._pairs)
        return {
            "counts": self.counts.copy(),
            "pairs": self._pairs.pairs,
            "last": self._last[:k].copy(),
            "sign": self._sign[:k].copy(),
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `save` gave.

        Raises
        ------
        DataError
            If it is of another number of nodes.
        """
        counts = np.array(state["counts"], np.int64)
        if counts.shape != (self.n_nodes, 4):
            raise DataError(
                f"`state` of 'counts' must have shape {(self.n_nodes, 4)}, got {counts.shape}. It is of another stream."
            )
        self.reset()
        self.counts = counts
        self._pairs.add(np.asarray(state["pairs"], np.int64))
        self._last, self._sign = np.array(state["last"], np.float64), np.array(state["sign"], np.float64)

    def _key(self, src: ArrayLike, dst: ArrayLike) -> Ids:
        return np.asarray(np.asarray(src, np.int64) * self.n_nodes + np.asarray(dst, np.int64))
