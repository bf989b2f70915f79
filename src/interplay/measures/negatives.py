"""Pairs that did not meet, to be told from those that did.

Three ways to choose them: any destination; a pair that met in training but does not now; a pair that meets only after
training, but not now. Random ones are told from true ones by whoever remembers who met: the other two show more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import uniform
from interplay.data import TemporalGraph

Ids = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: How negatives are chosen. "all" ranks an event against every other destination.
NegativeKind = Literal["random", "historical", "inductive", "all"]
NEGATIVE_KINDS: tuple[NegativeKind, ...] = ("random", "historical", "inductive", "all")

#: Draws before the pool is searched for what is left of it.
_TRIES = 8

#: Candidates that are looked at together.
_CHUNK = 1 << 20

#: Nothing could be drawn.
NONE = -1


@dataclass(frozen=True, eq=False)
class TruePairs:
    """Which pairs meet at the time of an event.

    Attributes
    ----------
    pair : (E,) int64 array
        Source times N plus destination, of every event.
    group : (E,) int64 array
        Number of the time of every event among those that several events share; -1 where it stands alone.
    code : (U,) int64 array
        The pairs of the events that share their time, sorted, each once.
    met : (M,) int64 array
        Group times U plus place in `code`, sorted, each once.
    n_nodes : int
    """

    pair: Ids
    group: Ids
    code: Ids
    met: Ids
    n_nodes: int

    @classmethod
    def of(cls, graph: TemporalGraph) -> TruePairs:
        """Lay out a stream, O(E + T log T) for T events that share their time."""
        pair = graph.src * graph.n_nodes + graph.dst
        same = graph.time[1:] == graph.time[:-1]
        tied = np.zeros(len(graph), bool)
        tied[1:] |= same
        tied[:-1] |= same
        step = np.ones(len(graph), bool)
        step[1:] = ~same
        group = np.where(tied, np.cumsum(step & tied) - 1, NONE)
        code, place = np.unique(pair[tied], return_inverse=True)
        met = np.unique(group[tied] * len(code) + place)
        return cls(pair, group, code, met, graph.n_nodes)

    def at(self, src: Ids, dst: Ids, event: Ids) -> Flags:
        """Tell whether (B,) pairs meet at the times of (B,) events."""
        asked = src * self.n_nodes + dst
        out = np.asarray(asked == self.pair[event])
        shared = np.flatnonzero((self.group[event] >= 0) & ~out)
        if len(shared):
            place = np.minimum(np.searchsorted(self.code, asked[shared]), len(self.code) - 1)
            key = self.group[event[shared]] * len(self.code) + place
            spot = np.minimum(np.searchsorted(self.met, key), len(self.met) - 1)
            out[shared] = (self.code[place] == asked[shared]) & (self.met[spot] == key)
        return out


def random_negatives(pool: Ids, graph: TemporalGraph, event: Ids, *, seed: int, draw: int) -> Ids:
    """Draw one other destination per event.

    Parameters
    ----------
    pool : (K,) int array, K >= 1
        Destinations to draw from: nodes of the destinations' role.
    graph : TemporalGraph
    event : (B,) int array
        Numbers of the events.
    seed : int
    draw : int, >= -1
        Other draws give other negatives.

    Returns
    -------
    (B,) int64 array
        None is met by the event's source at the event's time, unless the whole pool is.

    Raises
    ------
    DataError
        If the pool is empty.
    """
    drawn = draw_destinations(pool, TruePairs.of(graph), graph.src, event, seed=seed, draw=draw + 1)
    return np.where(drawn >= 0, drawn, pool[0])


def draw_destinations(pool: Ids, true: TruePairs, sources: Ids, event: Ids, *, seed: int, draw: int | Ids) -> Ids:
    """Draw one destination per event that its source does not meet at its time, from a common pool.

    Parameters
    ----------
    pool : (K,) int64 array, K >= 1
    true : TruePairs
    sources : (E,) int64 array
        Of all events.
    event : (B,) int64 array
    seed : int
    draw : int or (B,) int64 array, >= 0
        Part of the draw's identity.

    Returns
    -------
    (B,) int64 array
        -1 where no destination is left.

    Raises
    ------
    DataError
        If the pool is empty.

    Notes
    -----
    The number drawn hangs on (seed, draw, event, try) alone. After eight true partners in a row, which only a source
    that meets most of the pool at once gives, the choice is made among what is left.
    """
    _require_pool(pool, "destination")
    draws = np.broadcast_to(np.asarray(draw, np.int64), event.shape)
    out = np.full(len(event), NONE, np.int64)
    open_ = np.arange(len(event))
    for attempt in range(_TRIES):
        number = event[open_]
        place = uniform(seed, "negatives", draws[open_], number, attempt)
        chosen = pool[np.minimum((place * len(pool)).astype(np.int64), len(pool) - 1)]
        fine = ~true.at(sources[number], chosen, number)
        out[open_[fine]] = chosen[fine]
        open_ = open_[~fine]
        if len(open_) == 0:
            return out
    for k in open_.tolist():
        one = np.full(len(pool), event[k])
        left = pool[~true.at(sources[one], pool, one)]
        if len(left):
            place = uniform(seed, "negatives", draws[k : k + 1], event[k : k + 1], _TRIES)[0]
            out[k] = left[min(int(place * len(left)), len(left) - 1)]
    return out


@dataclass(frozen=True, eq=False, kw_only=True)
class NegativeSampler:
    """Negatives of the events of one stream.

    Parameters
    ----------
    graph : TemporalGraph
    kind : {"random", "historical", "inductive", "all"}
    train_stop : int, events, >= 0
        "historical" pairs met before this event; "inductive" ones from it on, and not before.
    seed : int

    Notes
    -----
    Two questions are asked of an event. `pairs`: one pair to set against it; a "historical" or "inductive" one is drawn
    from all such pairs, with its own source (as Poursafaei et al. 2022). `ranked`: destinations for the event's source,
    to rank its own destination against (as the Temporal Graph Benchmark); of the source's partners of the kind each
    stands once, in random order, and random destinations fill up what is missing. Nothing drawn meets at the event's
    time. Draws hang on the seed and the event's number, not on batches. Destinations are all nodes that ever are one
    in the stream.
    """

    graph: TemporalGraph
    kind: NegativeKind
    train_stop: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in NEGATIVE_KINDS:
            raise ConfigError(unknown_name("kind of negatives", self.kind, NEGATIVE_KINDS))

    @cached_property
    def pool(self) -> Ids:
        """All destinations of the stream, sorted."""
        return np.unique(self.graph.dst)

    @cached_property
    def true(self) -> TruePairs:
        """Which pairs meet when."""
        return TruePairs.of(self.graph)

    @cached_property
    def known_pairs(self) -> Ids:
        """The pairs that "historical" or "inductive" negatives are drawn from, sorted, each once."""
        trained = np.unique(self.true.pair[: self.train_stop])
        if self.kind == "historical":
            return trained
        return np.setdiff1d(self.true.pair[self.train_stop :], trained)

    def require(self) -> None:
        """Make sure that there is something to draw from.

        Raises
        ------
        DataError
            If there is no destination, or no pair of the kind.
        """
        _require_pool(self.pool, "destination")
        if self.kind in ("historical", "inductive"):
            _require_pool(self.known_pairs, f"{self.kind} pair")

    def pairs(self, event: Ids) -> tuple[Ids, Ids]:
        """Draw one pair per event.

        Parameters
        ----------
        event : (B,) int64 array

        Returns
        -------
        src, dst : (B,) int64 arrays
            -1 where there is nothing to draw.

        Raises
        ------
        DataError
            If there is no pair of the kind at all.
        """
        source = self.graph.src
        if self.kind in ("random", "all"):
            return source[event], draw_destinations(self.pool, self.true, source, event, seed=self.seed, draw=0)
        self.require()
        known = self.known_pairs
        n = max(self.graph.n_nodes, 1)
        src, dst = np.full(len(event), NONE, np.int64), np.full(len(event), NONE, np.int64)
        open_ = np.arange(len(event))
        for attempt in range(4 * _TRIES):
            place = uniform(self.seed, "negative pairs", self.kind, event[open_], attempt)
            chosen = known[np.minimum((place * len(known)).astype(np.int64), len(known) - 1)]
            a, b = chosen // n, chosen % n
            fine = ~self.true.at(a, b, event[open_])
            src[open_[fine]], dst[open_[fine]] = a[fine], b[fine]
            open_ = open_[~fine]
            if len(open_) == 0:
                break
        return src, dst

    def ranked(self, event: Ids, count: int) -> tuple[Ids, int]:
        """Give destinations to rank each event's own against.

        Parameters
        ----------
        event : (B,) int64 array
        count : int, >= 1
            Not read by "all".

        Returns
        -------
        dst : (B, K) int64 array
            K is `count`, or the number of destinations for "all"; -1 where one must not be asked.
        filled : int
            How many are random because the source had no more partners of the kind.
        """
        if self.kind == "all":
            out = np.tile(self.pool, (len(event), 1))
            number = np.repeat(event, len(self.pool))
            out[self.true.at(self.graph.src[number], out.ravel(), number).reshape(out.shape)] = NONE
            return out, 0
        number = np.repeat(event, count)
        draw = np.tile(np.arange(1, count + 1), len(event))
        if self.kind == "random":
            drawn = draw_destinations(self.pool, self.true, self.graph.src, number, seed=self.seed, draw=draw)
            return drawn.reshape(len(event), count), 0
        out = self._former(event, count)
        gap = np.flatnonzero(out.ravel() < 0)
        out.reshape(-1)[gap] = draw_destinations(
            self.pool, self.true, self.graph.src, number[gap], seed=self.seed, draw=draw[gap]
        )
        return out, len(gap)

    def _former(self, event: Ids, count: int) -> Ids:
        """Up to `count` partners of each event's source, in the order of their hashes; -1 behind the last."""
        n = max(self.graph.n_nodes, 1)
        known = self.known_pairs
        source = self.graph.src[event]
        first, last = np.searchsorted(known, source * n), np.searchsorted(known, (source + 1) * n)
        out = np.full((len(event), count), NONE, np.int64)
        size = last - first
        done = 0
        while done < len(event):
            stop = max(done + 1, int(np.searchsorted(np.cumsum(size[done:]), _CHUNK)) + done)
            row = np.repeat(np.arange(done, stop), size[done:stop])
            offset = np.concatenate([[0], np.cumsum(size[done:stop])])
            place = np.arange(len(row)) - offset[row - done] + first[row]
            number, partner = event[row], known[place] % n
            fine = ~self.true.at(source[row], partner, number)
            row, number, partner = row[fine], number[fine], partner[fine]
            order = np.lexsort((uniform(self.seed, "partners", self.kind, number, partner), row))
            row, partner = row[order], partner[order]
            rank = np.arange(len(row)) - np.searchsorted(row, row)
            kept = rank < count
            out[row[kept], rank[kept]] = partner[kept]
            done = stop
        return out


def _require_pool(pool: Ids, what: str) -> None:
    if len(pool) == 0:
        raise DataError(
            f"negatives need at least one {what} to draw from, got none. Choose another kind, or more events."
        )
