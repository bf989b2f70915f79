"""Recordings: parts that must agree, windows, gaps."""

import numpy as np
import pytest

from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units
from interplay.testing import random_recording


def spikes(n=2, span=(0.0, 10.0)):
    return Events(time=[1.0, 8.0], unit=[0, 1], n_units=n, span=span)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "a Recording must have `events` or `traces` .*, got neither"),
        (
            {"events": spikes(), "units": Units(n=3)},
            r"all parts of a Recording must have the same number of units, got \{'events': 2, 'units': 3\}",
        ),
        ({"events": spikes(), "traces": Series(time=[0.0], values=[[0.0]])}, "'events': 2, 'traces': 1"),
        (
            {"events": spikes(), "truth": Snapshots.from_dense(np.zeros((1, 3, 3)), [[0.0, 1.0]], directed=True)},
            "'truth': 3",
        ),
        (
            {"events": spikes(), "observed": Intervals.from_bounds([[0.0, 2.0], [3.0, 7.0]])},
            r"`events` must lie inside `observed`: event 1 at .*8\.0.* s \(and 1 in all\)",
        ),
        (
            {"events": spikes(), "observed": Intervals.from_bounds([[0.0, 6.0], [5.0, 10.0]])},
            "`observed` must hold at least one interval and no overlaps",
        ),
    ],
)
def test_parts_that_disagree_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        Recording(**parts)


def test_observed_defaults_to_the_hull_of_what_was_recorded():
    rec = Recording(events=spikes(), traces=Series.regular(np.zeros((30, 2)), dt_s=0.5, start=-1.0))
    assert rec.span == (-1.0, 14.0)
    assert rec.n_units == 2


def test_duration_leaves_gaps_out():
    rec = Recording(events=spikes(), observed=Intervals.from_bounds([[0.0, 2.0], [7.0, 10.0]]))
    assert rec.duration == 5.0
    assert rec.span == (0.0, 10.0)


def test_windows_in_a_gap_are_refused():
    rec = Recording(events=spikes(), observed=Intervals.from_bounds([[0.0, 2.0], [7.0, 10.0]]))
    with pytest.raises(ValueError, match=r"the window \[3\.0, 6\.0\) must hold observed time; it falls into a gap"):
        rec.window(3.0, 6.0)


def test_a_window_cuts_everything_and_drops_what_is_empty():
    rec = random_recording(np.random.Generator(np.random.Philox(0)))
    cut = rec.window(10.0, 20.0)
    assert cut.events.span == (10.0, 20.0)
    assert cut.traces.time[0] >= 10.0
    assert cut.behavior["position"].time[-1] < 20.0
    assert cut.epochs["task"].bounds.min() >= 10.0
    tiny = rec.window(10.1, 10.2)
    assert tiny.traces is None
    assert not tiny.behavior


def test_select_takes_every_part_along():
    rec = random_recording(np.random.Generator(np.random.Philox(0)), n_units=4)
    part = rec.select([3, 1])
    assert np.array_equal(part.events.train(1), rec.events.train(1))
    assert np.array_equal(part.traces.values, rec.traces.values[:, [3, 1]])
    assert part.units.sign.tolist() == rec.units.sign[[3, 1]].tolist()


def test_notes_do_not_enter_the_digest_and_everything_else_does():
    rec = Recording(events=spikes())
    same = Recording(events=spikes(), notes=("guessed",))
    assert rec.digest == same.digest
    others = [
        Recording(events=spikes(span=(0.0, 11.0))),
        Recording(events=spikes(), units=Units(n=2, sign=[1, -1])),
        Recording(events=spikes(), meta={"subject": "x"}),
        Recording(events=spikes(), epochs={"a": Intervals.single(0, 1)}),
        Recording(events=spikes(), behavior={"a": Series(time=[0.0], values=[[0.0]])}),
        Recording(events=spikes(), observed=Intervals.from_bounds([[0.0, 2.0], [7.0, 10.0]])),
    ]
    assert len({r.digest for r in [rec, *others]}) == 7


def test_mappings_cannot_be_changed():
    with pytest.raises(TypeError):
        Recording(events=spikes()).meta["x"] = "y"
