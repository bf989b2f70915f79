"""What a page is shown of a session: a few dozen small frames a second, whatever the session's own pace is."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from interplay.arena import Rules
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
        self._spikes: list[tuple[float, int]] = []
        self._pulses: list[list[Any]] = []
        self._last: Frame | None = None

    @property
    def last(self) -> Frame | None:
        """The newest frame, for a page that has just come."""
        return self._last

    def begin(self, rules: Rules) -> None:
        """Note the rules of the session that begins."""
        self._rules = rules

    def play(self, view: View, seen: Mapping[str, Any] | None) -> None:
        """Show a tick of play; waits until its moment has come."""
        seconds = view.tick * self._rules.tick_s
        self._pace.wait(seconds)
        self._notice(seconds, seen)
        if self._due():
            self._frame(seconds, "play", ball=(view.ball_x, view.ball_y), paddle=view.paddle_y, seen=seen)

    def pause(self, seconds: float, left_s: float, paddle_y: float, phase: str, seen: Mapping[str, Any] | None) -> None:
        """Show a moment between a miss and the next serve."""
        self._pace.wait(seconds)
        self._notice(seconds, seen)
        if self._due():
            self._frame(seconds, phase, ball=None, paddle=paddle_y, seen=seen, left_s=left_s)

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
        if self._last is not None:
            self._frame(
                self._last["seconds"], self._last["phase"], ball=self._last["ball"], paddle=self._last["paddle"]
            )

    def _due(self) -> bool:
        return time.monotonic() - self._shown >= FRAME_S

    def _notice(self, seconds: float, seen: Mapping[str, Any] | None) -> None:
        """Keep the spikes and pulses of one moment until the next frame."""
        if not seen:
            return
        self._spikes += [(seconds, int(e)) for e in seen.get("spikes", ())]
        site = seen.get("site")
        if site is not None and len(site):
            self._pulses.append([round(seconds, 3), [int(e) for e in site]])

    def _frame(
        self,
        seconds: float,
        phase: str,
        *,
        ball: Iterable[float] | None,
        paddle: float,
        seen: Mapping[str, Any] | None = None,
        left_s: float = 0.0,
    ) -> None:
        finished = self._finished
        spikes, self._spikes = self._spikes, []
        step = -(-len(spikes) // MOST_SPIKES) or 1
        shown = spikes[::step]
        rates = (seen or {}).get("rates")
        frame: Frame = {
            "type": "frame",
            "number": self._number,
            "seconds": round(seconds, 3),
            "phase": phase,
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
            "spikes": [[round(seconds - t, 3) for t, _ in shown], [e for _, e in shown]],
            "n_spikes": len(spikes),
            "pulses": self._pulses,
            "rates": None if rates is None else {k: round(float(v), 2) for k, v in rates.items()},
            "speed": self._pace.speed,
        }
        self._events, self._pulses = [], []
        self._number += 1
        self._shown = time.monotonic()
        self._last = frame
        self._send(frame)


def electrodes_of(units: Any) -> dict[str, list[Any]] | None:
    """Describe electrodes for the page: place (µm) and group, in the order of their numbers."""
    if units is None or units.position_um is None:
        return None
    place = np.round(np.asarray(units.position_um)[:, :2], 1)
    return {"x": place[:, 0].tolist(), "y": place[:, 1].tolist(), "group": units.group.tolist()}
