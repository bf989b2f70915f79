"""Graph: one weighted network between a fixed set of nodes, in compressed sparse rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_finite, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.groups import Groups, twice
from interplay.data.snapshots import Snapshots
from interplay.data.temporal_graph import TemporalGraph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: What of a signed network is kept, as a network of positive weights.
Layer = Literal["positive", "negative", "absolute"]
#: What becomes of an edge that is given more than once.
Repeats = Literal["refuse", "sum"]

_MOST_NODES = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph:
    """Who is joined to whom, how strongly, and what is known of each node.

    Parameters
    ----------
    offsets : (N + 1,) int array, never decreasing
        Row i, the edges that leave node i, is ``offsets[i]:offsets[i + 1]``.
    target : (E,) int array, in [0, N)
        Ends of the edges; rising inside a row, each once. Kept as int32.
    weight : (E,) float array or None
        Finite; its sign is the sign of the interaction. None: every edge weighs one, and no array is held.
    directed : bool
        An undirected edge is stored twice, once in the row of either end, with one weight; a self-loop once.
    names : (N,) text array or None
        Node names, each once.
    attributes : mapping of str to (N,) arrays
        Columns of the node table: text, numbers or bools.
    notes : tuple of str
        What a loader guessed or left out.

    Raises
    ------
    DataError
        If rows are out of order or range, an edge is repeated, an undirected edge lacks its opposite, or a column has
        another length than N.

    Notes
    -----
    Arrays may be memory-mapped: they are read once to be checked, and never copied when their types are already int64,
    int32 and float64. Memory is 8 N + 4 E bytes, and 8 E more with weights.
    """

    offsets: NDArray[np.int64]
    target: NDArray[np.int32]
    weight: NDArray[np.float64] | None = None
    directed: bool
    names: NDArray[np.str_] | None = None
    attributes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shapes = Shapes()
        offsets = shapes.array("offsets", self.offsets, "M", "int")
        if len(offsets) == 0 or offsets[0] != 0 or (np.diff(offsets) < 0).any():
            raise DataError(
                f"`offsets` must start at 0 and never decrease, got {offsets[:6].tolist()} first. "
                "Use `Graph.from_edges` for a list of edges."
            )
        n = len(offsets) - 1
        if n > _MOST_NODES:
            raise DataError(f"a graph must have at most {_MOST_NODES} nodes, got {n}. Take a part of it.")
        shapes = Shapes(N=n, E=int(offsets[-1]))
        target = _ids("target", self.target, int(offsets[-1]))
        weight = self.weight
        if weight is not None:
            weight = shapes.array("weight", weight, "E").astype(np.float64, copy=False)
        names = None if self.names is None else shapes.array("names", self.names, "N", "text")
        if names is not None and len(np.unique(names)) != n:
            raise DataError(
                f"`names` must name each node once, got {twice(names)!r} more than once. Join or rename such nodes."
            )
        columns = {str(k): _column(str(k), v, n) for k, v in self.attributes.items()}
        for key, value in (("offsets", offsets), ("target", target), ("weight", weight), ("names", names)):
            object.__setattr__(self, key, value)
        object.__setattr__(self, "directed", _yes_or_no(self.directed))
        object.__setattr__(self, "attributes", MappingProxyType(columns))
        object.__setattr__(self, "notes", tuple(self.notes))
        self._check_rows()

    def _check_rows(self) -> None:
        from interplay.ops import csr

        e = csr.first_disorder(self.offsets, self.target, self.n_nodes)
        if e >= 0:
            i = int(np.searchsorted(self.offsets, e, side="right")) - 1
            raise DataError(
                f"`target` must rise inside a row, each node of [0, N={self.n_nodes}) at most once: row {i} holds "
                f"{self.target[e]} at place {e}. Use `Graph.from_edges`, which sorts."
            )
        if not self.directed:
            e = csr.first_one_way(self.offsets, self.target, np.empty(0) if self.weight is None else self.weight)
            if e >= 0:
                i = int(np.searchsorted(self.offsets, e, side="right")) - 1
                raise DataError(
                    f"an undirected edge must stand in both rows with one weight: {i} -> {self.target[e]} does not. "
                    "Use `Graph.from_edges`, or pass directed=True."
                )

    @classmethod
    def from_edges(
        cls,
        src: ArrayLike,
        dst: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        n_nodes: int,
        directed: bool,
        repeats: Repeats = "refuse",
        names: ArrayLike | None = None,
        attributes: Mapping[str, ArrayLike] | None = None,
    ) -> Graph:
        """Build from a list of edges in any order.

        Parameters
        ----------
        src, dst : (M,) int arrays, in [0, n_nodes)
            An undirected edge is given once, in either direction.
        weight : (M,) float array or None
            None: every edge weighs one (with `repeats` "sum": as often as it is given).
        n_nodes : int
            Always given, never guessed from ids: isolated nodes count.
        directed : bool
        repeats : {"refuse", "sum"}
            What becomes of an edge given more than once (of an undirected one: in either direction).
        names, attributes
            As of the graph.

        Returns
        -------
        Graph

        Raises
        ------
        DataError
            If ids leave the range, lengths disagree, or an edge is repeated and that is refused.
        ConfigError
            If `repeats` is unknown, `n_nodes` no whole number >= 0, or `directed` neither True nor False.
        """
        if repeats not in get_args(Repeats):
            raise ConfigError(unknown_name("`repeats`", repeats, get_args(Repeats)))
        require_setting("n_nodes", n_nodes, least=0, whole=True)
        directed = _yes_or_no(directed)
        shapes = Shapes()
        tail, head = (shapes.array(k, v, "M", "int") for k, v in (("src", src), ("dst", dst)))
        require_ids("src", tail, n_nodes, "n_nodes")
        require_ids("dst", head, n_nodes, "n_nodes")
        size = None if weight is None else shapes.array("weight", weight, "M").astype(np.float64, copy=False)
        if not directed:
            tail, head = np.minimum(tail, head), np.maximum(tail, head)
        tail, head, size = _merged(tail, head, size, n_nodes, repeats)
        if not directed:
            other = tail != head
            tail, head = np.concatenate([tail, head[other]]), np.concatenate([head, tail[other]])
            size = None if size is None else np.concatenate([size, size[other]])
            order = np.argsort(tail * n_nodes + head, kind="stable")
            tail, head, size = tail[order], head[order], None if size is None else size[order]
        return cls(
            offsets=np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n_nodes))]),
            target=head.astype(np.int32),
            weight=size,
            directed=directed,
            names=None if names is None else np.asarray(names, dtype=str),
            attributes={k: np.asarray(v) for k, v in (attributes or {}).items()},
        )

    @classmethod
    def from_dense(cls, weights: ArrayLike, *, directed: bool, **columns: Any) -> Graph:
        """Build from a matrix ``weights[src, dst]``, (N, N), whose non-zero entries are edges, the diagonal too.

        Parameters
        ----------
        weights : (N, N) float array
            Finite; symmetric if not `directed`.
        directed : bool
        **columns
            `names`, `attributes`.
        """
        w = Shapes().array("weights", weights, "N N")
        if not directed and not np.array_equal(w, w.T):
            i, j = (int(k) for k in np.argwhere(w != w.T)[0])
            raise DataError(
                f"`weights` of an undirected graph must be symmetric: [{i}, {j}]={w[i, j]} but [{j}, {i}]={w[j, i]}. "
                "Symmetrise it, or pass directed=True."
            )
        src, dst = np.nonzero(w)
        return cls(
            offsets=np.concatenate([[0], np.cumsum(np.bincount(src, minlength=len(w)))]),
            target=dst.astype(np.int32),
            weight=np.asarray(w[src, dst], dtype=np.float64),
            directed=directed,
            **columns,
        )

    @classmethod
    def from_snapshots(cls, snapshots: Snapshots, which: int | None = None, **columns: Any) -> Graph:
        """Take one window's network, or the mean of all.

        Parameters
        ----------
        snapshots : Snapshots
        which : int or None
            Which window, negative counts from the end. None: the mean weight over all windows, a missing edge counting
            as 0; edges whose mean is exactly 0 stay, with weight 0.
        **columns
            `names`, `attributes`.
        """
        if which is None:
            if len(snapshots) == 0:
                raise DataError("`snapshots` must hold at least one window, got none.")
            src, dst, weight = snapshots.src, snapshots.dst, snapshots.weight / len(snapshots)
        else:
            s = range(len(snapshots))[which]
            cut = slice(snapshots.pointer[s], snapshots.pointer[s + 1])
            src, dst, weight = snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut]
        return cls.from_edges(
            src,
            dst,
            weight,
            n_nodes=snapshots.n_nodes,
            directed=snapshots.directed,
            repeats="sum" if which is None else "refuse",
            **columns,
        )

    @classmethod
    def from_temporal(cls, graph: TemporalGraph, *, directed: bool = True, **columns: Any) -> Graph:
        """Forget the times of events: the weights of the same pair add up.

        Parameters
        ----------
        graph : TemporalGraph
        directed : bool
            False adds up both directions of a pair.
        **columns
            `attributes`.
        """
        return cls.from_edges(
            graph.src,
            graph.dst,
            graph.weight,
            n_nodes=graph.n_nodes,
            directed=directed,
            repeats="sum",
            names=graph.names,
            **columns,
        )

    __reduce__ = reduce_by_fields

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        signed = ", signed" if self.signed else ""
        known = f", knows {', '.join(self.attributes)}" if self.attributes else ""
        return f"Graph({self.n_nodes} nodes, {self.n_edges} {kind} edges{signed}{known})"

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.offsets) - 1

    @cached_property
    def n_edges(self) -> int:
        """Edges, an undirected one counted once."""
        return len(self.target) if self.directed else (len(self.target) + self.n_loops) // 2

    @cached_property
    def n_loops(self) -> int:
        """Edges from a node to itself."""
        return int((self.src == self.target).sum())

    @cached_property
    def signed(self) -> bool:
        """Whether a weight is negative."""
        return self.weight is not None and len(self.weight) > 0 and bool(self.weight.min() < 0)

    @property
    def src(self) -> NDArray[np.int32]:
        """(E,) int32 array: the row of every entry."""
        return np.repeat(np.arange(self.n_nodes, dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the notes."""
        return digest("Graph", self.offsets, self.target, self.weight, self.directed, self.names, dict(self.attributes))

    def weights(self) -> NDArray[np.float64]:
        """(E,) float64 array: the weights, ones where none are held."""
        return np.ones(len(self.target)) if self.weight is None else self.weight

    def degree_out(self) -> NDArray[np.int64]:
        """(N,) int64 array: entries of each row (of an undirected graph the degree, a self-loop counted once)."""
        return np.diff(self.offsets)

    def degree_in(self) -> NDArray[np.int64]:
        """(N,) int64 array: how many edges end at each node."""
        return np.bincount(self.target, minlength=self.n_nodes)

    def strength_out(self) -> NDArray[np.float64]:
        """(N,) float64 array: sum of each row's weights."""
        return np.bincount(self.src, weights=self.weights(), minlength=self.n_nodes).astype(np.float64)

    def groups(self, column: str, *, unknown: str | None = None) -> Groups:
        """Group the nodes by a column of their table; see `Groups.of`."""
        if column not in self.attributes:
            raise DataError(unknown_name("node column", column, self.attributes))
        return Groups.of(self.attributes[column], column=column, unknown=unknown)

    def with_attributes(self, **columns: ArrayLike) -> Graph:
        """Add columns to the node table, (N,) each; one of the same name is replaced."""
        return replace(self, attributes={**self.attributes, **{k: np.asarray(v) for k, v in columns.items()}})

    def with_weight(self, weight: ArrayLike | None) -> Graph:
        """Give every entry a new weight: (E,) float array, or None for ones."""
        return replace(self, weight=None if weight is None else np.asarray(weight, dtype=np.float64))

    def layer(self, which: Layer) -> Graph:
        """Keep the positive edges, or the negative ones, or all, with the size of their weights; zeros go.

        Parameters
        ----------
        which : {"positive", "negative", "absolute"}

        Returns
        -------
        Graph
            All weights > 0.

        Raises
        ------
        ConfigError
            If `which` is unknown.
        """
        if which not in get_args(Layer):
            raise ConfigError(unknown_name("`which`", which, get_args(Layer)))
        w = self.weights()
        keep = {"positive": w > 0, "negative": w < 0, "absolute": w != 0}[which]
        if self.weight is None:
            return self if which != "negative" else self._rows(self.src[keep], self.target[keep], None, self.directed)
        return self._rows(self.src[keep], self.target[keep], np.abs(w[keep]), self.directed)

    def reversed(self) -> Graph:
        """Turn every edge round (an undirected graph is its own reverse)."""
        from interplay.ops import csr

        if not self.directed:
            return self
        offsets, source, entry = csr.transpose(self.offsets, self.target, self.n_nodes)
        return replace(self, offsets=offsets, target=source, weight=None if self.weight is None else self.weight[entry])

    def select(self, nodes: Iterable[int]) -> Graph:
        """Keep some nodes and the edges among them, renumbered in the order given."""
        kept = Shapes().array("nodes", list(nodes), "K", "int")
        require_ids("nodes", kept, self.n_nodes, "N")
        if len(np.unique(kept)) != len(kept):
            raise DataError(f"`nodes` must name each node once, got {twice(kept)} more than once. Drop the repeats.")
        number = np.full(self.n_nodes, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        src, dst = number[self.src], number[self.target]
        mask = (src >= 0) & (dst >= 0)
        src, dst = src[mask], dst[mask]
        order = np.argsort(src * max(len(kept), 1) + dst, kind="stable")
        weight = None if self.weight is None else self.weight[mask][order]
        return Graph(
            offsets=np.concatenate([[0], np.cumsum(np.bincount(src, minlength=len(kept)))]),
            target=dst[order].astype(np.int32),
            weight=weight,
            directed=self.directed,
            names=None if self.names is None else self.names[kept],
            attributes={k: v[kept] for k, v in self.attributes.items()},
            notes=self.notes,
        )

    def components(self) -> NDArray[np.int64]:
        """(N,) int64 array: label of each node's connected part (directions ignored), rising with its first node."""
        from interplay.ops import csr

        return np.asarray(csr.components(self.offsets, self.target))

    def to_dense(self) -> NDArray[np.float64]:
        """(N, N) float64 array ``weights[src, dst]``."""
        out = np.zeros((self.n_nodes, self.n_nodes))
        out[self.src, self.target] = self.weights()
        return out

    def to_scipy(self) -> csr_array:
        """Copy the rows into a `scipy.sparse.csr_array`, (N, N), of float64."""
        from scipy.sparse import csr_array

        shape = (self.n_nodes, self.n_nodes)
        return csr_array((self.weights().copy(), self.target.copy(), self.offsets.copy()), shape=shape)

    def _rows(self, src: Any, dst: Any, weight: Any, directed: bool) -> Graph:
        counts = np.bincount(src, minlength=self.n_nodes)
        return replace(
            self, offsets=np.concatenate([[0], np.cumsum(counts)]), target=dst, weight=weight, directed=directed
        )


def _yes_or_no(directed: Any) -> bool:
    if not isinstance(directed, bool | np.bool_):
        raise ConfigError(f"`directed` must be True or False, got {directed!r}. Say whether an edge has a direction.")
    return bool(directed)


def _ids(name: str, value: ArrayLike, n_edges: int) -> NDArray[np.int32]:
    """Keep ids as a read-only int32 view, without a copy where they are int32 already."""
    array = np.asarray(value)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int32)
    if array.dtype.kind not in "iu" or array.shape != (n_edges,):
        raise DataError(
            f"`{name}` must be (E={n_edges},) whole numbers, as `offsets` ends at {n_edges}; got shape {array.shape} "
            f"of {array.dtype}."
        )
    if array.dtype != np.int32 and array.size and (array.min() < 0 or array.max() > _MOST_NODES):
        raise DataError(f"`{name}` must lie in [0, N), got {array.min()} to {array.max()}. Number the nodes from 0.")
    view = array.astype(np.int32, copy=False).view()
    view.flags.writeable = False
    return view


