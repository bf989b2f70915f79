"""Compressed sparse rows: row i owns the entries ``offsets[i]:offsets[i + 1]`` of `target`, sorted, each once.

These kernels read their arrays once, front to back where they can, so that they may be memory-mapped.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def first_disorder(offsets, target, n_nodes):  # type: ignore[no-untyped-def]
    """Find the first entry that is out of range, or does not exceed the one before it in its row; -1 if none."""
    for i in range(len(offsets) - 1):
        before = -1
        for e in range(offsets[i], offsets[i + 1]):
            if target[e] <= before or target[e] >= n_nodes:
                return e
            before = target[e]
    return -1


@njit(cache=True, nogil=True)
def first_one_way(offsets, target, weight):  # type: ignore[no-untyped-def]
    """Find the first entry whose opposite is missing or weighs something else; -1 if the rows are symmetric.

    `weight` may be empty: all weigh the same. Rows must be sorted. O(E) time, O(N) space.
    """
    n = len(offsets) - 1
    cursor = offsets[:-1].copy()
    for i in range(n):
        for e in range(offsets[i], offsets[i + 1]):
            j = target[e]
            back = cursor[j]
            if back >= offsets[j + 1] or target[back] != i:
                return e
            if len(weight) > 0 and weight[back] != weight[e]:
                return e
            cursor[j] += 1
    return -1


@njit(cache=True, nogil=True)
def transpose(offsets, target, n_nodes):  # type: ignore[no-untyped-def]
    """Turn rows into columns by counting.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    n_nodes : int

    Returns
    -------
    back_offsets : (N + 1,) int64 array
    source : (E,) int32 array
        Row j lists, rising, who points at j.
    entry : (E,) int64 array
        Place of the same edge in `target`.
    """
    back = np.zeros(n_nodes + 1, np.int64)
    for e in range(len(target)):
        back[target[e] + 1] += 1
    for j in range(n_nodes):
        back[j + 1] += back[j]
    cursor = back[:-1].copy()
    source = np.empty(len(target), np.int32)
    entry = np.empty(len(target), np.int64)
    for i in range(n_nodes):
        for e in range(offsets[i], offsets[i + 1]):
            j = target[e]
            source[cursor[j]] = i
            entry[cursor[j]] = e
            cursor[j] += 1
    return back, source, entry


@njit(cache=True, nogil=True)
def components(offsets, target):  # type: ignore[no-untyped-def]
    """Label weakly connected parts by joining the ends of every entry; labels (N,) int64 rise with the first node."""
    n = len(offsets) - 1
    parent = np.arange(n)
    for i in range(n):
        for e in range(offsets[i], offsets[i + 1]):
            a, b = i, np.int64(target[e])
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    label = np.empty(n, np.int64)
    found = 0
    for i in range(n):
        root = i
        while parent[root] != root:
            root = parent[root]
        if root == i:
            label[i] = found
            found += 1
        else:
            label[i] = label[root]
    return label
