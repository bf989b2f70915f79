"""Regimes of circuits of any size, and the fates of trajectories behind them."""

import dataclasses

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import (
    LateralInhibition,
    RateCircuit,
    SharedInhibition,
    WilsonCowan,
    activation,
    regime,
    simulate,
    steady_states,
)
from interplay.circuits.attractors import cycle_of, follow_runs
from interplay.circuits.known_equilibria import known_equilibria


def test_cycle_is_measured():
    time = np.linspace(0, 50, 5001)
    rates = np.stack([1 + 2 * np.sin(2 * np.pi * time / 3.7), 0.1 * np.cos(2 * np.pi * time / 3.7)], axis=1)
    lowest, highest, period = cycle_of(time, rates)
    assert period == pytest.approx(3.7, abs=1e-3)
    assert lowest == pytest.approx(np.array([-1.0, -0.1]), abs=1e-3)
    assert highest == pytest.approx(np.array([3.0, 0.1]), abs=1e-3)


def test_no_period_without_two_crossings():
    assert np.isnan(cycle_of(np.arange(10.0), np.linspace(0, 1, 10)[:, None])[2])


def test_fates():
    rest, cycles, grows = (
        WilsonCowan(w, 3.0, w_ie, 0.0, phi=phi).circuit()
        for w, w_ie, phi in ((0.5, 3.0, "relu"), (2.5, 3.0, "relu"), (3.0, 0.1, "relu"))
    )
    u, none = np.array([0.5, 0.0]), np.empty((0, 2))
    home = WilsonCowan(0.5, 3.0, 3.0, 0.0).equilibrium(u).rates
    fates = follow_runs([rest, cycles, grows], np.tile(u, (3, 1)), np.full((3, 2), 0.1), [home, none, none])
    assert fates.settled.tolist() == [0, -1, -1]
    assert fates.persists.tolist() == [False, True, False]
    assert fates.escaped.tolist() == [False, False, True]
    assert not fates.fading.any()
    assert np.isfinite(fates.period).tolist() == [False, True, False]
    assert fates.of(np.array([False, True, False])).persists.tolist() == [True]


def test_slow_fading_is_no_cycle():
    pair = WilsonCowan(1.999, 3.0, 3.0, 0.0, phi="clip")
    assert pair.regime([0.5, 0.0]).regime == "inhibition_stabilised"


@pytest.mark.parametrize(
    ("motif", "drive", "word"),
    [
        (LateralInhibition(3, b=1.35), [1.0, 1.0, 1.0], "bistable"),
        (LateralInhibition(3, b=0.4), [1.0, 0.9, 0.8], "self_regulating"),
        (SharedInhibition(4), [1.0, 0.9, 0.8, 0.7], "self_regulating"),
        (SharedInhibition(2, w=1.5, a=2.0, b=2.0), [1.0, 0.2], "inhibition_stabilised"),
        (SharedInhibition(2, w=1.5, a=0.1, b=0.1), [1.0, 1.0], "runaway"),
    ],
)
def test_regimes_of_larger_circuits(motif, drive, word):
    assert motif.regime(drive).regime == word


def test_order_of_units_does_not_matter():
    motif = LateralInhibition(3, b=1.35)
    circuit, order = motif.circuit(), np.array([5, 2, 0, 4, 1, 3])
    drive = motif.full_drive([1.0, 0.9, 0.8])
    plain, mixed = regime(circuit, drive), regime(circuit.permuted(order), drive[order])
    assert plain.regime == mixed.regime
    for name, value in plain.indices.items():
        assert mixed.indices[name] == pytest.approx(value, abs=1e-9, nan_ok=True)


def test_delays_leave_the_regime_undecided():
    pair = WilsonCowan().circuit()
    delayed = RateCircuit(pair.weights, pair.phi, pair.tau, sign=pair.sign, delay=np.full((2, 2), 0.5))
    found = regime(delayed, [0.6, 0.0])
    assert found.regime == "undecided"
    assert "delays" in found.reason


def test_border_is_undecided():
    assert WilsonCowan(1.0).regime([0.6, 0.0]).regime == "undecided"
    assert WilsonCowan(2.5).regime([0.6, 0.0]).regime == "undecided"


def test_unbounded_slopes_have_no_margin_but_a_regime():
    found = WilsonCowan(0.0, 1.0, 1.0, 0.5, phi="power").regime([0.5, 0.0])
    assert found.regime == "self_regulating"
    assert np.isnan(found.indices["margin"])
    assert found.indices["e_gain"] == 0.0


def test_margin_is_left_out_on_request():
    found = regime(WilsonCowan().circuit(), [0.6, 0.0], certificate=False)
    assert np.isnan(found.indices["margin"])
    assert found.regime == "self_regulating"


