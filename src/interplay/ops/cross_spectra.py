"""Fourier coefficients of tapered stretches, and what pairs of them share."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Complex = NDArray[np.complex128]

#: Coefficients below this share of the largest possible one are rounding: taken as 0.
_ROUNDING = 1e-13
_CHUNK_BYTES = 32_000_000


def hann(length: int) -> NDArray[np.float64]:
    """Raised-cosine taper of one period, (length,) float64."""
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length))


def segment_coefficients(x: NDArray[np.float64], length: int, step: int, rows: NDArray[np.int64]) -> Complex:
    """Cut into segments, take out each one's mean, taper and transform.

    Parameters
    ----------
    x : (T, n) float64 array
    length, step : int, samples
        Of a segment, and between starts; what is left at the end is not used.
    rows : (F,) int64 array
        Fourier frequencies wanted, in 0 .. length / 2.

    Returns
    -------
    (F, n, M) complex128 array
        0 where a unit is constant in a segment.
    """
    cut = np.lib.stride_tricks.sliding_window_view(x, length, axis=0)[::step]
    tapered = (cut - cut.mean(axis=2, keepdims=True)) * hann(length)
    out = np.fft.rfft(tapered, axis=2)[:, :, rows]
    out[np.abs(out) <= _ROUNDING * length * np.abs(x).max(axis=0)[None, :, None]] = 0.0
    return np.ascontiguousarray(out.transpose(2, 1, 0))


def taper_coefficients(x: NDArray[np.float64], tapers: NDArray[np.float64], rows: NDArray[np.int64]) -> Complex:
    """Take out the means, taper with each taper and transform.

    Parameters
    ----------
    x : (T, n) float64 array
    tapers : (K, T) float64 array
    rows : (F,) int64 array

    Returns
    -------
    (F, n, K) complex128 array
    """
    centred = (x - x.mean(axis=0)).T
    out = np.empty((len(rows), x.shape[1], len(tapers)), dtype=np.complex128)
    for k, taper in enumerate(tapers):
        out[:, :, k] = np.fft.rfft(centred * taper, axis=1)[:, rows].T
    out[np.abs(out) <= _ROUNDING * len(x) * np.abs(x).max(axis=0)[:, None] * np.abs(tapers).max()] = 0.0
    return out


def coherency(coefficients: Complex) -> Complex:
    """Normalised cross-spectra of all pairs, summed over segments or tapers.

    Parameters
    ----------
    coefficients : (F, n, M) complex128 array

    Returns
    -------
    (F, n, n) complex128 array
        NaN where a unit has no power.
    """
    cross = coefficients @ coefficients.conj().transpose(0, 2, 1)
    scale = np.sqrt(np.diagonal(cross, axis1=1, axis2=2).real)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cross / (scale[:, :, None] * scale[:, None, :]))


def chunks(n_rows: int, n_units: int) -> list[slice]:
    """Cut frequencies so that a stack of pair matrices stays small."""
    size = max(1, _CHUNK_BYTES // (16 * max(n_units, 1) ** 2))
    return [slice(a, a + size) for a in range(0, n_rows, size)]


@njit(cache=True, nogil=True)
def lag_indices(coefficients, debiased, value, defined):  # type: ignore[no-untyped-def]
    """Sum the weighted phase lag index of every pair i < j over frequencies.

    `coefficients` (F, n, M) complex; `value` (n, n) is filled with the sum over the frequencies at which both units
    have power in at least two segments, `defined` (n, n) int64 with their number. A pair whose cross-spectrum is real
    up to rounding has index 0. Vinck et al. (2011), NeuroImage 55:1548.
    """
    n_rows, n, count = coefficients.shape
    for i in range(n):
        for j in range(i + 1, n):
            total, good = 0.0, 0
            for f in range(n_rows):
                net, size, square, whole, both = 0.0, 0.0, 0.0, 0.0, 0
                for m in range(count):
                    a, b = coefficients[f, i, m], coefficients[f, j, m]
                    scale = math.sqrt((a.real**2 + a.imag**2) * (b.real**2 + b.imag**2))
                    if scale == 0.0:
                        continue
                    part = a.imag * b.real - a.real * b.imag
                    net += part
                    size += abs(part)
                    square += part * part
                    whole += scale
                    both += 1
                if both < 2:
                    continue
                good += 1
                if size <= 1e-12 * whole:
                    continue
                if not debiased:
                    total += abs(net) / size
                elif size * size - square > 1e-12 * size * size:
                    total += (net * net - square) / (size * size - square)
            value[i, j] = total
            defined[i, j] = good
