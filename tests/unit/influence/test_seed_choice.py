"""Ways to choose seeds: the proved share against the optimum, lazy greedy against full greedy, fairness, odd inputs."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from tests.oracles import seeds as oracle

from interplay._core.errors import ConfigError, DataError, InterplayWarning, NumericalError
from interplay.data import Graph, Groups, NodeEmbedding, TemporalGraph
from interplay.influence import (
    SEEDERS,
    SI,
    DegreeSeeds,
    GreedySeeds,
    IndependentCascade,
    KMedoidSeeds,
    LinearThreshold,
    MaxMinSeeds,
    PageRankSeeds,
    PenalisedSeeds,
    ProportionalSeeds,
    RandomSeeds,
    ReverseReachableSeeds,
    fairness_price,
    spread,
)

SURE = IndependentCascade(probability=1.0)
WEIGHT = IndependentCascade(probability="weight")


def embedding(vectors, embedded=None):
    vectors = np.asarray(vectors, dtype=float)
    known = np.ones(len(vectors), bool) if embedded is None else np.asarray(embedded)
    return NodeEmbedding(config=None, made_from="", method="test", embedding=vectors, embedded=known)


def random_graph(seed, n, m, high=0.8):
    rng = np.random.Generator(np.random.Philox(seed))
    pairs = rng.permutation(n * n)[:m]
    return Graph.from_edges(pairs // n, pairs % n, rng.uniform(0.05, high, m), n_nodes=n, directed=True)


@pytest.mark.parametrize("model", ["ic", "lt"])
def test_the_proved_share_holds_against_the_best_of_all_choices(model):
    failed, ratio = 0, []
    for which in range(5):
        graph = random_graph(which, 6, 8)
        edges = list(zip(graph.src.tolist(), graph.target.tolist(), strict=True))
        if model == "ic":
            worlds, used = list(oracle.worlds_independent(edges, graph.weight.tolist())), WEIGHT
        else:
            used = LinearThreshold(weights="share")
            worlds = list(oracle.worlds_threshold(6, edges, used.edge_weight(graph).tolist()))
        reach = {s: oracle.group_reach(6, edges, worlds, list(s), [0] * 6, 1)[0] for s in combinations(range(6), 2)}
        for seed in range(5):
            chooser = ReverseReachableSeeds(budget=2, model=used, epsilon=0.2, failure=0.05, seed=seed)
            found = chooser.fit(graph)
            assert found.guarantee >= 1 - np.exp(-1) - 0.2
            assert found.confidence == 0.95
            got = reach[tuple(sorted(found.seeds.tolist()))]
            failed += got < found.guarantee * max(reach.values())
            ratio.append(found.objective / got)
    # 25 draws that may each fail with probability 0.05: 7 or more failures have a chance of 1 in 5 000.
    assert failed <= 6
    assert np.mean(ratio) == pytest.approx(1, abs=0.1)


def test_what_memory_allows_is_given_with_what_is_proved_of_it():
    graph = random_graph(3, 300, 900, high=0.1)
    chooser = ReverseReachableSeeds(budget=3, model=WEIGHT, epsilon=0.02, memory_mib=0.03)
    with pytest.warns(InterplayWarning, match="Stopped at the memory limit of 0.03 MiB"):
        found = chooser.fit(graph)
    assert 0 < found.guarantee < 1 - np.exp(-1) - 0.02
    assert found.work["bytes"] <= 0.03 * 2**20
    assert f"{found.guarantee:.3f} of the optimum" in found.notes[0]
    with pytest.raises(ConfigError, match="`memory_mib` must hold the first"):
        ReverseReachableSeeds(budget=3, model=WEIGHT, memory_mib=0.006).fit(graph)
    only = ReverseReachableSeeds(budget=3, model=WEIGHT, candidates=[1, 5, 9], memory_mib=0.03).fit(graph)
    assert (only.guarantee, only.confidence, only.notes) == (1.0, 1.0, ())
    assert only.objective == pytest.approx(spread(graph, [1, 5, 9], model=WEIGHT, runs=2000).reach, rel=0.5)
    free = ReverseReachableSeeds(budget=3, model=WEIGHT, epsilon=0.3).fit(graph)
    assert free.notes == ()
    assert free.gain.sum() == pytest.approx(free.objective, rel=0.5)


def test_lazy_greedy_is_full_greedy_on_the_same_cascades():
    graph = random_graph(5, 25, 70)
    events = TemporalGraph(
        src=graph.src[:40], dst=graph.target[:40], time=np.arange(40.0), n_nodes=25, span=(0.0, 40.0)
    )
    cases = [
        (graph, WEIGHT),
        (graph, LinearThreshold(weights="share")),
        (graph, SI(rate=0.5)),
        (events, IndependentCascade(probability=0.4)),
    ]
    for data, model in cases:
        found = GreedySeeds(budget=3, model=model, runs=100, seed=7, jobs=2).fit(data)
        slow, reached = [], 0.0
        for gain in found.gain:
            more = [
                spread(data, [*slow, v], model=model, runs=100, seed=7).reach if v not in slow else -1.0
                for v in range(25)
            ]
            slow.append(int(np.argmax(more)))
            assert gain == pytest.approx(max(more) - reached)
            reached = max(more)
        assert found.seeds.tolist() == slow
        assert found.objective == pytest.approx(reached)
        assert 25 <= found.work["evaluations"] < 75


def test_simple_ways_rank_as_they_say():
    graph = Graph.from_edges([0, 0, 1, 3, 3, 3], [1, 2, 2, 0, 1, 4], [5, 5, 1, 1, 1, 1], n_nodes=6, directed=True)
    assert DegreeSeeds(budget=3).fit(graph).seeds.tolist() == [3, 0, 1]
    assert DegreeSeeds(budget=2, weighted=True).fit(graph).seeds.tolist() == [0, 3]
    silent = Graph.from_edges([0, 0, 0, 1], [1, 2, 3, 2], [0, 0, 0, 1], n_nodes=4, directed=True)
    assert DegreeSeeds(budget=1).fit(silent).seeds.tolist() == [1]
    assert DegreeSeeds(budget=2, candidates=[5, 4, 1]).fit(graph).seeds.tolist() == [1, 4]
    inward = Graph.from_edges([0, 0, 0], [1, 2, 3], n_nodes=4, directed=True)
    assert PageRankSeeds(budget=1).fit(inward).seeds.tolist() == [0]
    few, many = (RandomSeeds(budget=k, seed=2).fit(graph).seeds.tolist() for k in (2, 4))
    assert many[:2] == few
    assert RandomSeeds(budget=4, seed=3).fit(graph).seeds.tolist() != many
    timed = TemporalGraph(src=[1, 1, 0], dst=[0, 2, 2], time=[0, 1, 2.0], n_nodes=3, span=(0, 3))
    assert DegreeSeeds(budget=1).fit(timed).seeds.tolist() == [1]
    assert PageRankSeeds(budget=1).fit(timed).seeds.tolist() == [1]
    with pytest.raises(DataError, match="layer"):
        PageRankSeeds(budget=1).fit(graph.with_weight([-1, 1, 1, 1, 1, 1]))


def test_medoids_and_quotas():
    points = [[0.0], [0.1], [0.2], [0.3], [0.4], [9.0], [9.1], [9.3], [50.0], [51.0]]
    graph = Graph.from_edges([0], [1], n_nodes=10, directed=False)
    assert KMedoidSeeds(budget=3).fit(graph, embedding=embedding(points)).seeds.tolist()[:2] == [2, 6]
    shared = KMedoidSeeds(budget=5, clusters=3).fit(graph, embedding=embedding(points))
    assert sorted(shared.seeds.tolist()[:2]) == [1, 2] or sorted(shared.seeds.tolist()[:2]) == [2, 3]
    assert np.bincount(np.digitize(np.array(points)[shared.seeds, 0], [5, 30])).tolist() in ([3, 1, 1], [2, 2, 1])
    placed = np.arange(10) < 4
    few = KMedoidSeeds(budget=6).fit(graph, embedding=embedding(np.where(placed[:, None], points, 0), placed))
    assert sorted(few.seeds.tolist()) == [0, 1, 2, 3]
    assert "Only 4 candidates" in few.notes[0]
    with pytest.raises(DataError, match="needs `embedding`"):
        KMedoidSeeds(budget=1).fit(graph)
    with pytest.raises(DataError, match="N=10 nodes, got 9"):
        KMedoidSeeds(budget=1).fit(graph, embedding=embedding(points[:9]))


def two_worlds():
    """A star of 12 and a star of 4 that cannot reach each other, and the groups they are."""
    src, dst = [0] * 11 + [12] * 3, [*range(1, 12), 13, 14, 15]
    return Graph.from_edges(src, dst, n_nodes=16, directed=True), Groups.of([0] * 12 + [1] * 4)


def test_fair_ways_turn_to_the_group_left_out():
    graph, groups = two_worlds()
    for chooser in (MaxMinSeeds, ProportionalSeeds, PenalisedSeeds):
        found = chooser(budget=2, model=SURE).fit(graph, groups=groups)
        assert sorted(found.seeds.tolist()) == [0, 12]
    assert MaxMinSeeds(budget=2, model=SURE).fit(graph, groups=groups).objective == 1.0
    # A world where the second best of the great group beats the hub of the small one.
    src, dst = [0] * 6 + [7] * 5 + [13] * 2, [*range(1, 7), *range(8, 13), 14, 15]
    graph, groups = Graph.from_edges(src, dst, n_nodes=16, directed=True), Groups.of([0] * 13 + [1] * 3)
    greedy = ProportionalSeeds(budget=2, model=SURE, aversion=0.0).fit(graph, groups=groups)
    assert greedy.seeds.tolist() == [0, 7]
    assert greedy.objective == pytest.approx(13)
    assert PenalisedSeeds(budget=2, model=SURE, strength=0.0).fit(graph, groups=groups).seeds.tolist() == [0, 7]
    for fair in (MaxMinSeeds(budget=2, model=SURE), ProportionalSeeds(budget=2, model=SURE, weight="groups")):
        assert sorted(fair.fit(graph, groups=groups).seeds.tolist()) == [0, 13]
    # The best of all 120 pairs under this penalty: the lesser hub of the great group, one of three of the small one.
    even = PenalisedSeeds(budget=2, model=SURE, strength=5.0, disparity="deviation").fit(graph, groups=groups)
    assert 7 in even.seeds
    assert set(even.seeds.tolist()) & {14, 15}
    assert even.objective == pytest.approx(7 / 16 - 5 * (6 / 13 - 1 / 3) / 2, abs=0.02)


def test_strong_aversion_goes_towards_the_least_share_and_not_back_to_total_reach():
    """Seven certain stars, of 20 in one group and of 15 in the other: three and four of them reach 60 of 350 each."""
    hubs = np.arange(14) // 7 * 350 + np.arange(14) % 7 * 20
    rays = [hub + np.arange(1, 20 if hub < 350 else 15) for hub in hubs]
    graph = Graph.from_edges(np.repeat(hubs, [len(r) for r in rays]), np.concatenate(rays), n_nodes=700, directed=True)
    groups = Groups.of(np.arange(700) // 350)
    common = {"budget": 7, "model": SURE, "tolerance": 0.1}
    for aversion in (8.0, 16.0, 100.0):
        found = ProportionalSeeds(aversion=aversion, **common).fit(graph, groups=groups)
        assert (found.seeds < 350).sum() == 3
        assert (found.gain > 0).all()
        assert found.gain.sum() == pytest.approx(found.objective)
    price = fairness_price(graph, ProportionalSeeds(**common), [0.0, 16.0], groups=groups, runs=1)
    assert price.disparity[0] > price.disparity[1] == pytest.approx(0)
    with pytest.raises(NumericalError, match=r"`aversion` 200 .* 350 members"):
        ProportionalSeeds(aversion=200.0, **common).fit(graph, groups=groups)


def test_fair_choices_against_the_best_on_a_tiny_network():
    graph = random_graph(11, 8, 11)
    edges = list(zip(graph.src.tolist(), graph.target.tolist(), strict=True))
    code = [0, 0, 0, 0, 0, 1, 1, 1]
    worlds = list(oracle.worlds_independent(edges, graph.weight.tolist()))
    sizes = np.array([5.0, 3.0])
    shares = {
        s: np.array(oracle.group_reach(8, edges, worlds, list(s), code, 2)) / sizes for s in combinations(range(8), 3)
    }
    fair = MaxMinSeeds(budget=3, model=WEIGHT).fit(graph, groups=Groups.of(code))
    got = shares[tuple(sorted(fair.seeds.tolist()))]
    assert fair.objective == pytest.approx(got.min(), rel=0.1)
    assert got.min() >= 0.9 * max(s.min() for s in shares.values())
    welfare = {s: float((sizes * np.log(x * sizes + 1)).sum()) for s, x in shares.items()}
    log = ProportionalSeeds(budget=3, model=WEIGHT).fit(graph, groups=Groups.of(code))
    assert welfare[tuple(sorted(log.seeds.tolist()))] >= (1 - np.exp(-1)) * max(welfare.values())
    assert log.objective == pytest.approx(welfare[tuple(sorted(log.seeds.tolist()))], rel=0.05)
    assert log.gain.sum() == pytest.approx(log.objective, rel=0.05)


def test_the_price_of_fairness_is_measured_on_cascades_of_its_own():
    graph, groups = two_worlds()
    graph = graph.with_attributes(side=groups.code)
    steps = []
    found = fairness_price(
        graph,
        ProportionalSeeds(budget=1, model=SURE, weight="groups"),
        [0.0, 4.0],
        groups="side",
        runs=20,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert found.parameter == "aversion"
    assert found.seeds.tolist() == [[0], [0]]
    assert found.reach.tolist() == [0.75, 0.75]
    assert found.disparity.tolist() == [1.0, 1.0]
    assert found.monitor["price"].tolist() == [0.0, 0.0]
    assert steps == [(1, 2), (2, 2)]
    strict = fairness_price(graph, PenalisedSeeds(budget=1, model=SURE), [0.0, 9.0], groups=groups, runs=5)
    assert strict.seeds[0].tolist() == [0]
    assert strict.disparity[1] < strict.disparity[0]
    assert strict.monitor["price"][1] > 0
    with pytest.raises(ConfigError, match="must be ProportionalSeeds or PenalisedSeeds"):
        fairness_price(graph, MaxMinSeeds(budget=1), [0.0], groups=groups)
    with pytest.raises(DataError, match="rising"):
        fairness_price(graph, PenalisedSeeds(budget=1), [1.0, 1.0], groups=groups)


@pytest.mark.parametrize("name", SEEDERS)
def test_odd_budgets_and_odd_networks(name):
    def choose(graph, budget, **options):
        vectors = embedding(np.arange(graph.n_nodes)[:, None] * 1.0)
        groups = Groups(code=np.zeros(graph.n_nodes, int), names=np.array(["one", "empty"]))
        return SEEDERS[name](budget=budget, **options).fit(graph, groups=groups, embedding=vectors)

    loops = Graph.from_edges([0, 0, 2, 3], [0, 1, 3, 3], n_nodes=6, directed=False)
    nothing = Graph.from_edges([], [], n_nodes=4, directed=True)
    assert choose(loops, 0).seeds.shape == (0,)
    for graph in (loops, nothing, Graph.from_edges([], [], n_nodes=1, directed=False)):
        everyone = choose(graph, 99)
        assert sorted(everyone.seeds.tolist()) == list(range(graph.n_nodes))
        assert "exceeds" in everyone.notes[0]
        assert len(set(choose(graph, graph.n_nodes).seeds.tolist())) == graph.n_nodes
    assert choose(Graph.from_edges([], [], n_nodes=0, directed=False), 3).seeds.shape == (0,)
    some = choose(loops, 2, candidates=[5, 2, 4])
    assert set(some.seeds.tolist()) <= {5, 2, 4}
    again = choose(loops, 2, candidates=[5, 2, 4])
    assert again.seeds.tolist() == some.seeds.tolist()
    assert some.method == name
    assert not some.seeds.flags.writeable


def test_settings_and_needs_are_checked():
    graph = Graph.from_edges([0], [1], n_nodes=3, directed=False)
    with pytest.raises(ConfigError, match="`budget` must be a whole number >= 0"):
        DegreeSeeds(budget=-1)
    with pytest.raises(ConfigError, match="`seed` must be a whole number >= 0 and < 18446744073709551616"):
        DegreeSeeds(budget=1, seed=2**64)
    with pytest.raises(ConfigError, match="`candidates` must be a list of node ids"):
        DegreeSeeds(budget=1, candidates=[0.5])
    with pytest.raises(DataError, match="repeated"):
        DegreeSeeds(budget=1, candidates=[1, 1]).fit(graph)
    with pytest.raises(DataError, match="`candidates` must lie in"):
        DegreeSeeds(budget=1, candidates=[3]).fit(graph)
    with pytest.raises(ConfigError, match="epsilon"):
        ReverseReachableSeeds(budget=1, epsilon=0.7)
    with pytest.raises(ConfigError, match="failure"):
        ReverseReachableSeeds(budget=1, failure=0.0)
    with pytest.raises(ConfigError, match="runs"):
        GreedySeeds(budget=1, runs=0)
    with pytest.raises(ConfigError, match="disparity"):
        PenalisedSeeds(budget=1, disparity="gini")
    with pytest.raises(ConfigError, match="weight"):
        ProportionalSeeds(budget=1, weight="heads")
    with pytest.raises(DataError, match="needs `groups`"):
        MaxMinSeeds(budget=1).fit(graph)
    with pytest.raises(DataError, match="must group"):
        MaxMinSeeds(budget=1).fit(graph, groups=Groups.of([0, 1]))
    with pytest.raises(ConfigError, match="`memory_mib` must hold 1024"):
        MaxMinSeeds(budget=1, memory_mib=0.001).fit(graph, groups=Groups.of([0, 1, 1]))


def test_medoids_cite_the_embedding_they_come_from():
    graph = Graph.from_edges([0], [1], n_nodes=3, directed=False)
    found = KMedoidSeeds(budget=1).fit(graph, embedding=replace(embedding([[0.0], [1.0], [5.0]]), citations=("x",)))
    assert found.citations == ("schubert2021medoids", "x")
    assert PageRankSeeds(budget=1).fit(graph).citations == ("brin1998pagerank",)
