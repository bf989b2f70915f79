"""Cosines and sines of many products of times and frequencies, in loops that the compiler turns into vectors."""

from __future__ import annotations

import numpy as np
from numba import njit

_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, in the low bits
_PER_QUARTER = 0.6366197723675814
#: A quarter turn in three parts, the first two with zeros at the end: their products with whole numbers are exact.
_Q1, _Q2, _Q3 = 1.5707963109016418, 1.5893254712295857e-08, 6.123233995736766e-17
#: Taylor's coefficients after the first: at a sixteenth of a turn what is left out is below 1e-16.
_SIN = (-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800, -1 / 1307674368000)
_COS = (-1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600, -1 / 87178291200, 1 / 20922789888000)


@njit(cache=True, nogil=True, inline="always")
def _quarters(x):  # type: ignore[no-untyped-def]
    """Give the sine and cosine of what is left of x after whole quarter turns, and the number of those mod 4."""
    shifted = x * _PER_QUARTER + _ROUND
    n = shifted - _ROUND
    r = ((x - n * _Q1) - n * _Q2) - n * _Q3
    z = r * r
    s = _SIN[6]
    s = s * z + _SIN[5]
    s = s * z + _SIN[4]
    s = s * z + _SIN[3]
    s = s * z + _SIN[2]
    s = s * z + _SIN[1]
    s = s * z + _SIN[0]
    c = _COS[7]
    c = c * z + _COS[6]
    c = c * z + _COS[5]
    c = c * z + _COS[4]
    c = c * z + _COS[3]
    c = c * z + _COS[2]
    c = c * z + _COS[1]
    c = c * z + _COS[0]
    quarter = n - 4.0 * np.floor(n * 0.25)
    return r + r * z * s, 1.0 + z * c, quarter


@njit(cache=True, nogil=True)
def write_waves(elapsed, frequency, phase, cosine, sine):  # type: ignore[no-untyped-def]
    """Fill cosines and sines of ``elapsed[m] * frequency[w] + phase[w]``.

    Parameters
    ----------
    elapsed : (M,) float64 array
    frequency, phase : (W,) float arrays
        Angles are taken in float64, and are exact to about 1e-16 of themselves: a long time keeps its phase.
    cosine, sine : (M, W) float arrays, filled in place
    """
    for m in range(len(elapsed)):
        t = elapsed[m]
        for w in range(len(frequency)):
            s, c, quarter = _quarters(t * np.float64(frequency[w]) + np.float64(phase[w]))
            odd = quarter == 1.0 or quarter == 3.0
            one, other = (s, c) if odd else (c, s)
            cosine[m, w] = -one if quarter == 1.0 or quarter == 2.0 else one
            sine[m, w] = -other if quarter == 2.0 or quarter == 3.0 else other


@njit(cache=True, nogil=True)
def add_wave_slopes(elapsed, sine, gradient, d_frequency, d_phase):  # type: ignore[no-untyped-def]
    """Add the slopes of a loss in frequencies and phases, given those in the cosines.

    Parameters
    ----------
    elapsed : (M,) float64 array
    sine, gradient : (M, W) float arrays
    d_frequency, d_phase : (W,) float64 arrays, added to in place
    """
    for m in range(len(elapsed)):
        t = elapsed[m]
        for w in range(len(d_phase)):
            slope = -np.float64(sine[m, w]) * np.float64(gradient[m, w])
            d_phase[w] += slope
            d_frequency[w] += slope * t
