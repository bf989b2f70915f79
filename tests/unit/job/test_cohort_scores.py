"""Scores of read-outs against scikit-learn and scipy, on the data and on subjects drawn again."""

import numpy as np
import pytest

from interplay.job.cohort_scores import DRAWS, Judge, interval, subject_weights, weighted_means


def drawn_rows(weights, b):
    return np.repeat(np.arange(weights.shape[1]), weights[b].astype(int))


@pytest.fixture
def numbers():
    rng = np.random.default_rng(0)
    subject = np.array([f"s{k}" for k in np.repeat(np.arange(15), 2)])
    truth = rng.integers(0, 8, 30).astype(float)  # ties
    return truth, np.round(truth + rng.standard_normal(30)), subject


def test_scores_of_numbers_are_those_of_the_repeated_rows(numbers):
    from scipy.stats import spearmanr
    from sklearn.metrics import mean_squared_error, r2_score

    truth, told, subject = numbers
    judge = Judge.of("number", truth, subject, classes=(), scale=2.0, seed=1)
    found = judge.scores(told)
    for b in (0, 1, 7, DRAWS):
        rows = drawn_rows(judge.weights, b)
        assert found["r2"][b] == pytest.approx(r2_score(truth[rows], told[rows]))
        assert found["mse"][b] == pytest.approx(mean_squared_error(truth[rows], told[rows]) / 2.0)
        assert found["rho"][b] == pytest.approx(spearmanr(truth[rows], told[rows]).statistic)


def test_scores_of_classes_are_those_of_the_repeated_rows(numbers):
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    rng = np.random.default_rng(1)
    truth, told = rng.integers(0, 3, 30).astype(float), rng.integers(0, 3, 30).astype(float)
    judge = Judge.of("class", truth, numbers[2], classes=("a", "b", "c"), scale=1.0, seed=0)
    found = judge.scores(told)
    for b in (0, 3, DRAWS):
        rows = drawn_rows(judge.weights, b)
        t, p = truth[rows], told[rows]
        assert found["accuracy"][b] == pytest.approx(accuracy_score(t, p))
        assert found["balanced"][b] == pytest.approx(recall_score(t, p, labels=np.unique(t), average="macro"))
        assert found["f1"][b] == pytest.approx(f1_score(t, p, average="macro"))


def test_a_class_that_nobody_has_or_is_told_counts_for_nothing():
    truth, told = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 1, 1])
    judge = Judge.of("class", truth, np.array(list("abcd")), classes=("a", "b", "c"), scale=1.0, seed=0)
    found = judge.scores(told)
    assert found["balanced"][0] == pytest.approx(0.75)
    assert found["f1"][0] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_subjects_are_drawn_whole(numbers):
    weights = subject_weights(numbers[2], 3)
    assert weights.shape == (1 + DRAWS, 30)
    assert (weights[0] == 1).all()
    assert (weights[:, ::2] == weights[:, 1::2]).all()
    assert (weights.sum(axis=1) == 30).all()
    assert np.array_equal(weights, subject_weights(numbers[2], 3))


def test_what_is_constant_has_no_correlation(numbers):
    truth, _, subject = numbers
    row = Judge.of("number", truth, subject, classes=(), scale=1.0, seed=0).row("x", "chance", "", np.full(30, 3.0))
    assert np.isnan(row.value["rho"])
    assert row.value["r2"] <= 0


def test_the_difference_is_taken_draw_by_draw(numbers):
    truth, told, subject = numbers
    judge = Judge.of("number", truth, subject, classes=(), scale=1.0, seed=0)
    assert judge.difference(told, told) == (0.0, 0.0, 0.0)
    value, low, high = judge.difference(truth, told)
    assert 0 < low < value < high


def test_means_leave_undefined_scans_out():
    subject = np.array(["a", "a", "b", "c"])
    means = weighted_means(np.array([1.0, np.nan, 3.0, 5.0]), subject, 0)
    assert means[0] == pytest.approx(3.0)
    assert np.isnan(weighted_means(np.full(4, np.nan), subject, 0)).all()


def test_one_subject_has_an_interval_of_one_point():
    assert interval(weighted_means(np.array([2.0]), np.array(["a"]), 0)) == (2.0, 2.0, 2.0)
    assert np.isnan(interval(np.array([1.0, np.nan, np.nan]))[1])
