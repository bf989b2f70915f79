"""NAT's caches and joint codes against dictionaries and searches, and what the model makes of them."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.nat import Caches, joint_codes

from interplay._core.errors import ConfigError
from interplay._core.rng import uniform
from interplay.data import TemporalGraph
from interplay.measures import STREAM_BASELINES
from interplay.measures.stream_evaluation import StreamEvaluation
from interplay.ops.neighbour_caches import slot_of
from interplay.represent import NAT
from interplay.represent.nat_tables import NATState
from interplay.tensors import event_batch, seeded_torch

N = 6
EVENTS = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), min_size=1, max_size=40)


def encoder(n_nodes=N, n_features=0, **changes):
    config = NAT(**({"slots": 5, "second": 4, "own": 6, "hidden": 8, "time_width": 3} | changes))
    with seeded_torch(0, "test"):
        return config.encoder(n_nodes, n_features)


def graph(events, n_nodes=N, times=None):
    times = np.arange(len(events), dtype=float) if times is None else np.asarray(times, float)
    return TemporalGraph(
        src=[e[0] for e in events], dst=[e[1] for e in events], time=times, n_nodes=n_nodes, span=(0.0, 1e6)
    )


def written(model, stream, cuts=()):
    state = model.begin()
    edges = [0, *cuts, len(stream)]
    for a, b in itertools.pairwise(edges):
        if b > a:
            with torch.no_grad():
                model.write(state, event_batch(stream, a, b))
    return state


def gives_way(chance, seed):
    """The draw of a kernel, from its published definition: a hash of hop, node, key and the bits of the wait."""

    def drawn(hop, own, key, wait):
        return float(uniform(seed + 7, hop, own, key, int(np.float64(wait).view(np.int64)))) < chance

    return drawn


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@settings(max_examples=25, deadline=None)
@given(events=EVENTS, cuts=st.sets(st.integers(1, 39)))
def test_tables_equal_dictionaries_however_the_stream_is_cut(chance, events, cuts):
    model = encoder(yields=chance)
    stream = graph(events)
    state = written(model, stream, sorted(c for c in cuts if c < len(events)))
    slots = {1: 5, 2: 4}
    want = Caches(lambda hop, key: int(slot_of(0, hop, key, slots[hop])), gives_way(chance, 0))
    for (u, v), t in zip(events, stream.time, strict=True):
        want.write(u, v, float(t))
    for node in range(N):
        first = {s: (k, state.times[node, s], state.gaps[node, s]) for s, k in enumerate(state.keys[node]) if k >= 0}
        second = {s: (k, state.times2[node, s]) for s, k in enumerate(state.keys2[node]) if k >= 0}
        assert first == want.first.get(node, {})
        assert second == want.second.get(node, {})
        if node in want.last:
            assert (state.partner[node], state.last[node]) == want.last[node]


def test_with_room_for_all_the_table_is_the_set_of_partners():
    rng = np.random.Generator(np.random.Philox(2))
    events = rng.integers(0, N, (60, 2)).tolist()
    slots = next(m for m in range(N, 999) if len({int(slot_of(0, 1, k, m)) for k in range(N)}) == N)
    state = written(encoder(slots=slots, yields=0.0), graph(events))
    for node in range(N):
        partners = {b if a == node else a for a, b in events if node in (a, b)}
        assert set(state.keys[node][state.keys[node] >= 0].tolist()) == partners


def test_a_chance_of_one_keeps_the_last_and_of_none_the_first():
    events = [(0, k) for k in range(1, N)]
    last, first = (written(encoder(slots=1, yields=chance), graph(events)) for chance in (1.0, 0.0))
    assert last.keys[0].tolist() == [N - 1]
    assert first.keys[0].tolist() == [1]


@settings(max_examples=25, deadline=None)
@given(events=EVENTS, u=st.integers(0, N - 1), v=st.integers(0, N - 1))
def test_joint_codes_equal_unions_of_sets(events, u, v):
    state = written(encoder(), graph(events))
    nodes = np.unique([u, v])
    ends = np.searchsorted(nodes, [[u], [v]])
    slots = state.slots(nodes)
    joint = state.join(ends, np.array([50.0]), nodes, slots, 1.0)
    tables = [{n: set(keys[n][keys[n] >= 0].tolist()) for n in range(N)} for keys in (state.keys, state.keys2)]
    want = joint_codes(*tables, u, v)
    assert sorted(joint.code.tolist()) == sorted(want.values())
    # Entries are the occupied slots of both sides, each in the group of its key.
    keys = {}
    for e, g in zip(joint.entry.tolist(), joint.group.tolist(), strict=True):
        node, s = int(slots.owner[e]), int(slots.slot[e])
        keys.setdefault(g, set()).add(int(state.keys[node, s] if s < 5 else state.keys2[node, s - 5]))
    assert all(len(k) == 1 for k in keys.values())
    assert all(joint.code[g] == want[next(iter(k))] for g, k in keys.items())
    met = v in tables[0][u]
    assert bool(joint.direct[0, 0]) == met
    if met:
        s = int(np.flatnonzero(state.keys[u] == v)[0])
        later = sum(state.times[u, k] > state.times[u, s] for k in range(5) if state.keys[u, k] >= 0)
        assert joint.direct[0, 1:3].tolist() == pytest.approx([np.log1p(50.0 - state.times[u, s]), 1 / (1 + later)])


def test_codes_are_distances_on_a_small_graph():
    # 0 - 1 - 2 and 3 - 1: for the pair (0, 2), node 1 is one step from both.
    state = written(encoder(slots=64, second=64), graph([(0, 1), (1, 2), (3, 1), (0, 1), (2, 1)]))
    nodes = np.array([0, 2])
    joint = state.join(np.array([[0], [1]]), np.array([9.0]), nodes, state.slots(nodes), 1.0)
    codes = sorted(joint.code.tolist())
    assert 2 + 16 in codes  # node 1: first table of both
    assert 1 + 32 in codes  # node 0: itself, and two steps from node 2
    assert 4 + 8 in codes  # node 2 the other way round
    assert len(codes) == 4  # and node 3


def test_reading_writes_nothing_and_scores_equal_a_slow_forward():
    """One pair at a time through plain loops over its keys gives the logits of the batch."""
    rng = np.random.Generator(np.random.Philox(5))
    stream = graph(rng.integers(0, N, (40, 2)).tolist())
    model = encoder(dropout=0.0).eval()
    state = written(model, stream, (7, 20))
    before = state.arrays()
    src, dst = torch.tensor([0, 1, 5, 2, 2]), torch.tensor([3, 1, 0, 4, 0])
    with torch.no_grad():
        found = model.score(state, src, dst, torch.full((5,), 60.0, dtype=torch.float64))
        want = [slow_logit(model, state, int(a), int(b), 60.0) for a, b in zip(src, dst, strict=True)]
    assert found.tolist() == pytest.approx(want, abs=1e-5)
    again = model.score(state, src, dst, torch.full((5,), 60.0, dtype=torch.float64))  # the way that has a gradient
    assert again.requires_grad
    assert again.tolist() == pytest.approx(want, abs=1e-5)
    after = state.arrays()
    assert all(np.array_equal(before[k], after[k]) for k in before)


def slow_logit(model, state, u, v, time):
    def own(n):
        if state.partner[n] < 0:
            return state.own[n]
        code = model.time_code(torch.tensor([state.gap[n]], dtype=torch.float64))[0]
        heard = torch.cat([state.own[state.partner[n]], torch.from_numpy(state.heard[n]), code])
        return model.cell(heard[None], state.own[n][None])[0]

    def value(n, s, second):
        key = int((state.keys2 if second else state.keys)[n, s])
        held = torch.from_numpy((state.values2 if second else state.values)[n, s])
        gap = 0.0 if second else state.gaps[n, s]
        given = torch.cat([torch.zeros(0), model.time_code(torch.tensor([gap], dtype=torch.float64))[0]])
        a, b = model.hear(state.own[key]) + model.told(given), model.carry(held)
        w = len(held)
        r, z = torch.sigmoid(a[:w] + b[:w]), torch.sigmoid(a[w : 2 * w] + b[w : 2 * w])
        return (1 - z) * torch.tanh(a[2 * w :] + r * b[2 * w :]) + z * held

    keys, direct = {}, torch.zeros(8)
    for side, (n, other) in enumerate(((u, v), (v, u))):
        if state.last[n] > -np.inf:
            direct[6 + side] = np.log1p((time - state.last[n]) / float(model._scale))
        blank = lambda: [torch.zeros(4), 0, torch.zeros(6)]  # noqa: E731
        keys.setdefault(n, blank())[1] |= 8 if side else 1
        for second, table in ((False, state.keys), (True, state.keys2)):
            for s, key in enumerate(table[n].tolist()):
                if key < 0:
                    continue
                at = keys.setdefault(key, blank())
                at[0] = at[0] + value(n, s, second)
                at[1] |= (4 if second else 2) * (8 if side else 1)
                if not second:
                    met = state.times[n, s]
                    later = sum(state.times[n, k] > met for k in range(5) if table[n, k] >= 0)
                    told = torch.tensor([1.0, np.log1p((time - met) / float(model._scale)), 1 / (1 + later)])
                    at[2][3 * side : 3 * side + 3] = told
                    if key == other:
                        direct[3 * side : 3 * side + 3] = told
    rows = torch.stack([torch.cat([a, model.code(torch.tensor(b)), c]) for a, b, c in keys.values()])
    share = torch.softmax(torch.nn.functional.leaky_relu(model.attend(rows), 0.2), dim=0)
    pooled = (share.T @ rows).flatten()
    hidden = model.pool(pooled) + model.source(own(u)) + model.target(own(v)) + model.direct(direct)
    return float(model.out(model.head(hidden)))


def test_crowded_tables_do_not_know_the_clock():
    rng = np.random.Generator(np.random.Philox(7))
    stream = graph(rng.integers(0, N, (50, 2)).tolist())
    later = graph([*zip(stream.src.tolist(), stream.dst.tolist(), strict=True)], times=stream.time + 2.0**18)
    one, other = (written(encoder(slots=2, second=2, yields=0.5), s) for s in (stream, later))
    assert np.array_equal(one.keys, other.keys)
    assert np.array_equal(one.keys2, other.keys2)


def test_what_was_read_before_a_change_of_state_is_not_written():
    stream = graph([(0, 1), (1, 2), (2, 3), (0, 2)])
    model = encoder(dropout=0.0)
    late = event_batch(stream, 2, 4)
    plain = written(model, stream, (2,)).own

    def after(change):
        state = written(model, stream.take(slice(0, 2)))
        model.train()
        model.score(state, late.src, late.dst, late.time)
        assert state.fresh is not None
        change(state)
        model.eval()
        with torch.no_grad():
            model.write(state, late)
        return state.own

    assert torch.allclose(after(lambda state: None), plain)
    assert torch.allclose(after(lambda state: state.load(state.arrays())), plain)
    doubled = {"partner": lambda v: v * 0 - 1}
    other = after(lambda state: state.load({k: doubled.get(k, lambda v: v)(v) for k, v in state.arrays().items()}))
    assert not torch.allclose(other, plain)
    model.eval()
    state = written(model, stream.take(slice(0, 2)))
    with torch.no_grad():
        model.score(state, late.src, late.dst, late.time)
    assert state.fresh is None


def test_events_of_one_time_may_come_in_any_order():
    rng = np.random.Generator(np.random.Philox(6))
    events = rng.integers(0, N, (30, 2))
    order = rng.permutation(30)
    one, other = (written(encoder(), graph(e.tolist(), times=np.zeros(30))) for e in (events, events[order]))
    for name, value in one.arrays().items():
        assert np.allclose(value, other.arrays()[name], equal_nan=True, atol=1e-6), name


@pytest.mark.slow
def test_who_returns_to_the_last_partner_is_learnt_beyond_recency():
    """A stream in which every source returns to the partner before the last: recency ranks it second at best."""
    rng = np.random.Generator(np.random.Philox(8))
    n_src, events = 40, []
    past = {u: rng.choice(20, 2, replace=False).tolist() for u in range(n_src)}
    for _ in range(6000):
        u = int(rng.integers(n_src))
        v = past[u][0] if rng.random() < 0.9 else int(rng.integers(20))
        past[u] = [past[u][1], v]
        events.append((u, n_src + v))
    stream = graph(events, n_nodes=n_src + 20)
    model = NAT(epochs=6, patience=None, learning_rate=3e-3, batch=50)
    result = model.fit(stream)
    plan = StreamEvaluation(negatives=("all",), batch=50)
    found = plan.run(model.online(result), stream, 5100, 6000)
    recency = plan.run(STREAM_BASELINES["recency"]().fit(stream), stream, 5100, 6000)
    assert recency["all"].values["mrr"] < 0.65
    assert found["all"].values["mrr"] > recency["all"].values["mrr"] + 0.05


def test_state_is_empty_tables():
    state = NATState.empty(3, 2, 0, 4, 5, 1)
    assert state.keys2.shape == (3, 0)
    assert (state.keys == -1).all()
    assert np.isneginf(state.last).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"aim": "sign"}, "`aim` of NAT must be 'link'"),
        ({"slots": 0}, "`slots`"),
        ({"second": -1}, "`second`"),
        ({"yields": 1.5}, "`yields`"),
        ({"dropout": 1.0}, "`dropout`"),
    ],
)
def test_wrong_settings_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        NAT(**changes)


@pytest.mark.parametrize(
    ("events", "times"),
    [
        ([], []),
        ([(2, 3)], [5.0]),
        ([(1, 1)] * 4, [0.0, 1.0, 1.0, 2.0]),
        ([(0, 1)] * 5, [3.0] * 5),
        ([(0, 1), (1, 0), (0, 2)], [1e9, 1e9 + 1e-6, 1e9 + 2e-6]),
    ],
    ids=["no event", "one event", "self-loops", "one time", "long past, short span"],
)
def test_odd_streams_give_finite_scores_also_of_nodes_never_met(events, times):
    stream = TemporalGraph(
        src=[e[0] for e in events], dst=[e[1] for e in events], time=times, n_nodes=N, span=(0.0, 2e9)
    )
    model = encoder().eval()
    state = written(model, stream)
    src, dst = (torch.from_numpy(x.ravel()) for x in np.indices((N, N)))
    with torch.no_grad():
        score = model.score(state, src, dst, torch.full((N * N,), 1.5e9, dtype=torch.float64))
        nothing = model.score(state, src[:0], dst[:0], torch.zeros(0, dtype=torch.float64))
    assert torch.isfinite(score).all()
    assert len(nothing) == 0
    known = np.unique(np.array(events, int).reshape(-1, 2))
    assert sorted(np.flatnonzero(state.partner >= 0).tolist()) == known.tolist()


def test_features_are_kept_with_the_meeting_and_move_the_score():
    events = [(0, 1), (2, 1), (0, 1)]
    told = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
    model = encoder(n_features=2).eval()
    scores = []
    for features in (told, 2 * told):
        base = graph(events)
        stream = TemporalGraph(src=base.src, dst=base.dst, time=base.time, n_nodes=N, span=base.span, features=features)
        state = written(model, stream)
        s = int(np.flatnonzero(state.keys[0] == 1)[0])
        assert state.told[0, s].tolist() == features[2].tolist()
        assert state.heard[1].tolist() == features[2].tolist()
        with torch.no_grad():
            one = torch.tensor([0]), torch.tensor([1]), torch.tensor([9.0], dtype=torch.float64)
            scores.append(float(model.score(state, *one)))
    assert scores[0] != scores[1]
