"""Which sets a node is in, and how many more of them each node would cover: the bookkeeping of greedy covering.

Sets come in two stores: lists of members with an index from node to sets, and bitmaps for sets of many members.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def index_members(members, bounds, n_nodes):  # type: ignore[no-untyped-def]
    """Turn sets of nodes into nodes' sets by counting.

    Parameters
    ----------
    members : (M,) int32 array
    bounds : (B + 1,) int64 array
        Set s holds ``members[bounds[s]:bounds[s + 1]]``, each node once.
    n_nodes : int

    Returns
    -------
    starts : (N + 1,) int64 array
    sets : (M,) int32 array
        Node v is in ``sets[starts[v]:starts[v + 1]]``, rising.
    """
    starts = np.zeros(n_nodes + 1, np.int64)
    for k in range(bounds[-1]):
        starts[members[k] + 1] += 1
    for v in range(n_nodes):
        starts[v + 1] += starts[v]
    cursor = starts[:-1].copy()
    sets = np.empty(bounds[-1], np.int32)
    for s in range(len(bounds) - 1):
        for k in range(bounds[s], bounds[s + 1]):
            v = members[k]
            sets[cursor[v]] = s
            cursor[v] += 1
    return starts, sets


@njit(cache=True, nogil=True)
def cover_members(v, members, bounds, starts, sets, covered, gain):  # type: ignore[no-untyped-def]
    """Choose node v: its open sets close (`covered`, (B,) bool) and leave the `gain`, (N,) int64, of their members."""
    found = 0
    for i in range(starts[v], starts[v + 1]):
        s = sets[i]
        if not covered[s]:
            covered[s] = True
            found += 1
            for k in range(bounds[s], bounds[s + 1]):
                gain[members[k]] -= 1
    return found


@njit(cache=True, nogil=True)
def add_bitmaps(bits, gain, change):  # type: ignore[no-untyped-def]
    """Add `change` to the `gain`, (N,) int64, of every node of every bitmap, (B, W) uint64."""
    one = np.uint64(1)
    for b in range(len(bits)):
        for w in range(bits.shape[1]):
            word = bits[b, w]
            v = w * 64
            while word:
                if word & one:
                    gain[v] += change
                word >>= one
                v += 1


@njit(cache=True, nogil=True)
def cover_bitmaps(v, bits, covered, gain):  # type: ignore[no-untyped-def]
    """Choose node v among bitmaps, as `cover_members` does among lists."""
    found = 0
    for b in range(len(bits)):
        if not covered[b] and (bits[b, v >> 6] >> np.uint64(v & 63)) & np.uint64(1):
            covered[b] = True
            found += 1
            add_bitmaps(bits[b : b + 1], gain, -1)
    return found


@njit(cache=True, nogil=True)
def best_and_rest(gain, closed, heap):  # type: ignore[no-untyped-def]
    """Find the node of most gain, the lowest id of several, and the sum of the greatest gains.

    Parameters
    ----------
    gain : (N,) int64 array, >= 0
    closed : (N,) bool array
        Nodes that are not to be considered.
    heap : (k,) int64 array
        Scratch; k says how many gains are added up.

    Returns
    -------
    best : int, -1 if all are closed
    total : int
    """
    heap[:] = 0
    best, total, k = -1, 0, len(heap)
    for v in range(len(gain)):
        if closed[v]:
            continue
        g = gain[v]
        if best < 0 or g > gain[best]:
            best = v
        if g <= heap[0]:
            continue
        total += g - heap[0]
        place = 0
        while True:
            child = 2 * place + 1
            if child + 1 < k and heap[child + 1] < heap[child]:
                child += 1
            if child >= k or heap[child] >= g:
                break
            heap[place] = heap[child]
            place = child
        heap[place] = g
    return best, total
