"""The torch module behind `TempME`: from a motif to how much it counts."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import nn

from interplay.explain.event_motifs import MOTIF_CLASSES
from interplay.represent.time_code import TimeCode

#: What an end of an event may be: the walk's root, the other end of the queried pair, the other end of the first event.
ROLES = 3


class MotifBatch(NamedTuple):
    """M motifs of each of Q queried pairs, and the events that the model can weigh.

    Attributes
    ----------
    raw : (Q, M, 3, R) float32 tensor
        What the events brought: weight and features; 0 where there is none.
    elapsed : (Q, M, 3) float64 tensor, s
        From the event to the query.
    counts : (Q, M, 3, 3) float32 tensor
        How often the event stands first, second and third in the motifs of the query, over M.
    role : (Q, M, 3, 2, 3) float32 tensor
        Of source and destination.
    kind : (Q, M) int64 tensor
        Place in `MOTIF_CLASSES`, -1 where there is no motif.
    event : (Q, M, 3) int64 tensor
        Numbers, -1 where there is none.
    candidate : (Q, 2, K) int64 tensor
        Numbers of the events of both ends that the model can weigh, -1 where there is none.
    """

    raw: torch.Tensor
    elapsed: torch.Tensor
    counts: torch.Tensor
    role: torch.Tensor
    kind: torch.Tensor
    event: torch.Tensor
    candidate: torch.Tensor


class MotifEncoder(nn.Module):
    """Gives each motif the log-odds that it counts.

    Parameters
    ----------
    n_raw : int
        R.
    time_width, hidden : int

    Notes
    -----
    An event is coded by what it brought, its three counts and its age; message passing runs along each event both
    ways, ``f(x_a + relu(x_b + W e)) + f(x_b + relu(x_a + W e))``; the newest event asks the two older ones.

    References
    ----------
    Chen, Ying (2023), NeurIPS 36: the motif encoder.
    """

    middle: torch.Tensor
    spread: torch.Tensor

    def __init__(self, n_raw: int, time_width: int, hidden: int) -> None:
        super().__init__()
        self.time_code = TimeCode(time_width)
        self.register_buffer("middle", torch.zeros(n_raw))
        self.register_buffer("spread", torch.ones(n_raw))
        self.event = nn.Linear(n_raw + 3 + time_width, hidden)
        self.node = nn.Linear(ROLES, hidden)
        self.step = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        self.query, self.key = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, hidden, bias=False)
        self.out = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU())
        self.head = nn.Sequential(nn.Linear(hidden + len(MOTIF_CLASSES), hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self._root = math.sqrt(hidden)

    @torch.no_grad()
    def prepare(self, shortest: float, longest: float, middle: torch.Tensor, spread: torch.Tensor) -> None:
        """Set the lengths of the time code, and mean and standard deviation of what events bring."""
        self.time_code.spread(shortest, longest)
        self.middle.copy_(middle)
        self.spread.copy_(torch.where(spread > 0, spread, 1.0))

    def forward(self, given: MotifBatch) -> torch.Tensor:
        """Give the log-odds of every motif, (Q, M); -inf where there is none."""
        there, dtype = given.event >= 0, self.middle.dtype
        told = torch.where(there[..., None], (given.raw.to(dtype) - self.middle) / self.spread, 0.0)
        code = self.event(torch.cat([told, given.counts.to(dtype), self.time_code(given.elapsed)], -1))
        a, b = self.node(given.role.to(dtype)).unbind(3)
        passed = self.step(a + torch.relu(b + code)) + self.step(b + torch.relu(a + code))
        newest, older = passed[:, :, 0], passed[:, :, 1:]
        asked = (self.query(newest)[:, :, None] * self.key(older)).sum(-1) / self._root
        share = torch.softmax(asked.masked_fill(~there[:, :, 1:], -1e9), -1) * there[:, :, 1:]
        whole = self.out(newest + (share[..., None] * older).sum(2))
        which = nn.functional.one_hot(given.kind.clamp(min=0), len(MOTIF_CLASSES)).to(whole.dtype)
        found: torch.Tensor = self.head(torch.cat([whole, which], -1)).squeeze(-1)
        return found.masked_fill(given.kind < 0, -torch.inf)


def event_logits(logit: torch.Tensor, given: MotifBatch) -> torch.Tensor:
    """Give each candidate event the largest log-odds of the motifs that it is in.

    Parameters
    ----------
    logit : (Q, M) tensor
    given : MotifBatch

    Returns
    -------
    (Q, 2, K) tensor
        -inf for what is in no motif.
    """
    flat = given.candidate.flatten(1)
    held = (given.event[:, None] == flat[:, :, None, None]).any(-1) & (flat >= 0)[:, :, None]
    found = torch.where(held, logit[:, None, :], -torch.inf).amax(-1)
    return found.view_as(given.candidate)


def relaxed(logit: torch.Tensor, temperature: float, generator: torch.Generator | None) -> torch.Tensor:
    """Turn log-odds into weights in [0, 1]: relaxed draws with noise from `generator`, or probabilities without.

    Parameters
    ----------
    logit : tensor
    temperature : float, > 0
    generator : torch.Generator or None
        None: no noise, as in evaluation.

    Returns
    -------
    tensor
        0 where the log-odds are -inf.

    Notes
    -----
    Maddison et al. (2017), ICLR: sigmoid((l + log u - log(1 - u)) / temperature).
    """
    if generator is None:
        return torch.sigmoid(logit)
    noise = torch.rand(logit.shape, generator=generator, dtype=logit.dtype).clamp(1e-6, 1 - 1e-6)
    there = ~torch.isneginf(logit)
    drawn = torch.sigmoid((torch.where(there, logit, 0.0) + torch.logit(noise)) / temperature)
    return torch.where(there, drawn, 0.0)


def bottleneck(logit: torch.Tensor, kind: torch.Tensor, null: torch.Tensor, prior: float) -> torch.Tensor:
    """Give how far the motifs that count are from the prior, in nats, mean over the queries that have motifs.

    Parameters
    ----------
    logit : (Q, M) tensor
        Log-odds p of each motif, -inf where there is none.
    kind : (Q, M) int64 tensor
        Classes, -1 where there is none.
    null : (C,) tensor
        Share of each class where time is shuffled, in the same order, > 0, sum 1.
    prior : float, in (0, 1)
        Share of motifs that count, a priori.

    Returns
    -------
    () tensor

    Notes
    -----
    A motif is drawn, and counts with its p: it is of class c and counts with ``q_c = sum over class c of p / M``, and
    does not count with 1 - s, s the sum of all q. Against the prior (1 - prior, prior * null):
    ``KL = (1 - s) ln((1 - s) / (1 - prior)) + sum_c q_c ln(q_c / (prior null_c))``, summed over the classes: 0 exactly
    if a share `prior` counts and their classes are as where time is shuffled. Form: Chen, Ying (2023).
    """
    there = kind >= 0
    has = there.any(1)
    if not bool(has.any()):
        return logit.new_zeros(())
    p, group, here = torch.sigmoid(logit[has]), kind[has].clamp(min=0), there[has]
    size = here.sum(1, keepdim=True)
    q = torch.zeros(len(p), len(null), dtype=p.dtype).scatter_add(1, group, torch.where(here, p, 0.0)) / size
    rest = (1 - q.sum(1)).clamp(min=1e-6)
    gone = rest * torch.log(rest / (1 - prior))
    kept = torch.where(q > 0, q * torch.log(q.clamp(min=1e-12) / (prior * null)), 0.0).sum(1)
    return (gone + kept).mean()
