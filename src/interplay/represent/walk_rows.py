"""The rows a walk goes along, and the kernels that walk them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data.graph import Graph
from interplay.represent.prepared_walk import PreparedWalk

_Array = NDArray[Any]


def frozen(array: _Array) -> _Array:
    """View an array, mapped or not, as plain and read-only: kernels are compiled for one kind alone."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


#: Weights within these bounds can be added up, and biased by p and q, without leaving the range of numbers.
_LEAST_SAFE, _MOST_SAFE = 2.0**-500, 2.0**500
_NONE_F, _NONE_I = np.empty(0), np.empty(0, dtype=np.int32)


class WalkRows(NamedTuple):
    """The edges a walk may take; `mutual`: each stands in both rows."""

    offsets: _Array
    target: _Array
    weight: _Array | None
    mutual: bool


def walkable(graph: Graph) -> WalkRows:
    """Check that a graph can be walked on, and leave out the edges that weigh nothing.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    WalkRows

    Raises
    ------
    DataError
        If a weight is negative.
    """
    if graph.signed:
        raise DataError(
            "`graph` must have no negative weight to be walked on: choose `graph.layer('positive')`, "
            "`layer('negative')` or `layer('absolute')`."
        )
    if graph.weight is not None and len(graph.weight) and graph.weight.min() == 0:
        graph = graph.layer("positive")
    weight = None if graph.weight is None else frozen(levelled(graph.offsets, graph.weight))
    return WalkRows(frozen(graph.offsets), frozen(graph.target), weight, not graph.directed)


def levelled(offsets: _Array, weight: _Array) -> _Array:
    """Divide every row by its greatest weight if sums or products of them could leave the range of numbers.

    Parameters
    ----------
    offsets : (N + 1,) int array
    weight : (E,) float64 array, >= 0

    Returns
    -------
    (E,) float64 array
        `weight` itself where its positive values lie in [2^-500, 2^500].
    """
    least = np.min(weight, where=weight > 0, initial=1.0)
    if least >= _LEAST_SAFE and np.max(weight, initial=1.0) <= _MOST_SAFE:
        return weight
    sizes = np.diff(offsets)
    top = np.maximum.reduceat(weight, offsets[:-1][sizes > 0])
    return np.asarray(weight / np.repeat(np.where(top > 0, top, 1.0), sizes[sizes > 0]))


def _tables(rows: WalkRows) -> tuple[_Array, _Array]:
    from interplay.ops import alias

    if rows.weight is None:
        return _NONE_F, _NONE_I
    threshold, other = alias.alias_tables(rows.offsets, rows.target, rows.weight)
    return threshold, other


def first_order(rows: WalkRows) -> PreparedWalk:
    """Walk along rows as the weights say.

    Parameters
    ----------
    rows : WalkRows

    Returns
    -------
    PreparedWalk
    """
    from interplay.ops import walks

    held = (rows.offsets, rows.target, *_tables(rows))
    return PreparedWalk(len(rows.offsets) - 1, lambda *walk: walks.walk_rows(*held, *walk), held)


def leaping(rows: WalkRows, leap: float, *, anywhere: bool) -> PreparedWalk:
    """Walk along rows and leap now and then, and from dead ends.

    Parameters
    ----------
    rows : WalkRows
    leap : float, in [0, 1]
    anywhere : bool
        To any node; False: back to the start.

    Returns
    -------
    PreparedWalk
    """
    from interplay.ops import walks

    held = (rows.offsets, rows.target, *_tables(rows))
    whereto = walks.ANYWHERE if anywhere else walks.BACK

    def kernel(starts: _Array, repetition: _Array, seed: np.uint64, out: _Array) -> None:
        walks.walk_leaps(*held, starts, repetition, seed, float(leap), whereto, out)

    return PreparedWalk(len(rows.offsets) - 1, kernel, held)


def second_order(rows: WalkRows, p: float, q: float) -> PreparedWalk:
    """Walk along rows with weights divided by p on the way back and by q away from the previous node.

    Parameters
    ----------
    rows : WalkRows
    p, q : float, > 0

    Returns
    -------
    PreparedWalk
    """
    from interplay.ops import walks_second_order

    if p == 1 and q == 1:
        return first_order(rows)
    offsets, target, weight, mutual = rows
    held = (
        (offsets, target, frozen(_NONE_F) if weight is None else weight, _strength(rows)),
        (*_tables(rows), walks_second_order.edge_filter(offsets, target, mutual)),
    )

    def kernel(starts: _Array, repetition: _Array, seed: np.uint64, out: _Array) -> None:
        walks_second_order.walk_second_order(*held, mutual, starts, repetition, seed, 1.0 / p, 1.0 / q, out)

    return PreparedWalk(len(offsets) - 1, kernel, (*held[0], *held[1]))


def _strength(rows: WalkRows) -> _Array:
    if rows.weight is None:
        return np.diff(rows.offsets).astype(np.float64)
    tail = np.repeat(np.arange(len(rows.offsets) - 1), np.diff(rows.offsets))
    return np.bincount(tail, weights=rows.weight, minlength=len(rows.offsets) - 1).astype(np.float64)
