"""Orbit counts of nodes and pairs against enumeration of every small subgraph."""

import networkx as nx
import numpy as np
import pytest
from tests.oracles import orbits as oracle

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph


def graph_of(n, edges):
    src, dst = np.reshape(np.array(sorted(edges), dtype=int), (-1, 2)).T
    return Graph.from_edges(src, dst, n_nodes=n, directed=False)


def cases():
    for seed, (n, p) in enumerate([(7, 0.3), (8, 0.5), (8, 0.8), (10, 0.35)]):
        yield n, list(nx.gnp_random_graph(n, p, seed=seed).edges)
    yield 9, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 0)]
    yield 8, list(nx.star_graph(6).edges)
    yield 5, list(nx.complete_graph(5).edges)


@pytest.mark.parametrize("case", list(cases()))
def test_counts_agree_with_enumeration(case):
    n, edges = case
    graph = graph_of(n, edges)
    single, double = oracle.counts(n, edges)
    found = m.graphlet_orbits(graph)
    for node in range(n):
        assert found[node].tolist() == [single[node, k] for k in range(15)]
    pairs = m.orbit_adjacencies(graph, "all")
    assert {key[2:] for key in double} <= set(pairs)
    for (i, j, linked), matrix in pairs.items():
        expected = [[double[u, v, i, j, linked] for v in range(n)] for u in range(n)]
        assert matrix.toarray().tolist() == expected, (i, j, linked)
        assert (matrix.data > 0).all()
    for kind, linked in (("linked", True), ("apart", False)):
        alone = m.orbit_adjacencies(graph, kind)
        assert set(alone) == {key for key in pairs if key[2] == linked}
        for key, matrix in alone.items():
            assert np.array_equal(matrix.toarray(), pairs[key].toarray())


def test_row_sums_are_node_counts_times_partners():
    net = nx.barabasi_albert_graph(60, 4, seed=2)
    graph = graph_of(60, net.edges)
    nodes = m.graphlet_orbits(graph)
    partners = {
        (4, 5, True): 1,
        (5, 4, True): 1,
        (7, 6, True): 3,
        (11, 10, True): 2,
        (12, 13, True): 2,
        (14, 14, True): 3,
    }
    partners |= {(4, 4, False): 1, (4, 5, False): 1, (6, 6, False): 2, (9, 10, False): 2, (12, 12, False): 1}
    pairs = m.orbit_adjacencies(graph, "all")
    for key, count in partners.items():
        assert np.array_equal(pairs[key].sum(axis=1), count * nodes[:, key[0]]), key
    assert nodes[:, 3].sum() == sum(nx.triangles(net).values())


def test_signs_and_sizes_do_not_matter_zeros_do():
    graph = Graph.from_edges([0, 1, 0, 2], [1, 2, 2, 3], [-2.0, 0.5, 3.0, 0.0], n_nodes=4, directed=False)
    found = m.graphlet_orbits(graph)
    assert found[:, 3].tolist() == [1, 1, 1, 0]
    assert found[:, 0].tolist() == [2, 2, 2, 0]


def test_odd_graphs():
    empty = Graph.from_edges([], [], n_nodes=0, directed=False)
    assert m.graphlet_orbits(empty).shape == (0, 15)
    assert m.orbit_adjacencies(empty, "all")[4, 4, False].shape == (0, 0)
    bare = Graph.from_edges([], [], n_nodes=3, directed=False)
    assert not m.graphlet_orbits(bare).any()
    assert all(matrix.nnz == 0 for matrix in m.orbit_adjacencies(bare, "all").values())
    with pytest.raises(DataError, match="must be undirected for graphlets"):
        m.graphlet_orbits(Graph.from_edges([0], [1], n_nodes=2, directed=True))
    with pytest.raises(ConfigError, match="Unknown `pairs` 'near'"):
        m.orbit_adjacencies(bare, "near")
