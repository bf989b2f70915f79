"""Poisson counts whose rate is a function of a linear predictor: log-density, score and Fisher information."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

EXP, SOFTPLUS, SIGMOID = 0, 1, 2

#: The rate of the scaled sigmoid runs from here to 1.
_LEAST = 1e-8
#: Predictors beyond are held there before they are exponentiated: a rate of e^30 per bin is no rate.
_MOST = 30.0


@njit(cache=True, nogil=True)
def _rate(u, link):  # type: ignore[no-untyped-def]
    """Give rate, log-rate and the slope of the log-rate."""
    if link == EXP:
        held = min(u, _MOST)
        return math.exp(held), held, 1.0
    if link == SOFTPLUS:
        if u < -_MOST:
            return math.exp(u), u, 1.0
        value = u + math.log1p(math.exp(-u)) if u > 0 else math.log1p(math.exp(u))
        return value, math.log(value), 1.0 / (1.0 + math.exp(-u)) / value
    if u < -700.0:
        return _LEAST, math.log(_LEAST), 0.0
    part = 1.0 / (1.0 + math.exp(-u))
    value = _LEAST + (1.0 - _LEAST) * part
    return value, math.log(value), (1.0 - _LEAST) * part * (1.0 - part) / value


@njit(cache=True, nogil=True)
def count_rates(u, link, out):  # type: ignore[no-untyped-def]
    """Rates of linear predictors.

    Parameters
    ----------
    u : (T, N) float64 array
    link : int
        0 exp (held at e^30), 1 softplus, 2 sigmoid scaled to (1e-8, 1).
    out : (T, N) float64 array, filled
        Expected counts per bin.
    """
    for t in range(u.shape[0]):
        for n in range(u.shape[1]):
            out[t, n] = _rate(u[t, n], link)[0]


@njit(cache=True, nogil=True)
def count_log_density(x, u, link, out):  # type: ignore[no-untyped-def]
    """Log-density of each sample, summed over units, without the factorials.

    Parameters
    ----------
    x, u : (T, N) float64 arrays
    link : int
        As in `count_rates`.
    out : (T,) float64 array, filled
    """
    for t in range(u.shape[0]):
        total = 0.0
        for n in range(u.shape[1]):
            value, log_value, _ = _rate(u[t, n], link)
            total += x[t, n] * log_value - value
        out[t] = total


@njit(cache=True, nogil=True)
def count_expected(x, u, share, link):  # type: ignore[no-untyped-def]
    """Log-density of each unit, weighted by shares of samples, without the factorials.

    Parameters
    ----------
    x, u : (T, N) float64 arrays
    share : (T,) float64 array
    link : int
        As in `count_rates`.

    Returns
    -------
    (N,) float64 array
    """
    out = np.zeros(u.shape[1])
    for t in range(u.shape[0]):
        for n in range(u.shape[1]):
            value, log_value, _ = _rate(u[t, n], link)
            out[n] += share[t] * (x[t, n] * log_value - value)
    return out


@njit(cache=True, nogil=True)
def count_score(x, u, share, link, score, fisher):  # type: ignore[no-untyped-def]
    """First derivative of the log-density by the predictor, and its expected second derivative with the sign turned.

    Parameters
    ----------
    x, u : (T, N) float64 arrays
    share : (T,) float64 array
    link : int
        As in `count_rates`.
    score, fisher : (T, N) float64 arrays, filled
        ``share (x / f - 1) f'`` and ``share f'^2 / f``.
    """
    for t in range(u.shape[0]):
        for n in range(u.shape[1]):
            value, _, slope = _rate(u[t, n], link)
            score[t, n] = share[t] * (x[t, n] - value) * slope
            fisher[t, n] = share[t] * value * slope * slope
