"""Graphlet orbits of nodes: triangles, four-cycles and cliques are enumerated, paths and stars follow by equations.

Kernels read a simple undirected graph as compressed sparse rows: rows rise, no loops, every edge in both rows. The idea
is that of Hocevar, Demsar (2014), Bioinformatics 30:559; the equations here are our own: they count subgraphs that need
not be induced from degrees, triangles, cycles and cliques, and then take away, from the densest graphlet down, what
belongs to denser ones.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def by_degree(offsets, target):  # type: ignore[no-untyped-def]
    """Renumber nodes by rising degree (ties by number).

    Parameters
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int32 array

    Returns
    -------
    node : (N,) int64 array
        The node behind each new number.
    start : (N + 1,) int64 array
    head : (E,) int32 array
        Rows of the new numbers, rising.
    higher : (N,) int64 array
        Place in `head` where a row's numbers begin to exceed the row's own.
    """
    n = len(offsets) - 1
    most = 0
    for i in range(n):
        most = max(most, offsets[i + 1] - offsets[i])
    place = np.zeros(most + 2, np.int64)
    for i in range(n):
        place[offsets[i + 1] - offsets[i] + 1] += 1
    for d in range(most + 1):
        place[d + 1] += place[d]
    node = np.empty(n, np.int64)
    start = np.zeros(n + 1, np.int64)
    for i in range(n):
        d = offsets[i + 1] - offsets[i]
        node[place[d]] = i
        start[place[d] + 1] = d
        place[d] += 1
    for i in range(n):
        start[i + 1] += start[i]
    rank = np.empty(n, np.int64)
    for i in range(n):
        rank[node[i]] = i
    head = np.empty(len(target), np.int32)
    cursor = start[:-1].copy()
    higher = np.empty(n, np.int64)
    for j in range(n):
        higher[j] = cursor[j]
        old = node[j]
        for e in range(offsets[old], offsets[old + 1]):
            i = rank[target[e]]
            head[cursor[i]] = j
            cursor[i] += 1
    return node, start, head, higher


@njit(cache=True, nogil=True)
def triangles(start, head, higher):  # type: ignore[no-untyped-def]
    """Count the triangles of every edge, (E,) int64, written at the edge's lower end (0 at the higher one)."""
    n = len(start) - 1
    found = np.zeros(len(head), np.int64)
    mark = np.zeros(n, np.int64)
    for u in range(n):
        for e in range(higher[u], start[u + 1]):
            mark[head[e]] = e + 1
        for e in range(higher[u], start[u + 1]):
            v = head[e]
            for f in range(higher[v], start[v + 1]):
                g = mark[head[f]]
                if g:
                    found[e] += 1
                    found[f] += 1
                    found[g - 1] += 1
        for e in range(higher[u], start[u + 1]):
            mark[head[e]] = 0
    return found


@njit(cache=True, nogil=True)
def cliques(start, head, higher, of_edge, tips, whole):  # type: ignore[no-untyped-def]
    """Add up, per node, diamonds in which it has degree two (`tips`) and cliques of four (`whole`), (N,) int64 each.

    Diamonds here need not be induced.
    """
    n = len(start) - 1
    near = np.zeros(n, np.int64)
    both = np.zeros(n, np.int64)
    common = np.empty(n, np.int64)
    for u in range(n):
        for e in range(higher[u], start[u + 1]):
            near[head[e]] = e + 1
        for e in range(higher[u], start[u + 1]):
            v = head[e]
            size = 0
            for f in range(higher[v], start[v + 1]):
                w = head[f]
                g = near[w]
                if g:
                    tips[u] += of_edge[f] - 1
                    tips[v] += of_edge[g - 1] - 1
                    tips[w] += of_edge[e] - 1
                    both[w] = e + 1
                    common[size] = w
                    size += 1
            for k in range(size - 1):
                w = common[k]
                for f in range(higher[w], start[w + 1]):
                    z = head[f]
                    if both[z] == e + 1:
                        whole[u] += 1
                        whole[v] += 1
                        whole[w] += 1
                        whole[z] += 1
        for e in range(higher[u], start[u + 1]):
            near[head[e]] = 0


