"""Events: what is refused, in which words."""

import numpy as np
import pytest

from interplay.data import Events


def make(**changes):
    given = {"time": [0.0, 1.0, 1.0], "unit": [0, 1, 0], "n_units": 2, "span": (0.0, 2.0)} | changes
    return Events(**given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"time": [1.0, 0.5, 2.0]},
            r"`time` must not decrease: time\[0\]=.*1\.0.* comes before time\[1\]=.*0\.5.* Sort first",
        ),
        ({"time": [0.0, np.nan, 1.0]}, r"`time` must be finite: time\[1\]=nan and 1 value"),
        ({"time": [0.0, 1.0]}, r"`unit` must have shape \(E=2\), got \(3,\)"),
        ({"unit": [0, 1, 2]}, r"`unit` must lie in \[0, n_units=2\): unit\[2\]=2\. Give the true number"),
        ({"unit": [0.0, 1.0, 0.0]}, r"`unit` must hold int values, got dtype float64"),
        (
            {"span": (0.0, 1.0)},
            r"`time` must lie in span \[0\.0, 1\.0\): time\[1\]=.*1\.0.* Widen `span` or cut events",
        ),
        ({"span": (0.5, 2.0)}, r"`time` must lie in span \[0\.5, 2\.0\): time\[0\]"),
        ({"span": (2.0, 0.0)}, r"`span` must be finite with start < stop, got \(2\.0, 0\.0\)"),
        ({"n_units": -1, "time": [], "unit": []}, r"`n_units` must be a number of units >= 0, got -1"),
    ],
)
def test_bad_events_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_events_of_unequal_columns_are_refused():
    with pytest.raises(ValueError, match=r"`time` and `unit` must both have shape \(E,\), got \(2,\) and \(1,\)\."):
        Events.from_events([0.0, 1.0], [0], n_units=1, span=(0.0, 2.0))


def test_windows_outside_the_span_are_refused():
    with pytest.raises(ValueError, match=r"the window \[3\.0, 4\.0\) must overlap the observed span \[0\.0, 2\.0\)"):
        make().window(3.0, 4.0)
    with pytest.raises(ValueError, match=r"`start` must be before `stop`, got \[1\.0, 1\.0\)"):
        make().window(1.0, 1.0)


def test_selections_are_checked():
    with pytest.raises(ValueError, match=r"`units` must lie in \[0, n_units=2\): units\[0\]=2"):
        make().select([2])
    with pytest.raises(ValueError, match=r"`units` must name each unit once, got repeated ids. Drop the repeats."):
        make().select([0, 0])


def test_silent_units_have_empty_trains():
    assert make(n_units=4).counts().tolist() == [2, 1, 0, 0]
    assert make(n_units=4).train(3).size == 0


def test_an_event_on_the_last_double_before_the_end_survives_a_shift():
    edge = Events(time=[np.nextafter(8.0, 0)], unit=[0], n_units=1, span=(0.0, 8.0)).shift(1e6)
    assert edge.time[0] < edge.span[1]


def test_columns_and_duration():
    assert make().duration == 2.0
    assert set(make().to_columns()) == {"time", "unit"}
