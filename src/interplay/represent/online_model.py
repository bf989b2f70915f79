"""A trained model of a stream at work: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

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
    threads : int, >= 1
        As it was trained with.
    """

    def __init__(self, encoder: Any, *, threads: int = 1) -> None:
        self._encoder, self._threads = encoder.eval(), threads
        self.reset()

    def reset(self) -> None:
        """Forget everything that was written."""
        self._state = self._encoder.begin()
        self._written = 0

    def read(self, nodes: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Give the vectors of (B,) nodes at (B,) times, (B, D) float64."""
        with torch_threads(self._threads), torch.no_grad():
            found = self._encoder.read(self._state, *_pair(nodes, time))
        return np.asarray(found.double().numpy())

    def score(self, src: ArrayLike, dst: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
        """Score (B,) pairs at (B,) times: logits, (B,) float64."""
        a, b, t = np.asarray(src, np.int64), np.asarray(dst, np.int64), np.asarray(time, np.float64)
        out = np.empty(len(a))
        with torch_threads(self._threads), torch.no_grad():
            for k in range(0, len(a), _CHUNK):
                part = slice(k, k + _CHUNK)
                asked = (torch.from_numpy(x[part].copy()) for x in (a, b, t))
                out[part] = self._encoder.score(self._state, *asked).double().numpy()
        return out

    def write(self, events: TemporalGraph) -> None:
        """Take in later events."""
        with torch_threads(self._threads), torch.no_grad():
            self._encoder.write(self._state, event_batch(events, first=self._written))
        self._written += len(events)

    def save(self) -> dict[str, NDArray[Any]]:
        """Give everything that was written, as arrays."""
        return {**self._state.arrays(), "written": np.array(self._written)}

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `save` gave."""
        self._state = self._encoder.begin()
        self._state.load({k: v for k, v in state.items() if k != "written"})
        self._written = int(state["written"])


def _pair(nodes: ArrayLike, time: ArrayLike) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(np.array(nodes, np.int64)), torch.from_numpy(np.array(time, np.float64))
