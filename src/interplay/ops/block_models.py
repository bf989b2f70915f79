"""Description length of weighted block models, and moves and merges that lower it.

A network of N nodes in B blocks is told in this order: the partition, the edges between blocks, the edges given those,
and the weights given the edges. Everything is a sum over pairs of blocks ("cells"), over blocks, and a term of B, so
that the change by a move or a merge follows from the cells it touches.

References
----------
Peixoto (2017), Physical Review E 95, 012317: microcanonical block models, equations 3 to 11. Peixoto (2018), Physical
Review E 97, 012306: weights as covariates of edges.
"""

from __future__ import annotations

from math import lgamma, log, pi

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.hashing import fold, start, to_unit

#: How edges are told: simple graph, multigraph, simple graph with degrees kept (as a multigraph).
SIMPLE, MULTI, DEGREES = 0, 1, 2
#: How weights are told.
NONE, EXPONENTIAL, NORMAL, POISSON = 0, 1, 2, 3

_TINY = 1e-9


@njit(cache=True, nogil=True)
def _choose(n, k, facts):  # type: ignore[no-untyped-def]
    """Log of the binomial coefficient, from the logs of factorials."""
    if k <= 0.0 or k >= n:
        return 0.0
    return facts[int(n)] - facts[int(k)] - facts[int(n - k)]


@njit(cache=True, nogil=True)
def _many(n, k, facts):  # type: ignore[no-untyped-def]
    """Log of the number of ways to spread k equal things over n places."""
    if k <= 0.0 or n <= 0.0:
        return 0.0
    return _choose(n + k - 1.0, k, facts)


@njit(cache=True, nogil=True)
def _cell(same, a, b, e, s1, s2, edges, weights, prior, facts):  # type: ignore[no-untyped-def]
    """Nats for the edges between two blocks of a and b nodes (one block: `same`), and for their weights.

    `e` edges whose weights sum to `s1` and whose squares sum to `s2`; `prior` holds the mean and variance of all.
    """
    if edges == 0:
        total = _choose(a * (a - 1.0) / 2.0 if same else a * b, e, facts)
    elif edges == 1:
        total = _many(a * (a + 1.0) / 2.0 if same else a * b, e, facts)
    elif same:
        total = -e * log(2.0) - facts[int(e)]
    else:
        total = -facts[int(e)]
    if weights == 0 or e == 0.0:
        return total
    if weights == 1:
        # Rate drawn from a gamma law of shape 1 and of the mean weight's scale.
        total -= log(prior[0]) - (1.0 + e) * log(prior[0] + s1) + facts[int(e)]
    elif weights == 3:
        total -= -log(prior[0]) - (1.0 + s1) * log(1.0 / prior[0] + e) + lgamma(1.0 + s1)
    else:
        # Mean and variance drawn from a normal inverse-gamma law worth one edge, centred on all weights.
        mean = s1 / e
        scatter = max(s2 - s1 * mean, 0.0) + e / (1.0 + e) * (mean - prior[0]) ** 2
        shape = 1.0 + 0.5 * e
        total += 0.5 * e * log(2.0 * pi) + 0.5 * log(1.0 + e)
        total -= lgamma(shape) + log(prior[1]) - shape * log(prior[1] + 0.5 * scatter)
    return total


@njit(cache=True, nogil=True)
def _block(n, ends, edges, facts):  # type: ignore[no-untyped-def]
    """Nats for a block of n nodes with so many edge ends: who is in it, and who has which degree."""
    total = -facts[int(n)]
    if edges == 2:
        total += facts[int(ends)] + _many(n, ends, facts)
    return total


@njit(cache=True, nogil=True)
def _whole(n_nodes, n_blocks, n_edges, flat, facts):  # type: ignore[no-untyped-def]
    """Nats for the number of blocks, their sizes, and (where `flat`) the edges between blocks."""
    total = facts[int(n_nodes)] + log(n_nodes) + _choose(n_nodes - 1.0, n_blocks - 1.0, facts)
    if flat:
        total += _many(n_blocks * (n_blocks + 1.0) / 2.0, n_edges, facts)
    return total


def log_factorials(n_nodes: int, n_edges: int) -> NDArray[np.float64]:
    """Give the logs of 0!, 1!, ... as far as a network of so many nodes and edges can ask for them."""
    most = n_nodes * (n_nodes + 1) // 2 + 2 * n_edges + n_nodes + 2
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, most)))])


