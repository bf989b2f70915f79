"""Contraction: what is proved holds, what is refuted cannot be, and the numbers are those of closed forms."""

import numpy as np
import pytest
from tests.oracles.contraction import best_pair_rate, block_matrix, parabola_rate

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, certify, contraction, verify_contraction
from interplay.circuits.stability_results import ContractionResult
from interplay.ops.contraction_metric import definite_margin

SKEW = np.array([[0.0, 1.0], [-1.0, 0.0]])
EVERY = [
    (form, slopes, step)
    for form in ("firing_rate", "hopfield")
    for slopes in ("monotone", "either_sign")
    for step in (None, 0.2)
]


def drawn(n, seed, size=0.6):
    rng = np.random.default_rng(seed)
    return size * rng.normal(size=(n, n)) / np.sqrt(n), rng.uniform(0.3, 2.0, n)


def test_the_certificate_satisfies_the_inequality_written_out():
    weights, tau = drawn(5, 0)
    circuit = RateCircuit(weights, ["relu", "tanh", "softplus", "logistic", "clip"], tau)
    found = contraction(circuit, 0.2)
    assert found.verdict == "certified"
    block = block_matrix(weights, found.metric, found.scaling, 0.2, tau, circuit.max_slopes)
    assert np.linalg.eigvalsh(block)[-1] < 0
    assert np.linalg.eigvalsh(found.metric)[0] > 0
    assert verify_contraction(circuit, found) == found.margin > 0
    assert found.scaling.mean() == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize(("form", "slopes", "step"), EVERY)
def test_rate_and_bound_meet_in_every_form(form, slopes, step):
    weights, tau = drawn(4, 1, 0.45)
    circuit = RateCircuit(weights, "tanh", tau)
    found = contraction(circuit, form=form, slopes=slopes, step_s=step, tolerance=1e-4)
    assert found.verdict == "certified"
    assert verify_contraction(circuit, found) > 0
    assert 0 <= found.rate_bound - found.rate < 2e-3
    faster = contraction(circuit, found.rate_bound + 0.01, form=form, slopes=slopes, step_s=step)
    assert faster.verdict == "refuted"
    assert faster.metric is None
    assert verify_contraction(circuit, faster) >= 0


@pytest.mark.parametrize("step", [None, 0.25])
@pytest.mark.parametrize("form", ["firing_rate", "hopfield"])
def test_distances_fall_as_proved(form, step):
    weights, tau = drawn(4, 2, 0.9)
    circuit = RateCircuit(weights, "softplus", tau)
    found = contraction(circuit, form=form, step_s=step, tolerance=1e-3)
    rng = np.random.default_rng(3)
    x, y, u = rng.normal(size=(3, 20, 4)) * 3
    dt = 0.005 if step is None else step

    def flow(s):
        if form == "firing_rate":
            return circuit.field(s, u)
        return (circuit.rates(s) @ weights.T + u - s) / tau

    def moved(s):
        if step is not None:
            return s + dt * flow(s)
        a = flow(s)
        b = flow(s + dt / 2 * a)
        c = flow(s + dt / 2 * b)
        return s + dt / 6 * (a + 2 * b + 2 * c + flow(s + dt * c))

    for _ in range(200):
        before = np.einsum("bi,ij,bj->b", x - y, found.metric, x - y)
        x, y = moved(x), moved(y)
        after = np.einsum("bi,ij,bj->b", x - y, found.metric, x - y)
        assert (after <= before * np.exp(-2 * found.rate * dt) * (1 + 1e-6) + 1e-25).all()


def test_two_units_equal_a_grid_over_scalings():
    weights = np.array([[0.3, -1.4], [0.9, -0.2]])
    found = contraction(RateCircuit(weights))
    assert found.rate == pytest.approx(best_pair_rate(weights), abs=3e-3)


def test_the_numerical_range_lies_inside_a_parabola():
    weights, _ = drawn(5, 5, 0.8)
    found = contraction(RateCircuit(weights))
    assert parabola_rate(weights, found.scaling) == pytest.approx(found.rate, abs=1e-5)


