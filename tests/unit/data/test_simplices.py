"""Timed simplices: checks, views, projection."""

import copy
import pickle

import numpy as np
import pytest
from tests.oracles import simplices as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Simplices

LISTS = [[2, 0, 1], [3, 1], [4], [0, 1], [0, 1, 2]]


def example(**changes):
    settings = {"n_nodes": 6, "span": (0.0, 10.0)} | changes
    return Simplices.from_lists(LISTS, [1.0, 2.0, 2.0, 5.0, 9.0], **settings)


def test_lists_become_sorted_rows():
    simplices = example()
    assert simplices.offsets.tolist() == [0, 3, 5, 6, 8, 11]
    assert simplices.node.tolist() == [0, 1, 2, 1, 3, 4, 0, 1, 0, 1, 2]
    assert len(simplices) == 5
    assert simplices.members(-1).tolist() == [0, 1, 2]
    assert simplices.degree.tolist() == [3, 4, 2, 1, 1, 0]
    assert repr(simplices) == "Simplices(5 simplices of up to 3 nodes, 6 nodes, [0, 10) s)"
    unsorted = Simplices.from_lists(LISTS[::-1], [9, 5, 2, 2, 1], n_nodes=6, span=(0, 10))
    assert unsorted.members(1).tolist() == [4]


def test_projection_counts_meetings_of_pairs():
    simplices = example(names=list("abcdef"))
    graph = simplices.graph()
    found = {(int(i), int(j)): w for i, j, w in zip(graph.src, graph.target, graph.weights(), strict=True) if i < j}
    assert found == oracle.ties(LISTS)
    assert graph.n_nodes == 6
    assert not graph.directed
    assert graph.names.tolist() == list("abcdef")
    assert graph.n_loops == 0


def test_projection_in_blocks_is_the_same(monkeypatch):
    import interplay.data.simplices as module

    whole = example().graph()
    monkeypatch.setattr(module, "_BLOCK", 1)
    assert example().graph().digest == whole.digest


def test_windows_splits_and_sizes():
    simplices = example()
    middle = simplices.window(2.0, 9.0)
    assert len(middle) == 3
    assert middle.span == (2.0, 9.0)
    past, future = simplices.split(0.5)
    assert past.time.tolist() == [1.0, 2.0, 2.0]
    assert future.time.tolist() == [5.0, 9.0]
    assert past.span[1] == future.span[0] > 2.0
    assert len(simplices.of_size(2, 2)) == 2
    assert simplices.of_size(3).members(0).tolist() == [0, 1, 2]
    assert simplices.distinct().time.tolist() == [1.0, 2.0, 2.0, 5.0]
    late, nothing = Simplices.from_lists([[0], [1]], [3.0, 3.0], n_nodes=2, span=(0, 4)).split(0.5)
    assert (len(late), len(nothing)) == (2, 0)


def test_empty_and_lonely():
    nothing = Simplices.from_lists([], [], n_nodes=3, span=(0, 1))
    assert len(nothing) == 0
    assert nothing.graph().n_edges == 0
    assert nothing.degree.tolist() == [0, 0, 0]
    assert len(nothing.distinct()) == 0
    assert len(nothing.of_size(2)) == 0
    with pytest.raises(DataError, match="at least one simplex"):
        nothing.split()
    assert len(Simplices.from_lists([], [], n_nodes=0, span=(0, 1)).graph().names or ()) == 0


def test_copies_are_equal_and_read_only():
    simplices = example()
    for twin in (pickle.loads(pickle.dumps(simplices)), copy.deepcopy(simplices)):
        assert twin.digest == simplices.digest
        assert not twin.node.flags.writeable


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offsets": [0, 0, 2]}, "no simplex may be empty"),
        ({"offsets": [1, 2]}, "`offsets` must start at 0"),
        ({"node": [1, 0, 2]}, "must rise inside a simplex, each node once: simplex 0 holds 1 before 0"),
        ({"node": [1, 1, 2]}, "each node once"),
        ({"node": [0, 1, 9]}, r"`node` must lie in \[0, n_nodes=3\)"),
        ({"node": [0, 1]}, r"`node` must have shape \(K=3\)"),
        ({"time": [2.0, 1.0]}, "`time` must not decrease"),
        ({"time": [1.0, 5.0]}, "must lie in span"),
        ({"node": [1, 1, 2]}, "List it once"),
        ({"node": [1, 0, 2]}, "which sorts"),
        ({"names": np.array(["a", "a", "b"])}, "got 'a' again"),
        ({"n_nodes": -1}, "`n_nodes` must be a whole number >= 0, got -1"),
        ({"n_nodes": 3.7}, "`n_nodes` must be a whole number >= 0, got 3.7"),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    parts = {"offsets": [0, 2, 3], "node": [0, 1, 2], "time": [1.0, 2.0], "n_nodes": 3, "span": (0.0, 3.0)}
    Simplices(**parts)
    with pytest.raises(DataError, match=message):
        Simplices(**parts | changes)


def test_wrong_settings():
    with pytest.raises(ConfigError, match="`share`"):
        example().split(1.0)
    with pytest.raises(ConfigError, match="`least`"):
        example().of_size(0)
    for k in (len(example()), -len(example()) - 1):
        with pytest.raises(DataError, match="`k` must lie in"):
            example().members(k)
