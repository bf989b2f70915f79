"""Motifs that led to an event: walks of three events back in time, and what they would be if time were shuffled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream, uniform
from interplay.data import TemporalGraph
from interplay.data.event_index import EventIndex

Ids = NDArray[np.int64]

_SECOND = ("same pair again", "root and a third", "partner and a third")
_THIRD = ("nothing before", "root and partner", "root and the third", "partner and the third")

#: What each class of motif is, in words: 4 (x - 1) + y for the twelve, and 12 for an event with nothing before it.
MOTIF_CLASSES = (*(f"{x}; {y}" for x in _SECOND for y in _THIRD), "an event alone")


class Motifs(NamedTuple):
    """M walks of each of Q queries.

    Attributes
    ----------
    event : (Q, M, 3) int64 array
        Numbers of events, newest first, -1 where there is none.
    kind : (Q, M) int64 array
        Place in `MOTIF_CLASSES`, -1 where there is no walk.
    """

    event: Ids
    kind: Ids


@dataclass(frozen=True, eq=False)
class MotifSampler:
    """Draws motifs of a stream; what it looks up is laid out once, in O(E log E).

    Parameters
    ----------
    graph : TemporalGraph
    seed : int, >= 0
    horizon : int, >= 1, or None
        Second and third events are drawn from the last so many of each node, or pair, that qualify; None, as
        published: from all, however long ago.

    Raises
    ------
    ConfigError
        If a number is out of range.

    Notes
    -----
    The first event e1 touches the root u and is earlier than the query. The second is earlier than e1, and touches u or
    w, the other end of e1. The third is earlier than the second; where three nodes are in the walk, it joins two of
    them, and else it touches u or w. Each is drawn evenly from all events that qualify. Earlier is strictly earlier:
    events of one time are never in one walk. Self-loops are no steps: a walk that begins with one ends there.

    Classes are pairs (x, y). x: the second event joins the pair of e1 again (1), u and a third node (2), or w and a
    third (3). y: there is no third event (0), or it joins u and w (1), u and the third node (2), or w and it (3).

    References
    ----------
    Chen, Ying (2023), NeurIPS 36: retrospective motifs. Ours: the thirteenth class, evenness over the union of two
    rows, the horizon, and starts that are given.
    """

    graph: TemporalGraph
    seed: int = 0
    horizon: int | None = None

    def __post_init__(self) -> None:
        require_setting("seed", self.seed, least=0, whole=True)
        if self.horizon is not None:
            require_setting("horizon", self.horizon, least=1, whole=True)

    @cached_property
    def _rows(self) -> tuple[EventIndex, Ids]:
        """Rows of the nodes without self-loops, and the events in them in order."""
        g = self.graph
        kept = np.flatnonzero(g.src != g.dst)
        if len(kept) == len(g):
            return g.index, kept
        index = EventIndex.of(g.src[kept], g.dst[kept], g.time[kept], g.n_nodes)
        return EventIndex(index.offsets, kept[index.event], index.other, g.time), kept

    @cached_property
    def _pairs(self) -> tuple[Ids, Ids, Ids]:
        """Rows of the unordered pairs."""
        g, kept = self.graph, self._rows[1]
        low, high = np.minimum(g.src[kept], g.dst[kept]), np.maximum(g.src[kept], g.dst[kept])
        pair = low * g.n_nodes + high
        order = np.argsort(pair, kind="stable")
        key, count = np.unique(pair, return_counts=True)
        return key, np.concatenate([[0], np.cumsum(count)]).astype(np.int64), kept[order]

    @cached_property
    def _first(self) -> Ids:
        return np.searchsorted(self.graph.time, self.graph.time, side="left").astype(np.int64)

    def starts(self, roots: ArrayLike, time: ArrayLike, reach: int) -> Ids:
        """Give the last `reach` events of each root before its time, newest first: (Q, reach), -1 for none."""
        start, stop = self.graph.index.before(roots, time)
        place = stop[:, None] - 1 - np.arange(reach)[None, :]
        if len(self.graph.index.event) == 0:
            return np.full(place.shape, -1, np.int64)
        return np.where(place >= start[:, None], self.graph.index.event[np.maximum(place, 0)], -1)

    def sample(self, roots: ArrayLike, starts: ArrayLike, keys: ArrayLike, *, walks: int = 1) -> Motifs:
        """Walk back from given first events.

        Parameters
        ----------
        roots : (Q,) int array
        starts : (Q, K) int array
            Numbers of events that touch their root, -1 for none.
        keys : (Q,) int array
            Identity of each query: equal keys, roots and starts give equal walks.
        walks : int, >= 1
            From each start.

        Returns
        -------
        Motifs
            M = K walks; the walks from one start stand side by side.

        Raises
        ------
        DataError
            If an event does not touch its root, or a number is outside.
        """
        from interplay.ops.event_motifs import walk_back

        require_setting("walks", walks, least=1, whole=True)
        root, first, key = (np.asarray(x, dtype=np.int64) for x in (roots, starts, keys))
        g = self.graph
        require_ids("roots", root, g.n_nodes, "n_nodes")
        if first.ndim != 2 or len(first) != len(root) or key.shape != root.shape:
            raise DataError(
                f"`starts` and `keys` must have a row per root, got {first.shape}, {key.shape} and {root.shape}."
            )
        if first.size and (first.min() < -1 or first.max() >= len(g)):
            raise DataError(f"`starts` must be -1 or numbers below E={len(g)}, got {first.min()} to {first.max()}.")
        there = first >= 0
        at = np.where(there, first, 0)
        if there.any() and ((g.src[at] != root[:, None]) & (g.dst[at] != root[:, None]) & there).any():
            raise DataError("`starts` must be events of their root, got one that does not touch it. Check `roots`.")
        start = np.repeat(first, walks, axis=1)
        number = np.arange(start.shape[1])
        word = (uniform(self.seed, "motif", key[:, None], number[None, :]) * 2.0**53).astype(np.uint64)
        found = np.empty((*start.shape, 3), np.int64)
        kind = np.empty(start.shape, np.int64)
        index, (pair, offsets, events) = self._rows[0], self._pairs
        rows = (index.offsets, index.event, index.other, pair, offsets, events)
        last = len(g) + 1 if self.horizon is None else self.horizon
        walk_back(*rows, self._first, g.src, g.dst, root, np.ascontiguousarray(start), last, word, found, kind)
        return Motifs(found, kind)

    def shares(self, *, queries: int = 500, reach: int = 10, walks: int = 2) -> NDArray[np.float64]:
        """Give the share of each class among walks from both ends of some events.

        Parameters
        ----------
        queries : int, >= 1
            Events, drawn evenly without return; all, where there are not so many.
        reach : int, >= 1
            First events are the last so many of each end.
        walks : int, >= 1
            From each first event.

        Returns
        -------
        (13,) float64 array
            In the order of `MOTIF_CLASSES`, sum 1; one walk is added to each class, so that none is 0.
        """
        require_setting("queries", queries, least=1, whole=True)
        require_setting("reach", reach, least=1, whole=True)
        g = self.graph
        drawn = stream(self.seed, "motif queries").permutation(len(g))[:queries]
        roots, time = np.concatenate([g.src[drawn], g.dst[drawn]]), np.tile(g.time[drawn], 2)
        starts = self.starts(roots, time, reach)
        kind = self.sample(roots, starts, np.concatenate([2 * drawn, 2 * drawn + 1]), walks=walks).kind
        count = np.bincount(kind[kind >= 0], minlength=len(MOTIF_CLASSES)) + 1.0
        return np.asarray(count / count.sum())


def shuffled_times(graph: TemporalGraph, *, seed: int = 0) -> TemporalGraph:
    """Give every pair, with all it brings, the time of another: who meets stays, when and in which order does not.

    Parameters
    ----------
    graph : TemporalGraph
    seed : int, >= 0

    Returns
    -------
    TemporalGraph
    """
    turn = stream(seed, "shuffled times").permutation(len(graph))
    return replace(
        graph,
        src=graph.src[turn],
        dst=graph.dst[turn],
        weight=graph.weight[turn],
        kind=None if graph.kind is None else graph.kind[turn],
        features=None if graph.features is None else graph.features[turn],
    )
