"""Skip-gram from nodes to the attributes of the nodes around them, with negative sampling of attributes.

References
----------
Rozemberczki, Allen, Sarkar (2021), J Complex Networks 9:cnab014, algorithms 1 and 2.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit
from interplay.ops.skip_gram import LOSS_EVERY, add_target, draw, step, surprise


@njit(cache=True, nogil=True)
def train_attributes(  # type: ignore[no-untyped-def]
    walks,
    first,
    steps,
    vectors,
    outputs,
    offsets,
    attribute,
    accept,
    other,
    table,
    scales,
    negatives,
    rate,
    seed,
    name,
    epoch,
    trained,
):
    """Take one gradient step per attribute of every node that stands at the given distances before or after a node.

    Parameters
    ----------
    walks : (W, L) int32 array, -1 after the end of a walk
    first : int
        Ordinal of the first of these walks in the corpus; names the events.
    steps : (2,) float64 array
        Share of all training that is done before the first of these walks, and share that one walk is.
    vectors : (N, D) float32 array
        Of nodes; changed in place. D is a multiple of `interplay.ops.skip_gram.LANES`.
    outputs : (F, D) float32 array
        Of attributes; changed in place.
    offsets : (N + 1,) int64 array
    attribute : (A,) int32 array
        Node i has the attributes ``offsets[i]:offsets[i + 1]`` of it.
    accept, other : (F,) arrays
        Alias table of the noise.
    table : of `interplay.ops.skip_gram.logistic_table`
    scales : (2,) int64 array
        Least and greatest distance along the walk; 0 is the node itself.
    negatives : int
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
    targets, often = np.empty(negatives + 1, np.int64), np.ones(negatives + 1, np.float32)
    slope, change = np.empty(negatives + 1, np.float32), np.empty(vectors.shape[1], np.float32)
    base = fold(fold(start(seed), name), epoch)
    loss, asked = 0.0, 0
    for w in range(walks.shape[0]):
        walk_key = fold(base, first + w)
        speed = np.float32(max(rate[0] * (1 - steps[0] - w * steps[1]), rate[1]))
        n = 0
        while n < walks.shape[1] and walks[w, n] >= 0:
            n += 1
        for i in range(n if n > 1 else 0):
            v = walks[w, i]
            key = fold(walk_key, i)
            first_near, end_near = max(i - scales[1], 0), min(i + scales[1] + 1, n)
            for j in range(first_near, end_near):
                if abs(i - j) < scales[0]:
                    continue
                u = walks[w, j]
                near_key = fold(key, j)
                for a in range(offsets[u], offsets[u + 1]):
                    event = fold(near_key, a - offsets[u])
                    targets[0] = attribute[a]
                    count = 1
                    for k in range(negatives):
                        count = add_target(draw(to_unit(fold(event, k)), accept, other), targets, often, count)
                    step(vectors[v], outputs, targets, often, count, speed, table, slope, change)
                    trained[v] = True
                    if i % LOSS_EVERY == 0:
                        loss += surprise(slope, often, count, speed)
                        asked += 1
    return loss, asked
