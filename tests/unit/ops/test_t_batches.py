"""t-batches against the longest chain, and their invariants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.t_batches import longest_chains

from interplay.ops.t_batches import previous_contacts, t_batches

EVENTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25)


def columns(events):
    pairs = np.array(events, np.int64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_number_is_longest_chain(events):
    src, dst = columns(events)
    found = t_batches(src, dst, 6)
    assert found.number.tolist() == longest_chains(src, dst)
    assert len(found.bounds) - 1 == max(longest_chains(src, dst), default=-1) + 1


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_no_node_twice_and_order_kept(events):
    src, dst = columns(events)
    found = t_batches(src, dst, 6)
    for a, b in zip(found.bounds[:-1], found.bounds[1:], strict=True):
        group = found.order[a:b]
        touched = [n for e in group for n in {int(src[e]), int(dst[e])}]
        assert len(touched) == len(set(touched))
        assert (np.diff(group) > 0).all()
    for node in range(6):
        own = [e for e in found.order if node in (src[e], dst[e])]
        assert own == sorted(own)
    assert sorted(found.order.tolist()) == list(range(len(src)))


@pytest.mark.parametrize(("events", "number"), [([], []), ([(2, 2)], [0]), ([(0, 0), (0, 1), (1, 1)], [0, 1, 2])])
def test_few_events(events, number):
    src, dst = columns(events)
    found = t_batches(src, dst, 3)
    assert found.number.tolist() == number
    assert found.bounds[0] == 0


def test_previous_contacts():
    src, dst = columns([(0, 1), (1, 0), (0, 2), (2, 2)])
    updated, partner = np.array([-np.inf, 1.0, -np.inf]), np.array([3, 2, 3])
    found = previous_contacts(src, dst, np.array([3.0, 4, 4, 6]), updated, partner)
    assert found.since_src.tolist() == [-np.inf, 3, 4, 4]
    assert found.since_dst.tolist() == [1, 3, -np.inf, 4]
    assert found.before.tolist() == [3, 2, 1, 3]
    assert found.holder.tolist() == [3, 2, 4 + 1, 3]
    assert updated.tolist() == [4, 4, 6]
    assert partner.tolist() == [2, 0, 2]
