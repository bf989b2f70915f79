"""Slopes, affinities, non-negative fits and description lengths, written like their definitions."""

from itertools import combinations, combinations_with_replacement
from math import comb, exp, factorial, lgamma, log, pi, sqrt

import numpy as np


def slope(x, t, width):
    """Weighted least-squares slope around sample t, by numpy's polynomial fit."""
    reach = int(np.ceil(4 * width))
    near = [s for s in range(max(t - reach, 0), min(t + reach + 1, len(x))) if not np.isnan(x[s])]
    bell = [exp(-0.5 * ((s - t) / width) ** 2) for s in near]
    return np.polyfit([s - t for s in near], x[near], 1, w=np.sqrt(bell))[0]


def affinity(a, b, power, dead):
    """Co- and anti-affinity of two slopes, from their positive and negative parts."""
    if abs(a) < dead or abs(b) < dead or a == 0 or b == 0:
        return 0.0, 0.0
    alike = (min(abs(a), abs(b)) / max(abs(a), abs(b))) ** power
    up, down = max(a, 0), max(-a, 0)
    up_b, down_b = max(b, 0), max(-b, 0)
    return (sqrt(up * up_b) + sqrt(down * down_b)) * alike, (sqrt(up * down_b) + sqrt(down * up_b)) * alike


def model(factors):
    """Sum of outer products, entry by entry."""
    shape = [len(f) for f in factors]
    out = np.zeros(shape)
    for index in np.ndindex(*shape):
        out[index] = sum(
            np.prod([f[i, r] for f, i in zip(factors, index, strict=True)]) for r in range(f_rank(factors))
        )
    return out


def f_rank(factors):
    return factors[0].shape[1]


def squared_error_gradient(x, factors, known, mode):
    """Gradient of half the squared error on known entries, by one factor, entry by entry."""
    wrong = np.where(known > 0, model(factors) - x, 0.0)
    out = np.zeros_like(factors[mode])
    for index in np.ndindex(*x.shape):
        for r in range(f_rank(factors)):
            rest = np.prod([factors[k][index[k], r] for k in range(x.ndim) if k != mode])
            out[index[mode], r] += wrong[index] * rest
    return out


def log_marginal(values, law, mean, variance):
    """Log probability of weights under the law's conjugate prior, one weight after another."""
    total = 0.0
    if law == "exponential":
        shape, scale = 1.0, mean
        for w in values:
            total += log(shape) + shape * log(scale) - (shape + 1) * log(scale + w)
            shape, scale = shape + 1, scale + w
    if law == "poisson":
        shape, rate = 1.0, 1.0 / mean
        for w in values:
            total += lgamma(shape + w) - lgamma(shape) + shape * log(rate / (rate + 1)) - w * log(rate + 1)
            shape, rate = shape + w, rate + 1
    if law == "normal":
        m, k, a, b = mean, 1.0, 1.0, variance
        for w in values:
            # Student's t, with the law updated after each weight.
            spread = b * (k + 1) / (a * k)
            total += lgamma(a + 0.5) - lgamma(a) - 0.5 * log(2 * a * pi * spread)
            total -= (a + 0.5) * log(1 + (w - m) ** 2 / (2 * a * spread))
            m, k, a, b = (k * m + w) / (k + 1), k + 1, a + 0.5, b + k * (w - m) ** 2 / (2 * (k + 1))
    return total


def description_length(weights, labels, *, law="none", degrees=False):
    """Nats of a flat block model, from binomial coefficients and factorials."""
    n, blocks = len(labels), sorted(set(labels))
    edges = [(i, j) for i, j in combinations(range(n), 2) if weights[i, j] != 0]
    told = [weights[i, j] for i, j in edges]
    mean, variance = (np.mean(told), np.var(told)) if told else (1.0, 1.0)
    size = {r: sum(x == r for x in labels) for r in blocks}
    total = log(factorial(n)) - sum(log(factorial(size[r])) for r in blocks)
    total += log(n) + log(comb(n - 1, len(blocks) - 1))
    places = len(blocks) * (len(blocks) + 1) // 2
    total += log(comb(places + len(edges) - 1, len(edges)))
    for r, s in combinations_with_replacement(blocks, 2):
        own = [weights[i, j] for i, j in edges if sorted((labels[i], labels[j])) == [r, s]]
        if degrees:
            total -= log(factorial(len(own))) + (len(own) * log(2) if r == s else 0.0)
        else:
            total += log(comb(size[r] * (size[r] - 1) // 2 if r == s else size[r] * size[s], len(own)))
        total -= log_marginal(own, law, mean, variance)
    if degrees:
        degree = [sum(weights[i, j] != 0 for j in range(n) if j != i) for i in range(n)]
        for r in blocks:
            ends = sum(k for k, x in zip(degree, labels, strict=True) if x == r)
            total += log(factorial(ends)) + log(comb(size[r] + ends - 1, ends))
        total -= sum(log(factorial(k)) for k in degree)
    return total


def partitions(n):
    """All partitions of n things, as lists of labels by first appearance."""
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1):
        for label in range(max(rest, default=-1) + 2):
            yield [*rest, label]
