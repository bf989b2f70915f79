"""Strategic decisions against responses person by person, exhaustive search and linear programming."""

import numpy as np
import pytest
from tests.oracles import strategic as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.influence import strategic
from interplay.influence.strategic.policies import _along

TENTHS = np.round(np.arange(11) / 10, 1)


def setting(seed, m=4, **changes):
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 8, (m, m)) / 10
    np.fill_diagonal(cost, 0)
    mass = rng.dirichlet(np.ones(m))
    parts = {"mass": mass, "outcome": rng.random(m), "decision_cost": 0.5, "cost": cost} | changes
    return strategic.StrategicSetting(**parts)


def ladder(seed, m=4):
    """Costs that add up along one scale that rises with the outcome."""
    rng = np.random.default_rng(seed)
    height, outcome = np.sort(rng.integers(0, 9, m)) / 5, np.sort(rng.random(m))
    order = rng.permutation(m)
    cost = np.maximum(height[None, :] - height[:, None], 0)[np.ix_(order, order)]
    return setting(seed, m, outcome=outcome[order], cost=cost, decision_cost=0.8 * rng.random())


def truth(s, policy):
    return oracle.utility(s.mass, s.outcome, s.decision_cost, s.cost, policy)


@pytest.mark.parametrize("seed", range(20))
def test_response_transport_and_utility(seed):
    s = setting(seed, 1 + seed % 6)
    policy = np.random.default_rng(seed).integers(0, 11, s.n_values) / 10
    to = strategic.best_response(s, policy)
    for i, j in enumerate(to):
        value = policy[j] - s.cost[i, j]
        other = oracle.response(policy, s.cost, i)
        assert value == pytest.approx(policy[other] - s.cost[i, other], abs=2e-9)
        assert (j == i) == (other == i)
    plan = strategic.optimal_transport(s, policy)
    np.testing.assert_allclose(plan.sum(axis=1), s.mass)
    judged = strategic.judge_policy(s, policy)
    np.testing.assert_allclose(plan.sum(axis=0), judged.induced)
    assert judged.utility == strategic.utility(s, policy)
    assert judged.unmoved_utility == pytest.approx(float(s.mass @ (policy * (s.outcome - 0.5))))
    assert judged.group_decision[0] == pytest.approx(plan.sum(axis=0) @ policy)
    assert judged.group_cost[0] == pytest.approx((plan * s.cost).sum())
    assert judged.group_outcome[0] == pytest.approx(plan.sum(axis=0) @ s.outcome)


def test_the_transport_is_optimal():
    from scipy.optimize import linprog

    for seed in range(5):
        s = setting(seed)
        policy = np.random.default_rng(seed).random(4)
        rows = np.kron(np.eye(4), np.ones(4))
        best = linprog(-(policy - s.cost).ravel(), A_eq=rows, b_eq=s.mass, bounds=(0, None))
        plan = strategic.optimal_transport(s, policy)
        assert (plan * (policy - s.cost)).sum() == pytest.approx(-best.fun, abs=1e-8)


def test_ties_go_to_staying():
    s = setting(0, 2, cost=[[0, 0.3], [0, 0]], outcome=[0.2, 0.9])
    assert strategic.best_response(s, [0.5, 0.8]).tolist() == [0, 1]
    assert strategic.best_response(s, [0.5, 0.8 + 1e-8]).tolist() == [1, 1]
    assert strategic.best_response(s, [0.8, 0.8]).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(30))
def test_utility_along_one_value_equals_utility(seed):
    s = setting(seed, 1 + seed % 5)
    policy = np.random.default_rng(seed).integers(0, 11, s.n_values) / 10
    for i in range(s.n_values):
        points, values = _along(s, policy, i)
        for point, value in zip(points, values, strict=True):
            changed = policy.copy()
            changed[i] = point
            assert value == pytest.approx(strategic.utility(s, changed), abs=1e-12)


def test_points_just_above_a_tie_are_tried():
    """Those at 0 bring -0.25; drawn to 1, which takes more than 0.7 there, they bring a little less than -0.07."""
    s = setting(0, 2, mass=[1, 0], outcome=[0, 0.4], cost=[[0, 0.2], [0, 0]])
    points, values = _along(s, np.array([0.5, 0]), 1)
    assert values.max() == pytest.approx(-0.07, abs=1e-8)
    assert points[values.argmax()] > 0.7


