"""Sums of the rows that spikes name, against numpy."""

import numpy as np
import pytest

from interplay.ops.spike_product import add_rows, count_spikes, list_spikes, pack_rows, turn_lists


def lists(x):
    pointer = np.empty(len(x) + 1, np.int64)
    whole = count_spikes(x, pointer)
    index = np.empty(pointer[-1], np.uint32)
    list_spikes(x, pointer, index)
    return whole, pointer, index


def spikes(rows, n, rate, dtype=np.float32, seed=0):
    return (np.random.default_rng(seed).random((rows, n)) < rate).astype(dtype)


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.5, 1.0])
def test_lists_name_the_entries_that_are_not_zero(rate):
    x = spikes(37, 53, rate)
    whole, pointer, index = lists(x)
    assert whole
    for r in range(37):
        np.testing.assert_array_equal(index[pointer[r] : pointer[r + 1]], np.flatnonzero(x[r]))


@pytest.mark.parametrize("odd", [2.0, -1.0, 0.5, np.nan, np.inf])
def test_numbers_other_than_zero_and_one_are_told(odd):
    x = spikes(5, 40, 0.2)
    x[3, 39] = odd
    assert not lists(x)[0]
    assert lists(np.zeros((0, 4), np.float32))[0]


@pytest.mark.parametrize(("first", "stop"), [(0, 37), (5, 20), (36, 37), (10, 10)])
def test_turned_lists_name_the_rows(first, stop):
    x = spikes(37, 53, 0.2)
    _, pointer, index = lists(x)
    turned, rows = np.empty(54, np.int64), np.empty(len(index), np.uint32)
    turn_lists(pointer, index, first, stop, turned, rows)
    for i in range(53):
        np.testing.assert_array_equal(rows[turned[i] : turned[i + 1]], np.flatnonzero(x[first:stop, i]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("rows", [1, 64, 150])
@pytest.mark.parametrize("rate", [0.02, 0.3, 1.0])
def test_rows_are_added(dtype, blocks, rows, rate):
    rng = np.random.default_rng(1)
    x = spikes(rows, 53, rate, dtype)
    x[rows // 2] = 0
    table = rng.normal(size=(53, blocks * 16)).astype(dtype)
    packed = np.stack([table[:, 16 * b : 16 * b + 16] for b in range(blocks)])
    _, pointer, index = lists(x)
    start = rng.normal(size=(rows, blocks * 16)).astype(dtype)
    out = start.copy()
    add_rows(pointer, index, packed, out)
    np.testing.assert_allclose(
        out, start + x.astype(float) @ table.astype(float), rtol=0, atol=5e-5 if dtype == np.float32 else 1e-13
    )
    np.testing.assert_array_equal(out[rows // 2], start[rows // 2])


@pytest.mark.parametrize("width", [1, 16, 37])
def test_packing_keeps_columns_and_fills_with_zeros(width):
    rows = np.random.default_rng(2).normal(size=(5, width))
    blocks = np.full((-(-width // 16), 7, 16), np.nan)
    pack_rows(rows, blocks)
    whole = np.concatenate(list(blocks), axis=1)
    np.testing.assert_array_equal(whole[:5, :width], rows)
    assert not whole[:5, width:].any()
    assert np.isnan(whole[5:]).all()
