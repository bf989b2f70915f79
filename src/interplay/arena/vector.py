"""Many games of Pong at once, compiled, each the same to the last bit as `Pong` with its seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.arena.observations import Observation, observer
from interplay.arena.pong import COMMANDS
from interplay.arena.rules import Rules, rules_or_dish
from interplay.ops.pong import advance, serve_where

_COMMANDS = np.array(COMMANDS)


class PongVector(VectorEnv[NDArray[Any], NDArray[Any], NDArray[Any]]):
    """G games of Pong, compiled.

    Actions, rewards and observations are those of `Pong`, one row per game. A rally that ends is followed by the next
    serve at the next step, whatever the action (`AutoresetMode.NEXT_STEP`); `advance` is the quick door without
    actions and observations.

    Parameters
    ----------
    num_envs : int >= 1
        Number of games G.
    rules, observation, action_repeat, most_ticks
        As in `Pong`.

    Attributes
    ----------
    state : (G, 6) float64 array, px and px per tick
        Ball x, y, vx, vy, top of the paddle, its velocity.
    rally : (G,) int64 array
        Number of the rally, -1 before the first.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.

    Notes
    -----
    ``reset(seed=s)`` gives game i the seed s + i, as Gymnasium does. ``infos`` of `step` holds "hits", "ticks" and
    "missed", with "_hits" and so on marking the games that played in this step.

    Examples
    --------
    >>> games = PongVector(4, observation="ball")
    >>> games.reset(seed=0)[0].shape
    (4, 2)
    >>> hits, misses = games.advance(np.zeros(4), ticks=450)
    >>> misses.tolist()
    [0, 1, 0, 0]
    """

    def __init__(
        self,
        num_envs: int,
        *,
        rules: Rules | None = None,
        observation: Observation = "paddle_ball",
        action_repeat: int = 5,
        most_ticks: int | None = None,
    ) -> None:
        require_setting("num_envs", num_envs, least=1)
        require_setting("action_repeat", action_repeat, least=1)
        if most_ticks is not None:
            require_setting("most_ticks", most_ticks, least=1)
        self.num_envs, self.rules = num_envs, rules_or_dish(rules)
        self.action_repeat, self.most_ticks = action_repeat, most_ticks
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": []}
        self._observer = observer(self.rules, observation, (num_envs,))
        self.single_observation_space = self._observer.space
        self.single_action_space = gymnasium.spaces.Discrete(3)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._numbers = _numbers(self.rules)
        self.state = np.zeros((num_envs, 6))
        self.rally = np.full(num_envs, -1)
        self._seed = np.zeros(num_envs, np.uint64)
        self._lasted = np.zeros(num_envs, np.int64)
        self._over = np.ones(num_envs, bool)

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Serve in every game.

        Parameters
        ----------
        seed : int, sequence of G int, or None
            New games of seeds s, s + 1, ... or of these seeds. None goes on with the games there are.
        options : dict or None
            Not used; "reset_mask" is refused, since games reset themselves.

        Returns
        -------
        tuple of (G, ...) observations and (empty) infos

        Raises
        ------
        ConfigError
            If a seed is negative, their number is not G, or a mask is given.
        """
        if options and "reset_mask" in options:
            raise ConfigError(
                "`options` must not hold 'reset_mask': games serve themselves after a miss. Leave it out."
            )
        if seed is not None or (self.rally < 0).any():
            self._new_games(seed)
        everyone = np.ones(self.num_envs, bool)
        serve_where(self.state, self.rally, self._seed, everyone, self._numbers)
        self._lasted[:] = 0
        self._over[:] = False
        self._observer.begin()
        return self._observer.see(self.state), {}

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Play `action_repeat` ticks in every game, fewer where the ball is missed, none where a rally begins.

        Parameters
        ----------
        actions : (G,) int array, 0 stay, 1 up, 2 down

        Returns
        -------
        tuple of observations (G, ...), rewards, terminations, truncations (G,), infos

        Raises
        ------
        DataError
            If an action is none of the three.
        gymnasium.error.ResetNeeded
            Before the first `reset`.
        """
        chosen = Shapes(G=self.num_envs).array("actions", actions, "G", "int")
        if ((chosen < 0) | (chosen > 2)).any():
            raise DataError(f"`actions` must be 0 (stay), 1 (up) or 2 (down), got {np.unique(chosen).tolist()}.")
        self._require_begun()
        fresh = self._over.copy()
        ticks = np.where(fresh, 0, self.action_repeat)
        if fresh.any():
            serve_where(self.state, self.rally, self._seed, fresh, self._numbers)
            self._lasted[fresh] = 0
            self._observer.begin(fresh)
        hits, misses, passed = self._advance(_COMMANDS[chosen][:, None], ticks, stop_at_miss=True)
        self._lasted += passed
        missed = misses > 0
        cut = np.zeros_like(missed) if self.most_ticks is None else ~missed & (self._lasted >= self.most_ticks)
        self._over = missed | cut
        infos: dict[str, Any] = {"hits": hits, "ticks": passed, "missed": missed}
        infos |= {f"_{name}": ~fresh for name in infos}
        return self._observer.see(self.state), (hits - misses).astype(np.float64), missed, cut, infos

    def advance(self, commands: NDArray[Any], ticks: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Play on with commands instead of actions; a miss is followed by the next serve at once.

        Parameters
        ----------
        commands : (G,) or (G, T) float array, in [-1, 1]
            One command for all ticks of a game, or one for every tick. A C-ordered float64 array is not copied.
        ticks : int >= 1 or None
            How long one command lasts; with (G, T) commands it must be None or T.

        Returns
        -------
        tuple of two (G,) int64 arrays
            Hits and misses.

        Raises
        ------
        DataError
            If a command is not in [-1, 1] or a shape is wrong.
        ConfigError
            If `ticks` does not fit.
        gymnasium.error.ResetNeeded
            Before the first `reset`.

        Notes
        -----
        The next `step` looks as if the rally had been going on; `most_ticks` and the picture's memory are those of
        `step` and do not see what happens here.
        """
        held = np.ndim(commands) == 1
        table = Shapes(G=self.num_envs).array("commands", commands, "G" if held else "G T")
        if held:
            table = table[:, None]
        elif ticks not in (None, table.shape[1]):
            raise ConfigError(f"`ticks` must be T={table.shape[1]} where every tick has a command, got {ticks}.")
        count = ticks if held and ticks is not None else table.shape[1]
        require_setting("ticks", count, least=1)
        if table.min() < -1.0 or table.max() > 1.0:
            raise DataError(
                f"`commands` must lie in [-1, 1], got {table.min()} to {table.max()}. Scale them; nothing is clipped."
            )
        self._require_begun()
        if self._over.any():
            serve_where(self.state, self.rally, self._seed, self._over, self._numbers)
            self._over[:] = False
        hits, misses, _ = self._advance(table, np.full(self.num_envs, count), stop_at_miss=False)
        return hits, misses

    def _advance(
        self, commands: NDArray[Any], ticks: NDArray[np.int64], *, stop_at_miss: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        hits, misses, passed = (np.zeros(self.num_envs, np.int64) for _ in range(3))
        table = np.ascontiguousarray(commands, np.float64).view()
        table.flags.writeable = False  # always, so that the kernel is compiled once
        advance(self.state, self.rally, self._seed, table, ticks, self._numbers, stop_at_miss, hits, misses, passed)
        return hits, misses, passed

    def _new_games(self, seed: int | Sequence[int] | None) -> None:
        if seed is None:
            seeds = [int(s) for s in self.np_random.integers(2**31, size=self.num_envs)]
        elif isinstance(seed, int | np.integer):
            seeds = [int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = [int(s) for s in seed]
        if len(seeds) != self.num_envs or min(seeds) < 0:
            raise ConfigError(f"`seed` must be one number >= 0 or {self.num_envs} of them, got {seed!r}.")
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
        half = self.rules.size_px / 2
        self.state[:] = (half, half, 0.0, 0.0, (self.rules.size_px - self.rules.paddle_px) / 2, 0.0)
        self.rally[:] = -1
        self._seed = np.array(seeds, np.uint64)

    def _require_begun(self) -> None:
        if (self.rally < 0).any():
            raise gymnasium.error.ResetNeeded("`step` and `advance` need a ball in play. Call `reset` first.")


def _numbers(rules: Rules) -> NDArray[np.float64]:
    return np.array([
        rules.size_px, rules.paddle_px, rules.depth_px, rules.opponent_px, rules.speed_px,
        *rules.serve_px, rules.mirrored, rules.keep, rules.impulse_px,
    ], np.float64)  # fmt: skip
