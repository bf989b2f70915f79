"""The same game for those who drive an environment themselves: Pong that stops answering when the budget is spent."""

from __future__ import annotations

import math
from typing import Any, Literal

import gymnasium

from interplay._core.protocols import Progress
from interplay.arena.pong import Pong
from interplay.loop.ledger import BudgetSpent, Ledger
from interplay.loop.player import PlayerError


class BudgetedPong(gymnasium.Wrapper[Any, Any, Any, Any]):
    """`arena.Pong` with a book: every step is entered, and after the last one `BudgetSpent` is raised.

    Parameters
    ----------
    ledger : Ledger
    seed : int
        Of the serves; a seed passed to `reset` is not used, so that no player can choose its serves.
    observation, action_repeat
        As in `arena.Pong`.
    progress : callable or None
    """

    def __init__(
        self,
        ledger: Ledger,
        seed: int,
        *,
        observation: Literal["image", "paddle_ball", "ball"],
        action_repeat: int,
        progress: Progress | None = None,
    ) -> None:
        self.pong = Pong(rules=ledger.rules, observation=observation, action_repeat=action_repeat)
        super().__init__(self.pong)
        self.ledger, self._serves, self._progress = ledger, seed, progress
        self._begun = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Serve the next rally, after the pause that follows a miss."""
        self._stop_if_spent()
        if self.ledger.open:
            raise PlayerError(
                "a learner must finish a rally before it asks for the next, but `reset` came at tick "
                f"{self.ledger.tick}, with the ball in play. Step until `terminated`."
            )
        observation, info = self.pong.reset(seed=None if self._begun else self._serves, options=options)
        self._begun = True
        self.ledger.serve()
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take a decision; the clock runs on by the ticks that it lasts."""
        self._stop_if_spent()
        observation, reward, terminated, truncated, info = self.pong.step(action)
        ledger, game = self.ledger, self.pong.game
        ledger.samples += 1
        ledger.passed(info["ticks"], game.ball_x, game.ball_y, game.paddle_y)
        for _ in range(info["hits"]):
            ledger.hit()
        if terminated:
            ledger.miss()
            if ledger.rules.pause_ticks:
                ledger.passed(ledger.rules.pause_ticks, math.nan, math.nan, game.paddle_y)
        if self._progress is not None and ledger.samples % 200 == 0:
            seconds = ledger.budget.seconds or ledger.budget.most_s
            self._progress(min(int(ledger.tick * ledger.rules.tick_s), int(seconds)), int(seconds))
        return observation, float(reward), terminated, truncated, info

    def _stop_if_spent(self) -> None:
        if self.ledger.spent:
            raise BudgetSpent
