"""Shortest paths: breadth-first search on bit sets, Dijkstra with an indexed heap, Floyd-Warshall where edges are many.

`lengths` and `links` are read as ``[src, dst]``. A length of infinity means no edge. Nothing here knows about signs.

References
----------
Dijkstra (1959), Numerische Mathematik 1; Floyd (1962), Communications of the ACM 5, algorithm 97.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits
from interplay.ops.heap import rise, sink

_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def _inverse_hops(bits, source, mask, left, front, found):  # type: ignore[no-untyped-def]
    """Sum 1 / hops from `source` to every node of `mask`, walking inside `mask`; the last three are work space."""
    words = bits.shape[1]
    remaining = 0
    for w in range(words):
        left[w] = mask[w]
        front[w] = np.uint64(0)
    left[source >> 6] &= ~(_ONE << np.uint64(source & 63))
    front[source >> 6] = _ONE << np.uint64(source & 63)
    for w in range(words):
        remaining += count_bits(left[w])
    total = 0.0
    hops = 0
    while remaining > 0:
        hops += 1
        reached = _step(bits, front, left, found, remaining)
        if reached == 0:
            break
        total += reached / hops
        remaining -= reached
        for w in range(words):
            left[w] &= ~found[w]
            front[w] = found[w]
    return total


@njit(cache=True, nogil=True)
def _step(bits, front, left, found, remaining):  # type: ignore[no-untyped-def]
    """Collect in `found` the nodes of `left` one step from `front`; stops once all `remaining` ones are found."""
    words = bits.shape[1]
    reached = 0
    for w in range(words):
        found[w] = np.uint64(0)
    for w in range(words):
        word = front[w]
        node = w * 64
        while word != np.uint64(0):
            if word & _ONE:
                for v in range(words):
                    new = bits[node, v] & left[v] & ~found[v]
                    if new:
                        reached += count_bits(new)
                        found[v] |= new
                if reached == remaining:
                    return reached
            word >>= _ONE
            node += 1
    return reached


@njit(cache=True, nogil=True)
def inverse_hops(bits, n):  # type: ignore[no-untyped-def]
    """Sum of 1 / hops from each node to all others.

    Parameters
    ----------
    bits : (N, ceil(N / 64)) uint64 array
        Rows of the adjacency, from `interplay.ops.bits.pack_bits`, diagonal clear.
    n : int
        N.

    Returns
    -------
    (N,) float64 array
        Unreachable nodes add 0. Time O(N^3 / 64) at worst, less where paths are short.
    """
    words = bits.shape[1]
    every = np.zeros(words, dtype=np.uint64)
    for j in range(n):
        every[j >> 6] |= _ONE << np.uint64(j & 63)
    left, front, found = np.empty_like(every), np.empty_like(every), np.empty_like(every)
    out = np.zeros(n)
    for i in range(n):
        out[i] = _inverse_hops(bits, i, every, left, front, found)
    return out


@njit(cache=True, nogil=True)
def inverse_hops_near(bits, near, n):  # type: ignore[no-untyped-def]
    """Sum of 1 / hops over ordered pairs of each node's neighbours, walking among these neighbours only.

    Parameters
    ----------
    bits : (N, words) uint64 array
        Adjacency rows.
    near : (N, words) uint64 array
        Neighbourhood of each node, the node itself clear.
    n : int
        N.

    Returns
    -------
    (N,) float64 array
    """
    words = bits.shape[1]
    left, front = np.empty(words, dtype=np.uint64), np.empty(words, dtype=np.uint64)
    found = np.empty(words, dtype=np.uint64)
    out = np.zeros(n)
    for i in range(n):
        for j in range(n):
            if near[i, j >> 6] >> np.uint64(j & 63) & _ONE:
                out[i] += _inverse_hops(bits, j, near[i], left, front, found)
    return out


@njit(cache=True, nogil=True)
def all_distances(lengths):  # type: ignore[no-untyped-def]
    """Length of the shortest path between every ordered pair.

    Parameters
    ----------
    lengths : (N, N) float64 array, > 0
        Infinity where there is no edge; the diagonal is not read.

    Returns
    -------
    (N, N) float64 array
        Zero on the diagonal, infinity where there is no path. Dijkstra, O(N E log N), below one edge per sixteen
        ordered pairs; Floyd-Warshall, O(N^3) but free of branches, from there on.
    """
    n = lengths.shape[0]
    edges = 0
    for i in range(n):
        for j in range(n):
            if i != j and lengths[i, j] < np.inf:
                edges += 1
    if edges * 16 >= n * n:
        return _floyd_warshall(lengths)
    return _dijkstra_all(lengths, edges)


@njit(cache=True, nogil=True)
def _floyd_warshall(lengths):  # type: ignore[no-untyped-def]
    n = lengths.shape[0]
    far = lengths.copy()
    for i in range(n):
        far[i, i] = 0.0
    for k in range(n):
        through = far[k]
        for i in range(n):
            start = far[i, k]
            if start < np.inf and i != k:
                row = far[i]
                for j in range(n):
                    row[j] = min(row[j], start + through[j])
    return far


@njit(cache=True, nogil=True)
def _dijkstra_all(lengths, edges):  # type: ignore[no-untyped-def]
    n = lengths.shape[0]
    pointer = np.zeros(n + 1, dtype=np.int64)
    target = np.empty(edges, dtype=np.int64)
    cost = np.empty(edges)
    e = 0
    for i in range(n):
        for j in range(n):
            if i != j and lengths[i, j] < np.inf:
                target[e] = j
                cost[e] = lengths[i, j]
                e += 1
        pointer[i + 1] = e
    far = np.full((n, n), np.inf)
    heap, place = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for source in range(n):
        _dijkstra(pointer, target, cost, source, far[source], heap, place)
    return far


@njit(cache=True, nogil=True)
def _dijkstra(pointer, target, cost, source, far, heap, place):  # type: ignore[no-untyped-def]
    """Fill `far` from one source; `heap` holds nodes by distance, `place` where each node sits (-1 unseen, -2 done)."""
    for node in range(place.shape[0]):
        place[node] = -1
    far[source] = 0.0
    heap[0] = source
    place[source] = 0
    size = 1
    while size > 0:
        node = heap[0]
        place[node] = -2
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            place[heap[0]] = 0
            sink(heap, place, far, size)
        for e in range(pointer[node], pointer[node + 1]):
            other = target[e]
            reach = far[node] + cost[e]
            if place[other] != -2 and reach < far[other]:
                far[other] = reach
                if place[other] == -1:
                    heap[size] = other
                    place[other] = size
                    size += 1
                rise(heap, place, far, place[other])
