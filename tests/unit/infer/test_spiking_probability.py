"""Total spiking probability edges: the published sums, signs on planted coupling, odd inputs."""

import numpy as np
import pytest
from tests.oracles import correlogram as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series
from interplay.infer import SpikingProbability


def spikes(seed, rates, stop):
    rng = np.random.Generator(np.random.Philox(seed))
    return Events.from_trains([rng.uniform(0, stop, rng.poisson(r * stop)) for r in rates], span=(0.0, stop))


@pytest.mark.parametrize("rates", [[40.0, 60.0, 20.0], [10.0, 30.0, 15.0]])
def test_it_equals_the_published_sums(rates):
    # Dense counts are multiplied as matrices, sparse ones counted coincidence by coincidence.
    data = spikes(0, rates, 2.0)
    widths = {"surround": (3, 4), "observed": (2, 3), "crossover": (0, 1), "max_delay": 6}
    w = SpikingProbability(window_s=2, step_s=2, bin_s=0.01, **widths).fit(data).snapshots.matrix(0)
    counts = np.stack([np.histogram(data.time[data.unit == u], np.arange(201) * 0.01)[0] for u in range(3)])
    assert counts.max() > 1
    for i in range(3):
        for j in range(3):
            if i != j:
                expected = oracle.spiking_probability(counts[i], counts[j], *widths.values())
                assert w[i, j] == pytest.approx(expected, rel=1e-10)


def traced(x, **settings):
    """Fit one window of 1 ms samples."""
    config = SpikingProbability(bin_s=None, window_s=len(x) / 1000, step_s=len(x) / 1000, **settings)
    return config.fit(Recording(traces=Series.regular(np.asarray(x, dtype=float), dt_s=0.001))).snapshots


FEW = {"surround": (3, 4), "observed": (2, 3), "crossover": (0,), "max_delay": 6}


def test_traces_lose_their_mean_and_a_constant_or_a_scale_changes_nothing():
    rng = np.random.Generator(np.random.Philox(1))
    x = rng.normal(size=(300, 3))
    x[3:, 1] += x[:-3, 0]
    plain = traced(x, **FEW).matrix(0)
    centred = x - x.mean(axis=0)
    expected = oracle.spiking_probability(centred[:, 0], centred[:, 1], *FEW.values())
    assert plain[0, 1] == pytest.approx(expected, rel=1e-10)
    moved = traced(x * [2.0, 0.5, 4.0] + [1e4, -300.0, 0.0], **FEW).matrix(0)
    np.testing.assert_allclose(moved, plain, rtol=1e-7)


def test_traces_of_large_whole_numbers_are_traces():
    # As many coincidences as values would not end, nor fit into 32 bits.
    rng = np.random.Generator(np.random.Philox(3))
    x = rng.integers(2318, 60000, (400, 2)).astype(float)
    np.testing.assert_allclose(traced(x, **FEW).weight, traced(x / 7.0, **FEW).weight, rtol=1e-9)


def test_bins_of_many_spikes_are_not_counted_one_by_one():
    # 120,000 spikes in one of 400 bins: 1.4e10 coincidences of a pair, more than 32 bits hold.
    trains = [np.append(rare, np.full(120_000, 3.55)) for rare in ([1.05, 2.25], [1.35, 2.55])]
    data = Events.from_trains([np.sort(t) for t in trains], span=(0.0, 40.0))
    w = SpikingProbability(bin_s=0.1, window_s=40, step_s=40, **FEW).fit(data).snapshots.matrix(0)
    counts = [np.histogram(t, np.arange(401) * 0.1)[0].astype(float) for t in trains]
    assert w[0, 1] == pytest.approx(oracle.spiking_probability(*counts, *FEW.values()), rel=1e-9)


def test_surrogates_that_leave_a_pair_within_reach_do_not_count():
    rng = np.random.Generator(np.random.Philox(4))
    x = rng.normal(size=(400, 2))
    x[3:, 1] += 3 * x[:-3, 0]
    p = traced(x, surrogates=99, **FEW).dense_pvalues()[0, 0, 1]
    # Shifts up to 14 samples to either side of 400: about 7 of 99 are left out, none exceeds.
    assert 1 / 100 < p <= 1 / 85


def test_signs_of_excitation_and_inhibition():
    rng = np.random.Generator(np.random.Philox(2))
    source = np.sort(rng.uniform(0, 300, 3000))
    excited = np.sort(np.append(rng.uniform(0, 300, 2400), source[rng.random(3000) < 0.2] + 0.006))
    silenced = np.sort(rng.uniform(0, 300, 6000))
    since = silenced - source[np.maximum(np.searchsorted(source, silenced) - 1, 0)]
    silenced = silenced[~((since > 0.002) & (since < 0.01))]
    trains = [source, excited[excited < 300], silenced]
    result = SpikingProbability(window_s=300, step_s=300, surrogates=19).fit(Events.from_trains(trains, span=(0, 300)))
    w, p = result.snapshots.matrix(0), result.snapshots.dense_pvalues()[0]
    assert w[0, 1] > 0 > w[0, 2]
    assert p[0, 1] == p[0, 2] == pytest.approx(1 / 20)
    assert abs(w[0, 1]) > 3 * abs(w[1, 2])


def test_odd_inputs():
    result = SpikingProbability().fit(Events.from_trains([[1.0, 2.0], [], [3.0]], span=(0.0, 60.0)))
    assert result.snapshots.present.tolist() == [[True, False, True]]
    assert np.isfinite(result.snapshots.weight).all()
    assert len(SpikingProbability().fit(Events.from_trains([[1.0]], span=(0.0, 60.0))).snapshots.src) == 0
    with pytest.raises(DataError, match="at least 42 samples"):
        SpikingProbability(window_s=0.04, step_s=0.04).fit(spikes(0, [100.0, 100.0], 0.2))
    with pytest.raises(ConfigError, match="`observed` must not exceed `max_delay`=3 bins, got 6"):
        SpikingProbability(max_delay=3)
    with pytest.raises(ConfigError, match="`surround` must hold at least one width"):
        SpikingProbability(surround=())
    with pytest.raises(ConfigError, match="crossover"):
        SpikingProbability(crossover=(-1,))
    with pytest.raises(ConfigError, match="`surround` must hold widths in bins, got 3"):
        SpikingProbability(surround=3)
    assert [type(a) for a in SpikingProbability(surround=np.array([3, 4])).surround] == [int, int]
