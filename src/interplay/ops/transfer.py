"""Transfer entropy of binary series from bits: sixty-four samples per operation.

All series are packed into rows of words once. What a target does next after each of its pasts is one row of bits per
combination; what a source did is one row per pattern. Every count of the joint table is then the number of bits that
two rows share.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.bits import count_bits


def packed_patterns(x: NDArray[np.bool_], shifts: list[int], longest: int) -> NDArray[np.uint64]:
    """Mark, for every pattern of a series at some shifts, the times at which it occurs.

    Parameters
    ----------
    x : (N, T) bool array
    shifts : list of int, bins, 0 <= shift <= longest
        How far back each bit of the pattern lies; the first is the lowest bit.
    longest : int, bins
        Times from here on are marked, the same for all shifts.

    Returns
    -------
    (N, 2^len(shifts), W) uint64 array
        Row p holds the times of pattern p, padded with zeros.
    """
    n, length = x.shape
    kept = length - longest
    code = np.zeros((n, kept), dtype=np.int64)
    for bit, back in enumerate(shifts):
        code |= x[:, longest - back : length - back].astype(np.int64) << bit
    n_patterns = 1 << len(shifts)
    out = np.zeros((n, n_patterns, (kept + 63) // 64 * 8), dtype=np.uint8)
    for p in range(n_patterns):
        bits = np.packbits(code == p, axis=1, bitorder="little")
        out[:, p, : bits.shape[1]] = bits
    return out.view(np.uint64)


@njit(cache=True, nogil=True)
def _count_shared(a, b):  # type: ignore[no-untyped-def]
    """Count the bits two rows of words share."""
    total = np.int64(0)
    for w in range(len(a)):
        total += count_bits(a[w] & b[w])
    return total


@njit(cache=True, nogil=True)
def table_transfer(table):  # type: ignore[no-untyped-def]
    """Measure the information on a next state given a past from counts.

    Parameters
    ----------
    table : (C, S) int64 array
        Counts; row c is past ``c // 2`` with next state ``c % 2``, column s the source's pattern.

    Returns
    -------
    information : float, nats
        Plug-in.
    correction : float
        Miller's, to be added: ``(R_yp - R_p - R_yps + R_ps) / 2T`` with R the number of states seen.
    free : float
        Degrees of freedom of the likelihood-ratio test.
    """
    total = 0.0
    info, free = 0.0, 0.0
    seen_yp, seen_p, seen_yps, seen_ps = 0, 0, 0, 0
    for past in range(len(table) // 2):
        zero, one = table[2 * past].sum(), table[2 * past + 1].sum()
        here = zero + one
        if here == 0:
            continue
        total += here
        seen_p += 1
        nexts = (1 if zero > 0 else 0) + (1 if one > 0 else 0)
        seen_yp += nexts
        sources = 0
        for s in range(table.shape[1]):
            both = table[2 * past, s] + table[2 * past + 1, s]
            if both == 0:
                continue
            sources += 1
            for y in range(2):
                n = table[2 * past + y, s]
                if n > 0:
                    seen_yps += 1
                    info += n * np.log(n * np.float64(here) / (np.float64(both) * (one if y else zero)))
        seen_ps += sources
        free += (nexts - 1.0) * (sources - 1.0)
    if total == 0:
        return np.nan, 0.0, 0.0
    return info / total, (seen_yp - seen_p - seen_yps + seen_ps) / (2.0 * total), free


@njit(cache=True, nogil=True)
def bit_transfer(nexts, patterns, first, last, out):  # type: ignore[no-untyped-def]
    """Measure the transfer entropy of all ordered pairs at one delay.

    Parameters
    ----------
    nexts : (N, C, W) uint64 array
        Times of each target's next state and past, lowest bit the next state; see `packed_patterns`.
    patterns : (N, S, W) uint64 array
        Times of each source's pattern.
    first, last : int
        Sources to take.
    out : (N, N, 3) float64 array
        ``[source, target]``: what `table_transfer` returns.

    Notes
    -----
    O(N^2 C S T / 64).
    """
    n, n_classes, _ = nexts.shape
    n_patterns = patterns.shape[1]
    totals = np.empty((n, n_classes), np.int64)
    for j in range(n):
        for c in range(n_classes):
            totals[j, c] = _count_shared(nexts[j, c], nexts[j, c])
    table = np.empty((n_classes, n_patterns), np.int64)
    for i in range(first, last):
        for j in range(n):
            if i == j:
                continue
            for c in range(n_classes):
                rest = totals[j, c]
                for s in range(1, n_patterns):
                    shared = _count_shared(nexts[j, c], patterns[i, s])
                    table[c, s] = shared
                    rest -= shared
                table[c, 0] = rest
            out[i, j, 0], out[i, j, 1], out[i, j, 2] = table_transfer(table)


@njit(cache=True, nogil=True)
def conditional_transfer(following, given, n_given, x, longest, out):  # type: ignore[no-untyped-def]
    """Measure what every candidate adds to what is known of one target.

    Parameters
    ----------
    following : (T',) int64 array of 0 and 1
        The target from `longest` on.
    given : (T',) int64 array, in [0, n_given)
        State of all that is conditioned on, the target's past included.
    n_given : int
    x : (N, T) bool array
    longest : int, bins, T' = T - longest
    out : (N, D, 3) float64 array
        Candidate unit i at delay d + 1: what `table_transfer` returns.
    """
    table = np.empty((2 * n_given, 2), np.int64)
    for i in range(out.shape[0]):
        for d in range(out.shape[1]):
            table[:] = 0
            for t in range(len(following)):
                table[2 * given[t] + following[t], np.int64(x[i, t + longest - d - 1])] += 1
            out[i, d, 0], out[i, d, 1], out[i, d, 2] = table_transfer(table)
