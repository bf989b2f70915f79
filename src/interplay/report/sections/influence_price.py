"""What fairness costs: reach against disparity, for every strength with which it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.influence.results import PriceResult
from interplay.plot import influence as pictures
from interplay.plot import style
from interplay.report import draw
from interplay.report.parts import Section, Table
from interplay.report.sections import influence_words as say


def section_price(result: PriceResult, *, key: str = "price") -> Section:
    """Show what fairness costs, for every strength with which it is asked for.

    Parameters
    ----------
    result : PriceResult
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """

    def curve(width: float) -> list[Any]:
        panel = style.stack(width, [min(0.72 * width, 300.0)], left=48, right=16, top=12)[1][0]
        return [pictures.plot_price(result, ax=panel)]

    def course(width: float) -> list[Any]:
        names = [*map(str, result.groups), "all nodes"]
        columns = style.legend_columns(names, width - 64)
        lines = -(-len(names) // columns)
        panel = style.stack(width, [min(0.66 * width, 280.0)], left=48, right=16, top=12 + 18 * lines)[1][0]
        pictures.plot_price_course(result, ax=panel)
        style.quiet_legend(panel, right=False, columns=columns)
        return [panel]

    what = say.plain(result.parameter)
    figures = [
        draw.figure(
            f"{key}-curve", curve, width=460, narrow=True, span=6, title="The price of fairness",
            caption=f"One point per {what}, which is written beside it. Whiskers are 95 % intervals.",
            alt=f"Reach against disparity for {len(result.values)} values of {what}.",
        ),
        draw.figure(
            f"{key}-groups", course, width=460, narrow=True, span=6, title="Who gains and who loses",
            caption=f"Share reached of every group by {what}; its values stand at even steps.",
            alt=f"Share reached of every group by {what}.",
        ),
    ]  # fmt: skip
    names = [str(v) for v in result.groups]
    extra = list(result.monitor)
    columns = (what, "reached (%)", "± s.e.", "disparity (points)", "± s.e., disparity", *(f"{v} (%)" for v in names))
    rows = tuple(
        (
            float(result.values[v]),
            *(100 * float(a[v]) for a in (result.reach, result.reach_se, result.disparity, result.disparity_se)),
            *(100 * float(s) for s in result.share[v]),
            *(float(result.monitor[key_][v]) for key_ in extra),
        )
        for v in range(len(result.values))
    )
    return Section(
        key=key,
        title="What fairness costs",
        lead=price_sentences(result),
        text=swept_sentences(result),
        figures=tuple(figures) if len(result.values) else (),
        tables=(
            Table(
                caption=f"Reach and disparity by {what}",
                columns=(*columns, *map(say.plain, extra)),
                rows=rows,
                name="influence_price",
                folded=True,
            ),
        ),
        notes=result.notes,
    )


def price_sentences(result: PriceResult) -> tuple[str, ...]:
    """Say what the fairest point of a sweep gives up.

    Parameters
    ----------
    result : PriceResult

    Returns
    -------
    tuple of str
    """
    if not np.isfinite(result.disparity).any() or not len(result.values):
        return ("There is one group, so there is no disparity to lower.",)
    fair, most = _ends(result)
    if fair == most:
        return (
            f"The seeds that reach most are the most even too: {say.points(result.disparity[fair])} of disparity, "
            f"{say.percent(result.reach[fair])} reached.",
        )
    change = result.disparity[most] - result.disparity[fair]
    if change <= 2 * np.hypot(result.disparity_se[most], result.disparity_se[fair]):
        return (
            "Asking for fairness changes the disparity by no more than its errors: "
            f"{say.points(result.disparity[most])} at {say.plain(result.parameter)} {result.values[most]:.3g}.",
        )
    return (
        f"From {say.plain(result.parameter)} {result.values[most]:.3g} to {result.values[fair]:.3g} the disparity "
        f"falls from {say.points(result.disparity[most])} to {say.points(result.disparity[fair])}, and the reach from "
        f"{say.percent(result.reach[most])} to {say.percent(result.reach[fair])} of all nodes.",
    )


def _ends(result: PriceResult) -> tuple[int, int]:
    """Find the most even point and the furthest reaching; what errors cannot tell apart counts as alike."""
    gap, wide = result.disparity, np.nan_to_num(result.disparity_se, nan=np.inf)
    reach, high = result.reach, np.nan_to_num(result.reach_se, nan=np.inf)
    top = int(np.nanargmax(reach))
    far = [v for v in range(len(reach)) if v == top or reach[top] - reach[v] <= 2 * np.hypot(high[v], high[top])]
    most = far[0]  # the least strength
    low = int(np.nanargmin(gap))
    even = [v for v in range(len(gap)) if v == low or gap[v] - gap[low] <= 2 * np.hypot(wide[v], wide[low])]
    return (most if most in even else max(even, key=lambda v: float(reach[v]))), most


#: What the numbers of a swept setting mean.
_MEANINGS = {
    "aversion": "aversion 0 counts everybody alike, 1 is the row proportional of the first chapter, and larger numbers "
    "weigh the worst-off group more",
    "strength": "strength 0 asks for reach alone, and larger numbers take more of the disparity off it",
}


def swept_sentences(result: PriceResult) -> tuple[str, ...]:
    """Say which seeds were swept, what the numbers mean, and against what the price is taken here.

    Parameters
    ----------
    result : PriceResult

    Returns
    -------
    tuple of str
    """
    if not len(result.values):
        return ()
    meaning = _MEANINGS.get(result.parameter)
    means = f": {meaning}" if meaning else ""
    return (
        f"Seeds by {result.method}{means}. These seeds have an optimiser of their own, so the greatest reach here need "
        "not be that of the first chapter, and the price here is taken against the greatest reach of this sweep.",
    )
