import numpy as np
import pytest
import torch
from torch.nn import functional

from interplay.data import Graph
from interplay.tensors import adversarial_autoencoder as ours

PLAN = {"aim": "mislead", "rounds": 2, "noise": 0.5, "epochs": 3, "learning_rate": 0.01, "seed": 0, "threads": 1}


def example():
    weights = np.zeros((6, 6))
    for i, j, w in ((0, 1, 2.0), (1, 2, 1.0), (2, 3, 0.5), (3, 4, 1.0)):
        weights[i, j] = weights[j, i] = w
    graph = Graph.from_dense(weights, directed=False)
    code = np.array([0, 0, 0, 1, 1, 1])
    return ours.adjacency_rows(graph.offsets, graph.target, graph.weights(), code, 2, batch=3), weights


def test_rows_are_the_normalised_matrix_and_its_support():
    rows, weights = example()
    seen, edge = rows.rows(rows.use)
    strength = weights.sum(axis=1)
    scale = np.sqrt(np.where(strength > 0, strength, 1))
    expected = np.sqrt(6) * weights / scale[:, None] / scale
    assert rows.use.tolist() == [0, 1, 2, 3, 4]
    assert seen.numpy() == pytest.approx(expected[:5], abs=1e-6)
    assert np.array_equal(edge.numpy() > 0, weights[:5] > 0)
    assert rows.edge_share == pytest.approx(8 / 30)
    assert rows.balance.numpy() == pytest.approx([5 / 6, 5 / 4])


def test_an_entry_of_weight_zero_is_no_edge():
    graph = Graph.from_edges([0, 1], [1, 2], [1.0, 0.0], n_nodes=3, directed=False)
    rows = ours.adjacency_rows(graph.offsets, graph.target, graph.weights(), np.zeros(3, int), 1, 8)
    assert rows.use.tolist() == [0, 1]
    assert rows.rows(rows.use)[1].sum() == 2


@pytest.mark.parametrize("aim", ["confuse", "mislead"])
def test_one_step_moves_each_side_by_its_own_loss(aim):
    rows, _ = example()
    torch_state = torch.random.get_rng_state()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model = ours.AdversarialAutoencoder(6, 2, 4, 3).double()
    model.float()
    plan = ours.AdversarialPlan(strength=0.7, **{**PLAN, "aim": aim, "rounds": 1, "noise": 0.0})
    own = [*model.encoder.parameters(), *model.decoder.parameters()]
    first = {k: v.detach().clone() for k, v in model.state_dict().items()}
    encoder = torch.optim.SGD(own, 0.1)
    other = torch.optim.SGD(model.discriminator.parameters(), 0.1)
    parts = ours._step(model, encoder, other, rows, rows.use, plan, torch.Generator())
    after = {k: v.detach().clone() for k, v in model.state_dict().items()}

    # The same by hand: the discriminator first, on the code of before; then the encoder, against the moved one.
    model.load_state_dict(first)
    seen, edge = rows.rows(rows.use)
    code = torch.from_numpy(rows.code[rows.use])
    told = functional.cross_entropy(model.discriminator(model.encoder(seen).detach()), code, rows.balance)
    slopes = torch.autograd.grad(told, list(model.discriminator.parameters()))
    with torch.no_grad():
        for p, slope in zip(model.discriminator.parameters(), slopes, strict=True):
            p -= 0.1 * slope
    latent = model.encoder(seen)
    odds = model.discriminator(latent).softmax(dim=1)
    each = rows.balance[code]
    if aim == "mislead":
        aimed = -functional.cross_entropy(model.discriminator(latent), code, rows.balance)
    else:
        aimed = (each * (0.5 * torch.log(0.5 / odds)).sum(dim=1)).sum() / each.sum()
    odds = torch.sigmoid(model.decoder(latent))
    share = rows.edge_share
    entry = torch.where(edge > 0, -0.5 / share * torch.log(odds), -0.5 / (1 - share) * torch.log(1 - odds))
    loss = entry.mean() + 0.7 * aimed
    assert parts == pytest.approx([float(x.detach()) for x in (loss, entry.mean(), told, aimed)], rel=1e-5)
    for p, slope in zip(own, torch.autograd.grad(loss, own), strict=True):
        name = next(k for k, v in model.named_parameters() if v is p)
        assert after[name].numpy() == pytest.approx((p - 0.1 * slope).detach().numpy(), abs=1e-5)
    for name, p in model.discriminator.named_parameters():
        assert after[f"discriminator.{name}"].numpy() == pytest.approx(p.detach().numpy(), abs=1e-6)
    assert torch.equal(torch_state, torch.random.get_rng_state())


def test_same_seed_same_bits_and_no_global_draw():
    rows, _ = example()
    plan = ours.AdversarialPlan(strength=1.0, **PLAN)
    one, trace = ours.train_adversarial(rows, n_groups=2, dimensions=3, hidden=4, plan=plan)
    two, _ = ours.train_adversarial(rows, n_groups=2, dimensions=3, hidden=4, plan=plan)
    assert np.array_equal(one, two)
    assert set(trace) == {"loss", "reconstruction", "discriminator", "adversary"}
    assert all(len(v) == 3 for v in trace.values())
    assert (one[5] == 0).all()
    assert one[:5].mean(axis=1) == pytest.approx(0, abs=1e-6)
    other = ours.AdversarialPlan(strength=1.0, **{**PLAN, "seed": 1})
    assert not np.array_equal(one, ours.train_adversarial(rows, n_groups=2, dimensions=3, hidden=4, plan=other)[0])
