"""What a culture must offer to sit in the dish: pulses in, spikes out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from interplay.data import Units


class Backend(Protocol):
    """A culture on an electrode array, or what stands in for one. Time runs only while `advance` is called."""

    @property
    def channels(self) -> Units:
        """Give the electrodes: position (µm) and group ("sensory", "motor_left", "motor_right")."""
        ...

    def reset(self, seed: int) -> None:
        """Start anew at time 0."""
        ...

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Give one pulse on these channels, `delay_s` from now, during the next `advance`."""
        ...

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let so many ticks of 10 ms pass; give the spikes in them: time since the start (s) and channel."""
        ...

    def reward(self, value: float) -> None:
        """Tell the culture how it went, for plasticity that listens to it; others ignore it."""
        ...
