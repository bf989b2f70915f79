"""What simulating, solving and playing a circuit give back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SimulationResult(Result):
    """Rates over time, of B runs at once.

    Attributes
    ----------
    time : (T,) float64 array, s
    rates : (B, T, N) float64 array
    drive : (B, N) or (B, T, N) float64 array
        The input u.
    residual : (B,) float64 array
        Largest |x - phi(W x + u)| of the last state: 0 at an equilibrium.
    """

    time: Floats
    rates: Floats
    drive: Floats
    residual: Floats


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EquilibriumResult(Result):
    """Equilibria of one circuit under one input.

    Attributes
    ----------
    rates : (K, N) float64 array
    drive : (N,) float64 array
    residual : (K,) float64 array
        Largest |x - phi(W x + u)|.
    eigenvalues : (K, N) complex128 array, 1/s
        Of the linearisation, by falling real part; with the smaller slope at a kink.
    stable : (K,) bool array
        Whether all real parts are negative; at a kink, those of the linearisations on all of its sides.
    method : str
        "newton", "flow" (the fall-back), "enumeration", "lemke" ...
    complete : bool
        Whether there are provably no others.
    """

    rates: Floats
    drive: Floats
    residual: Floats
    eigenvalues: NDArray[np.complex128]
    stable: NDArray[np.bool_]
    method: str
    complete: bool


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class GameResult(Result):
    """The game between units, seen at one state.

    Attributes
    ----------
    names : (N,) text array
    sign : (N,) int64 array
        +1 excitatory, -1 inhibitory, 0 mixed, silent or unknown.
    rates, drive : (N,) float64 arrays
    interaction, activation, energy : (N,) float64 arrays
        E_int, E_act and their sum, per unit.
    best_response : (N,) float64 array
        The rate that would cost the unit least while all others stay.
    nash_gap : (N,) float64 array, >= 0
        What it would gain by that; inf where its cost has no lower bound.
    own_curvature : (N,) float64 array
        1 / L_i - W_ii: the cost is convex in the unit's own rate iff >= 0.
    residual : float
        Largest |x - phi(W x + u)|.
    equilibrium, nash : bool
        Whether the state is one, within `tolerance`.
    stable : bool
        Whether the linearisation at the state is Hurwitz, at a kink on all of its sides; meaningful at an equilibrium
        only.
    tolerance : float
    asymmetry : float, in [0, 1]
        ||W - W'|| / (2 ||W||), Frobenius.
    potential : {"exact", "weighted", "none"}
    potential_weights : (N,) float64 array or None
        d > 0 with d_i W_ij = d_j W_ji.
    verdict : str
        One sentence for a reader.
    """

    names: NDArray[np.str_]
    sign: NDArray[np.int64]
    rates: Floats
    drive: Floats
    interaction: Floats
    activation: Floats
    energy: Floats
    best_response: Floats
    nash_gap: Floats
    own_curvature: Floats
    residual: float
    equilibrium: bool
    nash: bool
    stable: bool
    tolerance: float
    asymmetry: float
    potential: str
    potential_weights: Floats | None
    verdict: str
