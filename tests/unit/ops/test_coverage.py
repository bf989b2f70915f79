"""The greatest gains, beside a plain sort."""

import numpy as np
import pytest

from interplay.ops.coverage import best_and_rest


@pytest.mark.parametrize("k", [1, 2, 5, 8, 40])
def test_the_best_node_and_the_sum_of_the_greatest_gains(k):
    for seed in range(20):
        rng = np.random.Generator(np.random.Philox(seed))
        gain, closed = rng.integers(0, 9, 30), rng.random(30) < 0.3
        best, total = best_and_rest(gain, closed, np.full(k, 7))
        left = gain[~closed]
        assert best == np.flatnonzero(~closed & (gain == left.max()))[0], "the lowest id of several"
        assert total == np.sort(left)[::-1][:k].sum()


def test_nobody_is_left():
    assert best_and_rest(np.array([3, 4]), np.ones(2, bool), np.zeros(2, np.int64)) == (-1, 0)
