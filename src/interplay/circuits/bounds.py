"""How far equilibria can lie: from one another when the input changes, and from a state that nearly is one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit, require_rates
from interplay.circuits.stability_results import StabilityResult
from interplay.ops.diagonal_stability_proofs import scaling_margin

Floats = NDArray[np.float64]


def error_bound(circuit: RateCircuit, stability: StabilityResult, rates: ArrayLike, drive: ArrayLike) -> Floats:
    """Bound the distance of rates to the equilibrium from what they leave over.

    Parameters
    ----------
    circuit : RateCircuit
    stability : StabilityResult
        Certified, of this circuit.
    rates : (..., N) float array
        Any states x, for example the last ones of a simulation.
    drive : (..., N) float array
        Their inputs u; leading axes broadcast.

    Returns
    -------
    (...) float64 array, >= 0
        No |x - x*| is larger (Euclidean norm), x* the only equilibrium under u.

    Raises
    ------
    DataError
        If nothing is certified, or the certificate is not of this circuit.

    Notes
    -----
    With r = x - phi(W x + u), y = x - r is the exact equilibrium of the input u + W r, hence
    |y - x*| <= |Q W r| / delta and |x - x*| <= |r| + |Q W r| / delta, with q and its margin delta. The same in the
    norm of Q bounds it by |r| + |W r|_Q / (delta_Q sqrt(min q)); the smaller of the two is given. The usual form,
    (1 + max(q) ||W|| / delta) |r|, is never smaller than the first. Time constants and delays do not matter. Rounding
    in r itself is not counted.

    References
    ----------
    Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238, for the Lipschitz constant max(q) / delta.
    """
    require_circuit(circuit)
    rates = require_rates(circuit, rates)
    scaling, margin = circuit_margin(circuit, stability)
    left = circuit.residual(rates, drive)
    pushed = left @ circuit.weights.T
    root = np.sqrt(scaling)
    own = circuit.stability_matrix * root[:, None] / root[None, :]
    margin_q = scaling_margin(own, np.ones(len(own)))
    first = np.linalg.norm(pushed * scaling, axis=-1) / margin
    if margin_q > 0:
        first = np.minimum(first, np.linalg.norm(pushed * root, axis=-1) / (margin_q * root.min()))
    return np.asarray(np.linalg.norm(left, axis=-1) + first)


def response_bound(circuit: RateCircuit, stability: StabilityResult, change: ArrayLike) -> Floats:
    """Bound how far the equilibrium moves when the input changes.

    Parameters
    ----------
    circuit : RateCircuit
    stability : StabilityResult
        Certified, of this circuit.
    change : (..., N) float array
        u' - u.

    Returns
    -------
    (...) float64 array, >= 0
        No |x*(u') - x*(u)| is larger (Euclidean norm): |Q (u' - u)| / delta, for the margin delta of q.

    Raises
    ------
    DataError
        If nothing is certified, or the certificate is not of this circuit.

    References
    ----------
    Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238, with max(q) |u' - u| for |Q (u' - u)|.
    """
    require_circuit(circuit)
    scaling, margin = circuit_margin(circuit, stability)
    axes = [f"axis{k}" for k in range(np.ndim(change) - 1)]
    step = Shapes(N=circuit.n_units).array("change", change, " ".join([*axes, "N"]))
    return np.asarray(np.linalg.norm(step * scaling, axis=-1) / margin)


def circuit_margin(circuit: RateCircuit, stability: StabilityResult) -> tuple[Floats, float]:
    """Take the scaling from a certificate and compute its margin for this circuit anew.

    Parameters
    ----------
    circuit : RateCircuit
    stability : StabilityResult

    Returns
    -------
    (N,) float64 array
        q.
    float
        delta = -1/2 of the largest eigenvalue of Q A + A' Q, less rounding; positive.

    Raises
    ------
    DataError
        If nothing is certified, or the scaling does not fit this circuit.
    """
    if stability.verdict != "certified" or stability.scaling is None:
        raise DataError(
            "`stability` must be certified (diagonal stability is the theorem's condition), got "
            f"{stability.verdict!r}. See its `rungs` for why."
        )
    matrix = circuit.stability_matrix
    if len(stability.scaling) != len(matrix):
        raise DataError(
            f"`stability` must be of `circuit`: it has {len(stability.scaling)} units, the circuit {len(matrix)}."
        )
    margin = scaling_margin(matrix, np.asarray(stability.scaling))
    if margin <= 0:
        raise DataError(
            "`stability` must be of `circuit`: its scaling does not make this circuit's matrix negative definite. Ask "
            "`certify` of this circuit."
        )
    return stability.scaling, margin
