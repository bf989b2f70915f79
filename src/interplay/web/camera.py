"""What a page is shown of a session: a few dozen small frames a second, whatever the session's own pace is."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.arena import Rules
from interplay.data import Units
from interplay.loop.player import Feedback, View
from interplay.loop.results import LONG
from interplay.web.pace import Pace

#: Wall time between two frames, s.
FRAME_S = 1 / 40
#: Most spikes in one frame; of more, an even share is shown, and the frame says how many there were.
MOST_SPIKES = 2500
#: Rallies whose hits travel with every frame, so that a page that missed some is never wrong.
RECENT = 60

Frame = dict[str, Any]


class _Moment(NamedTuple):
    """Where things are."""

    seconds: float
    phase: str
    ball: tuple[float, float] | None
    paddle: float
    left_s: float


class _Stretch(NamedTuple):
    """What a culture did in a stretch of time."""

    seconds: float  # its end
    time: NDArray[np.float64]
    channel: NDArray[np.int64]
    pulses: tuple[tuple[float, NDArray[np.int64]], ...]
    rates: Mapping[str, float] | None
    phase: str | None


class Camera:
    """Keeps the score of a running session and turns what happens into frames.

    Parameters
    ----------
    send : callable (frame)
        Takes one frame; called from the thread that plays.
    pace : Pace
    """

    def __init__(self, send: Callable[[Frame], None], pace: Pace) -> None:
        self._send, self._pace = send, pace
        self._rules = Rules()
        self._number = 0
        self._shown = -math.inf
        self._finished = self._open = 0
        self._rally = -1
        self._recent: deque[int] = deque(maxlen=RECENT)
        self._aces = self._long = self._total = 0
        self._events: list[list[Any]] = []
        self._coming: deque[_Stretch] = deque()
        self._rates: dict[str, float] | None = None
        self._phase: str | None = None
        self._moment: _Moment | None = None
        self._last: Frame | None = None

    @property
    def last(self) -> Frame | None:
        """The newest frame, for a page that has just come."""
        return self._last

    def begin(self, rules: Rules) -> None:
        """Note the rules of the session that begins."""
        self._rules = rules

    def notice(
        self,
        seconds: float,
        time: NDArray[np.float64],
        channel: NDArray[np.int64],
        pulses: Iterable[tuple[float, NDArray[np.int64]]],
        *,
        rates: Mapping[str, float] | None = None,
        phase: str | None = None,
    ) -> None:
        """Keep what a culture did until it is shown at its time.

        Parameters
        ----------
        seconds : float, s
            End of the stretch of the session's clock that this tells of.
        time : (E,) float array, s
        channel : (E,) int array
            Electrode of each spike.
        pulses : iterable of (time, channels)
        rates : mapping or None
            "up" and "down": spikes per second of the motor areas.
        phase : str or None
        """
        self._coming.append(_Stretch(seconds, time, channel, tuple(pulses), rates, phase))

    def play(self, view: View) -> None:
        """Show a tick of play; waits until its moment has come."""
        ball = (view.ball_x, view.ball_y)
        self._look(_Moment(view.tick * self._rules.tick_s, "play", ball, view.paddle_y, 0.0))

    def pause(self, seconds: float, left_s: float, paddle_y: float) -> None:
        """Show a moment between a miss and the next serve; waits until it has come."""
        self._look(_Moment(seconds, "pause", None, paddle_y, left_s))

    def event(self, feedback: Feedback) -> None:
        """Count a serve, a hit or a miss."""
        seconds = feedback.tick * self._rules.tick_s
        self._events.append([feedback.kind, round(seconds, 3)])
        if feedback.kind == "serve":
            self._open, self._rally = 0, feedback.rally
        elif feedback.kind == "hit":
            self._open = feedback.hits
        else:
            self._open = 0
            self._recent.append(feedback.hits)
            self._total += feedback.hits
            self._finished += 1
            self._aces += feedback.hits == 0
            self._long += feedback.hits >= LONG

    def close(self) -> None:
        """Send what was not yet shown."""
        if self._moment is not None:
            self._frame(self._moment)

    def _look(self, moment: _Moment) -> None:
        self._pace.wait(moment.seconds)
        self._moment = moment
        if monotonic() - self._shown >= FRAME_S:
            self._frame(moment)

    def _frame(self, moment: _Moment) -> None:
        seconds, phase, ball, paddle, left_s = moment
        finished = self._finished
        time, channel, pulses = self._until(seconds)
        step = -(-len(time) // MOST_SPIKES) or 1
        inside = {"feedback": "stimulation", "rest": "rest"}.get(self._phase or "", "pause")
        frame: Frame = {
            "type": "frame",
            "number": self._number,
            "seconds": round(seconds, 3),
            "phase": "play" if phase == "play" else inside,
            "left_s": round(left_s, 2),
            "ball": None if ball is None else [round(v, 1) for v in ball],
            "paddle": round(paddle, 1),
            "rally": self._rally + 1,
            "hits": self._open,
            "finished": finished,
            "mean_hits": round(self._total / finished, 4) if finished else None,
            "aces": round(self._aces / finished, 4) if finished else None,
            "long_rallies": round(self._long / finished, 4) if finished else None,
            "catches": round(self._total / (self._total + finished), 4) if finished else None,
            "recent": list(self._recent),
            "events": self._events,
            "spikes": [np.round(seconds - time[::step], 3).tolist(), channel[::step].tolist()],
            "n_spikes": len(time),
            "pulses": pulses,
            "rates": self._rates,
            "speed": self._pace.speed,
        }
        self._events = []
        self._number += 1
        self._shown = monotonic()
        self._last = frame
        self._send(frame)

    def _until(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.int64], list[list[Any]]]:
        """Take what has happened up to a moment; what is still to come waits."""
        times, channels, pulses = [np.empty(0)], [np.empty(0, np.int64)], []
        while self._coming:
            part = self._coming[0]
            past = part.time <= seconds
            times.append(part.time[past])
            channels.append(part.channel[past])
            pulses += [[round(t, 3), c.tolist()] for t, c in part.pulses if t <= seconds]
            if part.rates is not None:
                self._rates = {name: round(float(value), 2) for name, value in part.rates.items()}
            self._phase = part.phase
            if part.seconds > seconds:
                rest = tuple((t, c) for t, c in part.pulses if t > seconds)
                self._coming[0] = part._replace(time=part.time[~past], channel=part.channel[~past], pulses=rest)
                break
            self._coming.popleft()
        return np.concatenate(times), np.concatenate(channels), pulses


def electrodes_of(units: Units | None) -> dict[str, list[Any]] | None:
    """Describe electrodes for the page: place (µm) and group, in the order of their numbers."""
    if units is None or units.position_um is None:
        return None
    place = np.round(np.asarray(units.position_um)[:, :2], 1)
    return {"x": place[:, 0].tolist(), "y": place[:, 1].tolist(), "group": units.group.tolist()}
