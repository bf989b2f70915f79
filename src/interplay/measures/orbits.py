"""Graphlet orbits: in how many connected subgraphs of up to four nodes a node, or a pair, plays which part.

The graphlets and orbits, numbered as in Przulj (2007):

====  =====================  ==========================================================
G0    edge                   0
G1    path of three          1 end, 2 middle
G2    triangle               3
G3    path of four           4 end, 5 inner
G4    star of three          6 leaf, 7 centre
G5    cycle of four          8
G6    paw                    9 leaf, 10 corner of degree two, 11 corner of degree three
G7    diamond                12 degree two, 13 degree three
G8    clique of four         14
====  =====================  ==========================================================

References
----------
Przulj (2007), Bioinformatics 23:e177. Hocevar, Demsar (2014), Bioinformatics 30:559.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data.graph import Graph

Ints = NDArray[np.int64]
PairKind = Literal["linked", "apart", "all"]

#: Orbits of each graphlet.
GRAPHLETS: tuple[tuple[int, ...], ...] = ((0,), (1, 2), (3,), (4, 5), (6, 7), (8,), (9, 10, 11), (12, 13), (14,))
#: Pairs of orbits that two nodes joined by an edge can hold in one graphlet; each also the other way round.
LINKED_ORBITS: tuple[tuple[int, int], ...] = (
    (0, 0),
    (1, 2),
    (3, 3),
    (4, 5),
    (5, 5),
    (6, 7),
    (8, 8),
    (9, 11),
    (10, 10),
    (10, 11),
    (12, 13),
    (13, 13),
    (14, 14),
)
#: Pairs of orbits that two nodes without an edge can hold in one graphlet; each also the other way round.
APART_ORBITS: tuple[tuple[int, int], ...] = ((1, 1), (4, 4), (4, 5), (6, 6), (8, 8), (9, 10), (12, 12))


def graphlet_orbits(graph: Graph) -> Ints:
    """Count how often each node plays each part in induced connected subgraphs of two, three and four nodes.

    Parameters
    ----------
    graph : Graph
        Undirected. An edge is a weight other than zero, whatever its sign and size; self-loops do not count.

    Returns
    -------
    (N, 15) int64 array, >= 0
        Column k: orbit k of the table above; column 0 is the degree.

    Raises
    ------
    DataError
        If the graph is directed.

    Notes
    -----
    Triangles, four-cycles and cliques of four are enumerated in order of degree; all else follows by linear equations,
    exact in whole numbers (beyond 2^63 they wrap: a star needs some three million leaves). Time O(sum over edges of the
    lesser degree + triangles x their edges' out-degree), memory O(N + E).

    References
    ----------
    Przulj (2007), Bioinformatics 23:e177, for the numbers; Hocevar, Demsar (2014), Bioinformatics 30:559, for the idea
    of solving instead of enumerating. The equations are our own.
    """
    from interplay.ops import orbits

    offsets, target = _simple(graph)
    node, start, head, higher = orbits.by_degree(offsets, target)
    of_edge = orbits.triangles(start, head, higher)
    tips, whole = np.zeros(len(node), np.int64), np.zeros(len(node), np.int64)
    orbits.cliques(start, head, higher, of_edge, tips, whole)
    cycle = orbits.four_cycles(start, head, higher)
    out = np.empty((len(node), 15), np.int64)
    out[node] = orbits.node_orbits(start, head, higher, of_edge, tips, whole, cycle)
    return out


def orbit_adjacencies(graph: Graph, pairs: PairKind = "linked") -> dict[tuple[int, int, bool], Any]:
    """Count, for pairs of nodes, the graphlets in which the first plays one part and the second another.

    Parameters
    ----------
    graph : Graph
        As in `graphlet_orbits`.
    pairs : {"linked", "apart", "all"}
        Pairs joined by an edge, pairs not joined, or both.

    Returns
    -------
    dict of (int, int, bool) to scipy.sparse.csr_array of int64, (N, N)
        Key (i, j, linked), both (i, j) and (j, i) where they differ; see `LINKED_ORBITS` and `APART_ORBITS`. Entry
        [u, v] counts the induced subgraphs in which u is at orbit i and v at orbit j. Only counts above zero are kept.

    Raises
    ------
    DataError
        If the graph is directed.
    ConfigError
        If `pairs` is unknown.

    Notes
    -----
    Linked pairs: O(sum of squared degrees + triangles x degree) time, 56 bytes an entry. Pairs apart take as much for
    every pair with a common neighbour, and the ends of paths of four a product of three adjacency matrices: in networks
    with hubs these are most pairs. Row sums of (i, j, linked) are the node's count of orbit i times how many nodes at
    orbit j stand so to one at orbit i.

    References
    ----------
    Hocevar, Demsar (2016), Journal of Statistical Software 71(10), count orbits of edges; the equations for both kinds
    of pairs are our own.
    """
    if pairs not in get_args(PairKind):
        raise ConfigError(unknown_name("`pairs`", str(pairs), get_args(PairKind)))
    from interplay.ops import orbit_pairs as kernels

    offsets, target = _simple(graph)
    of_entry = kernels.entry_triangles(offsets, target)
    rows, column = offsets, target
    if pairs != "linked":
        rows = kernels.near_offsets(offsets, target)
        column = kernels.near_pairs(offsets, target, rows)
    table = kernels.common_sums(offsets, target, of_entry, rows, column)
    src = np.repeat(np.arange(graph.n_nodes), np.diff(rows))
    joined = table[:, 6] == 1
    out: dict[tuple[int, int, bool], Any] = {}
    if pairs != "apart":
        out |= _linked(src[joined], column[joined], table[joined], np.diff(offsets), of_entry, offsets, graph.n_nodes)
    if pairs != "linked":
        out |= _apart(src[~joined], column[~joined], table[~joined], offsets, target, of_entry)
    return out


def _simple(graph: Graph) -> tuple[Ints, NDArray[np.int32]]:
    """Rows without loops and zeros."""
    if graph.directed:
        raise DataError(
            "`graph` must be undirected for graphlets, got a directed one. Forget directions: "
            '`Graph.from_edges(..., directed=False, repeats="sum")`.'
        )
    keep = (graph.weights() != 0) & (graph.src != graph.target)
    count = np.bincount(graph.src[keep], minlength=graph.n_nodes)
    return np.concatenate([[0], np.cumsum(count)]), graph.target[keep]


def _sparse(src: Ints, dst: Any, value: Ints, n: int) -> Any:
    from scipy.sparse import csr_array

    kept = value != 0
    return csr_array((value[kept], (src[kept], dst[kept])), shape=(n, n))


def _linked(
    src: Ints, dst: NDArray[np.int32], table: Ints, degree: Ints, of_entry: Ints, offsets: Ints, n: int
) -> dict[tuple[int, int, bool], Any]:
    """Solve for the orbits of edges; `t` holds counts of an entry, `back` turns its direction."""
    t, sum_degree, to_v, _, clique, three = table[:, :6].T
    du, dv = degree[src], degree[dst]
    triangle = np.zeros(n, np.int64)
    np.add.at(triangle, src, of_entry)
    triangle //= 2
    reach = np.zeros(n, np.int64)
    np.add.at(reach, src, dv)
    back = np.lexsort((src, dst))

    diamond_chord = t * (t - 1) // 2 - clique
    diamond_side = to_v - t - 2 * clique
    paw_base = sum_degree - 2 * t - 2 * clique - diamond_side - diamond_side[back]
    paw_side = t * (dv - 2) - 2 * clique - 2 * diamond_chord - diamond_side
    paw_tail = triangle[dst] - t - clique - diamond_side
    cycle = three - du - dv + 1 - 2 * clique - diamond_side - diamond_side[back]
    star = (dv - 1) * (dv - 2) // 2 - clique - diamond_chord - diamond_side - paw_tail - paw_side
    path_end = (
        (reach[dst] - du - (dv - 1) - t)
        - 2 * clique
        - 2 * diamond_side
        - diamond_side[back]
        - 2 * paw_tail
        - paw_base
        - cycle
    )
    path_inner = (
        (du - 1) * (dv - 1)
        - t
        - 2 * clique
        - 2 * diamond_chord
        - diamond_side
        - diamond_side[back]
        - paw_side
        - paw_side[back]
        - cycle
    )
    values = {
        (0, 0): np.ones_like(t),
        (1, 2): dv - 1 - t,
        (3, 3): t,
        (4, 5): path_end,
        (5, 5): path_inner,
        (6, 7): star,
        (8, 8): cycle,
        (9, 11): paw_tail,
        (10, 10): paw_base,
        (10, 11): paw_side,
        (12, 13): diamond_side,
        (13, 13): diamond_chord,
        (14, 14): clique,
    }
    return _both_ways(values, src, dst, n, linked=True)


def _apart(
    src: Ints, dst: NDArray[np.int32], table: Ints, offsets: Ints, target: NDArray[np.int32], of_entry: Ints
) -> dict[tuple[int, int, bool], Any]:
    """Solve for pairs without an edge."""
    from scipy.sparse import csr_array

    n = len(offsets) - 1
    degree = np.diff(offsets)
    common, sum_degree, to_v, to_u, chords, _ = table[:, :6].T
    values = {
        (1, 1): common,
        (4, 5): common * (degree[dst] - 1) - to_v - common * (common - 1) + 2 * chords,
        (6, 6): sum_degree - 2 * common - to_u - to_v + 2 * chords,
        (8, 8): common * (common - 1) // 2 - chords,
        (9, 10): to_v - 2 * chords,
        (12, 12): chords,
    }
    out = _both_ways(values, src, dst, n, linked=False)
    link = csr_array((np.ones(len(target), np.int64), target.astype(np.int64), offsets), shape=(n, n))
    three = (link @ link @ link).tocoo()
    row, column = three.coords
    linked_key = np.repeat(np.arange(n), degree) * max(n, 1) + target
    key = row.astype(np.int64) * max(n, 1) + column
    free = (row != column) & ~np.isin(key, linked_key)
    ways = csr_array((three.data[free], (row[free], column[free])), shape=(n, n))
    less = csr_array((2 * chords - to_u - to_v, (src, dst)), shape=(n, n))
    ends = (ways + less).tocoo()
    out[4, 4, False] = _sparse(ends.coords[0], ends.coords[1], ends.data, n)
    return out


def _both_ways(
    values: dict[tuple[int, int], Ints], src: Ints, dst: Any, n: int, *, linked: bool
) -> dict[tuple[int, int, bool], Any]:
    out: dict[tuple[int, int, bool], Any] = {}
    for (i, j), value in values.items():
        out[i, j, linked] = _sparse(src, dst, value, n)
        if i != j:
            out[j, i, linked] = out[i, j, linked].T.tocsr()
    return out
