"""Cultures by feedback and plasticity, against their controls; and all players against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from interplay.loop.tables import TournamentResult
from interplay.plot import game as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Section, Table
from interplay.report.sections.game_answer import UNTESTED, improvement_words
from interplay.stats.comparison_results import GroupTest

_WHAT = {"mean_hits": "hits per rally", "aces": "aces", "improvement": "change of hits, T2 \N{MINUS SIGN} T1"}


def section_cells(result: TournamentResult) -> Section | None:
    """Compare every cell of feedback x plasticity with its controls.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section or None
        None where no culture played.
    """
    if not result.verdicts:
        return None
    good = [v for v in result.verdicts if v.beats_controls]
    others = len(result.verdicts) - len(good)
    lead = [v.text for v in good]
    if others:
        does = "does not beat its" if others == 1 else "do not beat their"
        lead.append(f"{words.number(others)} of {words.plural(len(result.verdicts), 'cell')} {does} controls.")

    def heat(width: float) -> list[Any]:
        rows = {e.cell.get("feedback") for e in result.players if e.kind == "dish"}
        ax = style.stack(width, [54.0 * max(len(rows), 1)], left=78, top=8, bottom=28)[1][0]
        return [pictures.plot_cells(result, ax=ax)]

    return Section(
        key="cells",
        title="Cultures against their controls",
        lead=tuple(lead),
        text=(
            "Each cell is compared with its controls over the seeds that both have (a paired two-sided test); "
            "p-values are corrected after Holm over all comparisons of this tournament. Whatever is found is a "
            "within-session change, never more: nothing here speaks of what a culture wants, knows or learns.",
        ),
        figures=(
            draw.figure(
                "cells",
                heat,
                width=620,
                narrow=True,
                title="Relative improvement of hits per rally",
                caption="Rows: feedback; columns: plasticity. Large: mean relative improvement, small: hits per "
                "rally in T1 and T2. A star: the change within the cell has a corrected p below 0.05. A dark frame: "
                "the cell beats all its controls.",
                alt="; ".join(_cell_words(result)),
            ),
        ),
        tables=(
            Table(
                caption="What may be said of each cell",
                columns=("cell", "verdict"),
                rows=tuple(
                    (name := result.entry(v.player).name, v.text.removeprefix(f"{name}: ")) for v in result.verdicts
                ),
            ),
            _comparisons(result),
        ),
    )


def _cell_words(result: TournamentResult) -> Iterator[str]:
    for change in result.changes:
        if change.measure == "mean_hits" and result.entry(change.player).kind == "dish":
            yield f"{result.entry(change.player).name}: {improvement_words(change.improvement)}"


def _comparisons(result: TournamentResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for verdict in result.verdicts:
        for c in verdict.comparisons:
            d = c.difference
            rows.append(
                (
                    result.entry(c.player).name,
                    result.entry(c.control).name,
                    _WHAT[c.what],
                    d.value,
                    d.low,
                    d.high,
                    d.n,
                    c.pvalue,
                    c.corrected,
                    "yes" if c.better else "no",
                )
            )
    columns = ("cell", "control", "of", "difference", "low", "high", "seeds", "p", "p, corrected", "better")
    untested = any(math.isnan(c.pvalue) for verdict in result.verdicts for c in verdict.comparisons)
    return Table(
        caption="Every comparison",
        columns=columns,
        rows=tuple(rows),
        name="comparisons",
        folded=len(rows) > 30,
        note=UNTESTED if untested else "",
    )


def section_groups(result: TournamentResult) -> Section | None:
    """Compare all players with each other, as the published analysis does.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section or None
        None where there was nothing to compare.
    """
    text, tables, notes = [], [], []
    for title, test in (("Hits per rally", result.on_hits), ("Relative improvement", result.on_improvement)):
        if test is not None:
            text.append(_group_words(title, test))
            tables.append(_pairs(result, title, test))
            notes += [f"{title}: {note}" for note in test.notes]
    if result.mixed is not None:
        parts = [
            f"{e.name}: F({words.number(e.df)}, {words.number(e.df_error)}) = {words.number(e.statistic)}, "
            f"{words.pvalue(e.pvalue)}, partial eta squared {words.score(e.effect)}"
            for e in (result.mixed.between, result.mixed.within, result.mixed.interaction)
        ]
        text.append(
            "Mixed analysis of variance on hits per rally, players between and parts of the session within: "
            f"{'; '.join(parts)}."
        )
    if not text:
        return None
    return Section(
        key="groups", title="All players against each other", text=tuple(text), tables=tuple(tables), notes=tuple(notes)
    )


def _group_words(title: str, test: GroupTest) -> str:
    a, w = test.anova, test.welch
    name = "Tukey's" if test.posthoc == "tukey" else "Games and Howell's"
    different = sum(p.pvalue < 0.05 for p in test.pairs)
    return (
        f"{title}, {words.plural(len(test.groups), 'player')}: one-way analysis of variance "
        f"F({words.number(a.df_between)}, {words.number(a.df_within)}) = {words.number(a.statistic)}, "
        f"{words.pvalue(a.pvalue)}, eta squared {words.score(a.effect)}; without assuming equal variances (Welch) F "
        f"= {words.number(w.statistic)}, {words.pvalue(w.pvalue)}. By {name} procedure {words.number(different)} of "
        f"{words.plural(len(test.pairs), 'pair')} differ."
    )


def _pairs(result: TournamentResult, title: str, test: GroupTest) -> Table:
    known = {e.player: e.name for e in result.players}
    rows: list[tuple[Cell, ...]] = [
        (known.get(p.first, p.first), known.get(p.second, p.second), p.difference, p.low, p.high, p.pvalue)
        for p in sorted(test.pairs, key=lambda p: p.pvalue)
    ]
    columns = ("first", "second", "difference", "low", "high", "p, adjusted")
    name = title.lower().replace(" ", "_")
    return Table(
        caption=f"{title}: pairs of players", columns=columns, rows=tuple(rows), name=f"pairs_{name}", folded=True
    )
