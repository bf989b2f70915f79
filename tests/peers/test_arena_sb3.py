"""stable-baselines3 takes every observation as it is, the picture through its convolutions."""

import numpy as np
import pytest

from interplay.arena import Pong

sb3 = pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed")


@pytest.mark.slow
@pytest.mark.peer
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "policy"), [("image", "CnnPolicy"), ("paddle_ball", "MlpPolicy"), ("ball", "MlpPolicy")]
)
def test_a_model_of_stable_baselines_plays(kind, policy):
    from stable_baselines3.common.env_checker import check_env

    from interplay.tensors.value_session import undisturbed

    with undisturbed():
        pong = Pong(observation=kind)
        check_env(pong)
        model = sb3.A2C(policy, pong, seed=0, n_steps=16, device="cpu")
        assert model.observation_space == pong.observation_space  # nothing was transposed
        model.learn(64)
        action, _ = model.predict(pong.reset(seed=1)[0])
        assert np.asarray(action) in pong.action_space
