"""What others published beside ours; the settings of every player; what was lost; how all of it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from interplay.loop.tables import HalfChange, PublishedRow, TournamentResult
from interplay.plot import game as pictures
from interplay.report import words
from interplay.report.parts import Block, Cell, Section, Table
from interplay.report.sections.game_answer import budget_words, shown, views_of
from interplay.report.sections.methods import config_items

_MEASURES = ("mean_hits", "aces", "long_rallies")
_CAVEATS = (
    "The published groups are living cultures and their controls; ours are simulated or are programs. They share "
    "the game, its clock and the way of counting, not the conditions: a difference between a published row and one "
    "of ours is no test.",
    "The game is ours, recovered from one recorded session and the published port: field, paddle, ball, pauses and "
    "serves agree with the recording; of the paddle's motion only the form is published, its strength is our choice.",
    "An independent re-analysis of the public rally table (720 sessions, about 15 % near-duplicate rows) found "
    "smaller changes: the human groups went from 0.681 to 0.831 hits per rally (n = 296), the mouse effect is a "
    "bump in minutes 6 to 8, the resting cultures rose too (p = 0.02), and no change lasts from one day to the "
    "next. T1 of the human group lies below that of every control, so part of its rise is regression to the mean.",
    "The wording of the publication was disputed in print by other neuroscientists. This page speaks of "
    "within-session change, and of nothing beyond it.",
)


def section_published(result: TournamentResult) -> Section | None:
    """Print published figures and ours side by side, with what differs between them.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section or None
        None where no published row was given.
    """
    if not result.published:
        return None
    rows: list[tuple[Cell, ...]] = [_published_row(row) for row in result.published]
    changes: dict[tuple[str, str], HalfChange] = {(c.player, c.measure): c for c in result.changes}
    for player in pictures.reading_order(result):
        entry, first = result.entry(player), changes.get((player, "mean_hits"))
        if first is None:
            continue
        cells: list[Cell] = [f"ours: {entry.name}", first.n]
        for measure in _MEASURES:
            change = changes.get((player, measure))
            cells.append(words.DASH if change is None else _arrow(measure, change.first, change.second))
        cells += [
            None if first.test is None else first.test.statistic,
            None if first.test is None else first.test.pvalue,
        ]
        cells.append("simulated" if entry.kind == "dish" else "program")
        rows.append(tuple(cells))
    columns = ("group", "sessions", "hits, T1 \N{RIGHTWARDS ARROW} T2", "aces", "\N{GREATER-THAN OR EQUAL TO} 3 hits",
               "t (paired), hits", "p", "source")  # fmt: skip
    return Section(
        key="published",
        title="Beside what was published",
        text=(
            "First five minutes (T1) and the rest of 20 minutes (T2), means over sessions, paired t-test on hits "
            "per rally.",
        ),
        tables=(Table(caption="Published groups, then ours", columns=columns, rows=tuple(rows), name="published"),),
        notes=_CAVEATS,
    )


def _published_row(row: PublishedRow) -> tuple[Cell, ...]:
    cells: list[Cell] = [f"{row.name} ({row.group})", row.sessions]
    cells += [_arrow(m, *getattr(row, m)) for m in _MEASURES]
    return (*cells, row.statistic, row.pvalue, row.source)


def _arrow(measure: str, first: float, second: float) -> str:
    if not np.isfinite([first, second]).any():
        return words.DASH
    return f"{shown(measure, first)} \N{RIGHTWARDS ARROW} {shown(measure, second)}".replace(" ", "\N{NO-BREAK SPACE}")


def section_settings(result: TournamentResult) -> Section:
    """List the settings of every player, and the grid over which they differ.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section
    """
    tables = []
    for kind, title in (
        ("agent", "Learning agents"),
        ("dish", "Cultures"),
        ("told", "Told beforehand"),
        ("own", "Your own"),
        ("reference", "References"),
    ):
        entries = [e for e in result.players if e.kind == kind and e.settings]
        if not entries:
            continue
        varied = _varied([e.settings for e in entries])
        if varied:
            grid: Iterable[tuple[Cell, ...]] = ((e.name, *[_plain(e.settings.get(k)) for k in varied]) for e in entries)
            tables.append(
                Table(
                    caption=f"{title}: what differs between them",
                    columns=("player", *(k.replace("_", " ") for k in varied)),
                    rows=tuple(grid),
                    name=f"grid_{kind}",
                )
            )
        every: Iterable[tuple[Cell, ...]] = (
            (e.player, k, _plain(v)) for e in entries for k, v in sorted(e.settings.items())
        )
        columns = ("player", "setting", "value")
        tables.append(
            Table(
                caption=f"{title}: all settings",
                columns=columns,
                rows=tuple(every),
                name=f"settings_{kind}",
                folded=True,
            )
        )
    text = "All players of this tournament stand in these tables, whatever came of them: this is the whole grid."
    return Section(key="settings", title="Settings of the players", text=(text,), tables=tuple(tables))


def _varied(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(k for s in settings for k in s))
    return [k for k in names if len({_plain(s.get(k)) for s in settings}) > 1]


def _plain(value: Any) -> str:
    if value is None:
        return words.DASH
    return words.number(value) if isinstance(value, float) else str(value)


def section_failures(result: TournamentResult) -> Section:
    """Name every session that was lost, and why.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section
    """
    if not result.failures:
        n = words.number(result.n_wanted)
        return Section(
            key="failures", title="Sessions lost", text=(f"None: all {n} sessions were played to their end.",)
        )
    kinds = {"raised": "the player raised an error", "timeout": "it ran too long", "died": "its process died"}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (result.entry(f.player).name, f.seed, kinds.get(f.kind, f.kind), f.text) for f in result.failures
    )
    return Section(
        key="failures",
        title="Sessions lost",
        text=(
            f"{words.plural(len(rows), 'session')} of {words.number(result.n_wanted)} "
            f"{'was' if len(rows) == 1 else 'were'} lost and {'is' if len(rows) == 1 else 'are'} in no number above.",
        ),
        tables=(
            Table(
                caption="Lost sessions",
                columns=("player", "seed", "kind", "what went wrong"),
                rows=rows,
                name="failures",
            ),
        ),
    )


def section_made(
    result: TournamentResult, *, references: Sequence[tuple[str, str]] = (), bibtex: str = "", plan: str = ""
) -> Section:
    """Say how the tournament was made, well enough to make it again.

    Parameters
    ----------
    result : TournamentResult
    references : sequence of (key, formatted reference)
    bibtex, plan : str
        To be copied.

    Returns
    -------
    Section
    """
    budgets = words.listing(budget_words(result, v) for v in views_of(result))
    text = (
        f"{_seeds_played(result)}, once each; two players of one seed met the same serves. A session "
        f"went on until both budgets were spent and is read twice: {budgets}. What a player does depends on its past "
        "only, so one session holds both. Rallies cut by the end of a budget are not counted, which shortens the "
        "mean of long rallies for everybody alike.",
        "Equal settings, seeds and versions give equal sessions, bit for bit, on one machine.",
    )
    rows: list[tuple[Cell, ...]] = [("rules", k, str(v)) for k, v in result.rules.items()]
    rows += [("budget", k, words.DASH if v is None else str(v)) for k, v in result.budget.items()]
    rows += [("tournament", k, v) for k, v in config_items(result.config)]
    rows += [("versions", k, str(v)) for k, v in result.versions.items()]
    rows.append(("digest", "of the sessions", result.made_from))
    tables = (Table(caption="Facts", columns=("of", "name", "value"), rows=tuple(rows), name="facts", folded=True),)
    copies = (("Plan of this tournament (TOML)", plan), ("BibTeX of these references", bibtex))
    blocks = tuple(Block(title=title, text=copy) for title, copy in copies if copy.strip())
    return Section(
        key="made", title="How this was made", text=text, tables=tables, references=tuple(references), blocks=blocks
    )


def _seeds_played(result: TournamentResult) -> str:
    """Say who played which seeds."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for entry in result.players:
        groups.setdefault(tuple(result.seeds_of[entry.player]), []).append(entry.name)
    if len(groups) == 1:
        return f"Every player played the seeds {_named(result.seeds)}"
    usual = max(groups, key=lambda seeds: len(groups[seeds]))
    others = words.listing(f"{words.listing(who)} the seeds {_named(s)}" for s, who in groups.items() if s != usual)
    return f"Every player played the seeds {_named(usual)}, but {others}"


def _named(seeds: tuple[int, ...]) -> str:
    in_a_row = len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if in_a_row else words.listing(map(str, seeds), most=20)
