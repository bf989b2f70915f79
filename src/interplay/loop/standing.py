"""The tests on which a tournament's first sentence rests: aces against chance, and against a random paddle."""

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
#: The paddle that moves at random: it meets more balls than chance by arithmetic, since it wanders while they come.
RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One player's aces against chance, under one budget.

    Attributes
    ----------
    player : str
    aces : float
        Mean over sessions.
    chance, random : PairedTest or None
        Of the player minus chance by arithmetic, and minus the random player's session of the same seed; None where
        fewer than 2 sessions, or sessions without any spread, cannot be tested.
    p_chance, p_random : float
        Corrected after Holm over the players of this budget; NaN without a test.
    """

    player: str
    aces: float
    chance: PairedTest | None
    random: PairedTest | None
    p_chance: float
    p_random: float

    @property
    def better(self) -> bool:
        """Whether it has fewer aces than chance."""
        return self.chance is not None and self.p_chance < ALPHA and self.chance.difference < 0

    @property
    def worse(self) -> bool:
        """Whether it has more aces than chance."""
        return self.chance is not None and self.p_chance < ALPHA and self.chance.difference > 0

    @property
    def beats_random(self) -> bool:
        """Whether it has fewer aces than the random paddle."""
        return self.random is not None and self.p_random < ALPHA and self.random.difference < 0


def standings(result: TournamentResult, view: ViewName) -> list[Standing]:
    """Test every player that is no reference; fewest aces first.

    Parameters
    ----------
    result : TournamentResult
    view : {"rallies", "seconds"}

    Returns
    -------
    list of Standing
    """
    level = 1.0 - float(result.rules["paddle_px"]) / float(result.rules["size_px"])
    players = [e.player for e in result.players if e.kind != "reference" and result.summary(e.player, view) is not None]
    random = _by_seed(result, RANDOM, view)
    mine = [_by_seed(result, p, view) for p in players]
    against_chance = [_tested(np.full(len(values), level), values) for _, values in mine]
    against_random = []
    for seeds, values in mine:
        _, first, second = np.intersect1d(seeds, random[0], return_indices=True)
        against_random.append(_tested(random[1][second], values[first]))
    found = [
        Standing(
            player=player,
            aces=float(values.mean()) if len(values) else float("nan"),
            chance=one,
            random=other,
            p_chance=p,
            p_random=q,
        )
        for player, (_, values), one, other, p, q in zip(
            players, mine, against_chance, against_random, _holm(against_chance), _holm(against_random), strict=True
        )
    ]
    return sorted(found, key=lambda s: (not np.isfinite(s.aces), s.aces))


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
