"""The rules of Pong as the dish plays it, recovered from a recorded session and the published port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Field, ball, paddle and clock of one game. The defaults are the game of the DishBrain sessions.

    The paddle stands at the left edge, x in [0, depth_px], and moves up and down only; y grows downwards from 0 at the
    top edge. A serve starts in the middle and heads away from the paddle. The far side always returns the ball.

    Parameters
    ----------
    size_px : float, px
        Side of the square field.
    paddle_px, depth_px : float, px
        Length and thickness of the paddle.
    opponent_px : float, px
        Plane at which the far side returns the ball.
    speed_px : float, px per tick
        Horizontal speed of the ball.
    serve_px : (low, high), px per tick
        Vertical speed of a serve is uniform over this range.
    mirrored : bool
        Whether the vertical speed of a serve gets a random sign.
    keep : float, in [0, 1)
        Share of its velocity that the paddle keeps from tick to tick.
    impulse_px : float, px per tick, > 0
        Velocity that the strongest command adds in one tick.
    tick_s : float, s
    pause_ticks : int, ticks, >= 0
        From a miss to the next serve; a hit brings no pause.

    Raises
    ------
    ConfigError
        If a setting is out of its range, or the ball is so quick that it jumps over the paddle.

    Notes
    -----
    Measured in the public session of 4 December 2020 (chip 7048): 600 px field, 250 px paddle, 2 px per tick of 10 ms,
    vertical speed of a serve uniform in 0 to 2 px per tick, 8.21 s from a miss to the next serve. Of the paddle only
    the form ``v <- 0.9 v + u`` is published; `impulse_px` is ours, such that 350 px are crossed in 0.67 s.
    """

    size_px: float = 600.0
    paddle_px: float = 250.0
    depth_px: float = 10.0
    opponent_px: float = 600.0
    speed_px: float = 2.0
    serve_px: tuple[float, float] = (0.0, 2.0)
    mirrored: bool = True
    keep: float = 0.9
    impulse_px: float = 0.6
    tick_s: float = 0.01
    pause_ticks: int = 821

    def __post_init__(self) -> None:
        for name in ("size_px", "speed_px", "impulse_px", "tick_s"):
            require_setting(name, getattr(self, name), above=0)
        require_setting("paddle_px", self.paddle_px, above=0, most=self.size_px)
        require_setting("depth_px", self.depth_px, least=0, below=self.size_px / 2)
        require_setting("opponent_px", self.opponent_px, above=self.size_px / 2, most=self.size_px)
        require_setting("keep", self.keep, least=0, below=1)
        require_setting("pause_ticks", self.pause_ticks, least=0)
        low, high = self.serve_px
        if not low <= high:
            raise ConfigError(f"`serve_px` must be (low, high) with low <= high, got {self.serve_px}.")
        for bound in (low, high):
            require_setting("serve_px", abs(bound), most=self.size_px)
        if not self._catchable():
            raise ConfigError(
                f"`speed_px` must let the ball be seen on the paddle, at 0 < x <= {self.depth_px}, but steps of "
                f"{self.speed_px} px from x = {self.opponent_px} jump over it. Slow the ball or thicken the paddle."
            )

    def _catchable(self) -> bool:
        if self.speed_px <= self.depth_px:
            return True
        x = self.opponent_px
        while x > self.depth_px:
            x -= self.speed_px
        return x > 0

    @classmethod
    def port(cls) -> Self:
        """Give the rules of the authors' faster port: coarse steps, lopsided serves, an opponent at 590 px."""
        return cls(
            opponent_px=590.0,
            speed_px=12.0,
            serve_px=(-2.0, 12.0),
            mirrored=False,
            impulse_px=10.0,
            pause_ticks=0,
        )


def rules_or_dish(rules: Rules | None) -> Rules:
    """Give the rules, or those of the dish for None.

    Parameters
    ----------
    rules : Rules or None

    Returns
    -------
    Rules

    Raises
    ------
    ConfigError
        If they are something else.
    """
    if rules is not None and not isinstance(rules, Rules):
        raise ConfigError(f"`rules` must be `Rules` or None, got {rules!r}. Write `Rules()` or `Rules.port()`.")
    return Rules() if rules is None else rules
