"""Players in front of a camera: they play as ever, and every tick is shown at its moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import gymnasium
import numpy as np
from numpy.typing import NDArray

from interplay.arena import Rules
from interplay.data import Units
from interplay.loop.player import Feedback, Learner, Player, View
from interplay.web.camera import Camera
from interplay.web.tap import Tap

#: Ticks between two looks at a pause.
PAUSE_TICKS = 2

#: Called when the player is ready, with its electrodes.
Ready = Callable[[Units | None], None]


class WatchedPlayer:
    """A player who moves the paddle tick by tick, and whom a camera sees.

    A player with a `backend` (a dish) is listened to through a tap; any other may have `watching()`, which gives a
    mapping with "spikes", "site", "rates" and "phase" of the last tick, and `electrodes`.

    Parameters
    ----------
    player : Player
    camera : Camera
    ready : callable (Units or None)
        Called once the player has begun.
    """

    def __init__(self, player: Player, camera: Camera, ready: Ready) -> None:
        self.name = player.name
        self.pauses = bool(getattr(player, "pauses", True))
        self._player, self._camera, self._ready = player, camera, ready
        self._rules = Rules()
        self._paddle = 0.0
        self._tap: Tap | None = None

    def begin(self, rules: Rules, seed: int) -> None:
        """Get ready."""
        self._rules = rules
        self._paddle = (rules.size_px - rules.paddle_px) / 2
        backend = getattr(self._player, "backend", None)
        if backend is not None and all(hasattr(backend, name) for name in ("advance", "stim")):
            self._tap = Tap(backend, rules.tick_s)
            self._player.backend = self._tap  # type: ignore[attr-defined]
        self._player.begin(rules, seed)
        if self._tap is not None:
            self._tap.begin_here()
            self._tap.note = self._note
        self._camera.begin(rules)
        units = getattr(self._player, "electrodes", None)
        self._ready(units if isinstance(units, Units) else None)

    def act(self, view: View) -> float:
        """Choose as the player chooses."""
        command = self._player.act(view)
        self._paddle = view.paddle_y
        if self._tap is None:
            self._look((view.tick + 1) * self._rules.tick_s)
        self._camera.play(view)
        return command

    def feel(self, feedback: Feedback) -> None:
        """Feel as the player feels; a pause is shown at its own length, once the player has been through it."""
        self._camera.event(feedback)
        self._player.feel(feedback)
        if feedback.kind == "miss" and feedback.pause_ticks:
            show_pause(self._camera, feedback, self._rules.tick_s, self._paddle)

    def _note(
        self,
        seconds: float,
        time: NDArray[np.float64],
        channel: NDArray[np.int64],
        pulses: list[tuple[float, NDArray[np.int64]]],
    ) -> None:
        seen = _seen(self._player)
        self._camera.notice(seconds, time, channel, pulses, rates=seen.get("rates"), phase=seen.get("phase"))

    def _look(self, seconds: float) -> None:
        seen = _seen(self._player)
        if not seen:
            return
        channel = np.asarray(seen.get("spikes", ()), dtype=np.int64)
        site = np.asarray(() if seen.get("site") is None else seen["site"], dtype=np.int64)
        time, pulses = np.full(len(channel), seconds), [(seconds, site)] if len(site) else []
        self._camera.notice(seconds, time, channel, pulses, rates=seen.get("rates"), phase=seen.get("phase"))


class WatchedLearner:
    """A learner who drives the environment itself, and whose environment a camera sees.

    Parameters
    ----------
    learner : Learner
    camera : Camera
    ready : callable (Units or None)
        Called before the first step.
    """

    def __init__(self, learner: Learner, camera: Camera, ready: Ready) -> None:
        self.name = learner.name
        self.observation: Literal["image", "paddle_ball", "ball"] = learner.observation
        self.action_repeat = learner.action_repeat
        self.pauses = bool(getattr(learner, "pauses", True))
        self._learner, self._camera, self._ready = learner, camera, ready

    def learn(self, environment: Any, seed: int) -> None:
        """Learn as the learner learns."""
        self._camera.begin(environment.ledger.rules)
        self._ready(None)
        self._learner.learn(_WatchedGame(environment, self._camera), seed)


class _WatchedGame(gymnasium.Wrapper[Any, Any, Any, Any]):
    def __init__(self, environment: Any, camera: Camera) -> None:
        super().__init__(environment)
        self._book, self._pong, self._camera = environment.ledger, environment.pong, camera

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        answer = self.env.reset(seed=seed, options=options)
        self._camera.event(Feedback("serve", self._book.tick, len(self._book.hits) - 1, 0, 0))
        return answer

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        book, rally, before = self._book, len(self._book.hits) - 1, self._book.tick
        # The first reset makes a new game: it is asked for every time.
        self._camera.play(View._make((*self._pong.game.view(), before, rally)))
        observation, reward, terminated, truncated, info = self.env.step(action)
        now, hits = before + info["ticks"], book.hits[-1]
        for k in range(info["hits"]):
            self._camera.event(Feedback("hit", now, rally, hits - info["hits"] + k + 1, 0))
        if terminated:
            miss = Feedback("miss", now, rally, hits, book.rules.pause_ticks)
            self._camera.event(miss)
            show_pause(self._camera, miss, book.rules.tick_s, self._pong.game.paddle_y)
        return observation, float(reward), terminated, truncated, info


def watched(player: Player | Learner, camera: Camera, ready: Ready) -> WatchedPlayer | WatchedLearner:
    """Put a player in front of a camera."""
    if isinstance(player, Learner):
        return WatchedLearner(player, camera, ready)
    return WatchedPlayer(player, camera, ready)


def show_pause(camera: Camera, miss: Feedback, tick_s: float, paddle_y: float) -> None:
    """Show the time between a miss and the next serve."""
    for tick in range(0, miss.pause_ticks, PAUSE_TICKS):
        camera.pause((miss.tick + tick) * tick_s, (miss.pause_ticks - tick) * tick_s, paddle_y)


def _seen(player: object) -> Mapping[str, Any]:
    """Ask a player for what can be seen inside it; nothing where it has nothing to show."""
    look = getattr(player, "watching", None)
    seen = look() if callable(look) else None
    return seen if isinstance(seen, Mapping) else {}
