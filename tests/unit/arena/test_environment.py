import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from interplay import ConfigError, DataError
from interplay.arena import Pong, PongVector, Rules

KINDS = ["image", "paddle_ball", "ball", "port"]


@pytest.mark.filterwarnings("ignore:.*alternative render modes.*")
@pytest.mark.parametrize("rules", [Rules(), Rules.port()], ids=["dish", "port"])
@pytest.mark.parametrize("kind", KINDS)
def test_gymnasium_finds_no_fault(kind, rules):
    check_env(Pong(rules=rules, observation=kind, render_mode="rgb_array"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most_ticks", [None, 300])
def test_many_games_equal_single_ones_in_gymnasium_s_own_vector(kind, most_ticks):
    settings = {"rules": Rules.port(), "observation": kind, "action_repeat": 4, "most_ticks": most_ticks}
    many = PongVector(3, **settings)
    single = SyncVectorEnv([lambda: Pong(**settings)] * 3)
    assert many.metadata["autoreset_mode"] == single.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    assert many.single_observation_space == single.single_observation_space
    assert many.observation_space == single.observation_space
    assert many.action_space == single.action_space
    rng = np.random.default_rng(1)
    assert np.array_equal(many.reset(seed=4)[0], single.reset(seed=4)[0])
    ends = np.zeros(2, int)
    for k in range(400):
        actions = rng.integers(0, 3, 3)
        one, other = many.step(actions), single.step(actions)
        for found, expected in zip(one[:4], other[:4], strict=True):
            assert found.dtype == expected.dtype
            assert np.array_equal(found, expected)
        assert all(np.array_equal(one[4][name] * one[4]["_hits"], other[4].get(name, 0)) for name in one[4])
        assert one[0] in many.observation_space
        ends += one[2].sum(), one[3].sum()
        if k == 200:
            assert np.array_equal(many.reset()[0], single.reset()[0])
    assert ends[0] > 3
    assert (ends[1] > 0) == (most_ticks is not None)


def test_what_the_numbers_are():
    pong = Pong(observation="paddle_ball")
    first, info = pong.reset(seed=1)
    vy = pong.game.ball_vy
    assert first.tolist() == pytest.approx([0.0, 0.0, 0.0, vy / 2])
    assert info == {}
    seen = pong.step(2)[0]
    game = pong.game
    expected = [(game.paddle_y + 125) / 300 - 1, game.ball_x / 300 - 1, game.ball_y / 300 - 1, vy / 2]
    assert seen.tolist() == pytest.approx(expected)
    assert game.paddle_y > 175
    port = Pong(observation="port", rules=Rules.port())
    port.reset(seed=1)
    assert port.step(0)[0][3:].tolist() == pytest.approx([175 / 300 - 1, 425 / 300 - 1])


def test_the_picture_shows_what_has_changed():
    pong = Pong(observation="image", action_repeat=15)
    first = pong.reset(seed=1)[0]
    assert (first.shape, first.dtype) == ((1, 40, 40), np.uint8)
    assert first.min() == 128  # nothing was there before
    assert first[0, 19:21, 19:21].min() == 255  # the ball, two cells wide, in the middle
    rows = np.flatnonzero(first[0, :, 0] > 128)
    assert (rows[0], rows[-1]) == (11, 28)  # the paddle, 175 to 425 px
    assert first[0, 15, 0] == 128 + round(127 * 10 / 15)  # 10 of the 15 px of a cell
    change = pong.step(0)[0]
    assert (change[0, :, :2] == 128).all()  # a paddle at rest
    assert change[0, :, 21:].max() > 200  # where the ball is
    assert change[0, :, :20].min() < 60  # where it was
    assert change.astype(int).sum() - 128 * 1600 == pytest.approx(0, abs=30)


def test_a_step_stops_at_the_miss_and_a_rally_that_is_over_needs_a_reset():
    pong = Pong(action_repeat=7)
    with pytest.raises(gymnasium.error.ResetNeeded, match="Call `reset` first"):
        pong.step(0)
    pong.reset(seed=2)
    ticks, rewards, terminated = [], [], False
    while not terminated:
        _, reward, terminated, truncated, info = pong.step(2 if pong.game.ball_y < 300 else 1)
        ticks.append(info["ticks"])
        rewards.append(reward)
    assert not truncated
    assert ticks == [7] * 64 + [2]
    assert rewards == [0.0] * 64 + [-1.0]
    assert info == {"hits": 0, "ticks": 2, "missed": True}
    with pytest.raises(gymnasium.error.ResetNeeded):
        pong.step(0)


def test_a_rally_is_cut_only_on_request():
    pong = Pong(action_repeat=10, most_ticks=95)
    pong.reset(seed=0)
    cuts = [pong.step(0)[2:4] for _ in range(10)]
    assert cuts == [(False, False)] * 9 + [(False, True)]
    with pytest.raises(gymnasium.error.ResetNeeded):
        pong.step(0)
    pong.reset()
    assert pong.game.rally == 1


def test_reset_goes_on_with_the_game_unless_it_gets_a_seed():
    pong = Pong(action_repeat=1)
    pong.reset(seed=6)
    first = pong.game.view()
    for _ in range(40):
        pong.step(2)
    place = pong.game.paddle_y
    pong.reset()
    assert (pong.game.rally, pong.game.paddle_y) == (1, place)
    pong.reset(seed=6)
    assert (pong.game.rally, pong.game.view()) == (0, first)


def test_an_unseeded_game_is_another_each_time():
    views = set()
    for _ in range(3):
        pong = Pong()
        pong.reset()
        views.add(pong.game.view())
    assert len(views) == 3
    many = PongVector(3)
    many.reset()
    assert len(set(many.state[:, 3])) == 3


def test_the_field_can_be_drawn():
    pong = Pong(render_mode="rgb_array")
    pong.reset(seed=1)
    frame = pong.render()
    assert (frame.shape, frame.dtype) == ((300, 300, 3), np.uint8)
    assert (frame[150, 150] == 255).all()
    assert frame[88:212, :5].any(axis=2).all()
    assert not frame[:87, :5].any()
    assert Pong().render() is None
    assert pong.metadata["render_fps"] == pytest.approx(20.0)


def test_wrong_settings_and_actions_are_refused():
    with pytest.raises(ConfigError, match="did you mean 'ball'"):
        Pong(observation="bal")
    with pytest.raises(ConfigError, match="`render_mode` must be 'rgb_array' or None, got 'human'"):
        Pong(render_mode="human")
    for wrong in ({"action_repeat": 0}, {"most_ticks": 0}, {"rules": 3}, {"rules": {}}):
        with pytest.raises(ConfigError):
            Pong(**wrong)
        with pytest.raises(ConfigError):
            PongVector(2, **wrong)
    pong = Pong()
    pong.reset(seed=0)
    with pytest.raises(DataError, match=r"`action` must be 0 \(stay\), 1 \(up\) or 2 \(down\), got 3"):
        pong.step(3)
    for wrong in (np.array([0, 1]), [0, 1], "up", None):
        with pytest.raises(DataError, match=r"`action` must be 0 \(stay\)"):
            pong.step(wrong)
    assert pong.step(np.array(1))[4]["ticks"] == 5


def test_wrong_calls_of_many_games_are_refused():
    many = PongVector(2)
    for call in (lambda: many.step(np.array([0, 0])), lambda: many.advance(np.zeros(2))):
        with pytest.raises(gymnasium.error.ResetNeeded, match="Call `reset` first"):
            call()
    for seed in (-1, [1], [1, -1]):
        with pytest.raises(ConfigError, match="`seed` must be one number >= 0 or 2 of them"):
            many.reset(seed=seed)
    with pytest.raises(ConfigError, match="reset_mask"):
        many.reset(options={"reset_mask": np.array([True, False])})
    many.reset(seed=0)
    with pytest.raises(DataError, match=r"`actions` must be 0 \(stay\)"):
        many.step(np.array([0, 5]))
    with pytest.raises(DataError, match="`actions` must have shape"):
        many.step(np.zeros(3, int))
    with pytest.raises(DataError, match=r"`commands` must lie in \[-1, 1\]"):
        many.advance(np.array([0.0, 1.5]))
    with pytest.raises(DataError, match="must be finite"):
        many.advance(np.array([0.0, np.nan]))
    with pytest.raises(ConfigError, match="`ticks` must be T=4"):
        many.advance(np.zeros((2, 4)), ticks=3)


def test_many_games_may_be_advanced_after_a_step_that_ended_a_rally():
    many = PongVector(1, action_repeat=450)
    many.reset(seed=0)
    away = 2 if many.state[0, 3] < 0 else 1
    assert many.step(np.array([away]))[2].all()
    assert many.state[0, 0] == 0.0
    many.advance(np.zeros(1), ticks=1)
    assert (many.rally[0], many.state[0, 0]) == (1, 302.0)
