"""Values per unit on one row of samples, and where each window lies in it: traces as they are, spikes in bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer.edges import place_windows

Bounds = tuple[tuple[float, float], ...] | None

#: A sample this share of a step before a window's edge lies on the edge; sums of steps round.
_EDGE = 1e-6
#: A spike this long (s) before the edge of a bin lies on the edge; see `interplay.ops.tiling.SLACK`.
_SLACK_S = 2.0**-31
_FEWEST = 3
#: A unit whose values lie within this share of their size says nothing but how it was rounded.
_ROUNDING = 64 * 2.0**-52


@dataclass(frozen=True, eq=False, slots=True)
class Samples:
    """What a sample-based method works on.

    Attributes
    ----------
    values : (T, N) float64 array
        Finite; where `missing`, the unit's mean.
    missing : (T + 1, N) int64 array or None
        How many samples were NaN before each sample; None if none was.
    bounds : (S, 2) float64 array, s
    low, high : (S,) int64 arrays
        Window s holds the samples ``low[s]:high[s]``.
    notes : tuple of str
    """

    values: NDArray[np.float64]
    missing: NDArray[np.int64] | None
    bounds: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def complete(self, s: slice) -> NDArray[np.bool_]:
        """Tell which units have no missing sample in some windows, (K, N) bool."""
        if self.missing is None:
            return np.ones((len(self.low[s]), self.values.shape[1]), dtype=bool)
        return np.asarray(self.missing[self.high[s]] == self.missing[self.low[s]])

    def usable(self, s: int, test_wise: bool) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Give the samples of window s, (T_w, N), and which units are complete and vary in it, (N,) bool.

        With `test_wise`, missing samples are NaN, and a unit need vary over the others only. To vary is to spread by
        more than 64 roundings of the largest value.
        """
        low, high = int(self.low[s]), int(self.high[s])
        x = self.values[low:high]
        if test_wise and self.missing is not None and not (whole := self.complete(slice(s, s + 1))[0]).all():
            gone = np.diff(self.missing[low : high + 1], axis=0) > 0
            first = x[np.argmin(gone, axis=0), np.arange(len(whole))]
            apart = np.where(gone, 0.0, np.abs(x - first)).max(axis=0)
            return np.where(gone, np.nan, x), apart > _ROUNDING * np.abs(first)
        if len(x) == 0:
            return x, np.zeros(x.shape[1], dtype=bool)
        top, bottom = x.max(axis=0), x.min(axis=0)
        varies = top - bottom > _ROUNDING * np.maximum(np.abs(top), np.abs(bottom))
        return x, self.complete(slice(s, s + 1))[0] & varies


def sample(
    data: Recording | Events,
    bin_s: float | None,
    bounds: Bounds,
    window_s: float,
    step_s: float,
    *,
    test_wise: bool = False,
) -> Samples:
    """Take the traces where `bin_s` is None, else count spikes in bins of `bin_s` seconds.

    Parameters
    ----------
    data : Recording or Events
    bin_s : float, s, > 0, or None
    bounds : S pairs (start, stop), s, or None
    window_s, step_s : float, s
    test_wise : bool
        Whether a unit with missing samples stays; only says so in the notes.

    Returns
    -------
    Samples

    Raises
    ------
    DataError
        If what is asked for is not in `data`, or a window holds fewer than three samples.
    ConfigError
        If windows do not hold a whole number of bins.
    """
    if bin_s is not None:
        events = data if isinstance(data, Events) else data.events
        if events is None:
            raise DataError("`data` must hold spikes when `bin_s` is set, got traces only. Leave `bin_s` unset.")
        observed = Intervals.single(*data.span) if isinstance(data, Events) else data.observed
        found = _binned(events, observed, bin_s, bounds, window_s, step_s)
    elif isinstance(data, Events) or data.traces is None:
        raise DataError("`data` must hold traces when `bin_s` is unset, got spikes only. Set `bin_s`, say bin_s=0.05.")
    else:
        found = _traced(data.traces, data.observed, bounds, window_s, step_s, test_wise)
    size = found.high - found.low
    if (size < _FEWEST).any():
        s = int(np.argmax(size < _FEWEST))
        raise DataError(
            f"every window must hold at least {_FEWEST} samples: window {s}, {tuple(found.bounds[s].tolist())} s, "
            f"holds {size[s]}. Lengthen `window_s`, shorten `bin_s`, or mark the gap in `observed`."
        )
    return found


