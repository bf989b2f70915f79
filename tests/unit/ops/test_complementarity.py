"""Lemke's algorithm and the test of principal minors."""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay.ops.complementarity import solve_complementarity
from interplay.ops.principal_minors import minors_positive


def test_p_matrices_are_always_solved():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 30):
        for _ in range(10):
            skew = rng.normal(size=(n, n))
            m, q = skew - skew.T + np.diag(rng.random(n) + 0.01), rng.normal(size=n) * 3
            z = solve_complementarity(m, q)
            w = m @ z + q
            assert (z >= 0).all()
            assert (w >= -1e-9).all()
            assert np.minimum(np.abs(z), np.abs(w)).max() < 1e-9


def test_same_as_listing_the_supports():
    rng = np.random.default_rng(1)
    for _ in range(30):
        w, u = rng.normal(size=(4, 4)), rng.normal(size=4)
        z = solve_complementarity(np.eye(4) - w, -u)
        listed = oracle.relu_equilibria(w, u)
        if z is not None:
            assert min(np.abs(z - x).max() for x in listed) < 1e-9
        elif oracle.p_matrix(np.eye(4) - w):
            pytest.fail("a P-matrix must be solved")


def test_degenerate_and_hopeless_problems():
    assert solve_complementarity(np.eye(3), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    # Ties in every row.
    z = solve_complementarity(np.eye(4) + np.ones((4, 4)), -np.ones(4))
    assert z == pytest.approx(np.full(4, 0.2))
    # w = -z - 1 cannot be >= 0.
    assert solve_complementarity(-np.eye(1), -np.ones(1)) is None
    assert solve_complementarity(np.eye(2), -np.ones(2), most_pivots=1) is None


def test_minors_one_by_one():
    rng = np.random.default_rng(2)
    seen = set()
    for _ in range(200):
        m = rng.normal(size=(3, 3)) + np.eye(3)
        assert minors_positive(m) == oracle.p_matrix(m)
        seen.add(minors_positive(m))
    assert seen == {True, False}
    assert not minors_positive(np.array([[1.0, 1.0], [1.0, 1.0 + 1e-15]]))
