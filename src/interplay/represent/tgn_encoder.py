"""The torch module behind `TGN`: memory, attention over the last events, and a head for pairs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from interplay.represent.memory import MailRule, Memory, MemoryState
from interplay.represent.pair_heads import PairHead, link_loss, sign_loss
from interplay.represent.recent_attention import RecentAttention
from interplay.represent.recent_events import RecentEvents
from interplay.represent.stream_encoder import StreamState
from interplay.represent.stream_task import StreamAim
from interplay.represent.time_code import TimeCode
from interplay.tensors.event_batch import EventBatch

#: Vectors computed at once where no gradient is kept: bounds the memory of long lists.
_CHUNK = 1 << 13


@dataclass
class TGNState(StreamState):
    """Memory and last events of N nodes.

    Attributes
    ----------
    memory : MemoryState
    recent : RecentEvents
    """

    memory: MemoryState
    recent: RecentEvents


class TGNEncoder(nn.Module):
    """A `StreamEncoder`; the settings are those of `TGN`.

    Parameters
    ----------
    n_nodes, n_features : int
    aim : {"link", "sign"}
    memory, width, time_width : int
    heads, neighbours : int
    dropout : float
    rule : {"last", "mean"}
    """

    parts = ("loss",)
    positive_share: torch.Tensor

    def __init__(
        self,
        n_nodes: int,
        n_features: int,
        *,
        aim: StreamAim,
        memory: int,
        width: int,
        time_width: int,
        heads: int,
        neighbours: int,
        dropout: float,
        rule: MailRule,
    ) -> None:
        super().__init__()
        self.n_nodes, self.n_raw, self.neighbours, self.aim = n_nodes, 1 + n_features, neighbours, aim
        self.memory = Memory(memory, self.n_raw, time_width, rule=rule)
        self.time_code = TimeCode(time_width)
        self.attention = RecentAttention(memory, memory + self.n_raw + time_width, width, heads, dropout)
        self.head = PairHead(width, width)
        self.register_buffer("positive_share", torch.tensor(0.5))

    @torch.no_grad()
    def prepare(self, shortest: float, longest: float, positive_share: float) -> None:
        """Begin with time codes between two lengths in seconds, and weigh the signs by how often they come."""
        for code in (self.time_code, self.memory.time_code):
            code.spread(shortest, longest)
        self.positive_share.fill_(positive_share)

    def begin(self) -> TGNState:
        """Give a state into which nothing was written."""
        return TGNState(self.memory.begin(self.n_nodes), RecentEvents.begin(self.n_nodes, self.neighbours, self.n_raw))

    def read(self, state: TGNState, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the vectors of (B,) nodes at (B,) times, (B, D)."""
        if torch.is_grad_enabled() or len(nodes) <= _CHUNK:
            return self.attend(state, nodes, time)
        cuts = [slice(k, k + _CHUNK) for k in range(0, len(nodes), _CHUNK)]
        return torch.cat([self.attend(state, nodes[cut], time[cut]) for cut in cuts])

    def attend(
        self, state: TGNState, nodes: torch.Tensor, time: torch.Tensor, weights: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Give the vectors of (B,) nodes, with (B, K) weights on the events of `candidates`, if given."""
        recent = state.recent.read(nodes)
        distinct, place = state.recent.distinct(torch.cat([nodes, recent.other.flatten()]))
        rows, _ = self.memory.rows(state.memory, distinct)
        own, others = place[: len(nodes)], place[len(nodes) :].view_as(recent.slot)
        told, code = state.recent.told(recent).to(rows.dtype), self.time_code(time[:, None] - recent.time)
        held = (recent.slot >= 0).sum(1)
        found: torch.Tensor = self.attention(rows[own], rows, others, told, code, held, weights)
        return found

    def score(self, state: TGNState, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give one logit per pair, (B,): each vector is computed once, however many pairs it is in."""
        nodes, times, place = _asked(torch.cat([src, dst]), torch.cat([time, time]))
        vectors = self.read(state, nodes, times)
        u, v = place[: len(src)], place[len(src) :]
        if torch.is_grad_enabled():
            logit: torch.Tensor = self.head(vectors[u], vectors[v])
            return logit
        left, right = self.head.src(vectors), self.head.dst(vectors)
        cuts = [slice(k, k + _CHUNK) for k in range(0, max(len(u), 1), _CHUNK)]
        return torch.cat([self.head.joined(left[u[cut]], right[v[cut]]) for cut in cuts])

    def loss(self, state: TGNState, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the loss of a batch."""
        size = len(batch.src)
        if self.aim == "sign":
            vectors = self.attend(state, torch.cat([batch.src, batch.dst]), batch.time.repeat(2))
            return (sign_loss(self.head(vectors[:size], vectors[size:]), batch, self.positive_share),)
        vectors = self.attend(state, torch.cat([batch.src, batch.dst, negative]), batch.time.repeat(3))
        u, met = self.head.src(vectors[:size]), self.head.dst(vectors[size:])
        return (link_loss(self.head.joined(u, met[:size]), self.head.joined(u, met[size:])),)

    @torch.no_grad()
    def write(self, state: TGNState, batch: EventBatch) -> None:
        """Take a batch into memory and rings."""
        raw = torch.cat([batch.weight[:, None], batch.features], 1)
        self.memory.write(state.memory, batch, raw)
        state.recent.write(batch, raw)

    def candidates(self, state: TGNState, nodes: torch.Tensor) -> torch.Tensor:
        """Give the numbers of the events that attention of (B,) nodes reaches, newest first, (B, K); -1 for none."""
        return state.recent.numbers(state.recent.read(nodes))

    @torch.no_grad()
    def attention_shares(self, state: TGNState, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the attention weights of the events of `candidates`, mean over the heads, (B, K)."""
        recent = state.recent.read(nodes)
        distinct, place = state.recent.distinct(torch.cat([nodes, recent.other.flatten()]))
        rows, _ = self.memory.rows(state.memory, distinct)
        others, told = place[len(nodes) :].view_as(recent.slot), state.recent.told(recent).to(rows.dtype)
        code, held = self.time_code(time[:, None] - recent.time), (recent.slot >= 0).sum(1)
        found: torch.Tensor = self.attention.shares(rows[place[: len(nodes)]], rows, others, told, code, held)
        return found

    def score_weighted(
        self,
        state: TGNState,
        src: torch.Tensor,
        dst: torch.Tensor,
        time: torch.Tensor,
        src_weights: torch.Tensor,
        dst_weights: torch.Tensor,
    ) -> torch.Tensor:
        """Give logits with (B, K) weights on the events of both ends' `candidates`; weights of 1 give `score`'s."""
        u, v = self.attend(state, src, time, src_weights), self.attend(state, dst, time, dst_weights)
        logit: torch.Tensor = self.head(u, v)
        return logit


def _asked(nodes: torch.Tensor, time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give each pair of node and time once, and where every given one is among them."""
    _, moment = torch.unique(time, return_inverse=True)
    width = int(moment.max()) + 1 if len(moment) else 1
    key, place = torch.unique(nodes * width + moment, return_inverse=True)
    once = torch.empty(len(key), dtype=torch.int64)
    once[place] = torch.arange(len(nodes))
    return nodes[once], time[once], place