@pytest.mark.parametrize("gain", [0.25, 3.0])
def test_other_slopes_act_like_stronger_or_weaker_weights(gain):
    weights, _ = drawn(4, 6, 0.25)
    weighed = contraction(RateCircuit(gain * weights))
    steep = contraction(RateCircuit(weights, [_line(gain)] * 4))
    assert steep.rate == pytest.approx(weighed.rate, abs=1e-5)


def _line(gain):
    from interplay.circuits import activation

    return activation("threshold_linear", gain=gain)


def test_time_in_other_units_gives_rates_in_other_units():
    weights, tau = drawn(3, 7)
    slow, fast = (contraction(RateCircuit(weights, "relu", k * tau), tolerance=1e-2) for k in (1.0, 0.01))
    assert fast.rate == pytest.approx(100 * slow.rate, rel=1e-6)


def test_order_of_units_does_not_matter():
    weights, tau = drawn(4, 8)
    circuit = RateCircuit(weights, "relu", tau)
    first, second = (contraction(c, tolerance=1e-3).rate for c in (circuit, circuit.permuted([2, 0, 3, 1])))
    assert second == pytest.approx(first, abs=5e-3)


@pytest.mark.parametrize("slopes", ["monotone", "either_sign"])
def test_feeding_forward_costs_nothing_in_the_limit(slopes):
    weights = np.array([[0.4, 0.0, 0.0], [9.0, 0.2, 0.0], [-7.0, 8.0, -0.3]])
    found = contraction(RateCircuit(weights), slopes=slopes)
    assert found.rate == pytest.approx(0.6, abs=1e-4)
    assert found.rate_bound == pytest.approx(0.6, abs=1e-4)
    assert contraction(RateCircuit(np.tril(weights, -1))).rate == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("form", "slopes", "step"), EVERY[::3])
def test_units_that_send_or_receive_nothing_are_no_trouble(form, slopes, step):
    weights = np.zeros((4, 4))
    weights[0, 1], weights[1, 0], weights[2, 1] = 0.6, -0.7, 5.0
    found = contraction(RateCircuit(weights), form=form, slopes=slopes, step_s=step, tolerance=1e-3)
    alone = contraction(RateCircuit(weights[:2, :2]), form=form, slopes=slopes, step_s=step, tolerance=1e-3)
    assert found.verdict == "certified"
    assert found.rate == pytest.approx(alone.rate, abs=5e-3)


def test_random_circuits_of_all_kinds_are_decided_and_verified():
    rng = np.random.default_rng(11)
    verdicts = []
    for k in range(40):
        n = int(rng.integers(1, 7))
        weights = rng.normal(size=(n, n)) * rng.choice([0.1, 0.5, 2, 50]) * (rng.random((n, n)) < rng.choice([0.4, 1]))
        circuit = RateCircuit(weights, "tanh", np.exp(rng.normal(size=n)))
        form, slopes, step = EVERY[k % len(EVERY)]
        step = step and step * circuit.tau.min()
        found = contraction(circuit, 0.1 / circuit.tau.max(), form=form, slopes=slopes, step_s=step)
        assert verify_contraction(circuit, found) >= 0
        verdicts.append(found.verdict)
    assert set(verdicts) == {"certified", "refuted"}


def test_a_part_that_does_not_contract_refutes_the_whole():
    weights = np.zeros((4, 4))
    weights[:2, :2], weights[2, 3], weights[0, 3] = 2.5 * SKEW, 0.5, 1.0
    circuit = RateCircuit(weights)
    found = contraction(circuit)
    assert found.verdict == "refuted"
    assert verify_contraction(circuit, found) > 0


