import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Series, Snapshots
from interplay.stats.baselines import baseline_features, edge_vectors, node_strength, raw_correlation, slow_clock

BOUNDS = np.array([[0.0, 10.0], [5.0, 15.0], [10.0, 20.0]])


@pytest.fixture(scope="module")
def spikes():
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(0, 20, n)) for n in (60, 90, 0, 200)]
    return Recording(events=Events.from_trains(trains, span=(0.0, 20.0)))


def snapshots(directed):
    rng = np.random.default_rng(1)
    w = np.where(rng.random((3, 4, 4)) < 0.6, rng.normal(size=(3, 4, 4)), 0.0)
    w = w if directed else w + w.transpose(0, 2, 1)
    return Snapshots.from_dense(w, BOUNDS, directed=directed)


@pytest.mark.parametrize("directed", [False, True])
def test_edges_and_strengths_equal_the_matrices(directed):
    networks = snapshots(directed)
    dense = networks.dense()
    pairs = [(i, j) for i in range(4) for j in range(4) if (i != j if directed else i < j)]
    expected = np.array([[m[i, j] for i, j in pairs] for m in dense])
    np.testing.assert_array_equal(edge_vectors(networks).values, expected)
    found = node_strength(networks)
    sides = [dense, dense.transpose(0, 2, 1)] if directed else [dense]
    columns = [f for m in sides for f in ((m != 0).sum(axis=2), m.sum(axis=2))]
    np.testing.assert_allclose(found, np.concatenate(columns, axis=1), atol=1e-12)


def test_self_edges_are_not_features():
    w = np.zeros((1, 3, 3))
    w[0] = [[5.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]]
    one = Snapshots.from_dense(w, BOUNDS[:1], directed=True, keep=w != 0)
    assert edge_vectors(one).values.tolist() == [[1.0, 0.0, 0.0, 2.0, 0.0, 0.0]]
    assert node_strength(one)[0].tolist() == [1, 1, 0, 1, 2, 0, 0, 1, 1, 0, 1, 2]


def test_raw_correlation_equals_numpy_and_is_zero_for_a_silent_unit(spikes):
    found = raw_correlation(spikes, BOUNDS)
    upper = np.triu_indices(4, 1)
    for row, (a, b) in zip(found, BOUNDS, strict=True):
        edges = np.linspace(a, b, 101)
        counts = np.stack([np.histogram(t[t < b], edges)[0] for t in spikes.events.trains()])
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = np.nan_to_num(np.corrcoef(counts))[upper]
        np.testing.assert_allclose(row, expected, atol=1e-12)


@pytest.mark.parametrize("unit", [1.0, 1e-14, 1e9])
def test_raw_correlation_knows_a_constant_trace_in_any_unit(unit):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 4))
    x[:, 1] += x[:, 0]
    x[:, 2:] = 1e6 + 0.1  # its mean over a window is off by a rounding error
    found = raw_correlation(Recording(traces=Series.regular(unit * x, dt_s=0.1)), np.array([[0.0, 10.0]]))
    assert found[0, 0] == pytest.approx(np.corrcoef(x[:100, 0], x[:100, 1])[0, 1])
    assert not found[0, 1:].any()


def test_short_windows_still_hold_ten_bins(spikes):
    assert np.isfinite(raw_correlation(spikes, np.array([[0.0, 0.2], [3.0, 3.2]]))).all()
    assert raw_correlation(spikes, np.array([[3.0, 4.0]])).any()


def test_baselines_come_together_and_in_order(spikes):
    found = baseline_features(spikes, snapshots(False))
    assert [f.name for f in found] == [
        "firing rate",
        "population rate",
        "raw correlation",
        "degree and strength",
        "time alone",
    ]
    np.testing.assert_allclose(found[0].values, spikes.events.counts(BOUNDS) / 10)
    np.testing.assert_allclose(found[1].values[:, 0], spikes.events.counts(BOUNDS).sum(axis=1) / 40)
    assert all(f.values.shape[0] == 3 and f.about for f in found)


def test_traces_stand_in_for_spikes():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(200, 4))
    rec = Recording(traces=Series.regular(values, dt_s=0.1))
    found = {f.name: f.values for f in baseline_features(rec, snapshots(True))}
    np.testing.assert_allclose(found["firing rate"][1], values[50:150].mean(axis=0))
    np.testing.assert_allclose(found["raw correlation"][0], np.corrcoef(values[:100].T)[np.triu_indices(4, 1)])
    holes = values.copy()
    holes[120, 3] = np.nan
    broken = Recording(traces=Series.regular(holes, dt_s=0.1))
    with pytest.raises(DataError, match="unit 3 has missing samples in window 1"):
        baseline_features(broken, snapshots(True))


def test_rates_are_per_observed_second():
    beat = np.r_[np.arange(0.05, 10, 0.1), np.arange(15.05, 20, 0.1)]
    rec = Recording(
        events=Events.from_trains([beat, beat], span=(0, 20)), observed=Intervals.from_bounds([[0, 10], [15, 20]])
    )
    half_in_a_gap = Snapshots.from_dense(np.zeros((2, 2, 2)), [[0, 10], [7.5, 17.5]], directed=False)
    assert baseline_features(rec, half_in_a_gap)[0].values.tolist() == [[10, 10], [10, 10]]
    in_a_gap = Snapshots.from_dense(np.zeros((1, 2, 2)), [[11, 14]], directed=False)
    with pytest.raises(DataError, match=r"window 0, \[11, 14\) s, holds none"):
        baseline_features(rec, in_a_gap)


def test_the_clock_is_three_orthogonal_polynomials():
    centre = np.linspace(0, 1000, 2001)
    clock = slow_clock(np.column_stack([centre - 1, centre + 1]))
    assert clock.min() == -1
    assert clock.max() == 1
    product = clock.T @ clock / len(centre)
    np.testing.assert_allclose(product, np.diag([1 / 3, 1 / 5, 1 / 7]), atol=2e-3)
    assert (slow_clock(np.array([[0.0, 1.0]])) == [[0.0, -0.5, 0.0]]).all()
