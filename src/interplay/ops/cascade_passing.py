"""One round of a cascade: the nodes just reached pass on, 64 runs to a word.

Which edges of a row are live is drawn in one of two ways, fixed per edge whatever the seeds. *Words*: one hash per edge
and binary digit decides all lanes at once, cheap where many lanes ask. *Skips*: in each lane a Poisson number of points
falls on the row, of mean sum(-log(1 - p)), each on an edge with the probability of its share in that sum; an edge is
live if it is hit, which has probability p and is independent of all others. Most rows of small chances take one draw.

Both go through their edges in stages of a few hundred, each stage one plain loop: memory is then waited for in
parallel, and arithmetic runs in vectors.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.cascade_draws import DIGITS, LANES, digits_of, lowest, scramble, stream, unit
from interplay.ops.prefetch import prefetch, prefetch_row

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_GOLDEN = np.uint64(GOLDEN)
_FULL = np.uint64(1 << DIGITS)
_SHIFT = np.uint64(64 - DIGITS)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_SIGN = np.uint64(63)
#: Edges or cursors of one stage.
STAGE = 512
#: Nodes between asking for a row and reading it.
AHEAD = 8
#: Points on one part of a row at most.
MOST = 63
#: Digits drawn between two looks at who is still undecided.
DEPTH = 4


@njit(cache=True, nogil=True)
def workspace(n):  # type: ignore[no-untyped-def]
    """Allocate what one thread needs for one block: 36 bytes per node.

    Returns
    -------
    tuple
        active, fresh (N,) uint64: lanes that have reached a node, and those of them that did so last; words (N,)
        uint64, here and there (N + 1,) int32: nodes of this round with their fresh lanes, and nodes of the next;
        touched (N + 1,) int32: nodes that no lane had reached before; counts (2,): used of there and touched; whole
        (6, STAGE) uint64 and real (3, STAGE) float64: one stage.
    """
    return (
        np.zeros(n, np.uint64),
        np.zeros(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n + 1, np.int32),
        np.empty(n + 1, np.int32),
        np.empty(n + 1, np.int32),
        np.zeros(2, np.int64),
        np.empty((6, STAGE), np.uint64),
        np.empty((3, STAGE), np.float64),
    )


@njit(cache=True, forceinline=True)
def reach(v, hit, active, fresh, there, touched, after, seen):  # type: ignore[no-untyped-def]
    """Enter that node v is reached in the lanes `hit`, without a branch; gives the new counts of there and touched.

    Lanes that had reached it before change nothing. ``there[after]`` and ``touched[seen]`` are overwritten in any case.
    """
    known = active[v]
    new = hit & ~known
    touched[seen] = v
    seen += (known == _ZERO) & (new != _ZERO)
    active[v] = known | new
    waiting = fresh[v]
    there[after] = v
    after += (waiting == _ZERO) & (new != _ZERO)
    fresh[v] = waiting | new
    return after, seen


@njit(cache=True, nogil=True)
def pass_in_skips(rows, space, keys, size):  # type: ignore[no-untyped-def]
    """Let nodes that have just been reached pass on along their edges of small chance.

    Parameters
    ----------
    rows : tuple
        (heads, table, target, begins, chance, _): what `interplay.ops.cascade_rows` made of the graph. `table` is empty
        where all chances are alike: then targets are `target`, (E,) uint32, themselves.
    space : tuple
        From `workspace`.
    keys : (64,) uint64 array
        From `run_keys`.
    size : int
        How many nodes have just been reached; they stand in ``here`` with their lanes in ``words``.

    Returns
    -------
    int
        How many nodes have edges of large chance as well; they have moved to the front.
    """
    heads = rows[0]
    words, here, whole, real = space[2], space[3], space[7], space[8]
    bits, states, nodes, number, term = whole[0], whole[1], whole[2], real[0], real[1]
    waiting, others = np.int64(0), 0  # of one type from the start: a literal would be compiled for apart
    for k in range(size):
        prefetch_row(heads, here[min(k + AHEAD, size - 1)])
        u, asked = here[k], words[k]
        here[others], words[others] = u, asked
        others += heads[u, 2] < 0.0
        least, parts = heads[u, 3], np.int64(1)
        if least < 0.0:
            least, parts = math.exp(-abs(heads[u, 2])), np.int64(-least)
        for part in range(parts):
            lanes = asked
            place = np.int64(heads[u, 0]) + u + part
            while lanes != _ZERO:
                bit = lanes & (_ZERO - lanes)
                state = stream(keys[lowest(lanes)], place)
                lanes ^= bit
                drawn = unit(state)
                bits[waiting], states[waiting], nodes[waiting] = bit, state, np.uint64(u)
                number[waiting], term[waiting] = drawn - least, least
                waiting += drawn >= least
            if waiting > STAGE - LANES:
                _scatter(rows, space, waiting)
                waiting = np.int64(0)
    _scatter(rows, space, waiting)
    return others


@njit(cache=True, nogil=True)
def _scatter(rows, space, waiting):  # type: ignore[no-untyped-def]
    """Let a Poisson number of points fall on the row of every cursor (a lane in a part of a row): live is what is hit.

    The number is found by going through its distribution, one point to a step; `number` is how far the draw lies above
    what has been gone through.
    """
    heads, table, target, _, _, _ = rows
    active, fresh, _, _, there, touched, counts, whole, real = space
    bits, states, nodes, places, found = whole[0], whole[1], whole[2], whole[3], whole[4]
    number, term, over = real[0], real[1], real[2]
    apart = len(table) > 0
    points = 0
    while waiting > 0:
        points += 1
        inverse = 1.0 / points
        for i in range(waiting):
            u = nodes[i]
            states[i] += _GOLDEN
            x = unit(states[i]) * heads[u, 1]
            slot = min(math.floor(x), heads[u, 1] - 1.0)
            places[i] = np.uint64(np.int64(heads[u, 0] + slot))
            over[i] = x - slot
            if apart:
                prefetch_row(table, places[i])
            else:
                prefetch(target, places[i])
        if apart:
            for i in range(waiting):
                ends = table[places[i], 0]
                own = np.uint64(np.int64(over[i] * 9007199254740992.0)) < table[places[i], 1]
                found[i] = ends & _LOW if own else ends >> _HALF
        else:
            for i in range(waiting):
                found[i] = np.uint64(target[places[i]])
        after, seen = counts[0], counts[1]
        for i in range(waiting):
            after, seen = reach(found[i], bits[i], active, fresh, there, touched, after, seen)
        counts[0], counts[1] = after, seen
        left = 0
        for i in range(waiting):
            u = nodes[i]
            chance = term[i] * (abs(heads[u, 2]) * inverse)
            rest = number[i]
            bits[left], states[left], nodes[left] = bits[i], states[i], u
            number[left], term[left] = rest - chance, chance
            left += rest >= chance
        waiting = left if points < MOST else 0


@njit(cache=True, nogil=True)
def pass_in_words(rows, space, key, size):  # type: ignore[no-untyped-def]
    """Let the first `size` nodes of ``here`` pass on, all lanes of an edge at once; `key` from `block_key`."""
    _, _, target, offsets, own, _ = rows
    active, words, here, whole = space[0], space[2], space[3], space[7]
    left, states, ends, digits, live = whole[0], whole[1], whole[2], whole[3], whole[4]
    apart = len(own) > 1
    chance = digits_of(own[0])
    k, e = 0, offsets[here[0]]
    while k < size:
        asked = 0
        while k < size and asked < STAGE:
            prefetch(offsets, here[min(k + 2 * AHEAD, size - 1)])
            prefetch(target, offsets[here[min(k + AHEAD, size - 1)]])
            lanes, last = words[k], offsets[here[k] + 1]
            stop = min(last, e + STAGE - asked)
            while e < stop:
                v = np.uint64(target[e])
                ask = lanes & ~active[v]
                if apart:
                    chance = digits_of(own[e])
                sure = chance >= _FULL
                left[asked], live[asked] = (_ZERO, ask) if sure else (ask, _ZERO)
                states[asked], ends[asked], digits[asked] = stream(key, e), v, chance << _SHIFT
                asked += ask != _ZERO
                e += 1
            if e == last:
                k += 1
                e = offsets[here[min(k, size - 1)]]
        _decide(space, asked)


@njit(cache=True, nogil=True)
def _decide(space, asked):  # type: ignore[no-untyped-def]
    """Draw digit by digit until every lane that asks knows whether its edge is live, and enter who is reached."""
    active, fresh, _, _, there, touched, counts, whole, _ = space
    left, states, ends, digits, live, hits = whole[0], whole[1], whole[2], whole[3], whole[4], whole[5]
    while asked > 0:
        for _ in range(DEPTH):
            for i in range(asked):
                drawn = scramble(states[i])
                one = _ZERO - (digits[i] >> _SIGN)  # all ones where the digit is 1
                live[i] |= left[i] & ~drawn & one
                left[i] &= drawn ^ ~one
                digits[i] <<= _ONE
                states[i] += _GOLDEN
        found, open_ = 0, 0
        for i in range(asked):
            hits[found] = np.uint64(i)
            found += live[i] & ~active[ends[i]] != _ZERO
        after, seen = counts[0], counts[1]
        for k in range(found):
            i = hits[k]
            after, seen = reach(ends[i], live[i], active, fresh, there, touched, after, seen)
        counts[0], counts[1] = after, seen
        for i in range(asked):
            left[open_], states[open_], ends[open_], digits[open_] = left[i], states[i], ends[i], digits[i]
            live[open_] = _ZERO
            open_ += (left[i] != _ZERO) & (digits[i] != _ZERO)
        asked = open_
