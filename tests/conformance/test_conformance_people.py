"""Every registered policy and model of opinions keeps the promises of its kind."""

import dataclasses

import numpy as np
import pytest

from interplay.influence import OPINIONS, Deffuant
from interplay.influence.strategic import POLICIES, ThresholdPolicy, lending_setting
from interplay.testing import check_opinion_model, check_policy


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("minority", [0.0, 0.3])
def test_policies_keep_their_promises(name, minority):
    check_policy(POLICIES[name](), lending_setting(n_values=8, minority=minority))


@pytest.mark.parametrize("name", OPINIONS)
def test_opinion_models_keep_their_promises(name):
    check_opinion_model(OPINIONS[name](confidence=0.4))


@dataclasses.dataclass(frozen=True)
class Generous:
    """Wrong on purpose: tells the utility of people who do not move."""

    def fit(self, setting):
        found = ThresholdPolicy().fit(setting)
        return dataclasses.replace(found, utility=found.unmoved_utility, config=self)


@dataclasses.dataclass(frozen=True)
class Wild(Deffuant):
    """Wrong on purpose: leaves the range."""

    def stepper(self, contacts, moves, seed, run):
        return lambda opinion, when: np.where(moves, opinion * 2, opinion)


def test_the_suites_notice():
    with pytest.raises(AssertionError, match="utility must be that of the response"):
        check_policy(Generous(), lending_setting(n_values=8))
    with pytest.raises(AssertionError, match="stay in their range"):
        check_opinion_model(Wild())
