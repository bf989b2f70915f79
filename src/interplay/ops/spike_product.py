"""Products of spikes and weights: sums of the rows that spikes name, in place of multiplications with zeros.

A dense product of (R, I) spikes and (I, J) weights does R I J multiplications, whatever fires. Here the sum over a
row's spikes stays in registers while pieces of rows, one lane wide and packed into the first cache, are added.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.lanes import WIDTH, load, store

#: Rows of the result that are taken together, so that they stay in the second cache from block to block.
_ROWS = 64


@njit(cache=True, nogil=True, error_model="numpy")
def count_spikes(spikes, pointer):  # type: ignore[no-untyped-def]
    """Fill `pointer`, (R + 1,) int64, with the number of entries before each row; False if one is neither 0 nor 1."""
    whole = True
    pointer[0] = 0
    for r in range(spikes.shape[0]):
        row = spikes[r]
        count = 0
        odd = 0
        for i in range(len(row)):
            count += row[i] != 0
            odd += (row[i] != 0) & (row[i] != 1)
        whole &= odd == 0
        pointer[r + 1] = pointer[r] + count
    return whole


@njit(cache=True, nogil=True, error_model="numpy")
def list_spikes(spikes, pointer, index):  # type: ignore[no-untyped-def]
    """Fill `index`, (K,) uint32, with the places of the entries that are not 0, row after row."""
    for r in range(spikes.shape[0]):
        row = spikes[r]
        k = pointer[r]
        for i in range(len(row)):
            # Written in any case and overwritten by the next where nothing fired: no branch to guess.
            if k < len(index):
                index[k] = i
            k += row[i] != 0


@njit(cache=True, nogil=True, error_model="numpy")
def turn_lists(pointer, index, first, stop, turned, rows):  # type: ignore[no-untyped-def]
    """List, for every place, the rows in [first, stop) that name it, counted from `first`.

    `turned` is (I + 1,) int64, `rows` (K,) uint32.
    """
    turned[:] = 0
    for k in range(pointer[first], pointer[stop]):
        turned[index[k] + 1] += 1
    for i in range(1, len(turned)):
        turned[i] += turned[i - 1]
    for r in range(first, stop):
        for k in range(pointer[r], pointer[r + 1]):
            i = index[k]
            rows[turned[i]] = r - first
            turned[i] += 1
    for i in range(len(turned) - 1, 0, -1):
        turned[i] = turned[i - 1]
    turned[0] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def pack_rows(rows, blocks):  # type: ignore[no-untyped-def]
    """Lay `WIDTH` columns of (I, J) `rows` together, those after them behind: `blocks` (J / WIDTH up, >= I, WIDTH)."""
    width = rows.shape[1]
    for i in range(len(rows)):
        row = rows[i]
        for b in range(len(blocks)):
            packed = blocks[b, i]
            at = b * WIDTH
            if at + WIDTH <= width:
                for j in range(WIDTH):
                    packed[j] = row[at + j]
            else:
                for j in range(WIDTH):
                    packed[j] = row[at + j] if at + j < width else 0


@njit(cache=True, nogil=True, error_model="numpy")
def add_rows(pointer, index, table, out):  # type: ignore[no-untyped-def]
    """Add to out[r] the rows of a table that row r of the lists names.

    Parameters
    ----------
    pointer : (R + 1,) int64 array
    index : (K,) uint32 array
    table : (J / WIDTH, I, WIDTH) array
        Columns j, j + 1, ... of the table lie together, a block for every `WIDTH` of them.
    out : (R, J) array
        Of the same type.
    """
    width, one, four = np.uint64(WIDTH), np.uint64(1), np.uint64(4)
    for first in range(0, len(out), _ROWS):
        stop = min(first + _ROWS, len(out))
        for b in range(len(table)):
            block = table[b].reshape(-1)
            at = b * WIDTH
            for r in range(first, stop):
                row = out[r]
                # Four sums, as one would wait for itself; unsigned, as signed places are looked at for their sign.
                k, end = np.uint64(pointer[r]), np.uint64(pointer[r + 1])
                whole = k + (end - k) // four * four
                s0 = load(row, at)
                if k < whole:
                    s1 = load(block, np.uint64(index[k]) * width)
                    s2 = load(block, np.uint64(index[k + one]) * width)
                    s3 = load(block, np.uint64(index[k + one + one]) * width)
                    s0 = s0 + load(block, np.uint64(index[k + one + one + one]) * width)
                    k += four
                    while k < whole:
                        s1 = s1 + load(block, np.uint64(index[k]) * width)
                        s2 = s2 + load(block, np.uint64(index[k + one]) * width)
                        s3 = s3 + load(block, np.uint64(index[k + one + one]) * width)
                        s0 = s0 + load(block, np.uint64(index[k + one + one + one]) * width)
                        k += four
                    s0 = (s0 + s1) + (s2 + s3)
                while k < end:
                    s0 = s0 + load(block, np.uint64(index[k]) * width)
                    k += one
                store(row, at, s0)
