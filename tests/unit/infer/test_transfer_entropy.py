"""Transfer entropy: definitions, delays, laws, the choice of sources, and what has no value."""

import numpy as np
import pytest
from tests.oracles import information as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series
from interplay.infer import TransferEntropy
from interplay.infer.transfer_scores import BinaryScorer, GaussianScorer
from interplay.infer.transfer_selection import select_sources


def one(x, **settings):
    """Fit one window that holds everything."""
    data = Recording(traces=Series.regular(np.asarray(x, dtype=float), dt_s=0.01))
    length = len(x) * 0.01
    return TransferEntropy(window_s=length, step_s=length, **settings).fit(data)


def binary(seed, t=300, n=3):
    """Unit 0 drives unit 1 after two bins; the others are on their own."""
    rng = np.random.Generator(np.random.Philox(seed))
    x = (rng.random((t, n)) < 0.35).astype(float)
    x[2:, 1] = np.where(rng.random(t - 2) < 0.5, x[:-2, 0], x[2:, 1])
    return x


def chain(seed, t=1000):
    """0 -> 1 -> 2, one bin each, and 3 a second source of 2; all with memory."""
    rng = np.random.Generator(np.random.Philox(seed))
    x = rng.normal(size=(t, 5))
    for k in range(1, t):
        x[k] += 0.4 * x[k - 1]
        x[k, 1] += 0.7 * x[k - 1, 0]
        x[k, 2] += 0.7 * x[k - 1, 1] + 0.5 * x[k - 1, 3]
    return x


@pytest.mark.parametrize(("history", "source_history", "bias"), [(1, 1, "none"), (2, 2, "miller-madow")])
def test_binary_values_equal_sums_over_dictionaries(history, source_history, bias):
    x = binary(0)
    # A trace that is on in less than half of the samples lies above its median where it is on.
    settings = {"history": history, "source_history": source_history, "max_delay": 3, "bias": bias}
    s = one(x, estimator="binary", **settings).snapshots
    longest = max(history, 3 + source_history - 1)
    for k, (i, j) in enumerate(zip(s.src, s.dst, strict=True)):
        found = [oracle.transfer(x[:, i], x[:, j], history, source_history, d, longest) for d in (1, 2, 3)]
        assert s.weight[k] == pytest.approx(max(v + (c if bias != "none" else 0) for v, c, _ in found), abs=1e-12)
    assert s.matrix(0).argmax() == 1


def test_binary_law_equals_the_likelihood_ratio_test():
    from scipy import stats

    x = binary(1)
    s = one(x, estimator="binary", max_delay=1).snapshots
    value, _, free = oracle.transfer(x[:, 0], x[:, 1], 1, 1, 1, 1)
    assert s.dense_pvalues()[0][0, 1] == pytest.approx(stats.chi2.sf(2 * (len(x) - 1) * value, free))


@pytest.mark.parametrize(("history", "source_history", "delay"), [(1, 1, 1), (3, 3, 1), (2, 1, 4)])
def test_gaussian_values_equal_two_regressions(history, source_history, delay):
    x = chain(2, 200)
    s = one(x, history=history, source_history=source_history, max_delay=delay, bias="none").snapshots
    longest = max(history, delay + source_history - 1)
    for k, (i, j) in enumerate(zip(s.src, s.dst, strict=True)):
        found = [oracle.regression_transfer(x, i, j, history, source_history, d, longest) for d in range(1, delay + 1)]
        assert s.weight[k] == pytest.approx(max(found), rel=1e-8)


def test_gaussian_law_equals_the_f_test():
    from scipy import stats

    x = chain(3, 120)
    s = one(x, history=2, source_history=2, max_delay=1, bias="none").snapshots
    freedom = 118 - 2 - 2 - 1
    statistic = (np.exp(2 * s.weight) - 1) * freedom / 2
    np.testing.assert_allclose(s.pvalues, stats.f.sf(statistic, 2, freedom), rtol=1e-8)


