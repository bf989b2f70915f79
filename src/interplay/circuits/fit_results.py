"""A rate circuit estimated from a recording, window by window, and what was found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay._core.provenance import Result

if TYPE_CHECKING:
    from interplay.circuits.circuit import RateCircuit

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
        Interval of the block bootstrap; NaN where not done, and for units that were silent in the window.
    drive : (S, N) float64 array
        Constant input u, in units of rate.
    rates : (S, N) float64 array
        Mean rates of the window: 1/s for spikes, units of the trace else.
    phi : str
        Activation.
    tau_s : float
    score : mapping of str to (S,) float64 arrays
        Share of the variation that is foreseen one step ahead on held-out blocks, mean over units: 1 is perfect, 0 is
        no better than the window's mean. "circuit", and the trivial models beside it ("constant rate", "own past").
    level : float
        Of the intervals, for example 0.95.
    phi_parameters : tuple of float
        Of the activation.
    sign_evidence : (N,) float64 array
        By how much the loss over all windows, in units of noise, would rise if the unit had the other sign; NaN where
        signs were not estimated. Below about 2, the sign is a guess; much more is evidence against noise alone, not
        against what the model leaves out.
    present : (S, N) bool array
        Whether the unit was active, and not constant, in the window; the weights of others are 0.
    draws : (S, B, N, N) float32 array
        The first few weight matrices of the bootstrap, for questions about whole matrices.
    steps : (S,) int64 array
        Usable steps (bins, or samples of traces) per window.
    signal : str
        "spikes" or "traces".
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
    phi_parameters: tuple[float, ...] = ()
    sign_evidence: Floats = field(default=cast(Any, None))
    present: NDArray[np.bool_] = field(default=cast(Any, None))
    draws: NDArray[np.float32] = field(default=cast(Any, None))
    steps: NDArray[np.int64] = field(default=cast(Any, None))
    signal: str = "spikes"

    def __post_init__(self) -> None:
        windows, n = self.rates.shape
        filled = {
            "sign_evidence": np.full(n, np.nan),
            "present": np.ones((windows, n), dtype=bool),
            "draws": np.empty((windows, 0, n, n), dtype=np.float32),
            "steps": np.zeros(windows, dtype=np.int64),
        }
        for name, value in filled.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        super().__post_init__()

    def circuit(self, s: int) -> RateCircuit:
        """Give the circuit of one window.

        Parameters
        ----------
        s : int, in [0, S)

        Returns
        -------
        RateCircuit
            Its drive is ``self.drive[s]``.

        Raises
        ------
        DataError
            If there is no such window.
        """
        from interplay.circuits.activations import Activation
        from interplay.circuits.circuit import RateCircuit

        if not 0 <= s < len(self.bounds):
            raise DataError(f"`s` must lie in [0, {len(self.bounds)}), the number of windows, got {s}.")
        phi = Activation(self.phi, tuple(self.phi_parameters))
        return RateCircuit(self.weights[s], phi, np.asarray(self.tau_s), sign=self.sign, names=self.names)


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


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FitRecovery(Result):
    """How well a fit found the circuit that made the recording, beside trivial scores.

    Attributes
    ----------
    bounds : (S, 2) float64 array, s
    correlation : mapping of str to (S,) float64 arrays, in [-1, 1]
        Of true and found weights over ordered pairs of different units: "circuit", and every trivial score.
    edge_auc : mapping of str to (S,) float64 arrays, in [0, 1]
        How often a pair with a connection scores above one without, by absolute value; 0.5 by chance.
    sign_accuracy : mapping of str to float, in [0, 1]
        Share of the units with outgoing weight whose sign is right: "circuit", trivial scores (the sign of a unit's
        column sum), and "all excitatory".
    slope : (S,) float64 array
        Of found on true weights: 1 is unbiased.
    covered_present, covered_absent : (S,) float64 arrays, in [0, 1]
        Share of intervals that hold the truth, over connections that exist and that do not; NaN without intervals.
    detected, false_detected : (S,) float64 arrays, in [0, 1]
        Share of existing connections, and of absent ones, whose interval lies off 0.
    half_width : (S,) float64 array
        Median of half the interval's length over existing connections.
    verdict, true_verdict : (S,) text arrays
        Of `certify`, on the fitted and on the true circuit.
    """

    bounds: Floats
    correlation: Mapping[str, Floats]
    edge_auc: Mapping[str, Floats]
    sign_accuracy: Mapping[str, float]
    slope: Floats
    covered_present: Floats
    covered_absent: Floats
    detected: Floats
    false_detected: Floats
    half_width: Floats
    verdict: NDArray[np.str_]
    true_verdict: NDArray[np.str_]


def require_fit(fit: object) -> None:
    """Refuse what is no fit.

    Parameters
    ----------
    fit : object

    Raises
    ------
    ConfigError
        If it is not a `CircuitFitResult`.
    """
    if not isinstance(fit, CircuitFitResult):
        raise ConfigError(f"`fit` must be a CircuitFitResult, got {type(fit).__name__}. Give what CircuitFit.fit gave.")
