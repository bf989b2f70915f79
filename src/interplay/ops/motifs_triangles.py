"""Triangles: weighted ones one by one, plain ones by intersecting sets of bits."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.bits import count_bits


@njit(cache=True, nogil=True)
def triangle_sums(links):  # type: ignore[no-untyped-def]
    """Sum the products of the three sides over the triangles at each node.

    Parameters
    ----------
    links : (N, N) float64 array, >= 0
        Symmetric; the diagonal is not read.

    Returns
    -------
    (N,) float64 array
        Entry i is the sum over j < k of ``links[i, j] * links[j, k] * links[k, i]``, half the i-th diagonal entry of
        the cube. Every triangle is met once, in a fixed order. Time: the sum over edges of the smaller-numbered end's
        later neighbours, O(N^3 / 6) if all pairs are linked.
    """
    n = links.shape[0]
    out = np.zeros(n)
    later = np.empty((n, n), dtype=np.int64)
    count = np.zeros(n, dtype=np.int64)
    for i in range(n):
        for j in range(i + 1, n):
            if links[i, j] != 0.0:
                later[i, count[i]] = j
                count[i] += 1
    for i in range(n):
        row = links[i]
        for a in range(count[i]):
            j = later[i, a]
            side = row[j]
            for b in range(count[j]):
                k = later[j, b]
                third = row[k]
                if third != 0.0:
                    product = side * links[j, k] * third
                    out[i] += product
                    out[j] += product
                    out[k] += product
    return out


@njit(cache=True, nogil=True)
def triangle_counts(links, out, into):  # type: ignore[no-untyped-def]
    """Count closed walks of three steps at each node when every link may be walked either way.

    Parameters
    ----------
    links : (N, N) bool array
        Clear diagonal.
    out, into : (N, words) uint64 arrays
        Its rows and its columns, packed by `interplay.ops.bits.pack_bits`.

    Returns
    -------
    (N,) float64 array
        Half the diagonal of (A + A^T)^3, whole numbers; eight times the number of triangles if A is symmetric.
        Time O(E N / 64).
    """
    n, words = out.shape
    total = np.zeros(n)
    for i in range(n):
        walks = 0
        for j in range(n):
            times = int(links[i, j]) + int(links[j, i])
            if times:
                shared = 0
                for w in range(words):
                    a, b, c, d = out[i, w], into[i, w], out[j, w], into[j, w]
                    shared += count_bits(a & c) + count_bits(a & d) + count_bits(b & c) + count_bits(b & d)
                walks += times * shared
        total[i] = walks / 2
    return total
