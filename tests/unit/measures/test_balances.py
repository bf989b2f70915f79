"""Bounds of the frustration index where it is known: rings, complete networks, camps; and cycles far from triangles."""

import itertools

import numpy as np
import pytest

from interplay.data import Graph
from interplay.measures import signed_balance


def network(edges, n_nodes):
    src, dst, weight = (np.array(column) for column in zip(*edges, strict=True))
    return Graph.from_edges(src, dst, weight=weight.astype(float), n_nodes=n_nodes, directed=False)


@pytest.mark.parametrize(("length", "negative"), [(3, 1), (4, 2), (9, 1), (9, 4), (30, 3)])
def test_a_ring_is_frustrated_once_or_not_at_all(length, negative):
    ring = [(i, (i + 1) % length, -1 if i < negative else 1) for i in range(length)]
    found = signed_balance(network(ring, length), draws=2)
    assert (found.frustration_lower, found.frustration_upper) == (negative % 2, negative % 2)


@pytest.mark.parametrize("n", [3, 4, 5, 8])
def test_all_enemies_of_all(n):
    found = signed_balance(network([(i, j, -1) for i, j in itertools.combinations(range(n), 2)], n), draws=2)
    exact = (n - 1) ** 2 // 4
    assert found.frustration_upper == exact
    assert 0 < found.frustration_lower <= exact
    assert found.balanced == 0


def test_two_camps_are_balanced_and_found():
    camp = np.arange(12) % 2
    edges = [(i, j, 1 if camp[i] == camp[j] else -1) for i, j in itertools.combinations(range(12), 2) if (i + j) % 3]
    found = signed_balance(network(edges, 12), draws=20)
    assert (found.frustration_lower, found.frustration_upper, found.balanced) == (0, 0, 1)
    assert found.null_mean < 1
    assert len({(int(c), int(s)) for c, s in zip(camp, found.side, strict=True)}) == 2


def test_grids_have_no_triangle_and_cycles_that_share_no_edge_are_found():
    place = {(x, y): 5 * x + y for x in range(5) for y in range(5)}
    edges = [(place[x, y], place[x + 1, y], 1) for x in range(4) for y in range(5)]
    edges += [(place[x, y], place[x, y + 1], -1 if x % 2 else 1) for x in range(5) for y in range(4)]
    found = signed_balance(network(edges, 25), draws=2)
    assert found.triangles.sum() == 0
    # Every one of the 16 squares is negative, an edge ends two of them at most: 8 edges are needed.
    assert found.frustration_upper == 8
    assert 4 <= found.frustration_lower <= 8


def test_nothing_signed_is_balanced():
    found = signed_balance(network([(0, 1, 1), (1, 2, 1)], 4), draws=3)
    assert (found.frustration_lower, found.frustration_upper) == (0, 0)
    assert np.isnan([found.balanced, found.null_mean, found.pvalue]).all()
