"""Plug-in information of discrete samples, with the two classical corrections of its bias. In nats.

References
----------
Miller (1955), Note on the bias of information estimates. Panzeri, Treves (1996), Network 7:87.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _relevant(row, total, most):  # type: ignore[no-untyped-def]
    """Estimate how many states a row of counts can really take, at least those seen and at most `most`.

    States seen have probability ``(1 - g) (n + 1) / (total + seen)``, the others share g; their number is raised until
    the number of states one would expect to see no longer comes nearer to the number seen.
    """
    seen = 0
    expect = 0.0
    for n in row:
        if n > 0:
            seen += 1
            expect += 1.0 - (1.0 - n / total) ** total
    gap = abs(seen - expect)
    extra = 0
    while seen + extra < most:
        share = (extra + 1) * (1.0 - (total / (total + seen)) ** (1.0 / total))
        expect = (extra + 1) * (1.0 - (1.0 - share / (extra + 1)) ** total)
        for n in row:
            if n > 0:
                expect += 1.0 - (1.0 - (1.0 - share) * (n + 1.0) / (total + seen)) ** total
        if abs(seen - expect) >= gap:
            break
        gap = abs(seen - expect)
        extra += 1
    return seen + extra


@njit(cache=True, nogil=True)
def _rows_bias(table, rows, most):  # type: ignore[no-untyped-def]
    """Sum, over rows, the states each can take less one."""
    bias = 0.0
    for a in range(len(rows)):
        if rows[a] > 0:
            bias += _relevant(table[a], rows[a], most) - 1.0
    return bias


@njit(cache=True, nogil=True)
def plug_in_information(codes, levels, out):  # type: ignore[no-untyped-def]
    """Measure the mutual information of all pairs of discrete series.

    Parameters
    ----------
    codes : (N, T) uint8 array, in [0, levels)
    levels : int
    out : (N (N - 1) / 2, 4) float64 array
        Filled, pairs in the order of the upper triangle by rows: plug-in information; first-order correction with the
        states seen (to be added); with the states that can be expected (to be added); degrees of freedom.

    Notes
    -----
    Miller's correction adds ``(R_x + R_y - R_xy - 1) / 2T``. Panzeri and Treves subtract
    ``(sum_x (R_y|x - 1) - (R_y - 1)) / 2T`` with the estimated number of relevant states of y given x; of the two ways
    round the mean is taken, so that the answer is symmetric. O(N^2 (T + levels^2)).
    """
    n, length = codes.shape
    table, turned = np.empty((levels, levels), np.int64), np.empty((levels, levels), np.int64)
    rows, columns = np.empty(levels, np.int64), np.empty(levels, np.int64)
    p = 0
    for i in range(n):
        for j in range(i + 1, n):
            table[:] = 0
            for t in range(length):
                table[codes[i, t], codes[j, t]] += 1
            rows[:] = 0
            columns[:] = 0
            for a in range(levels):
                for b in range(levels):
                    turned[b, a] = table[a, b]
                    rows[a] += table[a, b]
                    columns[b] += table[a, b]
            info, filled, r, c = 0.0, 0, 0, 0
            for a in range(levels):
                r += rows[a] > 0
                c += columns[a] > 0
                for b in range(levels):
                    if table[a, b] > 0:
                        filled += 1
                        info += table[a, b] * np.log(table[a, b] * np.float64(length) / (rows[a] * columns[b]))
            out[p, 0] = info / length
            out[p, 1] = (r + c - filled - 1.0) / (2.0 * length)
            one = _rows_bias(table, rows, c) - (c - 1.0)
            other = _rows_bias(turned, columns, r) - (r - 1.0)
            out[p, 2] = -(one + other) / (4.0 * length)
            out[p, 3] = (r - 1.0) * (c - 1.0)
            p += 1
