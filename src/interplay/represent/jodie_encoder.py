"""The torch module behind `JODIE`: rows that two cells move event by event, and a guess where the next one leads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn

from interplay.ops.event_hashes import content_order
from interplay.ops.t_batches import previous_contacts, t_batches
from interplay.represent.jodie_loss import Reduction, reduce_errors
from interplay.represent.stream_encoder import StreamState
from interplay.represent.time_code import elapsed
from interplay.tensors.event_batch import EventBatch

#: Pairs whose distances are computed at once.
_CHUNK = 1 << 14


@dataclass
class JodieState(StreamState):
    """Where N nodes are.

    Attributes
    ----------
    rows : (N, D) tensor
        Dynamic embeddings, of length 1; of no meaning where `updated` is -inf.
    updated : (N,) float64 tensor, s
        Last event of every node; -inf where there was none.
    partner : (N,) int64 tensor
        Destination of the node's last event as a source; N where there was none.
    """

    rows: torch.Tensor
    updated: torch.Tensor
    partner: torch.Tensor

    def __post_init__(self) -> None:
        self.fresh: _Fresh | None = None

    def forget(self) -> None:
        """Drop what the last read has kept."""
        self.fresh = None


class _Plan(NamedTuple):
    """Where everything is in a batch of B events, in an order in which it can be gone through; no gradient.

    The batch knows n nodes; places among them stand for nodes, and place n for "no destination yet".
    """

    order: torch.Tensor  # (B,) events, t-batch by t-batch
    group: torch.Tensor  # (B,) the t-batch of each
    bounds: list[int]
    u: torch.Tensor  # (B,) places of sources and destinations
    v: torch.Tensor
    since_u: torch.Tensor  # (B,) s
    since_v: torch.Tensor
    previous: torch.Tensor  # (B,) the source's destination before, N for none
    holder: torch.Tensor  # (B,) where its row is, among the rows that the batch began with, and those that came of it
    nodes: torch.Tensor  # (n,)
    end: tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # places touched; their new times, their new partners


class _Walk(NamedTuple):
    """Rows of source, destination and destination before as each event met them, and the first two after it."""

    u: torch.Tensor
    v: torch.Tensor
    last: torch.Tensor
    new_u: torch.Tensor
    new_v: torch.Tensor
    rows: torch.Tensor  # (n + 1, D) when all is over


class _Fresh(NamedTuple):
    """A batch that was gone through to give its loss: what `write` need not compute again."""

    batch: EventBatch
    plan: _Plan
    rows: torch.Tensor


class JodieEncoder(nn.Module):
    """A `StreamEncoder`; the settings are those of `JODIE`.

    Parameters
    ----------
    n_nodes, n_features : int
    width, static : int
    reduction : {"tbatch_mean", "item_sum", "full_sum"}
    drift : float
    """

    parts = ("loss", "prediction", "drift")
    scale: torch.Tensor

    def __init__(
        self, n_nodes: int, n_features: int, *, width: int, static: int, reduction: Reduction, drift: float
    ) -> None:
        super().__init__()
        self.n_nodes, self.width, self.reduction, self.drift_weight = n_nodes, width, reduction, drift
        self.start_src, self.start_dst = nn.Parameter(torch.rand(width)), nn.Parameter(torch.rand(width))
        told = 1 + n_features + 1
        self.src_rows, self.src_told = nn.Linear(2 * width, width, bias=False), nn.Linear(told, width)
        self.dst_rows, self.dst_told = nn.Linear(2 * width, width, bias=False), nn.Linear(told, width)
        self.project = nn.Parameter(torch.empty(width).normal_(0.0, 1.0 / math.sqrt(width)))
        # One-hot vectors times matrices are rows of the matrices; row N stands for "no destination yet".
        self.of_source = nn.Parameter(torch.empty(n_nodes, static).normal_(0.0, 0.1))
        self.of_previous = nn.Parameter(torch.empty(n_nodes + 1, static).normal_(0.0, 0.1))
        self.guess = nn.Linear(2 * width, width + static)
        self.from_source = nn.Linear(static, width + static, bias=False)
        self.from_previous = nn.Linear(static, width + static, bias=False)
        self.factors = nn.Parameter(torch.empty(n_nodes, static).normal_(0.0, 1.0 / math.sqrt(max(n_nodes, 1))))
        self.again = nn.Parameter(torch.zeros(n_nodes + 1))
        self.again_all = nn.Parameter(torch.zeros(()))
        self.register_buffer("scale", torch.ones((), dtype=torch.float64))

    @torch.no_grad()
    def prepare(self, shortest: float, longest: float, positive_share: float) -> None:
        """Measure time in units of the geometric mean of the shortest and the longest time told apart, in seconds."""
        self.scale.fill_(math.sqrt(shortest * max(longest, shortest)))

    def begin(self) -> JodieState:
        """Give a state into which nothing was written."""
        n = self.n_nodes
        return JodieState(
            rows=torch.zeros(n, self.width, dtype=self.project.dtype),
            updated=torch.full((n,), -torch.inf, dtype=torch.float64),
            partner=torch.full((n,), n, dtype=torch.int64),
        )

    def read(self, state: JodieState, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give where (B,) nodes will be at (B,) times, as sources, (B, D)."""
        rows = self._current(state.rows[nodes], state.updated[nodes], self.start_src)
        return self._projected(rows, self._lag(time, state.updated[nodes]))

    def score(self, state: JodieState, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give minus the squared distance of each destination from where its source is guessed to lead, (B,)."""
        # A source is asked about many destinations: its guess is made once.
        _, moment = torch.unique(time, return_inverse=True)
        key = src * (len(time) + 1) + moment
        _, place = torch.unique(key, return_inverse=True)
        once = torch.empty(int(place.max()) + 1 if len(place) else 0, dtype=torch.int64)
        once[place] = torch.arange(len(src))
        nodes, previous = src[once], state.partner[src[once]]
        known = previous.clamp(max=self.n_nodes - 1)
        last = self._current(state.rows[known], state.updated[known], self.start_dst)
        last = torch.where((previous < self.n_nodes)[:, None], last, self._unit(self.start_dst))
        guess = self._guess(self.read(state, nodes, time[once]), last, nodes, previous)
        square = self._square(guess, previous)
        parts = []
        for k in range(0, max(len(src), 1), _CHUNK):
            a, v = place[k : k + _CHUNK], dst[k : k + _CHUNK]
            target = self._current(state.rows[v], state.updated[v], self.start_dst)
            parts.append(-self._error(guess[a], square[a], target, v, previous[a]))
        return torch.cat(parts)

    def loss(self, state: JodieState, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the loss of a batch and its two parts; negatives are not needed."""
        plan = _planned(state, batch)
        walk = self._walk(state, batch, plan)
        if self.training:
            state.fresh = _Fresh(batch, plan, walk.rows.detach())
        src, dst = batch.src[plan.order], batch.dst[plan.order]
        lag = self._lag(batch.time[plan.order], plan.since_u)
        guess = self._guess(self._projected(walk.u, lag), walk.last, src, plan.previous)
        error = self._error(guess, self._square(guess, plan.previous), walk.v.detach(), dst, plan.previous)
        prediction = reduce_errors(error, plan.group, self.width + self.n_nodes, self.reduction)
        moved = (walk.new_u - walk.u.detach()).square().sum(1)
        moved = moved + (walk.new_v - walk.v.detach()).square().sum(1) * (src != dst)
        drift = reduce_errors(moved, plan.group, self.width, "tbatch_mean")
        return prediction + self.drift_weight * drift, prediction, drift

    @torch.no_grad()
    def write(self, state: JodieState, batch: EventBatch) -> None:
        """Take a batch into the state, every event in its turn."""
        if len(batch.src) == 0:
            return
        fresh = state.fresh
        if fresh is not None and fresh.batch is batch:
            plan, rows = fresh.plan, fresh.rows
        else:
            plan = _planned(state, batch)
            rows = self._walk(state, batch, plan).rows
        state.fresh = None
        touched, updated, partner = plan.end
        nodes = plan.nodes[touched]
        state.rows[nodes], state.updated[nodes], state.partner[nodes] = rows[touched], updated, partner

    def _walk(self, state: JodieState, batch: EventBatch, plan: _Plan) -> _Walk:
        """Go through a batch, t-batch by t-batch: gradients reach back to its first event."""
        time = batch.time[plan.order]
        raw = torch.cat([batch.weight[:, None], batch.features], 1)[plan.order].to(self.project.dtype)
        told_u = self.src_told(torch.cat([raw, self._lag(time, plan.since_u)], 1))
        told_v = self.dst_told(torch.cat([raw, self._lag(time, plan.since_v)], 1))
        begin_u, begin_v = self._unit(self.start_src), self._unit(self.start_dst)
        new_to_u, new_to_v = torch.isneginf(plan.since_u)[:, None], torch.isneginf(plan.since_v)[:, None]
        rows = begun = torch.cat([state.rows[plan.nodes], begin_v[None]])
        parts: list[tuple[torch.Tensor, ...]] = []
        for a, b in pairwise(plan.bounds):
            p, q = plan.u[a:b], plan.v[a:b]
            u = torch.where(new_to_u[a:b], begin_u, rows[p])
            v = torch.where(new_to_v[a:b], begin_v, rows[q])
            new_u = self._unit(torch.tanh(self.src_rows(torch.cat([u, v], 1)) + told_u[a:b]))
            new_v = self._unit(torch.tanh(self.dst_rows(torch.cat([v, u], 1)) + told_v[a:b]))
            parts.append((u, v, new_u, new_v))
            # The one end of a loop moves once, as a source.
            two = p != q
            rows = rows.index_copy(0, torch.cat([p, q[two]]), torch.cat([new_u, new_v[two]]))
        u, v, new_u, new_v = (torch.cat(x) for x in zip(*parts, strict=True))
        return _Walk(u, v, torch.cat([begun, new_u, new_v])[plan.holder], new_u, new_v, rows)

    def _unit(self, rows: torch.Tensor) -> torch.Tensor:
        unit: torch.Tensor = nn.functional.normalize(rows, dim=-1)
        return unit

    def _current(self, rows: torch.Tensor, updated: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        return torch.where(torch.isneginf(updated)[:, None], self._unit(start), rows)

    def _lag(self, time: torch.Tensor, since: torch.Tensor) -> torch.Tensor:
        """Give elapsed times on a scale on which neither a second nor a year is far out, (B, 1); of the past, 0."""
        lag: torch.Tensor = torch.log1p(elapsed(time, since).clamp(min=0) / self.scale).to(self.project.dtype)
        return lag[:, None]

    def _projected(self, rows: torch.Tensor, lag: torch.Tensor) -> torch.Tensor:
        return rows * (1.0 + lag * self.project)

    def _guess(self, rows: torch.Tensor, last: torch.Tensor, src: torch.Tensor, previous: torch.Tensor) -> torch.Tensor:
        """Give the guessed row, and factors of the guessed one-hot vector, of the next destination, (B, D + S)."""
        found: torch.Tensor = self.guess(torch.cat([rows, last], 1))
        told: torch.Tensor = self.from_source(self.of_source[src]) + self.from_previous(self.of_previous[previous])
        return found + told

    def _square(self, guess: torch.Tensor, previous: torch.Tensor) -> torch.Tensor:
        """Give squared distances of guessed one-hot vectors ``F a + g e_previous`` from 0, (B,), without N numbers."""
        a, g = guess[:, self.width :], self._again(previous)
        at_previous = (self.factors[previous.clamp(max=self.n_nodes - 1)] * a).sum(1)
        return ((a @ (self.factors.T @ self.factors)) * a).sum(1) + 2.0 * g * at_previous + g.square()

    def _error(
        self, guess: torch.Tensor, square: torch.Tensor, target: torch.Tensor, dst: torch.Tensor, previous: torch.Tensor
    ) -> torch.Tensor:
        """Give squared distances from guesses to (B, D) rows and to one-hot vectors of (B,) destinations, (B,)."""
        near = (guess[:, : self.width] - target).square().sum(1)
        hit = (self.factors[dst] * guess[:, self.width :]).sum(1)
        return near + square - 2.0 * (hit + torch.where(dst == previous, self._again(previous), 0.0)) + 1.0

    def _again(self, previous: torch.Tensor) -> torch.Tensor:
        return torch.where(previous < self.n_nodes, self.again_all + self.again[previous], 0.0)


def _planned(state: JodieState, batch: EventBatch) -> _Plan:
    """Lay out a batch of at least one event; of events of one time, those with the smaller hash come first."""
    content = (x.numpy() for x in (batch.src, batch.dst, batch.time, batch.weight, batch.features))
    turn = content_order(*content)
    order = torch.arange(len(batch.src)) if turn is None else torch.from_numpy(turn)
    src, dst, none = batch.src[order], batch.dst[order], len(state.partner)
    earlier = state.partner[src]
    nodes, place = torch.unique(torch.cat([src, dst, earlier[earlier < none]]), return_inverse=True)
    u, v = place[: len(src)], place[len(src) : 2 * len(src)]
    updated, partner = state.updated[nodes], state.partner[nodes]
    near = torch.searchsorted(nodes, partner).clamp(max=len(nodes) - 1)
    near = torch.where(nodes[near] == partner, near, len(nodes))
    contact = near.clone()
    found = previous_contacts(u.numpy(), v.numpy(), batch.time[order].numpy(), updated.numpy(), contact.numpy())
    groups = t_batches(u.numpy(), v.numpy(), len(nodes))
    walk = torch.from_numpy(groups.order)
    since_u, since_v, before, holder = (torch.from_numpy(x)[walk] for x in found)
    # Rows that came of the batch stand in the order of the walk.
    place = torch.empty_like(walk)
    place[walk] = torch.arange(len(walk))
    came = holder - len(nodes) - 1
    turned = place[came.clamp(min=0) % len(walk)] + torch.where(came >= len(walk), len(walk), 0) + len(nodes) + 1
    number = torch.cat([nodes, torch.tensor([none])])
    touched = torch.unique(torch.cat([u, v]))
    # A node that was no source in the batch keeps its partner, which the batch may not know.
    kept = contact[touched] == near[touched]
    return _Plan(
        order=order[walk],
        group=torch.from_numpy(groups.number)[walk],
        bounds=groups.bounds.tolist(),
        u=u[walk],
        v=v[walk],
        since_u=since_u,
        since_v=since_v,
        previous=number[before],
        holder=torch.where(came < 0, holder, turned),
        nodes=nodes,
        end=(touched, updated[touched], torch.where(kept, partner[touched], number[contact[touched]])),
    )
