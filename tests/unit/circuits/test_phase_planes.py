"""The plane of a pair: every curve against its definition."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, WilsonCowan, best_response, phase_plane
from interplay.circuits.planar import planar_equilibria

DRIVE = np.array([0.5, 0.0])
BISTABLE = WilsonCowan(3.6, 3.0, 3.0, 0.0, phi="clip")


@pytest.mark.parametrize("phi", ["relu", "clip", "logistic", "tanh", "softplus", "power", ("clip", "softplus")])
@pytest.mark.parametrize("strengths", [(0.5, 2.0, 2.0, 0.5), (1.4, 2.0, 1.0, 0.0)])
def test_each_unit_stands_still_on_its_nullcline(phi, strengths):
    circuit = WilsonCowan(*strengths, phi=phi).circuit()
    plane = phase_plane(circuit, DRIVE, points=5, duration_s=1.0)
    for unit, curve in enumerate(plane.nullclines):
        points = curve[np.isfinite(curve).all(axis=1)]
        assert len(points) > 5
        # Between its nodes the curve is drawn straight, so points cut at the window's side lie a little beside it.
        assert np.abs(circuit.residual(points, DRIVE)[:, unit]).max() < 1e-3
        for axis, grid in enumerate((plane.e, plane.i)):
            assert points[:, axis].min() >= grid[0] - 1e-12
            assert points[:, axis].max() <= grid[-1] + 1e-12


def test_silent_unit_has_an_upright_nullcline():
    plane = WilsonCowan().phase_plane(DRIVE, points=5)
    e_curve = plane.nullclines[0]
    upright = e_curve[e_curve[:, 0] == 0.0]
    assert upright[:, 1].min() == pytest.approx(0.25)
    assert upright[:, 1].max() == pytest.approx(plane.i[-1])


def test_best_responses_are_nullclines_where_own_costs_are_convex():
    circuit = WilsonCowan().circuit()
    plane = phase_plane(circuit, DRIVE, points=5)
    for unit, curve in enumerate(plane.best_responses):
        points = curve[np.isfinite(curve).all(axis=1)]
        assert np.abs(circuit.residual(points, DRIVE)[:, unit]).max() < 1e-12


def test_best_responses_jump_where_they_are_not():
    plane = BISTABLE.phase_plane(DRIVE, points=5)
    curve = plane.best_responses[0]
    finite = np.isfinite(curve).all(axis=1)
    assert set(curve[finite][:, 0]) <= {0.0, 1.0}
    assert (~finite).sum() == 1
    assert curve[finite] == pytest.approx(
        np.stack([best_response(BISTABLE.circuit(), curve[finite], DRIVE)[:, 0], curve[finite][:, 1]], axis=1)
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("phi", "strengths"), [("relu", (1.5, 2.0)), ("relu", (3.0, 0.0)), ("softplus", (1.0, 0.0))])
def test_rates_without_a_bound_warn_of_nothing(phi, strengths):
    assert WilsonCowan(*strengths, phi=phi).phase_plane([0.0, 0.0], points=5).flow.shape == (5, 5, 2)


def test_runaway_costs_have_no_best_response():
    plane = WilsonCowan(1.5).phase_plane(DRIVE, points=5)
    assert np.isnan(plane.best_responses[0]).any(axis=1).all()


def test_what_the_plane_holds():
    circuit = BISTABLE.circuit()
    plane = BISTABLE.phase_plane(DRIVE, points=7)
    x = np.array([plane.e[4], plane.i[2]])
    assert plane.gradient[2, 4] == pytest.approx(-circuit.residual(x, DRIVE))
    assert (plane.e[0], plane.e[-1], plane.i[-1]) == (0.0, 1.0, 1.0)
    assert plane.equilibria == pytest.approx(BISTABLE.equilibrium(DRIVE).rates)
    assert plane.stable.tolist() == [False, False, True]
    assert plane.nash.tolist() == [False, False, False]
    assert plane.regime == "bistable"
    assert len(plane.trajectories) == 8
    assert all(np.isfinite(t).all() and len(t) > 100 for t in plane.trajectories)


def test_flow_knows_each_time_constant():
    pair = WilsonCowan(tau_e=0.5, tau_i=2.0)
    plane = pair.phase_plane(DRIVE, points=7)
    x = np.array([plane.e[4], plane.i[2]])
    assert plane.flow[2, 4] == pytest.approx(pair.circuit().field(x, DRIVE))


def test_given_window_and_starts():
    plane = WilsonCowan().phase_plane(DRIVE, e=(0.0, 2.0), i=(0.0, 1.0), starts=[[1.0, 0.5]], duration_s=50.0)
    assert plane.e[[0, -1]].tolist() == [0.0, 2.0]
    (course,) = plane.trajectories
    assert course[0].tolist() == [1.0, 0.5]
    assert course[-1] == pytest.approx(plane.equilibria[0], abs=1e-9)


def test_runaway_trajectories_are_cut_where_they_leave_the_numbers():
    plane = WilsonCowan(3.0, 0.0, 0.1, 0.0, phi="power").phase_plane(
        DRIVE, e=(0.0, 3.0), i=(0.0, 3.0), duration_s=200.0
    )
    assert plane.regime == "runaway"
    assert all(np.isfinite(t).all() for t in plane.trajectories)


def test_unconnected_units_have_straight_nullclines():
    plane = WilsonCowan(0.5, 0.0, 0.0, 0.5).phase_plane([0.5, 0.3], points=5)
    assert plane.nullclines[0][:, 0] == pytest.approx(np.array([1.0, 1.0]))
    assert plane.nullclines[1][:, 1] == pytest.approx(np.array([0.2, 0.2]))


def test_wrong_requests_are_named():
    with pytest.raises(DataError, match="one excitatory and one inhibitory unit, in this order"):
        phase_plane(WilsonCowan().circuit().permuted([1, 0]), DRIVE)
    with pytest.raises(DataError, match="one excitatory and one inhibitory unit, in this order"):
        phase_plane(RateCircuit(np.zeros((3, 3))), np.zeros(3))
    with pytest.raises(ConfigError, match="`e` must be finite with low < high"):
        WilsonCowan().phase_plane(DRIVE, e=(1.0, 1.0))
    with pytest.raises(ConfigError, match="`points` must be"):
        WilsonCowan().phase_plane(DRIVE, points=1)


@pytest.mark.parametrize("size", [1.0, 1e6, 1e12])
def test_equilibria_far_from_the_input_are_found(size):
    # From rates of some 40 on, softplus is a rectifier, which scales with its input; E amplifies it nearly tenfold.
    strengths, drive = (0.9, 0.01, 0.01, 0.5), np.array([size, 0.0])
    found = planar_equilibria(WilsonCowan(*strengths, phi="softplus").circuit(), drive)
    assert len(found) == 1
    if size > 1.0:
        assert found[0] == pytest.approx(WilsonCowan(*strengths).equilibrium(drive).rates[0], rel=1e-9)
