"""Rows of a graph made ready for cascades: chances as probabilities or as sums of hazards, weights as intervals."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Hazard of a certain edge: more than -log of the least number drawn, 2^-53.
CERTAIN = 64.0


@njit(cache=True, nogil=True)
def row_chances(offsets, chance, dense_from, draw, none):  # type: ignore[no-untyped-def]
    """Prepare the rows of a graph whose edges have chances of their own.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    chance : (E,) float64 array, in [0, 1]
    dense_from : float
        Rows whose mean chance is at least so great are drawn in words.
    draw : (E,) float64 array
        Filled: the chance itself in rows of words, the cumulative hazard -log(1 - p) in rows of skips.
    none : (N,) float64 array
        Filled: the chance that no edge of the row is live; -1 for rows drawn in words.
    """
    for i in range(len(offsets) - 1):
        total, hazard = 0.0, 0.0
        first, last = offsets[i], offsets[i + 1]
        for e in range(first, last):
            total += chance[e]
            hazard += CERTAIN if chance[e] >= 1.0 else -math.log1p(-chance[e])
            draw[e] = hazard
        none[i] = math.exp(-hazard)
        if last > first and total >= dense_from * (last - first):
            none[i] = -1.0
            for e in range(first, last):
                draw[e] = chance[e]


@njit(cache=True, nogil=True)
def row_chances_alike(offsets, chance, dense_from, none):  # type: ignore[no-untyped-def]
    """Prepare rows whose edges all have one chance, as `row_chances`; gives its hazard."""
    hazard = CERTAIN if chance >= 1.0 else -math.log1p(-chance)
    for i in range(len(offsets) - 1):
        size = offsets[i + 1] - offsets[i]
        none[i] = -1.0 if size > 0 and chance >= dense_from else math.exp(-hazard * size)
    return hazard


@njit(cache=True, nogil=True)
def threshold_intervals(target, weight, n, low, high):  # type: ignore[no-untyped-def]
    """Lay the weights of the edges that end at each node side by side in [0, 1]; fills `low` and `high`, (E,)."""
    total = np.zeros(n)
    for e in range(len(target)):
        v = target[e]
        low[e] = total[v]
        total[v] = min(total[v] + weight[e], 1.0)
        high[e] = total[v]
