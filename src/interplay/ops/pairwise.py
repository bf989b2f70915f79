"""Pearson correlation of all pairs on the samples that both units have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: A variance below this share of the energy it is the difference of is computed directly.
_CANCELLED = 1e-6


def pairwise_pearson(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Correlate every pair of columns on the rows where neither is NaN.

    Parameters
    ----------
    x : (T, n) float64 array
        NaN where a sample is missing.

    Returns
    -------
    correlation : (n, n) float64 array, in [-1, 1]
        1 on the diagonal; NaN where a pair has fewer than three rows in common, or a unit is constant over them.
    joint : (n, n) int64 array
        Rows in common.

    Notes
    -----
    Six matrix products, O(T n^2); pairs whose variance is all but lost to cancellation are computed one by one.
    """
    known = ~np.isnan(x)
    m = known.astype(np.float64)
    count = m.sum(axis=0)
    centre = np.where(known, x, 0.0).sum(axis=0) / np.maximum(count, 1.0)
    z = np.where(known, x - centre, 0.0)
    scale = np.sqrt((z * z).sum(axis=0) / np.maximum(count, 1.0))
    z /= np.where(scale > 0, scale, 1.0)
    joint = m.T @ m
    shared = np.maximum(joint, 1.0)
    total = z.T @ m
    energy = (z * z).T @ m
    variance = energy - total * total / shared
    product = z.T @ z - total * total.T / shared
    enough = joint >= 3
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip(product / np.sqrt(variance * variance.T), -1.0, 1.0)
    weak = variance <= _CANCELLED * np.maximum(energy, 1.0)
    r[~enough] = np.nan
    for i, j in np.argwhere(np.triu((weak | weak.T) & enough, 1)):
        r[i, j] = r[j, i] = _direct(x[known[:, i] & known[:, j]][:, [i, j]])
    np.fill_diagonal(r, 1.0)
    return r, joint.astype(np.int64)


def roll_known(x: NDArray[np.float64], draw: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Move the known values of every column around its own known rows; what is missing stays where it is.

    Parameters
    ----------
    x : (T, n) float64 array
        NaN where a sample is missing.
    draw : (n,) float64 array, in [0, 1)
        Share of its known samples that each column moves by.

    Returns
    -------
    moved : (T, n) float64 array
    shift : (n,) int64 array
        In known samples.
    """
    out, shift = np.full_like(x, np.nan), np.zeros(x.shape[1], dtype=np.int64)
    for c in range(x.shape[1]):
        known = np.flatnonzero(~np.isnan(x[:, c]))
        shift[c] = int(draw[c] * len(known))
        out[known, c] = np.roll(x[known, c], shift[c])
    return out, shift


def _direct(both: NDArray[np.float64]) -> float:
    if (both == both[0]).all(axis=0).any():
        return float("nan")
    d = both - both.mean(axis=0)
    d /= np.abs(d).max(axis=0)
    return float(np.clip(d[:, 0] @ d[:, 1] / np.sqrt((d[:, 0] @ d[:, 0]) * (d[:, 1] @ d[:, 1])), -1.0, 1.0))
