"""The friendship paradox against sums written out, its identity, and odd graphs."""

import networkx as nx
import numpy as np
import pytest

from interplay import measures as m
from interplay._core.errors import DataError
from interplay.data import Graph


def weighted(seed=0, directed=False):
    rng = np.random.default_rng(seed)
    net = nx.gnp_random_graph(15, 0.2, seed=seed, directed=directed)
    src, dst = zip(*net.edges, strict=True)
    src, dst = (*src, 3), (*dst, 3)
    return Graph.from_edges(src, dst, rng.uniform(0.2, 3, len(src)), n_nodes=16, directed=directed).with_attributes(
        age=rng.integers(0, 50, 16), name=[f"n{k}" for k in range(16)]
    )


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("what", ["degree", "strength", "age"])
def test_every_number_agrees_with_loops(directed, what):
    graph = weighted(1, directed)
    w = graph.to_dense()
    np.fill_diagonal(w, 0)
    x = {"degree": (w > 0).sum(axis=1), "strength": w.sum(axis=1), "age": graph.attributes["age"]}[what].astype(float)
    found = m.friendship_paradox(graph, what)
    assert found.value == pytest.approx(x)
    means, below, under = [], [], []
    for i in range(16):
        near = np.flatnonzero(w[i])
        if len(near):
            means.append(np.average(x[near], weights=w[i, near]))
            below.append(x[i] < means[-1])
            under.append(x[i] < np.median(x[near]))
            assert found.neighbours[i] == pytest.approx(means[-1])
        else:
            assert np.isnan(found.neighbours[i])
    assert found.mean == pytest.approx(x.mean())
    assert found.mean_of_neighbours == pytest.approx(np.mean(means))
    assert found.share == pytest.approx(np.mean(below))
    assert found.share_median == pytest.approx(np.mean(under))
    arriving = w.sum(axis=0)
    assert found.mean_of_ends == pytest.approx(arriving @ x / arriving.sum())
    gap = np.cov(arriving, x, ddof=0)[0, 1] / arriving.mean()
    assert found.mean_of_ends - found.mean == pytest.approx(gap)
    assert (gap > 0) == (found.correlation > 0)


def test_a_star_and_a_ring():
    star = Graph.from_edges([0] * 4, [1, 2, 3, 4], n_nodes=6, directed=False)
    found = m.friendship_paradox(star)
    assert (found.share, found.share_tied) == (0.8, 0.0)
    assert found.mean_of_neighbours == pytest.approx((4 * 4 + 1) / 5)
    assert found.mean_of_ends == pytest.approx((4 * 4 + 4 * 1) / 8)
    ring = Graph.from_edges([0, 1, 2], [1, 2, 0], [0.1, 0.2, 0.3], n_nodes=3, directed=False)
    assert (m.friendship_paradox(ring).share, m.friendship_paradox(ring).share_tied) == (0, 1)
    assert np.isnan(m.friendship_paradox(ring).correlation)
    assert "feld1991friends" in found.citations


def test_odd_graphs():
    for n in (0, 1, 3):
        bare = m.friendship_paradox(Graph.from_edges([], [], n_nodes=n, directed=False))
        assert np.isnan([bare.share, bare.mean_of_neighbours, bare.mean_of_ends, bare.share_median]).all()
    graph = weighted()
    assert m.friendship_paradox(graph, np.arange(16)).config.value == "given"
    with pytest.raises(DataError, match="Unknown node value 'agee'; did you mean 'age'"):
        m.friendship_paradox(graph, "agee")
    with pytest.raises(DataError, match="must be numbers"):
        m.friendship_paradox(graph, "name")
    with pytest.raises(DataError, match=r"`value` must have shape \(N=16\)"):
        m.friendship_paradox(graph, [1.0])
    with pytest.raises(DataError, match="must be finite"):
        m.friendship_paradox(graph, np.full(16, np.nan))


def test_only_proportions_of_weights_count_up_to_the_greatest_float():
    star = Graph.from_edges([0, 0, 0, 1], [1, 2, 3, 2], [4.0, 2.0, 1.0, 4.0], n_nodes=4, directed=False)
    great = star.with_weight(star.weights() * 2.0**1021)
    one, other = m.friendship_paradox(star), m.friendship_paradox(great)
    assert np.array_equal(other.neighbours, one.neighbours)
    assert (other.mean_of_ends, other.correlation) == (one.mean_of_ends, one.correlation)
    with pytest.raises(DataError, match="finite strengths, got inf at node 1"):
        m.friendship_paradox(great, "strength")
