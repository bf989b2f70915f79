"""Graphs without cycles: the exponential, its gradient, orders, thresholds, varsortability."""

import numpy as np
import pytest
from scipy.linalg import expm

from interplay.ops.acyclic import cyclicity, exponential_less_one, least_threshold, topological_order, varsortability


def drawn(seed, d):
    return np.random.default_rng(seed).normal(size=(d, d))


@pytest.mark.parametrize("scale", [0.0, 1e-4, 0.3, 3.0, 30.0])
def test_the_exponential_is_scipys(scale):
    matrix = np.abs(drawn(1, 7)) * scale
    assert np.allclose(exponential_less_one(matrix) + np.eye(7), expm(matrix), rtol=1e-12, atol=0)


def test_cyclicity_counts_cycles_and_slopes_as_it_changes():
    chain = np.triu(drawn(2, 5), 1)
    assert cyclicity(chain)[0] == 0.0
    pair = np.array([[0.0, 2.0], [0.5, 0.0]])
    assert cyclicity(pair)[0] == pytest.approx(2 * np.cosh(1.0) - 2, rel=1e-13)
    w, step = 0.5 * drawn(3, 4), 1e-6
    slope = cyclicity(w)[1]
    for i, j in [(0, 1), (2, 2), (3, 0)]:
        moved = np.zeros((4, 4))
        moved[i, j] = step
        change = (cyclicity(w + moved)[0] - cyclicity(w - moved)[0]) / (2 * step)
        assert slope[i, j] == pytest.approx(change, rel=1e-7)


def test_heavy_edges_without_a_cycle_are_none_and_those_in_one_may_overflow():
    heavy = np.array([[0.0, 1e3, 0.0], [0.0, 0.0, 1e3], [1e-9, 0.0, 0.0]])
    assert cyclicity(heavy)[0] == pytest.approx(3 * 1e-6 / 6, rel=1e-6)
    heavy[2, 0] = 0.0
    value, slope = cyclicity(heavy)
    assert value == 0.0
    assert not slope.any()
    value, slope = cyclicity(1e3 * drawn(4, 5))
    assert value == np.inf
    assert (slope == np.inf).all()


def test_an_order_runs_along_every_edge_and_a_cycle_has_none():
    shuffle = np.array([3, 0, 2, 1])
    edge = (np.triu(np.ones((4, 4)), 1) > 0)[np.ix_(shuffle, shuffle)]
    place = np.argsort(topological_order(edge))
    assert all(place[i] < place[j] for i, j in zip(*np.nonzero(edge), strict=True))
    assert topological_order(edge | edge.T) is None
    assert topological_order(np.zeros((0, 0), dtype=bool)).tolist() == []


def test_the_least_threshold_breaks_the_weakest_link_of_every_cycle():
    w = np.zeros((4, 4))
    w[0, 1], w[1, 0] = 2.0, -0.3
    w[1, 2], w[2, 3], w[3, 1] = 0.5, 0.7, 0.6
    assert least_threshold(w) == 0.5
    w[1, 2] = 0.0
    assert least_threshold(w) == 0.3
    w[1, 0] = 0.0
    assert least_threshold(w) == 0.0


def test_varsortability_counts_rising_pairs_per_length_of_path():
    chain = np.zeros((3, 3), dtype=bool)
    chain[0, 1] = chain[1, 2] = True
    assert varsortability(chain, np.array([1.0, 2.0, 3.0])) == 1.0
    assert varsortability(chain, np.array([1.0, 3.0, 2.0])) == pytest.approx(2 / 3)
    assert varsortability(chain, np.ones(3)) == 0.5
    assert np.isnan(varsortability(np.zeros((3, 3), dtype=bool), np.ones(3)))
