"""Pong with the Gymnasium contract: an episode is a rally."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.arena.game import HIT, MISS, Game
from interplay.arena.observations import Observation, observer
from interplay.arena.rules import Rules, rules_or_dish

#: Command of each action: stay, up, down.
COMMANDS = (0.0, -1.0, 1.0)

_SIDE = 300
_BALL, _PADDLE = (255, 255, 255), (90, 170, 255)


class Pong(gymnasium.Env[NDArray[Any], Any]):
    """The game of the dish as a Gymnasium environment. Pauses are not played: they are whoever counts time's business.

    Actions are 0 stay, 1 up, 2 down, at full impulse. The reward is +1 for a hit and -1 for the miss that ends the
    episode. ``info`` of `step` holds "hits" (int), "ticks" (int) that passed in the step, and "missed" (bool).

    Parameters
    ----------
    rules : Rules or None
        None means the game of the dish.
    observation : {"paddle_ball", "ball", "image", "port"}
        "paddle_ball": middle of the paddle, ball x, ball y, ball vy, float32 in [-1, 1] over the field (vy: over the
        fastest serve). "ball": ball x, ball y. "port": ball x, ball y, ball vy, top and bottom of the paddle.
        "image": (1, 40, 40) uint8, what has changed since the last step; 128 is no change.
    action_repeat : int, ticks, >= 1
        How long an action lasts; a step that ends in a miss stops there.
    most_ticks : int, ticks, >= 1, or None
        A rally is truncated at the end of the step in which it has lasted so long. None means never.
    render_mode : "rgb_array" or None

    Attributes
    ----------
    game : Game

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.

    Notes
    -----
    ``reset(seed=s)`` begins a new game of seed s with the paddle centred. ``reset()`` serves the next rally of the
    same game: the paddle stays where it is, as in the dish. Without any seed the game gets one from the environment's
    own generator, which Gymnasium seeds from the system.

    Only "image", "paddle_ball" and "ball" are named in the source; what the numbers are, and the 40 x 40 frame
    difference, we know at second hand. The sign of vx and the velocity of the paddle are in none of them: on a pass of
    295 ticks a player that follows the ball needs neither. "ball" hides the paddle as well.
    The image has its channel first and is wide enough (36 or more) for the convolutions of stable-baselines3's
    ``CnnPolicy``, which takes it as it is.

    References
    ----------
    Khajehnejad et al. (2025), Cyborg Bionic Syst 6:0336, for the three observations.

    Examples
    --------
    >>> pong = Pong(observation="ball")
    >>> pong.reset(seed=3)[0]
    array([0., 0.], dtype=float32)
    >>> pong.step(1)[4]
    {'hits': 0, 'ticks': 5, 'missed': False}
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 20}  # type: ignore[misc]

    def __init__(
        self,
        *,
        rules: Rules | None = None,
        observation: Observation = "paddle_ball",
        action_repeat: int = 5,
        most_ticks: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        require_setting("action_repeat", action_repeat, least=1)
        if most_ticks is not None:
            require_setting("most_ticks", most_ticks, least=1)
        if render_mode not in (None, "rgb_array"):
            raise ConfigError(f"`render_mode` must be 'rgb_array' or None, got {render_mode!r}.")
        self.rules = rules_or_dish(rules)
        self.action_repeat, self.most_ticks, self.render_mode = action_repeat, most_ticks, render_mode
        self.metadata = self.metadata | {"render_fps": 1.0 / (self.rules.tick_s * action_repeat)}  # type: ignore[misc]
        self._observer = observer(self.rules, observation)
        self.observation_space = self._observer.space
        self.action_space = gymnasium.spaces.Discrete(3)
        self.game = Game(self.rules)
        self._ticks = 0
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Serve.

        Parameters
        ----------
        seed : int or None
            A new game of this seed; None goes on with the game there is.
        options : dict or None
            Not used.

        Returns
        -------
        tuple of observation and (empty) info
        """
        super().reset(seed=seed)
        if seed is not None:
            self.game = Game(self.rules, seed)
        elif self.game.rally < 0:
            self.game = Game(self.rules, int(self.np_random.integers(2**31)))
        self.game.serve()
        self._ticks, self._over = 0, False
        self._observer.begin()
        return self._observer.see_one(self.game.view()), {}

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Play `action_repeat` ticks, or fewer if the ball is missed.

        Parameters
        ----------
        action : int, 0 stay, 1 up, 2 down

        Returns
        -------
        tuple of observation, reward, terminated, truncated, info

        Raises
        ------
        DataError
            If the action is none of the three.
        gymnasium.error.ResetNeeded
            If the rally is over.
        """
        if self._over:
            raise gymnasium.error.ResetNeeded("the rally is over, and `step` needs a ball in play. Call `reset` first.")
        try:
            known = action in (0, 1, 2)
        except (ValueError, RuntimeError):  # an array, or a tensor, of several
            known = False
        if not known:
            raise DataError(f"`action` must be 0 (stay), 1 (up) or 2 (down), got {action!r}. Give one of them.")
        command, game = COMMANDS[int(action)], self.game
        hits = ticks = outcome = 0
        while ticks < self.action_repeat and outcome != MISS:
            outcome = game.step(command)
            hits += outcome == HIT
            ticks += 1
        missed = outcome == MISS
        self._ticks += ticks
        truncated = not missed and self.most_ticks is not None and self._ticks >= self.most_ticks
        self._over = missed or truncated
        observation = self._observer.see_one(game.view())
        return observation, float(hits - missed), missed, truncated, {"hits": hits, "ticks": ticks, "missed": missed}

    def render(self) -> NDArray[np.uint8] | None:
        """Draw the field.

        Returns
        -------
        (300, 300, 3) uint8 array, or None without a render mode
        """
        if self.render_mode is None:
            return None
        x, y, _, _, top, _ = (value * _SIDE / self.rules.size_px for value in self.game.view())
        scale = _SIDE / self.rules.size_px
        frame = np.zeros((_SIDE, _SIDE, 3), np.uint8)
        bottom = top + self.rules.paddle_px * scale
        frame[round(top) : round(bottom), : max(1, round(self.rules.depth_px * scale))] = _PADDLE
        frame[max(0, round(y) - 4) : round(y) + 4, max(0, round(x) - 4) : round(x) + 4] = _BALL
        return frame
