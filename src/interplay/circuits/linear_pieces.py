"""Circuits whose activations are made of straight lines: as a complementarity problem, and piece by piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.activations import Activation
from interplay.circuits.circuit import RateCircuit

Floats = NDArray[np.float64]


def kinks(phi: Activation) -> list[float]:
    """Give the inputs at which an activation bends.

    Parameters
    ----------
    phi : Activation

    Returns
    -------
    list of float
        Empty for smooth kinds, powers among them.
    """
    return [low for low, *_ in phi.pieces[1:]]


def by_complementarity(circuit: RateCircuit, drive: Floats) -> Floats | None:
    """Find an equilibrium as the solution of a linear complementarity problem.

    Parameters
    ----------
    circuit : RateCircuit
        All activations made of straight lines.
    drive : (N,) float64 array

    Returns
    -------
    (N,) float64 array or None
        None where Lemke's path ends on a ray, or the problem cannot be written down.

    Notes
    -----
    Every such activation is phi(z) = a z + c + sum_k b_k r_k with r_k = max(z - t_k, 0), that is r_k >= 0,
    r_k - z + t_k >= 0, one of them 0. With G = (I - W a)^{-1}, inputs are z = G (W (b r + c) + u), and what is left is
    a problem in r alone. For ReLU units it is the usual one: x >= 0, (I - W) x - u >= 0, complementary.
    """
    from interplay.ops.complementarity import solve_complementarity

    weights, pieces = circuit.weights, [phi.pieces for phi in circuit.activations]
    slope = np.array([p[0][2] for p in pieces])
    offset = np.array([p[0][3] for p in pieces])
    hinges = [
        (i, p[k][0], p[k][2] - p[k - 1][2]) for i, p in enumerate(pieces) for k in range(1, len(p))
    ]  # unit, where, change of slope
    unit = np.array([h[0] for h in hinges], dtype=np.int64)
    where, bend = (np.array([h[k] for h in hinges], dtype=np.float64) for k in (1, 2))
    try:
        still = np.linalg.solve(np.eye(len(weights)) - weights * slope, np.column_stack([weights, drive]))
    except np.linalg.LinAlgError:
        return None
    gain, base = still[:, :-1], still[:, -1] + still[:, :-1] @ offset
    spread = np.zeros((len(weights), len(hinges)))
    spread[unit, np.arange(len(hinges))] = bend
    answer = gain @ spread
    r = solve_complementarity(np.eye(len(hinges)) - answer[unit], where - base[unit])
    if r is None:
        return None
    return np.asarray(circuit.rates(base + answer @ r))


def feasible_point(matrix: Floats, right: Floats, weights: Floats, drive: Floats, ends: Floats) -> Floats | None:
    """Find an equilibrium on a piece whose matrix is singular, as deep inside the piece as there is one.

    Parameters
    ----------
    matrix : (N, N) float64 array
        I - D W.
    right : (N,) float64 array
        D u + c.
    weights : (N, N) float64 array
    drive : (N,) float64 array
    ends : (N, 2) float64 array
        Lowest and highest input of the piece, infinite where open.

    Returns
    -------
    (N,) float64 array or None
        None if the piece holds no equilibrium, within the linear programme's 1e-9.
    """
    from scipy.optimize import linprog

    n = len(right)
    # Unknowns: x, and the depth t <= 1 by which W x + u stays off every end.
    rows, limits = [], []
    for sign, side in ((-1.0, ends[:, 0]), (1.0, ends[:, 1])):
        here = np.isfinite(side)
        rows.append(np.column_stack([sign * weights[here], np.ones(here.sum())]))
        limits.append(sign * (side - drive)[here])
    answer = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.vstack(rows),
        b_ub=np.concatenate(limits),
        A_eq=np.column_stack([matrix, np.zeros(n)]),
        b_eq=right,
        bounds=[(None, None)] * n + [(0.0, 1.0)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    return None if answer.x is None or answer.status != 0 else np.asarray(answer.x[:n])
