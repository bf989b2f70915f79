"""How players changed along their sessions: curves, halves, and rallies as films."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from interplay.loop.tables import FilmStrip, LearningCurve, PlayerEntry, TournamentResult
from interplay.plot import game as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections.game_answer import chance, improvement_words, minutes, shown, views_of

#: Players in one panel of curves, and players with a film.
_TOGETHER, _FILMS = 6, 8
_CURVES = (
    "Mean over sessions with its 95 % bootstrap band. Dashed: chance by arithmetic; dotted: the frozen paddle. The "
    "oracle is left out: it hardly ever misses."
)


def section_curves(result: TournamentResult) -> Section:
    """Draw hits and aces along the session, by minute and by rally, and compare its first part with the rest.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section
    """
    split = minutes(float(result.budget.get("split_s") or 300.0))
    return Section(
        key="curves",
        title="Along the session",
        lead=tuple(_changed(result, split)),
        text=(
            f"T1 is the first {split}, T2 the rest of the time-matched budget; per session, rallies are averaged by "
            "minute and minutes by part. The paired test is over sessions, two-sided, and corrected after Holm over "
            "all players. Relative improvement is 100 (T2 \N{MINUS SIGN} T1) / T1 per session; a session whose T1 "
            "is 0 has none. A player that is unlucky in T1 improves by itself (regression to the mean): read T2 "
            "against the references too.",
        ),
        figures=tuple(_panels(result)),
        tables=(_halves(result), _curve_table(result)),
    )


def _changed(result: TournamentResult, split: str) -> Iterator[str]:
    changes = [c for c in result.changes if c.measure == "mean_hits" and c.test is not None]
    if not changes:
        return
    for word, sign in (("more", 1), ("fewer", -1)):
        found = [c for c in changes if c.corrected < 0.05 and sign * (c.second - c.first) > 0]
        named = words.listing(
            (
                f"{result.entry(c.player).name} ({words.score(c.first)} \N{RIGHTWARDS ARROW} {words.score(c.second)}, "
                f"corrected {words.pvalue(c.corrected)})"
                for c in sorted(found, key=lambda c: sign * (c.first - c.second))
            ),
            most=5,
        )
        start = f"{words.number(len(found))} of {words.plural(len(changes), 'player')}"
        yield (
            f"{start} hit {word} balls per rally after the first {split} than in it: {named}."
            if found
            else f"No player of {len(changes)} hits {word} balls per rally after the first {split} than in it."
        )


def groups(result: TournamentResult) -> dict[str, list[PlayerEntry]]:
    """Part the players into panels that a reader can tell apart: cells by feedback, ablations, agents by name."""
    found: dict[str, list[PlayerEntry]] = {}
    for player in pictures.reading_order(result):
        entry = result.entry(player)
        if entry.player == "oracle":
            continue  # it never ends a rally, and would press all others to the floor
        if entry.kind == "reference":
            key = "References"
        elif entry.kind == "dish":
            ablated = entry.cell.get("ablation", "none") != "none"
            key = (
                "Culture, ablations"
                if ablated
                else f"Culture, feedback {entry.cell.get('feedback', '?').replace('_', ' ')}"
            )
        elif entry.kind == "agent":
            key = "Value agents" if entry.player.startswith("value") else "Agents of Stable-Baselines3"
        else:
            key = "Your own"
        found.setdefault(key, []).append(entry)
    ablations = found.pop("Culture, ablations", [])
    if ablations:
        # After the cells that they take something from.
        keys = list(found)
        place = max((k for k, key in enumerate(keys) if key.startswith("Culture")), default=-1) + 1
        found = {k: found.get(k, ablations) for k in (*keys[:place], "Culture, ablations", *keys[place:])}
    out: dict[str, list[PlayerEntry]] = {}
    for key, entries in found.items():
        n = -(-len(entries) // _TOGETHER)
        parts = [entries[k * len(entries) // n : (k + 1) * len(entries) // n] for k in range(n)]
        out |= {key if len(parts) == 1 else f"{key}, {k}": part for k, part in enumerate(parts, 1)}
    return out


def _panels(result: TournamentResult) -> Iterator[Figure]:
    curves: dict[tuple[str, str, str], LearningCurve] = {(c.player, c.along, c.measure): c for c in result.curves}
    for number, (title, entries) in enumerate(groups(result).items()):
        known = [e for e in entries if any((e.player, a, "mean_hits") in curves for a in ("minute", "block"))]
        if known:
            yield _panel(result, curves, number, title, known)


def _panel(
    result: TournamentResult,
    curves: dict[tuple[str, str, str], LearningCurve],
    number: int,
    title: str,
    entries: list[PlayerEntry],
) -> Figure:
    names = {e.player: short_name(e) for e in entries}
    wanted = [
        (a, m)
        for a in ("minute", "block")
        for m in ("mean_hits", "aces")
        if any((e.player, a, m) in curves for e in entries)
    ]

    def panels(width: float) -> list[Any]:
        narrow = width < 400
        chosen = wanted[:2] if narrow else wanted
        columns = 1 if narrow else len(chosen)
        rows = -(-len(chosen) // columns)
        legend = 17.0 * -(-len(entries) // (1 if narrow else 3))
        tall, gap, left, bottom = 130.0, 46.0, 46.0, 40.0
        total = legend + 8 + rows * tall + (rows - 1) * gap + bottom
        each = (width - left * columns - 10) / columns
        figure = style.new_figure(width, total)
        made = []
        for k, (along, measure) in enumerate(chosen):
            row, column = divmod(k, columns)
            y = bottom + (rows - 1 - row) * (tall + gap)
            box = ((left + column * (each + left)) / width, y / total, each / width, tall / total)
            mine = [curves[e.player, along, measure] for e in entries if (e.player, along, measure) in curves]
            ax = figure.add_axes(box)
            pictures.plot_learning_curves(mine, names=names, lines=levels(result, measure, along), ax=ax)
            made.append(ax)
        handles, labels = made[0].get_legend_handles_labels()
        key = figure.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=1 if narrow else 3, frameon=False,
            fontsize=style.SMALL, handlelength=1.4, columnspacing=1.6, borderpad=0.1, borderaxespad=0.1,
            labelspacing=0.3,
        )  # fmt: skip
        for text in key.get_texts():
            text.set_color(style.MUTED)
        return made

    return draw.figure(
        f"curves-{number}",
        panels,
        width=980,
        narrow=True,
        title=title,
        caption=_CURVES if number == 0 else "",
        alt=f"Hits per rally and aces along the session: {', '.join(names.values())}.",
    )


def short_name(entry: PlayerEntry) -> str:
    """Name a player within its group, where what all share goes without saying."""
    name = entry.name.removeprefix("Dish, ").replace("observation ", "")
    if entry.cell.get("ablation", "none") == "none":
        return name.removeprefix(f"{entry.cell.get('feedback', '').replace('_', ' ')}, ")
    return name


def levels(result: TournamentResult, measure: str, along: str) -> dict[str, float]:
    """Give the levels to draw across a panel: chance, and the frozen paddle where it played."""
    out = {"chance": chance(result, measure)}
    views = views_of(result)
    view = "rallies" if along == "block" and "rallies" in views else views[-1]
    frozen = result.summary("frozen", view)
    if frozen is not None:
        out["frozen paddle"] = frozen.measures[measure].value
    return out


def _halves(result: TournamentResult) -> Table:
    order = {player: k for k, player in enumerate(pictures.reading_order(result))}
    rows: list[tuple[Cell, ...]] = []
    for c in sorted(result.changes, key=lambda c: (c.measure != "mean_hits", c.measure, order[c.player])):
        test = c.test
        rows.append(
            (
                result.entry(c.player).name,
                c.measure.replace("_", " "),
                shown(c.measure, c.first),
                shown(c.measure, c.second),
                None if test is None else round(test.statistic, 6),
                None if test is None else test.pvalue,
                c.corrected,
                improvement_words(c.improvement) if c.measure == "mean_hits" else "",
                c.n,
                c.dropped,
                c.undefined,
            )
        )
    columns = ("player", "measure", "T1", "T2", "t (paired)", "p", "p, corrected", "relative improvement", "sessions",
               "left out", "T1 = 0")  # fmt: skip
    return Table(caption="First part (T1) and rest (T2)", columns=columns, rows=tuple(rows), name="halves")


def _curve_table(result: TournamentResult) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (c.player, c.along, c.measure, float(c.edges[k]), float(c.edges[k + 1]), float(c.mean[k]), float(c.low[k]),
         float(c.high[k]), int(c.n[k]))
        for c in result.curves
        for k in range(len(c.mean))
    ]  # fmt: skip
    columns = ("player", "along", "measure", "from", "to", "mean", "low", "high", "sessions")
    return Table(caption="The curves as numbers", columns=columns, rows=tuple(rows), name="curves", folded=True)


def section_films(result: TournamentResult) -> Section | None:
    """Show single rallies, early and late in a session.

    Parameters
    ----------
    result : TournamentResult

    Returns
    -------
    Section or None
        None without a film.
    """
    pairs: dict[str, list[FilmStrip]] = {}
    for film in result.films:
        pairs.setdefault(film.player, []).append(film)
    if not pairs:
        return None
    order = [p for p in _worth_seeing(result) if p in pairs]
    figures = [_film_figure(result, k, pairs[player]) for k, player in enumerate(order[:_FILMS])]
    more = len(order) - len(figures)
    text = (
        "One rally each, early and late in one session: the paddle at the left, the ball with the way it came since "
        "the frame before. One rally shows how a player moves; it proves nothing."
    )
    if more:
        text += f" {words.plural(more, 'player has', 'players have')} a film that is not shown, to keep the page small."
    return Section(key="films", title="Rallies as films", text=(text,), figures=tuple(figures))


def _worth_seeing(result: TournamentResult) -> list[str]:
    """Order players so that the first few show the range: marks, the best cultures and agents, then the others."""
    view = views_of(result)[-1]

    def aces(player: str) -> float:
        summary = result.summary(player, view)
        return summary.measures["aces"].value if summary else np.inf

    order = pictures.reading_order(result)
    by_kind = {k: sorted((p for p in order if result.entry(p).kind == k), key=aces) for k in ("dish", "agent", "own")}
    first = [p for p in ("oracle", "chance") if p in order] + [p for ps in by_kind.values() for p in ps[:2]]
    return [*first, *(p for p in order if p not in first)]


def _film_figure(result: TournamentResult, number: int, films: list[FilmStrip]) -> Figure:
    films = sorted(films, key=lambda f: f.when)

    def strips(width: float) -> list[Any]:
        frames = 4 if width < 400 else pictures.FRAMES
        each = (width - 16) / (frames * 1.12 - 0.12)
        tall = 1.24 * each
        _, made = style.stack(width, [tall] * len(films), gap=20, left=8, right=8, top=20, bottom=4)
        for ax, film in zip(made, films, strict=True):
            pictures.plot_film(film, rules=result.rules, frames=frames, ax=ax)
            ax.set_title(_film_words(film), loc="left", fontsize=style.SMALL, color=style.INK, pad=4)
        return made

    name = result.entry(films[0].player).name
    return draw.figure(
        f"film-{number}",
        strips,
        width=980,
        narrow=True,
        title=name,
        alt=f"{name}: " + " ".join(f"{_film_words(f)}." for f in films),
    )


def _film_words(film: FilmStrip) -> str:
    when = "Early" if film.when == "early" else "Late"
    # A film ends after a minute at most.
    cut = ", its first minute" if film.hits and film.time_s[-1] >= 59 else ""
    served = f"served at {words.seconds(round(film.start_s, 1))} s"
    return f"{when}: rally {film.rally + 1} of seed {film.seed}, {served}, {words.plural(film.hits, 'hit')}{cut}"
