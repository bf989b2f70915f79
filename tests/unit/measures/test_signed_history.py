"""Counters of a signed stream against counting by hand; ties, zero weights, saving."""

import numpy as np
import pytest
from tests.oracles import streams as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import TemporalGraph
from interplay.measures import HISTORY_COUNTERS, SignedHistory, history_counters
from interplay.measures.pair_numbers import PairNumbers


def graph(seed=0, *, n=6, events=80, times=40):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(times, size=events)).astype(float)
    src, dst = rng.integers(n, size=(2, events))
    return TemporalGraph(
        src=src, dst=dst, time=time, weight=rng.integers(-2, 3, events).astype(float), n_nodes=n, span=(0.0, times)
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("times", [1, 12, 4000])
def test_counters_are_those_of_counting(seed, times):
    g = graph(seed, times=times)
    events = list(zip(g.src.tolist(), g.dst.tolist(), g.time.tolist(), np.sign(g.weight).tolist(), strict=True))
    found = history_counters(g)
    assert found.shape == (len(g), len(HISTORY_COUNTERS))
    np.testing.assert_allclose(found, oracle.signed_counters(events), rtol=0, atol=1e-15)


def test_several_writes_of_one_time_and_their_order_say_nothing():
    g = TemporalGraph(src=[0, 0, 0], dst=[1, 1, 1], time=[1.0, 1, 1], weight=[1.0, -1, -1], n_nodes=2, span=(0, 2))
    one, other = SignedHistory(2), SignedHistory(2)
    one.write(g)
    for k in (2, 0, 1):
        other.write(g.take([k]))
    assert one.last_sign([0], [1]) == -1
    assert np.array_equal(one.features([1], [0]), other.features([1], [0]))


@pytest.mark.parametrize("size", [1, 7, 80])
def test_events_of_several_times_may_be_written_at_once(size):
    g, one = graph(5, n=3, times=20), SignedHistory(3)
    other = SignedHistory(3)
    other.write(g)
    for k in range(0, len(g), size):
        one.write(g.take(slice(k, k + size)))
    asked = np.arange(9)
    assert np.array_equal(one.features(asked // 3, asked % 3), other.features(asked // 3, asked % 3))
    events = zip(g.src.tolist(), g.dst.tolist(), g.time.tolist(), np.sign(g.weight).tolist(), strict=True)
    asking = [(u, v, 99.0, 0) for u in range(3) for v in range(3)]
    wanted = oracle.signed_counters([*events, *asking])[-9:]
    np.testing.assert_allclose(other.features(asked // 3, asked % 3), wanted, rtol=0, atol=1e-15)


def test_batches_see_what_was_written_before_them():
    g = graph(times=4000)
    assert np.array_equal(history_counters(g, batch=len(g)), np.zeros((len(g), 12)))
    assert not np.array_equal(history_counters(g, batch=10), history_counters(g))


def test_nothing_written_and_nothing_asked():
    history = SignedHistory(3)
    history.write(graph(n=3, events=0))
    assert history.features([], []).shape == (0, 12)
    assert np.array_equal(history.features([0, 2], [1, 2], [0.0, 0.0]), np.zeros((2, 12)))
    assert SignedHistory(0).features([], []).shape == (0, 12)


def test_saved_and_loaded_is_the_same():
    history, other = SignedHistory(6), SignedHistory(6)
    history.write(graph(1))
    other.load(history.save())
    asked = np.arange(36)
    assert np.array_equal(other.features(asked // 6, asked % 6), history.features(asked // 6, asked % 6))
    with pytest.raises(DataError, match=r"`state` of 'counts' must have shape \(5, 4\), got \(6, 4\)"):
        SignedHistory(5).load(history.save())
    with pytest.raises(ConfigError, match="`n_nodes`"):
        SignedHistory(-1)


def test_pairs_are_numbered_in_the_order_they_come():
    rng, known, numbers = np.random.default_rng(2), {}, PairNumbers()
    for size in (0, 1, 5, 400, 3000):
        pair = rng.integers(0, 2**62, size) if size > 100 else rng.integers(0, 9, size)
        assert numbers.add(pair).tolist() == [known.setdefault(p, len(known)) for p in pair.tolist()]
        asked = np.concatenate([pair, rng.integers(0, 20, 30)])
        assert numbers.find(asked).tolist() == [known.get(p, -1) for p in asked.tolist()]
    assert len(numbers) == len(known)
    assert numbers.pairs.tolist() == list(known)
