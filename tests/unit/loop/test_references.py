import numpy as np
import pytest

from interplay import ConfigError
from interplay._core.rng import uniform
from interplay.arena import Game, Rules
from interplay.loop import Budget, play
from interplay.loop.player import Feedback, Player, View
from interplay.loop.references import Chance, FrozenCentre, Oracle, RandomWalk, Sweep

CATCH = 250 / 600


def expected_chance():
    mean = CATCH / (1 - CATCH)
    return {"mean": (mean, np.sqrt(CATCH) / (1 - CATCH)), "aces": 1 - CATCH, "long": CATCH**3}


def assert_chance(hits, slack=3.0):
    n = len(hits)
    expected = expected_chance()
    mean, spread = expected["mean"]
    assert (round(mean, 3), round(expected["aces"], 3), round(expected["long"], 3)) == (0.714, 0.583, 0.072)
    assert abs(hits.mean() - mean) < slack * spread / np.sqrt(n)
    for found, share in (((hits == 0).mean(), expected["aces"]), ((hits >= 3).mean(), expected["long"])):
        assert abs(found - share) < slack * np.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("make", [Chance, FrozenCentre, Oracle, RandomWalk, Sweep])
def test_they_are_players(make):
    assert isinstance(make(), Player)


def test_chance_in_the_quick_game_is_the_arithmetic():
    session = play(Chance(), rules=Rules.port(), budget=Budget(rallies=2000, seconds=None, most_s=1e6), seed=3)
    assert session.n_rallies == 2000
    assert_chance(session.hits)


@pytest.mark.slow
def test_chance_in_the_dish_is_the_arithmetic():
    session = play(Chance(), budget=Budget(rallies=2500, seconds=None, most_s=1e6), seed=4)
    assert_chance(session.hits[session.finished])


@pytest.mark.parametrize("rules", [Rules(), Rules.port()], ids=["dish", "port"])
def test_chance_catches_exactly_when_its_draw_says_so(rules):
    session = play(Chance(), rules=rules, budget=Budget(rallies=120, seconds=None), seed=8)
    for rally, hits in enumerate(session.hits[session.finished].tolist()):
        draws = uniform(8, "catch", rally, np.arange(hits + 1))
        assert (draws[:-1] < CATCH).all()
        assert draws[-1] >= CATCH


def test_chance_is_never_late():
    session = play(Chance(), budget=Budget(rallies=100, seconds=None), seed=8)
    assert ((session.stop_tick - session.start_tick) == 450 + 590 * session.hits)[session.finished].all()


@pytest.mark.parametrize("rules", [Rules(), Rules.port()], ids=["dish", "port"])
@pytest.mark.parametrize("seed", range(3))
def test_the_oracle_never_misses(rules, seed):
    session = play(Oracle(), rules=rules, budget=Budget(rallies=None, seconds=300.0), seed=seed)
    assert session.n_rallies == 0
    assert session.hits.tolist() == [1 + (30000 - 445) // 590 if rules == Rules() else 1 + (30000 - 74) // 98]


def test_the_frozen_paddle_stays():
    session = play(FrozenCentre(), budget=Budget(rallies=40, seconds=None), seed=1)
    assert (session.track[:, 2] == 175.0).all()
    # a serve is caught iff it meets the paddle after 445 to 449 ticks
    speed = uniform(1, "serve", np.arange(40)) * 2.0
    way = 300 + speed * np.arange(445, 450)[:, None]
    folded = np.abs((way + 600) % 1200 - 600)
    caught = ((folded >= 175) & (folded <= 425)).any(axis=0)
    assert np.array_equal(session.hits[session.finished] > 0, caught)


@pytest.mark.parametrize("hold", [1, 7])
def test_the_random_walk_is_keyed_and_holds_its_pushes(hold):
    player = RandomWalk(hold_ticks=hold)
    view = View(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0)
    player.begin(Rules(), 5)
    first = [player.act(view) for _ in range(2500)]
    player.begin(Rules(), 5)
    assert [player.act(view) for _ in range(2500)] == first
    draws = uniform(5, "push", np.arange(2500) // hold)
    assert first == (np.floor(3 * draws) - 1).tolist()
    assert set(first) == {-1.0, 0.0, 1.0}
    player.begin(Rules(), 6)
    assert [player.act(view) for _ in range(2500)] != first


def test_they_refuse_rules_under_which_they_cannot_be_what_they_are():
    with pytest.raises(ConfigError, match="must let the paddle cross its track while the ball returns, in 295 ticks"):
        Oracle().begin(Rules(impulse_px=0.05), 0)
    with pytest.raises(ConfigError, match="must leave room to avoid a ball"):
        Chance().begin(Rules(paddle_px=296.0), 0)
    with pytest.raises(ConfigError, match="`hold_ticks` must be >= 1"):
        RandomWalk(hold_ticks=0)


def test_the_oracle_looks_anew_after_a_hit():
    oracle = Oracle()
    oracle.begin(Rules(), 0)
    oracle.feel(Feedback("serve", 0, 0, 0, 0))
    assert oracle.act(View(10.0, 300.0, -2.0, 0.0, 0.0, 0.0, 0, 0)) == 1.0
    oracle.feel(Feedback("hit", 1, 0, 1, 0))
    assert oracle.act(View(12.0, 0.0, -2.0, 0.0, 300.0, 0.0, 1, 0)) == -1.0


def test_the_sweep_goes_from_end_to_end_whatever_the_ball_does() -> None:
    rules, tracks = Rules(), []
    for seed in (1, 2):
        game, player = Game(rules, seed), Sweep()
        player.begin(rules, seed)
        game.serve()
        track = []
        for tick in range(400):
            game.step(player.act(View(*game.view(), tick, 0)))
            track.append(game.paddle_y)
        tracks.append(track)
    assert tracks[0] == tracks[1]
    assert min(tracks[0]) == 0.0
    assert max(tracks[0]) == rules.size_px - rules.paddle_px
