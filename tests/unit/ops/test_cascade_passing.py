"""The search of many rows in step, in plain Python, where a read outside the array is an error."""

import numpy as np

from interplay.ops import cascade_passing


def test_a_cursor_that_is_done_reads_nothing_outside_the_array():
    draw = np.concatenate([[0.1, 0.2], np.linspace(0.1, 2.0, 38)])
    places, ends = np.array([0, 2], np.uint64), np.array([2, 40], np.uint64)
    level, number, sizes = np.zeros(2), np.array([0.05, 5.0]), np.zeros(2, np.uint64)
    with np.errstate(over="ignore"):
        cascade_passing._search.py_func(draw, level, number, places, ends, sizes, 2)
    assert places.tolist() == [0, 40]
