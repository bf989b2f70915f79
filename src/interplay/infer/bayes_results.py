"""What a dynamic Bayesian network gives back: coefficients on both scales, with what vouches for them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult

Floats = NDArray[np.float64]


def _close(table: Any) -> None:
    for field in fields(table):
        getattr(table, field.name).flags.writeable = False


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ScaleFit:
    """One fit per window, of variables on one scale.

    Attributes
    ----------
    weights : (S, p + 1, N, N) float64 array
        ``[window, lag, src, dst]``, lag 0 instantaneous; NaN where a unit is absent. Of standardised units: standard
        deviations of dst per standard deviation of src.
    order : (S, N) int64 array
        Units in an order in which every instantaneous edge runs forward, which certifies that there is no cycle;
        filled up with -1 for absent units, and all -1 where there is a cycle.
    cyclicity : (S,) float64 array, >= 0
        tr exp(W o W) - d where the solver stopped, before weights were cut.
    cut : (S,) float64 array, >= 0
        Instantaneous weights up to this size were set to zero.
    objective : (S,) float64 array
        Half the mean squared error plus the penalty, of `weights`; raw, in units of the smallest variance.
    penalties : (S, 2) float64 array, > 0
        Of instantaneous and of lagged weights; units as of `objective`.
    rounds, evaluations : (S,) int64 arrays
        Of the multiplier, and of the objective.
    converged : (S,) bool array
    """

    weights: Floats
    order: NDArray[np.int64]
    cyclicity: Floats
    cut: Floats
    objective: Floats
    penalties: Floats
    rounds: NDArray[np.int64]
    evaluations: NDArray[np.int64]
    converged: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Close every array to writing."""
        _close(self)

    def __repr__(self) -> str:
        """Give sizes on one line."""
        s, p, n, _ = self.weights.shape
        return f"ScaleFit({s} windows, {p - 1} lags, {n} units, {int(self.converged.sum())} converged)"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PenaltyPath:
    """Fits of one window after another along falling penalties.

    Attributes
    ----------
    factor : (S, L) float64 array, falling
        Both penalties are their last values times this; at the first no edge is left. NaN where nothing was fitted.
    n_edges : (S, L, 2) int64 array
        Instantaneous and lagged weights that are not zero, loops included.
    bic : (S, L) float64 array
        Lower is better.
    chosen : (S,) int64 array
        Which one is reported; -1 where nothing was fitted.
    """

    factor: Floats
    n_edges: NDArray[np.int64]
    bic: Floats
    chosen: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Close every array to writing."""
        _close(self)

    def __repr__(self) -> str:
        """Give sizes on one line."""
        return f"PenaltyPath({self.bic.shape[0]} windows, {self.bic.shape[1]} penalties)"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DynamicBayesResult(NetworkResult):
    """A dynamic Bayesian network per window, fitted to standardised and to raw variables.

    Attributes
    ----------
    standardised, raw : ScaleFit or None
        None where it was not asked for; raw also without instantaneous edges, where the scale decides no direction.
    scale : {"standardised", "raw"}
        Which of the two the snapshots show.
    varsortability : (S,) float64 array, in [0, 1]
        Share of directed paths of the raw fit's instantaneous edges along which the raw variance rises; 1/2 by
        chance, NaN without such edges.
    lost : (S,) float64 array, in [0, 1]
        Share of the raw fit's instantaneous edges that are reversed or absent in the standardised fit; NaN without.
    stability : (S, p + 1, N, N) float64 array or None
        Share of bootstrap replicates that have the edge with the sign it has in the fit (where the fit has no edge:
        with either sign), of those in which both units vary; NaN where there is none.
    path : PenaltyPath or None
    n_rows : (S,) int64 array
        Samples with their whole past, that the window's fit rests on; 0 where no unit is present.
    dt_s : float, s
        Length of one lag.
    """

    standardised: ScaleFit | None
    raw: ScaleFit | None
    scale: str
    varsortability: Floats
    lost: Floats
    stability: Floats | None
    path: PenaltyPath | None
    n_rows: NDArray[np.int64]
    dt_s: float

    @property
    def weights(self) -> Floats:
        """Coefficients on the scale of the snapshots, (S, p + 1, N, N)."""
        shown = self.raw if self.scale == "raw" else self.standardised
        assert shown is not None
        return shown.weights
