"""Counts of motifs of three timed events among two or three nodes.

A motif is a triple of events at rising times, all within a window, that hangs together: every event shares a node with
one before it, and three nodes take part at most. Events of one time are in no order and make no motif together. Codes:
the first event goes 0 -> 1; second and third are one of six ordered pairs of the nodes 0, 1, 2, where 2 is the third
node to appear. That makes the 36 motifs of the reference.

References
----------
Paranjape, Benson, Leskovec (2017), WSDM.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: The ordered pairs of nodes, by number.
PAIRS = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1))


@njit(cache=True, inline="always")
def _upto(event, time, lo, hi, moment, strictly):  # type: ignore[no-untyped-def]
    """Give the first of the entries lo..hi later than the moment (`strictly`: not earlier)."""
    while lo < hi:
        middle = (lo + hi) >> 1
        t = time[event[middle]]
        if t < moment or (t == moment and not strictly):
            lo = middle + 1
        else:
            hi = middle
    return lo


@njit(cache=True, inline="always")
def _row_of(keys, key):  # type: ignore[no-untyped-def]
    """Find a pair among sorted keys, -1 if it never met."""
    lo, hi = 0, len(keys)
    while lo < hi:
        middle = (lo + hi) >> 1
        if keys[middle] < key:
            lo = middle + 1
        else:
            hi = middle
    return lo if lo < len(keys) and keys[lo] == key else -1


@njit(cache=True, nogil=True)
def _between(a, b, n, since, until, time, pairs, out):  # type: ignore[no-untyped-def]
    """Count the events a -> b and b -> a after one time and up to another, into two places."""
    keys, offsets, event, risen = pairs
    out[0] = out[1] = 0
    row = _row_of(keys, min(a, b) * n + max(a, b))
    if row < 0:
        return
    lo = _upto(event, time, offsets[row], offsets[row + 1], since, False)
    hi = _upto(event, time, lo, offsets[row + 1], until, False)
    up = risen[hi] - risen[lo]  # from the smaller number to the larger
    out[0] = up if a < b else hi - lo - up
    out[1] = hi - lo - out[0]


@njit(cache=True, nogil=True)
def count_motifs(src, dst, time, rows, pairs, n, window, counts):  # type: ignore[no-untyped-def]
    """Count all motifs.

    Parameters
    ----------
    src, dst : (E,) int64 arrays
        Without self-loops.
    time : (E,) float64 array, s, never decreasing
    rows : (offsets, event, other, left)
        Rows of events by node, rising; `left` (M + 1,) int64 counts the entries before each at which the node of the
        row is the source.
    pairs : (keys, offsets, event, risen)
        Rows of events by unordered pair, keys ``smaller * n + larger`` rising; `risen` (E + 1,) int64 counts the
        entries before each that go from the smaller to the larger number.
    n : int
        Number of nodes.
    window : float, s
        From the first event to the third, at most.
    counts : (6, 6) int64 array
        By second and third event, as `PAIRS` numbers them; added to.

    Notes
    -----
    For every first event, its later neighbours in the window are gone through as second ones; thirds are counted by
    halving. O(K log E) for K such pairs of events, whatever the number of motifs.
    """
    offsets, event, other, _left = rows
    found = np.zeros(2, np.int64)
    for e in range(len(src)):
        u, v, until = src[e], dst[e], time[e] + window
        for side in range(2):
            node = v if side else u
            lo = _upto(event, time, offsets[node], offsets[node + 1], time[e], False)
            for k in range(lo, offsets[node + 1]):
                f = event[k]
                now = time[f]
                if now > until:
                    break
                w = other[k]
                if w == (u if side else v):
                    if side == 0:  # met from either end: counted once
                        _close(u, v, src[f] == u, now, until, time, n, rows, pairs, found, counts)
                    continue
                goes = src[f] == node
                second = (4 if goes else 5) if side else (2 if goes else 3)
                _between(u, v, n, now, until, time, pairs, found)
                counts[second, 0] += found[0]
                counts[second, 1] += found[1]
                _between(u, w, n, now, until, time, pairs, found)
                counts[second, 2] += found[0]
                counts[second, 3] += found[1]
                _between(v, w, n, now, until, time, pairs, found)
                counts[second, 4] += found[0]
                counts[second, 5] += found[1]


@njit(cache=True, nogil=True)
def _close(u, v, forth, since, until, time, n, rows, pairs, found, counts):  # type: ignore[no-untyped-def]
    """Count the thirds after two events of one pair: of that pair, or of either node with somebody else."""
    offsets, event, _other, left = rows
    second = 0 if forth else 1
    _between(u, v, n, since, until, time, pairs, found)
    forward, back = found[0], found[1]
    counts[second, 0] += forward
    counts[second, 1] += back
    for side in range(2):
        node = v if side else u
        lo = _upto(event, time, offsets[node], offsets[node + 1], since, False)
        hi = _upto(event, time, lo, offsets[node + 1], until, False)
        out = left[hi] - left[lo]
        own = back if side else forward  # of the pair itself, out of this node
        counts[second, 4 if side else 2] += out - own
        counts[second, 5 if side else 3] += hi - lo - out - (forward + back - own)
