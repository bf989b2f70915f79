"""Players in front of a camera: they play as ever, and every tick is shown at its moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import gymnasium

from interplay.arena import Rules
from interplay.loop.player import Feedback, Learner, Player, View
from interplay.web.camera import Camera

#: Ticks between two looks at a pause.
PAUSE_TICKS = 2


class WatchedPlayer:
    """A player who moves the paddle tick by tick, and whom a camera sees.

    Parameters
    ----------
    player : Player
    camera : Camera
    """

    def __init__(self, player: Player, camera: Camera) -> None:
        self.name = player.name
        self.pauses = bool(getattr(player, "pauses", True))
        self._player, self._camera = player, camera
        self._rules = Rules()
        self._paddle = 0.0

    def begin(self, rules: Rules, seed: int) -> None:
        """Get ready."""
        self._rules = rules
        self._paddle = (rules.size_px - rules.paddle_px) / 2
        self._player.begin(rules, seed)
        self._camera.begin(rules)

    def act(self, view: View) -> float:
        """Choose as the player chooses."""
        command = self._player.act(view)
        self._paddle = view.paddle_y
        self._camera.play(view, seen_of(self._player))
        return command

    def feel(self, feedback: Feedback) -> None:
        """Feel as the player feels; a pause after a miss is shown at its own length."""
        self._camera.event(feedback)
        if feedback.kind == "miss" and feedback.pause_ticks:
            self._pause(feedback)
        else:
            self._player.feel(feedback)

    def _pause(self, feedback: Feedback) -> None:
        """Let the player live through the pause first, then show it tick by tick."""
        self._player.feel(feedback)
        tick_s = self._rules.tick_s
        for tick in range(0, feedback.pause_ticks, PAUSE_TICKS):
            seen = seen_of(self._player) if tick == 0 else None
            left = (feedback.pause_ticks - tick) * tick_s
            self._camera.pause((feedback.tick + tick) * tick_s, left, self._paddle, "pause", seen)


class WatchedLearner:
    """A learner who drives the environment itself, and whose environment a camera sees.

    Parameters
    ----------
    learner : Learner
    camera : Camera
    """

    def __init__(self, learner: Learner, camera: Camera) -> None:
        self.name = learner.name
        self.observation: Literal["image", "paddle_ball", "ball"] = learner.observation
        self.action_repeat = learner.action_repeat
        self.pauses = bool(getattr(learner, "pauses", True))
        self._learner, self._camera = learner, camera

    def learn(self, environment: Any, seed: int) -> None:
        """Learn as the learner learns."""
        self._camera.begin(environment.ledger.rules)
        self._learner.learn(_WatchedGame(environment, self._camera), seed)


class _WatchedGame(gymnasium.Wrapper[Any, Any, Any, Any]):
    def __init__(self, environment: Any, camera: Camera) -> None:
        super().__init__(environment)
        self._book, self._game, self._camera = environment.ledger, environment.pong.game, camera

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        answer = self.env.reset(seed=seed, options=options)
        self._camera.event(Feedback("serve", self._book.tick, len(self._book.hits) - 1, 0, 0))
        return answer

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        book, rally, before = self._book, len(self._book.hits) - 1, self._book.tick
        view = View._make((*self._game.view(), before, rally))
        self._camera.play(view, None)
        observation, reward, terminated, truncated, info = self.env.step(action)
        hits = book.hits[-1]
        for k in range(info["hits"]):
            self._camera.event(Feedback("hit", before + info["ticks"], rally, hits - info["hits"] + k + 1, 0))
        if terminated:
            missed, pause = before + info["ticks"], book.rules.pause_ticks
            self._camera.event(Feedback("miss", missed, rally, hits, pause))
            tick_s = book.rules.tick_s
            for tick in range(0, pause, PAUSE_TICKS):
                self._camera.pause(
                    (missed + tick) * tick_s, (pause - tick) * tick_s, self._game.paddle_y, "pause", None
                )
        return observation, float(reward), terminated, truncated, info


def watched(player: Player | Learner, camera: Camera) -> WatchedPlayer | WatchedLearner:
    """Put a player in front of a camera."""
    return WatchedLearner(player, camera) if isinstance(player, Learner) else WatchedPlayer(player, camera)


def seen_of(player: object) -> Mapping[str, Any] | None:
    """Ask a player for what can be seen inside it; None where it has nothing to show."""
    look = getattr(player, "watching", None)
    seen = look() if callable(look) else None
    return seen if isinstance(seen, Mapping) else None
