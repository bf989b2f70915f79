"""Graph: rows of edges, checked once; every way to build one, and every way to take it apart."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, Snapshots, TemporalGraph


def pairs(graph):
    """Edges as a set of (source, target, weight), row by row."""
    return set(zip(graph.src.tolist(), graph.target.tolist(), graph.weights().tolist(), strict=True))


def test_an_undirected_edge_stands_in_both_rows_and_a_loop_once():
    graph = Graph.from_edges([2, 0, 1], [1, 0, 0], [3.0, 5.0, -1.0], n_nodes=4, directed=False)
    assert pairs(graph) == {(1, 2, 3.0), (2, 1, 3.0), (0, 0, 5.0), (0, 1, -1.0), (1, 0, -1.0)}
    assert (graph.n_nodes, graph.n_edges, graph.n_loops, graph.signed) == (4, 3, 1, True)
    assert graph.degree_out().tolist() == graph.degree_in().tolist() == [2, 2, 1, 0]
    assert graph.strength_out().tolist() == [4.0, 2.0, 3.0, 0.0]
    assert graph.target.dtype == np.int32
    assert graph.reversed() is graph


def test_one_directed_edge_points_from_source_to_target():
    graph = Graph.from_edges([0], [2], n_nodes=3, directed=True)
    assert graph.to_dense()[0, 2] == 1
    assert graph.to_dense().sum() == 1
    assert (graph.degree_out().tolist(), graph.degree_in().tolist()) == ([1, 0, 0], [0, 0, 1])
    assert pairs(graph.reversed()) == {(2, 0, 1.0)}


def test_all_ways_to_build_agree():
    weights = np.array([[0, 2.0, 0], [0, 0, -1.5], [4.0, 0, 1.0]])
    by_hand = Graph(offsets=[0, 1, 2, 4], target=[1, 2, 0, 2], weight=[2.0, -1.5, 4.0, 1.0], directed=True)
    by_edges = Graph.from_edges([2, 1, 0, 2], [0, 2, 1, 2], [4.0, -1.5, 2.0, 1.0], n_nodes=3, directed=True)
    dense = Graph.from_dense(weights, directed=True)
    assert by_hand.digest == by_edges.digest == dense.digest
    np.testing.assert_array_equal(dense.to_dense(), weights)
    np.testing.assert_array_equal(dense.to_scipy().toarray(), weights)
    assert Graph.from_dense(dense.to_dense().T, directed=True).digest == dense.reversed().digest
    assert dense.reversed().reversed().digest == dense.digest


def test_repeats_are_refused_or_added_up_in_either_direction_of_a_pair():
    with pytest.raises(DataError, match="once"):
        Graph.from_edges([0, 1], [1, 0], n_nodes=2, directed=False)
    graph = Graph.from_edges([0, 1, 0], [1, 0, 1], n_nodes=2, directed=False, repeats="sum")
    assert pairs(graph) == {(0, 1, 3.0), (1, 0, 3.0)}
    assert Graph.from_edges([0, 1], [1, 0], n_nodes=2, directed=True).n_edges == 2
    with pytest.raises(ConfigError, match="repeats"):
        Graph.from_edges([0], [1], n_nodes=2, directed=True, repeats="drop")


def test_snapshots_give_one_window_or_the_mean_with_missing_edges_as_nought():
    dense = np.zeros((2, 3, 3))
    dense[0, 0, 1] = dense[0, 1, 0] = 1.0
    dense[1, 1, 2] = dense[1, 2, 1] = -3.0
    snapshots = Snapshots.from_dense(dense, [(0, 1), (1, 2)], directed=False)
    assert pairs(Graph.from_snapshots(snapshots)) == {(0, 1, 0.5), (1, 0, 0.5), (1, 2, -1.5), (2, 1, -1.5)}
    assert pairs(Graph.from_snapshots(snapshots, -1)) == {(1, 2, -3.0), (2, 1, -3.0)}
    assert Graph.from_snapshots(snapshots, names=["a", "b", "c"]).names.tolist() == ["a", "b", "c"]


def test_timed_events_add_up_and_keep_their_names():
    events = TemporalGraph.from_events(
        np.array([0, 0, 1]), np.array([1, 1, 0]), np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]),
        n_nodes=3, span=(0, 3),
    )  # fmt: skip
    assert pairs(Graph.from_temporal(events)) == {(0, 1, 3.0), (1, 0, 5.0)}
    assert pairs(Graph.from_temporal(events, directed=False)) == {(0, 1, 8.0), (1, 0, 8.0)}


def test_layers_keep_signs_apart_and_drop_noughts():
    graph = Graph.from_edges([0, 1, 2], [1, 2, 3], [2.0, -3.0, 0.0], n_nodes=4, directed=True)
    assert pairs(graph.layer("positive")) == {(0, 1, 2.0)}
    assert pairs(graph.layer("negative")) == {(1, 2, 3.0)}
    assert pairs(graph.layer("absolute")) == {(0, 1, 2.0), (1, 2, 3.0)}
    plain = graph.with_weight(None)
    assert plain.layer("positive") is plain
    assert plain.layer("negative").n_edges == 0
    with pytest.raises(ConfigError, match="which"):
        graph.layer("both")


def test_select_renumbers_in_the_order_given():
    graph = Graph.from_edges(
        [0, 1, 3], [1, 3, 0], [1.0, 2.0, 3.0], n_nodes=4, directed=True, names=list("abcd"),
        attributes={"size": [1, 2, 3, 4]},
    )  # fmt: skip
    part = graph.select([3, 1])
    assert pairs(part) == {(1, 0, 2.0)}
    assert part.names.tolist() == ["d", "b"]
    assert part.attributes["size"].tolist() == [4, 2]
    assert graph.select([]).n_nodes == 0
    for wrong in ([1, 1], [4], [0.7]):
        with pytest.raises(DataError):
            graph.select(wrong)


def test_components_ignore_direction_and_count_lonely_nodes():
    graph = Graph.from_edges([1, 4], [0, 3], n_nodes=6, directed=True)
    assert graph.components().tolist() == [0, 0, 1, 2, 2, 3]


def test_columns_make_groups_and_are_read_only():
    graph = Graph.from_edges([0], [1], n_nodes=3, directed=True).with_attributes(team=["a", "b", "a"])
    assert graph.groups("team").names.tolist() == ["a", "b"]
    assert graph.groups("team").column == "team"
    with pytest.raises(DataError, match="team"):
        graph.groups("tean")
    with pytest.raises(TypeError):
        graph.attributes["team"] = 1
    for array in (graph.offsets, graph.target, graph.attributes["team"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[-1]
    assert "knows team" in repr(graph)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_graphs_without_edges(n):
    for directed in (True, False):
        graph = Graph.from_edges([], [], n_nodes=n, directed=directed)
        assert (graph.n_nodes, graph.n_edges, graph.signed) == (n, 0, False)
        assert graph.to_dense().shape == (n, n)
        assert graph.components().tolist() == list(range(n))
        assert graph.reversed().n_edges == 0
        assert graph.layer("absolute").n_edges == 0
        assert pickle.loads(pickle.dumps(graph)).digest == graph.digest


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"offsets": [1, 2], "target": [0]}, "must start at 0"),
        ({"offsets": [0, 2, 1], "target": [0]}, "never decrease"),
        ({"offsets": [0, 1], "target": [1]}, "row 0 holds 1"),
        ({"offsets": [0, 2, 2], "target": [1, 0]}, "must rise inside a row"),
        ({"offsets": [0, 2, 2], "target": [1, 1]}, "must rise inside a row"),
        ({"offsets": [0, 1, 1], "target": [-1]}, "must lie in"),
        ({"offsets": [0, 1, 1], "target": [1], "directed": False}, "must stand in both rows"),
        ({"offsets": [0, 1, 2], "target": [1, 0], "weight": [1.0, 2.0], "directed": False}, "with one weight"),
        ({"offsets": [0, 1, 1], "target": [1], "weight": [np.nan]}, "finite"),
        ({"offsets": [0, 1, 1], "target": [1], "weight": [1.0, 2.0]}, "shape"),
        ({"offsets": [0, 1, 1], "target": [1], "names": ["a", "a"]}, "each node once"),
        ({"offsets": [0, 1, 1], "target": [1], "attributes": {"x": [1]}}, "x"),
        ({"offsets": [0, 1, 1], "target": [1], "attributes": {"x": [None, "a"]}}, "x"),
    ],
)
def test_what_is_no_graph_is_refused(parts, match):
    names = {"names": np.array(parts["names"])} if "names" in parts else {}
    with pytest.raises(DataError, match=match):
        Graph(**({"directed": True} | parts | names))


def test_matrices_that_are_no_undirected_graph_are_refused():
    with pytest.raises(DataError, match=r"\[0, 1\]=1.0 but \[1, 0\]=0.0"):
        Graph.from_dense([[0, 1.0], [0, 0]], directed=False)
    with pytest.raises(DataError):
        Graph.from_dense([[0, np.inf], [np.inf, 0]], directed=False)
    with pytest.raises(DataError):
        Graph.from_edges([0], [3], n_nodes=3, directed=True)


@pytest.mark.parametrize(
    ("options", "match"),
    [({"n_nodes": -1}, "`n_nodes`"), ({"n_nodes": 2.0}, "`n_nodes`"), ({"directed": "no"}, "`directed` must be True")],
)
def test_what_says_neither_how_many_nor_which_way_is_refused(options, match):
    with pytest.raises(ConfigError, match=match):
        Graph.from_edges(
            *([[0], [1]] if "directed" in options else [[], []]), **{"n_nodes": 2, "directed": True} | options
        )
    if "directed" in options:
        with pytest.raises(ConfigError, match=match):
            Graph(offsets=[0], target=[], **options)


def test_pickles_with_everything():
    graph = Graph.from_edges(
        [0, 1],
        [1, 2],
        [1.0, 2.0],
        n_nodes=3,
        directed=False,
        names=["a", "b", "c"],
        attributes={"team": ["x", "", "y"]},
    )
    again = pickle.loads(pickle.dumps(graph))
    assert again.digest == graph.digest
    assert again.target.flags.writeable is False
    assert graph.with_weight([1.0] * 4).digest != graph.digest
