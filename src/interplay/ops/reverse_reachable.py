"""Random reverse-reachable sets: who could have reached a random node, drawn backwards from it.

The share of such sets that a set of seeds meets is the share of nodes it reaches in expectation (Borgs et al. 2014).
Set number s has random numbers of its own, keyed by (key, s): neither threads nor blocks can change it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.hashing import fold, mix, to_unit
from interplay.ops.prefetch import prefetch

#: How edges are drawn: each by itself, or at most one into every node.
EACH, ONE = 0, 1

_GOLDEN = np.uint64(GOLDEN)
#: Drawing one gap between live edges costs as much as trying so many edges one by one (measured).
_GAP_COST = 24
#: Nodes of the queue between asking for memory and using it.
_AHEAD = 4
_LANE = np.uint64(16)
_LANE_MASK = np.uint64(0xFFFF)


@njit(cache=True, inline="always")
def _next(word):  # type: ignore[no-untyped-def]
    """Step a counter; `to_unit(mix(word))` is its number."""
    return word + _GOLDEN


@njit(cache=True, inline="always")
def meet(u, mark, queue, tail):  # type: ignore[no-untyped-def]
    """Add a node to the set unless it is there; give the new size."""
    bit = np.uint64(1) << np.uint64(u & 63)
    if mark[u >> 6] & bit:
        return tail
    mark[u >> 6] |= bit
    queue[tail] = u
    return tail + 1


@njit(cache=True, inline="always")
def _bar(p):  # type: ignore[no-untyped-def]
    """Split a probability into 16 bits and a rest in [0, 1)."""
    level = np.int64(p * 65536.0)
    return level, p * 65536.0 - level


@njit(cache=True, nogil=True)
def _follow_one(low, high, p, source, ratio, word, mark, queue, tail):  # type: ignore[no-untyped-def]
    """Let a node follow at most one of the entries [low, high); give the stream's place and the new size."""
    word = _next(word)
    u = to_unit(mix(word))
    if u >= p:
        return word, tail
    if len(ratio) == 0:
        return word, meet(source[min(low + np.int64(u / p * (high - low)), high - 1)], mark, queue, tail)
    e, end = low, high - 1
    while e < end:
        middle = (e + end) >> 1
        if ratio[middle] > u:
            end = middle
        else:
            e = middle + 1
    return word, meet(source[e], mark, queue, tail)


@njit(cache=True, nogil=True)
def _try_each(low, high, p, source, ratio, word, mark, queue, tail):  # type: ignore[no-untyped-def]
    """Try the entries one by one.

    16 bits decide unless they tie with the bar, so that one hash serves four edges; exact all the same.
    """
    level, rest = _bar(p)
    lanes = np.uint64(0)
    for e in range(low, high):
        if (e - low) & 3 == 0:
            word = _next(word)
            lanes = mix(word)
        if len(ratio) > 0:
            level, rest = _bar(p * ratio[e])
        lane = np.int64(lanes & _LANE_MASK)
        lanes >>= _LANE
        if lane > level:
            continue
        if lane == level:
            word = _next(word)
            if to_unit(mix(word)) >= rest:
                continue
        tail = meet(source[e], mark, queue, tail)
    return word, tail


@njit(cache=True, nogil=True)
def _leap(low, high, p, source, ratio, word, mark, queue, tail):  # type: ignore[no-untyped-def]
    """Leap from one live entry to the next by geometric gaps; where chances differ, thin what the greatest gives."""
    scale = 1.0 / np.log1p(-p)
    e = low
    while True:
        word = _next(word)
        gap = np.log(1.0 - to_unit(mix(word))) * scale
        if gap >= high - e:
            return word, tail
        e += np.int64(gap)
        if len(ratio) > 0:
            word = _next(word)
        if len(ratio) == 0 or to_unit(mix(word)) < ratio[e]:
            tail = meet(source[e], mark, queue, tail)
        e += 1


@njit(cache=True, nogil=True)
def _grow(v, offsets, source, top, ratio, kind, word, mark, queue, tail):  # type: ignore[no-untyped-def]
    """Add who has a live edge into node v."""
    low, high = offsets[v], offsets[v + 1]
    p = top[v]
    if p <= 0.0 or low == high:
        return word, tail
    if kind == ONE:
        return _follow_one(low, high, p, source, ratio, word, mark, queue, tail)
    if p >= 1.0 or high - low < _GAP_COST * (1.0 + p * (high - low)):
        return _try_each(low, high, p, source, ratio, word, mark, queue, tail)
    return _leap(low, high, p, source, ratio, word, mark, queue, tail)


