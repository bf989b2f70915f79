"""Verdicts of certify against the semidefinite programme that defines diagonal stability, solved by others."""

import numpy as np
import pytest

from interplay._core.rng import stream
from interplay.circuits import diagonal_stability
from interplay.testing.stability_matrices import planted_stability

cvxpy = pytest.importorskip("cvxpy", reason="cvxpy is not installed")


def least_s(matrix, solver="CLARABEL"):
    """The least s with s I - (QA + A'Q) >= 0, sum q = N, q >= 0: below 0 iff A is diagonally stable."""
    n = len(matrix)
    q, s = cvxpy.Variable(n, nonneg=True), cvxpy.Variable()
    form = cvxpy.diag(q) @ matrix
    problem = cvxpy.Problem(cvxpy.Minimize(s), [s * np.eye(n) - (form + form.T) >> 0, cvxpy.sum(q) == n])
    problem.solve(solver=solver)
    return float(s.value)


def greatest_dual(matrix, solver="CLARABEL"):
    """The greatest min diag(AH) over positive semidefinite H of trace 1: above 0 proves that A is not."""
    n = len(matrix)
    h, low = cvxpy.Variable((n, n), PSD=True), cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Maximize(low), [cvxpy.diag(matrix @ h) >= low, cvxpy.trace(h) == 1])
    problem.solve(solver=solver)
    return float(low.value)


def compare(matrices):
    """Check every verdict against both programmes; count those that they decide by more than their accuracy."""
    decided = 0
    for matrix in matrices:
        result = diagonal_stability(matrix)
        assert result.verdict != "undecided"
        s, dual = least_s(matrix), greatest_dual(matrix)
        if min(abs(s), abs(dual)) < 1e-6:
            continue  # within the accuracy of the solver
        decided += 1
        assert (result.verdict == "certified") == (s < 0) == (dual < 0)
    return decided


def matrices(rng, count):
    for k in range(count):
        n = 2 + k % 11
        a = rng.normal(size=(n, n)) * rng.uniform(0.4, 1.4) / np.sqrt(n) * 1.3
        np.fill_diagonal(a, -rng.uniform(0.3, 1.5, n))
        yield a


@pytest.mark.peer
def test_verdicts_agree_with_a_semidefinite_solver_on_a_few():
    assert compare(matrices(stream(0, "peer"), 11)) >= 10


@pytest.mark.slow
@pytest.mark.peer
def test_verdicts_agree_with_a_semidefinite_solver_on_300():
    assert compare(matrices(stream(1, "peer"), 300)) >= 280


@pytest.mark.slow
@pytest.mark.peer
@pytest.mark.parametrize("distance", [0.05, -0.05])
def test_verdicts_agree_with_a_first_order_solver_at_30_units(distance):
    matrix, _, _ = planted_stability(30, stream(2, "peer"), distance, spread=0.0)
    result = diagonal_stability(matrix)
    assert result.verdict == ("certified" if distance > 0 else "refuted")
    s = least_s(matrix, "SCS")
    assert (s < 0) == (distance > 0)
    assert result.margin <= -s / 2 + 1e-3 or distance < 0
