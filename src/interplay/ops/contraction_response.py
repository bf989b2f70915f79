"""The linear half of a rate network in the frequency domain: how much of its own activations returns, at which phase.

A network x' = A x + B f, z = C x whose activations f = phi(z) have slopes in [0, 1] contracts if one diagonal Q > 0
makes Q (1 - G(jw)) + its conjugate transpose positive definite at every frequency w, for the transfer function G of the
part that is left when the rate sought is added to A. With x scaled by Q^(1/2) that says: the largest eigenvalue of
(G + G*) / 2, over all w, is below 1. For activations with slopes in [-1, 1] it is the largest singular value of G.

G is always weights times a diagonal of first-order filters, on one side or the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]


class Response(NamedTuple):
    """G(jw) = V F(jw), or F(jw) V, with F = diag(feed + gain / (jw + pole)).

    Attributes
    ----------
    weights : (N, N) float64 array
        V: slopes times weights.
    pole : (N,) float64 array, > 0
    gain, feed : (N,) float64 arrays
    filter_first : bool
        True: V F (units filter, then send: firing rates). False: F V (units send, then filter: membrane potentials).
    either_sign : bool
        Whether slopes lie in [-1, 1]; else in [0, 1].
    """

    weights: Floats
    pole: Floats
    gain: Floats
    feed: Floats
    filter_first: bool
    either_sign: bool


def continuous(weights: Floats, tau: Floats, rate: float, *, filter_first: bool, either_sign: bool) -> Response:
    """Describe tau x' = -x + phi(W x + u), shifted by a rate below 1 / max(tau)."""
    return Response(weights, 1 / tau - rate, 1 / tau, np.zeros(len(tau)), filter_first, either_sign)


def discrete(weights: Floats, leak: Floats, factor: float, *, filter_first: bool, either_sign: bool) -> Response:
    """Describe x+ = (1 - leak) x + leak phi(W x + u), divided by a factor in (1 - min(leak), 1] per step.

    Parameters
    ----------
    weights : (N, N) float64 array
    leak : (N,) float64 array, in (0, 1]
        1: the state is forgotten at every step.
    factor : float
    filter_first, either_sign : bool

    Notes
    -----
    The unit circle is mapped onto the imaginary axis by z = (1 + s) / (1 - s), so that one solver serves both.
    """
    kept = (1 - leak) / factor
    pole = (1 - kept) / (1 + kept)
    feed = -leak / factor / (1 + kept)
    return Response(weights, pole, (1 + pole) * leak / factor / (1 + kept), feed, filter_first, either_sign)


def scaled(response: Response, log_scaling: Floats) -> Response:
    """Replace V by Q^(1/2) V Q^(-1/2), with Q = exp(log_scaling)."""
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.exp(0.5 * (log_scaling[:, None] - log_scaling[None, :]))
        weights = np.where(response.weights == 0, 0.0, response.weights * factor)
    return response._replace(weights=weights)


