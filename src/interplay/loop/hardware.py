"""Real cultures behind the Cortical Labs interface: whatever answers to `loop` and `stim` as theirs does.

Nothing of theirs is imported: the open connection and the two classes that describe a pulse are handed in.

References
----------
The public documentation of the CL API (docs.corticallabs.com, 2026): 64 channels, 25 000 frames per second, at most
3 µA and 3 nC per phase, phases in steps of 20 µs, at most 200 pulses per second on a channel, lead times of at least
80 µs in steps of 40 µs, channels 0, 4, 7, 56 and 63 not for stimulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError
from interplay.data import Units
from interplay.loop.clock import within
from interplay.loop.player import PlayerError

N_CHANNELS = 64
#: Channels without a stimulator.
NO_STIMULATOR = frozenset({0, 4, 7, 56, 63})
MOST_UA, MOST_NC, MOST_HZ = 3.0, 3.0, 200.0
_PHASE_US, _LEAD_US, _LEAST_LEAD_US = 20, 40, 80
_TICK_S = 0.01


class Hardware:
    """Backend around an open connection to a culture.

    Parameters
    ----------
    neurons : object
        With `loop(ticks_per_second=...)`, which yields ticks whose `analysis.spikes` have `channel` and `timestamp` (in
        frames), `stim(channels, design, lead_time_us=...)`, `get_frames_per_second()` and `timestamp()`.
    channel_set : callable
        Makes a set of channels of their numbers, ``channel_set(8, 9)``.
    stim_design : callable
        Makes a pulse of durations (µs) and currents (µA), ``stim_design(160, -1.0, 160, 1.0)``.
    groups : mapping of str to sequence of int
        Channels of "sensory", "motor_left" and "motor_right", each channel once.
    ua_per_mv : float, µA per mV, > 0
        The protocol speaks of voltages, this interface of currents: 1 µA for 75 mV by default, 2 µA for 150 mV.
    phase_us : int, µs, a multiple of 20
        Length of each of the two phases; the first one is negative.
    position_um : (64, 2) float array, µm, or None
        Where the channels are; without it sites and pools follow the order of the channels.

    Raises
    ------
    ConfigError
        If a channel is out of range, used twice, or not fit for stimulation.

    Notes
    -----
    A living culture cannot be made to forget: `reset` only begins a new loop and a new clock. Ticks pass in real time;
    if the game is slower than they are, the connection itself raises. Every pulse is sent by itself, never as a burst.
    A spike whose frame lies just outside its tick (their clocks may differ by a frame) is moved to its rim; one that
    lies further outside, because it was held back on its way, ends the session: it would be heard at a wrong time.
    """

    responds = True

    def __init__(
        self,
        neurons: Any,
        *,
        channel_set: Callable[..., Any],
        stim_design: Callable[..., Any],
        groups: Mapping[str, Sequence[int]],
        ua_per_mv: float = 1 / 75,
        phase_us: int = 160,
        position_um: ArrayLike | None = None,
    ) -> None:
        require_setting("ua_per_mv", ua_per_mv, above=0)
        require_setting("phase_us", phase_us, least=_PHASE_US)
        if phase_us % _PHASE_US:
            raise ConfigError(f"`phase_us` must be a multiple of {_PHASE_US} µs, got {phase_us}.")
        place = None if position_um is None else Shapes(C=N_CHANNELS).array("position_um", position_um, "C 2")
        self._channels = Units(n=N_CHANNELS, position_um=place, group=_layout(groups))
        self._neurons, self._channel_set, self._stim_design = neurons, channel_set, stim_design
        self._ua_per_mv, self._phase_us = ua_per_mv, phase_us
        self._ticks: Iterator[Any] | None = None
        self._begin()

    def _begin(self) -> None:
        self._tick = 0
        self._due: list[tuple[float, NDArray[np.int64], float]] = []
        self._last = np.full(N_CHANNELS, -np.inf)
        self._origin: int | None = None

    @property
    def channels(self) -> Units:
        """Give the 64 channels with their groups."""
        return self._channels

    def reset(self, seed: int) -> None:
        """Begin a new loop and a new clock; the culture stays as it is, and the seed changes nothing."""
        self._begin()
        self._ticks = iter(self._neurons.loop(ticks_per_second=round(1 / _TICK_S)))

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Give one pulse on these channels, `delay_s` from now, during the next `advance`.

        Raises
        ------
        PlayerError
            If the pulse breaks a limit of current, charge or rate, or a channel has no stimulator.
        """
        current = amplitude_mv * self._ua_per_mv
        charge = current * self._phase_us * 1e-3
        if current > MOST_UA or charge > MOST_NC:
            raise PlayerError(
                f"a pulse must stay within {MOST_UA:g} µA and {MOST_NC:g} nC per phase, but {amplitude_mv:g} mV means "
                f"{current:.2f} µA and {charge:.2f} nC. Lower `ua_per_mv`, the amplitude or `phase_us`."
            )
        unfit = sorted(NO_STIMULATOR.intersection(channels.tolist()))
        if unfit:
            raise PlayerError(f"channel {unfit[0]} has no stimulator. Stimulate others than {sorted(NO_STIMULATOR)}.")
        when = self._tick * _TICK_S + delay_s
        soon = when - self._last[channels] < 1 / MOST_HZ - 1e-9
        if soon.any():
            k = int(channels[soon][0])
            raise PlayerError(
                f"a channel must have at most {MOST_HZ:g} pulses per second, but channel {k} would get two within "
                f"{1e3 * (when - self._last[k]):.2f} ms at {when:.3f} s. Lower the rates."
            )
        self._last[channels] = when
        self._due.append((when, channels, current))

    def reward(self, value: float) -> None:
        """Do nothing: a living culture has no such input."""

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Wait until so many ticks have passed; give the spikes in them.

        Raises
        ------
        PlayerError
            If the loop of the connection has ended, or a spike lies more than a frame outside these ticks.
        """
        if self._ticks is None:
            self.reset(0)
        assert self._ticks is not None
        begin = self._tick * _TICK_S
        times, channels = [], []
        for _ in range(ticks):
            self._send()
            tick = next(self._ticks, None)
            if tick is None:
                raise PlayerError(
                    f"the loop of the culture must go on as long as the session, but it ended after {self._tick} "
                    "ticks. Open it without a limit."
                )
            if self._origin is None:
                self._origin = self._frame(tick)
                self._hz = float(self._neurons.get_frames_per_second())
            for spike in tick.analysis.spikes:
                times.append((int(spike.timestamp) - self._origin) / self._hz)
                channels.append(int(spike.channel))
            self._tick += 1
        if not times:
            return np.empty(0), np.empty(0, np.int64)
        time, channel = np.array(times, np.float64), np.array(channels, np.int64)
        # Ticks and spikes are counted in frames by two clocks: which tick a spike fell into is known to one frame, not
        # better; the half keeps whole frames clear of rounding.
        time = within(
            time, begin, self._tick * _TICK_S, whose="the ticks that have just passed", slack_s=1.5 / self._hz
        )
        order = np.lexsort((channel, time))
        return time[order], channel[order]

    def _frame(self, tick: Any) -> int:
        """Give the frame at which the first tick began."""
        start = getattr(tick.analysis, "start_timestamp", None)
        return (
            int(self._neurons.timestamp() - round(_TICK_S * self._neurons.get_frames_per_second()))
            if (start is None)
            else int(start)
        )

    def _send(self) -> None:
        """Send the pulses that are due in the coming tick."""
        now = self._tick * _TICK_S
        kept = []
        for when, channels, current in self._due:
            if when - now >= _TICK_S:
                kept.append((when, channels, current))
                continue
            lead = max(_LEAST_LEAD_US, round((when - now) * 1e6 / _LEAD_US) * _LEAD_US)
            design = self._stim_design(self._phase_us, -current, self._phase_us, current)
            self._neurons.stim(self._channel_set(*channels.tolist()), design, lead_time_us=lead)
        self._due = kept


def _layout(groups: Mapping[str, Sequence[int]]) -> NDArray[np.str_]:
    name = np.full(N_CHANNELS, "", dtype="<U32")
    for group, members in groups.items():
        for channel in members:
            if not 0 <= channel < N_CHANNELS:
                raise ConfigError(
                    f"`groups` must name channels from 0 to {N_CHANNELS - 1}, got {channel} in {group!r}."
                )
            if name[channel]:
                raise ConfigError(
                    f"`groups` must use each channel once, but channel {channel} is in {str(name[channel])!r} and "
                    f"{group!r}. Keep one."
                )
            name[channel] = group
    unfit = sorted(NO_STIMULATOR.intersection(groups.get("sensory", ())))
    if unfit:
        raise ConfigError(
            f"`groups` must not name channel {unfit[0]} as sensory: it has no stimulator. Use others than "
            f"{sorted(NO_STIMULATOR)}."
        )
    return name
