"""Cascades over compressed sparse rows, 64 runs to a word.

A block holds 64 runs: ``active[v]`` has bit r set if run r of the block has reached node v. Rounds go out from the
seeds, and a node is taken up again only for the lanes that are new to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits
from interplay.ops.cascade_draws import LANES, block_key, run_keys
from interplay.ops.cascade_passing import independent_round, reach, threshold_round, workspace

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
#: Bit planes of a vertical counter: counts to 2^32 - 1.
PLANES = 32


@njit(cache=True, nogil=True)
def spread_block(kind, rows, space, key, keys, seeds, lanes, code, course, log):  # type: ignore[no-untyped-def]
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
    log : (L, 2) uint64 array
        Filled: node and lanes, in the order in which they were reached; with L = 0 nothing is kept.

    Returns
    -------
    course : (B', G) int64 array
        With more rows if rounds needed them.
    log : (L', 2) uint64 array
        With more rows if that was needed.
    used : int
        Rows of the log in use.
    """
    active, fresh, words, here, there, touched, counts, _, _ = space
    counts[:] = 0
    for s in seeds:
        counts[0], counts[1] = reach(s, lanes, active, fresh, there, touched, counts[0], counts[1])
    step, used = 0, 0
    while counts[0] > 0:
        size = counts[0]
        for k in range(size):
            here[k] = there[k]
            words[k] = fresh[here[k]]
            fresh[here[k]] = _ZERO
        counts[0] = 0
        if len(log) > 0:
            if used + size > len(log):
                more = np.empty((max(2 * len(log), used + size), 2), np.uint64)
                more[:used] = log[:used]
                log = more
            for k in range(size):
                log[used + k, 0], log[used + k, 1] = np.uint64(here[k]), words[k]
            used += size
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
    return course, log, used


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
    log = np.empty((0, 2), np.uint64)
    for begin in range(0, n_runs, LANES):
        block = (first_run + begin) // LANES
        size = min(LANES, n_runs - begin)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        run_keys(seed, block, keys)
        course, _, _ = spread_block(kind, rows, space, block_key(seed, block), keys, seeds, lanes, code, course, log)
        count_lanes(space, code, planes, node_count)
        for lane in range(size):
            for g in range(samples.shape[1]):
                samples[begin + lane, g] = lane_count(planes[g], lane)
        planes[:] = _ZERO
    return course


@njit(cache=True, forceinline=True)
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
    active, _, _, _, _, touched, counts, _, _ = space
    for k in range(counts[1]):
        v = touched[k]
        word = active[v]
        node_count[v] += count_bits(word)
        active[v] = _ZERO
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
    _, fresh, words, here, there, touched, counts, whole, real = workspace(len(rows[0]) - 1)
    keys = np.empty(LANES, np.uint64)
    nothing, log = np.zeros((0, len(gain)), np.int64), np.empty((64, 2), np.uint64)
    for block in range(len(state)):
        size = min(LANES, n_runs - block * LANES)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        active = state[block]
        space = (active, fresh, words, here, there, touched, counts, whole, real)
        run_keys(seed, block, keys)
        _, log, used = spread_block(kind, rows, space, block_key(seed, block), keys, seeds, lanes, code, nothing, log)
        for k in range(used):
            gain[code[log[k, 0]]] += count_bits(log[k, 1])
            if not keep:
                active[log[k, 0]] &= ~log[k, 1]
