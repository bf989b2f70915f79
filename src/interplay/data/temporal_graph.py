"""TemporalGraph: timed, directed, signed events between a fixed set of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_span
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.event_index import EventIndex
from interplay.data.events import outside, overlap
from interplay.data.snapshots import Snapshots

#: One entry per event each.
_COLUMNS = ("src", "dst", "time", "weight", "kind", "features")


@dataclass(frozen=True, eq=False, kw_only=True)
class TemporalGraph:
    """A stream of interactions.

    Parameters
    ----------
    src, dst : (E,) int arrays, in [0, n_nodes)
        Each event goes from `src` to `dst`.
    time : (E,) float array, s, never decreasing
    weight : (E,) float array or None
        Sign means excitation or inhibition, trust or distrust; ones where None.
    n_nodes : int
        Always given, never guessed from ids: isolated nodes count.
    span : (start, stop), s
        Observed interval [start, stop), even where nothing happened.
    names : (N,) text array or None
        Node names, each once.
    notes : tuple of str
        What a loader guessed or left out.
    kind : (E,) int array, >= 0, or None
        What sort of event each is, where there are several sorts.
    features : (E, F) float32 array, finite, or None
        Anything else that is known of each event.

    Raises
    ------
    DataError
        If times decrease, ids leave the range, or an event lies outside the span.

    Notes
    -----
    Events of one time stand in the order they were given in, and stay in it: nothing is read from that order, and what
    learns from a stream takes them in together. Arrays may be memory-mapped; they are read once to be checked.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    time: NDArray[np.float64]
    weight: NDArray[np.float64] = field(default=cast(Any, None))
    n_nodes: int
    span: tuple[float, float]
    names: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()
    kind: NDArray[np.int64] | None = None
    features: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.n_nodes < 0:
            raise DataError(f"`n_nodes` must be a number of nodes >= 0, got {self.n_nodes}. Give the true number.")
        shapes = Shapes(N=self.n_nodes)
        time = shapes.array("time", self.time, "E").astype(np.float64, copy=False)
        src = shapes.array("src", self.src, "E", "int")
        dst = shapes.array("dst", self.dst, "E", "int")
        given = np.ones(len(time)) if self.weight is None else self.weight
        weight = shapes.array("weight", given, "E").astype(np.float64, copy=False)
        require_increasing("time", time, strictly=False, remedy="Sort first, or use `TemporalGraph.from_events`.")
        require_ids("src", src, self.n_nodes, "n_nodes")
        require_ids("dst", dst, self.n_nodes, "n_nodes")
        span = require_span("span", self.span)
        k = outside(time, span)
        if k is not None:
            where = f"time[{k}]={time[k].item()!r}"
            raise DataError(f"`time` must lie in span [{span[0]}, {span[1]}): {where}. Widen `span` or cut events.")
        if self.names is not None:
            names = shapes.array("names", self.names, "N", "text")
            if len(np.unique(names)) != len(names):
                raise DataError("`names` must name each node once, got a repeated name.")
            object.__setattr__(self, "names", names)
        if self.kind is not None:
            kind = shapes.array("kind", self.kind, "E", "int")
            if len(kind) and kind.min() < 0:
                raise DataError(
                    f"`kind` must be numbers >= 0, got {int(kind.min())}. Number the sorts of events from 0."
                )
            object.__setattr__(self, "kind", kind)
        if self.features is not None:
            features = shapes.array("features", self.features, "E F")
            object.__setattr__(self, "features", features.astype(np.float32, copy=False))
        for key, value in (("src", src), ("dst", dst), ("time", time), ("weight", weight), ("span", span)):
            object.__setattr__(self, key, value)
        object.__setattr__(self, "n_nodes", int(self.n_nodes))
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def from_events(
        cls,
        src: ArrayLike,
        dst: ArrayLike,
        time: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        n_nodes: int,
        span: tuple[float, float],
        names: ArrayLike | None = None,
        kind: ArrayLike | None = None,
        features: ArrayLike | None = None,
    ) -> TemporalGraph:
        """Build from events in any order; events at the same time keep the order they came in."""
        order = np.argsort(np.asarray(time), kind="stable")
        return cls(
            src=np.asarray(src)[order],
            dst=np.asarray(dst)[order],
            time=np.asarray(time)[order],
            weight=(np.ones(len(order)) if weight is None else np.asarray(weight)[order]),
            n_nodes=n_nodes,
            span=span,
            names=None if names is None else np.asarray(names, dtype=str),
            kind=None if kind is None else np.asarray(kind)[order],
            features=None if features is None else np.asarray(features)[order],
        )

    @classmethod
    def from_snapshots(cls, snapshots: Snapshots) -> TemporalGraph:
        """Turn every edge into an event at the start of its window (an undirected edge into one event each way)."""
        if len(snapshots) == 0:
            raise DataError("`snapshots` must hold at least one window, got none. Without one there is no span.")
        src, dst, weight = snapshots.src, snapshots.dst, snapshots.weight
        time = snapshots.bounds[snapshots.snapshot, 0]
        if not snapshots.directed:
            other = src != dst
            src, dst = np.concatenate([src, dst[other]]), np.concatenate([dst, src[other]])
            time, weight = np.concatenate([time, time[other]]), np.concatenate([weight, weight[other]])
        return cls.from_events(src, dst, time, weight, n_nodes=snapshots.n_nodes, span=snapshots.span)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        a, b = self.span
        signed = ", signed" if (self.weight < 0).any() else ""
        return f"TemporalGraph({len(self)} events, {self.n_nodes} nodes, [{a:g}, {b:g}) s{signed})"

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the notes."""
        more = [x for x in (self.kind, self.features) if x is not None]
        columns = (self.src, self.dst, self.time, self.weight)
        return digest("TemporalGraph", *columns, self.n_nodes, self.span, self.names, *more)

    @cached_property
    def index(self) -> EventIndex:
        """The events of every node in order of time; see `EventIndex`. Made once, O(E)."""
        return EventIndex.of(self.src, self.dst, self.time, self.n_nodes)

    def window(self, start: float, stop: float) -> TemporalGraph:
        """Keep the events in [start, stop); the span becomes its overlap with the old one. No event is copied."""
        span = overlap(self.span, start, stop)
        return self._part(slice(*np.searchsorted(self.time, span)), span=span)

    def take(self, events: slice | ArrayLike) -> TemporalGraph:
        """Keep some events, by a slice with a step > 0 (nothing is copied), a mask or rising numbers; the span stays.

        Raises
        ------
        DataError
            If a mask has another length, or numbers do not rise or leave the stream.
        """
        if isinstance(events, slice):
            if events.step is not None and events.step < 0:
                raise DataError(f"`events` must not run backwards, got {events}. Give a slice with a step > 0.")
            return self._part(events)
        which = np.asarray(events)
        if which.dtype == bool:
            return self._part(Shapes(E=len(self)).array("events", which, "E", "bool"))
        numbers = Shapes().array("events", which, "K", "int")
        require_ids("events", numbers, len(self), "E")
        require_increasing("events", numbers, strictly=True, remedy="Give each event once, in order.")
        return self._part(numbers)

    def followed_by(self, later: TemporalGraph) -> TemporalGraph:
        """Put a later stream of the same nodes behind this one; events of one time stay in that order.

        Parameters
        ----------
        later : TemporalGraph
            Begins no earlier than the last event of this one; with features and kinds if this one has them.

        Returns
        -------
        TemporalGraph
            Its span reaches from the start of the one to the stop of the other. O(E): to grow a long stream step by
            step, write it with `interplay.io.EventWriter`.

        Raises
        ------
        DataError
            If nodes or columns disagree, or time runs backwards.
        """
        same_names = self.names is later.names or (
            self.names is not None and later.names is not None and np.array_equal(self.names, later.names)
        )
        if later.n_nodes != self.n_nodes or not same_names:
            raise DataError(
                f"`later` must be of the same nodes (N={self.n_nodes}), got {later!r}. Number them alike first."
            )
        columns: dict[str, Any] = {}
        for name in _COLUMNS:
            ours, theirs = getattr(self, name), getattr(later, name)
            if (ours is None) != (theirs is None):
                raise DataError(
                    f"`later` must have `{name}` exactly if this stream has it. Add the column, or drop it."
                )
            if ours is not None:
                columns[name] = np.concatenate([ours, theirs])
        return replace(self, span=(self.span[0], max(self.span[1], later.span[1])), **columns)

    def shift(self, seconds: float) -> TemporalGraph:
        """Move events and span along the time axis; a time that rounds to the span's end stays just before it."""
        span = (self.span[0] + seconds, self.span[1] + seconds)
        return replace(self, time=np.minimum(self.time + seconds, np.nextafter(span[1], -np.inf)), span=span)

    def _part(self, which: slice | NDArray[Any], **changes: Any) -> TemporalGraph:
        """Cut all columns alike; what was checked once is not checked again."""
        part = object.__new__(TemporalGraph)
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name in _COLUMNS and value is not None:
                value = value[which]
                value.flags.writeable = False
            object.__setattr__(part, entry.name, changes.get(entry.name, value))
        return part

    def snapshots(self, bounds: ArrayLike) -> Snapshots:
        """Sum the weights per ordered pair inside each half-open window.

        Parameters
        ----------
        bounds : (S, 2) float array, s
            Windows, by non-decreasing start; they may overlap.

        Returns
        -------
        Snapshots
            Directed. An edge whose weights cancel to zero is kept with weight zero: it was active.
        """
        edges = Shapes().array("bounds", bounds, "S 2")
        columns: list[tuple[NDArray[Any], NDArray[Any]]] = []
        for a, b in np.searchsorted(self.time, edges):
            pair, place = np.unique(self.src[a:b] * self.n_nodes + self.dst[a:b], return_inverse=True)
            columns.append((pair, np.bincount(place, weights=self.weight[a:b], minlength=len(pair))))
        pairs = np.concatenate([np.empty(0, np.int64), *(p for p, _ in columns)])
        return Snapshots(
            bounds=edges,
            pointer=np.cumsum([0, *(len(p) for p, _ in columns)]),
            src=pairs // max(self.n_nodes, 1),
            dst=pairs % max(self.n_nodes, 1),
            weight=np.concatenate([np.empty(0), *(w for _, w in columns)]),
            n_nodes=self.n_nodes,
            directed=True,
        )
