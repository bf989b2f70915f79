"""Round trips through the objects of other libraries, and the words of every refusal."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import bridge
from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Series, Snapshots, TemporalGraph, Units

SPAN = (5.0, 25.0)


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 6))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 19), st.integers(-3, 3)), max_size=12
        )
    )
    src, dst, time, weight = (np.array([r[k] for r in rows]) for k in range(4))
    return TemporalGraph.from_events(
        src.astype(int), dst.astype(int), 5.0 + time.astype(float), weight.astype(float), n_nodes=n, span=SPAN
    )


def same_events(a, b):
    rows = [
        sorted(zip(g.time.tolist(), g.src.tolist(), g.dst.tolist(), g.weight.tolist(), strict=True)) for g in (a, b)
    ]
    return rows[0] == rows[1] and a.n_nodes == b.n_nodes and a.span == b.span


def snapshots(directed):
    rng = np.random.default_rng(3)
    w = rng.normal(size=(3, 5, 5)) * (rng.random((3, 5, 5)) < 0.5)
    w = w if directed else w + w.transpose(0, 2, 1)
    return Snapshots.from_dense(w, [[0, 2], [1, 3], [2, 4]], directed=directed, pvalues=np.full(w.shape, 0.25))


@given(graphs())
@settings(deadline=None, max_examples=30)
def test_a_graph_survives_pandas_networkx_and_pyg(graph):
    assert bridge.graph_from_pandas(bridge.to_pandas(graph), n_nodes=graph.n_nodes, span=SPAN).digest == graph.digest
    assert same_events(bridge.graph_from_networkx(bridge.to_networkx(graph), span=SPAN), graph)
    assert same_events(bridge.graph_from_pyg(bridge.to_pyg(graph)), graph)


@pytest.mark.parametrize("directed", [True, False])
def test_a_snapshot_survives_networkx_with_orientation(directed):
    data = snapshots(directed)
    graph = bridge.to_networkx(data, 1)
    back = bridge.snapshots_from_networkx(graph, span=(1.0, 3.0))
    assert graph.is_directed() == directed
    assert np.array_equal(back.matrix(0), data.matrix(1))
    assert nx.to_numpy_array(graph, nodelist=range(5))[0, 1] == data.matrix(1)[0, 1]
    assert next(iter(graph.edges(data="pvalue")))[2] == 0.25


@pytest.mark.parametrize("directed", [True, False])
def test_a_snapshot_survives_pyg_with_orientation(directed):
    data = snapshots(directed)
    back = bridge.snapshots_from_pyg(bridge.to_pyg(data, -1), span=(2.0, 4.0))
    assert np.array_equal(back.matrix(0), data.matrix(2))


def test_one_edge_keeps_its_direction_everywhere():
    graph = TemporalGraph(src=np.array([2]), dst=np.array([0]), time=np.array([6.0]), n_nodes=3, span=SPAN)
    assert list(bridge.to_networkx(graph).edges()) == [(2, 0)]
    assert bridge.to_pandas(graph)[["src", "dst"]].to_numpy().tolist() == [[2, 0]]
    assert bridge.to_pyg(graph).src.tolist() == [2]
    assert bridge.to_pyg(graph.snapshots([SPAN]), 0).edge_index.tolist() == [[2], [0]]


def test_events_survive_pandas_and_pynapple_silent_units_too():
    events = Events.from_trains([[5.0, 7.25], [], [6.5, 24.999]], span=SPAN)
    assert bridge.events_from_pandas(bridge.to_pandas(events), n_units=3, span=SPAN).digest == events.digest
    back = bridge.from_pynapple(bridge.to_pynapple(events))
    assert np.array_equal(back.time, events.time)
    assert np.array_equal(back.unit, events.unit)
    assert back.n_units == 3


def test_a_pynapple_event_at_the_closed_end_stays_inside():
    nap = pytest.importorskip("pynapple", reason="pynapple is not installed")
    group = nap.TsGroup({0: nap.Ts(t=np.array([0.0, 10.0]))}, time_support=nap.IntervalSet(0.0, 10.0))
    events = bridge.from_pynapple(group)
    assert len(events) == 2
    assert events.span[1] > 10.0


def test_series_and_intervals_survive():
    series = Series.regular(np.arange(8.0).reshape(4, 2), dt_s=0.5, start=3.0, names=["x", "y"])
    assert bridge.series_from_pandas(bridge.to_pandas(series)).digest == series.digest
    back = bridge.from_pynapple(bridge.to_pynapple(series))
    assert np.array_equal(back.values, series.values)
    assert back.names == ("x", "y")
    intervals = Intervals.from_bounds([[0.0, 1.0], [2.0, 5.0]])
    assert np.allclose(bridge.from_pynapple(bridge.to_pynapple(intervals)).bounds, intervals.bounds)


def test_tables_of_units_and_snapshots_hold_every_column():
    units = Units(n=2, position_um=np.array([[1.0, 2.0], [3.0, 4.0]]), sign=np.array([1, -1]))
    assert list(bridge.to_pandas(units).columns) == ["id", "group", "sign", "x_um", "y_um"]
    data = snapshots(True)
    frame = bridge.to_pandas(data)
    assert len(frame) == len(data.src)
    assert frame.groupby("snapshot")["weight"].sum().loc[2] == pytest.approx(data.matrix(2).sum())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bridge.to_pandas(3), "`data` must be one of"),
        (lambda: bridge.events_from_pandas(pd.DataFrame({"t": [1.0]}), n_units=1, span=SPAN), "must have the columns"),
        (lambda: bridge.to_networkx(snapshots(True)), "`snapshot` must say which"),
        (lambda: bridge.to_pyg(snapshots(True)), "`snapshot` must say which"),
        (lambda: bridge.snapshots_from_networkx(nx.Graph([("a", "b")]), span=SPAN), "nodes 0 .. N-1"),
        (lambda: bridge.snapshots_from_networkx(nx.MultiGraph([(0, 1)]), span=SPAN), "simple graph"),
        (lambda: bridge.graph_from_networkx(nx.Graph([(0, 1)]), span=SPAN), "must be directed"),
        (lambda: bridge.graph_from_networkx(nx.DiGraph([(0, 1)]), span=SPAN), "0 -> 1 has none"),
        (lambda: bridge.to_pynapple(3), "`data` must be Events"),
        (lambda: bridge.to_pynapple(Intervals.from_bounds([[0, 2.0], [1.0, 3]])), "disjoint"),
        (lambda: bridge.from_pynapple(3), "`data` must be a TsGroup"),
    ],
)
def test_refusals_say_what_to_do(call, words):
    with pytest.raises(DataError, match=words):
        call()
