"""What is written down while a culture plays, as a `Recording` that the main job analyses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from interplay._core.checks import require_setting
from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units
from interplay.loop.clock import within

#: Rows of ball and paddle: one in so many ticks.
GAME_EVERY = 10


class Column:
    """A column that grows by doubling.

    Parameters
    ----------
    dtype : numpy dtype
    width : int
        Numbers per row; 1 gives a one-dimensional column.
    """

    def __init__(self, dtype: DTypeLike, width: int = 1) -> None:
        self._rows = np.empty((1024, width) if width > 1 else 1024, dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def extend(self, values: ArrayLike) -> None:
        """Add rows."""
        added = np.asarray(values)
        end = self._n + len(added)
        if end > len(self._rows):
            room = np.empty((max(end, 2 * len(self._rows)), *self._rows.shape[1:]), self._rows.dtype)
            room[: self._n] = self._rows[: self._n]
            self._rows = room
        self._rows[self._n : end] = added
        self._n = end

    def values(self) -> NDArray[Any]:
        """Give a copy of the rows."""
        return self._rows[: self._n].copy()


@dataclass(eq=False)
class Recorder:
    """The notebook of one session; time 0 is the first serve.

    Parameters
    ----------
    channels : Units
    tick_s : float, s
    origin_s : float, s
        What the backend's clock shows at the first serve.
    """

    channels: Units
    tick_s: float
    origin_s: float

    def __post_init__(self) -> None:
        self.n_ticks = 0
        self._time, self._channel = Column(np.float64), Column(np.int64)
        self._game, self._game_tick = Column(np.float32, 3), Column(np.int64)
        self._pulses = Column(np.float64, 3)
        self._phases: list[tuple[int, str]] = []
        self._misses: list[int] = []
        self._hits: list[int] = []
        self._returns: list[int] = []
        self._pauses: list[tuple[int, int]] = []

    def spikes(self, time: NDArray[np.float64], channel: NDArray[np.int64]) -> None:
        """Write down spikes, in the backend's time."""
        if len(time):
            self._time.extend(time)
            self._channel.extend(channel)

    def game(self, tick: int, paddle_y: float, ball_x: float, ball_y: float) -> None:
        """Write down where things are, in one of `GAME_EVERY` ticks."""
        if tick % GAME_EVERY == 0:
            self.seen(tick, paddle_y, ball_x, ball_y)

    def seen(self, tick: int, paddle_y: float, ball_x: float, ball_y: float) -> None:
        """Write down where things are."""
        self._game.extend([(paddle_y, ball_x, ball_y)])
        self._game_tick.extend([tick])

    def pulse(self, time_s: float, site: int, amplitude_mv: float) -> None:
        """Write down a pulse, in the backend's time; site -1 means all."""
        self._pulses.extend([(time_s, site, amplitude_mv)])

    def phase(self, tick: int, name: str) -> None:
        """Let a phase begin."""
        if self._phases and self._phases[-1][0] == tick:
            self._phases[-1] = (tick, name)
        elif not self._phases or self._phases[-1][1] != name:
            self._phases.append((tick, name))

    def hit(self, tick: int) -> None:
        """Write down a return of the ball."""
        self._returns.append(tick)

    def miss(self, tick: int, hits: int, pause_ticks: int) -> None:
        """Close a rally."""
        self._misses.append(tick)
        self._hits.append(hits)
        if pause_ticks:
            self._pauses.append((tick, tick + pause_ticks))

    def close(
        self,
        keep: NDArray[np.int64] | None,
        *,
        truth: Snapshots | None = None,
        meta: Mapping[str, str],
        notes: tuple[str, ...],
    ) -> Recording | None:
        """Give the recording; None before the first tick.

        Parameters
        ----------
        keep : (K,) int array or None
            Channels to keep, rising; all where None.
        truth : Snapshots or None
            Of the kept channels.
        meta : mapping of str to str
        notes : tuple of str

        Returns
        -------
        Recording or None
            `units` with position and group. Epochs: "rallies", from the last miss (0, for the first) to the next,
            labelled by the number of hits; "hits", one tick each; "pauses" after the misses; "phase" with the labels
            "play", "feedback" (stimulation that tells of a hit or a miss) and "rest". Behaviour: "game" (paddle_y,
            ball_x, ball_y, px), ten rows per second of play; "stimulation" (site, amplitude in mV; site -1 for all),
            one row per pulse.

        Raises
        ------
        PlayerError
            If a spike was written down that lies outside the session.
        """
        if not self.n_ticks:
            return None
        span = (0.0, self.n_ticks * self.tick_s)
        time = within(self._time.values() - self.origin_s, *span, whose="the session")
        events = Events(time=time, unit=self._channel.values(), n_units=self.channels.n, span=span)
        units = self.channels
        if keep is not None:
            events, units = events.select(keep), units.select(keep)
        return Recording(
            events=events,
            units=units,
            behavior=self._behavior(),
            epochs=self._epochs(),
            truth=truth,
            meta=meta,
            notes=notes,
        )

    def _behavior(self) -> dict[str, Series]:
        out = {}
        if len(self._game):
            out["game"] = Series(
                time=self._game_tick.values() * self.tick_s,
                values=self._game.values(),
                names=("paddle_y", "ball_x", "ball_y"),
                unit="px",
            )
        if len(self._pulses):
            rows = self._pulses.values()
            out["stimulation"] = Series(
                time=rows[:, 0] - self.origin_s, values=rows[:, 1:], names=("site", "amplitude_mv")
            )
        return out

    def _epochs(self) -> dict[str, Intervals]:
        out = {}
        if self._misses:
            stop = np.array(self._misses) * self.tick_s
            out["rallies"] = Intervals(
                start=np.concatenate([[0.0], stop[:-1]]), stop=stop, label=np.array([str(h) for h in self._hits])
            )
        if self._returns:
            tick = np.array(self._returns)
            out["hits"] = Intervals(start=tick * self.tick_s, stop=(tick + 1) * self.tick_s)
        if self._pauses:
            out["pauses"] = Intervals.from_bounds(np.array(self._pauses) * self.tick_s)
        if self._phases:
            start = np.array([tick for tick, _ in self._phases])
            stop_tick = np.append(start[1:], self.n_ticks)
            inside = start < stop_tick
            label = np.array([name for _, name in self._phases])
            out["phase"] = Intervals(
                start=start[inside] * self.tick_s, stop=stop_tick[inside] * self.tick_s, label=label[inside]
            )
        return out


