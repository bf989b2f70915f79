"""Events by the node they touch, in the order they come in: one counting sort."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def count_rows(src, dst, count):  # type: ignore[no-untyped-def]
    """Add to each node's count the events that touch it; a self-loop once.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, N)
    count : (N,) int64 array
    """
    for e in range(len(src)):
        count[src[e]] += 1
        if dst[e] != src[e]:
            count[dst[e]] += 1


@njit(cache=True, nogil=True)
def fill_rows(src, dst, first, place, event, other):  # type: ignore[no-untyped-def]
    """Write the numbers of consecutive events into the rows of their ends.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, N)
    first : int
        Number of the first of them.
    place : (N,) int64 array
        Where in each row the next event goes; moved on.
    event, other : (M,) int64 arrays
        Numbers of events, and the nodes at their other ends.
    """
    for e in range(len(src)):
        a, b = src[e], dst[e]
        event[place[a]] = first + e
        other[place[a]] = b
        place[a] += 1
        if b != a:
            event[place[b]] = first + e
            other[place[b]] = a
            place[b] += 1


@njit(cache=True, nogil=True)
def rows_before(offsets, event, nodes, bound, out):  # type: ignore[no-untyped-def]
    """Find the ends of rows cut at event numbers, by halving.

    Parameters
    ----------
    offsets, event
        Rows of event numbers, rising.
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
