"""From edges as a file names them to a graph: numbers for nodes, one direction or two, each edge once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Graph
from interplay.io.edge_list import Edges

_WHOLE = re.compile("-?[0-9]{1,4000}")
#: What becomes of a line that gives an edge once more.
Repeats = Literal["refuse", "sum", "once"]


def number_nodes(
    edges: Edges, listed: Iterable[str] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...], tuple[str, ...]]:
    """Give every node of a list of edges a number.

    Parameters
    ----------
    edges : Edges
    listed : iterable of str or None
        Nodes that are known to exist, in their order, each once; others follow.

    Returns
    -------
    src, dst : (M,) int64 arrays
    names : tuple of str
        Of the nodes: as listed, then those that only edges name; whole numbers by size, other names by alphabet.
    notes : tuple of str
    """
    both = np.concatenate([edges.src, edges.dst])
    occurring, place = np.unique(both, return_inverse=True)
    first = list(edges.names or ()) if listed is None else list(listed)
    known = set(first)
    more = [name for name in occurring.tolist() if name not in known]
    whole = all(_WHOLE.fullmatch(name) for name in more)
    more.sort(key=int if whole else None)
    names = [*first, *more]
    number: Mapping[str, int] = {name: k for k, name in enumerate(names)}
    ids = np.array([number[name] for name in occurring.tolist()], dtype=np.int64)[place.ravel()]
    notes = []
    if listed is not None:
        alone = len(first) - len(known.intersection(occurring.tolist()))
        if alone:
            notes.append(f"{alone} node(s) of the node table have no edge and stand alone")
        if more:
            notes.append(f"{len(more)} node(s) have edges but no row in the node table, for example {more[0]!r}")
    return ids[: len(edges.src)], ids[len(edges.src) :], tuple(names), tuple(notes)


def build(
    edges: Edges,
    *,
    directed: bool | None,
    repeats: Repeats,
    listed: Iterable[str] | None = None,
    attributes: Mapping[str, NDArray[Any]] | None = None,
) -> Graph:
    """Make a graph of a list of edges, and say what was decided.

    Parameters
    ----------
    edges : Edges
    directed : bool or None
        None: as the list shows. Undirected where all pairs stand in both directions with one weight, or none does;
        directed where only some do.
    repeats : {"refuse", "sum", "once"}
        Of an undirected network, what `load_graph` says of both directions.
    listed, attributes
        Names of a node table and its columns, in that order; nodes without a row get "" or NaN.

    Returns
    -------
    Graph
    """
    src, dst, names, notes = number_nodes(edges, listed)
    n, weight = len(names), edges.weight
    src, dst, weight, said = _without_repeats(src, dst, weight, n, repeats, names)
    said = [*notes, *said]
    pair, back = src * n + dst, dst * n + src
    order = np.argsort(pair, kind="stable")
    spot = np.searchsorted(pair[order], back)
    has_back = np.zeros(len(pair), dtype=bool)
    inside = spot < len(pair)
    has_back[inside] = pair[order][spot[inside]] == back[inside]
    other = order[np.minimum(spot, max(len(pair) - 1, 0))] if len(pair) else spot
    equal = has_back & (True if weight is None else weight == weight[other]) if len(pair) else has_back
    loop = src == dst
    apart = int((~loop).sum())
    both = int((equal & ~loop).sum())
    twofold = int((has_back & ~loop).sum())
    # A network that shows itself to be symmetric holds each edge twice; else each line of a sum counts.
    mirrored = apart == both and (directed is None or edges.dense)
    if directed is None:
        directed, why = _direction(edges.dense, apart, twofold, both)
        said.append(why)
    if not directed and twofold:
        if repeats == "sum" and not mirrored:
            said.append(f"{twofold // 2} pair(s) stand in both directions: both were added up, as asked")
        elif not equal[has_back].all():
            k = int(np.argmax(has_back & ~equal))
            raise DataError(
                f"an undirected edge must have one weight: {names[src[k]]} - {names[dst[k]]} has two, one in each "
                "direction. Read it as directed, or pass repeats='sum'."
            )
        else:
            keep = ~has_back | (src <= dst)
            src, dst, weight = src[keep], dst[keep], None if weight is None else weight[keep]
    found = Graph.from_edges(
        src,
        dst,
        weight,
        n_nodes=n,
        directed=directed,
        repeats="sum" if repeats == "sum" else "refuse",
        names=None if list(names) == list(map(str, range(n))) else np.array(names, dtype=str),
        attributes={k: _lengthened(v, n) for k, v in (attributes or {}).items()},
    )
    if found.n_loops:
        said.append(f"{found.n_loops} edge(s) go from a node to itself")
    return replace(found, notes=(*edges.notes, *said))


def _direction(dense: bool, apart: int, back: int, equal: int) -> tuple[bool, str]:
    if apart == equal:
        return False, "undirected, for every pair stands in both directions with one weight"
    if dense:
        return True, "directed, for the matrix is not symmetric"
    if back == 0:
        return False, "undirected, for no pair stands in both directions (say `directed` if a line has a direction)"
    return True, "directed, for some pairs stand in one direction only, or with two weights"


def _without_repeats(
    src: NDArray[np.int64],
    dst: NDArray[np.int64],
    weight: NDArray[np.float64] | None,
    n: int,
    repeats: Repeats,
    names: tuple[str, ...],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None, list[str]]:
    pair, first, owner = np.unique(src * n + dst, return_index=True, return_inverse=True)
    more = len(src) - len(pair)
    if not more:
        return src, dst, weight, []
    if repeats == "refuse":
        once = np.zeros(len(src), dtype=bool)
        once[first] = True
        k = int(np.argmax(~once))
        raise DataError(
            f"each edge must be given once: {names[src[k]]} -> {names[dst[k]]} is given again, and {more} line(s) in "
            "all. Pass repeats='sum' to add up weights (or count lines), or 'once' to keep the first of each."
        )
    if repeats == "sum":
        total = np.bincount(owner.ravel(), weights=weight, minlength=len(pair)).astype(np.float64)
        return pair // n, pair % n, total, [f"{more} line(s) repeat an edge: weights were added up, as asked"]
    kept = np.sort(first)
    less = None if weight is None else weight[kept]
    return src[kept], dst[kept], less, [f"{more} line(s) repeat an edge: the first of each was kept, as asked"]


def _lengthened(column: NDArray[Any], n: int) -> NDArray[Any]:
    """Give nodes that the table does not know an empty value."""
    missing = n - len(column)
    if not missing:
        return column
    if column.dtype.kind == "U":
        return np.concatenate([column, np.full(missing, "")])
    return np.concatenate([column.astype(np.float64), np.full(missing, np.nan)])
