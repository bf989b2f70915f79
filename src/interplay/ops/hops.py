"""Hops between all pairs of nodes of a sparse graph, by breadth-first search from each."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def all_hops(offsets, target):  # type: ignore[no-untyped-def]
    """Count the edges on the shortest path between every ordered pair.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array

    Returns
    -------
    (N, N) float64 array
        ``[src, dst]``; 0 on the diagonal, infinity where there is no path. O(N (N + E)).
    """
    n = len(offsets) - 1
    far = np.full((n, n), np.inf)
    queue = np.empty(n, np.int64)
    for i in range(n):
        row = far[i]
        row[i] = 0.0
        queue[0] = i
        head, tail = 0, 1
        while head < tail:
            at = queue[head]
            head += 1
            for e in range(offsets[at], offsets[at + 1]):
                j = target[e]
                if row[j] == np.inf:
                    row[j] = row[at] + 1.0
                    queue[tail] = j
                    tail += 1
    return far
