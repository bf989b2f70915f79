"""Bayesian layers: moments against enumeration and drawn weights, flipout, divergence, counts."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from interplay._core.errors import ConfigError, DataError
from interplay.spiking.nets import BayesianConv2d, BayesianLinear
from interplay.tensors import seeded_torch


def made(kind, *sizes, **settings):
    with seeded_torch(3, "layer"):
        return kind(*sizes, **settings)


def dense(n_in=3, n_out=2, **settings):
    layer = made(BayesianLinear, n_in, n_out, **settings).double()
    with torch.no_grad():
        layer.mean.copy_(torch.linspace(-1, 1, n_in * n_out).view(n_out, n_in))
        if layer.bias is not None:
            layer.bias.copy_(torch.linspace(0.3, -0.2, n_out))
        if layer.raw_spread is not None:
            layer.raw_spread.copy_(torch.linspace(-2, 1, n_in * n_out).view(n_out, n_in))
    return layer


def spreads(layer):
    return np.log1p(np.exp(layer.raw_spread.detach().numpy())), np.log1p(np.exp(layer.raw_bias_spread.detach().numpy()))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_moments_are_those_of_drawn_weights():
    layer = dense()
    spread, bias_spread = spreads(layer)
    x = np.array([[0.5, -2.0, 1.5]])
    rng = np.random.default_rng(1)
    weights = layer.mean.detach().numpy() + spread * rng.standard_normal((200_000, 2, 3))
    biases = layer.bias.detach().numpy() + bias_spread * rng.standard_normal((200_000, 2))
    drawn = weights @ x[0] + biases
    found = layer.moments(torch.from_numpy(x), "analogue")
    np.testing.assert_allclose(found.mean.detach().numpy()[0], drawn.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(found.variance.detach().numpy()[0], drawn.var(axis=0), rtol=0.02)


@pytest.mark.parametrize(("code", "values"), [("01", (0.0, 1.0)), ("pm1", (-1.0, 1.0))])
def test_the_variance_is_exact_at_the_corners_and_linear_in_every_spike_between_them(code, values):
    layer = dense()
    at = {}
    for corner in itertools.product(values, repeat=3):
        x = torch.tensor([corner], dtype=torch.float64)
        at[corner] = layer.moments(x, code).variance[0]
        torch.testing.assert_close(at[corner], layer.moments(x, "analogue").variance[0])
    inside = torch.tensor([[values[0] + 0.3 * (values[1] - values[0]), values[1], values[0]]], dtype=torch.float64)
    between = 0.7 * at[(values[0], values[1], values[0])] + 0.3 * at[(values[1], values[1], values[0])]
    torch.testing.assert_close(layer.moments(inside, code).variance[0], between)


def test_with_signs_no_gradient_passes_through_the_variance():
    layer = dense()
    x = torch.ones(1, 3, dtype=torch.float64, requires_grad=True)
    layer.moments(x, "pm1").variance.sum().backward()
    assert x.grad is None


def test_an_unknown_code_is_refused():
    with pytest.raises(ConfigError, match="`code`"):
        dense().moments(torch.ones(1, 3, dtype=torch.float64), "signs")


def test_points_have_no_variance_no_divergence_and_one_draw():
    layer = dense(posterior=False)
    x = torch.ones(4, 3, dtype=torch.float64)
    assert layer.moments(x, "01").variance is None
    assert layer.divergence().item() == 0
    torch.testing.assert_close(layer.drawn(x, layer.draw(4, generator())), layer.moments(x, "01").mean)


def test_divergence_is_the_integral():
    layer = dense(2, 1, prior=0.8, bias=False)
    spread = np.log1p(np.exp(layer.raw_spread.detach().numpy())).ravel()
    mean, prior = layer.mean.detach().numpy().ravel(), 0.8 / math.sqrt(2)
    total = 0.0
    grid = np.linspace(-12, 12, 400_001)
    for m, s in zip(mean, spread, strict=True):
        q = np.exp(-((grid - m) ** 2) / (2 * s * s)) / (s * math.sqrt(2 * math.pi))
        log_p = -(grid**2) / (2 * prior**2) - math.log(prior * math.sqrt(2 * math.pi))
        log_q = -((grid - m) ** 2) / (2 * s * s) - math.log(s * math.sqrt(2 * math.pi))
        total += float(np.sum(q * (log_q - log_p)) * (grid[1] - grid[0]))
    assert layer.divergence().item() == pytest.approx(total, rel=1e-6)


def test_the_divergence_is_zero_at_the_prior_alone():
    layer = made(BayesianLinear, 5, 4, prior=0.7, spread=0.7)
    with torch.no_grad():
        layer.mean.zero_()
    assert layer.divergence().item() == pytest.approx(0, abs=1e-5)
    with torch.no_grad():
        layer.mean[0, 0] = 0.1
    assert layer.divergence().item() > 1e-3


def test_draws_of_a_sequence_are_of_the_posterior_and_the_same_at_every_step():
    layer = dense()
    x = torch.tensor([0.5, -2.0, 1.5], dtype=torch.float64).expand(2, 100_000, 3)
    draw = layer.draw(100_000, generator())
    found = layer.drawn(x, draw)
    assert torch.equal(found[0], found[1])
    # Samples share the sizes of a draw, so the mean square over draws is what must be right.
    many = torch.stack([layer.drawn(x[0, :50], layer.draw(50, generator(k))) for k in range(4000)]).reshape(-1, 2)
    expected = layer.moments(x[0, :1], "analogue")
    torch.testing.assert_close(many.mean(dim=0), expected.mean[0], atol=0.03, rtol=0)
    torch.testing.assert_close(many.var(dim=0), expected.variance[0], atol=0, rtol=0.05)


def test_flipout_tells_samples_apart():
    layer = dense()
    found = layer.drawn(torch.ones(64, 3, dtype=torch.float64), layer.draw(64, generator()))
    assert len(torch.unique(found[:, 0])) > 4
    correlation = np.corrcoef(
        np.stack([
            layer.drawn(torch.ones(2, 3, dtype=torch.float64), layer.draw(2, generator(k)))[:, 0].detach().numpy()
            for k in range(3000)
        ]).T
    )  # fmt: skip
    assert abs(correlation[0, 1]) < 0.06


def test_a_convolution_is_a_dense_layer_written_out():
    layer = made(BayesianConv2d, 2, 3, stride=2).double()
    x = torch.rand(1, 2, 5, 4, dtype=torch.float64, generator=generator(5))
    patches = functional.unfold(functional.pad(x, (1, 1, 1, 1)), 3, stride=2)[0]
    mean = layer.mean.detach().reshape(3, -1) @ patches + layer.bias.detach()[:, None]
    spread = functional.softplus(layer.raw_spread.detach()).square().reshape(3, -1)
    variance = spread @ patches.square() + functional.softplus(layer.raw_bias_spread.detach()).square()[:, None]
    found = layer.moments(x, "analogue")
    torch.testing.assert_close(found.mean.detach().reshape(3, -1), mean)
    torch.testing.assert_close(found.variance.detach().reshape(3, -1), variance)
    assert found.mean.shape == (1, 3, 3, 2)


def test_operations_are_counted_connection_by_connection():
    layer = made(BayesianConv2d, 2, 3, stride=2)
    x = (torch.rand(2, 2, 5, 4, generator=generator(4)) < 0.4).float()
    expected = np.zeros(2)
    for b, c, i, j in itertools.product(range(2), range(2), range(5), range(4)):
        if x[b, c, i, j]:
            for oi, oj in itertools.product(range(3), range(2)):
                expected[b] += 3 * (abs(2 * oi - i) <= 1 and abs(2 * oj - j) <= 1)
    np.testing.assert_array_equal(layer.operations(x).numpy(), expected)
    np.testing.assert_array_equal(
        made(BayesianLinear, 6, 5).operations(torch.tensor([[0, 1, -1, 0, 2, 0.0]])).numpy(), [15]
    )


def test_wrong_shapes_and_settings_are_refused():
    with pytest.raises(DataError, match="n_in=3"):
        dense().moments(torch.ones(2, 4, dtype=torch.float64), "01")
    with pytest.raises(DataError, match="n_in=2"):
        made(BayesianConv2d, 2, 3).moments(torch.ones(1, 3, 4, 4), "01")
    with pytest.raises(ConfigError, match="odd"):
        BayesianConv2d(2, 3, kernel=4)
    for settings in ({"prior": 0.0}, {"spread": -1.0}, {"spread": float("nan")}, {"spread": 1e-300}, {"spread": 1e9}):
        with pytest.raises(ConfigError, match=r"`prior`|`spread`"):
            BayesianLinear(2, 2, **settings)
    with pytest.raises(ConfigError, match="`shape`"):
        BayesianLinear(0, 2)


@pytest.mark.parametrize("spread", [1e-12, 0.3, 800.0, 1e6])
def test_spreads_begin_where_they_are_told_to(spread):
    layer = made(BayesianLinear, 4, 3, spread=spread)
    variance = layer.moments(torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=layer.mean.dtype), "analogue").variance
    assert variance[0].detach().numpy() == pytest.approx(2 * np.full(3, (spread / 2) ** 2), rel=1e-5)
    assert torch.isfinite(layer.divergence())


def test_a_batch_of_nothing_and_silence():
    layer = dense()
    assert layer.moments(torch.empty(0, 3, dtype=torch.float64), "01").mean.shape == (0, 2)
    silent = layer.moments(torch.zeros(1, 3, dtype=torch.float64), "01")
    _, bias_spread = spreads(layer)
    np.testing.assert_allclose(silent.variance.detach().numpy()[0], bias_spread**2)


def test_the_divergence_knows_its_slope():
    layer = dense(prior=0.8)
    layer.divergence().backward()
    for parameter in layer.parameters():
        for k in np.ndindex(*parameter.shape):
            values = []
            for step in (1e-6, -1e-6):
                with torch.no_grad():
                    parameter[k] += step
                    values.append(layer.divergence().item())
                    parameter[k] -= step
            assert parameter.grad[k].item() == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-7)
