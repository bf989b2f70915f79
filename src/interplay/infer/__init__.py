"""From a recording to signed networks over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.infer.comparing import compare_methods
    from interplay.infer.comparison_results import MethodComparison
    from interplay.infer.configuring import configure_method
    from interplay.infer.correlation import Correlation
    from interplay.infer.eigenfilter import EigenvalueFilter
    from interplay.infer.planted_ising import PlantedIsing
    from interplay.infer.planted_poisson import PlantedPoisson
    from interplay.infer.planted_switching import PlantedSwitching
    from interplay.infer.planted_var import PlantedVAR
    from interplay.infer.results import NetworkResult
    from interplay.infer.thresholds import absolute, disparity, proportional, significant
    from interplay.infer.tiling import SpikeTiling

_HOME = {
    "Correlation": "correlation",
    "EigenvalueFilter": "eigenfilter",
    "MethodComparison": "comparison_results",
    "NetworkResult": "results",
    "PlantedIsing": "planted_ising",
    "PlantedPoisson": "planted_poisson",
    "PlantedSwitching": "planted_switching",
    "PlantedVAR": "planted_var",
    "SpikeTiling": "tiling",
    "absolute": "thresholds",
    "compare_methods": "comparing",
    "configure_method": "configuring",
    "disparity": "thresholds",
    "proportional": "thresholds",
    "significant": "thresholds",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "inference method",
    {"correlation": "interplay.infer.correlation:Correlation", "tiling": "interplay.infer.tiling:SpikeTiling"},
)

#: Simulated recordings with a known network, by the name the command line knows them under.
PLANTED = Registry(
    "planted recording",
    {
        "ising": "interplay.infer.planted_ising:PlantedIsing",
        "poisson": "interplay.infer.planted_poisson:PlantedPoisson",
        "switching": "interplay.infer.planted_switching:PlantedSwitching",
        "var": "interplay.infer.planted_var:PlantedVAR",
    },
)

__all__ = [
    "METHODS",
    "PLANTED",
    "Correlation",
    "EigenvalueFilter",
    "MethodComparison",
    "NetworkResult",
    "PlantedIsing",
    "PlantedPoisson",
    "PlantedSwitching",
    "PlantedVAR",
    "SpikeTiling",
    "absolute",
    "compare_methods",
    "configure_method",
    "disparity",
    "proportional",
    "significant",
]

__getattr__, __dir__ = exports(__name__, _HOME)
