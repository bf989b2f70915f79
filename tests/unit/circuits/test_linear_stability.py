"""Linear stability: every side of a kink counts, and notes say it once."""

import itertools

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import RateCircuit, activation, all_equilibria, game, response, steady_state
from interplay.circuits import linear_stability as module
from interplay.circuits.linear_stability import linear_stability

#: At rest without input; from any small excitation the rates run away.
RUNAWAY = RateCircuit([[3.0, -1.0], [1.0, -1.0]], "relu", names=["E", "I"])


def test_a_rest_on_a_kink_from_which_rates_run_away_is_not_stable():
    from scipy.integrate import solve_ivp

    course = solve_ivp(lambda _, x: RUNAWAY.field(x, np.zeros(2)), (0.0, 15.0 * RUNAWAY.tau[0]), [1e-6, 0.0], rtol=1e-8)
    assert course.y[:, -1].max() > 1e5
    for found in (
        game(RUNAWAY, [0.0, 0.0], [0.0, 0.0]),
        steady_state(RUNAWAY, [0.0, 0.0]),
        all_equilibria(RUNAWAY, [0.0, 0.0]),
    ):
        assert not np.any(found.stable)
        (note,) = found.notes
        assert note.startswith("on a kink: units 'E' (relu), 'I' (relu); eigenvalues are those with the smaller slope")
        assert "not called stable: one side has a growing direction" in note
    assert "on a kink and not stable" in game(RUNAWAY, [0.0, 0.0], [0.0, 0.0]).verdict


def test_stable_on_every_side_stays_stable_and_says_that_it_is_on_a_kink():
    pair = RateCircuit.of_blocks(0.5, 1.0, 1.0, 0.5, phi="clip")
    found = all_equilibria(pair, [0.0, 0.0])
    assert found.stable.tolist() == [True]
    assert found.complete
    assert "no linearisation proves what the dynamics do at a kink" in found.notes[0]
    assert "not called stable" not in found.notes[0]
    assert not all_equilibria(pair, [0.1, 0.0]).notes
    # A state that is no equilibrium: `stable` has no meaning there, and neither has the note.
    assert not game(pair, [0.0, 0.0], [0.0, 0.5]).notes


def test_equilibria_count_from_1_and_share_one_note():
    three = RateCircuit(np.diag([3.0, 0.5]), "clip", names=["a", "b"])
    found = all_equilibria(three, [0.0, 0.0])
    assert found.rates.tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert found.stable.tolist() == [False, True]
    (note,) = found.notes
    assert "'a' (clip(top=1)), 'b' (clip(top=1)) at equilibrium 1; unit 'b' (clip(top=1)) at equilibrium 2" in note
    assert "not called stable at equilibrium 1: " in note


@pytest.mark.parametrize("kind", ["relu", "clip", "threshold_linear", "leaky_relu", "soft_threshold"])
def test_the_abscissa_is_the_largest_over_all_sides(kind, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 16)  # one matrix at a time
    phi = activation(kind)
    rng = np.random.default_rng(3)
    weights, tau = 1.5 * rng.standard_normal((4, 4)), rng.uniform(0.5, 2.0, 4)
    circuit = RateCircuit(weights, phi, tau)
    kinks = [piece[0] for piece in phi.pieces[1:]]
    inputs = np.array([kinks[0], kinks[-1], 7.3, kinks[0]])
    x = circuit.rates(inputs)
    drive = inputs - weights @ x
    found = linear_stability(circuit, x[None], drive)
    assert found.on_kink.tolist() == [[True, True, False, True]]
    step = 1e-7
    sides = [(phi(z + step) - phi(z)) / step for z in inputs], [(phi(z) - phi(z - step)) / step for z in inputs]
    real = [
        np.linalg.eigvals(
            (np.array([sides[s][i] for i, s in enumerate(pick)])[:, None] * weights - np.eye(4)) / tau[:, None]
        ).real.max()
        for pick in itertools.product((0, 1), repeat=4)
    ]
    assert found.abscissa[0] == pytest.approx(max(real), rel=1e-5)
    assert found.eigenvalues[0].real.max() <= found.abscissa[0]


def test_many_units_on_a_kink_are_stable_only_where_a_bound_proves_it():
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((12, 12))
    radius = np.abs(np.linalg.eigvals(np.abs(weights))).max()
    weak = steady_state(RateCircuit(0.9 / radius * weights, tau=0.5), np.zeros(12))
    assert weak.stable.tolist() == [True]
    found = linear_stability(RateCircuit(0.9 / radius * weights, tau=0.5), np.zeros((1, 12)), np.zeros(12))
    assert found.abscissa[0] == pytest.approx(-0.1 / 0.5)
    strong = steady_state(RateCircuit(2.0 * np.eye(12), "relu"), np.zeros(12))
    assert strong.stable.tolist() == [False]
    assert "'3' (relu) and 8 more" in strong.notes[0]
    assert "not called stable: the 1024 combinations that are looked at are too few" in strong.notes[0]


def test_a_bend_of_no_angle_is_no_kink():
    straight = RateCircuit([[0.5]], activation("leaky_relu", slope=1.0))
    assert not steady_state(straight, [0.0]).notes


@pytest.mark.parametrize("phi", ["tanh", "relu", "leaky_relu"])
def test_the_response_is_the_slope_of_the_equilibrium_over_the_input(phi):
    rng = np.random.default_rng(5)
    circuit = RateCircuit(0.3 * rng.normal(size=(5, 5)), phi, tau=rng.uniform(0.01, 0.1, 5))
    drive, step = np.array([0.6, -0.5, 0.4, 0.9, 0.3]), 1e-5
    x = steady_state(circuit, drive).rates[0]
    moved = [[steady_state(circuit, drive + s * unit, start=x).rates[0] for unit in np.eye(5)] for s in (-step, step)]
    wanted = (np.array(moved[1]) - np.array(moved[0])).T / (2.0 * step)
    assert response(circuit, x, drive) == pytest.approx(wanted, abs=1e-8)
    assert (np.abs(wanted - wanted.T) > 1e-3).any()


def test_the_response_of_a_singular_linearisation_is_undefined():
    assert np.isnan(response(RateCircuit([[1.0]], "identity"), [0.5], [0.0])).all()
    with pytest.raises(DataError, match="`rates` must have shape"):
        response(RateCircuit([[0.5]]), [0.5, 0.5], [0.0])
