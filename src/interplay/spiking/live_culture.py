"""A culture as it lives: it owns its arrays, and time runs while `advance` is called."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.ops import culture_synapses as rows
from interplay.ops.culture_run import MOST, run
from interplay.spiking.culture_state import CultureState, tissue

if TYPE_CHECKING:
    from interplay.spiking.culture import Culture

#: Ticks that the kernel advances per call at most: the buffers hold the spikes of so many, whatever fires.
_CHUNK = 10


class LiveCulture:
    """A culture at some moment; `Culture.begin` grows one.

    Parameters
    ----------
    config : Culture
    state : CultureState
        Its arrays become the culture's own and change with it.

    Attributes
    ----------
    units, electrodes : Units
        All units, excitatory ones first; the 900 electrodes with their groups.
    seen_by : (N,) int32 array
        The electrode that sees each unit, or -1.

    Notes
    -----
    `advance(10)` and ten times `advance(1)` give the same spikes and the same state. A step k is stamped k dt_ms, so
    the spikes of a tick lie in its half-open interval.
    """

    def __init__(self, config: Culture, state: CultureState) -> None:
        self.config = config
        self._tissue = made = tissue(config, state.seed)
        self.units, self.electrodes = made.units, made.electrodes
        self._state = state
        self._step, self._tick_steps = state.step, config.tick_steps
        self._pulse_i, self._pulse_mv, self._n_pulses = state.pulse_i, state.pulse_mv, state.pulse_mv.size
        self._latest = int(state.pulse_i[0].max(initial=-1))
        self._reward_mean = state.reward_mean
        room = config.n_units * self._tick_steps * _CHUNK
        self._out = (np.empty((2, room), np.int32), np.empty(room, np.float64), np.empty(room, np.int64))
        self._fixed = (made.counts, made.settings, state.state, state.queue, made.keys, state.unit_f, state.unit_i,
                       made.pointers, state.edge_i, state.edge_f, made.in_i, made.slow, made.fast)  # fmt: skip
        self._near = (made.near_pointer, made.near_i, made.near_f)
        self._spikes: NDArray[np.int32] = np.empty((2, 0), np.int32)
        self.seen_by = state.unit_i[rows.SEEN].copy()

    @property
    def time_s(self) -> float:
        """Give the time since the culture was grown, s."""
        return self._step * self.config.dt_ms / 1000

    @property
    def reward_mean(self) -> float:
        """Give the running mean of the rewards."""
        return self._reward_mean

    def stimulate(self, electrodes: ArrayLike, amplitude_mv: float, delay_s: float = 0.0) -> None:
        """Give one pulse at each of these electrodes.

        Parameters
        ----------
        electrodes : (K,) int array, in [0, 900)
        amplitude_mv : float, mV
        delay_s : float, s, >= 0
            From now, rounded to the nearest step; a pulse that lies beyond the next `advance` waits for its time.

        Raises
        ------
        DataError
            If an electrode does not exist, or a number is not finite or negative.
        """
        at = np.asarray(electrodes)
        places = at.ravel().tolist()
        if not places:
            return
        if at.dtype.kind not in "iu" or min(places) < 0 or max(places) >= self.electrodes.n:
            raise DataError(
                f"`electrodes` must be integers in [0, {self.electrodes.n}), got {places[:8]}. "
                "Take rows of the table of electrodes."
            )
        if not (math.isfinite(amplitude_mv) and 0 <= delay_s < math.inf):
            raise DataError(
                f"`amplitude_mv` must be finite and `delay_s` finite and >= 0, got {amplitude_mv} and {delay_s}. "
                "Give a time from now."
            )
        n, more = self._n_pulses, len(places)
        if n + more > self._pulse_mv.size:
            grown = (np.zeros((2, 2 * (n + more)), np.int64), np.zeros(2 * (n + more), np.float32))
            grown[0][:, :n], grown[1][:n] = self._pulse_i[:, :n], self._pulse_mv[:n]
            self._pulse_i, self._pulse_mv = grown
        when = self._step + round(delay_s * 1000 / self.config.dt_ms)
        self._latest = max(self._latest, when)
        self._pulse_i[0, n : n + more] = when
        self._pulse_i[1, n : n + more] = at.ravel()
        self._pulse_mv[n : n + more] = amplitude_mv
        self._n_pulses = n + more

    def advance(self, ticks: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let time pass.

        Parameters
        ----------
        ticks : int, >= 0
            Of 10 ms each.

        Returns
        -------
        time : (E,) float64 array, s since the culture was grown
            Of the spikes that electrodes see, never decreasing.
        electrode : (E,) int64 array, in [0, 900)
        """
        if 0 < ticks <= _CHUNK:
            n, seen = self._run(ticks)
            self._spikes = self._out[0][:, :n].copy()
            return self._out[1][:seen].copy(), self._out[2][:seen].copy()
        require_setting("ticks", ticks, least=0)
        times, places, spikes = [np.empty(0)], [np.empty(0, np.int64)], [np.empty((2, 0), np.int32)]
        for first in range(0, ticks, _CHUNK):
            n, seen = self._run(min(_CHUNK, ticks - first))
            spikes.append(self._out[0][:, :n].copy())
            times.append(self._out[1][:seen].copy())
            places.append(self._out[2][:seen].copy())
        self._spikes = np.concatenate(spikes, axis=1)
        return np.concatenate(times), np.concatenate(places)

    def _run(self, ticks: int) -> tuple[int, int]:
        n_steps = ticks * self._tick_steps
        n, seen = run(
            self._step, n_steps, self._tissue.noise_key, self._n_pulses, *self._fixed, self._pulse_i, self._pulse_mv,
            *self._near, *self._out,
        )  # fmt: skip
        self._step += n_steps
        if self._n_pulses and self._latest < self._step:
            self._n_pulses = 0
        elif self._n_pulses:
            waiting = np.flatnonzero(self._pulse_i[0, : self._n_pulses] >= self._step)
            self._n_pulses = waiting.size
            self._pulse_i[:, : waiting.size] = self._pulse_i[:, waiting]
            self._pulse_mv[: waiting.size] = self._pulse_mv[waiting]
        return n, seen

    def spikes_of_units(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give all spikes of the last `advance`, seen or not: time (s) and unit."""
        step, unit = self._spikes
        return step * (self.config.dt_ms / 1000), unit.astype(np.int64)

    def reward(self, value: float) -> None:
        """Tell the culture how it went.

        Parameters
        ----------
        value : float
            Changes weights with "r_stdp_centred" only; the running mean of rewards follows in any case.

        Raises
        ------
        DataError
            If the value is not finite.
        """
        if not math.isfinite(value):
            raise DataError(f"`value` must be finite, got {value}. Give 0 where nothing is to be learned.")
        centred = value - self._reward_mean
        self._reward_mean += self.config.reward_blend * centred
        if self.config.plasticity == "r_stdp_centred":
            made, state = self._tissue, self._state
            amount = np.float32(self.config.learning_rate * centred)
            rows.credit(self._step, amount, made.settings[MOST], made.in_i, state.edge_i, state.edge_f, made.slow)

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Give the synapses as they are now, by source, then by target: source, target, weight (< 0: inhibitory)."""
        source = np.repeat(np.arange(self.config.n_units), np.diff(self._tissue.pointers[0]))
        weight = self._state.edge_f[rows.WEIGHT].astype(np.float64) * self.units.sign[source]
        return source, self._tissue.targets, weight

    def adjacency(self) -> NDArray[np.float64]:
        """Give the synapses between units as they are now: (N, N) float64 ``[src, dst]``, negative where inhibitory."""
        out = np.zeros((self.config.n_units, self.config.n_units))
        source, target, weight = self.edges()
        out[source, target] = weight
        return out

    def state(self) -> CultureState:
        """Give a copy of everything that the future depends on."""
        n = self._n_pulses
        now = replace(
            self._state,
            step=self._step,
            reward_mean=self._reward_mean,
            pulse_i=self._pulse_i[:, :n],
            pulse_mv=self._pulse_mv[:n],
        )
        return now.copy()
