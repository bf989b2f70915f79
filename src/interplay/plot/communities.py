"""Pictures of communities over time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.measures.results import NetworkMeasures
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Ranks with a meaning of their own.
SMALLER, ABSENT = 254, 255


def community_ranks(communities: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Rank the community labels by total membership, so that the largest get the colours.

    Parameters
    ----------
    communities : (S, N) int array
        -1 where a node was absent or had no edge.

    Returns
    -------
    rank : (S, N) uint8 array
        From 0; 254 for communities beyond the palette or never larger than one node; 255 where the label is -1.
    labels : (R,) int array
        The label of each rank.
    """
    labels, place = np.unique(communities, return_inverse=True)
    place = place.reshape(communities.shape)
    total = np.bincount(place.ravel(), minlength=len(labels))
    largest = np.zeros(len(labels), dtype=np.int64)
    for row in place:
        largest = np.maximum(largest, np.bincount(row, minlength=len(labels)))
    wanted = np.flatnonzero((labels >= 0) & (largest > 1))
    wanted = wanted[np.argsort(-total[wanted], kind="stable")][: len(style.CATEGORIES)]
    rank_of = np.full(len(labels), SMALLER, dtype=np.uint8)
    rank_of[wanted] = np.arange(len(wanted))
    rank_of[labels < 0] = ABSENT
    return rank_of[place], labels[wanted]


def membership_order(communities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort the units so that those that move together lie together.

    Parameters
    ----------
    communities : (S, N) int array

    Returns
    -------
    (N,) int array
        By the community held most often, then by the history of memberships; ties as recorded.
    """
    rank, _ = community_ranks(communities)
    n_windows, n = rank.shape
    counts = np.stack([(rank == r).sum(axis=0) for r in (*range(len(style.CATEGORIES)), SMALLER, ABSENT)])
    usual = counts.argmax(axis=0) if n_windows else np.zeros(n, dtype=np.int64)
    step = max(1, n_windows // 12)
    return np.asarray(np.lexsort((*rank[::step][::-1], usual)), dtype=np.int64)


def plot_communities(
    measures: NetworkMeasures, *, order: NDArray[np.int64] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw who belonged to which community when: one row per unit, one column per window.

    Parameters
    ----------
    measures : NetworkMeasures
    order : (N,) int array or None
        Units from top to bottom; `membership_order` where None.
    ax : matplotlib Axes or None
    """
    ax = style.axes_or_new(ax, 760, 300)
    if measures.communities.size == 0:
        return style.message(ax, "no communities")
    rank, _ = community_ranks(measures.communities)
    rows = membership_order(measures.communities) if order is None else order
    table = np.zeros((256, 4), dtype=np.uint8)
    for k in range(256):
        table[k] = [*(int(style.category(k)[i : i + 2], 16) for i in (1, 3, 5)), 255]
    table[SMALLER, 3] = 110
    table[ABSENT] = 0
    extent = (0.5, len(rank) + 0.5, rank.shape[1] - 0.5, -0.5)
    ax.imshow(table[rank.T[rows]], aspect="auto", interpolation="none", extent=extent)
    for k in measures.changes.index:
        ax.axvline(k + 0.5, color=style.INK, linewidth=1, dashes=(3, 2))
    style.dress(ax, x="window", y="units, sorted")
    style.few_ticks(ax, "x", 8, whole=True)
    ax.set_yticks([])
    return ax


def plot_flows(measures: NetworkMeasures, *, columns: int = 24, ax: Axes | None = None) -> Axes:
    """Draw an alluvial picture: bars are communities by size, ribbons the units that stay or move.

    Parameters
    ----------
    measures : NetworkMeasures
    columns : int
        At most this many windows, at equal steps.
    ax : matplotlib Axes or None
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    ax = style.axes_or_new(ax, 760, 300)
    if measures.communities.size == 0:
        return style.message(ax, "no communities")
    rank, _ = community_ranks(measures.communities)
    picks = np.arange(0, len(rank), -(-len(rank) // columns))
    kinds = [*range(len(style.CATEGORIES)), SMALLER, ABSENT]
    gap = 0.02 * rank.shape[1]
    # Base of each community in each picked window: stacked in order of rank.
    sizes = np.array([[(rank[s] == k).sum() for k in kinds] for s in picks], dtype=np.float64)
    base = np.cumsum(np.where(sizes > 0, sizes + gap, 0), axis=1) - np.where(sizes > 0, sizes + gap, 0)
    colours = {k: style.category(k) if k != ABSENT else style.GRID for k in kinds}
    for p, s in enumerate(picks):
        for j, k in enumerate(kinds):
            if sizes[p, j]:
                ax.bar(s + 1, sizes[p, j], bottom=base[p, j], width=0.16 * max(1, len(rank) / len(picks)),
                       color=colours[k], linewidth=0, zorder=3)  # fmt: skip
    for p, (a, b) in enumerate(pairwise(picks)):
        leave, arrive = base[p].copy(), base[p + 1].copy()
        for j, k in enumerate(kinds):
            for i, m in enumerate(kinds):
                moved = int(((rank[a] == k) & (rank[b] == m)).sum())
                if not moved:
                    continue
                x0, x1, xm = a + 1, b + 1, (a + b) / 2 + 1
                y0, y1 = leave[j], arrive[i]
                points = [(x0, y0), (xm, y0), (xm, y1), (x1, y1), (x1, y1 + moved), (xm, y1 + moved), (xm, y0 + moved),
                          (x0, y0 + moved), (x0, y0)]  # fmt: skip
                codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
                ribbon = Path(points, codes)
                ax.add_patch(PathPatch(ribbon, facecolor=colours[k], alpha=0.38 if i == j else 0.55, linewidth=0))
                leave[j] += moved
                arrive[i] += moved
    ax.set_xlim(0.5, len(rank) + 0.5)
    ax.set_ylim(float((base + sizes).max()) + gap, -gap)
    style.dress(ax, x="window", y="units per community")
    ax.set_yticks([])
    style.few_ticks(ax, "x", 8, whole=True)
    return ax
