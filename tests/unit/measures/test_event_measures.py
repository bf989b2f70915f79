"""Measures of a stream against sets, dictionaries and enumeration; closed forms, invariances, odd streams."""

import math

import numpy as np
import pytest
from tests.oracles import event_measures as oracle

from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.measures.balances import signed_balance
from interplay.measures.event_bins import discretise, event_bounds, subsample
from interplay.measures.event_measures import EVENT_MEASURES, measure_events
from interplay.measures.event_pairs import novelty, reoccurrence, repeat_share, surprise, temporal_edges
from interplay.measures.event_timing import between_events, burstiness, memory_coefficient, node_burstiness
from interplay.measures.temporal_motifs import count_temporal_motifs

SEEDS = range(6)


def drawn(seed, n_events=40, n_nodes=6, ticks=30):
    """Draw a stream with ties, loops and both signs; weights are such that some sums cancel."""
    rng = stream(seed, "test", "event measures")
    src, dst = rng.integers(0, n_nodes, (2, n_events))
    time = np.sort(rng.integers(0, ticks, n_events)).astype(float)
    weight = rng.choice([-2.0, -1.0, 1.0, 2.0], n_events)
    return TemporalGraph(src=src, dst=dst, time=time, weight=weight, n_nodes=n_nodes, span=(0.0, float(ticks)))


def rows(graph):
    return list(zip(graph.src.tolist(), graph.dst.tolist(), graph.time.tolist(), strict=True))


def plain(src, dst, time, weight=None, n_nodes=3, span=None):
    return TemporalGraph(src=src, dst=dst, time=time, weight=weight, n_nodes=n_nodes, span=span or (0.0, 10.0))


def same(value, wanted):
    return math.isnan(value) if wanted is None else value == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("bins", [1, 7])
def test_pairs_and_bins_against_sets(seed, bins):
    graph = drawn(seed)
    bounds = event_bounds(graph, bins=bins)
    found = temporal_edges(graph, bounds)
    sets = oracle.pairs_by_bin(rows(graph), bounds)
    new, repeated = oracle.new_and_repeated(rows(graph), bounds)
    assert (found.new.tolist(), found.repeated.tolist()) == (new, repeated)
    for k, pairs in enumerate(sets):
        assert sorted(map(tuple, found.pair[found.cell_pair[found.cell_bin == k]].tolist())) == sorted(pairs)
    for p, pair in enumerate(map(tuple, found.pair.tolist())):
        held = [k for k, pairs in enumerate(sets) if pair in pairs]
        assert (found.first[p], found.last[p]) == (held[0], held[-1])
    shares = [n / (n + r) for n, r in zip(new, repeated, strict=True) if n + r]
    assert novelty(graph, bounds) == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.3, 0.85])
def test_split_numbers_against_sets(seed, share):
    graph = drawn(seed)
    wanted = oracle.split_numbers(rows(graph), share)
    for measure, value in zip((surprise, reoccurrence, repeat_share), wanted, strict=True):
        assert same(measure(graph, share=share), value)
    before, after = oracle.sides(rows(graph), share)
    known = {x for e in before for x in e[:2]}
    found = temporal_edges(graph, event_bounds(graph, bins=5), share=share)
    for p, pair in enumerate(map(tuple, found.pair.tolist())):
        assert found.in_train[p] == (pair in {e[:2] for e in before})
        assert found.in_test[p] == (pair in {e[:2] for e in after})
        assert found.inductive[p] == (bool(found.in_test[p]) and not set(pair) <= known)


@pytest.mark.parametrize("seed", SEEDS)
def test_snapshots_hold_every_event_once(seed):
    graph = drawn(seed)
    counts = discretise(graph, bins=6, weights="count")
    bounds = event_bounds(graph, bins=6)
    tally = {}
    for u, v, t in rows(graph):
        key = (oracle.bin_of(t, bounds), u, v)
        tally[key] = tally.get(key, 0) + 1
    found = zip(counts.snapshot.tolist(), counts.src.tolist(), counts.dst.tolist(), strict=True)
    assert dict(zip(found, counts.weight.tolist(), strict=True)) == tally
    assert discretise(graph, bins=6).weight.sum() == pytest.approx(graph.weight.sum())