def test_neighbours_equal_all_distances():
    x = chain(4, 120)[:, :2]
    s = one(x, estimator="knn", max_delay=2, history=2, neighbours=3).snapshots
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    past = np.stack([z[1:-1, 1], z[:-2, 1]], axis=1)
    found = [oracle.frenzel(z[2:, 1], past, z[2 - d : -d, :1], 3) for d in (1, 2)]
    assert s.matrix(0)[0, 1] == pytest.approx(max(found), abs=1e-10)
    assert s.pvalues is None


def test_many_delays_pay_for_the_choice():
    rng = np.random.Generator(np.random.Philox(5))
    x = (rng.random((2000, 12)) < 0.3).astype(float)
    p = one(x, estimator="binary", max_delay=8).snapshots.pvalues
    # 132 tests, four standard errors.
    assert abs((p <= 0.1).mean() - 0.1) < 4 * np.sqrt(0.09 / 132)


def test_surrogates_take_their_own_best_delay():
    found = one(binary(6, n=4), estimator="binary", max_delay=5, surrogates=39)
    p = found.snapshots.dense_pvalues()[0]
    # Surrogates that move the pair by less than the delays do not count: they show the coupling at another delay.
    assert 1 / 40 <= p[0, 1] <= 1 / 35
    others = p[~np.eye(4, dtype=bool)]
    assert np.median(others) > 0.2


@pytest.mark.parametrize("scorer", [BinaryScorer, GaussianScorer])
def test_conditional_scores_equal_the_definition(scorer):
    x = binary(7, n=4) if scorer is BinaryScorer else chain(7, 150)
    given = [(0, 2), (3, 1)]
    found = scorer(x, 1, 3).scores(2, given)
    for i, d in ((0, 1), (1, 3), (3, 2)):
        if scorer is BinaryScorer:
            others = [(x[:, u], b) for u, b in given]
            value, correction, _ = oracle.transfer(x[:, i], x[:, 2], 1, 1, d, 3, others)
            assert found.bias[i, d - 1] == pytest.approx(-correction, abs=1e-12)
        else:
            value = oracle.regression_transfer(x, i, 2, 1, 1, d, 3, given)
        assert found.information[i, d - 1] == pytest.approx(value, abs=1e-9)


def test_the_choice_of_sources_leaves_out_what_comes_through_others():
    x = chain(8)
    assert sorted(select_sources(GaussianScorer(x, 1, 3), 2, 0.01, 4))[:2] == [(1, 1), (3, 1)]
    plain = one(x, max_delay=3).snapshots.dense_pvalues()[0]
    chosen = one(x, max_delay=3, selection="greedy", alpha=0.01).snapshots.dense_pvalues()[0]
    assert plain[0, 2] < 1e-6
    assert chosen[0, 2] > 0.01
    assert chosen[0, 1] < 1e-20
    assert chosen[1, 2] < 1e-20
    assert chosen[3, 2] < 1e-20


def test_pruning_drops_a_source_that_two_others_replace():
    rng = np.random.Generator(np.random.Philox(9))
    x = rng.normal(size=(3000, 4))
    x[:, 2] = x[:, 0] + x[:, 1] + 0.3 * rng.normal(size=3000)
    x[1:, 3] += x[:-1, 0] + x[:-1, 1]
    taken = select_sources(GaussianScorer(x, 1, 1), 3, 0.01, 4)
    assert sorted(taken) == [(0, 1), (1, 1)]
    # Without pruning the sum of both comes first and stays.
    assert select_sources(GaussianScorer(x, 1, 1), 3, 0.01, 1) == [(2, 1)]


