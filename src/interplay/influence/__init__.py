"""Whom an intervention on a network reaches, how to choose it, and whether it is fair to every group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.influence import strategic
    from interplay.influence.adversarial import AdversarialEmbedding
    from interplay.influence.adversarial_price import strength_curve
    from interplay.influence.adversarial_results import AdversarialResult
    from interplay.influence.comparing import compare
    from interplay.influence.epidemics import SI, SIR
    from interplay.influence.fair_prices import fairness_price
    from interplay.influence.fair_seeds import MaxMinSeeds, PenalisedSeeds, ProportionalSeeds
    from interplay.influence.greedy_seeds import GreedySeeds
    from interplay.influence.medoid_seeds import KMedoidSeeds
    from interplay.influence.models import CascadeModel, IndependentCascade, LinearThreshold
    from interplay.influence.opinion_fit import OpinionFit
    from interplay.influence.opinion_models import Deffuant, HegselmannKrause
    from interplay.influence.opinion_results import OpinionFitResult, OpinionResult
    from interplay.influence.opinions import OpinionPlan, compare_opinions, spread_opinions
    from interplay.influence.results import ComparisonResult, PriceResult, SeedResult, SpreadResult
    from interplay.influence.reverse_seeds import ReverseReachableSeeds
    from interplay.influence.seed_choice import SEEDERS, SeedChooser
    from interplay.influence.sharding import spread_sharded
    from interplay.influence.simple_seeds import DegreeSeeds, PageRankSeeds, RandomSeeds
    from interplay.influence.spreading import Spread, spread

_HOME = {
    "Deffuant": "opinion_models",
    "HegselmannKrause": "opinion_models",
    "OpinionFit": "opinion_fit",
    "OpinionFitResult": "opinion_results",
    "OpinionPlan": "opinions",
    "OpinionResult": "opinion_results",
    "compare_opinions": "opinions",
    "spread_opinions": "opinions",
    "fairness_price": "fair_prices",
    "SEEDERS": "seed_choice",
    "strength_curve": "adversarial_price",
    "AdversarialEmbedding": "adversarial",
    "AdversarialResult": "adversarial_results",
    "CascadeModel": "models",
    "ComparisonResult": "results",
    "DegreeSeeds": "simple_seeds",
    "GreedySeeds": "greedy_seeds",
    "IndependentCascade": "models",
    "KMedoidSeeds": "medoid_seeds",
    "LinearThreshold": "models",
    "MaxMinSeeds": "fair_seeds",
    "PageRankSeeds": "simple_seeds",
    "PenalisedSeeds": "fair_seeds",
    "PriceResult": "results",
    "ProportionalSeeds": "fair_seeds",
    "RandomSeeds": "simple_seeds",
    "ReverseReachableSeeds": "reverse_seeds",
    "SI": "epidemics",
    "SIR": "epidemics",
    "SeedChooser": "seed_choice",
    "SeedResult": "results",
    "Spread": "spreading",
    "SpreadResult": "results",
    "compare": "comparing",
    "spread": "spreading",
    "spread_sharded": "sharding",
    "strategic": "",
}

#: Models of spreading by the name the command line knows them under.
MODELS = Registry(
    "cascade",
    {
        "ic": "interplay.influence.models:IndependentCascade",
        "lt": "interplay.influence.models:LinearThreshold",
        "si": "interplay.influence.epidemics:SI",
        "sir": "interplay.influence.epidemics:SIR",
    },
)

#: Models of opinion by name.
OPINIONS = Registry(
    "opinion model",
    {
        "deffuant": "interplay.influence.opinion_models:Deffuant",
        "hegselmann-krause": "interplay.influence.opinion_models:HegselmannKrause",
    },
)

__all__ = [
    "MODELS",
    "OPINIONS",
    "SEEDERS",
    "SI",
    "SIR",
    "AdversarialEmbedding",
    "AdversarialResult",
    "CascadeModel",
    "ComparisonResult",
    "Deffuant",
    "DegreeSeeds",
    "GreedySeeds",
    "HegselmannKrause",
    "IndependentCascade",
    "KMedoidSeeds",
    "LinearThreshold",
    "MaxMinSeeds",
    "OpinionFit",
    "OpinionFitResult",
    "OpinionPlan",
    "OpinionResult",
    "PageRankSeeds",
    "PenalisedSeeds",
    "PriceResult",
    "ProportionalSeeds",
    "RandomSeeds",
    "ReverseReachableSeeds",
    "SeedChooser",
    "SeedResult",
    "Spread",
    "SpreadResult",
    "compare",
    "compare_opinions",
    "fairness_price",
    "spread",
    "spread_opinions",
    "spread_sharded",
    "strategic",
    "strength_curve",
]

__getattr__, __dir__ = exports(__name__, _HOME)
