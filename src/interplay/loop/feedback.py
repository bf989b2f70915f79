"""What the culture is told of hits and misses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from interplay._core.checks import require_setting
from interplay._core.rng import uniform

#: "fep": predictable after a hit, unpredictable after a miss. "silent": nothing in their place, same timing.
#: "open_loop": no feedback and no pause, the game goes on. "rest": no input at all.
FeedbackMode = Literal["fep", "silent", "open_loop", "rest"]
MODES: tuple[FeedbackMode, ...] = ("fep", "silent", "open_loop", "rest")


class Pulse(NamedTuple):
    """One pulse of a feedback."""

    tick: int  # from the start of the feedback
    delay_s: float  # from the start of that tick
    site: int  # -1 for all sites at once
    amplitude_mv: float


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The two kinds of feedback stimulation.

    Parameters
    ----------
    hit_mv, miss_mv : float, mV, > 0
    hit_hz, miss_hz : float, Hz, > 0
    hit_s, miss_s : float, s, > 0

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    After a hit: all sites at once, 75 mV, 100 Hz, for 100 ms. After a miss: 150 mV, 5 pulses per second for 4 s, each
    at a time and a site of its own, both uniform; then silence until the next serve (4.21 s). "5 Hz at random sites and
    times" is read as 20 pulses on the whole array; it could also mean 5 Hz at every site.

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952.
    """

    hit_mv: float = 75.0
    hit_hz: float = 100.0
    hit_s: float = 0.1
    miss_mv: float = 150.0
    miss_hz: float = 5.0
    miss_s: float = 4.0

    def __post_init__(self) -> None:
        for name in ("hit_mv", "hit_hz", "hit_s", "miss_mv", "miss_hz", "miss_s"):
            require_setting(name, getattr(self, name), above=0)

    def predictable(self, tick_s: float) -> list[Pulse]:
        """Give the pulses that follow a hit: always the same."""
        number = round(self.hit_hz * self.hit_s)
        return [Pulse(*_place(k / self.hit_hz, tick_s), -1, self.hit_mv) for k in range(number)]

    def unpredictable(self, sites: int, tick_s: float, seed: int, event: int) -> list[Pulse]:
        """Give the pulses that follow a miss, in order of time, drawn by (seed, event)."""
        number = round(self.miss_hz * self.miss_s)
        index = list(range(number))
        times = sorted((uniform(seed, "feedback", event, "time", index) * self.miss_s).tolist())
        where = (uniform(seed, "feedback", event, "site", index) * sites).astype(int).tolist()
        return [Pulse(*_place(t, tick_s), site, self.miss_mv) for t, site in zip(times, where, strict=True)]

    def ticks(self, kind: Literal["hit", "miss"], tick_s: float) -> int:
        """Give the length of a feedback in ticks."""
        return round((self.hit_s if kind == "hit" else self.miss_s) / tick_s)


def _place(time_s: float, tick_s: float) -> tuple[int, float]:
    """Split a time into whole ticks and the rest; a rounding error before a tick belongs to that tick."""
    tick = int(time_s / tick_s + 1e-9)
    return tick, max(time_s - tick * tick_s, 0.0)


class Shuffle:
    """Draws which feedback is given, whatever happened, with the share of hits so far.

    Parameters
    ----------
    chance : float, in (0, 1)
        Share of hits that is assumed, with the weight of one event, before there is any.
    seed : int
    """

    def __init__(self, chance: float, seed: int) -> None:
        self._hits, self._events, self._seed = chance, 0, seed

    def draw(self, happened: Literal["hit", "miss"]) -> Literal["hit", "miss"]:
        """Give what is to be told, which hangs on earlier events only; then enter what happened."""
        share = self._hits / (self._events + 1)
        self._hits += happened == "hit"
        self._events += 1
        return "hit" if float(uniform(self._seed, "shuffle", self._events)) < share else "miss"
