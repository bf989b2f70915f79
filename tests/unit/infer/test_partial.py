"""Partial correlation: definitions, shrinkage, sparsity, missing samples, odd inputs, messages."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from sklearn import covariance
from tests.oracles import couplings as oracle

from interplay import Events, Recording, Series
from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.infer import Correlation, PartialCorrelation
from interplay.infer.sparse_precision import sparse_precision
from interplay.ops.effective_samples import variance_inflation
from interplay.ops.pairwise import pairwise_pearson
from interplay.ops.shrinkage import oas_intensity, partial_from_precision


def recorded(x):
    return Recording(traces=Series.regular(x, dt_s=1.0))


def fitted(x, **settings):
    return PartialCorrelation(window_s=len(x), step_s=len(x), **settings).fit(recorded(x))


def chain(seed, n_samples, n_units):
    x = np.random.default_rng(seed).normal(size=(n_samples, n_units))
    for k in range(1, n_units):
        x[:, k] += (-1) ** k * 0.8 * x[:, k - 1]
    return x


def standard(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def laid_out(result):
    return result.snapshots.matrix(0) + np.eye(result.snapshots.n_nodes)


def test_sample_estimate_is_the_correlation_of_what_others_leave():
    x = chain(0, 60, 5) * [1, 1e3, 1e-3, 1, 1] + [0, 0, 0, 1e6, 0]
    found = fitted(x, estimator="sample", law="independent").snapshots
    for i in range(5):
        for j in range(i + 1, 5):
            r = oracle.partial_correlation(x, i, j)
            assert found.matrix(0)[i, j] == pytest.approx(r, abs=1e-8)
            z = np.arctanh(r) * np.sqrt(60 - 3 - 3)
            assert found.dense_pvalues()[0, i, j] == pytest.approx(2 * scipy.stats.norm.sf(abs(z)), rel=1e-5)


@pytest.mark.parametrize(("n_samples", "n_units"), [(60, 6), (20, 40)])
def test_shrinkage_is_that_of_ledoit_and_wolf(n_samples, n_units):
    x = chain(1, n_samples, n_units)
    estimate, _ = covariance.ledoit_wolf(standard(x), assume_centered=True)
    expected = partial_from_precision(np.linalg.inv(estimate))
    np.testing.assert_allclose(laid_out(fitted(x)), expected, atol=1e-10)


def test_oas_is_the_published_equation():
    n, s = 30, np.corrcoef(chain(2, 30, 7).T)
    trace, square, p = np.trace(s), np.trace(s @ s), 7
    expected = ((1 - 2 / p) * square + trace**2) / ((n + 1 - 2 / p) * (square - trace**2 / p))
    assert oas_intensity(s, n) == pytest.approx(min(1.0, expected))
    # scikit-learn leaves out 2 / p, which matters little for many units.
    many = chain(3, 50, 100)
    assert oas_intensity(np.corrcoef(many.T), 50) == pytest.approx(covariance.oas(standard(many))[1], rel=0.03)


@pytest.mark.parametrize("penalty", [0.05, 0.3])
def test_graphical_lasso_agrees_with_scikit_learn(penalty):
    x = chain(4, 40, 8)
    state = np.random.get_state()  # noqa: NPY002 - scikit-learn draws from it
    expected = covariance.graphical_lasso(np.corrcoef(x.T), penalty, tol=1e-9, enet_tol=1e-9, max_iter=500)[1]
    np.random.set_state(state)  # noqa: NPY002
    found = laid_out(fitted(x, estimator="graphical_lasso", penalty=penalty))
    np.testing.assert_allclose(found, partial_from_precision(expected), atol=1e-5)
    np.testing.assert_array_equal(found == 0, np.abs(expected) < 1e-9)


def test_graphical_lasso_bears_strong_correlation():
    rng = np.random.default_rng(16)
    x = rng.normal(size=(300, 30)) + 2 * rng.normal(size=(300, 3)) @ rng.normal(size=(3, 30))
    result = fitted(x, estimator="graphical_lasso", penalty=0.1)
    assert not result.notes
    # The optimum: derivatives at edges are the penalty, elsewhere below it.
    s = np.corrcoef(x.T)
    precision = sparse_precision(standard(x), s, 300, 0.1, 0.5).precision
    slope = s - np.linalg.inv(precision)
    edge = (precision != 0) & ~np.eye(30, dtype=bool)
    np.testing.assert_allclose(slope[edge], -0.1 * np.sign(precision[edge]), atol=1e-4)
    assert np.abs(slope).max() < 0.1 + 1e-4


@pytest.mark.parametrize("penalty", ["ebic", "cv"])
def test_graphical_lasso_finds_a_chain(penalty):
    found = fitted(chain(5, 400, 8), estimator="graphical_lasso", penalty=penalty).snapshots.matrix(0)
    neighbours = np.diag(found, 1)
    assert (np.sign(neighbours) == [-1, 1, -1, 1, -1, 1, -1]).all()
    assert np.abs(np.triu(found, 2)).max() < 0.5 * np.abs(neighbours).min()
    if penalty == "ebic":
        assert (np.triu(found, 2) == 0).mean() > 0.8


def test_autocorrelated_samples_are_worth_less():
    rng = np.random.default_rng(17)
    p = {"autocorrelated": [], "independent": []}
    for _ in range(15):
        x = rng.normal(size=(400, 6))
        for t in range(1, 400):
            x[t] += 0.9 * x[t - 1]
        for law, found in p.items():
            found.extend(fitted(x, law=law).snapshots.pvalues)
    # 225 tests of level 0.05; more than 25 would come by chance in less than 1 of 1000 draws.
    assert np.sum(np.array(p["autocorrelated"]) <= 0.05) <= 25
    assert np.mean(np.array(p["independent"]) <= 0.05) > 0.3
    # Of moving averages of two, the sum is known: r(1) = 1/2, so 1 + 2/4.
    x = rng.normal(size=(40001, 2))
    inflation = variance_inflation(x[1:] + x[:-1])
    np.testing.assert_allclose(inflation, 1.5, atol=0.05)
    slow = np.sin(np.arange(40)[:, None] * [0.10, 0.12, 0.14]) + 0.01 * rng.normal(size=(40, 3))
    slow = np.column_stack([slow, rng.normal(size=(40, 32))])
    assert "too few independent samples" in fitted(slow).notes[-1]


def test_an_empty_graph_is_said():
    result = fitted(np.random.default_rng(15).normal(size=(50, 6)), estimator="graphical_lasso")
    assert not result.snapshots.weight.any()
    assert "leaves no edge" in result.notes[-1]


def test_pairs_use_the_samples_they_share():
    x = chain(6, 80, 4)
    gone = np.random.default_rng(7).random(x.shape) < 0.2
    x[gone] = np.nan
    r, joint = pairwise_pearson(x)
    for i in range(4):
        for j in range(i + 1, 4):
            both = ~gone[:, i] & ~gone[:, j]
            assert joint[i, j] == both.sum()
            assert r[i, j] == pytest.approx(np.corrcoef(x[both, i], x[both, j])[0, 1], abs=1e-12)
    whole = fitted(x, missing="test_wise", estimator="sample")
    np.testing.assert_allclose(laid_out(whole), partial_from_precision(np.linalg.inv(r)), atol=1e-10)
    assert "each pair is measured on the samples that both units have" in whole.notes[0]
    assert not fitted(x).snapshots.present.any()
    assert Correlation(window_s=80, step_s=80, missing="test_wise").fit(recorded(x)).snapshots.matrix(0)[
        0, 1
    ] == pytest.approx(r[0, 1])


def test_pairs_that_share_too_little_have_no_value():
    x = chain(8, 40, 3)
    x[:20, 0] = np.nan
    x[22:, 1] = np.nan
    x[0, 2], x[:, 2][30:] = np.nan, 1.5
    result = Correlation(window_s=40, step_s=40, missing="test_wise", surrogates=19).fit(recorded(x))
    assert [(a, b) for a, b in zip(result.snapshots.src, result.snapshots.dst, strict=True)] == [(0, 2), (1, 2)]
    assert "fewer than three samples in common" in result.notes[-1]
    with pytest.raises(DataError, match="have 2 in common"):
        fitted(x, missing="test_wise")


def test_pairs_that_fit_no_joint_distribution_are_said():
    # Three units pairwise almost equal, equal, and opposite: no joint distribution does that.
    rng = np.random.default_rng(9)
    x = np.full((90, 3), np.nan)
    a = rng.normal(size=90)
    x[:30, 0], x[:30, 1] = a[:30], a[:30] + 0.1 * rng.normal(size=30)
    x[30:60, 1], x[30:60, 2] = a[30:60], a[30:60] + 0.1 * rng.normal(size=30)
    x[60:, 0], x[60:, 2] = a[60:], -a[60:] + 0.1 * rng.normal(size=30)
    plain = Correlation(window_s=90, step_s=90, missing="test_wise").fit(recorded(x))
    assert "an eigenvalue is negative" in plain.notes[-1]
    with pytest.raises(NumericalError, match="must be positive definite"):
        fitted(x, missing="test_wise", estimator="sample")
    for estimator in ("ledoit_wolf", "oas", "graphical_lasso"):
        result = fitted(x, missing="test_wise", estimator=estimator)
        assert "not positive definite together" in result.notes[-1]
        assert np.isfinite(result.snapshots.weight).all()
        assert (result.snapshots.pvalues == 1).all()


def test_copied_units_share_what_they_say():
    x = chain(10, 50, 3)
    x = np.column_stack([x, x[:, 0]])
    with pytest.raises(NumericalError, match="a unit repeats others"):
        fitted(x, estimator="sample")
    result = fitted(x)
    assert "cannot be tested" not in result.notes
    assert "singular: no partial correlation can be tested" in result.notes[-1]
    found = result.snapshots.matrix(0)
    assert found[0, 1] == pytest.approx(found[3, 1])


def test_more_units_than_samples_and_other_odd_windows():
    with pytest.raises(DataError, match="must hold at least 12 samples for `partial-correlation`"):
        fitted(chain(11, 8, 10), estimator="sample")
    result = fitted(chain(11, 8, 10))
    assert "fewer than n + 2 samples" in result.notes[-1]
    x = chain(12, 30, 3)
    x[:, 1] = 4.0
    assert fitted(x).snapshots.present[0].tolist() == [True, False, True]
    assert len(fitted(x[:, :1]).snapshots.weight) == 0
    silent = Events(time=[1.0, 2.5], unit=[0, 0], n_units=2, span=(0.0, 4.0))
    assert not PartialCorrelation(bin_s=0.5, window_s=4, step_s=4).fit(silent).snapshots.present[0, 1]


def test_surrogates_hold_the_intensity_of_the_window():
    # Three coupled units keep the intensity low; shrinking each surrogate by itself would make nulls too narrow.
    x = np.column_stack([chain(13, 40, 3), np.random.default_rng(14).normal(size=(40, 12))])
    p = fitted(x, surrogates=99).snapshots.dense_pvalues()[0]
    assert p[0, 1] < 0.011  # nothing counted; draws that shift both units alike do not count
    null = p[3:, 3:][np.triu_indices(12, 1)]
    # 66 dependent tests of level 0.05; 12 or more would come by chance in less than 1 of 1000 independent draws.
    assert (null <= 0.05).sum() < 12


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"estimator": "ridge"}, "Unknown `estimator` 'ridge'"),
        ({"penalty": 0}, "`penalty` must be > 0"),
        ({"penalty": "aic"}, "`penalty` must be a number > 0, .* got 'aic'"),
        ({"law": "exact"}, "Unknown `law` 'exact'"),
        ({"missing": "zero"}, "Unknown `missing` 'zero'"),
        ({"missing": "test_wise", "surrogates": 9, "null": "phases"}, "missing samples have no"),
        ({"missing": "test_wise", "estimator": "graphical_lasso", "penalty": "cv"}, "no block is complete"),
    ],
)
def test_messages(settings, message):
    with pytest.raises(ConfigError, match=message):
        PartialCorrelation(**settings)


def test_correlation_refuses_what_pairs_cannot_have():
    with pytest.raises(ConfigError, match='must come with kind="pearson"'):
        Correlation(missing="test_wise", kind="spearman")


@pytest.mark.parametrize("method", [Correlation, PartialCorrelation])
def test_surrogates_of_a_pair_rest_on_as_many_samples_as_the_pair(method):
    n = 24
    x = np.random.default_rng(21).normal(size=(60 * n, 3))
    for k in range(n):
        x[60 * k : 60 * k + 28, 0] = np.nan
        x[60 * k + 33 : 60 * k + 60, 1] = np.nan
    p = method(window_s=60, step_s=60, missing="test_wise", surrogates=19).fit(recorded(x)).snapshots.dense_pvalues()
    # More than 6 of 24 tests of level 0.05 come by chance in less than 1 of 5,000 draws.
    assert (p[:, 0, 1] <= 0.05).sum() <= 6


def test_test_wise_surrogates_that_shift_alike_or_have_no_value():
    x = np.random.default_rng(22).normal(size=(20, 2))
    x[:, 1] = x[:, 0]
    x[7] = np.nan
    config = Correlation(window_s=20, step_s=20, missing="test_wise", surrogates=199)
    assert config.fit(recorded(x)).snapshots.pvalues[0] < 1 / 150
    # Three events; moved out of the samples in common they leave a constant.
    x = np.zeros((40, 2))
    x[4:7] = np.array([1.0, 3.0, 2.0])[:, None]
    x[20:, 1] = np.nan
    fitted_tail = Correlation(window_s=40, step_s=40, missing="test_wise", surrogates=19, tail="fitted")
    assert fitted_tail.fit(recorded(x)).snapshots.pvalues[0] < 0.01


@pytest.mark.parametrize("estimator", ["ledoit_wolf", "oas"])
def test_weights_of_noise_keep_order_and_sign(estimator):
    x = np.random.default_rng(1).normal(size=(1200, 6))
    result = fitted(x, estimator=estimator)
    r = np.corrcoef(x.T)[np.triu_indices(6, 1)]
    np.testing.assert_array_equal(np.sign(result.snapshots.weight), np.sign(r))
    assert np.corrcoef(result.snapshots.weight, r)[0, 1] > 0.999
    assert "weights show little but order and sign" in result.notes[-1]


def test_missing_samples_do_not_make_autocorrelated_ones_independent():
    p = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = scipy.signal.lfilter([1.0], [1.0, -0.9], rng.normal(size=(1200, 8)), axis=0)
        x[rng.random(x.shape) < 0.01] = np.nan
        p.extend(fitted(x, missing="test_wise").snapshots.pvalues)
    # About 6 of 112 at level 0.05; taken as independent, 60.
    assert (np.array(p) <= 0.05).sum() <= 18
    whole = np.where(np.isnan(x), 0.0, x)
    whole -= whole.mean(axis=0)
    every = np.ones(x.shape, dtype=bool)
    assert variance_inflation(whole, every)[0, 1] == pytest.approx(variance_inflation(whole)[0, 1], rel=0.05)
    # Holes do not thin out the autocorrelation of what is known.
    known = rng.random(x.shape) > 0.4
    holed = np.where(known, whole, 0.0)
    assert variance_inflation(holed, known)[0, 1] == pytest.approx(variance_inflation(whole)[0, 1], rel=0.2)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_the_criterion_is_the_extended_one(gamma):
    x = standard(chain(3, 60, 8) + 1.5 * np.random.default_rng(4).normal(size=(60, 8)))
    correlation = x.T @ x / 60
    penalties = np.abs(correlation - np.eye(8)).max() * np.geomspace(1.0, 0.01, 16)
    cost = []
    for penalty in penalties:
        precision = sparse_precision(x, correlation, 60, float(penalty), 0.0).precision
        fit = np.linalg.slogdet(precision)[1] - np.trace(correlation @ precision)
        edges = np.count_nonzero(precision[np.triu_indices(8, 1)])
        cost.append(-60 * fit + edges * (np.log(60) + 4 * gamma * np.log(8)))
    assert sparse_precision(x, correlation, 60, "ebic", gamma).penalty == pytest.approx(penalties[np.argmin(cost)])
