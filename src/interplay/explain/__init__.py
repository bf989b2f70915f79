"""Why a trained model says so: scores of edges, nodes and windows, tested by taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.explain.results import Explanation

_HOME = {"Explanation": "results"}

__all__ = ["Explanation"]

__getattr__, __dir__ = exports(__name__, _HOME)
