"""One window of a correlogram network: every ordered pair's excess at the tested lags, its latency and p-value."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from interplay.infer.correlogram_counts import following, lags_within
from interplay.infer.correlogram_gallery import LagSettings
from interplay.infer.correlogram_law import LagWeights, count_pvalues, dead_bins, lag_weights, tested_bins
from interplay.infer.edges import ordered_map, pair_index
from interplay.infer.significance import NullTally, blocks, combine
from interplay.infer.spike_windows import SpikeWindow, surrogate_window
from interplay.ops.correlogram import weigh_lags
from interplay.ops.tiling import TICKS

_TIE = 1e-9


class WindowSettings(LagSettings, Protocol):
    """The settings of a `CrossCorrelogram` that shape a test."""

    @property
    def statistic(self) -> str:
        """All tested bins together, or the one least likely."""

    @property
    def surrogates(self) -> int:
        """How many."""

    @property
    def null(self) -> Literal["jitter", "circular_shift"]:
        """What a surrogate keeps."""

    @property
    def jitter_s(self) -> float:
        """Interval of the jitter."""

    @property
    def alpha(self) -> float:
        """What "significant" means."""

    @property
    def seed(self) -> int:
        """Of the surrogates."""

    @property
    def jobs(self) -> int:
        """Threads."""


class FoundPairs(NamedTuple):
    """What one window gives, one entry per ordered pair; `present` per unit.

    Attributes
    ----------
    weight : (P,) float64 array
        Excess per spike of the source.
    present : (N,) bool array
    pvalue : (P,) float64 array
    latency_s, observed, expected : (P,) float64 arrays
    clear : (P,) bool array
        Whether p <= `alpha`, and the lags before zero alone, and those after alone, confirm the sign at that level.
    """

    weight: NDArray[np.float64]
    present: NDArray[np.bool_]
    pvalue: NDArray[np.float64]
    latency_s: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    clear: NDArray[np.bool_]


class _Tested(NamedTuple):
    """Counts of every pair and test, their expectation, and its variance; (P, B) each."""

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    spread: NDArray[np.float64]

    def standardised(self, per_count: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the excess in standard deviations; the constant keeps pairs without a baseline finite."""
        z: NDArray[np.float64] = (self.observed - self.expected) / np.sqrt(
            self.expected + self.spread + 0.5 * per_count
        )
        return z


def measured_window(
    settings: WindowSettings, task: SpikeWindow, group: NDArray[np.int8], pool: Executor | None
) -> FoundPairs:
    """Measure and test all ordered pairs of one window.

    Parameters
    ----------
    settings : CrossCorrelogram
    task : SpikeWindow
    group : (N, N) int8 array
        1 for pairs on one electrode.
    pool : Executor or None
        Shares the window out in parts.

    Returns
    -------
    FoundPairs
    """
    bins = tested_bins(settings.bin_s, settings.low_s, settings.high_s)
    dead, n_lags = dead_bins(settings.bin_s, settings.dead_s), lags_within(settings.bin_s, settings.reach_s)
    weights = lag_weights(n_lags, settings.bin_s, bins, dead, settings.baseline_s, task.length / TICKS)
    counts = _counts(settings, task, n_lags, pool)
    tested = _weighed(counts, group, weights)
    size = np.bincount(task.unit, minlength=task.n_units)
    present = size > 0
    src, dst = pair_index(task.n_units, True)
    apart = tested.observed - tested.expected
    needed = slice(-1, None) if settings.statistic == "sum" else slice(None)
    seen, mean, spread = (part[:, needed] for part in tested)
    upper, lower = count_pvalues(seen, mean, spread, weights.per_count[needed])
    two_sided = np.minimum(2 * np.minimum(upper, lower), 1.0)
    pair = np.arange(len(src))
    each = np.full(len(src), len(bins))
    pvalue = two_sided[:, -1]
    looked: NDArray[np.bool_] = np.asarray(weights.inside[:, :-1].any(axis=2))[group[src, dst]]
    if settings.statistic == "extreme":
        each = np.argmin(two_sided[:, :-1], axis=1)
        # A bin that is not looked at has no count and no baseline, hence a p-value of 1.
        tests = np.maximum(looked.sum(axis=1), 1)
        pvalue = -np.expm1(tests * np.log1p(-np.minimum(two_sided[pair, each], 1 - 1e-16)))
    excess = apart[pair, each]
    usable = present[src] & present[dst] & looked.any(axis=1)
    weight = np.where(usable, excess / np.maximum(size[src], 1), np.nan)
    if settings.surrogates:
        pvalue = _by_surrogates(settings, task, group, weights, tested, excess, pool)
    toward = np.where(looked, np.where(excess < 0, -1.0, 1.0)[:, None] * apart[:, :-1], -np.inf)
    latency = bins[np.argmax(toward, axis=1) if settings.statistic == "sum" else each] * settings.bin_s
    expected, observed = tested.expected[pair, each], tested.observed[pair, each]
    clear = np.zeros(len(src), dtype=bool)
    # Only pairs that can be significant are asked.
    asked = np.flatnonzero(usable & (pvalue <= settings.alpha))
    column = each if settings.statistic == "extreme" else np.zeros_like(each)
    place = (asked, column[asked])
    clear[asked] = _clear(counts, group, weights, needed, place, excess[asked], settings.alpha)
    return FoundPairs(weight, present, np.where(usable, pvalue, np.nan), latency, observed, expected, clear)


