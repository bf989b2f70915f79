import sys

import numpy as np
import pytest
import torch

from interplay import ConfigError
from interplay._core.errors import MissingExtraError
from interplay.loop import Budget, play
from interplay.loop.player import Learner
from interplay.loop.sb3 import DEFAULTS, StableBaseline

ALGORITHMS = ("dqn", "a2c", "ppo", "qrdqn")
QUICK = {
    "dqn": {"learning_starts": 20},
    "qrdqn": {"learning_starts": 20},
    "a2c": {},
    "ppo": {"n_steps": 32, "batch_size": 16, "n_epochs": 1},
}


def test_settings_that_the_session_decides_are_refused():
    with pytest.raises(ConfigError, match="algorithm"):
        StableBaseline(algorithm="sac")
    with pytest.raises(ConfigError, match="observation"):
        StableBaseline(observation="sound")
    with pytest.raises(ConfigError, match="seed"):
        StableBaseline(settings={"seed": 1})


def test_without_the_library_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)
    for algorithm, package in (("dqn", "stable-baselines3"), ("qrdqn", "sb3-contrib")):
        with pytest.raises(MissingExtraError, match=rf"{package}.*interplay\[rl\]"):
            StableBaseline(algorithm=algorithm).learn(None, 0)


def test_an_unknown_setting_is_a_configuration_error():
    pytest.importorskip("stable_baselines3", reason="the extra rl is not installed")
    with pytest.raises(ConfigError, match="arguments of DQN"):
        play(StableBaseline(settings={"speed": 3}), budget=Budget(rallies=None, seconds=1.0), seed=0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_plays_the_same_session_again_and_leaves_no_trace(algorithm):
    pytest.importorskip("sb3_contrib", reason="the extra rl is not installed")
    agent = StableBaseline(algorithm=algorithm, action_repeat=10, settings=DEFAULTS[algorithm] | QUICK[algorithm])
    assert isinstance(agent, Learner)
    budget = Budget(rallies=None, seconds=8.0)
    states = np.random.get_state()[1].tolist(), torch.get_rng_state(), torch.get_num_threads()  # noqa: NPY002
    first, again = (play(agent, budget=budget, seed=2) for _ in range(2))
    assert first.samples > 40
    assert np.array_equal(first.track, again.track, equal_nan=True)
    assert np.random.get_state()[1].tolist() == states[0]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[1])
    assert torch.get_num_threads() == states[2]


def test_pictures_get_the_convolutional_policy():
    pytest.importorskip("stable_baselines3", reason="the extra rl is not installed")
    agent = StableBaseline(
        observation="image", action_repeat=20, settings={"learning_starts": 1000, "buffer_size": 500}
    )
    assert play(agent, budget=Budget(rallies=None, seconds=6.0), seed=0).samples > 20
