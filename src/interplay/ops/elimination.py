"""Elimination of states without a subtraction: digits hold, however far apart the rates are.

What a state passes on is a sum of products of numbers >= 0, and a pivot is the sum of what leaves a state, never one
minus what stays. Nothing cancels: the relative error of every entry stays a multiple of N times the rounding of one
operation, whatever the condition of the system.

References
----------
Grassmann, Taksar, Heyman (1985), Operations Research 33:1107, for the pivots; Heyman, O'Leary (1995), in Computations
with Markov Chains, 151, for passage times; O'Cinneide (1993), Numerische Mathematik 65:109, for the bound. Halving is
ours.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: States up to which one kernel eliminates; beyond, halves are joined by matrix products.
_BLOCK = 48
_FEW = 24


@njit(cache=True, nogil=True, error_model="numpy")
def solve_leaky(rate, leak, right):  # type: ignore[no-untyped-def]
    """Solve (sum_k rate_ik + leak_i) x_i = right_i + sum_k rate_ik x_k over k other than i.

    Parameters
    ----------
    rate : (N, N) float64 array, >= 0
        From state to state; overwritten. The diagonal does not count.
    leak : (N,) float64 array, >= 0
        From each state out of the set; overwritten.
    right : (N, M) float64 array, >= 0
        Overwritten with x; infinite or NaN where a set cannot be left.
    """
    n, m = right.shape
    for k in range(n):
        pivot = leak[k]
        for j in range(k + 1, n):
            pivot += rate[k, j]
        rate[k, k] = pivot
        for i in range(k + 1, n):
            share = rate[i, k] / pivot
            if share == 0.0:
                continue
            for j in range(k + 1, n):
                rate[i, j] += share * rate[k, j]
            leak[i] += share * leak[k]
            for c in range(m):
                right[i, c] += share * right[k, c]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            for c in range(m):
                right[k, c] += rate[k, j] * right[j, c]
        for c in range(m):
            right[k, c] /= rate[k, k]


def leaky_inverse(rate: Floats, leak: Floats) -> Floats:
    """Invert the system of `solve_leaky`: ``[i, j]`` is the time spent in j, from i, until the set is left.

    Parameters
    ----------
    rate : (N, N) float64 array, >= 0
        The diagonal does not count.
    leak : (N,) float64 array, >= 0

    Returns
    -------
    (N, N) float64 array, >= 0
    """
    n = len(rate)
    if n <= _BLOCK:
        out = np.eye(n)
        solve_leaky(np.array(rate, order="C"), leak.copy(), out)
        return out
    a, b = slice(n // 2), slice(n // 2, n)
    first = leaky_inverse(rate[a, a], leak[a] + rate[a, b].sum(axis=1))
    into = rate[b, a] @ first
    last = leaky_inverse(rate[b, b] + into @ rate[a, b], leak[b] + into @ leak[a])
    out = np.empty((n, n))
    out[b, b] = last
    out[b, a] = last @ into
    onward = first @ rate[a, b]
    out[a, b] = onward @ last
    out[a, a] = first + onward @ out[b, a]
    return out


def first_visits(rate: Floats, cost: Floats) -> Floats:
    """Expect what a chain that can go from every state to every other pays until it first meets each.

    Parameters
    ----------
    rate : (N, N) float64 array, >= 0
        The diagonal does not count: who stays pays nothing.
    cost : (N, M) float64 array, >= 0
        Per unit of time in each state, rates being departures per unit of time.

    Returns
    -------
    (M, N, N) float64 array
        ``[:, i, j]`` from i until j; 0 where i is j.

    Notes
    -----
    One half is eliminated, the other solved for its own targets, and put back; then the other way round:
    F(N) = 2 F(N / 2) + O(N^3) = O(N^3), nearly all of it in matrix products.
    """
    n = len(rate)
    out = np.zeros((cost.shape[1], n, n))
    if n <= _FEW:
        for j in range(n):
            others = np.flatnonzero(np.arange(n) != j)
            found = cost[others]
            solve_leaky(rate[np.ix_(others, others)], rate[others, j], found)
            out[:, others, j] = found.T
        return out
    halves = slice(n // 2), slice(n // 2, n)
    for keep, drop in (halves, halves[::-1]):
        back = rate[drop, keep]
        inverse = leaky_inverse(rate[drop, drop], back.sum(axis=1))
        over = rate[keep, drop] @ inverse
        inner = first_visits(rate[keep, keep] + over @ back, cost[keep] + over @ cost[drop])
        out[:, keep, keep] = inner
        for k in range(cost.shape[1]):
            out[k, drop, keep] = inverse @ (cost[drop, k, None] + back @ inner[k])
    return out
