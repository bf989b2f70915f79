"""Pictures of spiking networks: said and true shares, doubt, operations, learning, and one sample inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.measures.calibration_results import Reliability, RiskCoverage
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Networks in the order of the page: the one that was asked for, then its baselines.
NET_COLOURS = (style.ACCENT, style.CATEGORIES[1], style.CATEGORIES[2], style.CATEGORIES[3])


def plot_reliability(found: Reliability, *, colour: str = style.ACCENT, ax: Axes | None = None) -> Axes:
    """Draw the share of right answers against what was said, with the samples of each bin below.

    Parameters
    ----------
    found : Reliability
        Of bins of equal width.
    colour : str
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 240, 250)
    held = found.count > 0
    ax.plot([0, 1], [0, 1], color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=1)
    share = found.count / max(int(found.count.max()), 1)
    width = found.stop - found.start
    ax.bar(
        (found.start + width / 2)[held], 0.16 * share[held], width=0.86 * width[held], color=style.GRID, linewidth=0,
        zorder=0,
    )  # fmt: skip
    said, right = found.confidence[held], found.accuracy[held]
    ax.vlines(said, found.low[held], found.high[held], color=colour, linewidth=1.6, alpha=0.55, zorder=2)
    ax.plot(said, right, color=colour, linewidth=1.2, alpha=0.6, zorder=2)
    ax.scatter(said, right, s=16 + 60 * share[held], color=colour, edgecolors=style.PAPER, linewidths=0.8, zorder=3)
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.02)
    style.dress(ax, x="said probability", y="share right", grid=True)
    style.few_ticks(ax, "both", 4)
    return ax


def plot_risk_coverage(curves: Sequence[tuple[str, RiskCoverage, str]], *, ax: Axes | None = None) -> Axes:
    """Draw the share of wrong answers against the share of samples that are answered, the surest first.

    Parameters
    ----------
    curves : sequence of (name, RiskCoverage, colour)
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 420, 260)
    for name, curve, colour in curves:
        ax.step(curve.coverage, curve.risk, where="post", color=colour, linewidth=1.7, label=style.plain(name))
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    style.dress(ax, x="share of samples answered, the surest first", y="share wrong", grid=True)
    style.few_ticks(ax, "both", 5)
    return ax


def plot_detection(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], *, ax: Axes | None = None) -> Axes:
    """Draw how well doubt tells foreign samples, one line per kind and network, one mark per way of doubting.

    Parameters
    ----------
    rows : sequence of (name, sequence of (doubt, area under the ROC curve))
        From top to bottom; doubts "1 - confidence", "entropy" and "disagreement".
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 60 + 25 * len(rows), left=220)
    marks: dict[str, dict[str, Any]] = {
        "1 - confidence": {"marker": "s", "color": style.MUTED, "ms": 5.5},
        "entropy": {"marker": "o", "color": style.ACCENT, "ms": 7},
        "disagreement": {"marker": "D", "color": style.CATEGORIES[1], "ms": 5.5},
    }
    ax.axvline(0.5, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    for y, (_, values) in enumerate(rows):
        known = [value for _, value in values]
        ax.plot([min(known), max(known)], [y, y], color=style.GRID, linewidth=2.4, solid_capstyle="round", zorder=1)
        for doubt, value in values:
            ax.plot([value], [y], linestyle="none", mec=style.PAPER, mew=0.8, zorder=3, **marks[doubt])
    for doubt in dict.fromkeys(name for _, values in rows for name, _ in values):
        ax.plot([], [], linestyle="none", label=doubt.replace("-", "\N{MINUS SIGN}"), mec=style.PAPER, **marks[doubt])
    low = min(value for _, values in rows for _, value in values)
    ax.set_xlim(min(0.45, low - 0.03), 1.02)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    style.dress(ax, x="area under the ROC curve")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(rows)), [style.plain(name) for name, _ in rows])
    ax.tick_params(axis="y", length=0, pad=6)
    style.few_ticks(ax, "x", 5)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def plot_operations(layers: Sequence[tuple[str, float, float, float]], *, ax: Axes | None = None) -> Axes:
    """Draw counted operations per layer beside those of analogue units, on a logarithmic axis.

    Parameters
    ----------
    layers : sequence of (name, accumulates, multiply-accumulates, multiply-accumulates of analogue units)
        Per answer, from top to bottom.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 60 + 30 * len(layers), left=150)
    looks: tuple[dict[str, Any], ...] = (
        {"label": "additions (spikes)", "marker": "o", "color": style.ACCENT, "mec": style.PAPER, "ms": 8},
        {"label": "products (numbers)", "marker": "s", "color": style.CATEGORIES[1], "mec": style.PAPER, "ms": 7},
        {"label": "products, analogue units", "marker": "o", "mfc": style.PAPER, "mec": style.MUTED, "ms": 7},
    )
    for y, (_, *values) in enumerate(layers):
        known = [value for value in values if value > 0]
        if known:
            ax.plot([min(known), max(known)], [y, y], color=style.GRID, linewidth=2.4, zorder=1)
        # What the analogue units do lies below: where spikes save nothing the marks coincide.
        for value, look in reversed(list(zip(values, looks, strict=True))):
            if value > 0:
                ax.plot([value], [y], linestyle="none", zorder=3, **{k: v for k, v in look.items() if k != "label"})
    for look in looks:
        ax.plot([], [], linestyle="none", **look)
    ax.set_xscale("log")
    every = [value for _, *values in layers for value in values if value > 0] or [1.0]
    ax.set_xlim(min(every) / 3, max(every) * 3)
    ax.set_ylim(len(layers) - 0.4, -0.6)
    style.dress(ax, x="operations per answer")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(layers)), [style.plain(row[0]) for row in layers])
    ax.tick_params(axis="y", length=0, pad=6)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def plot_learning(
    courses: Sequence[tuple[str, Mapping[str, NDArray[np.float64]], int, str]],
    part: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw one part of the loss over epochs, one line per network.

    Parameters
    ----------
    courses : sequence of (name, trace, epoch kept from 0, colour)
    part : str
        Of the traces, for example "cross_entropy"; a trace without it draws nothing.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 420, 240)
    for name, trace, kept, colour in courses:
        values = trace.get(part)
        if values is None or not len(values):
            continue
        epochs = np.arange(1, len(values) + 1)
        ax.plot(epochs, values, color=colour, linewidth=1.6, label=style.plain(name))
        if 0 <= kept < len(values):
            ax.plot([kept + 1], [values[kept]], "o", mfc=style.PAPER, mec=colour, ms=5.5)
    ax.set_ylim(bottom=0)
    style.dress(ax, x="epoch", y="cross-entropy, nats", grid=True)
    style.few_ticks(ax, "x", 5, whole=True)
    style.few_ticks(ax, "y", 5)
    return ax


def plot_gradients(courses: Sequence[tuple[str, Mapping[str, float], str]], *, ax: Axes | None = None) -> Axes:
    """Draw the norm of the gradient of every layer, from the input to the read-out, on a logarithmic axis.

    Parameters
    ----------
    courses : sequence of (name, norm per layer, colour)
        Norms of 0 leave a gap: they have no place on this axis.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 420, 240)
    layers = list(dict.fromkeys(layer for _, norms, _ in courses for layer in norms))
    for name, norms, colour in courses:
        values = [norms.get(layer, np.nan) or np.nan for layer in layers]
        ax.plot(
            range(len(layers)),
            values,
            "o-",
            color=colour,
            linewidth=1.4,
            ms=5,
            mec=style.PAPER,
            label=style.plain(name),
        )
    ax.set_yscale("log")
    ax.set_xlim(-0.4, len(layers) - 0.6)
    style.dress(ax, y="norm of the gradient", grid=True)
    slim = len(layers) > 6
    ax.set_xticks(range(len(layers)), [str(k + 1) for k in range(len(layers))] if slim else layers)
    if slim:
        style.dress(ax, x="layer of weights, from the input to the read-out", y="norm of the gradient", grid=True)
    return ax


