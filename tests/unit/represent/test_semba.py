"""SEMBA: evidence, signed memories, the whole model against loops, and what it refuses."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.oracles.semba import SlowEvidence, SlowSemba  # noqa: E402

from interplay import ConfigError, DataError  # noqa: E402
from interplay.data import TemporalGraph, event_batches, split_events  # noqa: E402
from interplay.measures.recovery import roc_auc  # noqa: E402
from interplay.measures.signed_history import SignedHistory  # noqa: E402
from interplay.represent import EVIDENCE, SEMBA  # noqa: E402
from interplay.represent.semba_evidence import SCALES, Evidence  # noqa: E402
from interplay.represent.semba_memory import SignedMemory  # noqa: E402
from interplay.tensors import seeded_torch  # noqa: E402
from interplay.tensors.event_batch import event_batch  # noqa: E402

N = 7


def signed_graph(seed, n_events=60, n_nodes=N, n_times=None, features=0):
    rng = np.random.default_rng(seed)
    time = rng.integers(0, n_times, n_events) if n_times else rng.permutation(n_events)
    return TemporalGraph.from_events(
        rng.integers(0, n_nodes, n_events),
        rng.integers(0, n_nodes, n_events),
        time.astype(float),
        rng.choice([-3.0, -1.0, 0.0, 1.0, 2.0], n_events),
        n_nodes=n_nodes,
        span=(0.0, 1000.0),
        features=rng.random((n_events, features)) if features else None,
    )


def events_of(graph):
    told = np.zeros((len(graph), 0)) if graph.features is None else graph.features
    columns = (graph.src.tolist(), graph.dst.tolist(), graph.time.tolist(), graph.weight.tolist(), told.tolist())
    return list(zip(*columns, strict=True))


def same_arrays(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k], equal_nan=True) for k in one)


@pytest.mark.parametrize(("n_times", "partners"), [(15, 20), (None, 2), (1, 20)])
def test_evidence_is_what_loops_over_the_past_find(n_times, partners):
    graph = signed_graph(1, n_times=n_times)
    told = Evidence.begin(N, partners).ahead(event_batch(graph)).numpy()
    slow, events = SlowEvidence(partners, SCALES), events_of(graph)
    for time in np.unique(graph.time):
        group = [k for k, e in enumerate(events) if e[2] == time]
        for k in group:
            found = slow.features(*events[k][:2])
            assert len(found) == len(EVIDENCE)
            np.testing.assert_allclose(told[k], found, rtol=1e-6, atol=1e-6)
        slow.write([events[k][:4] for k in group])


def test_evidence_begins_with_the_counters_of_the_signed_history():
    graph = signed_graph(2, 80, n_times=20)
    graph = graph.take(graph.weight != 0)
    evidence, history = Evidence.begin(N, 50), SignedHistory(N)
    for a, b in itertools.pairwise(event_batches(graph.time, 7)):
        batch = event_batch(graph, a, b)
        told = evidence.features(batch.src, batch.dst)[:, :12].double()
        told[:, :8] = torch.expm1(told[:, :8])
        np.testing.assert_allclose(told, history.features(batch.src, batch.dst), atol=1e-5)
        evidence.write(batch)
        history.write(batch)


@pytest.mark.parametrize("size", [1, 13, 1000])
def test_looking_ahead_tells_the_same_however_the_stream_is_cut_and_leaves_nothing(size):
    graph = signed_graph(3, 50, n_times=30)
    whole = Evidence.begin(N, 3).ahead(event_batch(graph))
    evidence, parts = Evidence.begin(N, 3), []
    bounds = event_batches(graph.time, size)
    for a, b in itertools.pairwise(bounds):
        batch, before = event_batch(graph, a, b), evidence.arrays()
        parts.append(evidence.ahead(batch))
        assert same_arrays(before, evidence.arrays())
        evidence.write(batch)
    assert torch.equal(torch.cat(parts), whole)


def test_the_order_of_ties_says_nothing():
    graph = signed_graph(4, 50, n_times=4)
    turn = np.lexsort((np.random.default_rng(0).random(50), graph.time))
    other = TemporalGraph(
        src=graph.src[turn], dst=graph.dst[turn], time=graph.time, weight=graph.weight[turn], n_nodes=N, span=graph.span
    )
    one, two = (Evidence.begin(N, 2).ahead(event_batch(g)) for g in (graph, other))
    assert torch.equal(two, one[torch.from_numpy(turn)])
    states = []
    config = SEMBA(width=8, batch=10)
    result = config.fit(signed_graph(5, n_times=40))
    for g in (graph, other):
        model = config.online(result)
        model.write(g)
        states.append(model.save())
    for name in states[0]:
        if "event" not in name:  # numbers of events are places in a file
            assert np.array_equal(states[0][name], states[1][name]), name


def test_a_negative_event_brings_the_vector_of_the_other_side():
    with seeded_torch(0, "memory"):
        memory = SignedMemory(2, 2, 3)
    state = memory.begin(4)
    state.friends.rows[:] = torch.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]])
    state.enemies.rows[:] = -state.friends.rows
    graph = TemporalGraph(src=[0, 2], dst=[1, 3], time=[1.0, 2.0], weight=[1.0, -1.0], n_nodes=4, span=(0, 3))
    batch = event_batch(graph)
    memory.write(state, batch, torch.tensor([[1.0, 0.5], [-1.0, 0.5]]))
    assert state.friends.mail.tolist() == [[2, 2, 1, 0.5], [1, 1, 1, 0.5], [-4, -4, -1, 0.5], [-3, -3, -1, 0.5]]
    assert state.enemies.mail.tolist() == [[-2, -2, -1, 0.5], [-1, -1, -1, 0.5], [4, 4, 1, 0.5], [3, 3, 1, 0.5]]
    assert state.friends.has_mail.all()
    assert state.enemies.has_mail.all()


@pytest.mark.parametrize(
    ("batch", "changes"), [(1, {}), (9, {"balance": False}), (9, {"neighbours": 0}), (9, {"neighbours": 3})]
)
def test_the_model_is_what_loops_compute(batch, changes):
    graph = signed_graph(6, 36, n_times=None if changes.get("neighbours") == 3 else 20, features=2)
    config = SEMBA(**({"neighbours": 40} | changes), width=4, heads=2, time_width=3, partners=30, epochs=1, batch=8)
    result = config.fit(graph)
    model, slow = config.online(result), SlowSemba(config, result.parameters, N, SCALES)
    events, bounds = events_of(graph), event_batches(graph.time, batch)
    for a, b in itertools.pairwise(bounds):
        asked = graph.take(slice(a, b))
        found = model.score(asked.src, asked.dst, asked.time)
        np.testing.assert_allclose(found, [slow.score(*e[:3]) for e in events[a:b]], rtol=1e-6, atol=1e-6)
        model.write(asked)
        slow.write(events[a:b])


def test_every_parameter_learns():
    graph = signed_graph(7, 40)
    config = SEMBA(width=8, dropout=0.0, alone=0.0)
    with seeded_torch(0, "encoder"):
        encoder = config.encoder(N, 0)
    config.prepare(encoder, graph)
    state = encoder.begin()
    for k in range(0, 30, 10):
        encoder.write(state, event_batch(graph, k, k + 10))
    encoder.loss(state, event_batch(graph, 30, 40), torch.zeros(10, dtype=torch.int64))[0].backward()
    still = [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert still == []


def camps(seed=0, n_nodes=30, n_events=2500):
    """Friends inside each of two camps, enemies across."""
    rng = np.random.default_rng(seed)
    camp = rng.integers(0, 2, n_nodes)
    src, dst = rng.integers(0, n_nodes, (2, n_events))
    weight = np.where(camp[src] == camp[dst], 1.0, -1.0)
    time = np.arange(n_events) + 1e9
    return TemporalGraph(src=src, dst=dst, time=time, weight=weight, n_nodes=n_nodes, span=(1e9, 2e9))


@pytest.mark.slow
def test_balance_between_two_camps_is_learnt_without_evidence():
    graph = camps()
    split = split_events(graph)
    config = SEMBA(width=16, evidence="none", batch=20, learning_rate=1e-2, dropout=0.0, epochs=3)
    model = config.online(config.fit(graph, split=split))
    score, stop = [], split.validation_stop
    model.write(graph.take(slice(0, stop)))
    for k in range(stop, len(graph), 5):
        asked = graph.take(slice(k, k + 5))
        score.append(model.score(asked.src, asked.dst, asked.time))
        model.write(asked)
    assert roc_auc(graph.weight[stop:] > 0, np.concatenate(score)) > 0.95


def test_what_was_saved_goes_on_with_the_same_bits():
    graph = signed_graph(8, 60, n_times=30, features=1)
    config = SEMBA(width=8, epochs=1, batch=16)
    result = config.fit(graph)
    one, two = config.online(result), config.online(result)
    one.write(graph.take(slice(0, 40)))
    two.load(one.save())
    for model in (one, two):
        model.write(graph.take(slice(40, 60)))
    asked = np.arange(N), np.arange(N)[::-1].copy(), np.full(N, 2000.0)
    assert np.array_equal(one.score(*asked), two.score(*asked))
    assert same_arrays(one.save(), two.save())


@pytest.mark.parametrize("settings", [{"memory": False}, {"evidence": "counters"}, {"evidence": "none"}])
@pytest.mark.parametrize("aim", ["sign", "link"])
def test_odd_streams(settings, aim):
    config = SEMBA(aim=aim, width=8, epochs=1, batch=16, even_signs=True, evidence_at="batch", **settings)
    result = config.fit(signed_graph(9, 40))
    model = config.online(result)
    fresh = model.score([0, 6], [1, 6], [0.0, 1e12])
    assert np.isfinite(fresh).all()
    assert model.score([], [], []).shape == (0,)
    model.write(signed_graph(9, 40).take(slice(0, 0)))
    assert np.array_equal(model.score([0, 6], [1, 6], [0.0, 1e12]), fresh)
    loop = TemporalGraph(src=[3], dst=[3], time=[5e9], weight=[0.0], n_nodes=N, span=(0, 1e10))
    model.write(loop)
    assert np.isfinite(model.score([3, 0], [3, 3], [1e10, 1e10])).all()


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError, match="`width` must be a multiple of `heads`, got 10 and 4"):
        SEMBA(width=10)
    with pytest.raises(ConfigError, match="`memory` or `evidence` must be there, got neither"):
        SEMBA(memory=False, evidence="none")
    with pytest.raises(ConfigError, match="did you mean 'counters'"):
        SEMBA(evidence="counter")
    with pytest.raises(ConfigError, match="`dropout`"):
        SEMBA(dropout=1.0)
    one = signed_graph(0)
    one = TemporalGraph(src=one.src, dst=one.dst, time=one.time, n_nodes=N, span=one.span)
    with pytest.raises(DataError, match="events of both signs"):
        SEMBA().fit(one)
