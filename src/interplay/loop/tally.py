"""From sessions to tables: every rally, every session under both budgets, curves, halves and film strips."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.arena.rules import Rules
from interplay.loop.budget import Budget
from interplay.loop.compared import changes_of, estimate, mixed_of, players_of, verdicts_of
from interplay.loop.published import PUBLISHED
from interplay.loop.registry import Spec
from interplay.loop.results import Session
from interplay.loop.session_files import Played
from interplay.loop.sources import citations_of
from interplay.loop.tables import (
    MEASURES,
    Columns,
    Failure,
    FilmStrip,
    LearningCurve,
    PlayerEntry,
    PlayerSummary,
    TournamentResult,
    ViewName,
)
from interplay.stats.bootstrap import block_resamples

#: T1 is the first quarter of the time-matched budget: 5 of 20 minutes.
T1_SHARE = 0.25
BLOCK = 10
_RESAMPLES = 2000
_FILM_S = 60.0
_RALLY = ("player", "seed", "rally", "hits", "start_s", "stop_s", "elapsed_s", "finished")
_SESSION = ("player", "seed", "view", "n_rallies", "seconds", "samples", *MEASURES, "wall_s")


def tally(
    players: tuple[Spec, ...],
    seeds: Mapping[str, tuple[int, ...]],
    sessions_of: Callable[[Spec], Iterable[Played]],
    *,
    failures: tuple[Failure, ...],
    budget: Budget,
    rules: Rules,
) -> TournamentResult:
    """Compute everything that a tournament says.

    Parameters
    ----------
    players : tuple of Spec
    seeds : mapping of player to tuple of int
    sessions_of : callable
        Gives a player's sessions in the order of seeds; called once per player.
    failures : tuple of Failure
    budget : Budget
    rules : Rules

    Returns
    -------
    TournamentResult

    Raises
    ------
    DataError
        If there is no session at all.
    """
    rallies: list[tuple[Any, ...]] = []
    sessions: list[tuple[Any, ...]] = []
    films: list[FilmStrip] = []
    notes: list[str] = []
    digests: list[str] = []
    split_s = T1_SHARE * (budget.seconds or budget.most_s)
    for spec in players:
        for k, played in enumerate(sessions_of(spec)):
            rallies += _rallies(played.session)
            sessions += _sessions(played, budget)
            digests.append(digest(spec.text, played.session.seed, played.session.hits, played.session.stop_tick))
            if k == 0:
                films += _films(played.session, split_s)
                # The name of an ablated player says so already.
                said = [note for note in played.session.notes if not note.startswith("ablation:")]
                notes += [f"{spec.text}: {note}" for note in said]
    if not sessions:
        first = f" The first: {failures[0].player}, seed {failures[0].seed}: {failures[0].text}" if failures else ""
        raise DataError(f"a tournament must have a finished session, but all {len(failures)} were lost.{first}")
    rally_table, session_table = _columns(_RALLY, rallies), _columns(_SESSION, sessions)
    names = [spec.text for spec in players]
    entries = tuple(spec.entry for spec in players)
    compared, more = _compared(rally_table, session_table, entries, split_s, budget.seconds)
    notes += more
    return TournamentResult(
        config={"players": names, "budget": dataclasses.asdict(budget), "rules": dataclasses.asdict(rules)},
        made_from=digest(digests),
        notes=tuple(notes + _unfinished(session_table, names)),
        citations=citations_of(entries),
        players=entries,
        seeds=tuple(sorted(set().union(*seeds.values()))),
        seeds_of=seeds,
        rallies=rally_table,
        sessions=session_table,
        failures=failures,
        summaries=_summaries(rally_table, session_table, names, budget),
        curves=_curves(rally_table, names, budget),
        published=PUBLISHED,
        films=tuple(films),
        rules=dataclasses.asdict(rules),
        budget={**dataclasses.asdict(budget), "split_s": split_s},
        **compared,
    )


def _compared(
    rallies: Columns, sessions: Columns, entries: Sequence[PlayerEntry], split_s: float, seconds: float | None
) -> tuple[dict[str, Any], list[str]]:
    """Compute what needs the time-matched view; without one there is nothing to compare."""
    if seconds is None:
        return {}, ["There is no time-matched budget, so first and later parts of sessions are not compared."]
    names = [entry.player for entry in entries]
    changes = changes_of(rallies, sessions, names, split_s, seconds)
    on_improvement, on_hits, notes = players_of(rallies, sessions, names, split_s, seconds)
    return {
        "changes": changes,
        "on_improvement": on_improvement,
        "on_hits": on_hits,
        "mixed": mixed_of(rallies, names, split_s, seconds),
        "verdicts": verdicts_of(rallies, sessions, entries, changes, split_s, seconds),
    }, notes


def _columns(names: Sequence[str], rows: list[tuple[Any, ...]]) -> Columns:
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _rallies(session: Session) -> list[tuple[Any, ...]]:
    tick, pause = session.rules.tick_s, session.rules.pause_ticks
    return [
        (
            session.player,
            session.seed,
            k,
            int(session.hits[k]),
            _seconds(session.start_tick[k], tick),
            _seconds(session.stop_tick[k], tick),
            _seconds(min(session.stop_tick[k] + pause * session.finished[k], session.n_ticks), tick),
            bool(session.finished[k]),
        )
        for k in range(len(session.hits))
    ]


def _seconds(ticks: Any, tick_s: float) -> float:
    """Turn ticks into seconds without the dust of binary fractions."""
    return round(int(ticks) * tick_s, 9)


def _sessions(played: Played, budget: Budget) -> list[tuple[Any, ...]]:
    rows = []
    limits: list[tuple[ViewName, dict[str, Any]]] = []
    if budget.rallies is not None:
        limits.append(("rallies", {"rallies": budget.rallies}))
    if budget.seconds is not None:
        limits.append(("seconds", {"seconds": budget.seconds}))
    whole = played.session
    for view, limit in limits:
        part = whole.within(**limit)
        start, stop = whole.start_tick, np.minimum(whole.stop_tick, part.n_ticks)
        begun = start < part.n_ticks
        decisions = int((-(-(stop - start)[begun] // played.action_repeat)).sum())
        rows.append(
            (
                whole.player,
                whole.seed,
                view,
                part.n_rallies,
                _seconds(part.n_ticks, whole.rules.tick_s),
                decisions,
                part.mean_hits,
                part.aces,
                part.long_rallies,
                _catches(whole, part),
                played.wall_s,
            )
        )
    return rows


def _catches(whole: Session, part: Session) -> float:
    """Share of arrivals returned, the hits of a rally that the end of the view cut among them."""
    hits = int((whole.hit_tick <= part.n_ticks).sum())
    arrivals = hits + part.n_rallies
    return hits / arrivals if arrivals else math.nan


def _summaries(rallies: Columns, sessions: Columns, names: list[str], budget: Budget) -> tuple[PlayerSummary, ...]:
    found = []
    for name in names:
        for view, limit in (("rallies", budget.rallies), ("seconds", budget.seconds)):
            mine = (sessions["player"] == name) & (sessions["view"] == view)
            if limit is None or not mine.any():
                continue
            found.append(
                PlayerSummary(
                    player=name,
                    view=view,  # type: ignore[arg-type]
                    n_sessions=int(mine.sum()),
                    n_rallies=int(sessions["n_rallies"][mine].sum()),
                    seconds=float(sessions["seconds"][mine].mean()),
                    samples=float(sessions["samples"][mine].mean()),
                    measures={what: estimate(sessions[what][mine]) for what in MEASURES},
                )
            )
    return tuple(found)


def _curves(rallies: Columns, names: list[str], budget: Budget) -> tuple[LearningCurve, ...]:
    found = []
    along: Literal["minute", "block"]
    for name in names:
        mine = (rallies["player"] == name) & rallies["finished"]
        for along, place, limit, width in (
            ("minute", rallies["stop_s"] / 60.0, (budget.seconds or 0.0) / 60.0, 1),
            ("block", rallies["rally"].astype(np.float64), float(budget.rallies or 0), BLOCK),
        ):
            # A rally that ends on the very last moment of the budget is still within it.
            inside = mine & ((place <= limit) if along == "minute" else (place < limit))
            if limit <= 0 or not inside.any():
                continue
            edges = np.append(np.arange(0.0, limit, width), limit)
            cell = np.minimum(place[inside] // width, len(edges) - 2).astype(np.int64)
            for measure, values in (("mean_hits", rallies["hits"]), ("aces", rallies["hits"] == 0)):
                table = _per_cell(rallies["seed"][inside], cell, values[inside].astype(np.float64), len(edges) - 1)
                mean, low, high = _band(table)
                found.append(
                    LearningCurve(
                        player=name,
                        along=along,
                        measure=measure,  # type: ignore[arg-type]
                        edges=edges,
                        mean=mean,
                        low=low,
                        high=high,
                        n=np.isfinite(table).sum(axis=0),
                    )
                )
    return tuple(found)


def _per_cell(
    seed: NDArray[np.int64], cell: NDArray[np.int64], values: NDArray[np.float64], n_cells: int
) -> NDArray[np.float64]:
    """Average per session and cell: (sessions, cells), NaN where there is no rally."""
    _, row = np.unique(seed, return_inverse=True)
    place = row * n_cells + cell
    size = (int(row.max()) + 1) * n_cells
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, weights=values, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(-1, n_cells)


def _band(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean over sessions and its percentile interval, whole sessions resampled."""
    known = np.isfinite(table)
    filled, weight = np.where(known, table, 0.0), known.astype(np.float64)
    mean = _ratio(filled.sum(axis=0), weight.sum(axis=0))
    n = len(table)
    if n < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    picks = block_resamples(n, 1, _RESAMPLES, stream(0, "learning_curve"))
    times = np.stack([np.bincount(pick, minlength=n) for pick in picks]).astype(np.float64)
    again = _ratio(times @ filled, times @ weight)
    low, high = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    for k in np.flatnonzero(known.sum(axis=0) > 1):
        low[k], high[k] = np.nanquantile(again[:, k], [0.025, 0.975])
    return mean, low, high


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


