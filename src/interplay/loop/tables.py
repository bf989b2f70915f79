"""What a tournament leaves: every rally, and what was computed from them. Data only; a report reads it from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result
from interplay.stats.comparison_results import GroupTest, MixedAnova, PairedTest

#: The two sample budgets under which the same sessions are read: the first 70 rallies, the first 1200 s.
ViewName = Literal["rallies", "seconds"]
VIEWS: tuple[ViewName, ...] = ("rallies", "seconds")
#: What a session is judged by: mean hits of a rally, share of rallies without a hit, share of rallies of three hits
#: or more, share of arriving balls that were returned.
MEASURES = ("mean_hits", "aces", "long_rallies", "catches")

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """A mean over sessions with its bootstrap interval; NaN ends where fewer than 2 sessions have a value.

    Attributes
    ----------
    value, low, high : float
    n : int
        Sessions behind it.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False, kw_only=True)
class PlayerEntry:
    """One player of a tournament.

    Attributes
    ----------
    player : str
        Canonical spec, the key of every table: "dish:feedback=fep,plasticity=stdp".
    name : str
        For display: "Dish, fep, stdp".
    kind : {"reference", "dish", "agent", "told", "own"}
    settings : mapping of str to plain value
        All settings, defaults included.
    cell : mapping of str to str
        Of a dish: "backend", "feedback", "plasticity", "ablation"; empty for others.
    """

    player: str
    name: str
    kind: Literal["reference", "dish", "agent", "told", "own"]
    settings: Mapping[str, Any]
    cell: Mapping[str, str]


@dataclass(frozen=True, eq=False, kw_only=True)
class Failure:
    """A session that was lost; the others went on without it.

    Attributes
    ----------
    player : str
    seed : int
    kind : {"raised", "timeout", "died"}
    text : str
        What went wrong, in one paragraph.
    """

    player: str
    seed: int
    kind: Literal["raised", "timeout", "died"]
    text: str


@dataclass(frozen=True, eq=False, kw_only=True)
class PlayerSummary:
    """One player under one budget.

    Attributes
    ----------
    player : str
    view : {"rallies", "seconds"}
    n_sessions, n_rallies : int
    seconds : float, s
        Mean time on the clock of the game that the budget took.
    samples : float
        Mean number of decisions in it.
    measures : mapping of str to Estimate
        By the names in `MEASURES`; over sessions, every session counting once.
    """

    player: str
    view: ViewName
    n_sessions: int
    n_rallies: int
    seconds: float
    samples: float
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, eq=False, kw_only=True)
class LearningCurve:
    """How a player did along its sessions.

    Attributes
    ----------
    player : str
    along : {"minute", "block"}
        Minutes of the clock, [0, 1), [1, 2) and so on, a rally counted where it ended; or blocks of ten rallies.
    measure : {"mean_hits", "aces"}
    edges : (K + 1,) float array
        Bounds of the bins: minutes, or rallies.
    mean, low, high : (K,) float array
        Mean over sessions of the session's mean in the bin, and its 95 % interval; NaN where no session has a rally.
    n : (K,) int array
        Sessions with a rally in the bin.
    """

    player: str
    along: Literal["minute", "block"]
    measure: Literal["mean_hits", "aces"]
    edges: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class HalfChange:
    """One player's first five minutes (T1) against the rest of the 20 (T2), as the published analysis has it.

    Rallies are averaged per minute, minutes per part. Where the time-matched budget is not 20 minutes, T1 is its first
    quarter.

    Attributes
    ----------
    player : str
    measure : {"mean_hits", "aces", "long_rallies"}
    n : int
        Sessions with rallies in both parts.
    dropped : int
        Sessions left out because one part has no rally.
    first, second : float
        Mean over those sessions.
    test : PairedTest or None
        None with fewer than 2 sessions or without any variation.
    corrected : float
        p-value after Holm's correction over all players of this measure; NaN without a test.
    improvement : Estimate
        Relative improvement 100 (T2 - T1) / T1 per session, %, averaged.
    undefined : int
        Sessions without a relative improvement, since T1 = 0.
    """

    player: str
    measure: Literal["mean_hits", "aces", "long_rallies"]
    n: int
    dropped: int
    first: float
    second: float
    test: PairedTest | None
    corrected: float
    improvement: Estimate
    undefined: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """One cell of the dish against one of its controls.

    Attributes
    ----------
    player, control : str
    what : {"mean_hits", "aces", "improvement"}
        Of the time-matched view; "improvement" compares the change T2 - T1 of mean hits.
    difference : Estimate
        Mean of the player minus mean of the control (over seeds that both have: paired).
    pvalue, corrected : float
        Two-sided paired test over common seeds; Holm's correction over all comparisons of this tournament.
    better : bool
        Whether the corrected p-value is below 0.05 and the difference points the good way.
    """

    player: str
    control: str
    what: Literal["mean_hits", "aces", "improvement"]
    difference: Estimate
    pvalue: float
    corrected: float
    better: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """What may be said of one cell, and no more.

    Attributes
    ----------
    player : str
    beats_controls : bool
    text : str
    comparisons : tuple of Comparison
    """

    player: str
    beats_controls: bool
    text: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishedRow:
    """One row of a published table, beside which ours is printed.

    Attributes
    ----------
    group : str
        Short code, for example "HCC".
    name : str
    sessions : int
    mean_hits, aces, long_rallies : (T1, T2) tuple of float
        NaN where the source gives none.
    statistic, pvalue : float
        Paired t-test on mean hits; NaN where the source gives none.
    source : str
    """

    group: str
    name: str
    sessions: int
    mean_hits: tuple[float, float]
    aces: tuple[float, float]
    long_rallies: tuple[float, float]
    statistic: float
    pvalue: float
    source: str


