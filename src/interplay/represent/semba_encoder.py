"""The torch module behind `SEMBA`: signed memories, attention over recent events, and a decoder that reads evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from torch.nn import functional

from interplay.data import TemporalGraph
from interplay.represent.pair_heads import link_loss, sign_loss, signed_mean
from interplay.represent.recent_attention import RecentAttention
from interplay.represent.recent_events import RecentEvents
from interplay.represent.semba_evidence import EVIDENCE, N_COUNTERS, Evidence
from interplay.represent.semba_memory import SignedMemory, SignedMemoryState
from interplay.represent.stream_encoder import StreamState
from interplay.represent.time_code import TimeCode
from interplay.tensors.event_batch import EventBatch, event_batch

if TYPE_CHECKING:
    from interplay.represent.semba import SEMBA

#: What the decoder reads beside the vectors: nothing, the counters of `SignedHistory`, or all of `EVIDENCE`.
EvidenceKind = Literal["full", "counters", "none"]

#: From when evidence is, while training.
EvidenceMoment = Literal["event", "batch"]

_COLUMNS: dict[str, int] = {"full": len(EVIDENCE), "counters": N_COUNTERS, "none": 0}

#: Standard deviations from its mean at which evidence is told no further.
_FARTHEST = 5.0

#: Pairs scored at once where no gradient is kept: bounds the memory of long lists.
_CHUNK = 1 << 12


@dataclass
class EvidenceState(StreamState):
    """What was written of a stream, where there is no memory.

    Attributes
    ----------
    evidence : Evidence
        Of no node, where it is not asked for.
    """

    evidence: Evidence


@dataclass
class SembaState(EvidenceState):
    """What was written of a stream.

    Attributes
    ----------
    memory : SignedMemoryState
    recent : RecentEvents
    """

    memory: SignedMemoryState
    recent: RecentEvents


class SembaEncoder(nn.Module):
    """A `StreamEncoder`.

    Parameters
    ----------
    config : SEMBA
    n_nodes, n_features : int
    """

    parts = ("loss",)
    positive_share: torch.Tensor
    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, config: SEMBA, n_nodes: int, n_features: int) -> None:
        super().__init__()
        self.config, self.n_nodes, self.n_raw = config, n_nodes, 2 + n_features
        self.told = _COLUMNS[config.evidence]
        self.register_buffer("positive_share", torch.tensor(0.5))
        width, waves = config.width, config.time_width
        if config.memory:
            self.memory = SignedMemory(width, self.n_raw, waves, balance=config.balance)
            self.time_code = TimeCode(waves)
            seen = 2 * width + self.n_raw + waves
            self.attention = RecentAttention(2 * width, seen, width, config.heads, config.dropout)
            self.head = _perceptron(2 * width, width, config.dropout)
        if self.told:
            self.direct, self.told_head = nn.Linear(self.told, 1), _perceptron(self.told, width, config.dropout)
            self.register_buffer("centre", torch.zeros(self.told))
            self.register_buffer("spread", torch.ones(self.told))

    @torch.no_grad()
    def prepare(self, shortest: float, longest: float, positive_share: float) -> None:
        """Begin with time codes between two lengths in seconds, and weigh the signs by how often they come."""
        self.positive_share.fill_(positive_share)
        if self.config.memory:
            for code in (self.time_code, self.memory.friends.time_code, self.memory.enemies.time_code):
                code.spread(shortest, longest)

    @torch.no_grad()
    def scale_evidence(self, training: TemporalGraph) -> None:
        """Take mean and standard deviation of the evidence on the training events; constants keep their scale."""
        if not self.told or len(training) == 0:
            return
        told = Evidence.begin(training.n_nodes, self.config.partners).ahead(event_batch(training))
        told = told[:, : self.told].double()
        spread = told.std(0, correction=0)
        self.centre.copy_(told.mean(0))
        self.spread.copy_(torch.where(spread > 0, spread, 1.0))

    def begin(self) -> EvidenceState:
        """Give a state into which nothing was written."""
        evidence = Evidence.begin(self.n_nodes if self.told else 0, self.config.partners)
        if not self.config.memory:
            return EvidenceState(evidence)
        recent = RecentEvents.begin(self.n_nodes, self.config.neighbours, self.n_raw)
        return SembaState(evidence, self.memory.begin(self.n_nodes), recent)

    def read(self, state: EvidenceState, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the vectors of (B,) nodes at (B,) times, (B, D); D = 0 where there is no memory."""
        if not isinstance(state, SembaState):
            return torch.empty(len(nodes), 0)
        if not self.config.neighbours:
            distinct, place = state.recent.distinct(nodes)
            alone: torch.Tensor = self.attention.skip(self.memory.rows(state.memory, distinct)[0][place])
            return alone
        found = state.recent.read(nodes)
        distinct, place = state.recent.distinct(torch.cat([nodes, found.other.flatten()]))
        rows, _ = self.memory.rows(state.memory, distinct)
        own, others = place[: len(nodes)], place[len(nodes) :].view_as(found.slot)
        told, code = state.recent.told(found).to(rows.dtype), self.time_code(time[:, None] - found.time)
        held = (found.slot >= 0).sum(1)
        vectors: torch.Tensor = self.attention(rows[own], rows, others, told, code, held)
        return vectors

    def score(self, state: EvidenceState, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give one logit per pair, (B,)."""
        found = [torch.empty(0, dtype=self.positive_share.dtype)]
        for u, v, t in zip(*(torch.split(x, _CHUNK) for x in (src, dst, time)), strict=True):
            if len(u):
                told = state.evidence.features(u, v) if self.told else None
                found.append(self._decode(state, u, v, t, told))
        return torch.cat(found)

    def _decode(
        self,
        state: EvidenceState,
        src: torch.Tensor,
        dst: torch.Tensor,
        time: torch.Tensor,
        told: torch.Tensor | None,
    ) -> torch.Tensor:
        """Give the logits of pairs, from their vectors and from what is told of them."""
        logit = torch.zeros(len(src), dtype=self.positive_share.dtype)
        if self.config.memory:
            vectors = self.read(state, torch.cat([src, dst]), time.repeat(2))
            vectors = functional.dropout(vectors, self.config.dropout, self.training)
            logit = self.head(torch.cat(vectors.chunk(2), 1)).squeeze(1)
            if told is not None and self.training:
                kept = functional.dropout(torch.ones_like(logit), self.config.alone)
                logit = torch.where(kept > 0, logit, 0.0)
        if told is not None:
            scaled = (told[:, : self.told].to(self.centre.dtype) - self.centre) / self.spread
            scaled = scaled.clamp(-_FARTHEST, _FARTHEST)
            logit = logit + (self.told_head(scaled) + self.direct(scaled)).squeeze(1)
        return logit

    def loss(self, state: EvidenceState, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the cross entropy of a batch."""
        src, dst, time = batch.src, batch.dst, batch.time
        told = None
        if self.config.aim == "link":
            # Evidence of a later moment for true pairs than for drawn ones would tell them apart.
            src, dst, time = src.repeat(2), torch.cat([dst, negative]), time.repeat(2)
            told = state.evidence.features(src, dst) if self.told else None
            met, drawn = self._decode(state, src, dst, time, told).chunk(2)
            return (link_loss(met, drawn),)
        if self.told and self.config.evidence_at == "event":
            told = state.evidence.ahead(batch)
        elif self.told:
            told = state.evidence.features(src, dst)
        logit = self._decode(state, src, dst, time, told)
        if self.config.even_signs:
            return (sign_loss(logit, batch, self.positive_share),)
        positive = (batch.weight > 0).to(logit.dtype)
        wrong = functional.binary_cross_entropy_with_logits(logit, positive, reduction="none")
        return (signed_mean(wrong, batch),)

    @torch.no_grad()
    def write(self, state: EvidenceState, batch: EventBatch) -> None:
        """Take a batch into the state."""
        if self.told:
            state.evidence.write(batch)
        if isinstance(state, SembaState):
            weight = batch.weight
            raw = torch.cat([torch.stack([weight.sign(), weight.abs().log1p()], 1), batch.features], 1)
            self.memory.write(state.memory, batch, raw)
            if self.config.neighbours:
                state.recent.write(batch, raw)


def _perceptron(inside: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inside, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 1))
