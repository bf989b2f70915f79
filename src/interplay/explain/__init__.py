"""Why a trained model says so: scores of edges, nodes and windows, tested by taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.explain.attention import AttentionTimes
    from interplay.explain.results import Explanation
    from interplay.explain.saliency import EdgeSaliency
    from interplay.explain.targets import Link, Projection, RegionDistance, Target

_HOME = {
    "AttentionTimes": "attention",
    "EdgeSaliency": "saliency",
    "Explanation": "results",
    "Link": "targets",
    "Projection": "targets",
    "RegionDistance": "targets",
    "Target": "targets",
}

__all__ = ["AttentionTimes", "EdgeSaliency", "Explanation", "Link", "Projection", "RegionDistance", "Target"]

__getattr__, __dir__ = exports(__name__, _HOME)
