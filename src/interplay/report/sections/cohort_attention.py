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


def sections_attention(
    importance: AttentionImportance | None, change: AttentionChange | None, plain: AttentionChange | None = None
) -> list[Section]:
    """Show what regions draw on, and the change between two sessions where there are two.

    Parameters
    ----------
    importance : AttentionImportance or None
    change, plain : AttentionChange or None
        Of attention, and the same test on plain correlations.

    Returns
    -------
    list of Section
        None, one or two.
    """
    out = []
    if change is not None:
        out.append(section_attention_change(change, plain))
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


def section_attention_change(
    change: AttentionChange, plain: AttentionChange | None = None, *, key: str = "change"
) -> Section:
    """Show where attention differs between two sessions, and where plain correlations do.

    Parameters
    ----------
    change : AttentionChange
    plain : AttentionChange or None
        The same test on correlations, which need no model.
    key : str

    Returns
    -------
    Section
    """
    figures, tables = [], []
    kinds = (
        [("", "attention", change)] if plain is None else [("", "attention", change), ("-plain", "correlation", plain)]
    )
    for suffix, what, found in kinds:
        if "block" in found.families:
            figures.append(_blocks(found, f"{key}{suffix}", what))
        else:
            title = f"Difference of {what} between regions"
            figures.append(_map(f"{key}{suffix}-map", title, plot_change_map, found))
        tables += [_change_table(found, name, f"{key}{suffix}", what) for name in found.families]
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
        lead=change_sentences(change, plain),
        text=(
            f"Tested over {who}: the two sessions were exchanged within subjects, in {how}, and the largest statistic "
            "of the family was kept, so that a corrected p is of all pairs of networks together. The model was never "
            "told the sessions."
            if change.design == "paired"
            else f"Tested over {who}, by exchanging them between the sides in {how}; corrected p are of the whole "
            "family.",
            SIGN,
        ),
        figures=tuple(figures),
        tables=tuple(tables),
        notes=tuple(dict.fromkeys((*change.notes, *(() if plain is None else plain.notes)))),
    )


#: What the sign of a change of attention is not.
SIGN = (
    "The sign of a change of attention is not that of the coupling: in simulations attention rose where coupling fell. "
    "Read the sign, and where to look first, from the correlations."
)


def change_sentences(change: AttentionChange | None, plain: AttentionChange | None) -> tuple[str, ...]:
    """Say where attention differs, and where plain correlations do by the same test.

    Parameters
    ----------
    change, plain : AttentionChange or None

    Returns
    -------
    tuple of str
    """
    return (*attention_sentences(change), *attention_sentences(plain, what="correlation"))


def attention_sentences(change: AttentionChange | None, *, what: str = "attention") -> tuple[str, ...]:
    """Say where attention differs between two sessions, corrected for looking everywhere.

    Parameters
    ----------
    change : AttentionChange or None
    what : str
        What was compared; of correlations both directions are one, and told once.

    Returns
    -------
    tuple of str
    """
    if change is None:
        return ()
    family = next(iter(change.families))
    found = change.found(family)
    if what == "correlation":
        found = list({frozenset(row[:2]): row for row in reversed(found)}.values())[::-1]
    head = f"From {change.first} to {change.second}, {what}"
    if not found:
        smallest = np.nanmin(change.families[family].corrected, initial=1.0)
        return (f"{head} differs nowhere that can be told from chance (smallest corrected p {smallest:.2g}).",)
    told = [
        f"{_ends(one, other, what)} ({'+' if by > 0 else ''}{words.number(by)}, corrected {words.pvalue(p)})"
        for one, other, by, p in found[:_TOLD]
    ]
    more = f", and in {words.number(len(found) - _TOLD)} more" if len(found) > _TOLD else ""
    return (f"{head} differs {words.listing(told)}{more}.",)


def _ends(one: str, other: str, what: str) -> str:
    if what != "correlation" or "others" in (one, other):
        return f"from {one} to {other}"
    return f"inside {one}" if one == other else f"between {one} and {other}"


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
        caption="Mean over subjects, regions of one network together; the diagonal is left out. Colours are full where "
        "the central 98 % of the entries end.",
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


def _blocks(change: AttentionChange, key: str, what: str) -> Figure:
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
        title=f"{words.title(what)} between networks",
        caption=f"{change.second} less {change.first}"
        + (", in even shares: rows look, columns are looked at." if what == "attention" else ", Pearson's r.")
        + f" Framed: corrected p at most {1 - change.level:.2g}.",
        alt=" ".join(attention_sentences(change, what=what)),
    )


def _importance_table(importance: AttentionImportance, key: str) -> Table:
    sides = [importance.interval(name) for name in ("network_outgoing", "network_incoming")]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (str(name), *(float(part[k]) for side in sides for part in side))
        for k, name in enumerate(importance.network_names)
    )
    columns = ("network", "outgoing", "low", "high", "incoming", "low ", "high ")
    return Table(caption="Attention by network", columns=columns, rows=rows, name=key, folded=True)


def _change_table(change: AttentionChange, name: str, key: str, what: str) -> Table:
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
        caption=f"{words.title(what)}: "
        + {"block": "pairs of networks", "network": "networks", "region": "regions", "edge": "pairs"}[name],
        columns=(*columns, "difference", "low", "high", "effect", "p", "corrected p"),
        rows=tuple(rows),
        name=f"{key.replace('-', '_')}_{name}",
        folded=True,
        note="Effect: mean difference over its standard deviation. Intervals are of each line alone.",
    )
