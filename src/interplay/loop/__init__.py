"""Players and the game they share: cultures, recordings, hardware and learning agents under one sample budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.loop.budget import Budget
    from interplay.loop.dish import Dish
    from interplay.loop.match import play
    from interplay.loop.player import Feedback, PlayerError, View
    from interplay.loop.results import Session

_HOME = {
    "Budget": "budget",
    "Dish": "dish",
    "Feedback": "player",
    "PlayerError": "player",
    "Session": "results",
    "View": "player",
    "play": "match",
}

__all__ = ["Budget", "Dish", "Feedback", "PlayerError", "Session", "View", "play"]

__getattr__, __dir__ = exports(__name__, _HOME)
