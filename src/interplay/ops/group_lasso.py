"""Quadratic problems with a penalty on the length of groups of variables: the inner step of sparse regression."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def descend_groups(gram, slope, group, size, strength, bound, w, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """Minimise slope'(w - w0) + 1/2 (w - w0)' gram (w - w0) + sum strength[g] |w_g|, a group at a time, from w0.

    Every group is moved to the minimum of an upper bound of the problem, its own block of `gram` replaced by the
    block's largest eigenvalue (Yang, Zou 2015), so that no sweep increases the objective.

    Parameters
    ----------
    gram : (P, P) float64 array
        Positive semi-definite.
    slope : (P,) float64 array
        Gradient at the start; overwritten by that at the end.
    group : (G,) int64 array
        First variable of each group.
    size : (G,) int64 array
    strength : (G,) float64 array
        0 for a group without a penalty.
    bound : (G,) float64 array
        Largest eigenvalue of the group's block; a group with 0 stays.
    w : (P,) float64 array
        In: the start w0. Out: the minimiser.
    sweeps : int
    tolerance : float
        Ends once no group's move lowers the objective by more.

    Returns
    -------
    int
        Sweeps done.
    """
    n = len(w)
    move = np.empty(size.max() if len(size) else 0)
    for sweep in range(sweeps):
        largest = 0.0
        for g in range(len(group)):
            high = bound[g]
            if high <= 0.0:
                continue
            a, k = group[g], size[g]
            length = 0.0
            for i in range(k):
                move[i] = w[a + i] - slope[a + i] / high
                length += move[i] * move[i]
            length = np.sqrt(length)
            shrink = 1.0 if strength[g] == 0.0 else max(0.0, 1.0 - strength[g] / (high * max(length, 1e-300)))
            moved = 0.0
            for i in range(k):
                move[i] = shrink * move[i] - w[a + i]
                moved += move[i] * move[i]
            if moved == 0.0:
                continue
            largest = max(largest, high * moved)
            for i in range(k):
                step = move[i]
                if step != 0.0:
                    w[a + i] += step
                    row = gram[a + i]
                    for j in range(n):
                        slope[j] += step * row[j]
        if largest <= tolerance:
            return sweep + 1
    return sweeps
