"""The page of a tournament: which chapters, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from interplay.job.tournament_plan import TournamentPlan
from interplay.loop.published import CHANCE_ACES, CHANCE_LONG_RALLIES, CHANCE_MEAN_HITS
from interplay.loop.tables import MEASURES, Estimate, TournamentResult
from interplay.report import Block, Section, Table, page
from interplay.report.parts import Cell
from interplay.stats.comparison_results import GroupTest

_HEADS = {
    "mean_hits": "hits per rally",
    "aces": "aces",
    "long_rallies": "three hits or more",
    "catches": "balls returned",
}


def write_tournament_page(plan: TournamentPlan, result: TournamentResult) -> str:
    """Compose the page.

    Parameters
    ----------
    plan : TournamentPlan
    result : TournamentResult

    Returns
    -------
    str
        HTML.
    """
    sections = [_standings(result), _halves(result), _groups(result), _settings(plan, result)]
    meta = {"digest": result.made_from, "interplay": result.versions.get("interplay", ""), "seeds": plan.seeds}
    subtitle = f"{len(result.players)} players, {len(result.seeds)} seeds, {len(result.rallies['hits'])} rallies"
    return page(sections, title="Tournament", subtitle=subtitle, meta=meta)


def _standings(result: TournamentResult) -> Section:
    columns = ["player", "sessions", "rallies", "seconds", "decisions"]
    for head in _HEADS.values():
        columns += [head, f"{head}, 95 %"]
    names = {entry.player: entry.name for entry in result.players}
    tables = []
    for view, caption in (("rallies", "Rally-matched"), ("seconds", "Time-matched")):
        rows: list[tuple[Cell, ...]] = []
        for one in result.summaries:
            if one.view == view:
                cells = [cell for what in MEASURES for cell in _cells(one.measures[what])]
                rows.append((names[one.player], one.n_sessions, one.n_rallies, one.seconds, one.samples, *cells))
        tables.append(Table(caption=caption, columns=tuple(columns), rows=tuple(rows), name=f"standings-{view}"))
    lost = tuple((f.player, f.seed, f.kind, f.text) for f in result.failures)
    if lost:
        tables.append(Table(caption="Lost sessions", columns=("player", "seed", "how", "what"), rows=lost))
    text = (
        f"Chance by arithmetic: {CHANCE_MEAN_HITS:.3f} hits per rally, {100 * CHANCE_ACES:.1f} % aces, "
        f"{100 * CHANCE_LONG_RALLIES:.1f} % rallies of three hits or more.",
    )
    lead = tuple(verdict.text for verdict in result.verdicts)
    return Section(key="standings", title="Standings", lead=lead, text=text, tables=tuple(tables), notes=result.notes)


def _cells(one: Estimate) -> tuple[Cell, Cell]:
    return one.value, f"{one.low:.3f} to {one.high:.3f}" if one.low == one.low else None


def _halves(result: TournamentResult) -> Section:
    names = {entry.player: entry.name for entry in result.players}
    columns = ("player", "measure", "sessions", "left out", "T1", "T2", "t", "p", "p (Holm)", "improvement, %")
    rows: list[tuple[Cell, ...]] = [
        (
            names[c.player],
            _HEADS[c.measure],
            c.n,
            c.dropped,
            c.first,
            c.second,
            None if c.test is None else c.test.statistic,
            None if c.test is None else c.test.pvalue,
            c.corrected,
            c.improvement.value,
        )
        for c in result.changes
    ]
    published: list[tuple[Cell, ...]] = [
        (p.name, p.sessions, *p.mean_hits, *p.aces, *p.long_rallies, p.statistic, p.pvalue, p.source)
        for p in result.published
    ]
    heads = ("group", "sessions", "hits T1", "T2", "aces T1", "T2", "long T1", "T2", "t", "p", "source")
    tables = (
        Table(caption="First part (T1) and rest (T2)", columns=columns, rows=tuple(rows), name="halves"),
        Table(caption="Published", columns=heads, rows=tuple(published), name="published"),
    )
    return Section(key="halves", title="Within-session change", tables=tables)


def _groups(result: TournamentResult) -> Section:
    tables: list[Table] = []
    for about, test in (("relative improvement", result.on_improvement), ("mean hits", result.on_hits)):
        if test is not None:
            tables += _group_tables(about, test)
    if result.mixed is not None:
        rows: Sequence[tuple[Cell, ...]] = [
            (e.name, e.sum_of_squares, e.df, e.df_error, e.statistic, e.pvalue, e.effect)
            for e in (result.mixed.between, result.mixed.within, result.mixed.interaction)
        ]
        heads = ("effect", "sum of squares", "df", "df error", "F", "p", "partial eta squared")
        tables.append(Table(caption="Player x part on mean hits", columns=heads, rows=tuple(rows), name="mixed"))
    return Section(key="groups", title="Players compared", tables=tuple(tables))


def _group_tables(about: str, test: GroupTest) -> list[Table]:
    variance: tuple[tuple[Cell, ...], ...] = tuple(
        (a.kind, a.statistic, a.df_between, a.df_within, a.pvalue, a.effect) for a in (test.anova, test.welch)
    )
    pairs: tuple[tuple[Cell, ...], ...] = tuple(
        (p.first, p.second, p.difference, p.low, p.high, p.pvalue) for p in test.pairs
    )
    return [
        Table(
            caption=f"Analysis of variance of {about}",
            columns=("kind", "F", "df", "df error", "p", "eta squared"),
            rows=variance,
        ),
        Table(
            caption=f"Pairs by {about} ({test.posthoc})",
            columns=("first", "second", "difference", "low", "high", "p"),
            rows=pairs,
            name=f"pairs-{about.replace(' ', '-')}",
            folded=True,
        ),
    ]


def _settings(plan: TournamentPlan, result: TournamentResult) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for entry in result.players:
        rows += [(entry.name, name, str(value)) for name, value in entry.settings.items()]
    table = Table(
        caption="Settings of the players", columns=("player", "setting", "value"), rows=tuple(rows), name="settings"
    )
    return Section(
        key="settings", title="Settings", tables=(table,), blocks=(Block(title="plan.toml", text=plan.toml()),)
    )
