"""Columns of a regression from behaviour and stimuli: the last known value in each bin, through a basis of lags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, unknown_name
from interplay.data import Events, Recording, Series
from interplay.infer.sequences import SampleRuns

Floats = NDArray[np.float64]

#: A value older than this many of the series' own steps, and a bin, is no longer known.
_STALE = 2.0


def stimulus_columns(
    several: Sequence[Recording | Events], runs: SampleRuns, names: Sequence[str], basis: Floats
) -> tuple[Floats, ...]:
    """Lay out the stimulus columns of every run.

    Parameters
    ----------
    several : sequence of Recording
        Those that `runs` were cut from.
    runs : SampleRuns
        Of binned spikes.
    names : sequence of str
        Behaviour series; every channel of each is used.
    basis : (L, K) float64 array
        Row l weighs the value l bins ago.

    Returns
    -------
    tuple of (T_k, C K) float64 arrays
        Channel by channel; NaN where a value is missing anywhere in the lags.

    Raises
    ------
    DataError
        If a series is not there, or has other channels in another recording.
    """
    out = []
    width = None
    for values, start, owner in zip(runs.values, runs.start_s, runs.recording, strict=True):
        one = several[int(owner)]
        table = {} if isinstance(one, Events) else one.behavior
        parts = [np.empty((len(values), 0))]
        for name in names:
            if name not in table:
                raise DataError(unknown_name("`stimulus`", name, table))
            held = _held(table[name], start + runs.dt_s * (np.arange(len(values)) + 0.5), runs.dt_s)
            parts += [_filtered(held[:, c], basis) for c in range(held.shape[1])]
        columns = np.concatenate(parts, axis=1)
        if width is not None and columns.shape[1] != width:
            raise DataError(
                f"`stimulus` must have the same channels in all recordings, got {width} and {columns.shape[1]} "
                "columns. Give the same series."
            )
        width = columns.shape[1]
        out.append(columns)
    return tuple(out)


def _held(series: Series, time: Floats, dt_s: float) -> Floats:
    """Hold the last value at or before each time; NaN before the first, and where it is stale."""
    place = np.searchsorted(series.time, time, side="right") - 1
    known = place >= 0
    place = np.maximum(place, 0)
    known &= time - series.time[place] <= _STALE * series.dt_s + dt_s
    return np.where(known[:, None], np.asarray(series.values, dtype=np.float64)[place], np.nan)


def _filtered(values: Floats, basis: Floats) -> Floats:
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    lags = len(basis)
    out = np.stack([np.convolve(filled, column)[: len(values)] for column in basis.T], axis=1)
    gone = np.convolve(missing.astype(np.float64), np.ones(lags))[: len(values)] > 0.5
    gone[: lags - 1] = True
    out[gone] = np.nan
    return np.asarray(out)
