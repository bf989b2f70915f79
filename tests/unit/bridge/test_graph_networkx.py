"""Graph and networkx: there and back, and the files that networkx reads."""

import networkx as nx
import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.bridge import network_from_networkx, to_networkx
from interplay.data import Graph
from interplay.io import load_graph


@pytest.mark.parametrize("directed", [True, False])
def test_there_and_back(directed):
    graph = Graph.from_edges(
        [0, 2, 1], [1, 2, 0] if directed else [1, 2, 2], [1.0, -2.0, 3.0], n_nodes=4, directed=directed,
        names=list("abcd"), attributes={"team": ["x", "y", "x", "y"], "age": [1, 2, 3, 4]},
    )  # fmt: skip
    there = to_networkx(graph)
    assert there.is_directed() == directed
    assert there.number_of_edges() == graph.n_edges
    assert there.nodes[3] == {"name": "d", "team": "y", "age": 4}
    assert network_from_networkx(there).digest == graph.digest


def test_one_edge_keeps_its_direction():
    graph = network_from_networkx(nx.DiGraph([("from", "to")]))
    assert graph.to_dense()[0, 1] == 1
    assert graph.names.tolist() == ["from", "to"]
    assert list(to_networkx(graph).edges) == [(0, 1)]


def test_parallel_edges_in_either_order_are_repeats():
    graph = nx.MultiGraph([(0, 1), (1, 0), (2, 1)])
    with pytest.raises(DataError, match="given again"):
        network_from_networkx(graph)
    assert network_from_networkx(graph, repeats="sum").to_dense()[0, 1] == 2


def test_columns_that_some_nodes_lack_have_empty_places():
    graph = nx.Graph([(0, 1)])
    graph.nodes[0].update(team="x", age=3)
    found = network_from_networkx(graph)
    assert found.attributes["team"].tolist() == ["x", ""]
    assert np.isnan(found.attributes["age"][1])


def test_weights_of_some_edges_and_names_twice_are_refused():
    graph = nx.Graph([(0, 1, {"weight": 2}), (1, 2)])
    with pytest.raises(DataError, match="1 of 2 edges have no 'weight'"):
        network_from_networkx(graph)
    with pytest.raises(DataError, match="differ in their names"):
        network_from_networkx(nx.Graph([(1, "1")]))
    with pytest.raises(DataError, match="`snapshot` must be None"):
        to_networkx(Graph.from_edges([], [], n_nodes=1, directed=False), 0)


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
def test_files_of_networkx(tmp_path, ending):
    club = nx.karate_club_graph()
    getattr(nx, f"write_{ending}")(club, tmp_path / f"club.{ending}")
    graph = load_graph(tmp_path / f"club.{ending}")
    assert (graph.n_nodes, graph.n_edges, graph.directed) == (34, 78, False)
    assert len(graph.groups("club")) == 2
    (tmp_path / f"bad.{ending}").write_text("<graphml")
    with pytest.raises(DataError, match="cannot be read"):
        load_graph(tmp_path / f"bad.{ending}")
