"""JODIE against a loop over events, its losses, and odd streams."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.oracles.jodie import SlowJodie

from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph, split_events
from interplay.ops.t_batches import t_batches
from interplay.represent.jodie import JODIE
from interplay.represent.jodie_loss import reduce_errors
from interplay.tensors import seeded_torch
from interplay.tensors.event_batch import event_batch

SMALL = JODIE(width=3, static=2, epochs=2, batch=5, learning_rate=0.05)


def events(n=30, n_nodes=6, seed=0, features=2):
    rng = np.random.default_rng(seed)
    told = rng.random((n, features)).astype(np.float32) if features else None
    return TemporalGraph(
        src=rng.integers(0, n_nodes, n),
        dst=rng.integers(0, n_nodes, n),
        time=np.cumsum(rng.random(n)),
        weight=rng.choice([-1.0, 2.0], n),
        n_nodes=n_nodes,
        span=(0.0, 1e3),
        features=told,
    )


def encoder_of(graph, config=SMALL, seed=0):
    with seeded_torch(seed, "test"):
        encoder = config.encoder(graph.n_nodes, 0 if graph.features is None else graph.features.shape[1])
        torch.nn.init.normal_(encoder.again, 0.3, 0.1)
    encoder = encoder.double()
    encoder.prepare(1.0, 4.0, 0.5)
    return encoder


def oracle_of(encoder):
    weights = {k: v.detach().numpy() for k, v in encoder.state_dict().items() if k != "scale"}
    return SlowJodie(weights, float(encoder.scale))


def raw_of(graph, k):
    return np.append(np.float32(graph.weight[k]), graph.features[k])


@pytest.mark.parametrize("size", [1, 7, 30])
def test_scores_and_rows_equal_a_loop(size):
    graph = events()
    encoder = encoder_of(graph).eval()
    slow, state = oracle_of(encoder), encoder.begin()
    for a in range(0, 30, size):
        batch = event_batch(graph, a, min(a + size, 30))
        found = encoder.score(state, batch.src, batch.dst, batch.time).detach().numpy()
        asked = zip(graph.src[a : a + size], graph.dst[a : a + size], graph.time[a : a + size], strict=True)
        np.testing.assert_allclose(found, [-slow.error(*pair) for pair in asked], rtol=1e-6)
        encoder.write(state, batch)
        for k in range(a, min(a + size, 30)):
            slow.take_in(graph.src[k], graph.dst[k], graph.time[k], raw_of(graph, k))
    for node, row in slow.row.items():
        np.testing.assert_allclose(state.rows[node].numpy(), row, rtol=1e-6)
        assert state.updated[node] == slow.time[node]
        assert state.partner[node] == slow.last.get(node, graph.n_nodes)


@pytest.mark.parametrize("reduction", ["tbatch_mean", "item_sum", "full_sum"])
def test_loss_equals_a_loop(reduction):
    graph = events()
    encoder = encoder_of(graph, replace(SMALL, reduction=reduction, drift=0.7))
    slow, state = oracle_of(encoder), encoder.begin()
    encoder.write(state, event_batch(graph, 0, 10))
    for k in range(10):
        slow.take_in(graph.src[k], graph.dst[k], graph.time[k], raw_of(graph, k))
    error, moved = [], []
    for k in range(10, 30):
        error.append(slow.error(graph.src[k], graph.dst[k], graph.time[k]))
        moved.append(slow.take_in(graph.src[k], graph.dst[k], graph.time[k], raw_of(graph, k)))
    group = t_batches(graph.src[10:], graph.dst[10:], 6).number
    size = np.bincount(group)[group]
    width = 3 + 6
    wanted = {
        "tbatch_mean": (np.array(error) / size).sum() / width,
        "item_sum": sum(error) / width,
        "full_sum": sum(error),
    }[reduction]
    drift = (np.array(moved) / size).sum() / 3
    found = encoder.loss(state, event_batch(graph, 10, 30), torch.zeros(20, dtype=torch.int64))
    np.testing.assert_allclose([x.item() for x in found], [wanted + 0.7 * drift, wanted, drift], rtol=1e-6)


def test_two_batchings_have_one_item_sum_and_two_tbatch_means():
    error = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    one, two = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 1, 1])
    for reduction in ("item_sum", "full_sum"):
        assert reduce_errors(error, one, 5, reduction) == reduce_errors(error, two, 5, reduction)
    assert reduce_errors(error, one, 5, "tbatch_mean") != reduce_errors(error, two, 5, "tbatch_mean")


def test_batches_do_not_change_item_sums_of_a_stream():
    graph = events()
    encoder, total = encoder_of(graph), []
    for size in (30, 4):
        state, parts = encoder.begin(), []
        for a in range(0, 30, size):
            batch = event_batch(graph, a, min(a + size, 30))
            parts.append(encoder.loss(state, batch, batch.dst)[1].item())
            encoder.write(state, batch)
        total.append(sum(parts))
    assert total[0] == pytest.approx(total[1], rel=1e-6)


def test_write_takes_what_the_loss_went_through():
    graph = events()
    encoder = encoder_of(graph)
    plain, fresh = encoder.begin(), encoder.begin()
    batch = event_batch(graph)
    encoder.train().loss(fresh, batch, batch.dst)
    encoder.write(fresh, batch)
    encoder.eval().write(plain, batch)
    for name, value in plain.arrays().items():
        np.testing.assert_array_equal(fresh.arrays()[name], value)


def test_every_parameter_learns():
    graph = events()
    encoder = encoder_of(graph)
    encoder.loss(encoder.begin(), event_batch(graph), torch.from_numpy(graph.dst.copy()))[0].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())


ODD = {
    "tied": lambda g: replace(g, time=np.repeat(np.arange(10.0), 3)),
    "loops": lambda g: replace(g, dst=g.src),
    "one pair": lambda g: replace(g, src=g.src * 0, dst=g.src * 0 + 1),
    "no features": lambda g: replace(g, features=None),
    "late": lambda g: g.shift(1e9),
    "short": lambda g: replace(g, time=np.linspace(0, 1e-9, 30)),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_streams_are_learnt(kind):
    graph = ODD[kind](events())
    result = SMALL.fit(graph)
    model = SMALL.online(result)
    model.write(graph)
    assert np.isfinite(model.score(graph.src, graph.dst, graph.time)).all()
    assert np.isfinite(result.loss["loss"]).all()


def test_learns_a_stream_that_repeats_itself():
    rng = np.random.default_rng(0)
    src = rng.integers(0, 8, 400)
    graph = TemporalGraph(src=src, dst=8 + src, time=np.arange(400.0), n_nodes=16, span=(0.0, 400.0))
    config = replace(SMALL, width=8, static=8, epochs=5, batch=20, learning_rate=0.02)
    result = config.fit(graph, split=split_events(graph))
    assert result.loss["held_out"].min() < 0.05
    again = config.fit(graph, split=split_events(graph))
    assert all((again.parameters[k] == v).all() for k, v in result.parameters.items())


@pytest.mark.parametrize("wrong", [{"aim": "sign"}, {"width": 0}, {"static": 0}, {"drift": -1}, {"reduction": "sum"}])
def test_settings_are_checked(wrong):
    with pytest.raises(ConfigError):
        JODIE(**wrong)
