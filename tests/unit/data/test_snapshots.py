"""Snapshots: what is refused, in which words."""

import numpy as np
import pytest

from interplay.data import Snapshots

GOOD = {
    "bounds": [[0.0, 1.0], [1.0, 2.0]],
    "pointer": [0, 2, 3],
    "src": [0, 1, 0],
    "dst": [1, 2, 2],
    "weight": [1.0, -1.0, 0.5],
    "n_nodes": 3,
    "directed": True,
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"bounds": [[1.0, 2.0], [0.0, 1.0]]},
            r"`bounds\[:, 0\]` must not decrease: .* Sort the windows by their start",
        ),
        ({"bounds": [[0.0, 1.0], [1.0, 1.0]]}, r"`bounds` must have start < stop: bounds\[1\]"),
        ({"pointer": [0, 3]}, r"`pointer` must have shape \(3\), got \(2,\)"),
        ({"pointer": [0, 2, 2]}, r"`pointer` must rise from 0 to E=3, got 0 to 2"),
        ({"pointer": [0, 4, 3]}, r"`pointer` must rise from 0 to E=3"),
        ({"src": [0, 1, 3]}, r"`src` must lie in \[0, n_nodes=3\): src\[2\]=3"),
        ({"dst": [1, 2, -1]}, r"`dst` must lie in \[0, n_nodes=3\): dst\[2\]=-1"),
        ({"weight": [1.0, np.inf, 0.0]}, r"`weight` must be finite: weight\[1\]=inf"),
        ({"src": [1, 0, 0]}, r"edges must be sorted by \(src, dst\) inside a snapshot, each pair once: edge 1"),
        ({"src": [0, 0, 0], "dst": [1, 1, 2]}, r"each pair once: edge 1 \(0 -> 1\) follows \(0 -> 1\)"),
        ({"directed": False, "src": [0, 2, 0]}, r"undirected edges must have src <= dst, got edge \d"),
        ({"pvalues": [0.1, 0.2, 1.5]}, r"`pvalues` must lie in \[0, 1\], got pvalues\[2\]=1\.5"),
        (
            {"present": np.array([[True, False, True], [True, True, True]])},
            r"edge 0 \(0 -> 1\) touches a node that is not `present` in its snapshot",
        ),
        ({"present": np.ones((2, 2), bool)}, r"`present` must have shape \(S=2, N=3\), got \(2, 2\)"),
    ],
)
def test_bad_snapshots_are_refused(changes, message):
    if changes.get("directed") is False:
        changes["dst"] = [1, 1, 2]
    with pytest.raises(ValueError, match=message):
        Snapshots(**(GOOD | changes))


def test_asymmetric_matrices_are_not_undirected():
    w = np.zeros((1, 2, 2))
    w[0, 0, 1] = 1.0
    with pytest.raises(ValueError, match=r"must be symmetric: \[0, 0, 1\] is an edge, \[0, 1, 0\] is not\. Symmetrise"):
        Snapshots.from_dense(w, [[0.0, 1.0]], directed=False)


def test_unequal_weights_of_a_pair_are_not_undirected():
    w = np.array([[[0.0, 1.0], [2.0, 0.0]]])
    with pytest.raises(ValueError, match=r"must be symmetric: \[0, 0, 1\]=1\.0 but \[0, 1, 0\]=2\.0\. Symmetrise"):
        Snapshots.from_dense(w, [[0.0, 1.0]], directed=False)


def test_an_asymmetric_choice_of_edges_is_not_undirected():
    keep = np.zeros((1, 2, 2), bool)
    keep[0, 1, 0] = True
    with pytest.raises(ValueError, match=r"`keep` of an undirected network must be symmetric"):
        Snapshots.from_dense(np.ones((1, 2, 2)), [[0.0, 1.0]], directed=False, keep=keep)


def test_entries_of_absent_nodes_are_not_read():
    w = np.ones((1, 3, 3))
    w[0, 1, :] = w[0, :, 1] = np.nan
    made = Snapshots.from_dense(w, [[0.0, 1.0]], directed=False, present=np.array([[True, False, True]]))
    assert (made.src.tolist(), made.dst.tolist()) == ([0], [2])
    assert np.isnan(made.matrix(0, missing=np.nan)).sum() == 5


