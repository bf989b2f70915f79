"""Rows of a graph made ready for cascades: edges of large chance apart from a table that finds small ones at once."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_ONE = np.uint64(1)
_HALF = np.uint64(32)
_FULL = 9007199254740992.0  # 2^53
#: Hazard that is drawn at once: a Poisson number of this mean stays below 63 but for one in 10^17.
PART = 16.0


@njit(cache=True, nogil=True)
def _begin_row(head, first, size, hazard):  # type: ignore[no-untyped-def]
    """Write what a row of skips is: first entry, entries, hazard of each part, and of one part the chance of nothing.

    Where there are more parts, minus their number stands for the chance.
    """
    parts = math.ceil(hazard / PART)
    each = hazard / max(parts, 1)
    head[0], head[1], head[2], head[3] = first, size, each, math.exp(-each) if parts <= 1 else -parts


@njit(cache=True, nogil=True)
def rows_alike(offsets, chance, heads):  # type: ignore[no-untyped-def]
    """Prepare rows of skips whose edges all have one chance below 1; fills `heads`, (N, 4) float64."""
    hazard = -math.log1p(-chance)
    for i in range(len(offsets) - 1):
        size = offsets[i + 1] - offsets[i]
        _begin_row(heads[i], offsets[i], size, hazard * size)


@njit(cache=True, nogil=True)
def rows_apart(offsets, target, chance, dense_from, heads, table, begins, large, large_chance):  # type: ignore[no-untyped-def]
    """Prepare rows whose edges have chances of their own: large ones for words, small ones for skips.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) uint32 array
    chance : (E,) float64 array, in [0, 1]
    dense_from : float, below 1
        Edges of at least this chance are drawn in words.
    heads : (N, 4) float64 array
        Filled: of each row's small edges the first place in `table`, their number, the hazard of one part of the row,
        negative where the row has large edges as well, and the chance that nothing happens in it, or minus the number
        of parts if there are several.
    table : (S, 2) uint64 array
        Filled for the S edges of small chance: an alias table (Walker 1977) per row. A place holds two targets, the
        second in the high half, and which share of the place, in units of 2^-53, belongs to the first.
    begins : (N + 1,) int64 array
        Filled: offsets of the rows of large chances.
    large : (E - S,) uint32 array
    large_chance : (E - S,) float64 array
        Filled: their targets and chances.
    """
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    share, ends = np.empty(longest), np.empty(longest, np.uint64)
    stack = np.empty(longest, np.int64)
    begins[0] = 0
    placed, kept = np.int64(0), 0
    for i in range(len(offsets) - 1):
        size, total = np.int64(0), 0.0
        for e in range(offsets[i], offsets[i + 1]):
            if chance[e] >= dense_from:
                large[kept], large_chance[kept] = target[e], chance[e]
                kept += 1
            elif chance[e] > 0.0:
                share[size], ends[size] = -math.log1p(-chance[e]), np.uint64(target[e])
                total += share[size]
                size += 1
        begins[i + 1] = kept
        _begin_row(heads[i], placed, size, total)
        if kept > begins[i]:
            heads[i, 2] = -heads[i, 2] if size > 0 else -1.0
        _lay_table(share, ends, size, total, stack, table[placed : placed + size])
        placed += size


@njit(cache=True, nogil=True)
def threshold_rows(offsets, target, weight, heads, table, source):  # type: ignore[no-untyped-def]
    """Prepare what each node picks its in-edge from.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) uint32 array
    weight : (E,) float64 array
        Those of edges that end at one node add up to 1 at most.
    heads : (N, 4) float64 array
        Filled: of each node's in-edges of some weight the first place, their number, the sum of their weights, and
        the number over the sum.
    table : (S, 2) uint64 array, or (0, 2)
        Filled for the S edges of some weight: as of `rows_apart`, with sources in place of targets. With no rows the
        weights that end at a node must be alike.
    source : (S,) uint32 array, or (0,)
        Filled, if `table` has no rows: the sources themselves.
    """
    n = len(heads)
    heads[:] = 0.0
    for e in range(len(target)):
        heads[target[e], 1] += weight[e] > 0.0
        heads[target[e], 2] += weight[e]
    begin, longest = 0.0, 0.0
    for v in range(n):
        heads[v, 0] = begin
        begin += heads[v, 1]
        longest = max(longest, heads[v, 1])
    share, ends = np.empty(np.int64(begin)), np.empty(np.int64(begin), np.uint64)
    for u in range(n):
        for e in range(offsets[u], offsets[u + 1]):
            if weight[e] > 0.0:
                v = target[e]
                k = np.int64(heads[v, 0] + heads[v, 3])
                heads[v, 3] += 1.0
                share[k], ends[k] = weight[e], np.uint64(u)
    stack = np.empty(np.int64(longest), np.int64)
    for v in range(n):
        first, size = np.int64(heads[v, 0]), np.int64(heads[v, 1])
        if size > 0:
            if len(table) > 0:
                last = first + size
                _lay_table(share[first:last], ends[first:last], size, heads[v, 2], stack, table[first:last])
            heads[v, 2] = min(heads[v, 2], 1.0)
            heads[v, 3] = size / heads[v, 2]
    for place in range(len(source)):
        source[place] = ends[place]


@njit(cache=True, nogil=True)
def _lay_table(share, ends, size, total, stack, table):  # type: ignore[no-untyped-def]
    """Lay shares into places of one size: each holds the rest of one entry, filled up from another."""
    poor, rich = 0, size  # poor entries from the stack's bottom, rich ones from its top
    for k in range(size):
        share[k] *= size / total
        if share[k] < 1.0:
            stack[poor] = k
            poor += 1
        else:
            rich -= 1
            stack[rich] = k
    while poor > 0 and rich < size:
        poor -= 1
        low, high = stack[poor], stack[rich]
        table[low, 0] = ends[low] | (ends[high] << _HALF)
        table[low, 1] = np.uint64(np.int64(share[low] * _FULL))
        share[high] -= 1.0 - share[low]
        if share[high] < 1.0:
            rich += 1
            stack[poor] = high
            poor += 1
    # What is left has a whole place, but for rounding.
    for k in range(poor):
        table[stack[k], 0], table[stack[k], 1] = ends[stack[k]], np.uint64(np.int64(_FULL))
    for k in range(rich, size):
        table[stack[k], 0], table[stack[k], 1] = ends[stack[k]], np.uint64(np.int64(_FULL))
