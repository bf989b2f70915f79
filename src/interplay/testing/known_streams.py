"""A model of streams whose reasons are known, and streams made by the same rule: what explainers must find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.represent.recent_events import RecentEvents
from interplay.represent.stream_method import StreamMethod
from interplay.represent.stream_results import StreamResult
from interplay.tensors.event_batch import EventBatch


class KnownEncoder(nn.Module):
    """Says that u and v will meet exactly if u met somebody, lately, who had just met v: -2, and 4 for each such event.

    Parameters
    ----------
    n_nodes : int
    reach, onward : int
        How many last events count: of u, and of a partner before it met u; onward < reach.
    """

    def __init__(self, n_nodes: int, reach: int, onward: int) -> None:
        super().__init__()
        self.n_nodes, self.reach, self.onward = n_nodes, reach, onward
        self.step = nn.Parameter(torch.tensor(4.0))

    def begin(self) -> RecentEvents:
        """Give empty rings."""
        return RecentEvents.begin(self.n_nodes, self.reach, 1)

    def write(self, state: RecentEvents, batch: EventBatch) -> None:
        """Take a batch into the rings."""
        state.write(batch, batch.weight[:, None])

    def candidates(self, state: RecentEvents, nodes: torch.Tensor) -> torch.Tensor:
        """Give the numbers of the events in the rings of (B,) nodes, (B, K)."""
        return state.numbers(state.read(nodes))

    def causes(self, state: RecentEvents, src: torch.Tensor, dst: torch.Tensor) -> torch.Tensor:
        """Tell which of the sources' events lead on to the destination, (B, K) bool."""
        recent = state.read(src)
        held = recent.slot >= 0
        second = state.read(recent.other.flatten())
        number, other = (x.view(*held.shape, -1) for x in (state.numbers(second), second.other))
        before = (number >= 0) & (number < state.numbers(recent)[..., None])
        just = before & (before.cumsum(-1) <= self.onward)
        return (just & (other == dst[:, None, None])).any(-1) & held & (recent.other != dst[:, None])

    def score_weighted(
        self,
        state: RecentEvents,
        src: torch.Tensor,
        dst: torch.Tensor,
        time: torch.Tensor,
        src_weights: torch.Tensor,
        dst_weights: torch.Tensor,
    ) -> torch.Tensor:
        """Give logits with weights on events; those of the destination's do not count."""
        there = self.causes(state, src, dst).to(src_weights.dtype)
        return (self.step * (src_weights * there).sum(1) - 2).to(src_weights.dtype)


@dataclass(frozen=True, kw_only=True)
class KnownMethod(StreamMethod):
    """`KnownEncoder` as a method; there is nothing to fit.

    Parameters
    ----------
    reach, onward : int, >= 1
    """

    reach: int = 8
    onward: int = 2

    @property
    def name(self) -> str:
        """Name for notes."""
        return "known"

    @property
    def citations(self) -> tuple[str, ...]:
        """Nothing to cite."""
        return ()

    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the module."""
        return KnownEncoder(n_nodes, self.reach, self.onward)

    def result(self, graph: TemporalGraph) -> StreamResult:
        """Give what a fit would have given."""
        return StreamResult(
            config=self,
            made_from=graph.digest,
            method=self.name,
            aim=self.aim,
            parameters={"step": np.array(4.0)},
            loss={},
            best_epoch=0,
            converged=True,
            n_nodes=graph.n_nodes,
            n_features=0,
            train_stop=0,
            validation_stop=0,
        )


def closing_stream(
    n_events: int = 2000, n_nodes: int = 80, *, share: float = 0.5, reach: int = 8, onward: int = 2, seed: int = 0
) -> TemporalGraph:
    """Make a stream in which a share of the events closes a path of two events; the others are by lot.

    Parameters
    ----------
    n_events, n_nodes : int
    share : float, in [0, 1]
    reach, onward : int
    seed : int, >= 0

    Returns
    -------
    TemporalGraph
    """
    r = stream(seed, "closing stream")
    events: list[list[int]] = [[] for _ in range(n_nodes)]
    pairs = np.empty((n_events, 2), np.int64)
    for e in range(n_events):
        u, v = (int(x) for x in r.choice(n_nodes, 2, replace=False))
        if r.random() < share and events[u]:
            e1 = int(r.choice(events[u][-reach:]))
            x = int(pairs[e1].sum()) - u
            before = events[x][: events[x].index(e1)][-onward:]
            found = [y for y in (int(pairs[k].sum()) - x for k in before) if y != u]
            v = int(r.choice(found)) if found else v
        pairs[e] = u, v
        events[u].append(e)
        events[v].append(e)
    time = np.arange(n_events, dtype=float)
    return TemporalGraph.from_events(pairs[:, 0], pairs[:, 1], time, n_nodes=n_nodes, span=(0.0, float(n_events)))


def known_causes(
    graph: TemporalGraph,
    src: NDArray[np.int64],
    dst: NDArray[np.int64],
    time: NDArray[np.float64],
    reach: int,
    onward: int,
) -> list[set[int]]:
    """List the events that `KnownEncoder` decides by, from the stream itself.

    Parameters
    ----------
    graph : TemporalGraph
        Without ties, written event by event.
    src, dst : (Q,) int64 arrays
    time : (Q,) float64 array, s
    reach, onward : int

    Returns
    -------
    list of Q sets of event numbers
    """
    out: list[set[int]] = []
    ends = np.stack([graph.src, graph.dst], 1)
    for u, v, t in zip(src.tolist(), dst.tolist(), time.tolist(), strict=True):

        def recent(node: int, last: int, before: float = t) -> NDArray[np.int64]:
            return np.flatnonzero((ends == node).any(1) & (graph.time < before))[-last:]

        found = set()
        for e in recent(u, reach).tolist():
            x = int(ends[e].sum()) - u
            if x != v and (ends[recent(x, onward, float(graph.time[e]))] == v).any():
                found.add(e)
        out.append(found)
    return out
