"""Every equilibrium of a circuit of two units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.circuit import RateCircuit
from interplay.ops.planar import Function, merge_points, piecewise_equilibria, scanned_equilibria

Floats = NDArray[np.float64]


def planar_equilibria(circuit: RateCircuit, drive: Floats) -> Floats:
    """Find the equilibria of two units.

    Parameters
    ----------
    circuit : RateCircuit
        Of two units.
    drive : (2,) float64 array

    Returns
    -------
    (K, 2) float64 array
        By rising rate of the first unit. Exact for activations made of straight pieces (a continuum of equilibria,
        where a pair of pieces is singular, is left out); otherwise those found by a search along a nullcline.
    """
    first, second = circuit.activations
    if first.pieces and second.pieces:
        both = np.array(first.pieces), np.array(second.pieces)
        found = piecewise_equilibria(circuit.weights[None], drive[None], *both)[0][0]
        return merge_points(within_domains(circuit, found))
    w = circuit.weights
    if w[0, 1] != 0:
        found = scanned_equilibria(w, drive, first, second)
    elif w[1, 0] != 0:
        found = scanned_equilibria(w[::-1, ::-1], drive[::-1], second, first)[:, ::-1]
    else:
        found = np.array(
            [(x, y) for x in _alone(first, w[0, 0], drive[0]) for y in _alone(second, w[1, 1], drive[1])]
        ).reshape(-1, 2)
    return merge_points(within_domains(circuit, found))


def within_domains(circuit: RateCircuit, rates: Floats) -> Floats:
    """Undo rounding that put rates outside the domains of their activations, where costs are infinite."""
    low, high = np.array([phi.domain for phi in circuit.activations]).T
    return np.asarray(np.clip(rates, low, high))


def _alone(phi: Function, weight: float, drive: float) -> list[float]:
    """Solve one unit with itself: a pair whose second unit copies the first's drive and is heard by nobody."""
    pair = np.array([[weight, 1.0], [0.0, 0.0]])
    return [float(x) for x, _ in scanned_equilibria(pair, np.array([drive, 0.0]), phi, lambda z: np.zeros_like(z))]
