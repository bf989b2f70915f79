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


def test_it_equals_the_published_sums():
    data = spikes(0, [40.0, 60.0, 20.0], 2.0)
    widths = {"surround": (3, 4), "observed": (2, 3), "crossover": (0, 1), "max_delay": 6}
    w = SpikingProbability(window_s=2, step_s=2, bin_s=0.01, **widths).fit(data).snapshots.matrix(0)
    counts = np.stack([np.histogram(data.time[data.unit == u], np.arange(201) * 0.01)[0] for u in range(3)])
    assert counts.max() > 1
    for i in range(3):
        for j in range(3):
            if i != j:
                expected = oracle.spiking_probability(counts[i], counts[j], *widths.values())
                assert w[i, j] == pytest.approx(expected, rel=1e-10)


def test_counts_and_traces_of_the_same_numbers_agree():
    data = spikes(1, [30.0, 30.0, 30.0], 4.0)
    counts = np.stack([np.histogram(data.time[data.unit == u], np.arange(401) * 0.01)[0] for u in range(3)], axis=1)
    # Half counts are no counts: they take the way of traces, and a scale drops out.
    traces = Recording(traces=Series.regular(counts / 2.0, dt_s=0.01))
    ours = SpikingProbability(window_s=4, step_s=4, bin_s=0.01).fit(data).snapshots
    theirs = SpikingProbability(window_s=4, step_s=4, bin_s=None).fit(traces).snapshots
    np.testing.assert_allclose(ours.weight, theirs.weight, rtol=1e-9)


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
