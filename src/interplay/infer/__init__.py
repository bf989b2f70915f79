"""From a recording to signed networks over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.infer.anatomy import distance_anatomy
    from interplay.infer.bayes_results import DynamicBayesResult
    from interplay.infer.boltzmann import BoltzmannCouplings
    from interplay.infer.boltzmann_results import BoltzmannResult
    from interplay.infer.coherence import Coherence
    from interplay.infer.comparing import compare_methods
    from interplay.infer.comparison_results import MethodComparison
    from interplay.infer.configuring import configure_method
    from interplay.infer.correlation import Correlation
    from interplay.infer.correlogram import CrossCorrelogram
    from interplay.infer.correlogram_counts import correlograms, jitter_bands
    from interplay.infer.correlogram_results import CorrelogramResult, Correlograms, JitterBands
    from interplay.infer.dynamic_bayes import DynamicBayes
    from interplay.infer.eigenfilter import EigenvalueFilter
    from interplay.infer.factor_results import FactorResult
    from interplay.infer.factors import AffinityFactors
    from interplay.infer.glm import PoissonGLM
    from interplay.infer.glm_filter import GLMFilter, RatePrediction, predicted_rates
    from interplay.infer.glm_results import GLMResult, HeldOut
    from interplay.infer.granger import Granger
    from interplay.infer.independence import IndependenceTests
    from interplay.infer.independence_results import IndependenceResult
    from interplay.infer.mutual_information import MutualInformation
    from interplay.infer.partial import PartialCorrelation
    from interplay.infer.phase_locking import PhaseLocking
    from interplay.infer.planted_ising import PlantedIsing
    from interplay.infer.planted_poisson import PlantedPoisson
    from interplay.infer.planted_switching import PlantedSwitching
    from interplay.infer.planted_var import PlantedVAR
    from interplay.infer.results import NetworkResult
    from interplay.infer.spiking_probability import SpikingProbability
    from interplay.infer.state_matching import StateMatch, match_states
    from interplay.infer.streaming import CorrelationState, CorrelationStream
    from interplay.infer.switching import SwitchingGLM
    from interplay.infer.switching_decoding import StateDecoding, decode_states
    from interplay.infer.switching_filter import SwitchingFilter
    from interplay.infer.switching_results import SwitchingResult
    from interplay.infer.thresholds import absolute, disparity, proportional, significant
    from interplay.infer.tiling import SpikeTiling
    from interplay.infer.transfer_entropy import TransferEntropy

_HOME = {
    "AffinityFactors": "factors",
    "BoltzmannCouplings": "boltzmann",
    "BoltzmannResult": "boltzmann_results",
    "Coherence": "coherence",
    "Correlation": "correlation",
    "CorrelationState": "streaming",
    "CorrelationStream": "streaming",
    "CorrelogramResult": "correlogram_results",
    "Correlograms": "correlogram_results",
    "CrossCorrelogram": "correlogram",
    "DynamicBayes": "dynamic_bayes",
    "DynamicBayesResult": "bayes_results",
    "EigenvalueFilter": "eigenfilter",
    "FactorResult": "factor_results",
    "GLMFilter": "glm_filter",
    "GLMResult": "glm_results",
    "Granger": "granger",
    "HeldOut": "glm_results",
    "IndependenceResult": "independence_results",
    "IndependenceTests": "independence",
    "JitterBands": "correlogram_results",
    "MethodComparison": "comparison_results",
    "MutualInformation": "mutual_information",
    "NetworkResult": "results",
    "PartialCorrelation": "partial",
    "PhaseLocking": "phase_locking",
    "PlantedIsing": "planted_ising",
    "PlantedPoisson": "planted_poisson",
    "PlantedSwitching": "planted_switching",
    "PlantedVAR": "planted_var",
    "PoissonGLM": "glm",
    "RatePrediction": "glm_filter",
    "SpikeTiling": "tiling",
    "SpikingProbability": "spiking_probability",
    "StateDecoding": "switching_decoding",
    "StateMatch": "state_matching",
    "SwitchingFilter": "switching_filter",
    "SwitchingGLM": "switching",
    "SwitchingResult": "switching_results",
    "TransferEntropy": "transfer_entropy",
    "absolute": "thresholds",
    "compare_methods": "comparing",
    "configure_method": "configuring",
    "correlograms": "correlogram_counts",
    "decode_states": "switching_decoding",
    "disparity": "thresholds",
    "distance_anatomy": "anatomy",
    "jitter_bands": "correlogram_counts",
    "match_states": "state_matching",
    "predicted_rates": "glm_filter",
    "proportional": "thresholds",
    "significant": "thresholds",
}

#: Methods by the name the command line knows them under.
METHODS = Registry(
    "inference method",
    {
        "boltzmann": "interplay.infer.boltzmann:BoltzmannCouplings",
        "coherence": "interplay.infer.coherence:Coherence",
        "correlation": "interplay.infer.correlation:Correlation",
        "correlogram": "interplay.infer.correlogram:CrossCorrelogram",
        "dynamic-bayes": "interplay.infer.dynamic_bayes:DynamicBayes",
        "factors": "interplay.infer.factors:AffinityFactors",
        "glm": "interplay.infer.glm:PoissonGLM",
        "granger": "interplay.infer.granger:Granger",
        "independence": "interplay.infer.independence:IndependenceTests",
        "mutual-information": "interplay.infer.mutual_information:MutualInformation",
        "partial-correlation": "interplay.infer.partial:PartialCorrelation",
        "phase-locking": "interplay.infer.phase_locking:PhaseLocking",
        "switching": "interplay.infer.switching:SwitchingGLM",
        "tiling": "interplay.infer.tiling:SpikeTiling",
        "transfer-entropy": "interplay.infer.transfer_entropy:TransferEntropy",
        "tspe": "interplay.infer.spiking_probability:SpikingProbability",
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
    "AffinityFactors",
    "BoltzmannCouplings",
    "BoltzmannResult",
    "Coherence",
    "Correlation",
    "CorrelationState",
    "CorrelationStream",
    "CorrelogramResult",
    "Correlograms",
    "CrossCorrelogram",
    "DynamicBayes",
    "DynamicBayesResult",
    "EigenvalueFilter",
    "FactorResult",
    "GLMFilter",
    "GLMResult",
    "Granger",
    "HeldOut",
    "IndependenceResult",
    "IndependenceTests",
    "JitterBands",
    "MethodComparison",
    "MutualInformation",
    "NetworkResult",
    "PartialCorrelation",
    "PhaseLocking",
    "PlantedIsing",
    "PlantedPoisson",
    "PlantedSwitching",
    "PlantedVAR",
    "PoissonGLM",
    "RatePrediction",
    "SpikeTiling",
    "SpikingProbability",
    "StateDecoding",
    "StateMatch",
    "SwitchingFilter",
    "SwitchingGLM",
    "SwitchingResult",
    "TransferEntropy",
    "absolute",
    "compare_methods",
    "configure_method",
    "correlograms",
    "decode_states",
    "disparity",
    "distance_anatomy",
    "jitter_bands",
    "match_states",
    "predicted_rates",
    "proportional",
    "significant",
]

__getattr__, __dir__ = exports(__name__, _HOME)
