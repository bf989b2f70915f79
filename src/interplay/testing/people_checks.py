"""What every decision policy and every model of opinions promises."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from interplay.influence import OpinionPlan, spread_opinions
from interplay.influence.strategic import StrategicSetting, utility


def check_policy(policy: Any, setting: StrategicSetting) -> None:
    """Assert that a policy keeps the promises of all policies.

    A frozen configuration; `fit` gives a policy in [0, 1], the same each time; its utility is that of the response to
    it; masses and shares add up; the trivial policies stand beside it; the setting is left as it is.

    Parameters
    ----------
    policy : configuration with ``fit(setting) -> PolicyResult``
    setting : StrategicSetting
        That the policy accepts.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    assert policy.__dataclass_params__.frozen, "a policy must be a frozen dataclass"
    before = setting.digest
    found, again = policy.fit(setting), policy.fit(setting)
    assert (found.policy == again.policy).all(), "`fit` must give one answer"
    assert found.config == policy, "the result must carry its configuration"
    assert found.made_from == before == setting.digest, "the result must name its input, and leave it as it is"
    assert found.citations, "the result must say what to cite"
    assert ((found.policy >= 0) & (found.policy <= 1)).all(), "a policy must lie in [0, 1]"
    assert abs(utility(setting, found.policy) - found.utility) < 1e-12, "utility must be that of the response"
    assert abs(found.induced.sum() - 1) < 1e-9, "the response must keep all mass"
    share = setting.group_mass.sum(axis=1)
    total = float(np.nansum(share * found.group_decision))
    assert abs(total - found.induced @ found.policy) < 1e-9, "groups must add up to the population"
    assert set(found.baselines) == {"nobody", "everybody", "non-strategic", "threshold"}, "baselines must stand beside"
    assert found.claim, "the result must say what is proved"


def check_opinion_model(model: Any) -> None:
    """Assert that a model of opinions keeps the promises of all such models.

    A frozen configuration; opinions stay in their range; equal opinions stay; who cannot move does not; runs are keyed
    by their number.

    Parameters
    ----------
    model : opinion model

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    assert model.__dataclass_params__.frozen, "a model must be frozen"
    plan = OpinionPlan(model=model, runs=3, rounds=5, seed_opinion=0.8)
    found = spread_opinions(12, [4], plan=plan)
    assert found.final.min() >= found.initial.min() - 1e-12, "opinions must stay in their range"
    assert found.final.max() <= found.initial.max() + 1e-12, "opinions must stay in their range"
    assert (found.final[:, 4] == 0.8).all(), "seeds must keep their opinion"
    fewer = spread_opinions(12, [4], plan=dataclasses.replace(plan, runs=2))
    assert (fewer.final == found.final[:2]).all(), "a run must depend on its number alone"
    alike = spread_opinions(12, opinions=np.full(12, 0.25), plan=plan)
    assert np.allclose(alike.final, 0.25, rtol=0, atol=1e-15), "equal opinions must stay"
    assert found.citations, "the result must say what to cite"
    assert found.model == model.name, "the result must name its model"
