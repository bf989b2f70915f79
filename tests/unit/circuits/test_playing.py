"""Rounds of the game: what each rule does in one round, where play rests, circles or runs away."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, activation, best_response, energies, nash_gap, steady_state
from interplay.circuits.playing import play

WEAK = RateCircuit.of_blocks(0.5, 0.4, 0.4, 0.5)
STRONG = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5, names=["E", "I"])
DRIVE = [0.6, 0.0]


def test_one_round_together_of_every_rule():
    rng = np.random.default_rng(0)
    circuit = RateCircuit(rng.normal(size=(4, 4)) * 0.4, ["relu", "tanh", "softplus", "logistic"])
    x, u = np.array([0.3, -0.2, 0.7, 0.4]), rng.normal(size=4)
    one = {rule: play(circuit, u, rule=rule, start=x, rounds=1).rates[1] for rule in ("best_response", "proximal")}
    assert one["best_response"] == pytest.approx(best_response(circuit, x, u), abs=1e-14)
    assert one["proximal"] == pytest.approx(circuit.rates(circuit.input(x, u)), abs=1e-14)
    half = play(circuit, u, start=x, rounds=1, step=0.5).rates[1]
    assert half == pytest.approx(0.5 * x + 0.5 * best_response(circuit, x, u))
    downhill = play(circuit, u, rule="gradient", start=x, rounds=1, step=1e-3).rates[1]
    e = 1e-6 * np.eye(4)
    slope = [(energies(circuit, x + e[i], u).total - energies(circuit, x - e[i], u).total)[i] / 2e-6 for i in range(4)]
    assert downhill == pytest.approx(x - 1e-3 * np.array(slope), abs=1e-10)


def test_a_proximal_step_of_another_size():
    """prox of step E_act at x - step dE_int/dx."""
    circuit = RateCircuit([[0.5, -1.0], [1.0, -0.5]], activation("threshold_linear", gain=0.7, threshold=0.2))
    x, u = np.array([0.4, 0.3]), np.array([0.9, 0.1])
    moved = play(circuit, u, rule="proximal", start=x, rounds=1, step=0.3).rates[1]
    ahead = x - 0.3 * (x - circuit.input(x, u))
    assert moved == pytest.approx(circuit.activations[0].prox(ahead, 0.3), abs=1e-12)


def test_in_turn_each_unit_sees_the_moves_before():
    first = play(STRONG, DRIVE, order="in_turn", start=[0.1, 0.2], rounds=1).rates[1]
    e = best_response(STRONG, [0.1, 0.2], DRIVE)[0]
    assert first == pytest.approx([e, best_response(STRONG, [e, 0.2], DRIVE)[1]])


@pytest.mark.parametrize("order", ["together", "in_turn", "random"])
@pytest.mark.parametrize("rule", ["best_response", "gradient", "proximal"])
def test_weak_coupling_ends_at_the_nash_equilibrium(rule, order):
    played = play(WEAK, DRIVE, rule=rule, order=order)
    assert played.converged
    assert played.nash
    assert played.period == 1
    assert played.rates[-1] == pytest.approx(steady_state(WEAK, DRIVE).rates[0], abs=1e-8)
    assert played.nash_gap[-1].max() < 1e-12
    assert played.energy[-1] == pytest.approx(energies(WEAK, played.rates[-1], DRIVE).total)
    assert played.verdict.startswith("At rest after")
    assert played.rule == rule
    assert played.order == order


def test_strong_pairs_circle_under_best_responses_though_the_circuit_is_stable():
    """From the start (0.6, 0): E at 1.2, I at 1.6, E silent, I silent, and again."""
    played = play(STRONG, DRIVE)
    assert steady_state(STRONG, DRIVE).stable[0]
    assert not played.converged
    assert not played.nash
    assert played.period == 4
    assert played.rates[1:5] == pytest.approx(np.array([[1.2, 0.8], [0.0, 1.6], [0.0, 0.0], [1.2, 0.0]]))
    assert played.verdict == "No rest: play repeats itself every 4 rounds."
    assert play(STRONG, DRIVE, order="in_turn").period == 2
    # Small gradient steps follow the flow, which rests.
    assert play(STRONG, DRIVE, rule="gradient").nash


def test_potential_games_rest_in_turn():
    """Every best response lowers the potential."""
    rng = np.random.default_rng(5)
    w = rng.normal(size=(5, 5))
    w = 0.4 * (w + w.T)
    np.fill_diagonal(w, 0.0)
    for u in rng.normal(size=(5, 5)):
        assert play(RateCircuit(w, "tanh"), u, order="in_turn", rounds=5000).nash


def test_without_a_least_cost_play_ends():
    played = play(RateCircuit([[1.5, -2.0], [2.0, -0.5]], names=["E", "I"]), [1.0, 0.0])
    assert not played.converged
    assert played.period == 0
    assert len(played.rates) == 1
    assert "unit 0 ('E') left all bounds" in played.notes[0]
    assert "left all bounds" in played.verdict


def test_random_order_is_seeded():
    one, same, other = (play(STRONG, DRIVE, order="random", rounds=20, seed=s).rates for s in (1, 1, 2))
    assert one.tobytes() == same.tobytes()
    assert one.tobytes() != other.tobytes()
    assert play(STRONG, DRIVE, order="random", rounds=20).period == 0


def test_gradients_stop_at_the_ends_of_the_domain():
    played = play(RateCircuit([[0.0]], "clip"), [5.0], rule="gradient", start=[0.2])
    assert played.nash
    assert played.rates[-1].tolist() == [1.0]
    # Where the cost is infinitely steep at the end, a step too long is halved until it stays inside.
    steep = play(RateCircuit([[0.0]], "logistic"), [1.0], rule="gradient", start=[0.9], step=5.0, rounds=3)
    assert steep.rates[1].tolist() == [0.95]
    assert ((steep.rates > 0) & (steep.rates < 1)).all()


def test_rest_that_is_not_nash():
    """Gradients rest at the top of E's own cost, where best responses would leave."""
    circuit = RateCircuit([[1.5, -2.0], [2.0, -0.5]], "clip")
    played = play(circuit, [1.0, 0.0], rule="gradient", start=[6 / 13, 8 / 13])
    assert played.converged
    assert not played.nash
    assert "no Nash equilibrium" in played.verdict
    assert nash_gap(circuit, played.rates[-1], [1.0, 0.0])[0] == pytest.approx(0.0725, abs=5e-5)


def test_bad_input():
    for setting, text in [
        ({"rule": "greedy"}, "Unknown rule"),
        ({"order": "turns"}, "Unknown order"),
        ({"step": 1.5}, "`step` must be > 0 and <= 1"),
        ({"rounds": 0}, "`rounds`"),
        ({"rounds": 10**9}, "`rounds` times units must stay below"),
        ({"tolerance": 0.0}, "`tolerance`"),
    ]:
        with pytest.raises(ConfigError, match=text):
            play(WEAK, DRIVE, **setting)
    with pytest.raises(ConfigError, match="`step` must be < 2 for logistic"):
        play(RateCircuit([[0.0]], activation("logistic", steepness=8.0)), [0.0], rule="proximal", step=2.5)
    with pytest.raises(DataError, match=r"`start` must lie in \[0, 1\].*start\[0\]=1.5"):
        play(RateCircuit([[0.0]], "clip"), [0.0], start=[1.5])
    with pytest.raises(DataError, match="the inside of"):
        play(RateCircuit([[0.0]], "tanh"), [0.0], rule="gradient", start=[1.0])
