"""Steady states: that they are, that the methods agree, and what is said when there is none or more than one."""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay._core.errors import ConfigError, DataError, InterplayWarning, NumericalError
from interplay.circuits import ACTIVATIONS, RateCircuit, activation, steady_state, steady_states
from interplay.circuits.equilibria import unique_by_slopes
from interplay.circuits.newton import newton, settled

BISTABLE = RateCircuit([[1.2, -1.0], [-1.0, 1.2]], "clip")


def calm(rng, n, kind="relu"):
    """A random circuit whose symmetric part is well below 1 over the slopes."""
    phi = activation(kind)
    slope = phi.max_slope if np.isfinite(phi.max_slope) else 3.0
    return RateCircuit(rng.normal(size=(n, n)) * 0.4 / np.sqrt(n) / slope, phi)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_all_methods_find_the_one_equilibrium(kind):
    rng = np.random.default_rng(5)
    circuit, u = calm(rng, 6, kind), rng.normal(size=6)
    found = [steady_state(circuit, u, method=m) for m in ("auto", "newton", "flow")]
    if circuit.activations[0].pieces:
        found.append(steady_state(circuit, u, method="lemke", start=np.ones(6)))
    for one in found:
        assert one.rates.shape == (1, 6)
        assert one.rates == pytest.approx(found[0].rates, abs=1e-9)
        assert one.residual[0] < 1e-11
        assert one.stable.tolist() == [True]
        assert one.complete is (kind != "power")
    assert [one.method for one in found] == ["newton", "newton", "flow", "lemke"][: len(found)]
    assert found[0].rates[0] == pytest.approx(circuit.rates(circuit.input(found[0].rates[0], u)), abs=1e-11)


def test_eigenvalues_are_those_of_the_linearisation_by_falling_real_part():
    circuit = RateCircuit([[1.5, -2.0], [2.0, -0.5]], "clip", tau=[0.01, 0.02])
    one = steady_state(circuit, [1.0, 0.0])
    assert one.rates[0] == pytest.approx([6 / 13, 8 / 13], abs=1e-14)
    matrix = np.array([[0.5, -2.0], [2.0, -1.5]]) / np.array([[0.01], [0.02]])
    assert np.sort_complex(one.eigenvalues[0]) == pytest.approx(np.sort_complex(np.linalg.eigvals(matrix)))
    assert not one.complete


def test_the_start_decides_where_there_are_several():
    u = [0.3, 0.3]
    saddle = steady_state(BISTABLE, u, start=[0.37, 0.38])
    assert saddle.rates[0] == pytest.approx([0.375, 0.375])
    assert saddle.stable.tolist() == [False]
    assert not saddle.complete
    for start, end in ([[0.37, 0.38], [0.0, 1.0]], [[0.38, 0.37], [1.0, 0.0]]):
        assert steady_state(BISTABLE, u, start=start, method="flow").rates[0] == pytest.approx(end, abs=1e-12)


def test_the_flow_is_not_caught_by_a_saddle_that_it_passes():
    """From 1e-9 beside it, ten time constants later the trajectory is still within 1e-3 of the saddle."""
    end = steady_state(BISTABLE, [0.3, 0.3], start=[0.375 + 1e-9, 0.375 - 1e-9], method="flow")
    assert end.rates[0] == pytest.approx([1.0, 0.0], abs=1e-12)


