"""Attention over all pairs of a row and a column, where a token is a sum: of its row, its column and five samples.

Tokens (row r, time t) are k(r, t) = (a_r + b_t + C x(r, t-2 ... t+2)) / sigma(r, t), and whatever linear map follows
leaves that form. So the score of a query is [p_r + q_t + sum_k u_k x(r, t+k-2)] / sigma(r, t), and the mean of all
tokens by their attention alpha needs three small sums of alpha / sigma only: over times, over rows, with the samples.
A query costs R + T + 5 numbers of memory, and a token a dozen products, whatever the width of the tokens.

One pass forward (Milakov and Gimelshein 2018: the running maximum is raised where a score outgrows it by 2^30, so the
sums never leave the range of single precision), and one backward that computes the weights anew. Scores are taken to
base two by the caller. Rows are padded to whole lanes with q = `NEVER` there, whose weight is exactly 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.lanes import WIDTH, any_above, fused, largest, load, power_of_two, spread, store, total

#: Samples of the series that a token sees, and how far on either side.
TAPS, REACH = 5, 2
#: The score of what is not there.
NEVER = -1e30
#: Scores may exceed what the sums are relative to by so many bits.
_HEADROOM = 30.0
_LN2 = 0.6931471805599453


def padded(n_times: int) -> int:
    """Give the number of times, rounded up to whole lanes."""
    return -(-n_times // WIDTH) * WIDTH


@njit(cache=True, nogil=True, error_model="numpy")
def _rescale(row, count, factor):  # type: ignore[no-untyped-def]
    for i in range(count):
        row[i] *= factor


@njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)
def attend(p, q, u, x, inverse, present, m, n, y, share, top):  # type: ignore[no-untyped-def]
    """Sum alpha / sigma of every query over times, over rows, and with the samples.

    Parameters
    ----------
    p : (G, R) float array
        Part of the score that the row brings, times log2(e).
    q : (G, T) float array
        Part that the time brings, times log2(e); T is a multiple of 16, `NEVER` beyond the last time.
    u : (G, 5) float array
        What a sample brings, times log2(e).
    x : (R, T + 4) float array
        Series with 2 zeros before and at least 2 after.
    inverse : (R, T) float array
        1 / sigma; any finite number beyond the last time.
    present : (R,) bool array
        Rows that are not present have no tokens.
    m, n, y : (G, R), (G, T), (G, 5) float arrays
        Written: sum over t, over r, and over both with x(r, t+k-2). All 0 where no row is present.
    share : (G, R) float array
        Written: the sum of alpha itself over the times of a row.
    top : (G,) float array
        Written: log2 of the sum of the exponentials of all scores.

    Notes
    -----
    Time O(G R T), about 30 vector operations for 16 tokens; no memory is allocated.

    References
    ----------
    Milakov and Gimelshein (2018), algorithm 3.
    """
    n_rows, n_times = inverse.shape
    zero = spread(p.dtype.type(0.0))
    for g in range(len(p)):
        q_row, n_row, m_row, share_row = q[g], n[g], m[g], share[g]
        for t in range(0, n_times, WIDTH):
            store(n_row, t, zero)
        u0, u1, u2, u3, u4 = spread(u[g, 0]), spread(u[g, 1]), spread(u[g, 2]), spread(u[g, 3]), spread(u[g, 4])
        y0, y1, y2, y3, y4 = zero, zero, zero, zero, zero
        whole = p.dtype.type(0.0)
        base = p.dtype.type(NEVER)
        floor, ceiling = spread(base), spread(base)
        for r in range(n_rows):
            m_row[r] = share_row[r] = 0.0
            if not present[r]:
                continue
            x_row, inverse_row = x[r], inverse[r]
            own, along, mass = spread(p[g, r]), zero, zero
            for t in range(0, n_times, WIDTH):
                x0, x1, x2, x3, x4 = (
                    load(x_row, t),
                    load(x_row, t + 1),
                    load(x_row, t + 2),
                    load(x_row, t + 3),
                    load(x_row, t + 4),
                )
                scale = load(inverse_row, t)
                score = fused(u0, x0, fused(u1, x1, own + load(q_row, t)))
                score = fused(u4, x4, fused(u3, x3, fused(u2, x2, score))) * scale
                if any_above(score, ceiling):
                    best = largest(score)
                    less = power_of_two(spread(base - best))
                    y0, y1, y2, y3, y4 = y0 * less, y1 * less, y2 * less, y3 * less, y4 * less
                    mass, along = mass * less, along * less
                    factor = total(less) / p.dtype.type(WIDTH)
                    _rescale(n_row, n_times, factor)
                    _rescale(m_row, r, factor)
                    _rescale(share_row, r, factor)
                    whole *= factor
                    base = best
                    floor, ceiling = spread(base), spread(base + p.dtype.type(_HEADROOM))
                raised = power_of_two(score - floor)
                weight = raised * scale
                mass, along = mass + raised, along + weight
                store(n_row, t, load(n_row, t) + weight)
                y0, y1, y2 = fused(weight, x0, y0), fused(weight, x1, y1), fused(weight, x2, y2)
                y3, y4 = fused(weight, x3, y3), fused(weight, x4, y4)
            m_row[r], share_row[r] = total(along), total(mass)
            whole += share_row[r]
        factor = p.dtype.type(1.0) / whole if whole > 0.0 else p.dtype.type(0.0)
        _rescale(m_row, n_rows, factor)
        _rescale(share_row, n_rows, factor)
        _rescale(n_row, n_times, factor)
        y[g, 0], y[g, 1], y[g, 2] = total(y0) * factor, total(y1) * factor, total(y2) * factor
        y[g, 3], y[g, 4] = total(y3) * factor, total(y4) * factor
        top[g] = base + np.log2(whole) if whole > 0.0 else p.dtype.type(0.0)


@njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)
def attend_back(p, q, u, x, inverse, present, top, mean, dm, dn, dy, dp, dq, du, dinverse, dx, scratch):  # type: ignore[no-untyped-def]
    """Take the gradient of what `attend` gives back to what it took; weights are computed anew.

    Parameters
    ----------
    p, q, u, x, inverse, present, top
        As in `attend`.
    mean : (G,) float array
        sum of m dm, n dn and y dy of each query.
    dm, dn, dy : (G, R), (G, T), (G, 5) float arrays
        Gradients of what `attend` wrote.
    dp, dq, du : (G, R), (G, T), (G, 5) float arrays
        Written: gradients by p, q and u before they were taken to base two.
    dinverse : (R, T) float array
        The gradient by 1 / sigma is added to it.
    dx : (R, T) float array or (0, 0)
        The gradient by the series itself is added to it; left out if it has no rows.
    scratch : (2, T + 4) float array
        Zeros in the first and the last two columns.

    Notes
    -----
    Time O(G R T), about 40 vector operations for 16 tokens, 60 with `dx`; no memory is allocated.
    """
    n_rows, n_times = inverse.shape
    zero, ln2 = spread(p.dtype.type(0.0)), spread(p.dtype.type(_LN2))
    wanted = len(dx) > 0
    slopes, weights = scratch[0], scratch[1]
    for g in range(len(p)):
        q_row, dq_row, dn_row = q[g], dq[g], dn[g]
        for t in range(0, n_times, WIDTH):
            store(dq_row, t, zero)
        u0, u1, u2, u3, u4 = spread(u[g, 0]), spread(u[g, 1]), spread(u[g, 2]), spread(u[g, 3]), spread(u[g, 4])
        v0, v1, v2, v3, v4 = spread(dy[g, 0]), spread(dy[g, 1]), spread(dy[g, 2]), spread(dy[g, 3]), spread(dy[g, 4])
        d0, d1, d2, d3, d4 = zero, zero, zero, zero, zero
        floor, drop = spread(top[g]), spread(-mean[g])
        for r in range(n_rows):
            dp[g, r] = 0.0
            if not present[r]:
                continue
            x_row, inverse_row, dinverse_row = x[r], inverse[r], dinverse[r]
            own, gain, along = spread(p[g, r]), spread(dm[g, r]), zero
            for t in range(0, n_times, WIDTH):
                x0, x1, x2, x3, x4 = (
                    load(x_row, t),
                    load(x_row, t + 1),
                    load(x_row, t + 2),
                    load(x_row, t + 3),
                    load(x_row, t + 4),
                )
                scale = load(inverse_row, t)
                plain = fused(u0, x0, fused(u1, x1, own + load(q_row, t)))
                plain = fused(u4, x4, fused(u3, x3, fused(u2, x2, plain)))
                alpha = power_of_two(fused(plain, scale, zero - floor))
                value = fused(v0, x0, fused(v1, x1, gain + load(dn_row, t)))
                value = fused(v4, x4, fused(v3, x3, fused(v2, x2, value)))
                weight = alpha * scale
                rise = fused(weight, value, alpha * drop)
                slope = rise * scale
                store(dinverse_row, t, load(dinverse_row, t) + fused(rise, plain * ln2, alpha * value))
                store(dq_row, t, load(dq_row, t) + slope)
                along = along + slope
                d0, d1, d2 = fused(slope, x0, d0), fused(slope, x1, d1), fused(slope, x2, d2)
                d3, d4 = fused(slope, x3, d3), fused(slope, x4, d4)
                if wanted:
                    store(slopes, t + REACH, slope * ln2)
                    store(weights, t + REACH, weight)
            dp[g, r] = total(along)
            if wanted:
                dx_row = dx[r]
                for t in range(0, n_times, WIDTH):
                    found = fused(u0, load(slopes, t + 4), fused(v0, load(weights, t + 4), load(dx_row, t)))
                    found = fused(u1, load(slopes, t + 3), fused(v1, load(weights, t + 3), found))
                    found = fused(u2, load(slopes, t + 2), fused(v2, load(weights, t + 2), found))
                    found = fused(u3, load(slopes, t + 1), fused(v3, load(weights, t + 1), found))
                    store(dx_row, t, fused(u4, load(slopes, t), fused(v4, load(weights, t), found)))
        du[g, 0], du[g, 1], du[g, 2], du[g, 3], du[g, 4] = total(d0), total(d1), total(d2), total(d3), total(d4)
