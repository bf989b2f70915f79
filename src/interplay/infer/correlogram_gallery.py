"""The correlograms behind the most significant edges, counted again for those pairs alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.infer.correlogram_counts import following, lags_within
from interplay.infer.correlogram_law import dead_bins, smooth_baseline, tested_bins
from interplay.infer.correlogram_results import CorrelogramGallery
from interplay.infer.spike_windows import SpikeWindow


class LagSettings(Protocol):
    """The settings of a `CrossCorrelogram` that shape a picture."""

    @property
    def bin_s(self) -> float:
        """Width of a bin."""

    @property
    def low_s(self) -> float:
        """Shortest lag tested."""

    @property
    def high_s(self) -> float:
        """Longest lag tested."""

    @property
    def reach_s(self) -> float:
        """Longest lag counted."""

    @property
    def baseline_s(self) -> float:
        """Width of the baseline."""

    @property
    def dead_s(self) -> float:
        """Lags not looked at between units of one electrode."""

    @property
    def gallery(self) -> int:
        """How many to show."""


def best_correlograms(
    settings: LagSettings, tasks: Sequence[SpikeWindow], snapshots: Snapshots, group: NDArray[np.int8]
) -> CorrelogramGallery:
    """Count the correlograms of the edges with the smallest p-values.

    Parameters
    ----------
    settings : LagSettings
    tasks : S SpikeWindow
    snapshots : Snapshots
        With p-values.
    group : (N, N) int8 array
        1 for pairs on one electrode.

    Returns
    -------
    CorrelogramGallery
        Ordered by p-value, then source, then target.
    """
    assert snapshots.pvalues is not None
    best = np.lexsort((snapshots.dst, snapshots.src, snapshots.pvalues))[: settings.gallery]
    window = np.searchsorted(snapshots.pointer, best, side="right") - 1
    n_lags = lags_within(settings.bin_s, settings.reach_s)
    counts = np.zeros((len(best), 2 * n_lags - 1), dtype=np.int64)
    baseline = np.full(counts.shape, np.nan)
    bins = tested_bins(settings.bin_s, settings.low_s, settings.high_s)
    dead = (0, dead_bins(settings.bin_s, settings.dead_s))
    share = [smooth_baseline(n_lags, settings.bin_s, bins, d, settings.baseline_s) for d in dead]
    for row, (edge, s) in enumerate(zip(best, window, strict=True)):
        i, j = snapshots.src[edge], snapshots.dst[edge]
        task = tasks[s]
        own = np.isin(task.unit, (i, j))
        pair = SpikeWindow(int(s), task.ticks[own], (task.unit[own] == j).astype(np.int32), 2, task.length)
        both = np.zeros((2, 2, n_lags), dtype=np.int32)
        following(pair, settings.bin_s, n_lags, both)
        counts[row] = np.concatenate([both[1, 0, :0:-1], [both[0, 1, 0] + both[1, 0, 0]], both[0, 1, 1:]])
        baseline[row] = share[group[i, j]] @ counts[row]
    return CorrelogramGallery(
        window=window,
        src=snapshots.src[best],
        dst=snapshots.dst[best],
        counts=counts,
        baseline=baseline,
        lag_s=np.asarray(np.arange(-n_lags + 1, n_lags) * settings.bin_s),
    )
