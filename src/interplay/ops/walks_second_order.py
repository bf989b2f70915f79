"""Second-order walks (node2vec): where a walk goes depends on where it stands and on where it came from.

A step is proposed as a first-order step and kept with a probability that depends on how far the proposed node lies
from the previous one; no table per edge or per pair of edges is needed.

References
----------
Grover, Leskovec (2016), KDD, section 3.2. Yang, Zhang, Chen, Ma, Chen, Jiang (2019), SOSP (KnightKing), for walking by
rejection and for drawing an outlier of the envelope on its own.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.walks import draw, walk_key


@njit(cache=True, nogil=True, inline="always")
def entry_of(offsets, target, i, j):  # type: ignore[no-untyped-def]
    """Find the place of j in row i by halving; -1 if it is not there."""
    lo, hi = offsets[i], offsets[i + 1]
    while lo < hi:
        middle = (lo + hi) >> 1
        if target[middle] < j:
            lo = middle + 1
        else:
            hi = middle
    return lo if lo < offsets[i + 1] and target[lo] == j else np.int64(-1)


@njit(cache=True, nogil=True)
def walk_second_order(offsets, target, weight, strength, threshold, other, starts, repetition, seed, back, away, out):  # type: ignore[no-untyped-def]
    """Walk with weights multiplied by `back` towards the previous node and by `away` where it has no edge to.

    Parameters
    ----------
    offsets, target, threshold, other, starts, repetition, seed, out
        As of `walks.walk_rows`.
    weight : (E,) float64 array, or empty
        Empty if there are no alias tables.
    strength : (N,) float64 array
        Sum of each row's weights.
    back, away : float, > 0
        1 / p and 1 / q.
    """
    n_walks, length = out.shape
    weighted = len(threshold) > 0
    envelope = max(1.0, away)
    excess = max(back - envelope, 0.0)
    low = min(1.0, away)
    for w in range(n_walks):
        here = np.int64(starts[w])
        before = np.int64(-1)
        key = walk_key(seed, here, repetition[w])
        out[w, 0] = here
        for step in range(1, length):
            if here >= 0:
                lo = offsets[here]
                degree = offsets[here + 1] - lo
                extra = 0.0
                if excess > 0.0 and before >= 0:
                    e = entry_of(offsets, target, here, before)
                    if e >= 0:
                        extra = excess * (weight[e] if weighted else 1.0) / strength[here]
                proposed = np.int64(-1)
                number = 0
                while degree > 0:
                    x = draw(key, step, number) * degree
                    k = np.int64(x)
                    proposed = np.int64(target[lo + k])
                    if weighted and x - k >= threshold[lo + k]:
                        proposed = np.int64(other[lo + k])
                    if before < 0:
                        break
                    level = draw(key, step, number + 1) * (envelope + extra) - extra
                    number += 2
                    if level < 0.0:
                        proposed = before
                        break
                    if proposed == before:
                        if level < back:
                            break
                    elif level < low:
                        break
                    elif level < (1.0 if entry_of(offsets, target, before, proposed) >= 0 else away):
                        break
                before = here
                here = proposed
            out[w, step] = here
