"""Equilibria of a pair with smooth activations over one parameter: curves followed through their folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.family import Family
from interplay.circuits.planar import planar_equilibria
from interplay.ops.continuation import correct, follow_curve

Floats = NDArray[np.float64]

#: Two zeros at one value of the parameter are the same if they are nearer than this, relative to their size.
_SAME = 1e-6


class Zeros:
    """F(x, s) = phi(W x + u) - x over the scaled parameter s in [0, 1].

    Parameters
    ----------
    family : Family
    bounds : (float, float)
        The parameter at s = 0 and s = 1.
    """

    def __init__(self, family: Family, bounds: tuple[float, float]) -> None:
        self.family, self.bounds, self.span = family, bounds, bounds[1] - bounds[0]
        self._at_zero = family.circuit(bounds[0])
        self._drive = family.drive(bounds[0])

    def value(self, s: float) -> float:
        """Give the parameter itself."""
        return float(self.bounds[0] + s * self.span)

    def _parts(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        x, moved = y[:-1], y[-1] * self.span
        weights = self._at_zero.weights + moved * self.family.weights_slope
        return x, weights, weights @ x + self._drive + moved * self.family.drive_slope

    def residual(self, y: Floats) -> Floats:
        """F at y = (x, s)."""
        x, _, z = self._parts(y)
        return self._at_zero.rates(z) - x

    def linearised(self, y: Floats) -> Floats:
        """Give the linearisation of the dynamics, 1/s."""
        return self.jacobian(y)[:, :-1] / self.family.tau(self.value(y[-1]))[:, None]

    def jacobian(self, y: Floats) -> Floats:
        """Give the derivative of F by (x, s)."""
        x, weights, z = self._parts(y)
        slopes = self._at_zero.slopes(z)
        by_s = slopes * self.span * (self.family.weights_slope @ x + self.family.drive_slope)
        return np.column_stack([slopes[:, None] * weights - np.eye(len(x)), by_s])


def curves(zeros: Zeros, largest: float, step: float, looks: int = 9) -> list[tuple[Floats, Floats]]:
    """Follow every curve of equilibria that a few values of the parameter meet.

    Parameters
    ----------
    zeros : Zeros
    largest : float
        Curves end where a rate exceeds it.
    step : float
        Longest step in (rates, scaled parameter), relative where these exceed 1.
    looks : int
        Values of the parameter at which all equilibria are searched for.

    Returns
    -------
    list of (points (K, 3), tangents (K, 3))
        Points are (rates, scaled parameter), from one end of the curve to the other.
    """
    found: list[tuple[Floats, Floats]] = []
    for s in np.linspace(0.0, 1.0, looks):
        value = zeros.value(s)
        for x in planar_equilibria(zeros.family.circuit(value), zeros.family.drive(value)):
            y = np.append(x, s)
            if np.abs(x).max() <= largest and not any(_met(zeros, points, y) for points, _ in found):
                found.append(_both_ways(zeros, y, largest, step))
    return found


def _both_ways(zeros: Zeros, y: Floats, largest: float, step: float) -> tuple[Floats, Floats]:
    halves = [
        follow_curve(zeros.residual, zeros.jacobian, y, sign, (0.0, 1.0), step=step, largest=largest)
        for sign in (-1.0, 1.0)
    ]
    (back, back_along), (forth, forth_along) = halves
    closed = len(forth) > 10 and np.linalg.norm(forth[-1] - forth[0]) < step
    if closed:
        return forth, forth_along
    return np.concatenate([back[:0:-1], forth]), np.concatenate([-back_along[:0:-1], forth_along])


def _met(zeros: Zeros, points: Floats, y: Floats) -> bool:
    """Whether a curve passes through a zero: solve for its crossings of that value of the parameter."""
    keep = np.append(np.zeros(len(y) - 1), 1.0)
    offset = points[:, -1] - y[-1]
    crossings = np.flatnonzero(offset[:-1] * offset[1:] <= 0)
    for k in crossings:
        for end in (points[k], points[k + 1]):
            guess = np.append(end[:-1], y[-1])
            solved = correct(zeros.residual, zeros.jacobian, guess, keep)
            if solved is not None and np.abs(solved - y).max() <= _SAME * (1.0 + np.abs(y).max()):
                return True
    return False
