"""What a decision policy does to those it decides about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PolicyResult(Result):
    """A policy, the response to it, and who gains what.

    Attributes
    ----------
    method : str
        Registered name.
    policy : (M,) float64 array, in [0, 1]
        Probability of a favourable decision for each feature value.
    utility : float
        Of the decision maker, after everybody has responded.
    unmoved_utility : float
        What the same policy would be worth if nobody moved.
    response : (M,) int64 array
        Where those who start at each value go; themselves if they stay.
    induced : (M,) float64 array
        Mass at each value after the response.
    groups : (G,) text array
        Names; one group "all" where none were given.
    group_decision : (G,) float64 array, in [0, 1]
        Share of each group that meets a favourable decision, after responding; NaN for a group without mass.
    group_cost : (G,) float64 array
        Mean cost that its members pay to move.
    group_benefit : (G,) float64 array
        `group_decision` minus `group_cost`: what its members gain.
    group_outcome : (G,) float64 array, in [0, 1]
        Mean probability of a good outcome after moving.
    group_outcome_before : (G,) float64 array, in [0, 1]
        Before anybody moved.
    baselines : mapping of str to float
        Utility of the policies that are there for the asking: "nobody", "everybody", "non-strategic" and "threshold",
        each after its own response.
    history : (K,) float64 array
        Utility after each sweep of the search, first that of the start; empty where nothing is searched.
    converged : bool
        Whether the search ended by itself.
    claim : str
        What is proved of the policy.
    """

    method: str
    policy: NDArray[np.float64]
    utility: float
    unmoved_utility: float
    response: NDArray[np.int64]
    induced: NDArray[np.float64]
    groups: NDArray[np.str_]
    group_decision: NDArray[np.float64]
    group_cost: NDArray[np.float64]
    group_benefit: NDArray[np.float64]
    group_outcome: NDArray[np.float64]
    group_outcome_before: NDArray[np.float64]
    baselines: Mapping[str, float] = field(default_factory=dict)
    history: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    converged: bool = True
    claim: str = ""

    @property
    def disparity(self) -> float:
        """Greatest minus least `group_benefit` over groups with mass; 0 for one group, NaN for none."""
        known = self.group_benefit[~np.isnan(self.group_benefit)]
        return float(known.max() - known.min()) if len(known) else float("nan")