@pytest.mark.parametrize("step", [None, 0.3, 1.0])
@pytest.mark.parametrize("weight", [0.0, 0.5, -0.5])
def test_one_unit(weight, step):
    found = contraction(RateCircuit([[weight]]), step_s=step)
    if step is None:
        expected = 1 - max(weight, 0.0)
    else:
        # The slowest and the fastest slope of x + step (phi(w x) - x).
        factor = max(abs(1 - step), abs(1 - step + step * weight))
        expected = np.inf if factor < 1e-8 else -np.log(factor) / step
    assert found.rate == pytest.approx(min(expected, found.rate_bound), abs=1e-5)


def test_contraction_gives_diagonal_stability_with_the_same_scaling():
    weights, tau = drawn(5, 9, 0.45)
    circuit = RateCircuit(weights, "relu", tau)
    for slopes in ("monotone", "either_sign"):
        found = contraction(circuit, 0.1, slopes=slopes)
        product = found.scaling[:, None] * circuit.stability_matrix
        assert np.linalg.eigvalsh(product + product.T)[-1] < 0
        assert any("diagonally stable" in claim for claim in found.claims)
    assert certify(circuit).verdict == "certified"


def test_monotone_slopes_prove_no_less_than_slopes_of_either_sign():
    for seed in range(3):
        weights, tau = drawn(3, 20 + seed)
        circuit = RateCircuit(weights, "relu", tau)
        both = contraction(circuit, slopes="either_sign", tolerance=1e-3)
        if both.verdict == "certified":
            assert contraction(circuit, tolerance=1e-3).rate >= both.rate - 5e-3


def test_a_rate_that_the_slowest_unit_alone_does_not_reach_is_refuted():
    circuit = RateCircuit(np.zeros((2, 2)), "relu", [1.0, 4.0])
    found = contraction(circuit, 0.25)
    assert found.verdict == "refuted"
    assert verify_contraction(circuit, found) >= 0
    assert contraction(circuit, 0.249).verdict == "certified"


def test_on_the_edge_nothing_is_claimed():
    found = contraction(RateCircuit(2 * SKEW))
    assert found.verdict == "undecided"
    assert found.claims == ()
    assert np.isnan(verify_contraction(RateCircuit(2 * SKEW), found))


def test_delays_take_the_claims_on_time_away():
    delayed = RateCircuit(SKEW, delay=[[0.0, 0.1], [0.1, 0.0]])
    found = contraction(delayed)
    assert found.verdict == "certified"
    assert not any("approach" in claim or "equilibrium" in claim for claim in found.claims)
    assert any("delays" in line for line in found.open)


def test_no_time_left_is_said(monkeypatch):
    weights, tau = drawn(6, 10, 1.4)
    found = contraction(RateCircuit(weights, "relu", tau), time_limit_s=1e-9)
    assert found.verdict == "undecided"
    assert "time limit" in found.notes[0]
    monkeypatch.setattr("interplay.circuits.contractions.MOST_UNITS", 3)
    assert "too many units" in contraction(RateCircuit(weights, "relu", tau)).notes[0]
    assert contraction(RateCircuit(0.1 * weights, "relu", tau)).verdict == "certified"


def test_a_spoilt_certificate_is_not_believed():
    weights, tau = drawn(4, 11)
    circuit = RateCircuit(weights, "relu", tau)
    found = contraction(circuit, tolerance=1e-3)
    fields = {name: getattr(found, name) for name in found.__dataclass_fields__}
    for change in (
        {"metric": -found.metric},
        {"rate": found.rate_bound + 0.01},
        {"scaling": found.scaling * np.array([1, 1, 1, 100.0])},
        {"scaling": found.scaling * np.array([1, 1, 1, -1.0])},
    ):
        assert verify_contraction(circuit, ContractionResult(**(fields | change))) < 0
    stepped = contraction(circuit, step_s=0.2, tolerance=1e-3)
    fields = {name: getattr(stepped, name) for name in stepped.__dataclass_fields__}
    assert verify_contraction(circuit, ContractionResult(**(fields | {"rate": stepped.rate_bound + 0.01}))) < 0
    refuted = contraction(circuit, found.rate_bound + 0.05)
    fields = {name: getattr(refuted, name) for name in refuted.__dataclass_fields__}
    assert verify_contraction(circuit, ContractionResult(**(fields | {"dual": refuted.dual[:, ::-1]}))) < 0
    with pytest.raises(DataError, match="must be of `circuit`: their digests differ"):
        verify_contraction(RateCircuit(weights), found)


