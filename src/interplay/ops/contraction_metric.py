"""The norm in which a rate network contracts, and the matrix inequality that proves it.

A network x' = A x + B f (or x+ = A x + B f), z = C x with activations f = phi(z) contracts at rate c in the norm of P
if, for one P > 0 and one diagonal Q > 0,

    [[A'P + P A + 2 c P,  P B + C'Q], [.,  -2 Q / L]]           < 0     slopes in [0, L], continuous time
    [[A'P A - rho^2 P,  A'P B + C'Q], [.,  B'P B - 2 Q / L]]    < 0     slopes in [0, L], steps, rho = exp(-c)
    C'Q L^2 C added to the first block, no C'Q, -Q for -2 Q / L         slopes in [-L, L]

Given Q, the best P solves a Riccati equation.

References
----------
Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238, for the inequalities with equal time constants and L = 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.contraction_response import Response, hamiltonian

Floats = NDArray[np.float64]
#: A margin at which no better P is looked for.
_ROOM = 0.01
_EPS = float(np.finfo(np.float64).eps)


class Network(NamedTuple):
    """The matrices of the inequality.

    Attributes
    ----------
    a, b, c : (N, N) float64 arrays
    slope : (N,) float64 array, > 0
        L.
    decay : float
        Rate c, or factor rho where `steps`.
    steps : bool
        Whether time goes in steps.
    either_sign : bool
        Whether slopes lie in [-L, L].
    """

    a: Floats
    b: Floats
    c: Floats
    slope: Floats
    decay: float
    steps: bool
    either_sign: bool


def candidate_metrics(response: Response) -> Iterator[Floats]:
    """Yield matrices P that may satisfy the inequality for Q = 1, in the coordinates of the response.

    Parameters
    ----------
    response : Response
        Scaled, so that its reach stays below 1.

    Yields
    ------
    (N, N) float64 array

    Notes
    -----
    The smallest and the largest P that leave nothing over are the graphs over the stable and the unstable subspace of
    the Hamiltonian matrix; what lies between them leaves something over. There is no largest one where a unit sends
    nothing, and the smallest is singular where one receives nothing: so come also smallest ones of inequalities that
    ask for something to be left.
    """
    low, high = _graph(response, "lhp", 0.0), _graph(response, "rhp", 0.0)
    if low is not None and high is not None:
        for share in (0.5, 0.2, 0.05, 0.01, 1e-3):
            yield (1 - share) * low + share * high
    for spare in (0.3, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8):
        asked = _graph(response, "lhp", spare)
        if asked is not None:
            yield asked


def _graph(response: Response, half: str, spare: float) -> Floats | None:
    from scipy.linalg import schur

    matrix = hamiltonian(response, 1.0, spare)
    if matrix is None:
        return None
    n = len(matrix) // 2
    try:
        _, vectors, size = schur(matrix, sort=half)
        if size != n:
            return None
        metric = np.linalg.solve(vectors[:n, :n].T, vectors[n:, :n].T).T
    except np.linalg.LinAlgError:  # eigenvalues too near the axis to be put in order, or no graph
        return None
    return np.asarray(0.5 * (metric + metric.T)) if np.all(np.isfinite(metric)) else None


def inequality(network: Network, metric: Floats, scaling: Floats) -> tuple[Floats, Floats]:
    """Build the block matrix that must be negative definite.

    Parameters
    ----------
    network : Network
    metric : (N, N) float64 array
        P, symmetric.
    scaling : (N,) float64 array
        q > 0.

    Returns
    -------
    (2N, 2N) float64 array
    (2N, 2N) float64 array
        Bound on the rounding error of every entry.
    """
    a, b, c, slope, decay, steps, either_sign = network
    size = np.abs(metric)
    if steps:
        first, cross, last = a.T @ metric @ a - decay**2 * metric, a.T @ metric @ b, b.T @ metric @ b
        rough = [np.abs(a.T) @ size @ np.abs(a) + decay**2 * size, np.abs(a.T) @ size @ np.abs(b)]
        rough.append(np.abs(b.T) @ size @ np.abs(b))
    else:
        first, cross, last = a.T @ metric + metric @ a + 2 * decay * metric, metric @ b, np.zeros_like(metric)
        rough = [np.abs(a.T) @ size + size @ np.abs(a) + 2 * abs(decay) * size, size @ np.abs(b), np.zeros_like(size)]
    if either_sign:
        outer = c * (np.sqrt(scaling) * slope)[:, None]
        first = first + outer.T @ outer
        rough[0] = rough[0] + np.abs(outer.T) @ np.abs(outer)
        diagonal = scaling
    else:
        cross = cross + c.T * scaling
        rough[1] = rough[1] + np.abs(c.T) * scaling
        diagonal = 2 * scaling / slope
    last = last - np.diag(diagonal)
    rough[2] = rough[2] + np.diag(diagonal)
    n = len(metric)
    error = (2 * n + 8) * _EPS * np.block([[rough[0], rough[1]], [rough[1].T, rough[2]]])
    return np.block([[0.5 * (first + first.T), cross], [cross.T, 0.5 * (last + last.T)]]), error


def definite_margin(matrix: Floats, error: Floats | None = None) -> float:
    """Smallest eigenvalue of a symmetric matrix, its diagonal scaled near 1, less all that rounding may have done.

    Parameters
    ----------
    matrix : (N, N) float64 array
    error : (N, N) float64 array or None
        Bound on the error of the entries; None: they are exact.

    Returns
    -------
    float
        Positive: the matrix is positive definite beyond rounding. -inf if a diagonal entry is not positive or not
        finite.

    Notes
    -----
    The scaling is by powers of two, hence exact. `eigvalsh` is backward stable: its error is taken as 2 N times the
    unit round-off times the Frobenius norm.
    """
    diagonal = np.diag(matrix)
    if not (np.all(np.isfinite(matrix)) and np.all(diagonal > 0)):
        return -np.inf
    power = np.exp2(-np.round(0.5 * np.log2(diagonal)))
    scaled = matrix * power[:, None] * power[None, :]
    slack = 2 * len(matrix) * _EPS * float(np.linalg.norm(scaled))
    if error is not None:
        slack += float(np.linalg.norm(error * power[:, None] * power[None, :]))
    return float(np.linalg.eigvalsh(scaled)[0]) - slack


def inequality_margin(network: Network, metric: Floats, scaling: Floats) -> float:
    """Re-prove a contraction: positive if P > 0, q > 0 and the block matrix is negative definite beyond rounding."""
    if not (np.all(np.isfinite(scaling)) and np.all(scaling > 0) and np.all(network.slope > 0)):
        return -np.inf
    if definite_margin(metric) <= 0:
        return -np.inf
    matrix, error = inequality(network, metric, scaling)
    return definite_margin(-matrix, error)


def find_metric(network: Network, response: Response, scaling: Floats, change: Floats) -> tuple[Floats, float]:
    """Find a P for a scaling that satisfies the inequality with room, or else the best of several.

    Parameters
    ----------
    network : Network
    response : Response
        The same network at the same rate, scaled by Q / L (Q L for slopes of either sign).
    scaling : (N,) float64 array
        q.
    change : (N,) float64 array
        What turns P of the response into that of the network: diag(change) P diag(change).

    Returns
    -------
    (N, N) float64 array
        P; zeros if none was found.
    float
        Its margin; not positive if none was found.
    """
    best, kept = -np.inf, np.zeros((len(scaling), len(scaling)))
    with np.errstate(over="ignore", invalid="ignore"):
        for candidate in candidate_metrics(response):
            metric = candidate * change[:, None] * change[None, :]
            if not np.all(np.isfinite(metric)):
                continue
            margin = inequality_margin(network, metric, scaling)
            if margin > best:
                best, kept = margin, metric
            if best > _ROOM:
                break
    return kept, best


def dual_margin(response: Response, frequency: Floats, factors: NDArray[np.complex128]) -> float:
    """Re-prove that no scaling keeps the reach below 1.

    Parameters
    ----------
    response : Response
        Not scaled.
    frequency : (K,) float64 array
    factors : (K, M, R) complex128 array
        U_k with H_k = U_k U_k*; M = N, or 2 N for slopes of either sign.

    Returns
    -------
    float
        Smallest Re sum (G_k H_k)_aa / sum (H_k)_aa - 1 over the units a with H, less rounding: >= 0 proves it. -inf
        without H.

    Notes
    -----
    H_k is positive semidefinite by its form, so nothing but these N numbers has to be computed.
    """
    from interplay.ops.contraction_scaling import stacked

    n = len(response.weights)
    if not factors.size:
        return -np.inf
    values = stacked(response, frequency)

    def folded(rows: Floats) -> Floats:
        return rows if len(rows) == n else rows[:n] + rows[n:]

    weight = folded((np.abs(factors) ** 2).sum((0, 2)))
    returned = folded(np.real((values @ factors) * factors.conj()).sum((0, 2)))
    size = folded(((np.abs(values) @ np.abs(factors)) * np.abs(factors)).sum((0, 2)))
    used = weight > 0
    slack = 4 * (values.shape[1] + factors.shape[2] * len(factors) + 8) * _EPS * (size + weight)
    return float(((returned - weight - slack)[used] / weight[used]).min()) if used.any() else -np.inf
