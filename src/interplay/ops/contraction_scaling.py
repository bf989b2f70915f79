"""The best diagonal scaling of a rate network for contraction: a convex problem in the logarithms of the scaling.

Sought is the q > 0 that makes the largest `reach` of Q^(1/2) G Q^(-1/2) over all frequencies smallest. At finitely many
frequencies w_k that is to minimise r under

    2 r - X_k(y) - X_k(y)* > 0,   X_k(y) = e^(y/2) G(j w_k) e^(-y/2),   y = log q.

Minus the sum of the log determinants is convex in (y, r): X_k is a holomorphic function of y + i t, and turning phases
by t is a unitary change of basis, so the function is plurisubharmonic and constant along t. A path of centres is
followed by Newton's method; frequencies where the level found is passed join on the way. The inverses N_k of the
matrices above, corrected by one Newton step of the dual problem, prove how far below no scaling can go.

References
----------
The bounding of G by few frequencies is the exchange method of semi-infinite programming. Convexity in log q and the
dual correction are derived here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.contraction_response import Response, grid, peak, reach, scaled, transfer

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

_NEWTON_STEPS = 40
_CLOSER = 8.0
_ROUNDS = 60
_IDLE = 6
_MOST_FREQUENCIES = 24


class Scaling(NamedTuple):
    """The best scaling found, and how much better one could be.

    Attributes
    ----------
    log_scaling : (N,) float64 array
        log q, mean 0.
    level : float
        Largest reach with it, over all frequencies.
    bound : float
        No scaling has a lower one.
    frequency : (K,) float64 array
        Of the proof of `bound`.
    factors : (K, M, M) complex128 array
        U_k: the proof is H_k = U_k U_k*. M = N, or 2 N for slopes of either sign.
    rounds : int
    """

    log_scaling: Floats
    level: float
    bound: float
    frequency: Floats
    factors: Complex
    rounds: int


class Barrier(NamedTuple):
    """Value, slope and curvature of the barrier in (y, r), with what the dual needs."""

    value: float
    gradient: Floats
    hessian: Floats
    x: Complex
    inverse: Complex


def stacked(response: Response, frequency: Floats) -> Complex:
    """Give G at some frequencies as matrices whose Hermitian part counts; slopes of either sign double the size."""
    values = transfer(response, frequency)
    if not response.either_sign:
        return values
    n = values.shape[1]
    double = np.zeros((len(values), 2 * n, 2 * n), np.complex128)
    double[:, :n, n:] = 2 * values
    return double


def barrier(stack: Complex, log_scaling: Floats, level: float) -> Barrier | None:
    """Evaluate the barrier; None outside its domain.

    Parameters
    ----------
    stack : (K, M, M) complex128 array
        G, with M = N or 2 N.
    log_scaling : (N,) float64 array
        y.
    level : float
        r.

    Returns
    -------
    Barrier or None
        Gradient (N + 1,) and Hessian (N + 1, N + 1), r last; X and the inverses N of 2 r - X - X*, (K, M, M).
    """
    n, size = len(log_scaling), stack.shape[1]
    y = np.tile(log_scaling, size // n)
    x: Complex = np.asarray(stack * np.exp(0.5 * (y[:, None] - y[None, :])), dtype=np.complex128)
    upper = _transposed(x)
    try:
        lower = np.linalg.cholesky(2 * level * np.eye(size) - x - upper)
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diagonal(lower, axis1=1, axis2=2).real
    if not np.all(np.isfinite(diagonal)):
        return None
    root: Complex = np.asarray(np.linalg.inv(lower), dtype=np.complex128)
    inverse = _transposed(root) @ root
    right, left = x @ inverse, inverse @ x
    square = inverse @ inverse
    hessian = np.empty((n + 1, n + 1))
    gradient = np.empty(n + 1)
    gradient[:n] = _folded(_diagonal(right - left), n)
    gradient[n] = -2 * _diagonal(inverse).sum()
    by_y = (
        inverse.transpose(0, 2, 1) * (right @ upper)
        + inverse * (upper @ left).transpose(0, 2, 1)
        - left.conj() * right
        - (left * right.conj()).transpose(0, 2, 1)
    ).real.sum(0)
    hessian[:n, :n] = _folded(_folded(0.5 * (by_y + by_y.T), n).T, n)
    hessian[:n, n] = hessian[n, :n] = -2 * _folded(_diagonal(x @ square - square @ x), n)
    hessian[n, n] = 4 * _diagonal(square).sum()
    return Barrier(-2 * float(np.log(diagonal).sum()), gradient, hessian, x, inverse)


def centre(
    stack: Complex, log_scaling: Floats, level: float, price: float, stop: Callable[[], bool]
) -> tuple[Floats, float, Barrier | None]:
    """Minimise price * r + barrier by Newton's method with step halving, from a point inside the domain.

    Returns
    -------
    (N,) float64 array
        y, mean 0.
    float
        r.
    Barrier or None
        There; None if the start lies outside.
    """
    here = barrier(stack, log_scaling, level)
    n = len(log_scaling)
    for _ in range(_NEWTON_STEPS):
        if here is None or stop():
            break
        gradient = here.gradient.copy()
        gradient[n] += price
        step, slope = _newton(here.hessian, gradient, n)
        if -slope < 1e-3:
            break
        size, found = min(1.0, 4.0 / max(float(np.abs(step[:n]).max()), 1e-300)), None
        value = here.value + price * level
        while size > 1e-10:
            found = barrier(stack, log_scaling + size * step[:n], level + size * step[n])
            if found is not None and found.value + price * (level + size * step[n]) <= value + 0.1 * size * slope:
                break
            size, found = size / 2, None
        if found is None:
            break
        log_scaling, level, here = log_scaling + size * step[:n], level + size * float(step[n]), found
    return log_scaling - log_scaling.mean(), level, here


def _newton(hessian: Floats, gradient: Floats, n: int) -> tuple[Floats, float]:
    # Unit diagonal first. The common factor of all q is free: a rank-one term holds it. A ridge bounds flat directions.
    diagonal = np.sqrt(np.maximum(np.diag(hessian), 1e-12 * np.diag(hessian).max() + 1e-300))
    matrix = hessian / diagonal[:, None] / diagonal[None, :]
    free = np.append(diagonal[:n], 0.0)
    free /= np.linalg.norm(free)
    matrix += np.outer(free, free) + 1e-11 * np.eye(n + 1)
    step = -np.linalg.solve(matrix, gradient / diagonal) / diagonal
    return step, float(gradient @ step)


def lower_bound(here: Barrier, log_scaling: Floats, level: float, known: float) -> tuple[float, Complex]:
    """Prove a level below which no scaling reaches.

    For positive semidefinite H_k with Re sum (G_k H_k)_aa >= r sum (H_k)_aa for all units a, the sum over k of
    tr H_k (Q (r - G_k) + its conjugate transpose) is <= 0 for every q > 0, hence no q reaches below r.

    Parameters
    ----------
    here : Barrier
    log_scaling : (N,) float64 array
    level : float
        r of the point.
    known : float
        Bound that is known already.

    Returns
    -------
    float
        A better one, or `known`.
    (K, M, M) complex128 array
        Factors of H_k, in the unscaled basis; of size (K, M, 0) if there is no better one.
    """
    n = len(log_scaling)
    y = np.tile(log_scaling, here.x.shape[1] // n)
    # At a centre the sum of the traces of N is half the price, and no dual can be closer than this by much.
    gap = here.inverse.shape[1] * len(here.inverse) / -here.gradient[n]
    for share in 0.05 * 2.0 ** np.arange(10):
        bound = level - share * gap
        factor = _dual(here, bound, n) if bound > known else None
        found = _proved(here.x, factor, n) if factor is not None else -np.inf
        if factor is not None and found > known:
            return found, factor * np.exp(-0.5 * y)[None, :, None]
    return known, here.inverse[:, :, :0]


def _dual(here: Barrier, bound: float, n: int) -> Complex | None:
    """Correct N to H = N + half of (N diag(l) (X - bound) N + its adjoint), with l such that nothing lacks."""
    inverse, shifted = here.inverse, here.x - bound * np.eye(here.x.shape[1])
    right = shifted @ inverse
    lacking = np.maximum(-_folded(_diagonal(right), n), 0.0)
    gram = 0.5 * (right * right.transpose(0, 2, 1) + inverse.transpose(0, 2, 1) * (right @ _transposed(shifted)))
    matrix = _folded(_folded(gram.real.sum(0), n).T, n)
    size = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled_matrix = matrix / size[:, None] / size[None, :] + 1e-14 * np.eye(n)
    weight = np.tile(np.linalg.solve(scaled_matrix, lacking / size) / size, here.x.shape[1] // n)
    change = inverse @ (weight[:, None] * right)
    values, vectors = np.linalg.eigh(inverse + 0.5 * (change + _transposed(change)))
    if values.min() < -1e-9 * values.max():
        return None
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])


def _proved(x: Complex, factor: Complex, n: int) -> float:
    weight = _folded((np.abs(factor) ** 2).sum((0, 2)), n)
    returned = _folded(np.real((x @ factor) * factor.conj()).sum((0, 2)), n)
    used = weight > 0
    return float((returned[used] / weight[used]).min()) if used.any() else -np.inf


def minimise(
    response: Response,
    *,
    start: Floats,
    target: float | None = None,
    tolerance: float = 1e-6,
    stop: Callable[[], bool] = lambda: False,
) -> Scaling:
    """Find the scaling with the smallest reach, or one that settles on which side of a target the smallest lies.

    Parameters
    ----------
    response : Response
    start : (N,) float64 array
        log q to begin with.
    target : float or None
        Stop as soon as a scaling is below it, or none can be.
    tolerance : float
        Stop when level and bound differ by less, relative to the level at the start.
    stop : callable
        Asked between steps; True ends the search with what is there.

    Returns
    -------
    Scaling
    """
    y = start - start.mean()
    frequency = np.zeros(1) if response.either_sign else grid(response, 8)
    top, places = peak(scaled(response, y), frequency)
    frequency = np.unique(np.concatenate((frequency, places)))
    best = Scaling(y, top, 0.0, frequency[:0], np.zeros((0, len(y), 0), np.complex128), 0)
    first, level = top, 1.2 * top
    price = len(frequency) * len(y) / level
    narrowest, idle = np.inf, 0
    for rounds in range(1, _ROUNDS + 1):
        if _settled(best, target, tolerance * first) or idle == _IDLE or stop():
            break
        y, level, here = centre(stacked(response, frequency), y, level, price, stop)
        if here is None:
            break
        bound, factors = lower_bound(here, y, level, best.bound)
        if bound > best.bound:
            best = best._replace(bound=bound, frequency=frequency, factors=factors)
        top, places = peak(scaled(response, y), frequency)
        if top < best.level:
            best = best._replace(log_scaling=y, level=top)
        best = best._replace(rounds=rounds)
        gap = here.inverse.shape[1] * len(frequency) / price
        if top <= level + 0.5 * gap:
            price *= _CLOSER
        level = max(level, top + 0.1 * gap)
        frequency = _joined(response, y, frequency, places)
        idle = 0 if best.level - best.bound < 0.9 * narrowest else idle + 1
        narrowest = min(narrowest, best.level - best.bound)
    return best


def _settled(found: Scaling, target: float | None, tolerance: float) -> bool:
    if target is not None and (found.level < target or found.bound > target):
        return True
    return found.level - found.bound <= tolerance


def _joined(response: Response, y: Floats, frequency: Floats, places: Floats) -> Floats:
    """Add the frequencies where the reach was highest, unless one is held that is all but the same."""
    every = np.unique(np.concatenate((frequency, places)))
    finite = every[np.isfinite(every)]
    apart = np.append(True, np.diff(finite) > 1e-5 * finite[1:])
    every = np.append(finite[apart], every[np.isinf(every)])
    if len(every) <= _MOST_FREQUENCIES:
        return every
    values = reach(scaled(response, y), every)
    return np.sort(every[np.argsort(-values)[: _MOST_FREQUENCIES - 4]])


def _transposed(stack: Complex) -> Complex:
    return np.asarray(stack.conj().transpose(0, 2, 1))


def _diagonal(stack: Complex) -> Floats:
    return np.asarray(np.real(np.diagonal(stack, axis1=1, axis2=2)).sum(0))


def _folded(values: Floats, n: int) -> Floats:
    """Add the halves of a doubled problem: both belong to the same units."""
    return values if len(values) == n else values[:n] + values[n:]