@njit(cache=True, nogil=True)
def tally(count, sum1, sum2, labels, e, s1, s2, size):  # type: ignore[no-untyped-def]
    """Add up edges and weights between blocks, (B, B) both ways, the diagonal once; and block sizes."""
    e[:] = 0.0
    s1[:] = 0.0
    s2[:] = 0.0
    size[:] = 0.0
    for i in range(len(labels)):
        r = labels[i]
        size[r] += 1.0
        for j in range(i + 1):
            c = count[i, j]
            if c == 0.0:
                continue
            s = labels[j]
            e[r, s] += c
            s1[r, s] += sum1[i, j]
            s2[r, s] += sum2[i, j]
            if r != s:
                e[s, r] += c
                s1[s, r] += sum1[i, j]
                s2[s, r] += sum2[i, j]


@njit(cache=True, nogil=True)
def _ends(e, r):  # type: ignore[no-untyped-def]
    total = e[r, r]
    for s in range(e.shape[0]):
        total += e[r, s]
    return total


@njit(cache=True, nogil=True)
def length(e, s1, s2, size, edges, weights, prior, facts, flat):  # type: ignore[no-untyped-def]
    """Nats of the whole, less what no partition changes."""
    n_blocks = 0
    n_nodes = 0.0
    n_edges = 0.0
    total = 0.0
    for r in range(len(size)):
        if size[r] == 0.0:
            continue
        n_blocks += 1
        n_nodes += size[r]
        total += _block(size[r], _ends(e, r), edges, facts)
        for s in range(r + 1):
            if size[s] > 0.0:
                n_edges += e[r, s]
                total += _cell(r == s, size[r], size[s], e[r, s], s1[r, s], s2[r, s], edges, weights, prior, facts)
    return total + _whole(n_nodes, n_blocks, n_edges, flat, facts)


@njit(cache=True, nogil=True)
def _two_rows(e, s1, s2, size, r, s, edges, weights, prior, facts):  # type: ignore[no-untyped-def]
    """Nats of all cells that touch block r or s, and of the two blocks."""
    total = 0.0
    for k in range(2):
        a = r if k == 0 else s
        if size[a] == 0.0:
            continue
        total += _block(size[a], _ends(e, a), edges, facts)
        for t in range(len(size)):
            if size[t] == 0.0 or (k == 1 and t == r):
                continue
            total += _cell(a == t, size[a], size[t], e[a, t], s1[a, t], s2[a, t], edges, weights, prior, facts)
    return total


@njit(cache=True, nogil=True)
def _shift(e, s1, s2, size, r, own, row, sign):  # type: ignore[no-untyped-def]
    """Take a node out of block r (sign -1) or put it in (+1); `row`: its edges and sums to blocks, `own`: to itself."""
    size[r] += sign
    for t in range(len(size)):
        for k in range(3):
            amount = sign * row[k, t]
            if amount == 0.0:
                continue
            table = e if k == 0 else (s1 if k == 1 else s2)
            table[r, t] += amount
            if t != r:
                table[t, r] += amount
    e[r, r] += sign * own[0]
    s1[r, r] += sign * own[1]
    s2[r, r] += sign * own[2]


@njit(cache=True, nogil=True)
def _best_block(home, e, s1, s2, size, own, row, edges, weights, prior, facts, change_of_blocks):  # type: ignore[no-untyped-def]
    """Find the block a node had best go to, and the nats gained; of empty blocks the first is tried.

    `change_of_blocks` holds the nats gained by one block less, and by one more.
    """
    best, best_gain = home, _TINY
    alone = size[home] == 1.0
    tried_empty = alone
    for s in range(len(size)):
        empty = size[s] == 0.0
        if s == home or (empty and tried_empty):
            continue
        tried_empty |= empty
        gain = _two_rows(e, s1, s2, size, home, s, edges, weights, prior, facts)
        _shift(e, s1, s2, size, home, own, row, -1.0)
        _shift(e, s1, s2, size, s, own, row, 1.0)
        gain -= _two_rows(e, s1, s2, size, home, s, edges, weights, prior, facts)
        _shift(e, s1, s2, size, s, own, row, -1.0)
        _shift(e, s1, s2, size, home, own, row, 1.0)
        if alone:
            gain += change_of_blocks[0]
        elif empty:
            gain += change_of_blocks[1]
        if gain > best_gain:
            best, best_gain = s, gain
    return best, best_gain


@njit(cache=True, nogil=True)
def _gather(i, linked, sum1, sum2, labels, own, row):  # type: ignore[no-untyped-def]
    """Add up a node's edges and weights to every block, and note those to itself."""
    row[:] = 0.0
    for j in range(len(labels)):
        if j != i and linked[i, j] != 0.0:
            row[0, labels[j]] += linked[i, j]
            row[1, labels[j]] += sum1[i, j]
            row[2, labels[j]] += sum2[i, j]
    own[0], own[1], own[2] = linked[i, i], sum1[i, i], sum2[i, i]


