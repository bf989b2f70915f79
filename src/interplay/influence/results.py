"""What the methods of this room give back: who is reached, by which seeds, and at what cost to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SpreadResult(Result):
    """Whom one set of seeds reaches.

    Attributes
    ----------
    model : str
        Registered name of the cascade.
    seeds : (K,) int64 array
    n_nodes : int
    runs : int
        Independent cascades R. 0: the expectation is exact and every standard error 0.
    reach : float, in [0, N]
        Expected number of nodes reached, seeds included.
    reach_se : float
        Its standard error.
    node_probability : (N,) float64 array, in [0, 1]
        How often each node was reached.
    groups : (G,) text array
        Names; one group "all" where none were given.
    group_sizes : (G,) int64 array
    group_reach, group_reach_se : (G,) float64 arrays
        Expected number of reached members, and its standard error.
    time : (B,) float64 array
        In units of `clock`; empty where no course was kept.
    course : (B, G) float64 array
        Expected number of members reached until then (inclusive).
    samples : (R, G) int32 array
        Reached members in each cascade: cascade r of two sets of seeds with one `seed` shares all its chance.
    clock : {"round", "s"}
        What `time` counts: rounds, or seconds where the model or the events have a clock.
    """

    model: str
    seeds: NDArray[np.int64]
    n_nodes: int
    runs: int
    reach: float
    reach_se: float
    node_probability: NDArray[np.float64]
    groups: NDArray[np.str_]
    group_sizes: NDArray[np.int64]
    group_reach: NDArray[np.float64]
    group_reach_se: NDArray[np.float64]
    time: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    course: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    samples: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 0), np.int32))
    clock: str = "round"

    @property
    def share(self) -> NDArray[np.float64]:
        """(G,) float64 array, in [0, 1]: reached members over members; NaN for empty groups."""
        return self.group_reach / np.where(self.group_sizes > 0, self.group_sizes, np.nan)

    @property
    def share_se(self) -> NDArray[np.float64]:
        """(G,) float64 array: standard error of `share`."""
        return self.group_reach_se / np.where(self.group_sizes > 0, self.group_sizes, np.nan)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SeedResult(Result):
    """Which nodes a method would start from.

    Attributes
    ----------
    method : str
        Registered name.
    seeds : (K,) int64 array
        In the order of choice, where the method has one.
    gain : (K,) float64 array
        What each choice added to the method's own estimate of its objective; empty where it makes none.
    objective : float
        The method's own estimate of what it maximised; NaN where it makes none.
    guarantee : float
        Least ratio of `objective`'s true value to the optimum that is proved, with probability `confidence`; 0 where
        nothing is proved.
    confidence : float
    work : mapping of str to float
        What it cost: "evaluations", "reverse_sets", "bytes" and the like.
    """

    method: str
    seeds: NDArray[np.int64]
    gain: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    objective: float = float("nan")
    guarantee: float = 0.0
    confidence: float = 0.0
    work: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ComparisonResult(Result):
    """Several sets of seeds under the same chance.

    Attributes
    ----------
    names : (M,) text array
        Of the ways the seeds were chosen; the first one is what the others are compared with.
    spreads : tuple of SpreadResult
        One each, all of the same model, runs and seed.
    difference, difference_se : (M, G + 1) float64 arrays
        Share reached minus that of the first, paired cascade by cascade, with its standard error: of all nodes, then of
        each group.
    disparity, disparity_se : (M,) float64 arrays
        Greatest minus least share over groups with members, in [0, 1]; the standard error by the jackknife over
        cascades.
    price : (M,) float64 array
        Price of fairness: 1 - reach / the greatest reach among the M.
    choices : tuple of SeedResult or None
        How each set was chosen, in the order of `names`; None where seeds were given. Empty: all were given.
    """

    names: NDArray[np.str_]
    spreads: tuple[SpreadResult, ...]
    difference: NDArray[np.float64]
    difference_se: NDArray[np.float64]
    disparity: NDArray[np.float64]
    disparity_se: NDArray[np.float64]
    price: NDArray[np.float64]
    choices: tuple[SeedResult | None, ...] = ()

    @property
    def chosen(self) -> dict[str, SeedResult]:
        """Dict of name to SeedResult: the sets that a method chose, without those that were given."""
        if not self.choices:
            return {}
        return {str(name): c for name, c in zip(self.names, self.choices, strict=True) if c is not None}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PriceResult(Result):
    """What fairness costs: one point for every strength with which it is asked for.

    Attributes
    ----------
    method : str
        What was swept.
    parameter : str
        Name of the setting.
    values : (V,) float64 array
    reach, reach_se : (V,) float64 arrays
        Expected share of all nodes that is reached, in [0, 1].
    disparity, disparity_se : (V,) float64 arrays
        As in `ComparisonResult`.
    share : (V, G) float64 array
    groups : (G,) text array
    seeds : (V, K) int64 array
    monitor : mapping of str to (V,) float64 arrays
        What else was watched, for example the accuracy of a fresh classifier of groups.
    """

    method: str
    parameter: str
    values: NDArray[np.float64]
    reach: NDArray[np.float64]
    reach_se: NDArray[np.float64]
    disparity: NDArray[np.float64]
    disparity_se: NDArray[np.float64]
    share: NDArray[np.float64]
    groups: NDArray[np.str_]
    seeds: NDArray[np.int64]
    monitor: Mapping[str, Any] = field(default_factory=dict)
