"""Pictures of a stream as tables: how many partners nodes have bin by bin, and its temporal motifs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from interplay.measures.event_results import EventMeasures
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_degree_map(measures: EventMeasures, *, ax: Axes | None = None) -> Axes:
    """Draw how many nodes have how many partners, bin by bin.

    Parameters
    ----------
    measures : EventMeasures
    ax : Axes or None

    Returns
    -------
    Axes
        The darker, the larger the share of the bin's nodes; blank where there is none.
    """
    ax = style.axes_or_new(ax, 620, 220)
    count = measures.degrees
    total = count.sum(axis=1, keepdims=True)
    if not total.any():
        return style.message(ax, "no node has a partner")
    bounds = measures.edges.bounds
    share = np.ma.masked_equal(count / np.maximum(total, 1), 0)
    edges = np.append(bounds[:, 0], bounds[-1, 1])
    ax.pcolormesh(edges, np.arange(count.shape[1] + 1), share.T, cmap="GnBu", vmin=-0.1, vmax=1, rasterized=True)
    style.dress(ax, x="time (s)", y="partners")
    style.few_ticks(ax, "x", 6)
    ax.set_yticks(np.arange(count.shape[1]) + 0.5, [_range(b) for b in range(count.shape[1])])
    return ax


def plot_motif_counts(motifs: Mapping[str, int], *, ax: Axes | None = None) -> Axes:
    """Draw the counts of the 36 temporal motifs as a table of six by six.

    Parameters
    ----------
    motifs : mapping of str to int
        From `count_temporal_motifs`.
    ax : Axes or None

    Returns
    -------
    Axes
        Second events down, third events across; nodes are numbered as they appear, the first event goes from 0 to 1.
        Shaded by share, which is written in per cent.
    """
    ax = style.axes_or_new(ax, 420, 300)
    total = sum(motifs.values())
    if not total:
        return style.message(ax, "no motif within the window")
    rows = list(dict.fromkeys(name.split()[1] for name in motifs))
    columns = list(dict.fromkeys(name.split()[2] for name in motifs))
    share = np.array([[motifs[f"01 {b} {c}"] / total for c in columns] for b in rows])
    ax.imshow(np.sqrt(share), cmap="GnBu", vmin=0, vmax=1.4 * float(np.sqrt(share.max())), aspect="auto")
    for i, j in np.ndindex(share.shape):
        text = f"{100 * share[i, j]:.1f}" if share[i, j] >= 5e-4 else "0" if share[i, j] == 0 else "<0.1"
        ax.text(j, i, text, ha="center", va="center", fontsize=style.SMALL - 1, color=style.INK)
    style.dress(ax, x="third event", y="second event")
    for axis, names in ((ax.xaxis, columns), (ax.yaxis, rows)):
        axis.set_ticks(range(len(names)), [f"{n[0]}\N{RIGHTWARDS ARROW}{n[1]}" for n in names])
        axis.set_tick_params(length=0)
    return ax


def _range(level: int) -> str:
    low, high = 1 << level, (1 << (level + 1)) - 1
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"
