"""SpikeTiling: known answers, windows, significance, orientation, messages."""

import numpy as np
import pytest
from tests.oracles.tiling import sttc

from interplay import Events, Intervals, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import uniform
from interplay.infer import METHODS, SpikeTiling
from interplay.ops import surrogates


def poisson(seed, n_units, rate_hz, length):
    rng = np.random.default_rng(seed)
    return [np.sort(rng.uniform(0, length, rng.poisson(rate_hz * length))) for _ in range(n_units)]


def test_tiling_known_answers():
    span = (0.0, 100.0)
    a = [10.0, 20.0, 30.0]
    same = Events.from_trains([a, a, [10.0, 20.0, 50.0], [70.0], []], span=span)
    result = SpikeTiling(bounds=[span], lag_s=1.0).fit(same)
    m = result.snapshots.matrix(0, missing=np.nan)
    t = 6 / 100
    assert m[0, 1] == 1.0
    assert m[0, 2] == pytest.approx((2 / 3 - t) / (1 - 2 / 3 * t), abs=1e-14)
    assert m[0, 3] == pytest.approx(0.5 * (-0.02 - t), abs=1e-14)
    assert m[0, 3] < 0
    assert np.isnan(m[4]).all()
    assert result.snapshots.present[0].tolist() == [True, True, True, True, False]
    assert "1 of 5 units are silent" in result.notes[0]
    assert result.seed is None
    assert result.citations == ("cutts2014tiling",)


def test_tiling_is_one_where_everything_is_covered():
    # Both terms are 0 / 0: every spike coincides and the tiles cover the window.
    dense = Events.from_trains([[0.5, 1.5], [0.6, 1.4]], span=(0.0, 2.0))
    assert SpikeTiling(bounds=[(0.0, 2.0)], lag_s=1.0).fit(dense).snapshots.weight.tolist() == [1.0]


def test_tiling_of_independent_trains_is_zero_over_an_hour():
    events = Events.from_trains(poisson(2, 24, 2.0, 3600.0), span=(0.0, 3600.0))
    weight = SpikeTiling(bounds=[(0.0, 3600.0)]).fit(events).snapshots.weight
    assert abs(weight.mean()) < 0.005
    assert abs(weight).max() < 0.05


def test_directed_tiling_points_from_the_leader_to_the_follower():
    lead = np.arange(1.0, 99.0, 2.0)
    events = Events.from_trains([lead + 0.02, lead], span=(0.0, 100.0))
    snapshots = SpikeTiling(bounds=[(0.0, 100.0)], directed=True).fit(events).snapshots
    assert snapshots.directed
    assert snapshots.matrix(0)[1, 0] == 1.0
    assert snapshots.matrix(0)[0, 1] < 0


def test_directed_tiling_ignores_simultaneous_spikes():
    train = np.arange(1.0, 99.0, 2.0)
    events = Events.from_trains([train, train], span=(0.0, 100.0))
    assert (SpikeTiling(bounds=[(0.0, 100.0)], directed=True).fit(events).snapshots.weight < 0).all()


def test_tiling_windows_stay_inside_observed_time():
    observed = Intervals.from_bounds([[0.0, 25.0], [40.0, 65.0]])
    trains = [np.concatenate([t[t < 25], t[t >= 40]]) for t in poisson(0, 3, 3.0, 65.0)]
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 65.0)), observed=observed)
    snapshots = SpikeTiling(window_s=10, step_s=10).fit(recording).snapshots
    assert snapshots.bounds.tolist() == [[0, 10], [10, 20], [40, 50], [50, 60]]
    # A window is what it would be alone.
    alone = SpikeTiling(bounds=[(0.0, 10.0)]).fit(recording.events.window(40.0, 50.0).shift(-40.0)).snapshots
    np.testing.assert_allclose(snapshots.matrix(2), alone.matrix(0), atol=1e-12)
    with pytest.raises(DataError, match=r"`bounds` must lie inside observed time.*bounds\[1\]=\(20\.0, 30\.0\)"):
        SpikeTiling(bounds=[(0, 10), (20, 30)]).fit(recording)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("null", ["circular_shift", "jitter"])
