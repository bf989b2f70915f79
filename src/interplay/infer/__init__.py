"""From a recording to signed networks over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.infer.anatomy import distance_anatomy
    from interplay.infer.bayes_results import DynamicBayesResult
    from interplay.infer.coherence import Coherence
    from interplay.infer.comparing import compare_methods
    from interplay.infer.comparison_results import MethodComparison
    from interplay.infer.configuring import configure_method
    from interplay.infer.correlation import Correlation
    from interplay.infer.dynamic_bayes import DynamicBayes
    from interplay.infer.eigenfilter import EigenvalueFilter
    from interplay.infer.glm import PoissonGLM
    from interplay.infer.glm_results import GLMResult, HeldOut
    from interplay.infer.granger import Granger
    from interplay.infer.partial import PartialCorrelation
    from interplay.infer.phase_locking import PhaseLocking
    from interplay.infer.planted_ising import PlantedIsing
    from interplay.infer.planted_poisson import PlantedPoisson
    from interplay.infer.planted_switching import PlantedSwitching
    from interplay.infer.planted_var import PlantedVAR
    from interplay.infer.results import NetworkResult
    from interplay.infer.state_matching import StateMatch, match_states
    from interplay.infer.switching import SwitchingGLM
    from interplay.infer.switching_filter import SwitchingFilter
    from interplay.infer.switching_results import SwitchingResult
    from interplay.infer.thresholds import absolute, disparity, proportional, significant
    from interplay.infer.tiling import SpikeTiling

_HOME = {
    "Coherence": "coherence",
    "Correlation": "correlation",
    "DynamicBayes": "dynamic_bayes",
    "DynamicBayesResult": "bayes_results",
    "EigenvalueFilter": "eigenfilter",
    "GLMResult": "glm_results",
    "Granger": "granger",
    "HeldOut": "glm_results",
    "MethodComparison": "comparison_results",
    "NetworkResult": "results",
    "PartialCorrelation": "partial",
    "PhaseLocking": "phase_locking",
    "PlantedIsing": "planted_ising",
    "PlantedPoisson": "planted_poisson",
    "PlantedSwitching": "planted_switching",
    "PlantedVAR": "planted_var",
    "PoissonGLM": "glm",
    "SpikeTiling": "tiling",
    "StateMatch": "state_matching",
    "SwitchingFilter": "switching_filter",
    "SwitchingGLM": "switching",
    "SwitchingResult": "switching_results",
    "absolute": "thresholds",
    "compare_methods": "comparing",
    "configure_method": "configuring",
    "disparity": "thresholds",
    "distance_anatomy": "anatomy",
    "match_states": "state_matching",
    "proportional": "thresholds",
    "significant": "thresholds",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "inference method",
    {
        "coherence": "interplay.infer.coherence:Coherence",
        "correlation": "interplay.infer.correlation:Correlation",
        "dynamic-bayes": "interplay.infer.dynamic_bayes:DynamicBayes",
        "glm": "interplay.infer.glm:PoissonGLM",
        "granger": "interplay.infer.granger:Granger",
        "partial-correlation": "interplay.infer.partial:PartialCorrelation",
        "phase-locking": "interplay.infer.phase_locking:PhaseLocking",
        "switching": "interplay.infer.switching:SwitchingGLM",
        "tiling": "interplay.infer.tiling:SpikeTiling",
    },
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
    "Coherence",
    "Correlation",
    "DynamicBayes",
    "DynamicBayesResult",
    "EigenvalueFilter",
    "GLMResult",
    "Granger",
    "HeldOut",
    "MethodComparison",
    "NetworkResult",
    "PartialCorrelation",
    "PhaseLocking",
    "PlantedIsing",
    "PlantedPoisson",
    "PlantedSwitching",
    "PlantedVAR",
    "PoissonGLM",
    "SpikeTiling",
    "StateMatch",
    "SwitchingFilter",
    "SwitchingGLM",
    "SwitchingResult",
    "absolute",
    "compare_methods",
    "configure_method",
    "disparity",
    "distance_anatomy",
    "match_states",
    "proportional",
    "significant",
]

__getattr__, __dir__ = exports(__name__, _HOME)
