"""Recording: everything one session gave, on one clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.events import Events, overlap
from interplay.data.intervals import Intervals
from interplay.data.series import Series
from interplay.data.snapshots import Snapshots
from interplay.data.units import Units


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """Activity of N units, with what surrounds it.

    Parameters
    ----------
    events : Events or None
        Spikes.
    traces : Series or None
        One channel per unit: fluorescence, regional signal. Spikes, traces, or both must be there.
    units : Units or None
        A table without knowledge where None.
    observed : Intervals or None
        When the recording really ran: disjoint intervals. None means the whole span of `events` and `traces`.
    behavior : mapping of name to Series
        On the same clock.
    epochs : mapping of name to Intervals
        Trials, task phases, stimuli.
    truth : Snapshots or None
        The network that made a simulated recording, one snapshot per regime.
    meta : mapping of str to str
        Session description, subject, licence ...
    notes : tuple of str
        What a loader guessed or left out, to be shown to the reader.

    Raises
    ------
    DataError
        If unit counts disagree, observed intervals overlap, or an event lies outside what was observed.
    """

    events: Events | None = None
    traces: Series | None = None
    units: Units = field(default=cast(Any, None))
    observed: Intervals = field(default=cast(Any, None))
    behavior: Mapping[str, Series] = field(default_factory=dict)
    epochs: Mapping[str, Intervals] = field(default_factory=dict)
    truth: Snapshots | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = {}
        if self.events is not None:
            sizes["events"] = self.events.n_units
        if self.traces is not None:
            sizes["traces"] = self.traces.n_channels
        if not sizes:
            raise DataError("a Recording must have `events` or `traces` (or both), got neither.")
        n = next(iter(sizes.values()))
        if self.units is not None:
            sizes["units"] = self.units.n
        if self.truth is not None:
            sizes["truth"] = self.truth.n_nodes
        if len(set(sizes.values())) != 1:
            raise DataError(f"all parts of a Recording must have the same number of units, got {sizes}.")
        if self.units is None:
            object.__setattr__(self, "units", Units(n=n))
        if self.observed is None:
            spans = [part.span for part in (self.events, self.traces) if part is not None]
            whole = Intervals.single(min(a for a, _ in spans), max(b for _, b in spans))
            object.__setattr__(self, "observed", whole)
        self._check_observed()
        for name in ("behavior", "epochs", "meta"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "notes", tuple(self.notes))

    def _check_observed(self) -> None:
        if len(self.observed) == 0 or not self.observed.disjoint:
            raise DataError("`observed` must hold at least one interval and no overlaps. Merge the intervals first.")
        if self.events is not None:
            hidden = ~self.observed.covers(self.events.time)
            if hidden.any():
                k = int(np.argmax(hidden))
                raise DataError(
                    f"`events` must lie inside `observed`: event {k} at {self.events.time[k].item()!r} s (and "
                    f"{int(hidden.sum())} in all) falls where nothing was recorded. Correct `observed` or cut events."
                )

    __reduce__ = reduce_by_fields

    def __repr__(self) -> str:
        a, b = self.span
        parts = [f"{self.n_units} units", f"[{a:g}, {b:g}) s"]
        if self.events is not None:
            parts.append(f"{len(self.events)} spikes")
        if self.traces is not None:
            parts.append(f"{len(self.traces)} samples every {self.traces.dt_s:g} s")
        parts += [f"{k}: {', '.join(v)}" for k, v in (("behavior", self.behavior), ("epochs", self.epochs)) if v]
        return f"Recording({', '.join(parts)}{', truth known' if self.truth is not None else ''})"

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return self.units.n

    @property
    def span(self) -> tuple[float, float]:
        """From the first to the last observed moment, s."""
        return float(self.observed.start[0]), float(self.observed.stop[-1])

    @property
    def duration(self) -> float:
        """Observed time, gaps excluded, s."""
        return self.observed.total

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the notes."""
        parts = [
            None if p is None else p.digest for p in (self.events, self.traces, self.units, self.observed, self.truth)
        ]
        behavior = {k: v.digest for k, v in self.behavior.items()}
        epochs = {k: v.digest for k, v in self.epochs.items()}
        return digest("Recording", parts, behavior, epochs, dict(self.meta))

    def window(self, start: float, stop: float) -> Recording:
        """Keep [start, stop) of everything; behaviour and epochs with nothing inside disappear."""
        low, high = overlap(self.span, start, stop)
        observed = self.observed.window(low, high)
        if len(observed) == 0:
            raise DataError(f"the window [{start}, {stop}) must hold observed time; it falls into a gap.")
        behavior = {
            k: v.window(low, high) for k, v in self.behavior.items() if np.diff(np.searchsorted(v.time, (low, high)))[0]
        }
        epochs = {k: cut for k, v in self.epochs.items() if len(cut := v.window(low, high))}
        has_traces = self.traces is not None and np.diff(np.searchsorted(self.traces.time, (low, high)))[0]
        return replace(
            self,
            events=None if self.events is None else self.events.window(low, high),
            traces=self.traces.window(low, high) if self.traces is not None and has_traces else None,
            observed=observed,
            behavior=behavior,
            epochs=epochs,
        )

    def select(self, units: Iterable[int]) -> Recording:
        """Keep some units, renumbered in the order given (truth included)."""
        kept = list(units)
        return replace(
            self,
            units=self.units.select(kept),
            events=None if self.events is None else self.events.select(kept),
            traces=None if self.traces is None else self.traces.select(kept),
            truth=None if self.truth is None else self.truth.select(kept),
        )

    def shift(self, seconds: float) -> Recording:
        """Move the clock of everything."""
        return replace(
            self,
            events=None if self.events is None else self.events.shift(seconds),
            traces=None if self.traces is None else self.traces.shift(seconds),
            observed=self.observed.shift(seconds),
            behavior={k: v.shift(seconds) for k, v in self.behavior.items()},
            epochs={k: v.shift(seconds) for k, v in self.epochs.items()},
            truth=None if self.truth is None else self.truth.shift(seconds),
        )
