"""Exact reach of cascades on tiny networks, by listing every way they can go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Graph, TemporalGraph


def exact_spread(graph: Graph | TemporalGraph, seeds: Iterable[int], model: Any) -> NDArray[np.float64]:
    """Give the probability of every node to be reached.

    Parameters
    ----------
    graph : Graph or TemporalGraph
        Tiny: 2^E subsets of edges are listed for independent cascades, all choices of an in-edge per node for linear
        thresholds; epidemics solve the master equation over their 3^N states.
    seeds : iterable of int
    model : cascade model
        Its settings are read, none of its methods is called.

    Returns
    -------
    (N,) float64 array, in [0, 1]
        Its sum is the expected reach.

    References
    ----------
    Kempe, Kleinberg, Tardos (2003), KDD, 137, claims 2.3 and 2.6.

    Examples
    --------
    >>> from interplay.influence import IndependentCascade
    >>> pair = Graph.from_edges([0], [1], n_nodes=2, directed=True)
    >>> exact_spread(pair, [0], IndependentCascade(probability=0.25)).tolist()
    [1.0, 0.25]
    """
    start = frozenset(int(s) for s in seeds)
    if isinstance(graph, TemporalGraph):
        return _along_events(graph, start, model.probability)
    edges = [
        (i, int(j), 1.0 if graph.weight is None else float(graph.weight[e]))
        for i in range(graph.n_nodes)
        for e in range(int(graph.offsets[i]), int(graph.offsets[i + 1]))
        for j in [graph.target[e]]
    ]
    if hasattr(model, "probability"):
        return _independent(graph.n_nodes, edges, start, model.probability)
    if hasattr(model, "weights"):
        return _threshold(graph.n_nodes, edges, start, model.weights)
    infection = model.rate if hasattr(model, "rate") else model.infection
    rates = [(i, j, infection * (w if model.scale == "weight" else float(w > 0))) for i, j, w in edges]
    return _epidemic(graph.n_nodes, rates, start, getattr(model, "recovery", 0.0), model.duration_s)


def _independent(
    n: int, edges: list[tuple[int, int, float]], start: frozenset[int], probability: float | str
) -> NDArray[np.float64]:
    into = [sum(w > 0 for _, j, w in edges if j == v) for v in range(n)]

    def chance(j: int, w: float) -> float:
        if w == 0:
            return 0.0
        if probability == "weight":
            return w
        return 1 / into[j] if probability == "in-degree" else float(probability)

    chances = [chance(j, w) for _, j, w in edges]
    total = np.zeros(n)
    for live in product((False, True), repeat=len(edges)):
        weight = float(np.prod([p if on else 1 - p for p, on in zip(chances, live, strict=True)]))
        if weight > 0:
            kept = [(i, j) for (i, j, _), on in zip(edges, live, strict=True) if on]
            total[list(_reachable(kept, start))] += weight
    return total


def _threshold(n: int, edges: list[tuple[int, int, float]], start: frozenset[int], weights: str) -> NDArray[np.float64]:
    share = {}
    for v in range(n):
        incoming = {i: w if weights != "in-degree" else float(w > 0) for i, j, w in edges if j == v and w > 0}
        whole = 1.0 if weights == "weight" else sum(incoming.values())
        share[v] = {i: w / whole for i, w in incoming.items()}
    total = np.zeros(n)
    for choice in product(*[[None, *share[v]] for v in range(n)]):
        weight = 1.0
        for v, i in enumerate(choice):
            weight *= 1 - sum(share[v].values()) if i is None else share[v][i]
        if weight > 1e-15:
            total[list(_reachable([(i, v) for v, i in enumerate(choice) if i is not None], start))] += weight
    return total


def _reachable(edges: list[tuple[int, int]], start: frozenset[int]) -> set[int]:
    found = set(start)
    while True:
        more = {j for i, j in edges if i in found} - found
        if not more:
            return found
        found |= more


def _along_events(graph: TemporalGraph, start: frozenset[int], probability: float | str) -> NDArray[np.float64]:
    into = [int(((graph.dst == v) & (graph.weight > 0)).sum()) for v in range(graph.n_nodes)]
    events = list(zip(graph.time, graph.src, graph.dst, graph.weight, strict=True))
    chances = []
    for _, _, v, w in events:
        if w == 0:
            chances.append(0.0)
        elif probability == "weight":
            chances.append(float(w))
        else:
            chances.append(1 / into[int(v)] if probability == "in-degree" else float(probability))
    total = np.zeros(graph.n_nodes)
    for live in product((False, True), repeat=len(events)):
        weight = float(np.prod([p if on else 1 - p for p, on in zip(chances, live, strict=True)]))
        reached = set(start)
        for _, together in groupby(zip(events, live, strict=True), key=lambda pair: pair[0][0]):
            reached |= {int(v) for (_, u, v, _), on in together if on and int(u) in reached}
        total[list(reached)] += weight
    return total


def _epidemic(
    n: int, rates: list[tuple[int, int, float]], start: frozenset[int], recovery: float, duration_s: float | None
) -> NDArray[np.float64]:
    """Solve the master equation; nodes are 0 susceptible, 1 infectious, 2 recovered."""
    from scipy.linalg import expm

    states = list(product((0, 1, 2), repeat=n))
    place = {state: k for k, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for state in states:
        for then, rate in _steps(state, rates, recovery):
            flow[place[state], place[then]] += rate
            flow[place[state], place[state]] -= rate
    first = np.zeros(len(states))
    first[place[tuple(int(v in start) for v in range(n))]] = 1
    # Without an end: long enough for all to recover but for a chance of about exp(-50).
    last = first @ expm(flow * (duration_s if duration_s is not None else (50 + 10 * n) / recovery))
    return np.array([sum(p for p, state in zip(last, states, strict=True) if state[v] > 0) for v in range(n)])


def _steps(
    state: tuple[int, ...], rates: list[tuple[int, int, float]], recovery: float
) -> Iterator[tuple[tuple[int, ...], float]]:
    for i, j, rate in rates:
        if state[i] == 1 and state[j] == 0:
            yield (*state[:j], 1, *state[j + 1 :]), rate
    for v, kind in enumerate(state):
        if kind == 1 and recovery:
            yield (*state[:v], 2, *state[v + 1 :]), recovery
