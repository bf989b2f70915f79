"""Effective resistance against the pseudo-inverse, series and parallel circuits, and the bound of its estimate."""

import networkx as nx
import numpy as np
import pytest

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError, InterplayWarning, NumericalError
from interplay.data import Graph
from interplay.measures.resistances import projections


def weighted(seed, n=14, parts=2):
    rng = np.random.default_rng(seed)
    nets = [nx.gnp_random_graph(n // parts, 0.5, seed=seed + k) for k in range(parts)]
    net = nx.disjoint_union_all(nets)
    net.add_nodes_from(range(n))
    src, dst = zip(*net.edges, strict=True)
    src, dst = (*src, 2), (*dst, 2)
    return Graph.from_edges(src, dst, rng.uniform(0.1, 4, len(src)), n_nodes=n + 1, directed=False)


def test_all_pairs_agree_with_the_pseudo_inverse_and_with_sparse_solves():
    for seed in range(4):
        graph = weighted(seed)
        w = graph.to_dense()
        np.fill_diagonal(w, 0)
        inverse = np.linalg.pinv(np.diag(w.sum(axis=1)) - w)
        d = np.diagonal(inverse)
        truth = d[:, None] + d - 2 * inverse
        label = graph.components()
        truth[label[:, None] != label] = np.inf
        found = m.effective_resistance(graph)
        assert found == pytest.approx(truth, abs=1e-9)
        pairs = np.argwhere(np.ones_like(truth))
        assert m.effective_resistance(graph, pairs) == pytest.approx(truth.ravel(), abs=1e-9)


def test_series_and_parallel():
    ring = Graph.from_edges([0, 1, 2, 0], [1, 2, 3, 3], [1.0, 0.5, 0.25, 2.0], n_nodes=4, directed=False)
    long, short = 1 + 2 + 4, 0.5
    assert m.effective_resistance(ring)[0, 3] == pytest.approx(1 / (1 / long + 1 / short))
    assert m.effective_resistance(ring, [(0, 3), (2, 2)]) == pytest.approx([1 / (1 / long + 1 / short), 0])


def test_the_estimate_keeps_its_error():
    # The bound fails with probability 1/N at most for fresh draws; here the seed is fixed.
    graph = weighted(7, n=12, parts=1)
    pairs = np.argwhere(~np.eye(13, dtype=bool))
    truth = m.effective_resistance(graph, pairs)
    found = m.approximate_resistance(graph, pairs, error=0.5, seed=1)
    apart = np.isinf(truth)
    assert np.array_equal(np.isinf(found), apart)
    wrong = np.abs(found[~apart] / truth[~apart] - 1)
    assert 0.01 < wrong.max() < 0.5
    assert projections(10_000, 0.2) > projections(100, 0.2)
    # Unbiased: over eight seeds the mean ratio of all pairs spreads by about 1 %.
    many = [m.approximate_resistance(graph, pairs[~apart], error=0.5, seed=k) for k in range(8)]
    assert np.mean(many / truth[~apart]) == pytest.approx(1, abs=0.035)
    again = m.approximate_resistance(graph, pairs[:5], error=0.5, seed=1)
    assert np.array_equal(again, found[:5])


def line(weight):
    k = np.arange(len(weight))
    return Graph.from_edges(k, k + 1, weight, n_nodes=len(weight) + 1, directed=False)


def test_digits_hold_on_weights_far_apart():
    weight = 10.0 ** np.random.default_rng(0).uniform(-12, 12, 70)
    far = np.r_[0, np.cumsum(1 / weight)]
    found = m.effective_resistance(line(weight))
    assert found[0] == pytest.approx(far, rel=1e-12)
    assert np.diagonal(found, 1) == pytest.approx(1 / weight, rel=1e-12)
    for some in ([1.0, 1e-16, 1.0], [1e10, 1.0, 1e-10], [1e300, 1.0, 1e-5]):
        assert np.diagonal(m.effective_resistance(line(some)), 1) == pytest.approx(1 / np.array(some), rel=1e-14)
    with pytest.raises(NumericalError, match="exceeds every float"):
        m.effective_resistance(line([1e308, 1e-308, 1e-308]))


def test_what_a_sparse_solve_loses_is_refined_or_said():
    # The diagonal holds 1 + 1e-14 to one part in 45.
    assert m.effective_resistance(line([1.0, 1e-14, 1.0]), [(0, 2)])[0] == pytest.approx(1e14, rel=1e-6)
    with pytest.raises(NumericalError, match="has no factors"):
        m.effective_resistance(line([1.0, 1e-16, 1.0]), [(0, 2)])
    knots = Graph.from_edges(
        [0, 1, 0, 2, 3, 4, 3], [1, 2, 2, 3, 4, 5, 5], [3, 1, 2, 2e-14, 5, 7, 3.0], n_nodes=6, directed=False
    )
    with pytest.warns(InterplayWarning, match="1 of 1 resistances may be wrong"):
        m.effective_resistance(knots, [(0, 5)])
    with pytest.warns(InterplayWarning, match="rounding may add"):
        m.approximate_resistance(knots, [(0, 5)], error=0.9)


def test_odd_graphs():
    empty = Graph.from_edges([], [], n_nodes=0, directed=False)
    assert m.effective_resistance(empty).shape == (0, 0)
    bare = Graph.from_edges([0], [1], [0.0], n_nodes=2, directed=False)
    assert m.effective_resistance(bare).tolist() == [[0, np.inf], [np.inf, 0]]
    assert m.effective_resistance(bare, [(0, 1), (1, 1)]).tolist() == [np.inf, 0]
    assert m.approximate_resistance(bare, [(0, 1), (1, 1)]).tolist() == [np.inf, 0]
    assert m.effective_resistance(bare, []).shape == (0,)
    with pytest.raises(DataError, match=r"must be undirected.*repeats"):
        m.effective_resistance(Graph.from_edges([0], [1], n_nodes=2, directed=True))
    with pytest.raises(DataError, match="no negative weight"):
        m.effective_resistance(Graph.from_edges([0], [1], [-1.0], n_nodes=2, directed=False))
    with pytest.raises(DataError, match="`pairs` must lie in"):
        m.effective_resistance(bare, [(0, 2)])
    with pytest.raises(ConfigError, match="`error`"):
        m.approximate_resistance(bare, [(0, 1)], error=1.0)