def test_both_kinds_of_units_are_needed():
    with pytest.raises(DataError, match="must have excitatory and inhibitory units, got 2 and 0"):
        regime(RateCircuit([[0.1, 0.2], [0.3, 0.1]]), [1.0, 1.0])


@pytest.mark.parametrize(
    "strengths", [(1.0, 0.0, 2.0, 0.5), (1.5, 0.375 - 1e-3, 2.0, 0.5), (1.5, 0.375, 2.0, 0.5), (1.54, 0.4, 2.0, 0.5)]
)
def test_rates_that_drift_away_run_away(strengths):
    found = WilsonCowan(*strengths).regime([0.6, 0.0])
    assert found.regime == "runaway"
    assert (found.indices["escaping_starts"], found.indices["cycling_starts"]) == (1.0, 0.0)


def test_two_integrators_run_away():
    weights = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, -0.5]]
    found = regime(RateCircuit(weights, sign=[1, 1, -1]), [0.6, 0.3, 0.0])
    assert found.regime == "runaway"


def test_a_drift_is_no_cycle_branch():
    sweep = WilsonCowan(1.0, 0.0, 2.0, 0.5).bifurcation([0.6, 0.0], values=[0.5, 1.0, 1.5])
    assert sweep.regime.tolist() == ["self_regulating", "runaway", "runaway"]
    assert [b.kind for b in sweep.branches if b.kind == "cycle"] == []


def test_slow_motion_is_neither_cycle_nor_escape():
    creeping = WilsonCowan(1.0 - 1e-4, 0.0, 0.0, 0.5).circuit()
    fates = follow_runs([creeping], np.zeros((1, 2)), np.array([[1.0, 0.0]]), [np.empty((0, 2))])
    assert fates.fading.tolist() == [True]


@pytest.mark.parametrize(("growth", "word"), [(3e-5, "undecided"), (1e-3, "undecided"), (2e-2, "runaway")])
def test_a_slowly_growing_spiral_is_not_called_bounded(growth, word):
    pair = WilsonCowan(2.0 + 2.0 * growth, 3.0, 3.0, 0.0, phi="identity")
    assert pair.regime([0.5, 0.0]).regime == word


def test_slow_cycles_are_measured_over_the_longest_rounds():
    # Just before the fold at 1.845, rates rest near its ghost for most of each turn.
    circuit = WilsonCowan(3.0, 3.0, 3.0, 0.0, phi=activation("logistic", steepness=4.0, threshold=1.0)).circuit()
    u, start = np.array([1.8447, 0.0]), np.array([0.1, 0.1])
    fates = follow_runs([circuit], u[None], start[None], [np.empty((0, 2))])
    course = simulate(circuit, u, duration_s=900.0, dt_s=0.05, start=start)
    assert fates.persists.tolist() == [True]
    assert fates.period[0] == pytest.approx(cycle_of(course.time, course.rates[0])[2], rel=1e-3)
    assert fates.period[0] > 90.0


@pytest.mark.parametrize(("period", "flat"), [(60.0, 400.0), (150.0, 1.0)])
def test_a_cycle_that_rounds_cut_is_measured_by_its_returns(period, flat):
    # 60 time constants are one round: both halves of it show the whole swing of the first unit, yet the run comes back
    # only once. Of 150, half of the longest round holds less than one turn.
    turn = 2.0 * np.pi / period
    centre = RateCircuit([[1.0, -turn * flat], [turn / flat, 1.0]], "identity", tau=1.0)
    fates = follow_runs([centre], np.zeros((1, 2)), np.array([[1.0, 0.0]]), [np.empty((0, 2))])
    assert fates.persists.tolist() == [True]
    assert fates.period[0] == pytest.approx(period, rel=1e-6)


@pytest.mark.parametrize(("w_ee", "word"), [(3.45, "oscillatory"), (3.55, "runaway")])
def test_rectified_pair_cycles_until_its_focus_becomes_a_node(w_ee, word):
    pair = WilsonCowan(w_ee)
    assert pair.regime([0.6, 0.0]).regime == word
    spectrum = np.linalg.eigvals(pair.circuit().weights - np.eye(2))
    assert (np.abs(spectrum.imag).max() > 0) == (word == "oscillatory")


def test_growth_on_one_side_of_a_kink_leaves_the_regime_undecided():
    pair = WilsonCowan(3.0, 1.0, 1.0, 1.0, phi="clip")
    found = pair.regime([0.0, 0.0])
    assert found.regime == "undecided"
    assert "kink" in found.reason
    assert found.indices["n_stable"] == 1.0
    assert pair.regime([1e-9, 0.0]).regime == "self_regulating"
    assert WilsonCowan(0.5).regime([0.0, 0.0]).regime == "self_regulating"
    assert WilsonCowan(2.0, 1.0, 1.0, 1.0).regime([0.0, 0.0]).regime == "runaway"


