"""Triangles of a simple graph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

#: Candidates that are looked at in one go: bounds the memory, not the result.
BLOCK = 1 << 21


def spread_rows(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """List ``start[r], start[r] + 1, ...``, `count[r]` of them, for every row.

    Returns
    -------
    row, place : (sum of counts,) int64 arrays
    """
    row = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return row, start[row] + np.arange(len(row)) - before[row]


def blocks(count: Ints, most: int = BLOCK) -> Iterator[slice]:
    """Cut rows into runs whose counts add up to about `most`; one row is never cut."""
    total = np.cumsum(count)
    a = 0
    while a < len(count):
        done = total[a - 1] if a else 0
        b = max(a + 1, int(np.searchsorted(total, done + most, side="right")))
        yield slice(a, b)
        a = b


def place_of(keys: Ints, wanted: Ints) -> Ints:
    """Give the place of each wanted key in sorted `keys`, -1 where it is missing."""
    if len(keys) == 0:
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def list_triangles(src: Ints, dst: Ints, n_nodes: int) -> Ints:
    """List all triangles of an undirected simple graph.

    Parameters
    ----------
    src, dst : (E,) int64 arrays
        Each edge once, ``src < dst``, sorted by (src, dst).
    n_nodes : int

    Returns
    -------
    (T, 3) int64 array
        Corners rising; rows in lexical order.

    Notes
    -----
    Edges point from the end of lower degree to the other, so that no node has more than sqrt(2 E) outgoing ones: O(E
    sqrt(E)) candidate pairs, in blocks, each looked up in O(log E).
    """
    degree = np.bincount(src, minlength=n_nodes) + np.bincount(dst, minlength=n_nodes)
    rank = np.empty(n_nodes, np.int64)
    rank[np.lexsort((np.arange(n_nodes), degree))] = np.arange(n_nodes)
    a, b = rank[src], rank[dst]
    low, high = np.minimum(a, b), np.maximum(a, b)
    keys = np.sort(low * n_nodes + high)
    low, high = keys // max(n_nodes, 1), keys % max(n_nodes, 1)
    end = np.searchsorted(low, low, side="right")
    later = end - np.arange(len(low)) - 1
    node = np.argsort(rank)
    found = [np.empty((0, 3), np.int64)]
    for cut in blocks(later):
        first, second = spread_rows(np.arange(cut.start, cut.stop) + 1, later[cut])
        first += cut.start
        hit = place_of(keys, high[first] * n_nodes + high[second]) >= 0
        first, second = first[hit], second[hit]
        found.append(np.stack([node[low[first]], node[high[first]], node[high[second]]], axis=1))
    triangles = np.sort(np.concatenate(found), axis=1)
    return triangles[np.lexsort(triangles.T[::-1])]