def plot_layer_raster(layers: Mapping[str, NDArray[Any]], *, step_s: float, panels: Sequence[Axes]) -> Sequence[Axes]:
    """Draw what goes in and what fires in each layer over time.

    Parameters
    ----------
    layers : mapping of str to (T, N) arrays
        The input first, from top to bottom; anything above 0 is drawn.
    step_s : float, s
        Width of a step.
    panels : sequence of Axes
        One per layer.

    Returns
    -------
    sequence of Axes
    """
    for k, (ax, (name, values)) in enumerate(zip(panels, layers.items(), strict=True)):
        step, unit = np.nonzero(np.asarray(values) > 0)
        colour = style.MUTED if k == 0 else style.ACCENT
        tall = ax.get_position().height * ax.get_figure(root=True).get_size_inches()[1] * 72  # type: ignore[union-attr]
        thick = float(np.clip(0.8 * tall / max(values.shape[1], 1), 0.7, 6.0))
        # A stroke as long as the step, so that what lasts is a line and not a row of dots.
        ax.hlines(
            unit, step * step_s, (step + 1) * step_s, color=colour, linewidth=thick, rasterized=len(step) > 20_000
        )
        ax.set_xlim(0, len(values) * step_s)
        ax.set_ylim(-0.5, values.shape[1] - 0.5)
        last = k == len(layers) - 1
        style.dress(ax, x="time, s" if last else "", y="")
        ax.set_ylabel(f"{name}\n{values.shape[1]} units", color=style.MUTED, fontsize=style.SMALL - 0.5)
        ax.set_yticks([])
        if not last:
            ax.set_xticklabels([])
    style.few_ticks(panels[-1], "x", 6)
    return panels
