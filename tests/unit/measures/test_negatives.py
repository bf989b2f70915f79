"""Negatives never met at the time, are of their kind, and hang on seed and event alone."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import TemporalGraph
from interplay.measures.negatives import NegativeSampler, TruePairs, random_negatives


def graph(seed=0, *, users=6, items=5, events=120, times=30):
    rng = np.random.default_rng(seed)
    return TemporalGraph(
        src=rng.integers(users, size=events),
        dst=users + rng.integers(items, size=events),
        time=np.sort(rng.integers(times, size=events)).astype(float),
        n_nodes=users + items + 1,
        span=(0.0, times),
    )


def met(g):
    return {(u, v, t) for u, v, t in zip(g.src.tolist(), g.dst.tolist(), g.time.tolist(), strict=True)}


def sampler(g, kind, train_stop=60, seed=0):
    return NegativeSampler(graph=g, kind=kind, train_stop=train_stop, seed=seed)


@pytest.mark.parametrize("times", [1, 30, 4000])
def test_true_pairs_are_those_that_meet(times):
    g = graph(times=times)
    truth, rng = met(g), np.random.default_rng(1)
    event, src, dst = rng.integers(len(g), size=500), rng.integers(12, size=500), rng.integers(12, size=500)
    wanted = [(a, b, g.time[e]) in truth for a, b, e in zip(src.tolist(), dst.tolist(), event.tolist(), strict=True)]
    assert TruePairs.of(g).at(src, dst, event).tolist() == wanted


@pytest.mark.parametrize("kind", ["random", "historical", "inductive", "all"])
def test_nothing_drawn_meets_at_the_time(kind):
    g = graph()
    truth, event = met(g), np.arange(60, 120)
    drawn = sampler(g, kind)
    a, b = drawn.pairs(event)
    rows, _ = drawn.ranked(event, 4)
    pool = set(g.dst.tolist())
    for k, e in enumerate(event.tolist()):
        assert (int(a[k]), int(b[k]), g.time[e]) not in truth
        for v in rows[k][rows[k] >= 0].tolist():
            assert v in pool
            assert (int(g.src[e]), v, g.time[e]) not in truth


def test_kinds_are_what_they_say():
    g, event = graph(users=20, items=9, events=200, times=4000), np.arange(100, 200)
    n = g.n_nodes
    trained = set((g.src[:100] * n + g.dst[:100]).tolist())
    later = set((g.src[100:] * n + g.dst[100:]).tolist()) - trained
    for kind, wanted in (("historical", trained), ("inductive", later)):
        drawn = sampler(g, kind, 100)
        a, b = drawn.pairs(event)
        assert set((a * n + b).tolist()) <= wanted
        assert len(set((a * n + b).tolist())) > len(event) // 4
        rows, filled = drawn.ranked(event, 3)
        own = np.isin(g.src[event][:, None] * n + rows, list(wanted))
        assert (~own).sum() <= filled
        for k, e in enumerate(event.tolist()):
            source, here = int(g.src[e]), int(g.dst[e])
            partners = {p % n for p in wanted if p // n == source} - {here}
            mine = rows[k][: min(3, len(partners))].tolist()
            assert len(set(mine)) == len(mine)
            assert set(mine) <= partners


def test_random_destinations_that_fill_up_differ():
    g = graph(users=3, items=40, events=200, times=4000)
    rows, filled = sampler(g, "historical", 3).ranked(np.arange(150, 200), 12)
    assert filled > 500
    assert all(len(set(row.tolist())) > 7 for row in rows)


def test_all_are_all_destinations_but_the_true_ones():
    g = graph()
    rows, filled = sampler(g, "all").ranked(np.arange(5), 1)
    assert filled == 0
    truth = met(g)
    for k in range(5):
        wanted = {v for v in range(6, 11) if (int(g.src[k]), v, g.time[k]) not in truth}
        assert set(rows[k][rows[k] >= 0].tolist()) == wanted


@pytest.mark.parametrize("kind", ["random", "historical", "inductive"])
def test_draws_hang_on_seed_and_event_not_on_batches(kind):
    g, event = graph(), np.arange(60, 120)
    whole, parts = sampler(g, kind), sampler(g, kind)
    for part in (event[:7], event[7:]):
        inside = np.isin(event, part)
        assert np.array_equal(np.array(whole.pairs(event))[:, inside], parts.pairs(part))
        assert np.array_equal(whole.ranked(event, 3)[0][inside], parts.ranked(part, 3)[0])
    assert not np.array_equal(sampler(g, kind, seed=1).pairs(event), whole.pairs(event))


def test_random_draws_are_even():
    g = graph(users=2, items=5, events=6000, times=10**6)
    rows, _ = sampler(g, "random").ranked(np.arange(6000), 5)
    share = np.bincount(rows.ravel(), minlength=8)[2:7] / rows.size
    assert share == pytest.approx(0.2, abs=0.01)
    assert np.mean(rows[:, 0] == rows[:, 1]) == pytest.approx(0.25, abs=0.03)  # four are left, told apart by the draw


def test_a_source_that_meets_everybody_has_none():
    g = TemporalGraph(src=[0, 0, 0], dst=[1, 2, 1], time=[0.0, 0.0, 1.0], n_nodes=3, span=(0, 2))
    drawn = sampler(g, "random", 2)
    assert drawn.pairs(np.arange(3))[1].tolist() == [-1, -1, 2]
    assert drawn.ranked(np.arange(3), 2)[0].tolist() == [[-1, -1], [-1, -1], [2, 2]]
    assert random_negatives(np.array([1, 2]), g, np.arange(3), seed=0, draw=0)[2] == 2


def test_rejected_draws_end_in_what_is_left():
    g = TemporalGraph(src=np.zeros(400, int), dst=np.arange(1, 401), time=np.zeros(400), n_nodes=402, span=(0, 1))
    pool = np.arange(1, 402)
    assert random_negatives(pool, g, np.arange(400), seed=0, draw=3).tolist() == [401] * 400


def test_errors_say_what_is_missing():
    g = graph()
    with pytest.raises(ConfigError, match="kind of negatives 'randm'"):
        sampler(g, "randm")
    with pytest.raises(DataError, match="at least one historical pair"):
        sampler(g, "historical", 0).pairs(np.arange(3))
    with pytest.raises(DataError, match="at least one inductive pair"):
        sampler(g, "inductive", len(g)).pairs(np.arange(3))
    with pytest.raises(DataError, match="at least one destination"):
        random_negatives(np.empty(0, int), g, np.arange(3), seed=0, draw=0)
