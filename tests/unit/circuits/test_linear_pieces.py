"""Circuits of straight pieces as complementarity problems, and points on singular pieces."""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay.circuits import RateCircuit, activation
from interplay.circuits.linear_pieces import by_complementarity, feasible_point, kinks

KINDS = ["identity", "relu", "clip", "threshold_linear", "leaky_relu", "soft_threshold"]


def test_kinks():
    found = {kind: kinks(activation(kind, **oracle.PARAMETERS.get(kind, {}))) for kind in [*KINDS, "tanh", "power"]}
    assert found == {
        "identity": [],
        "relu": [0.0],
        "clip": [0.0, 1.0],
        "threshold_linear": [0.3],
        "leaky_relu": [0.0],
        "soft_threshold": [-0.4, 0.4],
        "tanh": [],
        "power": [],
    }


def test_the_answer_is_an_equilibrium_without_refinement():
    rng = np.random.default_rng(0)
    for _ in range(20):
        order = rng.permutation(KINDS)
        phi = [activation(kind, **oracle.PARAMETERS.get(kind, {})) for kind in order]
        circuit, u = RateCircuit(rng.normal(size=(6, 6)) * 0.15, phi), rng.normal(size=6) * 2
        x = by_complementarity(circuit, u)
        assert circuit.residual(x, u) == pytest.approx(np.zeros(6), abs=1e-11)


def test_what_cannot_be_written_down_or_solved():
    assert by_complementarity(RateCircuit([[2.0]]), np.array([1.0])) is None
    # The identity with weight 1 onto itself: no slope, no solution.
    assert by_complementarity(RateCircuit([[1.0]], "identity"), np.array([1.0])) is None


def test_points_on_a_singular_piece_lie_inside_it():
    w, u = np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2)
    ends = np.array([[0.0, 1.0], [0.0, 1.0]])
    point = feasible_point(np.eye(2) - w, u, w, u, ends)
    assert point == pytest.approx([0.5, 0.5])
    assert feasible_point(np.eye(2) - w, u, w, u, ends + 2.0) == pytest.approx([2.5, 2.5])
    assert feasible_point(np.eye(2) - w, np.array([0.1, 0.0]), w, np.array([0.1, 0.0]), ends) is None