def test_points_just_below_a_jump_are_tried():
    """The jump down is at 1, where those of value 1 would rather move to value 0."""
    s = setting(
        0,
        3,
        mass=[0.4, 0.5, 0.1],
        outcome=[0, 0.7, 0.9],
        decision_cost=0.4,
        cost=[[0, 0.2, 1], [0.5, 0, 0.01], [0.7, 0.23, 0]],
    )
    assert strategic.GreedyPolicy().fit(s).utility > 0.4176


@pytest.mark.parametrize("seed", range(12))
def test_greedy_is_locally_optimal_and_never_worse(seed):
    s = setting(seed, 5)
    if seed >= 4:  # costs of few levels, where many change their minds at one point
        cost = np.random.default_rng(seed).choice([0, 0.1, 0.3, 0.5, 1, np.inf], (5, 5))
        np.fill_diagonal(cost, 0)
        s = setting(seed, 5, cost=cost)
    found = strategic.GreedyPolicy(restarts=1).fit(s)
    assert found.converged
    assert (np.diff(found.history) >= -1e-12).all()
    assert found.utility == pytest.approx(truth(s, found.policy), abs=1e-8)
    assert all(found.utility >= value - 1e-9 for value in found.baselines.values())
    for i in range(5):
        for value in np.linspace(0, 1, 201):
            changed = found.policy.copy()
            changed[i] = value
            assert strategic.utility(s, changed) <= found.utility + 1e-8


@pytest.mark.parametrize("seed", range(6))
def test_greedy_against_exhaustive_search(seed):
    """The search may stop at a local optimum; from six starts it reached the best of the grid in all of these."""
    s = setting(seed, 3)
    best = oracle.best_policy(s.mass, s.outcome, s.decision_cost, s.cost, TENTHS)
    assert strategic.GreedyPolicy().fit(s).utility >= best - 1e-8


