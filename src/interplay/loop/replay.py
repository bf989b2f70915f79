"""A recorded culture: its spikes are played back in the order of time. It does not respond to anything."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.data import Recording, Units

_TICK_S = 0.01
_AREAS = ("motor_left", "motor_right")


class Replay:
    """Backend that plays a recording back.

    Parameters
    ----------
    source : Recording, str or Path
        With spikes, and channels of the groups "motor_left" and "motor_right". A path is loaded first: a session
        folder, or any file that `interplay.load` reads as such a recording.
    end : {"error", "loop"}
        What happens when the session outlasts the recording: an error, or the recording begins again.
    areas : tuple of str
        Groups that must be there.

    Raises
    ------
    ConfigError
        If `end` is unknown.
    DataError
        If the source is no recording of spikes, or an area is missing.

    Notes
    -----
    The recorded culture saw another game, or none: a paddle that it moves is a control, and stimulation and rewards go
    nowhere. Every session begins at the beginning of the recording, whatever the seed.
    """

    responds = False

    def __init__(
        self,
        source: Recording | str | Path,
        *,
        end: Literal["error", "loop"] = "error",
        areas: tuple[str, ...] = _AREAS,
    ) -> None:
        if end not in ("error", "loop"):
            raise ConfigError(f'`end` must be "error" or "loop", got {end!r}.')
        if not isinstance(source, Recording):
            source = _load(Path(source))
        if source.events is None:
            raise DataError("`source` must hold spikes to be played back, got traces only. Replay another recording.")
        groups = sorted({g for g in source.units.group.tolist() if g})
        missing = [area for area in areas if area not in groups]
        if missing:
            raise DataError(
                f"`source` must have channels of the groups {', '.join(areas)}, but {', '.join(missing)} is missing: "
                f"it has {', '.join(groups) or 'none'}. Name the groups in the recording's units, or give `areas`."
            )
        self.recording, self._end = source, end
        start, stop = source.span
        self._time = np.ascontiguousarray(source.events.time) - start
        self._unit = np.ascontiguousarray(source.events.unit)
        self.duration_s = stop - start
        self.reset(0)

    @property
    def channels(self) -> Units:
        """Give the recorded channels."""
        return self.recording.units

    def reset(self, seed: int) -> None:
        """Go back to the beginning; the seed changes nothing."""
        self._tick = 0

    def stim(self, channels: NDArray[np.int64], amplitude_mv: float, delay_s: float) -> None:
        """Do nothing: what is recorded does not respond."""

    def reward(self, value: float) -> None:
        """Do nothing: what is recorded does not learn."""

    def advance(self, ticks: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Let so many ticks pass; give the spikes in them.

        Raises
        ------
        DataError
            If the recording is over and `end` is "error".
        """
        begin, stop = self._tick * _TICK_S, (self._tick + ticks) * _TICK_S
        self._tick += ticks
        if stop <= self.duration_s:
            cut = slice(*np.searchsorted(self._time, (begin, stop)))
            return self._time[cut], self._unit[cut]
        if self._end == "error":
            raise DataError(
                f"the recording must last as long as the session, but it is over after {self.duration_s:.2f} s. Give a "
                'smaller budget, or `Replay(..., end="loop")` to begin it again.'
            )
        times, units = [], []
        for turn in range(int(begin // self.duration_s), int(stop // self.duration_s) + 1):
            off = turn * self.duration_s
            cut = slice(*np.searchsorted(self._time, (begin - off, stop - off)))
            times.append(self._time[cut] + off)
            units.append(self._unit[cut])
        return np.concatenate(times), np.concatenate(units)


def _load(path: Path) -> Recording:
    from interplay.io import load

    found = load(path)
    if not isinstance(found, Recording):
        raise DataError(f"{path} must be a recording of spikes to be played back, got an event list. Replay another.")
    return found
