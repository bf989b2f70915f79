"""Why a trained model says so: scores of edges, nodes and windows, tested by taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.explain.attention import AttentionTimes
    from interplay.explain.brain_attention import BrainAttention
    from interplay.explain.brain_results import AttentionChange, AttentionImportance, ChangeFamily
    from interplay.explain.event_motifs import MOTIF_CLASSES, Motifs, MotifSampler, shuffled_times
    from interplay.explain.event_results import EventExplanation, Fidelity, TempMEResult
    from interplay.explain.results import Explanation
    from interplay.explain.saliency import EdgeSaliency
    from interplay.explain.targets import Link, Projection, RegionDistance, Target
    from interplay.explain.temp_me import TempME

_HOME = {
    "AttentionChange": "brain_results",
    "AttentionImportance": "brain_results",
    "AttentionTimes": "attention",
    "BrainAttention": "brain_attention",
    "ChangeFamily": "brain_results",
    "EdgeSaliency": "saliency",
    "EventExplanation": "event_results",
    "Explanation": "results",
    "Fidelity": "event_results",
    "Link": "targets",
    "MOTIF_CLASSES": "event_motifs",
    "MotifSampler": "event_motifs",
    "Motifs": "event_motifs",
    "Projection": "targets",
    "RegionDistance": "targets",
    "Target": "targets",
    "TempME": "temp_me",
    "TempMEResult": "event_results",
    "shuffled_times": "event_motifs",
}

__all__ = [
    "MOTIF_CLASSES",
    "AttentionChange",
    "AttentionImportance",
    "AttentionTimes",
    "BrainAttention",
    "ChangeFamily",
    "EdgeSaliency",
    "EventExplanation",
    "Explanation",
    "Fidelity",
    "Link",
    "MotifSampler",
    "Motifs",
    "Projection",
    "RegionDistance",
    "Target",
    "TempME",
    "TempMEResult",
    "shuffled_times",
]

__getattr__, __dir__ = exports(__name__, _HOME)
