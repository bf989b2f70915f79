"""Rules of random walks: plain settings, prepared once for a graph, then walked from any start."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.registry import Registry
from interplay.data.graph import Graph
from interplay.data.groups import Groups

_HERE = "interplay.represent.walks"
#: Rules by name.
WALKS = Registry(
    "walk",
    {
        "uniform": f"{_HERE}:UniformWalk",
        "weighted": f"{_HERE}:WeightedWalk",
        "node2vec": f"{_HERE}:Node2VecWalk",
        "restart": f"{_HERE}:RestartWalk",
        "jump": f"{_HERE}:JumpWalk",
        "group": f"{_HERE}:GroupWalk",
    },
)


class PreparedWalk:
    """A rule on a graph, ready to walk.

    Parameters
    ----------
    n_nodes : int
    kernel : callable
        Takes (starts, repetition, seed, out) and fills `out`; it must release the interpreter lock.
    held : tuple of arrays
        What the kernel reads, for its size.
    """

    def __init__(self, n_nodes: int, kernel: Callable[..., None], held: tuple[NDArray[Any], ...]) -> None:
        self.n_nodes = n_nodes
        self.n_bytes = sum(array.nbytes for array in held)
        self._kernel = kernel

    def walk(
        self,
        starts: ArrayLike,
        repetition: ArrayLike,
        length: int,
        seed: int,
        out: NDArray[np.int32] | None = None,
        jobs: int = 1,
    ) -> NDArray[np.int32]:
        """Walk from every start.

        Parameters
        ----------
        starts : (W,) int array, in [0, N)
        repetition : int or (W,) int array, >= 0
            Number of the walk among those of its start: the same (seed, start, repetition) gives the same walk.
        length : int, >= 1
            Nodes of a walk, the start included.
        seed : int, >= 0
        out : (W, length) int32 array or None
            Where to put the walks.
        jobs : int, >= 1
            Threads; they change no number.

        Returns
        -------
        (W, length) int32 array
            Nodes; -1 after the end of a walk.

        Raises
        ------
        ConfigError
            If a setting is out of range or `out` does not fit.
        DataError
            If a start is no node.
        """
        require_setting("length", length, least=1, whole=True)
        require_setting("seed", seed, least=0, whole=True)
        require_setting("jobs", jobs, least=1, whole=True)
        shapes = Shapes()
        begin = shapes.array("starts", starts, "W", "int")
        require_ids("starts", begin, self.n_nodes, "N")
        number = np.asarray(repetition)
        number = shapes.array("repetition", np.full(len(begin), number) if number.ndim == 0 else number, "W", "int")
        if len(number) and number.min() < 0:
            raise DataError(f"`repetition` must be >= 0, got {number.min()}. Count the walks of a start from 0.")
        if out is None:
            out = np.empty((len(begin), length), dtype=np.int32)
        elif out.shape != (len(begin), length) or out.dtype != np.int32 or not out.flags.c_contiguous:
            raise ConfigError(
                f"`out` must be a C-contiguous int32 array of shape {(len(begin), length)}, got {out.dtype} "
                f"{out.shape}. Pass None to have one made."
            )
        word = np.uint64(seed & 0xFFFFFFFFFFFFFFFF)
        cuts = np.linspace(0, len(begin), min(jobs, max(len(begin), 1)) + 1).astype(np.int64)
        parts = [
            (np.ascontiguousarray(begin[a:b]), np.ascontiguousarray(number[a:b]), word, out[a:b])
            for a, b in pairwise(cuts)
        ]
        if len(parts) == 1:
            self._kernel(*parts[0])
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(lambda part: self._kernel(*part), parts))
        return out


class Walk(Protocol):
    """A rule: settings that know how to get ready for a graph."""

    def prepare(self, graph: Any) -> PreparedWalk:
        """Check the graph and build the tables the rule needs."""
        ...


@dataclass(frozen=True, kw_only=True)
class UniformWalk:
    """Every edge of a node is as likely as the next, whatever it weighs (DeepWalk's walk)."""

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph; needs no table.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return _first_order(_rows(graph)._replace(weight=None))


@dataclass(frozen=True, kw_only=True)
class WeightedWalk:
    """An edge is as likely as it weighs among those of its node."""

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build one alias table per node, 12 bytes per edge entry.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return _first_order(_rows(graph))


@dataclass(frozen=True, kw_only=True)
class Node2VecWalk:
    """Second-order walk: the weight of an edge is divided by p if it leads back, by q if it leads away.

    Parameters
    ----------
    p : float, > 0
        Return: small goes back often.
    q : float, > 0
        In-out: small leaves the neighbourhood of the previous node.
    """

    p: float = 1.0
    q: float = 1.0

    def __post_init__(self) -> None:
        require_setting("p", self.p, above=0, below=np.inf)
        require_setting("q", self.q, above=0, below=np.inf)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph; a weighted one gets an alias table per node, none is needed per edge.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken. In a directed graph "away" is a node to which the
            previous one has no edge.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return _second_order(_rows(graph), self.p, self.q)


@dataclass(frozen=True, kw_only=True)
class RestartWalk:
    """Weighted walk that goes back to its start now and then, and from every dead end.

    Parameters
    ----------
    restart : float, in [0, 1]
        Probability, before every step, of going back instead; it counts as a step.
    """

    restart: float = 0.15

    def __post_init__(self) -> None:
        require_setting("restart", self.restart, least=0, most=1)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build what the weighted walk needs.

        Parameters
        ----------
        graph : Graph
            No negative weight. A walk whose start is itself a dead end has length 1.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return _leaping(_rows(graph), self.restart, anywhere=False)


@dataclass(frozen=True, kw_only=True)
class JumpWalk:
    """Weighted walk that jumps to a node drawn uniformly now and then, and from every dead end (PageRank's walk).

    Parameters
    ----------
    jump : float, in [0, 1]
        Probability, before every step, of jumping instead: one minus the damping factor.
    """

    jump: float = 0.15

    def __post_init__(self) -> None:
        require_setting("jump", self.jump, least=0, most=1)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build what the weighted walk needs.

        Parameters
        ----------
        graph : Graph
            No negative weight. A jump may hit any node, the present one and isolated ones too.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return _leaping(_rows(graph), self.jump, anywhere=True)


@dataclass(frozen=True, kw_only=True)
class GroupWalk:
    """Pick a group among those of the neighbours, all alike, then a neighbour in it as its edge weighs (FairWalk).

    Parameters
    ----------
    column : str
        Column of the node table that holds the groups, unless `prepare` is given groups.
    p, q : float, > 0
        As of `Node2VecWalk`, on the re-weighted edges.
    """

    column: str = "group"
    p: float = 1.0
    q: float = 1.0

    def __post_init__(self) -> None:
        require_setting("p", self.p, above=0, below=np.inf)
        require_setting("q", self.q, above=0, below=np.inf)

    def prepare(self, graph: Graph, groups: Groups | None = None) -> PreparedWalk:
        """Re-weight the edges so that a node's neighbour groups share alike, and build alias tables.

        Parameters
        ----------
        graph : Graph
            No negative weight.
        groups : Groups or None
            None: those of the column.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative, the column is unknown, or `groups` is of another number of nodes.
        """
        chosen = graph.groups(self.column) if groups is None else groups
        if chosen.n_nodes != graph.n_nodes:
            raise DataError(
                f"`groups` must have shape (N={graph.n_nodes},), got {chosen.n_nodes} nodes. Take them from this graph."
            )
        rows = _rows(graph)
        shared = _equal_groups(rows, chosen.code, len(chosen))
        return _second_order(rows._replace(weight=shared), self.p, self.q)


_Array = NDArray[Any]
_NONE_F, _NONE_I = np.empty(0), np.empty(0, dtype=np.int32)


class _Rows(NamedTuple):
    """The edges a walk may take; `mutual`: each stands in both rows."""

    offsets: _Array
    target: _Array
    weight: _Array | None
    mutual: bool


def _rows(graph: Graph) -> _Rows:
    if graph.signed:
        raise DataError(
            "`graph` must have no negative weight to be walked on: choose `graph.layer('positive')`, "
            "`layer('negative')` or `layer('absolute')`."
        )
    if graph.weight is not None and len(graph.weight) and graph.weight.min() == 0:
        graph = graph.layer("positive")
    return _Rows(graph.offsets, graph.target, graph.weight, not graph.directed)


def _tables(rows: _Rows) -> tuple[_Array, _Array]:
    from interplay.ops import walks

    if rows.weight is None:
        return _NONE_F, _NONE_I
    threshold, other = walks.alias_tables(rows.offsets, rows.target, rows.weight)
    return threshold, other


def _first_order(rows: _Rows) -> PreparedWalk:
    from interplay.ops import walks

    held = (rows.offsets, rows.target, *_tables(rows))
    return PreparedWalk(len(rows.offsets) - 1, lambda *walk: walks.walk_rows(*held, *walk), held)


def _leaping(rows: _Rows, leap: float, *, anywhere: bool) -> PreparedWalk:
    from interplay.ops import walks

    held = (rows.offsets, rows.target, *_tables(rows))
    whereto = walks.ANYWHERE if anywhere else walks.BACK

    def kernel(starts: _Array, repetition: _Array, seed: np.uint64, out: _Array) -> None:
        walks.walk_leaps(*held, starts, repetition, seed, float(leap), whereto, out)

    return PreparedWalk(len(rows.offsets) - 1, kernel, held)


def _second_order(rows: _Rows, p: float, q: float) -> PreparedWalk:
    from interplay.ops import walks_second_order

    if p == 1 and q == 1:
        return _first_order(rows)
    offsets, target, weight, mutual = rows
    held = (
        (offsets, target, _NONE_F if weight is None else weight, _strength(rows)),
        (*_tables(rows), walks_second_order.edge_filter(offsets, target, mutual)),
    )

    def kernel(starts: _Array, repetition: _Array, seed: np.uint64, out: _Array) -> None:
        walks_second_order.walk_second_order(*held, mutual, starts, repetition, seed, 1.0 / p, 1.0 / q, out)

    return PreparedWalk(len(offsets) - 1, kernel, (*held[0], *held[1]))


def _strength(rows: _Rows) -> _Array:
    if rows.weight is None:
        return np.diff(rows.offsets).astype(np.float64)
    tail = np.repeat(np.arange(len(rows.offsets) - 1), np.diff(rows.offsets))
    return np.bincount(tail, weights=rows.weight, minlength=len(rows.offsets) - 1).astype(np.float64)


def _equal_groups(rows: _Rows, code: _Array, n_groups: int) -> _Array:
    """Scale weights so that the neighbour groups of a node have one and the same sum."""
    tail = np.repeat(np.arange(len(rows.offsets) - 1), np.diff(rows.offsets))
    weight = np.ones(len(rows.target)) if rows.weight is None else rows.weight
    found, place = np.unique(tail * max(n_groups, 1) + code[rows.target], return_inverse=True)
    return np.asarray(weight / np.bincount(place, weights=weight, minlength=len(found))[place])
