"""Intervals: what is refused, and the small derived numbers."""

import numpy as np
import pytest

from interplay.data import Intervals


@pytest.mark.parametrize(
    ("start", "stop", "label", "message"),
    [
        ([1.0, 0.0], [2.0, 3.0], None, r"`start` must not decrease: .* Sort the intervals by their start"),
        ([0.0, 2.0], [1.0, 2.0], None, r"`start` must be before `stop`: interval 1 is \[2\.0, 2\.0\)\. Drop empty"),
        ([0.0], [1.0, 2.0], None, r"`stop` must have shape \(K=1\), got \(2,\)"),
        ([0.0], [np.inf], None, r"`stop` must be finite"),
        ([0.0], [1.0], np.array(["a", "b"]), r"`label` must have shape \(K=1\), got \(2,\)"),
        ([0.0], [1.0], np.array([1]), r"`label` must hold text values, got dtype int64"),
    ],
)
def test_bad_intervals_are_refused(start, stop, label, message):
    with pytest.raises(ValueError, match=message):
        Intervals(start=start, stop=stop, label=label)


def test_bounds_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"`bounds` must have shape \(K, 2\), got \(2,\)"):
        Intervals.from_bounds([0.0, 1.0])


def test_touching_is_disjoint_and_the_end_is_outside():
    x = Intervals.from_bounds([[0.0, 1.0], [1.0, 2.5]], ["a", "b"])
    assert x.disjoint
    assert x.total == 2.5
    assert x.covers([0.0, 1.0, 2.5]).tolist() == [True, True, False]
    assert x.window(0.5, 1.5).label.tolist() == ["a", "b"]
    assert not Intervals.from_bounds([[0.0, 2.0], [1.0, 3.0]]).disjoint


def test_no_interval_at_all_is_allowed():
    x = Intervals.from_bounds(np.empty((0, 2)))
    assert len(x) == 0
    assert x.disjoint
    assert not x.covers([0.0]).any()
