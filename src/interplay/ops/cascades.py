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
    SHORT,
    pass_by_threshold,
    pass_in_skips,
    pass_in_words,
    reach,
    workspace,
)

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
#: Bit planes of a vertical counter: counts to 2^32 - 1.
PLANES = 32


@njit(cache=True, nogil=True)
def run_cascades(kind, rows, seeds, code, seed, first_run, n_runs, state, keep, node_count, samples, gain, course):  # type: ignore[no-untyped-def]  # noqa: C901
    """Run many cascades from one set of seeds, or go on with cascades that have already run.

    Parameters
    ----------
    kind : int
        0: independent cascade, 1: linear threshold.
    rows : tuple
        As of `interplay.ops.cascade_passing`.
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
    own, fresh, words, here, there, touched, counts, whole, real = workspace(len(rows[0]) - 1)
    keys, planes = np.empty(LANES, np.uint64), np.zeros((len(gain), PLANES), np.uint64)
    log = np.empty((64 if len(state) > 0 else 0, 2), np.uint64)
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
            counts[0], counts[1] = reach(s, lanes, active, fresh, there, touched, counts[0], counts[1])
        step, used = 0, 0
        while counts[0] > 0:
            new = _next_round(space)
            if len(log) > 0:
                log = _longer(log, used + new)
                for k in range(new):
                    log[used + k, 0], log[used + k, 1] = np.uint64(here[k]), words[k]
                used += new
            if len(course) > 0:
                course = _longer(course, step + 1)
                for k in range(new):
                    course[step, code[here[k]]] += count_bits(words[k])
            if kind == 0:
                for longest in (SHORT, len(rows[1])):
                    new = pass_in_skips(rows, space, keys, new, longest)
                if new > 0:
                    pass_in_words(rows, space, key, new)
            else:
                pass_by_threshold(rows, space, key, new)
            step += 1
        if len(state) > 0:
            for k in range(used):
                gain[code[log[k, 0]]] += count_bits(log[k, 1])
                if not keep:
                    active[log[k, 0]] &= ~log[k, 1]
            continue
        count_lanes(space, code, planes, node_count)
        for lane in range(size):
            for g in range(len(gain)):
                samples[begin + lane, g] = lane_count(planes[g], lane)
        planes[:] = _ZERO
    return course


@njit(cache=True, forceinline=True)
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
def _longer(table, size):  # type: ignore[no-untyped-def]
    """Give the table, or a copy with twice the rows, zeros below, if it has fewer than `size`."""
    if size <= len(table):
        return table
    more = np.zeros((max(2 * len(table), size), table.shape[1]), table.dtype)
    more[: len(table)] = table
    return more


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