@pytest.mark.parametrize("seed", range(12))
def test_monotone_is_never_beaten(seed):
    s = ladder(seed)
    found = strategic.MonotonePolicy().fit(s)
    grid = [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert found.utility >= oracle.best_policy(s.mass, s.outcome, s.decision_cost, s.cost, grid) - 1e-7
    assert found.utility >= strategic.GreedyPolicy(restarts=1).fit(s).utility - 1e-7
    assert found.utility == pytest.approx(truth(s, found.policy), abs=1e-7)


def test_a_policy_of_chance_beats_every_deterministic_one():
    """Worked out by hand: 0.35 * 0.6 from above and 0.65 * 0.6 * 0.1 from below, against 0.37 * 0.6."""
    height = np.array([1, 0.6, 0.2, 0])
    s = strategic.StrategicSetting(
        mass=[0.05, 0.3, 0.02, 0.63],
        outcome=[1, 0.55, 0.5, 0.3],
        decision_cost=0.4,
        cost=np.maximum(height[None, :] - height[:, None], 0),
    )
    for policy in (strategic.MonotonePolicy(), strategic.GreedyPolicy()):
        assert policy.fit(s).utility == pytest.approx(0.249, abs=1e-8)
    assert strategic.ThresholdPolicy().fit(s).utility == pytest.approx(0.222)
    assert strategic.NonStrategicPolicy().fit(s).utility == pytest.approx(0.14)
    deterministic = oracle.best_policy(s.mass, s.outcome, s.decision_cost, s.cost, [0, 1])
    assert deterministic == pytest.approx(0.222)


def test_all_agree_where_moving_never_pays():
    s = setting(3, 6, cost=1 - np.eye(6))
    best = np.maximum(s.outcome - 0.5, 0) @ s.mass
    for name in ("non-strategic", "threshold", "greedy"):
        found = strategic.POLICIES[name]().fit(s)
        assert found.utility == pytest.approx(best)
        assert found.unmoved_utility == pytest.approx(best)
        assert found.response.tolist() == list(range(6))


def test_the_threshold_is_the_best_of_all():
    s = setting(5, 6)
    policies = [(s.outcome >= t).astype(float) for t in (*s.outcome, 2)]
    assert strategic.ThresholdPolicy().fit(s).utility == pytest.approx(max(truth(s, p) for p in policies))


def test_groups_share_what_happens():
    s = strategic.lending_setting()
    found = strategic.MonotonePolicy().fit(s)
    share = s.group_mass.sum(axis=1)
    assert share.tolist() == pytest.approx([0.7, 0.3])
    assert share @ found.group_decision == pytest.approx(found.induced @ found.policy)
    assert found.groups.tolist() == ["majority", "minority"]
    assert found.group_benefit == pytest.approx(found.group_decision - found.group_cost)
    assert found.disparity == pytest.approx(found.group_benefit[0] - found.group_benefit[1])
    assert (found.group_outcome >= found.group_outcome_before).all()
    one_sided = strategic.lending_setting(minority=0.0)
    assert np.isnan(strategic.ThresholdPolicy().fit(one_sided).group_benefit[1])
    assert strategic.ThresholdPolicy().fit(one_sided).disparity == 0.0


def test_odd_settings():
    alone = strategic.StrategicSetting(mass=[1.0], outcome=[0.8], decision_cost=0.5, cost=[[0.0]])
    hopeless = setting(0, outcome=np.zeros(4), cost=np.zeros((4, 4)))
    for policy in strategic.POLICIES.values():
        assert policy().fit(alone).utility == pytest.approx(0.3)
        if policy is not strategic.NonStrategicPolicy:
            assert policy().fit(hopeless).utility == 0.0
    stuck = setting(1, cost=np.where(np.eye(4) > 0, 0, np.inf))
    assert strategic.GreedyPolicy().fit(stuck).response.tolist() == [0, 1, 2, 3]
    short = strategic.GreedyPolicy(sweeps=1, restarts=0).fit(setting(2, 6))
    assert not short.converged
    assert "within 1 sweeps" in short.notes[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mass": [0.5, 0.6]}, "`mass` must add up to 1"),
        ({"mass": [-0.5, 1.5]}, "`mass` must be >= 0"),
        ({"outcome": [0.5, 1.5]}, r"`outcome` must be in \[0, 1\]: outcome\[1\]=1.5"),
        ({"outcome": [0.5]}, r"must have shape \(M=2\)"),
        ({"cost": [[0, 1], [-1, 0]]}, r"`cost` must be >= 0: cost\[1, 0\]=-1"),
        ({"cost": [[0, 1], [1, 0.5]]}, r"staying must be 0: cost\[1, 1\]"),
        ({"cost": [[0, np.nan], [1, 0]]}, "`cost` must be >= 0"),
        ({"group_mass": [[0.5, 0.5]]}, "go together"),
        ({"group_mass": [[0.5, 0.4]], "groups": np.array(["a"])}, "must add up to `mass`: at value 1"),
        ({"group_mass": [[0.5, 0.5], [0, 0]], "groups": np.array(["a", "a"])}, "repeated name"),
        ({"decision_cost": 2}, "`decision_cost`"),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    parts = {"mass": [0.5, 0.5], "outcome": [0.2, 0.9], "decision_cost": 0.5, "cost": [[0, 1], [1, 0]]}
    strategic.StrategicSetting(**parts)
    with pytest.raises((DataError, ConfigError), match=message):
        strategic.StrategicSetting(**parts | changes)


def test_costs_off_one_scale_are_refused():
    with pytest.raises(DataError, match=r"does not fit\. Use `GreedyPolicy`"):
        strategic.MonotonePolicy().fit(setting(0))
    falling = setting(0, 2, cost=[[0, 0.5], [0, 0]], outcome=[0.9, 0.1])
    with pytest.raises(DataError, match="`outcome` must not fall where moving costs: 1 costs more to reach than 0"):
        strategic.MonotonePolicy().fit(falling)
    with pytest.raises(DataError, match=r"`policy` must be in \[0, 1\]"):
        strategic.utility(setting(0), [0, 0, 0, 2])
    with pytest.raises(ConfigError, match="`restarts`"):
        strategic.GreedyPolicy(restarts=-1)


def test_dropped_ways_are_said():
    found = strategic.MonotonePolicy(ways=1).fit(ladder(0, 12))
    assert found.claim.startswith("none") == bool(found.notes)
