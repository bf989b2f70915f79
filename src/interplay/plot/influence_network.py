"""A picture of one spread on its network: seeds, groups, and how often each node was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.data import Graph, Groups, Units
from interplay.data.snapshots import Snapshots
from interplay.influence.results import SpreadResult
from interplay.plot import style
from interplay.plot.influence import MARKS
from interplay.plot.layout import SPRING_LIMIT, node_layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most edges drawn; the strongest stay.
MOST_EDGES = 2500
#: Bounds between the steps of fullness: a share of cascades in which a node was reached. Few nodes are reached often,
#: so even steps would leave most pictures empty.
STEPS = (0.01, 0.05, 0.2, 0.5)
#: How full a node is in each step.
FULLNESS = (0.05, 0.25, 0.48, 0.74, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class SpreadView:
    """Which nodes of a network are drawn, and where.

    Attributes
    ----------
    nodes : (n,) int64 array
        Ids in the network, rising.
    xy : (n, 2) float array
    src, dst : (m,) int64 arrays, in [0, n)
        Edges among them.
    note : str
        What the positions mean and what is left out, for a reader.
    """

    nodes: NDArray[np.int64]
    xy: NDArray[np.float64]
    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    note: str


def spread_view(
    graph: Graph, spread: SpreadResult, *, most: int = SPRING_LIMIT, position_um: NDArray[np.float64] | None = None
) -> SpreadView:
    """Choose which nodes to draw, and place them; equal input gives equal places.

    Parameters
    ----------
    graph : Graph
    spread : SpreadResult
        On this graph. Where there are more than `most` nodes, its seeds and the nodes that it reaches most often are
        drawn.
    most : int
    position_um : (N, 2) float array or None, micrometres
        Where the nodes lie, where that is known.

    Returns
    -------
    SpreadView
    """
    n = graph.n_nodes
    nodes = np.arange(n)
    note = ""
    if n > most:
        rank = spread.node_probability.copy()
        rank[spread.seeds] = 2.0
        nodes = np.sort(np.argsort(-rank, kind="stable")[:most])
        note = f"{most} of {n} nodes are drawn: the seeds and those reached most often. "
    number = np.full(n, -1)
    number[nodes] = np.arange(len(nodes))
    src, dst = number[graph.src], number[graph.target]
    keep = (src >= 0) & (dst >= 0) & ((src < dst) if not graph.directed else (src != dst))
    src, dst, size = src[keep], dst[keep], np.abs(graph.weights()[keep])
    units = None
    if position_um is not None:
        units = Units(n=len(nodes), position_um=np.asarray(position_um, dtype=np.float64)[nodes])
    once = Snapshots.from_dense(_symmetric(src, dst, size, len(nodes)), [(0.0, 1.0)], directed=False)
    layout = node_layout(units, once)
    words = {
        "electrodes": layout.note,
        "springs": "Near means strongly linked; directions on the page mean nothing.",
        "circle": "Nodes stand on a circle in their order.",
    }[layout.kind]
    if len(src) > MOST_EDGES:
        alike = not np.ptp(size)
        every = np.linspace(0, len(src) - 1, MOST_EDGES).astype(np.int64)
        strong = every if alike else np.sort(np.argsort(-size, kind="stable")[:MOST_EDGES])
        words += (
            f" Of {len(src)} edges among them, {MOST_EDGES} are drawn, {'evenly taken' if alike else 'the strongest'}."
        )
        src, dst = src[strong], dst[strong]
    return SpreadView(nodes=nodes, xy=layout.xy, src=src, dst=dst, note=note + words)


def _symmetric(
    src: NDArray[np.int64], dst: NDArray[np.int64], size: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    dense = np.zeros((1, n, n))
    np.add.at(dense[0], (src, dst), size)
    np.add.at(dense[0], (dst, src), size)
    return dense


def plot_spread_network(
    spread: SpreadResult, view: SpreadView, groups: Groups | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw one spread on its network: the fuller a node, the more often it was reached; seeds are ringed.

    Parameters
    ----------
    spread : SpreadResult
    view : SpreadView
        Of the same network.
    groups : Groups or None
        Colour and mark of the nodes; all alike where None.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    How often a node was reached shows in five steps of fullness, which `STEPS` bound.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    ax = style.axes_or_new(ax, 520, 480, left=12)
    if not len(view.nodes):
        return style.message(ax, "no nodes")
    ends = np.stack([view.xy[view.src], view.xy[view.dst]], axis=1).reshape(-1, 2)
    if len(ends):  # one path for all edges is a third of the bytes of one each
        codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=Path.code_type), len(view.src))
        ax.add_patch(
            PathPatch(Path(ends, codes), facecolor="none", edgecolor=style.FAINT, linewidth=0.6, alpha=0.45, zorder=1)
        )
    chance = spread.node_probability[view.nodes]
    code = np.zeros(len(view.nodes), dtype=np.int64) if groups is None else groups.code[view.nodes]
    seed = np.isin(view.nodes, spread.seeds)
    n = len(view.nodes)
    size = 34 if n <= 150 else 22 if n <= 300 else 15
    fullness = np.searchsorted(STEPS, chance, side="right")
    shown = np.flatnonzero(spread.group_sizes > 0)
    for rank, g in enumerate(shown if groups is not None else (0,)):
        colour = style.category(rank) if groups is not None else style.ACCENT
        mark = MARKS[rank % len(MARKS)]
        own = code == g
        if own.any():  # paper below, so that no edge shows through a half-full node
            ax.scatter(view.xy[own, 0], view.xy[own, 1], s=size, marker=mark, c=style.PAPER, linewidths=0, zorder=2)
        for step, full in enumerate(FULLNESS):
            here = own & (fullness == step)
            if here.any():
                ax.scatter(
                    view.xy[here, 0], view.xy[here, 1], s=size, marker=mark, c=colour, linewidths=0, zorder=2.5,
                    alpha=full,
                )  # fmt: skip
        if own.any():
            ax.scatter(
                view.xy[own, 0],
                view.xy[own, 1],
                s=size,
                marker=mark,
                facecolors="none",
                edgecolors=colour,
                linewidths=0.7,
                zorder=3,
            )
    ax.scatter(
        view.xy[seed, 0],
        view.xy[seed, 1],
        s=size * 3.4,
        marker="o",
        facecolors="none",
        edgecolors=style.INK,
        linewidths=1.5,
        zorder=4,
    )
    style.bare(ax)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.04)
    return ax
