"""Contraction beside a general semidefinite solver: the same verdicts, both ways."""

import numpy as np
import pytest
from tests.oracles.contraction import semidefinite_feasible

from interplay.circuits import RateCircuit, contraction

pytestmark = pytest.mark.peer
cvxpy = pytest.importorskip("cvxpy", reason="cvxpy is the peer")


def compared(seeds, n):
    verdicts = set()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        weights = rng.normal(size=(n, n)) * 0.7 / np.sqrt(n / 4)
        tau = rng.uniform(0.4, 2.0, n) if seed % 2 else np.ones(n)
        slope = rng.uniform(0.5, 1.5, n) if seed % 3 == 0 else np.ones(n)
        rate = (0.0, 0.1, 0.3)[seed % 3] / tau.max()
        spare = semidefinite_feasible(weights, rate, tau, slope, cvxpy)
        circuit = RateCircuit(slope[:, None] * weights, "relu", tau)
        found = contraction(circuit, rate)
        # P > 0 and q > 0 alone leave the peer's program feasible at 0: only a clear margin says yes.
        if spare > 1e-6:
            assert found.verdict == "certified", seed
        elif spare < 1e-8:
            assert found.verdict != "certified", seed
        verdicts.add(found.verdict)
    assert {"certified", "refuted"} <= verdicts


def test_same_verdicts_as_a_semidefinite_program():
    compared(range(12), 4)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_same_verdicts_as_a_semidefinite_program_at_length(n):
    compared(range(100, 150), n)


@pytest.mark.slow
def test_the_largest_rate_is_that_of_the_program():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = 4
        weights, tau = rng.normal(size=(n, n)) * 0.35, rng.uniform(0.4, 2.0, n)
        found = contraction(RateCircuit(weights, "relu", tau))
        assert semidefinite_feasible(weights, found.rate - 0.01, tau, np.ones(n), cvxpy) > 1e-6
        assert semidefinite_feasible(weights, found.rate_bound + 0.01, tau, np.ones(n), cvxpy) < 1e-7
