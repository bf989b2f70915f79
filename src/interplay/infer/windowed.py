"""Measures of pairs on samples: windows, threads, surrogates and edges for all; a method gives the arithmetic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.rng import stream, uniform
from interplay.data import Events, Recording
from interplay.infer.edges import (
    Correction,
    Keep,
    PairValues,
    assemble,
    frozen_bounds,
    noted,
    ordered_map,
    pair_index,
    require_choice,
    watched,
)
from interplay.infer.results import NetworkResult
from interplay.infer.samples import Samples, sample
from interplay.infer.significance import Moved, NullTally, Tail, blocks, combine
from interplay.ops.correlation_null import TIE, roll_into
from interplay.ops.pairwise import roll_known
from interplay.stats.coincidences import few_coincidences

Null = Literal["circular_shift", "phases"]

#: Largest departure of a sampling step from the median one, as a share of it.
_UNEVEN = 0.01
_FEW = (
    "of some pairs too few spikes coincide by chance for a fitted tail: their p-values are counted, and none is below "
    "1 / (1 + surrogates)"
)


class Measured(NamedTuple):
    """What a method finds in one window.

    Attributes
    ----------
    weight : (P,) float64 array
        In the order of `pair_index` over the units it was given; NaN where the pair has no value.
    pvalue : (P,) float64 array in [0, 1], or None
        By the method's own law, where it has one.
    note : str
        What a reader must know of this window; equal notes of several windows are told once, with their number.
    choice : object
        What was chosen by looking at the window (an order, a penalty): surrogates are measured with the same.
    """

    weight: NDArray[np.float64]
    pvalue: NDArray[np.float64] | None = None
    note: str = ""
    choice: Any = None


@dataclass(frozen=True, kw_only=True)
class WindowedMethod(ABC):
    """Settings that every windowed measure of samples shares; the methods themselves are final classes.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts; windows lie inside observed intervals and never cross a gap.
        With `bin_s`, whole multiples of it.
    surrogates : int, >= 0
        How many surrogates test every pair. With 0, p-values come from the method's own law, where it has one.
    null : {"circular_shift", "phases"}
        Every unit shifted around the window by its own whole number of samples, or given random phases of its own at
        every frequency (its power spectrum kept).
    tail : {"counted", "fitted"}
        P-values below ``1 / (1 + surrogates)``: none, or from a Pearson III law with the first three moments of the
        pair's null (`interplay.stats.tails`; of its square root, where weights are never negative). With `bin_s`, a
        pair whose spikes are so few that under ten coincidences are expected by chance, over all lags looked at, keeps
        counted p-values: no law fits such a null.
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window; decides what `keep` keeps. Stored p-values are never corrected.
    keep : {"all", "significant"}
        "all" stores every pair that has a value.
    bounds : (S, 2) float array, s, or None
        Explicit windows in place of sliding ones, by non-decreasing start, each inside one observed interval.
    seed : int
        Of the surrogates, and of what else the method draws.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    bin_s: float | None = None
    window_s: float = 60.0
    step_s: float = 30.0
    surrogates: int = 0
    null: Null = "circular_shift"
    tail: Tail = "counted"
    alpha: float = 0.05
    correction: Correction = "benjamini_hochberg"
    keep: Keep = "all"
    bounds: ArrayLike | None = None
    seed: int = 0
    jobs: int = 1

    #: Registered name.
    name: ClassVar[str]
    #: Whether i -> j and j -> i are different pairs.
    directed: ClassVar[bool] = False
    #: Whether only values above zero say "coupled": then a surrogate's value counts from zero upwards.
    one_sided: ClassVar[bool] = False
    #: Whether samples must be evenly spaced: all that knows lags or frequencies.
    even: ClassVar[bool] = False
    #: Whether the method gives p-values without surrogates.
    has_law: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.bin_s is not None:
            require_setting("bin_s", self.bin_s, above=0)
        require_setting("window_s", self.window_s, above=0)
        require_setting("step_s", self.step_s, above=0)
        require_setting("surrogates", self.surrogates, least=0, whole=True)
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("jobs", self.jobs, least=1, whole=True)
        require_choice("null", self.null, ("circular_shift", "phases"))
        require_choice("tail", self.tail, ("counted", "fitted"))
        require_choice("correction", self.correction, ("benjamini_hochberg", "none"))
        require_choice("keep", self.keep, ("all", "significant"))
        if self.keep == "significant" and not (self.surrogates or self.lawful()):
            raise ConfigError('`keep="significant"` must come with `surrogates` > 0, got 0. Set, say, surrogates=200.')
        object.__setattr__(self, "bounds", frozen_bounds(self.bounds))

    @abstractmethod
    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window.

        Parameters
        ----------
        x : (T_w, n) float64 array
            Samples of the units that are complete and vary in the window; not to be written to.
        dt_s : float, s
            Distance between samples.

        Returns
        -------
        Measured
            Undirected: P = n (n - 1) / 2, else n (n - 1).
        """

    @abstractmethod
    def quantity(self) -> str:
        """Say what a weight is, with its range."""

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is really used, as keys of `interplay.cite`."""
        return ()

    def least_samples(self, n_units: int) -> int:
        """Say how many samples a window with so many units needs."""
        return 3

    def lawful(self) -> bool:
        """Say whether these settings give p-values without surrogates."""
        return self.has_law

    def test_wise(self) -> bool:
        """Say whether `measure` is given units with missing samples, as NaN; otherwise they are absent."""
        return False

    def guard_samples(self) -> float:
        """Say how far two units must be shifted apart for a surrogate to count: further than the lags looked at."""
        return 1.0

    def measure_surrogate(self, x: NDArray[np.float64], dt_s: float, choice: Any) -> NDArray[np.float64]:
        """Measure a surrogate of a window, (P,) float64, holding what was chosen on the window itself."""
        return self.measure(x, dt_s).weight

    def fit(self, data: Recording | Events, *, progress: Progress | None = None) -> NetworkResult:
        """Measure every pair in every window.

        Parameters
        ----------
        data : Recording or Events
            Traces, or spikes together with `bin_s`.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        NetworkResult

        Raises
        ------
        DataError
            If what is asked for is not in `data`, a window holds too few samples, or its samples are unevenly spaced
            where the method knows lags.
        ConfigError
            If windows do not hold a whole number of bins.
        """
        samples = sample(data, self.bin_s, self.bounds, self.window_s, self.step_s, test_wise=self.test_wise())  # type: ignore[arg-type]
        dt_s = self._step(data, samples)
        n = samples.values.shape[1]
        said: Counter[str] = Counter()
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            rows = noted(self._rows(samples, dt_s, pool), said)
            snapshots = assemble(
                watched(rows, len(samples.bounds), progress),
                samples.bounds,
                n,
                directed=self.directed,
                keep=self.keep,
                alpha=self.alpha,
                correction=self.correction,
            )
        notes = samples.notes
        absent = ~snapshots.present
        if absent.any():
            notes += (
                f"{int(absent.any(axis=0).sum())} of {n} units are constant or incomplete in at least one window and "
                "absent there: their values are undefined, not zero.",
            )
        notes += tuple(f"{times} of {len(samples.bounds)} windows: {text}" for text, times in said.items())
        cited = self.citations()
        if self.surrogates and self.tail == "fitted":
            cited += ("winkler2016faster", "knijnenburg2009fewer")
        if self.keep == "significant" and self.correction == "benjamini_hochberg":
            cited += ("benjamini1995fdr",)
        return NetworkResult(
            config=self,
            made_from=data.digest,
            seed=self.seed if self.surrogates else None,
            notes=notes,
            citations=cited,
            snapshots=snapshots,
            method=self.name,
            quantity=self.quantity(),
        )

    def _step(self, data: Recording | Events, samples: Samples) -> float:
        if self.bin_s is not None:
            return self.bin_s
        assert isinstance(data, Recording)
        assert data.traces is not None
        dt_s = data.traces.dt_s
        if self.even:
            for s, (low, high) in enumerate(zip(samples.low, samples.high, strict=True)):
                steps = np.diff(data.traces.time[low:high])
                if np.abs(steps - dt_s).max(initial=0.0) > _UNEVEN * dt_s:
                    raise DataError(
                        f"`data` must be evenly sampled for `{self.name}`: in window {s}, "
                        f"{tuple(samples.bounds[s].tolist())} s, steps run from {steps.min():g} to {steps.max():g} s. "
                        "Resample the traces, or mark gaps in `observed`."
                    )
        return dt_s

    def _rows(self, samples: Samples, dt_s: float, pool: Executor | None) -> Iterator[PairValues]:
        windows = range(len(samples.bounds))
        if len(windows) < self.jobs and self.surrogates:
            # Too few windows to share out: share out the surrogates of each.
            return (self._window(samples, s, dt_s, pool) for s in windows)
        return ordered_map(pool, lambda s: self._window(samples, s, dt_s, None), windows, 2 * self.jobs)

    def _window(self, samples: Samples, s: int, dt_s: float, pool: Executor | None) -> PairValues:
        x, present = samples.usable(s, self.test_wise())
        n, least = int(present.sum()), self.least_samples(int(present.sum()))
        source, target = pair_index(len(present), self.directed)
        chosen = present[source] & present[target]
        weight = np.full(len(source), np.nan)
        tests = self.surrogates > 0 or self.lawful()
        pvalue = np.full(len(source), np.nan) if tests else None
        if n < 2:
            return PairValues(weight, present, pvalue)
        if len(x) < least:
            raise DataError(
                f"every window must hold at least {least} samples for `{self.name}` with {n} units: window {s}, "
                f"{tuple(samples.bounds[s].tolist())} s, holds {len(x)}. Lengthen `window_s`, shorten `bin_s`, or take "
                "fewer units."
            )
        own = np.ascontiguousarray(x[:, present])
        found = self.measure(own, dt_s)
        weight[chosen] = found.weight
        note = found.note
        if pvalue is not None and self.surrogates:
            pvalue[chosen], few = self._tested(own, found, dt_s, s, present, pool)
            note = "; ".join(part for part in (note, few) if part)
        elif pvalue is not None:
            # A window whose pairs no law can test says so in its note; 1 is "no evidence".
            pvalue[chosen] = found.pvalue if found.pvalue is not None else np.ones(len(found.weight))
        return PairValues(weight, present, pvalue, note)

    def _tested(
        self,
        x: NDArray[np.float64],
        found: Measured,
        dt_s: float,
        s: int,
        present: NDArray[np.bool_],
        pool: Executor | None,
    ) -> tuple[NDArray[np.float64], str]:
        unit = np.flatnonzero(present)
        held = self._counted(found.weight)
        # Weights that are never negative are squares at heart. Their roots have the same order and hardly any skew,
        # which is the moment that a hundred surrogates know least about.
        rooted = self.one_sided and self.tail == "fitted"
        level, tie = (np.sqrt(np.maximum(held - TIE, 0.0)), 0.0) if rooted else (held, TIE)

        def block(draws: range) -> NullTally:
            tally = NullTally.empty(len(held))
            for k in draws:
                moved, how = self._surrogate(x, s, k, unit)
                # A surrogate's pair without a value shows no coupling.
                null = np.nan_to_num(self._counted(self.measure_surrogate(moved, dt_s, found.choice)))
                tally.add(level, np.sqrt(null) if rooted else null, tie, how, directed=self.directed)
            return tally

        tally = combine(ordered_map(pool, block, blocks(self.surrogates), 2 * self.jobs))
        pvalue, note = tally.pvalues(level, self.tail), ""
        if self.tail == "fitted" and self.bin_s is not None:
            lags = max(self.guard_samples() - 1.0, 1.0)
            few = few_coincidences(x > 0, *pair_index(x.shape[1], self.directed), lags)
            pvalue = np.where(few, tally.pvalues(level, "counted"), pvalue)
            note = _FEW if few.any() else ""
        return np.where(np.isnan(held), np.nan, pvalue), note

    def _counted(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(weight, 0.0) if self.one_sided else weight

    def _surrogate(
        self, x: NDArray[np.float64], s: int, k: int, unit: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], Moved]:
        """Make surrogate k of window s; its draws hang on the units' own numbers."""
        if self.null == "circular_shift":
            draw = uniform(self.seed, "circular_shift_samples", (s << 32) | k, unit)
            if self.test_wise() and np.isnan(x).any():
                moved, shift = roll_known(x, draw)
            else:
                shift, moved = (draw * len(x)).astype(np.int64), np.empty_like(x)
                roll_into(x, shift, moved)
            return moved, Moved(shift.astype(np.float64), float(len(x)), self.guard_samples())
        coefficient = np.fft.rfft(x, axis=0)
        for column, u in enumerate(unit.tolist()):
            turn = stream(self.seed, "surrogate_phases", (s << 32) | k, u).uniform(0, 2 * np.pi, len(coefficient))
            # The mean, and of an even number of samples the fastest frequency, have no phase to turn.
            turn[0] = 0.0
            if len(x) % 2 == 0:
                turn[-1] = 0.0
            coefficient[:, column] *= np.exp(1j * turn)
        moved = np.fft.irfft(coefficient, n=len(x), axis=0)
        return moved, Moved(np.zeros(len(unit)), 1.0, 0.0)
