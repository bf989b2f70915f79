"""Bounded confidence against the rule person by person, known answers, and seeds among people."""

import numpy as np
import pytest
from tests.oracles import opinions as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, Groups, TemporalGraph
from interplay.influence import (
    OPINIONS,
    Deffuant,
    HegselmannKrause,
    OpinionFit,
    OpinionPlan,
    SeedResult,
    compare_opinions,
    spread_opinions,
)
from interplay.influence.opinion_fit import _widened
from interplay.influence.opinion_models import Listeners

RNG = np.random.default_rng(0)
FIRST = RNG.random(20)


def graph(directed, *, weight=True, n=20):
    rng = np.random.default_rng(1)
    matrix = (rng.random((n, n)) < 0.2) * rng.integers(0, 3, (n, n)).astype(float)
    if not directed:
        matrix = np.triu(matrix)
        matrix = np.maximum(matrix, matrix.T)
    found = Graph.from_dense(matrix, directed=directed)
    return (found if weight else found.with_weight(None)), (matrix if weight else (matrix > 0) * 1.0)


def final(model, people, **settings):
    plan = OpinionPlan(model=model, runs=1, rounds=settings.pop("rounds", 4), **settings.pop("plan", {}))
    return spread_opinions(people, plan=plan, opinions=FIRST, **settings)


@pytest.mark.parametrize("directed", [True, False, None])
def test_deffuant_follows_the_rule(directed):
    people = 20 if directed is None else graph(directed)[0]
    listeners = Listeners.of(people)
    pairs = [pair for t in range(1, 5) for pair in zip(*listeners.draw(0, 0, t), strict=True)]
    assert len(pairs) == 80
    found = final(Deffuant(confidence=0.3, mu=0.4), people, seeds=[3], plan={"seed_opinion": 0.9})
    start = FIRST.copy()
    start[3] = 0.9
    truth = oracle.meet(start, pairs, 0.3, 0.4, mutual=not directed, fixed={3})
    np.testing.assert_allclose(found.final[0], truth, rtol=0, atol=1e-14)
    assert found.final[0, 3] == 0.9


@pytest.mark.parametrize("directed", [True, False, None])
def test_hegselmann_krause_follows_the_rule(directed):
    people, weight = (20, None) if directed is None else graph(directed)
    truth = FIRST.copy()
    truth[3] = 0.9
    for _ in range(4):
        truth = np.array(oracle.hear(truth, weight, 0.25, fixed={3}))
    found = final(HegselmannKrause(confidence=0.25), people, seeds=[3], plan={"seed_opinion": 0.9})
    np.testing.assert_allclose(found.final[0], truth, rtol=0, atol=1e-12)


@pytest.mark.parametrize("directed", [True, False])
def test_meetings_are_edges_in_proportion_to_weight(directed):
    """Chi-square over 20 000 meetings; a right sampler fails it once in 1000 seeds."""
    from scipy.stats import chi2

    people, matrix = graph(directed)
    matrix = matrix * (1 - np.eye(20))
    counts = np.zeros((20, 20))
    for t in range(1000):
        np.add.at(counts, Listeners.of(people).draw(5, 0, t), 1)
    assert (counts[matrix == 0] == 0).all()
    expected = 20_000 * matrix / matrix.sum()
    known = expected > 0
    statistic = ((counts - expected)[known] ** 2 / expected[known]).sum()
    assert statistic < chi2.ppf(0.999, known.sum() - 1)


def test_everybody_meets_everybody_alike():
    from scipy.stats import chi2

    counts = np.zeros((6, 6))
    for t in range(2000):
        np.add.at(counts, Listeners.of(6).draw(5, 0, t), 1)
    assert np.trace(counts) == 0
    off = counts[~np.eye(6, dtype=bool)]
    assert ((off - 400) ** 2 / 400).sum() < chi2.ppf(0.999, 29)


