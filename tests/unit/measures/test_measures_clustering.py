"""Clustering and efficiency against enumeration, and their known answers."""

import numpy as np
import pytest
from tests.oracles import measures as oracle

from interplay import measures as m
from interplay.ops import paths


def network(seed, n, density, directed):
    rng = np.random.default_rng(seed)
    a = rng.normal(0.3, 1.0, (n, n)) * (rng.random((n, n)) < density)
    if not directed:
        a = np.triu(a, 1)
        a = a + a.T
    np.fill_diagonal(a, 0)
    return a


CASES = [(s, n, d, k) for s, (n, d) in enumerate([(2, 0.9), (4, 0.7), (6, 0.3), (7, 0.5), (7, 1.0)]) for k in (0, 1)]


@pytest.mark.parametrize(("seed", "n", "density", "directed"), CASES)
@pytest.mark.parametrize("layer", ["positive", "negative", "absolute"])
def test_clustering_and_efficiency_equal_enumeration(seed, n, density, directed, layer):
    directed = bool(directed)
    a = network(seed, n, density, directed)
    b = oracle.layer(a, layer)
    for weighted in (False, True):
        options = {"directed": directed, "weighted": weighted, "layer": layer}
        near = {"rel": 1e-12, "abs": 1e-13, "nan_ok": True}
        assert m.clustering(a, **options) == pytest.approx(oracle.clustering(b, directed, weighted), **near)
        assert m.global_efficiency(a, **options) == pytest.approx(oracle.global_efficiency(b, weighted), **near)
        assert m.local_efficiency(a, **options) == pytest.approx(oracle.local_efficiency(b, weighted), **near)


def test_known_answers_of_clustering_and_efficiency():
    triangle = np.ones((3, 3))
    assert m.clustering(triangle, directed=False).tolist() == [1, 1, 1]
    assert m.clustering(triangle, directed=True).tolist() == [1, 1, 1]
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1
    assert np.array_equal(m.clustering(star, directed=False), [0, np.nan, np.nan, np.nan], equal_nan=True)
    assert m.global_efficiency(star, directed=False, weighted=False) == pytest.approx((6 + 6 / 2) / 12)
    cycle = np.roll(np.eye(3), 1, axis=1)
    assert m.clustering(cycle, directed=True).tolist() == [0.5, 0.5, 0.5]
    path = np.zeros((3, 3))
    path[0, 1], path[1, 2] = 2.0, 4.0
    assert m.global_efficiency(path, directed=True) == pytest.approx((2 + 4 + 1 / (1 / 2 + 1 / 4)) / 6)


def test_weighted_paths_prefer_strong_detours():
    a = np.zeros((3, 3))
    a[0, 2], a[0, 1], a[1, 2] = 0.1, 1.0, 1.0
    assert m.global_efficiency(a, directed=True) == pytest.approx((1 + 1 + 1 / 2) / 6)


@pytest.mark.parametrize("n", [63, 64, 65, 130])
def test_both_distance_kernels_agree_on_each_side_of_the_word_size(n):
    a = np.abs(network(n, n, 2.5 / n, True))
    length = np.full((n, n), np.inf)
    length[a > 0] = 1 / a[a > 0]
    dense = paths._floyd_warshall(length)
    assert np.isinf(dense).any()
    assert paths._dijkstra_all(length, int((a > 0).sum())) == pytest.approx(dense, rel=1e-12)
    hops = np.where(a > 0, 1.0, np.inf)
    far = paths._floyd_warshall(hops)
    np.fill_diagonal(far, np.inf)
    expected = (1 / far).sum() / (n * (n - 1))
    assert m.global_efficiency(a, directed=True, weighted=False) == pytest.approx(expected, rel=1e-12)


def test_an_isolated_node_changes_only_what_it_must():
    a = network(5, 6, 0.6, False)
    b = np.zeros((7, 7))
    b[:6, :6] = a
    for f in (m.degree, m.strength_out, m.clustering, m.local_efficiency):
        assert np.array_equal(f(b, directed=False)[:6], f(a, directed=False), equal_nan=True)
    assert m.global_efficiency(b, directed=False) == pytest.approx(m.global_efficiency(a, directed=False) * 30 / 42)
    labels = m.find_communities(b, directed=False)
    assert labels[:6].tolist() == m.find_communities(a, directed=False).tolist()
    assert (labels == labels[6]).sum() == 1
    assert m.modularity(b, labels, directed=False) == pytest.approx(m.modularity(a, labels[:6], directed=False))
