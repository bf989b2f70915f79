"""What is asked of a frozen model of a stream: pairs at their times, the events it can weigh, and their motifs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph, event_batches
from interplay.explain.event_motifs import MotifSampler
from interplay.explain.temp_me_encoder import MotifBatch
from interplay.measures.negatives import random_negatives
from interplay.represent.stream_results import StreamResult
from interplay.tensors.event_batch import event_batch

Ids = NDArray[np.int64]


class Weighable(Protocol):
    """A `StreamEncoder` that can be asked with a weight on every event that it looks back at."""

    def begin(self) -> Any:
        """Give a state into which nothing was written."""
        ...

    def write(self, state: Any, batch: Any) -> None:
        """Take a batch into the state."""
        ...

    def candidates(self, state: Any, nodes: torch.Tensor) -> torch.Tensor:
        """Give the numbers of the events that (B,) nodes are read from, newest first, (B, K); -1 for none."""
        ...

    def score_weighted(
        self,
        state: Any,
        src: torch.Tensor,
        dst: torch.Tensor,
        time: torch.Tensor,
        src_weights: torch.Tensor,
        dst_weights: torch.Tensor,
    ) -> torch.Tensor:
        """Give logits with (B, K) weights on the events of both ends' `candidates`; weights of 1 change nothing."""
        ...


class Queries(NamedTuple):
    """Q pairs at their times, before anything of those times is written.

    Attributes
    ----------
    state : object
        The model's, of that moment.
    src, dst : (Q,) int64 tensors
    time : (Q,) float64 tensor, s
    number : (Q,) int64 array
        The event that was asked about, or whose source and time were.
    negative : (Q,) bool array
        Whether the destination is another one.
    given : MotifBatch
    """

    state: Any
    src: torch.Tensor
    dst: torch.Tensor
    time: torch.Tensor
    number: Ids
    negative: NDArray[np.bool_]
    given: MotifBatch

    def logit(self, base: Weighable, weights: torch.Tensor | None = None) -> torch.Tensor:
        """Ask the model, with (Q, 2, K) weights on its events, or with all of them."""
        w = torch.ones(self.given.candidate.shape) if weights is None else weights
        return base.score_weighted(self.state, self.src, self.dst, self.time, w[:, 0], w[:, 1])


