"""Intervals: labelled stretches of time. Trials, epochs, and what was observed at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Intervals:
    """Half-open intervals [start, stop) in seconds, sorted by start; they may overlap unless a user forbids it.

    Parameters
    ----------
    start, stop : (K,) float arrays, s
        ``start < stop``; `start` never decreases.
    label : (K,) text array or None
        Empty text where None.
    """

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    label: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        shapes = Shapes()
        start = shapes.array("start", self.start, "K").astype(np.float64, copy=False)
        stop = shapes.array("stop", self.stop, "K").astype(np.float64, copy=False)
        label = np.full(len(start), "") if self.label is None else self.label
        require_increasing("start", start, strictly=False, remedy="Sort the intervals by their start.")
        bad = start >= stop
        if bad.any():
            k = int(np.argmax(bad))
            raise DataError(
                f"`start` must be before `stop`: interval {k} is [{start[k]}, {stop[k]}). Drop empty intervals first."
            )
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "stop", stop)
        object.__setattr__(self, "label", shapes.array("label", label, "K", "text"))

    @classmethod
    def single(cls, start: float, stop: float) -> Intervals:
        """One interval."""
        return cls(start=np.array([start]), stop=np.array([stop]))

    @classmethod
    def from_bounds(cls, bounds: ArrayLike, label: ArrayLike | None = None) -> Intervals:
        """Build from a (K, 2) array."""
        array = Shapes().array("bounds", bounds, "K 2")
        return cls(start=array[:, 0], stop=array[:, 1], label=None if label is None else np.asarray(label, dtype=str))

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        return f"Intervals({len(self)} intervals, {self.total:g} s)"

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(K, 2) float64 array, s."""
        return np.column_stack([self.start, self.stop])

    @property
    def total(self) -> float:
        """Sum of the lengths, s (overlaps counted twice)."""
        return float((self.stop - self.start).sum())

    @property
    def disjoint(self) -> bool:
        """Whether no two intervals overlap (touching is allowed)."""
        return bool((self.start[1:] >= self.stop[:-1]).all())

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        return digest("Intervals", self.start, self.stop, self.label)

    def covers(self, time: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each time whether some interval holds it."""
        t = np.asarray(time, dtype=np.float64)
        opened = np.searchsorted(self.start, t, side="right")
        closed = np.searchsorted(np.sort(self.stop), t, side="right")
        return np.asarray(opened > closed)

    def window(self, start: float, stop: float) -> Intervals:
        """Cut to [start, stop); intervals wholly outside disappear, partial ones are shortened."""
        low, high = np.maximum(self.start, start), np.minimum(self.stop, stop)
        keep = low < high
        assert self.label is not None
        return Intervals(start=low[keep], stop=high[keep], label=self.label[keep])

    def shift(self, seconds: float) -> Intervals:
        """Move along the time axis."""
        return Intervals(start=self.start + seconds, stop=self.stop + seconds, label=self.label)
