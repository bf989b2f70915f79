"""Regions in another order: the same vectors in that order, where nothing is kept per region or it is reordered too."""

import pytest
import torch

from interplay.represent.brain.functional import ContextStream, SpatialTransformer, TemporalTransformer
from interplay.represent.brain.method import BrainSymphony
from interplay.represent.brain.network import BrainNetwork, Sizes
from interplay.represent.brain.perceiver import Perceiver
from interplay.tensors import seeded_torch

R, T = 6, 12
ORDER = torch.tensor([3, 0, 5, 1, 4, 2])
#: Parameters with an axis of regions, and which axis.
OF_REGIONS = {
    "spatial.pos_enc.pe": 0,
    "temporal.embedding_layer.weight": 1,
    "temporal_head.weight": 0,
    "temporal_head.bias": 0,
    "perceiver.latents": 0,
    "graph.input_proj.weight": 1,
    "graph.pos_enc.pe": 0,
}


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(ours, other):
    torch.testing.assert_close(ours, other, rtol=1e-10, atol=1e-11)


def test_spatial_transformer_without_places():
    with seeded_torch(0, "test"):
        stream = SpatialTransformer(R, T, width=16, hidden=16, layers=2, positions="none").double().eval()
    x, hidden, present = drawn(2, R, T), torch.zeros(2, R, dtype=torch.bool), torch.ones(2, R, dtype=torch.bool)
    hidden[0, 1], present[1, 2] = True, False
    close(stream(x[:, ORDER], present[:, ORDER], hidden[:, ORDER])[0], stream(x, present, hidden)[0][:, ORDER])
    close(stream.weights(x[:, ORDER], present[:, ORDER]), stream.weights(x, present)[:, ORDER][:, :, ORDER])


def test_temporal_transformer_with_its_weights_reordered():
    with seeded_torch(0, "test"):
        stream = TemporalTransformer(R, width=16, hidden=16, layers=2).double().eval()
    x = drawn(2, R, T)
    known = stream(x)
    stream.embedding_layer.weight.data = stream.embedding_layer.weight.data[:, ORDER]
    close(stream(x[:, ORDER]), known)


@pytest.mark.parametrize("path", ["lattice", "tokens"])
def test_perceiver_with_its_latents_reordered(path):
    with seeded_torch(0, "test"):
        perceiver = Perceiver(R, T, width=16, part=4, hidden=16, path=path).double().eval()
        context = ContextStream().double()
    regions, moments, x, code = (
        drawn(2, R, 16),
        drawn(2, T, 16, seed=1),
        drawn(2, R, T, seed=2),
        drawn(2, R, 16, seed=3),
    )
    present = torch.ones(2, R, dtype=torch.bool)
    present[1, 2] = False
    known = perceiver(regions, moments, x, context, code, present)
    maps = perceiver.attention_by_region(regions, moments, x, context, code, present)
    perceiver.latents.data = perceiver.latents.data[ORDER]
    given = (regions[:, ORDER], moments, x[:, ORDER], context, code[:, ORDER], present[:, ORDER])
    for ours, other in zip(perceiver(*given), known, strict=True):
        close(ours, other[:, ORDER])
    close(perceiver.attention_by_region(*given), maps[:, ORDER][:, :, ORDER])


@pytest.mark.parametrize("positions", ["none", "learnable"])
def test_the_whole_with_all_that_is_kept_per_region_reordered(positions):
    config = BrainSymphony(
        width=16, heads=4, hidden=16, layers=2, graph_layers=2, times=T, positions=positions, graph_positions=positions
    )
    with seeded_torch(0, "test"):
        network = BrainNetwork(config, Sizes(R, T, 0, True, True)).double().eval()
    x, w, present = drawn(2, R, T), drawn(2, R, R, seed=1), torch.ones(2, R, dtype=torch.bool)
    present[1, 2] = False
    x, w = x * present[..., None], w * (present[:, None] & present[..., None])

    def read(x, w, present):
        restored, function = network.read_function(x, present)
        structure = network.read_structure(w, present)
        return restored, function, structure, network.gate(function, structure)[0]

    known = read(x, w, present)
    found = dict(network.named_parameters())
    for name in OF_REGIONS.keys() & found.keys():
        found[name].data = found[name].data.index_select(OF_REGIONS[name], ORDER)
    for ours, other in zip(read(x[:, ORDER], w[:, ORDER][:, :, ORDER], present[:, ORDER]), known, strict=True):
        close(ours, other[:, ORDER])
