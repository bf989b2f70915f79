"""Circuit fits: signed problems meet their conditions, and units of measure do not matter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Recording, Series
from interplay.circuits import CircuitFit
from interplay.ops.signed_regression import signed_quadratic


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 40))
def test_solution_of_a_signed_problem_meets_the_conditions_of_an_optimum(seed, n, rows):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rows, n)), rng.normal(size=rows)
    sign = rng.integers(-1, 2, size=n)
    low, high = np.where(sign > 0, 0.0, -np.inf), np.where(sign < 0, 0.0, np.inf)
    w = np.zeros(n)
    signed_quadratic(x.T @ x, x.T @ y, low, high, w)
    slope = x.T @ (x @ w - y)
    tolerance = 1e-6 * (1 + np.abs(x.T @ y).max())
    assert ((low <= w) & (w <= high)).all()
    inside = (w > low) & (w < high)
    assert np.abs(slope[inside]).max(initial=0.0) <= tolerance
    assert (slope[w == low] >= -tolerance).all()
    assert (slope[w == high] <= tolerance).all()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100.0), st.floats(0.1, 10.0))
def test_units_of_rate_and_of_time_do_not_change_weights(seed, rate, pace):
    rng = np.random.default_rng(seed)
    x = np.abs(rng.normal(size=(200, 3)).cumsum(axis=0) * 0.1)

    def fitted(values, dt_s):
        config = CircuitFit(tau_s=4 * dt_s, window_s=200 * dt_s, draws=3, block_s=20 * dt_s)
        return config.fit(Recording(traces=Series.regular(values, dt_s=dt_s)))

    one, two = fitted(x, 0.1), fitted(rate * x, 0.1 * pace)
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-4)
    np.testing.assert_allclose(one.low, two.low, atol=1e-4)
    np.testing.assert_allclose(rate * one.drive, two.drive, rtol=1e-3, atol=1e-4 * rate)
    assert one.sign.tolist() == two.sign.tolist()
