"""Whom an intervention on a network reaches, how to choose it, and whether it is fair to every group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.influence import strategic
    from interplay.influence.adversarial import AdversarialEmbedding
    from interplay.influence.adversarial_results import AdversarialResult
    from interplay.influence.comparing import compare
    from interplay.influence.epidemics import SI, SIR
    from interplay.influence.models import CascadeModel, IndependentCascade, LinearThreshold
    from interplay.influence.results import ComparisonResult, PriceResult, SeedResult, SpreadResult
    from interplay.influence.sharding import spread_sharded
    from interplay.influence.spreading import Spread, spread

_HOME = {
    "AdversarialResult": "adversarial_results",
    "AdversarialEmbedding": "adversarial",
    "SI": "epidemics",
    "SIR": "epidemics",
    "CascadeModel": "models",
    "ComparisonResult": "results",
    "IndependentCascade": "models",
    "LinearThreshold": "models",
    "PriceResult": "results",
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

__all__ = [
    "MODELS",
    "SI",
    "SIR",
    "AdversarialEmbedding",
    "AdversarialResult",
    "CascadeModel",
    "ComparisonResult",
    "IndependentCascade",
    "LinearThreshold",
    "PriceResult",
    "SeedResult",
    "Spread",
    "SpreadResult",
    "compare",
    "spread",
    "spread_sharded",
    "strategic",
]

__getattr__, __dir__ = exports(__name__, _HOME)
