"""Mutual information: definitions, corrections of bias, laws, and what has no value."""

import numpy as np
import pytest
from tests.oracles import information as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series
from interplay.infer import MutualInformation


def traces(x):
    return Recording(traces=Series.regular(np.asarray(x, dtype=float), dt_s=0.01))


def one(x, **settings):
    """Fit one window that holds everything; give the upper triangle's weights and p-values."""
    length = len(x) * 0.01
    return MutualInformation(window_s=length, step_s=length, **settings).fit(traces(x)).snapshots


def normal(seed, t, r=0.0, n=2):
    rng = np.random.Generator(np.random.Philox(seed))
    x = rng.normal(size=(t, n))
    x[:, 1] = r * x[:, 0] + np.sqrt(1 - r * r) * x[:, 1]
    return x


def test_the_plug_in_equals_sums_over_dictionaries():
    x = normal(0, 200, 0.6, 4)
    ranks = x.argsort(axis=0).argsort(axis=0)
    states = ranks * 5 // 200
    for bias in ("none", "miller-madow"):
        s = one(x, estimator="plug-in", levels=5, bias=bias)
        for k, (i, j) in enumerate(zip(s.src, s.dst, strict=True)):
            a, b = states[:, i].tolist(), states[:, j].tolist()
            expected = oracle.plug_in(a, b) + (oracle.miller(a, b) if bias != "none" else 0.0)
            assert s.weight[k] == pytest.approx(expected, abs=1e-12)


def test_spikes_are_counted_and_the_highest_counts_are_one_state():
    rng = np.random.Generator(np.random.Philox(1))
    trains = [np.sort(rng.uniform(0, 10, 400)) for _ in range(2)]
    data = Events.from_trains(trains, span=(0.0, 10.0))
    s = MutualInformation(bin_s=0.05, window_s=10, step_s=10, levels=3, bias="none").fit(data).snapshots
    counts = [np.minimum(np.histogram(t, np.arange(201) * 0.05)[0], 2).tolist() for t in trains]
    assert s.weight[0] == pytest.approx(oracle.plug_in(*counts), abs=1e-12)


def test_corrections_bring_the_mean_of_independent_pairs_to_zero():
    # 190 pairs of 120 samples in 6 states: the plug-in's mean is near 25 / 240.
    x = normal(2, 120, 0.0, 20)
    found = {
        b: one(x, estimator="plug-in", levels=6, bias=b).weight for b in ("none", "miller-madow", "panzeri-treves")
    }
    assert found["none"].mean() == pytest.approx(25 / 240, rel=0.15)
    for name in ("miller-madow", "panzeri-treves"):
        assert abs(found[name].mean()) < 0.15 * found["none"].mean()


def test_panzeri_and_treves_know_of_states_that_were_not_seen():
    # Few samples per row of the table: counting the states seen corrects too little.
    x = normal(3, 60, 0.0, 20)
    found = {b: one(x, estimator="plug-in", levels=8, bias=b).weight.mean() for b in ("miller-madow", "panzeri-treves")}
    assert abs(found["panzeri-treves"]) < 0.6 * abs(found["miller-madow"])


@pytest.mark.parametrize("settings", [{"estimator": "gaussian"}, {"estimator": "plug-in", "levels": 3}])
def test_laws_hold_for_independent_samples(settings):
    p = one(normal(4, 400, 0.0, 30), **settings).pvalues
    # 435 dependent tests, four standard errors of independent ones.
    assert abs((p <= 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 435)
    assert one(normal(4, 400, 0.4), **settings).pvalues[0] < 1e-6


def test_gaussian_law_equals_the_t_test_of_the_correlation():
    from scipy import stats

    x = normal(5, 50, 0.3)
    s = one(x, bias="none")
    r, p = stats.pearsonr(x[:, 0], x[:, 1])
    assert s.weight[0] == pytest.approx(-0.5 * np.log(1 - r * r))
    assert s.pvalues[0] == pytest.approx(p)


@pytest.mark.parametrize("r", [0.0, 0.9])
def test_neighbours_equal_all_distances(r):
    x = normal(6, 150, r)
    s = one(x, estimator="knn", neighbours=3)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    assert s.weight[0] == pytest.approx(oracle.kraskov(z[:, 0], z[:, 1], 3), abs=1e-10)
    assert s.pvalues is None


def test_neighbours_see_what_no_line_shows_and_survive_ties():
    rng = np.random.Generator(np.random.Philox(7))
    angle = rng.uniform(0, 2 * np.pi, 600)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(600, 2))
    assert one(ring, estimator="knn").weight[0] > 0.8
    assert one(ring, estimator="gaussian").weight[0] < 0.02
    a = rng.integers(0, 3, 600)
    b = np.where(rng.random(600) < 0.8, a, rng.integers(0, 3, 600))
    tied = one(np.stack([a, b], axis=1), estimator="knn").weight[0]
    assert tied == pytest.approx(oracle.plug_in(a.tolist(), b.tolist()), abs=0.02)


def test_neighbours_on_a_lattice_do_not_depend_on_rounding():
    rng = np.random.Generator(np.random.Philox(9))
    x = np.round(2 * rng.normal(size=(150, 2))) / 2
    x[:, 1] = np.where(rng.random(150) < 0.5, x[:, 0], x[:, 1])
    found = [one(x * s, estimator="knn").weight[0] for s in (1.0, 3.0, 0.1, 0.7)]
    assert found == pytest.approx([found[0]] * 4, abs=1e-12)


def test_the_gaussian_form_loses_its_bias():
    x = normal(10, 80, 0.3)
    assert one(x, bias="none").weight[0] - one(x).weight[0] == pytest.approx(1 / 160)


def test_rare_values_are_states_of_their_own_at_either_end():
    rng = np.random.Generator(np.random.Philox(11))
    x = (rng.random((200, 2)) < 0.1).astype(float)
    x[:, 1] = np.where(rng.random(200) < 0.7, x[:, 0], x[:, 1])
    rare, common = one(x, estimator="plug-in"), one(-x, estimator="plug-in")
    assert rare.weight[0] == pytest.approx(common.weight[0], abs=1e-12)
    assert one(x, estimator="plug-in", bias="none").weight[0] == pytest.approx(oracle.plug_in(*x.T.tolist()))


def test_odd_inputs():
    x = normal(8, 100, 0.0, 4)
    x[:, 2] = 1.0
    x[10, 3] = np.nan
    s = one(x)
    assert s.present.tolist() == [[True, True, False, False]]
    twins = MutualInformation(window_s=1, step_s=1).fit(traces(x[:, [0, 0]]))
    assert np.isfinite(twins.snapshots.weight).all()
    assert any("18 nats" in note for note in twins.notes)
    # A spike in every bin, now and then two: with two levels there is but one state.
    trains = [np.append(np.arange(100) * 0.1 + 0.05, 3.02), np.arange(50) * 0.2 + 0.01]
    busy = MutualInformation(bin_s=0.1, window_s=10, step_s=10, levels=2)
    found = busy.fit(Events.from_trains([np.sort(t) for t in trains], span=(0.0, 10.0)))
    assert len(found.snapshots.src) == 0
    assert any("single state" in note for note in found.notes)
    with pytest.raises(DataError, match="samples"):
        one(x[:3, :2], estimator="knn")
    with pytest.raises(ConfigError, match="estimator"):
        MutualInformation(estimator="bayes")
    with pytest.raises(ConfigError, match="surrogates"):
        MutualInformation(estimator="knn", keep="significant")
    with pytest.raises(ConfigError, match="levels"):
        MutualInformation(levels=1)
