"""Generators give what they promise, and the public oracles give textbook values."""

import numpy as np
import pytest

from interplay.testing import (
    area_under_curve,
    count_in_windows,
    random_events,
    random_graph,
    random_recording,
    random_snapshots,
    tiling_coefficient,
)


def rng(seed=0):
    return np.random.Generator(np.random.Philox(seed))


def test_generators_repeat_with_their_generator():
    for make in (random_events, random_graph, random_recording, random_snapshots):
        assert make(rng()).digest == make(rng()).digest
        assert make(rng()).digest != make(rng(1)).digest


def test_generated_content_is_awkward():
    events = random_events(rng())
    assert events.counts()[-1] == 0
    assert (np.diff(events.time) == 0).any()
    graph = random_graph(rng())
    assert (graph.src == graph.dst).any()
    assert (graph.weight < 0).any()
    assert not ((graph.src == 5) | (graph.dst == 5)).any()
    gap = random_recording(rng(), gap=(10.0, 20.0))
    assert len(gap.observed) == 2
    assert not random_snapshots(rng(), absent=True).present.all()
    assert random_snapshots(rng(), pvalues=True, directed=False).pvalues is not None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 5.0], [1.0, 5.0], 1.0),
        ([1.0], [3.0], -0.1),  # T = 0.1 each, P = 0
        ([0.0], [9.0], -0.075),  # the first tile is cut at the start: T = 0.05 and 0.1
        ([1.0, 3.0], [1.25], ((0.5 - 0.1) / (1 - 0.05) + 1.0) / 2),
    ],
)
def test_the_tiling_oracle_by_hand(a, b, expected):
    assert tiling_coefficient(a, b, (0.0, 10.0), 0.5) == pytest.approx(expected, abs=1e-12)


def test_the_tiling_oracle_of_a_silent_train_is_undefined():
    assert np.isnan(tiling_coefficient([], [1.0], (0.0, 10.0), 0.5))


def test_the_area_oracle_by_hand():
    assert area_under_curve([1, 2, 3, 4], [False, True, False, True]) == 0.75
    assert area_under_curve([1, 1], [False, True]) == 0.5
    assert np.isnan(area_under_curve([1.0], [True]))


def test_the_counting_oracle_keeps_the_end_out():
    assert count_in_windows([0.0, 1.0], [0, 1], [[0.0, 1.0]], 2).tolist() == [[1, 0]]
