"""Simplices: timed meetings of any number of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_setting, require_span
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.events import outside, overlap
from interplay.data.graph import Graph

#: Pairs that are held at once while simplices are projected.
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False, kw_only=True)
class Simplices:
    """Who took part in which meeting, and when.

    Parameters
    ----------
    offsets : (M + 1,) int array, rising
        Simplex k, its nodes, is ``offsets[k]:offsets[k + 1]``; none is empty.
    node : (K,) int array, in [0, n_nodes)
        Rising inside a simplex, each once.
    time : (M,) float array, s, never decreasing
    n_nodes : int
        Always given, never guessed from ids: nodes that never take part count.
    span : (start, stop), s
        Observed interval [start, stop), even where nothing happened.
    names : (N,) text array or None
        Node names, each once.
    notes : tuple of str
        What a loader guessed or left out.

    Raises
    ------
    DataError
        If a simplex is empty or out of order, ids leave the range, times decrease or lie outside the span.

    Examples
    --------
    >>> Simplices.from_lists([[2, 0, 1], [1, 3]], [5.0, 7.0], n_nodes=4, span=(0, 10))
    Simplices(2 simplices of up to 3 nodes, 4 nodes, [0, 10) s)
    """

    offsets: NDArray[np.int64]
    node: NDArray[np.int64]
    time: NDArray[np.float64]
    n_nodes: int
    span: tuple[float, float]
    names: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.n_nodes, bool) or not isinstance(self.n_nodes, Integral) or self.n_nodes < 0:
            raise DataError(f"`n_nodes` must be a whole number >= 0, got {self.n_nodes!r}. Give the number of nodes.")
        shapes = Shapes(N=self.n_nodes)
        offsets = shapes.array("offsets", self.offsets, "P", "int")
        if len(offsets) == 0 or offsets[0] != 0 or (np.diff(offsets) < 1).any():
            raise DataError(
                "`offsets` must start at 0 and rise: no simplex may be empty. Leave empty ones out, and use "
                "`Simplices.from_lists` for lists."
            )
        shapes = Shapes(N=self.n_nodes, M=len(offsets) - 1, K=int(offsets[-1]))
        node = shapes.array("node", self.node, "K", "int")
        time = shapes.array("time", self.time, "M").astype(np.float64, copy=False)
        require_ids("node", node, self.n_nodes, "n_nodes")
        rises = np.diff(node) > 0
        rises[offsets[1:-1] - 1] = True
        if not rises.all():
            e = int(np.argmin(rises)) + 1
            k = int(np.searchsorted(offsets, e, side="right")) - 1
            raise DataError(
                f"`node` must rise inside a simplex, each node once: simplex {k} holds {node[e - 1]} before {node[e]}. "
                + ("List it once." if node[e - 1] == node[e] else "Use `Simplices.from_lists`, which sorts.")
            )
        require_increasing("time", time, strictly=False, remedy="Sort first, or use `Simplices.from_lists`.")
        span = require_span("span", self.span)
        k_out = outside(time, span)
        if k_out is not None:
            where = f"time[{k_out}]={time[k_out].item()!r}"
            raise DataError(f"`time` must lie in span [{span[0]}, {span[1]}): {where}. Widen `span` or cut simplices.")
        if self.names is not None:
            names = shapes.array("names", self.names, "N", "text")
            if len(np.unique(names)) != len(names):
                name, count = np.unique(names, return_counts=True)
                raise DataError(
                    f"`names` must name each node once, got {str(name[count.argmax()])!r} again. Rename one."
                )
            object.__setattr__(self, "names", names)
        for key, value in (("offsets", offsets), ("node", node), ("time", time), ("span", span)):
            object.__setattr__(self, key, value)
        object.__setattr__(self, "n_nodes", int(self.n_nodes))
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def from_lists(
        cls,
        lists: Sequence[ArrayLike],
        time: ArrayLike,
        *,
        n_nodes: int,
        span: tuple[float, float],
        names: ArrayLike | None = None,
    ) -> Simplices:
        """Build from one list of nodes per simplex, lists and times in any order.

        Parameters
        ----------
        lists : sequence of M int arrays
            Each node of a simplex once.
        time : (M,) float array, s
            Simplices at the same time keep the order they came in.
        n_nodes, span, names
            As of the simplices.

        Returns
        -------
        Simplices
        """
        rows = [np.sort(np.asarray(row)) for row in lists]
        when = Shapes(M=len(rows)).array("time", time, "M")
        order = np.argsort(when, kind="stable")
        rows = [rows[k] for k in order]
        return cls(
            offsets=np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]),
            node=np.concatenate([np.empty(0, np.int64), *rows]) if rows else np.empty(0, np.int64),
            time=when[order],
            n_nodes=n_nodes,
            span=span,
            names=None if names is None else np.asarray(names, dtype=str),
        )

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        a, b = self.span
        most = int(self.sizes.max()) if len(self) else 0
        return f"Simplices({len(self)} simplices of up to {most} nodes, {self.n_nodes} nodes, [{a:g}, {b:g}) s)"

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(M,) int64 array: nodes of each simplex."""
        return np.diff(self.offsets)

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """(N,) int64 array: simplices that each node takes part in."""
        return np.bincount(self.node, minlength=self.n_nodes)

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the notes."""
        return digest("Simplices", self.offsets, self.node, self.time, self.n_nodes, self.span, self.names)

    def members(self, k: int) -> NDArray[np.int64]:
        """Nodes of simplex k, in [-M, M), rising; negative k counts from the end."""
        if not -len(self) <= k < len(self):
            raise DataError(
                f"`k` must lie in [-{len(self)}, {len(self)}), as there are {len(self)} simplices, got {k}."
            )
        k = range(len(self))[k]
        return self.node[self.offsets[k] : self.offsets[k + 1]]

    def window(self, start: float, stop: float) -> Simplices:
        """Keep the simplices in [start, stop); the span becomes its overlap with the old one."""
        span = overlap(self.span, start, stop)
        a, b = (int(k) for k in np.searchsorted(self.time, span))
        return self._cut(slice(a, b), span)

    def shift(self, seconds: float) -> Simplices:
        """Move simplices and span along the time axis; a time that rounds to the span's end stays just before it."""
        span = (self.span[0] + seconds, self.span[1] + seconds)
        return replace(self, time=np.minimum(self.time + seconds, np.nextafter(span[1], -np.inf)), span=span)

    def split(self, share: float = 0.8) -> tuple[Simplices, Simplices]:
        """Cut into past and future at a quantile of the times.

        Parameters
        ----------
        share : float, in (0, 1)
            Of the simplices, in the past. Those at the time of the cut all belong to the past.

        Returns
        -------
        past, future : Simplices
            Their spans meet.

        Raises
        ------
        DataError
            If there is no simplex.
        """
        require_setting("share", share, above=0, below=1)
        if len(self) == 0:
            raise DataError("`split` needs at least one simplex, got none. Widen the window.")
        cut = float(np.nextafter(np.quantile(self.time, share), np.inf))
        return self.window(self.span[0], cut), self._cut(
            slice(int(np.searchsorted(self.time, cut)), len(self)), (cut, max(self.span[1], np.nextafter(cut, np.inf)))
        )

    def of_size(self, least: int = 1, most: int | None = None) -> Simplices:
        """Keep the simplices of `least` to `most` nodes (None: no upper bound)."""
        require_setting("least", least, least=1, whole=True)
        keep = (self.sizes >= least) & (self.sizes <= (self.n_nodes if most is None else most))
        return replace(
            self,
            offsets=np.concatenate([[0], np.cumsum(self.sizes[keep])]),
            node=self.node[np.repeat(keep, self.sizes)],
            time=self.time[keep],
        )

    def _cut(self, rows: slice, span: tuple[float, float]) -> Simplices:
        offsets = self.offsets[rows.start : rows.stop + 1]
        return replace(
            self,
            offsets=offsets - offsets[0],
            node=self.node[offsets[0] : offsets[-1]],
            time=self.time[rows],
            span=span,
        )

    def distinct(self) -> Simplices:
        """Keep each set of nodes once, at the first time it met."""
        seen: set[bytes] = set()
        first = np.zeros(len(self), dtype=bool)
        for k in range(len(self)):
            word = self.members(k).tobytes()
            if word not in seen:
                seen.add(word)
                first[k] = True
        return replace(
            self,
            offsets=np.concatenate([[0], np.cumsum(self.sizes[first])]),
            node=self.node[np.repeat(first, self.sizes)],
            time=self.time[first],
        )

    def by_size(self, most: int) -> Iterator[NDArray[np.int64]]:
        """Give the simplices as tables of equal size, at most `most` rows each.

        Parameters
        ----------
        most : int, >= 1

        Yields
        ------
        (m, size) int64 array
        """
        for size in np.unique(self.sizes):
            start = self.offsets[:-1][self.sizes == size]
            for a in range(0, len(start), most):
                yield self.node[start[a : a + most, None] + np.arange(size)]

    def graph(self) -> Graph:
        """Project: two nodes are joined if they ever met, and the weight counts how often.

        Returns
        -------
        Graph
            Undirected, without self-loops, of the same nodes and names.

        Notes
        -----
        O(sum of squared sizes) time; pairs are counted in blocks, so that memory stays near the size of the graph.
        """
        n = max(self.n_nodes, 1)
        pairs, counts = np.empty(0, np.int64), np.empty(0, np.int64)
        waiting: list[NDArray[np.int64]] = []
        held = 0
        for table in self.by_size(max(1, _BLOCK // max(1, int(self.sizes.max(initial=1)) ** 2))):
            i, j = np.triu_indices(table.shape[1], 1)
            waiting.append((table[:, i] * n + table[:, j]).ravel())
            held += waiting[-1].size
            if held > _BLOCK:
                pairs, counts = _counted(pairs, counts, waiting)
                waiting, held = [], 0
        pairs, counts = _counted(pairs, counts, waiting)
        return Graph.from_edges(
            pairs // n, pairs % n, counts.astype(np.float64), n_nodes=self.n_nodes, directed=False, names=self.names
        )


def _counted(
    pairs: NDArray[np.int64], counts: NDArray[np.int64], waiting: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add the pairs that wait to the pairs counted so far."""
    new = np.concatenate([np.empty(0, np.int64), *waiting])
    every, place = np.unique(np.concatenate([pairs, new]), return_inverse=True)
    weight = np.concatenate([counts, np.ones(len(new), np.int64)])
    total = np.bincount(place, weights=weight, minlength=len(every))
    return every, total.astype(np.int64)
