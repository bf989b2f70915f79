"""How much of a stream's nodes can be reached along events of rising time."""

from __future__ import annotations

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.data import TemporalGraph


def reachability(graph: TemporalGraph, *, n_sources: int = 256, seed: int = 0) -> float:
    """Share of ordered pairs of nodes that a path of events at rising times joins.

    Parameters
    ----------
    graph : TemporalGraph
    n_sources : int, >= 1
        Nodes from which paths begin. All nodes with an event where there are no more; else so many are drawn.
    seed : int, >= 0
        Of the draw.

    Returns
    -------
    float, in [0, 1]
        Mean over the sources of the share of the other nodes with an event that they reach. NaN for fewer than two
        nodes with an event.

    Notes
    -----
    Events of one time do not follow each other. O(E) for every 64 sources.

    References
    ----------
    Holme (2005), Phys. Rev. E 71:046119: reachability in contact networks.

    Examples
    --------
    >>> line = TemporalGraph(src=[0, 1], dst=[1, 2], time=[0.0, 1.0], n_nodes=3, span=(0.0, 2.0))
    >>> reachability(line)
    0.5
    """
    from interplay.ops.time_paths import spread_bits

    require_setting("n_sources", n_sources, least=1, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    touched = np.zeros(graph.n_nodes, bool)
    touched[graph.src], touched[graph.dst] = True, True
    nodes = np.flatnonzero(touched)
    if len(nodes) < 2:
        return float("nan")
    few = len(nodes) <= n_sources
    sources = nodes if few else stream(seed, "reachability").choice(nodes, n_sources, replace=False)
    pending = np.empty(len(graph), np.uint64)
    reached = 0
    for a in range(0, len(sources), 64):
        part = sources[a : a + 64]
        words = np.zeros(graph.n_nodes, np.uint64)
        words[part] = np.uint64(1) << np.arange(len(part), dtype=np.uint64)
        spread_bits(graph.src, graph.dst, graph.time, words, pending)
        reached += int(np.bitwise_count(words).sum()) - len(part)
    return reached / (len(sources) * (len(nodes) - 1))
