"""What is hidden in masked training: keyed by seed, stage, epoch and scan, whatever the batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.rng import stream


def count_hidden(share: float, among: int) -> int:
    """Give how many of so many are hidden: the nearest number, at least 1, and never all."""
    return min(max(1, round(share * among)), among - 1)


def hide_some(share: float, among: NDArray[np.bool_], seed: int, *key: int | str) -> NDArray[np.bool_]:
    """Hide a share of what is there.

    Parameters
    ----------
    share : float, in (0, 1)
    among : (K,) bool array
        What may be hidden; at least two.
    seed : int, >= 0
    *key : int or str
        Stage, epoch, scan.

    Returns
    -------
    (K,) bool array

    Raises
    ------
    DataError
        If there are fewer than two.
    """
    there = np.flatnonzero(among)
    if len(there) < 2:
        raise DataError(
            f"a scan must have at least two regions, to hide one and see one, got {len(there)}. Leave out scans that "
            "have fewer."
        )
    out = np.zeros(len(among), bool)
    chosen = stream(seed, "mask", *key).permutation(len(there))[: count_hidden(share, len(there))]
    out[there[chosen]] = True
    return out


def hide_samples(share: float, n_regions: int, n_times: int, seed: int, *key: int | str) -> NDArray[np.bool_]:
    """Hide the same number of samples of every region, each drawn for itself, (R, T) bool."""
    order = stream(seed, "mask", *key).random((n_regions, n_times)).argpartition(count_hidden(share, n_times), axis=1)
    out = np.zeros((n_regions, n_times), bool)
    np.put_along_axis(out, order[:, : count_hidden(share, n_times)], True, axis=1)
    return out
