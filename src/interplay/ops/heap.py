"""A binary heap of nodes that know their place in it, so that one of them can move up when its key falls."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def rise(heap, place, key, k):  # type: ignore[no-untyped-def]
    """Move what stands at place k of the heap up to where its key lets it stand.

    Parameters
    ----------
    heap : (N,) int array
        Nodes; the one of least key comes first.
    place : (N,) int array
        Where in the heap each node stands; changed for the nodes that move.
    key : (N,) float64 array
        Of each node.
    k : int
    """
    node = heap[k]
    while k > 0:
        up = (k - 1) >> 1
        if key[heap[up]] <= key[node]:
            break
        heap[k] = heap[up]
        place[heap[k]] = k
        k = up
    heap[k] = node
    place[node] = k


@njit(cache=True, nogil=True)
def sink(heap, place, key, size):  # type: ignore[no-untyped-def]
    """Move the first of a heap of `size` nodes down to where its key lets it stand; arguments as of `rise`."""
    node = heap[0]
    k = 0
    while True:
        down = 2 * k + 1
        if down >= size:
            break
        if down + 1 < size and key[heap[down + 1]] < key[heap[down]]:
            down += 1
        if key[heap[down]] >= key[node]:
            break
        heap[k] = heap[down]
        place[heap[k]] = k
        k = down
    heap[k] = node
    place[node] = k