def test_excitatory_units_on_a_kink_are_on_the_border():
    # Inhibition holds E exactly at its kink; with or without E's slope the state attracts.
    found = WilsonCowan(1.5, 1.0, 1.0, 0.5).regime([1.0, 1.5])
    assert (found.regime, found.indices["n_stable"]) == ("undecided", 1.0)
    assert "excitatory units alone" in found.reason


def test_a_line_of_equilibria_is_undecided():
    found = WilsonCowan(1.0, 0.0, 0.5, 0.5, phi="clip").regime([0.0, 0.0])
    assert found.regime == "undecided"
    assert "whole lines" in found.notes[0]
    assert "border" in WilsonCowan(1.0, 0.0, 0.5, 0.5, phi="identity").regime([0.0, 0.0]).reason


def test_response_of_inhibition_is_summed_over_all_pairs_of_inhibitory_units():
    weights = np.array([[0.4, -0.5, -0.3], [0.8, -0.2, -0.6], [0.5, -0.1, -0.3]])
    circuit, u = RateCircuit(weights), np.array([1.0, 0.1, 0.2])
    moved = steady_states(circuit, u + 1e-3 * np.array([[0, 0, 0], [0, 1, 1]]))
    wanted = (moved[1] - moved[0])[1:].sum() / 1e-3
    assert regime(circuit, u).indices["paradoxical_response"] == pytest.approx(wanted)


def many_units(w_ee, phi):
    weights = np.zeros((30, 30))
    weights[:24, :24] = w_ee * np.eye(24)
    weights[:24, 24:], weights[24:, :24] = -0.1, 0.1
    return RateCircuit(weights, phi, 0.02)


def test_circuits_too_large_to_enumerate_have_a_regime():
    found = regime(many_units(0.5, "relu"), np.ones(30))
    assert (found.regime, found.notes) == ("self_regulating", ())
    assert found.indices["abscissa"] < 0
    found = regime(many_units(1.5, "clip"), np.full(30, 0.1), certificate=False)
    assert found.regime == "bistable"
    assert "Not all equilibria may be known" in found.reason
    assert "there may be others" in found.notes[0]


def test_ends_of_the_dynamics_are_among_the_equilibria_of_large_circuits():
    # Of 2^20 stable states, searches from random starts miss the one in which all units are active.
    known = known_equilibria(RateCircuit(2.0 * np.eye(20), "clip"), np.full(20, -0.5))
    assert (known.points == 1.0).all(axis=1).sum() == 1
    assert not known.all_found


def test_runs_still_on_their_way_are_told_with_their_place_and_use():
    pair = WilsonCowan(2.0 + 2e-3, 3.0, 3.0, 0.0, phi="identity")
    found = pair.regime([0.5, 0.0])
    assert "simulated runs neither settled" in found.notes[-1]
    sweep = pair.bifurcation([0.5, 0.0], values=[1.0, 2.002])
    (note,) = sweep.notes
    assert "at w_ee = 2.002, neither settled" in note
    assert "counted as no attractor" in note
    (note,) = pair.region([0.5, 0.0], first_values=[1.0, 2.002], second_values=[3.0]).notes
    assert "at w_ee = 2.002 and w_ei = 3, neither" in note


def test_settings_are_kept_under_their_names():
    pair = WilsonCowan(0.5, phi="clip")
    drive = [0.5, 0.0]
    made = [
        pair.regime(drive),
        pair.phase_plane(drive, points=5),
        pair.bifurcation(drive, values=[0.1, 0.2], simulate_cycles=False),
        pair.region(drive, first_values=[0.1], second_values=[0.1], simulate=False),
    ]
    names = [type(r.config).__name__ for r in made]
    assert names == ["RegimeConfig", "PhasePlaneConfig", "BifurcationConfig", "RegionConfig"]
    assert made[1].config.points == 5
    assert made[2].config.simulate_cycles is made[3].config.simulate is False
    with pytest.raises(dataclasses.FrozenInstanceError):
        made[0].config.certificate = False


@pytest.mark.parametrize("size", [1.0, 1e6, 1e9, 1e100])
def test_a_large_input_is_no_escape(size):
    # A rectified circuit only scales with its input.
    weights = [[0.5, 0.2, -1.0], [0.3, 0.4, -1.0], [1.0, 0.8, -0.5]]
    found = regime(RateCircuit(weights, tau=0.02), size * np.array([1.0, 0.8, 0.1]))
    assert found.regime == "self_regulating"
    assert found.indices["escaping_starts"] == 0.0
    assert WilsonCowan(3.55).regime([0.6 * size, 0.0]).regime == "runaway"
    assert WilsonCowan(3.45).regime([0.6 * size, 0.0]).regime == "oscillatory"
