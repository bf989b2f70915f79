import numpy as np
import pytest
from tests.oracles import stats as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.stats import permutation_test


def test_exact_enumeration_equals_the_oracle():
    rng = np.random.default_rng(0)
    for n, m in ((3, 3), (2, 5), (4, 3)):
        x, y = rng.normal(size=n), rng.normal(size=m) + 0.7
        result = permutation_test(x, y)
        assert result.exact
        assert result.pvalue == pytest.approx(oracle.exact_independent(x, y))


def test_known_small_answers():
    assert permutation_test([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]).pvalue == pytest.approx(2 / 20)
    assert permutation_test([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], kind="paired").pvalue == pytest.approx(2 / 8)
    assert permutation_test(np.arange(5.0), np.arange(5.0), kind="correlation").pvalue == pytest.approx(2 / 120)
    one = permutation_test([1.0, 2.0, 3.0], [7.0, 8.0, 9.0], alternative="less")
    assert one.pvalue == pytest.approx(1 / 20)


def test_drawn_pvalue_counts_the_data_and_is_never_zero():
    result = permutation_test(np.arange(20.0), 50 + np.arange(20.0), resamples=99)
    assert not result.exact
    assert len(result.null) == 99
    assert result.pvalue == pytest.approx(2 / 100)


@pytest.mark.parametrize("kind", ["independent", "paired", "correlation"])
def test_no_effect_is_found_at_the_nominal_rate(kind):
    rng = np.random.default_rng(2)
    p = [
        permutation_test(rng.normal(size=12), rng.normal(size=12), kind=kind, resamples=99, seed=k).pvalue
        for k in range(300)
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_an_own_statistic_is_used_and_the_seed_decides():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=15), rng.normal(size=15)
    a, b = (permutation_test(x, y, statistic=lambda u, v: float(np.median(u) - np.median(v)), seed=5) for _ in range(2))
    assert a.statistic == np.median(x) - np.median(y)
    assert np.array_equal(a.null, b.null)
    assert not np.array_equal(a.null, permutation_test(x, y, seed=6).null)


def test_permutation_errors_say_what_to_do():
    with pytest.raises(NumericalError, match="A constant sample has no correlation"):
        permutation_test([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], kind="correlation")
    with pytest.raises(DataError, match=r"`y` must have shape \(n=3\), got \(2,\)"):
        permutation_test([1.0, 2.0, 3.0], [1.0, 2.0], kind="paired")
    with pytest.raises(ConfigError, match="did you mean 'paired'"):
        permutation_test([1.0], [2.0], kind="pared")
    with pytest.raises(ConfigError, match="Unknown alternative"):
        permutation_test([1.0], [2.0], alternative="more")
    with pytest.raises(DataError, match="`x` must be finite"):
        permutation_test([np.nan], [2.0])
    with pytest.raises(DataError, match="at least 3"):
        permutation_test([1.0, 2.0], [2.0, 1.0], kind="correlation")
