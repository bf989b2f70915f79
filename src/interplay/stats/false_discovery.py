"""Many tests at once: adjusted p-values that keep the false discovery rate or the family-wise error under control."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError


def benjamini_hochberg(pvalues: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that rejecting those at most q keeps the false discovery rate at most q.

    Parameters
    ----------
    pvalues : float array of any shape, in [0, 1] or NaN
        One entry per test. NaN means "not tested": it stays NaN and is not counted. Give each pair of an undirected
        network once; a symmetric matrix would count every test twice.

    Returns
    -------
    float64 array of the same shape, in [0, 1] or NaN
        Never below the p-value it belongs to.

    Raises
    ------
    DataError
        If a p-value lies outside [0, 1].

    Notes
    -----
    adjusted_(i) = min over j >= i of (m / j) p_(j), m tests sorted upwards. Valid for independent and for positively
    dependent tests. O(m log m).

    References
    ----------
    Benjamini, Hochberg (1995), J R Stat Soc B 57:289, procedure (1).

    Examples
    --------
    >>> [round(float(x), 3) for x in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    flat, shape, tested = _checked(pvalues)
    p = flat[tested]
    order = np.argsort(p, kind="stable")
    raised = p[order] * (len(p) / np.arange(1, len(p) + 1))
    return _spread(np.minimum.accumulate(raised[::-1])[::-1], order, tested, shape)


def holm(pvalues: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that rejecting those at most a keeps the chance of any false rejection at most a.

    Parameters
    ----------
    pvalues : float array of any shape, in [0, 1] or NaN
        As in `benjamini_hochberg`.

    Returns
    -------
    float64 array of the same shape, in [0, 1] or NaN

    Raises
    ------
    DataError
        If a p-value lies outside [0, 1].

    Notes
    -----
    adjusted_(i) = max over j <= i of (m - j + 1) p_(j), capped at 1. Needs no assumption on dependence. O(m log m).

    References
    ----------
    Holm (1979), Scand J Stat 6:65.

    Examples
    --------
    >>> [round(float(x), 3) for x in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    flat, shape, tested = _checked(pvalues)
    p = flat[tested]
    order = np.argsort(p, kind="stable")
    raised = p[order] * np.arange(len(p), 0, -1)
    return _spread(np.maximum.accumulate(raised), order, tested, shape)


def _checked(pvalues: ArrayLike) -> tuple[NDArray[np.float64], tuple[int, ...], NDArray[np.bool_]]:
    array = np.asarray(pvalues)
    flat = np.asarray(Shapes().array("pvalues", array.ravel(), "M", finite=False), dtype=np.float64)
    tested = ~np.isnan(flat)
    bad = tested & ~((flat >= 0) & (flat <= 1))
    if bad.any():
        k = int(np.argmax(bad))
        raise DataError(
            f"`pvalues` must lie in [0, 1] or be NaN, got {flat[k]} at flat position {k}. Give probabilities, not "
            "scores."
        )
    return flat, array.shape, tested


def _spread(
    adjusted: NDArray[np.float64], order: NDArray[np.int64], tested: NDArray[np.bool_], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    back = np.empty_like(adjusted)
    back[order] = np.minimum(adjusted, 1.0)
    out = np.full(len(tested), np.nan)
    out[tested] = back
    return out.reshape(shape)
