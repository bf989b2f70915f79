"""Spike counts that drive each other, bin by bin, from uniform numbers drawn beforehand."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Links from level to expected count per bin, by the number the kernel knows them under.
LINKS = {"softplus": 0, "exp": 1, "sigmoid": 2}

#: No bin holds more spikes than this: past it a run has diverged.
MOST = 200


@njit(cache=True, nogil=True)
def expected_count(level, link):  # type: ignore[no-untyped-def]
    """Turn a level into the expected count of a bin: softplus (0), exp (1) or sigmoid between 1e-8 and 1 (2)."""
    if link == 1:
        return math.exp(min(level, 700.0))
    if link == 0:
        return max(level, 0.0) + math.log1p(math.exp(-abs(level)))
    e = math.exp(-abs(level))
    half = 1.0 / (1.0 + e) if level > 0 else e / (1.0 + e)
    return 1e-8 + (1.0 - 1e-8) * half


@njit(cache=True, nogil=True)
def poisson_quantile(u, mean):  # type: ignore[no-untyped-def]
    """Give the least k whose Poisson distribution function reaches u, at most `MOST`."""
    p = math.exp(-mean)
    total, k = p, 0
    while u > total and k < MOST:
        k += 1
        p *= mean / k
        total += p
    return k


@njit(cache=True, nogil=True)
def run_counts(uniform, state, onto, bias, basis, link, counts):  # type: ignore[no-untyped-def]
    """Fill (T, N) int64 `counts`; before the first bin all is silent.

    Unit i has in bin t the level ``bias[s, i] + sum_j onto[s, i, j] h[j]`` with s the `state` (T,) of the bin and
    ``h[j] = sum_k counts[t - 1 - k, j] basis[k]``; its count is the Poisson quantile of ``uniform[t, i]`` (T, N).
    `onto` is (S, N, N), onto i from j; `bias` (S, N); `basis` (K,).
    """
    n_bins, n = counts.shape
    recent = np.zeros(n)
    for t in range(n_bins):
        for j in range(n):
            recent[j] = 0.0
        for k in range(min(len(basis), t)):
            for j in range(n):
                recent[j] += counts[t - 1 - k, j] * basis[k]
        s = state[t]
        for i in range(n):
            level = bias[s, i]
            for j in range(n):
                level += onto[s, i, j] * recent[j]
            counts[t, i] = poisson_quantile(uniform[t, i], expected_count(level, link))