def test_first_bin_is_as_long_as_the_others():
    graph = plain([0] * 10, [1] * 10, np.arange(10.0))
    assert discretise(graph, bins=5, weights="count").weight.tolist() == [2.0] * 5


def test_units_count_from_the_start_and_end_with_the_span():
    graph = plain([0], [1], [1e9], span=(1e9, 1e9 + 2.5 * 86400))
    assert (event_bounds(graph, unit="day") - 1e9).tolist() == [[0, 86400], [86400, 172800], [172800, 216000]]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("window", [4.0, 100.0])
def test_motifs_against_all_triples(seed, window):
    graph = drawn(seed)
    found = count_temporal_motifs(graph, window)
    assert len(found) == 36
    assert {name: n for name, n in found.items() if n} == oracle.temporal_motifs(rows(graph), window)


@pytest.mark.parametrize("seed", SEEDS)
def test_times_between_events_against_dictionaries(seed):
    graph = drawn(seed)
    for of, owners in (("node", lambda e: e[:2]), ("pair", lambda e: [e[0] * 6 + e[1]]), ("stream", lambda e: [0])):
        seconds, owner = between_events(graph, of)
        wanted = oracle.gaps(rows(graph), owners)
        assert {o: seconds[owner == o].tolist() for o in wanted} == wanted
        assert len(seconds) == sum(map(len, wanted.values()))
    gaps = oracle.gaps(rows(graph), lambda e: e[:2])
    own = node_burstiness(graph, least=2)
    for i in range(graph.n_nodes):
        np.testing.assert_allclose(own[i], burstiness(gaps.get(i, [])), atol=1e-12)


def test_burstiness_in_closed_form():
    assert burstiness([3.0] * 9) == -1
    assert burstiness([3.0] * 9, corrected=False) == -1
    assert burstiness([0.0] * 999 + [1.0]) == pytest.approx(1.0)
    # Times 0 and 2: mean 1, sd 1.
    assert burstiness([0.0, 2.0], corrected=False) == 0
    # n times of a Poisson process, many draws: only the corrected form is 0 for few of them.
    draws = stream(0, "test", "poisson").exponential(size=(2000, 8))
    assert abs(np.mean([burstiness(x) for x in draws])) < 0.05
    assert np.mean([burstiness(x, corrected=False) for x in draws]) < -0.08


def test_memory_in_closed_form():
    assert memory_coefficient([1.0, 2.0, 3.0, 4.0]) == pytest.approx(1)
    assert memory_coefficient([1.0, 5.0] * 4) == pytest.approx(-1)
    assert math.isnan(memory_coefficient([2.0] * 5))
    assert math.isnan(memory_coefficient([1.0, 2.0]))


@pytest.mark.parametrize("seed", SEEDS)
def test_balance_against_all_divisions(seed):
    graph = drawn(seed, n_events=25, n_nodes=7)
    sign = oracle.signs(rows(graph), graph.weight.tolist())
    found = signed_balance(graph, draws=20)
    assert found.triangles.tolist() == oracle.signed_triangles(sign)
    assert (found.n_positive, found.n_negative) == (
        sum(s > 0 for s in sign.values()),
        sum(s < 0 for s in sign.values()),
    )
    exact = oracle.frustration(sign, 7)
    assert found.frustration_lower <= exact <= found.frustration_upper
    assert oracle.frustrated(sign, found.side.tolist()) == found.frustration_upper
    assert 1 / 21 <= found.pvalue <= 1


