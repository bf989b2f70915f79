"""Walks by the book: transition matrices entry by entry, temporal walks by listing them all."""

import math
from collections import deque

import numpy as np


def first_order(matrix):
    """Rows of a weight matrix as probabilities; a row without weight stays zero."""
    out = np.zeros(matrix.shape)
    for i, row in enumerate(matrix):
        if row.sum() > 0:
            out[i] = row / row.sum()
    return out


def second_order(matrix, p, q):
    """out[i, v, x]: probability of x after i -> v, for every edge i -> v."""
    n = len(matrix)
    out = np.zeros((n, n, n))
    for i in range(n):
        for v in range(n):
            if matrix[i, v] == 0:
                continue
            for x in range(n):
                bias = 1 / p if x == i else 1.0 if matrix[i, x] > 0 else 1 / q
                out[i, v, x] = matrix[v, x] * bias
            if out[i, v].sum() > 0:
                out[i, v] /= out[i, v].sum()
    return out


def hops(matrix):
    """Shortest path lengths by searching from every node; inf where there is no way."""
    n = len(matrix)
    out = np.full((n, n), math.inf)
    for i in range(n):
        out[i, i] = 0
        waiting = deque([i])
        while waiting:
            v = waiting.popleft()
            for x in range(n):
                if matrix[v, x] > 0 and out[i, x] == math.inf:
                    out[i, x] = out[i, v] + 1
                    waiting.append(x)
    return out


def levy(matrix, alpha, reach=math.inf):
    distance = hops(matrix)
    weight = np.zeros(matrix.shape)
    for i, j in np.ndindex(*matrix.shape):
        if i != j and distance[i, j] <= reach and distance[i, j] < math.inf:
            weight[i, j] = distance[i, j] ** -alpha
    return first_order(weight)


def temporal_walks(events, start, length, *, decay=math.inf, wait=math.inf, strictly=True, directed=True):
    """Every walk of at most length - 1 events from a start, with its probability; events: (src, dst, time, weight)."""
    found = {}

    def go(node, now, path, probability):
        options = []
        for k, (a, b, time, weight) in enumerate(events):
            ends = [(a, b)] if directed or a == b else [(a, b), (b, a)]
            for here, there in ends:
                if here != node or weight == 0:
                    continue
                if now is None:
                    options.append((k, there, time, weight))
                elif (time > now or (time == now and not strictly)) and time <= now + wait:
                    options.append((k, there, time, weight * math.exp(-(time - now) / decay)))
        if len(path) == length - 1 or not options:
            found[tuple(path)] = found.get(tuple(path), 0.0) + probability
            return
        total = sum(option[3] for option in options)
        for k, there, time, weight in options:
            go(there, time, [*path, k], probability * weight / total)

    go(start, None, [], 1.0)
    return found
