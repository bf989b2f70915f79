"""Filtered spike history without a design matrix: what every spike adds to the bins after it.

Spike counts are sparse, so the drive of a coupled model costs one scaled copy of the filters per spike, and its
gradient one copy back. Rows of bins are padded so that nothing reaches from one run into the next.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_drive(start, unit, count, filters, out):  # type: ignore[no-untyped-def]
    """Add the filtered history to the drive of every target.

    Parameters
    ----------
    start : (E,) int64 array
        Where the first bin after each spike begins in `out`: (bin + 1) M.
    unit : (E,) int64 array
    count : (E,) float64 array
    filters : (N, L M) float64 array
        Of a source: lag by lag, the M targets of a lag side by side.
    out : (T M,) float64 array
        Added to; T bins, padded by L bins after each run.
    """
    width = filters.shape[1]
    for e in range(len(start)):
        into = out[start[e] : start[e] + width]
        given = filters[unit[e]]
        c = count[e]
        for i in range(width):
            into[i] += c * given[i]


@njit(cache=True, nogil=True)
def add_products(start, unit, count, rows, out):  # type: ignore[no-untyped-def]
    """Add up what follows the spikes of each unit: the transpose of `add_drive`.

    Parameters
    ----------
    start, unit, count : as in `add_drive`
    rows : (T M,) float64 array
    out : (N, L M) float64 array
        Added to.
    """
    width = out.shape[1]
    for e in range(len(start)):
        given = rows[start[e] : start[e] + width]
        into = out[unit[e]]
        c = count[e]
        for i in range(width):
            into[i] += c * given[i]


@njit(cache=True, nogil=True)
def add_lag_products(place, unit, count, out):  # type: ignore[no-untyped-def]
    """Add up products of counts at every lag, over all time.

    Parameters
    ----------
    place : (E,) int64 array
        Bin of each entry, never decreasing.
    unit : (E,) int64 array
    count : (E,) float64 array
    out : (L, N, N) float64 array
        Added to: entry [d, i, j] sums count_i(t) count_j(t + d).
    """
    lags = len(out)
    n = len(place)
    for e in range(n):
        f = e
        while f > 0 and place[f - 1] == place[e]:
            f -= 1
        while f < n and place[f] - place[e] < lags:
            out[place[f] - place[e], unit[e], unit[f]] += count[e] * count[f]
            f += 1


@njit(cache=True, nogil=True)
def add_features(place, unit, count, basis, first, out):  # type: ignore[no-untyped-def]
    """Lay out the rows of the design matrix of some bins.

    Parameters
    ----------
    place, unit, count : as in `add_lag_products`
    basis : (L, K) float64 array
    first : int
        Bin of the first row.
    out : (B, N K) float64 array
        Added to: K columns for each source.
    """
    lags, k = basis.shape
    for e in range(len(place)):
        column = unit[e] * k
        for lag in range(lags):
            row = place[e] + 1 + lag - first
            if 0 <= row < len(out):
                for b in range(k):
                    out[row, column + b] += count[e] * basis[lag, b]


@njit(cache=True, nogil=True)
def _value(eta, y, soft):  # type: ignore[no-untyped-def]
    """Give loss and slope at one bin: mean - y log(mean), and its derivative by the drive."""
    if not soft:
        mean = np.exp(eta)
        return mean - y * eta, mean - y
    tail = np.exp(-abs(eta))
    mean = np.log1p(tail) + max(eta, 0.0)
    gate = 1.0 / (1.0 + tail) if eta >= 0.0 else tail / (1.0 + tail)
    if y == 0.0:
        return mean, gate
    if eta < -30.0:
        # log(softplus) is the drive itself here, to rounding; the mean itself may be 0.
        return mean - y * eta, gate - y
    return mean - y * np.log(mean), gate * (1.0 - y / mean)


@njit(cache=True, nogil=True)
def evaluate(eta, move, step, y, weight, soft, slope, loss):  # type: ignore[no-untyped-def]
    """Sum the Poisson loss of every target at eta + step move.

    Parameters
    ----------
    eta, move : (T, M) float64 arrays
    step : (M,) float64 array
        A target whose step is NaN is left out.
    y : (T, M) float64 array
        Spike counts.
    weight : (T,) float64 array
        Of each bin; 0 leaves it out.
    soft : bool
        Softplus in place of the exponential.
    slope : (T, M) float64 array
        Filled, times `weight`.
    loss : (M,) float64 array
        Filled.
    """
    for m in range(len(step)):
        if step[m] == step[m]:
            loss[m] = 0.0
    for t in range(len(weight)):
        w = weight[t]
        for m in range(len(step)):
            if step[m] != step[m]:
                continue
            if w == 0.0:
                slope[t, m] = 0.0
                continue
            v, d = _value(eta[t, m] + step[m] * move[t, m], y[t, m], soft)
            loss[m] += w * v
            slope[t, m] = w * d


@njit(cache=True, nogil=True)
def advance(eta, move, step):  # type: ignore[no-untyped-def]
    """Add step times move to eta, (T, M), in place; a target whose step is NaN stays."""
    for t in range(len(eta)):
        for m in range(len(step)):
            if step[m] == step[m]:
                eta[t, m] += step[m] * move[t, m]


@njit(cache=True, nogil=True)
def curvature(eta, y, weight, soft, out):  # type: ignore[no-untyped-def]
    """Give the second derivative of one target's loss by its drive, at every bin.

    Parameters
    ----------
    eta, y : (T,) float64 arrays
    weight : (T,) float64 array
    soft : bool
    out : (T,) float64 array
        Filled, times `weight`.
    """
    for t in range(len(eta)):
        if weight[t] == 0.0:
            out[t] = 0.0
            continue
        if not soft:
            out[t] = weight[t] * np.exp(eta[t])
            continue
        tail = np.exp(-abs(eta[t]))
        mean = np.log1p(tail) + max(eta[t], 0.0)
        gate = 1.0 / (1.0 + tail) if eta[t] >= 0.0 else tail / (1.0 + tail)
        if eta[t] < -30.0:
            out[t] = weight[t] * gate
        else:
            rest = gate * (1.0 - gate)
            out[t] = weight[t] * (rest * (1.0 - y[t] / mean) + y[t] * (gate / mean) ** 2)
