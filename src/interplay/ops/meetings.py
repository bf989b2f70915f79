"""Who met in which bin: pairs are numbered by one pass over a hash table, and everything else is counting.

Nothing here sorts the events: they come in order of time, so that bins never fall, and a pair meets in a new bin
exactly when the last bin it met in is another one.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.hashing import mix

Ids = NDArray[np.int64]

#: Pairs that are numbered before the table is asked whether it should grow, and slots of the first table.
_CHUNK, _FIRST = 1 << 15, 1 << 16


def number_pairs(src: Ids, dst: Ids, n_nodes: int) -> tuple[Ids, Ids]:
    """Give ordered pairs numbers in the order they come.

    Parameters
    ----------
    src, dst : (E,) int64 arrays, in [0, n_nodes)
    n_nodes : int
        At most 3 * 10^9.

    Returns
    -------
    number : (E,) int64 array, in [0, P)
    keys : (P,) int64 array
        ``src * n_nodes + dst`` of every pair, by number.

    Notes
    -----
    O(E) expected time. The table holds numbers alone, 8 bytes per slot and at most eight slots per pair.
    """
    pair = src * n_nodes + dst
    number, keys = np.empty(len(pair), np.int64), np.empty(len(pair), np.int64)
    table = np.full(_FIRST, -1, np.int64)
    count = 0
    for a in range(0, len(pair), _CHUNK):
        part = pair[a : a + _CHUNK]
        if 2 * (count + len(part)) > len(table):
            table = np.full(4 * len(table), -1, np.int64)
            _put_numbers(table, keys, count)
        count = _add_numbers(table, keys, part, count, number[a : a + _CHUNK])
    return number, keys[:count].copy()


@njit(cache=True, nogil=True)
def _put_numbers(table, keys, count):  # type: ignore[no-untyped-def]
    """Fill an empty table with the numbers of known pairs."""
    mask = np.uint64(len(table) - 1)
    for i in range(count):
        slot = mix(np.uint64(keys[i])) & mask
        while table[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = i


@njit(cache=True, nogil=True)
def _add_numbers(table, keys, pair, count, out):  # type: ignore[no-untyped-def]
    """Look pairs up and give new ones the next numbers; tell how many there are then."""
    mask = np.uint64(len(table) - 1)
    for e in range(len(pair)):
        slot = mix(np.uint64(pair[e])) & mask
        while table[slot] >= 0 and keys[table[slot]] != pair[e]:
            slot = (slot + np.uint64(1)) & mask
        if table[slot] < 0:
            table[slot] = count
            keys[count] = pair[e]
            count += 1
        out[e] = table[slot]
    return count


@njit(cache=True, nogil=True)
def list_cells(number, bins, last, cell_pair, cell_bin, before):  # type: ignore[no-untyped-def]
    """List every pair once for every bin in which it meets.

    Parameters
    ----------
    number : (E,) int64 array, in [0, P)
    bins : (E,) int64 array, never falling
    last : (P,) int64 array
        -1 everywhere; afterwards the last cell of every pair.
    cell_pair, cell_bin, before : (E,) int64 arrays
        Written: pair, bin, and the bin in which the pair met before, -1 where it never did.

    Returns
    -------
    int
        Number of cells.
    """
    count = 0
    for e in range(len(number)):
        c = last[number[e]]
        if c >= 0 and cell_bin[c] == bins[e]:
            continue
        cell_pair[count] = number[e]
        cell_bin[count] = bins[e]
        before[count] = -1 if c < 0 else cell_bin[c]
        last[number[e]] = count
        count += 1
    return count


@njit(cache=True, nogil=True)
def add_weights(number, bins, weight, cell_pair, cell_bin, cell_of, total):  # type: ignore[no-untyped-def]
    """Sum the weights of every cell, in the order of the events.

    Parameters
    ----------
    number, bins : (E,) int64 arrays
    weight : (E,) float64 array
    cell_pair, cell_bin : (C,) int64 arrays
        As of `list_cells`.
    cell_of : (P,) int64 array
        Scratch.
    total : (C,) float64 array
        Zeros; added to.
    """
    c = 0
    for e in range(len(number)):
        if c < len(cell_pair) and cell_pair[c] == number[e] and cell_bin[c] == bins[e]:
            cell_of[number[e]] = c
            c += 1
        total[cell_of[number[e]]] += weight[e]


@njit(cache=True, nogil=True)
def order_by(first, key, place, out):  # type: ignore[no-untyped-def]
    """Order numbers by a small whole key, keeping their order where keys are equal.

    Parameters
    ----------
    first : (M,) int64 array
        The numbers in the order they have.
    key : (M,) int64 array, in [0, K)
        By number.
    place : (K + 1,) int64 array
        Zeros; scratch.
    out : (M,) int64 array
    """
    for i in range(len(key)):
        place[key[i] + 1] += 1
    for k in range(1, len(place)):
        place[k] += place[k - 1]
    for i in range(len(first)):
        k = key[first[i]]
        out[place[k]] = first[i]
        place[k] += 1


@njit(cache=True, nogil=True)
def _root(parent, i):  # type: ignore[no-untyped-def]
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def _join(parent, size, a, b):  # type: ignore[no-untyped-def]
    """Join the components of two nodes; tell whether they were two."""
    a, b = _root(parent, a), _root(parent, b)
    if a == b:
        return 0
    if size[a] < size[b]:
        a, b = b, a
    parent[b] = a
    size[a] += size[b]
    return 1


@njit(cache=True, nogil=True)
def _level(degree):  # type: ignore[no-untyped-def]
    level = -1
    while degree > 0:
        degree >>= 1
        level += 1
    return level


@njit(cache=True, nogil=True)
def walk_bins(low, high, cell_bin, before, columns, levels, active):  # type: ignore[no-untyped-def]
    """Count nodes, undirected pairs, components and degrees of every bin.

    Parameters
    ----------
    low, high : (C,) int64 arrays, in [0, N)
        Ends of the undirected pairs of every bin, each once; equal for a self-loop.
    cell_bin, before : (C,) int64 arrays
        As of `list_cells`.
    columns : (5, S) int64 array
        Zeros. Written: nodes, pairs without loops, components, nodes of the largest, and nodes with a pair that did not
        meet in the bin before.
    levels : (S, B) int64 array
        Zeros. Written: nodes with 2^b to 2^(b + 1) - 1 partners.
    active : (N,) int64 array
        Zeros. Written: bins in which each node occurs.
    """
    n = len(active)
    parent, size, degree = np.arange(n), np.ones(n, np.int64), np.zeros(n, np.int64)
    seen, engaged = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    members = np.empty(n, np.int64)
    c = 0
    while c < len(low):
        now, count, joins = cell_bin[c], 0, 0
        while c < len(low) and cell_bin[c] == now:
            for end in range(2):
                i = high[c] if end else low[c]
                if seen[i] != now:
                    seen[i] = now
                    members[count] = i
                    count += 1
                    active[i] += 1
                if (before[c] != now - 1 or now == 0) and engaged[i] != now:
                    engaged[i] = now
                    columns[4, now] += 1
            if low[c] != high[c]:
                columns[1, now] += 1
                degree[low[c]] += 1
                degree[high[c]] += 1
                joins += _join(parent, size, low[c], high[c])
            c += 1
        columns[0, now] = count
        columns[2, now] = count - joins
        for k in range(count):
            i = members[k]
            columns[3, now] = max(columns[3, now], size[i])
            if degree[i]:
                levels[now, _level(degree[i])] += 1
            parent[i], size[i], degree[i] = i, 1, 0
