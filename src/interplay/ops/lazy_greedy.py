"""What each of many nodes would add to cascades that have already run, on one sample of live edges."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits
from interplay.ops.cascade_draws import LANES, block_key, run_keys
from interplay.ops.cascade_passing import workspace
from interplay.ops.cascades import spread_block

_ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def each_gain(kind, rows, seed, n_runs, state, nodes, gain):  # type: ignore[no-untyped-def]
    """Count (node, run) pairs that each candidate alone would newly reach.

    Parameters
    ----------
    kind, rows, seed
        As of `interplay.ops.cascades.spread_runs`.
    n_runs : int
    state : (ceil(n_runs / 64), N) uint64 array
        Runs that have reached each node so far; read only.
    nodes : (M,) int64 array
        Candidates.
    gain : (M,) int64 array
        Added to.
    """
    space = workspace(len(rows[0]) - 1)
    active = space[0]
    code, nothing, log = np.zeros(0, np.int64), np.zeros((0, 1), np.int64), np.empty((64, 2), np.uint64)
    keys, one = np.empty(LANES, np.uint64), np.empty(1, np.int64)
    for block in range(len(state)):
        size = min(LANES, n_runs - block * LANES)
        lanes = ~np.uint64(0) if size == LANES else (_ONE << np.uint64(size)) - _ONE
        active[:] = state[block]
        run_keys(seed, block, keys)
        key = block_key(seed, block)
        for m in range(len(nodes)):
            one[0] = nodes[m]
            _, log, used = spread_block(kind, rows, space, key, keys, one, lanes, code, nothing, log)
            for k in range(used):
                gain[m] += count_bits(log[k, 1])
                active[log[k, 0]] &= ~log[k, 1]