def _counts(settings: WindowSettings, task: SpikeWindow, n_lags: int, pool: Executor | None) -> NDArray[np.int32]:
    counts = np.zeros((task.n_units, task.n_units, n_lags), dtype=np.int32)
    following(task, settings.bin_s, n_lags, counts, pool, settings.jobs if pool is not None else 1)
    return counts


def _weighed(counts: NDArray[np.int32], group: NDArray[np.int8], weights: LagWeights) -> _Tested:
    n, tests = len(counts), weights.inside.shape[1]
    out = _Tested(*(np.empty((max(n * (n - 1), 0), tests)) for _ in range(3)))
    inside, ahead, behind = (
        np.ascontiguousarray(w.transpose(0, 2, 1)) for w in (weights.inside, weights.ahead, weights.behind)
    )
    weigh_lags(counts, group, inside, ahead, behind, out.observed, out.expected, out.spread)
    return out


def _clear(
    counts: NDArray[np.int32],
    group: NDArray[np.int8],
    weights: LagWeights,
    needed: slice,
    place: tuple[NDArray[np.int64], NDArray[np.int64]],
    excess: NDArray[np.float64],
    alpha: float,
) -> NDArray[np.bool_]:
    """Say of the pairs and tests at `place` whether the lags after zero alone, and those before, confirm the excess.

    A peak just beyond the tested lags raises the common baseline, beside which what lies within looks like a trough;
    the other side knows nothing of it. A side without lags of its own has no say.
    """
    clear = np.ones(len(excess), dtype=bool)
    total = weights.inside[:, needed].sum(axis=2, keepdims=True)
    for k, own in enumerate((weights.ahead[:, needed], weights.behind[:, needed])):
        whole = own.sum(axis=2, keepdims=True)
        side = own * np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
        ahead, behind = (side, np.zeros_like(side)) if k == 0 else (np.zeros_like(side), side)
        per_count = np.divide(
            (side[0] ** 2).sum(axis=1), side[0].sum(axis=1), out=np.ones(side.shape[1]), where=whole[0, :, 0] > 0
        )
        tested = _weighed(counts, group, LagWeights(weights.inside[:, needed], ahead, behind, per_count))
        seen, mean, spread = (part[place] for part in tested)
        upper, lower = count_pvalues(seen, mean, spread, per_count[place[1]])
        src, dst = pair_index(len(counts), True)
        silent = (whole <= 0)[:, :, 0][group[src, dst][place[0]], place[1]]
        clear &= silent | (np.where(excess > 0, upper, lower) <= alpha)
    return clear


def _by_surrogates(
    settings: WindowSettings,
    task: SpikeWindow,
    group: NDArray[np.int8],
    weights: LagWeights,
    tested: _Tested,
    excess: NDArray[np.float64],
    pool: Executor | None,
) -> NDArray[np.float64]:
    up = excess >= 0
    n_lags = weights.inside.shape[2]

    def statistic(found: _Tested) -> NDArray[np.float64]:
        per = found.standardised(weights.per_count)
        per = per[:, -1:] if settings.statistic == "sum" else per[:, :-1]
        toward: NDArray[np.float64] = np.where(up, per.max(axis=1), -per.min(axis=1))
        return np.asarray(np.maximum(toward, 0.0))

    held = statistic(tested)

    def block(draws: range) -> NullTally:
        tally = NullTally.empty(len(held))
        for k in draws:
            moved, how = surrogate_window(
                task, settings.null, k, seed=settings.seed, jitter_s=settings.jitter_s, guard_s=2 * settings.reach_s
            )
            drawn = statistic(_weighed(_counts(settings, moved, n_lags, None), group, weights))
            tally.add(held, drawn, _TIE, how, directed=True)
        return tally

    tally = combine(ordered_map(pool, block, blocks(settings.surrogates), 2 * settings.jobs))
    return np.asarray(np.minimum(2 * tally.pvalues(held, "counted"), 1.0))
