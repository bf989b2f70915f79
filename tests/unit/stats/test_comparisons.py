"""Comparisons of groups against least-squares oracles, published examples and scipy."""

import numpy as np
import pytest
from scipy import stats as sp
from tests.oracles import comparisons as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.stats.comparisons import compare_groups, mixed_anova, paired_t, relative_improvement
from interplay.stats.studentized_range import range_quantile, range_tail

# Student (1908), Biometrika 6:1: extra hours of sleep with two drugs; t = -4.0621 on 9 df, p = 0.002833.
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)
# Dobson (1983), An Introduction to Statistical Modelling, table 7.1: dried weight of plants under three conditions.
PLANTS = {
    "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
}


def test_paired_t_of_students_sleep_data():
    found = paired_t(*SLEEP)
    assert found.statistic == pytest.approx(4.0621, abs=5e-5)
    assert found.df == 9
    assert found.pvalue == pytest.approx(0.002833, abs=5e-7)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)
    assert found.difference == pytest.approx(1.58)
    assert found.effect == pytest.approx(4.0621277 / np.sqrt(10), abs=1e-6)


def test_paired_t_against_sums():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=7), rng.normal(0.5, 2, size=7)
    t, p = oracle.paired(first.tolist(), second.tolist())
    found = paired_t(first, second)
    assert (found.statistic, found.pvalue) == pytest.approx((t, p), rel=1e-8)
    turned = paired_t(second, first)
    assert turned.statistic == pytest.approx(-t)


def test_paired_t_needs_pairs_that_vary():
    with pytest.raises(DataError, match="at least 2 pairs, got 1"):
        paired_t([1.0], [2.0])
    with pytest.raises(NumericalError, match=r"must vary, got 3 times 0\.1"):
        paired_t([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])
    with pytest.raises(DataError, match="must have shape"):
        paired_t([1.0, 2.0], [2.0])


def test_relative_improvement_of_nothing_is_undefined():
    found = relative_improvement([2.0, 0.0, 0.0, 4.0], [3.0, 1.0, 0.0, 1.0])
    assert found[[0, 3]].tolist() == [50.0, -75.0]
    assert np.isnan(found[[1, 2]]).all()


def test_one_way_of_dobsons_plants():
    found = compare_groups(PLANTS, posthoc="tukey")
    assert found.anova.statistic == pytest.approx(4.846, abs=5e-4)
    assert found.anova.pvalue == pytest.approx(0.01591, abs=5e-6)
    assert found.welch.statistic == pytest.approx(5.181, abs=5e-4)
    assert found.welch.df_within == pytest.approx(17.128, abs=5e-4)
    assert found.welch.pvalue == pytest.approx(0.01739, abs=5e-6)
    # Differences, intervals and adjusted p-values as R's TukeyHSD prints them.
    expected = {
        ("ctrl", "trt1"): (0.371, -0.3202161, 1.0622161, 0.3908711),
        ("ctrl", "trt2"): (-0.494, -1.1852161, 0.1972161, 0.1979960),
        ("trt1", "trt2"): (-0.865, -1.5562161, -0.1737839, 0.0120064),
    }
    for pair in found.pairs:
        values = (pair.difference, pair.low, pair.high, pair.pvalue)
        assert values == pytest.approx(expected[pair.first, pair.second], abs=2e-6)


def test_variance_against_model_comparisons():
    rng = np.random.default_rng(5)
    groups = [rng.normal(m, s, size=n) for m, s, n in ((0, 1, 5), (1, 3, 9), (0.5, 0.5, 4), (2, 2, 3))]
    found = compare_groups({str(k): g for k, g in enumerate(groups)})
    assert found.anova.statistic == pytest.approx(oracle.fisher(groups), rel=1e-10)
    assert found.anova.pvalue == pytest.approx(sp.f_oneway(*groups).pvalue, rel=1e-9)
    statistic, df = oracle.welch(groups)
    assert (found.welch.statistic, found.welch.df_within) == pytest.approx((statistic, df), rel=1e-10)
    assert found.counts == (5, 9, 4, 3)


def test_games_howell_against_the_formulae_and_drawing():
    rng = np.random.default_rng(8)
    values = {"a": rng.normal(0, 1, 6), "b": rng.normal(1.2, 4, 15), "c": rng.normal(2.5, 1, 8)}
    for pair in compare_groups(values).pairs:
        one, two = values[pair.first], values[pair.second]
        shares = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
        df = sum(shares) ** 2 / (shares[0] ** 2 / (len(one) - 1) + shares[1] ** 2 / (len(two) - 1))
        q = abs(one.mean() - two.mean()) / np.sqrt(sum(shares) / 2)
        assert pair.pvalue == pytest.approx(oracle.range_tail(q, 3, df), abs=4e-3)
        reach = (pair.high - pair.low) / 2
        assert oracle.range_tail(reach / np.sqrt(sum(shares) / 2), 3, df) == pytest.approx(0.05, abs=2e-3)


