"""Who played better than chance, under both budgets: first in sentences, then player by player."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.loop.standing import BLIND, Standing, standings
from interplay.loop.tables import MEASURES, VIEWS, Estimate, TournamentResult, ViewName
from interplay.plot import game as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile

_HEADS = {
    "mean_hits": "hits per rally",
    "aces": "aces",
    "long_rallies": "\N{GREATER-THAN OR EQUAL TO} 3 hits",
    "catches": "balls returned",
}
#: Why a table of tests has a dash.
UNTESTED = (
    f"{words.DASH}: no test. One needs somebody to be held against, two sessions at least, and sessions that vary: a "
    "difference that is the same in every session has no spread."
)


def views_of(result: TournamentResult) -> tuple[ViewName, ...]:
    """Give the budgets under which this tournament can be read."""
    return tuple(view for view in VIEWS if result.budget.get(view) is not None)


def budget_words(result: TournamentResult, view: ViewName) -> str:
    """Say what a budget is."""
    if view == "rallies":
        return f"the first {words.number(int(result.budget['rallies']))} rallies"
    return f"the first {minutes(float(result.budget['seconds']))}"


def minutes(seconds: float) -> str:
    """Write a length of time: whole minutes without decimals."""
    return f"{seconds / 60:.0f} min" if seconds >= 60 and seconds % 60 == 0 else words.duration(seconds)


def chance(result: TournamentResult, measure: str) -> float:
    """Give chance by arithmetic under the rules of this tournament."""
    return pictures.chance_of(measure, float(result.rules["paddle_px"]), float(result.rules["size_px"]))


def percent(value: float) -> str:
    """Write a share."""
    return words.DASH if not np.isfinite(value) else f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def shown(measure: str, value: float) -> str:
    """Write a measure: hits as a number, shares in per cent."""
    return words.score(value) if measure == "mean_hits" else percent(value)


def with_interval(measure: str, estimate: Estimate) -> str:
    """Write a measure with its interval."""
    if not np.isfinite(estimate.low):
        return shown(measure, estimate.value)
    low, high = (shown(measure, v).removesuffix("\N{NO-BREAK SPACE}%") for v in (estimate.low, estimate.high))
    # On one line, in a sentence as in a table.
    return f"{shown(measure, estimate.value)} [{low}, {high}]".replace(" ", "\N{NO-BREAK SPACE}")


def section_answer(result: TournamentResult) -> Section:
    """Say who was better than chance, in plain words with numbers.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section
    """
    lead = [_standing(result, view) for view in views_of(result)]
    lead.append(_cultures(result))
    aces, hits = chance(result, "aces"), chance(result, "mean_hits")
    text = [
        "Chance is a paddle that heeds nothing: each ball meets it with probability "
        f"{percent(chance(result, 'catches'))}, so {percent(aces)} of the rallies are aces (no hit at all) and the "
        f"mean is {words.score(hits)} hits. Better means here: fewer aces, by a t-test over sessions, two-sided, "
        "corrected after Holm over the players of the budget, at 5 %. A paddle that moves without regard to the ball "
        "still runs into some more balls than that, so who counts as better must beat every blind paddle that "
        "played, too, seed by seed.",
        _frozen(result),
    ]
    return Section(
        key="answer",
        title="Who was better than chance?",
        lead=tuple(lead),
        tiles=_tiles(result),
        text=tuple(t for t in text if t),
        notes=_notes(result),
    )


def _notes(result: TournamentResult) -> tuple[str, ...]:
    """Say once what holds of several players."""
    names = {e.player: e.name for e in result.players}
    said: dict[str, list[str]] = {}
    for note in result.notes:
        player = max((p for p in names if note.startswith(f"{p}: ")), key=len, default=None)
        text = note if player is None else note.removeprefix(f"{player}: ")
        said.setdefault(text, []).extend([] if player is None else [names[player]])
    return tuple(f"{words.listing(who, most=3)}: {text}" if who else text for text, who in said.items())


def _standing(result: TournamentResult, view: ViewName) -> str:
    found = standings(result, view)
    name = "rally-matched" if view == "rallies" else "time-matched"
    start = f"Under the {name} budget, {budget_words(result, view)},"
    if not found:
        return f"{start} only references played."
    better, worse = [s for s in found if s.better], [s for s in found if s.worse]
    many = f"{words.number(len(better))} of" if better else "none of"
    last = f"{words.number(len(worse))} {_is(worse)} worse than chance" if worse else "none is worse than chance"
    blind = _blind(result, view)
    text = (
        f"{start} {many} {words.plural(len(found), 'player')} {_is(better) if better else 'is'} better than chance "
        f"({percent(chance(result, 'aces'))} aces){blind}, and {last}."
    )
    if better:
        text += f" Fewest aces: {words.listing(_named(result, view, s) for s in better[:4])}."
    near = [s for s in found if s.beats_chance and not s.better]
    if near:
        rest = words.listing((result.entry(s.player).name for s in near), most=4)
        text += f" Fewer aces than chance, but not told apart from a blind paddle: {rest}."
    return text


def _blind(result: TournamentResult, view: ViewName) -> str:
    played = [(result.entry(b).name, result.summary(b, view)) for b in BLIND if result.summary(b, view) is not None]
    named = [f"{name} {percent(s.measures['aces'].value)}" for name, s in played if s is not None]
    return f" and than blind paddles ({words.listing(named)})" if named else ""


def _named(result: TournamentResult, view: ViewName, standing: Standing) -> str:
    summary = result.summary(standing.player, view)
    hits = "" if summary is None else f", {words.score(summary.measures['mean_hits'].value)} hits per rally"
    return f"{result.entry(standing.player).name} ({percent(standing.aces)}{hits})"


def _is(things: list[Standing]) -> str:
    return "is" if len(things) == 1 else "are"


def _cultures(result: TournamentResult) -> str:
    if not result.verdicts:
        return "No culture played in this tournament."
    good = [v for v in result.verdicts if v.beats_controls]
    n = words.plural(len(result.verdicts), "cell")
    if not good:
        return f"Of {n} of the culture (feedback, plasticity, ablation), none beats its controls."
    names = words.listing((result.entry(v.player).name for v in good), most=6)
    verb = "beats its controls" if len(good) == 1 else "beat their controls"
    return (
        f"Of {n} of the culture, {words.number(len(good))} {verb}: {names}. What that means is said cell by cell below."
    )


def _frozen(result: TournamentResult) -> str:
    summaries = [result.summary("frozen", view) for view in views_of(result)]
    known = [s for s in summaries if s is not None]
    if not known:
        return ""
    hits = [s.measures["mean_hits"].value for s in known]
    text = "Mean hits alone are a poor metric, since a few almost level rallies that hardly end can carry them. "
    if max(hits) > 1.1 * chance(result, "mean_hits"):
        text += (
            "A paddle frozen in the centre, which plays nothing, reaches "
            f"{words.listing(words.score(v) for v in hits)} hits per rally here, while its share of aces is "
            f"{words.listing(percent(s.measures['aces'].value) for s in known)}. "
        )
    return text + "Read aces first."


def _tiles(result: TournamentResult) -> tuple[Tile, ...]:
    n_sessions = len({*zip(result.sessions["player"].tolist(), result.sessions["seed"].tolist(), strict=True)})
    tiles = [
        Tile(value=words.number(len(result.players)), label="players"),
        Tile(value=words.number(len(result.seeds)), label="seeds", note=f"{words.number(n_sessions)} sessions"),
        Tile(value=words.number(len(result.rallies["hits"])), label="rallies"),
        Tile(value=words.number(len(result.failures)), label="sessions lost"),
    ]
    views = views_of(result)
    measured = result.summary("chance", views[-1]) if views else None
    if measured is not None:
        estimate = measured.measures["aces"]
        tiles.insert(
            3,
            Tile(
                value=percent(estimate.value),
                label="aces of the chance player",
                note=f"{percent(chance(result, 'aces'))} by arithmetic",
            ),
        )
    return tuple(tiles)


def section_players(result: TournamentResult) -> Section:
    """List every player with all measures and their intervals, under both budgets.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section
    """
    views = views_of(result)
    tables = [_readable(result, view) for view in views]
    tables.append(_tests(result))
    tables.append(_numbers(result))
    figures = [_forest(result, view) for view in views[-1:]]
    return Section(
        key="players",
        title="Player by player",
        text=(
            "Means over sessions, each session counting once, with 95 % bootstrap intervals over sessions. Fewer "
            "aces are better; of everything else more is better. References stand first: chance by arithmetic, then "
            "the players that know nothing or everything.",
        ),
        figures=tuple(figures),
        tables=tuple(tables),
    )


def _readable(result: TournamentResult, view: ViewName) -> Table:
    change = {c.player: c for c in result.changes if c.measure == "mean_hits"}
    rows: list[tuple[Cell, ...]] = [
        (
            "Chance, by arithmetic",
            "",
            *[shown(m, chance(result, m)) for m in MEASURES],
            words.DASH if view == "seconds" else "",
        )
    ]
    for player in pictures.reading_order(result):
        summary = result.summary(player, view)
        if summary is None:
            rows.append((result.entry(player).name, "no session", *[""] * (len(MEASURES) + 1)))
            continue
        improvement = improvement_words(change[player].improvement) if player in change and view == "seconds" else ""
        n = f"{words.number(summary.n_sessions)} \N{MULTIPLICATION SIGN} "
        n += words.number(round(summary.n_rallies / max(summary.n_sessions, 1)))
        measured = [with_interval(m, summary.measures[m]) for m in MEASURES]
        rows.append((result.entry(player).name, n, *measured, improvement))
    columns = (
        "player",
        "sessions \N{MULTIPLICATION SIGN} rallies",
        *[_HEADS[m] for m in MEASURES],
        "relative improvement",
    )
    if view == "rallies":
        columns, rows = columns[:-1], [r[:-1] for r in rows]
    name = "Rally-matched" if view == "rallies" else "Time-matched"
    return Table(caption=f"{name}: {budget_words(result, view)}", columns=columns, rows=tuple(rows))


def improvement_words(estimate: Estimate) -> str:
    """Write a relative improvement with its interval, in per cent."""
    if not np.isfinite(estimate.value):
        return words.DASH
    value = f"{estimate.value:+.0f}"
    if np.isfinite(estimate.low):
        value += f" [{estimate.low:+.0f}, {estimate.high:+.0f}]"
    return f"{value} %".replace("-", "\N{MINUS SIGN}")


def _tests(result: TournamentResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for view in views_of(result):
        for s in standings(result, view):
            row: list[Cell] = [
                result.entry(s.player).name,
                f"{view}-matched".replace("rallies", "rally").replace("seconds", "time"),
            ]
            row.append(percent(s.aces))
            for test, p in ((s.chance, s.p_chance), (s.blind, s.p_blind)):
                row += [None, None] if test is None else [_points(test.difference, test.low, test.high), p]
            rows.append(tuple(row))
    columns = ("player", "budget", "aces", "minus chance", "p, corrected", "minus blind paddle", "p, corrected ")
    caption = "Aces against chance and against the best blind paddle, in percentage points"
    note = UNTESTED if any(None in row for row in rows) else ""
    return Table(
        caption=caption, columns=columns, rows=tuple(rows), name="against_chance", folded=len(rows) > 24, note=note
    )


def _points(value: float, low: float, high: float) -> str:
    text = f"{100 * value:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    return text.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NO-BREAK SPACE}")


def _numbers(result: TournamentResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for view in views_of(result):
        for player in pictures.reading_order(result):
            summary = result.summary(player, view)
            if summary is None:
                continue
            row: list[Cell] = [player, view, summary.n_sessions, summary.n_rallies, summary.seconds, summary.samples]
            for measure in MEASURES:
                estimate = summary.measures[measure]
                row += [estimate.value, estimate.low, estimate.high]
            rows.append(tuple(row))
    columns = ["player", "budget", "sessions", "rallies", "mean seconds", "mean decisions"]
    for measure in MEASURES:
        columns += [measure, f"{measure} low", f"{measure} high"]
    return Table(
        caption="All numbers, for other programs", columns=tuple(columns), rows=tuple(rows), name="players", folded=True
    )


def shortened(text: str, most: int) -> str:
    """Leave out the middle of a long name: names of one kind differ at their ends."""
    if len(text) <= most:
        return text
    end = 2 * (most - 1) // 3
    return f"{text[: most - 1 - end].rstrip()}\N{HORIZONTAL ELLIPSIS}{text[-end:].lstrip()}"


def _forest(result: TournamentResult, view: ViewName) -> Figure:
    n = len(result.players) + len(result.published)

    def panels(width: float) -> list[Any]:
        narrow = width < 400
        longest = max(map(len, pictures.player_labels(result, published=True)))
        left = float(np.clip(5.3 * longest + 16, 90, 0.43 * width if narrow else 300))
        height, bottom = 17.0 * n, 40.0
        measures = ("aces",) if narrow else ("aces", "mean_hits")
        total = height + bottom + 8
        each = (width - left - 14 - 26 * (len(measures) - 1)) / len(measures)
        figure = style.new_figure(width, total)
        made = []
        for k, measure in enumerate(measures):
            box = ((left + k * (each + 26)) / width, bottom / total, each / width, height / total)
            ax = pictures.plot_players(result, measure=measure, view=view, ax=figure.add_axes(box))
            if measure == "aces":
                ax.set_xlabel("aces (share of rallies; fewer is better)" if not narrow else "aces (share of rallies)")
            style.few_ticks(ax, "x", 4)
            labels = [t.get_text() for t in ax.get_yticklabels()]
            cut = [shortened(t.replace("observation ", ""), int((left - 14) / 5.2)) for t in labels]
            ax.set_yticks(range(n), cut if k == 0 else [""] * n)
            made.append(ax)
        return made

    better = [s for s in standings(result, view) if s.better]
    return draw.figure(
        "players",
        panels,
        width=980,
        narrow=True,
        title=f"Every player, {budget_words(result, view)}",
        caption="Points are means over sessions with 95 % intervals: grey references, teal cultures, violet "
        "learning agents, yellow players of your own. Dashed: chance by arithmetic. Open marks: published groups, "
        "first 5 minutes (small) to the last 15 (large). Means of hits far beyond the others are written at the "
        "edge.",
        alt=f"Aces and hits per rally of every player; {len(better)} have fewer aces than chance.",
    )
