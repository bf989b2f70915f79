"""k-medoids against all choices, against every swap, and on points that coincide."""

from itertools import combinations

import numpy as np
import pytest
from tests.oracles.seeds import cost_of

from interplay._core.errors import ConfigError, DataError
from interplay.stats import k_medoids


def cloud(seed, n, d=2):
    return np.random.Generator(np.random.Philox(seed)).standard_normal((n, d)).round(2)


def test_the_sum_is_near_the_best_of_all_choices_and_no_swap_lowers_it():
    for seed in range(6):
        points = cloud(seed, 11)
        found = k_medoids(points, 3, seed=seed, restarts=3)
        best = min(cost_of(points, m) for m in combinations(range(11), 3))
        assert found.cost == pytest.approx(cost_of(points, found.medoids))
        assert best <= found.cost * (1 + 1e-12) <= 1.1 * best
        for place in range(3):
            for v in range(11):
                swapped = found.medoids.copy()
                swapped[place] = v
                assert cost_of(points, swapped) >= found.cost - 1e-9


def test_labels_distances_and_order():
    points = cloud(9, 40, d=3)
    found = k_medoids(points, 4)
    far = np.linalg.norm(points[:, None] - points[found.medoids], axis=2)
    np.testing.assert_allclose(found.distance, far.min(axis=1))
    np.testing.assert_allclose(far[np.arange(40), found.label], found.distance)
    assert found.label[found.medoids].tolist() == [0, 1, 2, 3]
    sizes = np.bincount(found.label)
    assert (np.diff(sizes) <= 0).all()
    again = k_medoids(points, 4)
    assert again.medoids.tolist() == found.medoids.tolist()
    assert found.sampled == 40


def test_one_medoid_is_exact_and_all_points_may_be_medoids():
    points = cloud(3, 25)
    total = [cost_of(points, [m]) for m in range(25)]
    assert k_medoids(points, 1).medoids.tolist() == [int(np.argmin(total))]
    whole = k_medoids(points, 25)
    assert sorted(whole.medoids.tolist()) == list(range(25))
    assert whole.cost == 0
    same = k_medoids(np.ones((5, 2)), 3)
    assert len(set(same.medoids.tolist())) == 3
    assert same.cost == 0
    assert k_medoids(np.zeros((1, 0)), 1).medoids.tolist() == [0]


def test_samples_find_clusters_that_are_far_apart():
    rng = np.random.Generator(np.random.Philox(8))
    centre = np.repeat([0.0, 100.0, 200.0], [300, 200, 100])
    points = np.column_stack([centre + rng.standard_normal(600), rng.standard_normal(600)])
    found = k_medoids(points, 3, largest=60, restarts=2)
    assert found.sampled == 60
    assert np.bincount(found.label).tolist() == [300, 200, 100]
    assert found.cost <= 1.3 * k_medoids(points, 3).cost


def test_bad_points_and_settings_are_named():
    with pytest.raises(DataError, match="at least k=4 points, got 3"):
        k_medoids(np.zeros((3, 1)), 4)
    with pytest.raises(DataError, match="finite"):
        k_medoids([[np.nan]], 1)
    with pytest.raises(ConfigError, match="`k`"):
        k_medoids([[0.0]], 0)
    with pytest.raises(ConfigError, match="`restarts`"):
        k_medoids([[0.0]], 1, restarts=0)
