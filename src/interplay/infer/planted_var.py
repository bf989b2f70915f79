"""A planted recording: traces that drive each other linearly through a known wiring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import uniform
from interplay.data import Recording, Series, Snapshots
from interplay.infer.planted_wiring import require_entries, require_seed, signed_wiring

_NAME = "planted var"
_SKIP = 500


@dataclass(frozen=True, kw_only=True)
class PlantedVAR:
    """A stable vector autoregression with Gaussian noise and a known, signed, directed wiring.

    ``x_t = sum_k A_k x_{t-k} + e_t``; every edge acts at one lag, drawn from 1 to `order`.

    Parameters
    ----------
    n_units : int, >= 2
    duration_s : float, s, > 0
        Rounded down to whole samples.
    dt_s : float, s, > 0
    order : int, >= 1
        The longest lag, in samples.
    density : float, in [0, 1]
        Probability of an edge for each ordered pair.
    excitatory : float, in [0, 1]
        Share of units with positive weights; all weights of a unit have one sign.
    strength : (low, high), >= 0
        Uniform range of the sizes of weights, before scaling.
    memory : float, in [0, 1)
        Weight of each unit's own last sample, before scaling.
    radius : float, in (0, 1)
        Where the spectral radius of the process would exceed this, the weights of lag k are multiplied by the k-th
        power of the factor that brings it there.
    common : float, >= 0
        Standard deviation of a noise that all units share, in that of their own.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    The noise is keyed by (seed, unit, sample). The first 500 samples are thrown away. Time O(T N^2 order).

    Examples
    --------
    >>> recording = PlantedVAR(duration_s=10.0).simulate(1)
    >>> recording.traces.values.shape
    (200, 16)
    """

    n_units: int = 16
    duration_s: float = 300.0
    dt_s: float = 0.05
    order: int = 2
    density: float = 0.15
    excitatory: float = 0.7
    strength: tuple[float, float] = (0.15, 0.4)
    memory: float = 0.5
    radius: float = 0.9
    common: float = 0.0

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=2, whole=True)
        require_setting("dt_s", self.dt_s, above=0)
        require_setting("duration_s", self.duration_s, least=self.dt_s)
        require_setting("order", self.order, least=1, whole=True)
        for name in ("density", "excitatory"):
            require_setting(name, getattr(self, name), least=0, most=1)
        require_entries("strength", self.strength, "(low, high)")
        require_setting("strength[0]", self.strength[0], least=0)
        require_setting("strength[1]", self.strength[1], least=self.strength[0])
        require_setting("memory", self.memory, least=0, below=1)
        require_setting("radius", self.radius, above=0, below=1)
        require_setting("common", self.common, least=0)

    def coefficients(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the weights at each lag, (order, N, N), ``[lag - 1, src, dst]``, own memory on the diagonal."""
        require_seed(seed)
        n, unit = self.n_units, np.arange(self.n_units)
        weight = signed_wiring(
            n,
            density=self.density,
            excitatory=self.excitatory,
            strength=self.strength,
            ratio=1.0,
            seed=seed,
            name=_NAME,
        )
        lag = (uniform(seed, _NAME, "lag", unit[:, None], unit[None, :]) * self.order).astype(int)
        parts = np.where(lag == np.arange(self.order)[:, None, None], weight, 0.0)
        parts[0][unit, unit] = self.memory
        companion = np.zeros((n * self.order, n * self.order))
        companion[:n] = np.concatenate([a.T for a in parts], axis=1)
        companion[n:, :-n] = np.eye(n * (self.order - 1))
        largest = float(np.abs(np.linalg.eigvals(companion)).max())
        if largest > self.radius:
            parts *= (self.radius / largest) ** np.arange(1, self.order + 1)[:, None, None]
        return parts

    def simulate(self, seed: int = 0) -> Recording:
        """Draw wiring and traces.

        Parameters
        ----------
        seed : int, >= 0

        Returns
        -------
        Recording
            Traces; `truth` is one directed snapshot of the whole span, without self-loops.
        """
        from scipy.special import ndtri

        n_samples = int(self.duration_s / self.dt_s + 1e-6)
        parts = self.coefficients(seed)
        step = np.arange(n_samples + _SKIP)
        # The offset of half a step of the 53-bit grid keeps the quantile finite at a draw of 0.
        noise = ndtri(uniform(seed, _NAME, "noise", step[:, None], np.arange(self.n_units)) + 2.0**-54)
        if self.common:
            noise = noise + self.common * ndtri(uniform(seed, _NAME, "common", step) + 2.0**-54)[:, None]
        # One product per sample: the last `order` samples as one row, newest first.
        stacked = parts.reshape(-1, self.n_units)
        recent = np.zeros((self.order, self.n_units))
        values = np.empty_like(noise)
        for t in step:
            values[t] = noise[t] + recent.ravel() @ stacked
            recent[1:] = recent[:-1].copy()
            recent[0] = values[t]
        traces = Series.regular(values[_SKIP:], dt_s=self.dt_s)
        recording = Recording(traces=traces)
        return Recording(
            traces=traces,
            truth=Snapshots.from_dense(parts.sum(axis=0)[None], [recording.span], directed=True),
            meta={"session_description": "Simulated: autoregression, known wiring.", "config": repr(self)},
        )
