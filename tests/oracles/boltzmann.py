"""Slow, obviously right versions: every state of a small machine, every loop of a simulator, one step at a time."""

import itertools
import math

import numpy as np


def all_states(n):
    return np.array(list(itertools.product((0, 1), repeat=n)), dtype=float)


def log_weight(state, weight, visible, hidden):
    total = sum(b * x for b, x in zip(visible, state, strict=True))
    for a in range(len(hidden)):
        total += math.log(1 + math.exp(hidden[a] + sum(weight[i, a] * state[i] for i in range(len(state)))))
    return total


def log_partition(weight, visible, hidden):
    """Sum over both layers, without the softplus."""
    terms = [
        math.exp(np.dot(visible, v) + np.dot(hidden, h) + v @ weight @ h)
        for v in all_states(len(visible))
        for h in all_states(len(hidden))
    ]
    return math.log(math.fsum(terms))


def walsh(subset, weight, visible, hidden):
    """Mean over all states of log p times the spins of a subset."""
    states = all_states(len(visible))
    values = [log_weight(v, weight, visible, hidden) * np.prod([2 * v[i] - 1 for i in subset]) for v in states]
    return math.fsum(values) / len(states)


def ising_energy(spin, field, coupling):
    n = len(spin)
    pairs = sum(coupling[i][j] * spin[i] * spin[j] for i in range(n) for j in range(i))
    return sum(field[i] * spin[i] for i in range(n)) + pairs


def ising_probabilities(field, coupling, triples=(), strength=0.0):
    """Probability of every state, in the order of `all_states`."""
    weights = []
    for v in all_states(len(field)):
        s = 2 * v - 1
        weights.append(
            math.exp(ising_energy(s, field, coupling) + sum(strength * s[i] * s[j] * s[k] for i, j, k in triples))
        )
    return np.array(weights) / math.fsum(weights)


def conditional(states, weight, visible, hidden):
    """Mean over samples of the summed log p of a unit given all others."""
    total = 0.0
    for v in states:
        here = log_weight(v, weight, visible, hidden)
        for i in range(len(v)):
            other = np.array(v, dtype=float)
            other[i] = 1 - other[i]
            there = log_weight(other, weight, visible, hidden)
            total += here - math.log(math.exp(here) + math.exp(there))
    return total / len(states)


def poisson_quantile(u, mean):
    k, total = 0, math.exp(-mean)
    while u > total:
        k += 1
        total += math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1))
    return k


def coupled_counts(uniform, state, weight, bias, basis, mean_of):
    """Counts of coupled units; `weight` is [state, src, dst]."""
    n_bins, n = uniform.shape
    counts = [[0] * n for _ in range(n_bins)]
    for t in range(n_bins):
        for i in range(n):
            level = bias[i]
            for j in range(n):
                for k in range(len(basis)):
                    if t - 1 - k >= 0:
                        level += weight[state[t]][j][i] * basis[k] * counts[t - 1 - k][j]
            counts[t][i] = poisson_quantile(uniform[t, i], mean_of(level))
    return np.array(counts)
