"""Groups: a partition with names."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Groups


def test_numbers_are_ordered_by_size_and_texts_by_alphabet():
    assert Groups.of([10, 9, 10, 2]).names.tolist() == ["2", "9", "10"]
    assert Groups.of([10, 9, 10, 2]).code.tolist() == [2, 1, 2, 0]
    assert Groups.of(["b", "a", "b"]).names.tolist() == ["a", "b"]
    assert Groups.of([True, False]).names.tolist() == ["False", "True"]
    assert Groups.of([1.0, 2.0]).names.tolist() == ["1", "2"]
    assert Groups.of([-0.0, 2.0]).names.tolist() == ["0", "2"]
    assert Groups.of([-0.0, 0.5]).names.tolist() == ["0.0", "0.5"]
    assert Groups.of([1e300, 2e300, 2.0]).names.tolist() == ["2.0", "1e+300", "2e+300"]
    assert Groups.of([0.5, 2.0]).names.tolist() == ["0.5", "2.0"]


def test_nodes_without_a_value_are_refused_unless_their_group_is_named():
    for values in (np.array(["a", "", "b", ""]), np.array([1.0, np.nan, 2.0, np.nan])):
        with pytest.raises(DataError, match=r"node 1 has none, nor have 2 in all.*`unknown`"):
            Groups.of(values, column="team")
        groups = Groups.of(values, column="team", unknown="not known")
        assert groups.names.tolist()[-1] == "not known"
        assert groups.code.tolist() == [0, 2, 1, 2]


def test_sizes_count_empty_groups_and_members_are_found_by_name_or_place():
    groups = Groups(code=np.array([0, 2, 2]), names=np.array(["a", "none", "c"]), column="x")
    assert groups.sizes.tolist() == [1, 0, 2]
    assert groups.members("c").tolist() == groups.members(2).tolist() == groups.members(-1).tolist() == [1, 2]
    assert groups.members("none").tolist() == []
    with pytest.raises(DataError, match="must be one of a, none, c"):
        groups.members("d")
    with pytest.raises(DataError, match=r"in \[-G, G=3\), got 3"):
        groups.members(3)
    assert len(groups) == 3
    assert groups.n_nodes == 3
    assert repr(groups) == "Groups(x; a: 1, none: 0, c: 2)"


def test_no_nodes_are_no_groups():
    groups = Groups.of(np.empty(0, dtype=str))
    assert (groups.n_nodes, len(groups), groups.sizes.tolist()) == (0, 0, [])


@pytest.mark.parametrize(
    ("code", "names", "match"),
    [
        ([0, 2], ["a", "b"], r"`code` must lie in \[0, G=2\)"),
        ([0, -1], ["a", "b"], "must lie in"),
        ([0, 1], ["a", "a"], "each group once"),
        ([0.5, 1.0], ["a", "b"], "must hold int values"),
    ],
)
def test_what_is_no_partition_is_refused(code, names, match):
    with pytest.raises(DataError, match=match):
        Groups(code=np.array(code), names=np.array(names))


@pytest.mark.parametrize("values", [[[1, 2]], [None, "a"], 3])
def test_what_is_no_column_is_refused(values):
    with pytest.raises(DataError, match="one text or number per node"):
        Groups.of(values)


def test_infinite_values_are_refused():
    with pytest.raises(DataError, match=r"`age` must be finite, or NaN for no value: node 1 has -inf"):
        Groups.of([2.0, -np.inf, np.nan], column="age", unknown="?")


def test_pickles_and_digest():
    groups = Groups.of(["b", "a", "b"], column="team")
    again = pickle.loads(pickle.dumps(groups))
    assert again.digest == groups.digest
    assert again.code.flags.writeable is False
    assert Groups.of(["b", "a", "b"], column="other").digest != groups.digest
