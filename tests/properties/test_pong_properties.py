import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import pong as oracle

from interplay.arena import Game, Pong, PongVector, Rules
from interplay.arena.game import HIT, MISS

seeds = st.integers(0, 2**40)
OUTCOMES = ["", "hit", "miss"]


def as_table(rules):
    return {
        "size": rules.size_px, "paddle": rules.paddle_px, "depth": rules.depth_px, "opponent": rules.opponent_px,
        "speed": rules.speed_px, "serve": rules.serve_px, "mirrored": rules.mirrored, "keep": rules.keep,
        "impulse": rules.impulse_px,
    }  # fmt: skip


other_rules = st.builds(
    lambda size, paddle, depth, speed, keep, impulse, mirrored: Rules(
        size_px=size, paddle_px=paddle * size, depth_px=depth, opponent_px=size, speed_px=speed * depth, keep=keep,
        impulse_px=impulse, mirrored=mirrored, serve_px=(-1.0, 3.0),
    ),
    st.floats(50, 500), st.floats(0.1, 1.0), st.floats(3, 12), st.floats(0.3, 1.0), st.floats(0, 0.98),
    st.floats(0.1, 8), st.booleans(),
)  # fmt: skip
every_rules = st.one_of(st.just(Rules()), st.just(Rules.port()), other_rules)


def test_the_tables_of_the_oracle_are_the_rules():
    assert as_table(Rules()) == oracle.DISH
    assert as_table(Rules.port()) == oracle.PORT


@given(every_rules, seeds, st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_game_equals_the_plain_one(rules, seed, noise):
    commands = np.random.default_rng(noise).uniform(-1, 1, 1500).tolist()
    game, plain = Game(rules, seed), oracle.new(as_table(rules), seed)
    game.serve()
    oracle.serve(plain)
    for command in commands:
        outcome = game.step(command)
        assert OUTCOMES[outcome] == oracle.tick(plain, command)
        assert game.view() == oracle.look(plain)
        if outcome == MISS:
            game.serve()
            oracle.serve(plain)
            assert game.view() == oracle.look(plain)


@given(every_rules, seeds, st.integers(1, 7), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_the_environment_and_the_many_games_play_the_plain_game(rules, seed, repeat, noise):
    n_games = 3
    actions = np.random.default_rng(noise).integers(0, 3, (150, n_games))
    many = PongVector(n_games, rules=rules, action_repeat=repeat)
    many.reset(seed=seed)
    single, plain, over = [], [], [False] * n_games
    for i in range(n_games):
        single.append(Pong(rules=rules, action_repeat=repeat))
        single[-1].reset(seed=seed + i)
        plain.append(oracle.new(as_table(rules), seed + i))
        oracle.serve(plain[-1])
    for row in actions:
        _, rewards, ended, _, infos = many.step(row)
        for i, action in enumerate(row):
            if over[i]:
                single[i].reset()
                oracle.serve(plain[i])
                over[i], found = False, []
            else:
                found = []
                while len(found) < repeat and "miss" not in found:
                    found.append(oracle.tick(plain[i], [0.0, -1.0, 1.0][action]))
                _, reward, over[i], _, info = single[i].step(action)
                assert reward == rewards[i] == found.count("hit") - found.count("miss")
                assert over[i] == ("miss" in found)
                assert info == {name: infos[name][i] for name in ("hits", "ticks", "missed")}
            assert over[i] == ended[i]
            assert infos["_hits"][i] == bool(found)
            assert tuple(many.state[i]) == single[i].game.view() == oracle.look(plain[i])


@given(every_rules, seeds, st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_table_of_commands_plays_the_plain_game(rules, seed, noise):
    commands = np.random.default_rng(noise).uniform(-1, 1, (2, 700))
    many = PongVector(2, rules=rules)
    many.reset(seed=[seed, seed + 5])
    hits, misses = many.advance(commands)
    for i, start in enumerate((seed, seed + 5)):
        plain = oracle.new(as_table(rules), start)
        oracle.serve(plain)
        found = []
        for command in commands[i]:
            found.append(oracle.tick(plain, command))
            if found[-1] == "miss":
                oracle.serve(plain)
        assert (hits[i], misses[i]) == (found.count("hit"), found.count("miss"))
        assert tuple(many.state[i]) == oracle.look(plain)


@given(every_rules, seeds, st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_the_game_has_no_up_and_down(rules, seed, noise):
    commands = np.random.default_rng(noise).choice([-1.0, 0.0, 1.0], 1200)
    game, mirror = Game(rules, seed), Game(rules, seed)
    game.serve()
    mirror.serve()
    mirror.ball_vy = -game.ball_vy
    for command in commands.tolist():
        outcome = game.step(command)
        twin = mirror.step(-command)
        edge = min(abs(game.ball_y - game.paddle_y), abs(game.ball_y - game.paddle_y - rules.paddle_px))
        if edge < 1e-6:
            return  # a ball on the very edge of the paddle is decided by rounding
        assert outcome == twin
        assert abs(game.ball_y - (rules.size_px - mirror.ball_y)) < 1e-7
        assert abs(game.paddle_y - (rules.size_px - rules.paddle_px - mirror.paddle_y)) < 1e-7
        assert game.ball_x == mirror.ball_x
        if outcome == MISS:
            return


@given(seeds, st.integers(0, 99), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_two_players_meet_the_same_serves(seed, one, other):
    met = []
    for noise in (one, other):
        rng, game, serves = np.random.default_rng(noise), Game(Rules.port(), seed), []
        for _ in range(4):
            game.serve()
            serves.append((game.ball_x, game.ball_y, game.ball_vx, game.ball_vy))
            hits = 0
            while (outcome := game.step(float(rng.uniform(-1, 1)))) != MISS and hits < 5:
                hits += outcome == HIT
        met.append(serves)
    assert met[0] == met[1]
