"""Events by the node they touch, in the order they come in: one counting sort."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def rows_by_node(src, dst, n_nodes):  # type: ignore[no-untyped-def]
    """Lay out the numbers of the events that touch each node.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, n_nodes)
    n_nodes : int, N

    Returns
    -------
    offsets : (N + 1,) int64 array
        Row of node i is ``offsets[i]:offsets[i + 1]``.
    event : (M,) int64 array
        Numbers of events, rising inside a row. An event stands in the rows of both its ends, a self-loop once.
    """
    offsets = np.zeros(n_nodes + 1, np.int64)
    for e in range(len(src)):
        offsets[src[e] + 1] += 1
        if dst[e] != src[e]:
            offsets[dst[e] + 1] += 1
    for i in range(n_nodes):
        offsets[i + 1] += offsets[i]
    event = np.empty(offsets[n_nodes], np.int64)
    place = offsets[:-1].copy()
    for e in range(len(src)):
        event[place[src[e]]] = e
        place[src[e]] += 1
        if dst[e] != src[e]:
            event[place[dst[e]]] = e
            place[dst[e]] += 1
    return offsets, event


@njit(cache=True, nogil=True)
def rows_before(offsets, event, nodes, bound, out):  # type: ignore[no-untyped-def]
    """Find the ends of rows cut at event numbers, by halving.

    Parameters
    ----------
    offsets, event
        As `rows_by_node` gives them.
    nodes, bound : (B,) int64 arrays
    out : (B,) int64 array
        ``offsets[nodes[b]]:out[b]`` holds the events of the node whose numbers are below ``bound[b]``.
    """
    for b in range(len(nodes)):
        lo, hi = offsets[nodes[b]], offsets[nodes[b] + 1]
        while lo < hi:
            middle = (lo + hi) >> 1
            if event[middle] < bound[b]:
                lo = middle + 1
            else:
                hi = middle
        out[b] = lo
