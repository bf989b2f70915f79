import numpy as np
import pytest
from tests.oracles import stats as oracle

from interplay.stats.gram_ridge import (
    PENALTIES,
    choose_penalty,
    factor,
    predict_classes,
    predict_numbers,
    standardised_gram,
)
from interplay.stats.null_targets import interrupted, reordered_stays, shifted, shifted_steps, stays
from interplay.stats.scores import balanced_accuracy, r_squared

TRAIN, TEST = np.arange(5, 35), np.r_[0:5, 35:40]


def table(d, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, d)) * rng.uniform(0.1, 10, d) + rng.normal(size=d)
    x[:, 0] = 3.0  # constant
    return x, rng


@pytest.mark.parametrize("d", [4, 30, 200])
def test_numbers_equal_the_normal_equations(d):
    x, rng = table(d)
    y = rng.normal(size=(40, 3))
    gram = standardised_gram(x, TRAIN)
    choice = np.array([2, 5, 8])
    ours = predict_numbers(factor(gram, TRAIN, TEST), y[TRAIN], choice)
    a, b = oracle.standardise(x[TRAIN], x[TEST])
    for p in range(3):
        expected = oracle.ridge(a, y[TRAIN, p], b, PENALTIES[choice[p]])
        np.testing.assert_allclose(ours[:, p], expected, atol=1e-8)


@pytest.mark.parametrize("d", [4, 200])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_equal_the_discriminant(d, n_classes):
    x, rng = table(d)
    codes = rng.integers(0, n_classes, size=(40, 4))
    codes[:, 3] = 0  # only one class in training
    x[:, 1] += 2 * codes[:, 0]
    choice = np.array([1, 4, 7, 4])
    ours = predict_classes(factor(standardised_gram(x, TRAIN), TRAIN, TEST), codes[TRAIN], n_classes, choice)
    a, b = oracle.standardise(x[TRAIN], x[TEST])
    for p in range(4):
        expected = oracle.discriminant(a, codes[TRAIN, p], b, n_classes, PENALTIES[choice[p]])
        assert np.array_equal(ours[:, p], expected)


def test_the_gram_matrix_is_cut_into_chunks_without_a_seam(monkeypatch):
    from interplay.stats import gram_ridge

    x, _ = table(37)
    whole = standardised_gram(x, TRAIN)
    monkeypatch.setattr(gram_ridge, "_CHUNK", 5)
    np.testing.assert_allclose(standardised_gram(x, TRAIN), whole, atol=1e-9)


def test_the_penalty_is_the_best_one_on_the_inner_folds():
    x, rng = table(30)
    y = x[:, 1:4].sum(axis=1) + rng.normal(size=40)
    noise = rng.normal(size=40)
    folds = [(np.r_[0:20], np.r_[20:40]), (np.r_[20:40], np.r_[0:20])]
    gram = standardised_gram(x, np.arange(40))
    z = oracle.standardise(x, x)[0]
    chosen = choose_penalty(gram, folds, np.stack([y, noise], axis=1)[:, :, None])
    for p, target in enumerate((y, noise)):
        loss = [
            sum(((oracle.ridge(z[a], target[a], z[b], lam) - target[b]) ** 2).sum() for a, b in folds)
            for lam in PENALTIES
        ]
        assert chosen[p] == int(np.argmin(loss))
    assert chosen[1] > chosen[0]


def test_scores_equal_their_definitions():
    rng = np.random.default_rng(3)
    truth, predicted = rng.integers(0, 3, (25, 6)), rng.integers(0, 3, (25, 6))
    truth[:, 5] = np.minimum(truth[:, 5], 1)
    ours = balanced_accuracy(truth, predicted, 3)
    np.testing.assert_allclose(
        ours, [oracle.balanced_accuracy(list(t), list(p)) for t, p in zip(truth.T, predicted.T, strict=True)]
    )
    y = rng.normal(size=(25, 2))
    assert r_squared(y, y).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(r_squared(y, np.broadcast_to(y.mean(axis=0), y.shape)), 0.0, atol=1e-12)
    assert (r_squared(y, -y) < 0).all()
    assert np.isnan(r_squared(np.ones((4, 1)), np.zeros((4, 1))))[0]


def test_stays_end_where_windows_are_missing():
    usable = np.array([1, 1, 0, 1, 1, 1], bool)
    start = np.array([0.0, 1, 2, 3, 4, 9])  # one window was dropped, and the last begins four steps late
    for length in (1.0, 0.4, 2.0):  # side by side, with a pause, half-overlapping
        bounds = np.column_stack([start, start + length])
        apart = interrupted(bounds, usable)
        assert apart.tolist() == [False, True, False, True]
        assert not interrupted(bounds[:5], np.ones(5, bool)).any()
        # The one before the hole is not used either: still apart.
        assert interrupted(bounds, np.array([1, 1, 1, 1, 0, 1], bool)).tolist() == [False, False, False, True]
    codes = np.array([1, 1, 1, 1, 0])
    assert list(map(len, stays(codes))) == [4, 1]
    assert list(map(len, stays(codes, np.array([False, True, False, False])))) == [2, 2, 1]
    drawn = reordered_stays(codes, 50, np.random.default_rng(0), np.array([False, True, False, False]))
    assert {tuple(c) for c in drawn.T} == {(1, 1, 1, 1, 0), (1, 1, 0, 1, 1), (0, 1, 1, 1, 1)}
    assert interrupted(bounds[:1], usable[:1]).shape == (0,)
    assert interrupted(bounds[:0], usable[:0]).shape == (0,)


def test_null_targets_keep_what_they_promise():
    rng = np.random.default_rng(4)
    codes = np.repeat([0, 1, 0, 1, 2], [5, 3, 1, 7, 4])
    lengths = sorted(map(len, stays(codes)))
    assert lengths == [1, 3, 4, 5, 7]
    columns = reordered_stays(codes, 30, rng)
    assert (np.sort(columns, axis=0) == np.sort(codes)[:, None]).all()
    assert len({tuple(c) for c in columns.T}) > 10
    y = rng.normal(size=12)
    rolled = shifted(y, 100, rng)
    assert rolled.shape == (12, 11)
    assert all(np.array_equal(np.roll(y, k + 1), rolled[:, k]) for k in range(11))
    steps = shifted_steps(y, 100, rng)
    assert steps.shape == (12, 10)
    np.testing.assert_allclose(steps[0], y[0])
    np.testing.assert_allclose(steps[-1], y[-1])
    np.testing.assert_allclose(np.sort(np.diff(steps, axis=0), axis=0).T, np.tile(np.sort(np.diff(y)), (10, 1)))
    assert shifted(y, 4, rng).shape == (12, 4)
