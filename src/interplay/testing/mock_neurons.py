"""A connection that answers as the Cortical Labs interface is documented to answer, for those who have no device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from interplay._core.rng import stream

FRAMES_PER_S = 25_000


class MockSpike(NamedTuple):
    """One detected spike."""

    channel: int
    timestamp: int  # frame


class SentPulse(NamedTuple):
    """One pulse that was asked for."""

    frame: int
    channels: tuple[int, ...]
    design: tuple[float, ...]
    lead_us: int


class MockNeurons:
    """Poisson spikes on 64 channels, and a book of all pulses; time passes only in the loop.

    Parameters
    ----------
    rate_hz : float, Hz
        Of every channel.
    ticks : int
        When the loop ends by itself.
    begin : int
        First frame.
    """

    def __init__(self, rate_hz: float = 20.0, ticks: int = 10**9, begin: int = 123_456) -> None:
        self.now, self.rate_hz, self.ticks = begin, rate_hz, ticks
        self.sent: list[SentPulse] = []
        self.asked: list[int] = []

    def get_frames_per_second(self) -> int:
        """Give the frames per second."""
        return FRAMES_PER_S

    def timestamp(self) -> int:
        """Give the present frame."""
        return self.now

    def stim(self, channels: Iterable[int], design: Any, /, burst: Any = None, lead_time_us: int = 80) -> None:
        """Note a pulse; lead times that the interface refuses are refused."""
        if lead_time_us < 80 or lead_time_us % 40:
            raise ValueError(f"lead_time_us must be a multiple of 40 of at least 80, got {lead_time_us}")
        self.sent.append(SentPulse(self.now, tuple(channels), tuple(design), lead_time_us))

    def loop(self, ticks_per_second: int) -> Iterator[Any]:
        """Yield ticks with the spikes of the frames that they cover."""
        self.asked.append(ticks_per_second)
        frames, rng = FRAMES_PER_S // ticks_per_second, stream(0, "mock neurons", len(self.asked))
        for _ in range(self.ticks):
            start = self.now
            self.now += frames
            number = int(rng.poisson(self.rate_hz * 64 * frames / FRAMES_PER_S))
            where, when = rng.integers(0, 64, number), rng.integers(start, self.now, number)
            spikes = [MockSpike(int(c), int(f)) for c, f in zip(where, when, strict=True)]
            analysis = SimpleNamespace(spikes=spikes, start_timestamp=start, stop_timestamp=self.now)
            yield SimpleNamespace(analysis=analysis)


def channel_set(*channels: int) -> tuple[int, ...]:
    """Stand in for their set of channels."""
    return channels


def stim_design(*phases: float) -> tuple[float, ...]:
    """Stand in for their design of a pulse: durations (µs) and currents (µA) in turn."""
    return phases
