import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.stats import bootstrap_interval
from interplay.stats.mean_interval import mean_interval


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("n", [2, 5, 30])
def test_it_is_the_bootstrap_interval_of_the_mean(method, n):
    values = np.random.default_rng(n).exponential(size=n)
    slow = bootstrap_interval(values, method=method, resamples=500, seed=4)
    fast = mean_interval(values, method=method, resamples=500, seed=4)
    assert (fast.estimate, fast.low, fast.high) == pytest.approx((slow.estimate, slow.low, slow.high), rel=1e-12)
    np.testing.assert_allclose(fast.replicates, slow.replicates, rtol=1e-13)


def test_equal_values_have_a_point():
    found = mean_interval([0.5] * 6)
    assert (found.low, found.estimate, found.high) == (0.5, 0.5, 0.5)


def test_wrong_values_and_settings():
    with pytest.raises(DataError, match="at least 2 values, got 1"):
        mean_interval([1.0])
    with pytest.raises(DataError, match="must be finite"):
        mean_interval([1.0, np.nan])
    with pytest.raises(ConfigError, match="`level`"):
        mean_interval([1.0, 2.0], level=1.0)
    with pytest.raises(ConfigError, match="`resamples`"):
        mean_interval([1.0, 2.0], resamples=10)
