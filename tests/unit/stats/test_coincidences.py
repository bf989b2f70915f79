"""Rare coincidences: the binomial law by hand, and no false edge among trains of a few spikes."""

import math

import numpy as np
import pytest

from interplay.data import Events
from interplay.infer import Correlation, SpikeTiling, significant
from interplay.stats.coincidences import coincidence_floor


def at_least(k, n, p):
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def test_the_floor_is_the_larger_binomial_tail():
    hits, spikes = np.array([[2.0], [1.0]]), np.array([[4.0], [3.0]])
    floor = coincidence_floor(hits, spikes, spikes, np.array([[0.01], [0.02]]))
    assert floor[0] == pytest.approx(max(at_least(2, 4, 0.01), at_least(1, 3, 0.02)))


def test_a_burst_counts_once():
    # Ten spikes in one burst meet one spike: one trial that succeeded, not ten.
    floor = coincidence_floor(
        np.array([[10.0], [1.0]]), np.array([[10.0], [1.0]]), np.array([[1.0], [1.0]]), np.array([[0.003], [0.002]])
    )
    assert floor[0] == pytest.approx(0.003)


def test_no_hit_is_no_evidence_and_many_expected_hits_need_no_floor():
    ones = np.ones((2, 1))
    assert coincidence_floor(0 * ones, 5 * ones, 5 * ones, 0.01 * ones)[0] == 1.0
    assert coincidence_floor(90 * ones, 100 * ones, 100 * ones, 0.2 * ones)[0] == 0.0


@pytest.mark.parametrize(
    "method", [SpikeTiling(surrogates=200, tail="fitted"), Correlation(bin_s=0.1, surrogates=200, tail="fitted")]
)
@pytest.mark.parametrize("bursty", [False, True])
def test_sparse_independent_trains_have_no_edges(method, bursty):
    rng = np.random.default_rng(4)
    trains = []
    for _ in range(70):
        starts = rng.uniform(0, 59, rng.integers(1, 6))
        trains.append(np.concatenate([s + (np.arange(6) * 0.02 if bursty else [0.0]) for s in starts]))
    events = Events.from_trains(trains, span=(0.0, 60.0))
    found = method.fit(events).snapshots
    assert len(significant(found).src) == 0
    assert (found.pvalues > 1e-6).all()


@pytest.mark.parametrize("directed", [False, True])
def test_repeated_coincidences_of_sparse_trains_are_found(directed):
    rng = np.random.default_rng(5)
    leader = np.sort(rng.uniform(0, 59, 8))
    trains = [leader, leader + 0.01, *(rng.uniform(0, 59, 8) for _ in range(10))]
    events = Events.from_trains(trains, span=(0.0, 60.0))
    config = SpikeTiling(window_s=60, step_s=60, surrogates=200, tail="fitted", directed=directed)
    kept = significant(config.fit(events).snapshots)
    assert list(zip(kept.src.tolist(), kept.dst.tolist(), strict=True)) == [(0, 1)]