def test_the_diagonal_is_an_edge_only_if_asked():
    w = np.ones((1, 2, 2))
    assert len(Snapshots.from_dense(w, [[0.0, 1.0]], directed=True).src) == 2
    assert len(Snapshots.from_dense(w, [[0.0, 1.0]], directed=True, keep=np.ones((1, 2, 2), bool)).src) == 4


def test_zero_weights_are_edges_where_kept():
    made = Snapshots.from_dense(np.zeros((1, 2, 2)), [[0.0, 1.0]], directed=True, keep=~np.eye(2, dtype=bool)[None])
    assert made.weight.tolist() == [0.0, 0.0]


def test_pvalues_follow_their_edges():
    made = Snapshots(**GOOD, pvalues=[0.1, 0.2, 0.3])
    table = made.dense_pvalues()
    assert table[0, 1, 2] == 0.2
    assert table[1, 0, 1] == 1.0
    assert made.filter([False, True, True]).pvalues.tolist() == [0.2, 0.3]
    assert made.take([1]).pvalues.tolist() == [0.3]
    assert made.select([2, 0]).pvalues.tolist() == [0.3]


def test_asking_for_pvalues_that_are_not_there_is_refused():
    with pytest.raises(ValueError, match="these snapshots carry no p-values; choose a method that tests"):
        Snapshots(**GOOD).dense_pvalues()


def test_take_wants_each_snapshot_once_in_order():
    with pytest.raises(ValueError, match=r"`snapshots` must strictly increase: .* Give each snapshot once"):
        Snapshots(**GOOD).take([1, 0])
    with pytest.raises(ValueError, match=r"`snapshots` must lie in \[0, S=2\): snapshots\[0\]=2"):
        Snapshots(**GOOD).take([2])


def test_repeated_nodes_in_a_selection_are_refused():
    with pytest.raises(ValueError, match="`nodes` must name each node once, got repeated ids"):
        Snapshots(**GOOD).select([0, 0])


def test_new_weights_keep_the_edges():
    made = Snapshots(**GOOD).with_weight([3.0, 2.0, 1.0])
    assert made.matrix(-1)[0, 2] == 1.0


def test_directions_are_combined_as_said():
    rows = {"src": [0, 0, 1, 2], "dst": [0, 1, 0, 1], "weight": [2.0, 1.0, -3.0, -1.0], "pvalues": [0.4, 0.2, 0.7, 0.9]}
    made = Snapshots(bounds=[[0.0, 1.0]], pointer=[0, 4], n_nodes=3, directed=True, **rows)
    pairs = [(0, 0), (0, 1), (1, 2)]
    for combine, weight in (
        ("sum", [2.0, -2.0, -1.0]),
        ("mean", [2.0, -1.0, -0.5]),
        ("strongest", [2.0, -3.0, -1.0]),
    ):
        flat = made.undirected(combine)
        assert not flat.directed
        assert list(zip(flat.src.tolist(), flat.dst.tolist(), strict=True)) == pairs
        assert flat.weight.tolist() == weight
        assert flat.pvalues.tolist() == [0.4, 0.4, 1.0]


def test_opposite_directions_of_one_size_take_the_positive_one_and_may_cancel():
    rows = {"src": [0, 1], "dst": [1, 0], "weight": [-1.0, 1.0]}
    made = Snapshots(bounds=[[0.0, 1.0]], pointer=[0, 2], n_nodes=2, directed=True, **rows)
    assert made.undirected("strongest").weight.tolist() == [1.0]
    assert made.select([1, 0]).undirected("strongest").weight.tolist() == [1.0]
    assert made.undirected("sum").weight.tolist() == [0.0]


def test_how_directions_combine_must_be_said_and_exist():
    made = Snapshots(**GOOD)
    with pytest.raises(TypeError, match="combine"):
        made.undirected()
    with pytest.raises(ValueError, match=r"Unknown `combine` 'max'\. Valid: mean, strongest, sum"):
        made.undirected("max")
    flat = made.undirected("sum")
    assert flat.undirected("mean") is flat
