"""What rows are made into holds the chances they were made from; picks are the same asked forward or followed back."""

import numpy as np
import pytest

from interplay import Graph
from interplay.influence import IndependentCascade, LinearThreshold
from interplay.ops.cascade_rows import PART, rows_alike, rows_apart, threshold_rows


def shares(heads, table, n):
    """Add up, for every row of a table, what share of its places belongs to each node."""
    found = np.zeros((len(heads), n))
    for row, (first, size, *_) in enumerate(heads):
        for place in range(int(first), int(first + size)):
            ends, part = int(table[place, 0]), int(table[place, 1]) / 2**53
            found[row, ends & 0xFFFFFFFF] += part / size
            found[row, ends >> 32] += (1 - part) / size
    return found


def network():
    """30 nodes; one row of 400 edges whose hazards add up to more than one part, one row empty."""
    rng = np.random.Generator(np.random.Philox(4))
    tail = np.concatenate([rng.integers(1, 29, 200), np.zeros(400, int)])
    head = np.concatenate([rng.integers(0, 30, 200), np.arange(30, 430)])
    return Graph.from_edges(tail, head, rng.uniform(0, 0.24, 600), n_nodes=430, directed=True, repeats="sum")


def test_a_table_holds_the_hazards_of_its_row():
    graph = network()
    chance = np.array(graph.weight)
    chance[::7], chance[3], chance[4] = 0.0, 1.0, 0.9
    many = int((chance >= 0.3).sum())
    heads, table = np.zeros((430, 4)), np.empty((int((chance > 0).sum()) - many, 2), np.uint64)
    begins, large, own = np.empty(431, np.int64), np.empty(many, np.uint32), np.empty(many)
    rows_apart(graph.offsets, graph.target.view(np.uint32), chance, 0.3, heads, table, begins, large, own)
    assert np.array_equal(own, chance[chance >= 0.3])
    assert np.array_equal(large, graph.target[chance >= 0.3])
    small = (chance < 0.3) & (chance > 0)
    wanted = np.zeros((430, 430))
    np.add.at(wanted, (graph.src[small], graph.target[small]), -np.log1p(-chance[small]))
    parts = np.maximum(-heads[:, 3], 1)
    assert parts[0] > 1
    assert (np.abs(heads[:, 2])[heads[:, 1] > 0] <= PART).all()
    assert np.abs(heads[:, 2] * parts)[:, None] * shares(heads, table, 430) == pytest.approx(wanted, abs=1e-12)
    assert np.array_equal(heads[:, 2] < 0, np.diff(begins) > 0)
    single = (parts == 1) & (heads[:, 1] > 0)
    assert heads[single, 3] == pytest.approx(np.exp(-np.abs(heads[single, 2])))


def test_rows_alike_hold_their_hazard():
    graph = network()
    heads = np.zeros((430, 4))
    rows_alike(graph.offsets, 0.07, heads)
    assert heads[:, 2] * np.maximum(-heads[:, 3], 1) == pytest.approx(-np.log1p(-0.07) * graph.degree_out())
    assert heads[0, 3] == -2


@pytest.mark.parametrize("weights", ["share", "in-degree"])
def test_picks_hold_the_weights(weights):
    graph = network()
    weight = LinearThreshold(weights=weights).edge_weight(graph)
    heads, table = np.empty((430, 4)), np.empty((len(weight), 2), np.uint64)
    threshold_rows(graph.offsets, graph.target.view(np.uint32), weight, heads, table, np.empty(0, np.uint32))
    wanted = np.zeros((430, 430))
    wanted[graph.target, graph.src] = weight
    assert heads[:, 2:3] * shares(heads, table, 430) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("weights", ["share", "in-degree"])
def test_growing_node_by_node_is_growing_at_once(weights):
    """One seed asks forward; 40 of 60 nodes with six edges each are followed back."""
    rng = np.random.Generator(np.random.Philox(4))
    tail = np.repeat(np.arange(60), 6)
    graph = Graph.from_edges(
        tail, rng.integers(0, 60, 360), rng.uniform(size=360), n_nodes=60, directed=True, repeats="sum"
    )
    for model in (LinearThreshold(weights=weights), IndependentCascade(probability="in-degree")):
        ready, code = model.prepare(graph), np.zeros(60, np.int64)
        slow, quick = np.zeros((2, 60), np.uint64), np.zeros((2, 60), np.uint64)
        for v in range(40):
            ready.grow(slow, np.array([v]), code, 1, 5, 100, keep=True)
        gain = ready.grow(quick, np.arange(40), code, 1, 5, 100, keep=True)
        assert np.array_equal(slow, quick)
        assert gain[0] == sum(int(word).bit_count() for word in quick.ravel())
        whole = ready.run(np.arange(40), code, 1, 5, 0, 100, True)
        assert whole.samples.sum() == gain[0]
        assert whole.course[-1].sum() <= whole.course.sum() == gain[0]
