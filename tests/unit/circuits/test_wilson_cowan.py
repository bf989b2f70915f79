"""The excitatory-inhibitory pair: formulas, branches, regions; numbers are in tests/golden."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.circuits import (
    WilsonCowan,
    activation,
    all_equilibria,
    bifurcation,
    regime,
    simulate,
    steady_state,
)
from interplay.circuits.planar import planar_equilibria

LOGISTIC = activation("logistic", steepness=4.0, threshold=1.0)
SMOOTH = WilsonCowan(3.0, 3.0, 3.0, 0.0, phi=LOGISTIC)


@pytest.fixture(scope="module")
def sweep():
    return SMOOTH.bifurcation([0.0, 0.0], parameter="u_e", values=[-1.0, 3.0], simulate_cycles=False)


def test_orientation_and_signs():
    pair = WilsonCowan(0.1, 0.2, 0.3, 0.4, phi=("relu", "clip"), tau_e=2.0, tau_i=3.0)
    circuit = pair.circuit()
    assert circuit.weights.tolist() == [[0.1, -0.2], [0.3, -0.4]]
    assert circuit.sign.tolist() == [1, -1]
    assert circuit.tau.tolist() == [2.0, 3.0]
    assert [phi.kind for phi in circuit.activations] == ["relu", "clip"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"w_ei": -1.0}, "`w_ei` must be >= 0"),
        ({"tau_i": 0.0}, "`tau_i` must be > 0"),
        ({"w_ee": float("nan")}, "`w_ee` must be"),
        ({"phi": "rely"}, "did you mean 'relu'"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        WilsonCowan(**settings)


def test_interior_formula_with_input_to_both():
    pair = WilsonCowan(0.5, 1.0, 2.0, 0.5)
    x = pair.interior([1.0, 0.3])
    assert (x > 0).all()
    assert pair.circuit().residual(x, [1.0, 0.3]) == pytest.approx(np.zeros(2), abs=1e-14)
    assert pair.equilibrium([1.0, 0.3]).rates == pytest.approx(x[None])


def test_slopes_scale_the_thresholds():
    pair = WilsonCowan(1.0, 2.0, 2.0, 0.5, phi=activation("threshold_linear", gain=0.5))
    found = pair.thresholds()
    assert found["self_regulation"] == 2.0
    assert found == pair.thresholds(slopes=(0.5, 0.5))
    for name, sign in (("oscillation", np.trace), ("saddle", np.linalg.det)):
        circuit = pair.with_parameter("w_ee", found[name]).circuit()
        jacobian = (0.5 * circuit.weights - np.eye(2)) / circuit.tau[:, None]
        assert sign(jacobian) == pytest.approx(0.0, abs=1e-12)


def test_powers_have_thresholds_only_at_given_slopes():
    pair = WilsonCowan(phi="power")
    with pytest.raises(ConfigError, match="`slopes` must be finite"):
        pair.thresholds()
    assert pair.thresholds(slopes=(2.0, 1.0))["self_regulation"] == 0.5


def test_top_is_out_of_reach_if_inhibition_is_not_driven_there():
    assert WilsonCowan(1.0, 3.0, 0.5, 0.0, phi="clip").thresholds([0.5, 0.0])["saturation"] == float("inf")
    assert "saturation" not in WilsonCowan().thresholds([0.5, 0.0])


@pytest.mark.parametrize("phi", ["clip", "relu", ("clip", "threshold_linear"), "soft_threshold", "leaky_relu"])
def test_equilibria_are_those_of_the_enumeration(phi):
    rng = np.random.default_rng(5)
    for _ in range(10):
        pair, u = WilsonCowan(*rng.exponential(2.0, 4), phi=phi), rng.normal(size=2)
        found, wanted = pair.equilibrium(u), all_equilibria(pair.circuit(), u)
        order = np.lexsort(wanted.rates.T[::-1])
        assert found.rates == pytest.approx(wanted.rates[order], abs=1e-9)
        assert found.stable.tolist() == wanted.stable[order].tolist()
        assert found.complete


def test_equilibria_under_large_inputs_are_found_and_only_those():
    pair = WilsonCowan()
    found = pair.equilibrium([6e7, 0.0])
    assert found.rates == pytest.approx(pair.interior([6e7, 0.0])[None], rel=1e-12)
    assert found.complete
    # A determinant of 1e-4 is no reason either; nor may rounding at this size let in points that are none.
    for u_e in (1.0, 1e5, 1e8):
        near = WilsonCowan(1.5, 0.3750375, 2.0, 0.5)
        assert len(near.equilibrium([u_e, 0.0]).rates) == 1
        assert len(near.with_parameter("w_ei", 0.3749625).equilibrium([u_e, 0.0]).rates) == 0


@pytest.mark.parametrize(("phi", "u_e"), [("tanh", 2e4), ("logistic", 2e4), ("softplus", 1e5)])
def test_smooth_equilibria_under_large_inputs_are_found(phi, u_e):
    pair = WilsonCowan(0.2, phi=phi)
    found = pair.equilibrium([u_e, 0.0])
    assert found.complete
    assert found.rates == pytest.approx(steady_state(pair.circuit(), [u_e, 0.0]).rates, rel=1e-9)


def test_several_smooth_equilibria_under_a_large_input_are_found():
    # Each unit's input is 1e6 from 0, where only the weights tell the three states of rest apart.
    found = WilsonCowan(4.0, 0.1, 0.0, 0.0, phi=activation("logistic", steepness=4.0, threshold=1e6)).equilibrium(
        [1e6 - 2.0, 1e6]
    )
    assert len(found.rates) == 3
    assert found.stable.tolist() == [True, False, True]


def test_a_search_is_complete_only_where_one_equilibrium_is_proved():
    assert WilsonCowan(0.9, phi="tanh").equilibrium([0.5, 0.1]).complete
    assert not WilsonCowan(1.1, phi="tanh").equilibrium([0.5, 0.1]).complete
    assert not SMOOTH.equilibrium([2.0, 0.0]).complete


@pytest.mark.parametrize(
    ("strengths", "drive", "phi"),
    [((1.0, 0.0, 0.5, 0.5), [0.0, 0.0], "relu"), ((2.0, 1.0, 1.0, 0.0), [0.0, 0.0], "clip")],
)
def test_a_line_of_equilibria_is_not_all_listed(strengths, drive, phi):
    pair = WilsonCowan(*strengths, phi=phi)
    found = pair.equilibrium(drive)
    assert not found.complete
    assert "whole lines" in found.notes[-1]
    with pytest.warns(InterplayWarning, match="singular piece"):
        assert not all_equilibria(pair.circuit(), drive).complete


def test_rest_from_which_rates_run_away_on_one_side_is_not_stable():
    pair = WilsonCowan(2.0, 1.0, 1.0, 1.0)
    found = pair.equilibrium([0.0, 0.0])
    assert (found.stable.tolist(), found.complete) == ([False], True)
    assert "kink" in found.notes[0]
    assert simulate(pair.circuit(), [0.0, 0.0], duration_s=40.0, start=[1e-6, 0.0]).rates.max() > 1e3
    assert WilsonCowan(0.5).equilibrium([0.0, 0.0]).stable.tolist() == [True]
    plane = pair.phase_plane([0.0, 0.0], points=5)
    assert plane.stable.tolist() == [False]
    assert "kink" in plane.notes[0]


def test_branch_along_a_kink_is_judged_on_both_sides():
    sweep = WilsonCowan().bifurcation([0.0, 0.0], values=[0.0, 2.0], simulate_cycles=False)
    for branch in sweep.branches:
        assert branch.stable[branch.value < 0.99].all()
        assert not branch.stable[branch.value > 1.01].any()


@pytest.mark.parametrize("strengths", [(3.0, 0.0, 1.0, 0.0), (3.0, 1.0, 0.0, 2.0), (3.0, 0.0, 0.0, 0.0)])
def test_missing_connections(strengths):
    pair = WilsonCowan(*strengths, phi="logistic")
    found = pair.equilibrium([-1.0, 0.3])
    assert len(found.rates) >= 1
    assert found.residual.max() < 1e-9


def test_smooth_branches_hold_every_equilibrium_between_the_ends(sweep):
    (branch,) = sweep.branches
    kinds = [(kind, round(value, 3)) for kind, value, _ in sweep.special]
    assert kinds == [("hopf", 0.6), ("fold", 1.845), ("fold", 2.195)]
    for value in (0.0, 1.0, 2.0, 2.9):
        offset = branch.value - value
        crossings = np.flatnonzero(offset[:-1] * offset[1:] < 0)
        shares = offset[crossings] / (offset[crossings] - offset[crossings + 1])
        met = branch.rates[crossings] + shares[:, None] * np.diff(branch.rates, axis=0)[crossings]
        wanted = planar_equilibria(SMOOTH.circuit(), np.array([value, 0.0]))
        assert met[np.lexsort(met.T[::-1])] == pytest.approx(wanted, abs=2e-4)


def test_special_points_of_smooth_branches_are_exact(sweep):
    for kind, value, x in sweep.special:
        jacobian = SMOOTH.circuit().jacobian(x, [value, 0.0])
        assert SMOOTH.circuit().residual(x, [value, 0.0]) == pytest.approx(np.zeros(2), abs=1e-9)
        assert (np.linalg.det if kind == "fold" else np.trace)(jacobian) == pytest.approx(0.0, abs=1e-8)


def test_stability_changes_only_at_special_points(sweep):
    (branch,) = sweep.branches
    change = branch.value[:-1][np.diff(branch.stable.astype(int)) != 0]
    special = np.array([value for _, value, _ in sweep.special])
    assert len(change) >= 1
    assert all(np.abs(special - value).min() < 0.05 for value in change)


def test_time_constants_move_no_equilibrium_but_make_it_oscillate():
    pair = WilsonCowan(2.2, 3.0, 3.0, 0.0, phi="clip")
    sweep = pair.bifurcation([0.5, 0.0], parameter="tau_e", values=[0.5, 2.0], simulate_cycles=False)
    (branch,) = sweep.branches
    assert np.ptp(branch.rates, axis=0) == pytest.approx(np.zeros(2), abs=1e-14)
    assert [(k, v) for k, v, _ in sweep.special] == [("hopf", pytest.approx(1.2))]


def test_unit_at_its_edge_makes_one_curve_not_two():
    pair = WilsonCowan(2.2, 3.0, 3.0, 0.0, phi="clip")
    sweep = pair.bifurcation([0.5, 0.0], parameter="u_e", values=[-1.0, 1.0], simulate_cycles=False)
    assert [(k, v) for k, v, _ in sweep.special] == [("boundary", 0.0)]
    assert len(sweep.branches) == 1


def test_branches_end_at_the_largest_rate():
    sweep = WilsonCowan().bifurcation([0.6, 0.0], values=[0.0, 4.0], largest=5.0, simulate_cycles=False)
    (branch,) = sweep.branches
    assert branch.rates.max() == pytest.approx(5.0)
    assert np.isinf(branch.nash_gap[branch.value > 1.01]).all()
    assert branch.nash_gap[branch.value < 0.99].max() < 1e-12


def test_regimes_of_a_sweep_are_those_of_single_circuits():
    values = np.array([0.5, 1.5, 2.2, 3.6, 4.4])
    pair = WilsonCowan(0.5, 3.0, 3.0, 0.0, phi="clip")
    sweep = pair.bifurcation([0.5, 0.0], values=values)
    alone = [regime(pair.with_parameter("w_ee", v).circuit(), [0.5, 0.0]) for v in values]
    assert sweep.regime.tolist() == [a.regime for a in alone]
    assert sweep.margin == pytest.approx(np.array([a.indices["margin"] for a in alone]))


def test_without_simulation_attractors_are_not_known():
    sweep = WilsonCowan().bifurcation([0.6, 0.0], values=[0.0, 0.5], simulate_cycles=False)
    assert set(sweep.regime) == {"undecided"}


def test_region_places_regimes_between_the_closed_curves():
    pair = WilsonCowan(0.5, 3.0, 3.0, 0.0, phi="clip")
    found = pair.region([0.5, 0.0], first_values=[0.5, 1.5, 2.5], second_values=[2.5, 3.5])
    assert found.regime.tolist() == [["self_regulating", "inhibition_stabilised", "oscillatory"]] * 2
    assert ((found.margin > 0) == (found.first < 1.0)).all()
    assert found.boundary["self_regulation"][:, 0].tolist() == [1.0, 1.0]
    assert found.boundary["saddle"].tolist() == [[8.5, 2.5], [11.5, 3.5]]


def test_region_over_an_input_and_a_time_constant():
    pair = WilsonCowan(2.2, 3.0, 3.0, 0.0, phi="clip")
    found = pair.region([0.5, 0.0], first="u_e", second="tau_e", first_values=[-0.5, 0.5], second_values=[1.0, 2.0])
    assert found.regime.tolist() == [["self_regulating", "oscillatory"], ["self_regulating", "inhibition_stabilised"]]
    assert found.boundary == {}


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda p: p.bifurcation(parameter="wee"), ConfigError, "did you mean 'w_ee'"),
        (lambda p: p.bifurcation(values=[1.0, 0.0]), DataError, "`values` must strictly increase"),
        (lambda p: p.bifurcation(values=[-1.0, 1.0]), ConfigError, "`w_ee` must be >= 0"),
        (lambda p: p.bifurcation(values=[1.0]), ConfigError, "must be a whole number >= 2"),
        (lambda p: p.bifurcation([1.0, 2.0, 3.0]), DataError, "`drive` must have shape"),
        (lambda p: p.region(first="w_ee", second="w_ee"), ConfigError, "two different"),
        (lambda p: p.region(first_values=[1.0, 1.0]), DataError, "`first` must strictly increase"),
        (lambda p: bifurcation(p, "w_ee", [0, 1], [0, 0], largest=0.0), ConfigError, "`largest` must be > 0"),
    ],
)
def test_wrong_requests_are_named(ask, error, message):
    with pytest.raises(error, match=message):
        ask(WilsonCowan())


@pytest.mark.parametrize("parameter", ["w_ee", "w_ei", "u_e", "u_i", "tau_e"])
def test_default_ranges_hold_the_present_value(parameter):
    pair = WilsonCowan(2.0, 3.0, 3.0, 0.0, phi="clip")
    sweep = pair.bifurcation([0.5, 0.1], parameter=parameter, simulate_cycles=False, points=11)
    now = {"u_e": 0.5, "u_i": 0.1}.get(parameter) or getattr(pair, parameter)
    assert sweep.value[0] <= now <= sweep.value[-1]
