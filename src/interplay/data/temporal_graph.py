"""TemporalGraph: timed, directed, signed events between a fixed set of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_span
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.events import outside, overlap
from interplay.data.snapshots import Snapshots


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

    Raises
    ------
    DataError
        If times decrease, ids leave the range, or an event lies outside the span.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    time: NDArray[np.float64]
    weight: NDArray[np.float64] = field(default=cast(Any, None))
    n_nodes: int
    span: tuple[float, float]
    names: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()

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
        return digest("TemporalGraph", self.src, self.dst, self.time, self.weight, self.n_nodes, self.span, self.names)

    def window(self, start: float, stop: float) -> TemporalGraph:
        """Keep the events in [start, stop); the span becomes its overlap with the old one."""
        span = overlap(self.span, start, stop)
        cut = slice(*np.searchsorted(self.time, span))
        parts: dict[str, Any] = {k: getattr(self, k)[cut] for k in ("src", "dst", "time", "weight")}
        return replace(self, span=span, **parts)

    def shift(self, seconds: float) -> TemporalGraph:
        """Move events and span along the time axis; a time that rounds to the span's end stays just before it."""
        span = (self.span[0] + seconds, self.span[1] + seconds)
        return replace(self, time=np.minimum(self.time + seconds, np.nextafter(span[1], -np.inf)), span=span)

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
