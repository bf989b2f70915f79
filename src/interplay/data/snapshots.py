"""Snapshots: one network per window of time, stored as edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest

#: How the weights of i -> j and j -> i become one.
Combine = Literal["sum", "mean", "strongest"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshots:
    """Signed, weighted networks of N nodes in S windows.

    Parameters
    ----------
    bounds : (S, 2) float array, s
        Half-open windows [start, stop), by non-decreasing start; they may overlap.
    pointer : (S + 1,) int array
        Snapshot s owns the edges ``pointer[s]:pointer[s + 1]``.
    src, dst : (E,) int arrays, in [0, n_nodes)
        Sorted by (src, dst) inside each snapshot, each pair once. An undirected edge is stored once, with src <= dst.
    weight : (E,) float array
        Finite; its sign is the sign of the interaction.
    n_nodes : int
    directed : bool
        Whether (i, j) and (j, i) are different edges.
    pvalues : (E,) float array in [0, 1] or None
        Of each stored edge, where the method tests.
    present : (S, N) bool array or None
        Which nodes could be measured (a silent unit cannot); all where None. Edges touch present nodes only.

    Raises
    ------
    DataError
        If columns disagree in length, ids leave the range, or an edge is repeated, out of order, or touches a node that
        is not present.
    """

    bounds: NDArray[np.float64]
    pointer: NDArray[np.int64]
    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    weight: NDArray[np.float64]
    n_nodes: int
    directed: bool
    pvalues: NDArray[np.float64] | None = None
    present: NDArray[np.bool_] = field(default=cast(Any, None))

    def __post_init__(self) -> None:
        if self.n_nodes < 0:
            raise DataError(f"`n_nodes` must be a number of nodes >= 0, got {self.n_nodes}. Give the true number.")
        shapes = Shapes(N=self.n_nodes)
        bounds = shapes.array("bounds", self.bounds, "S 2").astype(np.float64, copy=False)
        n_snapshots = shapes.sizes["S"]
        pointer = shapes.array("pointer", self.pointer, f"{n_snapshots + 1}", "int")
        columns: dict[str, Any] = {
            "src": shapes.array("src", self.src, "E", "int"),
            "dst": shapes.array("dst", self.dst, "E", "int"),
            "weight": shapes.array("weight", self.weight, "E").astype(np.float64, copy=False),
        }
        if self.pvalues is not None:
            columns["pvalues"] = shapes.array("pvalues", self.pvalues, "E").astype(np.float64, copy=False)
            if len(self.pvalues) and not (columns["pvalues"].min() >= 0 and columns["pvalues"].max() <= 1):
                k = int(np.argmax((columns["pvalues"] < 0) | (columns["pvalues"] > 1)))
                raise DataError(
                    f"`pvalues` must lie in [0, 1], got pvalues[{k}]={columns['pvalues'][k]}. Give probabilities."
                )
        present = np.ones((n_snapshots, self.n_nodes), dtype=bool) if self.present is None else self.present
        columns["present"] = shapes.array("present", present, "S N", "bool")
        columns |= {"bounds": bounds, "pointer": pointer, "n_nodes": int(self.n_nodes), "directed": bool(self.directed)}
        for key, value in columns.items():
            object.__setattr__(self, key, value)
        self._check_windows()
        self._check_edges()

    def _check_windows(self) -> None:
        require_increasing("bounds[:, 0]", self.bounds[:, 0], strictly=False, remedy="Sort the windows by their start.")
        empty = self.bounds[:, 0] >= self.bounds[:, 1]
        if empty.any():
            k = int(np.argmax(empty))
            raise DataError(f"`bounds` must have start < stop: bounds[{k}]={tuple(self.bounds[k])}.")
        steps = np.diff(self.pointer)
        if self.pointer[0] != 0 or self.pointer[-1] != len(self.src) or (steps < 0).any():
            raise DataError(
                f"`pointer` must rise from 0 to E={len(self.src)}, got {self.pointer[0]} to {self.pointer[-1]}."
            )

    def _check_edges(self) -> None:
        require_ids("src", self.src, self.n_nodes, "n_nodes")
        require_ids("dst", self.dst, self.n_nodes, "n_nodes")
        if not self.directed and (self.src > self.dst).any():
            k = int(np.argmax(self.src > self.dst))
            raise DataError(
                f"undirected edges must have src <= dst, got edge {k}: {self.src[k]} -> {self.dst[k]}. Swap the ends."
            )
        owner = self.snapshot
        pair = self.src * self.n_nodes + self.dst
        bad = (np.diff(owner) == 0) & (np.diff(pair) <= 0)
        if bad.any():
            k = int(np.argmax(bad))
            raise DataError(
                f"edges must be sorted by (src, dst) inside a snapshot, each pair once: edge {k + 1} "
                f"({self.src[k + 1]} -> {self.dst[k + 1]}) follows ({self.src[k]} -> {self.dst[k]}). "
                "Use `Snapshots.from_dense`."
            )
        absent = ~(self.present[owner, self.src] & self.present[owner, self.dst])
        if absent.any():
            k = int(np.argmax(absent))
            raise DataError(
                f"edge {k} ({self.src[k]} -> {self.dst[k]}) touches a node that is not `present` in its snapshot."
            )

    @classmethod
    def from_dense(
        cls,
        weights: ArrayLike,
        bounds: ArrayLike,
        *,
        directed: bool,
        pvalues: ArrayLike | None = None,
        present: ArrayLike | None = None,
        keep: ArrayLike | None = None,
    ) -> Snapshots:
        """Build from matrices; entry [s, i, j] is the edge i -> j.

        Parameters
        ----------
        weights : (S, N, N) float array
            Symmetric if not `directed`. The diagonal is kept only where `keep` says so.
        bounds : (S, 2) float array, s
        directed : bool
        pvalues : (S, N, N) float array in [0, 1] or None
        present : (S, N) bool array or None
            Entries of absent nodes are not read (they may be NaN).
        keep : (S, N, N) bool array or None
            Which entries are edges; None means the non-zero ones off the diagonal.

        Returns
        -------
        Snapshots
        """
        shapes = Shapes()
        w = shapes.array("weights", weights, "S N N", finite=False)
        seen = np.ones(w.shape[:2], bool) if present is None else shapes.array("present", present, "S N", "bool")
        if keep is None:
            edge = w != 0
            edge[:, np.arange(w.shape[1]), np.arange(w.shape[1])] = False
        else:
            edge = np.array(shapes.array("keep", keep, "S N N", "bool"))
        edge &= seen[:, :, None] & seen[:, None, :]
        if not directed:
            if not np.array_equal(edge, edge.transpose(0, 2, 1)):
                s, i, j = (int(k) for k in np.argwhere(edge & ~edge.transpose(0, 2, 1))[0])
                raise DataError(
                    f"`{'weights' if keep is None else 'keep'}` of an undirected network must be symmetric: "
                    f"[{s}, {i}, {j}] is an edge, [{s}, {j}, {i}] is not. Symmetrise it, or pass directed=True."
                )
            same = (w == w.transpose(0, 2, 1)) | ~edge
            if not same.all():
                s, i, j = (int(k) for k in np.argwhere(~same)[0])
                raise DataError(
                    f"`weights` of an undirected network must be symmetric: [{s}, {i}, {j}]={w[s, i, j]} but "
                    f"[{s}, {j}, {i}]={w[s, j, i]}. Symmetrise it, or pass directed=True."
                )
            edge &= np.triu(np.ones(w.shape[1:], bool))
        owner, src, dst = np.nonzero(edge)
        p = None if pvalues is None else np.asarray(shapes.array("pvalues", pvalues, "S N N", finite=False)[edge])
        return cls(
            bounds=np.asarray(bounds, dtype=np.float64),
            pointer=np.searchsorted(owner, np.arange(len(w) + 1)),
            src=src,
            dst=dst,
            weight=np.asarray(w[edge], dtype=np.float64),
            n_nodes=w.shape[1],
            directed=directed,
            pvalues=p,
            present=seen,
        )

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.bounds)

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        span = f"[{self.span[0]:g}, {self.span[1]:g}) s" if len(self) else "no window"
        return f"Snapshots({len(self)} windows, {self.n_nodes} nodes, {len(self.src)} {kind} edges, {span})"

    @property
    def span(self) -> tuple[float, float]:
        """From the first start to the last stop, s."""
        return float(self.bounds[0, 0]), float(self.bounds[:, 1].max())

    @property
    def snapshot(self) -> NDArray[np.int64]:
        """(E,) int64 array: the snapshot that owns each edge."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        columns = (self.bounds, self.pointer, self.src, self.dst, self.weight, self.pvalues, self.present)
        return digest("Snapshots", *columns, self.n_nodes, self.directed)

    def matrix(self, s: int, *, missing: float = 0.0) -> NDArray[np.float64]:
        """Adjacency of one snapshot.

        Parameters
        ----------
        s : int
            Which snapshot; negative counts from the end.
        missing : float
            Value of pairs that touch an absent node.

        Returns
        -------
        (N, N) float64 array
            ``adjacency[src, dst]``; symmetric if undirected.
        """
        return self._fill(range(len(self))[s], self.weight, missing, 0.0)

    def _fill(self, s: int, column: NDArray[np.float64], missing: float, empty: float) -> NDArray[np.float64]:
        out = np.full((self.n_nodes, self.n_nodes), empty)
        cut = slice(self.pointer[s], self.pointer[s + 1])
        out[self.src[cut], self.dst[cut]] = column[cut]
        if not self.directed:
            out[self.dst[cut], self.src[cut]] = column[cut]
        if missing != empty:
            gone = ~self.present[s]
            out[gone, :] = missing
            out[:, gone] = missing
        return out

    def dense(self, *, missing: float = 0.0) -> NDArray[np.float64]:
        """All adjacency matrices at once, (S, N, N) float64; see `matrix`."""
        blocks = [self._fill(s, self.weight, missing, 0.0) for s in range(len(self))]
        return np.stack(blocks) if blocks else np.empty((0, self.n_nodes, self.n_nodes))

    def dense_pvalues(self) -> NDArray[np.float64]:
        """All p-values as matrices, (S, N, N) float64; 1 where no edge is stored, NaN where a node is absent."""
        if self.pvalues is None:
            raise DataError(
                "these snapshots carry no p-values; choose a method that tests, for example `surrogates=200`."
            )
        return np.stack([self._fill(s, self.pvalues, np.nan, 1.0) for s in range(len(self))])

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return (self.matrix(s) for s in range(len(self)))

    def filter(self, keep: ArrayLike) -> Snapshots:
        """Keep some edges: (E,) bool array."""
        mask = Shapes(E=len(self.src)).array("keep", keep, "E", "bool")
        pointer = np.concatenate([[0], np.cumsum(mask)])[self.pointer]
        p = None if self.pvalues is None else self.pvalues[mask]
        return replace(
            self, pointer=pointer, src=self.src[mask], dst=self.dst[mask], weight=self.weight[mask], pvalues=p
        )

    def with_weight(self, weight: ArrayLike) -> Snapshots:
        """Give every edge a new weight: (E,) float array."""
        return replace(self, weight=np.asarray(weight, dtype=np.float64))

    def undirected(self, combine: Combine) -> Snapshots:
        """Forget the directions: a pair is joined where either direction is stored.

        Parameters
        ----------
        combine : {"sum", "mean", "strongest"}
            What the weights of i -> j and j -> i become, a direction that is not stored counting as 0: their sum, half
            of it, or the one of larger size (of equal sizes and opposite signs, the positive one). Weights that cancel
            leave an edge of weight 0.

        Returns
        -------
        Snapshots
            Undirected. These snapshots themselves if they are. Self-loops, having one direction only, keep their
            weight and p-value; for other pairs the p-value is twice the smaller one, at most 1 (Bonferroni's bound for
            "either direction").

        Raises
        ------
        ConfigError
            If `combine` is unknown.
        """
        if combine not in get_args(Combine):
            raise ConfigError(unknown_name("`combine`", combine, get_args(Combine)))
        if not self.directed:
            return self
        src, dst, owner = np.minimum(self.src, self.dst), np.maximum(self.src, self.dst), self.snapshot
        order = np.lexsort((self.weight, np.abs(self.weight), dst, src, owner))
        src, dst, owner, weight = src[order], dst[order], owner[order], self.weight[order]
        fresh = np.ones(len(src), bool)
        fresh[1:] = (np.diff(owner) != 0) | (np.diff(src) != 0) | (np.diff(dst) != 0)
        first = np.flatnonzero(fresh)
        last = np.append(first[1:], len(src))[: len(first)] - 1
        loop = src[first] == dst[first]
        if combine == "strongest":
            merged = weight[last]
        else:
            merged = np.add.reduceat(weight, first) if len(first) else weight
            merged = np.where(loop, merged, merged / 2) if combine == "mean" else merged
        p = None
        if self.pvalues is not None:
            smaller = np.minimum.reduceat(self.pvalues[order], first) if len(first) else self.pvalues
            p = np.where(loop, smaller, np.minimum(2 * smaller, 1.0))
        return Snapshots(
            bounds=self.bounds,
            pointer=np.searchsorted(owner[first], np.arange(len(self) + 1)),
            src=src[first],
            dst=dst[first],
            weight=merged,
            n_nodes=self.n_nodes,
            directed=False,
            pvalues=p,
            present=self.present,
        )

    def take(self, snapshots: Iterable[int]) -> Snapshots:
        """Keep some snapshots, in rising order."""
        kept = np.asarray(list(snapshots), dtype=np.int64)
        require_ids("snapshots", kept, len(self), "S")
        require_increasing("snapshots", kept, strictly=True, remedy="Give each snapshot once, in order.")
        mask = np.zeros(len(self), bool)
        mask[kept] = True
        edges = mask[self.snapshot]
        p = None if self.pvalues is None else self.pvalues[edges]
        return Snapshots(
            bounds=self.bounds[kept],
            pointer=np.concatenate([[0], np.cumsum(np.diff(self.pointer)[kept])]),
            src=self.src[edges],
            dst=self.dst[edges],
            weight=self.weight[edges],
            n_nodes=self.n_nodes,
            directed=self.directed,
            pvalues=p,
            present=self.present[kept],
        )

    def window(self, start: float, stop: float) -> Snapshots:
        """Keep the snapshots whose window lies wholly inside [start, stop)."""
        inside = (self.bounds[:, 0] >= start) & (self.bounds[:, 1] <= stop)
        return self.take(np.flatnonzero(inside))

    def shift(self, seconds: float) -> Snapshots:
        """Move along the time axis."""
        return replace(self, bounds=self.bounds + seconds)

    def select(self, nodes: Iterable[int]) -> Snapshots:
        """Keep some nodes, renumbered in the order given."""
        kept = np.asarray(list(nodes), dtype=np.int64)
        require_ids("nodes", kept, self.n_nodes, "n_nodes")
        if len(set(kept.tolist())) != len(kept):
            raise DataError("`nodes` must name each node once, got repeated ids. Drop the repeats.")
        number = np.full(self.n_nodes, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        mask = (number[self.src] >= 0) & (number[self.dst] >= 0)
        src, dst, owner = number[self.src[mask]], number[self.dst[mask]], self.snapshot[mask]
        if not self.directed:
            src, dst = np.minimum(src, dst), np.maximum(src, dst)
        order = np.lexsort((dst, src, owner))
        p = None if self.pvalues is None else self.pvalues[mask][order]
        return Snapshots(
            bounds=self.bounds,
            pointer=np.searchsorted(owner, np.arange(len(self) + 1)),
            src=src[order],
            dst=dst[order],
            weight=self.weight[mask][order],
            n_nodes=len(kept),
            directed=self.directed,
            pvalues=p,
            present=self.present[:, kept],
        )
