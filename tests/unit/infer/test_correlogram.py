"""Cross-correlograms: counts, bands, synapses with their sign and latency, and what is refused."""

import numpy as np
import pytest
from tests.oracles import correlogram as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import CrossCorrelogram, correlograms, jitter_bands
from interplay.infer.correlogram_counts import _bands


def poisson(seed, rates, stop):
    rng = np.random.Generator(np.random.Philox(seed))
    return [np.sort(rng.uniform(0, stop, rng.poisson(r * stop))) for r in rates]


def events(trains, stop):
    return Events.from_trains([np.asarray(t)[np.asarray(t) < stop] for t in trains], span=(0.0, stop))


def wired(seed=1, stop=300.0):
    """Six Poisson trains: 0 excites 1 after 3 ms, 2 keeps 3 silent for 6 ms."""
    rng = np.random.Generator(np.random.Philox(seed))
    trains = poisson(seed, [5.0, 5, 8, 8, 5, 5], stop)
    caused = trains[0][rng.random(len(trains[0])) < 0.1] + 0.003
    trains[1] = np.sort(np.append(trains[1], caused))
    since = trains[3] - trains[2][np.maximum(np.searchsorted(trains[2], trains[3]) - 1, 0)]
    trains[3] = trains[3][~((since > 0) & (since < 0.006) & (rng.random(len(since)) < 0.9))]
    return events(trains, stop)


@pytest.fixture(scope="module")
def synapses():
    data = wired()
    return data, CrossCorrelogram(window_s=300, step_s=300, keep="significant", alpha=0.01).fit(data)


@pytest.mark.parametrize("grid", [False, True])
def test_counts_equal_pairs_of_spikes_counted_one_by_one(grid):
    trains = poisson(0, [3.0, 6.0, 1.0], 8.0)
    if grid:
        # Times on a clock of half a bin: lags lie on edges of bins, and many are zero.
        trains = [np.unique(np.round(t / 0.0025)) * 0.0025 for t in trains]
    found = correlograms(events(trains, 8.0), bin_s=0.005, reach_s=0.05, jobs=2)
    for i in range(3):
        for j in range(3):
            expected = oracle.counts(trains[i], trains[j], 0.005, 10, same=i == j)
            np.testing.assert_array_equal(found.pair(i, j), expected)
            np.testing.assert_array_equal(found.pair(i, j), found.pair(j, i)[::-1])
    np.testing.assert_allclose(found.lag_s, np.arange(-10, 11) * 0.005)
    assert found.size.tolist() == [len(t) for t in trains]


def test_counts_do_not_drift_with_absolute_time():
    trains = [np.round(t * 20000) / 20000 for t in poisson(3, [5.0, 5.0], 20.0)]
    near = correlograms(Events.from_trains(trains, span=(0.0, 20.0)))
    far = correlograms(Events.from_trains([t + 1e5 for t in trains], span=(1e5, 1e5 + 20.0)))
    np.testing.assert_array_equal(near.following, far.following)


def test_no_coincidence_spans_a_gap_and_the_expectation_knows_the_triangle():
    trains = poisson(4, [5.0, 5.0], 30.0)
    gap = Intervals.from_bounds([[0.0, 10.0], [10.001, 30.0]])
    inside = [t[(t < 10) | (t >= 10.001)] for t in trains]
    cut = correlograms(Recording(events=events(inside, 30.0), observed=gap), bin_s=0.5, reach_s=5.0)
    stretches = ((0.0, 10.0), (10.001, 30.0))
    parts = [oracle.counts(*[t[(t >= a) & (t < b)] for t in inside], 0.5, 10) for a, b in stretches]
    np.testing.assert_array_equal(cut.pair(0, 1), parts[0] + parts[1])
    trains = poisson(4, [40.0, 40.0], 30.0)
    whole = correlograms(events(trains, 30.0), bin_s=0.5, reach_s=5.0)
    expected = whole.expected(0, 1)
    # Over 21 lags; 4 standard errors of a Poisson count each, false alarm below 0.002.
    assert (np.abs(whole.pair(0, 1) - expected) < 4 * np.sqrt(expected * 2)).all()
    assert expected[0] == pytest.approx(expected[10] * (30 - 5) / 30)


