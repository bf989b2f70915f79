"""Linear thresholds in their live-edge form: each node picks at most one in-edge per run, from a hash of (run, node).

A few nodes pass on by asking their out-neighbours whom they picked (forward). Once that costs as much as asking
everybody, all nodes pick, and a node is reached if the chain of picks that begins at it meets one that is (backward).
Both look at the same picks, so results do not depend on which is taken.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay.ops.cascade_draws import LANES, lowest, stream, unit
from interplay.ops.cascade_passing import AHEAD, STAGE, reach
from interplay.ops.prefetch import prefetch, prefetch_row

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
#: Marks in place of a pick: not reached; reached as far from the start as the mark lies below _REACHED.
_NEVER = -1
_REACHED = -2


@njit(cache=True, nogil=True)
def ask_forward(rows, space, keys, size):  # type: ignore[no-untyped-def]
    """Let the nodes that have just been reached ask their out-neighbours, in the lanes new to them, whom they picked.

    Parameters
    ----------
    rows : tuple
        (heads, table, source, offsets, _, target): per node the picks that `threshold_rows` made ready, and the rows of
        the graph.
    space, keys, size
        As of `interplay.ops.cascade_passing.pass_in_skips`.
    """
    _, _, _, offsets, _, target = rows
    active, words, here, whole = space[0], space[2], space[3], space[7]
    bits, states, nodes, askers = whole[0], whole[1], whole[2], whole[5]
    waiting = np.int64(0)
    for k in range(size):
        prefetch(offsets, here[min(k + 2 * AHEAD, size - 1)])
        prefetch(target, offsets[here[min(k + AHEAD, size - 1)]])
        u, lanes = np.uint64(here[k]), words[k]
        for e in range(offsets[u], offsets[u + _ONE]):
            v = np.uint64(target[e])
            ask = lanes & ~active[v]
            while ask != _ZERO:
                bits[waiting], nodes[waiting], askers[waiting] = ask & (_ZERO - ask), v, u
                states[waiting] = stream(keys[lowest(ask)], v)
                ask &= ask - _ONE
                waiting += 1
            if waiting > STAGE - LANES:
                _answer(rows, space, waiting)
                waiting = np.int64(0)
    _answer(rows, space, waiting)


@njit(cache=True, nogil=True)
def _answer(rows, space, waiting):  # type: ignore[no-untyped-def]
    """Enter who is reached by having picked the node that asks."""
    active, fresh, _, _, there, touched, counts, whole, _ = space
    bits, nodes, found, askers = whole[0], whole[2], whole[4], whole[5]
    _pick(rows, space, waiting)
    after, seen = counts[0], counts[1]
    for i in range(waiting):
        hit = bits[i] if found[i] == askers[i] else _ZERO
        after, seen = reach(nodes[i], hit, active, fresh, there, touched, after, seen)
    counts[0], counts[1] = after, seen


@njit(cache=True, nogil=True)
def _pick(rows, space, waiting):  # type: ignore[no-untyped-def]
    """Find whom nodes pick: from `states` of `nodes`, fills `found`; the greatest number for nobody."""
    heads, table, source = rows[0], rows[1], rows[2]
    whole, real = space[7], space[8]
    states, nodes, places, found = whole[1], whole[2], whole[3], whole[4]
    over = real[0]
    apart = len(table) > 0
    for i in range(waiting):
        u = nodes[i]
        drawn = unit(states[i])
        x = drawn * heads[u, 3]
        slot = min(math.floor(x), heads[u, 1] - 1.0)
        picks = drawn < heads[u, 2]
        over[i] = x - slot if picks else -1.0
        places[i] = np.uint64(np.int64(heads[u, 0] + slot)) if picks else _ZERO
        if apart:
            prefetch_row(table, places[i])
        else:
            prefetch(source, places[i])
    for i in range(waiting):
        if over[i] < 0.0:
            found[i] = _LOW
        elif apart:
            ends = table[places[i], 0]
            own = np.uint64(np.int64(over[i] * 9007199254740992.0)) < table[places[i], 1]
            found[i] = ends & _LOW if own else ends >> _HALF
        else:
            found[i] = np.uint64(source[places[i]])


@njit(cache=True, nogil=True)
def follow_back(rows, space, keys, size, lanes, mark, code, step, course):  # type: ignore[no-untyped-def]
    """End all cascades of a block: whoever's chain of picks meets a node that has just been reached is reached.

    Nodes that were reached before need no look, for whoever picked them has been reached as well.

    Parameters
    ----------
    rows, space, keys, size
        As of `ask_forward`.
    lanes : int
        How many lanes of the block are in use.
    mark : (2, N) int32 array
        Work space.
    code : (N,) int64 array
        Group of each node.
    step : int
        Round in which the nodes in ``here`` were reached.
    course : (B, G) int64 array
        Added to, if it has rows.

    Returns
    -------
    (B', G) int64 array
        `course`, with more rows if rounds needed them.
    """
    active, fresh, words, here, there, touched, counts, whole, _ = space
    pick, path = mark[0], mark[1]
    n = len(pick)
    for lane in range(lanes):
        bit = _ONE << np.uint64(lane)
        for first in range(0, n, STAGE):
            last = min(first + STAGE, n)
            for i in range(last - first):
                whole[1, i], whole[2, i] = stream(keys[lane], np.uint64(first + i)), np.uint64(first + i)
            _pick(rows, space, last - first)
            for i in range(last - first):
                nobody = (whole[4, i] == _LOW) | (active[first + i] & bit != _ZERO)
                pick[first + i] = _NEVER if nobody else np.int32(whole[4, i])
        for k in range(size):
            if words[k] & bit != _ZERO:
                pick[here[k]] = _REACHED
        deepest = _follow(pick, path)
        if len(course) > 0:
            course = longer(course, step + deepest + 1)
        after, seen = counts[0], counts[1]
        for v in range(n):
            hit = bit if pick[v] < _REACHED else _ZERO
            after, seen = reach(np.uint64(v), hit, active, fresh, there, touched, after, seen)
        counts[0], counts[1] = after, seen
        for v in range(n if len(course) > 0 else 0):
            if pick[v] < _REACHED:
                course[step + _REACHED - pick[v], code[v]] += 1
    return course


@njit(cache=True, nogil=True)
def longer(table, size):  # type: ignore[no-untyped-def]
    """Give the table, (B, C) int64, or a copy with twice the rows, zeros below, if it has fewer than `size`."""
    if size <= len(table):
        return table
    more = np.zeros((max(2 * len(table), size), table.shape[1]), np.int64)
    for k in range(len(table)):  # a slice on the left would compile messages about shapes
        for j in range(table.shape[1]):
            more[k, j] = table[k, j]
    return more


@njit(cache=True, nogil=True)
def _follow(pick, path):  # type: ignore[no-untyped-def]
    """Replace every pick by a mark; gives the greatest distance from a node that had been reached."""
    deepest = 0
    for v in range(len(pick)):
        x, length = v, 0
        while pick[x] >= 0:
            path[length] = x
            length += 1
            after = pick[x]
            pick[x] = _NEVER  # a chain that comes back to itself meets this mark
            x = after
        mark = pick[x]
        if mark == _NEVER:
            continue
        while length > 0:
            length -= 1
            mark -= 1
            pick[path[length]] = mark
        deepest = max(deepest, _REACHED - mark)
    return deepest
