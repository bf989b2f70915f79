"""What is handed over in place of a circuit, a state or a name ends in an error of ours that names it."""

import numpy as np
import pytest

from interplay import circuits as c
from interplay._core.errors import ConfigError, DataError, InterplayWarning

W = np.array([[0.5, -2.0], [2.0, -0.5]])
U = [0.6, 0.0]
OK = c.RateCircuit(W)
OF_A_CIRCUIT = {
    "certify": c.certify,
    "contraction": c.contraction,
    "simulate": lambda x: c.simulate(x, U, duration_s=1.0),
    "simulate_spikes": lambda x: c.simulate_spikes(x, U, duration_s=1.0),
    "steady_state": lambda x: c.steady_state(x, U),
    "steady_states": lambda x: c.steady_states(x, [U]),
    "all_equilibria": lambda x: c.all_equilibria(x, U),
    "game": lambda x: c.game(x, U, U),
    "energies": lambda x: c.energies(x, U, U),
    "best_response": lambda x: c.best_response(x, U, U),
    "nash_gap": lambda x: c.nash_gap(x, U, U),
    "play": lambda x: c.play(x, U),
    "potential": c.potential,
    "potential_value": lambda x: c.potential_value(x, U, U),
    "zero_sum_split": c.zero_sum_split,
    "regime": lambda x: c.regime(x, U),
    "response": lambda x: c.response(x, U, U),
    "phase_plane": lambda x: c.phase_plane(x, U),
    "batch": lambda x: c.CircuitBatch.of([x]),
    "lyapunov_function": lambda x: c.lyapunov_function(x, c.certify(OK), U),
    "error_bound": lambda x: c.error_bound(x, c.certify(OK), U, U),
    "response_bound": lambda x: c.response_bound(x, c.certify(OK), U),
    "verify_contraction": lambda x: c.verify_contraction(x, c.contraction(OK)),
}


@pytest.mark.parametrize("name", OF_A_CIRCUIT)
@pytest.mark.parametrize("wrong", [W, None, "wilson-cowan"], ids=["matrix", "none", "text"])
def test_what_is_no_circuit_is_named(name, wrong):
    with pytest.raises(ConfigError, match=rf"`circuit` must be a RateCircuit, got {type(wrong).__name__}.*RateCircuit"):
        OF_A_CIRCUIT[name](wrong)


@pytest.mark.parametrize("wrong", [W, None, 3])
def test_what_is_no_proof_fit_or_recording_is_named(wrong):
    got = type(wrong).__name__
    with pytest.raises(ConfigError, match=f"`result` must be a StabilityResult, got {got}"):
        c.verify(wrong)
    for of_a_fit in (c.course, lambda x: c.fit_recovery(x, W)):
        with pytest.raises(ConfigError, match=f"`fit` must be a CircuitFitResult, got {got}"):
            of_a_fit(wrong)
    with pytest.raises(ConfigError, match=f"`recording` must be a Recording, got {got}"):
        c.CircuitFit().fit(wrong)


@pytest.mark.parametrize("wrong", [None, 3, np.tanh])
def test_what_is_no_activation_is_named(wrong):
    with pytest.raises(ConfigError, match="activation must be a name, got"):
        c.activation(wrong)
    for holder in (lambda x: c.RateCircuit(W, phi=x), lambda x: c.WilsonCowan(phi=x)):
        with pytest.raises(ConfigError, match="`phi` must be the name of an activation"):
            holder(wrong)
    with pytest.raises(ConfigError, match="activation must be a name"):
        c.CircuitFit(phi=wrong)


@pytest.mark.parametrize("of_rates", [c.energies, c.best_response, c.nash_gap, c.potential_value])
@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ([np.nan, 0.0], "must be finite|finite"),
        ([1j, 0.0], "must hold numbers"),
        (["a", "b"], "must hold numbers"),
        ([1.0, 2.0, 3.0], r"shape \(\.\.\., N=2\)"),
    ],
)
def test_states_that_are_none_are_refused(of_rates, rates, said):
    with pytest.raises(DataError, match=f"`rates`.*({said})"):
        of_rates(c.RateCircuit((W + W.T) / 2), rates, U)


def test_rows_of_different_lengths_are_no_matrix():
    with pytest.raises(DataError, match="`weights` must be a square matrix, got rows of different lengths"):
        c.RateCircuit([[1, 2], [3]])


def test_a_seed_beyond_a_machine_word_is_refused():
    with pytest.raises(ConfigError, match="`seed`"):
        c.simulate(OK, U, duration_s=1.0, noise=1.0, seed=2**70)


def test_a_step_that_is_too_long_is_said():
    """The circuit is certified stable; with steps of two time constants the simulation of it explodes."""
    with pytest.warns(InterplayWarning, match=r"`dt_s`=2 s is .* times the shortest time"):
        run = c.simulate(OK, U, duration_s=40.0, dt_s=2.0)
    assert run.residual[0] > 1
    assert "`dt_s`" in run.notes[0]
    assert not c.simulate(OK, U, duration_s=40.0, dt_s=0.5).notes
    with pytest.warns(InterplayWarning) as warned:
        c.simulate(OK, U, duration_s=5000.0, dt_s=5.0)
    assert any("or the step of the simulation is too long" in str(w.message) for w in warned)


@pytest.mark.parametrize(
    "motif", [c.LateralInhibition(n=3), c.CorticalColumn(layers=2, n=3)], ids=["lateral", "column"]
)
@pytest.mark.parametrize("wrong", ["abc", ["a", "b", "c"], [1j, 0, 0], 1.0, [1.0, 2.0]])
def test_what_is_no_input_of_a_motif_is_refused(motif, wrong):
    with pytest.raises(DataError, match=r"`drive` must hold n=3 numbers \(excitatory units"):
        motif.contrast(wrong)
    with pytest.raises(DataError, match=r"`drive`.*finite"):
        motif.contrast([np.nan, 1.0, 1.0])
