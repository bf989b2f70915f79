"""Exact segmentation of a sequence from its Gram matrix, by dynamic programming.

References
----------
Harchaoui, Cappe (2007), IEEE SSP: the recursion on kernel costs. Arlot, Celisse, Harchaoui (2019), J. Machine Learning
Research 20, section 2: the least-squares criterion in the kernel's feature space.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def segment_costs(gram, order):  # type: ignore[no-untyped-def]
    """Scatter of every stretch of the sequence ``order`` around its own mean.

    Parameters
    ----------
    gram : (S, S) float64 array
        Inner products.
    order : (S,) int64 array
        Which item stands at each place.

    Returns
    -------
    (S + 1, S + 1) float64 array
        Entry [a, b], a < b: the scatter of the places a .. b - 1; zero elsewhere. Time O(S^2).
    """
    n = order.shape[0]
    cost = np.zeros((n + 1, n + 1))
    column = np.zeros(n)
    # column[a] holds the sum of gram over places a..b-1 squared, grown by one row and column per step.
    trace = np.zeros(n + 1)
    for b in range(n):
        trace[b + 1] = trace[b] + gram[order[b], order[b]]
        run = gram[order[b], order[b]]
        column[b] = run
        cross = 0.0
        for a in range(b - 1, -1, -1):
            cross += gram[order[a], order[b]]
            column[a] += run + 2.0 * cross
        for a in range(b + 1):
            cost[a, b + 1] = max(0.0, trace[b + 1] - trace[a] - column[a] / (b + 1 - a))
    return cost


@njit(cache=True, nogil=True)
def best_segmentations(cost, most, least):  # type: ignore[no-untyped-def]
    """Lowest total scatter for every number of segments, and how it is reached.

    Parameters
    ----------
    cost : (S + 1, S + 1) float64 array
        From `segment_costs`.
    most : int, >= 1
        Largest number of segments.
    least : int, >= 1
        Fewest places in a segment.

    Returns
    -------
    total : (most,) float64 array
        Entry k is for k + 1 segments; infinity where they do not fit.
    back : (most, S + 1) int64 array
        Entry [k, b]: where the last of k + 1 segments that end at b begins; the earliest of equals.
    """
    n = cost.shape[0] - 1
    value = np.full((most, n + 1), np.inf)
    back = np.zeros((most, n + 1), dtype=np.int64)
    for b in range(least, n + 1):
        value[0, b] = cost[0, b]
    for k in range(1, most):
        for b in range((k + 1) * least, n + 1):
            for a in range(k * least, b - least + 1):
                trial = value[k - 1, a] + cost[a, b]
                if trial < value[k, b]:
                    value[k, b] = trial
                    back[k, b] = a
    return value[:, n].copy(), back


@njit(cache=True, nogil=True)
def shuffled_totals(gram, orders, most, least):  # type: ignore[no-untyped-def]
    """Lowest total scatter for every number of segments, for many orders of the same items: (R, most) float64."""
    out = np.empty((orders.shape[0], most))
    for r in range(orders.shape[0]):
        total, _ = best_segmentations(segment_costs(gram, orders[r]), most, least)
        for k in range(most):
            out[r, k] = total[k]
    return out
