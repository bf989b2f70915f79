"""Every data type keeps the promises of all data types."""

import numpy as np
import pytest

from interplay.data import Events, Intervals, Series, Simplices, TemporalGraph, Units
from interplay.testing import check_data, random_events, random_graph, random_recording, random_snapshots

MAKERS = {
    "events": random_events,
    "no events": lambda rng: Events(time=[], unit=[], n_units=3, span=(0.0, 4.0)),
    "events, no unit": lambda rng: random_events(rng, n_units=0),
    "events before zero": lambda rng: random_events(rng, span=(-30.0, -10.0)),
    "intervals": lambda rng: random_recording(rng).epochs["task"],
    "overlapping intervals": lambda rng: Intervals(start=np.arange(5.0), stop=np.arange(5.0) + 2.5),
    "series": lambda rng: Series.regular(rng.standard_normal((50, 3)), dt_s=0.25, start=8.0, unit="mV"),
    "series with gaps": lambda rng: Series(time=[0.0, 1.0, 1.0, 5.0], values=[[1.0], [np.nan], [2.0], [3.0]]),
    "graph": random_graph,
    "graph without events": lambda rng: random_graph(rng, n_events=0),
    "one node": lambda rng: random_graph(rng, n_nodes=1),
    "named graph": lambda rng: TemporalGraph(
        src=[0], dst=[1], time=[1.0], n_nodes=2, span=(0.0, 2.0), names=np.array(["a", "b"])
    ),
    "snapshots": random_snapshots,
    "undirected snapshots": lambda rng: random_snapshots(rng, directed=False, pvalues=True, absent=True),
    "one snapshot": lambda rng: random_snapshots(rng, n_snapshots=1, n_nodes=1),
    "recording": random_recording,
    "recording with a gap": lambda rng: random_recording(rng, gap=(20.0, 35.0)),
    "spikes only": lambda rng: random_recording(rng, traces=False),
    "simplices": lambda rng: Simplices.from_lists(
        [rng.choice(6, 1 + k % 4, replace=False) for k in range(12)], rng.random(12), n_nodes=7, span=(0.0, 1.0)
    ),
    "no simplices": lambda rng: Simplices.from_lists([], [], n_nodes=2, span=(0.0, 1.0)),
    "units": lambda rng: random_recording(rng).units,
    "no units": lambda rng: Units(n=0),
}


@pytest.mark.parametrize("name", MAKERS)
def test_data_types_keep_their_promises(name):
    check_data(MAKERS[name](np.random.Generator(np.random.Philox(3))))


class Closed(Events):
    """Wrong on purpose."""

    def __repr__(self):
        return "Closed()"

    def window(self, start, stop):
        inside = (self.time >= start) & (self.time <= stop)
        return Events(time=self.time[inside], unit=self.unit[inside], n_units=self.n_units, span=(start, stop + 1))


def test_the_suite_notices_a_window_that_keeps_its_end():
    with pytest.raises(AssertionError, match="windows must tile"):
        check_data(Closed(time=[0.0, 1.0, 1.5], unit=[0, 0, 0], n_units=1, span=(0.0, 2.0)))


def test_the_suite_notices_a_mutable_array():
    events = random_events(np.random.Generator(np.random.Philox(0)))
    object.__setattr__(events, "time", np.array(events.time))
    with pytest.raises(AssertionError, match="`time` must be read-only"):
        check_data(events)
