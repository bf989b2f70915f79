"""Events: who did something when. Spikes, stimuli, licks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_span
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest


def outside(time: NDArray[np.float64], span: tuple[float, float]) -> int | None:
    """Find the first place in sorted `time` outside [start, stop), or None."""
    if time.size and time[0] < span[0]:
        return 0
    if time.size and time[-1] >= span[1]:
        return int(np.searchsorted(time, span[1]))
    return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """Timed events of a fixed set of units.

    Parameters
    ----------
    time : (E,) float array, seconds, never decreasing
    unit : (E,) int array, in [0, n_units)
    n_units : int
        Units that never fire count too.
    span : (start, stop), seconds
        The observed interval [start, stop); silence inside it is an observation, outside it nothing is known.

    Raises
    ------
    DataError
        If times decrease, ids leave the range, or an event lies outside the span.
    """

    time: NDArray[np.float64]
    unit: NDArray[np.int64]
    n_units: int
    span: tuple[float, float]

    def __post_init__(self) -> None:
        shapes = Shapes()
        time = shapes.array("time", self.time, "E").astype(np.float64, copy=False)
        unit = shapes.array("unit", self.unit, "E", "int")
        require_increasing("time", time, strictly=False, remedy="Sort first, or use `Events.from_events`.")
        if self.n_units < 0:
            raise DataError(f"`n_units` must be a number of units >= 0, got {self.n_units}. Give the true number.")
        require_ids("unit", unit, self.n_units, "n_units")
        span = require_span("span", self.span)
        k = outside(time, span)
        if k is not None:
            where = f"time[{k}]={time[k].item()!r}"
            raise DataError(f"`time` must lie in span [{span[0]}, {span[1]}): {where}. Widen `span` or cut events.")
        for name, value in (("time", time), ("unit", unit), ("n_units", int(self.n_units)), ("span", span)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_events(cls, time: ArrayLike, unit: ArrayLike, *, n_units: int, span: tuple[float, float]) -> Events:
        """Build from events in any order; ties are put in the order of their unit."""
        t, u = np.asarray(time), np.asarray(unit)
        if t.shape != u.shape or t.ndim != 1:
            raise DataError(f"`time` and `unit` must both have shape (E,), got {t.shape} and {u.shape}.")
        order = np.lexsort((u, t))
        return cls(time=t[order], unit=u[order], n_units=n_units, span=span)

    @classmethod
    def from_trains(cls, trains: Sequence[ArrayLike], *, span: tuple[float, float]) -> Events:
        """Build from one array of times (s, any order) per unit."""
        arrays = [np.asarray(t, dtype=np.float64).ravel() for t in trains]
        time = np.concatenate([*arrays, np.empty(0)])
        unit = np.repeat(np.arange(len(arrays)), [len(t) for t in arrays])
        return cls.from_events(time, unit, n_units=len(arrays), span=span)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"Events({len(self)} events, {self.n_units} units, [{self.span[0]:g}, {self.span[1]:g}) s)"

    @property
    def duration(self) -> float:
        """Length of the span, s."""
        return self.span[1] - self.span[0]

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        return digest("Events", self.time, self.unit, self.n_units, self.span)

    @cached_property
    def _by_unit(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        order = np.argsort(self.unit, kind="stable")
        times = self.time[order]
        times.flags.writeable = False
        return times, np.concatenate([[0], np.cumsum(self.counts())])

    def by_unit(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give all times grouped by unit.

        Returns
        -------
        times : (E,) float64 array, s, sorted inside each unit
        pointer : (n_units + 1,) int64 array
            Unit i owns ``times[pointer[i]:pointer[i + 1]]``.
        """
        return self._by_unit

    def train(self, unit: int) -> NDArray[np.float64]:
        """Give the times of one unit, s."""
        times, pointer = self._by_unit
        return times[pointer[unit] : pointer[unit + 1]]

    def trains(self) -> list[NDArray[np.float64]]:
        """Give the times of every unit, s."""
        return [self.train(i) for i in range(self.n_units)]

    def counts(self, bounds: ArrayLike | None = None) -> NDArray[np.int64]:
        """Count events per unit.

        Parameters
        ----------
        bounds : (S, 2) float array, s, or None
            Half-open windows, in any order, overlapping or not. None means the whole span.

        Returns
        -------
        (n_units,) or (S, n_units) int64 array
        """
        if bounds is None:
            return np.bincount(self.unit, minlength=self.n_units).astype(np.int64)
        edges = Shapes().array("bounds", bounds, "S 2")
        cut = np.searchsorted(self.time, edges)
        out = np.zeros((len(edges), self.n_units), dtype=np.int64)
        for row, (a, b) in zip(out, cut, strict=True):
            row += np.bincount(self.unit[a:b], minlength=self.n_units)
        return out

    def window(self, start: float, stop: float) -> Events:
        """Keep the events in [start, stop); the span becomes its overlap with the old one."""
        span = overlap(self.span, start, stop)
        cut = slice(*np.searchsorted(self.time, span))
        return replace(self, time=self.time[cut], unit=self.unit[cut], span=span)

    def select(self, units: Iterable[int]) -> Events:
        """Keep some units, renumbered in the order given."""
        kept = np.asarray(list(units), dtype=np.int64)
        require_ids("units", kept, self.n_units, "n_units")
        number = np.full(self.n_units, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        if len(set(kept.tolist())) != len(kept):
            raise DataError("`units` must name each unit once, got repeated ids. Drop the repeats.")
        keep = number[self.unit] >= 0
        return replace(self, time=self.time[keep], unit=number[self.unit[keep]], n_units=len(kept))

    def shift(self, seconds: float) -> Events:
        """Move events and span along the time axis; a time that rounds to the span's end stays just before it."""
        span = (self.span[0] + seconds, self.span[1] + seconds)
        return replace(self, time=np.minimum(self.time + seconds, np.nextafter(span[1], -np.inf)), span=span)

    def to_columns(self) -> dict[str, Any]:
        """Give the columns `time` and `unit`."""
        return {"time": self.time, "unit": self.unit}


def overlap(span: tuple[float, float], start: float, stop: float) -> tuple[float, float]:
    """Intersect [start, stop) with a span; an empty intersection is an error."""
    if not start < stop:
        raise DataError(f"`start` must be before `stop`, got [{start}, {stop}).")
    low, high = max(span[0], start), min(span[1], stop)
    if not low < high:
        raise DataError(f"the window [{start}, {stop}) must overlap the observed span [{span[0]}, {span[1]}).")
    return low, high
