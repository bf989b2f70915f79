"""The session that is being shown: a thread that plays, and who may hold, hurry, end or repeat it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from interplay._core.errors import ConfigError, InterplayError
from interplay._core.provenance import versions
from interplay.arena import Rules
from interplay.data import Units
from interplay.loop import Budget, play
from interplay.loop.player import Learner, Player
from interplay.web.camera import Camera, Frame, electrodes_of
from interplay.web.pace import Pace, Stopped
from interplay.web.watched import watched

_log = logging.getLogger(__name__)

#: Chance with a paddle that heeds nothing and covers 250 of 600 px: every ball is caught with 250/600.
CHANCE = {"mean_hits": 0.714, "aces": 0.583, "long_rallies": 0.072, "catches": 0.417}


class Show:
    """One session at a time, played in a thread of its own.

    Parameters
    ----------
    make : callable () -> Player or Learner
        Makes a fresh player for every session.
    seed : int, >= 0
        Of the first session; a repeat may name another.
    budget : Budget or None
        As in `loop.play`.
    rules : Rules or None
        As in `loop.play`.
    speed : float > 0, or None
        Seconds of the game per second on the wall; None as fast as the machine does.

    Raises
    ------
    ConfigError
        If the seed is negative, or the speed out of range.
    """

    def __init__(
        self,
        make: Callable[[], Player | Learner],
        *,
        seed: int = 0,
        budget: Budget | None = None,
        rules: Rules | None = None,
        speed: float | None = 1.0,
    ) -> None:
        if seed < 0:
            raise ConfigError(f"`seed` must be >= 0, got {seed}. Choose another.")
        self._make, self.seed = make, seed
        self.budget, self.rules = budget or Budget(), rules or Rules()
        self._speed = speed
        self._lock = threading.RLock()
        self._sink: Callable[[Frame], None] = lambda frame: None
        self._thread: threading.Thread | None = None
        self.pace = Pace(speed)
        self._camera: Camera | None = None
        self._hello: Frame | None = None
        self._end: Frame | None = None
        self._run = 0

    def listen(self, sink: Callable[[Frame], None]) -> None:
        """Send every frame there; called from the thread that plays."""
        self._sink = sink

    @property
    def running(self) -> bool:
        """Whether a session is being played."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, seed: int | None = None) -> None:
        """Begin a session; one that runs is ended first."""
        with self._lock:
            if seed is not None and seed < 0:
                raise ConfigError(f"`seed` must be >= 0, got {seed}. Choose another.")
            self.stop()
            self.seed = self.seed if seed is None else seed
            speed = self.pace.speed if self._run else self._speed
            self.pace = Pace(speed)
            self._run += 1
            self._hello = self._end = None
            tell = partial(self._tell, self._run)
            self._camera = Camera(tell, self.pace)
            self._thread = threading.Thread(
                target=self._play, args=(self._camera, self.seed, tell), name="interplay-live", daemon=True
            )
            self._thread.start()

    @property
    def begun(self) -> bool:
        """Whether a first session has been started."""
        return self._run > 0

    def stop(self, wait_s: float = 10.0) -> None:
        """End the session that runs, if one does."""
        with self._lock:
            self.pace.stop()
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join(wait_s)

    def backlog(self) -> list[Frame]:
        """Give what a page that has just come must know: the session, its newest frame, and its end."""
        with self._lock:
            newest = self._camera.last if self._camera else None
            return [dict(f) for f in (self._hello, newest, self._end, self.state()) if f is not None]

    def state(self) -> Frame:
        """Tell whether the session runs, is held, and how fast it goes."""
        return {"type": "state", "running": self.running, "held": self.pace.held, "speed": self.pace.speed}

    def _tell(self, run: int, frame: Frame) -> None:
        """Pass a frame on, unless its session has been followed by another."""
        if run == self._run:
            if frame["type"] in ("hello", "preparing"):
                self._hello = frame
            elif frame["type"] == "end":
                self._end = frame
            self._sink(frame)

    def _play(self, camera: Camera, seed: int, tell: Callable[[Frame], None]) -> None:
        end: Frame = {"type": "end", "why": "done", "text": ""}
        try:
            player = self._make()
            tell({"type": "preparing", "player": player.name, "seed": seed, "run": self._run})
            on_stage = watched(player, camera, lambda units: tell(self._introduce(player, seed, units)))
            session = play(on_stage, budget=self.budget, rules=self.rules, seed=seed)
            end["text"] = (
                f"{session.n_rallies} rallies in {session.seconds:.0f} s: {session.mean_hits:.2f} hits per rally, "
                f"{100 * session.aces:.0f} % aces."
            )
        except Stopped:
            end["why"] = "stopped"
        except InterplayError as error:
            end |= {"why": "failed", "text": " ".join(str(error).split())}
        except Exception as error:  # shown on the page and logged: the server goes on
            _log.exception("the session of seed %d failed", seed)
            end |= {"why": "failed", "text": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        if end["why"] != "failed":
            camera.close()
        tell(end)

    def _introduce(self, player: Player | Learner, seed: int, units: Units | None) -> Frame:
        seconds = self.budget.seconds if self.budget.rallies is None else None
        return {
            "type": "hello",
            "player": player.name,
            "kind": "learner" if isinstance(player, Learner) else "player",
            "seed": seed,
            "rules": asdict(self.rules),
            "budget": {"rallies": self.budget.rallies, "seconds": self.budget.seconds, "only_seconds": seconds},
            "chance": CHANCE,
            "electrodes": electrodes_of(units),
            "version": versions()["interplay"],
            "run": self._run,
        }
