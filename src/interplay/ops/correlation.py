"""Correlation in sliding windows: sums of products are carried from window to window, not computed anew.

A window that moves on by one sample gains one outer product and loses one. Pairs are stored flat, as the rows of the
upper triangle. Two things keep rounding from adding up: the samples of a run of windows are centred on their mean over
the run, and every run begins with sums from scratch. A unit whose variance is small beside what its sums have held
before (a quiet stretch after a large event) is computed directly.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: A unit whose variance falls below this share of the largest energy its sums have held is computed directly.
DIRECT = 1e-4
_ROWS = 16


@njit(cache=True, nogil=True)
def pair_offset(i, n_units):  # type: ignore[no-untyped-def]
    """Give the place of pair (i, i + 1) in a flat list."""
    return i * n_units - i * (i + 1) // 2


@njit(cache=True, nogil=True)
def equal_runs(x, out):  # type: ignore[no-untyped-def]
    """Fill `out` (T, N) int32 with how many equal samples in a row end at each sample of `x` (T, N)."""
    out[0] = 1
    for t in range(1, len(x)):
        for i in range(x.shape[1]):
            out[t, i] = out[t - 1, i] + 1 if x[t, i] == x[t - 1, i] else 1


@njit(cache=True, nogil=True)
def moments(x, raw, runs, low, high, fresh, sums, total, scale, direct):  # type: ignore[no-untyped-def]
    """Compute what every window needs of each unit alone.

    Parameters
    ----------
    x : (T, N) float64 array
        Centred on anything near the windows' means.
    raw : (T, N) float64 array
        The samples before they were centred.
    runs : (T, N) int32 array
        From `equal_runs`, of `raw`.
    low, high : (K + 1,) int arrays
        Entry 0 is the window that `sums` belongs to, entries 1..K are the windows to do: samples ``low[k]:high[k]``.
    fresh : bool
        Whether to begin from scratch, without `sums`.
    sums : (3, N) float64 array
        Sum, sum of squares, and the largest sum of squares so far; replaced.
    total : (K, N) float64 array
        Filled with sum / root of (length * sum of squared deviations).
    scale : (K, N) float64 array
        Filled with the inverse root of the sum of squared deviations; 0 for a constant unit.
    direct : (K, N) bool array
        Filled: whether the carried sums are too coarse for this unit here.
    """
    n_units = x.shape[1]
    if fresh:
        sums[:] = 0.0
    for k in range(1, len(low)):
        a, b, c, d = low[k - 1], low[k], high[k - 1], high[k]
        if (fresh and k == 1) or c <= b:
            sums[:2] = 0.0
            a, c = b, b
        n = d - b
        for t in range(c, d):
            for i in range(n_units):
                sums[0, i] += x[t, i]
                sums[1, i] += x[t, i] * x[t, i]
        for t in range(a, b):
            for i in range(n_units):
                sums[0, i] -= x[t, i]
                sums[1, i] -= x[t, i] * x[t, i]
        root = 1.0 / np.sqrt(n)
        for i in range(n_units):
            sums[2, i] = max(sums[2, i], sums[1, i])
            spread = sums[1, i] - sums[0, i] * sums[0, i] / n
            constant = runs[d - 1, i] >= n
            direct[k - 1, i] = (not constant) and spread < DIRECT * sums[2, i]
            if direct[k - 1, i]:
                # Relative to the first sample, so that a large offset costs no digits.
                mean = 0.0
                for t in range(b, d):
                    mean += raw[t, i] - raw[b, i]
                mean /= n
                spread = 0.0
                for t in range(b, d):
                    spread += (raw[t, i] - raw[b, i] - mean) ** 2
            scale[k - 1, i] = 0.0 if constant or spread <= 0.0 else 1.0 / np.sqrt(spread)
            total[k - 1, i] = sums[0, i] * root * scale[k - 1, i]


@njit(cache=True, nogil=True)
def _add_products(part, x, begin, end, sign, i0, i1):  # type: ignore[no-untyped-def]
    """Add the outer products of some samples to the flat rows i0:i1, four samples to one pass."""
    n_units = x.shape[1]
    t = begin
    while t < end:
        left = end - t
        p = 0
        for i in range(i0, i1):
            m = n_units - i - 1
            row = part[p : p + m]
            if left >= 4:
                a, b, c, d = sign * x[t, i], sign * x[t + 1, i], sign * x[t + 2, i], sign * x[t + 3, i]
                xa, xb, xc, xd = x[t, i + 1 :], x[t + 1, i + 1 :], x[t + 2, i + 1 :], x[t + 3, i + 1 :]
                for j in range(m):
                    row[j] += (a * xa[j] + b * xb[j]) + (c * xc[j] + d * xd[j])
            else:
                a, xa = sign * x[t, i], x[t, i + 1 :]
                for j in range(m):
                    row[j] += a * xa[j]
            p += m
        t += 4 if left >= 4 else 1


@njit(cache=True, nogil=True)
def _coefficients(part, enter, leave, total, scale, out, i0, i1):  # type: ignore[no-untyped-def]
    """Let one sample in and one out, and write the coefficients, in one pass over the flat rows i0:i1."""
    n_units = len(total)
    p = 0
    for i in range(i0, i1):
        m = n_units - i - 1
        a, b, u, s = enter[i], leave[i], total[i], scale[i]
        row, r = part[p : p + m], out[p : p + m]
        ej, lj, uj, sj = enter[i + 1 :], leave[i + 1 :], total[i + 1 :], scale[i + 1 :]
        for j in range(m):
            value = row[j] + (a * ej[j] - b * lj[j])
            row[j] = value
            r[j] = min(max(value * (s * sj[j]) - u * uj[j], -1.0), 1.0)
        p += m


@njit(cache=True, nogil=True)
def slide(x, low, high, fresh, total, scale, product, out, first, last):  # type: ignore[no-untyped-def]
    """Fill the coefficients of consecutive windows, for the flat rows first:last.

    Parameters
    ----------
    x : (T, N) float64 array
        Centred samples.
    low, high, fresh
        As for `moments`; neither end ever steps back.
    total, scale : (K, N) float64 arrays
        From `moments`.
    product : (N (N - 1) / 2,) float64 array
        Sums of products over window 0; replaced by those of window K.
    out : (K, N (N - 1) / 2) float64 array
        Filled; 0 for pairs with a constant unit. What rounding puts beyond 1 becomes 1.
    first, last : int
        Rows to do, so that threads may share the work.

    Notes
    -----
    Per window and pair: one multiplication per sample that enters or leaves, three for the coefficient.
    """
    n_units = x.shape[1]
    nothing = np.zeros(n_units)
    for i0 in range(first, last, _ROWS):
        i1 = min(i0 + _ROWS, last)
        p0, p1 = pair_offset(i0, n_units), pair_offset(i1, n_units)
        part = product[p0:p1]
        for k in range(1, len(low)):
            a, b, c, d = low[k - 1], low[k], high[k - 1], high[k]
            if (fresh and k == 1) or (b - a) + (d - c) >= d - b:
                part[:] = 0.0
                a, c = b, b
            enter, leave = nothing, nothing
            if b > a:
                b -= 1
                leave = x[b]
            if d > c:
                d -= 1
                enter = x[d]
            _add_products(part, x, c, d, 1.0, i0, i1)
            _add_products(part, x, a, b, -1.0, i0, i1)
            _coefficients(part, enter, leave, total[k - 1], scale[k - 1], out[k - 1, p0:p1], i0, i1)


@njit(cache=True, nogil=True)
def amend(raw, low, high, scale, direct, out):  # type: ignore[no-untyped-def]
    """Compute directly the pairs that `moments` asked for. `low`, `high` are (K,); the rest as there."""
    n_units = raw.shape[1]
    mean, row = np.empty(n_units), np.empty(n_units)
    for k in range(len(low)):
        if not direct[k].any():
            continue
        mean[:] = 0.0
        for t in range(low[k], high[k]):
            mean += raw[t] - raw[low[k]]
        mean /= high[k] - low[k]
        for i in range(n_units):
            if not direct[k, i]:
                continue
            row[:] = 0.0
            for t in range(low[k], high[k]):
                row += (raw[t, i] - raw[low[k], i] - mean[i]) * (raw[t] - raw[low[k]] - mean)
            for j in range(n_units):
                if j != i:
                    a, b = min(i, j), max(i, j)
                    r = row[j] * (scale[k, i] * scale[k, j])
                    out[k, pair_offset(a, n_units) + b - a - 1] = min(max(r, -1.0), 1.0)


@njit(cache=True, nogil=True)
def blank(present, out):  # type: ignore[no-untyped-def]
    """Put NaN where a unit of the pair is absent: `present` (K, N) bool, `out` (K, N (N - 1) / 2)."""
    n_units = present.shape[1]
    for k in range(len(present)):
        if present[k].all():
            continue
        p = 0
        for i in range(n_units):
            for j in range(i + 1, n_units):
                if not (present[k, i] and present[k, j]):
                    out[k, p] = np.nan
                p += 1