@pytest.mark.parametrize("change", ["renamed", "moved", "slower"])
def test_what_does_not_matter(change):
    graph = drawn(1)
    src, dst, time, span = graph.src, graph.dst, graph.time, graph.span
    if change == "renamed":
        name = np.array([3, 0, 5, 1, 4, 2])
        src, dst = name[src], name[dst]
    else:
        scale, late = (1.0, 1e9) if change == "moved" else (2.0, 0.0)
        time, span = time * scale + late, (span[0] * scale + late, span[1] * scale + late)
    other = TemporalGraph(src=src, dst=dst, time=time, weight=graph.weight, n_nodes=6, span=span)
    window = 10.0 if change == "slower" else 5.0
    one = measure_events(graph, bins=5, motif_window_s=5.0, draws=5)
    two = measure_events(other, bins=5, motif_window_s=window, draws=5)
    assert one.motifs == two.motifs
    assert set(one.scalars) <= set(EVENT_MEASURES)
    for name, value in one.scalars.items():
        if not (change == "renamed" and name == "balance_excess"):  # signs are dealt by the edges' numbers
            np.testing.assert_allclose(two.scalars[name], value, rtol=1e-9, err_msg=name)
    for name, values in one.course.items():
        if not name.endswith("_s"):
            np.testing.assert_allclose(two.course[name], values, rtol=1e-9, err_msg=name)


def test_order_of_ties_does_not_matter():
    graph = drawn(2, ticks=4)
    order = np.lexsort((-np.arange(len(graph)), graph.time))
    other = TemporalGraph(
        src=graph.src[order], dst=graph.dst[order], time=graph.time, weight=graph.weight[order], n_nodes=6,
        span=graph.span,
    )  # fmt: skip
    one, two = (measure_events(g, bins=4, motif_window_s=9.0, draws=5) for g in (graph, other))
    assert one.motifs == two.motifs
    np.testing.assert_equal(dict(one.scalars), dict(two.scalars))


def test_odd_streams():
    with pytest.raises(DataError, match=r"must hold an event"):
        measure_events(plain([], [], []))
    single = measure_events(plain([0], [1], [4.0]), bins=3, motif_window_s=1.0)
    assert single.scalars["events"] == 1
    assert math.isnan(single.scalars["stream_burstiness"])
    assert math.isnan(single.scalars["surprise"])
    assert single.balance is None
    tied = measure_events(plain([0, 1, 2], [1, 2, 0], [4.0] * 3), bins=3, motif_window_s=1.0)
    assert tied.scalars["tie_share"] == 1
    assert not any(tied.motifs.values())
    loops = measure_events(plain([0, 0, 0], [0, 0, 0], [1.0, 2.0, 3.0], n_nodes=1), bins=3, motif_window_s=5.0)
    assert loops.scalars["self_loops"] == 3
    assert not any(loops.motifs.values())
    assert any("itself" in note for note in loops.notes)
    assert len(between_events(plain([], [], []), "node")[0]) == 0


def test_subsample_keeps_what_touches_the_nodes():
    graph = drawn(3)
    kept = subsample(graph, [2])
    assert [e[:2] for e in rows(kept)] == [e[:2] for e in rows(graph) if 2 in e[:2]]
    assert subsample(graph, n=2, seed=4).digest == subsample(graph, n=2, seed=4).digest
    with pytest.raises(DataError, match="at most the number of nodes"):
        subsample(graph, n=99)
    with pytest.raises(ConfigError, match="one of `nodes` and `n`"):
        subsample(graph)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "one of `bins` and `unit`"),
        ({"bins": 2, "unit": "day"}, "one of `bins` and `unit`"),
        ({"unit": "dya"}, "`unit`"),
        ({"bins": 0}, "bins"),
    ],
)
def test_bins_that_cannot_be(settings, message):
    with pytest.raises(ConfigError, match=message):
        event_bounds(drawn(0), **settings)


def test_bins_that_leave_something_out():
    with pytest.raises(DataError, match="consecutive bins"):
        temporal_edges(drawn(0), np.array([[0.0, 5.0], [6.0, 30.0]]))
    with pytest.raises(DataError, match="must cover all events"):
        temporal_edges(drawn(0), np.array([[0.0, 5.0]]))
