"""How far to shrink a correlation matrix towards the identity, and the precision matrix of few samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ledoit_wolf_intensity(z: NDArray[np.float64], correlation: NDArray[np.float64], joint: NDArray[np.int64]) -> float:
    """Intensity of Ledoit and Wolf for standardised samples, target the identity.

    Parameters
    ----------
    z : (T, n) float64 array
        Each column of mean 0 and mean square 1 over its known samples; 0 where a sample is missing.
    correlation : (n, n) float64 array
    joint : (n, n) int64 array, > 0
        Samples behind each entry.

    Returns
    -------
    float, in [0, 1]

    Notes
    -----
    Sum of the estimated variances of the entries over the squared distance from the identity, cut at 1. With missing
    samples each entry has its own number of samples (ours).

    References
    ----------
    Ledoit, Wolf (2004), J Multivar Anal 88:365.
    """
    square = z * z
    spread = (square.T @ square) / joint - correlation**2
    return _share(float((spread / joint).sum()), correlation)


def oas_intensity(correlation: NDArray[np.float64], n_samples: float) -> float:
    """Intensity of the oracle-approximating shrinkage for Gaussian samples, target the identity.

    Parameters
    ----------
    correlation : (n, n) float64 array
        Unit diagonal.
    n_samples : float, > 0

    Returns
    -------
    float, in [0, 1]

    References
    ----------
    Chen, Wiesel, Eldar, Hero (2010), IEEE Trans Signal Process 58:5016, equation 23.
    """
    n = len(correlation)
    energy = float((correlation**2).sum())
    if energy <= n:
        return 1.0
    return min(((1.0 - 2.0 / n) * energy + n * n) / ((n_samples + 1.0 - 2.0 / n) * (energy - n)), 1.0)


def _share(error: float, correlation: NDArray[np.float64]) -> float:
    distance = float(((correlation - np.eye(len(correlation))) ** 2).sum())
    return 1.0 if distance <= 0 else float(np.clip(error / distance, 0.0, 1.0))


def shrunk(correlation: NDArray[np.float64], intensity: float) -> NDArray[np.float64]:
    """Move off-diagonal entries towards 0 by a share `intensity`, (n, n) float64."""
    out = (1.0 - intensity) * correlation
    np.fill_diagonal(out, 1.0)
    return out


def partial_from_precision(precision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a precision matrix into partial correlations.

    Parameters
    ----------
    precision : (n, n) float64 array
        Symmetric, positive definite.

    Returns
    -------
    (n, n) float64 array, in [-1, 1]
        -P_ij / sqrt(P_ii P_jj); 1 on the diagonal.
    """
    scale = 1.0 / np.sqrt(np.diag(precision))
    out = np.clip(-precision * scale * scale[:, None], -1.0, 1.0)
    np.fill_diagonal(out, 1.0)
    return out
