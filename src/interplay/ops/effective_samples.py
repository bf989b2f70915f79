"""How many independent samples autocorrelated series are worth to the correlation of two of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def variance_inflation(x: NDArray[np.float64], known: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """How many times the variance of a correlation of independent series exceeds that of white ones.

    Parameters
    ----------
    x : (T, n) float64 array
        No NaN, no constant column; where a sample is missing, 0, and every column of mean 0 over the others.
    known : (T, n) bool array or None
        Which samples are not missing; None: all.

    Returns
    -------
    (n, n) float64 array, >= 1

    Notes
    -----
    1 + 2 sum_k r_i(k) r_j(k) over lags k up to 2 sqrt(T), the sum under a raised-cosine taper so that the noise of long
    lags does not add up; cut at 1. With missing samples r_i(k) is the mean product of the pairs of known samples k
    apart over the mean square; that all such pairs are taken to be there makes the result an upper bound (ours).
    O(n T log T + n^2 sqrt(T)).

    References
    ----------
    Bartlett (1935), J R Stat Soc 98:536.
    """
    n_samples = len(x)
    reach = min(int(2.0 * np.sqrt(n_samples)), n_samples - 1)
    covariance = _lagged(x - x.mean(axis=0) if known is None else x, reach)
    if known is not None:
        # Of lags at which nothing is known nothing enters the correlation either.
        count = np.rint(_lagged(known.astype(np.float64), reach))
        covariance = np.where(count > 0, covariance / np.maximum(count, 1.0), 0.0)
    r = np.clip(covariance[1:] / covariance[0], -1.0, 1.0)
    taper = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, reach + 1) / (reach + 1))
    return np.asarray(np.maximum(1.0 + 2.0 * (r * taper[:, None]).T @ r, 1.0))


def _lagged(z: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Sum the products of each column with itself at lags 0 .. `reach`, (reach + 1, n)."""
    power = np.abs(np.fft.rfft(z, n=2 * len(z), axis=0)) ** 2
    return np.asarray(np.fft.irfft(power, axis=0)[: reach + 1])
