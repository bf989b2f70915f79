"""Grouping nodes so that a symmetric table of pair scores is large inside groups: Louvain moves with exact splits.

The kernels take any symmetric `score`; `interplay.measures` builds the signed modularity table for them.

References
----------
Blondel, Guillaume, Lambiotte, Lefebvre (2008), J. Stat. Mech. P10008: moves and aggregation.
Rotta, Noack (2011), ACM J. Exp. Algorithmics 16: single nodes are moved again after the coarse levels.
Vinh, Epps, Bailey (2010), J. Machine Learning Research 11, equation 24a: expected mutual information.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start

#: A move must gain more than this share of the table's scale; smaller gains are rounding.
_TINY = 1e-12


@njit(cache=True, nogil=True)
def partition_score(score, labels):  # type: ignore[no-untyped-def]
    """Sum `score` over all ordered pairs of one group, the diagonal included."""
    total = 0.0
    for i in range(score.shape[0]):
        for j in range(score.shape[0]):
            if labels[i] == labels[j]:
                total += score[i, j]
    return total


@njit(cache=True, nogil=True)
def renumber(labels):  # type: ignore[no-untyped-def]
    """Renumber groups (labels below their number of items) by first appearance, in place; give their number."""
    number = np.full(labels.size, -1)
    used = 0
    for i in range(labels.size):
        if number[labels[i]] < 0:
            number[labels[i]] = used
            used += 1
        labels[i] = number[labels[i]]
    return used


@njit(cache=True, nogil=True)
def _sort(order, keys):  # type: ignore[no-untyped-def]
    """Sort the items of `order` by their keys, in place (Shell's method: numpy's sort takes seconds to compile)."""
    gap = order.size // 2
    while gap > 0:
        for i in range(gap, order.size):
            item = order[i]
            j = i
            while j >= gap and keys[order[j - gap]] > keys[item]:
                order[j] = order[j - gap]
                j -= gap
            order[j] = item
        gap //= 2


@njit(cache=True, nogil=True)
def _move(score, labels, key, tiny):  # type: ignore[no-untyped-def]
    """Move nodes one by one to the group that gains most (an empty one counts as zero) until none gains."""
    n = score.shape[0]
    pull = np.zeros((n, n))
    size = np.zeros(n, dtype=np.int64)
    for i in range(n):
        size[labels[i]] += 1
        for j in range(n):
            pull[labels[i], j] += score[i, j]
    keys = np.empty(n, dtype=np.uint64)
    order = np.arange(n)
    moved_any = False
    sweep = 0
    moved = True
    while moved:
        moved = False
        for i in range(n):
            keys[i] = fold(fold(key, np.uint64(sweep)), np.uint64(i))
        _sort(order, keys)
        for i in order:
            home = labels[i]
            best = home
            gain = pull[home, i] - score[i, i]
            if gain < -tiny and size[home] > 1:
                # Better alone: some label is free, since this group holds two.
                gain = 0.0
                best = 0
                while size[best] > 0:
                    best += 1
            for c in range(n):
                if size[c] > 0 and c != home and pull[c, i] > gain + tiny:
                    gain = pull[c, i]
                    best = c
            if best != home:
                labels[i] = best
                size[home] -= 1
                size[best] += 1
                for j in range(n):
                    pull[home, j] -= score[i, j]
                    pull[best, j] += score[i, j]
                moved = True
                moved_any = True
        sweep += 1
    return moved_any


@njit(cache=True, nogil=True)
def _split(score, labels):  # type: ignore[no-untyped-def]
    """Split each group into the parts that pairs of positive score hold together; the total cannot fall."""
    n = score.shape[0]
    part = np.full(n, -1)
    stack = np.empty(n, dtype=np.int64)
    used = 0
    for first in range(n):
        if part[first] >= 0:
            continue
        part[first] = used
        stack[0] = first
        height = 1
        while height > 0:
            height -= 1
            i = stack[height]
            for j in range(n):
                if part[j] < 0 and labels[j] == labels[i] and score[i, j] > 0.0:
                    part[j] = used
                    stack[height] = j
                    height += 1
        used += 1
    for i in range(n):
        labels[i] = part[i]
    return used


@njit(cache=True, nogil=True)
def _aggregate(score, labels, n_groups):  # type: ignore[no-untyped-def]
    out = np.zeros((n_groups, n_groups))
    for i in range(score.shape[0]):
        for j in range(score.shape[0]):
            out[labels[i], labels[j]] += score[i, j]
    return out


@njit(cache=True, nogil=True)
def louvain(score, seed, word, restart):  # type: ignore[no-untyped-def]
    """Group nodes by one run of Louvain moves, aggregation, splits, and moves again, until nothing gains.

    Parameters
    ----------
    score : (N, N) float64 array
        Symmetric. Its absolute sum should be near 1: gains below 1e-12 count as none.
    seed, word, restart : uint64
        Nodes are visited in the order of hash(seed, word, restart, round, sweep, node).

    Returns
    -------
    labels : (N,) int64 array
        Groups 0, 1, ... by first appearance.
    total : float
        Sum of `score` inside groups; never below that of single nodes.

    Notes
    -----
    Memory N^2. Time O(N^2) per sweep; a handful of sweeps in practice.
    """
    n = score.shape[0]
    labels = np.arange(n)
    total = partition_score(score, labels)
    base = fold(fold(start(seed), word), restart)
    turn = np.uint64(0)
    while n > 0:
        trial = labels.copy()
        _move(score, trial, fold(base, turn), _TINY)
        turn += np.uint64(1)
        n_groups = _split(score, trial)
        while n_groups > 1:
            coarse = _aggregate(score, trial, n_groups)
            groups = np.arange(n_groups)
            moved = _move(coarse, groups, fold(base, turn), _TINY)
            turn += np.uint64(1)
            if not moved:
                break
            n_groups = renumber(groups)
            for i in range(n):
                trial[i] = groups[trial[i]]
        reached = partition_score(score, trial)
        if reached <= total + _TINY:
            break
        for i in range(n):
            labels[i] = trial[i]
        total = reached
    # Once more: parts that gain nothing from being apart, such as isolated nodes, are set apart as well.
    _split(score, labels)
    return labels, partition_score(score, labels)


@njit(cache=True, nogil=True)
def expected_mutual_information(rows, columns, log_factorial):  # type: ignore[no-untyped-def]
    """Mean mutual information (nats) of two partitions with these group sizes, when memberships are shuffled.

    Parameters
    ----------
    rows, columns : int64 arrays, >= 1
        Group sizes; both sum to n.
    log_factorial : (n + 1,) float64 array
        ``log(k!)``.

    Returns
    -------
    float
    """
    n = rows.sum()
    total = 0.0
    for a in rows:
        for b in columns:
            fixed = log_factorial[a] + log_factorial[b] + log_factorial[n - a] + log_factorial[n - b] - log_factorial[n]
            for k in range(max(1, a + b - n), min(a, b) + 1):
                odds = fixed - log_factorial[k] - log_factorial[a - k] - log_factorial[b - k]
                odds -= log_factorial[n - a - b + k]
                total += k / n * log(n * k / (a * b)) * exp(odds)
    return total
