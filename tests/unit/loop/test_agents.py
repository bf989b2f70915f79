from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tests.oracles import value as oracle

from interplay import ConfigError, DataError
from interplay.loop import Budget, play
from interplay.loop.agents import ValueAgent
from interplay.loop.agents_memory import ReplayMemory
from interplay.loop.agents_schedules import geometric, linear, look_ahead, sparsity
from interplay.loop.player import Learner

LOSSES = ("mse", "huber", "c51", "hl_gauss")
TARGETS = ("hard", "ema", "minto", "is_qn")
SHORT = Budget(rallies=None, seconds=6.0)
QUICK = {"start": 5, "explore": 20, "width": 8, "batch": 8, "bins": 11, "updates": 1, "action_repeat": 10}


def remember(transitions, capacity=None):
    memory = ReplayMemory(capacity)
    for state, action, reward, following, terminal, truncated in transitions:
        memory.add(np.array([state]), action, reward, np.array([following]), terminal=terminal, truncated=truncated)
    return memory


def test_n_step_returns_by_hand():
    # an episode of four decisions that ends, one of two that is cut, and one that is still being played
    memory = remember(
        [
            (0.0, 1, 0.0, 1.0, False, False),
            (1.0, 0, 1.0, 2.0, False, False),
            (2.0, 2, 0.0, 3.0, False, False),
            (3.0, 0, -1.0, 4.0, True, False),
            (10.0, 1, 0.5, 11.0, False, False),
            (11.0, 1, 1.0, 12.0, False, True),
            (20.0, 2, 1.0, 21.0, False, False),
        ]
    )
    found = memory.n_step(np.arange(7), 3, 0.5)
    assert found.observation[:, 0].tolist() == [0, 1, 2, 3, 10, 11, 20]
    assert found.action.tolist() == [1, 0, 2, 0, 1, 1, 2]
    assert found.reward.tolist() == [0.5, 1 - 0.25, -0.5, -1.0, 1.0, 1.0, 1.0]
    assert found.discount.tolist() == [0.125, 0.0, 0.0, 0.0, 0.25, 0.5, 0.5]
    assert found.following[:, 0].tolist()[0] == 3.0
    assert found.following[:, 0].tolist()[4:] == [12.0, 12.0, 21.0]
    single = memory.n_step(np.arange(7), 1, 0.5)
    assert single.reward.tolist() == [0, 1, 0, -1, 0.5, 1, 1]
    assert single.discount.tolist() == [0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("capacity", [None, 700, 64])
def test_n_step_returns_agree_with_walking_on_through_the_ring(capacity):
    rng = np.random.default_rng(0)
    transitions = []
    for t in range(2500):
        terminal = bool(rng.random() < 0.1)
        transitions.append(
            (
                float(t),
                int(rng.integers(3)),
                float(rng.normal()),
                t + 0.5,
                terminal,
                not terminal and rng.random() < 0.05,
            )
        )
    memory = remember(transitions, capacity)
    kept = transitions if capacity is None else transitions[-capacity:]
    assert len(memory) == len(kept)
    where = {float(memory.n_step(np.array([row]), 1, 0.9).observation[0, 0]): row for row in range(len(memory))}
    assert sorted(where) == [t[0] for t in kept]
    for n, gamma in ((1, 0.9), (3, 0.97), (10, 0.5)):
        rows = np.array([where[t[0]] for t in kept])
        found = memory.n_step(rows, n, gamma)
        for i in range(len(kept)):
            state, action, reward, ahead, following = oracle.n_step(kept, i, n, gamma)
            assert (found.observation[i, 0], found.action[i]) == (state, action)
            assert found.reward[i] == pytest.approx(reward, rel=1e-5, abs=1e-6)
            assert found.discount[i] == pytest.approx(ahead, rel=1e-6)
            if ahead:
                assert found.following[i, 0] == following


def test_replay_draws_all_transitions_alike_and_the_same_again():
    memory = remember([(float(t), 0, 0.0, t + 1.0, False, False) for t in range(50)])
    draws = memory.sample(20_000, 1, 0.9, np.random.default_rng(0)).observation[:, 0]
    counts = np.bincount(draws.astype(int), minlength=50)
    assert len(counts) == 50
    assert abs(counts - 400).max() < 5 * 20
    again = memory.sample(20_000, 1, 0.9, np.random.default_rng(0)).observation[:, 0]
    assert np.array_equal(draws, again)
    with pytest.raises(DataError, match="before it is sampled"):
        ReplayMemory().sample(1, 1, 0.9, np.random.default_rng(0))


def test_schedules_at_their_ends_and_between():
    assert [linear(t, 1.0, 0.2, 4) for t in (0, 1, 4, 9)] == pytest.approx([1.0, 0.8, 0.2, 0.2])
    assert [geometric(t, 8.0, 2.0, 2) for t in (0, 1, 2, 5)] == pytest.approx([8.0, 4.0, 2.0, 2.0])
    assert linear(0, 1.0, 0.2, 0) == 0.2
    n, gamma = zip(*(look_ahead(t, (10, 3), (0.97, 0.997), 100) for t in (0, 50, 100, 1000)), strict=True)
    assert n == (10, 5, 3, 3)  # the middle is √30 = 5.48
    assert gamma == pytest.approx((0.97, 1 - (0.03 * 0.003) ** 0.5, 0.997, 0.997))
    assert look_ahead(0, (10, 3), (0.97, 0.99), 0) == (3, pytest.approx(0.99))


def test_sparsity_rises_as_a_cubic():
    assert [sparsity(t, 0.8, 100, 300) for t in (0, 100, 300, 1000)] == pytest.approx([0, 0, 0.8, 0.8])
    assert sparsity(200, 0.8, 100, 300) == pytest.approx(0.8 * (1 - 0.5**3))
    rises = np.diff([sparsity(t, 0.95, 100, 300) for t in range(100, 301, 20)])
    assert (rises > 0).all()
    assert (np.diff(rises) < 0).all()  # fast first, then slower


@pytest.mark.parametrize(
    "wrong",
    [
        {"loss": "l1"},
        {"target": "soft"},
        {"observation": "sound"},
        {"heads": 0},
        {"discount": 1.0},
        {"support": (2.0, 1.0)},
        {"support": 3},
        {"support": (0.0,)},
        {"pruning": 1.0},
        {"prune_stop": 100},
        {"target_rate": 0.0},
        {"memory": 0},
        {"learning_rate": float("nan")},
    ],
)
def test_what_is_out_of_range_is_refused(wrong):
    with pytest.raises(ConfigError):
        ValueAgent(**wrong)


@pytest.mark.parametrize(
    ("loss", "target", "more"),
    [(*pair, more) for pair, more in product(product(LOSSES, TARGETS), (False, True))],
)
def test_every_combination_plays(loss, target, more):
    extra = {"resets": 20, "anneal": 10, "pruning": 0.8, "prune_start": 10, "prune_stop": 45} if more else {}
    agent = ValueAgent(loss=loss, target=target, target_every=7, **(QUICK | extra))
    assert isinstance(agent, Learner)
    session = play(agent, budget=SHORT, seed=1)
    assert session.samples >= 40
    assert session.player == f"value-{loss}-{target}" + ("-anneal-resets-pruned" if more else "")
    updates = session.samples - agent.start + 1
    resets = (updates - 1) // 20 if more else 0
    assert session.notes[0] == f"{session.samples} decisions, {updates} updates, {resets} resets."
    if more:
        assert any("% of the weights are pruned" in note for note in session.notes)


@pytest.mark.parametrize("observation", ["image", "ball"])
def test_other_observations_play(observation):
    session = play(ValueAgent(observation=observation, **QUICK), budget=SHORT, seed=0)
    assert session.samples >= 40


def test_the_same_seed_is_the_same_session():
    agent = ValueAgent(loss="hl_gauss", target="is_qn", resets=20, **QUICK)
    budget = Budget(rallies=None, seconds=20.0)
    first, other, again = (play(agent, budget=budget, seed=s) for s in (4, 5, 4))
    assert np.array_equal(first.track, again.track, equal_nan=True)
    assert np.array_equal(first.hits, again.hits)
    assert not np.array_equal(first.track, other.track, equal_nan=True)


def test_targets_outside_the_support_are_told_in_the_notes():
    agent = ValueAgent(loss="hl_gauss", support=(-0.2, 0.2), **QUICK)
    notes = play(agent, budget=SHORT, seed=0).notes
    assert any("lay outside the support" in note for note in notes)
    agent = replace(agent, support=(-3.0, 3.0))
    assert not any("outside" in note for note in play(agent, budget=SHORT, seed=0).notes)


def test_bbf_lite_is_a_set_of_switches():
    agent = ValueAgent.bbf_lite(width=8)
    assert (agent.loss, agent.target, agent.weight_decay, agent.width) == ("c51", "ema", 0.1, 8)
    assert (agent.resets, agent.anneal) > (0, 0)


@pytest.mark.slow
def test_the_agent_learns_to_return_the_ball():
    session = play(ValueAgent(action_repeat=10), budget=Budget(rallies=None, seconds=500.0), seed=1000)
    late = session.start_tick > 25_000
    caught = session.hits[late].sum()
    assert caught / (caught + session.finished[late].sum()) > 0.6  # chance: 0.42
