import numpy as np
import pytest

from interplay import ConfigError, DataError
from interplay.arena import Game, Rules
from interplay.arena.game import HIT, MISS, NOTHING


def rally(game, hits_wanted):
    """Serve, catch so many balls, then let one go: ticks of the hits, tick of the miss."""
    game.serve()
    hits = []
    for tick in range(1, 10_000):
        game.paddle_v = 0.0
        far = 350.0 if game.ball_y < 300 else 0.0
        game.paddle_y = far if len(hits) == hits_wanted else min(max(game.ball_y - 125.0, 0.0), 350.0)
        outcome = game.step(0.0)
        if outcome == HIT:
            hits.append(tick)
        elif outcome == MISS:
            return hits, tick
    raise AssertionError("the rally does not end")


@pytest.mark.parametrize("hits", [0, 1, 4])
def test_an_ace_takes_450_ticks_and_each_hit_590_more(hits):
    assert rally(Game(Rules(), 5), hits) == ([445 + 590 * k for k in range(hits)], 450 + 590 * hits)


def test_the_port_is_quicker():
    assert rally(Game(Rules.port(), 2), 3) == ([74, 172, 270], 369)


def test_a_serve_heads_away_from_the_paddle_which_stops_where_it_is():
    game = Game(Rules(), 1)
    assert (game.rally, game.view()) == (-1, (300.0, 300.0, 0.0, 0.0, 175.0, 0.0))
    game.serve()
    for _ in range(30):
        game.step(1.0)
    place = game.paddle_y
    assert place > 175
    assert game.paddle_v > 0
    game.serve()
    assert (game.rally, game.ball_x, game.ball_y, game.ball_vx) == (1, 300.0, 300.0, 2.0)
    assert (game.paddle_y, game.paddle_v) == (place, 0.0)


@pytest.mark.parametrize(("ticks_late", "caught"), [(0, True), (1, True), (4, True), (5, False)])
def test_a_paddle_may_come_up_to_four_ticks_late(ticks_late, caught):
    game = Game(Rules(), 0)
    game.serve()
    game.ball_x, game.ball_y, game.ball_vx, game.ball_vy = 12.0, 300.0, -2.0, 0.0
    game.paddle_y = 0.0
    outcomes = []
    for tick in range(5):
        if tick == ticks_late:
            game.paddle_y = 200.0
        outcomes.append(game.step(0.0))
    assert (HIT in outcomes) == caught
    if caught:
        assert outcomes[: ticks_late + 1] == [NOTHING] * ticks_late + [HIT]
        assert game.ball_x == 10.0 + 2.0 * (4 - ticks_late)
    else:
        assert game.step(0.0) == MISS


@pytest.mark.parametrize(("y", "outcome"), [(100.0, HIT), (350.0, HIT), (99.999, NOTHING), (350.001, NOTHING)])
def test_the_edges_of_the_paddle_catch(y, outcome):
    game = Game(Rules(), 0)
    game.serve()
    game.ball_x, game.ball_y, game.ball_vx, game.ball_vy, game.paddle_y = 12.0, y, -2.0, 0.0, 100.0
    assert game.step(0.0) == outcome


def test_walls_are_elastic_and_the_paddle_stops_at_the_ends():
    game = Game(Rules(), 0)
    game.serve()
    game.ball_y, game.ball_vy = 1.0, -1.5
    game.step(-1.0)
    assert (game.ball_y, game.ball_vy) == (0.5, 1.5)
    game.ball_y, game.ball_vy = 599.0, 1.5
    for _ in range(200):
        game.step(-1.0)
    assert (game.paddle_y, game.paddle_v) == (0.0, 0.0)
    for _ in range(400):
        game.step(1.0)
    assert (game.paddle_y, game.paddle_v) == (350.0, 0.0)


def test_a_lost_ball_stays_lost_until_the_serve():
    game = Game(Rules(), 3)
    rally(game, 0)
    assert game.ball_x == 0.0
    assert [game.step(0.0) for _ in range(3)] == [MISS] * 3
    game.serve()
    assert game.step(0.0) == NOTHING


def test_serves_are_uniform_and_of_either_sign():
    game, speeds = Game(Rules(), 11), []
    for _ in range(4000):
        game.serve()
        speeds.append(game.ball_vy)
    speeds = np.array(speeds)
    assert abs(speeds).max() < 2.0
    counts = np.histogram(speeds, 10, (-2, 2))[0]
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-squared, 9 degrees of freedom, p = 0.001


@pytest.mark.parametrize("command", [1.001, -2.0, float("nan"), float("inf")])
def test_a_command_out_of_range_is_refused(command):
    game = Game()
    game.serve()
    with pytest.raises(DataError, match=r"`command` must be a number in \[-1, 1\], got .*nothing is clipped"):
        game.step(command)


def test_a_negative_seed_is_refused():
    with pytest.raises(ConfigError, match="`seed` must be >= 0, got -1"):
        Game(seed=-1)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"speed_px": 14.0}, "must let the ball be seen on the paddle"),
        ({"depth_px": 0.0}, "must let the ball be seen on the paddle"),
        ({"serve_px": (3.0, 1.0)}, "low <= high"),
        ({"serve_px": (0.0, 700.0)}, "`serve_px` must be <= 600"),
        ({"keep": 1.0}, "`keep` must be"),
        ({"paddle_px": 601.0}, "`paddle_px` must be"),
    ],
)
def test_rules_that_make_no_game_are_refused(wrong, text):
    with pytest.raises(ConfigError, match=text):
        Rules(**wrong)
