"""Covariates told from features, subjects never on two sides."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.stats import subject_readout
from interplay.stats.cohort_readout import _Fold, _foretold, _nested, _permuted, _scores

FAST = {"divisions": 2, "permutations": 19, "draws": 100}


def planted(n=60, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 8))
    return x, x[:, 0] + noise * rng.standard_normal(n), np.arange(n).astype(str)


def test_numbers_as_scikit_learn_tells_them():
    from scipy.stats import spearmanr
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    from interplay.stats.gram_ridge import PENALTIES

    x, y, who = planted()
    found = subject_readout({"x": x}, y, who, divisions=1, permutations=0, draws=100, seed=4)
    told = np.empty_like(y)
    for train, test, inner in _nested(np.argsort(np.argsort(who)), 5, 4, 0):
        scale = StandardScaler().fit(x[train])
        z = scale.transform(x)

        def ridge(rows, out, penalty, z=z):
            # The penalty's unit: the mean squared length of a row, about the mean of those learnt from.
            unit = ((z[rows] - z[rows].mean(0)) ** 2).sum() / len(rows)
            return Ridge(penalty * unit).fit(z[rows], y[rows]).predict(z[out])

        loss = [sum(((ridge(a, b, p) - y[b]) ** 2).sum() for a, b in inner) for p in PENALTIES]
        told[test] = ridge(train, test, PENALTIES[int(np.argmin(loss))])
    np.testing.assert_allclose(found.prediction["x"][0], told, rtol=1e-8, atol=1e-10)
    error = ((y - told) ** 2).mean() / y.var()
    np.testing.assert_allclose(found.value["x"], [1 - error, spearmanr(y, told)[0], error], rtol=1e-10)
    assert found.p_value["x"] == 1
    assert np.isnan(found.chance["x"]).all()
    assert np.isnan(found.spread["x"]).all()


def test_what_is_planted_is_found_and_noise_is_not():
    x, y, who = planted()
    found = subject_readout({"x": x, "noise": np.random.default_rng(9).standard_normal((60, 8))}, y, who, **FAST)
    low, high = found.interval["x"][0]
    assert 0.4 < low < found.value["x"][0] < high < 0.95
    assert found.p_value["x"] == 0.05
    assert found.p_value["noise"] > 0.05
    assert found.chance["x"][0] < 0.1
    assert found.usual[0] < 0


def test_classes_scored_as_scikit_learn_scores_them():
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

    x, y, who = planted(90)
    label = np.array(["low", "middle", "top"])[np.digitize(y, [-1.0, 0.7])]
    label[3] = ""
    found = subject_readout({"x": x}, label, who, **FAST)
    assert found.classes == ("low", "middle", "top")
    assert found.n_subjects == 89
    assert (found.prediction["x"][:, 3] == "").all()
    known = label != ""
    scores = [balanced_accuracy_score, accuracy_score, lambda a, b: f1_score(a, b, average="macro")]
    wanted = [np.mean([score(label[known], p[known]) for p in found.prediction["x"]]) for score in scores]
    np.testing.assert_allclose(found.value["x"], wanted)
    assert found.usual[0] == pytest.approx(1 / 3)


def test_a_subject_is_never_on_two_sides():
    who = np.repeat(np.arange(12), [1, 2, 3] * 4)
    held = np.zeros(len(who), int)
    for train, test, inner in _nested(who, 3, 0, 0):
        assert not set(who[train]) & set(who[test])
        held[test] += 1
        for a, b in inner:
            assert not set(who[a]) & set(who[b])
            assert set(np.r_[a, b]) == set(train)
    assert (held == 1).all()


def test_who_a_scan_is_of_cannot_be_told_from_itself():
    # Every subject's scans are alike and its covariate is random: divided by scans it would be told.
    rng = np.random.default_rng(1)
    x, y = np.repeat(rng.standard_normal((30, 400)), 2, axis=0), np.repeat(rng.standard_normal(30), 2)
    assert subject_readout({"x": x}, y, np.repeat(np.arange(30), 2).astype(str), **FAST).value["x"][0] < 0.1
    assert subject_readout({"x": x}, y, np.arange(60).astype(str), **FAST).value["x"][0] > 0.2


def test_permutations_exchange_whole_subjects():
    who = np.array([2, 0, 1, 0, 2, 1, 3, 3, 3])
    for k in range(20):
        order = _permuted(who, 0, k)
        assert sorted(order) == list(range(9))
        for subject in range(4):
            assert len(set(who[order[who == subject]])) == 1
        assert (who[order[who == 3]] == 3).all()


def test_missing_features_are_as_in_the_mean_of_those_learnt_from():
    x, y, who = planted()
    x[:, 0] += 5
    x[:20, 0] = np.nan
    found = subject_readout({"x": np.c_[x, np.full(60, np.nan)]}, y, who, divisions=1, permutations=0, draws=100)
    for train, test, inner in _nested(np.argsort(np.argsort(who)), 5, 0, 0):
        filled = np.where(np.isnan(x), np.nanmean(x[train], axis=0), x)
        told = _foretold(filled, y[:, None], [_Fold(train, test, inner)], 0)
        np.testing.assert_allclose(found.prediction["x"][0, test], told[test, 0], rtol=1e-9)
    assert 0.1 < found.value["x"][0] < 0.8


def test_same_seed_same_bits_and_scans_in_another_order():
    x, y, who = planted()
    one, two = (subject_readout({"x": x}, y, who, seed=2, **FAST) for _ in range(2))
    np.testing.assert_array_equal(one.prediction["x"], two.prediction["x"])
    order = np.random.default_rng(0).permutation(60)
    moved = subject_readout({"x": x[order]}, y[order], who[order], seed=2, **FAST)
    np.testing.assert_allclose(moved.prediction["x"], one.prediction["x"][:, order], rtol=1e-9)


def test_ties_and_predictions_that_do_not_vary():
    assert _scores(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]), 0).tolist() == [0.0, 0.0, 1.0]
    found = subject_readout({"x": np.ones((20, 3))}, np.arange(20.0), np.arange(20).astype(str), **FAST)
    assert found.value["x"][0] < 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": np.zeros(60)}, "vary, got 60 subjects and 1 values"),
        ({"target": np.zeros(59)}, r"must be \(S=60\) numbers or texts"),
        ({"target": np.full(60, np.inf)}, "must not be infinite"),
        ({"features": {"x": np.full((60, 2), np.inf)}}, "must not be infinite"),
        ({"features": {"x": np.zeros((59, 2))}}, "59"),
        ({"subject": np.repeat(["a", "b"], 30)}, "got 2 subjects"),
    ],
)
def test_refused(change, message):
    x, y, who = planted()
    given = {"features": {"x": x}, "target": y, "subject": who} | change
    with pytest.raises(DataError, match=message):
        subject_readout(**given)


def test_settings_out_of_range():
    x, y, who = planted()
    with pytest.raises(ConfigError, match="n_folds"):
        subject_readout({"x": x}, y, who, n_folds=1)