@pytest.mark.parametrize("model", [Deffuant(confidence=0.4, mu=0.3), HegselmannKrause(confidence=0.4)])
def test_events_are_meetings_in_their_order(model):
    rng = np.random.default_rng(4)
    src, dst, weight = rng.integers(0, 20, 90), rng.integers(0, 20, 90), rng.integers(0, 3, 90)
    events = TemporalGraph(
        src=src, dst=dst, time=np.sort(rng.random(90)) * 8, weight=weight, n_nodes=20, span=(0.0, 8.0)
    )
    plan = OpinionPlan(model=model, rounds=4, runs=5, seed_opinion=0.9)
    found = spread_opinions(events, [2], opinions=FIRST, plan=plan)
    truth = FIRST.copy()
    truth[2] = 0.9
    for k in range(4):
        part = events.window(2 * k, 2 * k + 2)
        pairs = [(i, j) for i, j, w in zip(part.src, part.dst, part.weight, strict=True) if i != j and w > 0]
        if isinstance(model, Deffuant):
            truth = oracle.meet(truth, pairs, 0.4, 0.3, mutual=False, fixed={2})
        else:
            heard = np.zeros((20, 20))
            np.add.at(heard, (part.src, part.dst), part.weight)
            truth = oracle.hear(truth, heard, 0.4, fixed={2})
    np.testing.assert_allclose(found.final[0], truth, rtol=0, atol=1e-12)
    assert len(found.final) == 1, "nothing is drawn"
    assert found.spread.time.tolist() == [0, 2, 4, 6, 8]
    assert spread_opinions(events, plan=plan).final.shape == (5, 20)
    with pytest.raises(ConfigError, match="`graph` must be a Graph or a number"):
        OpinionFit().fit(events, [FIRST, FIRST], 1)
    negative = TemporalGraph(src=[0], dst=[1], time=[0.5], weight=[-1.0], n_nodes=2, span=(0, 1))
    with pytest.raises(DataError, match="no negative weight"):
        spread_opinions(negative)


def test_mean_is_kept_and_range_never_left():
    found = final(Deffuant(confidence=0.3), 20, rounds=50)
    assert found.final.mean() == pytest.approx(FIRST.mean(), abs=1e-12)
    assert found.final.min() >= FIRST.min()
    assert found.final.max() <= FIRST.max()


def test_known_answers():
    """Deffuant and others (2000): one cluster at 0.5, two at 0.2. Full confidence takes one round to the mean."""
    plan = {"runs": 3, "rounds": 60}
    one = spread_opinions(400, plan=OpinionPlan(model=Deffuant(confidence=0.5), **plan))
    two = spread_opinions(400, plan=OpinionPlan(model=Deffuant(confidence=0.2), **plan))
    assert one.effective_clusters.round().tolist() == [1, 1, 1]
    assert two.effective_clusters.round().tolist() == [2, 2, 2]
    at_once = final(HegselmannKrause(confidence=1.0), 20, rounds=1)
    np.testing.assert_allclose(at_once.final[0], FIRST.mean())
    wide = spread_opinions(200, plan=OpinionPlan(model=HegselmannKrause(confidence=0.3), **plan))
    assert wide.clusters.tolist() == [1, 1, 1]
    assert wide.settled.all()


def test_tallies_agree_with_the_end():
    groups = Groups(code=np.arange(20) % 3, names=np.array(["a", "b", "c", "nobody"]))
    plan = OpinionPlan(runs=4, rounds=15, classes=10, within=0.2)
    found = spread_opinions(graph(False)[0], [0, 1, 2], plan=plan, groups=groups)
    won = np.abs(found.final - 1) <= 0.2
    for g in range(3):
        assert found.group_mean[-1, g] == pytest.approx(found.final[:, groups.code == g].mean())
        assert found.group_mean[0, g] == pytest.approx(found.initial[:, groups.code == g].mean())
        assert found.group_won[-1, g] == pytest.approx(won[:, groups.code == g].sum(axis=1).mean())
    assert np.isnan(found.group_mean[:, 3]).all()
    np.testing.assert_allclose(found.density.sum(axis=1), 1)
    spread = found.spread
    assert spread.reach == pytest.approx(won.sum(axis=1).mean())
    assert spread.reach_se == pytest.approx(won.sum(axis=1).std(ddof=1) / 2)
    assert spread.group_reach.tolist() == pytest.approx(found.group_won[-1].tolist())
    assert spread.samples.sum(axis=1).tolist() == won.sum(axis=1).tolist()
    assert np.isnan(spread.share[3])


