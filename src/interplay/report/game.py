"""The page of a tournament: the answer first, then everything it rests on."""

from __future__ import annotations

from interplay._core.citations import cite
from interplay._core.citations import references as named
from interplay.loop.tables import TournamentResult
from interplay.report import words
from interplay.report.page import page
from interplay.report.parts import Section
from interplay.report.sections.game_answer import section_answer, section_players
from interplay.report.sections.game_beside import (
    section_failures,
    section_made,
    section_published,
    section_settings,
)
from interplay.report.sections.game_cells import section_cells, section_groups
from interplay.report.sections.game_course import section_curves, section_films


def sections_game(result: TournamentResult, *, plan: str = "") -> list[Section]:
    """Make the chapters of a tournament's page.

    Parameters
    ----------
    result : TournamentResult
    plan : str
        The plan of the tournament, as TOML, to be copied; none where empty.

    Returns
    -------
    list of Section
        In the order of reading; chapters without content (no film, no culture) are left out.
    """
    lines = [(r.key, r.line) for r in named(result.citations)]
    found = (
        section_answer(result),
        section_players(result),
        section_curves(result),
        section_cells(result),
        section_groups(result),
        section_published(result),
        section_films(result),
        section_settings(result),
        section_failures(result),
        section_made(result, references=lines, bibtex=cite(result) if lines else "", plan=plan),
    )
    return [part for part in found if part is not None]


def game_page(result: TournamentResult, *, plan: str = "") -> str:
    """Compose the page of a tournament.

    Parameters
    ----------
    result : TournamentResult
    plan : str
        The plan of the tournament, as TOML, to be copied; none where empty.

    Returns
    -------
    str
        One HTML document that holds everything it shows and loads nothing; equal results give equal bytes.
    """
    subtitle = (
        f"{words.plural(len(result.players), 'player')}, {words.plural(len(result.seeds), 'seed')}, "
        f"{words.plural(len(result.rallies['hits']), 'rally', 'rallies')}"
    )
    meta = {"sessions": result.made_from[:16], "interplay": str(result.versions.get("interplay", ""))}
    return page(sections_game(result, plan=plan), title="A tournament of Pong", subtitle=subtitle, meta=meta)
