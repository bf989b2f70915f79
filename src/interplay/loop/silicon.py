"""The simulated culture behind the dish."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.data import Units
from interplay.spiking.culture import Culture
from interplay.spiking.live_culture import LiveCulture


class Silicon:
    """Backend around `spiking.Culture`.

    Parameters
    ----------
    culture : Culture
    """

    responds = True

    def __init__(self, culture: Culture) -> None:
        self.culture = culture
        self.live: LiveCulture | None = None

    @property
    def channels(self) -> Units:
        """Give the electrodes."""
        return self._live.electrodes

    @property
    def _live(self) -> LiveCulture:
        if self.live is None:
            self.reset(0)
        assert self.live is not None
        return self.live

    def reset(self, seed: int) -> None:
        """Grow the culture of this seed."""
        self.live = self.culture.begin(seed)

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Give one pulse on these electrodes, `delay_s` from now, during the next `advance`."""
        self._live.stimulate(channels, amplitude_mv, delay_s)

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let so many ticks pass; give the spikes that the electrodes saw."""
        return self._live.advance(ticks)

    def reward(self, value: float) -> None:
        """Tell the culture how it went; only `r_stdp_centred` listens."""
        self._live.reward(value)
