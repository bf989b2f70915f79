"""Random reverse-reachable sets of independent cascades along timed events.

Node u is in the set of root r if a path of live events whose times strictly rise leads from u to r. Backwards: from the
node whose deadline is latest, a live event that ends there before the deadline gives its source the event's time as
deadline. Deadlines only fall along the way, so every node is followed once, with its latest one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.hashing import fold, mix, to_unit
from interplay.ops.reverse_reachable import any_of, keep_set, meet

_GOLDEN = np.uint64(GOLDEN)


@njit(cache=True, nogil=True)
def _push(when, who, size, deadline, v):  # type: ignore[no-untyped-def]
    """Put a node on the heap of latest deadlines; give the new size."""
    place = size
    while place > 0:
        up = (place - 1) >> 1
        if when[up] >= deadline:
            break
        when[place], who[place] = when[up], who[up]
        place = up
    when[place], who[place] = deadline, v
    return size + 1


@njit(cache=True, nogil=True)
def _drop(when, who, size):  # type: ignore[no-untyped-def]
    """Take the top off the heap; give the new size."""
    size -= 1
    deadline, v = when[size], who[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child + 1 < size and when[child + 1] > when[child]:
            child += 1
        if child >= size or when[child] <= deadline:
            break
        when[place], who[place] = when[child], who[child]
        place = child
    when[place], who[place] = deadline, v
    return size


@njit(cache=True, nogil=True)
def draw_timed_sets(edges, pool, key, first, last, seeds, limit, scratch, store):  # type: ignore[no-untyped-def]
    """Draw sets `first` to `last`, or as many as fit; see `interplay.ops.reverse_reachable.draw_sets`.

    Parameters
    ----------
    edges : tuple
        offsets, source, chance, time : (N + 1,) int64, (E,) int32, (E,) float64, (E,) float64 arrays; row v lists the
        events that end at v, in order of time.
    pool, key, first, last, seeds, limit, scratch, store
        As there.

    Returns
    -------
    done, n_small, n_large, steps, hits : int
        As there.
    """
    offsets, source, chance, time = edges
    mark, queue = scratch
    members, bounds, bits = store
    n_small = n_large = steps = hits = 0
    keep = len(members) > 0
    latest = np.full(len(offsets) - 1, -np.inf)
    when, who = np.empty(len(source) + 1), np.empty(len(source) + 1, np.int32)
    s = first
    while s < last:
        if keep and (n_small + 1 >= len(bounds) or bounds[n_small] + limit > len(members) or n_large >= len(bits)):
            break
        word = fold(key, s)
        root = pool[min(np.int64(to_unit(mix(word)) * len(pool)), len(pool) - 1)]
        tail = meet(root, mark, queue, 0)
        latest[root] = np.inf
        waiting = _push(when, who, 0, np.inf, root)
        hit = any_of(seeds, queue, 0, 1)
        while waiting > 0 and not hit:
            deadline, v = when[0], who[0]
            waiting = _drop(when, who, waiting)
            if deadline < latest[v]:
                continue
            before = tail
            for e in range(offsets[v], offsets[v + 1]):
                if time[e] >= deadline:
                    break
                steps += 1
                word += _GOLDEN
                u = source[e]
                if to_unit(mix(word)) < chance[e] and time[e] > latest[u]:
                    latest[u] = time[e]
                    tail = meet(u, mark, queue, tail)
                    waiting = _push(when, who, waiting, time[e], u)
            hit = any_of(seeds, queue, before, tail)
        hits += hit
        if keep:
            n_small, n_large = keep_set(bits, limit, tail, n_small, n_large, mark, queue, members, bounds)
        for i in range(tail):
            mark[queue[i] >> 6] = 0
            latest[queue[i]] = -np.inf
        s += 1
    return s, n_small, n_large, steps, hits
