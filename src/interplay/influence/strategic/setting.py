"""A population whose members may change their features, and its best response to a policy.

References
----------
Tsirtsis, Tabibian, Khajehnejad, Singla, Schoelkopf, Gomez-Rodriguez (2019), arXiv 1905.09239.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.influence.strategic.results import PolicyResult

Floats = NDArray[np.float64]

#: Nobody moves for a gain of at most this much: ties go to staying, and rounding cannot make one.
TIE = 1e-9
_ROUNDING = 1e-9
_CITED = ("tsirtsis2019strategic",)


@dataclass(frozen=True, eq=False, kw_only=True)
class StrategicSetting:
    """Finitely many feature values, who has them, what follows from them, and what it costs to change them.

    Parameters
    ----------
    mass : (M,) float array, >= 0, sum 1
        Share of the population with each value.
    outcome : (M,) float array, in [0, 1]
        Probability of a good outcome given the value. Features are causes: who moves takes on the outcome of the new
        value.
    decision_cost : float, in [0, 1]
        What a favourable decision costs the decision maker; a good outcome brings 1.
    cost : (M, M) float array, >= 0
        ``cost[i, j]`` is what moving from i to j costs, in units of a sure favourable decision; 0 on the diagonal,
        infinite where no move is possible.
    group_mass : (G, M) float array, >= 0, or None
        Mass of each group at each value; adds up to `mass`.
    groups : (G,) text array or None
        Names of the groups, each once.
    values : (M,) text array or None
        Names of the values.

    Raises
    ------
    DataError
        If shapes disagree, masses do not add up, or a number is out of its range.
    ConfigError
        If `decision_cost` is outside its range.
    """

    mass: Floats
    outcome: Floats
    decision_cost: float
    cost: Floats
    group_mass: Floats = field(default=cast(Any, None))
    groups: NDArray[np.str_] = field(default=cast(Any, None))
    values: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        require_setting("decision_cost", self.decision_cost, least=0, most=1)
        shapes = Shapes()
        mass = shapes.array("mass", self.mass, "M").astype(np.float64, copy=False)
        outcome = shapes.array("outcome", self.outcome, "M").astype(np.float64, copy=False)
        cost = shapes.array("cost", self.cost, "M M", finite=False).astype(np.float64, copy=False)
        if (self.group_mass is None) != (self.groups is None):
            raise DataError("`group_mass` and `groups` go together: give both, or neither.")
        given = mass[None] if self.group_mass is None else self.group_mass
        named = np.array(["all"]) if self.groups is None else self.groups
        group_mass = shapes.array("group_mass", given, "G M").astype(np.float64, copy=False)
        groups = shapes.array("groups", named, "G", "text")
        _require("mass", mass, mass >= 0, ">= 0")
        _require("outcome", outcome, (outcome >= 0) & (outcome <= 1), "in [0, 1]")
        _require("cost", cost, cost >= 0, ">= 0")
        _require("group_mass", group_mass, group_mass >= 0, ">= 0")
        if abs(mass.sum() - 1) > _ROUNDING:
            raise DataError(f"`mass` must add up to 1, got {mass.sum():.12g}. Divide it by its sum.")
        if np.diag(cost).any():
            i = int(np.argmax(np.diag(cost) != 0))
            raise DataError(f"`cost` of staying must be 0: cost[{i}, {i}]={cost[i, i]}. Set the diagonal to 0.")
        if len(np.unique(groups)) != len(groups):
            raise DataError("`groups` must name each group once, got a repeated name.")
        gap = np.abs(group_mass.sum(axis=0) - mass)
        if gap.max(initial=0.0) > _ROUNDING:
            i = int(np.argmax(gap))
            raise DataError(
                f"`group_mass` must add up to `mass`: at value {i} it is {group_mass[:, i].sum():.12g}, not "
                f"{mass[i]:.12g}."
            )
        checked = {"mass": mass, "outcome": outcome, "cost": cost, "group_mass": group_mass, "groups": groups}
        if self.values is not None:
            checked["values"] = shapes.array("values", self.values, "M", "text")
        for key, value in checked.items():
            object.__setattr__(self, key, value)

    __reduce__ = reduce_by_fields

    def __repr__(self) -> str:
        return (
            f"StrategicSetting({len(self.mass)} values, {len(self.groups)} groups, decision_cost={self.decision_cost})"
        )

    @property
    def n_values(self) -> int:
        """M."""
        return len(self.mass)

    @cached_property
    def gain(self) -> Floats:
        """(M,) float64 array: what a sure favourable decision brings at each value, ``outcome - decision_cost``."""
        return self.outcome - self.decision_cost

    @cached_property
    def digest(self) -> str:
        """Digest of everything but the names of values."""
        return digest(
            "StrategicSetting", self.mass, self.outcome, self.decision_cost, self.cost, self.group_mass, self.groups
        )


def best_response(setting: StrategicSetting, policy: ArrayLike) -> NDArray[np.int64]:
    """Say where those at each value go: to the greatest ``policy[j] - cost[i, j]``.

    Parameters
    ----------
    setting : StrategicSetting
    policy : (M,) float array, in [0, 1]

    Returns
    -------
    (M,) int64 array
        Ties go to staying (as does a gain of at most 1e-9), then to the first value. O(M^2).

    Raises
    ------
    DataError
        If the policy has another length or leaves [0, 1].

    References
    ----------
    Tsirtsis et al. (2019).
    """
    chance = checked_policy(setting, policy)
    worth = chance - setting.cost
    best = worth.argmax(axis=1) if setting.n_values else np.empty(0, np.int64)
    stay = np.arange(setting.n_values)
    return np.where(worth[stay, best] > chance + TIE, best, stay)


def optimal_transport(setting: StrategicSetting, policy: ArrayLike) -> Floats:
    """Give the transport of mass that the best response makes.

    Parameters
    ----------
    setting : StrategicSetting
    policy : (M,) float array, in [0, 1]

    Returns
    -------
    (M, M) float64 array, >= 0
        ``plan[i, j]`` is the mass that goes from i to j. Rows add up to `mass`; columns to the induced distribution. No
        plan with these rows has a greater sum of ``plan * (policy - cost)``, but by 1e-9.

    References
    ----------
    Tsirtsis et al. (2019).
    """
    plan = np.zeros((setting.n_values, setting.n_values))
    plan[np.arange(setting.n_values), best_response(setting, policy)] = setting.mass
    return plan


def utility(setting: StrategicSetting, policy: ArrayLike, *, strategic: bool = True) -> float:
    """Give what a policy is worth to the decision maker.

    Parameters
    ----------
    setting : StrategicSetting
    policy : (M,) float array, in [0, 1]
    strategic : bool
        Whether individuals respond; False leaves everybody in place.

    Returns
    -------
    float, in [-decision_cost, 1 - decision_cost]
        Sum over values of induced mass times policy times (outcome - decision_cost). Higher is better.

    References
    ----------
    Tsirtsis et al. (2019).
    """
    chance = checked_policy(setting, policy)
    to = best_response(setting, chance) if strategic else slice(None)
    return float(setting.mass @ (chance * setting.gain)[to])


def judge_policy(
    setting: StrategicSetting,
    policy: ArrayLike,
    *,
    method: str = "given",
    config: Any = None,
    baselines: Mapping[str, float] | None = None,
    **found: Any,
) -> PolicyResult:
    """Work out what a policy does, to the decision maker and to every group.

    Parameters
    ----------
    setting : StrategicSetting
    policy : (M,) float array, in [0, 1]
    method : str
        What to call it.
    config : object
        What made it.
    baselines : mapping of str to float or None
        Utilities to stand beside; None works out the trivial ones.
    **found
        `history`, `converged`, `claim`, `notes`, `seed` of the search that made it.

    Returns
    -------
    PolicyResult
    """
    chance = checked_policy(setting, policy)
    to = best_response(setting, chance)
    paid = setting.cost[np.arange(setting.n_values), to]
    total = setting.group_mass.sum(axis=1)
    share = setting.group_mass / np.where(total > 0, total, np.nan)[:, None]
    decision, cost = share @ chance[to], share @ paid
    if baselines is None:
        from interplay.influence.strategic.policies import trivial_utilities

        baselines = trivial_utilities(setting)
    return PolicyResult(
        config=config,
        made_from=setting.digest,
        citations=_CITED,
        method=method,
        policy=chance,
        utility=utility(setting, chance),
        unmoved_utility=utility(setting, chance, strategic=False),
        response=to,
        induced=np.bincount(to, weights=setting.mass, minlength=setting.n_values).astype(np.float64),
        groups=setting.groups,
        group_decision=decision,
        group_cost=cost,
        group_benefit=decision - cost,
        group_outcome=share @ setting.outcome[to],
        group_outcome_before=share @ setting.outcome,
        baselines=dict(baselines),
        **found,
    )


def checked_policy(setting: StrategicSetting, policy: ArrayLike) -> Floats:
    """Check one policy of a setting."""
    chance = Shapes(M=setting.n_values).array("policy", policy, "M").astype(np.float64, copy=False)
    _require("policy", chance, (chance >= 0) & (chance <= 1), "in [0, 1]")
    return chance


def _require(name: str, array: Floats, good: NDArray[np.bool_], rule: str) -> None:
    if not good.all():
        place = tuple(int(i) for i in np.argwhere(~good)[0])
        where = ", ".join(map(str, place))
        raise DataError(f"`{name}` must be {rule}: {name}[{where}]={array[place]}. Correct it.")