def _films(session: Session, split_s: float) -> list[FilmStrip]:
    """Show a rally of median length from T1, the first such, and one from T2, the last such."""
    tick = session.rules.tick_s
    stop = session.stop_tick * tick
    found = []
    for when, inside in (("early", stop <= split_s), ("late", stop > split_s)):
        rows = np.flatnonzero(inside)
        if len(rows) == 0 or len(session.track) == 0:
            continue
        median = np.sort(session.hits[rows])[(len(rows) - 1) // 2]
        typical = rows[session.hits[rows] == median]
        k = int(typical[0] if when == "early" else typical[-1])
        start = int(session.start_tick[k])
        end = min(int(session.stop_tick[k]), start + round(_FILM_S / tick))
        shown = (session.track_tick >= start) & (session.track_tick < end)
        track = session.track[shown].astype(np.float64)
        found.append(
            FilmStrip(
                player=session.player,
                seed=session.seed,
                when=when,  # type: ignore[arg-type]
                rally=k,
                hits=int(session.hits[k]),
                start_s=_seconds(start, tick),
                time_s=np.asarray((session.track_tick[shown] - start) * tick, dtype=np.float64),
                ball_x=track[:, 0],
                ball_y=track[:, 1],
                paddle_y=track[:, 2],
            )
        )
    return found


def _unfinished(sessions: Columns, names: list[str]) -> list[str]:
    """Name the players whose means miss sessions, because those finished no rally."""
    notes = []
    for name in names:
        mine = (sessions["player"] == name) & (sessions["view"] == sessions["view"][-1])
        none = int((sessions["n_rallies"][mine] == 0).sum())
        if none:
            notes.append(f"{name}: {none} of {int(mine.sum())} sessions finished no rally, so they have no mean hits.")
    return notes
