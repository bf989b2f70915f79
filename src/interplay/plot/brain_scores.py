"""Pictures of what a model of cohorts can do: labels needed, passes of training, hidden regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay.plot import style
from interplay.represent.brain.results import BrainModel, BrainReconstruction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = ("o", "s", "D", "^", "v", "P")


def plot_label_curve(
    ways: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]],
    *,
    score: str,
    chance: float = float("nan"),
    x: str = "labelled subjects",
    ax: Axes | None = None,
) -> Axes:
    """Draw a score over the number of labels, one line per way, with intervals.

    Parameters
    ----------
    ways : mapping of str to (labels, mean, low, high)
        (P,) arrays each. The first is drawn in colour, as the one that matters.
    score : str
        What is measured.
    chance : float
        What knowing nothing gives; no line where NaN.
    x : str
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 480, 290, top=28)
    if not ways:
        return style.message(ax, "nothing to draw")
    seen: set[float] = set()
    for k, (name, parts) in enumerate(ways.items()):
        labels, mean, low, high = (np.asarray(v, dtype=np.float64) for v in parts)
        order = np.argsort(labels)
        colour = style.ACCENT if k == 0 else style.category(k)
        ax.fill_between(labels[order], low[order], high[order], color=colour, alpha=0.15, linewidth=0)
        ax.plot(
            labels[order], mean[order], marker=_MARKS[k % len(_MARKS)], color=colour, markeredgecolor=style.PAPER,
            linewidth=2.2 if k == 0 else 1.5, markersize=6, label=style.plain(name),
        )  # fmt: skip
        seen |= set(labels.tolist())
    if np.isfinite(chance):
        ax.axhline(chance, color=style.FAINT, linewidth=1, dashes=(3, 2), zorder=0)
    style.dress(ax, x=x, y=score, grid=True)
    style.few_ticks(ax, "y", 5)
    spread = min(seen) > 0 and max(seen) / min(seen) > 5
    if spread:
        ax.set_xscale("log")
    ax.set_xticks(sorted(seen), [f"{v:g}" for v in sorted(seen)])
    ax.minorticks_off()
    style.quiet_legend(ax, columns=3)
    return ax


def plot_pretraining(model: BrainModel, *, width: float = 760) -> list[Axes]:
    """Draw how every stage of pre-training went: its loss on masked entries, pass by pass.

    Parameters
    ----------
    model : BrainModel
    width : float
        Of the whole, in pixels.

    Returns
    -------
    list of Axes
        One panel per stage, side by side; a ring marks the pass whose parameters were kept.
    """
    stages = list(model.loss)
    figure = style.new_figure(width, 190)
    if not stages:
        return [style.message(figure.add_axes((0, 0, 1, 1)), "no stage was trained")]
    room = (width - 16) / len(stages)
    panels = []
    for k, stage in enumerate(stages):
        ax = figure.add_axes(((16 + k * room + 34) / width, 38 / 190, max(room - 48, 20) / width, 122 / 190))
        parts = model.loss[stage]
        line = parts["loss"]
        passes = np.arange(1, len(line) + 1)
        ax.plot(passes, line, color=style.ACCENT, linewidth=1.8, label="training")
        if len(parts.get("held_out", ())) == len(line):
            line = parts["held_out"]
            ax.plot(passes, line, color=style.MUTED, linewidth=1.4, label="held out")
        kept = model.best_epoch[stage]
        if 0 <= kept < len(line):
            ax.plot(kept + 1, line[kept], "o", mfc="none", mec=style.INK, ms=7)
        style.dress(ax, x="pass", grid=True)
        ax.set_title(style.plain(stage), color=style.MUTED, fontsize=style.SMALL, loc="left")
        style.few_ticks(ax, "x", 3, whole=True)
        style.few_ticks(ax, "y", 3)
        panels.append(ax)
    return panels


def plot_hidden_region(
    reconstruction: BrainReconstruction, *, dt_s: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw one hidden region's signal, true and told.

    Parameters
    ----------
    reconstruction : BrainReconstruction
        Its example: the first hidden region of the first scan.
    dt_s : float, s, or None
        Step between samples; the axis counts samples where None.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 620, 220, top=28)
    example: Mapping[str, NDArray[np.float64]] = reconstruction.example
    if "truth" not in example or not len(example["truth"]):
        return style.message(ax, "no region was hidden")
    looks = (
        ("truth", style.INK, 1.4, "true"),
        ("linear", style.FAINT, 1.4, "linear"),
        ("model", style.ACCENT, 1.8, "model"),
    )
    for name, colour, width, label in looks:
        if name in example:
            time = np.arange(len(example[name])) * (1.0 if dt_s is None else dt_s)
            ax.plot(time, example[name], color=colour, linewidth=width, label=label, zorder=3 if name == "model" else 2)
    style.dress(ax, x="sample" if dt_s is None else "time (s)", y="signal (interquartile ranges)", grid=True)
    style.few_ticks(ax, "both", 5)
    ax.set_xlim(0, None)
    style.quiet_legend(ax)
    return ax
