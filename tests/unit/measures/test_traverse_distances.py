"""First passage and first traverse: against direct solves, simulated walks, and what is known in closed form."""

import networkx as nx
import numpy as np
import pytest
from tests.oracles import traverse as oracle

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph
from interplay.represent import LevyWalk

INF = np.inf


def graph_of(net, weights=None):
    src, dst = zip(*net.edges, strict=True)
    return Graph.from_edges(src, dst, weights, n_nodes=len(net), directed=net.is_directed())


def mixed(seed, directed, n=9, edges=16):
    """Weighted, with loops, possibly in several parts and with dead ends."""
    rng = np.random.default_rng(seed)
    pairs = {(int(i), int(j)) for i, j in rng.integers(0, n, (edges, 2)) if directed or i <= j}
    src, dst = zip(*sorted(pairs), strict=True)
    return Graph.from_edges(src, dst, rng.uniform(0.2, 3, len(pairs)), n_nodes=n, directed=directed)


def chain(graph, walk):
    """The walk's chances and lengths, written down from their definitions."""
    w = graph.to_dense()
    n = len(w)
    length = np.where(w > 0, 1.0 if walk.edge_length == "unit" else 1 / np.where(w > 0, w, 1), INF)
    far = oracle.hops(length)
    out = w.sum(axis=1, keepdims=True)
    step = np.divide(w, out, out=np.zeros_like(w), where=out > 0)
    if walk.kind == "ordinary":
        return step, length
    if walk.kind == "levy":
        raw = np.array([[far[i, j] ** -walk.alpha if 0 < far[i, j] < INF else 0.0 for j in range(n)] for i in range(n)])
        total = raw.sum(axis=1, keepdims=True)
        return np.divide(raw, total, out=np.zeros_like(raw), where=total > 0), far
    toll = far if walk.teleport_cost == "path" else np.full((n, n), float(walk.teleport_cost))
    q = np.where(out > 0, walk.damping, 0.0)
    both = q * step + (1 - q) / n
    mean = np.divide(q * step * np.where(w > 0, length, 0) + (1 - q) / n * toll, both)
    return both, mean


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(
    "walk",
    [
        m.TraverseWalk(),
        m.TraverseWalk(edge_length="inverse"),
        m.TraverseWalk(kind="levy", alpha=1.3),
        m.TraverseWalk(kind="levy", alpha=0.5, edge_length="inverse"),
        m.TraverseWalk(kind="page-rank", damping=0.6, teleport_cost=0.5),
    ],
)
def test_closed_form_agrees_with_direct_solves(walk, directed):
    for seed in range(6):
        graph = mixed(seed, directed, edges=10 + 3 * seed)
        steps, distance = oracle.first_meeting(*chain(graph, walk))
        found = m.mean_first_traverse(graph, walk)
        assert np.array_equal(np.isinf(found.passage), np.isinf(steps))
        known = np.isfinite(steps)
        assert found.passage[known] == pytest.approx(steps[known], rel=1e-8)
        assert found.distance[known] == pytest.approx(distance[known], rel=1e-8)
        assert np.isinf(found.distance[~known]).all()
        assert found.residual < 1e-9
        assert bool(found.notes) == (not known.all())
        assert m.mean_first_passage(graph, walk) == pytest.approx(found.passage, rel=1e-12)


def test_teleports_along_the_path_agree_with_direct_solves():
    for net in (nx.path_graph(6), nx.barabasi_albert_graph(12, 2, seed=1), nx.cycle_graph(5, nx.DiGraph)):
        graph = graph_of(net)
        walk = m.TraverseWalk(kind="page-rank", damping=0.7)
        steps, distance = oracle.first_meeting(*chain(graph, walk))
        found = m.mean_first_traverse(graph, walk)
        assert found.passage == pytest.approx(steps, rel=1e-9)
        assert found.distance == pytest.approx(distance, rel=1e-9)
        assert found.mean_distance == pytest.approx(distance.sum() / (len(steps) * (len(steps) - 1)))


