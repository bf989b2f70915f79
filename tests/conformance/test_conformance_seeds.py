"""Every registered way to choose seeds keeps the promises of its kind; the suite itself sees some of them broken."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from interplay.data import Graph, Groups, NodeEmbedding
from interplay.influence import SEEDERS, DegreeSeeds, LinearThreshold
from interplay.testing import check_seed_choice

N = 14
RNG = np.random.Generator(np.random.Philox(3))
PAIRS = np.argwhere(np.triu(RNG.random((N, N)) < 0.25, 1))
GRAPH = Graph.from_edges(*PAIRS.T, n_nodes=N, directed=False)
GIVEN = {
    "groups": Groups.of(np.arange(N) % 3),
    "embedding": NodeEmbedding(
        config=None, made_from="", method="drawn", embedding=RNG.standard_normal((N, 3)), embedded=np.ones(N, bool)
    ),
}
ROUGH = {"tolerance": 0.1}
OPTIONS = {"greedy": {"runs": 50}, "max-min": ROUGH, "proportional": ROUGH, "penalised": ROUGH}


@pytest.mark.parametrize("name", SEEDERS)
def test_ways_keep_their_promises(name):
    check_seed_choice(SEEDERS[name](budget=3, **OPTIONS.get(name, {})), GRAPH, **GIVEN)


@pytest.mark.parametrize("name", ["ris", "max-min", "greedy"])
def test_ways_keep_their_promises_under_thresholds(name):
    config = SEEDERS[name](budget=3, model=LinearThreshold(), **OPTIONS.get(name, {}))
    check_seed_choice(config, GRAPH, **GIVEN)


@dataclass(frozen=True, kw_only=True)
class Broken(DegreeSeeds):
    """Wrong on purpose."""

    fault: str = ""

    def fit(self, graph, **given):
        found = super().fit(graph, groups=given["groups"])
        if self.fault == "twice":
            return replace(found, seeds=found.seeds[[0, 0, 1]])
        if self.fault == "few":
            return replace(found, seeds=found.seeds[:-1])
        if self.fault == "others" and self.candidates is not None:
            return replace(found, seeds=np.array([1, 3, 5]))
        if self.fault == "sure":
            return replace(found, guarantee=1.5)
        if "progress" in given and self.fault == "stops":
            given["progress"](1, 2)
        return found


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("twice", "each seed must be chosen once"),
        ("few", "as many seeds as the budget"),
        ("others", "seeds must be candidates"),
        ("sure", "a proved share"),
        ("stops", "progress must end"),
    ],
)
def test_the_suite_sees_a_broken_promise(fault, message):
    with pytest.raises(AssertionError, match=message):
        check_seed_choice(Broken(budget=3, fault=fault), GRAPH, **GIVEN)
