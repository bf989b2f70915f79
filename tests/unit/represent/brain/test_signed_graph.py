"""The signed graph transformer: as published under its switches, gradients right, no size of weight too large."""

import numpy as np
import pytest
import torch
from tests.oracles import signed_graph as oracle

from interplay.represent.brain import signed_attention as module
from interplay.represent.brain.signed_attention import signed_attention, signed_maps
from interplay.represent.brain.signed_graph import SignedGraphLayer, SignedGraphTransformer, graph_weights
from interplay.tensors import seeded_torch


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def built(n=6, *, layers=2, dtype=torch.float64, **settings):
    with seeded_torch(0, "test"):
        network = SignedGraphTransformer(n, n, width=16, heads=4, layers=layers, **settings).to(dtype).eval()
    with torch.no_grad():
        for k, parameter in enumerate(network.parameters()):
            parameter += 0.1 * drawn(*parameter.shape, seed=k, dtype=dtype)
    return network


def graph(n=6, *, n_batch=1, directed=True, seed=5):
    w = drawn(n_batch, n, n, seed=seed)
    w[w.abs() < 0.6] = 0
    return w if directed else w + w.transpose(1, 2)


PRESENT = torch.tensor([[True, False, True, True, True, True], [True] * 6])


@pytest.mark.parametrize("attention", ["first_hop", "multi_hop", "diffusion"])
@pytest.mark.parametrize("mask_absent", [False, True])
def test_a_layer_is_the_published_one(attention, mask_absent):
    w, x = graph(), drawn(1, 6, 16, seed=9)
    layer = built(mask_absent=mask_absent).layers[0]
    found = layer(x, graph_weights(w, attention))
    p = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    known = oracle.layer(x[0].numpy(), oracle.weightings(w[0].numpy(), attention), p, 4, count_absent=not mask_absent)
    np.testing.assert_allclose(found[0].detach(), known, rtol=0, atol=2e-9)  # the published degrees have 1e-10 added


def test_the_whole_is_its_layers_and_hears_along_the_edges_that_come_in():
    w = graph(n_batch=2)
    network = built(positions="learnable")
    found = network(w, w)
    for b in range(2):
        x = network.input_proj(w[b]) + network.pos_enc.pe
        x = x.detach().numpy()
        for layer in network.layers:
            p = {name: value.detach().numpy() for name, value in layer.named_parameters()}
            x = oracle.layer(x, [w[b].T.numpy()], p, 4)
        np.testing.assert_allclose(found[b].detach(), x, rtol=0, atol=1e-11)


def test_a_region_without_incoming_edges_hears_nobody():
    w = torch.zeros(1, 4, 4, dtype=torch.float64)
    w[0, 0, 1] = 2.0  # 0 -> 1
    network, features = built(4, positions="none"), drawn(1, 4, 4)
    other = features.clone()
    other[0, 0] += 1
    moved = (network(features, w) - network(other, w)).abs().amax(dim=-1)[0]
    assert moved[0] > 0
    assert moved[1] > 0
    assert moved[2] == moved[3] == 0
    maps = network.weights(features, w)[0]
    assert maps[1, 0] != 0
    assert maps[0].abs().max() == maps[2].abs().max() == 0


@pytest.mark.parametrize("mask_absent", [False, True])
@pytest.mark.parametrize("present", [None, PRESENT])
def test_attention_is_its_maps_times_values_and_differentiable_by_all_it_takes(mask_absent, present):
    q, k, v = (drawn(2, 2, 6, 3, seed=s).requires_grad_() for s in range(3))
    graphs = drawn(2, 2, 6, 6, seed=4)
    settings = {"present": present, "mask_absent": mask_absent}
    sparse = graphs * (graphs.abs() > 0.5)
    heard = sparse if present is None else sparse.masked_fill(~present[:, None, None, :], 0.0)
    maps = signed_maps(q, k, heard, present, mask_absent=mask_absent)
    found = signed_attention(q, k, v, sparse, **settings)
    torch.testing.assert_close(found, maps @ v, rtol=1e-13, atol=1e-14)
    for b in range(2):
        there = None if present is None else present[b].tolist()
        scores = (q[b, 0] @ k[b, 0].T / 3**0.5).detach().numpy()
        known = [oracle.signed_shares(scores, g.numpy(), not mask_absent, there) for g in sparse[b]]
        np.testing.assert_allclose(maps[b, 0].detach(), (known[0] + known[1]) / 2, rtol=1e-12, atol=1e-14)
    assert torch.autograd.gradcheck(lambda *qkv: signed_attention(*qkv, sparse, **settings), (q, k, v))
    # By the weights only where none is 0: there the sign jumps, and so does the map.
    assert torch.autograd.gradcheck(
        lambda w: signed_attention(q, k, v, w, **settings), (graphs.requires_grad_(),), fast_mode=True
    )


@pytest.mark.parametrize("room", [1, 40, 80, 160])
def test_pieces_change_nothing(monkeypatch, room):
    q, k, v = (drawn(3, 2, 6, 3, seed=s).requires_grad_() for s in range(3))
    graphs = graph(n_batch=3)[:, None]

    def run():
        out = signed_attention(q, k, v, graphs)
        return [out, *torch.autograd.grad(out.sin().sum(), (q, k, v))]

    whole = run()
    monkeypatch.setattr(module, "_CHUNK", room)
    for ours, other in zip(whole, run(), strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-13, atol=1e-15)


