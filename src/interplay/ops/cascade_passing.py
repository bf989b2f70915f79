"""One round of a cascade: the nodes just reached pass on, 64 runs to a word.

Which edges of a row are live is drawn in one of two ways, fixed per row whatever the seeds. *Words*: one hash per edge
and binary digit decides all lanes at once, cheap where many lanes ask. *Skips*: each lane leaps from one live edge of
the row to the next along the cumulative hazard sum(-log(1 - p)), and most rows of small chances end after one draw.

Both go through their edges in stages of a few hundred, each stage one plain loop: memory is then waited for in
parallel, and arithmetic runs in vectors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.cascade_draws import DIGITS, digits_of, lanes_below, lowest, stream
from interplay.ops.hashing import mix
from interplay.ops.lane_math import logarithm
from interplay.ops.prefetch import prefetch

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_GOLDEN = np.uint64(GOLDEN)
_FULL = np.uint64(1 << DIGITS)
_SHIFT = np.uint64(64 - DIGITS)
_SIGN = np.uint64(63)
#: Edges or cursors of one stage.
STAGE = 512
#: Nodes between asking for a row and reading it.
AHEAD = 8
#: Edges of a row that counts as short.
SHORT = 32
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
        (6, STAGE) uint64 and real (2, STAGE) float64: one stage.
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
        np.empty((2, STAGE), np.float64),
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
def pass_in_skips(rows, space, keys, size, longest):  # type: ignore[no-untyped-def]
    """Let nodes that have just been reached pass on along rows of skips with at most `longest` edges.

    Cursors of short and long rows are kept apart, for all search as long as the one that has farthest to go.

    Parameters
    ----------
    rows : tuple
        (offsets, target, draw, other, alike, none): rows of the graph, targets as uint32, and what `row_chances` made
        of them; `draw` is empty where all chances are alike, `alike` holds that chance and one over its hazard, `other`
        is unused.
    space : tuple
        From `workspace`.
    keys : (64,) uint64 array
        From `run_keys`.
    size : int
        How many nodes have just been reached; they stand in ``here`` with their lanes in ``words``.
    longest : int

    Returns
    -------
    int
        How many nodes have other rows; they have moved to the front.
    """
    offsets, target, draw, _, _, none = rows
    words, here, whole, real = space[2], space[3], space[7], space[8]
    bits, states, places, ends = whole[0], whole[1], whole[2], whole[3]
    number = real[0]
    waiting, others = 0, 0
    for k in range(size + 1):
        if waiting > STAGE - 64 or (k == size and waiting > 0):
            _leap_on(rows, space, waiting)
            waiting = 0
        if k == size:
            break
        ahead = here[min(k + AHEAD, size - 1)]
        prefetch(offsets, ahead)
        prefetch(none, ahead)
        u, lanes = here[k], words[k]
        first, last, least = offsets[u], offsets[u + 1], none[u]
        if least < 0.0 or last - first > longest:
            here[others], words[others] = u, lanes
            others += 1
            continue
        while lanes != _ZERO:
            bit = lanes & (_ZERO - lanes)
            state = stream(keys[lowest(lanes)], first + u)
            lanes ^= bit
            # 1 - uniform, in (0, 1]: its -log is the hazard up to the first live edge.
            drawn = 1.0 - np.float64(mix(state) >> np.uint64(11)) * 2.0**-53
            bits[waiting], states[waiting], number[waiting] = bit, state, drawn
            places[waiting], ends[waiting] = first, last
            waiting += drawn > least
        prefetch(target, first)
        prefetch(draw, first)
    return others


@njit(cache=True, nogil=True)
def _leap_on(rows, space, waiting):  # type: ignore[no-untyped-def]  # noqa: C901
    """Let cursors (a lane in a row) leap from live edge to live edge until all have left their rows."""
    _, target, draw, _, alike, _ = rows
    active, fresh, _, _, there, touched, counts, whole, real = space
    bits, states, places, ends, found = whole[0], whole[1], whole[2], whole[3], whole[4]
    number, level = real[0], real[1]
    apart = len(draw) > 0
    level[:waiting] = 0.0
    for i in range(waiting):
        number[i] = -logarithm(number[i])
    while waiting > 0:
        if apart:
            _search(draw, level, number, places, ends, found, waiting)
        else:
            for i in range(waiting):
                leap = min(number[i] * alike[1], np.float64(ends[i] - places[i]))
                places[i] += np.uint64(np.int64(leap))
        alive = 0
        for i in range(waiting):
            bits[alive], states[alive], places[alive], ends[alive] = bits[i], states[i], places[i], ends[i]
            alive += places[i] < ends[i]
        for i in range(alive):
            found[i] = np.uint64(target[places[i]])
        if apart:
            for i in range(alive):
                level[i] = draw[places[i]]
        after, seen = counts[0], counts[1]
        for i in range(alive):
            after, seen = reach(found[i], bits[i], active, fresh, there, touched, after, seen)
        counts[0], counts[1] = after, seen
        for i in range(alive):
            states[i] += _GOLDEN
            places[i] += _ONE
            number[i] = -logarithm(1.0 - np.float64(mix(states[i]) >> np.uint64(11)) * 2.0**-53)
        waiting = 0
        for i in range(alive):
            # Whoever leaps past the end of its row need not be searched for.
            goes_on = places[i] < ends[i]
            if apart:
                goes_on &= level[i] + number[i] < draw[ends[i] - _ONE]
            bits[waiting], states[waiting], ends[waiting] = bits[i], states[i], ends[i]
            places[waiting], level[waiting], number[waiting] = places[i], level[i], number[i]
            waiting += goes_on


@njit(cache=True, nogil=True)
def pass_in_words(rows, space, key, size):  # type: ignore[no-untyped-def]
    """Let the first `size` nodes of ``here`` pass on, all lanes of an edge at once; `key` from `block_key`."""
    offsets, target, draw, _, alike, _ = rows
    active, words, here, whole = space[0], space[2], space[3], space[7]
    left, states, ends, digits, live = whole[0], whole[1], whole[2], whole[3], whole[4]
    apart = len(draw) > 0
    chance = digits_of(alike[0])
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
                    chance = digits_of(draw[e])
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
                drawn = mix(states[i])
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


@njit(cache=True, nogil=True)
def _search(draw, level, number, places, ends, sizes, waiting):  # type: ignore[no-untyped-def]
    """Move every cursor to the first entry of its row whose cumulative hazard exceeds ``level + number``.

    All cursors halve their ranges in step, so that their reads do not wait for each other.
    """
    longest = np.uint64(0)
    for i in range(waiting):
        level[i] += number[i]
        sizes[i] = ends[i] - places[i]
        longest = max(longest, sizes[i])
    while longest != _ZERO:
        for i in range(waiting):
            size = sizes[i]
            half = size >> _ONE
            middle = places[i] + half
            if size == _ZERO and middle != _ZERO:  # no entry past the last is read, and none before the first
                middle -= _ONE
            right = (draw[middle] <= level[i]) & (size != _ZERO)
            places[i] = middle + _ONE if right else places[i]
            sizes[i] = size - half - _ONE if right else half
        longest >>= _ONE


@njit(cache=True, nogil=True)
def pass_by_threshold(rows, space, key, size):  # type: ignore[no-untyped-def]
    """Let the nodes that have just been reached pass on once, by linear thresholds in their live-edge form.

    Each node draws one number per lane; the one in-edge into whose interval [draw, other) it falls is live. Parameters
    as of `pass_in_skips`, with these intervals per entry in `draw` and `other`, and `key` from `block_key`.
    """
    offsets, target, low, high, _, _ = rows
    active, fresh, words, here, there, touched, counts, _, _ = space
    for k in range(size):
        u, lanes = np.int64(here[k]), words[k]
        for e in range(offsets[u], offsets[u + 1]):
            v = target[e]
            ask = lanes & ~active[v]
            if ask == _ZERO or high[e] <= low[e]:
                continue
            draw = stream(key, v)
            hit = lanes_below(draw, digits_of(high[e]), ask)
            if hit != _ZERO and low[e] > 0.0:
                hit &= ~lanes_below(draw, digits_of(low[e]), hit)
            counts[0], counts[1] = reach(v, hit, active, fresh, there, touched, counts[0], counts[1])
