"""Random walks on compressed sparse rows, first order: where a walk goes depends on where it stands.

Every walk has a stream of its own, hashed from (seed, start, repetition); the draw of a step is keyed by its place in
the walk. Neither the number of threads, nor the batch a walk is computed in, nor the machine can change it. Walks
advance side by side, many at a time, so that the waits for memory overlap.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN, MIX_A, key_word
from interplay.ops.hashing import fold, mix, start, to_unit

#: Walks that advance side by side.
LANES = 128
#: What happens to a walk with probability `leap`: it goes back to its start, or to a node drawn uniformly.
BACK, ANYWHERE = 0, 1

_STEP = np.uint64(GOLDEN)
_DRAW = np.uint64(MIX_A)
_WALK = np.uint64(key_word("walk"))


@njit(cache=True, inline="always")
def walk_key(seed, node, repetition):  # type: ignore[no-untyped-def]
    """Hash the identity of a walk: (seed, start, repetition)."""
    return fold(fold(fold(start(seed), _WALK), np.uint64(node)), np.uint64(repetition))


@njit(cache=True, inline="always")
def draw(key, step, number):  # type: ignore[no-untyped-def]
    """Give one of a step's numbers in [0, 1): one multiplication chain, as splitmix64 steps through a stream."""
    return to_unit(mix(key + np.uint64(step) * _STEP + np.uint64(number) * _DRAW))


@njit(cache=True, nogil=True)
def walk_rows(offsets, target, threshold, other, starts, repetition, seed, out):  # type: ignore[no-untyped-def]
    """Walk along rows, each entry as likely as the next or, with alias tables, as its weight says.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    threshold, other : (E,) float64 and int32 arrays, or both empty
        From `ops.alias.alias_tables`; empty: all entries of a row are equally likely.
    starts, repetition : (W,) int64 arrays
    seed : uint64
    out : (W, L) int32 array
        Overwritten: the nodes of every walk, -1 after its end.
    """
    n_walks, length = out.shape
    weighted = len(threshold) > 0
    key = np.empty(LANES, np.uint64)
    place = np.empty(LANES, np.int64)
    rest = np.empty(LANES, np.float64)
    here = np.empty(LANES, np.int64)
    for first in range(0, n_walks, LANES):
        n = min(LANES, n_walks - first)
        for b in range(n):
            here[b] = starts[first + b]
            key[b] = walk_key(seed, starts[first + b], repetition[first + b])
            out[first + b, 0] = here[b]
        for step in range(1, length):
            for b in range(n):
                v = here[b]
                place[b] = -1
                if v >= 0:
                    lo = offsets[v]
                    degree = offsets[v + 1] - lo
                    if degree > 0:
                        x = draw(key[b], step, 0) * degree
                        k = np.int64(x)
                        place[b] = lo + k
                        rest[b] = x - k
            for b in range(n):
                e = place[b]
                v = np.int64(-1)
                if e >= 0:
                    v = np.int64(target[e])
                    if weighted and rest[b] >= threshold[e]:
                        v = np.int64(other[e])
                here[b] = v
                out[first + b, step] = v


@njit(cache=True, nogil=True)
def walk_leaps(offsets, target, threshold, other, starts, repetition, seed, leap, whereto, out):  # type: ignore[no-untyped-def]
    """Walk along rows, and before every step leap away with probability `leap`, and always from a dead end.

    Parameters
    ----------
    offsets, target, threshold, other, starts, repetition, seed, out
        As of `walk_rows`.
    leap : float, in [0, 1]
    whereto : int
        `BACK` or `ANYWHERE`. A walk whose start is itself a dead end does not leap back: it ends.
    """
    n_walks, length = out.shape
    n_nodes = len(offsets) - 1
    weighted = len(threshold) > 0
    key = np.empty(LANES, np.uint64)
    place = np.empty(LANES, np.int64)
    rest = np.empty(LANES, np.float64)
    here = np.empty(LANES, np.int64)
    for first in range(0, n_walks, LANES):
        n = min(LANES, n_walks - first)
        for b in range(n):
            here[b] = starts[first + b]
            key[b] = walk_key(seed, starts[first + b], repetition[first + b])
            out[first + b, 0] = here[b]
        for step in range(1, length):
            for b in range(n):
                v = here[b]
                place[b] = -1
                if v >= 0:
                    begin = np.int64(starts[first + b])
                    lo = offsets[v]
                    degree = offsets[v + 1] - lo
                    if degree == 0 and whereto == BACK and v == begin:
                        here[b] = -1
                    elif degree == 0 or draw(key[b], step, 1) < leap:
                        here[b] = begin if whereto == BACK else np.int64(draw(key[b], step, 0) * n_nodes)
                    else:
                        x = draw(key[b], step, 0) * degree
                        k = np.int64(x)
                        place[b] = lo + k
                        rest[b] = x - k
            for b in range(n):
                e = place[b]
                if e >= 0:
                    v = np.int64(target[e])
                    if weighted and rest[b] >= threshold[e]:
                        v = np.int64(other[e])
                    here[b] = v
                out[first + b, step] = here[b]