def test_dropout_leaves_out_entries_and_scales_up_the_others():
    q, k, unit, w = (
        drawn(1, 1, 50, 50),
        drawn(1, 1, 50, 50, seed=1),
        torch.eye(50)[None, None].double(),
        drawn(1, 50, 50),
    )
    maps = signed_attention(q, k, unit, w[:, None])

    def dropped(*qkv):
        with seeded_torch(0, "drop"):
            return signed_attention(*qkv, w[:, None, : len(qkv[0][0, 0]), : len(qkv[0][0, 0])], dropout=0.3)

    found = dropped(q, k, unit)
    stays = found != 0
    assert abs(float(stays.double().mean()) - 0.7) < 0.03
    torch.testing.assert_close(found[stays], maps[stays] / 0.7, rtol=1e-12, atol=0)
    assert torch.equal(found, dropped(q, k, unit))
    parts = [drawn(1, 2, 5, 3, seed=seed).requires_grad_() for seed in range(3)]
    assert torch.autograd.gradcheck(dropped, parts)


@pytest.mark.parametrize("largest", [1e6, 1e12])
@pytest.mark.parametrize("attention", ["first_hop", "multi_hop", "diffusion"])
def test_raw_counts_give_numbers_and_slopes(largest, attention):
    w = (graph(directed=False).abs() * largest).float()
    network = built(dtype=torch.float32, attention=attention)
    out = network(w / largest, w)
    out.square().sum().backward()
    assert out.isfinite().all()
    assert all(p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("mask_absent", [False, True])
def test_a_graph_without_edges_is_no_graph(mask_absent):
    network, features = built(positions="none", mask_absent=mask_absent), drawn(1, 6, 6)
    zero = torch.zeros(1, 6, 6, dtype=torch.float64)
    out = network(features, zero)
    assert out.isfinite().all()
    one = network(features[:, :1], zero[:, :1, :1])
    torch.testing.assert_close(out[:, :1], one)


@pytest.mark.parametrize("attention", ["first_hop", "multi_hop", "diffusion"])
@pytest.mark.parametrize("mask_absent", [False, True])
def test_missing_regions_are_as_if_cut_out(attention, mask_absent):
    w, features = graph(n_batch=2), drawn(2, 6, 6, seed=3)
    network = built(positions="laplacian", attention=attention, mask_absent=mask_absent)
    there = [0, 2, 3, 4, 5]
    found = network(features, w, PRESENT)
    small = network(features[:1, there], w[:1, there][:, :, there])
    torch.testing.assert_close(found[:1, there], small, rtol=1e-11, atol=1e-12)
    assert (found[0, 1] == 0).all()
    torch.testing.assert_close(found[1:], network(features[1:], w[1:]), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("attention", ["first_hop", "multi_hop", "diffusion"])
@pytest.mark.parametrize("positions", ["none", "laplacian"])
def test_another_order_of_regions_gives_the_same_in_that_order(attention, positions):
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    network, w, features = built(attention=attention, positions=positions), graph(), drawn(1, 6, 6, seed=3)
    found = network(features[:, order], w[:, order][:, :, order])
    torch.testing.assert_close(found, network(features, w)[:, order], rtol=1e-10, atol=1e-11)


def test_weights_are_signed_shares():
    w, network = graph(n_batch=2), built()
    maps = network.weights(w, w, PRESENT)
    assert maps.shape == (2, 6, 6)
    assert (maps < 0).any()
    assert (maps > 0).any()
    assert (maps[0, :, 1] == 0).all()
    assert maps.abs().sum(dim=-1).max() <= 1 + 1e-12
    assert (maps[(w.transpose(1, 2) == 0)] == 0).all()


def test_weights_are_the_mean_of_the_layers_maps():
    w, network = graph(), built(positions="none", layers=3)
    x, found = network.input_proj(w), []
    for layer in network.layers:
        found.append(layer.weights(x, w.transpose(1, 2)[:, None]))
        x = layer(x, w.transpose(1, 2)[:, None])
    torch.testing.assert_close(network.weights(w, w), sum(found) / 3, rtol=1e-12, atol=1e-14)


def test_diffusion_has_nine_terms():
    both = torch.tensor([[[0.0, 7.0], [7.0, 0.0]]], dtype=torch.float64)
    known = torch.tensor([[[[1.01010101, 0.101010101], [0.101010101, 1.01010101]]]], dtype=torch.float64)
    torch.testing.assert_close(graph_weights(both, "diffusion"), known, rtol=0, atol=1e-14)


def test_half_precision_is_kept_out_of_the_maps():
    q, k, v = (drawn(1, 2, 6, 3, seed=s, dtype=torch.float32) for s in range(3))
    exact = signed_attention(q, k, v, graph().float()[:, None])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(signed_attention(q, k, v, graph().float()[:, None]), exact)
    network, w = built(dtype=torch.float32), graph(directed=False).float()
    exact = network(w, w)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        near = network(w, w)
    assert near.isfinite().all()
    torch.testing.assert_close(near.float(), exact, rtol=0, atol=0.1)


def test_names_and_shapes_of_a_layer_are_the_published_ones():
    with seeded_torch(0, "test"):
        shapes = {name: tuple(p.shape) for name, p in SignedGraphLayer(128, 4).named_parameters()}
    square, norm = {"weight": (128, 128), "bias": (128,)}, {"weight": (128,), "bias": (128,)}
    known = {f"{q}_linear.{part}": size for q in ("q", "k", "v", "out") for part, size in square.items()}
    known |= {f"layer_norm{k}.{part}": size for k in (1, 2) for part, size in norm.items()}
    known |= {"ffn.0.weight": (512, 128), "ffn.0.bias": (512,), "ffn.2.weight": (128, 512), "ffn.2.bias": (128,)}
    assert shapes == known
