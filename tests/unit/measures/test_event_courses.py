"""The course of a stream against sets, its degrees, and pairs numbered by a table that grows."""

import numpy as np
import pytest
from tests.oracles import event_courses as oracle

from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.measures.event_bins import discretise, event_bounds
from interplay.measures.event_courses import degree_map, event_course, node_activity
from interplay.measures.event_measures import measure_events
from interplay.measures.event_pairs import temporal_edges
from interplay.ops import meetings


def drawn(seed, n_events=60, n_nodes=9):
    rng = stream(seed, "test", "event courses")
    src, dst = rng.integers(0, n_nodes, (2, n_events))
    time = np.sort(rng.integers(0, 40, n_events)).astype(float)
    weight = rng.choice([-1.5, 0.0, 1.0], n_events)
    return TemporalGraph(src=src, dst=dst, time=time, weight=weight, n_nodes=n_nodes, span=(0.0, 50.0))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bins", [1, 6, 25])
def test_course_against_sets(seed, bins):
    graph = drawn(seed)
    bounds = event_bounds(graph, bins=bins)
    edges = temporal_edges(graph, bounds)
    events = list(zip(graph.src.tolist(), graph.dst.tolist(), graph.time.tolist(), strict=True))
    wanted = oracle.course(events, bounds)
    found = event_course(graph, edges)
    for name, key in (("nodes", "nodes"), ("components", "components"), ("engaged_nodes", "engaged")):
        assert found[name].tolist() == [w[key] for w in wanted]
    nodes, joined = (np.array([w[k] for w in wanted], float) for k in ("nodes", "joined"))
    with np.errstate(invalid="ignore", divide="ignore"):
        np.testing.assert_allclose(found["largest_component"], [w["largest"] for w in wanted] / nodes)
        np.testing.assert_allclose(found["mean_degree"], 2 * joined / nodes)
        density = np.where(nodes > 1, joined / (nodes * (nodes - 1) / 2), np.nan)
    np.testing.assert_allclose(found["density"], density)
    assert found["events"].sum() == len(graph)
    assert found["negative_events"].sum() == (graph.weight < 0).sum()
    levels = degree_map(graph, edges)
    for k, w in enumerate(wanted):
        tally = [sum(2**b <= d < 2 ** (b + 1) for d in w["degrees"]) for b in range(levels.shape[1])]
        assert levels[k].tolist() == tally
        assert levels[k].sum() == len(w["degrees"])
    share = [sum(i in w["active"] for w in wanted) / bins for i in range(9)]
    np.testing.assert_allclose(node_activity(graph, edges), share)


@pytest.mark.parametrize("weights", ["sum", "count"])
def test_bins_hold_what_snapshots_hold(weights):
    graph = drawn(5)
    ones = None if weights == "count" else graph.weight
    plain = TemporalGraph(src=graph.src, dst=graph.dst, time=graph.time, weight=ones, n_nodes=9, span=graph.span)
    found = discretise(graph, bins=8, weights=weights)
    assert found.digest == plain.snapshots(event_bounds(graph, bins=8)).digest


def test_table_of_pairs_grows(monkeypatch):
    monkeypatch.setattr(meetings, "_CHUNK", 7)
    monkeypatch.setattr(meetings, "_FIRST", 16)
    rng = stream(0, "test", "pairs")
    src, dst = rng.integers(0, 30, (2, 400))
    number, keys = meetings.number_pairs(src, dst, 30)
    seen = {}
    assert number.tolist() == [seen.setdefault(k, len(seen)) for k in (src * 30 + dst).tolist()]
    assert keys.tolist() == list(seen)
    empty = meetings.number_pairs(src[:0], dst[:0], 1)
    assert [len(x) for x in empty] == [0, 0]


def test_streams_without_meetings():
    none = TemporalGraph(src=[], dst=[], time=[], n_nodes=0, span=(0.0, 1.0))
    edges = temporal_edges(none, event_bounds(none, bins=2))
    assert event_course(none, edges)["nodes"].tolist() == [0, 0]
    assert degree_map(none, edges).tolist() == [[0], [0]]
    assert node_activity(none, edges).tolist() == []
    loops = TemporalGraph(src=[0, 0], dst=[0, 0], time=[0.0, 0.6], n_nodes=1, span=(0.0, 1.0))
    edges = temporal_edges(loops, event_bounds(loops, bins=2))
    found = event_course(loops, edges)
    assert [found[k].tolist() for k in ("components", "mean_degree", "engaged_nodes")] == [[1, 1], [0, 0], [1, 0]]
    assert not degree_map(loops, edges).any()


def test_times_too_close_for_fifty_bins_get_fewer():
    time = 1e9 + np.arange(20) * 1e-7
    close = TemporalGraph(src=[0, 1] * 10, dst=[1, 0] * 10, time=time, n_nodes=2, span=(1e9, 1e9 + 3e-6))
    found = measure_events(close)
    assert 1 < found.config.bins < 50
    assert "bins only" in found.notes[0]
    assert found.course["events"].sum() == 20
    late = TemporalGraph(src=[0], dst=[1], time=[1e15], n_nodes=2, span=(1e15, 1e15 + 99))
    assert measure_events(late).config.bins == 50
