"""Learning from a stream: read, score, step, and only then write; nobody but this file decides the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from interplay.data import EventSplit, TemporalGraph, event_batches
from interplay.measures.negatives import random_negatives
from interplay.measures.recovery import average_precision, roc_auc
from interplay.tensors.event_batch import EventBatch, event_batch

#: What is asked of a pair: whether it will meet, or with which sign.
StreamAim = Literal["link", "sign"]


class Step(NamedTuple):
    """One batch of an epoch, with what the epoch has written so far."""

    batch: EventBatch
    negative: torch.Tensor
    passage: _Passage


@dataclass
class _Passage:
    """One pass over the stream: its state, made by the first step, and the batch that is scored but not yet written."""

    state: Any = None
    scored: EventBatch | None = None

    def ready(self, encoder: Any) -> Any:
        """Write what was scored, and give the state."""
        if self.state is None:
            self.state = encoder.begin()
        if self.scored is not None:
            with torch.no_grad():
                encoder.write(self.state, self.scored)
            self.scored = None
        return self.state


class StreamTask:
    """Score every batch from what came before it, then write it.

    Parameters
    ----------
    split : EventSplit
    aim : {"link", "sign"}
    batch : int
        Events per step; more where they tie.
    seed : int
        Of the negatives.
    parts : tuple of str
        As of the encoder.
    batches : (B + 1,) int array or None
        Bounds of the batches over the training events; None: by `event_batches`.

    Notes
    -----
    A pass over the stream is made anew in every epoch, so that training holds no state but the parameters and can be
    resumed between epochs. For the held-out number everything is written anew with the parameters of the epoch's end,
    as it will be when the model is at work: a state that was written while parameters moved is another one.

    An event of weight 0 has no sign: it is written, and no loss or number of signs counts it. Negatives are drawn by
    the number of the event, so that another order of tied events trains other parameters (it moves no score of given
    parameters).
    """

    def __init__(
        self,
        split: EventSplit,
        aim: StreamAim,
        batch: int,
        seed: int,
        parts: tuple[str, ...],
        batches: NDArray[np.int64] | None = None,
    ) -> None:
        self.split, self.aim, self.batch, self.seed, self._parts = split, aim, batch, seed, parts
        self.training = split.training
        self.bounds = event_batches(self.training.time, batch) if batches is None else batches
        self.pool = np.unique(self.training.dst)
        self.passage = _Passage()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of the loss."""
        return self._parts

    def batches(self, data: TemporalGraph, epoch: int) -> Iterator[Step]:
        """Give the batches of one pass; every epoch meets other negatives."""
        self.passage = _Passage()
        number = np.arange(len(self.training))
        drawn = random_negatives(self.pool, self.training, number, seed=self.seed, draw=epoch)
        negative = torch.from_numpy(drawn)
        for a, b in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True):
            yield Step(event_batch(self.training, a, b), negative[a:b], self.passage)

    def loss(self, encoder: Any, batch: Step, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Write the batch before, and give the loss of this one."""
        state = batch.passage.ready(encoder)
        parts: tuple[torch.Tensor, ...] = encoder.loss(state, batch.batch, batch.negative)
        batch.passage.scored = batch.batch
        return parts

    def held_out(self, encoder: Any, data: TemporalGraph) -> float | None:
        """One minus the average precision of the validation links (or one minus the area of their signs)."""
        state = encoder.begin()
        for a, b in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True):
            encoder.write(state, event_batch(self.training, a, b))
        graph, start, stop = self.split.graph, self.split.train_stop, self.split.validation_stop
        drawn = random_negatives(self.pool, graph, np.arange(start, stop), seed=self.seed, draw=-1)
        negative = torch.from_numpy(drawn)
        bounds = event_batches(graph.time, self.batch, start=start, stop=stop)
        found: list[torch.Tensor] = []
        for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            part = event_batch(graph, a, b)
            src, dst, time = part.src, part.dst, part.time
            if self.aim == "link":
                src, time = torch.cat([src, src]), torch.cat([time, time])
                dst = torch.cat([dst, negative[a - start : b - start]])
            found.append(encoder.score(state, src, dst, time).reshape(-1, b - a).T)
            encoder.write(state, part)
        score = torch.cat(found).double().numpy()
        if self.aim == "sign":
            weight = graph.weight[start:stop]
            return 1.0 - roc_auc(weight[weight != 0] > 0, score[weight != 0, 0])
        truth = np.repeat([True, False], len(score))
        return 1.0 - average_precision(truth, np.concatenate([score[:, 0], score[:, 1]]))
