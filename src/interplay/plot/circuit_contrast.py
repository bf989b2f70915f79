"""Pictures of competition: contrast in and out, and a column layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interplay.circuits.motif_results import ContrastResult
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_contrast(result: ContrastResult, *, layer: int = -1, ax: Axes | None = None) -> Axes:
    """Draw the contrast between the two strongest cells against that between their inputs.

    Parameters
    ----------
    result : ContrastResult
    layer : int
        Which layer's rates; the last where -1.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes

    Notes
    -----
    Dots are solved or simulated, the line is the closed form, the grey diagonal is no change. At 1 one cell is left.
    """
    ax = style.axes_or_new(ax, 340, 320, top=28)
    known = np.isfinite(result.contrast_in)
    if not known.any():
        return style.message(ax, "no contrast is defined")
    order = np.flatnonzero(known)[np.argsort(result.contrast_in[known], kind="stable")]
    x = result.contrast_in[order]
    top = min(1.0, max(1.08 * float(x[-1]), 0.05))
    ax.plot([0, 1], [0, 1], color=style.FAINT, linewidth=1, dashes=(2, 2), zorder=1, label="no change")
    predicted = result.predicted[order, layer]
    if np.isfinite(predicted).any():
        ax.plot(x, predicted, color=style.CATEGORIES[1], linewidth=1.6, zorder=2, label="closed form")
    full = result.n_active[order, layer] <= 1
    for pick, face in ((~full, style.ACCENT), (full, style.PAPER)):
        ax.plot(
            x[pick], result.contrast[order, layer][pick], "o", color=style.ACCENT, markerfacecolor=face, markersize=5,
            linestyle="none", zorder=3, label="several active" if face == style.ACCENT else "one cell left",
        )  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.05)
    style.dress(ax, x="contrast of the inputs", y="contrast of the rates", grid=True)
    style.few_ticks(ax, "both", 5)
    style.quiet_legend(ax, right=False, columns=4 if ax.bbox.width > 400 else 2)
    return ax


def plot_column(result: ContrastResult, *, case: int = 0, ax: Axes | None = None) -> Axes:
    """Draw the excitatory rates layer by layer: one line per cell, the contrast above each layer.

    Parameters
    ----------
    result : ContrastResult
    case : int
        Which inputs.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 520, 260, top=30)
    rates = result.rates[case]
    layer = np.arange(rates.shape[0] + 1)
    # Layer 0 is the input, on the scale of the rates: only its pattern is to be compared.
    into = result.drive[case]
    first = np.abs(rates[0][np.isfinite(rates[0])]).sum()
    scale = (float(first) or 1.0) / (float(np.abs(into).sum()) or 1.0)
    course = np.vstack([into * scale, rates])
    course = np.where(np.isfinite(course), course, np.nan)
    if not np.isfinite(rates).any():
        return style.message(ax, "diverged: no layer settled")
    order = np.argsort(-into, kind="stable")
    for rank, cell in enumerate(order.tolist()):
        colour = (
            style.category(rank) if len(order) <= len(style.CATEGORIES) else (style.ACCENT if not rank else style.OTHER)
        )
        ax.plot(layer, course[:, cell], color=colour, linewidth=1.7 if rank < 2 else 1.2, marker="o", markersize=4,
                markeredgecolor=style.PAPER, label=f"cell {cell + 1}" if len(order) <= 4 else None)  # fmt: skip
    top = float(np.nanmax(course)) or 1.0
    for k, value in enumerate([result.contrast_in[case], *result.contrast[case]]):
        if np.isfinite(value):
            ax.text(
                k, 1.06 * top, f"{value:.2f}", ha="center", va="bottom", color=style.MUTED, fontsize=style.SMALL - 1
            )
    ax.text(-0.3, 1.18 * top, "contrast", ha="left", va="bottom", color=style.MUTED, fontsize=style.SMALL - 1)
    ax.set_xlim(-0.35, len(layer) - 0.65)
    ax.set_ylim(min(0.0, float(np.nanmin(course))) - 0.02 * top, 1.32 * top)
    style.dress(ax, x="layer", y="rate", grid=True)
    ax.set_xticks(layer, ["input", *(str(k) for k in layer[1:])])
    style.few_ticks(ax, "y", 4)
    if len(order) <= 4:
        style.quiet_legend(ax, columns=4)
    return ax
