"""Whom an intervention reaches: every choice of seeds under the same chance, per group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay.influence.results import ComparisonResult, SpreadResult
from interplay.plot import influence as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile
from interplay.report.sections import influence_words as say


def section_reach(result: ComparisonResult, *, draws: ArrayLike = ()) -> Section:
    """Show whom each choice of seeds reaches.

    Parameters
    ----------
    result : ComparisonResult
    draws : (D,) float array
        Share of all nodes that each draw of random seeds reaches, where the row "random" is the mean over them.

    Returns
    -------
    Section
    """
    if not len(result.names):
        return Section(key="reach", title="Whom the seeds reach", text=("No seeds were compared.",))
    figures = [_reach_figure(result, drawn=np.size(draws) > 1)]
    if several_groups(result) and len(result.names) > 1:
        figures.append(_trade_figure(result))
    return Section(
        key="reach",
        title="Whom the seeds reach",
        lead=reach_sentences(result, draws=draws),
        tiles=tuple(_tiles(result)),
        figures=tuple(figures),
        tables=(*_reach_tables(result), *_difference_table(result)),
        notes=say.notes(result, *result.spreads),
    )


def several_groups(result: ComparisonResult) -> bool:
    """Tell whether two groups at least have members, so that there is a disparity to speak of.

    Parameters
    ----------
    result : ComparisonResult, of one choice at least
    """
    return int((result.spreads[0].group_sizes > 0).sum()) > 1


def fairest(result: ComparisonResult) -> int:
    """Find the most even choice: of those whose disparity errors cannot tell from the least, the furthest reaching.

    Parameters
    ----------
    result : ComparisonResult, of one choice at least

    Returns
    -------
    int
        Among the choices that reach at least half as much as the one that reaches most; that one itself where nothing
        is more even.

    Notes
    -----
    Two disparities differ if they are more than two standard errors of their difference apart, as if they were
    independent, which is careful: under the same chance their errors mostly go together. A single run tells nothing.
    """
    total = np.array([s.reach for s in result.spreads])
    best = int(np.argmax(total))
    gap, error = result.disparity, result.disparity_se
    rivals = [
        k for k, s in enumerate(result.spreads) if np.isfinite(gap[k]) and 2 * total[k] >= total[best] and len(s.seeds)
    ]
    if not rivals or not several_groups(result):
        return best
    least = min(rivals, key=lambda k: float(gap[k]))
    apart = 2 * np.hypot(np.nan_to_num(error, nan=np.inf), np.nan_to_num(error[least], nan=np.inf))
    alike = [k for k in rivals if k == least or gap[k] - gap[least] <= apart[k]]
    return max(alike, key=lambda k: float(total[k]))


def reach_sentences(result: ComparisonResult, *, draws: ArrayLike = ()) -> tuple[str, ...]:
    """Say who reaches most, who is fairest, and what that costs.

    Parameters
    ----------
    result : ComparisonResult
    draws : (D,) float array
        As of `section_reach`.

    Returns
    -------
    tuple of str
    """
    n = result.spreads[0].n_nodes
    if not n:
        return ("The network has no nodes.",)
    total = np.array([s.reach for s in result.spreads])
    best = int(np.argmax(total))
    first = result.spreads[best]
    k = len(first.seeds)
    if not any(len(s.seeds) for s in result.spreads):
        return (f"No seeds: {say.percent(total[best] / n)} of {words.plural(n, 'node')} are reached.",)
    said = [
        f"{say.seeds(k)} chosen by {result.names[best]} {say.verb(k)} the most: "
        f"{say.percent(total[best] / n)} of {words.plural(n, 'node')}{say.within(first.reach_se / n)}."
        if k
        else f"Nothing reaches more than no seeds at all: {say.percent(total[best] / n)} of {words.plural(n, 'node')}."
    ]
    said += _random_sentence(result, best, np.asarray(draws, dtype=np.float64))
    if not np.isfinite(result.disparity).any() or not several_groups(result):
        return tuple(said)
    low, high = _ends(first)
    said.append(
        f"Of the group that they serve best, {first.groups[high]}, they reach {say.percent(first.share[high])}; of "
        f"{first.groups[low]} {say.percent(first.share[low])}: a disparity of {say.points(result.disparity[best])}"
        f"{say.within(float(result.disparity_se[best]))}."
    )
    fair = fairest(result)
    if fair != best:
        said.append(
            f"The most even choice among those that reach at least half as much is {result.names[fair]}, with a "
            f"disparity of {say.points(result.disparity[fair])}{say.within(float(result.disparity_se[fair]))} at a "
            f"price of {say.percent(result.price[fair])} of the reach."
        )
    elif len(total) > 1:
        said.append("No choice that reaches at least half as much is more even, as far as these runs can tell.")
    return tuple(said)


def _random_sentence(result: ComparisonResult, best: int, draws: NDArray[np.float64]) -> list[str]:
    names = result.names.tolist()
    if len(names) < 2 or "random" not in names or names[best] == "random":
        return []
    spread = result.spreads[names.index("random")]
    share = say.percent(spread.reach / spread.n_nodes)
    if len(draws) > 1:
        ends = f"from {say.percent(float(draws.min()))} to {say.percent(float(draws.max()))}"
        return [f"Seeds at random reach {share}, the mean of {len(draws)} draws that reach {ends}."]
    return [f"One draw of seeds at random reaches {share}."]


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
    if several_groups(result) and np.isfinite(result.disparity).any():
        tiles.append(
            Tile(value=_points(float(result.disparity[best])), label="disparity of that choice", note="points")
        )
        fair = fairest(result)
        if fair != best:
            value, price = _points(float(result.disparity[fair])), say.percent(float(result.price[fair]))
            tiles.append(Tile(value=value, label="disparity of the most even", note=f"points, by {result.names[fair]}"))
            tiles.append(Tile(value=price, label="its price", note="of the greatest reach"))
    tiles.append(
        Tile(
            value=words.number(int(result.spreads[0].runs)) if result.spreads[0].runs else "exact",
            label="runs per choice",
            note="the same chance for all",
        )
    )
    return tiles


def _points(share: float) -> str:
    return words.DASH if not np.isfinite(share) else f"{100 * share:.1f}"


def _reach_figure(result: ComparisonResult, *, drawn: bool = False) -> Figure:
    m = len(result.names)
    longest = max(len(str(name)) for name in result.names)
    first = result.spreads[0]
    named = [str(first.groups[g]) for g in np.flatnonzero(first.group_sizes > 0)]
    labels = ["all nodes", *(named if len(named) > 1 else ())]
    bar = ""
    if several_groups(result):
        bar = (
            "The pale bar runs from the least to the greatest share of a group: its length is the disparity. The "
            "upright line is the share of all nodes. "
        )
        if drawn:
            bar += "Of random it joins means over draws, which are more even than single draws are. "

    def make(width: float) -> list[Any]:
        left = min(26 + 6.2 * longest, 0.36 * width)
        columns = style.legend_columns(labels, width - left - 16)
        lines = -(-len(labels) // columns)
        panel = style.stack(width, [30.0 * m + 8], left=left, top=12 + 18 * lines, right=16)[1][0]
        pictures.plot_reach(result, ax=panel)
        style.quiet_legend(panel, right=False, columns=columns)
        return [panel]

    return draw.figure(
        "reach-groups",
        make,
        width=570,
        narrow=True,
        title="Share reached of every group" if bar else "Share reached",
        caption=f"One row per choice of seeds, the furthest reaching on top. {bar}Whiskers: 95 % interval of the "
        "expected share (1.96 standard errors); single runs vary far more.",
        alt=f"Share reached by {m} choices of seeds: {', '.join(map(str, result.names))}.",
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
        single = float(spread.samples.sum(axis=1).std(ddof=1)) if len(spread.samples) > 1 else None
        full.append(
            (name, spread.runs, spread.reach, spread.reach_se, single, *both, *((gap, gap_error) if names else ()))
        )
    heads = [f"{name} (%)" for name in ("all nodes", *names)]
    wide = [head for name in heads for head in (name, "± s.e.")]
    note = "Seeds count as reached."
    if names:
        note += (
            " Disparity: the greatest minus the least share of a group. Price of fairness: what is lost of the "
            "greatest reach in this table."
        )
    alone = (
        "Standard errors are those of the expectation, for these seeds: they do not say what another training of an "
        "embedding or another sample of greedy would choose."
    )
    return (
        Table(
            caption="Reach of every choice of seeds",
            columns=("seeds by", "seeds", "nodes reached", *heads, *ends),
            rows=tuple(brief),
            name="influence_reach",
            note=note,
        ),
        Table(
            caption="The same with standard errors",
            columns=(
                "seeds by",
                "runs",
                "nodes reached",
                "± s.e.",
                "s.d. of one run",
                *wide,
                *((ends[0], "± s.e.") if ends else ()),
            ),
            rows=tuple(full),
            name="influence_errors",
            folded=True,
            note=alone,
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
            note="Paired: run by run under the same chance, so that the errors are those of the difference; a mean "
            "over draws of random seeds has the errors of its draws too.",
        )
    ]