def _traced(
    traces: Series, observed: Intervals, bounds: Bounds, window_s: float, step_s: float, test_wise: bool
) -> Samples:
    edges = place_windows(observed, bounds, window_s, step_s)
    low, high = np.searchsorted(traces.time, edges - _EDGE * traces.dt_s).T
    values = np.ascontiguousarray(traces.values, dtype=np.float64)
    gone = np.isnan(values)
    if not gone.any():
        return Samples(values, None, edges, low, high)
    known = np.maximum((~gone).sum(axis=0), 1)
    values = np.where(gone, np.where(gone, 0.0, values).sum(axis=0) / known, values)
    missing = np.concatenate([np.zeros((1, values.shape[1]), dtype=np.int64), np.cumsum(gone, axis=0)])
    t, c = (int(k) for k in np.argwhere(gone)[0])
    assert traces.names is not None
    fate = (
        "each pair is measured on the samples that both units have"
        if test_wise
        else "a unit is absent from every window with such a sample"
    )
    note = (
        f"{int(gone.sum())} samples in {int(gone.any(axis=0).sum())} of {values.shape[1]} units are NaN (the first: "
        f"unit {traces.names[c]!r} at {traces.time[t]:g} s); {fate}."
    )
    return Samples(values, missing, edges, low, high, (note,))


def _binned(
    events: Events, observed: Intervals, bin_s: float, bounds: Bounds, window_s: float, step_s: float
) -> Samples:
    edges = place_windows(observed, bounds, window_s, step_s)
    if bounds is None:
        _require_whole("window_s", window_s, bin_s)
        _require_whole("step_s", step_s, bin_s)
        grids = observed.bounds
    else:
        grids = edges
    sizes = np.floor((grids[:, 1] - grids[:, 0]) / bin_s + _EDGE).astype(np.int64)
    if bounds is not None:
        for k, (start, stop) in enumerate(edges):
            _require_whole(f"bounds[{k}]", stop - start, bin_s)
    first = np.concatenate([[0], np.cumsum(sizes)])
    counts = [count_bins(events, start, bin_s, size) for (start, _), size in zip(grids, sizes, strict=True)]
    owner = np.arange(len(edges)) if bounds is not None else np.searchsorted(grids[:, 0], edges[:, 0], "right") - 1
    low = first[owner] + np.rint((edges[:, 0] - grids[owner, 0]) / bin_s).astype(np.int64)
    high = low + np.rint((edges[:, 1] - edges[:, 0]) / bin_s).astype(np.int64)
    return Samples(np.concatenate(counts), None, edges, low, high)


def _require_whole(name: str, length: float, bin_s: float) -> None:
    ratio = length / bin_s
    if abs(ratio - round(ratio)) > _EDGE or round(ratio) < 1:
        raise ConfigError(
            f"`{name}` must be a whole multiple of `bin_s`={bin_s:g} s, got a length of {length:g} s. Change either."
        )


def spikes_between(events: Events, start: float, stop: float) -> tuple[int, int]:
    """Find the spikes ``a:b`` in [start, stop) seconds; one just before an edge lies on it.

    So of two windows that share an edge, exactly one has each spike, however the edge was rounded. After the end of
    `events` comes no window, and what lies just before it stays.
    """
    last = stop >= events.span[1] - _SLACK_S
    a, b = np.searchsorted(events.time, (start - _SLACK_S, stop if last else stop - _SLACK_S))
    return int(a), int(b)


def count_bins(events: Events, start: float, bin_s: float, n_bins: int) -> NDArray[np.float64]:
    """Count spikes in half-open bins from `start`, (n_bins, N); a spike just before an edge lies on it."""
    a, b = spikes_between(events, start, start + n_bins * bin_s)
    place = np.floor((events.time[a:b] - start + _SLACK_S) / bin_s).astype(np.int64)
    # Sums round, and a spike just before the end of all may come to lie behind the last bin.
    flat = np.clip(place, 0, n_bins - 1) * events.n_units + events.unit[a:b]
    return np.bincount(flat, minlength=n_bins * events.n_units).reshape(n_bins, events.n_units).astype(np.float64)
