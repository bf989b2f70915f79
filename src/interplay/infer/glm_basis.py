"""Bases of spike history: a few smooth functions of the lag in place of one number per bin."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError

Basis = Literal["raised-cosine", "exponential", "bins"]


def history_basis(kind: Basis, n_bases: int, n_lags: int) -> NDArray[np.float64]:
    """Lay out K functions of the lag.

    Parameters
    ----------
    kind : {"raised-cosine", "exponential", "bins"}
        Cosine bumps at even distances on a logarithmic axis of lags, the first at its peak in the first bin, the last
        in the last bin (Pillow et al. 2008); decays with time constants at even distances on that axis, from one bin
        to a third of the lags, each of sum 1 (one function: exp(-lag / bin)); or one function for each bin.
    n_bases : int, K, 1 <= K <= L
        Not read for "bins".
    n_lags : int, L, bins, >= 1
        Lags 1 to L.

    Returns
    -------
    (L, K) float64 array

    Raises
    ------
    ConfigError
        If there are more functions than lags.
    """
    if kind == "bins":
        return np.eye(n_lags)
    if n_bases > n_lags:
        raise ConfigError(
            f"`n_bases` must be at most the number of lags, {n_lags}, got {n_bases}. Lengthen `span_s` or shorten "
            "`bin_s`."
        )
    lag = np.arange(1.0, n_lags + 1)
    if kind == "exponential":
        slowest = max(n_lags / 3.0, 1.0) if n_bases > 1 else 1.0
        decay = np.exp(-lag[:, None] / np.geomspace(1.0, slowest, n_bases))
        return np.asarray(decay / decay.sum(axis=0))
    if n_bases == 1:
        return np.asarray(0.5 * (1 + np.cos(np.pi * np.log(lag) / np.log(n_lags + 1)))[:, None])
    peak = np.linspace(0.0, np.log(n_lags), n_bases)
    phase = np.pi * (np.log(lag)[:, None] - peak) / (2 * (peak[1] - peak[0]))
    return np.asarray(0.5 * (1 + np.cos(np.clip(phase, -np.pi, np.pi))))
