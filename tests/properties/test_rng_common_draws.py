"""What event-keyed numbers are for: two scenarios that differ by one intervention share everything else.

A toy epidemic on 60 nodes, in which one node is vaccinated or not. The mean of the paired difference is the effect; its
variance is what one pays for knowing it. A contact's draw is keyed by (source, target, days since the source fell ill),
so that the same contact has the same outcome in both worlds, whenever it takes place.
"""

import numpy as np
import pytest

from interplay._core.rng import stream, uniform

N_NODES, N_PAIRS = 60, 120
INFECT, RECOVER = 0.1, 0.3
VACCINATED, FIRST, LONELY = 7, 0, 59


def contacts():
    i, j = np.triu_indices(N_NODES, 1)
    table = np.zeros((N_NODES, N_NODES), bool)
    table[i, j] = uniform(11, "contact", i, j) < 6 / N_NODES
    table[:, LONELY] = table[LONELY] = False
    return table | table.T


GRAPH = contacts()


def epidemic(infects, recovers, *, immune=None, order=None):
    """Count who was ever ill; `infects(i, j, age)` and `recovers(i, age)` decide the events as they come up."""
    order = list(range(N_NODES)) if order is None else order
    near = {i: [j for j in order if GRAPH[i, j]] for i in order}
    ill, done = {FIRST: 0}, set() if immune is None else {immune}
    while ill:
        fresh = {}
        for i in [k for k in order if k in ill]:
            for j in near[i]:
                if j not in ill and j not in done and infects(i, j, ill[i]):
                    fresh[j] = 0
            ill[i] += 1
            if recovers(i, ill[i]):
                fresh[i] = -1
        for i, age in fresh.items():
            if age < 0:
                del ill[i]
                done.add(i)
            else:
                ill[i] = 0
    return len(done) - (immune is not None)


def keyed(seed, **options):
    index = np.arange(N_NODES)
    age = np.arange(50)  # nobody is ill for longer: 0.7 ** 50 = 2e-8
    infect = uniform(seed, "infect", age[:, None, None], index[:, None], index) < INFECT
    recover = uniform(seed, "recover", age[:, None], index) < RECOVER
    return epidemic(lambda i, j, a: infect.item(a, i, j), lambda i, a: recover.item(a, i), **options)


def stateful(seed, **options):
    rng = stream(seed, "stateful")
    return epidemic(lambda i, j, a: rng.random() < INFECT, lambda i, a: rng.random() < RECOVER, **options)


@pytest.fixture(scope="module")
def differences():
    return {
        world.__name__: np.array([world(seed) - world(seed, immune=VACCINATED) for seed in range(N_PAIRS)])
        for world in (keyed, stateful)
    }


def test_paired_differences_vary_at_least_twenty_times_less(differences):
    ratio = differences["stateful"].var(ddof=1) / differences["keyed"].var(ddof=1)
    assert ratio >= 20


def test_a_vaccination_never_makes_anyone_ill(differences):
    assert (differences["keyed"] < 0).sum() == 0
    assert (differences["stateful"] < 0).sum() > 0


def test_both_ways_agree_on_the_effect(differences):
    means = [d.mean() for d in differences.values()]
    error = np.sqrt(sum(d.var(ddof=1) for d in differences.values()) / N_PAIRS)
    assert abs(means[0] - means[1]) < 4 * error


def test_the_order_in_which_agents_act_does_not_matter():
    mixed = stream(0, "order").permutation(N_NODES).tolist()
    assert [keyed(seed, order=mixed) for seed in range(10)] == [keyed(seed) for seed in range(10)]
    assert [stateful(seed, order=mixed) for seed in range(10)] != [stateful(seed) for seed in range(10)]


def test_an_intervention_that_does_nothing_changes_nothing():
    assert not GRAPH[LONELY].any()
    assert [keyed(seed, immune=LONELY) for seed in range(10)] == [keyed(seed) for seed in range(10)]
