"""The last K events of every node, in rings of fixed size."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def write_recent(other, event, time, raw, count, src, dst, when, number, told):  # type: ignore[no-untyped-def]
    """Put B events into the rings of both of their ends, in the order given; a self-loop once.

    Parameters
    ----------
    other, event : (N, K) int64 arrays, filled in place
    time : (N, K) float64 array, s, filled in place
    raw : (N, K, R) float32 array, filled in place
    count : (N,) int64 array, raised in place
        Events of each node so far: the next one goes to place ``count % K``.
    src, dst : (B,) int64 arrays
    when : (B,) float64 array, s
    number : (B,) int64 array
    told : (B, R) float32 array
    """
    size = other.shape[1]
    for k in range(len(src)):
        for end in range(2):
            node, partner = (src[k], dst[k]) if end == 0 else (dst[k], src[k])
            if end == 1 and node == partner:
                break
            place = count[node] % size
            other[node, place] = partner
            event[node, place] = number[k]
            time[node, place] = when[k]
            for r in range(told.shape[1]):
                raw[node, place, r] = told[k, r]
            count[node] += 1


@njit(cache=True, nogil=True)
def read_recent(other, time, count, nodes, slot, found, past):  # type: ignore[no-untyped-def]
    """Find the last K events of nodes, newest first.

    Parameters
    ----------
    other : (N, K) int64 array
    time : (N, K) float64 array, s
    count : (N,) int64 array
    nodes : (Q,) int64 array
    slot : (Q, K) int64 array, filled in place
        Place in the flat rings, -1 where there are not so many events.
    found : (Q, K) int64 array, filled in place
        The partner; the node itself where there is none.
    past : (Q, K) float64 array, s, filled in place
        When; 0 where there is none.
    """
    size = other.shape[1]
    for q in range(len(nodes)):
        node = nodes[q]
        held = min(count[node], size)
        for k in range(size):
            if k < held:
                place = (count[node] - 1 - k) % size
                slot[q, k] = node * size + place
                found[q, k] = other[node, place]
                past[q, k] = time[node, place]
            else:
                slot[q, k] = -1
                found[q, k] = node
                past[q, k] = 0.0


@njit(cache=True, nogil=True)
def number_distinct(ids, mark, distinct, place):  # type: ignore[no-untyped-def]
    """Give the distinct entries of a list numbers in the order in which they first come.

    Parameters
    ----------
    ids : (M,) int64 array, in [0, N)
    mark : (N,) int64 array, all -1
        Scratch; all -1 again afterwards.
    distinct : (M,) int64 array, filled in place
        The first n hold each entry once.
    place : (M,) int64 array, filled in place
        ``distinct[place[m]] == ids[m]``.

    Returns
    -------
    int
        n.
    """
    n = 0
    for m in range(len(ids)):
        if mark[ids[m]] < 0:
            mark[ids[m]] = n
            distinct[n] = ids[m]
            n += 1
        place[m] = mark[ids[m]]
    for k in range(n):
        mark[distinct[k]] = -1
    return n
