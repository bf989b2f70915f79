"""Decision policies when those decided about respond to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.influence.strategic.lending import lending_setting
    from interplay.influence.strategic.monotone import MonotonePolicy
    from interplay.influence.strategic.policies import GreedyPolicy, NonStrategicPolicy, ThresholdPolicy
    from interplay.influence.strategic.registry import POLICIES
    from interplay.influence.strategic.results import PolicyResult
    from interplay.influence.strategic.setting import (
        StrategicSetting,
        best_response,
        judge_policy,
        optimal_transport,
        utility,
    )

_HOME = {
    "POLICIES": "registry",
    "GreedyPolicy": "policies",
    "MonotonePolicy": "monotone",
    "NonStrategicPolicy": "policies",
    "PolicyResult": "results",
    "StrategicSetting": "setting",
    "ThresholdPolicy": "policies",
    "best_response": "setting",
    "judge_policy": "setting",
    "lending_setting": "lending",
    "optimal_transport": "setting",
    "utility": "setting",
}

__all__ = [
    "POLICIES",
    "GreedyPolicy",
    "MonotonePolicy",
    "NonStrategicPolicy",
    "PolicyResult",
    "StrategicSetting",
    "ThresholdPolicy",
    "best_response",
    "judge_policy",
    "lending_setting",
    "optimal_transport",
    "utility",
]

__getattr__, __dir__ = exports(__name__, _HOME)
