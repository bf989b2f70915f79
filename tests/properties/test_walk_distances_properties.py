"""What must hold for any network: names of nodes do not matter, units only scale, distances obey their inequalities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import measures as m
from interplay.data import Graph


@st.composite
def networks(draw, directed=None, least=1):
    n = draw(st.integers(least, 7))
    kind = draw(st.booleans()) if directed is None else directed
    node = st.integers(0, n - 1)
    pairs = draw(st.sets(st.tuples(node, node).map(lambda p: p if kind else tuple(sorted(p))), max_size=14))
    weight = [draw(st.integers(0, 8)) / 4 for _ in pairs]
    src, dst = np.reshape(np.array(sorted(pairs), dtype=int), (-1, 2)).T
    return Graph.from_edges(src, dst, weight, n_nodes=n, directed=kind)


def shuffled(graph, seed):
    order = np.random.default_rng(seed).permutation(graph.n_nodes)
    return graph.select(order), order


def same(a, b):
    assert np.array_equal(np.isinf(a), np.isinf(b))
    assert np.where(np.isinf(a), 0, a) == pytest.approx(np.where(np.isinf(b), 0, b), rel=1e-7, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(networks(), st.integers(0, 9), st.sampled_from(["ordinary", "levy", "page-rank"]))
def test_distances_follow_their_nodes_and_weights_only_count_in_proportion(graph, seed, kind):
    walk = m.TraverseWalk(kind=kind, teleport_cost=2.0)
    found = m.mean_first_traverse(graph, walk)
    moved, order = shuffled(graph, seed)
    same(m.mean_first_traverse(moved, walk).distance, found.distance[np.ix_(order, order)])
    same(m.mean_first_traverse(graph.with_weight(graph.weights() * 4), walk).distance, found.distance)
    assert found.residual < 1e-8
    assert (found.passage[~np.eye(graph.n_nodes, dtype=bool)] > 1 - 1e-12).all()


@settings(deadline=None, max_examples=20)
@given(networks())
def test_first_passages_obey_the_triangle_inequality(graph):
    found = m.mean_first_passage(graph)
    best = (found[:, :, None] + found[None]).min(axis=1)
    assert (found <= best * (1 + 1e-9) + 1e-9).all()


@settings(deadline=None, max_examples=20)
@given(networks(directed=False), st.integers(0, 9))
def test_resistance_is_a_distance_that_follows_its_nodes(graph, seed):
    found = m.effective_resistance(graph)
    moved, order = shuffled(graph, seed)
    same(m.effective_resistance(moved), found[np.ix_(order, order)])
    same(m.effective_resistance(graph.with_weight(graph.weights() * 4)), found / 4)
    assert np.array_equal(found, found.T)
    assert (found <= (found[:, :, None] + found[None]).min(axis=1) + 1e-9).all()


@settings(deadline=None, max_examples=20)
@given(networks(), st.integers(0, 9))
def test_page_rank_and_friendships_follow_their_nodes(graph, seed):
    moved, order = shuffled(graph, seed)
    assert m.page_rank(moved).score == pytest.approx(m.page_rank(graph).score[order], abs=1e-9)
    there, here = m.friendship_paradox(graph), m.friendship_paradox(moved)
    assert here.share == pytest.approx(there.share, nan_ok=True)
    if not graph.directed and not np.isnan(there.share) and np.isin(graph.weights(), (0, 1)).all():
        assert there.mean_of_ends >= there.mean - 1e-12


@settings(deadline=None, max_examples=20)
@given(networks(directed=False), st.integers(0, 9))
def test_orbits_follow_their_nodes_and_an_isolated_node_changes_nothing(graph, seed):
    found = m.graphlet_orbits(graph)
    moved, order = shuffled(graph, seed)
    assert np.array_equal(m.graphlet_orbits(moved), found[order])
    more = Graph.from_edges(
        graph.src[graph.src <= graph.target],
        graph.target[graph.src <= graph.target],
        graph.weights()[graph.src <= graph.target],
        n_nodes=graph.n_nodes + 1,
        directed=False,
    )
    assert np.array_equal(m.graphlet_orbits(more)[:-1], found)
    assert not m.graphlet_orbits(more)[-1].any()
    assert (found >= 0).all()