def test_runs_are_keyed_by_their_number_alone():
    plan = OpinionPlan(runs=3, rounds=10)
    three, five = (spread_opinions(50, [1], plan=p) for p in (plan, OpinionPlan(runs=5, rounds=10)))
    assert (three.final == five.final[:3]).all()
    other = spread_opinions(50, [7], plan=plan)
    rest = np.setdiff1d(np.arange(50), [1, 7])
    assert (other.initial[:, rest] == three.initial[:, rest]).all()
    assert (spread_opinions(50, [1], plan=OpinionPlan(runs=3, rounds=10, seed=1)).final != three.final).any()


def test_stubborn_seeds_win_more_than_seeds_that_yield():
    plan = {"runs": 5, "rounds": 40, "model": Deffuant(confidence=0.4)}
    choices = {
        "none": [],
        "some": range(10),
        "more": SeedResult(config=None, made_from="", method="x", seeds=np.arange(40)),
    }
    found = compare_opinions(200, choices, plan=OpinionPlan(**plan))
    reach = [s.reach for s in found.spreads]
    assert reach[0] < reach[1] < reach[2]
    assert found.price[2] == 0
    assert found.difference[0].tolist() == [0, 0]
    yielding = spread_opinions(200, range(40), plan=OpinionPlan(stubborn=False, **plan))
    assert yielding.spread.reach < reach[2]


def test_odd_populations():
    nobody = spread_opinions(0, plan=OpinionPlan(runs=2, rounds=3))
    assert nobody.final.shape == (2, 0)
    assert nobody.clusters.tolist() == [0, 0]
    lonely = spread_opinions(1, [0], plan=OpinionPlan(runs=2, rounds=3))
    assert lonely.spread.reach == 1
    assert "nobody can meet: opinions stay" in lonely.notes
    apart = Graph.from_edges([0, 1], [0, 2], [1.0, 0.0], n_nodes=3, directed=False)
    for model in OPINIONS.values():
        still = spread_opinions(apart, opinions=[0.1, 0.2, 0.3], plan=OpinionPlan(model=model(), rounds=2))
        assert still.final[-1].tolist() == [0.1, 0.2, 0.3]
    everybody = spread_opinions(5, range(5), plan=OpinionPlan(runs=1, rounds=2))
    assert everybody.spread.reach == 5
    assert everybody.settled.all()
    fixed = spread_opinions(5, opinions=np.full(5, 0.3), plan=OpinionPlan(model=HegselmannKrause(), rounds=0))
    assert fixed.notes[0] == "nothing is drawn: one run stands for all"
    assert fixed.density.sum() == pytest.approx(1)


