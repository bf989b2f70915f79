"""Windows over observed time, and folds that do not leak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Intervals, block_folds, windows


def test_twenty_minutes_give_39_windows():
    b = windows(Intervals.single(0, 1200), 60, 30)
    assert len(b) == 39
    assert b[0].tolist() == [0, 60]
    assert b[-1].tolist() == [1140, 1200]


@given(
    start=st.floats(-1e5, 1e5),
    count=st.integers(1, 40),
    window=st.floats(0.1, 100),
    ratio=st.sampled_from([0.25, 0.5, 1, 1.5]),
)
@settings(max_examples=100, deadline=None)
def test_windows_that_fit_exactly_are_all_there(start, count, window, ratio):
    step = window * ratio
    b = windows(Intervals.single(start, start + window + (count - 1) * step), window, step)
    assert len(b) == count
    assert b[-1, 1] <= start + window + (count - 1) * step
    assert np.allclose(b[:, 1] - b[:, 0], window, rtol=1e-6)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_window_crosses_a_gap(data):
    edges = sorted(data.draw(st.sets(st.integers(0, 200), min_size=4, max_size=8)))
    edges = edges[: len(edges) // 2 * 2]
    observed = Intervals.from_bounds(np.reshape(np.array(edges, float), (-1, 2)))
    size, step = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    expected = [
        (a + k * step, a + k * step + size) for a, b in observed.bounds for k in range(300) if a + k * step + size <= b
    ]
    if expected:
        assert windows(observed, size, step).tolist() == [list(row) for row in expected]
    else:
        with pytest.raises(ValueError, match="must not exceed the longest observed interval"):
            windows(observed, size, step)


@pytest.mark.parametrize(("window", "step", "name"), [(0, 1, "window_s"), (1, 0, "step_s"), (-1, 1, "window_s")])
def test_bad_window_settings_are_refused(window, step, name):
    with pytest.raises(ValueError, match=f"`{name}` must be > 0"):
        windows(Intervals.single(0, 10), window, step)


def test_a_window_longer_than_the_recording_is_refused():
    with pytest.raises(
        ValueError, match=r"`window_s`=20 must not exceed the longest observed interval, 10 s. Shorten it."
    ):
        windows(Intervals.single(0, 10), 20, 1)


@given(count=st.integers(2, 30), size=st.floats(0.5, 5), folds=st.integers(2, 6), gap=st.floats(0, 3))
@settings(max_examples=80, deadline=None)
def test_folds_test_everything_once_and_share_no_moment(count, size, folds, gap):
    start = np.arange(count, dtype=float)
    bounds = np.column_stack([start, start + size])
    folds = min(folds, count)
    made = block_folds(bounds, folds, gap_s=gap)
    assert np.concatenate([test for _, test in made]).tolist() == list(range(count))
    for train, test in made:
        assert np.array_equal(test, np.arange(test[0], test[-1] + 1))
        for i in train:
            for j in test:
                assert bounds[i, 1] + gap <= bounds[j, 0] or bounds[j, 1] + gap <= bounds[i, 0]


@pytest.mark.parametrize(("n_folds", "gap_s", "name"), [(1, 0, "n_folds"), (6, 0, "n_folds"), (2, -1, "gap_s")])
def test_bad_folds_are_refused(n_folds, gap_s, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        block_folds([[k, k + 1.0] for k in range(5)], n_folds, gap_s=gap_s)
