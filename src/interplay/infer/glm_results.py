"""What a coupled Poisson regression gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOut:
    """Log-likelihood of bins that were not fitted, summed over folds, beside baselines fitted to the same bins.

    Attributes
    ----------
    model, history, rate : (S, N) float64 arrays, nats
        Of the whole model, of the unit's own history (with the stimulus, where there is one) without couplings, and
        of a constant rate. NaN for a unit that was not scored.
    spikes : (S, N) float64 array
        Spikes in the bins that were scored.
    """

    model: Floats
    history: Floats
    rate: Floats
    spikes: Floats

    def per_spike(self, window: int | None = None) -> dict[str, float]:
        """Average over the scored units: log-likelihood per spike, and what the model gains over its baselines.

        Parameters
        ----------
        window : int or None
            None sums over all windows.

        Returns
        -------
        dict of str to float, nats per spike
            "model", "history", "rate", "over history", "over rate"; NaN if nothing was scored.
        """
        rows = slice(None) if window is None else slice(window, window + 1)
        known = ~np.isnan(self.model[rows])
        spikes = float(self.spikes[rows][known].sum())
        if spikes == 0:
            return dict.fromkeys(("model", "history", "rate", "over history", "over rate"), float("nan"))
        parts = {"model": self.model, "history": self.history, "rate": self.rate}
        sums = {name: float(part[rows][known].sum()) / spikes for name, part in parts.items()}
        sums["over history"] = sums["model"] - sums["history"]
        sums["over rate"] = sums["model"] - sums["rate"]
        return sums


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class GLMResult(NetworkResult):
    """Filters, rates and networks of a coupled Poisson regression.

    Attributes
    ----------
    coefficients : (S, N, N, K) float64 array
        ``[window, src, dst, basis]``; the diagonal is the unit's own history. NaN where a unit is absent or the pair
        was not allowed.
    errors : (S, N, N, K) float64 array or None
        Standard errors of `coefficients`; None without.
    filter_errors : (S, N, N, L) float64 array or None
        Standard errors of `filters`.
    bias : (S, N) float64 array
        Constant of the drive, for spikes per bin.
    weight_error : (S, N, N) float64 array or None
        Standard error of the networks' weights.
    basis : (L, K) float64 array
        Functions of the lag; row l is lag l + 1 bins.
    dt_s : float, s
        Width of a bin.
    link : {"exp", "softplus"}
        From the drive to the mean number of spikes in a bin.
    stimulus_coefficients : (S, Q, N) float64 array
        Of the Q stimulus columns: channel by channel, basis function by basis function; on the scale of
        `stimulus_scale`.
    stimulus_basis : (L_s, K_s) float64 array
        Row l is lag l bins.
    stimulus_scale : (S, 2, Q) float64 array
        Mean and standard deviation that each stimulus column was standardised with.
    log_likelihood : (S, N) float64 array, nats
        Of the bins that were fitted.
    strength : (S,) float64 array
        Of the penalty that was used in each window.
    strength_scores : (S, J) float64 array or None
        Held-out log-likelihood per spike of each strength that was tried.
    held_out : HeldOut or None
        None without folds.
    left : (S, N) float64 array, nats
        Log-likelihood that the last step still promised: 0 at an optimum.
    """

    coefficients: Floats
    errors: Floats | None
    filter_errors: Floats | None
    bias: Floats
    weight_error: Floats | None
    basis: Floats
    dt_s: float
    link: str
    stimulus_coefficients: Floats
    stimulus_basis: Floats
    stimulus_scale: Floats
    log_likelihood: Floats
    strength: Floats
    strength_scores: Floats | None
    held_out: HeldOut | None
    left: Floats

    @property
    def lags_s(self) -> Floats:
        """Lags of the filters, (L,), s: from the start of the source's bin to the start of the target's."""
        return self.dt_s * np.arange(1.0, len(self.basis) + 1)

    def filters(self, window: int = 0) -> Floats:
        """Coupling filters of one window.

        Parameters
        ----------
        window : int

        Returns
        -------
        (N, N, L) float64 array
            ``[src, dst, lag]``: what one spike of `src` adds to the drive of `dst` each bin later; own history on the
            diagonal. NaN where unknown.
        """
        return np.asarray(self.coefficients[window] @ self.basis.T)

    def history(self, window: int = 0) -> Floats:
        """Own-history filters of one window, (N, L) float64."""
        return np.asarray(np.einsum("nnk,lk->nl", self.coefficients[window], self.basis))

    def stimulus_filters(self, window: int = 0) -> Floats:
        """Stimulus filters of one window, (C, N, L_s) float64, on the standardised scale."""
        k = self.stimulus_basis.shape[1]
        q, n = self.stimulus_coefficients.shape[1:]
        shaped = self.stimulus_coefficients[window].reshape(q // k if k else 0, k, n)
        return np.asarray(np.einsum("ckn,lk->cnl", shaped, self.stimulus_basis))
