"""Motif walks by listing every event that may come next, and their exact probabilities."""

from collections import defaultdict
from fractions import Fraction


def ends(graph, e):
    return int(graph.src[e]), int(graph.dst[e])


def earlier(graph, e):
    """Events strictly before one, without self-loops."""
    return [k for k in range(len(graph)) if graph.time[k] < graph.time[e] and graph.src[k] != graph.dst[k]]


def last_of(events, horizon):
    return events[-horizon:] if horizon else events


def second_events(graph, u, one, horizon):
    w = sum(ends(graph, one)) - u
    before = earlier(graph, one)
    return sorted({k for node in (u, w) for k in last_of([k for k in before if node in ends(graph, k)], horizon)})


def third_events(graph, u, one, two, horizon):
    nodes = set(ends(graph, one)) | set(ends(graph, two))
    before = earlier(graph, two)
    if len(nodes) == 3:
        pairs = [nodes - {node} for node in nodes]
        return [k for pair in pairs for k in last_of([k for k in before if set(ends(graph, k)) == pair], horizon)]
    return sorted({k for node in nodes for k in last_of([k for k in before if node in ends(graph, k)], horizon)})


def name(graph, u, one, two, three):
    """Class of a walk from u, by sets of nodes."""
    w = sum(ends(graph, one)) - u
    if two is None:
        return 12
    pairs = {frozenset((u, w)): 1}
    second = frozenset(ends(graph, two))
    x = 1 if second == {u, w} else 2 if u in second else 3
    if three is None:
        return 4 * (x - 1)
    third = frozenset(ends(graph, three))
    if third == {u, w}:
        y = 1
    elif x == 1:
        y = 2 if u in third else 3
    else:
        (z,) = second - {u, w}
        pairs |= {frozenset((u, z)): 2, frozenset((w, z)): 3}
        y = pairs[third]
    return 4 * (x - 1) + y


def distribution(graph, u, one, horizon=None):
    """Exact probability of every walk (two, three) from one first event, and of every class."""
    walks, classes = {}, defaultdict(Fraction)
    second = second_events(graph, u, one, horizon) if graph.src[one] != graph.dst[one] else []
    if not second:
        return {(None, None): Fraction(1)}, {12: Fraction(1)}
    for two in second:
        third = third_events(graph, u, one, two, horizon) or [None]
        for three in third:
            chance = Fraction(1, len(second) * len(third))
            walks[two, three] = chance
            classes[name(graph, u, one, two, three)] += chance
    return walks, dict(classes)