def test_excitation_and_inhibition_are_found_with_latency_and_in_one_direction_only(synapses):
    _, result = synapses
    s = result.snapshots
    found = {(int(a), int(b)): k for k, (a, b) in enumerate(zip(s.src, s.dst, strict=True))}
    assert set(found) == {(0, 1), (2, 3)}
    assert result.kind[found[0, 1]] == 1
    assert result.kind[found[2, 3]] == -1
    assert result.latency_s[found[0, 1]] == pytest.approx(0.003)
    # One in ten spikes is followed; at 8 Hz, 5 ms of silence cost 8 * 0.0055 * 0.9 spikes, less what the edges take.
    assert s.weight[found[0, 1]] == pytest.approx(0.1, abs=0.03)
    assert s.weight[found[2, 3]] == pytest.approx(-0.033, abs=0.012)
    assert "stark2009unbiased" in result.citations


@pytest.mark.parametrize("statistic", ["sum", "extreme"])
def test_one_window_equals_the_definition(statistic):
    trains = poisson(6, [4.0, 9.0, 2.0], 12.0)
    settings = {"bin_s": 0.002, "low_s": 0.002, "high_s": 0.006, "reach_s": 0.03, "baseline_s": 0.008}
    data = events(trains, 12.0)
    result = CrossCorrelogram(window_s=12, step_s=12, statistic=statistic, **settings).fit(data)
    s = result.snapshots
    for k, (i, j) in enumerate(zip(s.src, s.dst, strict=True)):
        count = oracle.counts(trains[i], trains[j], 0.002, 15)
        tests = [[1, 2, 3]] if statistic == "sum" else [[1], [2], [3]]
        found = []
        for bins in tests:
            # Every tested bin is kept out of every baseline, so each is weighed with all three hollowed.
            observed, expected, spread, per = oracle.excess(count, bins, [1, 2, 3], 0.002, 0.008, 12.0)
            found.append((oracle.pvalue(observed, expected, spread, per), observed, expected))
        p, observed, expected = min(found)
        p = p if statistic == "sum" else 1 - (1 - p) ** 3
        assert s.pvalues[k] == pytest.approx(p, rel=1e-9, abs=1e-12)
        assert s.weight[k] == pytest.approx((observed - expected) / len(trains[i]), rel=1e-9, abs=1e-12)
        assert (result.observed[k], result.expected[k]) == pytest.approx((observed, expected))


