"""A spectral density as the output of a causal filter driven by white noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]


class SpectralFactor(NamedTuple):
    """S(f) = H(f) Sigma H(f)*, with H causal, minimum phase, and the identity at lag 0.

    Attributes
    ----------
    transfer : (F, m, m) complex128 array
    noise : (m, m) float64 array
    converged : bool
    """

    transfer: Complex
    noise: NDArray[np.float64]
    converged: bool


def factor_spectrum(spectrum: Complex, *, rounds: int = 100, tolerance: float = 1e-6) -> SpectralFactor:
    """Factor a spectral density matrix by Wilson's iteration.

    Parameters
    ----------
    spectrum : (F, m, m) complex128 array
        Of a real process, Hermitian and positive definite, at the frequencies 0, 1/(2 (F - 1)), ..., 1/2 of the
        sampling rate; two-sided density times the sampling rate, so that its mean over the circle is the covariance.
    rounds : int, >= 1
    tolerance : float, > 0
        Of the greatest relative change of the factor in a round; its square is about the error that remains.

    Returns
    -------
    SpectralFactor

    Notes
    -----
    Newton's method on psi psi* = S: quadratic convergence from the Cholesky factor of the covariance. The grid must be
    fine enough that correlations have died out after F - 1 samples. O(F m^3) per round.

    References
    ----------
    Wilson (1972), SIAM J Appl Math 23:420.
    """
    count, m = len(spectrum), spectrum.shape[-1]
    length = 2 * (count - 1)
    covariance = np.fft.irfft(spectrum, n=length, axis=0)[0]
    psi = np.broadcast_to(np.linalg.cholesky(covariance).astype(np.complex128), spectrum.shape).copy()
    eye = np.eye(m)
    converged = False
    for _ in range(rounds):
        undo = np.linalg.inv(psi)
        inner = undo @ spectrum @ undo.conj().transpose(0, 2, 1) + eye
        lags = np.fft.irfft(inner, n=length, axis=0)
        # Causal part: all of the positive lags, of lag 0 the lower triangle and half the diagonal.
        lags[0] = np.tril(lags[0], -1) + 0.5 * np.diag(np.diag(lags[0]))
        lags[length // 2] *= 0.5
        lags[length // 2 + 1 :] = 0.0
        after = psi @ np.fft.rfft(lags, axis=0)
        change = np.abs(after - psi).max() / np.abs(after).max()
        psi = after
        if change <= tolerance:
            converged = True
            break
    first = np.fft.irfft(psi, n=length, axis=0)[0]
    transfer = np.linalg.solve(np.swapaxes(np.broadcast_to(first, psi.shape), 1, 2), np.swapaxes(psi, 1, 2))
    return SpectralFactor(np.swapaxes(transfer, 1, 2), first @ first.T, converged)