@dataclass(frozen=True, eq=False, kw_only=True)
class FilmStrip:
    """The track of one rally.

    Attributes
    ----------
    player : str
    seed : int
    when : {"early", "late"}
    rally : int
        From 0.
    hits : int
    start_s : float, s
        Serve, on the session's clock.
    time_s : (K,) float array, s
        Since the serve; one row in 0.1 s.
    ball_x, ball_y, paddle_y : (K,) float array, px
        Top of the paddle.
    """

    player: str
    seed: int
    when: Literal["early", "late"]
    rally: int
    hits: int
    start_s: float
    time_s: NDArray[np.float64]
    ball_x: NDArray[np.float64]
    ball_y: NDArray[np.float64]
    paddle_y: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TournamentResult(Result):
    """Players times seeds under one budget. Tables are tidy: one array per column, one row per thing.

    Attributes
    ----------
    players : tuple of PlayerEntry
        In the order they were named.
    seeds : tuple of int
        All of them.
    seeds_of : mapping of player to tuple of int
        Those that each player was to play.
    rallies : columns player, seed, rally, hits, start_s, stop_s, elapsed_s, finished
        Every rally of every session, sorted by player, seed and rally. `elapsed_s` is the clock when the rally was
        booked: at its end, the pause after the miss included.
    sessions : columns player, seed, view, n_rallies, seconds, samples, mean_hits, aces, long_rallies, catches, wall_s
        One row per session and view; `samples` are decisions within the view; `wall_s` is of the whole session, as
        it was when the session was played (it differs from machine to machine; nothing else here does).
    failures : tuple of Failure
    summaries : tuple of PlayerSummary
    curves : tuple of LearningCurve
        By minute of the time-matched view, by block of the rally-matched one.
    changes : tuple of HalfChange
        Of the time-matched view.
    on_improvement, on_hits : GroupTest or None
        Players compared by relative improvement, and by mean hits; None with fewer than two players to compare.
    mixed : MixedAnova or None
        Player x half on mean hits.
    verdicts : tuple of Verdict
        One per dish cell.
    published : tuple of PublishedRow
    films : tuple of FilmStrip
    rules : mapping of str to plain value
        Of the game.
    budget : mapping of str to plain value
        "rallies" and "seconds" of the two views (None where there is no such view), "most_s" where a session ends in
        any case, and "split_s", the end of T1.
    """

    players: tuple[PlayerEntry, ...]
    seeds: tuple[int, ...]
    seeds_of: Mapping[str, tuple[int, ...]]
    rallies: Columns
    sessions: Columns
    failures: tuple[Failure, ...] = ()
    summaries: tuple[PlayerSummary, ...] = ()
    curves: tuple[LearningCurve, ...] = ()
    changes: tuple[HalfChange, ...] = ()
    on_improvement: GroupTest | None = None
    on_hits: GroupTest | None = None
    mixed: MixedAnova | None = None
    verdicts: tuple[Verdict, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    films: tuple[FilmStrip, ...] = ()
    rules: Mapping[str, Any]
    budget: Mapping[str, Any]

    @property
    def n_wanted(self) -> int:
        """Number of sessions that the tournament was to have."""
        return sum(map(len, self.seeds_of.values()))

    def entry(self, player: str) -> PlayerEntry:
        """Give the entry of one player by its canonical spec."""
        return next(entry for entry in self.players if entry.player == player)

    def summary(self, player: str, view: ViewName) -> PlayerSummary | None:
        """Give one player's summary under one budget; None if it has no session."""
        return next((s for s in self.summaries if s.player == player and s.view == view), None)

    def __repr__(self) -> str:
        return (
            f"<TournamentResult: {len(self.players)} players x {len(self.seeds)} seeds, "
            f"{len(self.rallies['hits'])} rallies, {len(self.failures)} failed>"
        )
