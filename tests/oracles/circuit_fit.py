"""Circuit fits the slow way: every face of the bounds, sums over spikes, one step after the other."""

import itertools
import math

import numpy as np


def signed_minimum(gram, linear, low, high):
    """Least value of 1/2 w'Gw - b'w within bounds, by trying every set of variables at 0; bounds are 0 or infinite."""
    n, best, point = len(linear), 0.0, np.zeros(len(linear))
    for size in range(1, n + 1):
        for free in itertools.combinations(range(n), size):
            k = np.ix_(free, free)
            inner = np.linalg.lstsq(gram[k], linear[list(free)], rcond=None)[0]
            if np.all(inner >= low[list(free)] - 1e-12) and np.all(inner <= high[list(free)] + 1e-12):
                w = np.zeros(n)
                w[list(free)] = inner
                value = 0.5 * w @ gram @ w - linear @ w
                if value < best:
                    best, point = value, w
    return best, point


def filtered(train, moment, tau):
    """Sum of exp(-t / tau) / tau over the spikes before a moment."""
    return sum(math.exp(-(moment - t) / tau) / tau for t in train if t < moment)


def count(train, start, stop):
    return sum(start <= t < stop for t in train)
