"""The tests on which a tournament's first sentence rests: aces against chance, and against blind paddles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, NumericalError
from interplay.loop.tables import TournamentResult, ViewName
from interplay.stats.comparison_results import PairedTest
from interplay.stats.comparisons import paired_t
from interplay.stats.false_discovery import holm

#: Corrected p-values below this count.
ALPHA = 0.05
#: Paddles that move without regard to the ball. They meet more balls than chance by arithmetic.
BLIND = ("random", "sweep")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One player's aces against chance and against blind paddles, under one budget.

    Attributes
    ----------
    player : str
    aces : float
        Mean over sessions.
    chance : PairedTest or None
        Of the player minus chance by arithmetic; None where fewer than 2 sessions, or sessions without any spread,
        cannot be tested.
    blind : PairedTest or None
        Of the player minus a blind paddle's sessions of the same seeds: of those that played, the one that leaves the
        player the smallest advantage.
    against : str
        That paddle; empty if none played.
    p_chance, p_blind : float
        Corrected after Holm over the players of this budget (and the blind paddles); NaN without a test.
    """

    player: str
    aces: float
    chance: PairedTest | None
    blind: PairedTest | None
    against: str
    p_chance: float
    p_blind: float

    @property
    def better(self) -> bool:
        """Whether it has fewer aces than chance, and than every blind paddle that played."""
        return self.beats_chance and (not self.against or self.beats_blind)

    @property
    def beats_chance(self) -> bool:
        """Whether it has fewer aces than chance by arithmetic."""
        return self.chance is not None and self.p_chance < ALPHA and self.chance.difference < 0

    @property
    def worse(self) -> bool:
        """Whether it has more aces than chance."""
        return self.chance is not None and self.p_chance < ALPHA and self.chance.difference > 0

    @property
    def beats_blind(self) -> bool:
        """Whether it has fewer aces than every blind paddle that played."""
        return self.blind is not None and self.p_blind < ALPHA and self.blind.difference < 0


def standings(result: TournamentResult, view: ViewName) -> list[Standing]:
    """Test every player that is no reference and was not told before the session; fewest aces first.

    Parameters
    ----------
    result : TournamentResult
    view : {"rallies", "seconds"}

    Returns
    -------
    list of Standing
    """
    level = 1.0 - float(result.rules["paddle_px"]) / float(result.rules["size_px"])
    players = [e.player for e in result.players if e.kind not in ("reference", "told")]
    players = [p for p in players if result.summary(p, view) is not None]
    mine = {p: _by_seed(result, p, view) for p in players}
    chance = [_tested(np.full(len(values), level), values) for _, values in mine.values()]
    paddles = [b for b in BLIND if result.summary(b, view) is not None]
    pairs = [(p, b) for p in players for b in paddles]
    tests = [_matched(_by_seed(result, b, view), mine[p]) for p, b in pairs]
    hardest: dict[str, tuple[str, PairedTest, float]] = {}
    for (player, paddle), test, p in zip(pairs, tests, _holm(tests), strict=True):
        if test is not None and (player not in hardest or test.difference > hardest[player][1].difference):
            hardest[player] = (paddle, test, p)
    found = []
    for player, one, p in zip(players, chance, _holm(chance), strict=True):
        values = mine[player][1]
        paddle, other, q = hardest.get(player, (paddles[0] if paddles else "", None, float("nan")))
        found.append(
            Standing(
                player=player,
                aces=float(values.mean()) if len(values) else float("nan"),
                chance=one,
                blind=other,
                against=paddle,
                p_chance=p,
                p_blind=q,
            )
        )
    return sorted(found, key=lambda s: (not np.isfinite(s.aces), s.aces))


def _matched(
    paddle: tuple[NDArray[np.int64], NDArray[np.float64]], player: tuple[NDArray[np.int64], NDArray[np.float64]]
) -> PairedTest | None:
    _, first, second = np.intersect1d(player[0], paddle[0], return_indices=True)
    return _tested(paddle[1][second], player[1][first])


def _by_seed(result: TournamentResult, player: str, view: ViewName) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    table = result.sessions
    rows = (table["player"] == player) & (table["view"] == view) & np.isfinite(table["aces"])
    return table["seed"][rows], table["aces"][rows]


def _tested(first: NDArray[np.float64], second: NDArray[np.float64]) -> PairedTest | None:
    try:
        return paired_t(first, second)
    except (DataError, NumericalError):
        return None


def _holm(tests: list[PairedTest | None]) -> list[float]:
    return [float(p) for p in holm(np.array([np.nan if t is None else t.pvalue for t in tests], dtype=np.float64))]
