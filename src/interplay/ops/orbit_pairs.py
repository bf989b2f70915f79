"""Sums over common neighbours of node pairs, from which the orbit adjacencies follow by equations.

Rows as in `interplay.ops.orbits`. A pair is looked at if it is linked or, on request, has a common neighbour.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def entry_triangles(offsets, target):  # type: ignore[no-untyped-def]
    """Count the triangles of every entry, (E,) int64."""
    n = len(offsets) - 1
    out = np.zeros(len(target), np.int64)
    mark = np.full(n, -1, np.int64)
    for u in range(n):
        for e in range(offsets[u], offsets[u + 1]):
            mark[target[e]] = u
        for e in range(offsets[u], offsets[u + 1]):
            v = target[e]
            for f in range(offsets[v], offsets[v + 1]):
                if mark[target[f]] == u:
                    out[e] += 1
    return out


@njit(cache=True, nogil=True)
def near_offsets(offsets, target):  # type: ignore[no-untyped-def]
    """Count the nodes within two steps of each node, itself excepted, as row offsets, (N + 1,) int64."""
    n = len(offsets) - 1
    out = np.zeros(n + 1, np.int64)
    mark = np.full(n, -1, np.int64)
    for u in range(n):
        count = 0
        mark[u] = u
        for e in range(offsets[u], offsets[u + 1]):
            w = target[e]
            if mark[w] != u:
                mark[w] = u
                count += 1
            for f in range(offsets[w], offsets[w + 1]):
                v = target[f]
                if mark[v] != u:
                    mark[v] = u
                    count += 1
        out[u + 1] = out[u] + count
    return out


@njit(cache=True, nogil=True)
def near_pairs(offsets, target, rows):  # type: ignore[no-untyped-def]
    """List the nodes within two steps of each node, rising, (M,) int32, in the rows that `near_offsets` counted.

    Nearness is mutual: entering the nodes, in their order, into the rows of those near them sorts every row.
    """
    n = len(offsets) - 1
    column = np.empty(rows[n], np.int32)
    cursor = rows[:-1].copy()
    mark = np.full(n, -1, np.int64)
    for u in range(n):
        mark[u] = u
        for e in range(offsets[u], offsets[u + 1]):
            w = target[e]
            if mark[w] != u:
                mark[w] = u
                column[cursor[w]] = u
                cursor[w] += 1
            for f in range(offsets[w], offsets[w + 1]):
                v = target[f]
                if mark[v] != u:
                    mark[v] = u
                    column[cursor[v]] = u
                    cursor[v] += 1
    return column


@njit(cache=True, nogil=True)
def common_sums(offsets, target, of_entry, rows, column):  # type: ignore[no-untyped-def]
    """Add up over the common neighbours of every pair (u, v) of `rows` and `column`.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    of_entry : (E,) int64 array
        Triangles of each entry.
    rows : (N + 1,) int64 array
    column : (M,) int32 array
        Pairs to look at: from `near_offsets` and `near_pairs`, or `offsets` and `target` for linked ones.

    Returns
    -------
    (M, 7) int64 array
        Per pair: 0 common neighbours; sums over them of 1 their degree, 2 the triangles of their edge to v, 3 the
        triangles of their edge to u; 4 linked pairs among them; 5 ways u - w - z - v of three steps, where v is linked
        to u (else 0); 6 whether u and v are linked.
    """
    n = len(offsets) - 1
    table = np.empty((len(column), 7), np.int64)
    sums = np.zeros((n, 6), np.int64)
    near = np.full(n, -1, np.int64)
    around = np.full(n, -1, np.int64)
    for u in range(n):
        for e in range(offsets[u], offsets[u + 1]):
            near[target[e]] = u
        _add(offsets, target, of_entry, u, sums)
        _add_chords(offsets, target, u, near, around, sums)
        for e in range(offsets[u], offsets[u + 1]):
            v = target[e]
            for f in range(offsets[v], offsets[v + 1]):
                sums[v, 5] += sums[target[f], 0]
        for k in range(rows[u], rows[u + 1]):
            v = column[k]
            for q in range(6):
                table[k, q] = sums[v, q]
            table[k, 6] = near[v] == u
        _clear(offsets, target, u, sums)
    return table


@njit(cache=True, nogil=True)
def _add(offsets, target, of_entry, u, sums):  # type: ignore[no-untyped-def]
    for e in range(offsets[u], offsets[u + 1]):
        w = target[e]
        degree = offsets[w + 1] - offsets[w]
        for f in range(offsets[w], offsets[w + 1]):
            v = target[f]
            sums[v, 0] += 1
            sums[v, 1] += degree
            sums[v, 2] += of_entry[f]
            sums[v, 3] += of_entry[e]


@njit(cache=True, nogil=True)
def _add_chords(offsets, target, u, near, around, sums):  # type: ignore[no-untyped-def]
    """Count, for every v, linked pairs w < z among common neighbours of u and v; `around` is -1 before and after."""
    for e in range(offsets[u], offsets[u + 1]):
        w = target[e]
        for f in range(offsets[w], offsets[w + 1]):
            around[target[f]] = w
        for f in range(offsets[w], offsets[w + 1]):
            z = target[f]
            if z > w and near[z] == u:
                for g in range(offsets[z], offsets[z + 1]):
                    if around[target[g]] == w:
                        sums[target[g], 4] += 1
        for f in range(offsets[w], offsets[w + 1]):
            around[target[f]] = -1


@njit(cache=True, nogil=True)
def _clear(offsets, target, u, sums):  # type: ignore[no-untyped-def]
    for e in range(offsets[u], offsets[u + 1]):
        w = target[e]
        for q in range(6):
            sums[w, q] = 0
        for f in range(offsets[w], offsets[w + 1]):
            for q in range(6):
                sums[target[f], q] = 0
