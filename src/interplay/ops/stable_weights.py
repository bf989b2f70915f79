"""Weights that are stable by construction: free matrices in, certified weights out, and the way back.

Diagonally stable, exactly: W = diag(1/L) + Q^-1 (K - M) with K skew and M positive definite.

Contracting, exactly, for tau x' = -x + phi(W x + u) with slopes in [0, L]: the inequality's Schur complement is
F'F >= 1/2 Y' L Q^-1 Y for F'F = P/T + 1/T P - 2 c P and Y = 1/T P + Q W, which says Y = sqrt(2) Q^(1/2) L^(-1/2) S F
with ||S|| <= 1. So any invertible F, any contraction S, and any q > 0 give

    P_ij = (F'F)_ij / (1/tau_i + 1/tau_j - 2 c),    W = Q^-1 (sqrt(2) Q^(1/2) L^(-1/2) S F - P / T),

and every contracting W comes from some of them. S = X C^-T with C C' = 1 + X'X, for any X.

References
----------
Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238, for the form with equal time constants and L = 1, with
the square root of 1 + X'X; the Cholesky factor gives the same S, and has a derivative everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.ops.contraction_response import continuous, grid, peak, scaled

Floats = NDArray[np.float64]


def contracting(
    mixing: Floats, factor: Floats, scaling: Floats, tau: Floats, slope: Floats, rate: float
) -> tuple[Floats, Floats]:
    """Build weights that contract at a rate, and the norm in which they do.

    Parameters
    ----------
    mixing : (N, N) float64 array
        X.
    factor : (N, N) float64 array
        F, invertible.
    scaling : (N,) float64 array, > 0
        q.
    tau, slope : (N,) float64 arrays, > 0
    rate : float, below 1 / max(tau)

    Returns
    -------
    (N, N) float64 array
        W.
    (N, N) float64 array
        P.
    """
    lower = np.linalg.cholesky(np.eye(len(mixing)) + mixing.T @ mixing)
    short = np.linalg.solve(lower, mixing.T).T
    metric = (factor.T @ factor) / _decay(tau, rate)
    free = np.sqrt(2 * scaling / slope)[:, None] * (short @ factor)
    return (free - metric / tau[:, None]) / scaling[:, None], metric


def contracting_parts(
    weights: Floats, metric: Floats, scaling: Floats, tau: Floats, slope: Floats, rate: float, shrunk: float = 1.0
) -> tuple[Floats, Floats]:
    """Find X and F of weights that contract at a rate, strictly, in the norm of P with the multiplier q.

    Parameters
    ----------
    weights, metric : (N, N) float64 arrays
    scaling, tau, slope : (N,) float64 arrays, > 0
    rate : float
    shrunk : float, in (0, 1]
        What S is multiplied by when weights are built from X.

    Returns
    -------
    (N, N) float64 array
        X.
    (N, N) float64 array
        F, upper triangular.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the certificate does not hold with a margin.
    """
    factor = np.asarray(np.linalg.cholesky(metric * _decay(tau, rate)).T, dtype=np.float64)
    pushed = metric / tau[:, None] + scaling[:, None] * weights
    short = np.linalg.solve(factor.T, (pushed / np.sqrt(2 * scaling / slope)[:, None]).T).T / shrunk
    # 1 - S'S = C^-1 C^-T, and C^-1 is lower triangular as C is.
    inverse = np.linalg.cholesky(np.eye(len(short)) - short.T @ short)
    return np.asarray(np.linalg.solve(inverse, short.T).T), factor


def _decay(tau: Floats, rate: float) -> Floats:
    return np.asarray(1 / tau[:, None] + 1 / tau[None, :] - 2 * rate)


def diagonally_stable(skew: Floats, factor: Floats, scaling: Floats, slope: Floats, margin: float) -> Floats:
    """Build weights with Q A + A' Q <= -2 margin, A = W - diag(1/L).

    Parameters
    ----------
    skew : (N, N) float64 array
        Only its skew part counts.
    factor : (N, N) float64 array
        Any; M = F F' + margin.
    scaling, slope : (N,) float64 arrays, > 0
    margin : float, > 0

    Returns
    -------
    (N, N) float64 array
    """
    inner = 0.5 * (skew - skew.T) - factor @ factor.T - margin * np.eye(len(skew))
    return np.asarray(np.diag(1 / slope) + inner / scaling[:, None])


def diagonally_stable_parts(weights: Floats, scaling: Floats, slope: Floats, margin: float) -> tuple[Floats, Floats]:
    """Find K (skew) and F (lower triangular) of weights that are diagonally stable with a larger margin.

    Raises
    ------
    numpy.linalg.LinAlgError
        If Q A + A' Q < -2 margin does not hold.
    """
    product = scaling[:, None] * (weights - np.diag(1 / slope))
    inner = -0.5 * (product + product.T) - margin * np.eye(len(weights))
    return 0.5 * (product - product.T), np.asarray(np.linalg.cholesky(inner))


def with_signs(weights: Floats, sign: NDArray[np.int64]) -> Floats:
    """Set entries to 0 whose sign is not their column's; columns of sign 0 stay."""
    return np.where(weights * sign < 0, 0.0, weights)


def diagonal_level(weights: Floats, scaling: Floats, slope: Floats) -> float:
    """Largest eigenvalue of (B + B') / 2, B = Q^(1/2) L^(1/2) W L^(1/2) Q^(-1/2): W is diagonally stable by q iff < 1.

    Weights `a W` have `a` times this level.
    """
    root = np.sqrt(scaling)
    steep = np.sqrt(slope)
    inner = (root * steep)[:, None] * weights * (steep / root)[None, :]
    return 0.5 * float(np.linalg.eigvalsh(inner + inner.T)[-1])


def level(weights: Floats, scaling: Floats, slope: Floats, tau: Floats, rate: float | None) -> float:
    """Compute what must be below 1 for q to certify weights; it is proportional to them.

    Parameters
    ----------
    weights : (N, N) float64 array
    scaling, slope, tau : (N,) float64 arrays
    rate : float or None
        None: diagonal stability; else contraction at this rate.

    Returns
    -------
    float
    """
    if rate is None:
        return diagonal_level(weights, scaling, slope)
    response = continuous(slope[:, None] * weights, tau, rate, filter_first=True, either_sign=False)
    response = scaled(response, np.log(scaling / slope))
    return peak(response, grid(response, 8))[0]
