"""Hypothesis strategies for data objects: ties, edges of the span, silent units, self-loops, cancelling weights."""

import numpy as np
from hypothesis import strategies as st

from interplay.data import Events, Intervals, Snapshots, TemporalGraph

SPAN = (0.0, 8.0)
#: On a coarse grid, anywhere, or just inside the end.
times = st.one_of(
    st.integers(0, 31).map(lambda k: k / 4),
    st.floats(SPAN[0], SPAN[1], exclude_max=True, width=64),
    st.just(float(np.nextafter(SPAN[1], 0))),
)
#: May also lie outside the span.
moments = st.one_of(times, st.floats(-3, 11, width=64), st.sampled_from([SPAN[0], SPAN[1]]))
weights = st.one_of(st.sampled_from([-1.0, -0.5, 0.5, 1.0]), st.floats(-10, 10, width=32))


@st.composite
def events(draw, max_events=20, max_units=4):
    n = draw(st.integers(1, max_units))
    rows = draw(st.lists(st.tuples(times, st.integers(0, n - 1)), max_size=max_events))
    return Events.from_events([t for t, _ in rows], [u for _, u in rows], n_units=n, span=SPAN)


@st.composite
def intervals(draw, max_size=8):
    rows = draw(st.lists(st.tuples(times, times).filter(lambda ab: ab[0] != ab[1]), max_size=max_size))
    rows = sorted((min(ab), max(ab)) for ab in rows)
    return Intervals.from_bounds(np.reshape(np.array(rows, dtype=float), (-1, 2)))


@st.composite
def graphs(draw, max_events=20, max_nodes=5):
    n = draw(st.integers(1, max_nodes))
    node = st.integers(0, n - 1)
    rows = draw(st.lists(st.tuples(node, node, times, weights), max_size=max_events))
    columns = [np.array([row[k] for row in rows], dtype=kind) for k, kind in enumerate((int, int, float, float))]
    return TemporalGraph.from_events(*columns, n_nodes=n, span=SPAN)


@st.composite
def snapshots(draw, directed=None, max_size=4, max_nodes=5):
    size, n = draw(st.integers(0, max_size)), draw(st.integers(1, max_nodes))
    kind = draw(st.booleans()) if directed is None else directed
    flat = draw(st.lists(st.one_of(st.just(0.0), weights), min_size=size * n * n, max_size=size * n * n))
    dense = np.reshape(np.array(flat, dtype=float), (size, n, n))
    if not kind:
        dense = np.triu(dense) + np.triu(dense, 1).transpose(0, 2, 1)
    first = np.arange(size, dtype=float)
    present = np.ones((size, n), bool)
    if size and draw(st.booleans()):
        present[draw(st.integers(0, size - 1)), draw(st.integers(0, n - 1))] = False
    return Snapshots.from_dense(dense, np.column_stack([first, first + 1.5]), directed=kind, present=present)
