"""Signals of regions out of the voxels of a volume, and what confounds explain taken out of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.io.guard import foreign

#: Bytes of a volume, in double precision, that are read at once.
_BLOCK = 1 << 28


def region_means(
    path: Path, image: Any, region: NDArray[np.int64], names: Sequence[str], notes: list[str]
) -> NDArray[np.float64]:
    """Average every moment of a volume over regions.

    Parameters
    ----------
    path : Path
        For messages.
    image : nibabel image
        (X, Y, Z, T).
    region : (X, Y, Z) int64 array
        Region of every voxel, in [0, R), or -1.
    names : sequence of str
        Of the R regions.
    notes : list of str
        What is left out or missing is added.

    Returns
    -------
    (T, R) float64 array
        NaN for a region without a voxel. A voxel that is not finite throughout counts nowhere.
    """
    n, flat = len(names), region.ravel(order="F")
    inside, lost = np.flatnonzero(flat >= 0), 0
    while True:
        owner = flat[inside]
        count = np.bincount(owner, minlength=n)
        sums, good = _sums(path, image, inside, owner, n)
        if good.all():
            break
        lost += int((~good).sum())
        inside = inside[good]
    if lost:
        notes.append(f"{path.name}: {lost} voxel(s) are not finite throughout and were left out")
    absent = np.flatnonzero(count == 0)
    if len(absent):
        notes.append(
            f"{path.name}: {len(absent)} region(s) of the atlas have no voxel and are NaN, as {names[absent[0]]!r}"
        )
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _sums(
    path: Path, image: Any, inside: NDArray[np.int64], owner: NDArray[np.int64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    total = image.shape[3]
    step = max(1, _BLOCK // (8 * int(np.prod(image.shape[:3]))))
    sums, good = np.empty((total, n)), np.ones(len(inside), dtype=bool)
    for k in range(0, total, step):
        with foreign(str(path)):
            block = np.asarray(image.dataobj[..., k : k + step])
        for t in range(block.shape[3]):
            with np.errstate(invalid="ignore"):  # a voxel that is no number is told below
                frame = block[..., t].ravel(order="F")[inside].astype(np.float64)
            good &= np.isfinite(frame)
            sums[k + t] = np.bincount(owner, weights=frame, minlength=n)
    return sums, good


def without_confounds(signals: NDArray[np.float64], confounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the part of signals away that confounds explain linearly, around the mean of each signal.

    Parameters
    ----------
    signals : (T, R) float64 array
        A region that is missing, NaN throughout, stays so.
    confounds : (T, C) float64 array
        Constant ones explain nothing.

    Returns
    -------
    (T, R) float64 array
    """
    there = np.isfinite(signals).all(axis=0)
    centred = confounds - confounds.mean(axis=0)
    size = np.abs(centred).max(axis=0, initial=0.0)
    centred = centred[:, size > 0] / size[size > 0]
    base = signals[:, there].mean(axis=0)
    slope = np.linalg.lstsq(centred, signals[:, there] - base, rcond=None)[0]
    out = signals.copy()
    out[:, there] -= centred @ slope
    return out
