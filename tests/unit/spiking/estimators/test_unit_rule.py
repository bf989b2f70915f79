"""UnitRule: what it reads and refuses, surrogates, scales, codes, draws."""

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError, DataError
from interplay.spiking.estimators import UnitRule

FIXED = ("fast_sigmoid(25)", "fast_sigmoid", "arctan", "arctan(2)", "triangle(1)", "triangle(0.5)", "hard_tanh")
DOUBLE = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_named_members_are_where_they_should_be():
    p = torch.tensor([0.1, 0.4, 0.8], dtype=DOUBLE)

    def branches(gradient):
        return torch.stack(UnitRule(gradient=gradient).branches(p))

    torch.testing.assert_close(branches("st"), torch.ones(2, 3, dtype=DOUBLE))
    torch.testing.assert_close(branches("half"), torch.stack([0.5 / p, 0.5 / (1 - p)]))
    for one, other in (
        ("interp(0)", "st"),
        ("interp(1)", "half"),
        ("power(0)", "st"),
        ("power(1)", "half"),
        ("const(0.5)", "half"),
    ):
        torch.testing.assert_close(branches(one), branches(other))


@pytest.mark.parametrize("gradient", FIXED)
def test_surrogates_are_their_formulas(gradient):
    a = torch.linspace(-2.03, 2.03, 41, dtype=DOUBLE)
    x = a.numpy()
    name, _, number = gradient.partition("(")
    k = float(number.rstrip(")")) if number else {"fast_sigmoid": 25.0, "arctan": 2.0, "triangle": 1.0}.get(name, 0.0)
    expected = {
        "fast_sigmoid": lambda: 1 / (1 + k * np.abs(x)) ** 2,
        "arctan": lambda: k / 2 / (1 + (np.pi / 2 * k * x) ** 2),
        "triangle": lambda: np.maximum(0, 1 - np.abs(x) / k) / k,
        "hard_tanh": lambda: 0.5 * (np.abs(x) < 1),
    }[name]()
    rule = UnitRule(gradient=gradient)
    leaf = a.clone().requires_grad_()
    b = rule.fire(leaf)
    np.testing.assert_array_equal(b.detach().numpy(), x > 0)
    b.sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), expected, rtol=1e-12)
    assert not rule.stochastic


@pytest.mark.parametrize("gradient", ["half", "arctan"])
def test_signs_have_twice_the_slope(gradient):
    a = torch.linspace(-2, 2, 9, dtype=DOUBLE)
    u = torch.rand(9, generator=generator(), dtype=DOUBLE)
    slopes = {}
    for code in ("01", "pm1"):
        leaf = a.clone().requires_grad_()
        b = UnitRule(gradient=gradient, code=code).fire(leaf, uniform=u)
        b.sum().backward()
        slopes[code] = leaf.grad
        sent = b.detach()
    assert set(sent.tolist()) == {-1.0, 1.0}
    torch.testing.assert_close(slopes["pm1"], 2 * slopes["01"])


def test_the_scale_gets_its_gradient_whatever_its_shape():
    a = torch.randn(4, 3, generator=generator(), dtype=DOUBLE)
    u = torch.rand(4, 3, generator=generator(1), dtype=DOUBLE)
    for shape in ((), (3,), (4, 1), (4, 3)):
        scale = torch.full(shape, 0.7, dtype=DOUBLE, requires_grad=True)
        UnitRule(gradient="st").fire(a, scale, uniform=u).sum().backward()
        # For "st" the slope is the derivative of P itself.
        other = torch.full(shape, 0.7, dtype=DOUBLE, requires_grad=True)
        torch.special.ndtr(a / other).sum().backward()
        torch.testing.assert_close(scale.grad, other.grad)


def test_units_fire_as_often_as_they_should():
    a = torch.tensor([-1.0, 0.0, 0.5], dtype=DOUBLE).expand(100_000, 3)
    for noise, law in (("gaussian", torch.special.ndtr), ("logistic", torch.sigmoid)):
        b = UnitRule(noise=noise).fire(a, 2.0, generator=generator())
        p = law(a[0] / 2)
        assert ((b.mean(dim=0) - p).abs() < 5 * (p * (1 - p) / 100_000).sqrt()).all()
    again = UnitRule(noise="logistic").fire(a, 2.0, generator=generator())
    assert torch.equal(again, b)
    assert not torch.equal(UnitRule(noise="logistic").fire(a, 2.0, generator=generator(1)), b)


def test_as_the_noise_vanishes_units_get_a_threshold():
    a = torch.tensor([-0.5, -1e-3, 1e-3, 0.5], dtype=DOUBLE, requires_grad=True)
    b = UnitRule(gradient="st").fire(a, 1e-6, generator=generator())
    b.sum().backward()
    assert b.tolist() == [0, 0, 1, 1]
    assert a.grad.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "gradient",
    [
        "", "straight", "half(0.5)", "st()", "const", "const(-0.1)", "const(1.1)", "const(nan)", "interp(2)",
        "interp(x)", "agr(0)", "agr(-1)", "agr(inf)", "half(normalised)", "const(0.5,normalised)", "fast_sigmoid(0)",
        "power(nan)", "power(-1e300)", "power(-inf)", "arctan(2", 3, None,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(gradient):
    with pytest.raises(ConfigError, match="gradient"):
        UnitRule(gradient=gradient)


def test_other_settings_and_arguments_are_refused():
    with pytest.raises(ConfigError, match="noise"):
        UnitRule(noise="cauchy")
    with pytest.raises(ConfigError, match="code"):
        UnitRule(code="02")
    rule, a = UnitRule(), torch.zeros(2, 3)
    with pytest.raises(ConfigError, match="generator"):
        rule.fire(a)
    for scale in (0.0, -1.0, float("nan")):
        with pytest.raises(ConfigError, match="scale"):
            rule.fire(a, scale, generator=generator())
    with pytest.raises(DataError, match="scale"):
        rule.fire(a, torch.ones(2), generator=generator())
    for scale in (torch.tensor(float("inf")), torch.tensor([1.0, 2.0, float("inf")]), 1e300):
        with pytest.raises(DataError, match=r"`scale` must be finite everywhere in torch.float32, got inf\. Scale"):
            rule.fire(a, scale, generator=generator())
    for scale in (torch.tensor([1.0, float("nan"), 2.0]), torch.tensor([1.0, 0.0, 2.0]), 1e-300):
        with pytest.raises(DataError, match=r"`scale` must be above 0 everywhere in torch.float32, got"):
            rule.fire(a, scale, generator=generator())
    with pytest.raises(DataError, match="uniform"):
        rule.fire(a, uniform=torch.zeros(3))
    with pytest.raises(DataError, match="`p`"):
        rule.branches(torch.tensor([0.5, 1.0]))
    with pytest.raises(ConfigError, match="threshold"):
        UnitRule(gradient="arctan").branches(torch.tensor([0.5]))
    assert rule.fire(torch.zeros(0, 3), generator=generator()).shape == (0, 3)
