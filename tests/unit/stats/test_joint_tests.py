"""Many outcomes under the same rearrangements."""

import numpy as np
import pytest
from scipy.special import stdtrit
from tests.oracles import joint_tests as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.stats import benjamini_hochberg, joint_permutation_test, paired_t, permutation_test
from interplay.stats import joint_tests as home


def samples(n=6, m=5, k=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k)), rng.normal(size=(m, k)) + np.linspace(0, 2, k)


def test_signs_agree_with_every_arrangement():
    x, y = samples(6, 6)
    y[:, 3] = x[:, 3] + np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5])  # the same change in all: t has no bound
    y[:, 0] = x[:, 0]
    x[2, 1] = np.nan
    got = joint_permutation_test(x, y)
    t, p, corrected = oracle.paired(x.tolist(), y.tolist())
    np.testing.assert_allclose(got.statistic[:3], t[:3], atol=1e-12)
    assert got.statistic[0] == 0.0
    assert np.isinf(got.statistic[3])
    np.testing.assert_allclose(got.pvalue, p, atol=1e-12)
    np.testing.assert_allclose(got.corrected, corrected, atol=1e-12)
    np.testing.assert_array_equal(got.fdr, benjamini_hochberg(got.pvalue))
    assert got.exact
    assert len(got.null) == 32
    assert got.known.tolist() == [6, 5, 6, 6]


def test_labels_agree_with_every_arrangement():
    x, y = samples(5, 4)
    x[0, 2] = np.nan
    got = joint_permutation_test(x, y, kind="independent")
    t, p, corrected = oracle.independent(x.tolist(), y.tolist())
    np.testing.assert_allclose(got.statistic, t, atol=1e-12)
    np.testing.assert_allclose(got.pvalue, p, atol=1e-12)
    np.testing.assert_allclose(got.corrected, corrected, atol=1e-12)
    assert len(got.null) == 126


def test_one_outcome_is_the_plain_test():
    x, y = samples(7, 7, 1)
    got, plain = joint_permutation_test(x, y), paired_t(x[:, 0], y[:, 0])
    assert got.pvalue[0] == got.corrected[0] == got.fdr[0]
    assert got.pvalue[0] == pytest.approx(permutation_test(x[:, 0], y[:, 0], kind="paired").pvalue)
    for name in ("statistic", "difference", "low", "high", "effect"):
        assert getattr(got, name)[0] == pytest.approx(getattr(plain, name))


def test_welch_interval_and_effect():
    x, y = samples(8, 5, 3)
    got = joint_permutation_test(x, y, kind="independent", resamples=10)
    for k in range(3):
        a, b = x[:, k].var(ddof=1) / 8, y[:, k].var(ddof=1) / 5
        df = (a + b) ** 2 / (a**2 / 7 + b**2 / 4)
        gap = y[:, k].mean() - x[:, k].mean()
        reach = stdtrit(df, 0.975) * np.sqrt(a + b)
        assert (got.low[k], got.high[k]) == pytest.approx((gap - reach, gap + reach))
        assert got.effect[k] == pytest.approx(gap / np.sqrt((8 * a + 5 * b) / 2))


def test_draws_repeat_and_do_not_hang_on_the_size_of_parts(monkeypatch):
    x, y = samples(20, 20)
    for kind in ("paired", "independent"):
        whole = joint_permutation_test(x, y, kind=kind, resamples=199, seed=3)
        monkeypatch.setattr(home, "_CHUNK", 28)
        parts = joint_permutation_test(x, y, kind=kind, resamples=199, seed=3)
        monkeypatch.undo()
        np.testing.assert_allclose(whole.null, parts.null)
        np.testing.assert_array_equal(whole.pvalue, parts.pvalue)
        assert not whole.exact
        assert whole.pvalue.min() >= 1 / 200
        other = joint_permutation_test(x, y, kind=kind, resamples=199, seed=4)
        assert not np.array_equal(whole.null, other.null)
    # The drawn p is that of all arrangements, but for the noise of drawing.
    x, y = samples(8, 8)
    drawn, every = (joint_permutation_test(x, y, resamples=n) for n in (100, 200))
    assert (drawn.exact, every.exact) == (False, True)
    assert np.abs(drawn.corrected - every.corrected).max() < 0.15


def test_largest_statistic_keeps_false_findings_at_their_rate():
    rng = np.random.default_rng(1)
    found = {"one": 0, "any": 0}
    tries = 400
    for _ in range(tries):
        x, y = rng.normal(size=(2, 8, 12))
        got = joint_permutation_test(x, y, resamples=128)
        found["one"] += got.pvalue[0] <= 0.05
        found["any"] += got.corrected.min() <= 0.05
        assert (got.corrected <= 0.05).any() == (np.abs(got.statistic).max() >= got.threshold)
    # 128 arrangements make steps of 1/128: a true 5 % test rejects in 6/128.
    expected = 6 / 128
    slack = 3 * np.sqrt(expected * (1 - expected) / tries)
    assert abs(found["one"] / tries - expected) < slack
    assert abs(found["any"] / tries - expected) < slack


def test_what_is_known_too_rarely_is_not_tested():
    x, y = samples(5, 5)
    x[1:, 0] = np.nan
    got = joint_permutation_test(x, y)
    assert np.isnan([got.pvalue[0], got.corrected[0], got.fdr[0], got.statistic[0], got.low[0]]).all()
    rest = joint_permutation_test(x[:, 1:], y[:, 1:])
    np.testing.assert_array_equal(got.corrected[1:], rest.corrected)
    x, y = samples(4, 3)
    x[0, 0] = np.nan
    x[1:3, 1] = np.nan
    got = joint_permutation_test(x, y, kind="independent")
    assert np.isfinite(got.pvalue).tolist() == [True, False, True, True]


def test_few_subjects_cannot_stand_out():
    x, y = samples(4, 4)
    got = joint_permutation_test(x, y + 100)
    assert got.threshold == np.inf
    assert got.corrected.min() == 1 / 8


def test_inputs_are_kept_and_checked():
    x, y = samples(6, 6)
    copy = x.copy()
    joint_permutation_test(x, y)
    np.testing.assert_array_equal(x, copy)
    with pytest.raises(DataError, match=r"shape .*second|`second` must have shape"):
        joint_permutation_test(x, y[:4])
    with pytest.raises(DataError, match="at least 2 pairs, got 1"):
        joint_permutation_test(x[:1], y[:1])
    with pytest.raises(DataError, match="at least 2 rows in each sample, got 6 and 1"):
        joint_permutation_test(x, y[:1], kind="independent")
    with pytest.raises(ConfigError, match="kind of permutation"):
        joint_permutation_test(x, y, kind="pairs")
    with pytest.raises(ConfigError, match="`level`"):
        joint_permutation_test(x, y, level=1.0)
    y[2, 1] = np.inf
    with pytest.raises(DataError, match=r"`second` must be finite or NaN, got inf at \[2, 1\]"):
        joint_permutation_test(x, y)