def spread_channels(channels: Units, scan: NDArray[np.int64], number: int, least: int = 3) -> NDArray[np.int64]:
    """Choose channels to keep, spread evenly over those that fired before the game.

    Parameters
    ----------
    channels : Units
    scan : (C,) int array
        Spikes of each channel during the baseline, before the first serve.
    number : int, >= 2
        How many channels to keep; fewer come back if fewer have fired.
    least : int
        Spikes that a channel must have fired during the baseline.

    Returns
    -------
    (K,) int64 array, rising

    Raises
    ------
    ConfigError
        If `number` is below 2.

    Notes
    -----
    The rule is that of an activity scan in the laboratory: it looks at the baseline, which is not part of the
    recording, and never at the game. Each group gets its share of the places by its size among the channels that fired;
    within a group every k-th of them is taken, whatever its rate. So chosen channels fire more than all do on average.
    """
    require_setting("record_channels", number, least=2)
    alive = np.flatnonzero(scan >= least)
    if len(alive) <= number:
        return alive
    names, size = np.unique(channels.group[alive], return_counts=True)
    share = number * size / size.sum()
    quota = np.floor(share).astype(int)
    quota[np.argsort(quota - share, kind="stable")[: number - quota.sum()]] += 1
    chosen = []
    for name, count in zip(names, quota, strict=True):
        members = alive[channels.group[alive] == name]
        place = np.floor((np.arange(count) + 0.5) * len(members) / max(int(count), 1)).astype(int)
        chosen.append(members[place])
    return np.sort(np.concatenate(chosen))
