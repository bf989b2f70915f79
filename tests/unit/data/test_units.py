"""The units table: what is refused, and what unknown looks like."""

import numpy as np
import pytest

from interplay.data import Units


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": -1}, "`n` must be a number of units >= 0, got -1"),
        ({"id": np.array(["a", "a", "b"])}, "`id` must name each unit once, got 'a' more than once"),
        ({"id": np.array(["a"])}, r"`id` must have shape \(N=3\), got \(1,\)"),
        ({"sign": [0, 1, 2]}, r"`sign` must be -1 \(inhibitory\), 0 \(unknown\) or \+1 \(excitatory\)"),
        ({"sign": [0.0, 1.0, 1.0]}, "`sign` must hold int values, got dtype float64"),
        ({"position_um": np.zeros((3, 4))}, "`position_um` must have 2 or 3 columns, got 4"),
        ({"position_um": np.zeros((2, 2))}, r"`position_um` must have shape \(N=3, D\), got \(2, 2\)"),
        ({"group": np.array(["a", "b"])}, r"`group` must have shape \(N=3\), got \(2,\)"),
    ],
)
def test_bad_tables_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Units(**({"n": 3} | changes))


def test_what_is_unknown_is_named_so():
    table = Units(n=3)
    assert table.id.tolist() == ["0", "1", "2"]
    assert table.group.tolist() == ["", "", ""]
    assert table.sign.tolist() == [0, 0, 0]
    assert table.position_um is None
    assert "ids only" in repr(table)


def test_selected_rows_keep_their_content():
    table = Units(n=3, position_um=[[0.0, 0.0], [1.0, 2.0], [np.nan, np.nan]], sign=[1, -1, 0]).select([2, 1])
    assert table.id.tolist() == ["2", "1"]
    assert table.sign.tolist() == [0, -1]
    assert table.position_um[1].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(("kept", "message"), [([3], r"units\[0\]=3"), ([0, -1], r"units\[1\]=-1")])
def test_selecting_units_that_do_not_exist_is_refused(kept, message):
    with pytest.raises(ValueError, match=r"`units` must lie in \[0, n=3\): " + message):
        Units(n=3).select(kept)
