"""The room `stats` beside scipy and scikit-learn."""

import numpy as np
import pytest

from interplay.stats import benjamini_hochberg, bootstrap_interval, permutation_test
from interplay.stats.gram_ridge import PENALTIES, factor, predict_classes, predict_numbers, standardised_gram
from interplay.stats.scores import balanced_accuracy, r_squared

pytestmark = pytest.mark.peer
stats = pytest.importorskip("scipy.stats", reason="scipy is the peer")


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize(("kind", "theirs"), [("independent", "independent"), ("paired", "samples")])
def test_exact_permutation_equals_scipy(kind, theirs, alternative):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=7), rng.normal(size=7) + 0.5

    def difference(a, b, axis):
        return a.mean(axis=axis) - b.mean(axis=axis)

    peer = stats.permutation_test(
        (x, y), difference, permutation_type=theirs, alternative=alternative, n_resamples=np.inf, vectorized=True
    )
    ours = permutation_test(x, y, kind=kind, alternative=alternative)
    assert ours.exact
    assert ours.pvalue == pytest.approx(peer.pvalue)


def test_adjusted_pvalues_equal_scipy():
    p = np.random.default_rng(1).random(50) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_bootstrap_interval_agrees_with_scipy(method):
    values = np.random.default_rng(2).lognormal(size=60)
    ours = bootstrap_interval(values, method=method, resamples=8000, seed=1)
    peer = stats.bootstrap(
        (values,), np.mean, method={"bca": "BCa"}.get(method, method), n_resamples=8000, rng=np.random.default_rng(3)
    ).confidence_interval
    width = peer.high - peer.low
    assert abs(ours.low - peer.low) < 0.05 * width
    assert abs(ours.high - peer.high) < 0.05 * width


@pytest.mark.parametrize("d", [3, 150])
def test_ridge_equals_scikit_learn(d):
    linear = pytest.importorskip("sklearn.linear_model")
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    x = rng.normal(size=(60, d)) * rng.uniform(0.1, 5, d)
    train, test = np.arange(40), np.arange(40, 60)
    y = x[:, 0] + rng.normal(size=60)
    codes = np.concatenate([np.tile([0, 1], 20), rng.integers(0, 2, 20)])
    x[:, 1] += codes
    z = scaler.fit(x[train]).transform(x)
    fitted = factor(standardised_gram(x, train), train, test)
    for k in (1, 4, 7):
        lam = PENALTIES[k] * fitted.scale
        model = linear.Ridge(alpha=lam, solver="svd").fit(z[train], y[train])
        ours = predict_numbers(fitted, y[train, None], np.array([k]))[:, 0]
        np.testing.assert_allclose(ours, model.predict(z[test]), atol=1e-8)
        # With equally many windows per class the discriminant is scikit-learn's ridge classifier.
        peer = linear.RidgeClassifier(alpha=lam, solver="svd").fit(z[train], codes[train]).predict(z[test])
        found = predict_classes(fitted, codes[train, None], 2, np.array([k]))
        assert np.array_equal(found[:, 0], peer)
        score = balanced_accuracy(codes[test, None], found, 2)[0]
        assert score == pytest.approx(metrics.balanced_accuracy_score(codes[test], peer))
        assert r_squared(y[test, None], ours[:, None])[0] == pytest.approx(metrics.r2_score(y[test], ours))
