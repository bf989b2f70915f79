"""Skip-gram with negative sampling on walks: one pass of stochastic gradient steps, every draw keyed by its event.

References
----------
Mikolov, Sutskever, Chen, Corrado, Dean (2013), NeurIPS, equation 4. Ji, Satish, Li, Dubey (2019) for negatives that are
shared by the pairs of one centre.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.hashing import fold, start, to_unit

#: The logistic function is read from a table over [-SPAN, SPAN] with this many entries to the unit.
SPAN = 16
FINENESS = 32
#: Rows of both tables are padded to a multiple of this many float32.
LANES = 16
#: One centre in so many is asked for its loss.
LOSS_EVERY = 16


def logistic_table() -> NDArray[np.float32]:
    """Tabulate 1 / (1 + exp(-x)) at x = -SPAN, ..., SPAN in steps of 1 / FINENESS, with one more entry at the end.

    Returns
    -------
    (2 * SPAN * FINENESS + 2,) float32 array
        Read by `logistic`; the greatest error of the straight line between entries is 1.2e-5.
    """
    x = np.arange(-SPAN * FINENESS, SPAN * FINENESS + 2) / FINENESS
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32)


@njit(cache=True, inline="always")
def logistic(x, table):  # type: ignore[no-untyped-def]
    """Read the table, straight lines between its entries; beyond its ends, its ends."""
    place = (min(max(x, np.float32(-SPAN)), np.float32(SPAN)) + np.float32(SPAN)) * np.float32(FINENESS)
    k = np.int64(place)
    return table[k] + (place - np.float32(k)) * (table[k + 1] - table[k])


@njit(cache=True, nogil=True)
def count_visits(walks, counts):  # type: ignore[no-untyped-def]
    """Add to `counts` how often each node stands in a walk of two nodes or more.

    Parameters
    ----------
    walks : (W, L) int32 array, -1 after the end of a walk
    counts : (N,) int64 array
        Added to in place.
    """
    for w in range(walks.shape[0]):
        if walks.shape[1] < 2 or walks[w, 1] < 0:
            continue
        for i in range(walks.shape[1]):
            if walks[w, i] < 0:
                break
            counts[walks[w, i]] += 1


@njit(cache=True, inline="always")
def draw(u, accept, other):  # type: ignore[no-untyped-def]
    """Turn one uniform number into an entry of an alias table of one row, of `ops.alias.alias_tables`."""
    place = u * len(accept)
    k = np.int64(place)
    return k if place - k < accept[k] else np.int64(other[k])


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def step(vector, outputs, targets, often, n_targets, rate, table, slope, change):  # type: ignore[no-untyped-def]
    """Move one input vector and its targets' output vectors along the gradient of the pair's log likelihood.

    The first target is to be told from the rest. All slopes are taken before anything moves.

    Parameters
    ----------
    vector : (D,) float32 array
        Of the input; changed.
    outputs : (M, D) float32 array
        Rows `targets` are changed.
    targets : (K,) int64 array
        Of which the first `n_targets` count; each once.
    often : (K,) float32 array
        How many times each is a target.
    n_targets : int
    rate : float32
    table : (...,) float32 array, of `logistic_table`
    slope : (K,) float32 array
        Room; afterwards ``abs(slope[k] / (rate * often[k]))`` is by how much target k was misjudged.
    change : (D,) float32 array
        Room.
    """
    for k in range(n_targets):
        t = targets[k]
        dot = np.float32(0)
        for d in range(len(vector)):
            dot += vector[d] * outputs[t, d]
        slope[k] = dot
    for k in range(n_targets):
        found = logistic(slope[k], table)
        slope[k] = rate * often[k] * ((np.float32(1) if k == 0 else np.float32(0)) - found)
    for d in range(len(vector)):
        change[d] = 0
    for k in range(n_targets):
        t = targets[k]
        g = slope[k]
        for d in range(len(vector)):
            o = outputs[t, d]
            change[d] += g * o
            outputs[t, d] = o + g * vector[d]
    for d in range(len(vector)):
        vector[d] += change[d]


@njit(cache=True, nogil=True)
def train_walks(  # type: ignore[no-untyped-def]
    walks,
    first,
    steps,
    vectors,
    outputs,
    accept,
    other,
    keep,
    table,
    window,
    negatives,
    rate,
    seed,
    name,
    epoch,
    trained,
):
    """Take one gradient step per pair of nodes that stand near each other in a walk.

    For every place of a walk, the centre, a reach is drawn from 1..window; every node within reach is an input that is
    to foresee the centre among nodes drawn from the noise. The noise is drawn once per centre.

    Parameters
    ----------
    walks : (W, L) int32 array, -1 after the end of a walk
    first : int
        Ordinal of the first of these walks in the corpus; names the events.
    steps : (2,) float64 array
        Share of all training that is done before the first of these walks, and share that one walk is.
    vectors, outputs : (N, D) float32 arrays
        Changed in place; D is a multiple of `LANES`.
    accept, other : (N,) arrays
        Alias table of the noise.
    keep : (N,) float64 array, in (0, 1]
        Probability with which a visit to a node is kept at all.
    table : of `logistic_table`
    window, negatives : int
    rate : (2,) float64 array
        Learning rate at the start and the least one; it falls along a straight line.
    seed, name : uint64
    epoch : int
    trained : (N,) bool array
        Nodes that took a step are marked.

    Returns
    -------
    loss : float
        Sum of minus the log likelihood over the pairs that were asked.
    asked : int
        How many.
    """
    dims = vectors.shape[1]
    path = np.empty(walks.shape[1], np.int64)
    targets, often = np.empty(negatives + 1, np.int64), np.ones(negatives + 1, np.float32)
    slope, change = np.empty(negatives + 1, np.float32), np.empty(dims, np.float32)
    base = fold(fold(start(seed), name), epoch)
    loss, asked = 0.0, 0
    for w in range(walks.shape[0]):
        walk_key = fold(base, first + w)
        speed = np.float32(max(rate[0] * (1 - steps[0] - w * steps[1]), rate[1]))
        n = 0
        for i in range(walks.shape[1]):
            v = walks[w, i]
            if v < 0:
                break
            if keep[v] >= 1 or to_unit(fold(fold(walk_key, i), 0)) < keep[v]:
                path[n] = v
                n += 1
        for i in range(n if n > 1 else 0):
            trained[path[i]] = True  # the next one, or the one before, has it within reach
            key = fold(walk_key, i)
            reach = 1 + np.int64(to_unit(fold(key, 1)) * window)
            targets[0] = path[i]
            count = 1
            for k in range(negatives):
                count = add_target(draw(to_unit(fold(key, 2 + k)), accept, other), targets, often, count)
            first_near, end_near = max(i - reach, 0), min(i + reach + 1, n)
            for j in range(first_near, end_near):  # type: ignore[call-overload]
                if j == i:
                    continue
                step(vectors[path[j]], outputs, targets, often, count, speed, table, slope, change)
                if i % LOSS_EVERY == 0:
                    loss += surprise(slope, often, count, speed)
                    asked += 1
    return loss, asked


@njit(cache=True, inline="always")
def add_target(t, targets, often, count):  # type: ignore[no-untyped-def]
    """Add a draw of the noise to the targets; not the first target, and what is there already becomes more often."""
    if t == targets[0]:
        return count
    for k in range(1, count):
        if targets[k] == t:
            often[k] += 1
            return count
    targets[count] = t
    often[count] = 1
    return count + 1


@njit(cache=True)
def surprise(slope, often, count, rate):  # type: ignore[no-untyped-def]
    """Give minus the log likelihood of one pair from the slopes that `step` left; no probability counts below 1e-7."""
    out = 0.0
    for k in range(count):
        out -= often[k] * np.log(max(1 - abs(slope[k]) / (rate * often[k]), 1e-7))
    return out
