"""What a circuit is fitted to: the state of every unit before each step, and what the step then aimed at.

Both kinds of recording obey one equation. Over a step of length h, with a = exp(-h / tau),

    x(t + h) = a x(t) + (1 - a) y,    E[y | past] = mean of phi(W x + u) over the step

so y is known from two samples of a trace, and for spikes, whose filtered train x decays between them, y is the spike
count over h. During the step x moves from its start toward what it is driven to, v = phi(W x + u): its mean is

    k x(t) + (1 - k) v

with k = (1 - a) tau / h for spikes (counted evenly), and k = a h / ((1 - a) tau) for traces (counted by what is left of
it at the step's end). What a fit needs of y are its sums with x. For spikes these can also be had without a mean: each
spike is paired with the trains that it finds, whenever in the step it comes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series
from interplay.data.splits import windows

Floats = NDArray[np.float64]
Bounds = tuple[tuple[float, float], ...] | None

#: A time this share of a step before an edge lies on the edge; sums of steps round.
_EDGE = 1e-6
#: A spike this long (s) before the edge of a bin lies on the edge: times of spikes are decimal, edges are sums.
_SLACK_S = 2.0**-31
#: Samples of a trace further apart than this many median steps are not neighbours.
_GAP = 1.5


@dataclass(frozen=True, eq=False, slots=True)
class Spikes:
    """The spikes of all steps in order of time.

    Attributes
    ----------
    time, unit, step : (E,) float64, int64 and int64 arrays
    tau_s, width_s : float, s
    """

    time: Floats
    unit: NDArray[np.int64]
    step: NDArray[np.int64]
    tau_s: float
    width_s: float


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """Every usable step of a recording.

    Attributes
    ----------
    time : (T,) float64 array, s
        Start of each step, never decreasing.
    state : (T, N) float64 array
        k x(t) above; x(t) where `spikes` is given.
    target : (T, N) float64 array
        y above.
    moved : (T,) float64 array
        1 - k above.
    bounds : (S, 2) float64 array, s
    low, high : (S,) int64 arrays
        Window s holds the steps ``low[s]:high[s]``.
    mean : (S, N) float64 array
        Mean rate of each unit in each window.
    notes : tuple of str
    spikes : Spikes or None
        Where each is paired with the trains that it finds.
    """

    time: Floats
    state: Floats
    target: Floats
    moved: Floats
    bounds: Floats
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    mean: Floats
    notes: tuple[str, ...] = ()
    spikes: Spikes | None = None

    def crosses(self, edges: NDArray[np.int64]) -> Floats | None:
        """Sum y x' over blocks of steps, (K, N, N + 1), spike by spike; None without `spikes`."""
        if self.spikes is None:
            return None
        from interplay.ops.rate_spikes import spike_crosses

        n = self.state.shape[1]
        out = np.zeros((len(edges) - 1, n, n + 1))
        s = self.spikes
        a, b = np.searchsorted(s.step, (edges[0], edges[-1]))
        spike_crosses(s.time[a:b], s.unit[a:b], s.step[a:b], self.time, self.state, s.tau_s, edges, out)
        return out / s.width_s


def steps_of(
    recording: Recording,
    units: NDArray[np.int64],
    signal: str,
    *,
    tau_s: float,
    bin_s: float | None,
    bounds: Bounds,
    window_s: float,
    step_s: float,
    paired: bool = False,
) -> Steps:
    """Cut a recording into steps and windows.

    Parameters
    ----------
    recording : Recording
    units : (N,) int64 array
    signal : {"spikes", "traces"}
    tau_s : float, s, > 0
    bin_s : float, s, > 0, or None
        Step for spikes; None: tau_s / 3.
    bounds : S pairs (start, stop), s, or None
        Each inside one observed interval.
    window_s, step_s : float, s
        Of sliding windows, where `bounds` is None.
    paired : bool
        Whether every spike is paired with the trains that it finds.

    Returns
    -------
    Steps

    Raises
    ------
    DataError
        If a window leaves observed time or none fits.
    ConfigError
        If a bin, or the step between samples, is longer than `tau_s`.
    """
    edges = _place(recording, bounds, window_s, step_s)
    if signal == "traces":
        assert recording.traces is not None
        return _traced(recording.traces.select(units.tolist()), tau_s, edges)
    assert recording.events is not None
    width = tau_s / 3 if bin_s is None else bin_s
    if width > tau_s * (1 + _EDGE):
        raise ConfigError(
            f"`bin_s` must not exceed `tau_s`={tau_s:g} s, got {width:g} s: what a spike does would be over within "
            "its bin. Shorten the bin."
        )
    events = recording.events.select(units.tolist())
    return _binned(events, recording.observed.bounds, tau_s, width, edges, paired=paired)


