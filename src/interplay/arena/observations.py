"""What a player sees of the field: numbers or a picture, of one game or of many at once.

Everything takes the state of the games, (..., 6) float64: ball x, y, vx, vy, top of the paddle, its velocity.
"""

from __future__ import annotations

from typing import Any, Literal

import gymnasium
import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, unknown_name
from interplay.arena.rules import Rules

#: Kinds of observation.
Observation = Literal["image", "paddle_ball", "ball", "port"]

#: Side of the picture, in cells.
CELLS = 40

#: Side of the ball as it is drawn; in the game it is a point.
BALL_CELLS = 2.0

#: Grey of what has not changed.
GREY = 128

_BALL_X, _BALL_Y, _BALL_VY, _PADDLE = 0, 1, 3, 4


class Numbers:
    """A few numbers of the state, each scaled to [-1, 1].

    Parameters
    ----------
    rules : Rules
    kind : {"paddle_ball", "ball", "port"}
    """

    def __init__(self, rules: Rules, kind: str) -> None:
        half = rules.size_px / 2
        fastest = max(abs(rules.serve_px[0]), abs(rules.serve_px[1])) or 1.0
        middle, bottom = rules.paddle_px / 2, rules.paddle_px
        ball_x, ball_y, ball_vy = (_BALL_X, -half, half), (_BALL_Y, -half, half), (_BALL_VY, 0.0, fastest)
        parts = {
            "paddle_ball": [(_PADDLE, middle - half, half), ball_x, ball_y, ball_vy],
            "ball": [ball_x, ball_y],
            "port": [ball_x, ball_y, ball_vy, (_PADDLE, -half, half), (_PADDLE, bottom - half, half)],
        }[kind]
        self._parts = parts
        self._index = np.array([index for index, _, _ in parts])
        self._shift = np.array([shift for _, shift, _ in parts])
        self._scale = np.array([scale for _, _, scale in parts])
        self.space = gymnasium.spaces.Box(-1.0, 1.0, (len(parts),), np.float32)

    def begin(self, where: Any = ...) -> None:
        """Take note that a rally begins; numbers need no memory."""

    def see(self, state: NDArray[np.float64]) -> NDArray[Any]:
        """Give what is seen of this state, (..., D) float32."""
        return np.asarray((state[..., self._index] + self._shift) / self._scale, np.float32)

    def see_one(self, view: tuple[float, ...]) -> NDArray[Any]:
        """Give what is seen of one game, the same bits as `see`, without arrays on the way."""
        return np.array([(view[index] + shift) / scale for index, shift, scale in self._parts], np.float32)


class Picture:
    """What has changed since the last look: a grey picture, (1, 40, 40) uint8.

    A cell holds 128 plus 127 times the change of the share of it that is covered; bright is new, dark is left behind.
    The first look of a rally compares with an empty field, so it shows where everything is.

    Parameters
    ----------
    rules : Rules
    games : tuple of int
        () for one game, (G,) for G.
    """

    def __init__(self, rules: Rules, games: tuple[int, ...]) -> None:
        self._cell = rules.size_px / CELLS
        self._paddle = rules.paddle_px
        self._thick = _cover(np.zeros(1), np.full(1, rules.depth_px), self._cell)[0]
        self._before = np.zeros((*games, CELLS, CELLS), np.float32)
        self.space = gymnasium.spaces.Box(0, 255, (1, CELLS, CELLS), np.uint8)

    def begin(self, where: Any = ...) -> None:
        """Take note that a rally begins, in these games."""
        self._before[where] = 0.0

    def see(self, state: NDArray[np.float64]) -> NDArray[Any]:
        """Give what has changed up to this state, (..., 1, 40, 40) uint8, and remember it."""
        now = self._draw(state)
        change = np.rint(127.0 * (now - self._before)) + GREY
        self._before = now
        return np.asarray(change[..., None, :, :], np.uint8)

    def see_one(self, view: tuple[float, ...]) -> NDArray[Any]:
        """Give what has changed in one game, as `see` does."""
        return self.see(np.array(view))

    def _draw(self, state: NDArray[np.float64]) -> NDArray[np.float32]:
        half = BALL_CELLS * self._cell / 2
        x, y, top = state[..., _BALL_X], state[..., _BALL_Y], state[..., _PADDLE]
        ball = _outer(_cover(y - half, y + half, self._cell), _cover(x - half, x + half, self._cell))
        paddle = _outer(_cover(top, top + self._paddle, self._cell), self._thick)
        return np.maximum(ball, paddle).astype(np.float32)


def observer(rules: Rules, kind: str, games: tuple[int, ...] = ()) -> Numbers | Picture:
    """Make what turns states into observations of one kind.

    Parameters
    ----------
    rules : Rules
    kind : {"image", "paddle_ball", "ball", "port"}
    games : tuple of int
        () for one game, (G,) for G.

    Returns
    -------
    Numbers or Picture

    Raises
    ------
    ConfigError
        If the kind is unknown.
    """
    if kind == "image":
        return Picture(rules, games)
    if kind not in ("paddle_ball", "ball", "port"):
        raise ConfigError(unknown_name("observation", kind, ("image", "paddle_ball", "ball", "port")))
    return Numbers(rules, kind)


def _outer(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows[..., :, None] * columns[..., None, :])


def _cover(start: NDArray[np.float64], stop: NDArray[np.float64], cell: float) -> NDArray[np.float64]:
    # share of each cell that lies in [start, stop)
    edges = np.arange(CELLS + 1) * cell
    inside = np.minimum(stop[..., None], edges[1:]) - np.maximum(start[..., None], edges[:-1])
    return np.asarray(np.maximum(inside, 0.0) / cell)
