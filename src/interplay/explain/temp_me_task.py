"""Learning which motifs a frozen model decides by: its own decisions, from as little as will do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.explain.event_queries import Asker, Queries
from interplay.explain.temp_me_encoder import bottleneck, event_logits, relaxed


class TempMETask:
    """Asks with weights on the events; every pass replays the stream, so that queries see what came before only.

    Parameters
    ----------
    asker : Asker
    train_stop, validation_stop : int
        Queries before the first are learnt from, those before the second watched.
    queries, step : int
        Events asked about per pass, and per step.
    null : (C,) tensor
    beta, prior, temperature : float
    """

    parts = ("loss", "agreement", "information")

    def __init__(
        self,
        asker: Asker,
        train_stop: int,
        validation_stop: int,
        queries: int,
        step: int,
        null: torch.Tensor,
        *,
        beta: float,
        prior: float,
        temperature: float,
    ) -> None:
        self.asker, self.train_stop, self.validation_stop, self.queries = asker, train_stop, validation_stop, queries
        self.step = step
        self.null, self.beta, self.prior, self.temperature = null, beta, prior, temperature
        self._state: Any = None

    def batches(self, data: TemporalGraph, epoch: int) -> Iterator[Queries]:
        """Give the queries of one pass; every pass meets other negatives."""
        self._state = self.asker.base.begin()
        yield from self.asker.asked(0, self.train_stop, self.queries, step=self.step, draw=epoch, state=self._state)

    def loss(self, encoder: Any, batch: Queries, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Ask with relaxed weights, and measure how much the motifs tell."""
        base = self.asker.base
        with torch.no_grad():
            decided = (batch.logit(base) > 0).float()
        logit = encoder(batch.given)
        weights = relaxed(event_logits(logit, batch.given), self.temperature, generator)
        found = batch.logit(base, weights)
        agreement = torch.nn.functional.binary_cross_entropy_with_logits(found, decided)
        information = bottleneck(logit, batch.given.kind, self.null, self.prior)
        return agreement + self.beta * information, agreement, information

    def held_out(self, encoder: Any, data: TemporalGraph) -> float | None:
        """Give the loss of the validation queries, with the same draws in every pass.

        Without draws, middling weights on all events would do: a sum of many halves is a decision as well.
        """
        found, size = 0.0, 0
        generator = torch.Generator()
        generator.manual_seed(int(stream(self.asker.seed, "temp_me held out").integers(2**63)))
        start, stop = self.train_stop, self.validation_stop
        queries = max(1, self.queries // 4)
        for batch in self.asker.asked(start, stop, queries, draw=-1, state=self._state, written=start):
            found += float(self.loss(encoder, batch, generator)[0]) * len(batch.number)
            size += len(batch.number)
        return found / size
