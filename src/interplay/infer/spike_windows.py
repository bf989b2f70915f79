"""The spikes of one window, in exact ticks from its start, as the methods on spike times take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording
from interplay.infer.samples import spikes_between
from interplay.infer.significance import Moved
from interplay.ops.surrogates import jitter_into, shift_into, shifts, stream_state
from interplay.ops.tiling import TICKS, to_ticks
from interplay.ops.tiling_coefficient import merge_sorted


@dataclass(frozen=True, eq=False, slots=True)
class SpikeWindow:
    """The spikes of one window, in ticks from its start and in order of time.

    Attributes
    ----------
    ordinal : int
        Number of the window.
    ticks : (E,) int64 array, never decreasing
    unit : (E,) int32 array
    n_units : int, N
    length : int, ticks
    """

    ordinal: int
    ticks: NDArray[np.int64]
    unit: NDArray[np.int32]
    n_units: int
    length: int

    @classmethod
    def cut(cls, ordinal: int, events: Events, start: float, stop: float) -> SpikeWindow:
        """Cut the spikes in [start, stop) seconds out of `events`; one just before an edge lies on it."""
        a, b = spikes_between(events, start, stop)
        resolution = float(np.spacing(max(abs(start), abs(stop))))
        length = int(to_ticks(np.array([stop]), start, resolution)[0])
        return cls(
            ordinal=ordinal,
            ticks=np.maximum(to_ticks(events.time[a:b], start, resolution), 0),
            unit=events.unit[a:b].astype(np.int32),
            n_units=events.n_units,
            length=length,
        )

    def by_unit(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the order that groups the spikes by unit, and where each group starts, (E,) and (N + 1,)."""
        size = np.bincount(self.unit, minlength=self.n_units)
        return np.argsort(self.unit, kind="stable"), np.concatenate([[0], np.cumsum(size)])

    def grouped(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give times (s) from the window's start, grouped by unit, and where each group starts."""
        order, pointer = self.by_unit()
        return self.ticks[order] / TICKS, pointer


def spikes_of(data: Recording | Events) -> tuple[Events, Intervals]:
    """Take the spikes of `data` and the time in which they were looked for.

    Raises
    ------
    DataError
        If there are only traces.
    """
    if isinstance(data, Events):
        return data, Intervals.single(*data.span)
    if data.events is None:
        raise DataError(
            "`data` must hold spikes, got a Recording with traces only. Use `Correlation`, or detect events first."
        )
    return data.events, data.observed


def surrogate_window(
    task: SpikeWindow, null: Literal["circular_shift", "jitter"], k: int, *, seed: int, jitter_s: float, guard_s: float
) -> tuple[SpikeWindow, Moved]:
    """Make surrogate k of one window; the draws are those of `interplay.ops.surrogates`.

    Parameters
    ----------
    task : SpikeWindow
    null : {"circular_shift", "jitter"}
    k : int, >= 0
    seed : int
    jitter_s : float, s, > 0
        Interval of the jitter.
    guard_s : float, s
        Trains shifted alike up to this are aligned as before.

    Returns
    -------
    moved : SpikeWindow
    how : Moved
        In seconds.
    """
    times, pointer = task.grouped()
    length_s, index = task.length / TICKS, (task.ordinal << 32) | k
    out = np.empty_like(times)
    if null == "circular_shift":
        shift_into(times, pointer, 0.0, length_s, stream_state(seed, "circular_shift"), index, out)
        how = Moved(shifts(seed, index, task.n_units) * length_s, length_s, guard_s)
    else:
        jitter_into(times, pointer, 0.0, length_s, jitter_s, stream_state(seed, "interval_jitter"), index, out)
        how = Moved(np.zeros(task.n_units), length_s, 0.0)
    ticks, unit = np.empty(len(times), dtype=np.int64), np.empty(len(times), dtype=np.int32)
    merge_sorted(to_ticks(out, 0.0, 0.0), pointer, task.length, ticks, unit, np.empty(len(times) + 2, dtype=np.int64))
    return SpikeWindow(task.ordinal, ticks, unit, task.n_units, task.length), how
