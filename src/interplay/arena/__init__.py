"""Games with the Gymnasium contract; no neuron lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.arena.game import Game
    from interplay.arena.pong import Pong
    from interplay.arena.rules import Rules
    from interplay.arena.vector import PongVector

_HOME = {"Game": "game", "Pong": "pong", "PongVector": "vector", "Rules": "rules"}

__all__ = ["Game", "Pong", "PongVector", "Rules"]

__getattr__, __dir__ = exports(__name__, _HOME)
