"""The network: both ways of computing it agree; causality, hand-over, gradients, small and odd graphs, refusals."""

import numpy as np
import pytest
import torch
from tests.oracles import tavrnn as oracle
from tests.unit.represent.networks import generator, made, sparse_from_the_first_node_on, windows

from interplay._core.errors import ConfigError, DataError
from interplay.data import Snapshots
from interplay.represent import bernoulli, gathering, unrolled
from interplay.represent.gathering import gather
from interplay.represent.likelihood import GraphTask, elbo, link_logits
from interplay.tensors import TrainingPlan, snapshot_tensors, train

VARIANTS = [
    {},
    {"query": "mean"},
    {"query": "mean", "history_node": True, "window": 2},
    {"query": None, "edges": "weighted"},
    {"edges": "weighted", "window": 3},
    {"convolution": "sage"},
    {"convolution": "sage", "edges": "signed", "window": 3},
    {"edges": "signed", "window": 1},
    {"edges": "signed", "reconstruct_all": True},
]
OTHERS = [{"convolution": "gin"}, {"convolution": "gin", "edges": "signed"}, {"layers": 2}, {"recurrent": False}]


def outcome(network, data, architecture, *, sampled=True, state=None):
    """Everything a call gives, and the gradients of a loss that reads all of it."""
    network.zero_grad()
    latents, after = network(data, state, generator=generator() if sampled else None)
    loss = elbo(latents, data, architecture)[0] + (latents.spread * latents.mean.sin() * latents.prior_mean).sum()
    loss.backward()
    kept = [latents.mean, latents.attention, *after]
    return [loss.detach(), *[x.detach() for x in kept if x is not None], *[p.grad for p in network.parameters()]]


