"""Pictures of one network: on the page as nodes and edges, and as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.plot import style
from interplay.plot.layout import node_layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def strongest(snapshots: Snapshots, s: int, most: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Give source, target and weight of the strongest edges of one snapshot, weakest first.

    Each sign keeps the same share of its edges, so that the weaker sign stays in sight.
    """
    cut = slice(snapshots.pointer[s], snapshots.pointer[s + 1])
    src, dst, weight = snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut]
    order = np.argsort(np.abs(weight), kind="stable")
    if len(weight) > most:
        plus = round(most * float((weight >= 0).mean()))
        signs = weight[order] >= 0
        kept = np.concatenate(
            [order[signs][int(signs.sum()) - plus :], order[~signs][int((~signs).sum()) - most + plus :]]
        )
        order = kept[np.argsort(np.abs(weight[kept]), kind="stable")]
    return src[order], dst[order], weight[order]


def plot_network(
    snapshots: Snapshots,
    *,
    window: int = 0,
    xy: NDArray[np.float64] | None = None,
    colour: NDArray[np.int64] | None = None,
    most: int | None = None,
    top: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one window: signed edges in two colours, width by absolute weight, nodes sized by strength.

    Parameters
    ----------
    snapshots : Snapshots
    window : int
        Which snapshot.
    xy : (N, 2) float array or None
        Positions; `node_layout` without a units table where None.
    colour : (N,) int array or None
        Category of each node, from 0 (the palette has eight colours; others are grey, and so are negative ones).
    most : int or None
        Draw this many of the strongest edges, each sign keeping the same share; three per node where None.
    top : float or None
        Absolute weight of the widest edge; the strongest of this window where None.
    ax : matplotlib Axes or None
    """
    from matplotlib.collections import LineCollection, PolyCollection

    ax = style.axes_or_new(ax, 360, 360, left=12)
    s = range(len(snapshots))[window]
    n = snapshots.n_nodes
    place = node_layout(None, snapshots).xy if xy is None else xy
    src, dst, weight = strongest(snapshots, s, 3 * n if most is None else most)
    apart = src != dst
    src, dst, weight = src[apart], dst[apart], weight[apart]
    strong = np.abs(weight)
    scale = top or float(strong.max(initial=0)) or 1.0
    wide = 0.5 + 2.4 * np.clip(strong / scale, 0, 1) ** 1.5
    hue = np.where(weight >= 0, style.POSITIVE, style.NEGATIVE)
    lines = np.stack([place[src], place[dst]], axis=1)
    # Separate collections keep the file's colours exact and let each sign be styled alone.
    for value in (style.POSITIVE, style.NEGATIVE):
        pick = hue == value
        if not pick.any():
            continue
        # Darkness runs from the weakest edge drawn to the strongest of its sign; width follows the weight itself.
        least, most_here = strong[pick].min(), strong[pick].max()
        dark = (strong[pick] - least) / (most_here - least) if most_here > least else np.ones(int(pick.sum()))
        alpha = (0.2 + 0.6 * dark).tolist()
        lines_here = LineCollection(list(lines[pick]), colors=value, linewidths=wide[pick].tolist(), alpha=alpha)
        lines_here.set_capstyle("round")
        ax.add_collection(lines_here)
        if snapshots.directed:
            heads = _arrow_heads(lines[pick], 0.018 * float(np.ptp(place, axis=0).max() or 1.0))
            ax.add_collection(PolyCollection(list(heads), facecolors=value, linewidths=0, alpha=0.8))
    strength = np.bincount(src, np.abs(weight), n) + np.bincount(dst, np.abs(weight), n)
    area = 9 + 55 * strength / (strength.max(initial=0) or 1.0)
    kind = np.full(n, -1) if colour is None else np.asarray(colour)
    faces = [style.category(int(k)) for k in kind]
    here = snapshots.present[s]
    for there, marker in ((here, "o"), (~here, "x")):
        rows = np.flatnonzero(there)
        if len(rows):
            ax.scatter(
                place[rows, 0], place[rows, 1], s=area[rows] if marker == "o" else 9,
                c=[faces[k] for k in rows] if marker == "o" else style.FAINT, marker=marker,
                edgecolors=style.PAPER if marker == "o" else None, linewidths=0.6, zorder=3,
            )  # fmt: skip
    style.bare(ax)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.05)
    return ax


def _arrow_heads(lines: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    step = lines[:, 1] - lines[:, 0]
    along = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-300)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    tip = lines[:, 0] + 0.72 * step
    back = tip - along * length
    return np.stack([tip, back + across * length * 0.45, back - across * length * 0.45], axis=1)


def plot_matrix(
    snapshots: Snapshots,
    *,
    window: int = 0,
    order: NDArray[np.int64] | None = None,
    top: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the adjacency of one window: rows are sources, columns targets; absent units are grey.

    Colour follows the square root of the absolute weight, so that weak edges can be seen.

    Parameters
    ----------
    snapshots : Snapshots
    window : int
    order : (N,) int array or None
        Units from first to last row; as recorded where None.
    top : float or None
        Absolute weight at full colour; the strongest of this window where None.
    ax : matplotlib Axes or None
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 300, 300)
    if snapshots.n_nodes == 0:
        return style.message(ax, "no units")
    rows = np.arange(snapshots.n_nodes) if order is None else order
    image = snapshots.matrix(window, missing=np.nan)[np.ix_(rows, rows)]
    finite = np.abs(image[np.isfinite(image)])
    high = top or float(finite.max(initial=0)) or 1.0
    ramp = LinearSegmentedColormap.from_list("signed", [style.NEGATIVE, "#ffffff", style.POSITIVE])
    signed = ramp.with_extremes(bad=style.GRID)
    shown = np.sign(image) * np.sqrt(np.abs(image) / high)
    ax.imshow(shown, cmap=signed, vmin=-1, vmax=1, interpolation="none", origin="upper")
    style.dress(
        ax, x="target unit" if snapshots.directed else "unit", y="source unit" if snapshots.directed else "unit"
    )
    style.few_ticks(ax, "both", 4, whole=True)
    return ax
