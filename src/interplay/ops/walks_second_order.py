"""Second-order walks (node2vec): where a walk goes depends on where it stands and on where it came from.

A step is proposed as a first-order step and kept with a probability that depends on how far the proposed node lies
from the previous one; no table per edge is needed. Whether two nodes are joined is asked of a small bit filter, which
never denies an edge, and only if it says yes of the sorted row. A step that was refused as often as its row has
entries is drawn by going through the row once, so that no setting can make it take long.

References
----------
Grover, Leskovec (2016), KDD, section 3.2. Yang, Zhang, Chen, Ma, Chen, Jiang (2019), SOSP (KnightKing), for walking by
rejection and for drawing an outlier of the envelope on its own.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import mix
from interplay.ops.walks import LANES, draw, walk_key

#: Attempts at a step beyond the number of entries of its row, before the row is gone through.
PATIENCE = 8
#: Entries per 64-bit word of the filter, on average.
PER_WORD = 4

_SIX = np.uint64(63)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
#: What is known of a lane, and what became of its latest attempt.
_FIELDS, _NUMBERS = 10, 3
_WALK, _STEP, _DRAWN, _HERE, _BEFORE, _DEGREE, _PLACE, _NEXT, _WORD, _BITS = range(_FIELDS)
_REST, _LEVEL, _EXTRA = range(_NUMBERS)


@njit(cache=True, nogil=True)
def entry_of(offsets, target, i, j):  # type: ignore[no-untyped-def]
    """Find the place of j in row i by halving; -1 if it is not there."""
    lo, hi = offsets[i], offsets[i + 1]
    while lo < hi:
        middle = (lo + hi) >> 1
        if target[middle] < j:
            lo = middle + 1
        else:
            hi = middle
    if lo < offsets[i + 1] and target[lo] == j:
        return lo
    return np.int64(-1)


@njit(cache=True, inline="always")
def _mark(i, j, mutual, n_words):  # type: ignore[no-untyped-def]
    """Give an edge's word in the filter and its three bits there."""
    a, b = (min(i, j), max(i, j)) if mutual else (i, j)
    h = mix((np.uint64(a) << _HALF) | np.uint64(b))
    bits = (_ONE << (h & _SIX)) | (_ONE << ((h >> np.uint64(6)) & _SIX)) | (_ONE << ((h >> np.uint64(12)) & _SIX))
    return np.int64(((h >> _HALF) * np.uint64(n_words)) >> _HALF), bits