def test_where_newton_cycles_the_next_method_takes_over():
    """Full and damped steps both fail from phi(u) on some circuits; saturating ones always have an equilibrium."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        w = rng.normal(size=(8, 8)) * 1.2
        circuit, u = RateCircuit(w, "clip"), rng.normal(size=8)
        try:
            steady_state(circuit, u, method="newton")
        except NumericalError:
            found = steady_state(circuit, u)
            assert found.residual[0] < 1e-10
            assert found.method in {"lemke", "starts", "flow"}
            assert found.notes[0].startswith("found by ")
            assert "after Newton's method" in found.notes[0]
            assert found.notes[0].endswith(" failed")
            return
    pytest.fail("no circuit on which Newton fails")


def test_no_equilibrium_is_said():
    runaway = RateCircuit([[2.0]])
    for method in ("auto", "newton", "lemke", "flow"):
        with pytest.raises(NumericalError, match=r"none was found from this start.*lower the excitation"):
            steady_state(runaway, [1.0], method=method)


def test_a_cycle_is_left_for_the_equilibrium_inside():
    """The flow never rests; Newton finds the unstable focus."""
    pair = RateCircuit.of_blocks(2.5, 3.0, 3.0, 0.0, "clip")
    assert steady_state(pair, [0.5, 0.0], start=[0.3, 0.0]).stable.tolist() == [False]
    with pytest.raises(NumericalError):
        steady_state(pair, [0.5, 0.0], start=[0.3, 0.0], method="flow")


def test_many_drives_at_once_are_those_one_by_one():
    rng = np.random.default_rng(8)
    circuit, drives = calm(rng, 5, "tanh"), rng.normal(size=(7, 5))
    together = steady_states(circuit, drives)
    assert together == pytest.approx(np.vstack([steady_state(circuit, u).rates for u in drives]), abs=1e-10)
    assert steady_states(BISTABLE, [[0.3, 0.3]] * 2, start=[[1.0, 0.0], [0.0, 1.0]]) == pytest.approx(
        np.array([[1.0, 0.0], [0.0, 1.0]])
    )
    with pytest.raises(NumericalError, match=r"drives\[1\] = \[1.0\]"):
        steady_states(RateCircuit([[2.0]]), [[-1.0], [1.0]])


def test_another_order_of_units_gives_the_same_state():
    rng = np.random.default_rng(2)
    w = rng.normal(size=(4, 4)) * 0.4
    circuit = RateCircuit(w, ["relu", "tanh", "logistic", "clip"], tau=[1.0, 2.0, 3.0, 4.0])
    u, order = rng.normal(size=4), np.array([2, 0, 3, 1])
    one, other = steady_state(circuit, u), steady_state(circuit.permuted(order), u[order])
    assert other.rates[0] == pytest.approx(one.rates[0][order], abs=1e-11)
    assert other.eigenvalues == pytest.approx(one.eigenvalues, abs=1e-9)
    falls = np.diff(one.eigenvalues[0].real)
    assert (falls <= 0).all()
    assert (falls < 0).any()


@pytest.mark.parametrize("kind", ["relu", "clip", "threshold_linear", "softplus", "logistic", "tanh", "power"])
def test_rates_stay_inside_their_domains(kind):
    """Rounding carries Newton's rates a little past the ends, where costs are infinite."""
    rng = np.random.default_rng(0)
    phi = activation(kind)
    for _ in range(5):
        circuit, drives = RateCircuit(rng.normal(size=(4, 4)), phi), rng.normal(size=(40, 4)) * 3
        rates, found = newton(circuit, drives, circuit.rates(drives), 1e-12)
        assert found.any()
        assert np.isfinite(circuit.activation_costs(rates[found])).all()


def test_damping_ends_cycles_of_full_steps():
    """A unit that inhibits itself strongly: full steps jump from one saturated side to the other."""
    circuit, drive = RateCircuit([[-12.0]], "tanh"), np.array([[-8.0]])
    rates, found = newton(circuit, drive, circuit.rates(drive), 1e-12)
    assert found.all()
    assert np.arctanh(rates[0, 0]) == pytest.approx(-12 * rates[0, 0] - 8)


def test_kinks_margins_and_delays_are_said():
    kink = steady_state(RateCircuit([[0.5]], names=["E"]), [0.0])
    assert "on a kink: unit 'E' (relu);" in kink.notes[0]
    edge = steady_state(RateCircuit([[1.0]], "identity"), [0.0])
    assert any("marginal" in note for note in edge.notes)
    with pytest.warns(InterplayWarning, match="without delays"):
        late = steady_state(RateCircuit([[0.5]], delay=[[0.1]]), [1.0])
    assert late.rates[0] == pytest.approx([2.0])
    assert "without delays" in late.notes[0]


