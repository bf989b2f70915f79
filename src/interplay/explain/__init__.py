"""Why a trained model says so: scores of edges, nodes and windows, tested by taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.explain.attention import AttentionTimes
    from interplay.explain.event_motifs import MOTIF_CLASSES, Motifs, MotifSampler, shuffled_times
    from interplay.explain.results import Explanation
    from interplay.explain.saliency import EdgeSaliency
    from interplay.explain.targets import Link, Projection, RegionDistance, Target

_HOME = {
    "AttentionTimes": "attention",
    "EdgeSaliency": "saliency",
    "Explanation": "results",
    "Link": "targets",
    "MOTIF_CLASSES": "event_motifs",
    "MotifSampler": "event_motifs",
    "Motifs": "event_motifs",
    "Projection": "targets",
    "RegionDistance": "targets",
    "Target": "targets",
    "shuffled_times": "event_motifs",
}

__all__ = [
    "MOTIF_CLASSES",
    "AttentionTimes",
    "EdgeSaliency",
    "Explanation",
    "Link",
    "MotifSampler",
    "Motifs",
    "Projection",
    "RegionDistance",
    "Target",
    "shuffled_times",
]

__getattr__, __dir__ = exports(__name__, _HOME)
