"""Passes in segments: the loss, gradients and noise of one long pass, and nothing kept that grows with the steps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError
from interplay.spiking.nets import ConvSpikingNet, Pass, RecurrentSpikingNet
from interplay.tensors import seeded_torch

T, B = 11, 4
RECURRENT = RecurrentSpikingNet(layers=2, width=12, posterior=True)
CONV = ConvSpikingNet(layers=2, width=4)
CONFIGS = {
    "by chance": RECURRENT,
    "weights drawn": replace(RECURRENT, noise="per_sequence"),
    "residual, soft reset": replace(RECURRENT, residual=True, layers=3, reset="soft", gradient="st"),
    "threshold, weights drawn": replace(RECURRENT, gradient="arctan", noise="per_sequence"),
    "threshold, currents drawn": replace(RECURRENT, gradient="arctan", recurrent=False),
    "threshold": replace(RECURRENT, gradient="fast_sigmoid(5)", posterior=False),
    "convolution": CONV,
    "convolution, weights drawn": replace(CONV, noise="per_sequence"),
    "convolution, threshold, currents drawn": replace(CONV, gradient="arctan", posterior=True),
}


def network_and_input(config, dtype):
    shape = (2, 6, 6) if isinstance(config, ConvSpikingNet) else (10,)
    with seeded_torch(0, "segments"):
        network = config.build(shape, 3).to(dtype)
    x = torch.poisson(torch.full((T, B, int(np.prod(shape))), 2.0), generator=torch.Generator().manual_seed(1))
    return network, x.to(dtype)


def passed(config, every, dtype=torch.float64, *, noise=True):
    """Give logits, gradients of all parameters, and the pass."""
    network, x = network_and_input(replace(config, checkpoint_every=every), dtype)
    run = Pass(torch.Generator().manual_seed(3) if noise else None, config.noise)
    logits = network(x, run)
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(B) % 3)
    names, parameters = zip(*network.named_parameters(), strict=True)
    slopes = torch.autograd.grad(loss, parameters, allow_unused=True)
    return logits.detach(), dict(zip(names, slopes, strict=True)), run


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-11), (torch.float32, 2e-5)])
def test_segments_change_neither_loss_nor_gradients(name, dtype, close):
    config = CONFIGS[name]
    logits, slopes, run = passed(config, None, dtype)
    assert 0.02 < float(run.fired[-1].spikes.detach().mean()) < 0.95
    for every in (1, 4, T - 1):
        found, by, _ = passed(config, every, dtype)
        torch.testing.assert_close(found, logits, rtol=close, atol=close)
        for parameter, slope in slopes.items():
            if slope is None:
                assert by[parameter] is None
            else:
                torch.testing.assert_close(by[parameter], slope, rtol=close, atol=close)
    for every in (T, 10 * T):
        assert torch.equal(passed(config, every, dtype)[0], logits)


def test_without_noise_too():
    logits, slopes, _ = passed(RECURRENT, None, noise=False)
    found, by, _ = passed(RECURRENT, 3, noise=False)
    torch.testing.assert_close(found, logits, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(by["feed.0.mean"], slopes["feed.0.mean"], rtol=1e-11, atol=1e-11)


def test_predictions_are_made_whole_and_counted():
    """Without a gradient there is nothing to save, and what fired is wanted."""
    network, x = network_and_input(replace(RECURRENT, checkpoint_every=2), torch.float64)
    run = Pass(torch.Generator().manual_seed(3), "per_step")
    with torch.no_grad():
        logits = network(x, run)
    torch.testing.assert_close(logits, passed(RECURRENT, None)[0], rtol=1e-12, atol=1e-12)
    assert run.fired[0].spikes.shape == (T * B, 12)


def test_names_are_noted_once_and_nothing_that_grows():
    whole, parts = passed(RECURRENT, None)[2], passed(RECURRENT, 3)[2]
    assert [driven.name for driven in parts.driven] == [driven.name for driven in whole.driven]
    assert [fired.name for fired in parts.fired] == [fired.name for fired in whole.fired]
    assert all(driven.drive.numel() == 0 for driven in parts.driven[:-1])
    assert all(fired.spikes.numel() == 0 for fired in parts.fired)


def test_states_are_all_that_is_kept():
    """Tensors saved for the way back outside of a segment: input, states and parameters, whatever T is."""
    sizes = {}
    for every in (None, 5):
        network, x = network_and_input(replace(RECURRENT, checkpoint_every=every), torch.float32)
        x = x.repeat(20, 1, 1)
        kept = {}

        def keep(tensor, kept=kept):
            if len(tensor) and tensor.shape[0] >= 5 * B:
                kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            logits = network(x, Pass(torch.Generator().manual_seed(3), "per_step"))
        own = {p.untyped_storage().data_ptr() for p in network.parameters()}
        sizes[every] = sum(size for place, size in kept.items() if place not in own)
        assert logits.requires_grad
    assert sizes[5] < 0.2 * sizes[None]


@pytest.mark.parametrize("config", [RECURRENT, CONV], ids=lambda c: c.name)
def test_a_training_in_segments_is_the_same_training(config, events, films):
    data = films if config is CONV else events
    config = replace(config, epochs=2, batch=24, steps=10, step_s=0.1)
    whole, parts = (replace(config, checkpoint_every=every).fit(data) for every in (None, 3))
    np.testing.assert_allclose(parts.trace["loss"], whole.trace["loss"], rtol=1e-4)
    assert set(parts.gradient_start) == set(whole.gradient_start)
    for name, norm in whole.gradient_start.items():
        assert parts.gradient_start[name] == pytest.approx(norm, rel=1e-3)


def test_batch_normalisation_is_refused():
    with pytest.raises(ConfigError, match="normalise='batch'"):
        replace(RECURRENT, normalise="batch", checkpoint_every=5)
    with pytest.raises(ConfigError, match="checkpoint_every"):
        replace(CONV, checkpoint_every=0)
