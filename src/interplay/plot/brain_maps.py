"""Pictures of every two regions: attention, its change, and how alike regions are, sorted by network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.explain.brain_results import AttentionChange, AttentionImportance
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

#: Panel of a map in pixels, with room for names on the left and a scale on the right.
_ROOM = {"left": 92.0, "right": 84.0, "top": 10.0, "bottom": 78.0}


def network_order(networks: NDArray[np.str_]) -> tuple[NDArray[np.int64], list[tuple[str, int, int]]]:
    """Sort regions by network, in the order in which networks first appear; those without one come last.

    Parameters
    ----------
    networks : (R,) text array

    Returns
    -------
    order : (R,) int64 array
    spans : list of (name, first, past the last)
        Where each network lies in that order.
    """
    names = list(dict.fromkeys(str(name) for name in networks if name != ""))
    names += [""] if (networks == "").any() else []
    place = {name: k for k, name in enumerate(names)}
    code = np.array([place[str(name)] for name in networks], dtype=np.int64)
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=len(names)))
    return order, [(name, int(ends[k - 1]) if k else 0, int(ends[k])) for k, name in enumerate(names)]


def plot_region_map(
    image: Floats,
    networks: NDArray[np.str_],
    *,
    label: str,
    scale: Literal["signed", "times", "size"] = "signed",
    own: bool = False,
    rows: str = "",
    columns: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a value of every two regions, sorted by network, with lines between networks.

    Parameters
    ----------
    image : (R, R) float64 array
        NaN is drawn grey.
    networks : (R,) text array
        Empty texts for none.
    label : str
        What is drawn, for the scale.
    scale : {"signed", "times", "size"}
        Two colours about 0, full at the 99th percentile of the sizes; two about 1, by factors, each full where the
        central 98 % of the entries end; or one colour from 0 (or the smallest value, where that is less).
    own : bool
        Whether the diagonal is drawn.
    rows, columns : str
        What a row and a column say.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    panel = style.stack(470, [320], **_ROOM)[1][0] if ax is None else ax
    if len(image) < 2:
        return style.message(panel, "fewer than two regions")
    order, spans = network_order(networks)
    shown = np.array(image, dtype=np.float64)[np.ix_(order, order)]
    if not own:
        np.fill_diagonal(shown, np.nan)
    if not np.isfinite(shown).any():
        return style.message(panel, "nothing is known of two regions")
    look, ticks = _look(shown, scale)
    if scale == "times":
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = np.log2(shown)
    drawn = panel.imshow(shown, interpolation="none", origin="upper", **look)
    _borders(panel, spans, len(image))
    if rows or columns:
        style.dress(panel, x=columns, y=rows)
    _bar(panel, drawn, label, ticks)
    return panel


def _look(shown: Floats, scale: str) -> tuple[dict[str, Any], Any]:
    """Give colours and range, and the labels of the scale where they are factors."""
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

    known = shown[np.isfinite(shown)]
    if scale == "size":
        low, high = min(0.0, float(known.min())), float(known.max())
        ramp = LinearSegmentedColormap.from_list("size", ["#f4f7f8", "#6fb3b9", style.ACCENT, "#06343a"])
        return {"cmap": ramp.with_extremes(bad=style.GRID), "vmin": low, "vmax": max(high, low + 1e-12)}, None
    ramp = LinearSegmentedColormap.from_list("signed", [style.NEGATIVE, "#ffffff", style.POSITIVE])
    if scale == "times":
        with np.errstate(divide="ignore", invalid="ignore"):
            known = np.log2(known)
        low, high = np.quantile(known[np.isfinite(known)], (0.01, 0.99)) if np.isfinite(known).any() else (0.0, 0.0)
        # Attention is skewed: a few large shares, many near none. Each side has its own range.
        norm = TwoSlopeNorm(0.0, vmin=min(float(low), -0.1), vmax=max(float(high), 0.1))
        look = {"cmap": ramp.with_extremes(bad=style.GRID), "norm": norm}
        return look, lambda v, _: f"\N{MULTIPLICATION SIGN}{2.0**v:.2g}"
    top = _top(known, least=1e-12)
    return {"cmap": ramp.with_extremes(bad=style.GRID), "vmin": -top, "vmax": top}, None


def _top(values: Floats, *, least: float) -> float:
    """Full colour: the 99th percentile of the sizes, so that one entry does not bleach the others."""
    finite = np.abs(values[np.isfinite(values)])
    return max(float(np.quantile(finite, 0.99)) if len(finite) else 0.0, least)


def _borders(ax: Axes, spans: list[tuple[str, int, int]], n: int) -> None:
    for _, start, _ in spans[1:]:
        ax.axhline(start - 0.5, color=style.MUTED, linewidth=0.7)
        ax.axvline(start - 0.5, color=style.MUTED, linewidth=0.7)
    style.bare(ax)
    if [name for name, _, _ in spans] == [""]:
        style.few_ticks(ax, "both", 4, whole=True)
    else:
        at = [(start + stop - 1) / 2 for _, start, stop in spans]
        names = [style.plain(name) or "no network" for name, _, _ in spans]
        ax.set_xticks(at, names, rotation=90)
        ax.set_yticks(at, names)
    ax.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL - 0.5, length=0)
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(n - 0.5, -0.5)


def _bar(ax: Axes, drawn: Any, label: str, ticks: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    box = ax.get_position()
    bar = ax.figure.add_axes((box.x1 + 0.02, box.y0, 0.022, box.height))
    ax.figure.colorbar(drawn, cax=bar)
    style.few_ticks(bar, "y", 5)
    if ticks is not None:
        low, high = drawn.norm.vmin, drawn.norm.vmax
        bar.set_yticks([low, low / 2, 0.0, high / 2, high])
        bar.yaxis.set_major_formatter(FuncFormatter(ticks))
    bar.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL, length=2, width=0.6)
    bar.set_ylabel(label, color=style.MUTED, fontsize=style.SMALL)
    bar.spines["outline"].set_visible(False)


def plot_attention_map(importance: AttentionImportance, *, ax: Axes | None = None) -> Axes:
    """Draw what every region pays to every other, mean over subjects.

    Parameters
    ----------
    importance : AttentionImportance
    ax : Axes or None

    Returns
    -------
    Axes
        Rows attend, columns are attended to; what a region pays to itself is left out.
    """
    image = importance.mean_map
    signed = bool((image[np.isfinite(image)] < 0).any())
    even = importance.unit == "even" and not signed and importance.part == "all"
    label = "attention, times an even share" if importance.unit == "even" else "attention"
    return plot_region_map(
        image, importance.networks, label=label, scale="times" if even else "signed" if signed else "size",
        rows="from", columns="to", ax=ax,
    )  # fmt: skip


def plot_change_map(change: AttentionChange, *, ax: Axes | None = None) -> Axes:
    """Draw by how much attention between every two regions differs, mean over subjects.

    Parameters
    ----------
    change : AttentionChange
    ax : Axes or None

    Returns
    -------
    Axes
        Blue where the second condition has more. Nothing here is tested: see `plot_network_change`.
    """
    return plot_region_map(
        change.mean_second - change.mean_first, change.networks,
        label=f"{style.plain(change.second)} less {style.plain(change.first)}", rows="from", columns="to", ax=ax,
    )  # fmt: skip


def plot_region_similarity(similarity: Floats, networks: NDArray[np.str_], *, ax: Axes | None = None) -> Axes:
    """Draw how alike the vectors of every two regions are.

    Parameters
    ----------
    similarity : (R, R) float64 array, in [-1, 1]
        From `region_similarity`.
    networks : (R,) text array
    ax : Axes or None

    Returns
    -------
    Axes
    """
    return plot_region_map(similarity, networks, label="cosine similarity", ax=ax)
