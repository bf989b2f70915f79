"""The damping study: each point against the exact distances of that walk, and the place of its least value."""

import networkx as nx
import numpy as np
import pytest

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph


def graph_of(net, seed=None):
    src, dst = zip(*net.edges, strict=True)
    weight = None if seed is None else np.random.default_rng(seed).uniform(0.5, 2, len(src))
    return Graph.from_edges(src, dst, weight, n_nodes=len(net), directed=net.is_directed())


def test_every_point_is_the_mean_over_pairs_of_that_walk():
    connected = graph_of(nx.barabasi_albert_graph(15, 2, seed=0), seed=1)
    circle = graph_of(nx.compose(nx.cycle_graph(8, nx.DiGraph), nx.DiGraph([(0, 4), (2, 2)])))
    parts = Graph.from_edges([0, 1, 3], [1, 2, 4], n_nodes=7, directed=False)
    ends = Graph.from_edges([0, 1, 2, 4], [1, 2, 0, 5], n_nodes=6, directed=True)
    cases = [(connected, ("path", 2.0)), (circle, ("path", 0.0)), (parts, (1.0, 3.0)), (ends, (1.0, 3.0))]
    grid = [0.0, 0.4, 0.85]
    for graph, costs in cases:
        for length in ("unit", "inverse"):
            found = m.damping_study(graph, grid, teleport_cost=costs, edge_length=length)
            for c, cost in enumerate(costs):
                for k, q in enumerate(grid):
                    walk = m.TraverseWalk(kind="page-rank", damping=q, teleport_cost=cost, edge_length=length)
                    exact = m.mean_first_traverse(graph, walk)
                    assert found.mean_distance[c, k] == pytest.approx(exact.mean_distance, rel=1e-9)
                    assert found.mean_passage[k] == pytest.approx(exact.mean_passage, rel=1e-9)
            ordinary = m.mean_first_traverse(graph, m.TraverseWalk(edge_length=length)).mean_distance
            assert found.ordinary == pytest.approx([ordinary] * len(costs))


def test_the_least_value_is_found_between_grid_points():
    graph = graph_of(nx.watts_strogatz_graph(40, 4, 0.1, seed=3))
    coarse = m.damping_study(graph, np.linspace(0, 0.95, 20), teleport_cost=(2.0,))
    fine = m.damping_study(graph, np.linspace(0, 0.95, 951), teleport_cost=(2.0,))
    assert coarse.interior[0]
    assert coarse.best[0] == pytest.approx(fine.damping[fine.mean_distance[0].argmin()], abs=1.1e-3)
    assert coarse.best_distance[0] <= fine.mean_distance[0].min() * (1 + 1e-9)
    low, high = fine.near[0]
    within = fine.damping[fine.mean_distance[0] <= 1.01 * fine.best_distance[0]]
    assert (low, high) == pytest.approx((within[0], within[-1]), abs=1.1e-3)
    assert 0 < coarse.gain[0] < 1


def test_no_least_value_inside_is_said():
    complete = m.damping_study(graph_of(nx.complete_graph(6)), teleport_cost=("path", 0.0, 5.0))
    assert not complete.interior.any()
    assert complete.best[1] == 0
    assert complete.best_distance[1] == 0
    assert complete.gain == pytest.approx(0, abs=1e-9)
    assert complete.near[0, 1] - complete.near[0, 0] > 0.9


def test_one_cost_may_stand_alone_and_weights_may_be_far_apart():
    graph = graph_of(nx.cycle_graph(5))
    for cost in ("path", 2.0):
        alone = m.damping_study(graph, [0.0, 0.5], teleport_cost=cost)
        assert np.array_equal(
            alone.mean_distance, m.damping_study(graph, [0.0, 0.5], teleport_cost=(cost,)).mean_distance
        )
    apart = Graph.from_edges([0, 1, 2], [1, 2, 3], [1e7, 1, 1e-7], n_nodes=4, directed=False)
    exact = m.mean_first_passage(apart).sum() / 12
    assert m.damping_study(apart, [0.5]).ordinary == pytest.approx(exact, rel=1e-14)
    great = apart.with_weight(apart.weights() / 1e7 * 1.7e308)
    assert m.damping_study(great, [0.5]).mean_distance == pytest.approx(m.damping_study(apart, [0.5]).mean_distance)


def test_errors():
    pair = Graph.from_edges([0], [1], n_nodes=2, directed=False)
    with pytest.raises(DataError, match="at least two nodes"):
        m.damping_study(Graph.from_edges([], [], n_nodes=1, directed=False))
    with pytest.raises(DataError, match=r"rise strictly inside \[0, 1\)"):
        m.damping_study(pair, [0.5, 1.0])
    with pytest.raises(DataError, match="rise strictly"):
        m.damping_study(pair, [])
    with pytest.raises(ConfigError, match="got none"):
        m.damping_study(pair, teleport_cost=())
    with pytest.raises(ConfigError, match="teleport_cost"):
        m.damping_study(pair, teleport_cost=(-1.0,))
    with pytest.raises(ConfigError, match="teleport_cost"):
        m.damping_study(pair, teleport_cost=np.inf)
    with pytest.raises(DataError, match="join every pair"):
        m.damping_study(Graph.from_edges([0], [1], n_nodes=3, directed=False))
