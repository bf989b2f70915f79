"""Reverse-reachable sets: their law against enumeration, their two stores, their covering against brute force."""

from itertools import combinations

import numpy as np
import pytest
from tests.oracles import seeds as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, TemporalGraph
from interplay.influence import IndependentCascade, LinearThreshold
from interplay.influence.backward_edges import Backward, backward_edges
from interplay.influence.reverse_seeds import greedy_cover
from interplay.influence.reverse_sets import Cover, MemoryFull, ReverseSets

EDGES = [(0, 1), (1, 2), (2, 0), (2, 3), (0, 3), (3, 4), (4, 1), (4, 4)]
CHANCE = [0.3, 0.9, 0.5, 0.2, 1.0, 0.05, 0.6, 0.7]
SHARE = [0.3, 0.9, 0.5, 0.2, 0.5, 0.25, 0.1, 0.7]
#: |z| beyond this happens by chance once in 150 000 looks.
Z = 4.5


def tiny(weight, n=6):
    src, dst = zip(*EDGES, strict=True)
    return Graph.from_edges(src, dst, weight, n_nodes=n, directed=True)


def family(edges, pools=None, name="test", **options):
    everyone = [np.arange(edges.n_nodes, dtype=np.int32)]
    return ReverseSets(edges, pools or everyone, seed=0, name=name, **({"memory_bytes": 1e9} | options))


@pytest.mark.parametrize("kind", ["weight", "alike", "threshold", "threshold alike"])
def test_hits_have_the_expectation_of_enumeration(kind):
    n, size = 6, 20_000
    if kind == "weight":
        model, chance, worlds = IndependentCascade(probability="weight"), CHANCE, oracle.worlds_independent
    elif kind == "alike":
        model, chance, worlds = IndependentCascade(probability=0.35), [0.35] * 8, oracle.worlds_independent
    elif kind == "threshold":
        model, chance, worlds = LinearThreshold(weights="weight"), SHARE, None
    else:
        into = np.bincount([v for _, v in EDGES], minlength=n)
        model, chance, worlds = LinearThreshold(), [1 / into[v] for _, v in EDGES], None
    edges = backward_edges(tiny(chance), model)
    pools = [np.array([0, 1, 4], np.int32), np.array([2, 3, 5], np.int32)]
    code = [0, 0, 1, 1, 0, 1]
    given = list(worlds(EDGES, chance) if worlds else oracle.worlds_threshold(n, EDGES, chance))
    sets = family(edges, pools)
    for seeds in ([0], [4], [2, 5], [3, 1]):
        p = np.array(oracle.group_reach(n, EDGES, given, seeds, code, 2)) / 3
        share = sets.hits(np.array(seeds), size) / size
        assert (np.abs(share - p) <= Z * np.sqrt(p * (1 - p) / size) + 1e-12).all()


def test_timed_sets_have_the_expectation_of_enumeration():
    n, size = 5, 20_000
    events = [(0, 1), (1, 2), (2, 3), (0, 2), (2, 0), (3, 4), (1, 2), (2, 4), (4, 4), (0, 1)]
    time = [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0]
    chance = [0.5, 0.7, 0.9, 0.3, 0.8, 0.6, 0.4, 1.0, 0.5, 0.2]
    src, dst = zip(*events, strict=True)
    graph = TemporalGraph(src=src, dst=dst, time=time, weight=chance, n_nodes=n, span=(0.0, 6.0))
    edges = backward_edges(graph, IndependentCascade(probability="weight"))
    sets = family(edges)
    for seeds in ([0], [1], [4], [2, 3]):
        p = oracle.timed_reach(n, events, time, chance, seeds) / n
        share = sets.hits(np.array(seeds), size)[0] / size
        assert abs(share - p) <= Z * np.sqrt(p * (1 - p) / size) + 1e-12
    sets.small = 2
    sets.grow(500)
    assert sets.covered(np.array([0, 3])) == sets.hits(np.array([0, 3]), 500)


def test_leaps_and_thinning_keep_every_edge_s_chance():
    n, size = 300, 3000
    for chance in (np.full(n - 1, 0.02), np.linspace(0.001, 0.05, n - 1)):
        star = Graph.from_edges(np.arange(1, n), np.zeros(n - 1, int), chance, n_nodes=n, directed=True)
        edges = backward_edges(star, IndependentCascade(probability="weight"))
        assert len(edges.ratio) == (0 if chance[0] == chance[-1] else n - 1)
        sets = family(edges, [np.zeros(1, np.int32)])
        sets.grow(size)
        seen = sets.gain[0, 1:]
        z = (seen - size * chance) / np.sqrt(size * chance * (1 - chance))
        # 299 leaves, exact binomials; and the number of live edges per set must not clump.
        assert np.abs(z).max() < 5.5
        assert 0.75 < (z**2).mean() < 1.25
        each = np.diff(sets.batches[0].bounds) - 1
        small = len(sets.batches[0].bits)
        many = np.bitwise_count(sets.batches[0].bits).sum(axis=1).astype(int) - 1 if small else np.empty(0, int)
        count = np.concatenate([each, many])
        assert count.var() == pytest.approx((chance * (1 - chance)).sum(), rel=0.15)


@pytest.mark.parametrize("alike", [True, False])
def test_chances_below_the_first_bits_are_exact(alike):
    """Of 2^-18, the first 16 bits are 0 and say nothing; about 30 hits, false alarms at 1 in 30 000."""
    size, p = 400_000, np.full(20, 2.0**-18)
    if not alike:
        p[0] = 0.0
    star = Graph.from_edges(np.arange(1, 21), np.zeros(20, int), p, n_nodes=21, directed=True)
    edges = backward_edges(star, IndependentCascade(probability="weight"))
    hits = family(edges, [np.zeros(1, np.int32)]).hits(np.arange(1, 21), size)[0]
    assert abs(hits - size * p.sum()) < Z * np.sqrt(size * p.sum())


