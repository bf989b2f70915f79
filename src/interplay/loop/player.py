"""What a player must be able to do, and what it is told."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from interplay._core.errors import InterplayError
from interplay.arena.rules import Rules


class PlayerError(InterplayError):
    """A player raised, hung, or answered with something that is no command; it loses this session, nobody else does."""


class View(NamedTuple):
    """The game at one tick, in px and px per tick; y grows downwards."""

    ball_x: float
    ball_y: float
    ball_vx: float
    ball_vy: float
    paddle_y: float  # top of the paddle
    paddle_v: float
    tick: int  # of the session's clock, pauses included
    rally: int


class Feedback(NamedTuple):
    """What has just happened in the game."""

    kind: Literal["serve", "hit", "miss"]
    tick: int  # of the session's clock
    rally: int
    hits: int  # of this rally so far
    pause_ticks: int  # until the next serve; 0 unless a miss


@runtime_checkable
class Player(Protocol):
    """Who moves the paddle tick by tick.

    `act` gives a command in [-1, 1]: the share of the rules' impulse, negative upwards. Two attributes are optional:
    `pauses` (bool, default True), False where the game goes on at once after a miss, and `recording()`, which gives
    what was recorded of the player during the session.
    """

    name: str

    def begin(self, rules: Rules, seed: int) -> None:
        """Forget everything and get ready for a session."""
        ...

    def act(self, view: View) -> float:
        """Choose the command for the coming tick."""
        ...

    def feel(self, feedback: Feedback) -> None:
        """Take note of a serve, a hit or a miss; after a miss this covers the whole pause."""
        ...


@runtime_checkable
class Learner(Protocol):
    """Who drives a Gymnasium environment itself until the budget is spent (the environment then raises `BudgetSpent`).

    The environment is `arena.Pong` with the observation and the action repeat that the learner names.
    """

    name: str
    observation: Literal["image", "paddle_ball", "ball"]
    action_repeat: int

    def learn(self, environment: Any, seed: int) -> None:
        """Play and learn from scratch, one rally an episode, for as long as the environment answers."""
        ...