def test_two_groups_are_welchs_t():
    rng = np.random.default_rng(2)
    one, two = rng.normal(0, 1, 9), rng.normal(1, 3, 6)
    found = compare_groups({"one": one, "two": two})
    p = sp.ttest_ind(one, two, equal_var=False).pvalue
    assert found.welch.pvalue == pytest.approx(p, rel=1e-9)
    assert found.pairs[0].pvalue == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize(("k", "df"), [(2, 1.0), (3, 1.3), (12, 8.0), (30, 58.0)])
def test_studentized_range_is_scipys(k, df):
    q = np.array([0.0, 0.5, 2.0, 4.0, 30.0])
    assert range_tail(q, k, df) == pytest.approx(sp.studentized_range.sf(q, k, df), abs=1e-8)
    found = float(range_quantile(0.05, k, df))
    assert float(sp.studentized_range.sf(found, k, df)) == pytest.approx(0.05, abs=1e-8)


def test_studentized_range_broadcasts():
    df = np.array([[2.0, 5.0, 9.0]])
    tails = range_tail(np.array([[1.0], [3.0]]), 4, df)
    assert tails.shape == (2, 3)
    assert range_quantile(0.1, 4, df).shape == (1, 3)
    # Vectors may be summed in another order than single numbers.
    assert float(range_tail(3.0, 4, 5.0)) == pytest.approx(tails[1, 1], rel=1e-14)


def test_groups_that_cannot_be_judged_are_named():
    found = compare_groups({"a": [1.0, 2.0], "b": [1.0, 3.0], "single": [2.0], "flat": [0.3, 0.3, 0.1 + 0.2]})
    assert found.groups == ("a", "b")
    assert found.notes == ("single is left out: fewer than 2 values.", "flat is left out: no spread.")
    with pytest.raises(DataError, match="at least 2 groups with 2 different values each, got 1"):
        compare_groups({"a": [1.0, 2.0], "b": []})
    with pytest.raises(ConfigError, match="post-hoc procedure 'tuckey'; did you mean 'tukey'"):
        compare_groups(PLANTS, posthoc="tuckey")


@pytest.mark.parametrize("sizes", [(4, 4), (3, 7), (2, 5, 9), (1, 6)])
@pytest.mark.parametrize("conditions", [2, 3])
def test_mixed_anova_against_model_comparisons(sizes, conditions):
    rng = np.random.default_rng(sum(sizes) + conditions)
    scores = {str(k): rng.normal(k, 1 + k, size=(n, conditions)) for k, n in enumerate(sizes)}
    found = mixed_anova(scores, [f"c{k}" for k in range(conditions)])
    sums = oracle.mixed([one.tolist() for one in scores.values()])
    assert found.between.sum_of_squares == pytest.approx(sums["between"], rel=1e-9)
    assert found.within.sum_of_squares == pytest.approx(sums["within"], rel=1e-9)
    assert found.interaction.sum_of_squares == pytest.approx(sums["interaction"], rel=1e-9)
    subjects, total = sum(sizes) - len(sizes), len(sizes) - 1
    f = (sums["between"] / total) / (sums["subjects"] / subjects)
    assert found.between.statistic == pytest.approx(f, rel=1e-9)
    df = subjects * (conditions - 1)
    assert (found.within.df, found.within.df_error) == (conditions - 1, df)
    assert found.within.statistic == pytest.approx(sums["within"] / (conditions - 1) / (sums["rest"] / df), rel=1e-9)
    assert found.interaction.df == total * (conditions - 1)


def test_mixed_anova_of_two_halves_is_what_it_must_be():
    # With two conditions the interaction is the one-way analysis of differences, the group that of averages.
    rng = np.random.default_rng(1)
    scores = {"a": rng.normal(size=(5, 2)), "b": rng.normal(1, 2, size=(8, 2)), "c": rng.normal(size=(3, 2))}
    found = mixed_anova(scores, ("T1", "T2"))
    gain = compare_groups({k: v[:, 1] - v[:, 0] for k, v in scores.items()}).anova
    level = compare_groups({k: v.mean(axis=1) for k, v in scores.items()}).anova
    assert found.interaction.statistic == pytest.approx(gain.statistic, rel=1e-10)
    assert found.interaction.pvalue == pytest.approx(gain.pvalue, rel=1e-10)
    assert found.between.statistic == pytest.approx(level.statistic, rel=1e-10)
    assert found.counts == (5, 8, 3)


def test_mixed_anova_refuses_what_it_cannot_test():
    with pytest.raises(DataError, match="2 groups and 2 conditions, got 1 and 2"):
        mixed_anova({"a": [[1.0, 2.0], [2.0, 1.0], [0.0, 1.0]]}, ("T1", "T2"))
    with pytest.raises(DataError, match="2 more than groups, got 3 in 2"):
        mixed_anova({"a": [[1.0, 2.0]], "b": [[2.0, 1.0], [0.0, 3.0]]}, ("T1", "T2"))
    with pytest.raises(NumericalError, match="agree exactly"):
        mixed_anova({"a": [[1.0, 2.0]] * 3, "b": [[2.0, 1.0]] * 3}, ("T1", "T2"))
    with pytest.raises(DataError, match="must have shape"):
        mixed_anova({"a": [[1.0, 2.0]], "b": [[2.0, 1.0, 3.0]]}, ("T1", "T2"))
