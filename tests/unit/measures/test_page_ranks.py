"""PageRank against the dense linear system, its bound, and odd graphs."""

import networkx as nx
import numpy as np
import pytest

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.data import Graph


def lines(seed=0, n=12, directed=True, m=30):
    rng = np.random.default_rng(seed)
    pairs = {(int(i), int(j)) for i, j in rng.integers(0, n, (m, 2)) if directed or i <= j}
    src, dst = zip(*sorted(pairs), strict=True)
    return Graph.from_edges(src, dst, rng.uniform(0.2, 3, len(pairs)), n_nodes=n, directed=directed)


def solved(graph, q, start):
    w = graph.to_dense()
    out = w.sum(axis=1, keepdims=True)
    step = np.where(out > 0, w / np.where(out > 0, out, 1), start)
    n = len(w)
    system = np.vstack([(q * step + (1 - q) * np.outer(np.ones(n), start)).T - np.eye(n), np.ones(n)])
    return np.linalg.lstsq(system, np.r_[np.zeros(n), 1.0], rcond=None)[0]


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("q", [0.0, 0.3, 0.85, 0.99])
def test_scores_solve_the_linear_system_within_the_bound(directed, q):
    graph = lines(3, directed=directed, m=16)
    personal = np.arange(12.0)
    for given, start in ((None, np.full(12, 1 / 12)), (personal, personal / personal.sum())):
        found = m.page_rank(graph, damping=q, personal=given, tolerance=1e-9)
        error = np.abs(found.score - solved(graph, q, start)).sum()
        assert found.converged
        assert error <= found.bound + 1e-12
        assert found.score.sum() == pytest.approx(1, abs=1e-12)


def test_the_bound_holds_after_few_steps_and_is_said():
    graph = lines(4)
    with pytest.warns(InterplayWarning, match="stopped after 3 steps"):
        found = m.page_rank(graph, most=3)
    error = np.abs(found.score - solved(graph, 0.85, np.full(12, 1 / 12))).sum()
    assert 0 < error <= found.bound
    with pytest.warns(InterplayWarning, match="stopped after 2 steps"):
        before = m.page_rank(graph, most=2)
    assert found.bound == pytest.approx(0.85 / 0.15 * np.abs(found.score - before.score).sum())
    assert not found.converged
    assert found.notes


def test_scores_agree_with_networkx_dangling_nodes_too():
    graph = lines(5, m=18)
    other = nx.DiGraph()
    other.add_nodes_from(range(12))
    other.add_weighted_edges_from(zip(graph.src.tolist(), graph.target.tolist(), graph.weight.tolist(), strict=True))
    assert (graph.degree_out() == 0).any()
    theirs = nx.pagerank(other, tol=1e-13, max_iter=1000)
    assert m.page_rank(graph).score == pytest.approx([theirs[i] for i in range(12)], abs=1e-9)


@pytest.mark.parametrize("directed", [False, True])
def test_weights_at_both_ends_of_the_floats_count_in_proportion(directed):
    src, dst = [0, 0, 1, 2, 3], [1, 2, 2, 3, 0]
    for size in (2.0**1020, 2.0**-1060):
        plain = Graph.from_edges(src, dst, [3.0, 2.0, 1.0, 3.0, 1.0], n_nodes=4, directed=directed)
        found = m.page_rank(plain.with_weight(plain.weights() * size))
        assert np.array_equal(found.score, m.page_rank(plain).score)
    uneven = Graph.from_edges([0, 0, 0], [1, 2, 3], [1.7e308, 1.7e308, 1.0], n_nodes=4, directed=False)
    assert m.page_rank(uneven).score == pytest.approx(m.page_rank(uneven.with_weight(uneven.weights() / 1e200)).score)
    assert m.page_rank(plain, personal=[1e308, 1e308, 0, 0]).score == pytest.approx(
        m.page_rank(plain, personal=[1, 1, 0, 0]).score
    )


def test_odd_graphs():
    empty = Graph.from_edges([], [], n_nodes=0, directed=True)
    assert m.page_rank(empty).score.shape == (0,)
    assert m.page_rank(empty).converged
    bare = Graph.from_edges([], [], n_nodes=3, directed=False)
    assert m.page_rank(bare).score == pytest.approx([1 / 3] * 3)
    loop = Graph.from_edges([0, 0], [0, 1], [1.0, 0.0], n_nodes=2, directed=True)
    assert m.page_rank(loop).score == pytest.approx(solved(loop, 0.85, np.full(2, 0.5)))
    signed = Graph.from_edges([0], [1], [-1.0], n_nodes=2, directed=True)
    with pytest.raises(DataError, match=r"no negative weight.*graph\.layer"):
        m.page_rank(signed)
    with pytest.raises(DataError, match="`personal` must have a positive sum, got zeros"):
        m.page_rank(bare, personal=np.zeros(3))
    with pytest.raises(DataError, match=r"`personal` must be >= 0: personal\[1\]=-2"):
        m.page_rank(bare, personal=[1.0, -2.0, 0.0])
    with pytest.raises(ConfigError, match="`damping`"):
        m.page_rank(bare, damping=1.0)
