"""Frequency bands, as settings and on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError

Band = tuple[float, float]

_EDGE = 1e-9


def require_band(band: Any) -> Band | None:
    """Check a band and make it plain data.

    Parameters
    ----------
    band : (low, high), Hz, 0 <= low < high, or None

    Returns
    -------
    tuple of two floats, or None

    Raises
    ------
    ConfigError
        If it is no such pair.
    """
    if band is None:
        return None
    try:
        edges = np.asarray(band, dtype=float).reshape(-1) if np.ndim(band) == 1 else np.array([])
    except (TypeError, ValueError):
        edges = np.array([])
    if len(edges) != 2 or not np.isfinite(edges).all() or not 0 <= edges[0] < edges[1]:
        raise ConfigError(f"`band` must be (low, high) in Hz with 0 <= low < high, got {band!r}. Give such a pair.")
    return float(edges[0]), float(edges[1])


def band_in_cycles(band: Band, dt_s: float) -> Band:
    """Turn a band in Hz into cycles per sample.

    Raises
    ------
    DataError
        If it reaches beyond half the sampling rate.
    """
    low, high = band[0] * dt_s, band[1] * dt_s
    if high > 0.5 + _EDGE:
        raise DataError(
            f"`band` must end at or below half the sampling rate, {0.5 / dt_s:g} Hz, got {band[1]:g} Hz. Lower it, or "
            "sample faster (`bin_s`)."
        )
    return low, min(high, 0.5)


def rows_in_band(n_samples: int, dt_s: float, band: Band | None) -> NDArray[np.int64]:
    """Name the Fourier frequencies of a stretch of samples that lie in a band.

    Parameters
    ----------
    n_samples : int
    dt_s : float, s
    band : (low, high), Hz, or None
        None takes all but 0, and but half the sampling rate.

    Returns
    -------
    (F,) int64 array
        Frequencies are these numbers over ``n_samples dt_s``.

    Raises
    ------
    DataError
        If none does.
    """
    rows = np.arange(1, (n_samples + 1) // 2)
    if band is not None:
        low, high = band_in_cycles(band, dt_s)
        rows = rows[(rows >= low * n_samples - _EDGE * n_samples) & (rows <= high * n_samples + _EDGE * n_samples)]
    if len(rows) == 0:
        asked = "(0, inf)" if band is None else str(band)
        raise DataError(
            f"`band` must hold a frequency between 0 and {0.5 / dt_s:g} Hz that {n_samples} samples can tell apart, "
            f"{1.0 / (n_samples * dt_s):g} Hz apart, got {asked} Hz. Widen the band, or lengthen the window or segment."
        )
    return rows
