"""The torch module behind `PRES`: a model whose memories are corrected, and one more part of its loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast

import torch
from torch import nn

from interplay._core.errors import ConfigError
from interplay.represent.memory import Memory, MemoryState
from interplay.represent.pres_correction import Correction, RateRule, Tracks, incoherence
from interplay.represent.stream_encoder import StreamEncoder, StreamState
from interplay.tensors.event_batch import EventBatch


class PresEncoder(nn.Module):
    """A `StreamEncoder` around another.

    Parameters
    ----------
    inner : StreamEncoder
        Its memories are given corrections, in place.
    name : str
        Of the method, for messages.
    beta, gamma : float
    learn_gamma : bool
    rates : {"time", "step"}
    horizon : float

    Raises
    ------
    ConfigError
        If the encoder has no memory.
    """

    def __init__(
        self,
        inner: nn.Module,
        name: str,
        *,
        beta: float,
        gamma: float,
        learn_gamma: bool,
        rates: RateRule,
        horizon: float,
    ) -> None:
        super().__init__()
        memories = [module for module in inner.modules() if isinstance(module, Memory)]
        if not memories:
            raise ConfigError(
                f"`model` must have a memory with mailboxes, got {name!r}, which has none. A model that takes in every "
                "event in its turn has nothing to be corrected."
            )
        for memory in memories:
            memory.correction = Correction(gamma, learn_gamma, rates, horizon)
        self.inner, self.beta = inner, beta

    @property
    def _model(self) -> StreamEncoder:
        return cast(StreamEncoder, self.inner)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of the loss: those of the model, its own loss under the name "task", and "coherence"."""
        return ("loss", "task", *self._model.parts[1:], "coherence")

    def begin(self) -> Any:
        """Give a state into which nothing was written."""
        state = self._model.begin()
        memories = [module for module in self.inner.modules() if isinstance(module, Memory)]
        for held, memory in zip(_memories(state), memories, strict=True):
            assert memory.correction is not None
            held.tracks = memory.correction.begin(held.rows)
        return state

    def read(self, state: Any, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the vectors of (B,) nodes at (B,) times, (B, D)."""
        return self._model.read(state, nodes, time)

    def score(self, state: Any, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give one logit per pair, (B,)."""
        return self._model.score(state, src, dst, time)

    def loss(self, state: Any, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the loss of a batch and its parts."""
        parts = self._model.loss(state, batch, negative)
        coherence = torch.zeros((), dtype=parts[0].dtype)
        for held in _memories(state):
            assert isinstance(held.tracks, Tracks)
            if held.tracks.moved is not None:
                coherence = coherence + incoherence(held.tracks.moved)
                held.tracks.moved = None
        return parts[0] + self.beta * coherence, *parts, coherence

    def write(self, state: Any, batch: EventBatch) -> None:
        """Take a batch into the state."""
        self._model.write(state, batch)


def _memories(state: StreamState) -> Iterator[MemoryState]:
    """Give the states of memories in a state, in the order of its fields."""
    if isinstance(state, MemoryState):
        yield state
        return
    for field in fields(state):
        value = getattr(state, field.name)
        if isinstance(value, StreamState):
            yield from _memories(value)