def test_tiling_pvalues_count_surrogates_by_hand(null, directed):
    length, m, seed = 20.0, 9, 3
    trains = poisson(5, 3, 1.0, 2 * length)
    trains[1] = np.sort(np.concatenate([trains[1], trains[0] + 0.01]))[:60]
    events = Events.from_trains([t[t < 2 * length] for t in trains], span=(0.0, 2 * length))
    config = SpikeTiling(
        window_s=length, step_s=length, surrogates=m, null=null, jitter_s=0.4, directed=directed, seed=seed
    )
    got = config.fit(events).snapshots.dense_pvalues()
    for s in range(2):
        part = events.window(s * length, (s + 1) * length).shift(-s * length)
        times, pointer = part.by_unit()
        count, counting = np.ones((3, 3)), np.ones((3, 3))
        seen = {}
        for k in range(-1, m):
            index = (s << 32) | k
            if k < 0:
                moved = times
            elif null == "jitter":
                moved = surrogates.interval_jitter(times, pointer, 0.0, length, width_s=0.4, seed=seed, index=index)
            else:
                moved = surrogates.circular_shift(times, pointer, 0.0, length, seed=seed, index=index)
            by = [float(uniform(seed, "circular_shift", index, u)) * length for u in range(3)]
            for i in range(3):
                for j in range(3):
                    apart = abs(by[i] - by[j])
                    if k >= 0 and null == "circular_shift" and min(apart, length - apart) < 0.1:
                        continue  # both moved by nearly the same amount: that is the data again
                    a, b = (moved[pointer[u] : pointer[u + 1]] for u in (i, j))
                    value = sttc(a, b, length, 0.05, directed=directed)
                    if k < 0:
                        seen[i, j] = value
                    else:
                        counting[i, j] += 1
                        count[i, j] += abs(value) >= abs(seen[i, j]) - 1e-12
        off = ~np.eye(3, dtype=bool)
        np.testing.assert_allclose(got[s][off], (count / counting)[off])


def test_tiling_keeps_the_planted_pair_only():
    trains = poisson(8, 12, 2.0, 120.0)
    jittered = trains[3] + np.random.default_rng(0).normal(0, 0.01, len(trains[3]))
    trains[7] = np.sort(jittered[(jittered > 0) & (jittered < 120)])
    events = Events.from_trains(trains, span=(0.0, 120.0))
    config = SpikeTiling(bounds=[(0, 120)], surrogates=1999, null="jitter", keep="significant")
    result = config.fit(events)
    assert list(zip(result.snapshots.src, result.snapshots.dst, strict=True)) == [(3, 7)]
    assert result.snapshots.pvalues.tolist() == [1 / 2000]
    assert "benjamini1995fdr" in result.citations
    assert result.seed == 0


@pytest.mark.parametrize("window_s", [20.0, 60.0])
def test_tiling_does_not_depend_on_threads(window_s):
    events = Events.from_trains(poisson(1, 8, 4.0, 60.0), span=(0.0, 60.0))
    one, three = (
        SpikeTiling(window_s=window_s, step_s=10.0, surrogates=7, jobs=jobs).fit(events).snapshots for jobs in (1, 3)
    )
    assert one.digest == three.digest


def test_tiling_null_pvalues_are_uniform():
    events = Events.from_trains(poisson(4, 20, 2.0, 100.0), span=(0.0, 100.0))
    for null in ("circular_shift", "jitter"):
        p = SpikeTiling(bounds=[(0, 100)], surrogates=99, null=null).fit(events).snapshots.pvalues
        assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.05)
        assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.12)


def test_tiling_reports_progress_and_leaves_its_input_alone():
    events = Events.from_trains(poisson(1, 4, 4.0, 60.0), span=(0.0, 60.0))
    before, seen = events.digest, []
    result = SpikeTiling(window_s=20, step_s=20).fit(events, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert Events(time=events.time, unit=events.unit, n_units=4, span=events.span).digest == before
    assert result.made_from == before
    assert METHODS["tiling"] is SpikeTiling


def test_tiling_messages():
    traces = Recording(traces=Series.regular(np.ones((5, 2)), dt_s=1.0))
    with pytest.raises(DataError, match="`data` must hold spikes, got a Recording with traces only"):
        SpikeTiling().fit(traces)
    with pytest.raises(ConfigError, match=r"`lag_s` must be > 0 and <= \d+\.0, got 0"):
        SpikeTiling(lag_s=0)
    with pytest.raises(ConfigError, match=r"Unknown `null` 'jiter'; did you mean 'jitter'\?"):
        SpikeTiling(null="jiter")
    with pytest.raises(ConfigError, match=r"`keep=\"significant\"` must come with `surrogates` > 0"):
        SpikeTiling(keep="significant")
    with pytest.raises(ConfigError, match=r"`bounds` must have start < stop: bounds\[0\]=\(2\.0, 1\.0\)"):
        SpikeTiling(bounds=[(2.0, 1.0)])
    with pytest.raises(ConfigError, match="`bounds` must hold at least one window"):
        SpikeTiling(bounds=np.empty((0, 2)))
