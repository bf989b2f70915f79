"""Pictures of an explanation of a stream: how few events stand for all, by every way of scoring them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interplay.explain.event_results import EventExplanation
from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How ways of scoring are called where a person reads of them.
NAMES = {"temp_me": "TempME"}
_LABEL = {
    "accuracy": "same decision (share)",
    "probability": "probability of the decision, change",
    "logit": "logit of the decision, change",
    "auc": "area under the ROC curve",
}


def plot_event_fidelity(
    found: EventExplanation,
    quantity: Literal["accuracy", "probability", "logit", "auc"] = "accuracy",
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw how well the events that each way of scoring puts first stand for all, against how many are kept.

    Parameters
    ----------
    found : EventExplanation
    quantity : {"accuracy", "probability", "logit", "auc"}
    ax : Axes or None
        Where to draw; a new figure where None.

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 260, top=26)
    kept = 100 * found.sparsity
    plain: tuple[Any, ...] = ((5, 2), (2, 2))
    dashes: Any
    ranks = {"colour": 0, "plain": 0}
    for name, one in found.fidelity.items():
        values = np.asarray(getattr(one, quantity))
        if not np.isfinite(values).any():
            continue
        ours = name == "temp_me"
        if name in ("random", "recency"):
            colour, dashes = style.MUTED, plain[ranks["plain"] % 2]
            ranks["plain"] += 1
        else:
            colour, dashes = (
                (style.ACCENT, (None, None)) if ours else (style.category(1 + ranks["colour"]), (None, None))
            )
            ranks["colour"] += not ours
        ax.plot(
            kept, values, color=colour, dashes=dashes, lw=2.0 if ours else 1.3, marker="o", ms=3.2 if ours else 2.2,
            label=NAMES.get(name, name), zorder=3 if ours else 2,
        )  # fmt: skip
    style.dress(ax, x="events kept (% of those the model weighs)", y=_LABEL[quantity], grid=True)
    ax.set_xlim(0, float(kept.max()) * 1.03)
    style.few_ticks(ax, "x", 6)
    style.few_ticks(ax, "y", 4)
    return ax
