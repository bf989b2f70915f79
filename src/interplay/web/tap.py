"""A tap between a dish and its culture: everything passes as before, and is noted with its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Units
from interplay.loop.backend import Backend

#: What is noted at every advance: its end (s), spike times (s), their channels, and pulses as (time, channels).
Note = Callable[[float, NDArray[np.float64], NDArray[np.int64], list[tuple[float, NDArray[np.int64]]]], None]


class Tap:
    """A backend around a backend.

    Parameters
    ----------
    backend : Backend
    tick_s : float, s
        Length of its ticks.
    """

    def __init__(self, backend: Backend, tick_s: float) -> None:
        self._backend, self._tick_s = backend, tick_s
        self._ticks = self._origin = 0
        self._pulses: list[tuple[float, NDArray[np.int64]]] = []
        self.note: Note | None = None

    def __getattr__(self, name: str) -> Any:
        # What only some backends have (`truth`, `responds`) is theirs.
        return getattr(self._backend, name)

    @property
    def channels(self) -> Units:
        """Give the electrodes."""
        return self._backend.channels

    def begin_here(self) -> None:
        """Let the clock of the notes begin now."""
        self._origin = self._ticks

    def reset(self, seed: int) -> None:
        """Start anew at time 0."""
        self._backend.reset(seed)
        self._ticks = self._origin = 0
        self._pulses = []

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Pass a pulse on."""
        self._backend.stim(channels, amplitude_mv, delay_s)
        self._pulses.append(((self._ticks - self._origin) * self._tick_s + delay_s, channels))

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let time pass, and note what was heard."""
        time, channel = self._backend.advance(ticks)
        self._ticks += ticks
        if self.note is not None:
            origin = self._origin * self._tick_s
            self.note((self._ticks - self._origin) * self._tick_s, time - origin, channel, self._pulses)
        self._pulses = []
        return time, channel

    def reward(self, value: float) -> None:
        """Pass it on."""
        self._backend.reward(value)