def test_spikes_are_binned_and_threads_change_nothing():
    rng = np.random.Generator(np.random.Philox(10))
    source = np.sort(rng.uniform(0, 60, 500))
    target = np.append(rng.uniform(0, 60, 300), source[::3] + 0.02)
    data = Events.from_trains([source, np.sort(target[target < 60])], span=(0.0, 60.0))
    fits = [TransferEntropy(bin_s=0.01, window_s=20, step_s=20, surrogates=9, jobs=j).fit(data) for j in (1, 2)]
    assert fits[0].snapshots.digest == fits[1].snapshots.digest
    assert (fits[0].snapshots.dense()[:, 0, 1] > 5 * fits[0].snapshots.dense()[:, 1, 0]).all()


def test_the_choice_pays_for_the_number_of_candidates():
    x = np.random.Generator(np.random.Philox(13)).normal(size=(400, 10))
    taken = [select_sources(GaussianScorer(x, 1, 3), j, 0.05, 4) for j in range(10)]
    # 27 candidates each. Ten targets at 0.05: more than three false alarms with probability 0.001; without paying for
    # the number, three targets in four have one.
    assert sum(map(bool, taken)) <= 3


@pytest.mark.parametrize("settings", [{"selection": "greedy", "alpha": 0.2}, {"source_history": 2}])
def test_units_of_measure_do_not_matter(settings):
    x = chain(14, 300)
    plain = one(x, max_delay=2, **settings).snapshots
    for scale in ([1e-9, 1e9, 1.0, 1e5, 1e-5], [1e-150] * 5):
        other = one(x * scale, max_delay=2, **settings).snapshots
        np.testing.assert_allclose(other.weight, plain.weight, atol=1e-9)
        np.testing.assert_allclose(other.pvalues, plain.pvalues, atol=1e-9)


@pytest.mark.parametrize("settings", [{"source_history": 2}, {"history": 2}, {"history": 3, "selection": "greedy"}])
def test_what_is_known_without_error_has_no_value(settings):
    # An alternating unit repeats itself in any two samples, a sine follows from two of its own.
    x = chain(15, 200)
    x[:, 3] = (-1.0) ** np.arange(200)
    x[:, 4] = np.sin(0.3 * np.arange(200))
    found = one(x, max_delay=2, **settings)
    w = found.snapshots.dense()[0]
    stored = np.zeros((5, 5), dtype=bool)
    stored[found.snapshots.src, found.snapshots.dst] = True
    assert np.isfinite(w[stored]).all()
    assert stored[:3, :3].sum() == 6
    assert not stored[:, 3].any()
    if "source_history" in settings:
        assert not stored[3].any()
    else:
        assert not stored[:, 4].any()
    assert any("no value" in note for note in found.notes)


def test_neighbours_on_a_lattice_do_not_depend_on_rounding():
    rng = np.random.Generator(np.random.Philox(16))
    x = np.round(2 * rng.normal(size=(100, 2))) / 2
    found = [one(x * s, estimator="knn", max_delay=1).snapshots.weight for s in (1.0, 3.0, 0.1, 0.7)]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-12)


def test_odd_inputs():
    x = chain(11, 100)
    x[:, 3] = 2.0
    found = one(np.hstack([x, x[:, :1]]), max_delay=2)
    assert found.snapshots.present.tolist() == [[True, True, True, False, True, True]]
    # A twin tells nothing that the target's own past at that delay does not: undefined at delay 1, not zero.
    twin = one(x[:, [0, 0]], max_delay=1)
    assert len(twin.snapshots.src) == 0
    assert any("no value" in note for note in twin.notes)
    wide = one(chain(12, 30), history=3, max_delay=3)
    assert np.isfinite(wide.snapshots.weight).all()
    with pytest.raises(DataError, match="samples"):
        one(chain(12, 10), max_delay=8)
    with pytest.raises(ConfigError, match='`selection="greedy"` must come with `source_history`=1'):
        TransferEntropy(selection="greedy", estimator="knn")
    with pytest.raises(ConfigError, match="history"):
        TransferEntropy(history=0)
    with pytest.raises(ConfigError, match="surrogates"):
        TransferEntropy(estimator="knn", keep="significant")
