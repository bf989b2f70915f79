import numpy as np
import pytest
import torch

from interplay import ConfigError, DataError
from interplay.spiking.nets import SpikingImitation, SpikingLayers
from interplay.spiking.nets.spiking_policy import SpikingPolicy
from interplay.tensors.rng import seeded_torch
from interplay.tensors.value_net import ValueNet


def made(seed=0, **settings):
    front = SpikingLayers(**({"width": 6, "steps": 3} | settings)).front(seed)
    with seeded_torch(0, "test"):
        return front, ValueNet((4,), 3, depth=0, front=front)


def test_all_parameters_are_one_vector_and_outputs_are_of_mean_spikes():
    front, net = made(depth=2)
    assert len(net.flat) == (4 * 6 + 6) + (6 * 6 + 6) + (6 * 3 + 3)
    assert net.n_trunk == len(net.flat) - 21
    x = torch.linspace(-1, 1, 20).view(5, 4)
    with front.listening() as heard:
        out = net(x)
    assert out.shape == (5, 1, 3, 1)
    (layers,) = heard
    assert [tuple(layer.shape) for layer in layers] == [(3, 5, 6), (3, 5, 6)]
    assert set(layers[1].unique().tolist()) <= {0.0, 1.0}
    weight, bias = net.flat[-21:-3].view(3, 6), net.flat[-3:]
    assert out[:, 0, :, 0] == pytest.approx(layers[1].mean(0) @ weight.t() + bias, abs=1e-6)


def test_nobody_is_told_when_nobody_listens_and_every_look_has_noise_of_its_own():
    front, net = made(noise_scale=1.0)
    x = torch.zeros(1, 4)
    with front.listening() as heard:
        net(x)
        net(x)
    net(x)
    assert len(heard) == 2
    assert not torch.equal(heard[0][0], heard[1][0])
    # the same seed makes the same noise from the start
    again, other = made(noise_scale=1.0), made(seed=1, noise_scale=1.0)
    for (front_, net_), same in ((again, True), (other, False)):
        with front_.listening() as found:
            net_(x)
        assert torch.equal(found[0][0], heard[0][0]) == same


def test_the_first_layer_fires_as_often_as_its_law_says():
    front, net = made(width=1, depth=1, steps=4000, decay=0.0, noise_scale=0.5)
    weight, bias = net.stem.dense[0].weight, net.stem.dense[0].bias
    with torch.no_grad():
        weight.fill_(0.25)
        bias.fill_(0.1)
    x = torch.tensor([[0.5, 0.7, 0.9, 0.5]])
    with front.listening() as heard:
        net(x)
    mean = 0.25 * 2.6 + 0.1
    expected = 0.5 * (1 + torch.erf(torch.tensor((mean - 1) / 0.5 / 2**0.5)))
    assert heard[0][0].mean().item() == pytest.approx(expected.item(), abs=4 * (0.25 / 4000) ** 0.5)


def test_fields_code_a_number_by_bells_around_their_centres():
    _, net = made(fields=5)
    coded = net.stem._coded(torch.tensor([[0.0, 0.5, 1.0, -1.0]]))[0].view(4, 5)
    centres = np.linspace(-1, 1, 5)
    for row, x in zip(coded, (0.0, 0.5, 1.0, -1.0), strict=True):
        assert row.numpy() == pytest.approx(np.exp(-0.5 * ((x - centres) / 0.5) ** 2), abs=1e-6)


def test_the_gradient_reaches_every_parameter_and_begins_anew_each_time():
    _, net = made(noise_scale=1.0)
    x = torch.linspace(-1, 1, 128).view(32, 4)
    with torch.enable_grad():
        out, kept = net.trace(x)
    net.backward(torch.ones_like(out), kept)
    first = net.gradient.clone()
    assert (first != 0).float().mean() > 0.9
    # the heads' bias: a plain sum over the batch, not added to what stood there
    with torch.enable_grad():
        out, kept = net.trace(x)
    net.backward(torch.ones_like(out), kept)
    assert net.gradient[-3:].tolist() == [32.0, 32.0, 32.0]
    assert first[-3:].tolist() == [32.0, 32.0, 32.0]


def test_pictures_and_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match=r"vectors of numbers, got observations of shape \(1, 40, 40\)"):
        SpikingLayers().front(0)((1, 40, 40))
    for wrong in ({"depth": 0}, {"fields": 0}, {"decay": -0.1}, {"noise_scale": 0.0}, {"gradient": "x"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            SpikingLayers(**wrong)


def test_a_rule_is_learnt_from_examples():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1200, 2)).astype(np.float32)
    rule = (x[:, 0] > x[:, 1]).astype(int) + (x[:, 0] > 0.5)
    learning = SpikingImitation(layers=SpikingLayers(width=32, steps=5), epochs=10, kept_apart=0.25)
    policy = learning.fit(x, rule, n_actions=3, shown_by="a rule", facts={"k": 1})
    assert isinstance(policy, SpikingPolicy)
    assert policy.agreement > 0.8
    again = learning.fit(x, rule, n_actions=3, shown_by="a rule")
    assert np.array_equal(policy.weights, again.weights)
    actor = policy.actor(0)
    action, spikes = actor.choose(np.array([0.9, -0.9], np.float32))
    assert action == 2
    assert [s.shape for s in spikes] == [(5, 32), (5, 32)]


def test_examples_that_are_none_are_refused():
    x, a = np.zeros((5, 2)), np.zeros(5, int)
    with pytest.raises(DataError, match=r"`action` must lie in \[0, 3\), got 0 to 3"):
        SpikingImitation().fit(x, np.array([0, 1, 2, 3, 0]), n_actions=3, shown_by="x")
    with pytest.raises(DataError, match="examples to train on and some to keep apart, got 1"):
        SpikingImitation().fit(x[:1], a[:1], n_actions=3, shown_by="x")
    with pytest.raises(DataError):
        SpikingImitation().fit(x, a[:4], n_actions=3, shown_by="x")
    for wrong in ({"epochs": 0}, {"kept_apart": 1.0}, {"learning_rate": 0.0}, {"weight_decay": -1}, {"seed": -1}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            SpikingImitation(**wrong)
