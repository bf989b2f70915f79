"""A planted recording: spiking units whose wiring switches between a few states over one anatomy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import uniform
from interplay.data import Events, Intervals, Recording, Snapshots
from interplay.infer.edges import require_choice
from interplay.infer.planted_wiring import place_spikes, require_bounded, require_entries, require_seed
from interplay.ops.coupled_counts import LINKS, run_counts

_NAME = "planted switching"
#: Time between two trials, in which nothing is recorded, s.
_PAUSE_S = 1.0


@dataclass(frozen=True, kw_only=True)
class PlantedSwitching:
    """Coupled Poisson units whose interactions are drawn, in every hidden state, from one anatomy.

    For each ordered pair the anatomy holds the probabilities of inhibition, absence and excitation. A state draws one
    of the three for each pair, and a strength. The state is a Markov chain over bins; the count of unit i in bin t is
    Poisson with mean ``link(b_i + sum_j w_ji(state) h_j(t))``, with ``h_j = sum_k x_j(t - k) phi_k`` and ``phi_k ~
    exp(-k)``, k = 1..5, summing to 1.

    Parameters
    ----------
    n_units : int, >= 2
    n_states : int, >= 1
    n_trials : int, >= 1
        Each starts from silence, in a state drawn uniformly; trials are a second apart.
    trial_s : float, s, > 0
        Rounded down to whole bins.
    dt_s : float, s, > 0
    dwell_s : float, s, >= dt_s
        Mean time in a state before it changes to another, each equally likely: a probability of staying of
        ``1 - dt_s / dwell_s`` per bin.
    concentration : (inhibitory, absent, excitatory), > 0
        Of the Dirichlet distribution of each pair's probabilities.
    gain : float, >= 0
        Multiplies all weights.
    bias : float
        Mean of the units' biases; they spread uniformly by 0.05 to each side.
    link : {"sigmoid", "softplus", "exp"}
        "sigmoid" is scaled to (1e-8, 1) spikes per bin.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    The recipe is that of the synthetic data of Li et al. (2024): there 5 states, 20 units, 50 trials of 2,000 bins, a
    probability of staying of 0.98, a Dirichlet concentration of (0.2, 1.6, 0.2), strengths ``log(1 + 3 u)`` with u
    uniform. Ours: the first state is drawn uniformly (their code always starts in the same state), self-interactions
    are zero, and dwell times are longer by default, so that methods that look at windows have a chance. Uniform draws
    are keyed by (seed, trial, unit, bin); the anatomy by pair, the weights by (state, pair).

    References
    ----------
    Li, Kim, Rodgers, Choi, Wu (2024), One-hot generalized linear model for switching brain state discovery, ICLR.

    Examples
    --------
    >>> recording = PlantedSwitching(n_trials=2, trial_s=20.0).simulate(1)
    >>> recording.n_units, sorted(recording.epochs)
    (12, ['state', 'trial'])
    """

    n_units: int = 12
    n_states: int = 3
    n_trials: int = 5
    trial_s: float = 60.0
    dt_s: float = 0.02
    dwell_s: float = 15.0
    concentration: tuple[float, float, float] = (0.2, 1.6, 0.2)
    gain: float = 1.0
    bias: float = 0.0
    link: Literal["sigmoid", "softplus", "exp"] = "sigmoid"

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=2, whole=True)
        require_setting("n_states", self.n_states, least=1, whole=True)
        require_setting("n_trials", self.n_trials, least=1, whole=True)
        require_setting("dt_s", self.dt_s, above=0)
        require_setting("trial_s", self.trial_s, least=self.dt_s)
        require_setting("dwell_s", self.dwell_s, least=self.dt_s)
        require_entries("concentration", self.concentration, "(inhibitory, absent, excitatory)")
        for k, value in enumerate(self.concentration):
            require_setting(f"concentration[{k}]", value, above=0)
        require_setting("gain", self.gain, least=0)
        require_setting("bias", self.bias)
        require_choice("link", self.link, tuple(LINKS))

    @property
    def n_bins(self) -> int:
        """Bins of a trial."""
        return int(self.trial_s / self.dt_s + 1e-6)

    def basis(self) -> NDArray[np.float64]:
        """Give the filter of the past, (5,), summing to 1; the first entry is of the bin before."""
        fall = np.exp(-np.arange(1.0, 6.0))
        return np.asarray(fall / fall.sum())

    def anatomy(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the probabilities of each pair, (N, N, 3), ``[src, dst]``: inhibitory, absent, excitatory."""
        from scipy.special import gammaincinv

        require_seed(seed)

        n = self.n_units
        src, dst, kind = np.ogrid[:n, :n, :3]
        draws = uniform(seed, _NAME, "anatomy", src, dst, kind)
        shares = gammaincinv(np.array(self.concentration), draws) + np.finfo(float).tiny
        found = shares / shares.sum(axis=2, keepdims=True)
        found[np.arange(n), np.arange(n)] = (0.0, 1.0, 0.0)
        return np.asarray(found)

    def wiring(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the weights of every state, (n_states, N, N), ``[src, dst]``, zero diagonal."""
        n = self.n_units
        state, src, dst = np.ogrid[: self.n_states, :n, :n]
        level = np.cumsum(self.anatomy(seed), axis=2)
        draw = uniform(seed, _NAME, "kind", state, src, dst)
        kind = np.where(draw < level[..., 0], -1.0, np.where(draw < level[..., 1], 0.0, 1.0))
        kind[:, np.arange(n), np.arange(n)] = 0.0
        return np.asarray(self.gain * kind * np.log1p(3.0 * uniform(seed, _NAME, "strength", state, src, dst)))

    def biases(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the level of each unit at rest, (N,), the same in all states."""
        require_seed(seed)
        return np.asarray(self.bias + 0.1 * (uniform(seed, _NAME, "bias", np.arange(self.n_units)) - 0.5))

    def states(self, seed: int = 0) -> NDArray[np.int64]:
        """Draw the path of the hidden state, (n_trials, n_bins)."""
        require_seed(seed)
        trial, step = np.ogrid[: self.n_trials, : self.n_bins]
        leaves = uniform(seed, _NAME, "leave", trial, step) < self.dt_s / self.dwell_s
        leaves[:, 0] = False
        # A state that is left moves on by 1 to S - 1 steps around the ring of states: each other one is as likely.
        move = 1 + (uniform(seed, _NAME, "move", trial, step) * max(self.n_states - 1, 1)).astype(np.int64)
        first = (uniform(seed, _NAME, "first", trial) * self.n_states).astype(np.int64)
        return np.asarray((first + np.cumsum(np.where(leaves, move, 0), axis=1)) % self.n_states)

    def simulate(self, seed: int = 0) -> Recording:
        """Draw anatomy, weights, states and spikes.

        Parameters
        ----------
        seed : int, >= 0

        Returns
        -------
        Recording
            Spikes, observed during trials only; epochs "trial" and "state" ("state 0", ...); `truth` has one directed
            snapshot for every stay in a state.

        Raises
        ------
        NumericalError
            If the units excite each other without bound.
        """
        n, bins, path = self.n_units, self.n_bins, self.states(seed)
        weight = self.wiring(seed)
        onto = np.ascontiguousarray(weight.transpose(0, 2, 1))
        bias = np.tile(self.biases(seed), (self.n_states, 1))
        start = np.asarray(np.arange(self.n_trials) * (bins * self.dt_s + _PAUSE_S), dtype=np.float64)
        time, unit = [], []
        for trial in range(self.n_trials):
            draws = uniform(seed, _NAME, "spike", trial, np.arange(bins)[:, None], np.arange(n))
            counts = np.zeros((bins, n), dtype=np.int64)
            run_counts(draws, path[trial], onto, bias, self.basis(), LINKS[self.link], counts)
            require_bounded(counts)
            key = f"{_NAME} {trial}"
            spikes = place_spikes(counts, start=float(start[trial]), dt_s=self.dt_s, seed=seed, name=key)
            time.append(spikes[0])
            unit.append(spikes[1])
        trials = Intervals(
            start=start,
            stop=np.asarray(start + bins * self.dt_s),
            label=np.array([f"trial {k}" for k in range(self.n_trials)]),
        )
        span = (0.0, float(trials.stop[-1]))
        bounds, which = self._stays(path, start)
        names = np.array([f"state {k}" for k in which])
        return Recording(
            events=Events.from_events(np.concatenate(time), np.concatenate(unit), n_units=n, span=span),
            observed=Intervals.from_bounds(trials.bounds),
            epochs={"trial": trials, "state": Intervals(start=bounds[:, 0], stop=bounds[:, 1], label=names)},
            truth=Snapshots.from_dense(weight[which], bounds, directed=True),
            meta={"session_description": "Simulated: switching interactions, known states.", "config": repr(self)},
        )

    def _stays(
        self, path: NDArray[np.int64], start: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the bounds (s) of every stay in a state, and the state."""
        fresh = np.ones(path.shape, dtype=bool)
        fresh[:, 1:] = path[:, 1:] != path[:, :-1]
        trial, first = np.nonzero(fresh)
        last = np.append(first[1:], 0)
        last[last == 0] = path.shape[1]  # a trial's first stay begins at bin 0, and so ends the stay before it
        base = start[trial]
        return np.column_stack([base + first * self.dt_s, base + last * self.dt_s]), path[trial, first]
