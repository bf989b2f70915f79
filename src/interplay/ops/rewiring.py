"""Double-edge swaps: networks with the same degrees and nothing else in common.

References
----------
Maslov, Sneppen (2002), Science 296: the swap. Sporns, Zwi (2004), Neuroinformatics 2: swaps towards a ring lattice.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, mix, start

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def swap_edges(links, src, dst, directed, seed, word, index, attempts, ring):  # type: ignore[no-untyped-def]
    """Swap the ends of randomly drawn pairs of edges, in place; no self-loop and no double edge is ever made.

    Edges a -> b and c -> d become a -> d and c -> b; of undirected edges the second is first turned around with
    probability 1/2.

    Parameters
    ----------
    links : (N, N) bool array
        The edges as a table; symmetric if not `directed`. Changed in place.
    src, dst : (E,) int64 arrays
        The same edges, an undirected one once. Changed in place.
    directed : bool
    seed, word, index : uint64
        The k-th attempt hashes (seed, word, index, k).
    attempts : int
    ring : (N,) int64 array
        Empty for random swaps. Otherwise the place of each node on a ring, and a swap is made only if it brings the
        ends closer together on it, which leads to a lattice.

    Returns
    -------
    int
        Swaps made.
    """
    n_edges = src.shape[0]
    if n_edges < 2:
        return 0
    base = fold(fold(start(seed), word), index)
    lattice = ring.shape[0] > 0
    made = 0
    for k in range(attempts):
        draw = fold(base, np.uint64(k))
        e = np.int64(((draw >> _HALF) * np.uint64(n_edges)) >> _HALF)
        f = np.int64(((draw & _LOW) * np.uint64(n_edges)) >> _HALF)
        a, b, c, d = src[e], dst[e], src[f], dst[f]
        if not directed and mix(draw) & np.uint64(1):
            c, d = d, c
        if a in (c, d) or b in (c, d) or links[a, d] or links[c, b]:
            continue
        if lattice and not _closer(ring, a, b, c, d):
            continue
        _replace(links, a, b, a, d, directed)
        _replace(links, c, d, c, b, directed)
        dst[e] = d
        src[f], dst[f] = c, b
        made += 1
    return made


@njit(cache=True, nogil=True, inline="always")
def _closer(ring, a, b, c, d):  # type: ignore[no-untyped-def]
    return _apart(ring, a, d) + _apart(ring, c, b) < _apart(ring, a, b) + _apart(ring, c, d)


@njit(cache=True, nogil=True, inline="always")
def _apart(ring, i, j):  # type: ignore[no-untyped-def]
    gap = abs(ring[i] - ring[j])
    return min(gap, ring.shape[0] - gap)


@njit(cache=True, nogil=True, inline="always")
def _replace(links, a, b, c, d, directed):  # type: ignore[no-untyped-def]
    links[a, b] = False
    links[c, d] = True
    if not directed:
        links[b, a] = False
        links[d, c] = True
