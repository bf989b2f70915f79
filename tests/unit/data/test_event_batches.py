"""Batches and splits never cut through events of one time."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay._core.errors import ConfigError, DataError
from interplay.data import TemporalGraph, event_batches, split_events


def graph(time, n_nodes=5, src=None, dst=None):
    time = np.asarray(time, dtype=float)
    rng = np.random.Generator(np.random.Philox(3))
    ends = [rng.integers(0, n_nodes, len(time)) if x is None else np.asarray(x) for x in (src, dst)]
    return TemporalGraph(src=ends[0], dst=ends[1], time=time, n_nodes=n_nodes, span=(-1.0, 1e4))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=40), st.integers(1, 9), st.data())
def test_batches_cover_all_and_keep_ties_together_and_are_no_longer_than_needed(times, size, data):
    time = np.sort(np.array(times, dtype=float))
    start = data.draw(st.integers(0, len(time)))
    cuts = event_batches(time, size, start=start)
    assert cuts[0] == start
    assert cuts[-1] == len(time)
    for a, b in itertools.pairwise(cuts):
        assert b > a
        assert b == len(time) or time[b] > time[b - 1]
        assert b - a >= size or b == len(time)
        # One event less would have been too few, or would have cut a tie.
        assert b - a <= size or (time[a + size - 1 : b] == time[b - 1]).all()


def test_batches_end_where_asked():
    assert event_batches(np.arange(10.0), 4, start=2, stop=9).tolist() == [2, 6, 9]
    assert event_batches(np.zeros(5), 2).tolist() == [0, 5]
    assert event_batches(np.zeros(5), 2, stop=3).tolist() == [0, 3]
    assert event_batches(np.empty(0), 2).tolist() == [0]
    with pytest.raises(ConfigError, match="`size`"):
        event_batches(np.arange(3.0), 0)


def test_a_split_is_by_time():
    split = split_events(graph(np.repeat(np.arange(10.0), 3)))
    time = split.graph.time
    for cut in (split.train_stop, split.validation_stop):
        assert time[cut] > time[cut - 1]
    assert (split.train_stop, split.validation_stop) == (21, 27)  # quantiles at 20.3 and 24.65 events: times 6 and 8
    assert split.tie_share == 1.0
    assert split_events(graph(np.arange(20.0))).tie_share == 0.0
    assert split_events(graph([*range(18), 18, 18])).tie_share == pytest.approx(0.1)


def test_hidden_nodes_leave_training_only():
    stream = graph(np.arange(400.0), n_nodes=40)
    split = split_events(stream, hidden=0.25, seed=4)
    assert split.hidden.sum() == 10
    kept = split.training
    assert not (split.hidden[kept.src] | split.hidden[kept.dst]).any()
    both = ~split.hidden[stream.src[:280]] & ~split.hidden[stream.dst[:280]]
    assert len(kept) == both.sum()
    assert not (split.seen & split.hidden).any()
    inductive = split.inductive(split.validation_stop, 400)
    part = slice(split.validation_stop, 400)
    want = [not (split.seen[a] and split.seen[b]) for a, b in zip(stream.src[part], stream.dst[part], strict=True)]
    assert inductive.tolist() == want
    assert (split.transductive(split.validation_stop, 400) == ~inductive).all()
    assert (split_events(stream, hidden=0.25, seed=4).hidden == split.hidden).all()
    assert (split_events(stream, hidden=0.25, seed=5).hidden != split.hidden).any()


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.5, 0.5), (1.0, 0.0, 0.0), (-0.1, 0.6, 0.5)])
def test_shares_must_be_shares(shares):
    with pytest.raises(ConfigError, match="`shares` must be three shares"):
        split_events(graph(np.arange(20.0)), shares)


@pytest.mark.parametrize("time", [[], [0.0], [0.0] * 30, [0.0] * 29 + [1.0]])
def test_streams_that_cannot_be_split_say_so(time):
    with pytest.raises(DataError, match=r"events to be split|each part of the split"):
        split_events(graph(time))
