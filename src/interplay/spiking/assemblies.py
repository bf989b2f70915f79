"""A recorded culture with known truth: spiking assemblies that are rewired at known times, at constant firing rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay._core.rng import stream, uniform
from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units
from interplay.spiking.assembly_state import (
    TAU_E,
    AssemblyState,
    Circuit,
    advance_second,
    build_circuit,
    calibrate,
    rest_state,
)
from interplay.spiking.geometry import place_units
from interplay.spiking.wiring import Wiring, delays, memberships, signs, synapses

#: Connection probability: excitatory inside an assembly, excitatory between, inhibitory between.
_DENSITY = (0.9, 0.01, 0.25)
#: Behaviour: samples per second, relaxation time (s) and standard deviation of the noise.
_POSITION_HZ, _POSITION_TAU_S, _POSITION_NOISE = 10, 2.0, 0.1
_FRAMES_PER_S = 20_000


@dataclass(frozen=True, eq=False)
class _Parts:
    """What `simulate` and `step` need of a configuration, made once."""

    units: Units
    wiring: Wiring
    circuits: tuple[Circuit, ...]  # per regime
    regime_start: NDArray[np.float64]
    context_start: NDArray[np.float64]
    context: NDArray[np.int64]  # assembly that each context recruits


@dataclass(frozen=True, kw_only=True)
class Assemblies:
    """A network of excitatory and inhibitory units whose assemblies are rewired at known times.

    Each unit fires with a hazard that rises with its leaky input, exponentially below rest and linearly above (escape
    noise). Inside an assembly
    excitation is dense, between assemblies it is sparse, and inhibition reaches other assemblies only. At every time
    in `change_s` some units move to another assembly. Independently of that, a latent context recruits one assembly
    at a time: its members share a fluctuating input. Biases are calibrated beforehand such that every unit keeps its
    own mean firing rate in every regime and context, so only the structure tells them apart.

    Parameters
    ----------
    n_units : int, >= 10
    n_assemblies : int, >= 2
        Also the number of contexts. More assemblies make a larger share of the synapses inhibitory.
    duration_s : float, s, >= 1
        Whole seconds.
    change_s : tuple of float, s, or None
        When the network is rewired, strictly increasing, whole seconds inside (0, duration). None means at one and
        at two thirds of the duration; () means never.
    moved : float, in [0, 1]
        Share of the units that change their assembly at each change.
    recurring : int, >= 1, or None
        How many networks take turns: after the last of them the first comes back, synapse by synapse and bias by bias.
        None means that every regime has a network of its own.
    rate_hz : (low, high), Hz
        Mean rates of the units are spread evenly over this range.
    coupling : float, in [0, 0.95]
        Spikes that one excitatory spike evokes inside its assembly, to first order. The knob of difficulty.
    between : float, >= 0
        Strength of an excitatory synapse between assemblies, in level.
    inhibition : float, >= 0
        Strength of an inhibitory synapse, in level.
    recruit : float, >= 0
        Amplitude of the input that the members of the recruited assembly share, in level.
    context_s : (shortest, longest), s
        How long a context lasts; drawn uniformly, in whole seconds.
    excitatory : float, in (0, 1)
        Share of excitatory units.
    calibration_s : int, s, >= 10
        How long each regime runs freely before the recording, for its biases to be found.
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    `init` and `step` follow the simulator contract in steps of one second; `simulate` runs them to the end. Noise is
    keyed by (seed, unit, step): two configurations with the same seed draw the same numbers for the same unit and
    step, whatever else differs.

    Examples
    --------
    >>> recording = Assemblies(n_units=20, duration_s=6.0, calibration_s=30, seed=1).simulate()
    >>> recording.n_units, len(recording.truth), recording.epochs["regime"].label.tolist()
    (20, 3, ['regime 0', 'regime 1', 'regime 2'])
    """

    n_units: int = 120
    n_assemblies: int = 3
    duration_s: float = 1200.0
    change_s: tuple[float, ...] | None = None
    moved: float = 0.4
    recurring: int | None = None
    rate_hz: tuple[float, float] = (3.0, 8.0)
    coupling: float = 0.85
    between: float = 0.5
    inhibition: float = 2.5
    recruit: float = 0.8
    context_s: tuple[float, float] = (40.0, 80.0)
    excitatory: float = 0.8
    calibration_s: int = 300
    seed: int = 0

    def __post_init__(self) -> None:
        require_setting("n_units", self.n_units, least=10)
        require_setting("n_assemblies", self.n_assemblies, least=2, most=self.n_units // 5)
        require_setting("duration_s", self.duration_s, least=1)
        require_setting("moved", self.moved, least=0, most=1)
        if self.recurring is not None:
            require_setting("recurring", self.recurring, least=1)
        require_setting("coupling", self.coupling, least=0, most=0.95)
        for name in ("between", "inhibition", "recruit", "seed"):
            require_setting(name, getattr(self, name), least=0)
        require_setting("excitatory", self.excitatory, above=0, below=1)
        require_setting("calibration_s", self.calibration_s, least=10)
        require_setting("rate_hz[0]", self.rate_hz[0], above=0)
        require_setting("rate_hz[1]", self.rate_hz[1], least=self.rate_hz[0], most=50)
        require_setting("context_s[0]", self.context_s[0], least=1)
        require_setting("context_s[1]", self.context_s[1], least=self.context_s[0])
        if self.duration_s != int(self.duration_s):
            raise ConfigError(f"`duration_s` must be a whole number of seconds, got {self.duration_s}. Round it.")
        changes = self.change_s
        if changes is None:
            changes = tuple(float(round(self.duration_s * k / 3)) for k in (1, 2)) if self.duration_s >= 3 else ()
        edges = [0.0, *changes, self.duration_s]
        if any(b <= a for a, b in pairwise(edges)) or any(c != int(c) for c in changes):
            raise ConfigError(
                f"`change_s` must rise strictly in whole seconds inside (0, {self.duration_s:g}), got {changes}. "
                "Give () for a network that never changes."
            )
        object.__setattr__(self, "change_s", tuple(float(c) for c in changes))
        for name in ("rate_hz", "context_s"):
            low, high = getattr(self, name)
            object.__setattr__(self, name, (float(low), float(high)))

    def regimes(self) -> Intervals:
        """Give the stretches between the changes, labelled "regime 0", "regime 1", ... by their network."""
        edges = np.array([0.0, *(self.change_s or ()), self.duration_s])
        return Intervals(
            start=edges[:-1], stop=edges[1:], label=np.array([f"regime {k}" for k in self._networks().tolist()])
        )

    def _networks(self) -> NDArray[np.int64]:
        """Give the number of the network of each stretch."""
        count = len(self.change_s or ()) + 1
        return np.arange(count) % (self.recurring or count)

    def contexts(self) -> Intervals:
        """Give the stretches in which one assembly is recruited, labelled "assembly 0", "assembly 1", ..."""
        shortest, longest = self.context_s
        starts: list[float] = []
        labels: list[str] = []
        start, which = 0.0, int(uniform(self.seed, "context", 0) * self.n_assemblies)
        while start < self.duration_s:
            k = len(starts)
            starts.append(start)
            labels.append(f"assembly {which}")
            start += round(shortest + float(uniform(self.seed, "context length", k)) * (longest - shortest))
            which = (
                which + 1 + int(uniform(self.seed, "context", k + 1) * (self.n_assemblies - 1))
            ) % self.n_assemblies
        stops = np.minimum([*starts[1:], self.duration_s], self.duration_s)
        return Intervals(start=np.array(starts), stop=stops, label=np.array(labels))

    def units(self) -> Units:
        """Give the units table: electrode positions, groups and signs."""
        return place_units(self.n_units, signs(self.n_units, self.excitatory, seed=self.seed), seed=self.seed)

    def rates_hz(self) -> NDArray[np.float64]:
        """Give the mean rate that each unit keeps throughout, (N,) float64, Hz."""
        low, high = self.rate_hz
        rank = stream(self.seed, "rate").permutation(self.n_units)
        return np.asarray(low + (high - low) * (rank + 0.5) / self.n_units)

    def wiring(self) -> Wiring:
        """Draw the network of every regime, in the order of `regimes`."""
        table, which = self.units(), self._networks()
        member = memberships(table.sign, self.n_assemblies, int(which.max()) + 1, self.moved, seed=self.seed)
        mates = _DENSITY[0] * self.excitatory * self.n_units / self.n_assemblies
        inside = self.coupling / (mates * float(np.mean(self.rate_hz)) * TAU_E)
        strength = (inside, self.between, self.inhibition)
        weights = [synapses(row, table.sign, density=_DENSITY, strength=strength, seed=self.seed) for row in member]
        assert table.position_um is not None
        return Wiring(membership=member[which], weights=np.stack(weights)[which], delay=delays(table.position_um))

    def init(self, rng: np.random.Generator) -> AssemblyState:
        """Give a silent culture whose noise belongs to a key drawn from `rng`."""
        return self._rest(int(rng.integers(2**63)))

    def _rest(self, key: int) -> AssemblyState:
        depth = int(_parts(self).wiring.delay.max()) + 1
        return rest_state(self.n_units, self.n_assemblies, depth, key)

    def step(
        self, state: AssemblyState, drive: NDArray[np.float64] | None, rng: np.random.Generator
    ) -> tuple[AssemblyState, Events]:
        """Advance one second.

        Parameters
        ----------
        state : AssemblyState
            Left as it is.
        drive : (N,) float array, level, or None
            External input during this second, for example a stimulus; None means none.
        rng : numpy.random.Generator
            Not drawn from: all noise hangs on the key in `state`, so that interventions share it.

        Returns
        -------
        state : AssemblyState
        events : Events
            Spikes of this second.

        Raises
        ------
        ConfigError
            If the state has reached the end of the configured duration.
        DataError
            If `drive` has another shape or is not finite.
        """
        if state.second >= self.duration_s:
            raise ConfigError(f"`duration_s`={self.duration_s:g} is over; configure a longer culture to go on.")
        circuit, recruited = self._now(state.second)
        given = np.zeros(self.n_units) if drive is None else Shapes(N=self.n_units).array("drive", drive, "N")
        after, frame, unit, _ = advance_second(state, circuit, recruited, np.array(given, dtype=np.float64))
        span = (float(state.second), float(state.second + 1))
        return after, Events(time=frame / _FRAMES_PER_S, unit=unit, n_units=self.n_units, span=span)

    def _now(self, second: int) -> tuple[Circuit, NDArray[np.bool_]]:
        """Give the circuit of this second, and which units are recruited."""
        parts = _parts(self)
        circuit = parts.circuits[int(np.searchsorted(parts.regime_start, second, side="right")) - 1]
        context = int(np.searchsorted(parts.context_start, second, side="right")) - 1
        return circuit, circuit.pool == parts.context[context]

    def simulate(self, *, progress: Progress | None = None) -> Recording:
        """Run the culture to its end.

        Parameters
        ----------
        progress : callable or None
            Called as progress(seconds done, seconds in all).

        Returns
        -------
        Recording
            Spikes on a 20 kHz grid; `units` with position, group and sign; `truth` with one snapshot per regime
            (directed, ``adjacency[src, dst]``, jump of the level of `dst` per spike of `src`); `epochs` "regime" and
            "context"; `behavior` "position", one channel without unit: while assembly k is recruited it relaxes, with a
            time constant of 2 s, to k / (n_assemblies - 1), under noise of standard deviation 0.1.
        """
        parts = _parts(self)
        total = int(self.duration_s)
        state, silence = self._rest(self.seed), np.zeros(self.n_units)
        frames, units = [], []
        for second in range(total):
            state, frame, unit, _ = advance_second(state, *self._now(second), silence)
            frames.append(frame)
            units.append(unit)
            if progress is not None and (second % 10 == 9 or second + 1 == total):
                progress(second + 1, total)
        events = Events(
            time=np.concatenate(frames) / _FRAMES_PER_S,
            unit=np.concatenate(units),
            n_units=self.n_units,
            span=(0.0, float(total)),
        )
        return Recording(
            events=events,
            units=parts.units,
            behavior={"position": self._position()},
            epochs={"regime": self.regimes(), "context": self.contexts()},
            truth=Snapshots.from_dense(parts.wiring.weights, self.regimes().bounds, directed=True),
            meta={"session_description": "Simulated culture: assemblies rewired at known times.", "config": repr(self)},
        )

    def _position(self) -> Series:
        contexts = self.contexts()
        n_samples = int(self.duration_s) * _POSITION_HZ
        time = np.arange(n_samples) / _POSITION_HZ
        aim = _assembly_of(contexts) / (self.n_assemblies - 1)
        goal = aim[np.searchsorted(contexts.start, time, side="right") - 1]
        keep = np.exp(-1 / (_POSITION_HZ * _POSITION_TAU_S))
        noise = np.sqrt(12.0) * (uniform(self.seed, "position", np.arange(n_samples)) - 0.5)
        mean, spread = np.empty(n_samples), np.empty(n_samples)
        now, off = goal[0], 0.0
        for t in range(n_samples):
            now = keep * now + (1 - keep) * goal[t]
            off = keep * off + np.sqrt(1 - keep * keep) * _POSITION_NOISE * noise[t]
            mean[t], spread[t] = now, off
        return Series(time=time, values=(mean + spread)[:, None], names=("position",))


@lru_cache(maxsize=4)
def _parts(config: Assemblies) -> _Parts:
    wiring, rates, which = config.wiring(), config.rates_hz(), config._networks()
    circuits: list[Circuit] = []
    for network in range(int(which.max()) + 1):  # the first stretch of each: networks come in order
        pool, weights = wiring.membership[network], wiring.weights[network]
        quiet = build_circuit(weights, wiring.delay, pool, rates, gain=config.recruit)
        key = int(stream(config.seed, "calibrate", network).integers(2**63))
        circuits.append(calibrate(quiet, n_pools=config.n_assemblies, seconds=config.calibration_s, key=key))
    every = tuple(circuits[k] for k in which)
    contexts = config.contexts()
    return _Parts(config.units(), wiring, every, config.regimes().start, contexts.start, _assembly_of(contexts))


def _assembly_of(contexts: Intervals) -> NDArray[np.int64]:
    assert contexts.label is not None
    return np.array([int(text.split()[-1]) for text in contexts.label])
