"""The noise of LIF units: an oracle in whole numbers, its law, and who gets which number."""

import numpy as np
import pytest
import torch
from scipy import special, stats

from interplay._core.errors import ConfigError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets import lif
from interplay.spiking.nets.lif_noise import step_normals, step_uniform

LOW, ALL = 2**32 - 1, 2**64 - 1


def mixed(word):
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & ALL
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & ALL
    return word ^ (word >> 31)


def expected(seed, step, place):
    """Follow the definition in Python's integers."""
    golden = 0x9E3779B97F4A7C15
    word = mixed(mixed((seed + golden) & ALL))
    word = mixed(word ^ mixed((step + golden) & ALL))
    x = (place * 0x9E3779B9 & LOW) ^ (word & LOW)
    x = (x ^ (x >> 16)) * 0x7FEB352D & LOW
    x = x ^ (word >> 32)
    x = (x ^ (x >> 15)) * 0x846CA68B & LOW
    return ((x ^ (x >> 16)) >> 8) / 2**24


def drawn(seed, step, batch=40, n=500):
    return step_uniform(seed, step, torch.empty(batch, n, dtype=torch.float64)).numpy()


@pytest.mark.parametrize(("seed", "step"), [(0, 0), (7, 3), (2**64 - 1, 10**6), (2**40, 1)])
def test_it_is_the_hash_that_it_is_said_to_be(seed, step):
    batch, n = 3, 50
    found = drawn(seed, step, batch, n)
    for b in range(batch):
        for k in range(n):
            assert found[b, k] == expected(seed, step, b * n + k)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_compiled_kernel_draws_the_same_numbers(dtype):
    """A unit fires where u < P: P just above and just below u tells what u was."""
    uniform = torch.stack([step_uniform(11, t, torch.empty(4, 30, dtype=torch.float64)) for t in range(5)])
    rule, decay = UnitRule(), torch.zeros(30, dtype=dtype)
    for shift, fires in ((1e-4, 1.0), (-1e-4, 0.0)):
        p = (uniform + shift).clamp(1e-6, 1 - 1e-6)
        inside = (uniform > 2e-4) & (uniform < 1 - 2e-4)
        current = 1 + torch.from_numpy(special.ndtri(p.numpy()))
        spikes, _ = lif(current.to(dtype), decay=decay, rule=rule, seed=11)
        assert (spikes[inside] == fires).all()


def test_numbers_are_uniform():
    found = np.concatenate([drawn(seed, step).ravel() for seed in (0, 1) for step in range(10)])
    assert found.min() >= 0
    assert found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 1e-3
    # Low bits too.
    for bit in range(24):
        ones = (found * 2**24).astype(np.int64) >> bit & 1
        assert abs(ones.mean() - 0.5) < 5 * 0.5 / np.sqrt(len(ones))


def correlation(a, b):
    return abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) * np.sqrt(a.size)


def test_steps_seeds_units_and_samples_are_independent():
    first = drawn(3, 5)
    for other in (drawn(3, 6), drawn(3, 7), drawn(4, 5), drawn(4, 4), drawn(3 + 2**32, 5), drawn(5, 3)):
        assert correlation(first, other) < 4.5
        assert not np.isin(first.ravel()[:100], other).all()
    for shift in (1, 2, 16, 499):
        assert correlation(first[:, :-shift], first[:, shift:]) < 4.5
    assert correlation(first[:-1], first[1:]) < 4.5
    # Over time: one unit's numbers, and those of two units side by side.
    series = np.stack([drawn(9, t, 1, 8)[0] for t in range(4000)])
    for lag in (1, 2, 3):
        assert correlation(series[:-lag, 0], series[lag:, 0]) < 4.5
    matrix = np.corrcoef(series.T) - np.eye(8)
    assert np.abs(matrix).max() * np.sqrt(4000) < 4.5
    # And jointly: the pair of two steps fills the square evenly.
    counts = np.histogram2d(drawn(1, 0).ravel(), drawn(1, 1).ravel(), bins=16, range=[[0, 1]] * 2)[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_within_a_step_no_number_comes_twice_by_place():
    """The map of places is a bijection of 32 bits; 24 of them are kept."""
    found = (drawn(0, 0, 64, 1024).ravel() * 2**24).astype(np.int64)
    n = len(found)
    repeated = n - len(np.unique(found))
    assert repeated < 2 * n * n / 2**25


def test_a_sample_gets_the_numbers_of_its_place():
    """Place b N + n: another number of samples changes nothing for those before; another width changes all."""
    wide, narrow = drawn(2, 1, 6, 20), drawn(2, 1, 4, 20)
    np.testing.assert_array_equal(wide[:4], narrow)
    np.testing.assert_array_equal(drawn(2, 1, 3, 40).ravel(), wide.ravel())
    rule, decay = UnitRule(gradient="half"), torch.full((20,), 0.8)
    current = torch.randn(7, 6, 20, generator=torch.Generator().manual_seed(0))
    spikes, _ = lif(current, decay=decay, rule=rule, seed=2)
    fewer, _ = lif(current[:, :4], decay=decay, rule=rule, seed=2)
    assert torch.equal(spikes[:, :4], fewer)
    again, _ = lif(current, decay=decay, rule=rule, seed=2)
    assert torch.equal(spikes, again)
    other, _ = lif(current, decay=decay, rule=rule, seed=3)
    assert not torch.equal(spikes, other)


def test_a_seed_out_of_range_is_refused():
    for seed in (-1, 2**64):
        with pytest.raises(ConfigError, match="seed"):
            step_uniform(seed, 0, torch.empty(1, 1))


def test_normal_numbers_of_steps_are_keyed_by_the_step():
    like = torch.empty(20, 4, 50)
    whole = step_normals(5, 0, like)
    assert torch.equal(torch.cat([step_normals(5, 0, like[:7]), step_normals(5, 7, like[7:])]), whole)
    assert not torch.equal(step_normals(6, 0, like), whole)
    assert stats.kstest(whole.numpy().ravel(), "norm").pvalue > 1e-3
    assert correlation(whole[:-1].numpy(), whole[1:].numpy()) < 4.5
