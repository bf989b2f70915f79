"""Events and intervals against their definitions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import SPAN, events, intervals, moments

from interplay._core.errors import DataError
from interplay.data import Events
from interplay.testing import count_in_windows

fast = settings(max_examples=80, deadline=None)


def rows(e):
    return list(zip(e.time.tolist(), e.unit.tolist(), strict=True))


def ordered(a, b):
    return min(a, b), max(a, b)


@fast
@given(e=events(), a=moments, b=moments)
def test_events_window_matches_its_definition(e, a, b):
    a, b = ordered(a, b)
    if max(a, SPAN[0]) >= min(b, SPAN[1]):
        with pytest.raises(DataError):
            e.window(a, b)
        return
    cut = e.window(a, b)
    assert rows(cut) == [(t, u) for t, u in rows(e) if a <= t < b]
    assert cut.span == (max(a, SPAN[0]), min(b, SPAN[1]))
    assert cut.n_units == e.n_units


@fast
@given(e=events(), cuts=st.lists(st.floats(SPAN[0], SPAN[1], exclude_min=True, exclude_max=True), max_size=4))
def test_windows_of_events_tile(e, cuts):
    edges = sorted({SPAN[0], *cuts, SPAN[1]})
    parts = [e.window(a, b) for a, b in pairwise(edges)]
    assert [row for part in parts for row in rows(part)] == rows(e)


@fast
@given(e=events(), bounds=st.lists(st.tuples(moments, moments), max_size=4))
def test_counts_equal_the_double_loop(e, bounds):
    edges = np.reshape(np.array([ordered(*ab) for ab in bounds], dtype=float), (-1, 2))
    assert np.array_equal(e.counts(edges), count_in_windows(e.time, e.unit, edges, e.n_units))
    assert e.counts().tolist() == [sum(u == i for _, u in rows(e)) for i in range(e.n_units)]


@fast
@given(e=events())
def test_trains_hold_what_the_events_hold(e):
    trains = e.trains()
    assert [t.tolist() for t in trains] == [sorted(t for t, u in rows(e) if u == i) for i in range(e.n_units)]
    assert Events.from_trains(trains, span=e.span).digest == e.digest
    times, pointer = e.by_unit()
    assert np.array_equal(np.diff(pointer), e.counts())
    assert not times.flags.writeable


@fast
@given(e=events(), seed=st.integers(0, 99))
def test_any_order_of_arrival_gives_the_same_events(e, seed):
    order = np.random.Generator(np.random.Philox(seed)).permutation(len(e))
    again = Events.from_events(e.time[order], e.unit[order], n_units=e.n_units, span=e.span)
    assert again.digest == e.digest


@fast
@given(e=events(), data=st.data())
def test_select_renumbers_in_the_order_given(e, data):
    kept = data.draw(st.permutations(range(e.n_units)))[: data.draw(st.integers(0, e.n_units))]
    part = e.select(kept)
    assert part.n_units == len(kept)
    assert all(np.array_equal(part.train(k), e.train(i)) for k, i in enumerate(kept))


@fast
@given(e=events())
def test_shifting_events_keeps_all_distances(e):
    moved = e.shift(2.0**20)
    assert np.allclose(np.diff(moved.time), np.diff(e.time), rtol=0, atol=1e-9)
    assert moved.span == (SPAN[0] + 2.0**20, SPAN[1] + 2.0**20)
    assert np.array_equal(moved.unit, e.unit)


@fast
@given(x=intervals(), probe=st.lists(moments, max_size=12))
def test_covers_equals_the_loop(x, probe):
    expected = [any(a <= t < b for a, b in x.bounds) for t in probe]
    assert x.covers(probe).tolist() == expected


@fast
@given(x=intervals(), a=moments, b=moments)
def test_intervals_window_matches_its_definition(x, a, b):
    a, b = ordered(a, b)
    expected = [(max(s, a), min(e, b)) for s, e in x.bounds if max(s, a) < min(e, b)]
    assert sorted(map(tuple, x.window(a, b).bounds.tolist())) == sorted(expected)


@fast
@given(x=intervals())
def test_disjoint_equals_the_double_loop(x):
    b = x.bounds
    apart = all(b[i, 1] <= b[j, 0] or b[j, 1] <= b[i, 0] for i in range(len(b)) for j in range(i))
    assert x.disjoint == apart
