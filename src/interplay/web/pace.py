"""How fast a session runs for those who watch it, and how they hold or end it."""

from __future__ import annotations

import threading
import time

from interplay._core.checks import require_setting
from interplay._core.errors import InterplayError

#: A session that falls behind its clock by more than this starts its clock anew instead of hurrying after it, s.
SLACK_S = 0.25


class Stopped(InterplayError):
    """The session was ended from outside."""


class Pace:
    """The link between the clock of the game and the clock on the wall; safe to use from several threads.

    Parameters
    ----------
    speed : float > 0, or None
        Seconds of the game per second on the wall; None runs as fast as the machine does.
    """

    def __init__(self, speed: float | None = 1.0) -> None:
        self._change = threading.Condition()
        self._held = self._over = False
        self._last = 0.0  # the moment of the game that was reached
        self._speed: float | None = None
        self.set_speed(speed)

    @property
    def speed(self) -> float | None:
        """Seconds of the game per second; None at full speed."""
        return self._speed

    @property
    def held(self) -> bool:
        """Whether the session is paused."""
        return self._held

    def set_speed(self, speed: float | None) -> None:
        """Go on at another speed from here.

        Raises
        ------
        ConfigError
            If `speed` is neither None nor a number in [0.05, 1000].
        """
        if speed is not None:
            require_setting("speed", speed, least=0.05, most=1000)
        with self._change:
            self._speed = speed
            self._anchor(self._last)
            self._change.notify_all()

    def hold(self) -> None:
        """Pause before the next tick."""
        with self._change:
            self._held = True
            self._change.notify_all()

    def resume(self) -> None:
        """Go on."""
        with self._change:
            self._held = False
            self._anchor(self._last)
            self._change.notify_all()

    def stop(self) -> None:
        """End the session before the next tick."""
        with self._change:
            self._over = True
            self._change.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when this moment of the game has come.

        Parameters
        ----------
        seconds : float, s
            On the clock of the game.

        Raises
        ------
        Stopped
            If the session was ended meanwhile.
        """
        with self._change:
            while True:
                if self._over:
                    raise Stopped("the session was stopped.")
                if self._held:
                    self._change.wait()
                    continue
                if self._speed is not None:
                    left = self._wall + (seconds - self._game) / self._speed - time.monotonic()
                    if left > 0:
                        self._change.wait(left)
                        continue
                    if left < -SLACK_S:
                        self._anchor(seconds)
                self._last = seconds
                return

    def _anchor(self, game: float) -> None:
        """Let the two clocks run on from `game` at this moment."""
        self._game, self._wall = game, time.monotonic()
