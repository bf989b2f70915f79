"""What the interactive view carries: the network of every window, small enough to travel inside the page."""

from __future__ import annotations

import base64
import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots, Units
from interplay.measures.results import NetworkMeasures
from interplay.plot.communities import ABSENT, SMALLER, community_ranks, membership_order
from interplay.plot.layout import Layout

#: Most edges on a page, all windows together: 8 bytes each, 11 in text, so at most about 4.5 MB.
MOST_EDGES = 400_000


def pack(array: NDArray[Any], kind: str) -> str:
    """Write an array as little-endian base64."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def edge_cap(per_window: NDArray[np.int64], most: int = MOST_EDGES) -> int | None:
    """Find the most edges each window may keep so that all together stay within `most`; None if all fit."""
    if per_window.sum() <= most:
        return None
    low, high = 0, int(per_window.max())
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.minimum(per_window, middle).sum() <= most else (low, middle - 1)
    return low


def strongest_edges(snapshots: Snapshots, cap: int | None) -> Snapshots:
    """Keep `cap` edges of each window: the strongest, each sign with the same share of its own.

    Of equal weights the first by (source, target) stay.
    """
    if cap is None:
        return snapshots
    keep = np.ones(len(snapshots.weight), dtype=bool)
    for low, high in pairwise(snapshots.pointer.tolist()):
        if high - low <= cap:
            continue
        own = snapshots.weight[low:high]
        plus = np.flatnonzero(own >= 0)
        minus = np.flatnonzero(own < 0)
        share = round(cap * len(plus) / len(own))
        keep[low:high] = False
        keep[low + plus[_largest(own[plus], share)]] = True
        keep[low + minus[_largest(-own[minus], cap - share)]] = True
    return snapshots.filter(keep)


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Find the places of the `count` largest values; of equals, the first."""
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    bound = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > bound)
    return np.concatenate([above, np.flatnonzero(values == bound)[: count - len(above)]])


def finite_list(values: NDArray[np.float64], digits: int = 6) -> list[float | None]:
    """Round to significant digits; None where undefined (JSON knows no NaN)."""
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in values]


def explorer_payload(
    snapshots: Snapshots,
    layout: Layout,
    *,
    units: Units | None = None,
    measures: NetworkMeasures | None = None,
    most_edges: int = MOST_EDGES,
) -> dict[str, Any]:
    """Gather what the interactive view shows.

    Parameters
    ----------
    snapshots : Snapshots
    layout : Layout
    units : Units or None
        Names, groups and signs.
    measures : NetworkMeasures or None
        Of the same windows: communities, change points, time courses.
    most_edges : int
        Bound for all windows together; each keeps its strongest, both signs the same share.

    Returns
    -------
    dict of plain JSON types
        Weights are quantised to 1/32767 of the largest absolute weight, or exact where all are whole numbers; p-values
        are rounded up to 1/65535, positions to 1/65535 of the extent. Arrays travel as base64.
    """
    per_window = np.diff(snapshots.pointer)
    cap = edge_cap(per_window, most_edges)
    kept = strongest_edges(snapshots, cap)
    n = snapshots.n_nodes
    node = "u2" if n <= 65535 else "u4"
    scale = float(np.abs(kept.weight).max(initial=0)) or 1.0
    # Whole numbers, such as counts of messages, travel as they are.
    whole = scale <= 32767 and bool((kept.weight == np.rint(kept.weight)).all())
    grain = 1.0 if whole else scale / 32767
    low = layout.xy.min(axis=0) if n else np.zeros(2)
    size = np.ptp(layout.xy, axis=0) if n else np.zeros(2)
    extent = float(size.max(initial=0)) or 1.0
    xy = np.round((layout.xy - low) / extent * 65535)
    if measures is not None:
        rank, _ = community_ranks(measures.communities)
        # A unit without an edge is in no community, but it was measured.
        rank = np.where(snapshots.present, np.where(rank == ABSENT, SMALLER, rank), ABSENT).astype(np.uint8)
        order = membership_order(measures.communities)
    else:
        rank = np.where(snapshots.present, SMALLER, ABSENT).astype(np.uint8)
        order = np.arange(n)
    names = units if units is not None else Units(n=n)
    groups = list(dict.fromkeys(names.group.tolist()))
    out: dict[str, Any] = {
        "view": "network",
        "n": n,
        "s": len(snapshots),
        "directed": snapshots.directed,
        "id": names.id.tolist(),
        "group": names.group.tolist() if (names.group != "").any() else None,
        "groups": [g for g in groups if g != ""],
        "sign": names.sign.tolist() if (names.sign != 0).any() else None,
        "layout": layout.kind,
        "extent": extent if layout.kind == "electrodes" else None,
        "width": float(size[0] / extent),
        "height": float(size[1] / extent),
        "x": pack(xy[:, 0], "u2"),
        "y": pack(xy[:, 1], "u2"),
        "bounds": [[float(a), float(b)] for a, b in snapshots.bounds],
        "pointer": pack(kept.pointer, "u4"),
        "src": pack(kept.src, node),
        "dst": pack(kept.dst, node),
        "node": node,
        "weight": pack(np.round(kept.weight / grain), "i2"),
        "grain": grain,
        "scale": scale,
        # Rounded up: no p-value of a test is zero.
        "p": None if kept.pvalues is None else pack(np.ceil(kept.pvalues * 65535), "u2"),
        "total": per_window.tolist(),
        "cap": cap,
        "community": pack(rank, "u1"),
        "known": measures is not None,
        "order": pack(order, "u4"),
        "changes": [] if measures is None else measures.changes.index.tolist(),
        "rate": None if measures is None or measures.rate_hz is None else finite_list(measures.rate_hz),
        "series": {} if measures is None else {k: finite_list(v) for k, v in measures.graph.items()},
    }
    return out
