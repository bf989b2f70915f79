"""A trained model of a stream at work: arrays in, arrays out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids
from interplay._core.errors import DataError
from interplay.data import TemporalGraph
from interplay.tensors import torch_threads
from interplay.tensors.event_batch import event_batch

#: Pairs scored at once, so that memory is bounded however many are asked for.
_CHUNK = 1 << 15


class OnlineModel:
    """Scores from what was written; a `StreamModel`.

    Parameters
    ----------
    encoder : StreamEncoder
        Trained; put into evaluation mode.
    n_nodes, n_features : int
        Of the streams it can take.
    threads : int, >= 1
        As it was trained with.
    """

    def __init__(self, encoder: Any, n_nodes: int, n_features: int, *, threads: int = 1) -> None:
        self._encoder, self._threads = encoder.eval(), threads
        self._n_nodes, self._n_features = n_nodes, n_features
        self.reset()

    def reset(self) -> None:
        """Forget everything that was written."""
        self._state = self._encoder.begin()
        self._written, self._latest = 0, -math.inf

    def read(self, nodes: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Give the vectors of (B,) nodes at (B,) times, (B, D) float64; DataError for nodes that are none."""
        ids, moments = self._asked(time, nodes=nodes)
        with torch_threads(self._threads), torch.no_grad():
            found = self._encoder.read(self._state, torch.from_numpy(ids.copy()), torch.from_numpy(moments.copy()))
        return np.asarray(found.double().numpy())

    def score(self, src: ArrayLike, dst: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Score (B,) pairs at (B,) times: logits, (B,) float64; DataError for nodes that are none."""
        a, b, t = self._asked(time, src=src, dst=dst)
        out = np.empty(len(a))
        with torch_threads(self._threads), torch.no_grad():
            for k in range(0, len(a), _CHUNK):
                part = slice(k, k + _CHUNK)
                asked = (torch.from_numpy(x[part].copy()) for x in (a, b, t))
                out[part] = self._encoder.score(self._state, *asked).double().numpy()
        return out

    def write(self, events: TemporalGraph) -> None:
        """Take in later events; DataError if they are earlier, of other nodes, or have other features."""
        width = 0 if events.features is None else events.features.shape[1]
        if events.n_nodes != self._n_nodes or width != self._n_features:
            raise DataError(
                f"`events` must be of the stream learnt, N={self._n_nodes} nodes and F={self._n_features} features, "
                f"got N={events.n_nodes}, F={width}. Number the nodes alike, and give the same features."
            )
        if len(events) and events.time[0] < self._latest:
            raise DataError(
                f"`events` must not be earlier than what was written, time {self._latest:g}, got {events.time[0]:g}. "
                "Write a stream from its start on, or reset the model."
            )
        with torch_threads(self._threads), torch.no_grad():
            self._encoder.write(self._state, event_batch(events, first=self._written))
        self._written += len(events)
        self._latest = float(events.time[-1]) if len(events) else self._latest

    def save(self) -> dict[str, NDArray[Any]]:
        """Give everything that was written, as arrays."""
        return {**self._state.arrays(), "written": np.array(self._written), "latest": np.array(self._latest)}

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `save` gave."""
        self._state = self._encoder.begin()
        self._state.load({k: v for k, v in state.items() if k not in ("written", "latest")})
        self._written, self._latest = int(state["written"]), float(state["latest"])

    def _asked(self, time: ArrayLike, **nodes: ArrayLike) -> list[NDArray[Any]]:
        """Check what is asked: the kernels below look at no bounds."""
        shapes = Shapes()
        found = [shapes.array(name, ids, "B", "int") for name, ids in nodes.items()]
        for name, ids in zip(nodes, found, strict=True):
            require_ids(name, ids, self._n_nodes, "n_nodes")
        return [*found, shapes.array("time", time, "B").astype(np.float64, copy=False)]
