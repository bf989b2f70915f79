"""Graphlet orbits by enumeration: every set of two, three or four nodes, compared with nine drawings."""

from collections import Counter
from itertools import combinations, permutations

#: Edges of each graphlet, and the orbit of each of its nodes.
DRAWN = [
    ([(0, 1)], [0, 0]),
    ([(0, 1), (1, 2)], [1, 2, 1]),
    ([(0, 1), (1, 2), (0, 2)], [3, 3, 3]),
    ([(0, 1), (1, 2), (2, 3)], [4, 5, 5, 4]),
    ([(0, 1), (0, 2), (0, 3)], [7, 6, 6, 6]),
    ([(0, 1), (1, 2), (2, 3), (0, 3)], [8, 8, 8, 8]),
    ([(0, 1), (1, 2), (1, 3), (2, 3)], [9, 11, 10, 10]),
    ([(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)], [12, 13, 13, 12]),
    ([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], [14] * 4),
]


def roles(links, nodes):
    """The orbit of each of `nodes` in the subgraph they induce, or None if it is not connected."""
    inside = {frozenset(e) for e in combinations(nodes, 2) if frozenset(e) in links}
    for edges, orbits in DRAWN:
        if len(orbits) == len(nodes) and len(edges) == len(inside):
            for order in permutations(nodes):
                if {frozenset((order[a], order[b])) for a, b in edges} == inside:
                    return dict(zip(order, orbits, strict=True))
    return None


def counts(n, edges):
    """(node orbit Counter of (node, orbit), pair Counter of (u, v, orbit, orbit, linked))."""
    links = {frozenset(e) for e in edges if e[0] != e[1]}
    single, double = Counter(), Counter()
    for size in (2, 3, 4):
        for nodes in combinations(range(n), size):
            found = roles(links, nodes)
            if found is None:
                continue
            single.update(found.items())
            for u, v in permutations(nodes, 2):
                double[u, v, found[u], found[v], frozenset((u, v)) in links] += 1
    return single, double
