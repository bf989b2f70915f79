"""The score function and drawn Gumbel-Rao noise, against sums over all states and against the family."""

from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from interplay._core.errors import ConfigError, DataError  # noqa: E402
from interplay.spiking.estimators import UnitRule, gumbel_rao, score_function  # noqa: E402
from interplay.testing.global_state import torch_word  # noqa: E402

A = torch.tensor([-0.8, 0.3, 1.1], dtype=torch.float64)


def chances(noise):
    return torch.sigmoid(A) if noise == "logistic" else torch.special.ndtr(A)


def loss(b):
    return torch.cos(b @ torch.tensor([0.9, -0.4, 1.3], dtype=torch.float64)) + (b[:, 0] * b[:, 1] - b[:, 2]) ** 2


def every_state(noise):
    """Uniform numbers that make each state happen, the state, and its probability."""
    states = torch.tensor(list(product((0.0, 1.0), repeat=3)), dtype=torch.float64)
    p = chances(noise)
    chance = torch.where(states > 0, p, 1 - p).prod(dim=1)
    return torch.where(states > 0, 0.0, 1 - 2.0**-53).double(), states, chance


def exact(noise):
    """Gradient of the expected loss, by automatic differentiation of the sum over states."""
    a = A.clone().requires_grad_()
    p = torch.sigmoid(a) if noise == "logistic" else torch.special.ndtr(a)
    _, states, _ = every_state(noise)
    expected = (torch.where(states > 0, p, 1 - p).prod(dim=1) * loss(states)).sum()
    return torch.autograd.grad(expected, a)[0]


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_the_score_function_without_a_baseline_is_unbiased(noise):
    uniform, _, chance = every_state(noise)
    found = score_function(A, loss, noise=noise, baseline="none", uniform=uniform)
    torch.testing.assert_close(chance @ found, exact(noise), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_the_mean_of_the_others_leaves_it_unbiased(noise):
    uniform, _, chance = every_state(noise)
    total = torch.zeros(3, dtype=torch.float64)
    for i, j in product(range(8), repeat=2):
        pair = score_function(A, loss, noise=noise, baseline="mean", uniform=uniform[[i, j]])
        total += chance[i] * chance[j] * pair.mean(dim=0)
    torch.testing.assert_close(total, exact(noise), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_with_a_taylor_baseline_it_is_a_member_of_the_family(noise):
    """IW-ST(1 - P) in every sample, to rounding: one expansion per unit, about the sample, taken at P."""
    uniform, states, _ = every_state(noise)
    found = score_function(A, loss, noise=noise, baseline="taylor", uniform=uniform)
    b = states.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(b).sum(), b)
    p = chances(noise)
    density = p * (1 - p) if noise == "logistic" else torch.exp(-A.square() / 2) / np.sqrt(2 * np.pi)
    q = 1 - p
    ratio = torch.where(states > 0, q / p, (1 - q) / (1 - p))
    torch.testing.assert_close(found, density * ratio * gradient, rtol=1e-12, atol=1e-14)
    # The same by the rule: p(P) = 1 - P is `power(2)`.
    a = A.expand(8, 3).clone().requires_grad_()
    loss(UnitRule(gradient="power(2)", noise=noise).fire(a, uniform=uniform)).sum().backward()
    torch.testing.assert_close(found, a.grad, rtol=1e-12, atol=1e-14)


def test_drawn_noise_repeats_itself_and_leaves_the_global_generator_alone():
    uniform, _, _ = every_state("logistic")
    before = torch_word()
    draws = [
        gumbel_rao(A, loss, tau=0.7, inner=4, uniform=uniform, generator=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert torch_word() == before


def test_cold_noise_stays_finite():
    wide = torch.tensor([-40.0, 0.0, 40.0])
    uniform = torch.rand(50, 3, generator=torch.Generator().manual_seed(0))
    for tau in (0.01, 100.0):
        found = gumbel_rao(wide, lambda b: b.sum(1), tau=tau, inner=8, uniform=uniform, generator=torch.Generator())
        assert bool(torch.isfinite(found).all())
    for baseline in ("none", "mean", "taylor"):
        for noise in ("logistic", "gaussian"):
            found = score_function(wide, lambda b: b.sum(1), noise=noise, baseline=baseline, uniform=uniform)
            assert bool(torch.isfinite(found).all())


def test_more_draws_of_the_noise_have_less_variance():
    uniform = torch.zeros(4000, 3, dtype=torch.float64)
    spreads = [
        gumbel_rao(A, loss, tau=0.3, inner=inner, uniform=uniform, generator=torch.Generator().manual_seed(0)).var(
            dim=0
        )
        for inner in (1, 16)
    ]
    assert bool((spreads[0] > 8 * spreads[1]).all())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"baseline": "best"}, ConfigError, "`baseline` must be one of"),
        ({"uniform": torch.zeros(3)}, DataError, "`uniform` must be"),
        ({"uniform": torch.zeros(2, 4)}, DataError, "`uniform` must be"),
        ({"uniform": torch.zeros(1, 3), "baseline": "mean"}, DataError, "S >= 2"),
    ],
)
def test_arguments_of_the_score_function(change, error, message):
    with pytest.raises(error, match=message):
        score_function(A, loss, **({"uniform": torch.zeros(2, 3)} | change))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"tau": 0.0}, ConfigError, "tau"),
        ({"inner": 0}, ConfigError, "inner"),
        ({"inner": 1.5}, ConfigError, "inner"),
        ({"uniform": torch.zeros(3)}, DataError, "`uniform` must be"),
    ],
)
def test_arguments_of_gumbel_rao(change, error, message):
    given = {"tau": 1.0, "inner": 1, "uniform": torch.zeros(2, 3), "generator": torch.Generator()} | change
    with pytest.raises(error, match=message):
        gumbel_rao(A, loss, **given)