@njit(cache=True, nogil=True)
def _visits(order, state):  # type: ignore[no-untyped-def]
    """Shuffle the order of visits in place."""
    for i in range(len(order) - 1, 0, -1):
        j = np.int64(to_unit(fold(state, np.uint64(i))) * (i + 1))
        order[i], order[j] = order[j], order[i]


@njit(cache=True, nogil=True)
def move_nodes(linked, sum1, sum2, labels, e, s1, s2, size, edges, weights, prior, facts, flat, sweeps, key):  # type: ignore[no-untyped-def]
    """Move nodes one by one to the block that shortens the description most, until none does.

    Parameters
    ----------
    linked, sum1, sum2 : (N, N) float64 arrays, symmetric
        Edges of every pair, sums of their weights, and of the squares.
    labels : (N,) int64 array, in [0, B)
        Changed in place.
    e, s1, s2 : (B, B) float64 arrays; size : (B,) float64 array
        As `tally` fills them; kept up to date. An empty block may be entered.
    edges, weights : int
        See the constants of this module.
    prior : (2,) float64 array
    facts : float64 array
        Logs of factorials; see `log_factorials`.
    flat : bool
    sweeps : int
        At most so many passes.
    key : uint64
        The order of visits is hashed from it.

    Returns
    -------
    float
        Nats gained.

    Notes
    -----
    Time O(N B^2) per pass.
    """
    n_nodes = len(labels)
    n_edges = 0.0
    occupied = 0
    for r in range(len(size)):
        occupied += size[r] > 0.0
        for s in range(r + 1):
            n_edges += e[r, s]
    row, own, change = np.zeros((3, len(size))), np.zeros(3), np.zeros(2)
    gained = 0.0
    order = np.arange(n_nodes)
    for sweep in range(sweeps):
        _visits(order, fold(start(key), np.uint64(sweep)))
        before = gained
        for i in order:
            home = labels[i]
            _gather(i, linked, sum1, sum2, labels, own, row)
            here = _whole(n_nodes, occupied, n_edges, flat, facts)
            change[0] = here - _whole(n_nodes, occupied - 1, n_edges, flat, facts)
            change[1] = here - _whole(n_nodes, occupied + 1, n_edges, flat, facts)
            best, gain = _best_block(home, e, s1, s2, size, own, row, edges, weights, prior, facts, change)
            if best != home:
                occupied += (size[best] == 0.0) - (size[home] == 1.0)
                _shift(e, s1, s2, size, home, own, row, -1.0)
                _shift(e, s1, s2, size, best, own, row, 1.0)
                labels[i] = best
                gained += gain
        if gained - before <= _TINY:
            break
    return gained


@njit(cache=True, nogil=True)
def merge_gains(e, s1, s2, size, edges, weights, prior, facts, partner, gain):  # type: ignore[no-untyped-def]
    """Find for every block the other whose joining shortens the description most (or lengthens it least).

    Parameters
    ----------
    e, s1, s2 : (B, B) float64 arrays; size : (B,) float64 array
    edges, weights : int
    prior : (2,) float64 array
    facts : float64 array
        Logs of factorials; see `log_factorials`.
    partner : (B,) int64 array
        Written; -1 for an empty block.
    gain : (B,) float64 array
        Written: nats, without the term of the number of blocks.

    Notes
    -----
    Time O(B^3).
    """
    n = len(size)
    partner[:] = -1
    gain[:] = -np.inf
    for r in range(n):
        if size[r] == 0.0:
            continue
        for s in range(r):
            if size[s] == 0.0:
                continue
            old = _two_rows(e, s1, s2, size, r, s, edges, weights, prior, facts)
            both = size[r] + size[s]
            inner = e[r, r] + e[s, s] + e[r, s]
            inner1, inner2 = s1[r, r] + s1[s, s] + s1[r, s], s2[r, r] + s2[s, s] + s2[r, s]
            new = _block(both, _ends(e, r) + _ends(e, s), edges, facts)
            new += _cell(True, both, both, inner, inner1, inner2, edges, weights, prior, facts)
            for t in range(n):
                if t != r and t != s and size[t] > 0.0:
                    e_t, s1_t, s2_t = e[r, t] + e[s, t], s1[r, t] + s1[s, t], s2[r, t] + s2[s, t]
                    new += _cell(False, both, size[t], e_t, s1_t, s2_t, edges, weights, prior, facts)
            if old - new > gain[r]:
                partner[r], gain[r] = s, old - new
            if old - new > gain[s]:
                partner[s], gain[s] = r, old - new
