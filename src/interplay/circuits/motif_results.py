"""What the motifs give back: planes, branches, contrasts, loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PhasePlane(Result):
    """The plane of two populations under one input.

    Attributes
    ----------
    e, i : (G,) float64 arrays
        Grid of the excitatory and the inhibitory rate.
    flow : (G, G, 2) float64 array, 1/s
        d/dt of (e, i) at [index of i, index of e].
    energy : (G, G, 2) float64 array
        Each population's own cost there; NaN outside the domain.
    gradient : (G, G, 2) float64 array
        Each population's unilateral pull phi(W x + u) - x.
    nullclines : (E curve (K, 2), I curve (M, 2))
        Points (e, i) at which that population stands still; NaN rows between pieces.
    best_responses : (E curve (K, 2), I curve (M, 2))
        Points (e, i) at which that population's rate is its best response.
    equilibria : (P, 2) float64 array
    stable : (P,) bool array
    nash : (P,) bool array
    trajectories : tuple of (T, 2) float64 arrays
    regime : str
    """

    e: Floats
    i: Floats
    flow: Floats
    energy: Floats
    gradient: Floats
    nullclines: tuple[Floats, Floats]
    best_responses: tuple[Floats, Floats]
    equilibria: Floats
    stable: NDArray[np.bool_]
    nash: NDArray[np.bool_]
    trajectories: tuple[Floats, ...]
    regime: str


@dataclass(frozen=True, eq=False)
class Branch:
    """One curve of equilibria (or of the extremes of cycles) over a parameter.

    Attributes
    ----------
    kind : {"equilibrium", "cycle"}
    value : (K,) float64 array
        The parameter along the curve.
    rates : (K, N) float64 array
        Of a cycle: the largest.
    lowest : (K, N) float64 array or None
        Of a cycle: the smallest; None for equilibria.
    stable : (K,) bool array
    nash_gap : (K,) float64 array
        Largest gap of any unit; NaN for cycles.
    period : (K,) float64 array or None, s
    """

    kind: str
    value: Floats
    rates: Floats
    lowest: Floats | None
    stable: NDArray[np.bool_]
    nash_gap: Floats
    period: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BifurcationResult(Result):
    """Equilibria and cycles as one parameter changes.

    Attributes
    ----------
    parameter : str
    names : (N,) text array
    branches : tuple of Branch
    special : tuple of (kind, value, rates (N,))
        "fold", "hopf", "branch point", "boundary" (a unit falls silent or saturates), with what was found there.
    thresholds : mapping of str to float
        Values of the parameter at which the theory says that something changes.
    value : (S,) float64 array
        Sweep of the parameter on which what follows is given.
    margin : (S,) float64 array
        Margin of diagonal stability; negative where lost.
    energy : (S, N) float64 array
        Per unit, at the equilibrium with the smallest rates; NaN without.
    response : (S, N) float64 array
        d x_j / d u_j there.
    regime : (S,) text array
    """

    parameter: str
    names: NDArray[np.str_]
    branches: tuple[Branch, ...]
    special: tuple[tuple[str, float, Floats], ...]
    thresholds: Mapping[str, float]
    value: Floats
    margin: Floats
    energy: Floats
    response: Floats
    regime: NDArray[np.str_]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class RegimeResult(Result):
    """In which regime a circuit with excitatory and inhibitory units works, with every index behind the word.

    Attributes
    ----------
    regime : {"self_regulating", "inhibition_stabilised", "oscillatory", "bistable", "runaway", "undecided"}
    indices : mapping of str to float
        For example "e_block_abscissa", "abscissa", "margin", "paradoxical_response", "asymmetry", "n_equilibria".
    reason : str
        One sentence.
    """

    regime: str
    indices: Mapping[str, float]
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ContrastResult(Result):
    """How a motif or a column changes the contrast between its inputs.

    Attributes
    ----------
    drive : (S, n) float64 array
        Inputs of the excitatory units, one row per case.
    rates : (S, L, n) float64 array
        Excitatory rates, layer by layer (one layer for a motif).
    contrast_in : (S,) float64 array
        (largest - second) / (largest + second) of the inputs; NaN where both are 0.
    contrast : (S, L) float64 array
        The same of the rates.
    n_active : (S, L) int64 array
    participation : (S, L) float64 array
        Participation ratio of the rates, in [1, n].
    settling_s : (S,) float64 array
        Time to within one per cent of the equilibrium; NaN where not simulated.
    predicted : (S, L) float64 array
        Contrast by the closed form; NaN where none is known.
    competition : float
        kappa.
    """

    drive: Floats
    rates: Floats
    contrast_in: Floats
    contrast: Floats
    n_active: NDArray[np.int64]
    participation: Floats
    settling_s: Floats
    predicted: Floats
    competition: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class HysteresisResult(Result):
    """A winner while the challenger's input rises and falls again.

    Attributes
    ----------
    ratio : (S,) float64 array
        Challenger's input over the incumbent's, in the order of the sweep.
    rates : (S, n) float64 array
        Excitatory rates, settled.
    winner : (S,) int64 array
        Index of the largest; -1 for a tie.
    switched_up, switched_down : float
        Ratio at which the winner changed on the way up, and back; NaN if never.
    predicted : (float, float)
        By theory.
    """

    ratio: Floats
    rates: Floats
    winner: NDArray[np.int64]
    switched_up: float
    switched_down: float
    predicted: tuple[float, float]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class RegionResult(Result):
    """Where in the plane of two parameters a motif is diagonally stable, and in which regime.

    Attributes
    ----------
    parameters : (str, str)
    first, second : (A,), (B,) float64 arrays
    margin : (B, A) float64 array
        Margin of the certificate; negative: refuted; NaN: undecided.
    regime : (B, A) text array
    boundary : mapping of str to (K, 2) float64 arrays
        Curves known in closed form.
    """

    parameters: tuple[str, str]
    first: Floats
    second: Floats
    margin: Floats
    regime: NDArray[np.str_]
    boundary: Mapping[str, Floats] = field(default_factory=dict)
