"""Runs of samples without a gap, for models that are fitted to all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay.data import Events, Intervals, Recording, windows
from interplay.infer.samples import count_bins

#: What a pooled model may be fitted to: one recording, or several of the same units.
Pooled = Recording | Events | Sequence[Recording | Events]

_EDGE = 1e-6
_UNEVEN = 0.01


@dataclass(frozen=True, eq=False, slots=True)
class SampleRuns:
    """Runs of evenly spaced samples.

    Attributes
    ----------
    values : tuple of K (T_k, N) float64 arrays
        Spike counts per bin, or traces; NaN where a trace was not measured.
    start_s : (K,) float64 array
        Of each run's first bin (its left edge) or sample.
    recording : (K,) int64 array
        Which recording each run is of.
    dt_s : float, s
    bounds : (S, 2) float64 array, s
        Windows the networks are reported in: of the one recording; where there are several, one window
        [0, summed duration).
    made_from : str
        Digest of the input.
    notes : tuple of str
    several : bool
        Whether several recordings were given, also where all runs that are left are of one.
    binned : bool
        Whether samples are bins, which last `dt_s`, and not points in time.
    """

    values: tuple[NDArray[np.float64], ...]
    start_s: NDArray[np.float64]
    recording: NDArray[np.int64]
    dt_s: float
    bounds: NDArray[np.float64]
    made_from: str
    notes: tuple[str, ...] = ()
    several: bool = False
    binned: bool = False

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return int(self.values[0].shape[1])

    @property
    def total(self) -> int:
        """Number of samples of all runs."""
        return sum(map(len, self.values))

    def in_window(self, s: int) -> Iterator[tuple[int, slice]]:
        """Name the runs, and the samples of each, that lie in reported window s; a bin with both its edges."""
        start, stop = self.bounds[s]
        for k, values in enumerate(self.values):
            if self.several:
                yield k, slice(0, len(values))
                continue
            first, last = (np.array([start, stop]) - self.start_s[k]) / self.dt_s
            # A bin that reaches past the window knows what comes after it.
            end = np.floor(last + _EDGE) if self.binned else np.ceil(last - _EDGE)
            low, high = max(int(np.ceil(first - _EDGE)), 0), min(int(end), len(values))
            if low < high:
                yield k, slice(low, high)


def sample_runs(
    data: Pooled,
    bin_s: float | None,
    *,
    window_s: float | None = None,
    step_s: float | None = None,
    epochs: str | None = None,
    least: int = 2,
) -> SampleRuns:
    """Cut recordings into runs of samples: one for each observed interval, or each epoch inside one.

    Parameters
    ----------
    data : Recording, Events, or a sequence of these
        Several must have the same number of units (the same units, in the same order) and the same step.
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width, from the start of each run; what is left
        at its end, shorter than a bin, is not used.
    window_s, step_s : float, s, > 0, or None
        Windows that the networks are reported in, as `interplay.data.windows` lays them; None means one window, the
        whole span. `step_s` None means `window_s`. Only for a single recording.
    epochs : str or None
        Name of the recording's epochs to cut to: each is a run, trials for example. Each must lie inside an observed
        interval.
    least : int, >= 1
        Runs with fewer samples are left out, and said.

    Returns
    -------
    SampleRuns

    Raises
    ------
    DataError
        If what is asked for is not in `data`, recordings do not match, samples are uneven, or no run is left.
    ConfigError
        If windows are asked for of several recordings.
    """
    several = [data] if isinstance(data, Recording | Events) else list(data)
    if not several:
        raise DataError("`data` must hold at least one recording, got none.")
    parts, start, owner, step, notes = [], [], [], [], []
    for r, one in enumerate(several):
        observed = Intervals.single(*one.span) if isinstance(one, Events) else one.observed
        pieces = _pieces(one, observed, epochs)
        found = [_counted(one, a, b, bin_s) if bin_s is not None else _traced(one, a, b) for a, b in pieces]
        short = sum(len(values) < least for values, _, _ in found)
        if short:
            notes.append(f"{short} of {len(found)} runs hold fewer than {least} samples and are left out.")
        for values, first, dt in found:
            if len(values) >= least:
                parts.append(values)
                start.append(first)
                step.append(dt)
                owner.append(r)
    if not parts:
        raise DataError(
            f"`data` must hold a run of at least {least} samples without a gap, got none. Shorten `bin_s`, or take a "
            "longer recording."
        )
    if len({values.shape[1] for values in parts}) > 1:
        raise DataError(
            f"`data` must be recordings of the same units, got {sorted({v.shape[1] for v in parts})} of them. Select "
            "the units that all have, in one order."
        )
    if max(step) - min(step) > _UNEVEN * min(step):
        raise DataError(
            f"`data` must be recordings of the same step, got {min(step):g} to {max(step):g} s. Resample them."
        )
    return SampleRuns(
        values=tuple(parts),
        start_s=np.array(start),
        recording=np.array(owner),
        dt_s=float(np.median(step)),
        bounds=_bounds(several, window_s, step_s),
        made_from=several[0].digest if len(several) == 1 else digest([one.digest for one in several]),
        notes=tuple(notes),
        several=len(several) > 1,
        binned=bin_s is not None,
    )


def _bounds(several: Sequence[Recording | Events], window_s: float | None, step_s: float | None) -> NDArray[np.float64]:
    if len(several) > 1:
        if window_s is not None:
            raise ConfigError(
                f"`window_s` must be left out for several recordings, got {window_s:g}: they have no clock in common. "
                "Decode each recording by itself."
            )
        return np.array([[0.0, sum(b - a for a, b in (one.span for one in several))]])
    (one,) = several
    if window_s is None:
        return np.array([one.span])
    observed = Intervals.single(*one.span) if isinstance(one, Events) else one.observed
    return windows(observed, window_s, window_s if step_s is None else step_s)


def _pieces(one: Recording | Events, observed: Intervals, epochs: str | None) -> NDArray[np.float64]:
    if epochs is None:
        return observed.bounds
    table = {} if isinstance(one, Events) else one.epochs
    if not table:
        raise DataError(f"`epochs` must name epochs of the recording, got {epochs!r}, and it holds none. Leave it out.")
    if epochs not in table:
        raise DataError(unknown_name("`epochs`", epochs, table))
    pieces = table[epochs].bounds
    owner = np.searchsorted(observed.start, pieces[:, 0] + _EDGE, side="right") - 1
    outside = (owner < 0) | (pieces[:, 1] > observed.stop[owner] + _EDGE)
    if outside.any():
        k = int(np.argmax(outside))
        raise DataError(
            f"`epochs` {epochs!r} must lie inside observed time, each in one interval: number {k}, "
            f"{tuple(pieces[k].tolist())} s, does not. Cut or drop it."
        )
    return pieces


def _counted(
    one: Recording | Events, start: float, stop: float, bin_s: float
) -> tuple[NDArray[np.float64], float, float]:
    events = one if isinstance(one, Events) else one.events
    if events is None:
        raise DataError(
            "`data` must hold spikes to be counted in bins of `bin_s`, got traces only. Give spikes; a method that "
            "reads traces too does so with bin_s=None."
        )
    n_bins = int(np.floor((stop - start) / bin_s + _EDGE))
    return count_bins(events, start, bin_s, n_bins), start, bin_s


def _traced(one: Recording | Events, start: float, stop: float) -> tuple[NDArray[np.float64], float, float]:
    if isinstance(one, Events) or one.traces is None:
        raise DataError("`data` must hold traces when `bin_s` is unset, got spikes only. Set `bin_s`, say bin_s=0.02.")
    traces = one.traces
    low, high = np.searchsorted(traces.time, np.array([start, stop]) - _EDGE * traces.dt_s)
    steps = np.diff(traces.time[low:high])
    if np.abs(steps - traces.dt_s).max(initial=0.0) > _UNEVEN * traces.dt_s:
        raise DataError(
            f"`data` must be evenly sampled: between {start:g} and {stop:g} s steps run from {steps.min():g} to "
            f"{steps.max():g} s. Resample the traces, or mark gaps in `observed`."
        )
    first = float(traces.time[low]) if low < high else start
    return np.ascontiguousarray(traces.values[low:high], dtype=np.float64), first, traces.dt_s
