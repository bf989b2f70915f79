"""Numbers of the game between rate units that any implementation must give.

Source: derived from the rate equations and checked numerically when this room was designed, with other code than this;
the paper whose abstract names the game (arXiv 2512.05252) was not readable, and nothing here is transcribed from it.
"""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay.circuits import (
    ACTIVATIONS,
    RateCircuit,
    activation,
    all_equilibria,
    asymmetry,
    energies,
    game,
    nash_gap,
    potential_value,
    steady_state,
)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_phi_is_the_proximal_operator_of_its_cost(kind):
    """Within 1e-7, on 60 inputs, the minimum found by golden section on E_act(y) + (y - z)^2 / 2."""
    phi = activation(kind, **oracle.PARAMETERS.get(kind, {}))
    z = np.random.default_rng(0).normal(size=60) * 2
    low, high = (np.full(60, max(min(e, 40.0), -40.0)) for e in phi.domain)
    for _ in range(120):
        a, b = low + 0.381966011 * (high - low), high - 0.381966011 * (high - low)
        # Differences of costs lose half of the digits near the minimum: compare slopes by a wider pair at the end.
        left = phi.cost(a) + 0.5 * (a - z) ** 2 < phi.cost(b) + 0.5 * (b - z) ** 2
        low, high = np.where(left, low, a), np.where(left, b, high)
    assert 0.5 * (low + high) == pytest.approx(phi(z), abs=1e-7)


def test_a_hundred_equilibria_are_nash():
    """Random circuits of five units over all activations, own costs convex: the largest gap is rounding."""
    rng = np.random.default_rng(2)
    worst = []
    for k in range(100):
        kind = list(oracle.PHI)[k % 10]
        phi = activation(kind, **oracle.PARAMETERS.get(kind, {}))
        w = rng.normal(size=(5, 5)) * 0.3
        np.fill_diagonal(w, np.minimum(np.diagonal(w), 1 / phi.max_slope))
        circuit, u = RateCircuit(w, phi), rng.normal(size=5)
        worst.append(nash_gap(circuit, steady_state(circuit, u).rates[0], u).max())
    assert max(worst) < 1e-13


def test_the_stable_state_that_is_no_nash_equilibrium():
    """clip[0, 1], W = [[1.5, -2], [2, -0.5]], u = (1, 0): gap 0.0725 of E, 0 of I, eigenvalues -0.5 +- 1.732i."""
    circuit = RateCircuit([[1.5, -2.0], [2.0, -0.5]], "clip")
    one = steady_state(circuit, [1.0, 0.0])
    assert one.rates[0] == pytest.approx([6 / 13, 8 / 13], abs=1e-12)
    assert one.eigenvalues[0] == pytest.approx([-0.5 + 1.732j, -0.5 - 1.732j], abs=5e-4)
    seen = game(circuit, one.rates[0], [1.0, 0.0])
    assert seen.nash_gap == pytest.approx([0.0725, 0.0], abs=5e-5)
    assert seen.stable
    assert not seen.nash
    assert "Inhibition-stabilised" in seen.verdict


@pytest.mark.parametrize(
    ("w_ee", "rates", "cost"),
    [(0.5, [0.189, 0.253], [-0.0090, -0.0479]), (1.5, [0.277, 0.369], [0.0192, -0.1022])],
)
def test_energies_of_an_excitatory_and_an_inhibitory_unit(w_ee, rates, cost):
    """w_EI = w_IE = 2, w_II = 0.5, u = (0.6, 0): E's cost at rest changes its sign with 1 - w_EE."""
    pair = RateCircuit.of_blocks(w_ee, 2.0, 2.0, 0.5)
    x = steady_state(pair, [0.6, 0.0]).rates[0]
    assert x == pytest.approx(rates, abs=5e-4)
    assert energies(pair, x, [0.6, 0.0]).total == pytest.approx(cost, abs=5e-5)
    assert game(pair, x, [0.6, 0.0]).nash == (w_ee < 1)


@pytest.mark.parametrize(
    ("w_ee", "u_e", "stable"),
    [
        (0.5, 0.5, [[0.05, 0.16]]),
        (1.9, 0.5, [[0.06, 0.19]]),
        (3.0, 0.5, []),
        (3.6, 0.5, [[1.0, 1.0]]),
        (4.3, 0.5, [[1.0, 1.0]]),
        (4.1, -0.2, [[0.0, 0.0]]),
        (4.3, -0.2, [[0.0, 0.0], [1.0, 1.0]]),
    ],
)
def test_stable_states_of_a_saturating_pair(w_ee, u_e, stable):
    """clip[0, 1], w_EI = w_IE = 3, w_II = 0. Cycles, which are no equilibria, are not seen here."""
    found = all_equilibria(RateCircuit.of_blocks(w_ee, 3.0, 3.0, 0.0, "clip"), [u_e, 0.0])
    assert found.complete
    assert found.rates[found.stable] == pytest.approx(np.array(stable).reshape(-1, 2), abs=5e-3)


def test_diagonal_stability_gives_one_nash_equilibrium():
    """W = I + Q^-1 (K - M): I - W is a P-matrix, the pseudo-gradient strictly monotone under Q, own costs convex."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        n = 4
        q, half, skew = np.exp(rng.normal(size=n)), rng.normal(size=(n, n)), rng.normal(size=(n, n))
        w = np.eye(n) + (skew - skew.T - half @ half.T - 0.1 * np.eye(n)) / q[:, None]
        circuit, u = RateCircuit(w), rng.normal(size=n)
        assert oracle.p_matrix(np.eye(n) - w)
        assert (np.diagonal(w) < 1).all()
        found = all_equilibria(circuit, u)
        assert found.complete
        assert len(found.rates) == 1
        assert found.rates == pytest.approx(np.array(oracle.relu_equilibria(w, u)), abs=1e-9)
        assert game(circuit, found.rates[0], u).nash
        assert steady_state(circuit, u).complete
        x, y = rng.normal(size=(2, 50, n))
        change = (x - y) @ (np.eye(n) - w).T
        assert ((x - y) * q * change).sum(axis=1).min() > 0


def test_symmetric_weights_have_asymmetry_0_and_a_falling_potential():
    rng = np.random.default_rng(7)
    w = rng.normal(size=(5, 5)) * 0.3
    circuit, u = RateCircuit(w + w.T, "tanh"), rng.normal(size=5)
    assert asymmetry(circuit.weights) == 0.0
    x = circuit.rates(rng.normal(size=(20, 5)))
    values = []
    for _ in range(300):
        values.append(potential_value(circuit, x, u))
        x = x + 0.02 * circuit.field(x, u)
    assert (np.diff(values, axis=0) <= 1e-13).all()