@njit(cache=True, nogil=True)
def four_cycles(start, head, higher):  # type: ignore[no-untyped-def]
    """Count the cycles of four edges through every node, (N,) int64, induced or not.

    Each is seen from its highest node u: two ways u - v - w to one lower node w make a cycle. O(sum over edges of the
    lesser degree).
    """
    n = len(start) - 1
    found = np.zeros(n, np.int64)
    ways = np.zeros(n, np.int64)
    for u in range(n):
        for e in range(start[u], higher[u]):
            v = head[e]
            for f in range(start[v], start[v + 1]):
                w = head[f]
                if w >= u:
                    break
                ways[w] += 1
        for e in range(start[u], higher[u]):
            v = head[e]
            for f in range(start[v], start[v + 1]):
                w = head[f]
                if w >= u:
                    break
                found[v] += ways[w] - 1
        for e in range(start[u], higher[u]):
            v = head[e]
            for f in range(start[v], start[v + 1]):
                w = head[f]
                if w >= u:
                    break
                pairs = ways[w] * (ways[w] - 1) // 2
                found[u] += pairs
                found[w] += pairs
                ways[w] = 0
    return found


@njit(cache=True, nogil=True)
def node_orbits(start, head, higher, of_edge, tips, whole, cycle):  # type: ignore[no-untyped-def]
    """Solve for the 15 orbits of every node from what was enumerated, (N, 15) int64; numbers as in Przulj (2007)."""
    n = len(start) - 1
    triangle = np.zeros(n, np.int64)
    reach = np.zeros(n, np.int64)  # sum of (degree - 1) over neighbours
    shared = np.zeros(n, np.int64)  # diamonds in which the node has degree three
    tail = np.zeros(n, np.int64)  # paws in which it is a corner of degree two
    for u in range(n):
        du = start[u + 1] - start[u]
        for e in range(higher[u], start[u + 1]):
            v = head[e]
            dv = start[v + 1] - start[v]
            t = of_edge[e]
            triangle[u] += t
            triangle[v] += t
            reach[u] += dv - 1
            reach[v] += du - 1
            shared[u] += t * (t - 1) // 2
            shared[v] += t * (t - 1) // 2
            tail[u] += t * (dv - 2)
            tail[v] += t * (du - 2)
    for u in range(n):
        triangle[u] //= 2
    out = np.zeros((n, 15), np.int64)
    for x in range(n):
        d = start[x + 1] - start[x]
        t = triangle[x]
        ends = 0
        leaf = 0
        hang = 0
        for e in range(start[x], start[x + 1]):
            a = head[e]
            da = start[a + 1] - start[a]
            ends += reach[a] - (d - 1)
            leaf += (da - 1) * (da - 2) // 2
            hang += triangle[a]
        o = out[x]
        o[0] = d
        o[1] = reach[x] - 2 * t
        o[2] = d * (d - 1) // 2 - t
        o[3] = t
        o[14] = whole[x]
        o[13] = shared[x] - 3 * o[14]
        o[12] = tips[x] - 3 * o[14]
        o[11] = t * (d - 2) - 2 * o[13] - 3 * o[14]
        o[10] = tail[x] - 2 * o[12] - 2 * o[13] - 6 * o[14]
        o[9] = hang - 2 * t - 2 * o[12] - 3 * o[14]
        o[8] = cycle[x] - o[12] - o[13] - 3 * o[14]
        o[7] = d * (d - 1) * (d - 2) // 6 - o[11] - o[13] - o[14]
        o[6] = leaf - o[9] - o[10] - 2 * o[12] - o[13] - 3 * o[14]
        o[5] = (d - 1) * reach[x] - 2 * t - 2 * o[8] - o[10] - 2 * o[11] - 2 * o[12] - 4 * o[13] - 6 * o[14]
        o[4] = ends - 2 * t - 2 * o[8] - 2 * o[9] - o[10] - 4 * o[12] - 2 * o[13] - 6 * o[14]
    return out