def test_known_answers():
    n = 7
    path = m.mean_first_traverse(graph_of(nx.path_graph(n)))
    assert path.distance[0, n - 1] == pytest.approx((n - 1) ** 2)
    assert path.distance == pytest.approx(path.passage)
    cycle = m.mean_first_passage(graph_of(nx.cycle_graph(n)))
    assert cycle[0] == pytest.approx([k * (n - k) for k in range(n)])
    assert m.mean_first_passage(graph_of(nx.complete_graph(n)))[0, 1:] == pytest.approx(n - 1)
    anywhere = m.mean_first_traverse(graph_of(nx.path_graph(n)), m.TraverseWalk(kind="levy", alpha=0))
    assert anywhere.passage[~np.eye(n, dtype=bool)] == pytest.approx(n - 1)


def test_commute_time_is_resistance_times_all_strength():
    graph = mixed(2, directed=False, edges=20)
    there = m.mean_first_passage(graph)
    label = graph.components()
    strength = np.bincount(label, weights=graph.strength_out())
    found = m.effective_resistance(graph)
    joined = label[:, None] == label
    assert graph.to_dense().diagonal().any()
    assert not joined.all()
    assert (there + there.T)[joined] == pytest.approx((np.where(joined, found, 0) * strength[label])[joined], rel=1e-9)
    assert np.isinf(found[~joined]).all()


@pytest.mark.parametrize(
    "walk",
    [
        m.TraverseWalk(edge_length="inverse"),
        m.TraverseWalk(kind="levy", alpha=1.5),
        m.TraverseWalk(kind="page-rank", damping=0.7),
        m.TraverseWalk(kind="page-rank", damping=0.7, teleport_cost=2.0),
    ],
)
def test_simulated_walks_agree_within_their_error(walk):
    # 16 z-scores per walk, 64 in all: below 4 each, a false alarm in 250 runs if the draws were fresh.
    net = nx.barabasi_albert_graph(8, 2, seed=3)
    graph = graph_of(net, np.random.default_rng(1).uniform(0.5, 2, net.number_of_edges()))
    pairs = [(0, 7), (7, 0), (3, 5), (5, 2), (6, 1), (1, 4), (2, 7), (4, 6)]
    exact = m.mean_first_traverse(graph, walk)
    found = m.sample_first_traverse(graph, pairs, walk, runs=4000, seed=5)
    at = tuple(np.transpose(pairs))
    assert np.abs((found.distance - exact.distance[at]) / found.distance_se).max() < 4
    assert np.abs((found.passage - exact.passage[at]) / found.passage_se).max() < 4
    assert not found.unfinished.any()


def test_samples_belong_to_their_event():
    graph = graph_of(nx.barabasi_albert_graph(8, 2, seed=3))
    pairs = [(0, 7), (3, 5), (5, 2)]
    whole = m.sample_first_traverse(graph, pairs, runs=50, seed=2)
    threads = m.sample_first_traverse(graph, pairs, runs=50, seed=2, jobs=3)
    alone = m.sample_first_traverse(graph, pairs[1:2], runs=50, seed=2)
    assert np.array_equal(whole.distance, threads.distance)
    assert whole.distance[1] == alone.distance[0]
    assert m.sample_first_traverse(graph, [(0, 7)], runs=50, seed=3).distance[0] != whole.distance[0]
    none = m.sample_first_traverse(graph, np.empty((0, 2), int))
    assert none.distance.shape == (0,)
    same = m.sample_first_traverse(graph, [(4, 4)], runs=5)
    assert (same.distance[0], same.passage_se[0]) == (0.0, 0.0)


def test_equal_walks_elsewhere_draw_their_own_numbers():
    twice = graph_of(nx.disjoint_union(nx.path_graph(5), nx.path_graph(5)))
    found = m.sample_first_traverse(twice, [(0, 4), (5, 9), (4, 0)], runs=50)
    assert len(set(found.passage.tolist())) == 3


