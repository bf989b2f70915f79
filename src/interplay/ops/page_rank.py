"""Power iteration for PageRank, pulling along the reversed rows so that each score is summed in one fixed order."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def power(offsets, source, weight, strength, start, damping, tolerance, most):  # type: ignore[no-untyped-def]
    """Iterate x <- damping (x S + x[lost] start) + (1 - damping) start from x = start, S the shares of the weights.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
        Row j of the reversed graph: who points at j.
    source : (E,) int32 array
    weight : (E,) float64 array, or (0,)
        Empty: all weigh one.
    strength : (N,) float64 array
        Sum of the weights that leave each node; 0: lost, the walk can only teleport.
    start : (N,) float64 array
        Where a teleport lands; sums to one.
    damping : float64, in [0, 1)
    tolerance : float64
        Stop when the proved distance to the answer is below it.
    most : int64
        Steps at most.

    Returns
    -------
    x : (N,) float64 array
    bound : float64
        |x - answer|_1 <= damping / (1 - damping) |x - previous x|_1, as each step shrinks distances by `damping`.
    steps : int64
    """
    n = len(start)
    x, y, unit = start.copy(), np.empty(n), np.empty(n)
    bound = np.inf
    steps = 0
    while steps < most and bound > tolerance:
        ends = 0.0
        for i in range(n):
            if strength[i] > 0.0:
                unit[i] = x[i] / strength[i]
            else:
                unit[i] = 0.0
                ends += x[i]
        teleport = 1.0 - damping + damping * ends
        moved = 0.0
        for j in range(n):
            total = 0.0
            if len(weight) == 0:
                for e in range(offsets[j], offsets[j + 1]):
                    total += unit[source[e]]
            else:
                for e in range(offsets[j], offsets[j + 1]):
                    total += unit[source[e]] * weight[e]
            y[j] = damping * total + teleport * start[j]
            moved += abs(y[j] - x[j])
        x, y = y, x
        steps += 1
        bound = moved * damping / (1.0 - damping)
    return x, bound, steps
