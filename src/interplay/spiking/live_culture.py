"""A culture as it lives: it owns its arrays, and time runs while `advance` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.ops import culture_synapses as rows
from interplay.ops.culture_run import MOST, run
from interplay.ops.culture_synapses import credit
from interplay.spiking.culture_state import CultureState, tissue

if TYPE_CHECKING:
    from interplay.spiking.culture import Culture

_CHUNK = 10


class LiveCulture:
    def __init__(self, config: Culture, state: CultureState) -> None:
        self.config = config
        self._tissue = made = tissue(config, state.seed)
        self.units, self.electrodes = made.units, made.electrodes
        self._seed, self._step = state.seed, state.step
        self._tick_steps = config.tick_steps
        room = config.n_units * self._tick_steps * _CHUNK
        self._out = (np.empty((2, room), np.int32), np.empty(room, np.float64), np.empty(room, np.int64))
        self._n_pulses = state.pulse_i.shape[1]
        self._pulse_i, self._pulse_mv = state.pulse_i, state.pulse_mv
        self._mean, self._rewards = state.reward_mean, state.rewards
        self._arrays = (state.state, state.queue, made.keys, state.unit_f, state.unit_i, made.pointers)
        self._edge_i, self._edge_f = state.edge_i, state.edge_f
        self._edges = (state.edge_i, state.edge_f, made.in_i, made.tables)
        self._near = (made.near_pointer, made.near_i, made.near_f)
        self._n_spikes = 0
        self._last = (np.empty(0), np.empty(0, np.int64))

    def stimulate(self, electrodes, amplitude_mv: float, delay_s: float = 0.0) -> None:
        at = np.asarray(electrodes)
        n, k = self._n_pulses, at.size
        if n + k > self._pulse_mv.size:
            size = 2 * (n + k)
            pulse_i, pulse_mv = np.empty((2, size), np.int64), np.empty(size, np.float32)
            pulse_i[:, :n], pulse_mv[:n] = self._pulse_i[:, :n], self._pulse_mv[:n]
            self._pulse_i, self._pulse_mv = pulse_i, pulse_mv
        self._pulse_i[0, n : n + k] = self._step + round(delay_s * 1000 / self.config.dt_ms)
        self._pulse_i[1, n : n + k] = at
        self._pulse_mv[n : n + k] = amplitude_mv
        self._n_pulses = n + k

    def advance(self, ticks: int = 1):
        times, places, steps, units = [], [], [], []
        made = self._tissue
        while ticks > 0:
            now = min(ticks, _CHUNK)
            n_steps = now * self._tick_steps
            n, seen = run(
                self._step,
                n_steps,
                made.noise_key,
                self._n_pulses,
                made.counts,
                made.settings,
                *self._arrays,
                *self._edges,
                self._pulse_i,
                self._pulse_mv,
                *self._near,
                *self._out,
            )
            self._step += n_steps
            ticks -= now
            if self._n_pulses:
                self._drop()
            times.append(self._out[1][:seen].copy())
            places.append(self._out[2][:seen].copy())
            steps.append(self._out[0][:, :n].copy())
        if len(times) == 1:
            self._raw = steps[0]
            return times[0], places[0]
        self._raw = np.concatenate(steps, axis=1)
        return np.concatenate(times), np.concatenate(places)

    def _drop(self) -> None:
        n = self._n_pulses
        later = np.flatnonzero(self._pulse_i[0, :n] >= self._step)
        self._pulse_i[:, : later.size] = self._pulse_i[:, later]
        self._pulse_mv[: later.size] = self._pulse_mv[later]
        self._n_pulses = later.size

    def spikes_of_units(self):
        return self._raw[0] * (self.config.dt_ms / 1000), self._raw[1].astype(np.int64)

    def reward(self, value: float) -> None:
        amount = np.float32(self.config.learning_rate * (value - self._mean))
        self._rewards += 1
        self._mean += self.config.baseline * (value - self._mean)
        if self.config.plasticity == "r_stdp_centred":
            made = self._tissue
            credit(self._step, amount, made.settings[MOST], made.in_i, self._edge_i, self._edge_f, made.tables)

    def adjacency(self):
        n = self.config.n_units
        out = np.zeros((n, n))
        made = self._tissue
        source = np.repeat(np.arange(n), np.diff(made.pointers[0]))
        w = self._edge_f[rows.WEIGHT] * made.units.sign[source]
        out[source, self._edge_i[rows.TARGET]] = w
        return out
