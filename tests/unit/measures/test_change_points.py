"""Segmentation against enumeration, planted changes, the null, the baseline on rates."""

import numpy as np
import pytest
from tests.oracles import measures as oracle

from interplay import Events, Intervals, Recording, Series, Snapshots
from interplay import measures as m
from interplay._core.errors import ConfigError, DataError
from interplay.measures.changes import disjoint_lag
from interplay.ops.segmentation import best_segmentations, segment_costs

BIN = 5.0


def windows_of(length, window, step):
    count = int((length - window) // step) + 1
    return step * np.arange(count)[:, None] + np.array([0.0, window])


def planted(changes, seed, *, n=14, length=1200.0, window=60.0, step=30.0, noise=2.0):
    """Windows average independent bins whose mean network switches at the changes."""
    rng = np.random.default_rng(seed)
    pairs = n * (n - 1) // 2
    mean = rng.normal(size=(len(changes) + 1, pairs))
    start = np.arange(0, length, BIN)
    regime = np.searchsorted(changes, start + BIN / 2)
    values = mean[regime] + noise * rng.normal(size=(len(start), pairs))
    bounds = windows_of(length, window, step)
    weights = np.zeros((len(bounds), n, n))
    for s, (a, b) in enumerate(bounds):
        weights[s][np.triu_indices(n, 1)] = values[(start >= a) & (start < b)].mean(axis=0)
    return Snapshots.from_dense(weights + weights.transpose(0, 2, 1), bounds, directed=False)


@pytest.mark.parametrize("least", [1, 2, 3])
def test_segmentation_equals_enumeration(least):
    rng = np.random.default_rng(least)
    x = rng.normal(size=(9, 3)) + np.repeat([0, 2, 0], 3)[:, None]
    gram = x @ x.T
    cost = segment_costs(gram, np.arange(9))
    for a in range(9):
        for b in range(a + 1, 10):
            assert cost[a, b] == pytest.approx(oracle.scatter(gram, a, b), abs=1e-12)
    total, back = best_segmentations(cost, 5, least)
    for k in range(1, 6):
        best, cuts = oracle.best_cut(gram, k, least)
        assert total[k - 1] == pytest.approx(best, abs=1e-12)
        if cuts:
            stop, found = 9, []
            for j in range(k - 1, 0, -1):
                stop = int(back[j, stop])
                found.append(stop)
            assert tuple(found[::-1]) == cuts


def test_segment_costs_follow_the_order_given():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(6, 2))
    order = rng.permutation(6)
    expected = segment_costs(x[order] @ x[order].T, np.arange(6))
    assert segment_costs(x @ x.T, order) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("changes", [[437.0], [300.0, 655.0], [400.0, 800.0]])
def test_planted_changes_are_found_within_a_window(changes):
    for seed in range(3):
        found = m.network_changes(planted(changes, seed))
        error = m.change_error(found.time_s, changes, tolerance_s=60)
        assert (error.misses, error.false_alarms) == (0, 0)
        assert error.error_s.max() < 15
        assert (found.pvalues <= 0.05).all()
        assert found.index.tolist() == [int(np.argmax(found.regime == k)) for k in range(1, len(changes) + 1)]
        assert (np.diff(found.regime) >= 0).all()


def test_a_return_to_the_old_state_is_two_changes():
    snapshots = planted([400.0, 800.0], 0)
    weights = snapshots.dense()
    middle = (snapshots.bounds.mean(axis=1) > 400) & (snapshots.bounds.mean(axis=1) < 800)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, weights.shape)
    states = np.where(middle[:, None, None], weights[-1], weights[0]) + noise
    states = np.triu(states, 1) + np.triu(states, 1).transpose(0, 2, 1)
    again = Snapshots.from_dense(states, snapshots.bounds, directed=False)
    found = m.network_changes(again)
    assert m.change_error(found.time_s, [400.0, 800.0], tolerance_s=30).misses == 0
    assert (found.gain > 0.3).all()
    assert (found.gain <= 1).all()


def test_no_change_is_found_at_the_stated_rate():
    found = [
        len(m.network_changes(planted([], s, n=8, length=900.0, step=20.0), n_permutations=99).time_s)
        for s in range(60)
    ]
    # Nominal 5 %; 9 of 60 or more has probability 0.2 % then.
    assert sum(k > 0 for k in found) < 9


def test_time_of_change_is_blind_to_where_windows_fall():
    exact = m.network_changes(planted([437.0], 3, noise=0.01), n_changes=1).time_s[0]
    assert exact == pytest.approx(437, abs=3.5)
    step = m.network_changes(planted([437.0], 3, noise=0.01, step=60.0), n_changes=1).time_s[0]
    # One mixed window only, and correlations bend the mixture a little.
    assert step == pytest.approx(437, abs=6)


