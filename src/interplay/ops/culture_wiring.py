"""Drawing the edges of a culture: every ordered pair by its own hash, so that nothing depends on an order."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.hashing import fold, mix, start, to_unit

_GOLDEN = np.uint64(GOLDEN)


@njit(cache=True, nogil=True, error_model="numpy")
def draw_edges(x, y, p_max, reach, seed, name, target, distance, pointer):  # type: ignore[no-untyped-def]
    """Connect i to j with probability p_max exp(-d / reach).

    Parameters
    ----------
    x, y : (N,) float64 arrays, µm
    p_max : float, in [0, 1]
    reach : float, µm, > 0
    seed, name : uint64
        The pair's draw is hash(seed, name, i, j).
    target, distance : (M,) int32 and float32 arrays, changed in place
        Filled as far as they go; the number returned says how far they should have gone.
    pointer : (N + 1,) int64 array, changed in place
        Edges of i lie in ``pointer[i]:pointer[i + 1]``, by target.

    Returns
    -------
    int
        Number of edges.

    Notes
    -----
    A draw equals ``uniform(seed, name, i, j)``; what depends on j alone is hashed once. Cost O(N^2).
    """
    n = len(x)
    count = 0
    root = fold(start(seed), name)
    parts = np.empty(n, np.uint64)
    for j in range(n):
        parts[j] = mix(np.uint64(j) + _GOLDEN)
    for i in range(n):
        pointer[i] = count
        row = fold(root, i)
        for j in range(n):
            if i == j:
                continue
            draw = to_unit(mix(row ^ parts[j]))
            if draw >= p_max:
                continue
            away = np.sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
            if draw < p_max * np.exp(-away / reach):
                if count < len(target):
                    target[count] = j
                    distance[count] = away
                count += 1
    pointer[n] = count
    return count