@njit(cache=True, nogil=True)
def edge_filter(offsets, target, mutual):  # type: ignore[no-untyped-def]
    """Mark every edge in a Bloom filter of one word per question; about one absent edge in a hundred seems present.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    mutual : bool
        Every edge stands in both rows: it is marked once.

    Returns
    -------
    (B,) uint64 array
    """
    n_words = max(len(target) // (2 * PER_WORD if mutual else PER_WORD), 1)
    words = np.zeros(n_words, np.uint64)
    for i in range(len(offsets) - 1):
        for e in range(offsets[i], offsets[i + 1]):
            k, bits = _mark(i, np.int64(target[e]), mutual, n_words)
            words[k] |= bits
    return words


@njit(cache=True, nogil=True)
def _scan(offsets, target, weight, here, before, back, away, u):  # type: ignore[no-untyped-def]
    """Draw from a row by going through it: u in [0, 1) of the sum of its biased weights."""
    total = 0.0
    for again in range(2):
        left = u * total
        total = 0.0
        last = np.int64(-1)
        for e in range(offsets[here], offsets[here + 1]):
            j = np.int64(target[e])
            bias = weight[e] if len(weight) > 0 else 1.0
            if j == before:
                bias *= back
            elif entry_of(offsets, target, before, j) < 0:
                bias *= away
            total += bias
            last = j
            if again == 1 and left < total:
                return j
    return last


@njit(cache=True, inline="always")
def _excess(offsets, target, weight, strength, here, before, excess, mutual):  # type: ignore[no-untyped-def]
    """Weight of the way back above the envelope, as a share of the row."""
    if excess <= 0.0 or before < 0:
        return 0.0
    if mutual and len(weight) == 0:
        return excess / strength[here]
    e = entry_of(offsets, target, here, before)
    if e < 0:
        return 0.0
    return excess * (weight[e] if len(weight) > 0 else 1.0) / strength[here]


@njit(cache=True, nogil=True)
def walk_second_order(rows, tables, mutual, starts, repetition, seed, back, away, out):  # type: ignore[no-untyped-def]
    """Walk with weights multiplied by `back` towards the previous node and by `away` where it has no edge to.

    Parameters
    ----------
    rows : (offsets, target, weight, strength)
        `weight` (E,) float64, empty if all are one; `strength` (N,) float64, the sum of each row's weights.
    tables : (threshold, other, words)
        From `alias.alias_tables` (empty without weights) and `edge_filter`.
    mutual : bool
        As of `edge_filter`.
    starts, repetition, seed, out
        As of `walks.walk_rows`.
    back, away : float, > 0
        1 / p and 1 / q.
    """
    offsets = rows[0]
    n_walks, length = out.shape
    key = np.empty(LANES, np.uint64)
    lane = np.empty((LANES, _FIELDS), np.int64)
    number = np.empty((LANES, _NUMBERS), np.float64)
    waiting, n = 0, 0
    while True:
        while n < LANES and waiting < n_walks:
            out[waiting, 0] = starts[waiting]
            out[waiting, 1:] = -1
            if length == 1 or offsets[starts[waiting]] == offsets[starts[waiting] + 1]:
                waiting += 1
                continue
            key[n] = walk_key(seed, starts[waiting], repetition[waiting])
            lane[n, _WALK], lane[n, _STEP], lane[n, _DRAWN] = waiting, 1, 0
            lane[n, _HERE], lane[n, _BEFORE] = starts[waiting], -1
            waiting += 1
            n += 1
        if n == 0:
            break
        _propose(rows, tables, mutual, key, lane, number, n, back, away)
        n = _decide(rows, tables, key, lane, number, n, back, away, out)


@njit(cache=True, nogil=True)
def _propose(rows, tables, mutual, key, lane, number, n, back, away):  # type: ignore[no-untyped-def]
    """Propose a next node for every lane: no lane waits for the memory of another, and hardly a branch is guessed."""
    offsets, target, weight, strength = rows
    threshold, other, words = tables
    envelope = max(1.0, away)
    for b in range(n):
        v = lane[b, _HERE]
        lo = offsets[v]
        degree = offsets[v + 1] - lo
        x = draw(key[b], lane[b, _STEP], lane[b, _DRAWN]) * degree
        k = np.int64(x)
        lane[b, _DEGREE] = degree
        lane[b, _PLACE] = lo + k
        number[b, _REST] = x - k
        if lane[b, _DRAWN] == 0:
            number[b, _EXTRA] = _excess(offsets, target, weight, strength, v, lane[b, _BEFORE], back - envelope, mutual)
    for b in range(n):
        e = lane[b, _PLACE]
        before = lane[b, _BEFORE]
        extra = number[b, _EXTRA]
        y = draw(key[b], lane[b, _STEP], lane[b, _DRAWN] + 1) * (envelope + extra) - extra
        j = np.int64(target[e])
        if len(threshold) > 0:
            j = np.int64(other[e]) if number[b, _REST] >= threshold[e] else j
        j = before if y < 0.0 else j
        number[b, _LEVEL] = y
        lane[b, _NEXT] = j
        lane[b, _WORD], lane[b, _BITS] = _mark(before, j, mutual, len(words))


@njit(cache=True, nogil=True)
def _decide(rows, tables, key, lane, number, n, back, away, out):  # type: ignore[no-untyped-def]
    """Take or refuse the proposals; give the number of lanes whose walk goes on, moved to the front."""
    offsets, target, weight, _ = rows
    words, length = tables[2], out.shape[1]
    b = 0
    while b < n:
        j, here, before, y = lane[b, _NEXT], lane[b, _HERE], lane[b, _BEFORE], number[b, _LEVEL]
        walk, step, drawn = lane[b, _WALK], lane[b, _STEP], lane[b, _DRAWN]
        bits = np.uint64(lane[b, _BITS])
        joined = (words[lane[b, _WORD]] & bits) == bits
        if joined and j != before and (y < 1.0) != (y < away):
            joined = entry_of(offsets, target, before, j) >= 0
        bias = 1.0 if joined else away
        bias = back if j == before else bias
        taken = (y < bias) | (before < 0)
        if drawn >= 2 * (PATIENCE + lane[b, _DEGREE]) and not taken:
            u = draw(key[b], step, drawn + 2)
            j, taken = _scan(offsets, target, weight, here, before, back, away, u), True
        out[walk, step] = j  # overwritten until it is taken
        lane[b, _HERE] = j if taken else here
        lane[b, _BEFORE] = here if taken else before
        lane[b, _DRAWN] = 0 if taken else drawn + 2
        step += np.int64(taken)
        lane[b, _STEP] = step
        b += 1
        if step == length or (taken and offsets[j] == offsets[j + 1]):
            b -= 1
            n -= 1
            out[walk, step:] = -1
            key[b] = key[n]
            lane[b] = lane[n]
            number[b] = number[n]
    return n