@pytest.mark.parametrize("settings", VARIANTS)
@pytest.mark.parametrize("sampled", [True, False])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_gradient_by_hand_is_torch_s(settings, sampled, sparse, monkeypatch):
    snapshots = windows(6, absent=True)
    network, plain, architecture = made(snapshots, **settings)
    _, data, _ = made(snapshots, **settings)
    _, state = network(data.part(0, 2))
    assert unrolled.serves(architecture, data)
    with monkeypatch.context() as patch:
        if sparse:
            sparse_from_the_first_node_on(patch)
        assert gathering.is_sparse(data) == sparse
        fast = outcome(network, data.part(2, 6), architecture, sampled=sampled, state=state)
    monkeypatch.setattr(unrolled, "serves", lambda *_: False)
    slow = outcome(network, plain.part(2, 6), architecture, sampled=sampled, state=state)
    for a, b in zip(fast, slow, strict=True):
        assert a.shape == b.shape
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("settings", [{}, {"edges": "weighted"}, {"convolution": "sage", "edges": "signed"}])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_gradient_by_hand_holds_in_single_precision(settings, sparse, monkeypatch):
    snapshots = windows(6, absent=True)
    network, data, architecture = made(snapshots, dtype="float32", **settings)
    exact, plain, _ = made(snapshots, **settings)
    # The same numbers in both precisions, and the same draws.
    exact.load_state_dict(network.state_dict())
    noise = torch.randn(6, 7, 3, dtype=torch.float64, generator=generator())
    monkeypatch.setattr(torch, "randn", lambda *_, dtype, **__: noise.to(dtype))
    with monkeypatch.context() as patch:
        if sparse:
            sparse_from_the_first_node_on(patch)
        assert gathering.is_sparse(data) == sparse
        fast = outcome(network, data, architecture)
    monkeypatch.setattr(unrolled, "serves", lambda *_: False)
    slow = outcome(exact, plain, architecture)
    for a, b in zip(fast, slow, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() <= 2e-5 * b.norm()


@pytest.mark.parametrize("sparse", [False, True])
def test_second_derivatives_are_refused_not_wrong(sparse, monkeypatch):
    if sparse:
        sparse_from_the_first_node_on(monkeypatch)
    network, data, architecture = made(windows())
    x = torch.randn(7, 6, dtype=torch.float64, generator=generator()).requires_grad_()
    given = {
        "likelihood": lambda: (bernoulli.presence(x.expand(5, 7, 6), bernoulli.pairs(data, False)), x),
        "recurrence": lambda: (network(data)[0].mean.sum(), network.features.weight),
        "sparse products": lambda: (gather(data, architecture).windows(x).sum(), x),
    }
    for name in given if sparse else list(given)[:2]:
        value, over = given[name]()
        (slope,) = torch.autograd.grad(value**2, over, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiate twice"):
            slope.sum().backward()


@pytest.mark.parametrize("settings", [*VARIANTS, *OTHERS])
def test_every_parameter_has_a_gradient(settings):
    network, data, architecture = made(windows(), **({"hidden": 24} | settings))
    elbo(network(data, generator=generator())[0], data, architecture)[0].backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().max() > 1e-12]
    # A window of one leaves nothing to choose from: its softmax is 1 whatever the scores.
    idle = ["attention.query.weight", "attention.query.bias", "attention.key.weight"]
    assert missing == (idle if settings.get("window") == 1 else [])


def test_a_frozen_recurrence_has_none():
    network, data, architecture = made(windows(), frozen_gru=True)
    elbo(network(data, generator=generator())[0], data, architecture)[0].backward()
    assert {name for name, p in network.named_parameters() if p.grad is None} == {
        name for name, _ in network.named_parameters() if name.startswith("recurrence.")
    }


@pytest.mark.parametrize("settings", [*VARIANTS, *OTHERS])
def test_a_prefix_and_then_the_rest_is_all(settings):
    network, data, _ = made(windows(absent=True), **settings)
    whole, last = network(data)
    first, state = network(data.part(0, 3))
    then, end = network(data.part(3, 5), state)
    for key in ("mean", "spread", "prior_mean", "prior_spread"):
        joined = torch.cat([getattr(first, key), getattr(then, key)])
        assert torch.allclose(joined, getattr(whole, key), atol=1e-13)
    assert torch.allclose(end.hidden, last.hidden, atol=1e-13)
    assert end.keys.shape == last.keys.shape
    if then.attention is not None:
        past = then.attention.shape[1] - 2
        assert torch.allclose(then.attention, whole.attention[3:, 3 - past :], atol=1e-13)


@pytest.mark.parametrize("settings", [*VARIANTS, *OTHERS])
def test_later_windows_change_nothing_before_them(settings):
    early, late = windows(), windows(seed=9)
    mixed = Snapshots.from_dense(np.concatenate([early.dense()[:3], late.dense()[3:]]), early.bounds, directed=False)
    network, data, _ = made(early, **settings)
    _, other, _ = made(mixed, **settings)
    (one, _), (two, _) = network(data), network(other)
    for key in ("mean", "spread"):
        assert torch.equal(getattr(one, key)[:3], getattr(two, key)[:3])
        assert not torch.allclose(getattr(one, key)[3], getattr(two, key)[3])
    assert torch.allclose(one.prior_mean[:4], two.prior_mean[:4], atol=1e-15)


@pytest.mark.parametrize("kind", ["gcn", "sage", "gin"])
@pytest.mark.parametrize("edges", ["binary", "weighted", "signed"])
@pytest.mark.parametrize("sparse", [False, True])
def test_gathering_is_a_loop_over_edges(kind, edges, sparse, monkeypatch):
    snapshots = windows(absent=True)
    if sparse:
        sparse_from_the_first_node_on(monkeypatch)
    for history in (True, False):
        _, data, architecture = made(
            snapshots, convolution=kind, edges=edges, history_node=history, query="history" if history else None
        )
        x = torch.randn(data.n_nodes, 4, dtype=torch.float64, generator=generator())
        hear = gather(data, architecture)
        every = hear.windows(x)
        for t in range(len(snapshots)):
            cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
            rows = zip(snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut], strict=True)
            edge = {(i, j): w for i, j, w in rows if i != j}
            expected = oracle.heard(kind, edge, edges, snapshots.present[t], x.numpy(), history=history)
            assert np.abs(hear.window(t, x).numpy() - expected).max() < 1e-12
            assert torch.allclose(every[t], hear.window(t, x), atol=1e-14)


def test_edges_can_be_scaled_and_asked_for_a_gradient():
    snapshots = windows()
    network, data, _ = made(snapshots)
    scale = torch.ones(len(snapshots.src), dtype=torch.float64, requires_grad=True)
    same, _ = network(data.scaled(scale))
    assert torch.allclose(same.mean, network(data)[0].mean, atol=1e-13)
    same.mean[2].sum().backward()
    own = np.zeros(len(scale), bool)
    own[: snapshots.pointer[3]] = True
    off = snapshots.src != snapshots.dst
    assert (scale.grad.numpy()[own & off] != 0).all()
    assert (scale.grad.numpy()[~(own & off)] == 0).all()
    gone = np.ones(len(scale))
    gone[snapshots.snapshot == 1] = 0
    without = Snapshots.from_dense(
        snapshots.dense() * (np.arange(5) != 1)[:, None, None], snapshots.bounds, directed=False
    )
    taken, _ = network(data.scaled(torch.tensor(gone)))
    assert torch.allclose(taken.mean, network(made(without)[1])[0].mean, atol=1e-13)


@pytest.mark.parametrize("settings", [{"convolution": c, "edges": "signed"} for c in ("gcn", "sage", "gin")])
def test_one_node_one_window_silence_and_emptiness_can_be_embedded(settings):
    for shape in ((1, 1), (1, 5), (3, 1), (3, 4)):
        empty = Snapshots.from_dense(
            np.zeros((shape[0], shape[1], shape[1])),
            np.arange(shape[0])[:, None] + np.array([0.0, 1.0]),
            directed=False,
            present=np.zeros(shape, bool) if shape == (3, 4) else None,
        )
        for query in ("history", "mean"):
            network, data, _ = made(empty, query=query, **settings)
            latents, _ = network(data, generator=generator())
            assert all(torch.isfinite(x).all() for x in latents if x is not None)