def test_uniqueness_is_claimed_only_where_proved():
    """diag(1/L) - W a P-matrix, by all principal minors in small circuits."""
    rng = np.random.default_rng(6)
    agree = []
    for _ in range(60):
        w = rng.normal(size=(4, 4)) * 0.7
        slopes = np.array([1.0, 2.0, 0.5, 1.0])
        phi = [activation("threshold_linear", gain=g) for g in slopes]
        claim = unique_by_slopes(RateCircuit(w, phi))
        assert claim == oracle.p_matrix(np.diag(1 / slopes) - w)
        agree.append(claim)
    assert 10 < sum(agree) < 50
    assert not unique_by_slopes(RateCircuit([[0.0]], "power"))
    # Too large to look at every minor, and neither dominance nor the symmetric part help.
    big = np.zeros((14, 14))
    big[0, 1], big[1, 0] = 3.0, -3.0
    big[2, 3] = 3.0
    assert not unique_by_slopes(RateCircuit(big))
    assert unique_by_slopes(RateCircuit(big[:4, :4]))


def test_bad_input():
    with pytest.raises(DataError, match=r"`drive` must have shape \(N=2\)"):
        steady_state(BISTABLE, [1.0])
    with pytest.raises(DataError, match="`start` must be finite"):
        steady_state(BISTABLE, [1.0, 1.0], start=[np.nan, 0.0])
    with pytest.raises(ConfigError, match="did you mean 'newton'"):
        steady_state(BISTABLE, [1.0, 1.0], method="newtn")
    with pytest.raises(ConfigError, match="`tolerance`"):
        steady_state(BISTABLE, [1.0, 1.0], tolerance=0.0)
    with pytest.raises(DataError, match="`drive` must have shape"):
        steady_states(BISTABLE, [1.0, 1.0])
    with pytest.raises(DataError, match="`start` must have shape"):
        steady_states(BISTABLE, [[1.0, 1.0]], start=[1.0, 1.0, 1.0])


def test_newton_ends_at_no_state_that_others_reject_once_it_is_moved_into_its_domain():
    """Weights of 1e6 and small drives: 4e-13 is nothing to the unit itself, and 1e-6 to the other."""
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(150):
        w, u = 3e6 * rng.normal(size=(2, 2)), 1e-5 * rng.normal(size=2)
        circuit = RateCircuit(w, "clip")
        start = rng.random((4, 2))
        x, ok = newton(circuit, np.broadcast_to(u, start.shape), start, 1e-12)
        own = 1.0 + x + x @ np.abs(w).T + np.abs(u)
        assert (np.abs(circuit.residual(x, u))[ok] <= 1e-12 * own[ok]).all()
        found += int(ok.sum())
    assert found > 100


def test_a_unit_is_judged_by_its_own_size_not_by_the_largest():
    apart = RateCircuit(np.zeros((2, 2)))
    assert settled(apart, np.array([[1e13, 5.0], [1e13 + 1.0, 5.0]]), np.array([1e13, 5.0]), 1e-12).all()
    assert not settled(apart, np.array([[1e13, 5.1]]), np.array([1e13, 5.0]), 1e-12).any()


def test_the_flow_is_not_stopped_at_a_kink_that_it_leaves():
    """Rates that grow by a hundredth of 1 / tau from the rest at 0, where silent units have no growing direction."""
    end = steady_state(RateCircuit([[1.01]], "clip"), [0.0], start=[1e-4], method="flow")
    assert end.rates[0] == pytest.approx([1.0])
    with pytest.raises(NumericalError, match="none was found"):
        steady_state(RateCircuit([[1.01]], "relu"), [0.0], start=[1e-4], method="flow")
    assert steady_state(RateCircuit([[1.01]], "relu"), [0.0], start=[0.0], method="flow").rates[0] == pytest.approx(
        [0.0]
    )


@pytest.mark.parametrize("size", [1.0, 1e12])
def test_the_flow_of_a_large_input_is_no_escape(size):
    pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    end = steady_state(pair, [0.6 * size, 0.0], start=[0.0, 0.0], method="flow")
    assert end.rates[0] / size == pytest.approx([0.18947368421, 0.25263157895], abs=1e-9)
