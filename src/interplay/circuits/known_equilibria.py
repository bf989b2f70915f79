"""The equilibria of a circuit that can be had in reasonable time, how stable each is, and whether there are others."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.planar import planar_equilibria, planar_lines, said_of_lines
from interplay.ops.planar import merge_points

Floats = NDArray[np.float64]

#: Circuits with more combinations of straight pieces than this are not enumerated.
_MOST_PIECES = 2**16
#: Newton's method starts from this many random states, besides rest and the response to the drive alone.
_STARTS = 64
_TOLERANCE, _SAME = 1e-10, 1e-7


class Known(NamedTuple):
    """Equilibria of one circuit under one input.

    Attributes
    ----------
    points : (K, N) float64 array
        Where a line of equilibria is known, one of it is among them.
    abscissa : (K,) float64 array, 1/s
        Largest real part over all sides of the kinks that an equilibrium rests on.
    doubtful : (K,) bool array
        On a kink, with a growing direction on one side at least: neither called stable nor unstable.
    all_found : bool
        Whether no search by starts was needed. Smooth activations are searched: False.
    notes : tuple of str
    """

    points: Floats
    abscissa: Floats
    doubtful: NDArray[np.bool_]
    all_found: bool
    notes: tuple[str, ...]

    def can_hold(self, border: float = 0.0) -> NDArray[np.bool_]:
        """Whether a run can come to rest at each, (K,) bool: stable, or doubtful."""
        return np.asarray((self.abscissa < -border) | self.doubtful)


def known_equilibria(circuit: RateCircuit, u: Floats) -> Known:
    """Find what can be found.

    Parameters
    ----------
    circuit : RateCircuit
    u : (N,) float64 array

    Returns
    -------
    Known
        Two units: all, or those of the search along a nullcline. More: all, for activations made of straight pieces
        with up to 65,536 combinations; else those that Newton's method finds from several starts.
    """
    straight = all(phi.pieces for phi in circuit.activations)
    if circuit.n_units == 2:
        lines = planar_lines(circuit, u)
        points, all_found, notes = planar_equilibria(circuit, u), straight and not len(lines), said_of_lines(lines)
        points = merge_points(np.concatenate([points, lines]))
    elif straight and math.prod(len(phi.pieces) for phi in circuit.activations) > _MOST_PIECES:
        points, all_found, notes = _from_starts(circuit, u)
    else:
        from interplay.circuits.enumeration import all_equilibria

        found = all_equilibria(circuit, u)
        points, all_found = found.rates, found.complete
        lost = "Equilibria are those found from several starts; there may be others."
        notes = () if found.complete else (lost,) if found.method == "starts" else found.notes
    here = linear_stability(circuit, points, u)
    return Known(points, here.abscissa, here.on_kink.any(axis=1) & ~here.stable, all_found, notes)


def outer_starts(circuit: RateCircuit, size: float) -> Floats:
    """Give the states from which every search begins.

    Parameters
    ----------
    circuit : RateCircuit
    size : float
        High rate of units without a top.

    Returns
    -------
    (4, N) float64 array
        Rest; high rates of all, of the excitatory units alone, of the inhibitory ones alone.
    """
    low, high = np.array([phi.domain for phi in circuit.activations]).T
    rest, top = np.clip(np.zeros(circuit.n_units), low, high), np.where(np.isfinite(high), high, size)
    some = [np.isin(np.arange(circuit.n_units), which) for which in (circuit.excitatory, circuit.inhibitory)]
    return np.array([rest, top, *(np.where(which, top, rest) for which in some)])


def _from_starts(circuit: RateCircuit, u: Floats) -> tuple[Floats, bool, tuple[str, ...]]:
    from interplay.circuits.equilibria import unique_by_slopes
    from interplay.circuits.flow import follow
    from interplay.circuits.linear_pieces import by_complementarity
    from interplay.circuits.newton import newton

    n = circuit.n_units
    low, high = np.array([phi.domain for phi in circuit.activations]).T
    size = (1.0 + np.abs(u).max()) * 10.0 ** np.linspace(-1.0, 2.0, _STARTS)
    draws = stream(0, "known equilibria").standard_normal((_STARTS, n))
    starts = np.vstack([np.zeros(n), circuit.rates(u), np.clip(size[:, None] * draws, low, high)])
    by_lemke = by_complementarity(circuit, u)
    if by_lemke is not None:
        starts = np.vstack([starts, by_lemke])
    rates, found = newton(circuit, np.broadcast_to(u, starts.shape), starts, _TOLERANCE)
    # Newton's method can circle among the pieces where the dynamics come to rest.
    outer = outer_starts(circuit, 3.0 * (1.0 + float(np.abs(u).max())))
    ends = [follow(circuit, u, start, _TOLERANCE) for start in outer]
    rested = np.array([x for x in ends if x is not None]).reshape(-1, n)
    points = merge_points(np.concatenate([rates[found], rested]), _SAME)
    if len(points) == 1 and unique_by_slopes(circuit):
        return points, True, ()
    return (
        points,
        False,
        (
            f"Too many combinations of straight pieces to look at each: equilibria are the {len(points)} that Newton's "
            f"method found from {len(starts)} starts, or the dynamics from {len(outer)}; there may be others.",
        ),
    )
