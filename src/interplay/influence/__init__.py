"""Whom an intervention on a network reaches, how to choose it, and whether it is fair to every group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.influence.results import ComparisonResult, PriceResult, SeedResult, SpreadResult

_HOME = {
    "ComparisonResult": "results",
    "PriceResult": "results",
    "SeedResult": "results",
    "SpreadResult": "results",
}

__all__ = [
    "ComparisonResult",
    "PriceResult",
    "SeedResult",
    "SpreadResult",
]

__getattr__, __dir__ = exports(__name__, _HOME)
