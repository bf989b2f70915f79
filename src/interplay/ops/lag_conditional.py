"""Prediction from the past of all units, and what each unit's past adds to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.lag_regression import SINGULAR

#: A unit with this much weight in a combination that is constant is part of it.
_PART = 1e-6


class FullModel(NamedTuple):
    """A regression of every unit on the past of all.

    Attributes
    ----------
    coefficient : (order n, n) float64 array
        Row ``(k - 1) n + j`` is what unit j, k steps before, adds; columns are targets.
    residual : (n, n) float64 array
        Sums of products of residuals.
    gain : (n, n) float64 array
        ``[src, dst]``: by how much the residual sum of squares grows without the past of src; NaN where the past of
        src depends linearly on the others', or dst is predicted without error.
    """

    coefficient: NDArray[np.float64]
    residual: NDArray[np.float64]
    gain: NDArray[np.float64]


def full_model(sums: NDArray[np.float64], n: int, order: int) -> FullModel:
    """Regress every unit on `order` lags of all units, and leave each source out in turn.

    Parameters
    ----------
    sums : square float64 array
        Of `lag_sums`, with at least `order` lags.
    n : int, >= 1
        Units.
    order : int, >= 1

    Returns
    -------
    FullModel

    Notes
    -----
    Leaving out the columns J raises the residual sum of squares by b_J' (M_JJ)^-1 b_J, M the inverse of the past's
    sums of products: one inverse serves all n (n - 1) reduced regressions. O((order n)^3).
    """
    past, present = slice(n, n * (order + 1)), slice(0, n)
    scale = np.sqrt(np.diag(sums)[past])
    scale[scale == 0] = 1.0
    gram = sums[past, past] / scale / scale[:, None]
    cross = sums[past, present] / scale[:, None]
    inverse, entangled = _inverted(gram, n)
    coefficient = inverse @ cross
    residual = sums[present, present] - cross.T @ coefficient
    gain = np.full((n, n), np.nan)
    for j in np.flatnonzero(~entangled).tolist():
        mine = slice(j, None, n)
        gain[j] = (coefficient[mine] * np.linalg.solve(inverse[mine, mine], coefficient[mine])).sum(axis=0)
    gain[:, np.diag(residual) <= SINGULAR * np.diag(sums)[present]] = np.nan
    return FullModel(coefficient / scale[:, None], residual, gain)


def _inverted(gram: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Invert, or pseudo-invert and name the units whose past depends on that of others."""
    try:
        factor = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError:
        factor = None
    if factor is not None and (np.diag(factor) ** 2).min() > SINGULAR:
        from scipy.linalg import lapack

        lower, _ = lapack.dpotri(factor, lower=1)
        return np.tril(lower) + np.tril(lower, -1).T, np.zeros(n, dtype=bool)
    value, vector = np.linalg.eigh(gram)
    null = value <= SINGULAR * len(gram)
    part = (np.abs(vector[:, null]) > _PART).any(axis=1).reshape(-1, n).any(axis=0)
    keep = vector[:, ~null]
    return np.asarray(keep / value[~null] @ keep.T), part


def bayesian_order(sums: NDArray[np.float64], n: int, top: int, n_rows: int) -> int:
    """Find the order in 1 .. top whose regression of all units has the lowest Bayesian criterion.

    Parameters
    ----------
    sums : (n (top + 1), n (top + 1)) float64 array
        Of `lag_sums`.
    n, top : int, >= 1
    n_rows : int
        Samples predicted.

    Returns
    -------
    int
        0 if a regression is singular.

    Notes
    -----
    n_rows log det(residual covariance) + order n^2 log n_rows, on the same samples for all orders. The regressions are
    nested, so one Cholesky factor holds the residuals of all of them.

    References
    ----------
    Schwarz (1978), Ann Stat 6:461.
    """
    turn = np.concatenate([np.arange(n, len(sums)), np.arange(n)])
    scale = np.sqrt(np.maximum(np.diag(sums), np.finfo(float).tiny))
    ordered = (sums / scale / scale[:, None])[np.ix_(turn, turn)]
    try:
        factor = np.linalg.cholesky(ordered)
    except np.linalg.LinAlgError:
        return 0
    if (np.diag(factor) ** 2).min() <= SINGULAR:
        return 0
    left = factor[top * n :]
    cost = []
    for p in range(1, top + 1):
        rest = left[:, p * n :]
        cost.append(n_rows * np.linalg.slogdet(rest @ rest.T)[1] + p * n * n * np.log(n_rows))
    return 1 + int(np.argmin(cost))
