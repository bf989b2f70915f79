"""Families of reverse-reachable sets that grow, and greedy choices among them, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import InterplayError
from interplay._core.rng import key_word
from interplay.influence.backward_edges import Backward, BackwardEvents

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Entries of a buffer of small sets, and bytes of one of bitmaps.
_ENTRIES = 1 << 21
_BITMAP_BYTES = 1 << 23
#: Sets that one thread draws at a time, at most; blocks change no number.
_BLOCK = 1 << 14


class MemoryFull(InterplayError):
    """Sets would take more memory than is allowed; caught where they are asked for."""


@dataclass(eq=False)
class _Batch:
    """Sets drawn in one go from one pool, with the index from nodes to sets."""

    pool: int
    members: NDArray[np.int32]
    bounds: Ints
    bits: NDArray[np.uint64]
    starts: Ints = field(init=False)
    sets: NDArray[np.int32] = field(init=False)

    def index(self, n_nodes: int) -> None:
        from interplay.ops.coverage import index_members

        self.starts, self.sets = index_members(self.members, self.bounds, n_nodes)


class ReverseSets:
    """Sets drawn backwards from nodes of several pools, equally many from each.

    Parameters
    ----------
    edges : Backward or BackwardEvents
    pools : sequence of (P,) int32 arrays
        Where sets start: all nodes, or one pool for each group.
    seed : int
    name : str
        Keys the random numbers, with the seed, the pool and the set's number.
    memory_bytes : float
        Sets, their index and the counts stay below.
    jobs : int
        Threads; they change no number.
    """

    def __init__(
        self,
        edges: Backward | BackwardEvents,
        pools: list[NDArray[np.int32]],
        *,
        seed: int,
        name: str,
        memory_bytes: float,
        jobs: int = 1,
    ) -> None:
        self.edges, self.pools, self.jobs, self.limit_bytes = edges, pools, jobs, memory_bytes
        self.keys = [_key(seed, name, g) for g in range(len(pools))]
        self.words = (edges.n_nodes + 63) // 64
        #: Larger sets take less room as bitmaps: 8 bytes an entry against N / 8.
        self.small = max(edges.n_nodes // 64, 1)
        self.size = 0
        self.steps = 0
        self.batches: list[_Batch] = []
        self.gain = np.zeros((len(pools), edges.n_nodes), np.int64)
        self._pending = 0.0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> float:
        """What everything held takes."""
        held = sum(
            b.members.nbytes + b.bounds.nbytes + b.bits.nbytes + b.starts.nbytes + b.sets.nbytes + len(b.bounds)
            for b in self.batches
        )
        return float(held + 2 * self.gain.nbytes)

    def grow(self, size: int) -> None:
        """Draw until every pool has `size` sets.

        Raises
        ------
        MemoryFull
            If they would not fit; nothing has changed then.
        """
        from interplay.ops.coverage import add_bitmaps

        held, self._pending = self.bytes, 0.0
        fresh: list[_Batch] = []
        steps = 0
        for pool in range(len(self.pools)):
            parts = self._map(partial(self._draw, pool, held), self.size, size)
            steps += sum(p[3] for p in parts)
            fresh.append(_joined(pool, parts, self.words))
            parts.clear()
            fresh[-1].index(self.edges.n_nodes)
        for batch in fresh:
            self.gain[batch.pool] += np.diff(batch.starts)
            add_bitmaps(batch.bits, self.gain[batch.pool], 1)
        self.batches += fresh
        self.size, self.steps = size, self.steps + steps

    def hits(self, seeds: Ints, size: int) -> Ints:
        """Count sets, out of `size` for each pool, that meet the seeds; none is kept. (G,) int64."""
        found = np.zeros(len(self.pools), np.int64)
        bitmap = _bitmap(seeds, self.words)
        for pool in range(len(self.pools)):
            for count, steps in self._map(partial(self._count, pool, bitmap), 0, size):
                found[pool] += count
                self.steps += steps
        return found

    def covered(self, seeds: Ints) -> Ints:
        """Count stored sets of each pool that the seeds meet, (G,) int64."""
        cover = Cover(self)
        for v in seeds:
            cover.add(int(v))
        return cover.count

    def _map(self, work: Callable[[int, int], Any], first: int, last: int) -> list[Any]:
        step = max(1, min(_BLOCK, -(-(last - first) // (4 * self.jobs))))
        cuts = [(a, min(a + step, last)) for a in range(first, last, step)]
        if self.jobs == 1 or len(cuts) == 1:
            return [work(a, b) for a, b in cuts]
        with ThreadPoolExecutor(self.jobs) as threads:
            return list(threads.map(lambda cut: work(*cut), cuts))

    def _call(self, pool: int, first: int, last: int, seeds: Any, members: Any, bounds: Any, bits: Any) -> Any:
        from interplay.ops.reverse_reachable import draw_sets
        from interplay.ops.reverse_temporal import draw_timed_sets

        e = self.edges
        mark, queue = np.zeros(self.words, np.uint64), np.empty(e.n_nodes, np.int32)
        scratch, store = (mark, queue), (members, bounds, bits)
        asked = (self.pools[pool], self.keys[pool], first, last, seeds, self.small, scratch, store)
        if isinstance(e, BackwardEvents):
            return draw_timed_sets((e.offsets, e.source, e.chance, e.time), *asked)
        return draw_sets((e.offsets, e.source, e.top, e.ratio), e.kind, *asked)

    def _draw(self, pool: int, held: float, first: int, last: int) -> tuple[list[Any], list[Any], list[Any], int]:
        """Draw one block and keep it, as lists of members, of sizes and of bitmaps."""
        members = np.empty(_ENTRIES + self.small, np.int32)
        bits = np.empty((max(1, _BITMAP_BYTES // (8 * self.words)), self.words), np.uint64)
        none = np.zeros(self.words, np.uint64)
        kept: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        steps = 0
        while first < last:
            bounds = np.zeros(last - first + 1, np.int64)
            first, n_small, n_large, more, _ = self._call(pool, first, last, none, members, bounds, bits)
            for place, part in enumerate((members[: bounds[n_small]], np.diff(bounds[: n_small + 1]), bits[:n_large])):
                kept[place].append(part.copy())
            steps += more
            with self._lock:
                self._pending += 8 * int(bounds[n_small]) + 17 * n_small + 8 * self.words * n_large
            if held + self._pending > self.limit_bytes:
                raise MemoryFull
        return (*kept, steps)

    def _count(self, pool: int, seeds: NDArray[np.uint64], first: int, last: int) -> tuple[int, int]:
        no_bits = np.empty((0, self.words), np.uint64)
        *_, steps, hits = self._call(pool, first, last, seeds, np.empty(0, np.int32), np.zeros(1, np.int64), no_bits)
        return int(hits), int(steps)


class Cover:
    """What is covered so far, while seeds are chosen one by one.

    Attributes
    ----------
    gain : (G, N) int64 array
        How many more sets of each pool a node would cover.
    count : (G,) int64 array
        How many are covered.
    """

    def __init__(self, sets: ReverseSets) -> None:
        self.sets = sets
        self.gain = sets.gain.copy()
        self.count = np.zeros(len(sets.pools), np.int64)
        self._small = [np.zeros(len(b.bounds) - 1, bool) for b in sets.batches]
        self._large = [np.zeros(len(b.bits), bool) for b in sets.batches]

    def add(self, v: int) -> None:
        """Choose node v."""
        from interplay.ops.coverage import cover_bitmaps, cover_members

        for b, small, large in zip(self.sets.batches, self._small, self._large, strict=True):
            row = self.gain[b.pool]
            self.count[b.pool] += cover_members(v, b.members, b.bounds, b.starts, b.sets, small, row)
            if len(b.bits):
                self.count[b.pool] += cover_bitmaps(v, b.bits, large, row)


def _joined(pool: int, parts: list[Any], words: int) -> _Batch:
    sizes = [np.zeros(1, np.int64), *(x for p in parts for x in p[1])]
    members = [np.empty(0, np.int32), *(x for p in parts for x in p[0])]
    bits = [np.empty((0, words), np.uint64), *(x for p in parts for x in p[2])]
    return _Batch(pool, np.concatenate(members), np.cumsum(np.concatenate(sizes)), np.concatenate(bits))


def _bitmap(nodes: Ints, words: int) -> NDArray[np.uint64]:
    out = np.zeros(words, np.uint64)
    np.bitwise_or.at(out, nodes >> 6, np.uint64(1) << (nodes & 63).astype(np.uint64))
    return out


def _key(seed: int, name: str, pool: int) -> np.uint64:
    from interplay.ops.hashing import fold, start

    state = np.uint64(start(np.uint64(seed)))  # outside compiled code a hash comes back as a Python int
    for part in (key_word(name), pool):
        state = np.uint64(fold(state, np.uint64(part)))
    return state
