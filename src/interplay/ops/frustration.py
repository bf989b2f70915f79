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
    least = np.int64(1 << 62)
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
        if wrong < least:
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
    Triangles first, then, from every node, shortest ways back to it with the other sign, by breadth-first searches over
    (node, sign): O((N + K) M) at most for K cycles. A way that uses an edge twice is no cycle and does not count; the
    cycle in it is found from its own nodes. Greedy, hence a bound and not the most.
    """
    n = len(offsets) - 1
    gone[:] = False
    packed = _pack_triangles(offsets, target, twin, negative, gone)
    mark = np.full(2 * n, -1, np.int64)
    came = np.empty(2 * n, np.int64)
    queue = np.empty(2 * n, np.int64)
    stamp = 0
    for i in range(n):
        while _way_back(i, offsets, target, negative, gone, mark, came, queue, stamp):
            stamp += 1
            if not _take_way(i, target, twin, negative, gone, came):
                break
            packed += 1
        stamp += 1
    return packed


@njit(cache=True, nogil=True)
def _way_back(i, offsets, target, negative, gone, mark, came, queue, stamp):  # type: ignore[no-untyped-def]
    """Search from a node for a shortest way back to it with the other sign; `came` holds the entry into each place."""
    mark[2 * i] = stamp
    queue[0] = 2 * i
    head, tail = 0, 1
    while head < tail:
        here = queue[head]
        head += 1
        for k in range(offsets[here >> 1], offsets[(here >> 1) + 1]):
            if gone[k]:
                continue
            there = 2 * target[k] + ((here & 1) ^ int(negative[k]))
            if mark[there] != stamp:
                mark[there] = stamp
                came[there] = k
                if there == 2 * i + 1:
                    return True
                queue[tail] = there
                tail += 1
    return False


@njit(cache=True, nogil=True)
def _take_way(i, target, twin, negative, gone, came):  # type: ignore[no-untyped-def]
    """Take a way back out of the network; if it uses an edge twice, put it back and say no."""
    clean = _mark_way(i, target, twin, negative, gone, came, True)
    if not clean:
        _mark_way(i, target, twin, negative, gone, came, False)
    return clean


@njit(cache=True, nogil=True)
def _mark_way(i, target, twin, negative, gone, came, value):  # type: ignore[no-untyped-def]
    """Mark the edges of a way back; tell whether none was met twice."""
    clean = True
    place = 2 * i + 1
    while place != 2 * i:
        k = came[place]
        clean = clean and gone[k] != value
        gone[k] = gone[twin[k]] = value
        place = 2 * target[twin[k]] + ((place & 1) ^ int(negative[k]))
    return clean


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