def random_edges(rng, n=150, m=500, low=0.0, high=0.6):
    graph = Graph.from_edges(
        rng.integers(0, n, m), rng.integers(0, n, m), rng.uniform(low, high, m), n_nodes=n, directed=True, repeats="sum"
    )
    return backward_edges(graph.with_weight(np.minimum(graph.weight, 1)), IndependentCascade(probability="weight"))


def test_stored_sets_are_those_that_are_counted_and_both_stores_agree():
    rng = np.random.Generator(np.random.Philox(1))
    sets = family(random_edges(rng))
    sets.small = 3
    sets.grow(300)
    assert len(sets.batches[0].bits)
    assert len(sets.batches[0].bounds) > 1
    whole = family(sets.edges)
    whole.small = 150
    whole.grow(300)
    assert not len(whole.batches[0].bits)
    np.testing.assert_array_equal(sets.gain, whole.gain)
    for seeds in ([0], [5, 9, 100], list(range(0, 150, 7))):
        assert sets.covered(np.array(seeds)) == whole.covered(np.array(seeds)) == sets.hits(np.array(seeds), 300)


def test_threads_and_steps_change_no_set():
    rng = np.random.Generator(np.random.Philox(2))
    edges = random_edges(rng)
    at_once, in_steps = family(edges), family(edges, jobs=3)
    at_once.grow(500)
    for size in (1, 130, 500):
        in_steps.grow(size)
    np.testing.assert_array_equal(at_once.gain, in_steps.gain)
    some = np.array([3, 50, 77])
    assert at_once.covered(some) == in_steps.covered(some)
    assert family(edges, name="other").hits(some, 500) != at_once.hits(some, 500)


def members_of(sets, n):
    """The stored sets as Python sets."""
    out = []
    for b in sets.batches:
        out += [set(b.members[i:j].tolist()) for i, j in zip(b.bounds[:-1], b.bounds[1:], strict=True)]
        out += [{v for v in range(n) if int(row[v // 64]) >> (v % 64) & 1} for row in b.bits]
    return out


def test_gains_after_each_choice_are_those_of_a_count_and_no_choice_covers_more_than_the_bound():
    rng = np.random.Generator(np.random.Philox(4))
    sets = family(random_edges(rng, n=12, m=30))
    sets.small = 3
    sets.grow(60)
    found = members_of(sets, 12)
    assert len(found) == 60
    cover = Cover(sets)
    chosen = []
    for v in (3, 0, 7):
        cover.add(v)
        chosen.append(v)
        open_sets = [s for s in found if not s & set(chosen)]
        assert cover.count[0] == 60 - len(open_sets)
        assert cover.gain[0].tolist() == [sum(w in s for s in open_sets) for w in range(12)]
    seeds, gains, most = greedy_cover(sets, np.arange(12), 3, np.zeros(12, int))
    best = max(sum(bool(s & set(c)) for s in found) for c in combinations(range(12), 3))
    assert gains.sum() == sum(bool(s & set(seeds.tolist())) for s in found)
    assert (1 - np.exp(-1)) * best <= gains.sum() <= best <= most
    assert (np.diff(gains) <= 0).all()


def test_memory_is_counted_and_a_growth_that_would_exceed_it_leaves_everything_as_it_was():
    rng = np.random.Generator(np.random.Philox(5))
    sets = family(random_edges(rng, high=0.9), memory_bytes=200_000)
    sets.grow(200)
    gain, held = sets.gain.copy(), sets.bytes
    assert held < 200_000
    with pytest.raises(MemoryFull):
        sets.grow(100_000)
    assert sets.size == 200
    assert sets.bytes == held
    np.testing.assert_array_equal(sets.gain, gain)


def test_no_edges_and_certain_edges():
    lonely = backward_edges(Graph.from_edges([], [], n_nodes=5, directed=True), IndependentCascade())
    sets = family(lonely)
    sets.grow(64)
    assert sets.gain.sum() == 64
    path = Graph.from_edges([0, 1, 2], [1, 2, 3], n_nodes=4, directed=True)
    for model in (IndependentCascade(probability=1.0), LinearThreshold()):
        assert family(backward_edges(path, model)).hits(np.array([0]), 50) == 50
    assert family(backward_edges(path, IndependentCascade(probability=0.0))).hits(np.array([0]), 400) < 150


def test_what_has_no_reverse_sets_is_refused():
    events = TemporalGraph(src=[0], dst=[1], time=[0.5], n_nodes=2, span=(0.0, 1.0))
    with pytest.raises(ConfigError, match="got LinearThreshold on TemporalGraph"):
        backward_edges(events, LinearThreshold())
    with pytest.raises(ConfigError, match="got str on Graph"):
        backward_edges(tiny(CHANCE), "ic")
    with pytest.raises(DataError, match="layer"):
        backward_edges(tiny([-0.5, *CHANCE[1:]]), IndependentCascade())


def test_backward_rows_name_who_points_here():
    edges = backward_edges(tiny(CHANCE), IndependentCascade(probability="weight"))
    assert isinstance(edges, Backward)
    for v in range(6):
        row = slice(edges.offsets[v], edges.offsets[v + 1])
        got = {(int(u), v): edges.top[v] * r for u, r in zip(edges.source[row], edges.ratio[row], strict=True)}
        assert got == pytest.approx({e: c for e, c in zip(EDGES, CHANCE, strict=True) if e[1] == v})
