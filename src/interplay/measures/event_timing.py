"""How regular events are: times between them, burstiness and memory.

References
----------
Goh, Barabasi (2008), EPL 81:48002: burstiness and memory. Kim, Jo (2016), Phys. Rev. E 94:032311: burstiness of few
events.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import TemporalGraph
from interplay.measures.event_pairs import counted

Floats = NDArray[np.float64]
Of = Literal["node", "pair", "stream"]


def between_events(graph: TemporalGraph, of: Of = "node") -> tuple[Floats, NDArray[np.int64]]:
    """Give the times between consecutive events of every node, of every ordered pair, or of the stream.

    Parameters
    ----------
    graph : TemporalGraph
    of : {"node", "pair", "stream"}
        Whose events follow each other; an event is one of both its nodes.

    Returns
    -------
    seconds : (K,) float64 array, >= 0
        Zeros where events tie.
    owner : (K,) int64 array
        Node, pair as ``src * N + dst``, or 0; rising.
    """
    if of == "stream":
        return np.diff(graph.time), np.zeros(max(len(graph) - 1, 0), np.int64)
    if of == "node":
        index = graph.index
        owner = np.repeat(np.arange(graph.n_nodes), np.diff(index.offsets))
        time = graph.time[index.event]
    elif of == "pair":
        from interplay.ops.meetings import number_pairs

        number, keys = number_pairs(graph.src, graph.dst, max(graph.n_nodes, 1))
        rising = np.argsort(keys)
        rank = np.empty(len(keys), np.int64)
        rank[rising] = np.arange(len(keys))
        order = counted(np.arange(len(graph)), rank[number], len(keys))
        owner, time = keys[number[order]], graph.time[order]
    else:
        raise ConfigError(unknown_name("`of`", str(of), ("node", "pair", "stream")))
    same = owner[1:] == owner[:-1]
    return np.diff(time)[same], owner[1:][same]


def burstiness(seconds: ArrayLike, *, corrected: bool = True) -> float:
    """Burstiness of times between events.

    Parameters
    ----------
    seconds : (n,) float array, s, >= 0
    corrected : bool
        Kim and Jo's correction, in which n times of random events give about 0 on average, whatever n; False: Goh and
        Barabasi's (sd - mean) / (sd + mean), which is below 0 for few random events.

    Returns
    -------
    float, in [-1, 1]
        -1 regular, 0 random (Poisson), 1 bursty. NaN for fewer than two times, or if all are 0.
    """
    gaps = Shapes().array("seconds", seconds, "n")
    if len(gaps) and gaps.min() < 0:
        raise DataError(f"`seconds` must be >= 0, got {gaps.min()}. Sort the events first.")
    n, mean = len(gaps), gaps.mean() if len(gaps) else 0.0
    if n < 2 or mean == 0:
        return float("nan")
    ratio = float(gaps.std() / mean)
    if not corrected:
        return (ratio - 1) / (ratio + 1)
    more, less = np.sqrt(n + 1), np.sqrt(n - 1)
    return float((more * ratio - less) / ((more - 2) * ratio + less))


def memory_coefficient(seconds: ArrayLike) -> float:
    """Correlation of each time between events with the next one.

    Parameters
    ----------
    seconds : (n,) float array, s

    Returns
    -------
    float, in [-1, 1]
        Above 0: short after short, long after long. NaN for fewer than three times, or if either side is constant.
    """
    gaps = Shapes().array("seconds", seconds, "n")
    if len(gaps) < 3:
        return float("nan")
    a, b = gaps[:-1] - gaps[:-1].mean(), gaps[1:] - gaps[1:].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    scale = len(a) * float(np.abs(gaps).max()) ** 2
    return float(a @ b) / size if size > 1e-14 * scale else float("nan")


def node_burstiness(graph: TemporalGraph, *, least: int = 5) -> Floats:
    """Burstiness of every node's own events.

    Parameters
    ----------
    graph : TemporalGraph
    least : int, >= 2
        Times between events that a node must have.

    Returns
    -------
    (N,) float64 array
        Corrected for the number of events; NaN for nodes with fewer, or whose events all tie.
    """
    gaps, owner = between_events(graph, "node")
    n = np.bincount(owner, minlength=graph.n_nodes).astype(float)
    total = np.bincount(owner, gaps, graph.n_nodes)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        spread = np.bincount(owner, (gaps - mean[owner]) ** 2, graph.n_nodes) / n
        ratio = np.sqrt(spread) / mean
        more, less = np.sqrt(n + 1), np.sqrt(np.maximum(n - 1, 0))
        found = (more * ratio - less) / ((more - 2) * ratio + less)
    return np.where((n >= max(least, 2)) & (total > 0), found, np.nan)