def path(weight):
    k = np.arange(len(weight))
    return Graph.from_edges(k, k + 1, weight, n_nodes=len(weight) + 1, directed=False)


@pytest.mark.parametrize("n", [4, 30, 120])
def test_digits_hold_on_weights_far_apart(n):
    # On a path, from k to k + 1: one, and twice what lies behind over the weight of the edge ahead.
    weight = 10.0 ** np.random.default_rng(n).uniform(-9, 9, n - 1)
    forth = np.r_[0, np.cumsum(1 + 2 * np.r_[0, np.cumsum(weight)[:-1]] / weight)]
    found = m.mean_first_passage(path(weight))
    assert np.ptp(np.log10(found[0, 1:])) > 3
    assert found[0] == pytest.approx(forth, rel=1e-12)
    assert found[-1, 0] == pytest.approx(m.mean_first_passage(path(weight[::-1]))[0, -1], rel=1e-12)
    before = [int(k) for k in np.random.default_rng(1).integers(0, n, 6)]
    for i in before:
        for j in range(i + 1, n):
            ahead = 1 + 2 * np.r_[0, np.cumsum(weight)[:-1]] / weight
            assert found[i, j] == pytest.approx(ahead[i:j].sum(), rel=1e-12)


def test_digits_hold_for_every_walk_against_exact_fractions():
    weight = np.array([1e7, 1.0, 1e-7])
    assert m.mean_first_passage(path(weight))[0, 3] == pytest.approx(200000040000003.0, rel=1e-14)
    walk = m.TraverseWalk(kind="levy", edge_length="inverse")
    step, length = chain(path(10.0 ** np.array([3, -3, 2.0, -2])), walk)
    truth = oracle.exact_meeting(step, length)
    found = m.mean_first_traverse(path(10.0 ** np.array([3, -3, 2.0, -2])), walk)
    assert found.distance == pytest.approx(truth, rel=1e-13)
    rings = nx.disjoint_union(nx.cycle_graph(4), nx.cycle_graph(4))
    rings.add_edge(0, 4)
    joined = graph_of(rings, [1e-13 if e == (0, 4) else 1.0 for e in rings.edges])
    assert m.mean_first_passage(joined)[0, 4] == pytest.approx(1 + 8 / 1e-13, rel=1e-12)


def test_transient_states_are_met_where_nothing_gets_round_them():
    # Two ways through 0 to 4 join in 4; from there both ways along a line of 16 that ends in a loop.
    src = [0, 0, 1, 2, 3, 2, *range(4, 20), *range(5, 20), 20]
    dst = [1, 2, 3, 4, 4, 3, *range(5, 21), *range(4, 19), 20]
    graph = Graph.from_edges(src, dst, n_nodes=21, directed=True)
    steps, _ = oracle.first_meeting(*chain(graph, m.TraverseWalk()))
    found = m.mean_first_passage(graph)
    assert np.array_equal(np.isinf(found), np.isinf(steps))
    known = np.isfinite(steps)
    assert found[known] == pytest.approx(steps[known], rel=1e-9)
    assert found[0, 4] == pytest.approx(2.75)
    assert found[4, 19] == pytest.approx(15**2)


def test_the_standard_error_is_that_of_the_draws():
    # From a node of a complete graph the steps are geometric; 4000 draws give their spread within 2.2 %.
    net = nx.complete_graph(5)
    graph = graph_of(net, np.full(10, 0.5))
    found = m.sample_first_traverse(graph, [(0, 1)], m.TraverseWalk(edge_length="inverse"), runs=4000, seed=1)
    assert found.passage_se[0] == pytest.approx(np.sqrt(12 / 4000), rel=0.1)
    assert found.distance_se[0] == pytest.approx(2 * np.sqrt(12 / 4000), rel=0.1)
    pair = m.sample_first_traverse(graph, [(0, 1), (2, 1)], runs=2, seed=3)
    # Mean and error of two draws give both back: whole numbers of steps.
    both = np.array([pair.passage - pair.passage_se, pair.passage + pair.passage_se])
    assert both == pytest.approx(np.round(both), abs=1e-12)
    assert (both[0] != both[1]).any()


