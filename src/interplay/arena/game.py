"""Pong itself: one field, one ball, one paddle, tick by tick.

In each tick the paddle moves first, then the ball; then the walls and the far side turn it; then it is caught or lost.

References
----------
Kagan et al. (2022), Neuron 110:3952. What is recovered and what is ours: the page on Pong.
"""

from __future__ import annotations

from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import uniform
from interplay.arena.rules import Rules
from interplay.ops.pong import HIT, MISS, NOTHING, judge, move_ball, move_paddle

__all__ = ["HIT", "MISS", "NOTHING", "Game"]


class Game:
    """One game of Pong. It keeps no clock, no score and no pauses; whoever drives it does.

    Parameters
    ----------
    rules : Rules or None
        None means the game of the dish.
    seed : int, >= 0
        The serve of rally k depends on (seed, k) only: two players of one seed meet the same serves.

    Attributes
    ----------
    ball_x, ball_y : float, px
        The ball, a point. Before the first serve it lies in the middle.
    ball_vx, ball_vy : float, px per tick
    paddle_y : float, px
        Top of the paddle, in [0, size - paddle]. Only the first rally finds it centred; later ones find it where it is.
    paddle_v : float, px per tick
    rally : int
        Number of the rally, from 0; -1 before the first serve.

    Raises
    ------
    ConfigError
        If the seed is negative.

    Notes
    -----
    About half a microsecond a tick.

    Examples
    --------
    A serve that nobody catches: 150 ticks to the far side, 300 back.

    >>> game = Game(Rules(), seed=3)
    >>> game.serve()
    >>> sum(game.step(1.0) == NOTHING for _ in range(449)), game.step(1.0) == MISS
    (449, True)
    """

    __slots__ = (
        "_impulse", "_keep", "_most_y",
        "ball_vx", "ball_vy", "ball_x", "ball_y", "paddle_v", "paddle_y", "rally", "rules", "seed",
    )  # fmt: skip

    def __init__(self, rules: Rules | None = None, seed: int = 0) -> None:
        if seed < 0:
            raise ConfigError(f"`seed` must be >= 0, got {seed}. Any whole number from 0 on will do.")
        self.rules, self.seed = rules or Rules(), int(seed)
        self._keep, self._impulse = float(self.rules.keep), float(self.rules.impulse_px)
        self._most_y = float(self.rules.size_px - self.rules.paddle_px)
        self.rally = -1
        self.ball_x = self.ball_y = self.rules.size_px / 2.0
        self.ball_vx = self.ball_vy = self.paddle_v = 0.0
        self.paddle_y = self._most_y / 2.0

    def serve(self) -> None:
        """Begin the next rally: the ball in the middle, heading away from the paddle; the paddle stops where it is."""
        rules = self.rules
        self.rally += 1
        low, high = float(rules.serve_px[0]), float(rules.serve_px[1])
        vy = low + (high - low) * float(uniform(self.seed, "serve", self.rally))
        if rules.mirrored and float(uniform(self.seed, "side", self.rally)) < 0.5:
            vy = -vy
        self.ball_x = self.ball_y = rules.size_px / 2.0
        self.ball_vx, self.ball_vy = float(rules.speed_px), vy
        self.paddle_v = 0.0

    def step(self, command: float) -> int:
        """Play one tick.

        Parameters
        ----------
        command : float, in [-1, 1]
            Share of the rules' impulse; negative is upwards.

        Returns
        -------
        int
            NOTHING, HIT or MISS. After a miss the ball stays at x = 0, a miss at every further tick, until `serve`.

        Raises
        ------
        DataError
            If the command is no number in [-1, 1].
        """
        if not -1.0 <= command <= 1.0:
            raise DataError(f"`command` must be a number in [-1, 1], got {command!r}. Scale it; nothing is clipped.")
        rules = self.rules
        size = rules.size_px
        self.paddle_y, self.paddle_v = move_paddle(
            self.paddle_y, self.paddle_v, command * self._impulse, self._keep, self._most_y
        )
        x, self.ball_y, vx, self.ball_vy = move_ball(
            self.ball_x, self.ball_y, self.ball_vx, self.ball_vy, size, rules.opponent_px
        )
        self.ball_x, self.ball_vx, outcome = judge(x, self.ball_y, vx, self.paddle_y, rules.paddle_px, rules.depth_px)
        return outcome  # type: ignore[no-any-return]

    def view(self) -> tuple[float, float, float, float, float, float]:
        """Give ball x, y, vx, vy, top of the paddle and its velocity (px, px per tick)."""
        return self.ball_x, self.ball_y, self.ball_vx, self.ball_vy, self.paddle_y, self.paddle_v
