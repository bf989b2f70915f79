"""Policies by name."""

from __future__ import annotations

from interplay._core.registry import Registry

_HERE = "interplay.influence.strategic"

#: Name to configuration class, each with ``fit(setting) -> PolicyResult``.
POLICIES = Registry(
    "policy",
    {
        "non-strategic": f"{_HERE}.policies:NonStrategicPolicy",
        "threshold": f"{_HERE}.policies:ThresholdPolicy",
        "greedy": f"{_HERE}.policies:GreedyPolicy",
        "monotone": f"{_HERE}.monotone:MonotonePolicy",
    },
)
