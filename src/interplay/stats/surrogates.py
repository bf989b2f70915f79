"""Surrogate data: what is left of a recording when one kind of structure is taken away.

Every surrogate is made inside each observed interval by itself, so nothing moves into a gap or across one. Surrogate
`index` of one `seed` is always the same, whichever others are made: interval k of K uses the draws of
``index * K + k``.

| function | of | keeps | breaks |
|---|---|---|---|
| `circular_shift` | spikes, series | each train or channel, up to one seam per interval | alignment between units |
| `interval_jitter` | spikes | the exact count of every unit in every bin | timing finer than the bin |
| `dither` | spikes | counts; rates slower than the reach | timing finer than the reach, refractoriness |
| `isi_shuffle` | spikes | counts, first and last spike, the set of intervals | order of intervals, rates, alignment |
| `phase_randomise`, same phases | series | power and cross-spectra | changes over time |
| `phase_randomise`, independent | series | power spectra | coupling |
| `block_bootstrap`, same blocks | series | all that is shorter than a block | order of the blocks |
| `block_bootstrap`, independent | series | each channel within a block | coupling, order of the blocks |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import Events, Intervals, Series

_Same = Literal["same", "independent"]
#: (times, pointer, begin, end, index) -> new times, grouped as before.
_Maker = Callable[[NDArray[np.float64], NDArray[np.int64], float, float, int], NDArray[np.float64]]


@overload
def circular_shift(data: Events, *, observed: Intervals | None = ..., seed: int = ..., index: int = ...) -> Events: ...
@overload
def circular_shift(data: Series, *, observed: Intervals | None = ..., seed: int = ..., index: int = ...) -> Series: ...
def circular_shift(
    data: Events | Series, *, observed: Intervals | None = None, seed: int = 0, index: int = 0
) -> Events | Series:
    """Shift every unit by its own uniform amount, round and round inside each observed interval.

    Parameters
    ----------
    data : Events or Series
    observed : Intervals or None
        Disjoint; None means the whole span. Every event and sample must lie inside.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Events or Series
        Same units, span and times of sampling. Series are shifted by whole samples, missing ones (NaN) with them.

    Raises
    ------
    DataError
        If something lies outside `observed`, or the intervals overlap.

    Notes
    -----
    Keeps: each train with its autocorrelation and rate law, except at one seam per interval. Breaks: alignment between
    units and with everything else. Not valid where all units share a slow change of rate: the shift destroys that too,
    and shared drift is then taken for coupling. O(E) or O(T C).
    """
    if isinstance(data, Events):
        from interplay.ops import surrogates as kernels  # compiled code takes its time to import

        return _each_interval(
            data, observed, index, lambda t, p, a, b, i: kernels.circular_shift(t, p, a, b, seed=seed, index=i)
        )
    values = np.array(data.values)
    for cut, i in _runs(data, observed, index):
        rng = stream(seed, "series_shift", i)
        length = cut.stop - cut.start
        for channel, amount in enumerate(rng.integers(0, length, size=data.n_channels)):
            values[cut, channel] = np.roll(values[cut, channel], amount)
    return replace(data, values=values)


def interval_jitter(
    events: Events, *, width_s: float, observed: Intervals | None = None, seed: int = 0, index: int = 0
) -> Events:
    """Redraw every spike inside its own bin.

    Parameters
    ----------
    events : Events
    width_s : float, s, > 0
        Bins begin at the start of each observed interval; its last one is cut at the end.
    observed : Intervals or None
        Disjoint; None means the whole span.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Events

    Raises
    ------
    DataError
        If an event lies outside `observed`, or the intervals overlap.
    ConfigError
        If `width_s` is not positive.

    Notes
    -----
    Keeps: the exact count of every unit in every bin, hence all rates slower than the bin. Breaks: timing finer than
    the bin, refractoriness. Conditioning on the counts makes tests on it exact. O(E log E).

    References
    ----------
    Amarasingham, Harrison, Hatsopoulos, Geman (2012), J Neurophysiol 107:517.
    """
    from interplay.ops import surrogates as kernels

    require_setting("width_s", width_s, above=0)
    return _each_interval(
        events,
        observed,
        index,
        lambda t, p, a, b, i: kernels.interval_jitter(t, p, a, b, width_s=width_s, seed=seed, index=i),
    )


def dither(
    events: Events, *, reach_s: float, observed: Intervals | None = None, seed: int = 0, index: int = 0
) -> Events:
    """Move every spike by its own uniform amount in [-reach_s, reach_s), reflected at the ends of its interval.

    Parameters
    ----------
    events : Events
    reach_s : float, s, > 0
        In an interval shorter than this, the reach is the length of the interval.
    observed : Intervals or None
        Disjoint; None means the whole span.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Events

    Raises
    ------
    DataError
        If an event lies outside `observed`, or the intervals overlap.
    ConfigError
        If `reach_s` is not positive.

    Notes
    -----
    Keeps: counts per unit and interval, rates slower than the reach. Breaks: timing finer than the reach,
    refractoriness. O(E log E).
    """
    from interplay.ops import surrogates as kernels

    require_setting("reach_s", reach_s, above=0)
    return _each_interval(
        events,
        observed,
        index,
        lambda t, p, a, b, i: kernels.uniform_dither(t, p, a, b, reach_s=min(reach_s, b - a), seed=seed, index=i),
    )


def isi_shuffle(events: Events, *, observed: Intervals | None = None, seed: int = 0, index: int = 0) -> Events:
    """Put the intervals between a unit's spikes in random order.

    Parameters
    ----------
    events : Events
    observed : Intervals or None
        Disjoint; None means the whole span.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Events

    Raises
    ------
    DataError
        If an event lies outside `observed`, or the intervals overlap.

    Notes
    -----
    Keeps: counts, first and last spike, and the set of inter-spike intervals of every unit in every observed interval
    (to rounding). Breaks: the order of the intervals (bursting beyond pairs, rate changes) and alignment. O(E).
    """

    def shuffle(
        times: NDArray[np.float64], pointer: NDArray[np.int64], begin: float, end: float, i: int
    ) -> NDArray[np.float64]:
        out = np.array(times)
        for unit in range(len(pointer) - 1):
            train = out[pointer[unit] : pointer[unit + 1]]
            if len(train) > 2:
                steps = stream(seed, "isi_shuffle", i, unit).permutation(np.diff(train))
                train[1:-1] = np.minimum(train[0] + np.cumsum(steps[:-1]), train[-1])
        return out

    return _each_interval(events, observed, index, shuffle)


def phase_randomise(
    series: Series,
    *,
    phases: _Same = "same",
    observed: Intervals | None = None,
    seed: int = 0,
    index: int = 0,
) -> Series:
    """Give every frequency a random phase.

    Parameters
    ----------
    series : Series
        Evenly sampled inside each observed interval, without missing samples.
    phases : {"same", "independent"}
        The same turn for all channels keeps every cross-spectrum: a null for *changes* of coupling. Independent turns
        break them: a null for *coupling*.
    observed : Intervals or None
        Disjoint; None means the whole span.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Series

    Raises
    ------
    DataError
        On missing samples, uneven sampling, or samples outside `observed`.
    ConfigError
        If `phases` is unknown.

    Notes
    -----
    Keeps: mean, variance and power spectrum of each channel and interval. Breaks: everything that is not second-order
    and stationary; values become nearly Gaussian. The constant and, for even lengths, the highest frequency keep their
    phase so that the result is real. O(T C log T).

    References
    ----------
    Theiler, Eubank, Longtin, Galdrikian, Farmer (1992), Physica D 58:77. Prichard, Theiler (1994), PRL 73:951, for the
    same phases in all channels.
    """
    _require_choice("phases", phases)
    _require_complete(series)
    values = np.array(series.values, dtype=np.float64)
    for cut, i in _runs(series, observed, index):
        _require_even(series, cut)
        length = cut.stop - cut.start
        spectrum = np.fft.rfft(values[cut], axis=0)
        width = 1 if phases == "same" else series.n_channels
        turn = stream(seed, "phase_randomise", phases, i).uniform(0, 2 * np.pi, size=(len(spectrum), width))
        turn[0] = 0.0
        if length % 2 == 0:
            turn[-1] = 0.0
        values[cut] = np.fft.irfft(spectrum * np.exp(1j * turn), n=length, axis=0)
    return replace(series, values=values)


def block_bootstrap(
    series: Series,
    *,
    block_s: float,
    blocks: _Same = "same",
    observed: Intervals | None = None,
    seed: int = 0,
    index: int = 0,
) -> Series:
    """Rebuild a series from stretches of itself, drawn with replacement.

    Parameters
    ----------
    series : Series
        Missing samples (NaN) travel with their block.
    block_s : float, s, > 0
        Length of a stretch, in whole samples of `dt_s`; cut to the interval where that is shorter.
    blocks : {"same", "independent"}
        The same stretches for all channels keep their coupling; independent ones break it.
    observed : Intervals or None
        Disjoint; None means the whole span.
    seed : int
    index : int, >= 0
        Which surrogate.

    Returns
    -------
    Series

    Raises
    ------
    DataError
        If a sample lies outside `observed`, or the intervals overlap.
    ConfigError
        If `block_s` is not positive or `blocks` is unknown.

    Notes
    -----
    Blocks wrap around inside their interval, so every sample is equally likely. Keeps: the law of the values, and
    dependence shorter than a block. Breaks: order beyond a block. O(T C).

    References
    ----------
    Politis, Romano (1992), circular block resampling.
    """
    _require_choice("blocks", blocks)
    require_setting("block_s", block_s, above=0)
    values = np.array(series.values)
    for cut, i in _runs(series, observed, index):
        length = cut.stop - cut.start
        size = int(np.clip(round(block_s / series.dt_s), 1, length)) if series.dt_s > 0 else 1
        width = 1 if blocks == "same" else series.n_channels
        first = stream(seed, "block_bootstrap", blocks, i).integers(0, length, size=(-(-length // size), width))
        rows = ((first[:, None, :] + np.arange(size)[None, :, None]) % length).reshape(-1, width)[:length]
        values[cut] = np.take_along_axis(values[cut], np.broadcast_to(rows, values[cut].shape), axis=0)
    return replace(series, values=values)


def _require_choice(name: str, value: str) -> None:
    if value not in ("same", "independent"):
        raise ConfigError(unknown_name(f"choice of `{name}`", value, ("same", "independent")))


def _require_complete(series: Series) -> None:
    missing = np.isnan(series.values)
    if missing.any():
        t, c = (int(k) for k in np.argwhere(missing)[0])
        raise DataError(
            f"`series` must have no missing samples, but values[{t}, {c}] is NaN ({int(missing.sum())} in all). Cut "
            "the gap out of `observed` and of the series, or use `circular_shift`."
        )


def _require_even(series: Series, cut: slice) -> None:
    step = np.diff(series.time[cut])
    if len(step) and not (np.abs(step - np.median(step)) <= 0.01 * np.median(step)).all():
        k = int(np.argmax(np.abs(step - np.median(step))))
        raise DataError(
            f"`series` must be evenly sampled inside each observed interval: the step after sample {cut.start + k} is "
            f"{step[k]:g} s, the median {np.median(step):g} s. Resample it, or name the gap in `observed`."
        )


def _bounds(data: Events | Series, observed: Intervals | None) -> NDArray[np.float64]:
    if observed is None:
        return np.array([data.span])
    if len(observed) == 0 or not observed.disjoint:
        raise DataError("`observed` must hold at least one interval and no overlaps. Merge the intervals first.")
    hidden = ~observed.covers(data.time)
    if hidden.any():
        k = int(np.argmax(hidden))
        raise DataError(
            f"every time must lie inside `observed`: number {k} at {data.time[k]!r} s (and {int(hidden.sum())} in all) "
            "does not. Correct `observed` or cut the data."
        )
    return observed.bounds


def _runs(series: Series, observed: Intervals | None, index: int) -> Iterator[tuple[slice, int]]:
    require_setting("index", index, least=0)
    bounds = _bounds(series, observed)
    for k, (a, b) in enumerate(np.searchsorted(series.time, bounds)):
        if b > a:
            yield slice(int(a), int(b)), index * len(bounds) + k


def _each_interval(events: Events, observed: Intervals | None, index: int, make: _Maker) -> Events:
    require_setting("index", index, least=0)
    bounds = _bounds(events, observed)
    times, units = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for k, (start, stop) in enumerate(bounds):
        if stop <= events.span[0] or start >= events.span[1]:
            continue
        part = events.window(start, stop)
        grouped, pointer = part.by_unit()
        times.append(make(grouped, pointer, *part.span, index * len(bounds) + k))
        units.append(np.repeat(np.arange(events.n_units), np.diff(pointer)))
    return Events.from_events(np.concatenate(times), np.concatenate(units), n_units=events.n_units, span=events.span)
