"""Pictures of the motifs that a model of a stream goes by, each beside how often time at random would bring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay.explain.event_results import EventExplanation
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Whom the second and the third event of a motif join, by the digits of its class.
_SECOND = ("the same pair again", "root and a third", "partner and a third")
_THIRD = ("nothing before", "root and partner", "root and the third", "partner and the third")
#: Where root, partner and third stand in a small picture.
_PLACE = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.85))
#: Motifs that neither chance nor the model brings more often than this are left out.
_LEAST = 0.005


def motif_name(kind: int) -> str:
    """Say what a class of motif is, newest event first.

    Parameters
    ----------
    kind : int, in [0, 13)

    Returns
    -------
    str
    """
    return "an event alone" if kind == 12 else f"{_SECOND[kind // 4]}; {_THIRD[kind % 4]}"


def motif_steps(kind: int) -> tuple[tuple[int, int], ...]:
    """Give the ends of the events of a class, newest first: 0 is the root, 1 its partner, 2 the third.

    Parameters
    ----------
    kind : int, in [0, 13)

    Returns
    -------
    tuple of pairs
    """
    if kind == 12:
        return ((0, 1),)
    second = ((0, 1), (0, 2), (1, 2))[kind // 4]
    third = (None, (0, 1), (0, 2), (1, 2))[kind % 4]
    return ((0, 1), second) if third is None else ((0, 1), second, third)


def shown_motifs(found: EventExplanation) -> NDArray[np.int64]:
    """Choose the classes that occur, the one that counts most first.

    Parameters
    ----------
    found : EventExplanation

    Returns
    -------
    (K,) int64 array
    """
    order = np.argsort(-found.counted, kind="stable")
    return np.asarray(order[np.maximum(found.counted, found.null)[order] >= _LEAST], dtype=np.int64)


def plot_motif_shares(found: EventExplanation, *, room: float = 6, ax: Axes | None = None) -> Axes:
    """Draw the share of every class of motif: by what the model goes by, as drawn, and where times are shuffled.

    Parameters
    ----------
    found : EventExplanation
    room : float, pixels
        Between names and panel, for example for small pictures.
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
        One line per class of `shown_motifs`, at 0, 1, ... from the top.
    """
    kinds = shown_motifs(found)
    ax = style.axes_or_new(ax, 560, 60 + 46 * len(kinds), left=210, top=26)
    for y, kind in enumerate(kinds.tolist()):
        null, drawn, counted = (100 * float(x[kind]) for x in (found.null, found.drawn, found.counted))
        ax.plot([null, counted], [y, y], color=style.FAINT, lw=2, zorder=1)
        ax.plot([null], [y], "s", color=style.MUTED, ms=6, mec=style.PAPER, label=None if y else "times shuffled")
        ax.plot([drawn], [y], "o", mfc="none", mec=style.ACCENT, ms=7, label=None if y else "as drawn")
        ax.plot([counted], [y], "o", color=style.ACCENT, ms=7, mec=style.PAPER, label=None if y else "what counts")
    ax.set_ylim(len(kinds) - 0.5, -0.5)
    ax.set_xlim(left=0)
    style.dress(ax, x="share of motifs (%)")
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(kinds)), [motif_name(k).replace("; ", ";\n") for k in kinds.tolist()])
    ax.tick_params(axis="y", length=0, pad=room)
    style.few_ticks(ax, "x", 5)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def plot_motif(kind: int, *, ax: Axes | None = None) -> Axes:
    """Draw one class of motif: who meets whom, numbered from the newest event back.

    Parameters
    ----------
    kind : int, in [0, 13)
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    from matplotlib.patches import FancyArrowPatch

    ax = style.axes_or_new(ax, 90, 80)
    style.bare(ax)
    steps = motif_steps(kind)
    for number, ends in enumerate(steps, 1):
        before = steps[: number - 1].count(ends)
        bend = (0.0, 0.65, -0.65)[before] if steps.count(ends) > 1 else 0.0
        a, b = np.array(_PLACE[ends[0]]), np.array(_PLACE[ends[1]])
        colour = (style.ACCENT, style.INK, style.MUTED)[number - 1]
        arc = FancyArrowPatch(
            tuple(a), tuple(b), connectionstyle=f"arc3,rad={bend}", arrowstyle="-", color=colour, lw=1.6, zorder=1,
        )  # fmt: skip
        ax.add_patch(arc)
        step = b - a
        middle = (a + b) / 2 + bend / 2 * np.array([step[1], -step[0]])
        ax.text(
            float(middle[0]), float(middle[1]), str(number), ha="center", va="center", fontsize=style.SMALL - 2.5,
            color=colour, zorder=3, bbox={"boxstyle": "circle,pad=0.12", "facecolor": style.PAPER, "edgecolor": "none"},
        )  # fmt: skip
    for node in range(3 if any(2 in s for s in steps) else 2):
        root = node == 0
        ax.plot(
            *_PLACE[node], "o", ms=6.5, mfc=style.INK if root else style.PAPER, mec=style.INK, mew=1.2, zorder=2,
        )  # fmt: skip
    ax.set_xlim(-0.2, 1.2)
    ax.set_ylim(-0.38, 1.0)
    ax.set_aspect("equal")
    return ax
