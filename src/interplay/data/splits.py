"""Windows over what was observed, and folds that keep the future and the neighbours of a test block out of training."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay.data.intervals import Intervals

#: Relative slack when a window must fit an interval: sums of steps in floating point may overshoot by this much.
_SLACK = 1e-9


def windows(observed: Intervals, window_s: float, step_s: float) -> NDArray[np.float64]:
    """Lay sliding windows into observed time; none crosses a gap and none is shorter than asked.

    Parameters
    ----------
    observed : Intervals
        Disjoint.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts.

    Returns
    -------
    (S, 2) float64 array, s
        Half-open windows. The first of each interval begins at its start.

    Raises
    ------
    DataError
        If no interval is as long as one window.
    """
    require_setting("window_s", window_s, above=0)
    require_setting("step_s", step_s, above=0)
    rows = []
    for start, stop in observed.bounds:
        count = int(np.floor((stop - start - window_s) / step_s * (1 + _SLACK) + _SLACK)) + 1
        if count > 0 and stop - start >= window_s * (1 - _SLACK):
            first = start + step_s * np.arange(count)
            rows.append(np.column_stack([first, np.minimum(first + window_s, stop)]))
    if not rows:
        longest = float((observed.stop - observed.start).max())
        raise DataError(
            f"`window_s`={window_s:g} must not exceed the longest observed interval, {longest:g} s. Shorten it."
        )
    return np.concatenate(rows)


def block_folds(
    bounds: ArrayLike, n_folds: int, *, gap_s: float = 0.0
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Cut windows into contiguous test blocks, and purge from training whatever overlaps the block in time.

    Parameters
    ----------
    bounds : (S, 2) float array, s
        Half-open windows, by non-decreasing start; they may overlap.
    n_folds : int, >= 2 and <= S
    gap_s : float, s, >= 0
        Training windows nearer than this to a test window are purged too.

    Returns
    -------
    list of (train, test) pairs of int64 index arrays
        Every window is tested once. A training window never shares a moment with a test window of its fold.
    """
    edges = Shapes().array("bounds", bounds, "S 2")
    require_setting("n_folds", n_folds, least=2, most=len(edges))
    require_setting("gap_s", gap_s, least=0)
    folds = []
    for test in np.array_split(np.arange(len(edges)), n_folds):
        low, high = edges[test, 0].min() - gap_s, edges[test, 1].max() + gap_s
        apart = (edges[:, 1] <= low) | (edges[:, 0] >= high)
        folds.append((np.flatnonzero(apart), test))
    return folds
