"""Alias tables: an entry of a row drawn in proportion to its weight, in constant time.

References
----------
Walker (1977); Vose (1991) for building a table in linear time.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def alias_tables(offsets, target, weight):  # type: ignore[no-untyped-def]
    """Prepare drawing an entry of a row in proportion to its weight, in constant time.

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
    weight : (E,) float64 array, >= 0
        The sum of a row that has entries is finite and positive; an entry of weight 0 is never drawn.

    Returns
    -------
    threshold : (E,) float64 array, in [0, 1]
        Place k of a row keeps its own target if a uniform number lies below.
    other : (E,) int32 array
        The target it hands over to otherwise.
    """
    n = len(offsets) - 1
    threshold = np.ones(len(target))
    other = np.empty(len(target), np.int32)
    most = np.int64(0)
    for i in range(n):
        most = max(most, offsets[i + 1] - offsets[i])
    small = np.empty(most, np.int64)
    large = np.empty(most, np.int64)
    for i in range(n):
        lo, hi = offsets[i], offsets[i + 1]
        total = 0.0
        for e in range(lo, hi):
            total += weight[e]
        n_small = n_large = 0
        for e in range(lo, hi):
            threshold[e] = weight[e] / total * (hi - lo)
            other[e] = target[e]
            if threshold[e] < 1.0:
                small[n_small] = e
                n_small += 1
            else:
                large[n_large] = e
                n_large += 1
        while n_small > 0 and n_large > 0:
            n_small -= 1
            e, f = small[n_small], large[n_large - 1]
            other[e] = target[f]
            threshold[f] -= 1.0 - threshold[e]
            if threshold[f] < 1.0:
                n_large -= 1
                small[n_small] = f
                n_small += 1
        while n_large > 0:
            n_large -= 1
            threshold[large[n_large]] = 1.0
        while n_small > 0:
            n_small -= 1
            threshold[small[n_small]] = 1.0
    return threshold, other