def _column(name: str, value: ArrayLike, n: int) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "Ubiuf" or array.shape != (n,):
        raise DataError(
            f"attribute `{name}` must be (N={n},) texts, numbers or bools, got shape {array.shape} of {array.dtype}."
        )
    view = array.view()
    view.flags.writeable = False
    return view


def _merged(tail: Any, head: Any, weight: Any, n_nodes: int, repeats: Repeats) -> tuple[Any, Any, Any]:
    """Sort edges by (src, dst) and join the repeated ones."""
    pair = tail * n_nodes + head
    order = np.argsort(pair, kind="stable")
    pair = pair[order]
    fresh = np.ones(len(pair), bool)
    fresh[1:] = pair[1:] != pair[:-1]
    tail, head = tail[order], head[order]
    weight = None if weight is None else weight[order]
    if fresh.all():
        return tail, head, weight
    if repeats == "refuse":
        k = int(np.argmax(~fresh))
        raise DataError(
            f"each edge must be given once: {tail[k]} -> {head[k]} is repeated (in an undirected graph either "
            'direction counts). Drop the repeats, or pass repeats="sum".'
        )
    first = np.flatnonzero(fresh)
    summed = np.add.reduceat(np.ones(len(pair)) if weight is None else weight, first)
    require_finite("weight", summed)
    return tail[first], head[first], summed
