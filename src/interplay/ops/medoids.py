"""k-medoids by eager swaps: k of N points so that the sum of distances to the nearest of them is small.

References
----------
Schubert, Rousseeuw (2021), Information Systems 101:101804, algorithm 3 (FasterPAM). Written from the paper.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, inline="always")
def _distance(x, a, b):  # type: ignore[no-untyped-def]
    total = 0.0
    for d in range(x.shape[1]):
        total += (x[a, d] - x[b, d]) ** 2
    return np.sqrt(total)


@njit(cache=True, nogil=True)
def spread_out(x, draws, medoids):  # type: ignore[no-untyped-def]
    """Fill `medoids`, (k,) int64: each next one with a chance in proportion to its distance from those before.

    `draws`, (k,) in [0, 1), decide. Where all points lie on medoids, the lowest id that is none is taken.
    """
    n = len(x)
    near = np.full(n, np.inf)
    taken = np.zeros(n, np.bool_)
    for j in range(len(medoids)):
        if j == 0:
            best = int(draws[0] * n)
        else:
            total = 0.0
            for i in range(n):
                total += near[i]
            best, sum_to = -1, 0.0
            for i in range(n):
                sum_to += near[i]
                if near[i] > 0.0:
                    best = i
                    if sum_to > draws[j] * total:
                        break
            if best < 0:
                best = 0
                while taken[best]:
                    best += 1
        taken[best] = True
        medoids[j] = best
        for i in range(n):
            near[i] = 0.0 if taken[i] else min(near[i], _distance(x, i, best))


@njit(cache=True, nogil=True)
def assign(x, medoids, first, second, d_first, d_second):  # type: ignore[no-untyped-def]
    """Find the nearest and second nearest medoid of every point, by place in `medoids`; ties go to the earlier."""
    for i in range(len(x)):
        d_first[i] = d_second[i] = np.inf
        first[i] = second[i] = -1
        for j in range(len(medoids)):
            d = _distance(x, i, medoids[j])
            if d < d_first[i]:
                d_second[i], second[i] = d_first[i], first[i]
                d_first[i], first[i] = d, j
            elif d < d_second[i]:
                d_second[i], second[i] = d, j


@njit(cache=True, nogil=True)
def swap(x, medoids, most):  # type: ignore[no-untyped-def]
    """Swap a medoid for a point as soon as that lowers the sum, until no swap does or `most` rounds have passed.

    Parameters
    ----------
    x : (N, D) float64 array
    medoids : (k,) int64 array, k >= 2
        Changed in place.
    most : int
        Rounds over all points.

    Returns
    -------
    int
        Swaps made.
    """
    n, k = len(x), len(medoids)
    first, second = np.empty(n, np.int64), np.empty(n, np.int64)
    d_first, d_second, distance = np.empty(n), np.empty(n), np.empty(n)
    is_medoid = np.zeros(n, np.bool_)
    for j in range(k):
        is_medoid[medoids[j]] = True
    assign(x, medoids, first, second, d_first, d_second)
    loss, change = np.zeros(k), np.empty(k)
    for i in range(n):
        loss[first[i]] += d_second[i] - d_first[i]
    scale = d_first.sum()
    idle = swaps = 0
    for step in range(most * n):
        c = step % n
        idle += 1
        if not is_medoid[c]:
            change[:] = loss
            shared = 0.0
            for i in range(n):
                d = _distance(x, i, c)
                distance[i] = d
                if d < d_first[i]:
                    shared += d - d_first[i]
                    change[first[i]] += d_first[i] - d_second[i]
                elif d < d_second[i]:
                    change[first[i]] += d - d_second[i]
            worst = np.argmin(change)
            if change[worst] + shared < -1e-12 * scale:
                is_medoid[medoids[worst]] = False
                is_medoid[c] = True
                medoids[worst] = c
                _enter(x, medoids, worst, distance, first, second, d_first, d_second)
                loss[:] = 0.0
                for i in range(n):
                    loss[first[i]] += d_second[i] - d_first[i]
                swaps += 1
                idle = 0
        if idle >= n:
            break
    return swaps


@njit(cache=True, nogil=True)
def _enter(x, medoids, j, distance, first, second, d_first, d_second):  # type: ignore[no-untyped-def]
    """Bring nearest and second nearest up to date after medoid j has become another point, at `distance`, (N,)."""
    for i in range(len(x)):
        d = distance[i]
        if first[i] == j or second[i] == j:
            d_first[i] = d_second[i] = np.inf
            for m in range(len(medoids)):
                e = d if m == j else _distance(x, i, medoids[m])
                if e < d_first[i]:
                    d_second[i], second[i] = d_first[i], first[i]
                    d_first[i], first[i] = e, m
                elif e < d_second[i]:
                    d_second[i], second[i] = e, m
        elif d < d_first[i]:
            d_second[i], second[i] = d_first[i], first[i]
            d_first[i], first[i] = d, j
        elif d < d_second[i]:
            d_second[i], second[i] = d, j
