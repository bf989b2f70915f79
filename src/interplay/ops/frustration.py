"""Bounds of the frustration index of a signed network: a division with few frustrated edges, and cycles to be cut."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit


@njit(cache=True, nogil=True)
def divide(offsets, target, negative, side, seed, restarts, best):  # type: ignore[no-untyped-def]
    """Divide nodes into two camps so that few edges are frustrated: positive ones across, negative ones within.

    Parameters
    ----------
    offsets, target : arrays of a symmetric graph in compressed rows
    negative : (M,) bool array
        Sign of every entry.
    side : (N,) int8 array
        Scratch.
    seed : uint64
    restarts : int, >= 1
        The first begins along a breadth-first tree, the others at random.
    best : (N,) int8 array
        The best division; written.

    Returns
    -------
    int
        Edges that it frustrates.

    Notes
    -----
    Nodes are moved one by one while that helps, O(M) per sweep; a node that is as well off on either side stays.
    """
    n = len(offsets) - 1
    least = -1
    queue = np.empty(n, np.int64)
    for r in range(restarts):
        if r == 0:
            _along_tree(offsets, target, negative, side, queue)
        else:
            for i in range(n):
                word = fold(fold(start(np.uint64(seed)), np.uint64(r)), np.uint64(i))
                side[i] = 1 if to_unit(word) < 0.5 else 0
        moved = True
        while moved:
            moved = False
            for i in range(n):
                pull = 0
                for k in range(offsets[i], offsets[i + 1]):
                    unlike = (side[target[k]] != side[i]) != negative[k]
                    pull += 1 if unlike else -1
                if pull > 0:
                    side[i] = 1 - side[i]
                    moved = True
        wrong = 0
        for i in range(n):
            for k in range(offsets[i], offsets[i + 1]):
                if target[k] > i and (side[target[k]] != side[i]) != negative[k]:
                    wrong += 1
        if least < 0 or wrong < least:
            least = wrong
            best[:] = side
    return least


@njit(cache=True, nogil=True)
def _along_tree(offsets, target, negative, side, queue):  # type: ignore[no-untyped-def]
    """Set sides so that no edge of a breadth-first forest is frustrated."""
    side[:] = -1
    for root in range(len(offsets) - 1):
        if side[root] >= 0:
            continue
        side[root] = 0
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            i = queue[head]
            head += 1
            for k in range(offsets[i], offsets[i + 1]):
                j = target[k]
                if side[j] < 0:
                    side[j] = 1 - side[i] if negative[k] else side[i]
                    queue[tail] = j
                    tail += 1


@njit(cache=True, nogil=True)
def pack_cycles(offsets, target, twin, negative, gone):  # type: ignore[no-untyped-def]
    """Count cycles with an odd number of negative edges that share no edge: each needs a cut of its own.

    Parameters
    ----------
    offsets, target, negative
        As of `divide`.
    twin : (M,) int64 array
        Place of the same edge in the other row.
    gone : (M,) bool array
        Scratch.

    Returns
    -------
    int

    Notes
    -----
    Triangles first. Then rounds: a breadth-first forest of what is left, in which every edge that contradicts it closes
    one cycle; of those that share no edge, the short ones are taken, longer ones from round to round, until no edge
    contradicts and what is left is balanced, or the rounds are over: 20, or as many as visit 4 * 10^7 entries. O(D M)
    per round for a forest of depth D. Greedy, hence a bound and not the most.
    """
    n = len(offsets) - 1
    gone[:] = False
    packed = _pack_triangles(offsets, target, twin, negative, gone)
    side, depth = np.empty(n, np.int8), np.empty(n, np.int64)
    up, queue = np.empty(n, np.int64), np.empty(n, np.int64)
    limit = 4
    for _ in range(max(20, 40_000_000 // max(len(target), 1))):
        _grow_forest(offsets, target, negative, gone, side, depth, up, queue)
        taken, shortest = 0, 0
        for i in range(n):
            for k in range(offsets[i], offsets[i + 1]):
                j = target[k]
                if j < i or gone[k] or (side[i] != side[j]) == negative[k]:
                    continue
                length = _cycle(i, j, target, twin, gone, depth, up, False)
                if length == 0:
                    continue
                shortest = min(shortest, length) if shortest else length
                if length <= limit:
                    _cycle(i, j, target, twin, gone, depth, up, True)
                    gone[k] = gone[twin[k]] = True
                    taken += 1
        packed += taken
        if shortest == 0:
            break
        limit = limit + 1 if taken else max(limit + 1, shortest)
    return packed


@njit(cache=True, nogil=True)
def _grow_forest(offsets, target, negative, gone, side, depth, up, queue):  # type: ignore[no-untyped-def]
    """Grow a breadth-first forest; `up` holds the entry from the parent into each node, -1 at a root."""
    depth[:] = -1
    for root in range(len(offsets) - 1):
        if depth[root] >= 0:
            continue
        depth[root], side[root], up[root] = 0, 0, -1
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            i = queue[head]
            head += 1
            for k in range(offsets[i], offsets[i + 1]):
                j = target[k]
                if depth[j] < 0 and not gone[k]:
                    depth[j], up[j] = depth[i] + 1, k
                    side[j] = 1 - side[i] if negative[k] else side[i]
                    queue[tail] = j
                    tail += 1


@njit(cache=True, nogil=True)
def _cycle(i, j, target, twin, gone, depth, up, take):  # type: ignore[no-untyped-def]
    """Walk the cycle that an edge closes in the forest: give its length, 0 if an edge is gone; or take its edges."""
    length = 1
    while i != j:
        if depth[i] < depth[j]:
            i, j = j, i
        k = up[i]
        if take:
            gone[k] = gone[twin[k]] = True
        elif gone[k]:
            return 0
        i = target[twin[k]]
        length += 1
    return length


@njit(cache=True, nogil=True)
def _pack_triangles(offsets, target, twin, negative, gone):  # type: ignore[no-untyped-def]
    n = len(offsets) - 1
    packed = 0
    place = np.full(n, -1, np.int64)
    for i in range(n):
        for k in range(offsets[i], offsets[i + 1]):
            place[target[k]] = k
        for k in range(offsets[i], offsets[i + 1]):
            j = target[k]
            if j < i or gone[k]:
                continue
            for m in range(offsets[j], offsets[j + 1]):
                third = place[target[m]]
                if third < 0 or target[m] < j or gone[m] or gone[third] or gone[k]:
                    continue
                if (int(negative[k]) + int(negative[m]) + int(negative[third])) % 2 == 1:
                    for e in (k, m, third):
                        gone[e] = True
                        gone[twin[e]] = True
                    packed += 1
        for k in range(offsets[i], offsets[i + 1]):
            place[target[k]] = -1
    return packed
