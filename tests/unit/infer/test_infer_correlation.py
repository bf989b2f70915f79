"""Correlation: known answers, precision over long runs, bins, gaps, missing samples, significance, messages."""

import numpy as np
import pytest
from tests.oracles import correlation as oracle

from interplay import Events, Intervals, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import uniform
from interplay.infer import METHODS, Correlation, EigenvalueFilter


def recorded(x, dt_s=1.0, start=0.0, **parts):
    return Recording(traces=Series.regular(x, dt_s=dt_s, start=start), **parts)


def noise(seed, n_samples, n_units):
    return np.random.default_rng(seed).normal(size=(n_samples, n_units))


def test_correlation_known_answers():
    t = np.arange(40.0)
    x = np.column_stack([t, -(t**3), np.ones(40), np.where(t < 20, 0.0, 1.0)])
    pearson, spearman = (
        Correlation(kind=kind, window_s=40, step_s=40).fit(recorded(x)).snapshots for kind in ("pearson", "spearman")
    )
    assert spearman.matrix(0)[0, 1] == pytest.approx(-1.0, abs=1e-15)
    assert -1 < pearson.matrix(0)[0, 1] < -0.9
    assert pearson.present[0].tolist() == [True, True, False, True]
    assert spearman.present[0].tolist() == [True, True, False, True]
    assert METHODS["correlation"] is Correlation


def test_rounding_does_not_add_up_over_thousands_of_windows():
    rng = np.random.default_rng(0)
    x = noise(1, 6000, 6)
    x[:, 1] += np.cumsum(rng.normal(size=6000))  # drifts far from its mean
    x[:, 2] += 1e5  # a large offset
    x[1000, 3] += 1e6  # one large event, then quiet
    x[3000:3400, 4] *= 1e-7
    worst = 0.0
    for s, (_, row) in enumerate(Correlation(window_s=60, step_s=1).iterate(recorded(x))):
        if s % 7 == 0 or 940 < s < 1100:
            worst = max(worst, abs(row.matrix() + np.eye(6) - np.corrcoef(x[s : s + 60].T)).max())
    assert worst < 1e-12


def test_iterate_streams_what_fit_keeps():
    x = noise(2, 200, 5)
    config = Correlation(window_s=20, step_s=3)
    snapshots = config.fit(recorded(x)).snapshots
    for s, (bounds, row) in enumerate(config.iterate(recorded(x))):
        np.testing.assert_array_equal(snapshots.matrix(s), row.matrix())
        np.testing.assert_array_equal(snapshots.bounds[s], bounds)
    assert s == len(snapshots) - 1


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_correlation_does_not_depend_on_threads(kind):
    x = noise(3, 300, 40)
    one, three = (
        Correlation(kind=kind, window_s=30, step_s=2, jobs=jobs).fit(recorded(x)).snapshots for jobs in (1, 3)
    )
    assert one.digest == three.digest


def test_explicit_bounds_may_nest():
    x = noise(4, 50, 3)
    bounds = [(0, 40), (5, 20), (5, 45), (30, 50)]
    snapshots = Correlation(bounds=bounds).fit(recorded(x)).snapshots
    for s, (a, b) in enumerate(bounds):
        np.testing.assert_allclose(snapshots.matrix(s) + np.eye(3), np.corrcoef(x[a:b].T), atol=1e-12)


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_units_with_missing_samples_are_absent_and_said(kind):
    x = noise(5, 40, 3)
    x[12, 1] = np.nan
    result = Correlation(kind=kind, window_s=10, step_s=10).fit(recorded(x))
    assert result.snapshots.present.tolist() == [[True] * 3, [True, False, True], [True] * 3, [True] * 3]
    assert "1 samples in 1 of 3 units are NaN (the first: unit '1' at 12 s)" in result.notes[0]
    assert "1 of 3 units are constant or incomplete" in result.notes[1]
    want = getattr(oracle, kind)(x[20:30, 0].tolist(), x[20:30, 1].tolist())
    assert result.snapshots.matrix(2)[0, 1] == pytest.approx(want, abs=1e-12)


def test_binned_spikes_are_counted_in_whole_bins():
    # Decimal times on the edges of bins, where rounding alone would misplace them.
    observed = Intervals.from_bounds([[0.0, 1.0], [2.0, 3.0]])
    a, b = np.array([0.15, 0.3, 0.55, 2.15, 2.85]), np.array([0.17, 0.31, 0.9, 2.4, 2.85])
    recording = Recording(events=Events.from_trains([a, b], span=(0.0, 3.0)), observed=observed)
    for shift in (0.0, 1e4):
        snapshots = Correlation(bin_s=0.05, window_s=1, step_s=1).fit(recording.shift(shift)).snapshots
        counts = np.zeros((2, 20, 2))
        for u, places in enumerate([([3, 6, 11], [3, 17]), ([3, 6, 18], [8, 17])]):
            for w in range(2):
                counts[w, places[w], u] = 1
        for w in range(2):
            assert snapshots.matrix(w)[0, 1] == pytest.approx(oracle.pearson(*counts[w].T.tolist()), abs=1e-12)
    explicit = Correlation(bin_s=0.05, bounds=[(0.5, 1.0), (2.0, 3.0)]).fit(recording).snapshots
    assert explicit.matrix(1)[0, 1] == pytest.approx(snapshots.matrix(1)[0, 1], abs=1e-12)