def test_weights_at_both_ends_of_the_floats():
    star = Graph.from_edges([0, 0, 0], [1, 2, 3], [1.7e308, 1.7e308, 1.7e308], n_nodes=4, directed=False)
    assert m.mean_first_passage(star)[0] == pytest.approx([0, 5, 5, 5])
    assert m.mean_first_passage(star.with_weight(star.weights() * 0 + 5e-324))[1] == pytest.approx([1, 0, 6, 6])
    tiny = Graph.from_edges([0], [1], [5e-324], n_nodes=2, directed=False)
    with pytest.raises(DataError, match="one over its weight"):
        m.mean_first_traverse(tiny, m.TraverseWalk(edge_length="inverse"))


def test_unfinished_walks_have_no_estimate():
    way = Graph.from_edges([0, 1], [1, 2], n_nodes=4, directed=True)
    found = m.sample_first_traverse(way, [(0, 2), (2, 0), (0, 3)], runs=5)
    assert found.passage[0] == 2
    assert np.isnan(found.passage[1:]).all()
    assert found.unfinished.tolist() == [0, 5, 5]
    assert "2 pairs" in found.notes[0]
    line = graph_of(nx.path_graph(5))
    assert m.sample_first_traverse(line, [(0, 4)], runs=50, most=4).unfinished[0] > 0


def test_odd_graphs():
    empty = Graph.from_edges([], [], n_nodes=0, directed=False)
    one = Graph.from_edges([], [], n_nodes=1, directed=True)
    for walk in ("ordinary", "levy", "page-rank"):
        assert m.mean_first_passage(empty, walk).shape == (0, 0)
        assert np.isnan(m.mean_first_traverse(empty, walk).mean_distance)
        assert m.mean_first_traverse(one, walk).distance.tolist() == [[0.0]]
    apart = Graph.from_edges([0], [1], [0.0], n_nodes=2, directed=False)
    assert m.mean_first_passage(apart).tolist() == [[0, INF], [INF, 0]]
    assert m.mean_first_passage(apart, "page-rank") == pytest.approx(np.array([[0, 2], [2, 0]]))
    with pytest.raises(DataError, match=r"join every pair by a path.*node 0 to node 1"):
        m.mean_first_traverse(apart, "page-rank")
    signed = Graph.from_edges([0], [1], [-1.0], n_nodes=2, directed=True)
    with pytest.raises(DataError, match=r"graph\.layer"):
        m.mean_first_traverse(signed)
    with pytest.raises(DataError, match="`pairs` must lie in"):
        m.sample_first_traverse(apart, [(0, 2)])
    with pytest.raises(DataError, match="must have nodes"):
        m.sample_first_traverse(empty, [])
    with pytest.raises(ConfigError, match="Unknown walk 'ordinry'; did you mean 'ordinary'"):
        m.mean_first_traverse(one, "ordinry")
    with pytest.raises(ConfigError, match="teleport_cost"):
        m.TraverseWalk(teleport_cost="hop")
    for endless in ({"teleport_cost": INF}, {"alpha": INF}, {"teleport_cost": float("nan")}):
        with pytest.raises(ConfigError, match=next(iter(endless))):
            m.TraverseWalk(**endless)
    with pytest.raises(ConfigError, match=r"must be a `measures\.TraverseWalk` or one of ordinary.*got LevyWalk"):
        m.mean_first_passage(one, LevyWalk())
    with pytest.raises(ConfigError, match="`seed`"):
        m.sample_first_traverse(apart, [(0, 1)], seed=2**64)
    with pytest.raises(ConfigError, match="edge_length"):
        m.TraverseWalk(edge_length="weight")
