"""What the animated view of an embedding carries: flat places, lengths, movement and attention, quantised."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Units
from interplay.measures.results import NetworkMeasures
from interplay.plot.communities import ABSENT, SMALLER, community_ranks
from interplay.plot.projection import Projection, percent
from interplay.report.payload import finite_list, pack
from interplay.represent.results import EmbeddingResult

#: Most places on a page, all windows together: 9 bytes each, 12 in text, so at most about 3.6 MB.
MOST_PLACES = 300_000
#: Most windows whose attention travels with the view: a byte per pair.
MOST_ATTENDED = 700


def embedding_payload(
    result: EmbeddingResult,
    place: Projection,
    *,
    units: Units | None = None,
    measures: NetworkMeasures | None = None,
    nodes: NDArray[np.int64] | None = None,
    node: str = "unit",
    most_places: int = MOST_PLACES,
) -> dict[str, Any]:
    """Gather what the animated view shows.

    Parameters
    ----------
    result : EmbeddingResult
    place : Projection
        Of this result.
    units : Units or None
        Names, groups and signs.
    measures : NetworkMeasures or None
        Of the same windows: communities, change points, firing rates.
    nodes : (N,) int array or None
        Which of the units, and of the nodes that were measured, were embedded; all, in order, where None.
    node : str
        What a node is called.
    most_places : int
        Bound on nodes times windows; where there are more, every k-th node is carried.

    Returns
    -------
    dict of plain JSON types
        Places are quantised to 1/65535 of the extent, lengths and movements to 1/65535 of the greatest, attention to
        1/255 of the greatest share of its row. Arrays travel as base64.
    """
    n_windows, n, depth = result.embedding.shape
    kept = kept_nodes(n, n_windows, most_places)
    own = kept if nodes is None else np.asarray(nodes)[kept]
    xy = place.xy[:, kept]
    corner, extent = _extent(place, xy)
    names = units if units is not None else Units(n=int(own.max(initial=-1)) + 1)
    rank = np.full((n_windows, len(kept)), SMALLER, dtype=np.uint8)
    if measures is not None:
        found = community_ranks(measures.communities)[0][:, own]
        rank = np.where(found == ABSENT, SMALLER, found)  # without an edge it is in no community, yet it was measured
    rank = np.where(result.present[:, kept], rank, ABSENT).astype(np.uint8)
    length = np.linalg.norm(result.embedding[:, kept], axis=2)
    moved = np.zeros_like(length)
    moved[1:] = np.linalg.norm(np.diff(result.embedding[:, kept], axis=0), axis=2)
    grain = float(max(length.max(initial=0), moved.max(initial=0))) / 65535 or 1.0
    groups = list(dict.fromkeys(names.group.tolist()))
    flat = {
        "view": "embedding",
        "method": result.method,
        "call": node,
        "n": n,
        "k": len(kept),
        "s": n_windows,
        "d": depth,
        "units": own.tolist(),
        # A long trail of many nodes hides them.
        "trail": 5 if len(kept) <= 150 else 3 if len(kept) <= 500 else 1,
        "id": names.id[own].tolist(),
        "group": names.group[own].tolist() if (names.group != "").any() else None,
        "groups": [g for g in groups if g != ""],
        "sign": names.sign[own].tolist() if (names.sign != 0).any() else None,
        "known": measures is not None,
        "community": pack(rank, "u1"),
        "absent": bool((rank == ABSENT).any()),
        "bounds": [[float(a), float(b)] for a, b in result.bounds],
        "changes": [] if measures is None else measures.changes.index.tolist(),
        "rate": None if measures is None or measures.rate_hz is None else finite_list(measures.rate_hz),
        "total": finite_list(_mean_movement(moved, result.present[:, kept])),
        "share": [percent(v) for v in place.share],
        "stretch": place.stretch,
        "grain": grain,
        "length": pack(np.round(length / grain), "u2"),
        "moved": pack(np.round(moved / grain), "u2"),
    }
    return {**flat, **_places(place, xy, corner, extent), **_attention(result)}


def kept_nodes(n: int, n_windows: int, most_places: int) -> NDArray[np.int64]:
    """Choose every k-th node so that nodes times windows stay within the bound."""
    step = max(1, -(-n * n_windows // max(most_places, 1)))
    return np.arange(0, n, step)


def _extent(place: Projection, xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Give the lower left corner and the side of a square that holds all there is to draw."""
    parts = [xy.reshape(-1, 2), place.origin[None], place.low[None], place.high[None]]
    every = np.concatenate(parts if place.history is None else [*parts, place.history])
    low, high = every.min(axis=0), every.max(axis=0)
    return low, float((high - low).max()) or 1.0


def _places(place: Projection, xy: NDArray[np.float64], corner: NDArray[np.float64], extent: float) -> dict[str, Any]:
    def steps(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((points - corner) / extent * 65535)

    low, high, origin = steps(place.low), steps(place.high), steps(place.origin)
    history = None if place.history is None else np.round(steps(place.history))
    places = np.round(steps(xy))
    return {
        "x": pack(places[..., 0], "u2"),
        "y": pack(places[..., 1], "u2"),
        "hx": None if history is None else pack(history[:, 0], "u2"),
        "hy": None if history is None else pack(history[:, 1], "u2"),
        "origin": origin.round(1).tolist(),
        "frame": [round(float(v), 1) for v in (low[0], high[0], low[1], high[1])],
    }


def _attention(result: EmbeddingResult) -> dict[str, Any]:
    """Carry the lower triangle row by row, each in 255 steps of its greatest share."""
    if result.attention is None or len(result.attention) > MOST_ATTENDED:
        return {"attention": None, "top": None}
    top = result.attention.max(axis=1, initial=0.0)
    # A share that is not zero is not carried as zero: it was in reach.
    part = np.ceil(result.attention / np.where(top > 0, top, 1.0)[:, None] * 255)
    return {"attention": pack(part[np.tril_indices(len(part))], "u1"), "top": finite_list(top)}


def _mean_movement(moved: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average the movement over the nodes measured in both windows; NaN in the first, and where there are none."""
    both = np.zeros_like(present)
    both[1:] = present[1:] & present[:-1]
    count = both.sum(axis=1)
    return np.where(count > 0, (moved * both).sum(axis=1) / np.maximum(count, 1), np.nan)
