"""Dynamics of whole brains on a connectome: linear noise, sampled exactly, and coupled phases."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError

Floats = NDArray[np.float64]


def stationary_covariance(coupling: ArrayLike, *, drive: ArrayLike | None = None) -> Floats:
    """Give the covariance that tau dx = (-x + C x) dt + sqrt(tau) dW settles to, whatever tau.

    Parameters
    ----------
    coupling : (N, N) float array, ``coupling[post, pre]``
        C; every eigenvalue's real part below 1.
    drive : (N, N) float array or None
        Q, covariance of the noise W per unit of time; None is the identity, each region its own.

    Returns
    -------
    (N, N) float64 array

    Raises
    ------
    DataError
        If the dynamics do not settle, or `drive` is no covariance.

    Notes
    -----
    Solves A S + S A^T + Q = 0 with A = C - I (Lyapunov). A region that nobody drives has variance Q / 2. O(N^3).
    """
    import scipy.linalg

    c = _settling(coupling)
    n = len(c)
    q = np.eye(n) if drive is None else _covariance(drive, n)
    found = scipy.linalg.solve_continuous_lyapunov(c - np.eye(n), -q)
    return np.asarray((found + found.T) / 2)


def simulate_linear_noise(
    coupling: ArrayLike,
    times: int,
    rng: np.random.Generator,
    *,
    dt_s: float = 1.0,
    tau_s: float = 1.0,
    drive: ArrayLike | None = None,
) -> Floats:
    """Sample tau dx = (-x + C x) dt + sqrt(tau) dW, from its stationary state on, without an error of the step.

    Parameters
    ----------
    coupling : (N, N) float array, ``coupling[post, pre]``
    times : int, samples, >= 1
    rng : numpy Generator
    dt_s : float, s, > 0
        Between samples; any size.
    tau_s : float, s, > 0
        Pace of a region that nobody drives.
    drive : (N, N) float array or None
        As for `stationary_covariance`.

    Returns
    -------
    (times, N) float64 array

    Raises
    ------
    DataError
        If the dynamics do not settle, or `drive` is no covariance.

    Notes
    -----
    x(t + dt) = F x(t) + e with F = expm((C - I) dt / tau) and e of covariance S - F S F^T, S the stationary one
    (Gillespie 1996, for several variables). O(N^3 + times N^2).

    References
    ----------
    Gillespie (1996), Physical Review E 54, 2084. Galan (2008), PLoS ONE 3, e2148.
    """
    import scipy.linalg

    c = _settling(coupling)
    require_setting("times", times, least=1, whole=True)
    require_setting("dt_s", dt_s, above=0)
    require_setting("tau_s", tau_s, above=0)
    covariance = stationary_covariance(c, drive=drive)
    step = scipy.linalg.expm((c - np.eye(len(c))) * (dt_s / tau_s))
    push = _root(covariance - step @ covariance @ step.T)
    drawn = rng.standard_normal((times, len(c)))
    out = np.empty((times, len(c)))
    out[0] = _root(covariance) @ drawn[0]
    drawn = drawn @ push.T
    for t in range(1, times):
        out[t] = step @ out[t - 1] + drawn[t]
    return out


def simulate_phases(
    coupling: ArrayLike,
    times: int,
    rng: np.random.Generator,
    *,
    dt_s: float = 1.0,
    frequency_hz: float = 0.05,
    spread_hz: float = 0.01,
    noise: float = 0.1,
    burn_in_s: float = 100.0,
) -> Floats:
    """Sample coupled oscillators, dtheta_i = (w_i + sum_j C_ij sin(theta_j - theta_i)) dt + noise dW, as cos(theta).

    Parameters
    ----------
    coupling : (N, N) float array, rad / s, ``coupling[post, pre]``
    times : int, samples, >= 1
    rng : numpy Generator
    dt_s : float, s, > 0
        Between samples.
    frequency_hz, spread_hz : float, Hz
        Mean and standard deviation of the natural frequencies.
    noise : float, rad / sqrt(s), >= 0
    burn_in_s : float, s, >= 0
        Left out at the start, which is at random phases.

    Returns
    -------
    (times, N) float64 array, in [-1, 1]

    Notes
    -----
    Kuramoto (1975), without delays; Euler and Maruyama's steps of at most 0.1 s. O(N^2) per step.
    """
    c = np.asarray(Shapes().array("coupling", coupling, "N N"), np.float64)
    require_setting("times", times, least=1, whole=True)
    require_setting("dt_s", dt_s, above=0)
    require_setting("noise", noise, least=0)
    parts = max(1, int(np.ceil(dt_s / 0.1)))
    step = dt_s / parts
    pace = 2 * np.pi * (frequency_hz + spread_hz * rng.standard_normal(len(c)))
    phase = rng.uniform(0, 2 * np.pi, len(c))
    out = np.empty((times, len(c)))
    for k in range(-int(np.ceil(burn_in_s / dt_s)), times):
        for _ in range(parts):
            sine, cosine = np.sin(phase), np.cos(phase)
            pull = cosine * (c @ sine) - sine * (c @ cosine)
            phase = phase + step * (pace + pull) + noise * np.sqrt(step) * rng.standard_normal(len(c))
        if k >= 0:
            out[k] = np.cos(phase)
    return out


def _settling(coupling: ArrayLike) -> Floats:
    c = np.asarray(Shapes().array("coupling", coupling, "N N"), np.float64)
    largest = float(np.linalg.eigvals(c).real.max()) if len(c) else 0.0
    if not largest < 1:
        raise DataError(
            f"`coupling` must let the dynamics settle: the largest real part of its eigenvalues must be < 1, got "
            f"{largest:.4g}. Scale it down."
        )
    return c


def _covariance(drive: ArrayLike, n: int) -> Floats:
    q = np.asarray(Shapes(N=n).array("drive", drive, "N N"), np.float64)
    if not np.array_equal(q, q.T) or np.linalg.eigvalsh(q).min() < -1e-9 * np.abs(q).max():
        raise DataError("`drive` must be a covariance: symmetric, without a negative eigenvalue. Check the matrix.")
    return q


def _root(covariance: Floats) -> Floats:
    """Give a square root; rounding may leave the smallest eigenvalues a little below zero."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))
