"""How often each of the 36 motifs of three timed events occurs in a stream."""

from __future__ import annotations

import numpy as np

from interplay._core.checks import require_setting
from interplay.data import EventIndex, TemporalGraph


def count_temporal_motifs(graph: TemporalGraph, window_s: float) -> dict[str, int]:
    """Count motifs of three events among two or three nodes, exactly.

    Parameters
    ----------
    graph : TemporalGraph
        Self-loops are left out.
    window_s : float, s, > 0
        From the first event to the third, at most.

    Returns
    -------
    dict of str to int
        Keys such as "01 12 20": the events in order, nodes numbered as they appear, each event from its first to its
        second digit. All 36 are there.

    Notes
    -----
    Times must rise: events of one time are in no order, and make no motif together. O(K log E) time for K pairs of
    events at a common node within the window, so that K grows with the window where a node is busy; O(E) memory.

    References
    ----------
    Paranjape, Benson, Leskovec (2017), WSDM: motifs of three edges.

    Examples
    --------
    >>> round_trip = TemporalGraph(src=[0, 1, 2], dst=[1, 2, 0], time=[0.0, 1.0, 2.0], n_nodes=3, span=(0.0, 3.0))
    >>> {name: n for name, n in count_temporal_motifs(round_trip, 5.0).items() if n}
    {'01 12 20': 1}
    """
    from interplay.ops.temporal_motifs import PAIRS, count_motifs

    require_setting("window_s", window_s, above=0)
    keep = graph.src != graph.dst
    src, dst, time = (np.ascontiguousarray(x[keep]) for x in (graph.src, graph.dst, graph.time))
    n = graph.n_nodes
    index = EventIndex.of(src, dst, time, n)
    owner = np.repeat(np.arange(n), np.diff(index.offsets))
    left = np.concatenate([[0], np.cumsum(src[index.event] == owner)])
    key = np.minimum(src, dst) * n + np.maximum(src, dst)
    order = np.argsort(key, kind="stable")
    keys, first = np.unique(key[order], return_index=True)
    risen = np.concatenate([[0], np.cumsum((src < dst)[order])])
    counts = np.zeros((6, 6), np.int64)
    count_motifs(
        src,
        dst,
        time,
        (index.offsets, index.event, index.other, left),
        (keys, np.append(first, len(key)), order, risen),
        n,
        float(window_s),
        counts,
    )
    names = [f"{a}{b}" for a, b in PAIRS]
    return {f"01 {b} {c}": int(counts[i, j]) for i, b in enumerate(names) for j, c in enumerate(names)}
