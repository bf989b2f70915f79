"""What regions draw on, by network, and where it differs between two sessions of the same subjects."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.explain.brain_results import AttentionChange, AttentionImportance
from interplay.plot import style
from interplay.plot.brain_maps import plot_attention_map, plot_change_map
from interplay.plot.brain_networks import plot_importance, plot_network_change
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections.cohort_scans import below, map_axes

#: Most rows of a change that are told in words.
_TOLD = 3
#: Height of a line of a picture of networks, and most lines, in pixels.
_LINE, _LINES = 30.0, 24


def sections_attention(importance: AttentionImportance | None, change: AttentionChange | None) -> list[Section]:
    """Show what regions draw on, and the change between two sessions where there are two.

    Parameters
    ----------
    importance : AttentionImportance or None
    change : AttentionChange or None

    Returns
    -------
    list of Section
        None, one or two.
    """
    out = []
    if change is not None:
        out.append(section_attention_change(change))
    if importance is not None:
        out.append(section_attention(importance))
    return out


def section_attention(importance: AttentionImportance, *, key: str = "attention") -> Section:
    """Show what regions draw on.

    Parameters
    ----------
    importance : AttentionImportance
    key : str

    Returns
    -------
    Section
    """
    names = importance.network_names
    figures = [_map(f"{key}-map", "Attention between regions", plot_attention_map, importance)]
    if len(names):
        figures.append(_networks(importance, key))
    return Section(
        key=key,
        title="What regions draw on",
        text=(
            "In the model one vector gathers for every region what it needs from all of them; its attention, summed "
            "over time, says where it looks. 1 is an even share. A row looks, a column is looked at. This is what the "
            f"model draws on, not what causes what. Means over {words.plural(len(importance.subject), 'subject')}.",
        ),
        figures=tuple(figures),
        tables=(_importance_table(importance, key),) if len(names) else (),
        notes=importance.notes,
    )


def section_attention_change(change: AttentionChange, *, key: str = "change") -> Section:
    """Show where attention differs between two sessions.

    Parameters
    ----------
    change : AttentionChange
    key : str

    Returns
    -------
    Section
    """
    figures = []
    if "block" in change.families:
        figures.append(_blocks(change, key))
    figures.append(_map(f"{key}-map", "Difference between regions", plot_change_map, change))
    who = (
        f"{words.plural(change.n_first, 'subject')}, each in both sessions"
        if change.design == "paired"
        else f"{words.number(change.n_first)} and {words.number(change.n_second)} subjects"
    )
    family = next(iter(change.families.values()))
    how = "all arrangements" if family.exact else f"{words.number(family.arrangements)} random arrangements"
    return Section(
        key=key,
        title=f"From {change.first} to {change.second}",
        lead=attention_sentences(change),
        text=(
            f"Tested over {who}: the two sessions were exchanged within subjects, in {how}, and the largest statistic "
            "of the family was kept, so that a corrected p is of all pairs of networks together. The model was never "
            "told the sessions."
            if change.design == "paired"
            else f"Tested over {who}, by exchanging them between the sides in {how}; corrected p are of the whole "
            "family.",
        ),
        figures=tuple(figures),
        tables=tuple(_change_table(change, name, key) for name in change.families),
        notes=change.notes,
    )


def attention_sentences(change: AttentionChange | None) -> tuple[str, ...]:
    """Say where attention differs between two sessions, corrected for looking everywhere.

    Parameters
    ----------
    change : AttentionChange or None

    Returns
    -------
    tuple of str
    """
    if change is None:
        return ()
    family = next(iter(change.families))
    found = change.found(family)
    head = f"From {change.first} to {change.second}, attention"
    if not found:
        smallest = np.nanmin(change.families[family].corrected, initial=1.0)
        return (f"{head} differs nowhere that can be told from chance (smallest corrected p {smallest:.2g}).",)
    told = [
        f"from {one} to {other} ({'+' if by > 0 else ''}{words.number(by)}, corrected {words.pvalue(p)})"
        for one, other, by, p in found[:_TOLD]
    ]
    more = f", and in {words.number(len(found) - _TOLD)} more" if len(found) > _TOLD else ""
    return (f"{head} differs {words.listing(told)}{more}.",)


def _map(key: str, title: str, plot: Any, result: Any) -> Figure:
    def make(width: float) -> list[Any]:
        ax = map_axes(width, result.networks)
        plot(result, ax=ax)
        return [ax]

    return draw.figure(
        key,
        make,
        width=470,
        narrow=True,
        span=6,
        title=title,
        caption="Mean over subjects, regions of one network together; what a region pays to itself is left out.",
        alt=f"{title}, as a matrix.",
    )


def _networks(importance: AttentionImportance, key: str) -> Figure:
    lines = min(len(importance.network_names), _LINES)

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [max(90.0, _LINE * lines)], left=110, top=28, bottom=40)[1][0]
        plot_importance(importance, ax=ax)
        style.few_ticks(ax, "x", 4)
        return [ax]

    return draw.figure(
        f"{key}-networks",
        make,
        width=470,
        narrow=True,
        span=6,
        title="By network",
        caption="Outgoing: what a network's regions pay to others; incoming: what others pay to them. Lines are 95 % "
        "intervals over subjects.",
        alt="Outgoing and incoming attention of every network.",
    )


def _blocks(change: AttentionChange, key: str) -> Figure:
    lines = min(len(change.network_names), _LINES)

    def make(width: float) -> list[Any]:
        left = 110.0 if width > 400 else 90.0
        ax = style.stack(width, [max(120.0, 34.0 * lines)], left=left, top=10, bottom=below(change.network_names))[1][0]
        plot_network_change(change, ax=ax)
        return [ax]

    return draw.figure(
        f"{key}-blocks",
        make,
        width=470,
        narrow=True,
        span=6,
        title="Between networks",
        caption=f"{change.second} less {change.first}, in even shares: rows look, columns are looked at. Framed: "
        "corrected p at most 0.05.",
        alt=" ".join(attention_sentences(change)),
    )


def _importance_table(importance: AttentionImportance, key: str) -> Table:
    sides = [importance.interval(name) for name in ("network_outgoing", "network_incoming")]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (str(name), *(float(part[k]) for side in sides for part in side))
        for k, name in enumerate(importance.network_names)
    )
    columns = ("network", "outgoing", "low", "high", "incoming", "low ", "high ")
    return Table(caption="Attention by network", columns=columns, rows=rows, name=key, folded=True)


def _change_table(change: AttentionChange, name: str, key: str) -> Table:
    family = change.families[name]
    names = change.network_names if name in ("network", "block") else change.regions
    pairs = name in ("block", "edge")
    rows: list[tuple[Cell, ...]] = []
    for i, j in np.ndindex(*family.difference.shape):
        ends = (str(names[i]), str(names[j])) if pairs else (str(names[j]), "outgoing" if i == 0 else "incoming")
        values = (family.difference, family.low, family.high, family.effect, family.pvalue, family.corrected)
        rows.append((*ends, *(float(v[i, j]) for v in values)))
    rows.sort(key=lambda row: (np.isnan(float(row[-1] or 0.0)), row[-1]))
    columns = ("from", "to") if pairs else ("network" if name == "network" else "region", "side")
    return Table(
        caption={"block": "Pairs of networks", "network": "Networks", "region": "Regions", "edge": "Pairs"}[name],
        columns=(*columns, "difference", "low", "high", "effect", "p", "corrected p"),
        rows=tuple(rows),
        name=f"{key}_{name}",
        folded=True,
        note="Effect: mean difference over its standard deviation. Intervals are of each line alone.",
    )
