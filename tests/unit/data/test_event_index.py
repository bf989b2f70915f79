"""The index of a stream against a search through all events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import EventIndex, TemporalGraph


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6)), max_size=30),
    st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 8)), max_size=10),
)
def test_rows_and_their_cuts_equal_a_search_through_all_events(events, asked):
    events.sort(key=lambda e: e[2])
    src, dst, time = (np.array([e[k] for e in events], dtype=np.int64) for k in range(3))
    index = EventIndex.of(src, dst, time.astype(float), 5)
    for i in range(5):
        mine = [k for k, (a, b, _) in enumerate(events) if i in (a, b)]
        row = slice(index.offsets[i], index.offsets[i + 1])
        assert index.event[row].tolist() == mine
        assert index.other[row].tolist() == [events[k][1] if events[k][0] == i else events[k][0] for k in mine]
    start, stop = index.before([n for n, _ in asked], [float(t) for _, t in asked])
    for (node, moment), a, b in zip(asked, start, stop, strict=True):
        want = [k for k, e in enumerate(events) if node in e[:2] and e[2] < moment]
        assert index.event[a:b].tolist() == want


def test_the_index_is_made_once_and_is_that_of_the_part():
    graph = TemporalGraph(src=[0, 1, 1], dst=[1, 2, 1], time=[0.0, 1.0, 1.0], n_nodes=3, span=(0.0, 2.0))
    assert graph.index is graph.index
    assert graph.index.event.tolist() == [0, 0, 1, 2, 1]  # the self-loop stands once
    assert graph.take(slice(1, 3)).index.event.tolist() == [0, 1, 0]


def test_nodes_outside_are_refused():
    graph = TemporalGraph(src=[0], dst=[1], time=[0.0], n_nodes=2, span=(0.0, 2.0))
    with pytest.raises(ValueError, match=r"`nodes` must lie in \[0, n_nodes=2\)"):
        graph.index.before([2], [1.0])
    with pytest.raises(ValueError, match="as many times as nodes"):
        graph.index.before([0, 1], [1.0])
