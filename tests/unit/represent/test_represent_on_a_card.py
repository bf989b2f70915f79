"""On a card every method trains and embeds as on the processor; with the same draws, to rounding.

Where there is no card, torch's "meta" device, which knows shapes and devices but no numbers, stands in for one: most
operations that mix its tensors with the processor's are refused there too (a plain product is not). It cannot show how
sparse matrices, generators and cuDNN behave on a card.
"""

import copy
import dataclasses
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.unit.represent.networks import generator, made, sparse_from_the_first_node_on, windows

from interplay.represent import TAVRNN, VGAE, VGRNN, StatisticsGRU
from interplay.represent.likelihood import elbo

CARD = "cuda"
cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
SMALL = {"hidden": 6, "latent": 3, "epochs": 4, "dtype": "float64", "patience": None}
METHODS = {
    "tavrnn, dense": TAVRNN(**SMALL, warm_up=2),
    "tavrnn, sparse": TAVRNN(**SMALL, warm_up=2),
    "tavrnn, sparse, sage and signed": TAVRNN(**SMALL, warm_up=2, convolution="sage", edges="signed", window=3),
    "tavrnn, the plain way": TAVRNN(**SMALL, warm_up=2, convolution="gin", layers=2, query="mean"),
    "vgrnn": VGRNN(**SMALL, warm_up=2),
    "vgae": VGAE(**SMALL, warm_up=2, validation=0.2),
    "statistics": StatisticsGRU(**SMALL),
}


@pytest.fixture
def same_draws(monkeypatch):
    """Draw on the processor whatever the device, since generators of different devices give different numbers."""
    real = torch.randn

    def randn(*size, generator, device, dtype):
        here = torch.Generator().manual_seed(generator.initial_seed())
        return real(*size, generator=here, dtype=dtype).to(device)

    monkeypatch.setattr(torch, "randn", randn)


def same(there, here, names=("embedding", "spread", "history", "attention")):
    for name in names:
        a, b = getattr(there, name), getattr(here, name)
        assert (a is None) == (b is None)
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.gpu
@cuda
@pytest.mark.parametrize("name", METHODS)
def test_fits_and_embeddings_are_the_processor_s(name, same_draws, monkeypatch):
    if "sparse" in name:
        sparse_from_the_first_node_on(monkeypatch)
    method, s = METHODS[name], windows(absent=True, density=0.4)
    there, here = (method.fit(s, device=device) for device in (CARD, "cpu"))
    assert there.loss.keys() == here.loss.keys()
    for part, trace in here.loss.items():
        np.testing.assert_allclose(there.loss[part], trace, rtol=1e-7, err_msg=part)
    for key, value in here.parameters.items():
        np.testing.assert_allclose(there.parameters[key], value, rtol=1e-6, atol=1e-8, err_msg=key)
    same(there, here)
    same(method.embed(here, s, device=CARD), here)
    if name != "statistics":
        drawn = [method.embed(here, s, sample_seed=3, device=device) for device in (CARD, "cpu")]
        same(*drawn)
        assert not np.allclose(drawn[0].embedding, here.embedding)


@pytest.mark.gpu
@cuda
@pytest.mark.parametrize("name", [name for name in METHODS if name != "statistics"])
def test_draws_hang_on_the_sample_seed(name):
    method, s = METHODS[name], windows(absent=True, density=0.4)
    result = method.fit(s)
    one, again, other = (method.embed(result, s, sample_seed=k, device=CARD) for k in (3, 3, 4))
    np.testing.assert_allclose(one.embedding, again.embedding, rtol=1e-9)
    assert not np.allclose(one.embedding, other.embedding)
    assert not np.allclose(one.embedding, result.embedding)


@pytest.mark.gpu
@cuda
@pytest.mark.parametrize("name", METHODS)
def test_single_precision_trains_and_stays_finite(name):
    result = replace(METHODS[name], dtype="float32").fit(windows(absent=True, density=0.4), device=CARD)
    assert np.isfinite(result.embedding).all()
    assert all(np.isfinite(trace).all() for trace in result.loss.values())


def moved(thing):
    """Copy a thing to the device without numbers, and every tensor that it holds."""
    if isinstance(thing, torch.Tensor):
        return torch.empty_like(thing, device="meta")
    if isinstance(thing, list | tuple):
        return type(thing)(map(moved, thing))
    if isinstance(thing, dict):
        return {key: moved(value) for key, value in thing.items()}
    if type(thing).__module__.startswith("interplay.represent") or dataclasses.is_dataclass(thing):
        copied = copy.copy(thing)
        for name, value in vars(thing).items():
            object.__setattr__(copied, name, moved(value))
        return copied
    return thing


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"edges": "weighted"},
        {"convolution": "sage", "edges": "signed", "window": 3},
        {"query": "mean"},
        {"query": None},
        {"recurrent": False},
        {"layers": 2, "convolution": "gin"},
    ],
)
def test_nothing_is_made_on_the_processor_on_the_way(settings, monkeypatch):
    network, data, architecture = made(windows(absent=True), **settings)
    elbo(network(data)[0], data, architecture)  # lays out all that is kept with the data
    real = torch.randn
    monkeypatch.setattr(torch, "randn", lambda *size, generator, **more: real(*size, **more))
    kept, data._kept["pairs", False].data = data._kept["pairs", False].data, None
    there = moved(data)
    data._kept["pairs", False].data = kept
    latents, state = network.to("meta")(there, generator=generator())
    loss, *_ = elbo(latents, there, architecture)
    loss.backward()
    found = [*latents, *state, loss, *(p.grad for p in network.parameters())]
    assert {x.device.type for x in found if x is not None} == {"meta"}
