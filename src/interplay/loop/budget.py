"""How much of the game a player may see."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Samples that every player gets; a session goes on until all limits given are reached, or `most_s` is.

    One session under both limits holds the session under either: what a player does depends on its past only, so
    `Session.within` cuts it to the rally-matched or to the time-matched budget afterwards.

    Parameters
    ----------
    rallies : int >= 1, or None
        Finished rallies.
    seconds : float > 0, s, or None
        On the clock of the game, pauses after misses included.
    most_s : float > 0, s
        Where a session ends in any case: a perfect player never finishes a rally.

    Raises
    ------
    ConfigError
        If neither limit is given, or a value is out of range.
    """

    rallies: int | None = 70
    seconds: float | None = 1200.0
    most_s: float = 2400.0

    def __post_init__(self) -> None:
        if self.rallies is None and self.seconds is None:
            raise ConfigError("a Budget must have `rallies` or `seconds` (or both), got neither.")
        if self.rallies is not None:
            if isinstance(self.rallies, bool) or not isinstance(self.rallies, Integral):
                raise ConfigError(f"`rallies` must be a whole number, got {self.rallies!r}. Rallies are not cut.")
            require_setting("rallies", self.rallies, least=1)
        if self.seconds is not None:
            require_setting("seconds", self.seconds, above=0)
        require_setting("most_s", self.most_s, least=self.seconds or 0, above=0)

    def spent(self, rallies: int, seconds: float) -> bool:
        """Say whether so many finished rallies and seconds use it up."""
        enough = (self.rallies is None or rallies >= self.rallies) and (self.seconds is None or seconds >= self.seconds)
        return enough or seconds >= self.most_s
