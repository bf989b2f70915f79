"""Pictures of networks of regions: importance, change between conditions, and the gate between the modalities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, unknown_name
from interplay.explain.brain_results import AttentionChange, AttentionImportance
from interplay.plot import style
from interplay.represent.brain.results import BrainEmbedding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_SIDES = ("outgoing", "incoming")
#: Beyond so many lines, regions are drawn without their names.
MOST_NAMED = 60


def plot_importance(
    importance: AttentionImportance, *, by: Literal["network", "region"] = "network", ax: Axes | None = None
) -> Axes:
    """Draw what networks, or regions, pay to others and are paid by them, with intervals over subjects.

    Parameters
    ----------
    importance : AttentionImportance
    by : {"network", "region"}
        Regions are sorted by incoming importance; beyond 60 of them without their names.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    names = importance.network_names if by == "network" else importance.regions
    ax = style.axes_or_new(ax, 460, 80 + min(24 * len(names), 620), left=120, top=28)
    if not len(names):
        return style.message(ax, "the atlas names no networks")
    prefix = "network_" if by == "network" else ""
    parts = {side: importance.interval(prefix + side) for side in _SIDES}
    order = np.arange(len(names)) if by == "network" else np.argsort(-parts["incoming"][0], kind="stable")
    for side, shift, colour, marker in (("outgoing", -0.14, style.MUTED, "s"), ("incoming", 0.14, style.ACCENT, "o")):
        mean, low, high = (v[order] for v in parts[side])
        y = np.arange(len(names)) + (shift if len(names) <= MOST_NAMED else 0.0)
        ax.hlines(y, low, high, color=colour, linewidth=2)
        ax.plot(
            mean, y, marker, color=colour, markeredgecolor=style.PAPER, label=side,
            markersize=6 if len(names) <= MOST_NAMED else 3,
        )  # fmt: skip
    if importance.unit == "even" and importance.part == "all":
        ax.axvline(1.0, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    unit = ", times an even share" if importance.unit == "even" else ""
    _lines(ax, [str(names[k]) for k in order], f"mean attention{unit}")
    style.quiet_legend(ax)
    return ax


def plot_change_intervals(change: AttentionChange, *, ax: Axes | None = None) -> Axes:
    """Draw the change of each network's outgoing and incoming importance with its interval.

    Parameters
    ----------
    change : AttentionChange
        With the family "network".
    ax : Axes or None

    Returns
    -------
    Axes
        Filled where the corrected p stands out, hollow elsewhere. Intervals are of each line alone.
    """
    names = change.network_names
    ax = style.axes_or_new(ax, 460, 80 + 24 * len(names), left=120, top=28)
    if "network" not in change.families:
        return style.message(ax, "networks were not tested")
    family = change.families["network"]
    for side, shift, colour, marker in ((0, -0.14, style.MUTED, "s"), (1, 0.14, style.ACCENT, "o")):
        y = np.arange(len(names)) + shift
        ax.hlines(y, family.low[side], family.high[side], color=colour, linewidth=2)
        sure = _stands_out(family.corrected[side], change.level)
        ax.plot(
            family.difference[side][sure], y[sure], marker, color=colour, markeredgecolor=style.PAPER, markersize=7,
            label=_SIDES[side],
        )  # fmt: skip
        ax.plot(
            family.difference[side][~sure], y[~sure], marker, markerfacecolor=style.PAPER, markeredgecolor=colour,
            markersize=6, label="" if sure.any() else _SIDES[side],
        )  # fmt: skip
    ax.axvline(0.0, color=style.FAINT, linewidth=1, zorder=0)
    _lines(
        ax, [str(name) for name in names], f"attention, {style.plain(change.second)} less {style.plain(change.first)}"
    )
    style.quiet_legend(ax)
    return ax


def plot_network_change(
    change: AttentionChange,
    *,
    show: Literal["difference", "statistic", "effect"] = "difference",
    ax: Axes | None = None,
) -> Axes:
    """Draw the change of attention from network to network; framed where the corrected p stands out.

    Parameters
    ----------
    change : AttentionChange
        With the family "block".
    show : {"difference", "statistic", "effect"}
        The mean difference, t, or the size of the effect.
    ax : Axes or None

    Returns
    -------
    Axes
        Rows attend, columns are attended to; grey where nothing was tested.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    if show not in ("difference", "statistic", "effect"):
        raise ConfigError(unknown_name("`show`", str(show), ("difference", "statistic", "effect")))
    n = len(change.network_names)
    ax = style.axes_or_new(ax, 170 + 44 * max(n, 3), 130 + 34 * max(n, 3), left=120)
    if "block" not in change.families:
        return style.message(ax, "pairs of networks were not tested")
    family = change.families["block"]
    image: Floats = getattr(family, show)
    finite = np.abs(image[np.isfinite(image)])
    top = float(finite.max(initial=0.0)) or 1.0
    ramp = LinearSegmentedColormap.from_list("signed", [style.NEGATIVE, "#ffffff", style.POSITIVE])
    ax.imshow(
        np.clip(image, -top, top), cmap=ramp.with_extremes(bad=style.GRID), vmin=-top, vmax=top, aspect="auto",
        interpolation="none",
    )  # fmt: skip
    sure = _stands_out(family.corrected, change.level)
    for (i, j), value in np.ndenumerate(image):
        if np.isfinite(value) and n <= 14:
            ax.text(
                j, i, f"{value:.2g}".replace("-", "\N{MINUS SIGN}"), ha="center", va="center", fontsize=8.5,
                color=style.PAPER if abs(value) > 0.6 * top else style.INK,
            )  # fmt: skip
        if sure[i, j]:
            ax.add_patch(Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=style.INK, linewidth=1.8))
    names = [style.plain(str(name)) for name in change.network_names]
    style.bare(ax)
    ax.set_xticks(range(n), names, rotation=90 if max(map(len, names)) > 5 else 0)
    ax.set_yticks(range(n), names)
    ax.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL - 0.5, length=0)
    ax.set_xlabel("to", color=style.MUTED, fontsize=style.SMALL)
    ax.set_ylabel("from", color=style.MUTED, fontsize=style.SMALL)
    return ax


def plot_gate(embedding: BrainEmbedding, *, ax: Axes | None = None) -> Axes:
    """Draw the share of function in the fused vectors, network by network: median, quartiles and range of the scans.

    Parameters
    ----------
    embedding : BrainEmbedding
    ax : Axes or None

    Returns
    -------
    Axes
        1 where only function counts, 0 where only structure does.
    """
    named = list(dict.fromkeys(str(name) for name in embedding.networks if name != ""))
    names = named or ["all regions"]
    ax = style.axes_or_new(ax, 420, 62 + 24 * len(names), left=120)
    if embedding.gate is None:
        return style.message(ax, "no scan has both modalities")
    shares = np.where(embedding.present, embedding.gate, np.nan)
    for y, name in enumerate(names):
        mine = shares[:, embedding.networks == name] if named else shares
        known = mine[np.isfinite(mine).any(axis=1)]
        if not len(known):
            continue
        low, first, middle, third, high = np.quantile(np.nanmean(known, axis=1), (0, 0.25, 0.5, 0.75, 1))
        ax.plot([low, high], [y, y], color=style.FAINT, linewidth=1.2)
        ax.plot([first, third], [y, y], color=style.ACCENT, linewidth=5, solid_capstyle="butt")
        ax.plot([middle], [y], "o", color=style.PAPER, markeredgecolor=style.INK, markersize=6)
    ax.axvline(0.5, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    _lines(ax, names, "share of function")
    return ax


def _stands_out(corrected: Floats, level: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(corrected <= 1 - level + 1e-12)


def _lines(ax: Axes, names: list[str], axis: str) -> None:
    ax.set_ylim(len(names) - 0.4, -0.6)
    style.dress(ax, x=axis)
    ax.spines["left"].set_visible(False)
    if len(names) <= MOST_NAMED:
        ax.set_yticks(range(len(names)), [style.plain(name) for name in names])
    else:
        ax.set_yticks([])
    ax.tick_params(axis="y", length=0, pad=6)
    style.few_ticks(ax, "x", 5)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
