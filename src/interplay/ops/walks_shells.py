"""Walks that leap over hop distances (Levy walks): first how far, then to which of the nodes so far away.

Nodes at the same distance are equally likely, so a node needs one number per distance and a list of the others in
order of their distance; no weight is kept per pair.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.walks import draw, walk_key


@njit(cache=True, nogil=True)
def shell_sizes(offsets, target, reach, most, out):  # type: ignore[no-untyped-def]
    """Count the nodes at every hop distance from every node.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    reach : int, >= 0
        Greatest distance looked at.
    most : int
        Pairs of nodes after which counting is given up.
    out : (N, D) int64 array
        Overwritten. Column d - 1: how many lie d hops away, as far as there are columns.

    Returns
    -------
    int
        Greatest distance found; if it exceeds D, `out` is to be made wider and filled again. -1: there are more than
        `most` pairs.
    """
    n, width = out.shape
    queue = np.empty(n, np.int32)
    seen = np.full(n, -1, np.int32)
    deepest, pairs = 0, 0
    for i in range(n):
        for d in range(width):
            out[i, d] = 0
        queue[0] = i
        seen[i] = i
        begin, end, depth = 0, 1, 0
        while begin < end and depth < reach:
            last = end
            for k in range(begin, last):
                for e in range(offsets[queue[k]], offsets[queue[k] + 1]):
                    j = target[e]
                    if seen[j] != i:
                        seen[j] = i
                        queue[end] = j
                        end += 1
            begin = last
            if end > last:
                if depth < width:
                    out[i, depth] = end - last
                depth += 1
        deepest = max(deepest, depth)
        pairs += end - 1
        if pairs > most:
            return -1
    return deepest


@njit(cache=True, nogil=True)
def shell_members(offsets, target, begin, depth):  # type: ignore[no-untyped-def]
    """List the nodes up to `depth` hops away from every node, by distance, then as a search finds them.

    Parameters
    ----------
    offsets, target
        As of `shell_sizes`.
    begin : (N + 1,) int64 array
        Where the list of every node begins.
    depth : int

    Returns
    -------
    (begin[N],) int32 array
    """
    n = len(offsets) - 1
    member = np.empty(begin[n], np.int32)
    seen = np.full(n, -1, np.int32)
    for i in range(n):
        seen[i] = i
        first, last = begin[i], begin[i]
        for d in range(depth):
            end = last
            for k in range(first - 1 if d == 0 else first, last):
                v = i if d == 0 else member[k]
                for e in range(offsets[v], offsets[v + 1]):
                    j = target[e]
                    if seen[j] != i:
                        seen[j] = i
                        member[end] = j
                        end += 1
            first, last = last, end
    return member


@njit(cache=True, nogil=True)
def walk_shells(begin, cumulative, member, starts, repetition, seed, out):  # type: ignore[no-untyped-def]
    """Draw a distance, then a node at that distance.

    Parameters
    ----------
    begin : (N, D + 1) int64 array
        Where the list of each distance begins in `member`, and where the last ends.
    cumulative : (N, D) float64 array
        Probability of a distance or a shorter one, 1 at the end; zeros: there is nowhere to go.
    member : int32 array
        From `shell_members`.
    starts, repetition, seed, out
        As of `walks.walk_rows`.
    """
    n_walks, length = out.shape
    depth = cumulative.shape[1]
    for w in range(n_walks):
        key = walk_key(seed, starts[w], repetition[w])
        here = np.int64(starts[w])
        out[w, 0] = here
        for step in range(1, length):
            if here >= 0:
                u = draw(key, step, 0)
                d = 0
                while d < depth and cumulative[here, d] <= u:
                    d += 1
                if d == depth:
                    here = np.int64(-1)
                else:
                    k = np.int64(draw(key, step, 1) * (begin[here, d + 1] - begin[here, d]))
                    here = np.int64(member[begin[here, d] + k])
            out[w, step] = here
