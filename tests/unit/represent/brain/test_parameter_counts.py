"""How many parameters every part has, beside the published numbers; the differences are named."""

import pytest
import torch

from interplay.represent.brain.edge_head import EdgeHead
from interplay.represent.brain.functional import ContextStream, SpatialTransformer, TemporalTransformer
from interplay.represent.brain.method import BrainSymphony
from interplay.represent.brain.network import AdaptiveGate, BrainNetwork, Sizes
from interplay.represent.brain.perceiver import Perceiver
from interplay.represent.brain.signed_graph import SignedGraphTransformer

#: By part: how to build it, ours, and published (code defaults, counted by running it) less ours.
PARTS = {
    # The published table of places has 500 rows, whatever the atlas; a token that stands in for hidden regions is ours.
    "spatial": (lambda: SpatialTransformer(450, 200), 1_270_784, 50 * 128 - 128),
    "temporal": (lambda: TemporalTransformer(450), 1_245_184, -128),
    "context": (ContextStream, 2_738, 0),
    "perceiver of the code": (lambda: Perceiver(450, 200, part=128, layers=2), 694_984, 0),
    # A projection of Laplacian places is always built there, used or not.
    "graph": (lambda: SignedGraphTransformer(450, 450), 1_304_960, 30 * 128 + 128),
    "edges": (lambda: EdgeHead(128), 197_377, 0),
    "gate": (lambda: AdaptiveGate(128), 32_896, 0),
}


def count(part):
    return sum(p.numel() for p in part.parameters())


@pytest.fixture(autouse=True)
def weightless():
    with torch.device("meta"):  # counts need no numbers
        yield


@pytest.mark.parametrize("name", PARTS)
def test_each_part(name):
    build, ours, _ = PARTS[name]
    assert count(build()) == ours


def test_published_sums():
    published = {name: ours + more for name, (_, ours, more) in PARTS.items()}
    assert published["spatial"] == 1_277_056
    assert published["temporal"] == 1_245_056
    assert published["graph"] + published["edges"] == 1_506_305
    assert round(sum(published.values()) / 1e6, 2) == 4.76


def test_a_layer_of_either_kind_and_the_published_perceiver():
    spatial, graph = SpatialTransformer(450, 200), SignedGraphTransformer(450, 450)
    assert [count(layer) for layer in spatial.layers] == [197_888] * 6
    assert [count(layer) for layer in graph.layers] == [198_272] * 6
    assert count(Perceiver(450, 200)) == 451_848


def test_the_whole_is_its_parts_and_two_heads_of_pre_training():
    whole = BrainNetwork(BrainSymphony(), Sizes(450, 200, 0, True, True))
    parts = sum(ours for name, (_, ours, _) in PARTS.items() if not name.startswith("perceiver"))
    heads = count(whole.spatial_head) + count(whole.temporal_head)
    assert heads == 129 * (200 + 450)
    assert count(whole) == parts + 451_848 + heads
    for function in (True, False):
        alone = BrainNetwork(BrainSymphony(), Sizes(450, 200, 0, function, not function))
        assert count(alone) < count(whole)
        assert not hasattr(alone, "gate")
