"""Players and the game they share: cultures, recordings, hardware and learning agents under one sample budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.loop.agents import ValueAgent
    from interplay.loop.budget import Budget
    from interplay.loop.dish import Dish
    from interplay.loop.match import play
    from interplay.loop.player import Feedback, PlayerError, View
    from interplay.loop.registry import make_player
    from interplay.loop.results import Session
    from interplay.loop.sb3 import StableBaseline
    from interplay.loop.tables import TournamentResult
    from interplay.loop.tournament import run_tournament

_HOME = {
    "Budget": "budget",
    "Dish": "dish",
    "Feedback": "player",
    "PlayerError": "player",
    "Session": "results",
    "StableBaseline": "sb3",
    "TournamentResult": "tables",
    "ValueAgent": "agents",
    "View": "player",
    "make_player": "registry",
    "play": "match",
    "run_tournament": "tournament",
}

__all__ = [
    "Budget",
    "Dish",
    "Feedback",
    "PlayerError",
    "Session",
    "StableBaseline",
    "TournamentResult",
    "ValueAgent",
    "View",
    "make_player",
    "play",
    "run_tournament",
]

__getattr__, __dir__ = exports(__name__, _HOME)
