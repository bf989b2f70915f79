"""Runs of samples for pooled models, and networks mixed over windows."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer.mixtures import mixed_snapshots, window_shares
from interplay.infer.sequences import sample_runs


def spikes(span=(0.0, 10.0), seed=0, n=3):
    rng = np.random.Generator(np.random.Philox(seed))
    time = np.sort(rng.uniform(*span, 200))
    return Events(time=time, unit=rng.integers(0, n, 200), n_units=n, span=span)


def test_counts_are_those_of_a_histogram_and_the_rest_is_not_used():
    events = spikes((3.0, 13.25))
    runs = sample_runs(events, 0.5)
    assert len(runs.values) == 1
    assert runs.values[0].shape == (20, 3)
    for unit in range(3):
        expected, _ = np.histogram(events.train(unit), bins=3.0 + 0.5 * np.arange(21))
        assert np.array_equal(runs.values[0][:, unit], expected)
    assert runs.bounds.tolist() == [[3.0, 13.25]]
    assert (runs.total, runs.n_units, runs.dt_s) == (20, 3, 0.5)


def test_runs_never_cross_a_gap():
    x = np.arange(20.0)[:, None]
    time = np.concatenate([np.arange(12.0), 20 + np.arange(8.0)])
    data = Recording(traces=Series(time=time, values=x), observed=Intervals.from_bounds([[0, 12], [20, 28]]))
    runs = sample_runs(data, None, window_s=4.0)
    assert [v[:, 0].tolist() for v in runs.values] == [list(range(12)), list(range(12, 20))]
    assert runs.start_s.tolist() == [0.0, 20.0]
    assert runs.bounds[:, 0].tolist() == [0, 4, 8, 20, 24]
    assert list(runs.in_window(2)) == [(0, slice(8, 12))]
    assert list(runs.in_window(4)) == [(1, slice(4, 8))]


def test_epochs_are_runs_of_their_own():
    data = Recording(events=spikes(), epochs={"trial": Intervals.from_bounds([[1, 3], [4, 4.1], [5, 8]])})
    runs = sample_runs(data, 0.25, epochs="trial", least=2)
    assert [len(v) for v in runs.values] == [8, 12]
    assert runs.start_s.tolist() == [1.0, 5.0]
    assert "1 of 3 runs hold fewer than 2 samples" in runs.notes[0]
    with pytest.raises(DataError, match="`epochs`"):
        sample_runs(data, 0.25, epochs="trials")
    with pytest.raises(DataError, match="got 'trials', and it holds none"):
        sample_runs(spikes(), 0.25, epochs="trials")
    outside = Recording(
        events=spikes().window(0, 5), observed=Intervals.from_bounds([[0, 5]]),
        epochs={"trial": Intervals.from_bounds([[4, 6]])},
    )  # fmt: skip
    with pytest.raises(DataError, match="must lie inside observed time"):
        sample_runs(outside, 0.25, epochs="trial")


def test_several_recordings_share_units_and_step_but_no_clock():
    runs = sample_runs([spikes(), spikes((5.0, 9.0), seed=1)], 0.5)
    assert runs.recording.tolist() == [0, 1]
    assert runs.bounds.tolist() == [[0.0, 14.0]]
    assert list(runs.in_window(0)) == [(0, slice(0, 20)), (1, slice(0, 8))]
    with pytest.raises(ConfigError, match="`window_s` must be left out for several recordings"):
        sample_runs([spikes(), spikes()], 0.5, window_s=2.0)
    with pytest.raises(DataError, match=r"the same units, got \[3, 4\]"):
        sample_runs([spikes(), spikes(n=4)], 0.5)
    left = sample_runs([spikes((1000.0, 1010.0)), spikes((0.0, 0.4), seed=1)], 0.5)
    assert left.recording.tolist() == [0]
    assert list(left.in_window(0)) == [(0, slice(0, 20))]
    assert np.isfinite(window_shares(left, [np.ones((20, 1))])).all()
    with pytest.raises(DataError, match="at least one recording"):
        sample_runs([], 0.5)


def test_a_bin_belongs_to_a_window_that_holds_all_of_it():
    data = Recording(events=spikes(), epochs={"trial": Intervals.from_bounds([[0.2, 9.9]])})
    runs = sample_runs(data, 0.5, window_s=2.0, epochs="trial")
    assert [list(runs.in_window(s)) for s in range(3)] == [
        [(0, slice(0, 3))], [(0, slice(4, 7))], [(0, slice(8, 11))]
    ]  # fmt: skip
    exact = sample_runs(spikes((0.1, 10.1)), 0.1, window_s=0.3)
    assert [next(exact.in_window(s))[1] for s in (0, 7)] == [slice(0, 3), slice(21, 24)]


def test_what_is_not_there_is_refused():
    with pytest.raises(DataError, match="got spikes only"):
        sample_runs(spikes(), None)
    traces = Recording(traces=Series.regular(np.ones((5, 2)), dt_s=1.0))
    with pytest.raises(DataError, match="got traces only"):
        sample_runs(traces, 0.5)
    with pytest.raises(DataError, match="a run of at least 9 samples"):
        sample_runs(traces, None, least=9)
    uneven = Recording(traces=Series(time=np.array([0.0, 1.0, 1.5, 3.0]), values=np.ones((4, 2))))
    with pytest.raises(DataError, match="evenly sampled"):
        sample_runs(uneven, None)


def test_missing_samples_stay_missing():
    x = np.ones((6, 2))
    x[2, 1] = np.nan
    assert np.isnan(sample_runs(Recording(traces=Series.regular(x, dt_s=1.0)), None).values[0]).sum() == 1


def test_window_networks_are_means_over_samples():
    rng = np.random.Generator(np.random.Philox(3))
    data = Recording(traces=Series.regular(rng.normal(size=(12, 4)), dt_s=1.0))
    runs = sample_runs(data, None, window_s=4.0)
    activity = rng.dirichlet(np.ones(2), size=12)
    networks = rng.normal(size=(2, 4, 4))
    shares = window_shares(runs, [activity])
    found = mixed_snapshots(networks, shares, runs.bounds, directed=True)
    for s in range(3):
        expected = np.mean([np.tensordot(a, networks, 1) for a in activity[4 * s : 4 * s + 4]], axis=0)
        np.fill_diagonal(expected, 0)
        np.testing.assert_allclose(found.matrix(s), expected, atol=1e-14)
    networks[:, 0, 1] = 0
    assert len(mixed_snapshots(networks, shares, runs.bounds, directed=True).src) == 3 * 12


def test_a_window_without_samples_has_nobody_present():
    shares = np.array([[0.5, 0.5], [np.nan, np.nan]])
    known = np.array([True, False, True])
    found = mixed_snapshots(np.ones((2, 3, 3)), shares, np.array([[0, 1], [1, 2.0]]), directed=False, present=known)
    assert found.present.tolist() == [[True, False, True], [False] * 3]
    assert np.diff(found.pointer).tolist() == [1, 0]


def test_a_pair_that_a_network_does_not_know_has_no_edge():
    networks = np.ones((2, 3, 3))
    networks[1, 0, 2] = np.nan
    found = mixed_snapshots(networks, np.array([[0.5, 0.5]]), np.array([[0, 1.0]]), directed=True)
    assert len(found.src) == 5
    assert (0, 2) not in set(zip(found.src.tolist(), found.dst.tolist(), strict=True))
    assert found.matrix(0)[2, 0] == 1.0
