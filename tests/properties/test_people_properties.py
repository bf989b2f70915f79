"""What must hold for all opinions, decisions and simplices: ranges, order, relabelling, shifts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Simplices
from interplay.influence import Deffuant, HegselmannKrause, OpinionPlan, spread_opinions, strategic
from interplay.measures import forecast_triangles, simplicial_closure

EIGHTHS = st.integers(0, 8).map(lambda k: k / 8)
FEW = settings(max_examples=15, deadline=None)


@FEW
@given(st.lists(EIGHTHS, min_size=2, max_size=8), EIGHTHS.filter(bool), st.booleans(), st.integers(0, 3))
def test_opinions_keep_their_range_and_follow_shifts(first, confidence, synchronous, rounds):
    model = HegselmannKrause(confidence=confidence) if synchronous else Deffuant(confidence=confidence)
    plan = OpinionPlan(model=model, runs=1, rounds=rounds)
    here = spread_opinions(len(first), opinions=first, plan=plan).final[0]
    moved = spread_opinions(len(first), opinions=np.array(first) + 4, plan=plan).final[0]
    np.testing.assert_allclose(moved, here + 4, atol=1e-9)
    assert min(first) - 1e-12 <= here.min()
    assert here.max() <= max(first) + 1e-12
    if synchronous:
        order = np.argsort(first, kind="stable")
        assert (np.diff(here[order]) >= -1e-12).all(), "who stood above never falls below"


@st.composite
def decisions(draw):
    m = draw(st.integers(1, 5))
    cost = np.array(draw(st.lists(EIGHTHS, min_size=m * m, max_size=m * m))).reshape(m, m)
    np.fill_diagonal(cost, 0)
    mass = np.array(draw(st.lists(st.integers(1, 5), min_size=m, max_size=m)), dtype=float)
    outcome = draw(st.lists(EIGHTHS, min_size=m, max_size=m))
    setting = strategic.StrategicSetting(
        mass=mass / mass.sum(), outcome=outcome, decision_cost=draw(EIGHTHS), cost=cost
    )
    return setting, np.array(draw(st.lists(EIGHTHS, min_size=m, max_size=m)))


@FEW
@given(decisions())
def test_nobody_loses_by_responding(decision):
    setting, policy = decision
    judged = strategic.judge_policy(setting, policy)
    to = judged.response
    benefit = policy[to] - setting.cost[np.arange(len(to)), to]
    assert (benefit >= policy - 1e-12).all()
    assert judged.induced.sum() == np.float64(1) or abs(judged.induced.sum() - 1) < 1e-12
    assert -setting.decision_cost - 1e-12 <= judged.utility <= 1 - setting.decision_cost + 1e-12
    found = strategic.GreedyPolicy(restarts=0).fit(setting)
    assert found.utility >= max(found.baselines.values()) - 1e-9
    order = np.random.default_rng(0).permutation(len(to))
    renamed = strategic.StrategicSetting(
        mass=setting.mass[order],
        outcome=setting.outcome[order],
        decision_cost=setting.decision_cost,
        cost=setting.cost[np.ix_(order, order)],
    )
    benefit_renamed = strategic.judge_policy(renamed, policy[order]).group_benefit[0]
    assert abs(benefit_renamed - judged.group_benefit[0]) < 1e-8


@st.composite
def meetings(draw):
    lists = draw(st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=14))
    return [sorted(s) for s in lists]


@FEW
@given(meetings(), st.permutations(range(7)))
def test_closure_does_not_depend_on_names(lists, order):
    time = np.arange(len(lists))
    here = Simplices.from_lists(lists, time, n_nodes=7, span=(0, len(lists)))
    there = Simplices.from_lists([[order[v] for v in s] for s in lists], time, n_nodes=7, span=(0, len(lists)))
    a, b = simplicial_closure(here, share=0.5), simplicial_closure(there, share=0.5)
    assert a.open.tolist() == b.open.tolist()
    assert a.closed.tolist() == b.closed.tolist()
    assert (a.closed <= a.open).all()
    met = len(np.unique(here.split(0.5)[0].node))
    assert a.open.sum() <= met * (met - 1) * (met - 2) // 6
    p, q = forecast_triangles(here, share=0.5), forecast_triangles(there, share=0.5)
    np.testing.assert_allclose(p.average_precision, q.average_precision)
    assert len(p.closed) == a.open[a.edges == 3].sum()