@dataclass(frozen=True, eq=False)
class Asker:
    """Replays a stream into a frozen model, and asks it on the way.

    Parameters
    ----------
    base : Weighable
        In evaluation mode.
    graph : TemporalGraph
    aim : {"link", "sign"}
        For links, every event is asked about beside another destination for its source.
    batch : int
        Events that are asked about, and written, at once.
    pool : (P,) int64 array
        Destinations that negatives are drawn from.
    walks : int
        From each event that can be weighed.
    horizon : int or None
        As of `MotifSampler`.
    seed : int
    """

    base: Any
    graph: TemporalGraph
    aim: str
    batch: int
    pool: Ids
    walks: int
    horizon: int | None
    seed: int

    @cached_property
    def sampler(self) -> MotifSampler:
        """Of the stream's motifs."""
        return MotifSampler(self.graph, self.seed, self.horizon)

    def asked(
        self,
        start: int,
        stop: int,
        queries: int,
        *,
        step: int | None = None,
        draw: int = 0,
        state: Any = None,
        written: int = 0,
    ) -> Iterator[Queries]:
        """Ask about some batches of the events start to stop - 1, spread evenly, about `queries` events in all.

        Of each batch, `step` events are asked about, spread evenly; None: all.

        Every event up to the last batch is written in order, from `written` on into `state` where one is given. Queries
        hold the state itself, which the next step changes.
        """
        state = self.base.begin() if state is None else state
        self._write(state, written, start)
        bounds = event_batches(self.graph.time, self.batch, start=start, stop=stop)
        n = len(bounds) - 1
        if n < 1:
            return
        count = min(n, max(1, -(-queries // min(self.batch, step or self.batch))))
        chosen = set(np.round(np.linspace(0, n - 1, count + 2)[1:-1]).astype(int).tolist()) if count < n else None
        for k, (a, b) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
            if chosen is None or k in chosen:
                few = b - a if step is None else min(step, b - a)
                yield self._queries(state, a + (np.arange(few) * (b - a)) // few, draw)
            with torch.no_grad():
                self.base.write(state, event_batch(self.graph, a, b))

    def _write(self, state: Any, start: int, stop: int) -> None:
        bounds = event_batches(self.graph.time, self.batch, start=start, stop=stop)
        for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            with torch.no_grad():
                self.base.write(state, event_batch(self.graph, a, b))

    def _queries(self, state: Any, number: Ids, draw: int) -> Queries:
        g = self.graph
        src, dst, negative = g.src[number], g.dst[number], np.zeros(len(number), bool)
        if self.aim == "link":
            other = random_negatives(self.pool, g, number, seed=self.seed, draw=draw)
            src, dst, number = np.tile(src, 2), np.concatenate([dst, other]), np.tile(number, 2)
            negative = np.repeat([False, True], len(other))
        u, v = torch.from_numpy(src.copy()), torch.from_numpy(dst.copy())
        candidate = torch.stack([self.base.candidates(state, x) for x in (u, v)], 1)
        given = self.motifs(src, dst, g.time[number], number * 2 + negative, candidate)
        return Queries(state, u, v, torch.from_numpy(g.time[number].copy()), number, negative, given)

    def motifs(self, src: Ids, dst: Ids, time: NDArray[np.float64], key: Ids, candidate: torch.Tensor) -> MotifBatch:
        """Walk back from every event that can be weighed, at both ends, and describe what is found."""
        from interplay.ops.event_motifs import count_places

        g, starts = self.graph, candidate.numpy()
        sides = []
        for side, root in enumerate((src, dst)):
            sides.append(self.sampler.sample(root, starts[:, side], 2 * key + side, walks=self.walks))
        event = np.concatenate([s.event for s in sides], 1)
        kind = np.concatenate([s.kind for s in sides], 1)
        count = np.zeros((*event.shape, 3), np.float32)
        count_places(event, count)
        there, at = event >= 0, np.maximum(event, 0)
        told = g.weight[at].astype(np.float32)[..., None]
        if g.features is not None:
            told = np.concatenate([told, g.features[at]], -1)
        half = sides[0].event.shape[1]
        root = np.concatenate([np.repeat(x[:, None], half, 1) for x in (src, dst)], 1)
        other = np.concatenate([np.repeat(x[:, None], half, 1) for x in (dst, src)], 1)
        ends = np.stack([g.src[at], g.dst[at]], -1)
        met = ends[:, :, 0].sum(-1) - root
        roles = np.stack([ends == x[:, :, None, None] for x in (root, other, met)], -1) & there[..., None, None]
        elapsed = np.where(there, time[:, None, None] - g.time[at], 0.0)
        return MotifBatch(
            raw=torch.from_numpy(told * there[..., None]),
            elapsed=torch.from_numpy(elapsed),
            counts=torch.from_numpy(count),
            role=torch.from_numpy(roles.astype(np.float32)),
            kind=torch.from_numpy(kind),
            event=torch.from_numpy(event),
            candidate=candidate,
        )


def frozen(trained: StreamResult) -> Any:
    """Build the trained module of a result, with nothing left to train.

    Raises
    ------
    ConfigError
        If it cannot be asked with weights on its events.
    """
    from interplay.tensors import seeded_torch, with_parameters

    config = trained.config
    with seeded_torch(config.seed, config.name, "initial"):
        encoder = config.encoder(trained.n_nodes, trained.n_features)
    base = with_parameters(encoder, trained.parameters).eval()
    if not (hasattr(base, "candidates") and hasattr(base, "score_weighted")):
        raise ConfigError(
            f"`trained` must be a model that weighs single events, as 'tgn' does, got {trained.method!r}. It has no "
            "`candidates` and `score_weighted` to ask."
        )
    return base.requires_grad_(False)