def test_shift_of_the_clock_and_scale_of_the_weights_change_nothing():
    snapshots = planted([437.0], 2)
    found = m.network_changes(snapshots)
    shifted = m.network_changes(snapshots.shift(1e5))
    assert shifted.time_s == pytest.approx(found.time_s + 1e5, abs=1e-6)
    scaled = m.network_changes(snapshots.with_weight(7 * snapshots.weight))
    assert scaled.time_s == pytest.approx(found.time_s, abs=1e-6)
    assert np.array_equal(m.network_changes(snapshots).time_s, found.time_s)


def test_lag_past_the_overlap():
    assert disjoint_lag([[0, 60], [60, 120], [120, 180]]) == 1
    assert disjoint_lag(windows_of(600.0, 60.0, 30.0)) == 2
    assert disjoint_lag(windows_of(600.0, 60.0, 25.0)) == 3
    assert disjoint_lag(1e5 + 0.1 * np.arange(40)[:, None] + np.array([0, 0.3])) == 3
    assert disjoint_lag(np.empty((0, 2))) == 1
    for since_1970 in (0.0, 1.7e9):
        assert disjoint_lag(since_1970 + np.arange(40)[:, None] + np.array([0, 2])) == 2
        assert disjoint_lag(since_1970 + 0.1 * np.arange(40)[:, None] + np.array([0, 0.3])) == 3


def test_rates_are_segmented_by_the_same_code():
    rng = np.random.default_rng(0)
    trains = [np.sort(np.concatenate([rng.uniform(0, 600, 600), rng.uniform(600, 1200, 3000)])) for _ in range(4)]
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 1200.0)))
    bounds = windows_of(1200.0, 60.0, 30.0)
    rate = m.firing_rates(recording, bounds)
    assert rate[0] == pytest.approx(recording.events.counts(bounds)[0] / 60.0)
    found = m.rate_changes(recording, bounds)
    assert found.time_s == pytest.approx([600.0], abs=10)


def test_rates_count_observed_seconds_only():
    events = Events.from_trains([[1.0, 2.0, 8.0]], span=(0.0, 10.0))
    observed = Intervals.from_bounds([[0, 4], [6, 10]])
    rate = m.firing_rates(Recording(events=events, observed=observed), [[0, 10], [2, 6]])
    assert rate[:, 0].tolist() == [3 / 8, 1 / 2]
    with pytest.raises(DataError, match=r"`bounds` must touch observed time: window 0, \[4.0, 6.0\)"):
        m.firing_rates(Recording(events=events, observed=observed), [[4, 6]])
    traces = Recording(traces=Series.regular(np.zeros((10, 1)), dt_s=1.0))
    with pytest.raises(DataError, match="must have `events`"):
        m.firing_rates(traces, [[0, 10]])


def test_too_few_windows_give_no_change_and_say_so():
    for size in (0, 1, 2, 3):
        found = m.change_points(np.eye(size), np.arange(size)[:, None] + np.array([0.0, 1.0]))
        assert len(found.time_s) == len(found.index) == len(found.gain) == 0
        assert found.regime.tolist() == [0] * size
        assert "no change could be looked for" in found.notes[0]


def test_undefined_similarities_are_taken_as_zero_and_said():
    weights = planted([437.0], 0).dense()
    weights[5] = 0.0
    found = m.network_changes(Snapshots.from_dense(weights, planted([437.0], 0).bounds, directed=False))
    assert "were undefined and taken as zero" in found.notes[-1]
    assert m.change_error(found.time_s, [437.0], tolerance_s=60).misses == 0


def test_messages_of_change_points():
    bounds = np.arange(4)[:, None] + [0.0, 1.0]
    with pytest.raises(DataError, match="`gram` must be symmetric"):
        m.change_points(np.triu(np.ones((4, 4))), bounds)
    with pytest.raises(DataError, match=r"`bounds` must have shape \(S=4, 2\)"):
        m.change_points(np.eye(4), bounds[:3])
    with pytest.raises(ConfigError, match="`alpha` must be > 0 and < 1, got 2"):
        m.change_points(np.eye(4), bounds, alpha=2)
    with pytest.raises(ConfigError, match="`n_changes` must be >= 0 and <= 1, got 2"):
        m.change_points(np.eye(4), bounds, n_changes=2)
    with pytest.raises(DataError, match="must not decrease"):
        m.change_points(np.eye(4), bounds[::-1])
