"""The spiking learner and the spiking player that was told: contract, seeds, budget, recordings, files, tables."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay import ConfigError, DataError
from interplay.arena.game import MISS, Game
from interplay.arena.rules import Rules
from interplay.io.npz import load_arrays, load_header, save_arrays
from interplay.loop import Budget, play
from interplay.loop.network_notebook import NetworkNotebook
from interplay.loop.player import Feedback, Learner, Player, View
from interplay.loop.references import Oracle
from interplay.loop.registry import PLAYERS, make_player, parse_spec
from interplay.loop.sources import citations_of
from interplay.loop.spiking_agent import SpikingAgent
from interplay.loop.spiking_player import SEEN, SpikingPlayer, imitate_oracle, oracle_examples, seen
from interplay.spiking.nets import SpikingImitation, SpikingLayers, load_policy, save_policy

SMALL = {"width": 8, "steps": 4, "start": 5, "explore": 20, "batch": 8, "updates": 1}
BUDGET = Budget(rallies=None, seconds=12.0)
LAYERS = SpikingLayers(width=16, steps=5)


@pytest.fixture(scope="module")
def policy():
    return imitate_oracle(count=600, learning=SpikingImitation(layers=LAYERS, epochs=4))


def test_the_agent_is_a_learner_that_uses_up_its_budget():
    agent = SpikingAgent(**SMALL)
    assert isinstance(agent, Learner)
    session = play(agent, budget=BUDGET, seed=1)
    assert session.player == "spiking-st"
    assert session.samples >= 40
    updates = session.samples - agent.start + 1
    assert session.notes[0] == f"{session.samples} decisions, {updates} updates, 0 resets."
    assert "LIF units fired in" in session.notes[1]
    assert session.recording is None


@pytest.mark.parametrize("gradient", ["half", "power(0.5)", "arctan"])
def test_every_kind_of_gradient_plays(gradient):
    assert play(SpikingAgent(gradient=gradient, **SMALL), budget=BUDGET, seed=0).samples >= 40


def test_a_seed_is_one_session_with_and_without_recording():
    first, other = (play(SpikingAgent(**SMALL), budget=BUDGET, seed=s) for s in (4, 5))
    recorded = play(SpikingAgent(record=True, **SMALL), budget=BUDGET, seed=4)
    assert np.array_equal(first.track, recorded.track, equal_nan=True)
    assert first.notes == recorded.notes
    assert not np.array_equal(first.track, other.track, equal_nan=True)


def test_playing_leaves_the_state_of_torch_alone():
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    play(SpikingAgent(**SMALL), budget=BUDGET, seed=0)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("make", ["agent", "told"])
def test_the_recording_is_on_the_clock_of_the_session(make, policy):
    player = SpikingAgent(record=True, **SMALL) if make == "agent" else SpikingPlayer(policy, record=True)
    session = play(player, budget=Budget(rallies=4, seconds=None, most_s=60.0), seed=2)
    recording = session.recording
    layers = 2 * [8 if make == "agent" else 16]
    assert recording.n_units == sum(layers)
    assert recording.units.group.tolist() == ["layer 1"] * layers[0] + ["layer 2"] * layers[1]
    assert recording.span == (0.0, pytest.approx(session.seconds))
    done = session.finished
    assert recording.epochs["rallies"].stop == pytest.approx(session.stop_tick[done] / 100)
    assert recording.epochs["rallies"].label.tolist() == [str(h) for h in session.hits[done]]
    if session.hits.sum():
        assert recording.epochs["hits"].start == pytest.approx(session.hit_tick / 100)
    time = recording.events.time
    assert len(time) > 100
    pauses = recording.epochs["pauses"]
    assert not any(((time >= a) & (time < b)).any() for a, b in zip(pauses.start, pauses.stop, strict=True))
    game = recording.behavior["game"]
    assert game.names == ("paddle_y", "ball_x", "ball_y")
    assert (np.diff(game.time) > 0).all()
    assert game.values[0, 1:] == pytest.approx([300.0, 300.0])  # the serve


def test_steps_of_a_look_are_spread_over_its_ticks():
    book = NetworkNotebook([2, 1], 0.01)
    first = [np.array([[1, 0], [0, 0]]), np.array([[0], [1]])]
    book.look(0, first, (1.0, 2.0, 3.0))
    book.look(10, [np.array([[0, 1], [0, 0]]), np.zeros((2, 1))], (4.0, 5.0, 6.0))
    book.miss(14, 0, 100)
    book.look(114, first, (7.0, 8.0, 9.0))  # the session ends here: it decided nothing
    recording = book.close(114, {}, ())
    assert recording.events.time.tolist() == pytest.approx([0.025, 0.075, 0.11])
    assert recording.events.unit.tolist() == [0, 2, 1]
    assert recording.behavior["game"].values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert recording.units.id.tolist() == ["layer 1 unit 0", "layer 1 unit 1", "layer 2 unit 0"]
    assert NetworkNotebook([2], 0.01).close(0, {}, ()) is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"observation": "image"}, "observation"),
        ({"width": 0}, "width"),
        ({"decay": 1.0}, "decay"),
        ({"noise_scale": 0}, "noise_scale"),
        ({"gradient": "steep"}, "gradient"),
        ({"noise": "cauchy"}, "noise"),
        ({"discount": 1.0}, "discount"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        SpikingAgent(**wrong)


def test_the_oracle_is_watched_as_it_would_command():
    rules = Rules()
    observation, action = oracle_examples(400, action_repeat=5, seed=3)
    assert observation.shape == (400, len(SEEN))
    assert np.abs(observation).max() <= 1.0
    assert set(action.tolist()) == {0, 1, 2}
    again, _ = oracle_examples(400, action_repeat=5, seed=3)
    assert np.array_equal(observation, again)
    # the first decision: a fresh oracle in the same place
    game, oracle = Game(rules, 3), Oracle()
    game.serve()
    oracle.begin(rules, 3)
    view = View(*game.view(), 0, 0)
    assert np.array_equal(observation[0], seen(view, rules))
    assert abs((0.0, -1.0, 1.0)[action[0]] - oracle.act(view)) <= 0.5
    with pytest.raises(ConfigError, match="count"):
        oracle_examples(0)


def test_what_it_sees_is_scaled_to_the_field():
    rules = Rules()
    view = View(600.0, 0.0, -2.0, 1.0, 175.0, 0.0, 0, 0)
    assert seen(view, rules) == pytest.approx([0.0, 1.0, -1.0, -1.0, 0.5, 0.0])


def test_the_told_player_keeps_the_contract_and_says_that_it_was_told(policy):
    player = SpikingPlayer(policy)
    assert isinstance(player, Player)
    session = play(player, budget=BUDGET, seed=1)
    assert session.player == "spiking-told-by-oracle"
    assert session.notes[0].startswith("Told by the oracle: trained on oracle's commands before the session")
    again, other = (play(SpikingPlayer(policy), budget=BUDGET, seed=s) for s in (1, 2))
    assert np.array_equal(session.track, again.track, equal_nan=True)
    assert not np.array_equal(session.track, other.track, equal_nan=True)
    assert session.recording is None


def test_it_holds_a_decision_for_its_ticks_and_looks_anew_after_a_serve(policy):
    player, game = SpikingPlayer(policy), Game(Rules(), 0)
    player.begin(Rules(), 0)
    looks = []
    choose = player._actor.choose
    player._actor.choose = lambda x: looks.append(tick) or choose(x)
    game.serve()
    for tick in range(12):
        assert player.act(View(*game.view(), tick, 0)) in (-1.0, 0.0, 1.0)
    player.feel(Feedback("serve", 12, 1, 0, 0))
    tick = 12
    player.act(View(*game.view(), tick, 1))
    assert looks == [0, 5, 10, 12]
    assert game.step(0.0) != MISS


def test_a_policy_goes_through_its_file(policy, tmp_path):
    path = save_policy(tmp_path / "policy.npz", policy)
    found = load_policy(path)
    assert np.array_equal(found.weights, policy.weights)
    assert (found.layers, found.shown_by, dict(found.facts)) == (policy.layers, "oracle", dict(policy.facts))
    assert found.agreement == policy.agreement
    one, two = (play(SpikingPlayer(p), budget=BUDGET, seed=3) for p in (policy, str(path)))
    assert np.array_equal(one.track, two.track, equal_nan=True)
    entry = parse_spec(f"spiking_model:path={path}").entry
    assert entry.kind == PLAYERS["spiking_model"].kind == "told"
    assert entry.name.startswith("Spiking network told by the oracle, path ")
    other = save_policy(tmp_path / "other.npz", replace(policy, weights=policy.weights * np.float32(0.5)))
    settings = [parse_spec(f"spiking_model:path={p}").settings["resolved"]["told"] for p in (path, other)]
    assert settings[0] != settings[1]  # another file content is another player


def test_files_that_are_none_are_refused(policy, tmp_path):
    with pytest.raises(ConfigError, match="must name the file of a trained network, got nothing"):
        make_player("spiking_model")
    with pytest.raises(DataError):
        make_player(f"spiking_model:path={tmp_path / 'nowhere.npz'}")
    np.savez(tmp_path / "foreign.npz", weights=np.zeros(3))
    with pytest.raises(DataError):
        load_policy(tmp_path / "foreign.npz")
    short = save_policy(tmp_path / "short.npz", replace(policy, weights=policy.weights[:-1]))
    with pytest.raises(DataError, match="weights, got shape"):
        load_policy(short)
    blind = replace(policy, facts={"seen": ["ball x"], "action_repeat": 5})
    with pytest.raises(ConfigError, match="policy that sees paddle middle"):
        SpikingPlayer(blind)
    for repeat in ("no", 0, 2.5):
        with pytest.raises(ConfigError, match="`action_repeat of the policy` must be a whole number >= 1"):
            SpikingPlayer(replace(policy, facts={"seen": list(SEEN), "action_repeat": repeat}))


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"epochs": 99}},
        {"notes": ["not so"]},
        {"versions": {"interplay": "9"}},
        {"seed": 7},
        {"agreement": 1.0},
        {"facts": {"action_repeat": 1}},
    ],
)
def test_a_file_that_was_changed_is_refused(policy, tmp_path, change):
    path = save_policy(tmp_path / "policy.npz", policy)
    header, arrays = load_header(path), load_arrays(path)
    ((name, new),) = change.items()
    header[name] = {**header[name], **new} if isinstance(new, dict) else new
    save_arrays(path, arrays, header=header)
    with pytest.raises(DataError, match="digest"):
        load_policy(path)


def test_a_file_with_other_arrays_is_refused(policy, tmp_path):
    path = save_policy(tmp_path / "policy.npz", policy)
    save_arrays(path, {**load_arrays(path), "more": np.zeros(2)}, header=load_header(path))
    with pytest.raises(DataError, match="weights and nothing else, got more, weights"):
        load_policy(path)


def test_names_tables_and_papers():
    assert parse_spec("spiking").text == "spiking:gradient=st,observation=paddle_ball"
    entry = parse_spec("spiking:gradient=half").entry
    assert (entry.kind, entry.name) == ("agent", "Spiking, observation paddle ball, gradient half")
    assert {"mnih2015human", "walker2025importance"} <= set(citations_of((parse_spec("spiking").entry,)))


@pytest.mark.slow
def test_the_agent_learns_to_return_the_ball():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = play(SpikingAgent(width=64), budget=Budget(rallies=None, seconds=500.0), seed=1000)
    late = session.start_tick > 25_000
    caught = session.hits[late].sum()
    assert caught / (caught + session.finished[late].sum()) > 0.6  # chance: 0.42
