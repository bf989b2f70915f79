import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.rng import stream
from interplay.stats import bootstrap_interval
from interplay.stats.bootstrap import block_resamples


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_intervals_of_a_normal_mean_cover_at_their_level(method):
    rng = np.random.default_rng(0)
    hits = 0
    for k in range(250):
        found = bootstrap_interval(rng.normal(size=50), method=method, resamples=300, seed=k)
        hits += found.low <= 0 <= found.high
    assert 0.89 <= hits / 250 <= 0.985


def test_blocks_keep_the_dependence_that_single_rows_lose():
    rng = np.random.default_rng(1)
    wide = narrow = 0
    for k in range(120):
        steps = rng.normal(size=300)
        series = np.zeros(300)
        for t in range(1, 300):
            series[t] = 0.8 * series[t - 1] + steps[t]
        for block in (1, 30):
            found = bootstrap_interval(series, method="percentile", block=block, resamples=200, seed=k)
            inside = found.low <= 0 <= found.high
            wide, narrow = (wide + inside, narrow) if block == 30 else (wide, narrow + inside)
    assert narrow / 120 < 0.65
    assert wide / 120 > 0.82


def test_blocks_are_runs_that_wrap_around():
    index = block_resamples(10, 4, 50, stream(0, "x"))
    assert index.shape == (50, 10)
    assert ((np.diff(index[:, :4]) % 10) == 1).all()
    assert ((np.diff(index[:, 4:8]) % 10) == 1).all()
    assert np.array_equal(np.unique(index), np.arange(10))


def test_bca_moves_with_the_skew():
    rng = np.random.default_rng(2)
    values = rng.lognormal(sigma=1.2, size=40)
    plain = bootstrap_interval(values, method="percentile", seed=1)
    bca = bootstrap_interval(values, method="bca", seed=1)
    assert np.array_equal(plain.replicates, bca.replicates)
    assert bca.low > plain.low
    assert bca.high > plain.high


def test_rows_travel_together():
    x = np.arange(30.0)
    pairs = np.column_stack([x, 2 * x])
    found = bootstrap_interval(pairs, lambda rows: np.corrcoef(rows.T)[0, 1], method="percentile", resamples=100)
    assert found.low == pytest.approx(1.0)


def test_bootstrap_errors_say_what_to_do():
    with pytest.raises(DataError, match="at least 2 rows, got 1"):
        bootstrap_interval([1.0])
    with pytest.raises(DataError, match="at least 2 rows, got 0"):
        bootstrap_interval([])
    with pytest.raises(ConfigError, match="`block` must be >= 1 and <= 5, got 6"):
        bootstrap_interval(np.arange(10.0), block=6)
    with pytest.raises(ConfigError, match="did you mean 'bca'"):
        bootstrap_interval(np.arange(10.0), method="bcaa")
    with pytest.raises(DataError, match="must be finite"):
        bootstrap_interval([1.0, np.nan])
    with pytest.raises(NumericalError, match="statistic of the data must be finite"):
        bootstrap_interval(np.arange(5.0), lambda rows: np.nan)
