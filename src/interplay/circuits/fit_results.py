"""A rate circuit estimated from a recording, window by window, and what was found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CircuitFitResult(Result):
    """Weights of a rate circuit, per window.

    Attributes
    ----------
    names : (N,) text array
        The units that were fitted.
    units : (N,) int64 array
        Their rows in the recording's units table.
    sign : (N,) int64 array
        +1 excitatory, -1 inhibitory, 0 without outgoing weight or not constrained.
    sign_source : str
        "given", "estimated", or "free".
    bounds : (S, 2) float64 array, s
    weights : (S, N, N) float64 array
        `weights[s, post, pre]`, dimensionless.
    low, high : (S, N, N) float64 arrays
        Interval of the block bootstrap; NaN where not done.
    drive : (S, N) float64 array
        Constant input u, in units of rate.
    rates : (S, N) float64 array
        Mean rates of the window: 1/s for spikes, units of the trace else.
    phi : str
        Activation.
    tau_s : float
    score : mapping of str to (S,) float64 arrays
        Held-out score per window of "circuit" and of the trivial models beside it ("constant rate", "own past").
    level : float
        Of the intervals, for example 0.95.
    """

    names: NDArray[np.str_]
    units: NDArray[np.int64]
    sign: NDArray[np.int64]
    sign_source: str
    bounds: Floats
    weights: Floats
    low: Floats
    high: Floats
    drive: Floats
    rates: Floats
    phi: str
    tau_s: float
    score: Mapping[str, Floats]
    level: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CircuitCourse(Result):
    """What theory says of a fitted circuit, window by window.

    Attributes
    ----------
    names : (N,) text array
    sign : (N,) int64 array
    bounds : (S, 2) float64 array, s
    regime : (S,) text array
    verdict : (S,) text array
        Of `certify`: is A diagonally stable?
    certified_share : (S,) float64 array
        Share of bootstrap draws that are certified; NaN where not done.
    margin : (S,) float64 array
    abscissa : (S,) float64 array, 1/s
        Largest real part at the equilibrium; NaN without one.
    equilibrium : (S, N) float64 array
        Rates; NaN where none was found.
    interaction, activation, energy : (S, N) float64 arrays
        Costs at the equilibrium.
    nash_gap : (S, N) float64 array
    response : (S, N, N) float64 array
        `response[s, i, j]`: change of unit i's rate per unit of input to unit j, at the equilibrium.
    paradoxical : (S, N) bool array
        Whether more input to a unit lowers its own rate.
    indices : mapping of str to (S,) float64 arrays
    reasons : tuple of str
        One sentence per window.
    """

    names: NDArray[np.str_]
    sign: NDArray[np.int64]
    bounds: Floats
    regime: NDArray[np.str_]
    verdict: NDArray[np.str_]
    certified_share: Floats
    margin: Floats
    abscissa: Floats
    equilibrium: Floats
    interaction: Floats
    activation: Floats
    energy: Floats
    nash_gap: Floats
    response: Floats
    paradoxical: NDArray[np.bool_]
    indices: Mapping[str, Floats]
    reasons: tuple[str, ...]
