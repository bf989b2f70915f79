"""The sweep that counts coincidences, and the merge of surrogate trains, against plain counting."""

import numpy as np
import pytest

from interplay.ops.tiling import count_near, cover
from interplay.ops.tiling_coefficient import merge_sorted


def spikes(seed, n_units, n_spikes, length):
    rng = np.random.default_rng(seed)
    return np.sort(rng.integers(0, length, n_spikes)), rng.integers(0, n_units, n_spikes).astype(np.int32)


@pytest.mark.parametrize(
    ("n_units", "n_spikes", "low", "high"),
    [(3, 900, -5, 5), (70, 400, -20, 20), (260, 500, 1, 30), (5, 600, -30, -1), (2, 1, -1, 1), (3, 0, -1, 1)],
)
def test_coincidences_are_counted_as_by_hand(n_units, n_spikes, low, high):
    ticks, unit = spikes(n_units, n_units, n_spikes, 1000)
    want = np.zeros((n_units, n_units), dtype=int)
    for t, a in zip(ticks, unit, strict=True):
        near = unit[(ticks >= t + low) & (ticks <= t + high)]
        want[a, np.unique(near)] += 1
    out = count_near(ticks, unit, n_units, low, high, 0, n_spikes)
    np.testing.assert_array_equal(out[:, :n_units], want)
    assert not out[:, n_units:].any()


@pytest.mark.parametrize(("low", "high"), [(-7, 7), (1, 9), (-9, -1)])
def test_coincidences_add_up_over_parts(low, high):
    ticks, unit = spikes(1, 9, 300, 500)
    whole = count_near(ticks, unit, 9, low, high, 0, 300)
    parts = [count_near(ticks, unit, 9, low, high, a, b) for a, b in ((0, 0), (0, 100), (100, 101), (101, 300))]
    np.testing.assert_array_equal(sum(parts), whole)


def test_tiles_are_united_and_cut_at_the_edges():
    covered, size, bursts = cover(np.array([2, 3, 40, 98]), np.zeros(4, np.int32), 2, 100, 5, 5)
    # [0, 8] after the cut and the union, [35, 45], [93, 100].
    assert covered.tolist() == [8 + 10 + 7, 0]
    assert size.tolist() == [4, 0]
    assert bursts.tolist() == [3, 0]


@pytest.mark.parametrize("crowd", [1000, 3])
def test_merge_gives_one_order_of_time(crowd):
    rng = np.random.default_rng(crowd)
    trains = [np.sort(rng.integers(0, crowd, n)) for n in (0, 150, 1, 80)]
    ticks = np.concatenate(trains)
    pointer = np.cumsum([0, *(len(t) for t in trains)])
    time, unit = np.empty(len(ticks), np.int64), np.empty(len(ticks), np.int32)
    merge_sorted(ticks, pointer, 100_000, time, unit, np.empty(len(ticks) + 2, np.int64))
    assert (np.diff(time) >= 0).all()
    for u, train in enumerate(trains):
        np.testing.assert_array_equal(time[unit == u], train)
