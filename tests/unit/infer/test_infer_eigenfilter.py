"""The eigenvalue filter: step by step as described, and what it does to noise and to a common signal."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.infer import EigenvalueFilter


def mixture(seed, n_samples=300, n_units=9):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_samples, n_units)) * np.linspace(1, 3, n_units)
    x[:, :4] += 2 * rng.normal(size=(n_samples, 1))
    return x


@pytest.mark.parametrize("null", ["correlation", "covariance"])
def test_eigenfilter_follows_its_description(null):
    x = mixture(0)
    config = EigenvalueFilter(shuffles=15, null=null, seed=3)
    got = config.apply(x, window=2)
    rng = stream(3, "eigenvalue_filter", 2)
    z = x - x.mean(0)
    if null == "correlation":
        z /= z.std(0)
    pool = []
    for _ in range(15):
        mixed = rng.permuted(z, axis=0)
        pool.extend(np.linalg.eigvalsh(np.corrcoef(mixed.T) if null == "correlation" else np.cov(mixed.T)))
    low, high = np.percentile(pool, (2.5, 97.5))
    value, vector = np.linalg.eigh(np.corrcoef(x.T))
    rebuilt = sum(v * np.outer(e, e) for v, e in zip(value, vector.T, strict=True) if v < low or v > high)
    d = np.sqrt(np.diag(rebuilt))
    np.testing.assert_allclose(got, rebuilt / np.outer(d, d), atol=1e-12)


def test_eigenfilter_drops_noise_and_keeps_a_common_signal():
    x = mixture(1)
    config = EigenvalueFilter(shuffles=50)
    kept, raw = config.apply(x), np.corrcoef(x.T)
    np.testing.assert_array_equal(kept, kept.T)
    np.testing.assert_array_equal(kept.diagonal(), 1.0)
    assert kept[:4, :4].mean() > raw[:4, :4].mean()
    low, high = config.bounds(x)
    assert low < 1 < high < np.linalg.eigvalsh(raw)[-1]
    noise = np.random.default_rng(2).normal(size=(2000, 6))
    # With the whole pool as the range, noise leaves it once in 25 draws; this is not one of them.
    blank = EigenvalueFilter(shuffles=50, lower=0, upper=100).apply(noise)
    assert np.isnan(blank).all()


def test_eigenfilter_repeats_itself_and_is_its_own_per_window():
    x = mixture(3)
    config = EigenvalueFilter(shuffles=5)
    np.testing.assert_array_equal(config.apply(x), config.apply(x))
    assert config.bounds(x, window=0) != config.bounds(x, window=1)


def test_eigenfilter_messages():
    with pytest.raises(DataError, match="unit 1 is constant over 4"):
        EigenvalueFilter().apply(np.column_stack([np.arange(4.0), np.ones(4)]))
    with pytest.raises(ConfigError, match="`lower` must be below `upper`, got 60 and 40"):
        EigenvalueFilter(lower=60, upper=40)
    with pytest.raises(ConfigError, match="Unknown `null` 'cov'"):
        EigenvalueFilter(null="cov")
