"""Exact and conditional log probabilities of small Boltzmann machines and of Ising models."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, to_unit


@njit(cache=True, nogil=True)
def soft(x):  # type: ignore[no-untyped-def]
    """Softplus, log(1 + exp(x))."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@njit(cache=True, nogil=True)
def machine_log_partition(weight, one, other):  # type: ignore[no-untyped-def]
    """Sum a restricted machine over all 2^n states of its first layer: log Z.

    `weight` (n, m), `one` (n,) biases of the layer that is enumerated, `other` (m,). Gray code: one unit changes at a
    time, O(2^n m).
    """
    n, m = weight.shape
    level = other.copy()
    state = np.zeros(n, dtype=np.bool_)
    bias = 0.0
    top, total = -np.inf, 0.0
    for k in range(1 << n):
        if k:
            flip, rest = 0, k
            while rest % 2 == 0:
                flip += 1
                rest //= 2
            sign = -1.0 if state[flip] else 1.0
            state[flip] = not state[flip]
            bias += sign * one[flip]
            for a in range(m):
                level[a] += sign * weight[flip, a]
        value = bias
        for a in range(m):
            value += soft(level[a])
        if value > top:
            total = total * math.exp(top - value) + 1.0
            top = value
        else:
            total += math.exp(value - top)
    return top + math.log(total)


@njit(cache=True, nogil=True)
def ising_log_partition(field, coupling):  # type: ignore[no-untyped-def]
    """Sum ``exp(field s + sum_{i<j} coupling_ij s_i s_j)`` over all 2^N spin states: log Z, by Gray code, O(2^N N)."""
    n = len(field)
    spin = -np.ones(n)
    energy = 0.0
    for i in range(n):
        energy -= field[i]
        for j in range(i):
            energy += coupling[i, j]
    top, total = energy, 1.0
    for k in range(1, 1 << n):
        flip, rest = 0, k
        while rest % 2 == 0:
            flip += 1
            rest //= 2
        local = field[flip]
        for j in range(n):
            if j != flip:
                local += coupling[flip, j] * spin[j]
        energy -= 2.0 * spin[flip] * local
        spin[flip] = -spin[flip]
        if energy > top:
            total = total * math.exp(top - energy) + 1.0
            top = energy
        else:
            total += math.exp(energy - top)
    return top + math.log(total)


@njit(cache=True, nogil=True)
def ising_annealed(key, base, field, coupling, temperatures, log_weight):  # type: ignore[no-untyped-def]
    """Fill `log_weight` (B,) with the annealed importance weights of B chains, from fields `base` to the Ising model.

    `key` is a hash state (uint64); every draw is keyed by chain, step and unit. log Z is that of the independent start,
    ``sum log(2 cosh base)``, plus the log of the mean weight.
    """
    n = len(field)
    spin = np.empty(n)
    for c in range(len(log_weight)):
        mine = fold(key, c)
        for i in range(n):
            up = 1.0 / (1.0 + math.exp(-2.0 * base[i]))
            spin[i] = 1.0 if to_unit(fold(fold(mine, 0), i)) < up else -1.0
        total = 0.0
        for t in range(1, temperatures + 1):
            beta = t / temperatures
            gain = 0.0
            for i in range(n):
                local = field[i] - base[i]
                for j in range(i):
                    local += coupling[i, j] * spin[j]
                gain += local * spin[i]
            total += gain / temperatures
            if t == temperatures:
                break
            for i in range(n):
                local = (1.0 - beta) * base[i] + beta * field[i]
                for j in range(n):
                    if j != i:
                        local += beta * coupling[i, j] * spin[j]
                up = 1.0 / (1.0 + math.exp(-2.0 * local))
                spin[i] = 1.0 if to_unit(fold(fold(mine, t), i)) < up else -1.0
        log_weight[c] = total


@njit(cache=True, nogil=True)
def machine_conditionals(states, weight, visible, hidden):  # type: ignore[no-untyped-def]
    """Give the mean over samples of ``sum_i log p(v_i | all others)`` of a restricted machine.

    `states` (T, N) int8 of 0 and 1, `weight` (N, H). O(T N H).
    """
    n_samples, n = states.shape
    m = weight.shape[1]
    level, height = np.empty(m), np.empty(m)
    total = 0.0
    for t in range(n_samples):
        for a in range(m):
            level[a] = hidden[a]
        for i in range(n):
            if states[t, i]:
                for a in range(m):
                    level[a] += weight[i, a]
        for a in range(m):
            height[a] = soft(level[a])
        for i in range(n):
            sign = -1.0 if states[t, i] else 1.0
            change = sign * visible[i]
            for a in range(m):
                change += soft(level[a] + sign * weight[i, a]) - height[a]
            total -= soft(change)
    return total / n_samples


@njit(cache=True, nogil=True)
def third_moments(centred, triples, moment):  # type: ignore[no-untyped-def]
    """Fill (M,) `moment` with the mean product of three rows of (N, T) `centred`, for (M, 3) `triples`."""
    size = centred.shape[1]
    for m in range(len(triples)):
        one, two, three = centred[triples[m, 0]], centred[triples[m, 1]], centred[triples[m, 2]]
        total = 0.0
        for t in range(size):
            total += one[t] * two[t] * three[t]
        moment[m] = total / size
