"""How many independent samples autocorrelated series are worth to the correlation of two of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def variance_inflation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many times the variance of a correlation of independent series exceeds that of white ones.

    Parameters
    ----------
    x : (T, n) float64 array
        No NaN, no constant column.

    Returns
    -------
    (n, n) float64 array, >= 1

    Notes
    -----
    1 + 2 sum_k r_i(k) r_j(k) over lags k up to 2 sqrt(T), the sum under a raised-cosine taper so that the noise of long
    lags does not add up; cut at 1. O(n T log T + n^2 sqrt(T)).

    References
    ----------
    Bartlett (1935), J R Stat Soc 98:536.
    """
    n_samples = len(x)
    reach = min(int(2.0 * np.sqrt(n_samples)), n_samples - 1)
    z = x - x.mean(axis=0)
    power = np.abs(np.fft.rfft(z, n=2 * n_samples, axis=0)) ** 2
    covariance = np.fft.irfft(power, axis=0)[: reach + 1]
    r = covariance[1:] / covariance[0]
    taper = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, reach + 1) / (reach + 1))
    return np.asarray(np.maximum(1.0 + 2.0 * (r * taper[:, None]).T @ r, 1.0))
