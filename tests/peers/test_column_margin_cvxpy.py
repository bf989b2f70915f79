"""The column's margins of diagonal stability, by semidefinite programming.

Source: a reconstruction from the abstract of arXiv 2512.05252. The printed numbers are the largest t with
diag(q) A + A' diag(q) + t I negative semidefinite and q of mean 1: twice the margin as the library defines it.
"""

import numpy as np
import pytest

from interplay.circuits import CorticalColumn

pytestmark = pytest.mark.peer


@pytest.mark.parametrize(("feedback", "slack"), [(0.0, 0.0312), (0.05, 0.0097)])
def test_feedback_eats_the_margin(feedback, slack):
    cp = pytest.importorskip("cvxpy", reason="cvxpy is not installed")
    a = CorticalColumn(4, feedback=feedback).circuit().stability_matrix
    n = len(a)
    q, t = cp.Variable(n), cp.Variable()
    lyapunov = cp.diag(q) @ a + a.T @ cp.diag(q)
    cp.Problem(cp.Maximize(t), [lyapunov + t * np.eye(n) << 0, cp.sum(q) == n, q >= 1e-6]).solve(solver="CLARABEL")
    assert t.value == pytest.approx(slack, abs=5e-5)


def test_feedback_of_a_tenth_leaves_none():
    cp = pytest.importorskip("cvxpy", reason="cvxpy is not installed")
    a = CorticalColumn(4, feedback=0.1).circuit().stability_matrix
    n = len(a)
    q, t = cp.Variable(n), cp.Variable()
    lyapunov = cp.diag(q) @ a + a.T @ cp.diag(q)
    cp.Problem(cp.Maximize(t), [lyapunov + t * np.eye(n) << 0, cp.sum(q) == n, q >= 1e-6]).solve(solver="CLARABEL")
    assert t.value < 0