@pytest.mark.parametrize("rate", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("statistic", ["sum", "extreme"])
def test_the_law_holds_for_independent_trains(rate, statistic):
    data = events(poisson(7, [rate] * 30, 120.0), 120.0)
    p = CrossCorrelogram(window_s=120, step_s=120, statistic=statistic).fit(data).snapshots.pvalues
    # 870 tests: 0.05 and 0.01 with four standard errors, false alarm below 1e-4 each.
    assert (p <= 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 870)
    assert (p <= 0.01).mean() < 0.01 + 4 * np.sqrt(0.01 * 0.99 / 870)
    if rate == 10.0 and statistic == "sum":
        assert (p <= 0.05).mean() > 0.05 - 4 * np.sqrt(0.05 * 0.95 / 870)


def test_jitter_holds_where_rates_change_together():
    # Both rates rise for 100 ms about once a second: the window of 5 ms around each lag is flat, the trains are not.
    rng = np.random.Generator(np.random.Philox(8))
    trains = []
    bumps = np.sort(rng.uniform(0, 60, 60))
    for _ in range(10):
        extra = (bumps[:, None] + rng.uniform(0, 0.1, (60, 2))).ravel()
        trains.append(np.sort(np.append(rng.uniform(0, 60, 180), extra)))
    config = CrossCorrelogram(surrogates=99, jitter_s=0.02)
    p = config.fit(events(trains, 60.0)).snapshots.pvalues
    # 90 dependent tests; 0.05 with four standard errors of independent ones.
    assert (p <= 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 90)


@pytest.mark.parametrize("null", ["jitter", "circular_shift"])
def test_surrogates_find_the_synapse_and_do_not_depend_on_threads(null):
    data = wired(stop=120.0)
    fits = [CrossCorrelogram(window_s=120, step_s=120, surrogates=49, null=null, jobs=j).fit(data) for j in (1, 3)]
    assert fits[0].snapshots.digest == fits[1].snapshots.digest
    p = fits[0].snapshots.dense_pvalues()[0]
    assert p[0, 1] == pytest.approx(2 / 50)
    assert np.median(p[~np.eye(6, dtype=bool)]) > 0.2


def test_shifts_that_leave_a_pair_within_reach_do_not_count():
    rng = np.random.Generator(np.random.Philox(10))
    source = np.sort(rng.uniform(0, 20, 100))
    data = events([source, source + 0.003], 20.0)
    config = CrossCorrelogram(window_s=20, step_s=20, reach_s=0.5, surrogates=99, null="circular_shift", gallery=0)
    p = config.fit(data).snapshots.dense_pvalues()[0, 0, 1]
    # Shifts up to 1 s to either side of 20: about 10 of 99 are left out, none exceeds.
    assert 2 / 100 < p <= 2 / 80


@pytest.mark.parametrize(("delay", "lost"), [(0.008, False), (0.005, True)])
def test_what_lies_beyond_the_tested_lags_is_not_taken_for_its_opposite(delay, lost):
    rng = np.random.Generator(np.random.Philox(11))
    trains = poisson(12, [8.0, 20.0], 300.0)
    if lost:
        before = np.searchsorted(trains[0], np.stack([trains[1] - 0.02, trains[1] - delay]))
        trains[1] = trains[1][before[0] == before[1]]
    else:
        caused = trains[0][rng.random(len(trains[0])) < 0.6]
        trains[1] = np.sort(np.append(trains[1], caused + delay + 0.002 * rng.random(len(caused))))
    sign = -1 if lost else 1
    short = CrossCorrelogram(window_s=300, step_s=300).fit(events(trains, 300.0))
    at = int(np.flatnonzero(short.snapshots.src == 0)[0])
    assert short.snapshots.pvalues[at] < 1e-3
    assert np.sign(short.snapshots.weight[at]) == -sign
    assert short.kind.tolist() == [0, 0]
    assert any("raise `high_s`" in note for note in short.notes)
    wide = CrossCorrelogram(window_s=300, step_s=300, high_s=0.02).fit(events(trains, 300.0))
    assert wide.kind[at] == sign
    assert wide.kind[1 - at] == 0


def test_bands_treat_data_and_surrogates_alike():
    rng = np.random.Generator(np.random.Philox(13))
    drawn = rng.poisson(20.0, (20, 1, 5)).astype(np.int32)
    drawn[3] += 30
    pairs = np.array([[0, 1]])
    # Whichever of the twenty is called the data, it keeps its rank: the p-values are 1 / 20 .. 20 / 20, each once.
    p = [_bands(pairs, np.roll(drawn, k, axis=0), 0.001, 0.1).pvalue[0] for k in range(20)]
    np.testing.assert_allclose(np.sort(p), np.arange(1, 21) / 20)
    same = _bands(pairs, np.repeat(drawn[:1], 20, axis=0), 0.001, 0.1)
    assert same.pvalue[0] == 1.0


def test_bands_hold_the_null_and_show_the_synapse():
    data = wired(stop=120.0)
    bands = jitter_bands(data, [[0, 1], [4, 5]], surrogates=199, level=0.05)
    at = np.argmin(np.abs(bands.lag_s - 0.003))
    assert bands.counts[0, at] > bands.simultaneous[0, 1, at] > bands.pointwise[0, 1, at]
    assert bands.pvalue[0] == pytest.approx(1 / 200)
    assert bands.pvalue[1] > 0.05
    inside = (bands.counts[1] >= bands.simultaneous[1, 0]) & (bands.counts[1] <= bands.simultaneous[1, 1])
    assert inside.all()
    np.testing.assert_array_equal(bands.counts[0], correlograms(data).pair(0, 1))
    alone = jitter_bands(data, [[4, 5]], surrogates=199, level=0.05)
    np.testing.assert_array_equal(alone.pointwise[0], bands.pointwise[1])


def test_one_electrode_hides_short_lags():
    data = wired()
    config = CrossCorrelogram(window_s=300, step_s=300, electrodes=[0, 0, 1, 2, 3, 4], dead_s=0.004)
    result = config.fit(data)
    place = {
        (int(a), int(b)): k for k, (a, b) in enumerate(zip(result.snapshots.src, result.snapshots.dst, strict=True))
    }
    # The peak at 3 ms lies in the dead time: only the bin at 5 ms is left to test.
    assert result.kind[place[0, 1]] == 0
    assert result.latency_s[place[0, 1]] == pytest.approx(0.005)
    assert result.kind[place[2, 3]] == -1
    nothing = CrossCorrelogram(window_s=300, step_s=300, electrodes=[0] * 6, dead_s=0.01).fit(data)
    assert len(nothing.snapshots.src) == 0
    with pytest.raises(DataError, match="`electrodes` must name one electrode for each of 6 units, got 2"):
        CrossCorrelogram(window_s=300, step_s=300, electrodes=[0, 1]).fit(data)
    for wrong in ([0.2, 0.7, 1.5], [[0, 1], [2, 3]], [0, None], ["a", "b"], [0.0, np.nan]):
        with pytest.raises(DataError, match="`electrodes` must"):
            CrossCorrelogram(electrodes=wrong)


def test_the_gallery_shows_the_best_pairs(synapses):
    data, result = synapses
    g = result.gallery
    assert list(zip(g.src.tolist(), g.dst.tolist(), strict=True)) == [(0, 1), (2, 3)]
    np.testing.assert_array_equal(g.counts[0], correlograms(data).pair(0, 1))
    peak = np.argmin(np.abs(g.lag_s - 0.003))
    assert g.counts[0, peak] > 2 * g.baseline[0, peak]
    flat = np.abs(g.lag_s) > 0.01
    np.testing.assert_allclose(g.baseline[0, flat].mean(), g.counts[0, flat].mean(), rtol=0.1)
    assert len(CrossCorrelogram(window_s=300, step_s=300, gallery=0).fit(data).gallery.src) == 0


def test_silent_units_are_absent_and_scarce_ones_named():
    result = CrossCorrelogram(window_s=20, step_s=20).fit(events([np.arange(1.0, 20), [5.0], []], 20.0))
    assert result.snapshots.present.tolist() == [[True, True, False]]
    assert len(result.snapshots.src) == 2
    assert np.isfinite(result.snapshots.pvalues).all()
    assert (result.kind == 0).all()
    assert any("silent" in note for note in result.notes)
    assert any("expect fewer than 3 coincidences" in note for note in result.notes)


@pytest.mark.parametrize("n_units", [0, 1])
def test_too_few_units_give_empty_networks(n_units):
    data = Events.from_trains([[1.0, 2.0]] * n_units, span=(0.0, 60.0))
    result = CrossCorrelogram().fit(data)
    assert len(result.snapshots.src) == len(result.kind) == 0
    assert correlograms(data).following.shape[:2] == (n_units, n_units)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bin_s": 0.0}, "`bin_s` must be > 0"),
        ({"high_s": 0.0005}, "`high_s` must be >= 0.001"),
        ({"reach_s": 0.004}, "`reach_s` must be > 0.005"),
        ({"low_s": 0.0012, "high_s": 0.0018}, "must hold the centre of a bin other than zero"),
        ({"low_s": 1e-9}, "must hold the centre of a bin other than zero"),
        ({"statistic": "mean"}, "statistic"),
        ({"null": "phases"}, "null"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    if settings == {"low_s": 1e-9}:
        settings = {"low_s": 1e-9, "high_s": 0.0004}
    with pytest.raises(ConfigError, match=message):
        CrossCorrelogram(**settings)


def test_wrong_data_is_refused():
    traces = Recording(traces=Series.regular(np.zeros((100, 2)), dt_s=0.1))
    with pytest.raises(DataError, match="must hold spikes"):
        CrossCorrelogram().fit(traces)
    data = events(poisson(9, [5.0, 5.0], 10.0), 10.0)
    with pytest.raises(DataError, match=r"every window must be longer than `reach_s`=0\.05 s"):
        CrossCorrelogram(window_s=0.04, step_s=1).fit(data)
    with pytest.raises(DataError, match=r"`pairs` must name two different units, got pairs\[0\]=\[1, 1\]"):
        jitter_bands(data, [[1, 1]])
    with pytest.raises(ConfigError, match="`surrogates` must be a whole number >= 199"):
        jitter_bands(data, [[0, 1]], surrogates=50)
