"""Directed graphs without cycles: how far a weighted graph is from one, an order that proves it, and varsortability.

References
----------
Zheng, Aragam, Ravikumar, Xing (2018), NeurIPS 31, equation 8, for the trace of the exponential.
Reisach, Seiler, Weichwald (2021), NeurIPS 34, section 3, for varsortability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: One over k factorial.
_TERM = 1.0 / np.cumprod([1.0, *range(1, 12)])


def exponential_less_one(matrix: Floats) -> Floats:
    """Raise e to a matrix without negative entries, and subtract the unit matrix, without rounding against it.

    Parameters
    ----------
    matrix : (d, d) float64 array, >= 0

    Returns
    -------
    (d, d) float64 array, >= 0

    Notes
    -----
    The Taylor series to order 11 of ``matrix / 2**s``, whose columns sum to at most 1/2; then s times P to 2 P + P P.
    No term is negative, so nothing cancels and every entry, however small, keeps its digits: the relative error of the
    sum is below 1e-11 / 12!, that is rounding. Six products and s squarings.
    """
    d = len(matrix)
    norm = float(matrix.sum(axis=0).max(initial=0.0))
    squarings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 else 0
    one = matrix * 0.5**squarings
    two = one @ one
    three = two @ one
    out = _TERM[9] * np.eye(d) + _TERM[10] * one + _TERM[11] * two
    for k in (6, 3, 0):
        out = three @ out
        out += _TERM[k + 1] * one + _TERM[k + 2] * two
        if k:
            out.flat[:: d + 1] += _TERM[k]
    for _ in range(squarings):
        out = 2.0 * out + out @ out
    return np.asarray(out)


def cyclicity(weight: Floats) -> tuple[float, Floats]:
    """Measure how far a weighted graph is from having no cycle: tr exp(W o W) - d, zero exactly if it has none.

    Parameters
    ----------
    weight : (d, d) float64 array

    Returns
    -------
    value : float, >= 0
        Infinite, as is its slope, where the exponential overflows.
    gradient : (d, d) float64 array
    """
    with np.errstate(over="ignore", invalid="ignore"):
        power = exponential_less_one(weight * weight)
    if not np.isfinite(power).all():
        return np.inf, np.full(weight.shape, np.inf)
    return float(np.trace(power)), 2.0 * (power.T + np.eye(len(weight))) * weight


def topological_order(edge: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """Order nodes so that every edge runs forward; of several ready nodes the lowest number goes first.

    Parameters
    ----------
    edge : (d, d) bool array, [src, dst]

    Returns
    -------
    (d,) int64 array, or None if there is a cycle
    """
    waiting = edge.sum(axis=0)
    done = np.zeros(len(edge), dtype=bool)
    order = np.empty(len(edge), dtype=np.int64)
    for k in range(len(edge)):
        ready = ~done & (waiting == 0)
        if not ready.any():
            return None
        node = int(np.argmax(ready))
        order[k], done[node] = node, True
        waiting = waiting - edge[node]
    return order


def least_threshold(weight: Floats) -> float:
    """Find the least t for which the edges with |weight| > t have no cycle.

    Parameters
    ----------
    weight : (d, d) float64 array

    Returns
    -------
    float, >= 0
        0 if there is no cycle as it is, else the size of one of the weights.
    """
    size = np.abs(weight)
    if topological_order(size > 0) is not None:
        return 0.0
    steps = np.unique(size)
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if topological_order(size > steps[middle]) is None:
            low = middle + 1
        else:
            high = middle
    return float(steps[low])


def varsortability(edge: NDArray[np.bool_], variance: Floats) -> float:
    """Tell along what share of directed paths the variance rises.

    Parameters
    ----------
    edge : (d, d) bool array, [src, dst]
        Without a cycle.
    variance : (d,) float64 array
        Of each node.

    Returns
    -------
    float, in [0, 1]
        Ends of equal variance count half. 1/2 where variances say nothing of directions; near 1 variances alone give
        them away. NaN if there is no edge.

    Notes
    -----
    Equation 1 of Reisach et al. (2021): a pair of nodes counts once for every length of path that joins it.
    """
    rise = np.where(np.isclose(variance[:, None], variance, rtol=1e-9, atol=0), 0.5, variance[:, None] < variance)
    reach = edge.astype(np.float64)
    total = good = 0.0
    for _ in range(len(edge) - 1):
        joined = reach > 0
        if not joined.any():
            break
        total += joined.sum()
        good += rise[joined].sum()
        reach = joined.astype(np.float64) @ edge
    return good / total if total else float("nan")
