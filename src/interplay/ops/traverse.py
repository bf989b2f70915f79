"""Walks that go on until they meet their target, adding up steps and distance; every step's chance keyed by event."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit


@njit(cache=True, nogil=True)
def hit(  # type: ignore[no-untyped-def]
    offsets, target, chance, length, follow, jump, far, toll, source, goal, runs, most, seed, purpose, first
):
    """Walk from `source` to `goal` for every pair, `runs` times.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    chance : (E,) float64 array
        Within each row, the running sum of the chances of its edges; a row of length 0 cannot be left by an edge.
    length : (E,) float64 array
        Distance covered by each edge.
    follow : (N,) float64 array
        Probability of taking an edge at each node; else the walk jumps. Negative: nothing leads on, the walk ends.
    jump : (N, N) float64 array, or (0, 0)
        Running sums of each row's chances of landing; (0, 0): anywhere alike.
    far : (N, N) float64 array, or (0, 0)
        Distance covered by a jump; (0, 0): `toll` for every jump.
    toll : float64
    source, goal : (M,) int64 arrays
    runs, most : int64
        Walks per pair, and steps per walk at most.
    seed, purpose : uint64
    first : int64
        Number of the first walk, for those who count on.

    Returns
    -------
    steps, distance : (M, runs) float64 arrays
        NaN where the walk met no target within `most` steps, or could not go on.
    """
    n = len(offsets) - 1
    steps = np.empty((len(source), runs))
    distance = np.empty((len(source), runs))
    root = fold(start(seed), purpose)
    for m in range(len(source)):
        pair = fold(fold(root, source[m]), goal[m])
        for r in range(runs):
            key = fold(pair, first + r)
            at, done, covered = source[m], 0, 0.0
            while at != goal[m] and done < most:
                if follow[at] < 0.0:
                    break
                here = fold(key, done)
                u = to_unit(fold(here, 1))
                if to_unit(fold(here, 0)) < follow[at]:
                    low, high = offsets[at], offsets[at + 1] - 1
                    u *= chance[high]
                    while low < high:
                        middle = (low + high) >> 1
                        if u < chance[middle]:
                            high = middle
                        else:
                            low = middle + 1
                    covered += length[low]
                    at = np.int64(target[low])
                else:
                    if jump.shape[0] == 0:
                        to = min(np.int64(u * n), n - 1)
                    else:
                        row = jump[at]
                        if row[n - 1] <= 0.0:
                            break
                        u *= row[n - 1]
                        low, high = 0, n - 1
                        while low < high:
                            middle = (low + high) >> 1
                            if u < row[middle]:
                                high = middle
                            else:
                                low = middle + 1
                        to = np.int64(low)
                    covered += far[at, to] if far.shape[0] > 0 else toll
                    at = to
                done += 1
            met = at == goal[m]
            steps[m, r] = done if met else np.nan
            distance[m, r] = covered if met else np.nan
    return steps, distance
