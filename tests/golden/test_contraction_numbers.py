"""Numbers of contraction and of Lyapunov functions that follow in closed form, or were found by independent programs.

Source: the rows on random matrices, on the skew pair and on symmetric weights are a reconstruction after Gokhale,
Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238, found with general semidefinite solvers; the source's own example
is the skew pair with k = 4.
"""

import numpy as np
import pytest

from interplay.circuits import (
    RateCircuit,
    certify,
    contracting_weights,
    contraction,
    diagonally_stable_weights,
    error_bound,
    lyapunov_function,
    response_bound,
    steady_state,
    verify_contraction,
)


def skew(k):
    return RateCircuit([[0.0, k], [-k, 0.0]])


def test_the_skew_pair_is_diagonally_stable_and_does_not_contract_at_k_4():
    assert certify(skew(4.0)).verdict == "certified"
    found = contraction(skew(4.0))
    assert found.verdict == "refuted"
    assert verify_contraction(skew(4.0), found) > 0


def test_the_skew_pair_contracts_up_to_k_2():
    low, high = 1.0, 4.0
    for _ in range(22):
        middle = 0.5 * (low + high)
        verdict = contraction(skew(middle), 0.0).verdict
        if verdict == "certified":
            low = middle
        else:
            high = middle
    # Tolerance: the edge itself is undecided within rounding of the eigenvalues that decide.
    assert low == pytest.approx(2.0, abs=3e-6)


@pytest.mark.parametrize("k", [0.5, 1.9])
def test_the_skew_pair_contracts_at_rate_1_minus_half_k(k):
    assert contraction(skew(k)).rate == pytest.approx(1 - k / 2, abs=1e-6)


def test_symmetric_weights_contract_iff_the_largest_eigenvalue_is_below_1():
    rng = np.random.default_rng(0)
    verdicts = []
    for _ in range(8):
        weights = rng.normal(size=(4, 4)) * 0.25
        weights = weights + weights.T
        top = np.linalg.eigvalsh(weights)[-1]
        found = contraction(RateCircuit(weights))
        assert found.verdict == ("certified" if top < 1 else "refuted")
        if top < 1:
            assert found.rate == pytest.approx(1 - max(top, 0), abs=1e-6)
        verdicts.append(found.verdict)
    assert {"certified", "refuted"} == set(verdicts)


def test_contraction_is_stronger_than_diagonal_stability():
    """Of 150 random matrices of four units, general solvers found 113 diagonally stable and 111 contracting."""
    rng = np.random.default_rng(3)
    stable = contracting = 0
    for _ in range(16):
        circuit = RateCircuit(rng.normal(size=(4, 4)) * 0.6)
        both = certify(circuit).verdict, contraction(circuit, 0.0).verdict
        assert both != ("refuted", "certified")
        stable += both[0] == "certified"
        contracting += both[1] == "certified"
    assert 0 < contracting <= stable < 16


def test_both_constructions_always_verify():
    rng = np.random.default_rng(4)
    for n in (2, 3, 6):
        tau, slope = rng.uniform(0.5, 2, n), rng.uniform(0.5, 2, n)
        q = np.exp(rng.normal(size=n))
        weights, metric = contracting_weights(
            rng.normal(size=(n, n)), rng.normal(size=(n, n)), q, rate=0.2, tau=tau, max_slope=slope
        )
        flow = np.diag(1 / tau)
        cross = metric @ flow + weights.T * q
        block = np.block([[-metric @ flow - flow @ metric + 0.4 * metric, cross], [cross.T, -2 * np.diag(q / slope)]])
        assert np.linalg.eigvalsh(block)[-1] < 1e-9
        weights = diagonally_stable_weights(
            rng.normal(size=(n, n)), rng.normal(size=(n, n)), q, margin=0.1, max_slope=slope
        )
        product = q[:, None] * (weights - np.diag(1 / slope))
        assert np.linalg.eigvalsh(product + product.T)[-1] <= -0.2 + 1e-12


@pytest.mark.parametrize("phi", ["relu", "clip", "tanh"])
def test_the_lyapunov_function_falls_faster_than_proved(phi):
    rng = np.random.default_rng(5)
    seen = 0
    for n in (2, 5, 8):
        weights = diagonally_stable_weights(
            rng.normal(size=(n, n)) * 3,
            rng.normal(size=(n, n)) / np.sqrt(n),
            np.exp(0.5 * rng.normal(size=n)),
            margin=0.3,
        )
        circuit = RateCircuit(weights, phi)
        u = rng.normal(size=n)
        value = lyapunov_function(circuit, certify(circuit), u)
        x = rng.normal(size=(3, n)) * 2
        dt = 0.04
        before = first = value(x)
        for _ in range(150):
            a = circuit.field(x, u)
            b = circuit.field(x + dt / 2 * a, u)
            c = circuit.field(x + dt / 2 * b, u)
            x = x + dt / 6 * (a + 2 * b + 2 * c + circuit.field(x + dt * c, u))
            after = value(x)
            assert (after <= before * np.exp(-value.rate * dt) + 1e-10 * (1 + first)).all()
            before = after
            seen += 1
    assert seen == 450


def test_bounds_on_equilibria_are_never_violated():
    rng = np.random.default_rng(6)
    for _ in range(20):
        n = int(rng.integers(2, 7))
        weights = diagonally_stable_weights(
            rng.normal(size=(n, n)), rng.normal(size=(n, n)), np.exp(0.5 * rng.normal(size=n)), margin=0.05
        )
        circuit = RateCircuit(weights, "relu")
        proof = certify(circuit)
        u, other = rng.normal(size=(2, n))
        here, there = steady_state(circuit, u).rates[0], steady_state(circuit, other).rates[0]
        assert np.linalg.norm(here - there) <= response_bound(circuit, proof, other - u) * (1 + 1e-9)
        assert response_bound(circuit, proof, other - u) <= proof.lipschitz * np.linalg.norm(other - u) * (1 + 1e-9)
        x = here + rng.normal(size=(5, n)) * 10.0 ** rng.uniform(-6, 1, (5, 1))
        bound = error_bound(circuit, proof, x, u)
        apart = np.linalg.norm(x - here, axis=1)
        assert (apart <= bound * (1 + 1e-9)).all()
        usual = (1 + proof.lipschitz * np.linalg.norm(weights, 2)) * np.linalg.norm(circuit.residual(x, u), axis=1)
        assert (bound <= usual * (1 + 1e-9)).all()
