"""Independent cascades over compressed sparse rows, 64 runs to a word.

A block holds 64 runs: ``active[v]`` has bit r set if run r of the block has reached node v. Rounds go out from the
seeds, and a node is taken up again only for the lanes that are new to it.

Which edges of a row are live is drawn in one of two ways, fixed per row whatever the seeds. *Words*: one hash per edge
decides all lanes at once, cheap where most lanes ask. *Skips*: each lane leaps from one live edge of the row to the
next along the cumulative hazard sum(-log(1 - p)), and most rows of small chances end after one draw.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.bits import count_bits
from interplay.ops.cascade_draws import LANES, block_key, digits_of, lanes_below, lowest, run_keys
from interplay.ops.hashing import mix

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_GOLDEN = np.uint64(GOLDEN)
#: Bit planes of a vertical counter: counts to 2^32 - 1.
PLANES = 32
#: Hazard of a certain edge: more than -log of the least number drawn, 2^-53.
CERTAIN = 64.0


@njit(cache=True, nogil=True)
def row_chances(offsets, chance, dense_from, draw, none, dense):  # type: ignore[no-untyped-def]
    """Prepare the rows of a graph whose edges have chances of their own.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    chance : (E,) float64 array, in [0, 1]
    dense_from : float
        Rows whose mean chance is at least so great are drawn in words.
    draw : (E,) float64 array
        Filled: the chance itself in rows of words, the cumulative hazard in rows of skips.
    none : (N,) float64 array
        Filled: the chance that no edge of the row is live.
    dense : (N,) uint8 array
        Filled: 1 for rows drawn in words.
    """
    for i in range(len(offsets) - 1):
        total, hazard = 0.0, 0.0
        first, last = offsets[i], offsets[i + 1]
        for e in range(first, last):
            total += chance[e]
            hazard += CERTAIN if chance[e] >= 1.0 else -math.log1p(-chance[e])
        none[i] = math.exp(-hazard)
        dense[i] = last > first and total >= dense_from * (last - first)
        hazard = 0.0
        for e in range(first, last):
            hazard += CERTAIN if chance[e] >= 1.0 else -math.log1p(-chance[e])
            draw[e] = chance[e] if dense[i] else hazard


@njit(cache=True, nogil=True)
def row_chances_alike(offsets, chance, dense_from, none, dense):  # type: ignore[no-untyped-def]
    """Prepare rows whose edges all have one chance; see `row_chances`."""
    hazard = CERTAIN if chance >= 1.0 else -math.log1p(-chance)
    for i in range(len(offsets) - 1):
        size = offsets[i + 1] - offsets[i]
        none[i] = math.exp(-hazard * size)
        dense[i] = size > 0 and chance >= dense_from
    return hazard


@njit(cache=True, inline="always")
def _next_live(draw, place, last, level):  # type: ignore[no-untyped-def]
    """First entry in [place, last) whose cumulative hazard exceeds `level`; `last` if none does."""
    step = 1
    low = place
    high = place
    while high < last and draw[high] <= level:
        low = high + 1
        high += step
        step <<= 1
    high = min(high, last)
    while low < high:
        middle = (low + high) >> 1
        if draw[middle] <= level:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, inline="always")
def _reach(v, hit, active, fresh, marked, touched, before, there, counts):  # type: ignore[no-untyped-def]
    """Enter that node v is newly reached in the lanes `hit`."""
    if marked[v] == 0:
        marked[v] = 1
        touched[counts[1]] = v
        before[counts[1]] = active[v]
        counts[1] += 1
    active[v] |= hit
    if fresh[v] == _ZERO:
        there[counts[0]] = v
        counts[0] += 1
    fresh[v] |= hit


@njit(cache=True, nogil=True)
def independent_round(rows, space, key, keys, size):  # type: ignore[no-untyped-def]  # noqa: C901
    """Let the nodes that have just been reached pass on once, each edge by its own chance.

    Parameters
    ----------
    rows : tuple
        (offsets, target, draw, other, alike, none, dense): rows of the graph and what `row_chances` made of them;
        `draw` is empty where all chances are alike, `alike` holds that chance and its hazard, `other` is unused.
    space : tuple
        From `workspace`.
    key, keys
        From `block_key` and `run_keys`.
    size : int
        How many nodes have been reached in the round before; they stand in ``here`` with their lanes in ``words``.
    """
    offsets, target, draw, _, alike, none, dense = rows
    active, fresh, marked, words, before, here, there, touched, counts = space
    apart = len(draw) > 0
    for k in range(size):
        u, lanes = np.int64(here[k]), words[k]
        first, last = offsets[u], offsets[u + 1]
        if dense[u]:
            digits = digits_of(alike[0])
            for e in range(first, last):
                v = target[e]
                ask = lanes & ~active[v]
                if ask == _ZERO:
                    continue
                if apart:
                    digits = digits_of(draw[e])
                hit = lanes_below(mix(key ^ mix(np.uint64(e))), digits, ask)
                if hit != _ZERO:
                    _reach(v, hit, active, fresh, marked, touched, before, there, counts)
            continue
        least, row = none[u], mix(np.uint64(u) + _GOLDEN)
        while lanes != _ZERO:
            bit = lanes & (_ZERO - lanes)
            state = mix(keys[lowest(lanes)] ^ row)
            lanes ^= bit
            # 1 - uniform, in (0, 1]: its -log is the hazard up to the next live edge.
            number = 1.0 - np.float64(state >> np.uint64(11)) * 2.0**-53
            if number <= least:
                continue
            place, level = first, 0.0
            while place < last:
                if apart:
                    place = _next_live(draw, place, last, level - math.log(number))
                    if place >= last:
                        break
                    level = draw[place]
                else:
                    leap = -math.log(number) / alike[1]
                    if leap >= last - place:
                        break
                    place += np.int64(leap)
                v = target[place]
                if active[v] & bit == _ZERO:
                    _reach(v, bit, active, fresh, marked, touched, before, there, counts)
                place += 1
                state += _GOLDEN
                number = 1.0 - np.float64(mix(state) >> np.uint64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def threshold_round(rows, space, key, size):  # type: ignore[no-untyped-def]
    """Let the nodes that have just been reached pass on once, by linear thresholds in their live-edge form.

    Each node draws one number per lane; the one in-edge into whose interval [draw, other) it falls is live. Parameters
    as of `independent_round`, with these intervals per entry in `draw` and `other`.
    """
    offsets, target, low, high, _, _, _ = rows
    active, fresh, marked, words, before, here, there, touched, counts = space
    for k in range(size):
        u, lanes = np.int64(here[k]), words[k]
        for e in range(offsets[u], offsets[u + 1]):
            v = target[e]
            ask = lanes & ~active[v]
            if ask == _ZERO or high[e] <= low[e]:
                continue
            draw = mix(key ^ mix(np.uint64(v)))
            hit = lanes_below(draw, digits_of(high[e]), ask)
            if hit != _ZERO and low[e] > 0.0:
                hit &= ~lanes_below(draw, digits_of(low[e]), hit)
            if hit != _ZERO:
                _reach(v, hit, active, fresh, marked, touched, before, there, counts)


@njit(cache=True, nogil=True)
def workspace(n):  # type: ignore[no-untyped-def]
    """Allocate what one thread needs for one block: 57 bytes per node.

    Returns
    -------
    tuple
        active, fresh (N,) uint64: lanes that have reached a node, and those of them that did so last; marked (N,)
        uint8, touched (N,) int32, before (N,) uint64: nodes reached since the start of the block, and their lanes then;
        here, there (N,) int32 and words (N,) uint64: nodes of this and the next round; counts (2,): used of there and
        touched.
    """
    return (
        np.zeros(n, np.uint64),
        np.zeros(n, np.uint64),
        np.zeros(n, np.uint8),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.zeros(2, np.int64),
    )


@njit(cache=True, nogil=True)
def spread_block(kind, rows, space, key, keys, seeds, lanes, code, course):  # type: ignore[no-untyped-def]
    """Run one block from seeds until nothing new is reached.

    Parameters
    ----------
    kind : int
        0: independent cascade, 1: linear threshold.
    rows, space, key, keys
        As of `independent_round`. Lanes already in ``active`` count as reached before, and do not pass on again.
    seeds : (K,) int64 array
    lanes : uint64
        Runs that take part.
    code : (N,) int64 array
        Group of each node.
    course : (B, G) int64 array
        Added to: newly reached (node, lane) pairs per round and group; with B = 0 nothing is kept.

    Returns
    -------
    (B', G) int64 array
        `course`, with more rows if rounds needed them.
    """
    active, fresh, marked, words, before, here, there, touched, counts = space
    counts[:] = 0
    for s in seeds:
        new = lanes & ~active[s]
        if new != _ZERO:
            _reach(s, new, active, fresh, marked, touched, before, there, counts)
    step = 0
    while counts[0] > 0:
        size = counts[0]
        for k in range(size):
            here[k] = there[k]
            words[k] = fresh[here[k]]
            fresh[here[k]] = _ZERO
        counts[0] = 0
        if len(course) > 0:
            if step == len(course):
                longer = np.zeros((2 * step, course.shape[1]), np.int64)
                longer[:step] = course
                course = longer
            for k in range(size):
                course[step, code[here[k]]] += count_bits(words[k])
        if kind == 0:
            independent_round(rows, space, key, keys, size)
        else:
            threshold_round(rows, space, key, size)
        step += 1
    return course


@njit(cache=True, nogil=True)
def spread_runs(kind, rows, seeds, code, seed, first_run, n_runs, node_count, samples, course):  # type: ignore[no-untyped-def]
    """Run many cascades from one set of seeds.

    Parameters
    ----------
    kind, rows, seeds, code, course
        As of `spread_block`.
    seed : uint64
    first_run : int
        Number of the first run, a multiple of 64.
    n_runs : int
    node_count : (N,) int64 array
        Added to: in how many runs each node was reached.
    samples : (n_runs, G) int32 array
        Filled: reached members in each run.

    Returns
    -------
    (B', G) int64 array
        As of `spread_block`.
    """
    space = workspace(len(rows[0]) - 1)
    keys = np.empty(LANES, np.uint64)
    planes = np.zeros((samples.shape[1], PLANES), np.uint64)
    for begin in range(0, n_runs, LANES):
        block = (first_run + begin) // LANES
        size = min(LANES, n_runs - begin)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        run_keys(seed, block, keys)
        course = spread_block(kind, rows, space, block_key(seed, block), keys, seeds, lanes, code, course)
        count_lanes(space, code, planes, node_count)
        for lane in range(size):
            for g in range(samples.shape[1]):
                samples[begin + lane, g] = lane_count(planes[g], lane)
        planes[:] = _ZERO
    return course


@njit(cache=True, inline="always")
def lane_count(planes, lane):  # type: ignore[no-untyped-def]
    """Read one lane's count off its bit planes."""
    total = np.int64(0)
    for k in range(PLANES):
        total += np.int64((planes[k] >> np.uint64(lane)) & _ONE) << k
    return total


@njit(cache=True, nogil=True)
def count_lanes(space, code, planes, node_count):  # type: ignore[no-untyped-def]
    """Count what a block has reached, and make the work space ready for the next one.

    Members per lane are counted in bit planes, (G, 32) uint64: bit r of plane k is digit k of lane r's count.
    """
    active, _, marked, _, before, _, _, touched, counts = space
    for k in range(counts[1]):
        v = touched[k]
        word = active[v] & ~before[k]
        node_count[v] += count_bits(word)
        active[v] = before[k]
        marked[v] = 0
        plane = planes[code[v]]
        digit = 0
        while word != _ZERO:
            both = plane[digit] & word
            plane[digit] ^= word
            word = both
            digit += 1
    counts[1] = 0


@njit(cache=True, nogil=True)
def grow(kind, rows, seed, n_runs, state, seeds, code, gain, keep):  # type: ignore[no-untyped-def]
    """Add seeds to cascades that have already run, and count what they reach beyond.

    Parameters
    ----------
    kind, rows, seed, code
        As of `spread_runs`.
    n_runs : int
    state : (ceil(n_runs / 64), N) uint64 array
        Lanes that have reached each node so far; zeros before the first seed.
    seeds : (K,) int64 array
        To be added together.
    gain : (G,) int64 array
        Added to: (node, run) pairs newly reached.
    keep : bool
        Whether `state` goes on from here, or is left as it was.
    """
    n = len(rows[0]) - 1
    fresh, marked, words = np.zeros(n, np.uint64), np.zeros(n, np.uint8), np.empty(n, np.uint64)
    before, here, there = np.empty(n, np.uint64), np.empty(n, np.int32), np.empty(n, np.int32)
    touched, counts = np.empty(n, np.int32), np.zeros(2, np.int64)
    keys = np.empty(LANES, np.uint64)
    nothing = np.zeros((0, len(gain)), np.int64)
    for block in range(len(state)):
        size = min(LANES, n_runs - block * LANES)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        active = state[block]
        space = (active, fresh, marked, words, before, here, there, touched, counts)
        run_keys(seed, block, keys)
        spread_block(kind, rows, space, block_key(seed, block), keys, seeds, lanes, code, nothing)
        for k in range(counts[1]):
            v = touched[k]
            gain[code[v]] += count_bits(active[v] & ~before[k])
            marked[v] = 0
            if not keep:
                active[v] = before[k]


@njit(cache=True, nogil=True)
def threshold_intervals(target, weight, n, low, high):  # type: ignore[no-untyped-def]
    """Lay the weights of the edges that end at each node side by side in [0, 1]; fills `low` and `high`, (E,)."""
    total = np.zeros(n)
    for e in range(len(target)):
        v = target[e]
        low[e] = total[v]
        total[v] = min(total[v] + weight[e], 1.0)
        high[e] = total[v]