def transfer(response: Response, frequency: Floats) -> Complex:
    """Compute G at some frequencies.

    Parameters
    ----------
    response : Response
    frequency : (K,) float64 array
        inf is allowed.

    Returns
    -------
    (K, N, N) complex128 array
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        slow = response.gain / (1j * frequency[:, None] + response.pole)
    filters = response.feed + np.where(np.isinf(frequency)[:, None], 0.0, slow)
    if response.filter_first:
        return np.asarray(response.weights * filters[:, None, :], dtype=np.complex128)
    return np.asarray(filters[:, :, None] * response.weights, dtype=np.complex128)


def grid(response: Response, n_points: int) -> Floats:
    """Spread frequencies evenly in phase around the mean pole, 0 first; inf last where the filters pass it."""
    pole = float(np.exp(np.mean(np.log(response.pole))))
    angle = np.arange(n_points) * (np.pi / 2 / n_points)
    points = pole * np.tan(angle)
    return np.append(points, np.inf) if response.feed.any() else points


def reach(response: Response, frequency: Floats) -> Floats:
    """Largest eigenvalue of (G + G*) / 2 at every frequency; of slopes of either sign: the largest singular value."""
    values = transfer(response, frequency)
    if response.either_sign:
        return np.asarray(np.linalg.norm(values, 2, axis=(1, 2)))
    return np.asarray(np.linalg.eigvalsh(0.5 * (values + values.conj().transpose(0, 2, 1)))[:, -1])


def state_space(response: Response) -> tuple[Floats, Floats, Floats, Floats]:
    """Give A, B, C, D of G(s) = C (s - A)^-1 B + D, one state per unit."""
    weights, a = response.weights, -np.diag(response.pole)
    if response.filter_first:
        return a, np.diag(response.gain), weights, weights * response.feed
    return a, response.gain[:, None] * weights, np.eye(len(a)), response.feed[:, None] * weights


def hamiltonian(response: Response, level: float, spare: float = 0.0) -> Floats | None:
    """Build the (2N, 2N) matrix with an eigenvalue jw wherever `reach` passes the level; None if it does so at inf.

    Parameters
    ----------
    response : Response
    level : float
    spare : float, >= 0
        Added to the states' cost, in units of twice the poles: what a metric from it leaves over.

    Returns
    -------
    (2N, 2N) float64 array or None
    """
    a, b, c, d = state_space(response)
    n = len(a)
    if response.either_sign:
        quadratic, cross, weight = c.T @ c, c.T @ d, level * level * np.eye(n) - d.T @ d
    else:
        quadratic, cross, weight = np.zeros((n, n)), c.T, 2 * level * np.eye(n) - d - d.T
    if np.linalg.eigvalsh(weight)[0] <= 0:
        return None
    quadratic = quadratic + spare * np.diag(2 * response.pole)
    gain = np.linalg.solve(weight, np.hstack((cross.T, b.T)))
    by_state, by_costate = gain[:, :n], gain[:, n:]
    return np.block(
        [[a + b @ by_state, b @ by_costate], [-quadratic - cross @ by_state, -a.T - cross @ by_costate]],
    )


def peak(response: Response, frequency: Floats, tolerance: float = 1e-9, most: int = 40) -> tuple[float, Floats]:
    """Find the largest `reach` over all frequencies.

    Parameters
    ----------
    response : Response
    frequency : (K,) float64 array
        Where to begin.
    tolerance : float
        Of the level, relative to it and to the smallest level that is looked at.
    most : int
        Rounds at most.

    Returns
    -------
    float
        A level that is passed nowhere, as far as eigenvalues of double precision tell.
    (M,) float64 array
        The frequencies looked at in the last rounds, the highest among them.

    Notes
    -----
    Bisection of the level crossings (Boyd, Balakrishnan 1990; Bruinsma, Steinbuch 1990), here for the Hermitian part:
    between two crossings of a level the midpoint lies above it. Quadratic convergence; O(N^3) a round.
    """
    if not response.weights.any():
        return 0.0, np.zeros(1)
    floor = 1e-9 * float(np.abs(response.weights).max(initial=0.0)) + 1e-300
    values = reach(response, frequency)
    best = int(np.argmax(values))
    if response.either_sign:
        # The filters are largest at w = 0, and a singular value grows with every one of them.
        return max(float(reach(response, np.zeros(1))[0]), floor), np.zeros(1)
    level, seen = float(values[best]), [frequency[best : best + 1]]
    for _ in range(most):
        level = max(level, floor)
        test = level * (1 + tolerance)
        crossings = _crossings(response, test)
        if crossings is None:
            crossings = np.array([np.inf])
        if not len(crossings):
            return test, np.concatenate(seen)
        ends = np.concatenate(([0.0], crossings[np.isfinite(crossings)]))
        points = np.unique(np.concatenate((ends, 0.5 * (ends[1:] + ends[:-1]), [2 * ends[-1] + 1.0], [np.inf])))
        values = reach(response, points)
        best = int(np.argmax(values))
        if values[best] <= test:
            return test, np.concatenate(seen)
        level = float(values[best])
        seen.append(points[values >= level * (1 - 1e-3)])
    return level * (1 + 1e-3), np.concatenate(seen)


def _crossings(response: Response, level: float) -> Floats | None:
    matrix = hamiltonian(response, level)
    if matrix is None:
        return None
    values = np.linalg.eigvals(matrix)
    on_axis = np.abs(values.real) <= 1e-7 * np.maximum(np.abs(values), 1e-3 * np.abs(values).max(initial=0.0))
    return np.unique(np.abs(values.imag[on_axis]))
