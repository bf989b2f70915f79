"""Every equilibrium of a circuit of two units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.circuit import RateCircuit
from interplay.ops.planar import (
    SINGULAR,
    Function,
    determinants,
    merge_points,
    piecewise_equilibria,
    scanned_equilibria,
)

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
        where a pair of pieces is singular, is left out: see `planar_lines`); otherwise those found by a search along
        a nullcline, as far out as the ends of bounded activations let the input go.
    """
    first, second = circuit.activations
    if first.pieces and second.pieces:
        both = np.array(first.pieces), np.array(second.pieces)
        found = piecewise_equilibria(circuit.weights[None], drive[None], *both)[0][0]
        return merge_points(within_domains(circuit, found))
    w = circuit.weights
    if w[0, 1] != 0:
        found = scanned_equilibria(w, drive, first, second, reach=_reach(circuit, drive, 0))
    elif w[1, 0] != 0:
        found = scanned_equilibria(w[::-1, ::-1], drive[::-1], second, first, reach=_reach(circuit, drive, 1))[:, ::-1]
    else:
        found = np.array(
            [
                (x, y)
                for x in _alone(first, w[0, 0], drive[0], _reach(circuit, drive, 0))
                for y in _alone(second, w[1, 1], drive[1], _reach(circuit, drive, 1))
            ]
        ).reshape(-1, 2)
    return merge_points(within_domains(circuit, found))


def planar_lines(circuit: RateCircuit, drive: Floats) -> Floats:
    """Find the pairs of straight pieces that hold a whole line (or plane) of equilibria.

    Parameters
    ----------
    circuit : RateCircuit
        Of two units.
    drive : (2,) float64 array

    Returns
    -------
    (L, 2) float64 array
        One equilibrium of each, as far inside the piece as there is one; none for smooth activations.
    """
    first, second = circuit.activations
    found = []
    for p in first.pieces if second.pieces else ():
        for q in second.pieces:
            slopes, offsets = np.array([p[2], q[2]]), np.array([p[3], q[3]])
            matrix = np.eye(2) - slopes[:, None] * circuit.weights
            determinant, size = determinants(circuit.weights[None], slopes)
            if np.abs(determinant[0]) > SINGULAR * size[0]:
                continue
            from interplay.circuits.linear_pieces import feasible_point

            ends = np.array([p[:2], q[:2]])
            point = feasible_point(matrix, slopes * drive + offsets, circuit.weights, drive, ends)
            if point is not None:
                found.append(point)
    return merge_points(np.array(found).reshape(-1, 2) + 0.0)


def said_of_lines(lines: Floats) -> tuple[str, ...]:
    """Say that there are more equilibria than can be listed.

    Parameters
    ----------
    lines : (L, 2) float64 array
        Of `planar_lines`.

    Returns
    -------
    tuple of str
    """
    if not len(lines):
        return ()
    through = " and ".join(f"({', '.join(f'{rate:.6g}' for rate in point)})" for point in lines)
    return (f"Not all equilibria are listed: singular pieces hold whole lines of them, through {through}.",)


def within_domains(circuit: RateCircuit, rates: Floats) -> Floats:
    """Undo rounding that put rates outside the domains of their activations, where costs are infinite."""
    low, high = np.array([phi.domain for phi in circuit.activations]).T
    return np.asarray(np.clip(rates, low, high))


def _reach(circuit: RateCircuit, drive: Floats, unit: int) -> float:
    """Give how far from its drive a unit's input can be: exact for bounded rates, far out for others."""
    top = np.array([np.abs(phi.domain).max() for phi in circuit.activations])
    row = np.abs(circuit.weights[unit])
    if np.isfinite(top[row > 0]).all():
        return 1.0 + 1.1 * float(row[row > 0] @ top[row > 0])
    size = (1.0 + float(np.abs(circuit.weights).max())) ** 2 * (1.0 + float(np.abs(drive).max()))
    return min(1e4 * size, 1e100)


def _alone(phi: Function, weight: float, drive: float, reach: float) -> list[float]:
    """Solve one unit with itself: a pair whose second unit copies the first's drive and is heard by nobody."""
    pair = np.array([[weight, 1.0], [0.0, 0.0]])
    found = scanned_equilibria(pair, np.array([drive, 0.0]), phi, lambda z: np.zeros_like(z), reach=reach)
    return [float(x) for x, _ in found]
