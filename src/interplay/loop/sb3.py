"""Agents of stable-baselines3 and sb3-contrib as players, with settings for a session of some ten thousand decisions.

References
----------
Raffin et al. (2021), JMLR 22:268 (stable-baselines3). Khajehnejad et al. (2025), Cyborg Bionic Syst 6:0336, compared
its DQN, A2C and PPO with cultures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, MissingExtraError, unknown_name
from interplay._core.rng import stream
from interplay.loop.agents import Seen

Algorithm = Literal["dqn", "a2c", "ppo", "qrdqn"]

#: Decisions that no session reaches: the environment ends it.
_ENDLESS = 10_000_000

#: Transitions that are remembered: every decision of a session of 2400 s at an action repeat of 5.
_EVERYTHING = 50_000

#: `exploration_fraction` is a share of the steps that `learn` is asked for.
_REPLAY: dict[str, Any] = {
    "learning_rate": 1e-3,
    "buffer_size": _EVERYTHING,
    "learning_starts": 200,
    "batch_size": 32,
    "gamma": 0.97,
    "train_freq": 1,
    "gradient_steps": 2,
    "target_update_interval": 200,
    "exploration_fraction": 1200 / _ENDLESS,
    "exploration_final_eps": 0.02,
}

#: What differs from the libraries' own defaults, which are made for millions of steps; the grid that chose it is in
#: `benchmarks/quality/agents_grid.py`.
DEFAULTS: dict[str, dict[str, Any]] = {
    "dqn": _REPLAY,
    # 200 quantiles, the default, cost ten times the time of one update and this game needs no such detail
    "qrdqn": _REPLAY | {"gradient_steps": 1, "policy_kwargs": {"n_quantiles": 25}},
    "a2c": {"gamma": 0.97, "n_steps": 16},
    "ppo": {"gamma": 0.97, "n_steps": 256, "batch_size": 64, "learning_rate": 1e-3},
}


@dataclass(frozen=True, kw_only=True)
class StableBaseline:
    """DQN, A2C, PPO or QR-DQN, learning from scratch for one session.

    Parameters
    ----------
    algorithm : {"dqn", "a2c", "ppo", "qrdqn"}
        The last one is of sb3-contrib.
    observation : {"image", "paddle_ball", "ball"}
        Images get the library's convolutional policy.
    action_repeat : int, ticks, >= 1
    settings : mapping
        Arguments of the algorithm's class that replace `DEFAULTS` and the library's own.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.
    MissingExtraError
        When it plays and the extra "rl" is not installed.

    Notes
    -----
    The library seeds the global generators of Python, numpy and torch; they are put back afterwards. Torch computes on
    one thread, so a seed gives the same session on every number of cores.
    """

    algorithm: Algorithm = "dqn"
    observation: Seen = "paddle_ball"
    action_repeat: int = 5
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in (("algorithm", Algorithm), ("observation", Seen)):
            if getattr(self, name) not in get_args(kind):
                raise ConfigError(unknown_name(name, getattr(self, name), get_args(kind)))
        require_setting("action_repeat", self.action_repeat, least=1)
        for name in ("env", "policy", "seed"):
            if name in self.settings:
                raise ConfigError(f"`settings` must not hold {name!r}, which the session decides. Leave it out.")

    @property
    def name(self) -> str:
        """Name of the player: the algorithm."""
        return self.algorithm

    def learn(self, environment: Any, seed: int) -> None:
        """Play and learn from scratch until the environment stops answering.

        Parameters
        ----------
        environment : gymnasium.Env
        seed : int, >= 0
            Of weights, exploration and replay.
        """
        kind = _algorithm(self.algorithm)
        from interplay.tensors.value_session import one_thread, undisturbed

        policy = "CnnPolicy" if self.observation == "image" else "MlpPolicy"
        word = int(stream(seed, "stable_baseline", self.algorithm).integers(2**31))
        with one_thread(), undisturbed():
            try:
                model = kind(
                    policy, environment, seed=word, device="cpu", **(DEFAULTS[self.algorithm] | dict(self.settings))
                )
            except TypeError as error:
                raise ConfigError(
                    f"`settings` must be arguments of {kind.__name__}, got {dict(self.settings)}: {error}. "
                    "See the library's documentation."
                ) from error
            model.learn(_ENDLESS)


def _algorithm(name: str) -> Any:
    try:
        if name == "qrdqn":
            from sb3_contrib import QRDQN

            return QRDQN
        import stable_baselines3
    except ImportError as error:
        package = "sb3-contrib" if name == "qrdqn" else "stable-baselines3"
        raise MissingExtraError.of(f"the player {name!r}", package, "rl") from error
    return getattr(stable_baselines3, name.upper())
