"""Degree-preserving rewiring and the small-world indices."""

import numpy as np
import pytest

from interplay import measures as m


def graph(seed, n, density, directed):
    rng = np.random.default_rng(seed)
    a = (rng.random((n, n)) < density).astype(float)
    if not directed:
        a = np.triu(a, 1)
        a = a + a.T
    np.fill_diagonal(a, 0)
    return a


def ring(n, k):
    a = np.zeros((n, n))
    for step in range(1, k // 2 + 1):
        a += np.roll(np.eye(n), step, axis=1) + np.roll(np.eye(n), -step, axis=1)
    return a


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("target", ["random", "lattice"])
def test_rewiring_keeps_every_degree_and_makes_a_simple_graph(directed, target):
    for seed in range(5):
        a = graph(seed, 20, 0.05 + 0.2 * seed, directed)
        b = m.rewired(a, directed=directed, target=target, seed=seed)
        assert np.array_equal(a.sum(axis=0), b.sum(axis=0))
        assert np.array_equal(a.sum(axis=1), b.sum(axis=1))
        assert np.trace(b) == 0
        assert set(np.unique(b)) <= {0.0, 1.0}
        if not directed:
            assert np.array_equal(b, b.T)
        assert not np.array_equal(a, b)


def test_rewiring_is_uniform_over_graphs_of_the_same_degrees():
    # The degrees 2, 2, 2, 2, 1, 1 have simple graphs of two kinds; every labelled one must come up equally often.
    a = np.zeros((6, 6))
    for i, j in [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5)]:
        a[i, j] = a[j, i] = 1
    rest = np.array([0, 1, 2, 3])
    seen = {}
    for k in range(3000):
        b = m.rewired(a, directed=False, swaps_per_edge=20, seed=1, index=k)
        seen[b.tobytes()] = seen.get(b.tobytes(), 0) + 1
    assert (a.sum(axis=0)[rest] == 2).all()
    # Paths through all six: 4! orders of the middle. The edge 4-5 with a square of the rest: 3. A path of the two ends
    # with one middle node and a triangle of the rest: 4.
    assert len(seen) == 24 + 3 + 4
    counts = np.array(list(seen.values()))
    expected = 3000 / len(seen)
    # Failed attempts keep the state, so the walk is uniform; 1e-4 quantile of chi-squared with 30 degrees of freedom.
    assert ((counts - expected) ** 2 / expected).sum() < 68


def test_rewiring_draws_by_key():
    a = graph(0, 15, 0.3, False)
    b = m.rewired(a, directed=False, seed=4, index=2)
    assert np.array_equal(b, m.rewired(a, directed=False, seed=4, index=2))
    assert not np.array_equal(b, m.rewired(a, directed=False, seed=4, index=3))
    assert not np.array_equal(b, m.rewired(a, directed=False, seed=5, index=2))


def test_rewiring_leaves_absent_nodes_and_complete_networks():
    a = np.full((5, 5), np.nan)
    a[1:, 1:] = 1.0
    b = m.rewired(a, directed=False)
    assert np.isnan(b[0]).all()
    assert np.array_equal(b[1:, 1:], np.ones((4, 4)) - np.eye(4))
    assert np.isnan(m.small_world(a, directed=False).sigma)
    assert m.small_world(a, directed=False).clustering == 1.0


def test_lattice_target_raises_clustering():
    a = graph(1, 60, 0.1, False)
    low, high = (
        np.nanmean(m.clustering(m.rewired(a, directed=False, target=t, swaps_per_edge=30), directed=False))
        for t in ("random", "lattice")
    )
    assert high > 2 * low


def test_small_world_indices_order_lattice_small_world_and_random():
    lattice = ring(80, 6)
    shortcut = lattice.copy()
    rng = np.random.default_rng(0)
    for i in rng.choice(80, 14, replace=False):
        j = (i + rng.integers(20, 60)) % 80
        shortcut[i, j] = shortcut[j, i] = 1
    random = m.rewired(lattice, directed=False, swaps_per_edge=20)
    found = [m.small_world(g, directed=False, nulls=5, swaps_per_edge=20) for g in (lattice, shortcut, random)]
    assert found[0].omega < found[1].omega < found[2].omega
    assert found[1].sigma > 2
    assert found[2].sigma == pytest.approx(1, abs=0.4)
    assert found[0].clustering == pytest.approx(0.6)


def test_small_world_of_random_networks_is_one_on_average():
    found = [m.small_world(graph(k, 40, 0.25, True), directed=True, nulls=5).sigma for k in range(12)]
    assert np.mean(found) == pytest.approx(1.0, abs=0.05)
