import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Series
from interplay.ops import surrogates as kernels
from interplay.stats import surrogates

GAPS = Intervals.from_bounds([[0.0, 20.0], [30.0, 41.0], [50.0, 80.0]])
OF_EVENTS = {
    "circular_shift": lambda e, **k: surrogates.circular_shift(e, **k),
    "interval_jitter": lambda e, **k: surrogates.interval_jitter(e, width_s=0.5, **k),
    "dither": lambda e, **k: surrogates.dither(e, reach_s=0.3, **k),
    "isi_shuffle": lambda e, **k: surrogates.isi_shuffle(e, **k),
}
OF_SERIES = {
    "circular_shift": lambda s, **k: surrogates.circular_shift(s, **k),
    "phase_same": lambda s, **k: surrogates.phase_randomise(s, phases="same", **k),
    "phase_independent": lambda s, **k: surrogates.phase_randomise(s, phases="independent", **k),
    "block_same": lambda s, **k: surrogates.block_bootstrap(s, block_s=2.0, blocks="same", **k),
    "block_independent": lambda s, **k: surrogates.block_bootstrap(s, block_s=2.0, blocks="independent", **k),
}


@pytest.fixture(scope="module")
def spikes():
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(a, b, rng.poisson(3 * (b - a)))) for a, b in GAPS.bounds for _ in range(4)]
    grouped = [np.concatenate(trains[k::4]) for k in range(4)]
    return Events.from_trains([*grouped, []], span=(0.0, 80.0))


@pytest.fixture(scope="module")
def traces():
    rng = np.random.default_rng(1)
    slow = np.cumsum(rng.normal(size=(800, 3)), axis=0)
    return Series.regular(slow, dt_s=0.1, unit="au")


@pytest.mark.parametrize("name", OF_EVENTS)
def test_spikes_stay_in_their_interval_with_their_counts(spikes, name):
    other = OF_EVENTS[name](spikes, observed=GAPS, seed=3)
    assert np.array_equal(other.counts(GAPS.bounds), spikes.counts(GAPS.bounds))
    assert other.span == spikes.span
    assert GAPS.covers(other.time).all()
    assert not np.array_equal(other.time, spikes.time)


@pytest.mark.parametrize("name", OF_EVENTS)
def test_spike_surrogates_are_keyed_by_seed_and_index(spikes, name):
    make = OF_EVENTS[name]
    again = make(spikes, observed=GAPS, seed=3, index=2)
    assert np.array_equal(again.time, make(spikes, observed=GAPS, seed=3, index=2).time)
    assert not np.array_equal(again.time, make(spikes, observed=GAPS, seed=3, index=1).time)
    assert not np.array_equal(again.time, make(spikes, observed=GAPS, seed=4, index=2).time)


def test_without_gaps_the_kernel_is_called_as_it_is(spikes):
    times, pointer = spikes.by_unit()
    ours = surrogates.circular_shift(spikes, seed=7, index=5)
    assert np.array_equal(ours.by_unit()[0], kernels.circular_shift(times, pointer, 0.0, 80.0, seed=7, index=5))


def test_jitter_keeps_every_count_of_every_bin(spikes):
    other = surrogates.interval_jitter(spikes, width_s=0.5, seed=1)
    bins = np.column_stack([np.arange(160) * 0.5, np.arange(1, 161) * 0.5])
    assert np.array_equal(other.counts(bins), spikes.counts(bins))


def test_dither_moves_at_most_its_reach():
    single = Events(time=np.array([5.0]), unit=np.array([0]), n_units=1, span=(0.0, 10.0))
    moved = [float(surrogates.dither(single, reach_s=0.3, index=k).time[0]) - 5 for k in range(50)]
    assert 0.2 < np.abs(moved).max() <= 0.3


def test_shuffled_intervals_are_the_same_intervals(spikes):
    other = surrogates.isi_shuffle(spikes, observed=GAPS, seed=2)
    for a, b in GAPS.bounds:
        for unit in range(4):
            was, now = spikes.window(a, b).train(unit), other.window(a, b).train(unit)
            np.testing.assert_allclose(np.sort(np.diff(was)), np.sort(np.diff(now)), atol=1e-9)
            assert (was[0], was[-1]) == (now[0], now[-1])