def test_windows_without_both_kinds_of_pairs_are_refused_by_name():
    for t, fill, what in ((1, 0.0, "no edge"), (2, 1.0, "no pair without an edge")):
        weights = windows(density=0.4).dense()
        weights[t] = fill
        snapshots = Snapshots.from_dense(weights, windows().bounds, directed=False)
        _, data, architecture = made(snapshots)
        with pytest.raises(DataError, match=f"window {t} has {what} among its 30 counted pairs"):
            GraphTask(architecture=architecture).batches(data, 0)
        assert len(GraphTask(architecture=architecture, windows=t).batches(data, 0)[0][0]) == t
    lonely = Snapshots.from_dense(np.zeros((1, 1, 1)), [[0.0, 1.0]], directed=False)
    _, data, architecture = made(lonely)
    with pytest.raises(DataError, match="no edge among its 0 counted pairs"):
        GraphTask(architecture=architecture).batches(data, 0)


def test_another_network_s_data_are_refused():
    network, _, _ = made(windows())
    with pytest.raises(DataError, match="7 features per node, as the network was built for, got 9"):
        network(made(windows(n_nodes=8))[1])
    with pytest.raises(DataError, match="must have a history node"):
        network(snapshot_tensors(windows(n_nodes=7), history_node=False, dtype="float64"))
    fixed, few, _ = made(windows(), features=np.ones((6, 2)))
    _, state = fixed(few)
    with pytest.raises(DataError, match="it holds 7, the data 9"):
        fixed(made(windows(n_nodes=8), features=np.ones((8, 2)))[1], state)


def test_the_task_trains_on_the_prefix_and_watches_its_end():
    network, data, architecture = made(windows())
    task = GraphTask(architecture=architecture, windows=4, held_out_windows=1)
    ((batch, share),) = task.batches(data, 0)
    assert len(batch) == 3
    assert share == 1
    assert task.batches(data, 1)[0][0] is batch
    latents, _ = network(data.part(0, 4))
    expected = elbo(latents.part(3, 4), data.part(3, 4), architecture)[0]
    assert task.held_out(network, data) == pytest.approx(float(expected.detach()), abs=1e-12)
    assert GraphTask(architecture=architecture).held_out(network, data) is None
    with pytest.raises(ConfigError, match="got 4 of 4"):
        GraphTask(architecture=architecture, windows=4, held_out_windows=4).batches(data, 0)


def test_warming_up_begins_without_noise_and_divergence():
    network, data, architecture = made(windows())
    task = GraphTask(architecture=architecture, warm_up=4)
    assert [task.batches(data, epoch)[0][1] for epoch in range(6)] == [0, 0.25, 0.5, 0.75, 1, 1]
    means, _ = network(data)
    loss, likelihood, divergence = task.loss(network, task.batches(data, 0)[0], generator())
    assert loss == likelihood == elbo(means, data, architecture)[1]
    assert divergence > 0
    half, _ = network(data, generator=generator(), noise_share=0.5)
    whole, _ = network(data, generator=generator())
    torch.testing.assert_close(half.sample[0] - half.mean[0], (whole.sample[0] - whole.mean[0]) / 2)
    loss, likelihood, divergence = task.loss(network, task.batches(data, 2)[0], generator())
    expected = elbo(half, data, architecture)
    torch.testing.assert_close((loss, likelihood), (expected[1] + 0.5 * expected[2], expected[1]))
    assert task.loss(network, task.batches(data, 5)[0], generator())[0] == elbo(whole, data, architecture)[0]


def test_a_tiny_sequence_can_be_learned_by_heart():
    """Two groups of five, which mix in the middle window."""
    groups = np.kron(np.eye(2), np.ones((5, 5))) - np.eye(10)
    order = np.random.Generator(np.random.Philox(0)).permutation(10)
    weights = np.stack([groups, groups[order][:, order], groups])
    snapshots = Snapshots.from_dense(weights, np.arange(3)[:, None] + np.array([0.0, 1.0]), directed=False)
    network, data, architecture = made(snapshots, hidden=16, latent=8)
    plan = TrainingPlan(epochs=80, learning_rate=0.02, dtype="float64", keep="last")
    trained = train(network, GraphTask(architecture=architecture), data, plan)
    with torch.no_grad():
        means = trained.encoder(data)[0].mean[:, :-1]
    logits = link_logits(means).numpy()
    assert logits[weights == 1].min() > 1
    assert logits[(weights == 0) & ~np.eye(10, dtype=bool)].max() < -1
    assert trained.trace["likelihood"][-1] < 0.3 * trained.trace["likelihood"][0]
