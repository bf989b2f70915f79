"""Correction: what a memory's cell says, drawn towards where the node was heading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import torch
from torch import nn

from interplay._core.errors import ConfigError, unknown_name
from interplay.represent.stream_encoder import StreamState
from interplay.represent.time_code import elapsed

if TYPE_CHECKING:
    from interplay.represent.memory import MemoryState

#: How the steps of a node make its mean rate: each by the time that it took, or each alike, as published.
RateRule = Literal["time", "step"]

#: Rows of the cells never leave [-1, 1]; neither may a prediction.
_FARTHEST = 1.0


class Moved(NamedTuple):
    """Rows before and after their mail, the latter with a gradient."""

    before: torch.Tensor
    after: torch.Tensor


@dataclass
class Tracks(StreamState):
    """How far and how long the rows of N nodes have moved, over the steps that took any time.

    Attributes
    ----------
    total : (N, D) tensor
        "time": sum of the steps; "step": sum of the steps over the times they took, per second.
    time : (N,) float64 tensor, s
        Sum of the times.
    steps : (N,) float64 tensor
        Number of steps; 0 where nothing is known.
    """

    total: torch.Tensor
    time: torch.Tensor
    steps: torch.Tensor

    def __post_init__(self) -> None:
        self.moved: Moved | None = None

    def forget(self) -> None:
        """Drop what the last read has kept."""
        self.moved = None


class Correction(nn.Module):
    """``(1 - g) (s + dt r) + g m``, for a row s, the time dt since its last message, its mean rate r, and the cell's m.

    No further is looked ahead than some mean times of the node's steps.

    Parameters
    ----------
    gamma : float, in (0, 1]
        g, at first.
    learn : bool
        Whether g is learnt; 1 cannot be.
    rule : {"time", "step"}
        r is the sum of a node's steps over the sum of their times, or the mean of step over time. The second gives all
        weight to the shortest times.
    horizon : float, > 0
        Largest dt, in mean times of the node's steps; infinite: no bound.

    Notes
    -----
    A node without a rate takes the cell's row as it is. Predictions are cut to [-1, 1]. Rates are sums over the rows
    that were kept, corrected ones, since the state began.

    References
    ----------
    Su, Zou, Wu (2024), ICLR: prediction and correction.
    """

    gate: torch.Tensor

    def __init__(self, gamma: float, learn: bool, rule: RateRule, horizon: float = math.inf) -> None:
        super().__init__()
        if rule not in get_args(RateRule):
            raise ConfigError(unknown_name("`rates`", rule, get_args(RateRule)))
        self.rule, self.learn, self.horizon = rule, learn, horizon
        if learn:
            self.gate = nn.Parameter(torch.tensor(math.log(gamma / (1.0 - gamma))))
        else:
            self.register_buffer("gate", torch.tensor(gamma))

    def begin(self, rows: torch.Tensor) -> Tracks:
        """Give tracks on which nothing has moved, for (N, D) rows."""
        none = torch.zeros(len(rows), dtype=torch.float64)
        return Tracks(torch.zeros_like(rows), none, none.clone())

    def forward(self, state: MemoryState, nodes: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
        """Correct the (n, D) rows that a cell gave for (n,) nodes with mail."""
        tracks, own = state.tracks, state.rows[nodes]
        assert isinstance(tracks, Tracks)
        gamma = torch.sigmoid(self.gate) if self.learn else self.gate
        corrected = torch.where(
            (tracks.steps[nodes] > 0)[:, None],
            (1.0 - gamma) * self.predict(state, nodes) + gamma * measured,
            measured,
        )
        if torch.is_grad_enabled():
            tracks.moved = Moved(own, corrected)
        return corrected

    def predict(self, state: MemoryState, nodes: torch.Tensor) -> torch.Tensor:
        """Give where the rows of (n,) nodes with mail were heading, (n, D)."""
        tracks, own = state.tracks, state.rows[nodes]
        assert isinstance(tracks, Tracks)
        time, steps = tracks.time[nodes], tracks.steps[nodes]
        rate = tracks.total[nodes] / torch.where(steps > 0, time if self.rule == "time" else steps, 1.0)[:, None]
        lag = elapsed(state.mail_time[nodes], state.updated[nodes])
        if math.isfinite(self.horizon):
            lag = torch.minimum(lag, self.horizon * time / steps.clamp(min=1.0))
        return (own + (lag[:, None] * rate).to(own.dtype)).clamp(-_FARTHEST, _FARTHEST)

    @torch.no_grad()
    def observe(self, state: MemoryState, nodes: torch.Tensor, rows: torch.Tensor) -> None:
        """Count the steps of (n,) nodes to the (n, D) rows that are about to be kept, where they took any time."""
        tracks = state.tracks
        assert isinstance(tracks, Tracks)
        lag = elapsed(state.mail_time[nodes], state.updated[nodes])
        some = lag > 0
        which, took = nodes[some], lag[some]
        step = rows[some] - state.rows[which]
        tracks.total[which] += step if self.rule == "time" else (step / took[:, None]).to(step.dtype)
        tracks.time[which] += took
        tracks.steps[which] += 1.0


def incoherence(moved: Moved) -> torch.Tensor:
    """Give one minus the mean cosine of rows before and after their mail, over those that had moved before; 0 of none.

    Parameters
    ----------
    moved : Moved

    Returns
    -------
    () tensor, in [0, 2]
    """
    some = (moved.before != 0).any(1)
    if not some.any():
        return moved.after.sum() * 0.0
    cosine: torch.Tensor = nn.functional.cosine_similarity(moved.before[some], moved.after[some], dim=1)
    return 1.0 - cosine.mean()