def test_decimal_sample_times_fall_into_the_right_windows():
    x = noise(6, 100, 2)
    snapshots = Correlation(window_s=0.3, step_s=0.1).fit(recorded(x, dt_s=0.1, start=0.7)).snapshots
    for s in range(len(snapshots)):
        assert snapshots.matrix(s)[0, 1] == pytest.approx(np.corrcoef(x[s : s + 3].T)[0, 1], abs=1e-10)


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_correlation_pvalues_count_shifts_by_hand(kind):
    x, m, seed = noise(7, 40, 3), 19, 4
    x[:, 1] += x[:, 0]
    x[:, 2] = np.where(np.arange(40) < 20, 1.0, x[:, 2])  # absent from the first window
    config = Correlation(kind=kind, window_s=20, step_s=20, surrogates=m, seed=seed)
    snapshots = config.fit(recorded(x)).snapshots
    p = snapshots.dense_pvalues()
    assert np.isnan(p[0, 2, 0])
    for s, pairs in ((0, [(0, 1)]), (1, [(0, 1), (0, 2), (1, 2)])):
        part = x[20 * s : 20 * s + 20]
        for i, j in pairs:
            seen, count = abs(getattr(oracle, kind)(part[:, i].tolist(), part[:, j].tolist())), 1
            counting = 1
            for k in range(m):
                by = [int(float(uniform(seed, "circular_shift_samples", (s << 32) | k, u)) * 20) for u in (i, j)]
                if by[0] == by[1]:
                    continue  # both moved alike: that is the data again
                moved = [np.roll(part[:, u], b) for u, b in zip((i, j), by, strict=True)]
                counting += 1
                count += abs(getattr(oracle, kind)(moved[0].tolist(), moved[1].tolist())) >= seen - 1e-12
            assert p[s, i, j] == pytest.approx(count / counting)


def test_correlation_keeps_the_planted_pair_only():
    # Chance alone gives one of the six pairs p = 0.016 here; the planted one must be the only one far below that.
    x = noise(8, 1500, 4)
    x[:, 3] -= 2 * x[:, 2]
    result = Correlation(window_s=1500, step_s=1500, surrogates=1999, alpha=0.01, keep="significant").fit(recorded(x))
    assert list(zip(result.snapshots.src, result.snapshots.dst, strict=True)) == [(2, 3)]
    assert result.snapshots.weight[0] < -0.8
    assert result.citations == ("benjamini1995fdr",)


def test_correlation_takes_an_eigenvalue_filter():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(400, 12))
    x[:, :5] += 1.5 * rng.normal(size=(400, 1))
    x[:, 11] = 3.0
    result = Correlation(window_s=200, step_s=200, eigenvalue_filter=True).fit(recorded(x))
    assert result.quantity.startswith("eigenvalue-filtered Pearson")
    assert "khajehnejad2024tavrnn" in result.citations
    assert not result.snapshots.present[:, 11].any()
    own = EigenvalueFilter().apply(x[200:, :11], window=1)
    block = result.snapshots.matrix(1)[:5, :5][np.triu_indices(5, 1)]
    np.testing.assert_allclose(block, own[:5, :5][np.triu_indices(5, 1)], atol=1e-10)
    assert block.min() > 0.6


def test_correlation_messages():
    spikes = Events.from_trains([[0.1], [0.2]], span=(0.0, 10.0))
    x = recorded(noise(0, 50, 2))
    with pytest.raises(DataError, match=r"`data` must hold traces when `bin_s` is unset, got spikes only. Set `bin_s`"):
        Correlation().fit(spikes)
    with pytest.raises(DataError, match="`data` must hold spikes when `bin_s` is set, got traces only"):
        Correlation(bin_s=0.1).fit(x)
    with pytest.raises(ConfigError, match=r"`step_s` must be a whole multiple of `bin_s`=0.3 s, got a length of 1 s"):
        Correlation(bin_s=0.3, window_s=3, step_s=1).fit(spikes)
    with pytest.raises(DataError, match=r"at least 3 samples: window 0, \(0.0, 2.0\) s, holds 2"):
        Correlation(window_s=2, step_s=2).fit(x)
    with pytest.raises(ConfigError, match="`eigenvalue_filter` must come with `surrogates`=0, got 5"):
        Correlation(eigenvalue_filter=True, surrogates=5)
    with pytest.raises(ConfigError, match="Unknown `kind` 'person'; did you mean 'pearson'"):
        Correlation(kind="person")
    with pytest.raises(ConfigError, match=r"`keep=\"significant\"` must come with `surrogates` > 0"):
        Correlation(keep="significant")
