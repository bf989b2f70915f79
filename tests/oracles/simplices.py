"""Closure and triangle scores from sets of nodes, triple by triple; nothing shared with the library."""

import math
from itertools import combinations


def ties(simplices):
    weight = {}
    for nodes in simplices:
        for pair in combinations(sorted(nodes), 2):
            weight[pair] = weight.get(pair, 0) + 1
    return weight


def held(simplices, triple):
    return any(set(triple) <= set(nodes) for nodes in simplices)


def closure(past, future):
    """Kind of ties -> (open triples, those closed later)."""
    weight = ties(past)
    present = sorted({v for nodes in past for v in nodes})
    counts = {}
    for triple in combinations(present, 3):
        if held(past, triple):
            continue
        kind = tuple(sorted(min(weight.get(pair, 0), 2) for pair in combinations(triple, 2)))
        was, closed = counts.get(kind, (0, 0))
        counts[kind] = (was + 1, closed + held(future, triple))
    return counts


def open_triangles(past):
    weight = ties(past)
    present = sorted({v for nodes in past for v in nodes})
    return [
        t for t in combinations(present, 3) if all(pair in weight for pair in combinations(t, 2)) and not held(past, t)
    ]


def scores(past, triple, n):
    """Every local score of one open triangle."""
    weight = ties(past)
    near = [{b if a == v else a for a, b in weight if v in (a, b)} for v in range(n)]
    sides = [weight[pair] for pair in combinations(triple, 2)]
    i, j, k = (near[v] for v in triple)
    common = i & j & k
    return {
        "harmonic": 3 / sum(1 / w for w in sides),
        "geometric": math.prod(sides) ** (1 / 3),
        "arithmetic": sum(sides) / 3,
        "common-neighbours": len(common),
        "jaccard": len(common) / len(i | j | k),
        "adamic-adar": sum(1 / math.log(len(near[v])) for v in common),
        "degree-product": len(i) * len(j) * len(k),
        "simplex-degree-product": math.prod(sum(v in nodes for nodes in past) for v in triple),
    }


def average_precision(truth, score):
    """Mean precision at the true items, equal scores entering together."""
    total = 0.0
    for threshold in sorted(set(score), reverse=True):
        chosen = [t for t, s in zip(truth, score, strict=True) if s >= threshold]
        new = sum(t for t, s in zip(truth, score, strict=True) if s == threshold)
        total += new * sum(chosen) / len(chosen)
    return total / sum(truth)
