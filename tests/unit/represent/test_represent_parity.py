"""The published formulation, derived again in numpy: forward pass, both terms of the bound, and our deviations.

"Published" here and in `test_represent_published` is what we derived from the paper's equations and the notebook by
ourselves; the authors' code is not run.
"""

import numpy as np
import pytest
import torch
from tests.oracles import tavrnn as oracle
from tests.unit.represent.networks import arrays, generator, made, published_matrices, windows
from torch import nn

from interplay.represent import TAVRNN
from interplay.represent.architecture import Architecture
from interplay.represent.likelihood import elbo, link_logits
from interplay.represent.module import VariationalGraphNetwork
from interplay.tensors import seeded_torch, snapshot_tensors


@pytest.mark.parametrize("given", [False, True])
def test_the_published_loss_is_met_with_all_parity_switches(given):
    snapshots = windows()
    features = np.random.Generator(np.random.Philox(1)).normal(size=(5, 6, 4)) if given else None
    switches = TAVRNN.published().architecture
    shape = {name: getattr(switches, name) for name in Architecture.__dataclass_fields__} | {"hidden": 6, "latent": 3}
    network, data, architecture = made(snapshots, features=features, **shape)
    noise = torch.randn((5, 7, 3), generator=generator(), dtype=torch.float64).numpy()
    known = np.tile(np.eye(7), (5, 1, 1))
    if given:
        known = np.concatenate([features, np.ones((5, 1, 4))], axis=1)
    a = published_matrices(snapshots)
    expected = oracle.forward(arrays(network), a, known, noise)
    nll = sum(oracle.likelihood(z, one, np.ones((7, 7), bool)) for z, one in zip(expected["sample"], a, strict=True))
    kl = sum(
        oracle.divergence(*(expected[k][t] for k in ("mean", "spread", "prior_mean", "prior_spread")), range(7))
        for t in range(5)
    )
    latents, state = network(data, generator=generator())
    found = elbo(latents, data, architecture)
    for key in ("mean", "spread", "prior_mean", "prior_spread", "sample", "attention"):
        assert np.abs(getattr(latents, key).detach().numpy() - expected[key]).max() < 1e-12
    assert np.abs(state.hidden[0].numpy() - expected["state"][-1]).max() < 1e-12
    assert [float(x.detach()) for x in found] == pytest.approx([nll + kl, nll, kl], abs=1e-9)


@pytest.mark.parametrize("window", [1, 2, 3, 5, 9, None])
def test_attention_reaches_its_window_and_no_further(window):
    snapshots = windows()
    network, data, _ = made(snapshots, window=window)
    expected = oracle.forward(
        arrays(network),
        published_matrices(snapshots),
        np.tile(np.eye(7), (5, 1, 1)),
        np.zeros((5, 7, 3)),
        window=window,
    )
    latents, _ = network(data)
    assert np.abs(latents.mean.detach().numpy() - expected["mean"]).max() < 1e-12
    assert np.abs(latents.attention.numpy() - expected["attention"]).max() < 1e-12
    if window is not None and window >= 5:
        full, _ = made(snapshots)[0](data)
        assert torch.equal(full.mean, latents.mean)


def test_without_attention_the_state_is_the_recurrence_s():
    snapshots = windows()
    network, data, _ = made(snapshots, query=None)
    eye, none = np.tile(np.eye(7), (5, 1, 1)), np.zeros((5, 7, 3))
    expected = oracle.forward(arrays(network), published_matrices(snapshots), eye, none, attention=False)
    latents, state = network(data)
    assert latents.attention is None
    assert np.abs(latents.mean.detach().numpy() - expected["mean"]).max() < 1e-12
    assert np.abs(state.hidden[0].numpy() - expected["state"][-1]).max() < 1e-12


def test_a_window_alone_has_the_standard_normal_prior():
    network, data, architecture = made(windows(), recurrent=False, query=None, history_node=False)
    latents, _ = network(data)
    alone, _ = network(data.part(2, 3))
    assert torch.allclose(latents.mean[2], alone.mean[0], atol=1e-14)
    assert (latents.prior_mean == 0).all()
    assert (latents.prior_spread == 1).all()
    kl = sum(
        oracle.divergence(m, s, np.zeros_like(m), np.ones_like(s), range(6))
        for m, s in zip(latents.mean.detach().numpy(), latents.spread.detach().numpy(), strict=True)
    )
    assert float(elbo(latents, data, architecture)[2].detach()) == pytest.approx(kl, abs=1e-12)


@pytest.mark.parametrize("edges", ["binary", "weighted", "signed"])
@pytest.mark.parametrize("reconstruct_all", [False, True])
def test_pairs_that_do_not_count_are_out_of_both_terms(edges, reconstruct_all):
    snapshots = windows(absent=True)
    assert not snapshots.present.all()
    network, data, architecture = made(snapshots, edges=edges, reconstruct_all=reconstruct_all)
    latents, _ = network(data, generator=generator())
    z, present = latents.sample.detach().numpy(), np.column_stack([snapshots.present, np.ones(5, bool)])
    nll = kl = 0.0
    for t, a in enumerate(published_matrices(snapshots)):
        members = np.flatnonzero(present[t])
        counted = np.outer(present[t], present[t])
        if not reconstruct_all:
            counted &= ~np.eye(7, dtype=bool)
            counted[-1] = counted[:, -1] = False
        nll += oracle.likelihood(z[t], a, counted)
        if edges != "binary":
            cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
            rows = zip(snapshots.src[cut], snapshots.dst[cut], snapshots.weight[cut], strict=True)
            edge = [row for row in rows if row[0] != row[1]]
            nll += oracle.strength_and_sign(z[t], edge, latents.coefficients.detach().numpy(), edges == "signed")
        parts = (getattr(latents, key)[t].detach().numpy() for key in ("mean", "spread", "prior_mean", "prior_spread"))
        kl += oracle.divergence(*parts, members)
    found = elbo(latents, data, architecture)
    assert [float(x.detach()) for x in found] == pytest.approx([nll + kl, nll, kl], abs=1e-9)


def test_divergence_is_torch_s():
    network, data, architecture = made(windows())
    latents, _ = network(data)
    one, other = (torch.distributions.Normal(latents[k], latents[k + 1]) for k in (0, 2))
    expected = torch.distributions.kl_divergence(one, other).sum(-1).mean(1).sum() / 7
    assert torch.allclose(elbo(latents, data, architecture)[2], expected, atol=1e-12)


def test_logits_are_inner_products():
    latents = torch.randn(2, 4, 3, generator=generator())
    assert torch.allclose(link_logits(latents)[1, 2, 3], latents[1, 2] @ latents[1, 3])


def test_as_many_parameters_as_published_but_for_the_keys_bias():
    data = snapshot_tensors(windows(2, 120, density=0.1))
    with seeded_torch(0, "test"):
        network = VariationalGraphNetwork(Architecture(), data.n_features)
    recurrence = sum(p.numel() for p in network.recurrence.parameters())
    rest = sum(p.numel() for p in network.parameters()) - recurrence
    assert (recurrence, rest) == (9408, 11504 - 32)


def test_weights_begin_as_glorot_s_gate_by_gate():
    network, _, _ = made(windows(), hidden=32)
    weight = network.recurrence[0].from_input.weight[0]
    assert weight.abs().max() <= np.sqrt(6 / (64 + 32))
    assert weight.abs().max() > 0.98 * np.sqrt(6 / (64 + 32))
    assert all((p == 0).all() for name, p in network.recurrence.named_parameters() if name.endswith("bias"))
    assert nn.Linear in {type(m) for m in network.modules()}
