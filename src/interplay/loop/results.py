"""What a session leaves: its rallies, the track of ball and paddle, and what was recorded of the player."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay._core.provenance import versions
from interplay.arena.rules import Rules
from interplay.data import Recording
from interplay.loop.budget import Budget

#: A rally of so many hits is long, as in the DishBrain analyses.
LONG = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Session:
    """One player's game, from the first serve until the budget was spent.

    Parameters
    ----------
    player : str
    seed : int
    rules : Rules
    budget : Budget
    hits : (R,) int array
        Hits of each rally.
    start_tick, stop_tick : (R,) int array, ticks of the session's clock
        From the serve to the miss (or to the end of the session, where the rally was not finished).
    finished : (R,) bool array
        False only for a last rally that the end of the session cut.
    n_ticks : int
        Length of the session, pauses included.
    samples : int
        Decisions that the player made.
    hit_tick : (H,) int array, ticks, H = 0 or the sum of `hits`
        Clock after the tick (or the decision) of each hit.
    track : (K, 3) float32 array, px
        x and y of the ball and top of the paddle, NaN for the ball during pauses.
    track_tick : (K,) int array
        Tick of each row of `track`.
    recording : Recording or None
    notes : tuple of str
    versions : dict of str to str

    Raises
    ------
    DataError
        If lengths disagree or rallies overlap.
    """

    player: str
    seed: int
    rules: Rules
    budget: Budget
    hits: NDArray[np.int64]
    start_tick: NDArray[np.int64]
    stop_tick: NDArray[np.int64]
    finished: NDArray[np.bool_]
    n_ticks: int
    samples: int
    hit_tick: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    track: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 3), np.float32))
    track_tick: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    recording: Recording | None = None
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=versions)

    def __post_init__(self) -> None:
        shapes = Shapes()
        for name in ("hits", "start_tick", "stop_tick"):
            object.__setattr__(self, name, shapes.array(name, getattr(self, name), "R", "int"))
        object.__setattr__(self, "finished", shapes.array("finished", self.finished, "R", "bool"))
        object.__setattr__(self, "hit_tick", shapes.array("hit_tick", self.hit_tick, "H", "int"))
        object.__setattr__(self, "track", shapes.array("track", self.track, "K 3", finite=False))
        object.__setattr__(self, "track_tick", shapes.array("track_tick", self.track_tick, "K", "int"))
        if len(self.hit_tick) not in (0, int(self.hits.sum())):
            raise DataError(
                f"`hit_tick` must hold one tick per hit ({int(self.hits.sum())}) or none, got {len(self.hit_tick)}."
            )
        ends = np.column_stack([self.start_tick, self.stop_tick]).ravel()
        if (np.diff(ends) < 0).any() or (len(ends) and ends[-1] > self.n_ticks):
            raise DataError("`start_tick` and `stop_tick` must rise, one rally after the other, within `n_ticks`.")

    @property
    def n_rallies(self) -> int:
        """Number of finished rallies."""
        return int(self.finished.sum())

    @property
    def seconds(self) -> float:
        """Length of the session, s."""
        return self.n_ticks * self.rules.tick_s

    @property
    def mean_hits(self) -> float:
        """Mean hits of the finished rallies; NaN without one. Higher is better; endless rallies can carry it."""
        return float(self.hits[self.finished].mean()) if self.n_rallies else float("nan")

    @property
    def aces(self) -> float:
        """Share of finished rallies without a hit; NaN without one. Lower is better."""
        return float((self.hits[self.finished] == 0).mean()) if self.n_rallies else float("nan")

    @property
    def long_rallies(self) -> float:
        """Share of finished rallies of three hits or more; NaN without one. Higher is better."""
        return float((self.hits[self.finished] >= LONG).mean()) if self.n_rallies else float("nan")

    @property
    def catches(self) -> float:
        """Share of the balls that reached the paddle's side and were returned; NaN before the first arrival."""
        total = int(self.hits.sum())
        arrivals = total + self.n_rallies
        return total / arrivals if arrivals else float("nan")

    def within(self, *, rallies: int | None = None, seconds: float | None = None) -> Self:
        """Give the session as it was when a smaller budget was spent; the recording stays with the whole.

        Parameters
        ----------
        rallies : int or None
            Keep so many rallies.
        seconds : float or None, s
            Keep the rallies that were finished by then.

        Returns
        -------
        Session
        """
        end = self.n_ticks if seconds is None else min(self.n_ticks, round(seconds / self.rules.tick_s))
        keep = self.finished & (self.stop_tick <= end)
        if rallies is not None:
            keep &= np.cumsum(self.finished) <= rallies
            if keep.sum() == rallies:
                end = min(end, int(self.stop_tick[keep][-1]))
        shown = self.track_tick < end
        return replace(
            self,
            budget=replace(self.budget, rallies=rallies, seconds=seconds) if rallies or seconds else self.budget,
            hits=self.hits[keep],
            start_tick=self.start_tick[keep],
            stop_tick=self.stop_tick[keep],
            finished=self.finished[keep],
            n_ticks=end,
            samples=self.samples,
            hit_tick=self.hit_tick[np.repeat(keep, self.hits)] if len(self.hit_tick) else self.hit_tick,
            track=self.track[shown],
            track_tick=self.track_tick[shown],
            recording=None,
        )

    def __repr__(self) -> str:
        rates = f"{self.mean_hits:.2f} hits per rally, {100 * self.aces:.0f} % aces"
        return (
            f"<Session of {self.player}, seed {self.seed}: {self.n_rallies} rallies in {self.seconds:.0f} s, "
            f"{rates if self.n_rallies else 'none finished'}>"
        )
