"""Potentials, their balance conditions, and zero-sum pairs."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import (
    RateCircuit,
    asymmetry,
    energies,
    game,
    potential,
    potential_value,
    zero_sum_split,
)


def balanced(rng, n, sparse=0.6):
    """Weights with d_i W_ij = d_j W_ji, and d."""
    s = rng.normal(size=(n, n)) * (rng.random((n, n)) < sparse)
    s, d = s + s.T, np.exp(rng.normal(size=n))
    return s / d[:, None], d


def test_symmetric_weights_make_an_exact_potential():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(5, 5))
    circuit = RateCircuit(w + w.T, "tanh")
    assert potential(circuit).tolist() == [1.0] * 5
    assert asymmetry(circuit.weights) == 0.0
    x, u = rng.uniform(-0.9, 0.9, (4, 5)), rng.normal(size=5)
    wanted = 0.5 * np.einsum("bi,ij,bj->b", x, np.eye(5) - w - w.T, x) - x @ u + circuit.activation_costs(x).sum(axis=1)
    assert potential_value(circuit, x, u) == pytest.approx(wanted)


def test_a_weighted_potential_is_found_and_any_change_loses_it():
    rng = np.random.default_rng(1)
    for _ in range(30):
        w, _ = balanced(rng, 6)
        found = potential(RateCircuit(w))
        assert found[:, None] * w == pytest.approx((found[:, None] * w).T)
        edges = np.argwhere(np.triu(w != 0, 1))
        for i, j in edges:
            broken = w.copy()
            broken[i, j] *= -1
            assert potential(RateCircuit(broken)) is None
            broken[i, j] = 0.0
            assert potential(RateCircuit(broken)) is None


def test_each_unit_pays_what_the_potential_loses():
    """d_i times the change of unit i's cost, when it alone moves, is the change of the potential."""
    rng = np.random.default_rng(2)
    w, _ = balanced(rng, 5)
    circuit, u = RateCircuit(w, ["relu", "tanh", "clip", "softplus", "identity"]), rng.normal(size=5)
    d = potential(circuit)
    x = rng.uniform(0.1, 0.9, 5)
    for i in range(5):
        moved = x.copy()
        moved[i] = 0.5
        own = energies(circuit, moved, u).total[i] - energies(circuit, x, u).total[i]
        assert potential_value(circuit, moved, u) - potential_value(circuit, x, u) == pytest.approx(d[i] * own)


@pytest.mark.parametrize("phi", ["relu", "tanh", "logistic"])
def test_the_potential_falls_along_trajectories(phi):
    """Whatever the time constants."""
    rng = np.random.default_rng(3)
    w, _ = balanced(rng, 4)
    circuit = RateCircuit(w * 0.5, phi, tau=np.exp(rng.normal(size=4)))
    u = rng.normal(size=4)
    x = circuit.rates(rng.normal(size=(8, 4)))
    values = [potential_value(circuit, x, u)]
    for _ in range(400):
        x = x + 0.01 * circuit.field(x, u)
        values.append(potential_value(circuit, x, u))
    assert (np.diff(values, axis=0) <= 1e-12).all()
    assert (values[0] - values[-1] > 1e-3).any()


def test_no_potential_is_said():
    pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    assert potential(pair) is None
    with pytest.raises(DataError, match=r"asymmetry index is 0\.97"):
        potential_value(pair, [0.1, 0.1], [0.0, 0.0])


def test_kolmogorovs_condition_on_a_cycle():
    """Ratios around the cycle multiply to 1, or there is no potential."""
    w = np.array([[0.0, 2.0, 3.0], [1.0, 0.0, 4.0], [1.0, 1.0, 0.0]])
    # d: 0 -> 1 by 2/1, 1 -> 2 by 4/1, so 0 -> 2 must be 8.
    assert potential(RateCircuit(w)) is None
    w[0, 2] = 8.0
    assert potential(RateCircuit(w)) == pytest.approx(np.array([1.0, 2.0, 8.0]) / 16 ** (1 / 3))
    assert game(RateCircuit(w), [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]).potential == "weighted"


def test_reciprocal_pairs_of_excitation_and_inhibition_are_zero_sum():
    rng = np.random.default_rng(4)
    circuit = RateCircuit.of_blocks(*(rng.random((2, 2)) for _ in range(4)))
    split = zero_sum_split(circuit)
    assert split.pairs.tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]
    for (i, j), (qi, qj) in zip(split.pairs, split.pair_weights, strict=True):
        assert qi * circuit.weights[i, j] + qj * circuit.weights[j, i] == pytest.approx(0.0, abs=1e-15)


def test_one_set_of_player_weights_for_all_pairs():
    """(w_IE, w_EI) for a single pair; they also prove its diagonal stability."""
    pair = RateCircuit.of_blocks(0.5, 2.0, 3.0, 0.5)
    split = zero_sum_split(pair)
    assert split.weights[0] / split.weights[1] == pytest.approx(1.5)
    off = split.common - np.diag(np.diagonal(split.common))
    assert off == pytest.approx(np.zeros((2, 2)), abs=1e-15)
    q = np.diag(split.weights)
    a = pair.weights - np.eye(2)
    assert np.linalg.eigvalsh(q @ a + a.T @ q).max() < 0
    assert split.common + split.conflict == pytest.approx(q @ pair.weights)
    # One-way connections cannot be balanced.
    chain = zero_sum_split(RateCircuit([[0.0, 0.0], [1.0, 0.0]]))
    assert chain.weights is None
    assert len(chain.pairs) == 0
    assert chain.common == pytest.approx(chain.common.T)
    assert chain.conflict == pytest.approx(-chain.conflict.T)


def test_asymmetry_index():
    assert asymmetry([[0.0, 1.0], [-1.0, 0.0]]) == 1.0
    assert asymmetry(np.zeros((3, 3))) == 0.0
    assert asymmetry([[0.0, 1e-300], [0.0, 0.0]]) == pytest.approx(np.sqrt(0.5))
    with pytest.raises(DataError, match=r"`weights` must have shape"):
        asymmetry(np.zeros((2, 3)))
