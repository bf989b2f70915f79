"""A culture that is none: independent Poisson spikes at fixed rates, whatever is done to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Units
from interplay.spiking.geometry import electrodes

_TICK_S, _PER_S = 0.01, 100


class Poisson:
    """Backend whose channels spike independently of each other and of all stimulation.

    Parameters
    ----------
    rate_hz : float or (C,) float array, Hz, >= 0
    channels : Units or None
        None means the 900 electrodes of the layout gen3b.

    Raises
    ------
    DataError
        If a rate is negative, or there is not one for each channel.

    Notes
    -----
    Spikes are drawn second by second, keyed by (seed, second), so they do not depend on how the ticks are asked for.
    """

    responds = False

    def __init__(self, rate_hz: ArrayLike = 0.5, channels: Units | None = None) -> None:
        self._channels = gen3b() if channels is None else channels
        full = np.full(self._channels.n, rate_hz) if np.ndim(rate_hz) == 0 else rate_hz
        rate = Shapes(C=self._channels.n).array("rate_hz", full, "C")
        if (rate < 0).any():
            k = int(np.argmax(rate < 0))
            raise DataError(f"`rate_hz` must be >= 0, got rate_hz[{k}]={rate[k]:g}. Give rates in spikes per second.")
        self._total = float(rate.sum())
        self._share = np.cumsum(rate) / self._total if self._total else np.ones(self._channels.n)
        self.reset(0)

    @property
    def channels(self) -> Units:
        """Give the electrodes."""
        return self._channels

    def reset(self, seed: int) -> None:
        """Start anew at time 0."""
        self._seed, self._tick, self._second = seed, 0, -1
        self._time, self._channel = np.empty(0), np.empty(0, np.int64)

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Do nothing: these channels hear nothing."""

    def reward(self, value: float) -> None:
        """Do nothing: nothing here learns."""

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let so many ticks pass; give the spikes in them."""
        begin, end = self._tick * _TICK_S, (self._tick + ticks) * _TICK_S
        times, channels = [], []
        for second in range(self._tick // _PER_S, -(-(self._tick + ticks) // _PER_S)):
            if second != self._second:
                self._draw(second)
            cut = slice(*np.searchsorted(self._time, (begin, end)))
            times.append(self._time[cut])
            channels.append(self._channel[cut])
        self._tick += ticks
        if len(times) == 1:
            return times[0], channels[0]
        return np.concatenate(times), np.concatenate(channels)

    def _draw(self, second: int) -> None:
        rng = stream(self._seed, "poisson culture", second)
        number = int(rng.poisson(self._total))
        self._time = second + np.sort(rng.random(number))
        self._channel = np.minimum(
            np.searchsorted(self._share, rng.random(number), side="right"), self._channels.n - 1
        ).astype(np.int64)
        self._second = second


def gen3b() -> Units:
    """Give the electrodes of the layout gen3b as a table of units."""
    position_um, group = electrodes()
    return Units(n=len(group), position_um=position_um, group=group)
