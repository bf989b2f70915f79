"""Whom an intervention reaches: every choice of seeds under the same chance, per group."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.influence.results import ComparisonResult, SpreadResult
from interplay.plot import influence as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile
from interplay.report.sections import influence_words as say


def section_reach(result: ComparisonResult) -> Section:
    """Show whom each choice of seeds reaches.

    Parameters
    ----------
    result : ComparisonResult

    Returns
    -------
    Section
    """
    if not len(result.names):
        return Section(key="reach", title="Whom the seeds reach", text=("No seeds were compared.",))
    several = _several(result)
    figures = [_reach_figure(result)]
    if several and len(result.names) > 1:
        figures.append(_trade_figure(result))
    return Section(
        key="reach",
        title="Whom the seeds reach",
        lead=reach_sentences(result),
        tiles=tuple(_tiles(result)),
        figures=tuple(figures),
        tables=(*_reach_tables(result), *_difference_table(result)),
        notes=say.notes(result, *result.spreads),
    )


def _several(result: ComparisonResult) -> bool:
    return int((result.spreads[0].group_sizes > 0).sum()) > 1


def reach_sentences(result: ComparisonResult) -> tuple[str, ...]:
    """Say who reaches most, who is fairest, and what that costs.

    Parameters
    ----------
    result : ComparisonResult

    Returns
    -------
    tuple of str
    """
    n = result.spreads[0].n_nodes
    if not n:
        return ("The network has no nodes.",)
    total = np.array([s.reach for s in result.spreads])
    best = int(np.argmax(total))
    k = len(result.spreads[best].seeds)
    first = result.spreads[best]
    se = first.reach_se / n
    said = [
        f"{say.seeds(k)} chosen by {result.names[best]} reach the most: "
        f"{say.percent(total[best] / n)} of {words.number(n)} nodes{say.within(se)}."
    ]
    if len(result.names) > 1 and "random" in result.names.tolist() and result.names[best] != "random":
        chance = int(result.names.tolist().index("random"))
        said.append(f"Seeds at random reach {say.percent(total[chance] / n)}.")
    known = np.isfinite(result.disparity)
    if not known.any() or not _several(result):
        return tuple(said)
    low, high = _ends(first)
    said.append(
        f"Of the group that they serve best, {first.groups[high]}, they reach {say.percent(first.share[high])}; of "
        f"{first.groups[low]} {say.percent(first.share[low])}: a disparity of {say.points(result.disparity[best])}."
    )
    rivals = [j for j in range(len(total)) if known[j] and total[j] >= 0.5 * total[best]]
    fair = min(rivals or [best], key=lambda j: float(result.disparity[j]))
    if fair != best:
        said.append(
            f"The most even choice among those that reach at least half as much is {result.names[fair]}, with a "
            f"disparity of {say.points(result.disparity[fair])} at a price of {say.percent(result.price[fair])} of the "
            "reach."
        )
    elif len(total) > 1:
        said.append("No choice that reaches at least half as much is more even.")
    return tuple(said)


def _ends(spread: SpreadResult) -> tuple[int, int]:
    return int(np.nanargmin(spread.share)), int(np.nanargmax(spread.share))


def _tiles(result: ComparisonResult) -> list[Tile]:
    n = result.spreads[0].n_nodes
    total = np.array([s.reach for s in result.spreads])
    best = int(np.argmax(total))
    tiles = [
        Tile(
            value=say.percent(total[best] / n) if n else words.DASH,
            label="of all nodes reached at most",
            note=f"by {result.names[best]}, {words.plural(len(result.spreads[best].seeds), 'seed')}",
        )
    ]
    if _several(result) and np.isfinite(result.disparity).any():
        tiles.append(
            Tile(value=say.percent(float(result.disparity[best])), label="disparity of that choice", note="in points")
        )
        fair = int(np.nanargmin(np.where(total >= 0.5 * total[best], result.disparity, np.nan)))
        tiles.append(
            Tile(
                value=say.percent(float(result.disparity[fair])),
                label="least disparity",
                note=f"by {result.names[fair]}",
            )
        )
        tiles.append(
            Tile(value=say.percent(float(result.price[fair])), label="its price", note="of the greatest reach")
        )
    tiles.append(
        Tile(
            value=words.number(int(result.spreads[0].runs)) if result.spreads[0].runs else "exact",
            label="runs per choice",
            note="the same chance for all",
        )
    )
    return tiles


def _reach_figure(result: ComparisonResult) -> Figure:
    m = len(result.names)
    longest = max(len(str(name)) for name in result.names)

    def make(width: float) -> list[Any]:
        lines = 1 if width > 400 else -(-(len(result.spreads[0].groups) + 1) // 2)
        left = min(26 + 6.2 * longest, 0.36 * width)
        panel = style.stack(width, [30.0 * m + 8], left=left, top=12 + 18 * lines, right=16)[1][0]
        pictures.plot_reach(result, ax=panel)
        if lines > 1:
            style.quiet_legend(panel, right=False, columns=2)
        return [panel]

    return draw.figure(
        "reach-groups",
        make,
        width=570,
        narrow=True,
        title="Share reached of every group",
        caption="One row per choice of seeds, the furthest reaching on top. The pale bar runs from the least to the "
        "greatest share of a group: its length is the disparity. The upright line is the share of all nodes. Whiskers "
        "hold 95 % of what other runs would give.",
        alt=f"Share reached of each group by {m} choices of seeds: {', '.join(map(str, result.names))}.",
        span=7,
    )


def _trade_figure(result: ComparisonResult) -> Figure:
    def make(width: float) -> list[Any]:
        panel = style.stack(width, [min(0.76 * width, 300.0)], left=48, right=16, top=12)[1][0]
        return [pictures.plot_trade(result, ax=panel)]

    return draw.figure(
        "reach-trade",
        make,
        width=410,
        narrow=True,
        title="Reach against disparity",
        caption="Up is more, left is fairer. The step line joins the choices that no other one beats in both.",
        alt="Total reach against disparity, one point per choice of seeds.",
        span=5,
    )


def _reach_tables(result: ComparisonResult) -> tuple[Table, ...]:
    """Give the shares, and folded away the same with every standard error."""
    first = result.spreads[0]
    names = first.groups.tolist() if len(first.groups) > 1 else []
    order = np.argsort([-s.reach for s in result.spreads], kind="stable")
    ends = ("disparity (points)", "price of fairness (%)") if names else ()
    brief: list[tuple[Cell, ...]] = []
    full: list[tuple[Cell, ...]] = []
    for k in order.tolist():
        spread = result.spreads[k]
        n = spread.n_nodes
        share = [None if not n else 100 * spread.reach / n, *(100 * float(v) for v in spread.share[: len(names)])]
        error = [None if not n else 100 * spread.reach_se / n, *(100 * float(v) for v in spread.share_se[: len(names)])]
        gap, gap_error, price = (100 * float(v) for v in (result.disparity[k], result.disparity_se[k], result.price[k]))
        name = str(result.names[k])
        brief.append((name, len(spread.seeds), spread.reach, *share, *((gap, price) if names else ())))
        both = [cell for pair in zip(share, error, strict=True) for cell in pair]
        full.append((name, spread.runs, spread.reach, spread.reach_se, *both, *((gap, gap_error) if names else ())))
    heads = [f"{name} (%)" for name in ("all nodes", *names)]
    wide = [head for name in heads for head in (name, "± s.e.")]
    note = "Seeds count as reached. Disparity: the greatest minus the least share of a group. Price of fairness: what "
    return (
        Table(
            caption="Reach of every choice of seeds",
            columns=("seeds by", "seeds", "nodes reached", *heads, *ends),
            rows=tuple(brief),
            name="influence_reach",
            note=f"{note}is lost of the greatest reach in this table.",
        ),
        Table(
            caption="The same with standard errors",
            columns=("seeds by", "runs", "nodes reached", "± s.e.", *wide, *((ends[0], "± s.e.") if ends else ())),
            rows=tuple(full),
            name="influence_errors",
            folded=True,
        ),
    )


def _difference_table(result: ComparisonResult) -> list[Table]:
    if len(result.names) < 2:
        return []
    groups = result.spreads[0].groups.tolist()
    heads = ["all nodes", *groups] if len(groups) > 1 else ["all nodes"]
    columns = ["seeds by"]
    for head in heads:
        columns += [head, f"± s.e., {head}"]
    rows: list[tuple[Cell, ...]] = []
    for k in range(1, len(result.names)):
        row: list[Cell] = [str(result.names[k])]
        for g in range(len(heads)):
            row += [100 * float(result.difference[k, g]), 100 * float(result.difference_se[k, g])]
        rows.append(tuple(row))
    return [
        Table(
            caption=f"Difference from {result.names[0]}, in percentage points",
            columns=tuple(columns),
            rows=tuple(rows),
            name="influence_differences",
            folded=True,
            note="Paired: run by run under the same chance, so that the errors are those of the difference.",
        )
    ]
