"""The weight of least mean squared error over n samples of a quadratic loss, in closed form, as the page gives it."""

import numpy as np
import pytest

from interplay.spiking.estimators import predicted_bias, predicted_variance


def best_weight(chance, upper, lower, n):
    """Where the derivative of bias² + variance / n is 0."""
    rise, pull = upper - lower, upper**2 / chance + lower**2 / (1 - chance)
    return (n * rise**2 / 2 + lower**2 / (1 - chance) + lower * rise) / ((n - 1) * rise**2 + pull)


@pytest.mark.parametrize("n", [1, 10, 1000])
def test_no_weight_has_less_error_than_the_closed_form(n):
    rng = np.random.default_rng(0)
    grid = np.linspace(0, 1, 20_001)
    inside = 0
    for _ in range(20):
        chance, upper, lower = rng.uniform(0.05, 0.95), rng.normal(), rng.normal()
        bias = predicted_bias(grid, 0.3, upper - lower)
        error = bias**2 + predicted_variance(grid, chance, 0.3, upper, lower) / n
        best = best_weight(chance, upper, lower, n)
        if 0 <= best <= 1:
            inside += 1
            assert grid[np.argmin(error)] == pytest.approx(best, abs=1e-3)
    assert inside > 10


def test_the_best_weight_is_st_on_linear_losses_and_half_where_many_samples_are_averaged():
    for n in (1, 10, 1000):
        assert best_weight(0.2, 1.3, 1.3, n) == pytest.approx(0.2)
    assert best_weight(0.2, 1.3, -0.4, 1e9) == pytest.approx(0.5)
    # It need not lie between 1/2 and P.
    assert best_weight(0.5, 1.0, 0.0, 1) == pytest.approx(0.25)
