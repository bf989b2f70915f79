"""The book of a session: its clock, its rallies, and the end of the budget."""

from __future__ import annotations

import numpy as np

from interplay.arena.rules import Rules
from interplay.loop.budget import Budget
from interplay.loop.results import Session

#: Rows of the track: one in so many ticks.
TRACK_EVERY = 10


class BudgetSpent(Exception):
    """The player has had all the samples there are; no error, the session is over."""


class Ledger:
    """Counts ticks, rallies and decisions of one session."""

    def __init__(self, rules: Rules, budget: Budget) -> None:
        self.rules, self.budget = rules, budget
        self.tick = 0
        self.samples = 0
        self.finished = 0
        self.hits: list[int] = []
        self._start: list[int] = []
        self._stop: list[int] = []
        self._hit: list[int] = []
        self._track: list[tuple[float, float, float]] = []
        self._track_tick: list[int] = []

    def serve(self) -> None:
        """Open a rally."""
        self._start.append(self.tick)
        self.hits.append(0)

    def passed(self, ticks: int, ball_x: float, ball_y: float, paddle_y: float) -> None:
        """Let the clock run on and note where things are; `ball_x` is NaN in pauses."""
        before = self.tick
        self.tick += ticks
        if self.tick // TRACK_EVERY != before // TRACK_EVERY:
            self._track.append((ball_x, ball_y, paddle_y))
            self._track_tick.append(self.tick - 1)

    def hit(self) -> None:
        """Count a hit."""
        self.hits[-1] += 1
        self._hit.append(self.tick)

    def miss(self) -> None:
        """Close the rally."""
        self._stop.append(self.tick)
        self.finished += 1

    @property
    def open(self) -> bool:
        """Whether a rally is being played."""
        return len(self._start) > self.finished

    @property
    def spent(self) -> bool:
        """Whether the session is over."""
        return self.budget.spent(self.finished, self.tick * self.rules.tick_s)

    def close(self, *, player: str, seed: int, recording: object = None, notes: tuple[str, ...] = ()) -> Session:
        """Give the session; a rally still open is kept as unfinished."""
        stop = self._stop if len(self._stop) == len(self._start) else [*self._stop, self.tick]
        return Session(
            player=player,
            seed=seed,
            rules=self.rules,
            budget=self.budget,
            hits=np.array(self.hits, np.int64),
            start_tick=np.array(self._start, np.int64),
            stop_tick=np.array(stop, np.int64),
            finished=np.arange(len(self._start)) < self.finished,
            n_ticks=self.tick,
            samples=self.samples,
            hit_tick=np.array(self._hit, np.int64),
            track=np.array(self._track, np.float32).reshape(-1, 3),
            track_tick=np.array(self._track_tick, np.int64),
            recording=recording,  # type: ignore[arg-type]
            notes=notes,
        )
