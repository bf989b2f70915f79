"""Sixteen numbers as one: the same as sixteen scalars, in both precisions, and at the ends of the range."""

import numpy as np
import pytest
from numba import njit

from interplay.ops.lanes import WIDTH, any_above, fused, largest, load, power_of_two, spread, store, total

BOTH = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@njit
def powers(x, out):
    for i in range(0, len(x), WIDTH):
        store(out, i, power_of_two(load(x, i)))


@njit
def combined(x, limit, out):
    a, b = load(x, 0), load(x, 1)
    store(out, 0, fused(a, b, a - b) + a * b)
    return total(a), largest(a), any_above(a, spread(limit))


@BOTH
def test_powers_of_two_are_right_to_two_units_in_the_last_place(dtype):
    x = np.linspace(-126 if dtype is np.float32 else -1022, 127, 1600).astype(dtype)
    x = x[x > -125] if dtype is np.float32 else x[x > -1021]
    x = x[: len(x) // WIDTH * WIDTH]
    out = np.empty_like(x)
    powers(x, out)
    assert np.abs(out / np.exp2(x.astype(np.longdouble)) - 1).max() < 2 * np.finfo(dtype).eps


@BOTH
def test_what_is_too_small_is_exactly_0_and_what_is_no_number_stays_none(dtype):
    x = np.array([-1e30, -np.inf, -1100, 0, -1, np.nan] + [3] * 10).astype(dtype)
    out = np.empty_like(x)
    powers(x, out)
    np.testing.assert_array_equal(out[:5], [0, 0, 0, 1, 0.5])
    assert np.isnan(out[5])
    np.testing.assert_array_equal(out[6:], 8)


@BOTH
def test_arithmetic_is_lane_by_lane_and_sums_go_by_halves(dtype):
    x = np.random.default_rng(0).normal(size=WIDTH + 1).astype(dtype)
    out = np.empty(WIDTH, dtype)
    added, most, above = combined(x, x[:WIDTH].max(), out)
    a, b = x[:-1], x[1:]
    np.testing.assert_allclose(out, a * b + (a - b) + a * b, rtol=1e-5 if dtype is np.float32 else 1e-13)
    half = a
    while len(half) > 1:
        half = half[: len(half) // 2] + half[len(half) // 2 :]
    assert added == half[0]
    assert most == a.max()
    assert not above
    assert combined(x, np.nextafter(a.max(), dtype(-np.inf)), out)[2]
    assert not combined(np.full(WIDTH + 1, np.nan, dtype), dtype(0), out)[2]
