"""Spike time tiling: coupling of two spike trains that does not follow from their rates.

References
----------
Cutts, Eglen (2014), J Neurosci 34:14288.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay.data import Events, Recording
from interplay.infer.edges import (
    Correction,
    Keep,
    PairValues,
    assemble,
    frozen_bounds,
    ordered_map,
    pair_index,
    place_windows,
    require_choice,
    watched,
)
from interplay.infer.results import NetworkResult
from interplay.infer.significance import Moved, NullTally, Tail, blocks, combine
from interplay.infer.spike_windows import SpikeWindow, spikes_of
from interplay.ops import tiling as sweep
from interplay.ops import tiling_coefficient as pairs
from interplay.ops.surrogates import jitter_into, shift_into, shifts, stream_state
from interplay.stats.coincidences import coincidence_floor

_NULLS = {"circular_shift": "circular_shift", "jitter": "interval_jitter"}
_LONGEST_S = 2.0**18


@dataclass(frozen=True, kw_only=True)
class SpikeTiling:
    """Spike time tiling coefficient of all pairs, per window.

    For units A and B, with P_A the share of A's spikes that have a spike of B within the lag, and T_A the share of the
    window within the lag of a spike of A::

        STTC = 1/2 [ (P_A - T_B) / (1 - P_A T_B) + (P_B - T_A) / (1 - P_B T_A) ]

    It is 0 on average for independent trains whatever their rates, 1 for equal trains, negative for trains that avoid
    each other; negative values are kept.

    Parameters
    ----------
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts; windows lie inside observed intervals and never cross a gap.
    lag_s : float, s, > 0
        Two spikes coincide if ``|t_a - t_b| <= lag_s``. A gap that exceeds it by less than 2^-31 s counts as equal, for
        such an excess is rounding.
    surrogates : int, >= 0
        How many surrogates test every pair; 0 tests nothing.
    null : {"circular_shift", "jitter"}
        Surrogate trains, made inside each window: every train shifted around the window by its own amount, or every
        spike redrawn inside its own bin of width `jitter_s`.
    jitter_s : float, s, > 0
        Bin of the interval jitter; it must be wider than the timing that is tested.
    tail : {"counted", "fitted"}
        P-values below ``1 / (1 + surrogates)``: none, or from a Pearson III law with the first three moments of the
        pair's null (`interplay.stats.tails`), but none below what rare coincidences can support
        (`interplay.stats.coincidences`).
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window; decides what `keep` keeps. Stored p-values are never corrected.
    keep : {"all", "significant"}
        "all" stores every pair of units that fired.
    directed : bool
        Count only following spikes: source spikes with a target spike in (0, lag], target spikes with a source spike as
        shortly before; tiles reach from a source spike forward and from a target spike backward.
    bounds : (S, 2) float array, s, or None
        Explicit windows in place of sliding ones, by non-decreasing start, each inside one observed interval.
    seed : int
        Of the surrogates.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Notes
    -----
    A term whose P T = 1 is 1. Tiles are cut at the window's edges, and spikes outside the window do not count. A unit
    without a spike in a window is not `present` there: its coefficients are undefined, not zero. Two spikes at the same
    time are two spikes.

    The p-value of a pair is ``(1 + #{|null| >= |observed|}) / (1 + m)``, two-sided, unless `tail` continues it. Of
    circular shifts, m counts those that move the pair apart by at least twice the lag: shifted alike, it would be the
    data again.

    Deviation: times are taken relative to the window's start in ticks of 2^-44 s; where the clock cannot tell a time
    from a whole third of a nanosecond, that is taken. So results do not drift with absolute time, up to what double
    precision resolves (2^-31 s within 24 days of the origin).

    Time O(E N / 64 + N^2) per window and surrogate, memory 6 N^2 bytes per thread beside the result.

    References
    ----------
    Cutts, Eglen (2014), J Neurosci 34:14288, equation 1. Benjamini, Hochberg (1995). Amarasingham et al. (2012) for
    interval jitter.

    Examples
    --------
    >>> from interplay import Events
    >>> spikes = Events.from_trains([[1.0, 2.0, 3.0], [1.01, 2.01, 3.01]], span=(0.0, 10.0))
    >>> SpikeTiling(window_s=10, step_s=10).fit(spikes).snapshots.matrix(0).round(3).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    window_s: float = 60.0
    step_s: float = 30.0
    lag_s: float = 0.05
    surrogates: int = 0
    null: Literal["circular_shift", "jitter"] = "circular_shift"
    jitter_s: float = 0.5
    tail: Tail = "counted"
    alpha: float = 0.05
    correction: Correction = "benjamini_hochberg"
    keep: Keep = "all"
    directed: bool = False
    bounds: ArrayLike | None = None
    seed: int = 0
    jobs: int = 1

    def __post_init__(self) -> None:
        require_setting("window_s", self.window_s, above=0, most=_LONGEST_S)
        require_setting("step_s", self.step_s, above=0)
        require_setting("lag_s", self.lag_s, above=0, most=_LONGEST_S)
        require_setting("surrogates", self.surrogates, least=0)
        require_setting("jitter_s", self.jitter_s, above=0)
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("jobs", self.jobs, least=1)
        require_choice("null", self.null, tuple(_NULLS))
        require_choice("tail", self.tail, ("counted", "fitted"))
        require_choice("correction", self.correction, ("benjamini_hochberg", "none"))
        require_choice("keep", self.keep, ("all", "significant"))
        if self.keep == "significant" and not self.surrogates:
            raise ConfigError('`keep="significant"` must come with `surrogates` > 0, got 0. Set, say, surrogates=200.')
        object.__setattr__(self, "bounds", frozen_bounds(self.bounds))

    def fit(self, data: Recording | Events, *, progress: Progress | None = None) -> NetworkResult:
        """Measure every pair in every window.

        Parameters
        ----------
        data : Recording or Events
            A recording must have spikes.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        NetworkResult
            Undirected, or directed from source to target.

        Raises
        ------
        DataError
            If there are no spikes to look at, or no window fits into observed time.
        """
        events, observed = spikes_of(data)
        bounds = place_windows(observed, self.bounds, self.window_s, self.step_s)  # type: ignore[arg-type]
        rows = self._windows(events, bounds)
        snapshots = assemble(
            watched(rows, len(bounds), progress),
            bounds,
            events.n_units,
            directed=self.directed,
            keep=self.keep,
            alpha=self.alpha,
            correction=self.correction,
        )
        return NetworkResult(
            config=self,
            made_from=data.digest,
            seed=self.seed if self.surrogates else None,
            notes=self._notes(snapshots.present),
            citations=self._citations(),
            snapshots=snapshots,
            method="tiling",
            quantity=f"{'directed ' if self.directed else ''}spike time tiling coefficient, in [-1, 1]",
        )

    def _windows(self, events: Events, bounds: NDArray[np.float64]) -> Iterator[PairValues]:
        tasks = [SpikeWindow.cut(s, events, start, stop) for s, (start, stop) in enumerate(bounds)]
        # Threads share out the windows; where these are too few, each window is shared out in parts.
        inner = self.jobs if self.jobs > len(tasks) else 1
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            if inner > 1:
                assert pool is not None
                yield from (self._window(task, inner, pool.map) for task in tasks)
            else:
                yield from ordered_map(pool, lambda task: self._window(task, 1, map), tasks, 2 * self.jobs)

    def _window(self, task: SpikeWindow, parts: int, share: Callable[..., Iterable[Any]]) -> PairValues:
        near = self._near(task.ticks, task.unit, task, parts, share)
        observed, present = self._coefficients(near, task), near.size > 0
        if not self.surrogates:
            return PairValues(observed, present)
        tally = combine(share(lambda block: self._null(task, observed, block), blocks(self.surrogates)))
        pvalue = tally.pvalues(observed, self.tail)
        if self.tail == "fitted":
            pvalue = np.where(observed > 0, np.maximum(pvalue, self._floor(near, task)), pvalue)
        return PairValues(observed, present, pvalue)

    def _near(
        self, ticks: NDArray[np.int64], unit: NDArray[np.int32], task: SpikeWindow, parts: int, share: Any
    ) -> _Near:
        n, lag = task.n_units, round(self.lag_s * sweep.TICKS)
        cuts = np.linspace(0, len(ticks), parts + 1).astype(np.int64)

        def count(low: int, high: int) -> Any:
            return sum(share(lambda k: sweep.count_near(ticks, unit, n, low, high, cuts[k], cuts[k + 1]), range(parts)))

        if not self.directed:
            covered, size, bursts = sweep.cover(ticks, unit, n, task.length, lag, lag)
            hits = count(-lag - sweep.SLACK, lag + sweep.SLACK)
            return _Near(hits, hits, covered, covered, size, bursts, 2 * lag)
        after, size, bursts = sweep.cover(ticks, unit, n, task.length, 0, lag)
        before, _, _ = sweep.cover(ticks, unit, n, task.length, lag, 0)
        followed = count(sweep.SLACK + 1, lag + sweep.SLACK)
        preceded = count(-lag - sweep.SLACK, -sweep.SLACK - 1)
        return _Near(followed, preceded, before, after, size, bursts, lag)

    def _coefficients(self, near: _Near, task: SpikeWindow) -> NDArray[np.float64]:
        n = task.n_units
        out = np.empty(n * (n - 1) // (1 if self.directed else 2))
        if self.directed:
            pairs.directed(near.forth, near.back, near.size, near.source_tiles, near.target_tiles, task.length, out)
        else:
            pairs.undirected(near.forth, near.size, near.target_tiles, task.length, out)
        return out

    def _floor(self, near: _Near, task: SpikeWindow) -> NDArray[np.float64]:
        """Bound the p-values of pairs that are too sparse for a fitted law."""
        a, b = pair_index(task.n_units, self.directed)
        size, bursts = np.maximum(near.size, 1).astype(np.float64), np.maximum(near.bursts, 1).astype(np.float64)
        extent = np.maximum((near.source_tiles + near.target_tiles) / 2.0 / bursts - near.tile, 0.0)
        hits = np.stack([near.forth[a, b], near.back[b, a]]).astype(np.float64)
        # A burst meets what its first spike would meet, and within its extent every piece that begins there.
        chance = np.stack(
            [near.target_tiles[b] + bursts[b] * extent[a], near.source_tiles[a] + bursts[a] * extent[b]]
        ) / float(task.length)
        return coincidence_floor(hits, np.stack([size[a], size[b]]), np.stack([bursts[a], bursts[b]]), chance)

    def _null(self, task: SpikeWindow, observed: NDArray[np.float64], block: range) -> NullTally:
        """Hold some surrogates against the observed values."""
        tally = NullTally.empty(len(observed))
        times, pointer = task.grouped()
        length_s = task.length / sweep.TICKS
        state = stream_state(self.seed, _NULLS[self.null])
        still = np.zeros(task.n_units)
        guard = 2 * self.lag_s if self.null == "circular_shift" else 0.0
        moved = np.empty_like(times)
        ticks, unit = np.empty(len(times), dtype=np.int64), np.empty(len(times), dtype=np.int32)
        bucket = np.empty(len(times) + 2, dtype=np.int64)
        for k in block:
            index = (task.ordinal << 32) | int(k)
            shift = still
            if self.null == "circular_shift":
                shift_into(times, pointer, 0.0, length_s, state, index, moved)
                shift = shifts(self.seed, index, task.n_units) * length_s
            else:
                jitter_into(times, pointer, 0.0, length_s, self.jitter_s, state, index, moved)
            pairs.merge_sorted(sweep.to_ticks(moved, 0.0, 0.0), pointer, task.length, ticks, unit, bucket)
            null = self._coefficients(self._near(ticks, unit, task, 1, map), task)
            tally.add(observed, null, pairs.TIE, Moved(shift, length_s, guard), directed=self.directed)
        return tally

    def _notes(self, present: NDArray[np.bool_]) -> tuple[str, ...]:
        notes = []
        silent = ~present
        if silent.any():
            notes.append(
                f"{int(silent.any(axis=0).sum())} of {present.shape[1]} units are silent in at least one window and "
                "absent there: their coefficients are undefined, not zero."
            )
        if self.surrogates and self.keep == "significant" and self.tail == "counted":
            notes.append(
                f"With {self.surrogates} surrogates no p-value is below {1 / (1 + self.surrogates):.2g}; weak edges "
                "need more surrogates to survive a correction over many pairs."
            )
        return tuple(notes)

    def _citations(self) -> tuple[str, ...]:
        keys = ["cutts2014tiling"]
        if self.surrogates and self.null == "jitter":
            keys.append("amarasingham2012jitter")
        if self.surrogates and self.tail == "fitted":
            keys += ["winkler2016faster", "knijnenburg2009fewer"]
        if self.keep == "significant" and self.correction == "benjamini_hochberg":
            keys.append("benjamini1995fdr")
        return tuple(keys)


class _Near(NamedTuple):
    """Counts and coverage of one window, from which every coefficient follows.

    `forth[a, b]` counts spikes of `a` near `b`, `back[b, a]` spikes of `b` near `a`; without a direction both are one
    table. `target_tiles` and `source_tiles` are the unions that these counts are compared with, in ticks; `tile` is the
    length of a single tile.
    """

    forth: NDArray[np.int32]
    back: NDArray[np.int32]
    target_tiles: NDArray[np.int64]
    source_tiles: NDArray[np.int64]
    size: NDArray[np.int64]
    bursts: NDArray[np.int64]
    tile: int
