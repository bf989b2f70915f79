"""Cascades over compressed sparse rows, 64 runs to a word.

A block holds 64 runs: ``active[v]`` has bit r set if run r of the block has reached node v. Rounds go out from the
seeds, and a node is taken up again only for the lanes that are new to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits
from interplay.ops.cascade_draws import LANES, block_key, run_keys
from interplay.ops.cascade_passing import (
    AHEAD,
    pass_in_skips,
    pass_in_words,
    reach,
    workspace,
)
from interplay.ops.cascade_thresholds import ask_forward, follow_back, longer
from interplay.ops.prefetch import prefetch

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
#: Bit planes of a vertical counter: counts to 2^32 - 1.
PLANES = 32
#: Bit planes that are always gone through.
FIRST = 4


@njit(cache=True, nogil=True)
def run_cascades(kind, rows, seeds, code, seed, first_run, n_runs, state, keep, node_count, samples, gain, course):  # type: ignore[no-untyped-def]  # noqa: C901
    """Run many cascades from one set of seeds, or go on with cascades that have already run.

    Parameters
    ----------
    kind : int
        0: independent cascade, 1: linear threshold.
    rows : tuple
        As of `pass_in_skips`, or of `interplay.ops.cascade_thresholds.ask_forward`.
    seeds : (K,) int64 array
        Added together.
    code : (N,) int64 array
        Group of each node.
    seed : uint64
    first_run : int
        Number of the first run, a multiple of 64.
    n_runs : int
    state : (ceil(n_runs / 64), N) uint64 array, or (0, N)
        Lanes that have reached each node so far, who do not pass on again. With no rows all begin with nobody.
    keep : bool
        Whether `state` goes on from here, or is left as it was.
    node_count : (N,) int64 array
        Added to, if there is no state: in how many runs each node was reached.
    samples : (n_runs, G) int32 array
        Filled, if there is no state: reached members in each run.
    gain : (G,) int64 array
        Added to, if there is a state: (node, run) pairs newly reached.
    course : (B, G) int64 array
        Added to: newly reached (node, run) pairs per round and group; with B = 0 nothing is kept.

    Returns
    -------
    (B', G) int64 array
        `course`, with more rows if rounds needed them.
    """
    own, fresh, words, here, there, touched, counts, whole, real = workspace(len(code))
    keys, planes = np.empty(LANES, np.uint64), np.zeros((len(gain), PLANES), np.uint64)
    log = np.empty((64 if len(state) > 0 else 0, 2), np.int64)
    mark = np.empty((2, len(fresh) if kind == 1 else 0), np.int32)
    for begin in range(0, n_runs, LANES):
        block = (first_run + begin) // LANES
        size = min(LANES, n_runs - begin)
        lanes = ~_ZERO if size == LANES else (_ONE << np.uint64(size)) - _ONE
        run_keys(seed, block, keys)
        key = block_key(seed, block)
        active = state[begin // LANES] if len(state) > 0 else own
        space = (active, fresh, words, here, there, touched, counts, whole, real)
        counts[:] = 0
        for s in seeds:
            counts[0], counts[1] = reach(np.uint64(s), lanes, active, fresh, there, touched, counts[0], counts[1])
        step, used, asked = np.int64(0), np.int64(0), 0
        while counts[0] > 0:
            new = _next_round(space)
            if len(log) > 0:
                log = longer(log, used + new)
                _write_down(log, used, here, words, new)
                used += new
            if len(course) > 0:
                course = longer(course, step + 1)
                for k in range(new):
                    course[step, code[here[k]]] += count_bits(words[k])
            if kind == 1:
                for k in range(new):
                    asked += count_bits(words[k]) * (rows[3][here[k] + 1] - rows[3][here[k]])
                if 2 * asked > size * len(fresh):
                    course = follow_back(rows, space, keys, new, size, mark, code, step, course)
                    new = _next_round(space)
                    if len(log) > 0:
                        log = longer(log, used + new)
                        _write_down(log, used, here, words, new)
                        used += new
                    break
                ask_forward(rows, space, keys, new)
            else:
                if len(rows[0]) > 0:
                    new = pass_in_skips(rows, space, keys, new)
                if new > 0 and len(rows[4]) > 0:
                    pass_in_words(rows, space, key, new)
            step += 1
        if len(state) > 0:
            for k in range(used):
                v, new_lanes = log[k, 0], np.uint64(log[k, 1])
                gain[code[v]] += count_bits(new_lanes)
                if not keep:
                    active[v] &= ~new_lanes
            continue
        count_lanes(space, code, planes, node_count)
        for lane in range(size):
            for g in range(len(gain)):
                samples[begin + lane, g] = lane_count(planes[g], lane)
        planes[:] = _ZERO
    return course


@njit(cache=True, nogil=True)
def _write_down(log, used, here, words, new):  # type: ignore[no-untyped-def]
    """Note who has just been reached and in which lanes, to be counted and perhaps undone at the end of the block."""
    for k in range(new):
        log[used + k, 0], log[used + k, 1] = here[k], np.int64(words[k])


@njit(cache=True, nogil=True)
def _next_round(space):  # type: ignore[no-untyped-def]
    """Move who has just been reached from ``there`` to ``here`` and ``words``; gives their number."""
    _, fresh, words, here, there, _, counts, _, _ = space
    size = counts[0]
    for k in range(size):
        here[k] = there[k]
        words[k] = fresh[here[k]]
        fresh[here[k]] = _ZERO
    counts[0] = 0
    return size


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
        ahead = touched[min(k + AHEAD, counts[1] - 1)]
        prefetch(active, ahead)
        prefetch(code, ahead)
        prefetch(node_count, ahead)
        v = touched[k]
        word = active[v]
        node_count[v] += count_bits(word)
        active[v] = _ZERO
        plane = planes[code[v]]
        for digit in range(FIRST):  # most carries end here: no branch on them
            both = plane[digit] & word
            plane[digit] ^= word
            word = both
        digit = FIRST
        while word != _ZERO:
            both = plane[digit] & word
            plane[digit] ^= word
            word = both
            digit += 1
    counts[1] = 0
