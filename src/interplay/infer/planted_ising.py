"""A planted recording: binary units with known couplings of pairs, and of triples if wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import uniform
from interplay.data import Recording, Snapshots
from interplay.infer.edges import require_choice
from interplay.infer.planted_wiring import binned_spikes, require_entries, require_seed, signed_wiring, symmetric_wiring
from interplay.ops.ising_chains import run_chain
from interplay.ops.surrogates import stream_state

_NAME = "planted ising"
_SKIP = 200
_DYNAMICS = ("equilibrium", "kinetic")


@dataclass(frozen=True, kw_only=True)
class PlantedIsing:
    """Binary units (a spike or none per bin) with a known field and known couplings.

    With spins s = 2x - 1 in {-1, 1}: in equilibrium ``p(s) ~ exp(sum_i h_i s_i + sum_{i<j} J_ij s_i s_j + sum K_ijk s_i
    s_j s_k)``, sampled by Gibbs sweeps. Kinetic: all units are updated at once, ``p(s_i(t) = 1 | s(t-1)) = 1 / (1 +
    exp(-2 (h_i + sum_j J_ji s_j(t-1))))``, with a directed J.

    Parameters
    ----------
    n_units : int, >= 2
    duration_s : float, s, > 0
        Rounded down to whole bins.
    dt_s : float, s, > 0
        Width of a bin.
    dynamics : {"equilibrium", "kinetic"}
    density : float, in [0, 1]
        Probability of an edge for each pair; ordered pair if kinetic.
    excitatory : float, in [0, 1]
        Probability of a positive coupling; if kinetic, share of units with positive couplings.
    strength : (low, high), >= 0
        Uniform range of the sizes of couplings.
    level : (low, high), in (-1, 1)
        Fields are set so that units would have mean spins in this range, were all others at their own.
    n_triples : int, >= 0
        Couplings of three units, drawn among all triples; equilibrium only.
    triple_strength : float
        K of each triple.
    sweeps : int, >= 1
        Gibbs sweeps from one bin to the next; equilibrium only. Samples of successive bins depend on each other, the
        less the more sweeps.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Every draw is keyed by (seed, bin, sweep, unit). The chain starts at random; 200 bins are thrown away. Time
    O(T sweeps N^2).

    Examples
    --------
    >>> recording = PlantedIsing(duration_s=10.0).simulate(1)
    >>> recording.n_units, recording.truth.directed
    (16, False)
    """

    n_units: int = 16
    duration_s: float = 300.0
    dt_s: float = 0.02
    dynamics: Literal["equilibrium", "kinetic"] = "equilibrium"
    density: float = 0.2
    excitatory: float = 0.6
    strength: tuple[float, float] = (0.2, 0.5)
    level: tuple[float, float] = (-0.8, -0.4)
    n_triples: int = 0
    triple_strength: float = 0.3
    sweeps: int = 4

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=2, whole=True)
        require_setting("dt_s", self.dt_s, above=0)
        require_setting("duration_s", self.duration_s, least=self.dt_s)
        require_choice("dynamics", self.dynamics, _DYNAMICS)
        for name in ("density", "excitatory"):
            require_setting(name, getattr(self, name), least=0, most=1)
        require_entries("strength", self.strength, "(low, high)")
        require_setting("strength[0]", self.strength[0], least=0)
        require_setting("strength[1]", self.strength[1], least=self.strength[0])
        require_entries("level", self.level, "(low, high)")
        require_setting("level[0]", self.level[0], above=-1, below=1)
        require_setting("level[1]", self.level[1], least=self.level[0], below=1)
        triples = self.n_units * (self.n_units - 1) * (self.n_units - 2) // 6 if self.dynamics == "equilibrium" else 0
        require_setting("n_triples", self.n_triples, least=0, most=triples, whole=True)
        require_setting("triple_strength", self.triple_strength)
        require_setting("sweeps", self.sweeps, least=1, whole=True)

    def wiring(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the couplings J, (N, N), ``[src, dst]``; symmetric in equilibrium."""
        require_seed(seed)
        draw = {
            "density": self.density,
            "excitatory": self.excitatory,
            "strength": self.strength,
            "seed": seed,
            "name": _NAME,
        }
        if self.dynamics == "equilibrium":
            return symmetric_wiring(self.n_units, **draw)  # type: ignore[arg-type]
        return signed_wiring(self.n_units, ratio=1.0, **draw)  # type: ignore[arg-type]

    def triples(self, seed: int = 0) -> NDArray[np.int64]:
        """Give the coupled triples, (n_triples, 3), each i < j < k."""
        require_seed(seed)
        grid = np.arange(self.n_units)
        i, j, k = (a.ravel() for a in np.meshgrid(grid, grid, grid, indexing="ij"))
        every = np.column_stack([i, j, k])[(i < j) & (j < k)]
        chosen = np.argsort(uniform(seed, _NAME, "triple", *every.T), kind="stable")[: self.n_triples]
        return every[np.sort(chosen)]

    def field(self, seed: int = 0) -> NDArray[np.float64]:
        """Give the fields h, (N,)."""
        low, high = self.level
        mean = low + (high - low) * uniform(seed, _NAME, "level", np.arange(self.n_units))
        field = np.arctanh(mean) - mean @ self.wiring(seed)
        for i, j, k in self.triples(seed) if self.n_triples else ():
            for one, a, b in ((i, j, k), (j, i, k), (k, i, j)):
                field[one] -= self.triple_strength * mean[a] * mean[b]
        return np.asarray(field)

    def states(self, seed: int = 0) -> NDArray[np.int8]:
        """Draw the samples, (T, N), 0 or 1 per bin."""
        require_seed(seed)
        n = self.n_units
        mine: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        for i, j, k in self.triples(seed).tolist() if self.n_triples else ():
            mine[i].append((j, k))
            mine[j].append((i, k))
            mine[k].append((i, j))
        most = max(map(len, mine))
        partner, strength = np.zeros((n, most, 2), dtype=np.int64), np.zeros((n, most))
        for i, pairs in enumerate(mine):
            for d, pair in enumerate(pairs):
                partner[i, d], strength[i, d] = pair, self.triple_strength
        states = np.empty((int(self.duration_s / self.dt_s + 1e-6), n), dtype=np.int8)
        key = stream_state(seed, _NAME)
        onto = np.ascontiguousarray(self.wiring(seed).T)
        kinetic = self.dynamics == "kinetic"
        run_chain(key, self.field(seed), onto, partner, strength, self.sweeps, kinetic, _SKIP, states)
        return states

    def simulate(self, seed: int = 0) -> Recording:
        """Draw couplings and spikes.

        Parameters
        ----------
        seed : int, >= 0

        Returns
        -------
        Recording
            At most one spike per unit and bin; `truth` is one snapshot of the pair couplings, undirected in
            equilibrium.
        """
        events = binned_spikes(self.states(seed).astype(np.int64), dt_s=self.dt_s, seed=seed, name=_NAME)
        truth = Snapshots.from_dense(self.wiring(seed)[None], [events.span], directed=self.dynamics == "kinetic")
        return Recording(
            events=events,
            truth=truth,
            meta={"session_description": "Simulated: binary units, known couplings.", "config": repr(self)},
        )