def test_isolated_people_keep_their_opinion():
    people = Graph.from_edges([0], [1], n_nodes=3, directed=False)
    for model in (Deffuant(confidence=1), HegselmannKrause(confidence=1)):
        found = spread_opinions(people, opinions=[0.0, 0.5, 0.9], plan=OpinionPlan(model=model, runs=1, rounds=30))
        assert found.final[0] == pytest.approx([0.25, 0.25, 0.9])
        assert found.settled.all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"graph": 3, "seeds": [3]}, r"`seeds` must lie in \[0, N=3\)"),
        ({"graph": 3, "seeds": [1, 1]}, "each node once"),
        ({"graph": 3, "opinions": [0.1]}, r"`opinions` must have shape \(N=3\)"),
        ({"graph": 3, "opinions": [0.1, np.nan, 0]}, "must be finite"),
        ({"graph": 3, "groups": Groups.of(["a", "b"])}, "`groups` must be Groups of the N=3 people"),
        ({"graph": 2.5}, "`graph` must be a Graph or a number of people"),
        ({"graph": Graph.from_edges([0], [1], [-1.0], n_nodes=2, directed=True)}, "Take one `layer`"),
    ],
)
def test_what_is_wrong_is_named(arguments, message):
    with pytest.raises((DataError, ConfigError), match=message):
        spread_opinions(**arguments)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Deffuant(confidence=0), "`confidence`"),
        (lambda: Deffuant(mu=0.6), "`mu`"),
        (lambda: HegselmannKrause(confidence=-1), "`confidence`"),
        (lambda: OpinionPlan(model="deffuant"), "`model` must be Deffuant"),
        (lambda: OpinionPlan(runs=0), "`runs`"),
        (lambda: OpinionPlan(within=-1), "`within`"),
        (lambda: OpinionFit(model="degroot"), "Unknown opinion model 'degroot'"),
        (lambda: OpinionFit(confidence=(0.3, 0.2)), "`confidence`"),
        (lambda: OpinionFit(grid=2), "`grid`"),
        (lambda: OpinionFit().fit(3, np.zeros((2, 3)), 1), "somebody who could move and did"),
        (lambda: OpinionFit().fit(3, np.zeros((1, 3)), 1), "2 waves or more"),
        (lambda: OpinionFit().fit(3, np.zeros((2, 3)), 0), "`rounds`"),
        (lambda: compare_opinions(3, {}), "at least one set of seeds"),
    ],
)
def test_wrong_settings_are_named(make, message):
    with pytest.raises((DataError, ConfigError), match=message):
        make()


def test_fit_finds_what_made_the_data():
    first = np.random.default_rng(3).random(120)
    made = Deffuant(confidence=0.23, mu=0.3)
    moved = spread_opinions(120, plan=OpinionPlan(model=made, runs=1, rounds=5, seed=9), opinions=first)
    waves = np.stack([first, moved.final[0]])
    found = OpinionFit(grid=7, zooms=2, runs=6, refits=10).fit(120, waves, 5)
    assert found.loss < 0.01 * found.baseline_loss
    for value, (low, high) in zip((0.23, 0.3), found.interval, strict=True):
        assert 0.02 <= low <= value <= high <= 0.6
    assert found.names.tolist() == ["confidence", "mu"]
    assert abs(found.estimate - (0.23, 0.3)).max() < 0.08
    again = OpinionFit(grid=7, zooms=2, runs=6, refits=10).fit(120, waves, 5)
    assert (again.interval == found.interval).all()


def test_the_interval_holds_refits_and_their_mirror_image():
    refits = np.linspace([0.2, 0.1], [0.4, 0.3], 41)
    low, high = _widened(refits, np.array([0.25, 0.2]), np.array([[0.12, 0.6], [0.05, 0.5]])).T
    assert low == pytest.approx([0.12, 0.105])
    assert high == pytest.approx([0.395, 0.295])


def test_fit_without_chance_gives_the_range_that_fits():
    people = graph(False, weight=False)[0]
    moved = final(HegselmannKrause(confidence=0.3), people, rounds=3)
    waves = np.stack([FIRST, moved.final[0]])
    found = OpinionFit(model="hegselmann-krause", refits=2).fit(people, waves, 3)
    assert found.loss == 0
    assert found.interval[0, 0] <= 0.3 <= found.interval[0, 1]
    assert found.equivalent[0, 1] - found.equivalent[0, 0] > 1e-4
    low = OpinionFit(model="hegselmann-krause", confidence=(0.01, 0.02), refits=0).fit(people, waves, 3)
    assert any("at the edge" in note for note in low.notes)
    assert low.loss > found.loss


def test_stubborn_people_are_known_to_the_fit():
    plan = OpinionPlan(model=HegselmannKrause(confidence=0.4), rounds=2)
    moved = spread_opinions(20, [0, 1], plan=plan, opinions=FIRST)
    waves = np.stack([moved.initial[0], moved.final[0]])
    fit = OpinionFit(model="hegselmann-krause", refits=0)
    assert fit.fit(20, waves, 2, stubborn=[0, 1]).loss == 0
    assert fit.fit(20, waves, 2).loss > 0