@pytest.mark.parametrize("name", OF_SERIES)
def test_series_surrogates_stay_in_their_interval_and_are_keyed(traces, name):
    gaps = Intervals.from_bounds([[0.0, 30.0], [30.0, 80.0]])
    make = OF_SERIES[name]
    one = make(traces, observed=gaps, seed=1, index=1)
    assert np.array_equal(one.values, make(traces, observed=gaps, seed=1, index=1).values)
    assert not np.array_equal(one.values, make(traces, observed=gaps, seed=1, index=0).values)
    assert not np.array_equal(one.values, make(traces, observed=gaps, seed=2, index=1).values)
    assert np.array_equal(one.time, traces.time)
    changed = traces.values.copy()
    changed[300:] += 5.0
    moved = make(Series(time=traces.time, values=changed), observed=gaps, seed=1, index=1)
    np.testing.assert_allclose(moved.values[:300], one.values[:300])


@pytest.mark.parametrize("name", OF_SERIES)
def test_equal_intervals_draw_differently(name):
    half = np.random.default_rng(2).normal(size=(101, 2))
    twice = Series.regular(np.concatenate([half, half]), dt_s=0.1)
    halves = Intervals.from_bounds([[0.0, 10.05], [10.05, 20.2]])
    other = OF_SERIES[name](twice, observed=halves, seed=1).values
    assert not np.allclose(other[:101], other[101:])


def test_circular_shift_of_series_rolls_each_channel(traces):
    other = surrogates.circular_shift(traces, seed=1).values
    found = [int(np.flatnonzero(other[:, c] == traces.values[0, c])[0]) for c in range(3)]
    assert len(set(found)) == 3
    for c, k in enumerate(found):
        assert np.array_equal(np.roll(traces.values[:, c], k), other[:, c])


@pytest.mark.parametrize("length", [800, 799])
def test_phases_keep_spectra_and_same_phases_keep_coupling(traces, length):
    cut = Series(time=traces.time[:length], values=traces.values[:length])
    was = np.fft.rfft(cut.values, axis=0)
    for phases in ("same", "independent"):
        now = np.fft.rfft(surrogates.phase_randomise(cut, phases=phases, seed=4).values, axis=0)
        np.testing.assert_allclose(np.abs(now), np.abs(was), atol=1e-8)
        kept = np.allclose(now[:, 0] * now[:, 1].conj(), was[:, 0] * was[:, 1].conj(), atol=1e-6)
        assert kept == (phases == "same")


def test_same_blocks_keep_rows_together(traces):
    rows = {tuple(r) for r in traces.values}
    same = surrogates.block_bootstrap(traces, block_s=2.0, seed=1).values
    apart = surrogates.block_bootstrap(traces, block_s=2.0, blocks="independent", seed=1).values
    assert all(tuple(r) in rows for r in same)
    assert sum(tuple(r) in rows for r in apart) < 100
    assert np.isin(apart[:, 2], traces.values[:, 2]).all()
    index = np.array([int(np.flatnonzero(traces.values[:, 0] == v)[0]) for v in same[:, 0]])
    assert ((np.diff(index.reshape(40, 20), axis=1) % 800) == 1).all()


def test_surrogates_leave_the_input_alone(spikes, traces):
    before = spikes.digest, traces.digest
    OF_EVENTS["dither"](spikes)
    OF_SERIES["phase_same"](traces)
    fresh = Events(time=spikes.time, unit=spikes.unit, n_units=5, span=spikes.span)
    assert (fresh.digest, Series(time=traces.time, values=traces.values, unit="au").digest) == before


def test_surrogate_errors_say_what_to_do(spikes, traces):
    with pytest.raises(DataError, match="every time must lie inside `observed`"):
        surrogates.circular_shift(spikes, observed=Intervals.single(0.0, 10.0))
    with pytest.raises(DataError, match="no overlaps"):
        surrogates.circular_shift(spikes, observed=Intervals.from_bounds([[0.0, 50.0], [40.0, 80.0]]))
    with pytest.raises(ConfigError, match="`reach_s` must be > 0"):
        surrogates.dither(spikes, reach_s=0.0)
    with pytest.raises(ConfigError, match="`index` must be >= 0"):
        surrogates.isi_shuffle(spikes, index=-1)
    with pytest.raises(ConfigError, match="did you mean 'same'"):
        surrogates.phase_randomise(traces, phases="sam")
    holes = traces.values.copy()
    holes[7, 1] = np.nan
    with pytest.raises(DataError, match=r"values\[7, 1\] is NaN"):
        surrogates.phase_randomise(Series(time=traces.time, values=holes))
    late = traces.time + np.where(np.arange(800) > 400, 3.0, 0.0)
    with pytest.raises(DataError, match="evenly sampled"):
        surrogates.phase_randomise(Series(time=late, values=traces.values))