@njit(cache=True, nogil=True)
def keep_set(bits, limit, tail, n_small, n_large, mark, queue, members, bounds):  # type: ignore[no-untyped-def]
    """Store one finished set as a list, or as a bitmap if it is large."""
    if tail > limit:
        bits[n_large] = mark
        return n_small, n_large + 1
    at = bounds[n_small]
    for i in range(tail):
        members[at + i] = queue[i]
    bounds[n_small + 1] = at + tail
    return n_small + 1, n_large


@njit(cache=True, nogil=True)
def any_of(seeds, queue, first, last):  # type: ignore[no-untyped-def]
    """Whether a node of ``queue[first:last]`` is in the bitmap `seeds`."""
    found = np.uint64(0)
    for i in range(first, last):
        found |= seeds[queue[i] >> 6] >> np.uint64(queue[i] & 63)
    return found & np.uint64(1) != 0


@njit(cache=True, nogil=True)
def draw_sets(edges, kind, pool, key, first, last, seeds, limit, scratch, store):  # type: ignore[no-untyped-def]
    """Draw sets `first` to `last`, or as many as fit.

    Parameters
    ----------
    edges : tuple
        offsets, source : (N + 1,) int64, (E,) int32 arrays; row v lists who points at v. top : (N,) float64 array; with
        `kind` EACH the greatest probability in row v, with ONE the probability that v follows anyone. ratio : (E,) or
        (0,) float64 array; with EACH an edge's probability over its row's `top`, with ONE the cumulative probability
        inside the row; empty: all edges of a row are alike.
    kind : int
        EACH or ONE.
    pool : (P,) int32 array
        Where sets start, uniformly.
    key : uint64
        The hash of everything that names this family of sets.
    first, last : int
    seeds : (W,) uint64 array
        Bitmap of nodes; a set that meets one ends there and counts as a hit.
    limit : int
        Sets of more nodes than that go to `bits`.
    scratch : tuple
        mark : (W,) uint64 array of zeros, left so, W = ceil(N / 64); queue : (N,) int32 array.
    store : tuple
        members, bounds : (C,) int32, (B + 1,) int64 arrays; small sets, one behind the other; bounds[0] = 0; C = 0
        keeps no set. bits : (D, W) uint64 array; large sets as bitmaps.

    Returns
    -------
    done : int
        Number of the first set that was not drawn.
    n_small, n_large : int
    steps : int
        Edges of the nodes that were followed.
    hits : int
    """
    offsets, source, top, ratio = edges
    mark, queue = scratch
    members, bounds, bits = store
    n_small = n_large = steps = hits = 0
    keep = len(members) > 0
    size = len(pool)
    s = first
    while s < last:
        if keep and (n_small + 1 >= len(bounds) or bounds[n_small] + limit > len(members) or n_large >= len(bits)):
            break
        word = fold(key, s)
        root = pool[min(np.int64(to_unit(mix(word)) * size), size - 1)]
        tail = meet(root, mark, queue, 0)
        hit = any_of(seeds, queue, 0, 1)
        head = 0
        while head < tail and not hit:
            v, before = queue[head], tail
            head += 1
            # Rows to come are asked for while this one is worked on: first where they start, then what they hold.
            ahead = queue[min(head + 2 * _AHEAD, tail - 1)]
            prefetch(offsets, ahead)
            prefetch(top, ahead)
            prefetch(source, offsets[queue[min(head + _AHEAD, tail - 1)]])
            steps += offsets[v + 1] - offsets[v]
            word, tail = _grow(v, offsets, source, top, ratio, kind, word, mark, queue, tail)
            hit = any_of(seeds, queue, before, tail)
        hits += hit
        if keep:
            n_small, n_large = keep_set(bits, limit, tail, n_small, n_large, mark, queue, members, bounds)
        if tail > len(mark):
            mark[:] = 0
        else:
            for i in range(tail):
                mark[queue[i] >> 6] = 0
        s += 1
    return s, n_small, n_large, steps, hits
