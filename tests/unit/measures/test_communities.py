"""Signed modularity, the search for communities, participation, agreement of partitions."""

import math

import numpy as np
import pytest
from tests.oracles import measures as oracle

from interplay import measures as m
from interplay.ops.communities import expected_mutual_information


def signed(seed, n, density=0.7, directed=False):
    rng = np.random.default_rng(seed)
    a = rng.normal(0.0, 1.0, (n, n)) * (rng.random((n, n)) < density)
    if not directed:
        a = np.triu(a, 1)
        a = a + a.T
    np.fill_diagonal(a, 0)
    return a


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighing", ["asymmetric", "symmetric"])
def test_modularity_equals_its_double_sum(directed, weighing):
    for seed in range(6):
        a = signed(seed, 7, directed=directed)
        a = np.abs(a) if seed == 4 else -np.abs(a) if seed == 5 else a
        labels = np.random.default_rng(seed).integers(0, 3, 7)
        for resolution in (1.0, 0.6):
            ours = m.modularity(a, labels, directed=directed, weighing=weighing, resolution=resolution)
            assert ours == pytest.approx(oracle.modularity(a, labels, weighing, resolution), abs=1e-13)


@pytest.mark.parametrize("weighing", ["asymmetric", "symmetric"])
def test_found_communities_reach_the_exhaustive_optimum_almost_always(weighing):
    reached = 0
    for seed in range(24):
        a = signed(seed, 4 + seed % 3, directed=bool(seed % 2))
        labels = m.find_communities(a, directed=bool(seed % 2), weighing=weighing)
        found = m.modularity(a, labels, directed=bool(seed % 2), weighing=weighing)
        best = oracle.best_modularity(a, weighing)
        assert found <= best + 1e-12
        assert found >= best - 0.1
        reached += found >= best - 1e-9
    assert reached >= 22


def test_planted_signed_communities_are_found():
    rng = np.random.default_rng(3)
    truth = np.repeat([0, 1, 2], 12)
    a = np.where(truth[:, None] == truth, 1.0, -0.5) + rng.normal(0, 0.8, (36, 36))
    a = np.triu(a, 1)
    a = a + a.T
    labels = m.find_communities(a, directed=False)
    assert m.adjusted_rand(labels, truth) == 1.0
    assert m.community_count(labels) == 3
    assert np.array_equal(labels, m.find_communities(a, directed=False))


def test_communities_of_positive_networks_hold_together():
    import networkx as nx

    for seed in range(60):
        a = np.abs(signed(seed % 20, 40, 0.04))
        labels = m.find_communities(a, directed=False, restarts=1, seed=seed)
        graph = nx.from_numpy_array(a)
        for label in np.unique(labels):
            assert nx.is_connected(graph.subgraph(np.flatnonzero(labels == label).tolist()))


def test_negative_edges_drive_apart_and_zero_edges_leave_alone():
    a = np.array([[0, -1.0], [-1.0, 0]])
    assert len(set(m.find_communities(a, directed=False).tolist())) == 2
    assert m.find_communities(np.zeros((3, 3)), directed=False).tolist() == [0, 1, 2]
    balanced = -np.ones((4, 4))
    balanced[:2, :2] = balanced[2:, 2:] = 0
    assert m.find_communities(balanced, directed=False).tolist() == [0, 0, 1, 1]


def test_modularity_is_blind_to_labels_order_and_direction_of_time():
    a = signed(8, 9, directed=True)
    labels = m.find_communities(a, directed=True)
    shuffle = np.random.default_rng(0).permutation(9)
    value = m.modularity(a, labels, directed=True)
    moved = m.modularity(a[np.ix_(shuffle, shuffle)], labels[shuffle] + 5, directed=True)
    assert moved == pytest.approx(value, abs=1e-14)
    assert m.modularity(a.T, labels, directed=True) == pytest.approx(value, abs=1e-14)
    assert m.modularity(3 * a, labels, directed=True) == pytest.approx(value, abs=1e-14)


def test_participation_equals_its_sum():
    a = signed(4, 8, directed=True)
    labels = np.array([0, 0, 1, 1, 2, 2, 2, 0])
    for layer in ("positive", "negative"):
        for direction in ("out", "in"):
            b = np.array(oracle.layer(a, layer))
            b = b if direction == "out" else b.T
            ours = m.participation(a, labels, directed=True, layer=layer, direction=direction)
            for i in range(8):
                k = b[i].sum()
                if k == 0:
                    assert np.isnan(ours[i])
                else:
                    expected = 1 - sum((sum(b[i][labels == c]) / k) ** 2 for c in range(3))
                    assert ours[i] == pytest.approx(expected, abs=1e-14)


def test_expected_information_is_the_mean_over_all_shuffles():
    rows, columns = np.array([3, 2, 1]), np.array([4, 2])
    table = np.array([math.lgamma(k + 1) for k in range(7)])
    assert expected_mutual_information(rows, columns, table) == pytest.approx(
        oracle.expected_information(rows, columns), abs=1e-12
    )


def test_agreement_undefined_and_extreme_cases():
    for f in (m.adjusted_rand, m.adjusted_mutual_information):
        assert f([0, 0, 1, 1], [5, 5, 2, 2]) == pytest.approx(1.0)
        assert np.isnan(f([-1, -1], [0, 1]))
        assert f([0, 0, 0], [1, 1, 1]) == 1.0
        assert f([0, 1, 2], [2, 1, 0]) == 1.0
        assert f([0, 0, 0], [0, 1, 2]) == pytest.approx(0.0, abs=1e-12)
        assert f([0, 0, 1, 1, 7], [0, 0, 1, 1, -1]) == pytest.approx(1.0)
    assert m.adjusted_rand([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)