def _place(recording: Recording, bounds: Bounds, window_s: float, step_s: float) -> Floats:
    observed = recording.observed
    if bounds is None:
        return windows(observed, window_s, step_s)
    edges = np.array(bounds)
    owner = np.searchsorted(observed.start, edges[:, 0] + _EDGE, side="right") - 1
    inside = (owner >= 0) & (edges[:, 1] <= observed.stop[owner] + _EDGE)
    if not inside.all():
        k = int(np.argmin(inside))
        raise DataError(
            f"`bounds` must lie inside observed time, each in one interval: bounds[{k}]={tuple(edges[k].tolist())} "
            "does not. Outside, silence is not an observation; shorten or drop the window."
        )
    return edges


def _traced(traces: Series, tau_s: float, edges: Floats) -> Steps:
    if traces.dt_s > tau_s * (1 + _EDGE):
        raise ConfigError(
            f"`tau_s` must be at least the step between samples, {traces.dt_s:g} s, got {tau_s:g} s: faster dynamics "
            "leave no trace in these samples. Raise `tau_s`."
        )
    values = np.asarray(traces.values, dtype=np.float64)
    step = np.diff(traces.time)
    near = (step > 0) & (step <= _GAP * traces.dt_s)
    known = np.asarray(~np.isnan(values).any(axis=1))
    keep = near & known[:-1] & known[1:]
    lost = int(near.sum() - keep.sum())
    notes: tuple[str, ...] = ()
    if lost:
        notes = (f"{lost} of {int(near.sum())} steps were left out: a fitted unit's sample is NaN there.",)
    # A step belongs to a window if both of its samples do.
    place = np.concatenate([[0], np.cumsum(keep)])
    first, stop = np.searchsorted(traces.time, edges - _EDGE * traces.dt_s).T
    low = place[first]
    high = np.maximum(place[np.clip(stop - 1, 0, len(step))], low)
    decay = np.exp(-step[keep] / tau_s)
    before, after = values[:-1][keep], values[1:][keep]
    target = (after - decay[:, None] * before) / (1 - decay)[:, None]
    kept = decay * step[keep] / ((1 - decay) * tau_s)
    nothing = np.full(values.shape[1], np.nan)
    mean = np.array([before[a:b].mean(axis=0) if b > a else nothing for a, b in zip(low, high, strict=True)])
    return Steps(traces.time[:-1][keep], kept[:, None] * before, target, 1 - kept, edges, low, high, mean, notes)


def _binned(events: Events, observed: Floats, tau_s: float, width: float, edges: Floats, *, paired: bool) -> Steps:
    from interplay.ops.rate_spikes import leaky_sums

    decay = float(np.exp(-width / tau_s))
    kept = (1 - decay) * tau_s / width
    time, state, target, place = [], [], [], []
    n, before, whole = events.n_units, 0, []
    for start, stop in observed:
        size = int(np.floor((stop - start) / width + _EDGE))
        a, b = np.searchsorted(events.time, (start, start + size * width))
        step = ((events.time[a:b] - start + _SLACK_S) / width).astype(np.int64)
        step = np.minimum(step, max(size - 1, 0))
        flat = step * n + events.unit[a:b]
        until = np.maximum((step + 1) * width - (events.time[a:b] - start), 0.0)
        counts = np.bincount(flat, minlength=size * n)[: size * n].reshape(size, n)
        arrived = np.bincount(flat, np.exp(-until / tau_s) / tau_s, minlength=size * n)[: size * n].reshape(size, n)
        found = np.zeros((size, n))
        leaky_sums(arrived, decay, found)
        time.append(start + width * np.arange(size))
        state.append(found)
        target.append(counts / width)
        place.append(step + before)
        whole.append(slice(a, b))
        before += size
    moments = np.concatenate(time)
    low = np.searchsorted(moments, edges[:, 0] - _EDGE * width)
    high = np.searchsorted(moments + width, edges[:, 1] + _EDGE * width, side="right")
    mean = np.asarray(events.counts(edges) / np.diff(edges, axis=1))
    high = np.maximum(high, low)
    x, y = np.concatenate(state), np.concatenate(target)
    if not paired:
        return Steps(moments, x * kept, y, np.full(len(x), 1 - kept), edges, low, high, mean)
    spikes = Spikes(
        np.concatenate([events.time[part] for part in whole]),
        np.concatenate([events.unit[part] for part in whole]).astype(np.int64),
        np.concatenate(place),
        tau_s,
        width,
    )
    return Steps(moments, x, y, np.full(len(x), 1 - kept), edges, low, high, mean, spikes=spikes)
