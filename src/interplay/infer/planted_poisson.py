"""A planted recording: spiking units that excite and inhibit each other through a known wiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import uniform
from interplay.data import Recording, Snapshots
from interplay.infer.edges import require_choice
from interplay.infer.planted_wiring import binned_spikes, require_bounded, require_entries, require_seed, signed_wiring
from interplay.ops.coupled_counts import LINKS, run_counts

_NAME = "planted poisson"
_STEEPEST = 700.0


@dataclass(frozen=True, kw_only=True)
class PlantedPoisson:
    """Coupled Poisson units: a generalised linear model with a known, signed, directed wiring.

    The count of unit i in bin t is Poisson with mean ``link(b_i + sum_j w_ji h_j(t))``, where ``h_j`` is the recent
    past of unit j through an exponentially falling filter of `n_lags` bins that sums to 1.

    Parameters
    ----------
    n_units : int, >= 2
    duration_s : float, s, > 0
        Rounded down to whole bins.
    dt_s : float, s, > 0
        Width of a bin; a spike acts from the next bin on.
    rate_hz : (low, high), Hz
        Rates that the units would have alone are spread over this range, at logarithmic steps.
    density : float, in [0, 1]
        Probability of an edge for each ordered pair.
    excitatory : float, in [0, 1]
        Share of excitatory units; the others inhibit all their targets.
    strength : (low, high), >= 0
        Uniform range of excitatory weights.
    ratio : float, >= 0
        Inhibitory weights are this many times as strong.
    refractory : float, >= 0
        Minus the weight of a unit's own past.
    n_lags : int, >= 1
    decay : float, in (0, 700]
        The filter falls by exp(-decay) per bin.
    link : {"softplus", "exp", "sigmoid"}
        "sigmoid" is scaled to (1e-8, 1) spikes per bin.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Every number is keyed by (seed, unit, bin): a change of one weight leaves the draws of all other events alone. Time
    O(T (N^2 + K N)).

    Examples
    --------
    >>> recording = PlantedPoisson(duration_s=10.0).simulate(1)
    >>> recording.n_units, recording.truth.directed
    (16, True)
    """

    n_units: int = 16
    duration_s: float = 300.0
    dt_s: float = 0.005
    rate_hz: tuple[float, float] = (6.0, 14.0)
    density: float = 0.2
    excitatory: float = 0.7
    strength: tuple[float, float] = (0.8, 1.6)
    ratio: float = 1.5
    refractory: float = 2.0
    n_lags: int = 5
    decay: float = 0.5
    link: Literal["softplus", "exp", "sigmoid"] = "softplus"

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=2, whole=True)
        require_setting("dt_s", self.dt_s, above=0)
        require_setting("duration_s", self.duration_s, least=self.dt_s)
        require_entries("rate_hz", self.rate_hz, "(low, high)")
        require_setting("rate_hz[0]", self.rate_hz[0], above=0)
        require_setting("rate_hz[1]", self.rate_hz[1], least=self.rate_hz[0], below=0.9 / self.dt_s)
        require_entries("strength", self.strength, "(low, high)")
        require_setting("strength[0]", self.strength[0], least=0)
        require_setting("strength[1]", self.strength[1], least=self.strength[0])
        for name in ("density", "excitatory"):
            require_setting(name, getattr(self, name), least=0, most=1)
        for name in ("ratio", "refractory"):
            require_setting(name, getattr(self, name), least=0)
        require_setting("n_lags", self.n_lags, least=1, whole=True)
        # Beyond, the first weight of the filter underflows.
        require_setting("decay", self.decay, above=0, most=_STEEPEST)
        require_choice("link", self.link, tuple(LINKS))

    def basis(self) -> NDArray[np.float64]:
        """Give the filter of the past, (n_lags,), summing to 1; the first entry is of the bin before."""
        fall = np.exp(-self.decay * np.arange(1, self.n_lags + 1))
        return np.asarray(fall / fall.sum())

    def wiring(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the weights, (N, N), ``[src, dst]``; the diagonal holds the action of each unit's own past."""
        require_seed(seed)
        weight = signed_wiring(
            self.n_units,
            density=self.density,
            excitatory=self.excitatory,
            strength=self.strength,
            ratio=self.ratio,
            seed=seed,
            name=_NAME,
        )
        np.fill_diagonal(weight, -self.refractory)
        return weight

    def bias(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the level of each unit at rest, (N,)."""
        require_seed(seed)
        low, high = np.log(self.rate_hz)
        rank = np.argsort(np.argsort(uniform(seed, _NAME, "rate", np.arange(self.n_units))))
        mean = np.exp(low + (high - low) * (rank + 0.5) / self.n_units) * self.dt_s
        if self.link == "exp":
            return np.asarray(np.log(mean))
        return np.asarray(np.log(np.expm1(mean)) if self.link == "softplus" else np.log(mean / (1 - mean)))

    def simulate(self, seed: int = 0) -> Recording:
        """Draw wiring and spikes.

        Parameters
        ----------
        seed : int, >= 0

        Returns
        -------
        Recording
            Spikes; `truth` is one directed snapshot of the whole span, without self-loops.

        Raises
        ------
        NumericalError
            If the units excite each other without bound.
        """
        n_bins = int(self.duration_s / self.dt_s + 1e-6)
        skip = 10 * self.n_lags
        weight = self.wiring(seed)
        draws = uniform(seed, _NAME, "spike", np.arange(n_bins + skip)[:, None], np.arange(self.n_units))
        counts = np.zeros(draws.shape, dtype=np.int64)
        onto = np.ascontiguousarray(weight.T)[None]
        still = np.zeros(len(counts), dtype=np.int64)
        run_counts(draws, still, onto, self.bias(seed)[None], self.basis(), LINKS[self.link], counts)
        require_bounded(counts)
        events = binned_spikes(counts[skip:], dt_s=self.dt_s, seed=seed, name=_NAME)
        return Recording(
            events=events,
            truth=Snapshots.from_dense(weight[None], [events.span], directed=True),
            meta={"session_description": "Simulated: coupled Poisson units, known wiring.", "config": repr(self)},
        )
