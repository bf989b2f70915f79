"""Lyapunov functions and bounds: made from proofs only, and of the right circuit."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import (
    RateCircuit,
    activation,
    certify,
    contraction,
    error_bound,
    lyapunov_function,
    response_bound,
    steady_state,
    steady_states,
)
from interplay.circuits.stability_claims import lyapunov_rate

WEIGHTS = np.array([[0.5, -1.0, 0.2], [1.2, -0.3, 0.1], [0.4, -0.6, 0.3]])
KINDS = ["relu", "clip", "tanh", "softplus", "logistic", "soft_threshold", "leaky_relu", "identity", "threshold_linear"]


@pytest.mark.parametrize("phi", KINDS)
def test_it_is_the_weighted_integral_of_the_activations(phi):
    circuit = RateCircuit(WEIGHTS, phi)
    u = np.array([0.4, -0.2, 0.9])
    found = lyapunov_function(circuit, certify(circuit), u)
    x = np.array([0.8, -0.4, 0.3])
    start, stop = circuit.input(found.equilibrium, u), circuit.input(x, u)
    total = 0.0
    for i in range(3):
        z = np.linspace(start[i], stop[i], 20001)
        full = np.repeat(start[None], len(z), 0)
        full[:, i] = z
        rates = circuit.rates(full)[:, i] - circuit.rates(start)[i]
        total += found.scaling[i] * np.sum(0.5 * (rates[1:] + rates[:-1]) * np.diff(z))
    total += 0.5 * found.quadratic * np.sum((stop - start) ** 2)
    assert found(x) == pytest.approx(total, rel=1e-6)
    assert found(found.equilibrium) == pytest.approx(0, abs=1e-12)
    assert found.kind == "diagonal"


def published_rate(circuit, scaling, margin):
    """The published constant, for any slopes: e / (max q L + e) / tau with e = delta / ||W||^2."""
    e = margin / np.linalg.norm(circuit.weights, 2) ** 2
    return e / ((scaling * circuit.max_slopes).max() + e) / circuit.tau[0]


@pytest.mark.parametrize("size", [1e-3, 0.3, 1.0, 30.0])
def test_its_rate_is_that_of_certify_and_above_the_published_one(size):
    skew = size * np.array([[0.0, 1.0, 0.3], [-1.0, 0.0, 2.0], [-0.3, -2.0, 0.0]])
    circuit = RateCircuit(skew, "tanh", 0.02)
    proof = certify(circuit)
    found = lyapunov_function(circuit, proof, np.ones(3))
    assert found.rate == pytest.approx(proof.rate, rel=1e-12)
    lower = published_rate(circuit, proof.scaling, proof.margin)
    assert 1.5 * lower * (1 - 1e-9) <= found.rate <= 2 * lower * (1 + 1e-9)
    assert found.rate < 2 / 0.02


def test_the_rate_is_the_best_of_all_weights_of_the_quadratic_term():
    """Golden: slopes other than 1, scalings above 1; the weight e found by trying many."""
    circuit = RateCircuit([[0.0, 2.0], [-3.0, 0.0]], activation("threshold_linear", gain=2.5), 0.1)
    scaling, margin = np.array([1.2, 0.8]), 0.8 / 2.5  # q cancels the pair: what is left is q / L
    assert certify(circuit, sharpen=True).verdict == "certified"
    rate, e = lyapunov_rate(circuit, scaling, margin)
    m, k = 1.2 * 2.5, 9.0 / (4 * margin)
    tried = np.linspace(1e-4, 1, 100001)
    rates = 2 * (tried - k * tried**2) / (m + tried) / 0.1
    assert rate == pytest.approx(rates.max(), rel=1e-8)
    assert e == pytest.approx(tried[rates.argmax()], abs=2e-5)
    assert rate == pytest.approx(0.23158, abs=1e-5)


def test_contraction_gives_one_for_unequal_time_constants():
    circuit = RateCircuit(WEIGHTS, "tanh", [0.5, 1.0, 2.0])
    proof = contraction(circuit, tolerance=1e-3)
    u = np.array([0.4, -0.2, 0.9])
    found = lyapunov_function(circuit, proof, u)
    assert found.kind == "norm"
    assert found.rate == 2 * proof.rate
    x = np.random.default_rng(0).normal(size=(6, 3))
    slope = 2 * np.einsum("bi,ij,bj->b", x - found.equilibrium, proof.metric, circuit.field(x, u))
    assert (slope <= -found.rate * found(x) + 1e-9).all()
    with pytest.raises(DataError, match="equal time constants \\(a condition of the theorem on diagonal stability\\)"):
        lyapunov_function(circuit, certify(circuit), u)


def test_without_weights_it_is_there_too():
    circuit = RateCircuit(np.zeros((2, 2)), "relu")
    found = lyapunov_function(circuit, certify(circuit), [1.0, -1.0])
    assert 1.99 < found.rate < 2
    assert found([3.0, 3.0]) == pytest.approx(0, abs=1e-9)


def test_it_takes_batches_and_survives_pickling():
    circuit = RateCircuit(WEIGHTS, "relu")
    found = lyapunov_function(circuit, certify(circuit), np.ones(3))
    x = np.random.default_rng(1).normal(size=(2, 4, 3))
    assert found(x).shape == (2, 4)
    assert found(x)[1, 2] == pytest.approx(float(found(x[1, 2])))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found))(x), found(x))


def test_an_equilibrium_that_is_none_is_refused():
    circuit = RateCircuit(WEIGHTS, "relu")
    proof = certify(circuit)
    x = steady_state(circuit, np.ones(3)).rates[0]
    assert lyapunov_function(circuit, proof, np.ones(3), equilibrium=x)(x) == pytest.approx(0, abs=1e-12)
    with pytest.raises(DataError, match="must be one under `drive`, but leaves a residual"):
        lyapunov_function(circuit, proof, np.ones(3), equilibrium=x + 1)


def test_only_proofs_of_this_circuit_count():
    circuit, other = RateCircuit(WEIGHTS, "relu"), RateCircuit(-4 * WEIGHTS, "relu")
    proof = certify(circuit)
    unstable = RateCircuit(2 * np.eye(3), "relu")
    with pytest.raises(DataError, match="`proof` must be certified, got 'refuted'"):
        lyapunov_function(unstable, certify(unstable), np.ones(3))
    with pytest.raises(DataError, match="`stability` must be certified"):
        error_bound(unstable, certify(unstable), np.ones(3), np.ones(3))
    for ask in (
        lambda: lyapunov_function(other, proof, np.ones(3)),
        lambda: error_bound(other, proof, np.ones(3), np.ones(3)),
        lambda: response_bound(other, proof, np.ones(3)),
    ):
        with pytest.raises(DataError, match="does not make this circuit's matrix negative definite"):
            ask()
    with pytest.raises(DataError, match="it has 3 units, the circuit 1"):
        response_bound(RateCircuit([[0.1]]), proof, np.ones(1))
    with pytest.raises(DataError, match="their digests differ"):
        lyapunov_function(other, contraction(circuit, 0.0), np.ones(3))
    with pytest.raises(DataError, match="firing-rate form in continuous time"):
        lyapunov_function(circuit, contraction(circuit, 0.0, step_s=0.1), np.ones(3))
    with pytest.raises(DataError, match="must be a result of `certify` or `contraction`, got str"):
        lyapunov_function(circuit, "yes", np.ones(3))


def test_delays_are_refused_for_time_but_not_for_equilibria():
    delayed = RateCircuit(WEIGHTS, "relu", delay=np.full((3, 3), 0.1))
    proof = certify(delayed)
    with pytest.raises(DataError, match="must have no delays"):
        lyapunov_function(delayed, proof, np.ones(3))
    x = steady_states(delayed, np.ones((1, 3)))[0]
    away = np.array([0.1, 0.0, 0.0])
    assert error_bound(delayed, proof, x + away, np.ones(3)) >= 0.1


def test_bounds_take_batches():
    circuit = RateCircuit(WEIGHTS, "tanh")
    proof = certify(circuit)
    assert error_bound(circuit, proof, np.zeros((4, 2, 3)), np.ones(3)).shape == (4, 2)
    assert response_bound(circuit, proof, np.ones((5, 3))).shape == (5,)
    assert error_bound(circuit, proof, steady_state(circuit, np.ones(3)).rates[0], np.ones(3)) < 1e-9
    with pytest.raises(DataError, match="`change` must be finite"):
        response_bound(circuit, proof, [np.nan, 0, 0])


@pytest.mark.parametrize("sharpen", [False, True])
def test_the_error_bound_holds_and_is_close_where_scalings_differ_much(sharpen):
    weights = np.array([[0.0, 10.0], [-0.01, 0.0]])
    circuit = RateCircuit(weights, "identity")
    proof = certify(circuit, sharpen=sharpen)
    x = np.linalg.solve(np.eye(2) - weights, np.array([0.0, 1.0]))  # input 0: the equilibrium is 0
    np.testing.assert_allclose(circuit.residual(x, np.zeros(2)), [0.0, 1.0], atol=1e-12)
    bound = error_bound(circuit, proof, x, np.zeros(2))
    assert np.linalg.norm(x) <= bound <= 4 * np.linalg.norm(x)
    scaled = (proof.scaling.max() / proof.scaling.min()) ** 0.5
    assert scaled > 3
    assert np.linalg.norm(x) > 1 + (bound - 1) / scaled  # taking the wrong end of q would break it
