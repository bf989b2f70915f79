"""Products of spikes and weights: sums of the rows that spikes name, in place of multiplications with zeros.

A dense product of (R, I) spikes and (I, J) weights does R I J multiplications, whatever fires. Here the sum over a
row's spikes stays in registers while rows of a block of columns, which fits into the second cache, are added.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.lanes import WIDTH, load, store

#: Columns of a block, in lanes of sixteen: so many sums are held at once.
BLOCK = 8 * WIDTH


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
    """Fill `index`, (K,) int32, with the places of the entries that are not 0, row after row."""
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
    """List, for every place, the rows in [first, stop) that name it: `turned` (I + 1,) int64, `rows` (K,) int32."""
    turned[:] = 0
    for k in range(pointer[first], pointer[stop]):
        turned[index[k] + 1] += 1
    for i in range(1, len(turned)):
        turned[i] += turned[i - 1]
    for r in range(first, stop):
        for k in range(pointer[r], pointer[r + 1]):
            i = index[k]
            rows[turned[i]] = r
            turned[i] += 1
    for i in range(len(turned) - 1, 0, -1):
        turned[i] = turned[i - 1]
    turned[0] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def add_rows(pointer, first, stop, index, table, out):  # type: ignore[no-untyped-def]
    """Add to out[r - first] the rows of `table` that row r of the lists names, for r in [first, stop).

    Parameters
    ----------
    pointer : (R + 1,) int64 array
    first, stop : int
    index : (K,) int32 array
    table : (I, J) array
        J is a multiple of `BLOCK`.
    out : (stop - first, J) array
        Of the same type.
    """
    for at in range(0, table.shape[1], BLOCK):
        for r in range(first, stop):
            row = out[r - first]
            s0, s1 = load(row, at), load(row, at + 16)
            s2, s3 = load(row, at + 32), load(row, at + 48)
            s4, s5 = load(row, at + 64), load(row, at + 80)
            s6, s7 = load(row, at + 96), load(row, at + 112)
            for k in range(pointer[r], pointer[r + 1]):
                found = table[np.int64(index[k])]
                s0, s1 = s0 + load(found, at), s1 + load(found, at + 16)
                s2, s3 = s2 + load(found, at + 32), s3 + load(found, at + 48)
                s4, s5 = s4 + load(found, at + 64), s5 + load(found, at + 80)
                s6, s7 = s6 + load(found, at + 96), s7 + load(found, at + 112)
            store(row, at, s0)
            store(row, at + 16, s1)
            store(row, at + 32, s2)
            store(row, at + 48, s3)
            store(row, at + 64, s4)
            store(row, at + 80, s5)
            store(row, at + 96, s6)
            store(row, at + 112, s7)
