"""What diagonal stability says whatever the time constants, tried on random circuits.

Statements follow the reconstruction of the theory, checked numerically there on 150 diagonally stable networks with
time constants spread by a log standard deviation of 1.5, none of which failed to come to rest. Here time constants are
uniform on a log scale, up to 20 times apart.
"""

import numpy as np
import pytest

from interplay._core.rng import stream
from interplay.circuits import RateCircuit, certify, diagonally_stable_weights, simulate, steady_state

SPREAD = 1.5


def stable_circuit(rng, n, phi):
    skew, factor = rng.normal(0, 2, (n, n)), rng.normal(0, 0.5, (n, n))
    weights = diagonally_stable_weights(skew, factor, np.exp(rng.normal(0, 0.7, n)), margin=0.05)
    return RateCircuit(weights, phi, np.exp(SPREAD * rng.uniform(-1, 1, n)))


def test_every_linearisation_is_stable_for_all_time_constants():
    rng = stream(0, "linearisations")
    for k in range(150):
        circuit = stable_circuit(rng, 2 + k % 7, "relu")
        for _ in range(10):
            slopes = rng.uniform(0, 1, circuit.n_units) * rng.integers(0, 2, circuit.n_units)
            jacobian = (slopes[:, None] * circuit.weights - np.eye(circuit.n_units)) / circuit.tau[:, None]
            assert np.linalg.eigvals(jacobian).real.max() < 0


@pytest.mark.parametrize("phi", ["relu", "clip", "tanh"])
def test_two_units_come_to_the_same_rest_from_everywhere(phi):
    rng = stream(1, "pairs", phi)
    for _ in range(5):
        circuit = stable_circuit(rng, 2, phi)
        assert "Globally asymptotically stable" in " ".join(certify(circuit).claims)
        drive = rng.normal(0, 2, 2)
        rest = steady_state(circuit, drive).rates[0]
        starts = np.clip(rest + rng.normal(0, 3, (6, 2)), *circuit.activations[0].domain)
        run = simulate(circuit, drive, start=starts, duration_s=200 * circuit.tau.max(), record_every=None)
        np.testing.assert_allclose(run.rates[:, -1], np.broadcast_to(rest, (6, 2)), atol=1e-4)


@pytest.mark.slow
def test_larger_circuits_came_to_rest_too_but_it_is_not_claimed():
    rng = stream(2, "larger circuits")
    for _ in range(20):
        circuit = stable_circuit(rng, 4, "relu")
        assert "lobally" not in " ".join(certify(circuit).claims)
        run = simulate(circuit, rng.normal(0, 2, 4), duration_s=float(500 * circuit.tau.max()), record_every=None)
        assert run.residual[0] < 1e-3
