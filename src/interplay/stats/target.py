"""Window targets: from what an animal did, or what phase it was in, to one label or number per window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Intervals, Recording, Series
from interplay.stats.motion import end_of_track, frozen, moving
from interplay.stats.results import WindowTarget

How = Literal["auto", "mean", "moving", "end", "label"]
_HOWS = ("auto", "mean", "moving", "end", "label")

#: A class with fewer windows than this cannot be both trained on and tested.
MIN_PER_CLASS = 4
#: Fewer windows than this make no read-out.
MIN_WINDOWS = 10
#: More distinct values than this are a quantity, not labels.
_MAX_LABELS = 10
_SPATIAL_UNITS = frozenset(
    {"m", "cm", "mm", "meter", "meters", "metre", "metres", "centimeters", "pixel", "pixels", "px"}
)


def window_target(
    recording: Recording,
    bounds: ArrayLike,
    name: str,
    *,
    how: How = "auto",
    majority: float = 0.6,
    smooth_s: float = 0.25,
    frozen_s: float = 10.0,
) -> WindowTarget:
    """Say for every window what the animal did, or which phase it belongs to.

    Parameters
    ----------
    recording : Recording
        With `name` among its behaviour or its epochs.
    bounds : (S, 2) float array, s
        Half-open windows, by non-decreasing start.
    name : str
        Of a behaviour series or of epochs; where both have it, "label" takes the epochs and the others the series.
    how : {"auto", "mean", "moving", "end", "label"}
        "end": which end of the track the animal is at. "moving": rest or run. "mean": the mean of one channel.
        "label": the label that covers most of the window. "auto": "label" for epochs and for series of at most 10
        whole-numbered values; "end" for a position (2 or 3 channels, or a unit of length, or "position" in its name);
        otherwise "mean".
    majority : float, 0.5 < majority <= 1
        Share of the window's length that a class must cover; other windows are left out, and counted.
    smooth_s : float, s, >= 0
        Standard deviation of the Gaussian that takes the jitter out of a tracked position before its speed is computed.
    frozen_s : float, s, > 0
        A position that does not change in its last digit for longer than this is taken for lost tracking and left out,
        and counted. ``np.inf`` keeps everything (an exactly simulated position may well stand still).

    Returns
    -------
    WindowTarget

    Raises
    ------
    ConfigError
        If `name` or `how` is unknown, or does not fit what the name holds.
    DataError
        If fewer than two classes keep 4 windows, if fewer than 10 windows are usable, or if all numbers are equal.

    Notes
    -----
    The rules are those of the module `motion`: ends are the outer thirds of the first principal axis between its 1st
    and 99th percentile; run and rest are told apart by Otsu's threshold on the logarithm of the smoothed speed. They
    look at the behaviour of the whole session and never at neural activity. A sample lasts until the next one, at most
    twice the median step (or 0.1 s if longer), so time without tracking belongs to no class. O(T log T + S).
    """
    if how not in _HOWS:
        raise ConfigError(unknown_name("`how`", how, _HOWS))
    require_setting("majority", majority, above=0.5, most=1)
    require_setting("smooth_s", smooth_s, least=0)
    require_setting("frozen_s", frozen_s, above=0)
    edges = np.asarray(Shapes().array("bounds", bounds, "S 2"), dtype=np.float64)
    source = _find(recording, name, how)
    rule = _resolve(source, name, how)
    if isinstance(source, Intervals):
        share, classes, text, notes = _epoch_shares(source, name, edges)
        return _majority(name, edges, share, classes, text, notes, majority)
    if rule == "mean":
        return _mean(name, source, edges)
    if rule == "label":
        state, classes = _codes(source)
        text, notes = f"value of {name!r}", ()
    else:
        lost = frozen(source, frozen_s) | np.isnan(source.values).any(axis=1)
        notes = _lost_note(source, lost, frozen_s)
        find = end_of_track if rule == "end" else moving
        state, classes, text = find(source, lost, smooth_s)
        text = text.format(name=name)
    return _majority(name, edges, _series_shares(source, state, len(classes), edges), classes, text, notes, majority)


def _find(recording: Recording, name: str, how: str) -> Series | Intervals:
    tables: list[Mapping[str, Series] | Mapping[str, Intervals]] = [recording.behavior, recording.epochs]
    for table in tables[::-1] if how == "label" else tables:
        if name in table:
            return table[name]
    known = sorted({*recording.behavior, *recording.epochs})
    if not known:
        raise ConfigError(
            f"`name`={name!r} must be a behaviour or epochs of the recording, but it carries neither. Read out another "
            "recording, or add `behavior=` or `epochs=` to this one."
        )
    raise ConfigError(unknown_name("behaviour or epochs", name, known))


def _resolve(source: Series | Intervals, name: str, how: str) -> str:
    if isinstance(source, Intervals):
        if how not in ("auto", "label"):
            raise ConfigError(f"`how`={how!r} needs a behaviour series, but {name!r} holds epochs. Use how='label'.")
        return "label"
    if how != "auto":
        if how in ("mean", "label") and source.n_channels != 1:
            raise ConfigError(
                f"`how`={how!r} needs one channel, but {name!r} has {source.n_channels}. Select one of them first."
            )
        return how
    spatial = "position" in name.lower() or source.unit.strip().lower() in _SPATIAL_UNITS
    if source.n_channels == 1 and not spatial:
        known = source.values[~np.isnan(source.values)]
        whole = bool((known == np.round(known)).all())
        return "label" if whole and len(np.unique(known)) <= _MAX_LABELS else "mean"
    if source.n_channels > 3:
        raise ConfigError(
            f"{name!r} has {source.n_channels} channels, which fits no rule of `how`. Select the channels that matter."
        )
    return "end"


def _codes(series: Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    column = np.asarray(series.values[:, 0], dtype=np.float64)
    known = np.unique(column[~np.isnan(column)])
    if len(known) > 10 * _MAX_LABELS:
        raise ConfigError(
            f"`how`='label' needs a series of labels, but this one has {len(known)} distinct values. Use how='mean'."
        )
    state = np.searchsorted(known, column)
    state[np.isnan(column)] = -1
    return state, tuple(f"{v:g}" for v in known)


def sample_durations(series: Series) -> NDArray[np.float64]:
    """Tell for how long each sample stands: until the next one, at most twice the median step or 0.1 s, (T,) s."""
    longest = max(2 * series.dt_s, 0.1)
    return np.asarray(np.minimum(np.append(np.diff(series.time), series.dt_s), longest))


def _series_shares(
    series: Series, state: NDArray[np.int64], n_classes: int, edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    lasting = sample_durations(series)
    spent = np.zeros((len(series) + 1, n_classes))
    known = np.flatnonzero(state >= 0)
    spent[known + 1, state[known]] = lasting[known]
    running = np.cumsum(spent, axis=0)
    cut = np.searchsorted(series.time, edges)
    return np.asarray((running[cut[:, 1]] - running[cut[:, 0]]) / (edges[:, 1] - edges[:, 0])[:, None])


def _epoch_shares(
    epochs: Intervals, name: str, edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...], str, tuple[str, ...]]:
    assert epochs.label is not None
    labels = [str(x) for x in np.unique(epochs.label)]
    single = len(labels) == 1
    shown = [labels[0] or name, "outside"] if single else [x or "unlabelled" for x in labels]
    share = np.zeros((len(edges), len(shown)))
    for start, stop, label in zip(epochs.start, epochs.stop, epochs.label, strict=True):
        inside = np.minimum(edges[:, 1], stop) - np.maximum(edges[:, 0], start)
        share[:, labels.index(str(label))] += np.maximum(inside, 0)
    share /= (edges[:, 1] - edges[:, 0])[:, None]
    notes: tuple[str, ...] = ()
    if single:
        share[:, 1] = 1 - np.minimum(share[:, 0], 1)
    if not epochs.disjoint:
        notes = (f"Epochs of {name!r} overlap; time under two labels counts for both.",)
    return share, tuple(shown), f"epoch of {name!r}", notes


def _majority(
    name: str,
    edges: NDArray[np.float64],
    share: NDArray[np.float64],
    classes: tuple[str, ...],
    text: str,
    notes: tuple[str, ...],
    majority: float,
) -> WindowTarget:
    if len(edges) == 0 or len(classes) == 0:
        raise DataError(f"no window can be labelled by {name!r}: {len(edges)} windows, {len(classes)} classes.")
    best = share.argmax(axis=1)
    # A thousandth of slack: a window filled to its rim by samples may lack a rounding error or part of one sample.
    code = np.where(share[np.arange(len(share)), best] >= majority * (1 - 1e-3), best, -1)
    found = {label: int((code == k).sum()) for k, label in enumerate(classes)}
    mixed = int((code < 0).sum())
    kept = [k for k, label in enumerate(classes) if found[label] >= MIN_PER_CLASS]
    listing = ", ".join(f"{label}: {n}" for label, n in found.items())
    if len(kept) < 2 or sum(found[classes[k]] for k in kept) < MIN_WINDOWS:
        length = float(np.median(edges[:, 1] - edges[:, 0]))
        raise DataError(
            f"{name!r} must give at least two classes of {MIN_PER_CLASS} windows and {MIN_WINDOWS} windows in all, got "
            f"{listing}; {mixed} of {len(edges)} windows (of {length:g} s) have no class for {majority:.0%} of their "
            "length. Use shorter windows, a smaller `majority`, or another `how`."
        )
    rare = [label for k, label in enumerate(classes) if k not in kept and found[label]]
    if mixed:
        notes = (*notes, f"{mixed} of {len(edges)} windows left out: no class covers {majority:.0%} of them.")
    if rare:
        notes = (*notes, f"Classes left out for fewer than {MIN_PER_CLASS} windows: {', '.join(rare)}.")
    number = np.full(len(classes) + 1, -1)
    number[kept] = np.arange(len(kept))
    values = number[code]
    return WindowTarget(
        name=name,
        kind="classes",
        values=values,
        classes=tuple(classes[k] for k in kept),
        usable=values >= 0,
        bounds=edges,
        description=f"{text} (at least {majority:.0%} of the window)",
        notes=notes,
    )


def _mean(name: str, series: Series, edges: NDArray[np.float64]) -> WindowTarget:
    column = np.asarray(series.values[:, 0], dtype=np.float64)
    lasting = np.where(np.isnan(column), 0.0, sample_durations(series))
    weighted = np.concatenate([[0.0], np.cumsum(np.where(np.isnan(column), 0.0, column) * lasting)])
    total = np.concatenate([[0.0], np.cumsum(lasting)])
    cut = np.searchsorted(series.time, edges)
    seen = total[cut[:, 1]] - total[cut[:, 0]]
    usable = seen >= 0.5 * (edges[:, 1] - edges[:, 0])
    values = np.full(len(edges), np.nan)
    values[usable] = (weighted[cut[:, 1]] - weighted[cut[:, 0]])[usable] / seen[usable]
    lost = int((~usable).sum())
    if int(usable.sum()) < MIN_WINDOWS:
        raise DataError(
            f"{name!r} must be known for half the length of at least {MIN_WINDOWS} windows, got {int(usable.sum())} of "
            f"{len(edges)}. Use shorter windows, or another behaviour."
        )
    if np.ptp(values[usable]) <= 1e-12 * np.abs(values[usable]).max():
        raise DataError(f"{name!r} must vary between windows, but its mean is {values[usable][0]:g} in all of them.")
    unit = f", {series.unit}" if series.unit else ""
    return WindowTarget(
        name=name,
        kind="number",
        values=values,
        classes=(),
        usable=usable,
        bounds=edges,
        description=f"mean of {name!r}{unit}",
        notes=(f"{lost} of {len(edges)} windows left out: known for less than half.",) if lost else (),
    )


def _lost_note(series: Series, lost: NDArray[np.bool_], frozen_s: float) -> tuple[str, ...]:
    if not lost.any():
        return ()
    seconds = float(sample_durations(series)[lost].sum())
    return (
        f"{seconds:.0f} s of position left out: missing, or without the slightest change for more than {frozen_s:g} s, "
        "which is taken for lost tracking.",
    )
