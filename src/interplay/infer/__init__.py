"""From a recording to signed networks over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.infer.correlation import Correlation
    from interplay.infer.eigenfilter import EigenvalueFilter
    from interplay.infer.results import NetworkResult
    from interplay.infer.thresholds import absolute, disparity, proportional, significant
    from interplay.infer.tiling import SpikeTiling

_HOME = {
    "Correlation": "correlation",
    "EigenvalueFilter": "eigenfilter",
    "NetworkResult": "results",
    "SpikeTiling": "tiling",
    "absolute": "thresholds",
    "disparity": "thresholds",
    "proportional": "thresholds",
    "significant": "thresholds",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "inference method",
    {"correlation": "interplay.infer.correlation:Correlation", "tiling": "interplay.infer.tiling:SpikeTiling"},
)

__all__ = [
    "METHODS",
    "Correlation",
    "EigenvalueFilter",
    "NetworkResult",
    "SpikeTiling",
    "absolute",
    "disparity",
    "proportional",
    "significant",
]

__getattr__, __dir__ = exports(__name__, _HOME)
