"""The torch module behind `NAT`: what is read of the tables, and how the tables of a pair become one logit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from interplay.ops.event_hashes import content_order
from interplay.ops.neighbour_caches import pool_tables
from interplay.represent.nat_tables import Joint, NATState, Slots
from interplay.represent.pair_heads import link_loss
from interplay.represent.time_code import TimeCode
from interplay.tensors.event_batch import EventBatch

#: Codes of a key: six bits.
_CODES = 64
_TOLD, _DIRECT = 6, 8
#: Of the logits of the attention, where they are negative.
_SLOPE = 0.2


class _Read(NamedTuple):
    """What was read of (L,) distinct nodes, rising: own vectors, slots, and vectors of the slots."""

    nodes: torch.Tensor
    own: torch.Tensor
    slots: Slots
    values: torch.Tensor


class NATEncoder(nn.Module):
    """A `StreamEncoder`; the settings are those of `NAT`.

    Parameters
    ----------
    n_nodes, n_features : int
    slots, second, width, own, code, time_width, heads : int
    hidden : int
    dropout : float
    yields : float
    seed : int
        Of the hashes that place keys and let them give way.
    """

    parts = ("loss",)
    _scale: torch.Tensor

    def __init__(
        self,
        n_nodes: int,
        n_features: int,
        *,
        slots: int,
        second: int,
        width: int,
        own: int,
        code: int,
        time_width: int,
        heads: int,
        hidden: int,
        dropout: float,
        yields: float,
        seed: int,
    ) -> None:
        super().__init__()
        self.n_nodes, self.n_features = n_nodes, n_features
        self.sizes = (slots, second, width, own)
        self.yields, self.seed, self.heads = yields, seed, heads
        self.time_code = TimeCode(time_width)
        # The gates of the slots' cell hear the partner's own vector, the features and the code of the gap; those three
        # parts are kept apart so that every partner's vector is multiplied once, however many slots name it.
        self.hear = nn.Linear(own, 3 * width, bias=False)
        self.told = nn.Linear(n_features + time_width, 3 * width)
        self.carry = nn.Linear(width, 3 * width)
        self.cell = nn.GRUCell(own + n_features + time_width, own)
        self.code = nn.Embedding(_CODES, code)
        inner = width + code + _TOLD
        self.attend = nn.Linear(inner, heads)
        self.pool = nn.Linear(heads * inner, hidden)
        self.source, self.target = nn.Linear(own, hidden, bias=False), nn.Linear(own, hidden, bias=False)
        self.direct = nn.Linear(_DIRECT, hidden, bias=False)
        self.head = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU())
        self.out = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("_scale", torch.tensor(1.0, dtype=torch.float64))

    @torch.no_grad()
    def prepare(self, shortest: float, longest: float, positive_share: float) -> None:
        """Begin with waves between two lengths in seconds, and measure ages by the shorter one."""
        self.time_code.spread(shortest, longest)
        self._scale.fill_(shortest)

    def begin(self) -> NATState:
        """Give a state into which nothing was written."""
        slots, second, width, own = self.sizes
        state = NATState.empty(self.n_nodes, slots, second, width, own, self.n_features)
        state.own = state.own.to(self._dtype)
        return state

    @property
    def _dtype(self) -> torch.dtype:
        return self.out.weight.dtype

    def read(self, state: NATState, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the own vectors of (B,) nodes, last events included: (B, H). They do not depend on the time."""
        distinct, place = torch.unique(nodes, return_inverse=True)
        return self._own(state, distinct)[place]

    def score(self, state: NATState, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the logits of (B,) pairs."""
        nodes, place = torch.unique(torch.cat([src, dst]), return_inverse=True)
        seen = self._read(state, nodes)
        ends = place.view(2, -1)
        joint = state.join(ends.numpy(), time.numpy(), nodes.numpy(), seen.slots, self._scale.item())
        hidden = self.pool(self._pooled(joint, seen.values, len(src)))
        hidden = (
            hidden
            + self.source(seen.own)[ends[0]]
            + self.target(seen.own)[ends[1]]
            + self.direct(joint.direct.to(self._dtype))
        )
        logit: torch.Tensor = self.out(self.head(hidden))[:, 0]
        return logit

    def loss(self, state: NATState, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the loss of true pairs against one negative each."""
        src, time = torch.cat([batch.src, batch.src]), torch.cat([batch.time, batch.time])
        logit = self.score(state, src, torch.cat([batch.dst, negative]), time)
        return (link_loss(*logit.view(2, -1)),)

    @torch.no_grad()
    def write(self, state: NATState, batch: EventBatch) -> None:
        """Take a batch into the tables, event by event; events of one time in the order of a hash of their content."""
        if len(batch.src) == 0:
            return
        columns = (batch.src, batch.dst, batch.time, batch.weight, batch.features)
        arrays = [np.ascontiguousarray(x.numpy()) for x in columns]
        order = content_order(*arrays)
        if order is not None:
            arrays = [a[order] for a in arrays]
        src, dst, time, _, features = arrays
        nodes, place = np.unique(np.concatenate([src, dst]), return_inverse=True)
        seen = self._kept(state, nodes)
        fresh = np.zeros((len(nodes), self.sizes[0], self.sizes[2]), np.float32)
        row = seen.slots.row[:, : self.sizes[0]]
        fresh[row >= 0] = seen.values.float().numpy()[row[row >= 0]]
        state.own[torch.from_numpy(nodes)] = seen.own
        state.take(src, dst, time, features, place.reshape(2, -1), fresh, self.seed, self.yields)
        state.fresh = None

    def _kept(self, state: NATState, nodes: np.ndarray) -> _Read:
        """Take up what a training step has just read of these nodes, or read them."""
        asked = torch.from_numpy(nodes)
        seen: _Read | None = state.fresh
        if seen is not None:
            at = torch.searchsorted(seen.nodes, asked).clamp_(max=len(seen.nodes) - 1)
            if torch.equal(seen.nodes[at], asked):
                slots = Slots(seen.slots.row[at.numpy()], seen.slots.owner, seen.slots.slot)
                return _Read(asked, seen.own[at], slots, seen.values)
        return self._read(state, asked)

    def _read(self, state: NATState, nodes: torch.Tensor) -> _Read:
        slots = state.slots(nodes.numpy())
        seen = _Read(nodes, self._own(state, nodes), slots, self._values(state, slots))
        if self.training and torch.is_grad_enabled():
            state.fresh = seen._replace(own=seen.own.detach(), values=seen.values.detach())
        return seen

    def _own(self, state: NATState, nodes: torch.Tensor) -> torch.Tensor:
        """Let own vectors take in the last event, where there is one."""
        ids = nodes.numpy()
        told = np.flatnonzero(state.partner[ids] >= 0)
        own = state.own[nodes]
        if len(told) == 0:
            return own
        who = ids[told]
        heard = [state.own[torch.from_numpy(state.partner[who])], torch.from_numpy(state.heard[who]).to(self._dtype)]
        heard.append(self.time_code(torch.from_numpy(state.gap[who])))
        place = torch.from_numpy(told)
        return own.index_copy(0, place, self.cell(torch.cat(heard, dim=1), own[place]))

    def _values(self, state: NATState, slots: Slots) -> torch.Tensor:
        """Give the vectors of occupied slots: the cell of NAT, run on what each slot holds and on its partner."""
        wide = self.sizes[0]
        near = slots.slot < wide
        a, s = slots.owner[near], slots.slot[near]
        b, k = slots.owner[~near], slots.slot[~near] - wide
        # First tables come first here; `back` puts the slots into their own order again.
        keys = np.concatenate([state.keys[a, s], state.keys2[b, k]])
        held = torch.from_numpy(np.concatenate([state.values[a, s], state.values2[b, k]])).to(self._dtype)
        gaps = np.concatenate([state.gaps[a, s], np.zeros(len(b))])
        told = np.concatenate([state.told[a, s], np.zeros((len(b), self.n_features), np.float32)])
        if self.n_nodes <= len(keys):
            heard = self.hear(state.own)[torch.from_numpy(keys)]
        else:
            distinct, place = np.unique(keys, return_inverse=True)
            heard = self.hear(state.own[torch.from_numpy(distinct)])[torch.from_numpy(place)]
        given = torch.cat([torch.from_numpy(told).to(self._dtype), self.time_code(torch.from_numpy(gaps))], dim=1)
        found = _cell(heard + self.told(given), self.carry(held), held)
        order = np.empty(len(keys), np.int64)
        order[near], order[~near] = np.arange(len(a)), len(a) + np.arange(len(b))
        return found[torch.from_numpy(order)]

    def _pooled(self, joint: Joint, values: torch.Tensor, n_pairs: int) -> torch.Tensor:
        """Attend over the keys of every pair, (P, heads * inner)."""
        if not torch.is_grad_enabled():
            return self._pooled_at_once(joint, values, n_pairs)
        pair = torch.repeat_interleave(torch.arange(n_pairs), joint.pointer.diff())
        held = values.new_zeros(len(joint.code), values.shape[1])
        held = held.index_add(0, joint.group, values[joint.entry])
        key = torch.cat([held, self.code(joint.code), joint.told.to(self._dtype)], dim=1)
        logit = nn.functional.leaky_relu(self.attend(key), _SLOPE)
        top = torch.full((n_pairs, self.heads), -torch.inf, dtype=self._dtype)
        top = top.scatter_reduce(0, pair[:, None].expand_as(logit), logit.detach(), "amax")
        weight = torch.exp(logit - top[pair])
        total = weight.new_zeros(n_pairs, self.heads).index_add(0, pair, weight)
        share = self.dropout(weight / total[pair])
        spread = (share[:, :, None] * key[:, None, :]).flatten(1)
        pooled: torch.Tensor = spread.new_zeros(n_pairs, spread.shape[1]).index_add(0, pair, spread)
        return pooled

    def _pooled_at_once(self, joint: Joint, values: torch.Tensor, n_pairs: int) -> torch.Tensor:
        """Do the same in one compiled loop: pairs that are only told need no gradient, and there may be millions."""
        inner = self.attend.in_features
        key = torch.empty(len(joint.code), inner, dtype=self._dtype)
        out = torch.empty(n_pairs, self.heads, inner, dtype=self._dtype)
        given = (values, self.code.weight, self.attend.weight, self.attend.bias)
        vectors, words, weight, bias = (x.detach().contiguous().numpy() for x in given)
        pool_tables(
            joint.entry.numpy(),
            joint.group.numpy(),
            joint.code.numpy(),
            joint.told.numpy(),
            joint.pointer.numpy(),
            vectors,
            words,
            weight,
            bias,
            _SLOPE,
            key.numpy(),
            out.numpy(),
        )
        return out.flatten(1)


def _cell(given: torch.Tensor, carried: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
    """Run a gated recurrent cell on what its two linear maps gave."""
    width = held.shape[1]
    gates = torch.sigmoid(given[:, : 2 * width] + carried[:, : 2 * width])
    reset, update = gates[:, :width], gates[:, width:]
    fresh = torch.tanh(given[:, 2 * width :] + reset * carried[:, 2 * width :])
    return fresh + update * (held - fresh)
