"""Reach, best seeds, cover and clusters by enumeration: slow, and by definition."""

from itertools import combinations, product


def reached(n, edges, live, seeds):
    """Nodes on a path of live edges from the seeds."""
    there = set(seeds)
    grown = True
    while grown:
        more = {v for (u, v), on in zip(edges, live, strict=True) if on and u in there} - there
        grown = bool(more)
        there |= more
    return there


def worlds_independent(edges, chance):
    """Every pattern of live edges with its probability."""
    for live in product((False, True), repeat=len(edges)):
        p = 1.0
        for on, c in zip(live, chance, strict=True):
            p *= c if on else 1 - c
        if p > 0:
            yield live, p


def worlds_threshold(n, edges, weight):
    """Every choice of at most one edge into each node with its probability."""
    into = [[k for k, (_, v) in enumerate(edges) if v == node] for node in range(n)]
    for pick in product(*[[None, *ids] for ids in into]):
        p = 1.0
        for node, k in enumerate(pick):
            p *= weight[k] if k is not None else 1 - sum(weight[j] for j in into[node])
        if p > 1e-15:
            yield [k in pick for k in range(len(edges))], p


def timed_reach(n, events, time, chance, seeds):
    """Expected number of nodes reached by events that only build on what was reached at an earlier time."""
    total = 0.0
    for live, p in worlds_independent(events, chance):
        since = dict.fromkeys(seeds, float("-inf"))
        for (u, v), on, t in zip(events, live, time, strict=True):
            if on and u in since and since[u] < t:
                since.setdefault(v, t)
        total += p * len(since)
    return total


def group_reach(n, edges, worlds, seeds, code, n_groups):
    """Expected number of members reached in each group."""
    total = [0.0] * n_groups
    for live, p in worlds:
        for v in reached(n, edges, live, seeds):
            total[code[v]] += p
    return total


def best(n, count, worth):
    """The greatest worth of any `count` of n nodes."""
    return max(worth(list(s)) for s in combinations(range(n), count))


def cost_of(points, medoids):
    """Sum of distances to the nearest medoid."""
    return sum(
        min(sum((a - b) ** 2 for a, b in zip(x, points[m], strict=True)) ** 0.5 for m in medoids) for x in points
    )
