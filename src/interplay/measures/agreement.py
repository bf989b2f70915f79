"""How alike two partitions of the same nodes are, corrected for chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes


def adjusted_rand(a: ArrayLike, b: ArrayLike) -> float:
    """Give the adjusted Rand index of two partitions. Higher means more alike.

    Parameters
    ----------
    a, b : (N,) int arrays
        Labels; nodes with a negative label in either are left out.

    Returns
    -------
    float, in [-0.5, 1]
        1 for equal partitions, 0 on average by chance. NaN with fewer than two shared nodes; 1 if both put all nodes
        together or all apart.

    References
    ----------
    Hubert, Arabie (1985), J. Classification 2, equation 5.
    """
    table = _contingency(a, b)
    n = int(table.sum())
    if n < 2:
        return float("nan")
    both = _pairs(table).sum()
    rows, columns = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    expected = rows * columns / (n * (n - 1) / 2.0)
    most = (rows + columns) / 2.0
    return float((both - expected) / (most - expected)) if most != expected else 1.0


def adjusted_mutual_information(a: ArrayLike, b: ArrayLike) -> float:
    """Give the adjusted mutual information of two partitions. Higher means more alike.

    Parameters
    ----------
    a, b : (N,) int arrays
        Labels; nodes with a negative label in either are left out.

    Returns
    -------
    float, at most 1
        1 for equal partitions, 0 on average by chance, slightly below zero at worst. NaN without a shared node; 1 if
        both put all nodes together or all apart.

    Notes
    -----
    (I - E[I]) / (mean of the two entropies - E[I]), E over shuffled memberships with group sizes kept. Time O(N K).

    References
    ----------
    Vinh, Epps, Bailey (2010), J. Machine Learning Research 11, AMI_sum of table 3.
    """
    from interplay.ops.communities import expected_mutual_information

    table = _contingency(a, b)
    n = int(table.sum())
    if n == 0:
        return float("nan")
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if len(rows) == len(columns) and len(rows) in (1, n):
        return 1.0
    p, q = rows / n, columns / n
    i, j = np.nonzero(table)
    joint = table[i, j] / n
    shared = float((joint * np.log(joint / (p[i] * q[j]))).sum())
    entropy = -float((p * np.log(p)).sum() + (q * np.log(q)).sum()) / 2.0
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    chance = float(expected_mutual_information(rows, columns, log_factorial))
    room = entropy - chance
    return (shared - chance) / room if abs(room) > 1e-12 else 0.0


def _contingency(a: ArrayLike, b: ArrayLike) -> NDArray[np.int64]:
    shapes = Shapes()
    left, right = shapes.array("a", a, "N", "int"), shapes.array("b", b, "N", "int")
    known = (left >= 0) & (right >= 0)
    rows, i = np.unique(left[known], return_inverse=True)
    columns, j = np.unique(right[known], return_inverse=True)
    table = np.zeros((len(rows), len(columns)), dtype=np.int64)
    np.add.at(table, (i, j), 1)
    return table


def _pairs(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return counts * (counts - 1) / 2.0
