"""What diagonal stability must keep: order of units, scaling, transposition, inversion, parts."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.oracles import diagonal_stability as oracle

from interplay.circuits import diagonal_stability, verify
from interplay.ops.diagonal_stability_tests import principal_minors

entries = st.one_of(st.just(0.0), st.floats(-3, 3, width=16), st.sampled_from([1.0, -1.0, 100.0, -100.0]))


@st.composite
def matrices(draw, most=5):
    n = draw(st.integers(1, most))
    a = np.array(draw(st.lists(entries, min_size=n * n, max_size=n * n)), dtype=float).reshape(n, n)
    np.fill_diagonal(a, draw(st.lists(st.sampled_from([-0.5, -1.0, -4.0]), min_size=n, max_size=n)))
    return a


def same(first, second):
    """Equal verdicts, unless one lies on the boundary."""
    assert "undecided" in (first.verdict, second.verdict) or first.verdict == second.verdict


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_every_verdict_holds_exactly(a):
    result = diagonal_stability(a)
    if result.verdict == "certified":
        assert oracle.certifies(a, result.scaling)
        assert oracle.is_p_matrix(-a)
        assert np.isclose(result.scaling.mean(), 1)
    elif result.verdict == "refuted":
        assert oracle.refutes(a, result.dual)
        assert np.isclose(np.trace(result.dual), 1)
    assert verify(result) == (result.verdict != "undecided")


@settings(max_examples=30, deadline=None)
@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_units_and_the_direction_of_weights_do_not_matter(a, random):
    order = list(range(len(a)))
    random.shuffle(order)
    whole = diagonal_stability(a)
    same(whole, diagonal_stability(a[np.ix_(order, order)]))
    same(whole, diagonal_stability(a.T))


@settings(max_examples=30, deadline=None)
@given(matrices(), st.lists(st.integers(-20, 20), min_size=10, max_size=10))
def test_scaling_rows_and_columns_does_not_matter(a, powers):
    n = len(a)
    left, right = np.exp2(powers[:n]), np.exp2(powers[5 : 5 + n])
    same(diagonal_stability(a), diagonal_stability(left[:, None] * a * right))


@settings(max_examples=30, deadline=None)
@given(matrices())
def test_parts_and_more_leak_keep_a_certificate(a):
    result = diagonal_stability(a)
    assume(result.verdict == "certified")
    n = len(a)
    assert diagonal_stability(a - 0.5 * np.eye(n)).verdict == "certified"
    if n > 1:
        assert diagonal_stability(a[1:, 1:]).verdict == "certified"
    assert principal_minors(a)[0] > 0
