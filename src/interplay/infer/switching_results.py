"""What a switching model gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SwitchingResult(NetworkResult):
    """Hidden states, and the network of each.

    Attributes
    ----------
    weight : (C, N, N) float64 array
        ``[state, src, dst]``: change of the target's predictor per unit of the source's filtered history. The diagonal
        is a unit's effect on itself. NaN where a unit is absent. States are numbered by falling share of time.
    bias : (C, N) float64 array
        Predictor at rest; NaN where absent.
    noise_std : (N,) float64 array or None
        Of traces, in standard deviations of the trace.
    type_chance : (C, N, N, 3) float64 array or None
        With one-hot priors: posterior chances of inhibitory, absent, excitatory.
    anatomy : (N, N, 3) or (N, N) float64 array or None
        What the prior learned across states: chances of the three types, or the mean weight. NaN where absent.
    initial, transition : (C,), (C, C) float64 arrays
        Probabilities, ``[from, to]``.
    posterior : tuple of K (T_k, C) float64 arrays
        Probability of each state at each sample of each run, given all samples.
    path : tuple of K (T_k,) int64 arrays
        The most probable sequence of states.
    run_start_s : (K,) float64 array
    dt_s : float, s
    basis : (L,) float64 array
        Filter of the history, the most recent sample first.
    centre, scale : (N,) float64 arrays
        What was taken off traces, and what they were divided by; 0 and 1 for counts.
    log_likelihood : (I,) float64 array, nats
        After each iteration, without the factorials of counts.
    converged : bool
    tried_states : (A,) int64 array
        Numbers of states compared on held-out samples; empty if none were.
    held_out : (A, F) float64 array
        Log-likelihood of each fold's held-out samples with each number of states, in nats, divided by the mean number
        of held-out spikes in a fold (of samples times units for traces): the mean over folds is nats per spike of all
        that was held out. Higher is better.
    baselines : mapping of str to (F,) float64 array
        The same of trivial models: "constant rate", "one state"; and the chosen number of states as "rates only" (no
        history at all) and "own history" (units act on themselves only, by ridge). The gain over the last is what
        couplings between units add.
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    noise_std: NDArray[np.float64] | None
    type_chance: NDArray[np.float64] | None
    anatomy: NDArray[np.float64] | None
    initial: NDArray[np.float64]
    transition: NDArray[np.float64]
    posterior: tuple[NDArray[np.float64], ...]
    path: tuple[NDArray[np.int64], ...]
    run_start_s: NDArray[np.float64]
    dt_s: float
    basis: NDArray[np.float64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    converged: bool
    tried_states: NDArray[np.int64]
    held_out: NDArray[np.float64]
    baselines: Mapping[str, NDArray[np.float64]]

    @property
    def n_states(self) -> int:
        """Number of states C."""
        return len(self.weight)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Units that the model knows, (N,)."""
        return np.asarray(~np.isnan(self.bias[0]))

    @property
    def occupancy(self) -> NDArray[np.float64]:
        """Share of samples in each state, (C,), by the posterior."""
        return np.asarray(np.concatenate(self.posterior).mean(axis=0))

    @property
    def dwell_s(self) -> NDArray[np.float64]:
        """Expected time of a stay in each state, (C,), s; infinite for a state that is never left."""
        with np.errstate(divide="ignore"):
            return np.asarray(self.dt_s / (1.0 - np.diagonal(self.transition)))

    @property
    def change_s(self) -> NDArray[np.float64]:
        """Times at which the most probable path changes state, (M,), s, on each run's own clock."""
        found = [
            start + self.dt_s * (np.flatnonzero(np.diff(path)) + 1)
            for start, path in zip(self.run_start_s, self.path, strict=True)
        ]
        return np.concatenate(found) if found else np.empty(0)
