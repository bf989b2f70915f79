"""Monosynaptic coupling from cross-correlograms: sharp peaks and troughs at short positive lags.

References
----------
Stark, Abeles (2009), J Neurosci Methods 179:90. English et al. (2017), Neuron 96:505.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Events, Recording, Snapshots
from interplay.infer.correlogram_gallery import best_correlograms
from interplay.infer.correlogram_law import tested_bins
from interplay.infer.correlogram_results import CorrelogramResult
from interplay.infer.correlogram_windows import FoundPairs, measured_window
from interplay.infer.edges import (
    Correction,
    Keep,
    PairValues,
    assemble,
    frozen_bounds,
    ordered_map,
    place_windows,
    require_choice,
    watched,
)
from interplay.infer.spike_windows import SpikeWindow, spikes_of
from interplay.stats.false_discovery import benjamini_hochberg

#: Below this many expected coincidences their complete absence is no evidence (e^-3 = 0.05).
_FEW = 3.0


@dataclass(frozen=True, kw_only=True)
class CrossCorrelogram:
    """Short-latency excess or lack of coincidences of every ordered pair, per window.

    The coincidences at lags from `low_s` to `high_s` after a spike of the source are held against a smooth baseline
    from the other lags of the same correlogram. The weight is the excess per spike of the source: spikes gained
    (excitation, above zero) or lost (inhibition).

    Parameters
    ----------
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts; windows lie inside observed intervals and never cross a gap.
    bin_s : float, s, > 0
        Width of a bin of lag. Bin 0 is centred on zero lag; it is never tested and never part of the baseline, for
        spike sorting distorts it.
    low_s, high_s : float, s, 0 < low_s <= high_s
        Bins whose centres lie in between are tested.
    reach_s : float, s, > high_s
        Centre of the last bin.
    baseline_s : float, s, > 0
        Standard deviation of the Gaussian that weighs the other lags. Structure much wider than this is followed by the
        baseline; a peak of about its width is taken for coupling.
    statistic : {"sum", "extreme"}
        Test all tested bins together, or each and take the one least likely, corrected for their number.
    surrogates : int, >= 0
        With 0, p-values come from the law of counts; else from so many surrogates.
    null : {"jitter", "circular_shift"}
        Every spike redrawn inside its own interval of `jitter_s`, or every train shifted around the window.
    jitter_s : float, s, > 0
        Interval of the jitter; wider than the latencies that are tested.
    electrodes : (N,) int array or None
        Electrode of each unit. Between units of one electrode lags up to `dead_s` are not looked at, for a sorter
        cannot see two spikes at once.
    dead_s : float, s, >= 0
        See `electrodes`.
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window; decides `kind` and what `keep` keeps. Stored p-values are never corrected.
    keep : {"all", "significant"}
        "all" stores every pair of units that fired.
    gallery : int, >= 0
        How many correlograms of the most significant edges the result carries.
    bounds : (S, 2) float array, s, or None
        Explicit windows in place of sliding ones, by non-decreasing start, each inside one observed interval.
    seed : int
        Of the surrogates.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Notes
    -----
    The baseline at a tested bin is a Gaussian mean over the other lags without the zero bin and without the tested
    bins of either direction, each scaled by the triangle of fewer pairs at longer lags. The published test hollows
    the Gaussian by 60 % at the bin itself; we hollow it fully over all tested bins, so that a synapse raises neither
    its own baseline nor that of the opposite direction, where it would look like inhibition. It then takes the count
    as Poisson, half the probability of equality on either side (continuity correction). We add that the baseline is
    estimated from few counts (`correlogram_law.count_pvalues`): without it, sparse pairs come out significant too
    often. P-values are two-sided. The law takes counts as Poisson: of cells that burst it calls too much significant
    (at 0.001, seven to eight times the level); take circular shifts there.

    A peak just beyond `high_s` raises the baseline and leaves a trough at the tested lags. `kind` therefore asks more
    than a small p-value: that the lags before zero alone, and those after alone, confirm the sign at `alpha` (one side
    of the law, uncorrected). Our addition; the notes count the edges it leaves out.

    With surrogates, the standardised excess of each surrogate comes from its own baseline; the p-value is twice the
    share at least as extreme in the direction of the weight. A unit without a spike in a window is not `present`. A
    pair of one electrode whose tested bins all lie within `dead_s` has no value.

    Time proportional to the coincidences within reach, plus N^2 for each lag; memory 4 N^2 bytes for each bin of one
    side and window in work, and 8 bytes times 20 per pair and window for the result.

    References
    ----------
    Perkel, Gerstein, Moore (1967), Biophys J 7:419. Stark, Abeles (2009), J Neurosci Methods 179:90, equation 5 for the
    law of counts. English et al. (2017), Neuron 96:505. Amarasingham et al. (2012) for interval jitter.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Events
    >>> a = np.arange(0.5, 59, 0.5)
    >>> spikes = Events.from_trains([a, np.append(a + 0.002, a + 0.1)], span=(0.0, 60.0))
    >>> result = CrossCorrelogram().fit(spikes)
    >>> result.snapshots.matrix(0).round(3).tolist(), float(result.latency_s[0])
    ([[0.0, 1.0], [0.0, 0.0]], 0.002)
    """

    window_s: float = 60.0
    step_s: float = 30.0
    bin_s: float = 0.001
    low_s: float = 0.001
    high_s: float = 0.005
    reach_s: float = 0.05
    baseline_s: float = 0.01
    statistic: Literal["sum", "extreme"] = "sum"
    surrogates: int = 0
    null: Literal["jitter", "circular_shift"] = "jitter"
    jitter_s: float = 0.02
    electrodes: ArrayLike | None = None
    dead_s: float = 0.001
    alpha: float = 0.05
    correction: Correction = "benjamini_hochberg"
    keep: Keep = "all"
    gallery: int = 12
    bounds: ArrayLike | None = None
    seed: int = 0
    jobs: int = 1

    def __post_init__(self) -> None:
        for name in ("window_s", "step_s", "bin_s", "low_s", "baseline_s", "jitter_s"):
            require_setting(name, getattr(self, name), above=0)
        require_setting("high_s", self.high_s, least=self.low_s)
        require_setting("reach_s", self.reach_s, above=self.high_s)
        require_setting("dead_s", self.dead_s, least=0)
        require_setting("surrogates", self.surrogates, least=0, whole=True)
        require_setting("gallery", self.gallery, least=0, whole=True)
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("jobs", self.jobs, least=1, whole=True)
        require_choice("statistic", self.statistic, ("sum", "extreme"))
        require_choice("null", self.null, ("jitter", "circular_shift"))
        require_choice("correction", self.correction, ("benjamini_hochberg", "none"))
        require_choice("keep", self.keep, ("all", "significant"))
        bins = tested_bins(self.bin_s, self.low_s, self.high_s)
        if len(bins) == 0 or bins[0] < 1:
            raise ConfigError(
                f"`low_s` to `high_s` must hold the centre of a bin other than zero, got {self.low_s:g} to "
                f"{self.high_s:g} s with bins of {self.bin_s:g} s. Shorten `bin_s`."
            )
        if self.electrodes is not None:
            object.__setattr__(
                self, "electrodes", tuple(Shapes().array("electrodes", self.electrodes, "N", "int").tolist())
            )
        object.__setattr__(self, "bounds", frozen_bounds(self.bounds))

    def lawful(self) -> bool:
        """Say whether these settings give p-values without surrogates: the law of counts always does."""
        return True

    def fit(self, data: Recording | Events, *, progress: Progress | None = None) -> CorrelogramResult:
        """Measure every ordered pair in every window.

        Parameters
        ----------
        data : Recording or Events
            A recording must have spikes.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        CorrelogramResult

        Raises
        ------
        DataError
            If there are no spikes to look at, no window fits into observed time, a window is shorter than the reach, or
            `electrodes` does not name one electrode per unit.
        """
        events, observed = spikes_of(data)
        bounds = place_windows(observed, self.bounds, self.window_s, self.step_s)  # type: ignore[arg-type]
        group = self._group(events.n_units)
        self._require_room(bounds)
        tasks = [SpikeWindow.cut(s, events, start, stop) for s, (start, stop) in enumerate(bounds)]
        found: list[FoundPairs] = []

        def rows() -> Iterator[PairValues]:
            for each in self._windows(tasks, group):
                found.append(each)
                yield PairValues(each.weight, each.present, each.pvalue)

        snapshots = assemble(
            watched(rows(), len(bounds), progress),
            bounds,
            events.n_units,
            directed=True,
            keep=self.keep,
            alpha=self.alpha,
            correction=self.correction,
        )
        edges = _Edges.take(found, snapshots)
        departs = self._kind(snapshots)
        kind = np.where(edges.clear, departs, 0).astype(np.int8)
        return CorrelogramResult(
            config=self,
            made_from=data.digest,
            seed=self.seed if self.surrogates else None,
            notes=self._notes(snapshots, edges, int((departs != kind).sum())),
            citations=self._citations(),
            snapshots=snapshots,
            method="correlogram",
            quantity="spikes of the target gained or lost per spike of the source, >= -1 where rates are low",
            kind=kind,
            latency_s=edges.latency_s,
            observed=edges.observed,
            expected=edges.expected,
            gallery=best_correlograms(self, tasks, snapshots, group),
        )

    def _group(self, n_units: int) -> NDArray[np.int8]:
        if self.electrodes is None:
            return np.zeros((n_units, n_units), dtype=np.int8)
        own = np.asarray(self.electrodes)
        if len(own) != n_units:
            raise DataError(
                f"`electrodes` must name one electrode for each of {n_units} units, got {len(own)}. Give one integer "
                "per unit."
            )
        return np.asarray(own[:, None] == own, dtype=np.int8)

    def _require_room(self, bounds: NDArray[np.float64]) -> None:
        short = bounds[:, 1] - bounds[:, 0] <= self.reach_s
        if short.any():
            s = int(np.argmax(short))
            raise DataError(
                f"every window must be longer than `reach_s`={self.reach_s:g} s: window {s} is "
                f"{bounds[s, 1] - bounds[s, 0]:g} s long. Lengthen `window_s` or shorten `reach_s`."
            )

    def _windows(self, tasks: list[SpikeWindow], group: NDArray[np.int8]) -> Iterator[FoundPairs]:
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            if len(tasks) < self.jobs:
                # Too few windows to share out: each is shared out in parts.
                yield from (measured_window(self, task, group, pool) for task in tasks)
            else:
                yield from ordered_map(pool, lambda task: measured_window(self, task, group, None), tasks, self.jobs)

    def _kind(self, snapshots: Snapshots) -> NDArray[np.int8]:
        assert snapshots.pvalues is not None
        kind = np.zeros(len(snapshots.src), dtype=np.int8)
        for a, b in zip(snapshots.pointer[:-1], snapshots.pointer[1:], strict=True):
            p = snapshots.pvalues[a:b]
            passes = self.keep == "significant" or self.correction == "none"
            adjusted = p if passes else benjamini_hochberg(p)
            kind[a:b] = np.where(adjusted <= self.alpha, np.sign(snapshots.weight[a:b]), 0)
        return kind

    def _notes(self, snapshots: Snapshots, edges: _Edges, unclear: int) -> tuple[str, ...]:
        notes = []
        silent = ~snapshots.present
        if silent.any():
            notes.append(
                f"{int(silent.any(axis=0).sum())} of {snapshots.n_nodes} units are silent in at least one window and "
                "absent there: their correlograms are undefined, not zero."
            )
        few = int((edges.expected < _FEW).sum())
        if few:
            notes.append(
                f"{few} of {len(edges.expected)} edges expect fewer than {_FEW:g} coincidences at the tested lags: "
                "there no inhibition can be seen, and excitation only where it is strong. Lengthen `window_s`."
            )
        if unclear:
            notes.append(
                f"{unclear} edges depart significantly from the baseline, but the lags before or the lags after do not "
                "confirm it by themselves: their `kind` is 0, and their weight's sign says little. A peak or a trough "
                "beyond `high_s` does this; raise `high_s`, or look at the gallery."
            )
        if self.electrodes is not None:
            notes.append(f"Between units of one electrode, lags up to {self.dead_s:g} s are not looked at.")
        if self.surrogates and self.keep == "significant":
            notes.append(
                f"With {self.surrogates} surrogates no p-value is below {2 / (1 + self.surrogates):.2g}; weak edges "
                "need more surrogates to survive a correction over many pairs."
            )
        return tuple(notes)

    def _citations(self) -> tuple[str, ...]:
        keys = ["perkel1967correlograms", "stark2009unbiased", "english2017synapses"]
        if self.surrogates and self.null == "jitter":
            keys.append("amarasingham2012jitter")
        if self.correction == "benjamini_hochberg":
            keys.append("benjamini1995fdr")
        return tuple(keys)


class _Edges(NamedTuple):
    """The same for the edges that were kept, window after window."""

    latency_s: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    clear: NDArray[np.bool_]

    @classmethod
    def take(cls, found: list[FoundPairs], snapshots: Snapshots) -> _Edges:
        place = snapshots.src * (snapshots.n_nodes - 1) + snapshots.dst - (snapshots.dst > snapshots.src)
        cuts = [slice(a, b) for a, b in zip(snapshots.pointer[:-1], snapshots.pointer[1:], strict=True)]
        parts = [[getattr(row, name)[place[cut]] for row, cut in zip(found, cuts, strict=True)] for name in cls._fields]
        return cls(*(np.concatenate(part) for part in parts))
