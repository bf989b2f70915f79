"""From networks over time to vectors: where every node stands in every window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.represent.architecture import Architecture
    from interplay.represent.features import node_features
    from interplay.represent.method import VariationalMethod
    from interplay.represent.results import EmbeddingResult
    from interplay.represent.tavrnn import TAVRNN, VGAE, VGRNN

_HOME = {
    "TAVRNN": "tavrnn",
    "VGAE": "tavrnn",
    "VGRNN": "tavrnn",
    "Architecture": "architecture",
    "EmbeddingResult": "results",
    "VariationalMethod": "method",
    "node_features": "features",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "representation",
    {
        "tavrnn": "interplay.represent.tavrnn:TAVRNN",
        "vgrnn": "interplay.represent.tavrnn:VGRNN",
        "vgae": "interplay.represent.tavrnn:VGAE",
        "statistics": "interplay.represent.statistics:StatisticsGRU",
    },
)

__all__ = [
    "METHODS",
    "TAVRNN",
    "VGAE",
    "VGRNN",
    "Architecture",
    "EmbeddingResult",
    "VariationalMethod",
    "node_features",
]

__getattr__, __dir__ = exports(__name__, _HOME)