def test_the_margin_of_a_block_matrix_counts_every_rounding():
    assert definite_margin(np.eye(2)) == pytest.approx(1)
    assert definite_margin(np.eye(2), np.full((2, 2), 0.3)) == pytest.approx(0.4)
    assert definite_margin(np.eye(2), np.full((2, 2), 0.6)) < 0
    assert definite_margin(np.diag([1.0, 4.0]), np.diag([0.0, 2.0])) == pytest.approx(0.5)
    rng = np.random.default_rng(13)
    for _ in range(20):  # singular, exactly; half of them look positive definite
        v = rng.integers(-9, 10, (8, 7)).astype(float)
        assert definite_margin(v @ v.T) <= 0


def test_bad_settings_are_named():
    circuit = RateCircuit(SKEW, "relu", [0.5, 1.0])
    for setting, words in (
        ({"rate": -0.1}, "`rate` must be >= 0"),
        ({"rate": np.nan}, "`rate` must be"),
        ({"form": "rate"}, "Unknown `form` 'rate'"),
        ({"slopes": "any"}, "Unknown `slopes` 'any'"),
        ({"step_s": 0.6}, "`step_s` must be > 0 and <= 0.5"),
        ({"tolerance": 0.0}, "`tolerance` must be > 0"),
        ({"time_limit_s": 0.0}, "`time_limit_s` must be > 0"),
    ):
        with pytest.raises(ConfigError, match=words):
            contraction(circuit, **setting)
    with pytest.raises(DataError, match=r"bounded slope \(0 <= phi' <= L < infinity is a condition"):
        contraction(RateCircuit(SKEW, "power"))


@pytest.mark.parametrize(
    ("weight", "tau", "words"),
    [(-1e300, 1.0, "slopes times weights"), (1e-300, 1.0, "slopes times weights"), (0.5, 1e-100, "time constants")],
)
def test_numbers_beyond_all_measure_are_left_undecided_with_the_reason(weight, tau, words):
    for asked in ({}, {"rate": 0.1 / tau}, {"form": "hopfield"}, {"step_s": tau / 2}, {"slopes": "either_sign"}):
        found = contraction(RateCircuit([[weight]], tau=tau), **asked)
        assert found.verdict == "undecided"
        assert found.metric is None
        assert any(note.startswith(f"Undecided: {words} must lie") for note in found.notes)
    assert contraction(RateCircuit([[weight]], tau=tau), 2 / tau).verdict == "refuted"
    assert contraction(RateCircuit([[0.0]], tau=2.0)).verdict == "certified"


@pytest.mark.parametrize("size", [1e-50, 1e50])
def test_numbers_at_the_ends_of_the_range_are_decided_with_proof_or_left_open(size):
    for tau in (1e-50, 1e50):
        for form in ("firing_rate", "hopfield"):
            circuit = RateCircuit(-size * np.eye(2), tau=tau)
            found = contraction(circuit, form=form)
            # Inhibition of oneself never costs more than the leak: at no size can there be a refutation.
            assert found.verdict in ("certified", "undecided")
            assert found.open if found.verdict == "undecided" else verify_contraction(circuit, found) > 0


def test_inputs_stay_as_they_are_and_the_answer_is_the_same_again():
    weights, tau = drawn(4, 12)
    kept = weights.copy()
    circuit = RateCircuit(weights, "relu", tau)
    first, second = (contraction(circuit, tolerance=1e-3) for _ in range(2))
    np.testing.assert_array_equal(weights, kept)
    np.testing.assert_array_equal(first.metric, second.metric)
    assert first.rate == second.rate
