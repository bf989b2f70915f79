"""Every part of the network is the published one: the authors' code, given our parameters, gives our numbers.

The code is not shipped. INTERPLAY_PEERS may name a folder that holds it (`models/layers/...`); else this is skipped.
What differs on purpose (masks, the tokens that stand in for what is hidden) is not used here.
"""

import functools
import importlib
import os
import sys
from pathlib import Path

import pytest
import torch

from interplay.represent.brain.functional import ContextStream, SpatialTransformer, TemporalTransformer
from interplay.represent.brain.perceiver import Perceiver
from interplay.represent.brain.signed_graph import SignedGraphTransformer
from interplay.tensors import seeded_torch

pytestmark = [pytest.mark.peer, pytest.mark.filterwarnings("ignore:.*autocast:FutureWarning")]

R, T, CLOSE = 12, 20, {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture
def layers(monkeypatch):
    """Modules of the published layers, by name."""
    folder = Path(os.environ.get("INTERPLAY_PEERS", "")) / "models" / "layers"
    if not (folder / "perceiver.py").is_file():
        pytest.skip("no published code here; set INTERPLAY_PEERS to the folder that holds its models/")
    monkeypatch.syspath_prepend(str(folder.parent))
    yield lambda name: importlib.import_module(f"layers.{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == "layers"]:
        del sys.modules[name]


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def seeded(test):
    """Keep torch's global generator, which initial parameters are drawn from, as it was."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        with seeded_torch(0, "published"):
            test(*args, **kwargs)

    return run


def given(theirs, ours, leave=()):
    """Give their module our parameters; what only one of them has must be named in `leave`."""
    state, own = theirs.state_dict(), ours.state_dict()
    for name in own:
        if name in state:
            state[name] = own[name].reshape(state[name].shape)
    assert {name for name in state.keys() ^ own.keys() if not name.startswith(leave)} == set()
    theirs.load_state_dict(state)
    return theirs.eval()


@seeded
def test_regions_moments_and_context(layers):
    x, common = drawn(2, R, T), {"num_layers": 2, "dim": 128, "num_heads": 4, "mlp_dim": 512, "time_steps": T}
    ours = SpatialTransformer(R, T, layers=2).eval()
    theirs = layers("spatial_temporal").SpatialTransformer(max_len=R, **common)
    found, weights, code = given(theirs, ours, ("mask_token", "pos_enc"))(x)
    vectors, place = ours(x)
    torch.testing.assert_close(vectors, found, **CLOSE)
    torch.testing.assert_close(place, code)
    torch.testing.assert_close(ours.weights(x), torch.stack(weights).mean(0).mean(1), **CLOSE)
    theirs = layers("spatial_temporal").TemporalTransformer(max_len=T, **common)
    theirs(x)
    ours = TemporalTransformer(R, layers=2).eval()
    torch.testing.assert_close(ours(x), given(theirs, ours, ("mask_token", "pos_enc"))(x)[0], **CLOSE)
    ours, theirs = ContextStream(), layers("context_conv").MaskedConv1DTemporalModel()
    hidden = drawn(2, R, T, seed=1) > 1
    told, features = given(theirs, ours)(x, ~hidden)
    torch.testing.assert_close(ours.features(ours.masked(x, hidden)), features, **CLOSE)
    torch.testing.assert_close(ours.restore(x, hidden), told[hidden], **CLOSE)


@pytest.mark.parametrize("path", ["lattice", "tokens"])
@pytest.mark.parametrize(("part", "blocks"), [(64, 1), (128, 2)])
@seeded
def test_the_perceiver(layers, path, part, blocks):
    ours, context = Perceiver(R, T, part=part, layers=blocks, path=path).eval(), ContextStream()
    theirs = layers("perceiver").PerceiverIOModelROIWise(
        input_dim=3 * part, num_rois=R, num_heads=2, time_steps=T, num_transformer_blocks=blocks
    )
    regions, moments, x, code = (drawn(2, *s, seed=k) for k, s in enumerate([(R, 128), (T, 128), (R, T), (R, 128)]))
    restored, latents, weights = given(theirs, ours)(regions, moments, context.features(x), code)
    for mine, published in zip(ours(regions, moments, x, context, code), (restored, latents), strict=True):
        torch.testing.assert_close(mine, published, **CLOSE)
    seen = ours.attention_by_region(regions, moments, x, context, code)
    torch.testing.assert_close(seen, weights.unflatten(-1, (R, T)).sum(-1), **CLOSE)


@seeded
def test_the_signed_graph(layers):
    ours = SignedGraphTransformer(R, R, layers=2).eval()
    theirs = layers("signed_graph").SignedGraphTransformer(R, R, 128, 2, 4)
    w = drawn(2, R, R, seed=3)
    given(theirs, ours, ("positional_proj", "edge_weight_predictor", "pos_"))
    with torch.no_grad():
        theirs.pos_embed.copy_(ours.pos_enc.pe)
    found, _, _ = theirs(w, w)
    # Theirs hears along rows, ours along the edges that come in: [src, dst].
    torch.testing.assert_close(ours(w, w.transpose(1, 2)), found, **CLOSE)
