"""The family against its definition, outcome by outcome, and where its numbers are extreme."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from interplay._core.errors import ConfigError, DataError  # noqa: E402
from interplay._core.rng import stream  # noqa: E402
from interplay.spiking.estimators import UnitRule, agr_weights, iw_st  # noqa: E402
from interplay.testing.binary_outcomes import member, random_network  # noqa: E402
from interplay.testing.global_state import global_word, torch_word  # noqa: E402

MEMBERS = {
    "st": member("st"),
    "half": member("half"),
    "const(0)": member("const", 0.0),
    "const(0.3)": member("const", 0.3),
    "const(1)": member("const", 1.0),
    "interp(0.3)": member("interp", 0.3),
    "power(0.5)": member("power", 0.5),
    "power(-1)": member("power", -1.0),
}
EVERY = (*MEMBERS, "agr(0.5)", "agr(1)", "agr(5)", "agr(0.5,normalised)", "agr(5,normalised)")
SURROGATES = ("fast_sigmoid", "arctan", "triangle", "hard_tanh")


def shares_of(rule):
    """q(b) of a rule of the library, for the enumeration."""

    def shares(chance):
        up, down = rule.branches(torch.tensor(chance))
        return up.numpy() * chance, down.numpy() * (1 - chance)

    return shares


def squares(target):
    """A quadratic loss of the last layer with cross terms."""
    turn = np.array([[1.0, 0.4, -0.3], [0.4, -0.7, 0.2], [-0.3, 0.2, 0.5]])
    return lambda b: (((b - target) @ turn * (b - target)).sum(axis=1), 2 * (b - target) @ turn)


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
@pytest.mark.parametrize("code", ["01", "pm1"])
@pytest.mark.parametrize("gradient", MEMBERS)
def test_every_outcome_has_the_gradient_of_the_definition(by_torch, gradient, code, noise):
    network = random_network(stream(3, "net"), sizes=(3, 3, 2), noise=noise, code=code, scale=0.7)
    turn = torch.tensor([[1.0, 0.4], [-0.3, 0.8]], dtype=torch.float64)
    network = replace(
        network, loss=lambda b: (np.cos(b @ turn.numpy().T).sum(1), -np.sin(b @ turn.numpy().T) @ turn.numpy())
    )
    listed = network.enumerate(MEMBERS[gradient])
    rule = UnitRule(gradient=gradient, noise=noise, code=code)
    first, second = network.outcomes
    for row in range(0, len(first), 3):
        found = by_torch(network, rule, (first[row], second[row]), lambda b: torch.cos(turn @ b).sum())
        np.testing.assert_allclose(found, listed.estimate[row], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("code", ["01", "pm1"])
def test_noise_of_weights_passes_its_gradient_too(by_torch, code):
    network = random_network(stream(4, "net"), sizes=(3, 3, 2), noise="gaussian", code=code, scale=0.5)
    network = replace(network, weight_variance=tuple(np.square(w) + 0.1 for w in network.weights))
    network = replace(network, loss=lambda b: ((b**3).sum(1), 3 * b**2))
    listed = network.enumerate(MEMBERS["half"])
    first, second = network.outcomes
    for row in range(0, len(first), 5):
        found = by_torch(
            network, UnitRule(gradient="half", code=code), (first[row], second[row]), lambda b: (b**3).sum()
        )
        np.testing.assert_allclose(found, listed.estimate[row], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_the_mean_of_half_is_exact_for_a_quadratic_loss(noise):
    network = replace(
        random_network(stream(0, "net"), sizes=(4, 3), noise=noise), loss=squares(np.array([0.2, 0.9, -0.4]))
    )
    listed = network.enumerate(shares_of(UnitRule(gradient="half")))
    assert listed.probability.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(listed.mean, listed.exact, rtol=1e-11, atol=1e-14)
    assert network.enumerate(shares_of(UnitRule(gradient="st"))).relative_bias > 1e-3


@pytest.mark.parametrize("gradient", MEMBERS)
def test_every_member_is_exact_for_a_linear_loss(gradient):
    slope = np.array([0.5, -1.0, 2.0])
    network = replace(
        random_network(stream(1, "net"), sizes=(4, 3)), loss=lambda b: (b @ slope, np.tile(slope, (len(b), 1)))
    )
    listed = network.enumerate(shares_of(UnitRule(gradient=gradient)))
    np.testing.assert_allclose(listed.mean, listed.exact, rtol=1e-11, atol=1e-14)


def test_half_with_logistic_noise_is_the_published_closed_form():
    a = torch.linspace(-6, 6, 25, dtype=torch.float64)
    p = torch.sigmoid(a)
    for b in (0.0, 1.0):
        slope, _ = UnitRule(gradient="half", noise="logistic").slopes(a, 1.0, torch.full_like(a, b))
        torch.testing.assert_close(slope, (b * (1 - p) + (1 - b) * p) / 2, rtol=1e-13, atol=0)


@pytest.mark.parametrize("gradient", EVERY)
@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_slopes_are_density_times_ratio(gradient, noise):
    rule = UnitRule(gradient=gradient, noise=noise)
    a = torch.linspace(-1.5, 1.5, 33, dtype=torch.float64)
    s = torch.linspace(0.5, 3, 33, dtype=torch.float64)
    p = torch.special.ndtr(a / s) if noise == "gaussian" else torch.sigmoid(a / s)
    z = (a / s).requires_grad_()
    (density,) = torch.autograd.grad((torch.special.ndtr(z) if noise == "gaussian" else torch.sigmoid(z)).sum(), z)
    for b, ratio in zip((1.0, 0.0), rule.branches(p), strict=True):
        by_a, by_scale = rule.slopes(a, s, torch.full_like(a, b))
        torch.testing.assert_close(by_a, ratio * density / s, rtol=1e-9, atol=1e-14)
        torch.testing.assert_close(by_scale, -ratio * density * a / s**2, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("gradient", [g for g in EVERY if not g.startswith("agr") or "normalised" in g])
def test_ratios_have_mean_one(gradient):
    p = torch.linspace(0.02, 0.98, 40, dtype=torch.float64)
    up, down = UnitRule(gradient=gradient).branches(p)
    torch.testing.assert_close(p * up + (1 - p) * down, torch.ones_like(p), rtol=1e-10, atol=0)


@pytest.mark.parametrize("gradient", EVERY)
@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_out_slopes_are_finite_and_right(gradient, noise, dtype):
    rule = UnitRule(gradient=gradient, noise=noise)
    z = torch.tensor([-40.0, -25.0, -9.0, -3.0, 3.0, 9.0, 25.0, 40.0], dtype=dtype)
    if gradient.startswith("agr"):  # the weights that it is compared with underflow beyond
        z = z[1:-1]
    for b in (0.0, 1.0):
        slopes = rule.slopes(2 * z, torch.tensor(2.0, dtype=dtype), torch.full_like(z, b))
        assert all(bool(torch.isfinite(part).all()) for part in slopes)
        for at, found in zip(z.tolist(), slopes[0].tolist(), strict=True):
            wanted = precise_slope(gradient, noise, at, b) / 2
            tolerance = 2e-3 if "agr" in gradient else 2e-5 if dtype == torch.float32 else 1e-9
            dust = 1e-13 if "agr" in gradient else 1e-30 if dtype == torch.float32 else 1e-200
            assert found == pytest.approx(wanted, rel=tolerance, abs=dust)


def precise_slope(gradient, noise, z, b):
    """The definition in 400 digits, where no quotient under- or overflows."""
    import mpmath

    with mpmath.workdps(400):
        z = mpmath.mpf(z)
        if noise == "logistic":
            p, rest = 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))
            density = p * rest
        else:
            p, rest, density = mpmath.ncdf(z), mpmath.ncdf(-z), mpmath.npdf(z)
        name, _, number = gradient.rstrip(")").partition("(")
        number = number.partition(",")
        r = mpmath.mpf(number[0] or 0)
        if name == "agr":
            up, down = (float(w) for w in agr_weights(float(mpmath.log(p) - mpmath.log(rest)), float(r)))
            total = up + down if number[2] else p * rest
            up, down = up / total, down / total
        else:
            up, down = {
                "st": (p, rest),
                "half": (mpmath.mpf(1) / 2, mpmath.mpf(1) / 2),
                "const": (r, 1 - r),
                "interp": ((1 - r) * p + r / 2, (1 - r) * rest + r / 2),
                "power": (1 / (1 + (rest / p) ** (1 - r)), 1 / (1 + (p / rest) ** (1 - r))),
            }[name]
        return float(density * up / p if b else density * down / rest)


@pytest.mark.parametrize("gradient", EVERY)
def test_as_the_noise_vanishes_units_become_steps_without_a_slope(gradient):
    a = torch.tensor([-2.0, -1e-3, 1e-3, 2.0]).requires_grad_()
    scale = torch.tensor(1e-41, requires_grad=True)  # a / s overflows
    for noise in ("gaussian", "logistic"):
        spikes = UnitRule(gradient=gradient, noise=noise).fire(a, scale, uniform=torch.full((4,), 0.5))
        assert spikes.tolist() == [0, 0, 1, 1]
        found = torch.autograd.grad(spikes.sum(), (a, scale))
        assert found[0].tolist() == [0, 0, 0, 0]
        assert found[1].tolist() == 0


def test_gradients_reach_a_scale_that_is_shared():
    a = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(2, 3).requires_grad_()
    scale = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    rule = UnitRule(gradient="interp(0.5)")
    spikes = rule.fire(a, scale, generator=torch.Generator().manual_seed(0))
    weights = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)
    (spikes * weights).sum().backward()
    by_a, by_scale = rule.slopes(a.detach(), scale.detach(), spikes.detach())
    torch.testing.assert_close(a.grad, weights * by_a)
    torch.testing.assert_close(scale.grad, (weights * by_scale).sum(dim=0))


def test_the_mean_slope_to_the_scale_is_the_derivative_of_the_firing_probability():
    # E[slope to s] of "st" and of "half" is dP/ds for a linear loss.
    a = torch.tensor([0.7, -1.2], dtype=torch.float64)
    s = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    p = torch.special.ndtr(a / s)
    (wanted,) = torch.autograd.grad(p.sum(), s)
    for gradient in ("st", "half", "const(0.2)"):
        _, one = UnitRule(gradient=gradient).slopes(a, s.detach(), torch.ones(2))
        _, none = UnitRule(gradient=gradient).slopes(a, s.detach(), torch.zeros(2))
        torch.testing.assert_close((p * one + (1 - p) * none).detach(), wanted, rtol=1e-12, atol=0)


def test_iw_st_is_the_rule_and_repeats_itself():
    before = torch_word(), global_word()
    a = torch.linspace(-2, 2, 50)
    draws = [
        iw_st(a, 0.5, weight="half", noise="logistic", code="pm1", generator=torch.Generator().manual_seed(7)),
        iw_st(a, 0.5, weight="half", noise="logistic", code="pm1", generator=torch.Generator().manual_seed(7)),
        UnitRule(gradient="half", noise="logistic", code="pm1").fire(
            a, 0.5, generator=torch.Generator().manual_seed(7)
        ),
    ]
    assert all(bool((draw == draws[0]).all()) for draw in draws)
    assert set(draws[0].tolist()) == {-1.0, 1.0}
    other = iw_st(a, 0.5, weight="half", generator=torch.Generator().manual_seed(8))
    assert bool((other != (draws[0] + 1) / 2).any())
    assert (torch_word(), global_word()) == before
    assert iw_st(a.double(), generator=torch.Generator()).dtype == torch.float64


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"noise": "cauchy"}, ConfigError, "`noise` must be one of"),
        ({"code": "spike"}, ConfigError, "`code` must be one of"),
        ({"weight": "triangle"}, ConfigError, "straight-through family"),
        ({"scale": 0.0}, ConfigError, "`scale` must be"),
        ({"scale": -1.0}, ConfigError, "`scale` must be"),
        ({"scale": torch.tensor([1.0, 0.0, 1.0])}, DataError, "`scale` must be above 0 everywhere"),
        ({"scale": torch.tensor([1.0, torch.nan, 1.0])}, DataError, "`scale` must be above 0 everywhere"),
        ({"scale": torch.ones(2)}, DataError, "`scale` must broadcast"),
        ({"scale": torch.ones(4, 3)}, DataError, "`scale` must broadcast"),
        ({"uniform": torch.rand(2, generator=torch.Generator())}, DataError, "`uniform` must have the shape"),
        ({"generator": None}, ConfigError, "`generator` .or `uniform`. must be given"),
        ({"preactivation": torch.tensor([0.0, torch.nan, 1.0])}, DataError, "`preactivation` must be finite"),
        ({"preactivation": torch.tensor([0.0, -torch.inf, 1.0])}, DataError, "`preactivation` must be finite"),
    ],
)
def test_arguments_that_do_not_fit_are_named(change, error, message):
    given = {"preactivation": torch.zeros(3), "generator": torch.Generator()} | change
    with pytest.raises(error, match=message):
        iw_st(given.pop("preactivation"), **given)


def test_large_sums_are_not_taken_for_infinity():
    a = torch.full((4,), 3e38)
    assert UnitRule().fire(a, generator=torch.Generator()).tolist() == [1, 1, 1, 1]


def test_nothing_in_nothing_out():
    a = torch.zeros((0, 3), requires_grad=True)
    for gradient in (*EVERY, *SURROGATES):
        spikes = UnitRule(gradient=gradient).fire(a, torch.ones(3), generator=torch.Generator())
        assert spikes.shape == (0, 3)
        spikes.sum().backward()
    up, down = agr_weights([], 1.0)
    assert up.shape == down.shape == (0,)


def test_rules_are_values():
    rule = UnitRule(gradient="agr(2)")
    _ = rule.table
    assert rule == UnitRule(gradient="agr(2)")
    assert copy.deepcopy(rule) == pickle.loads(pickle.dumps(rule)) == rule
    assert rule.citations[0] == "walker2025importance"
    assert UnitRule(gradient="arctan").citations == ("fang2021membrane",)


def test_chances_outside_the_open_interval_are_refused():
    for p in (0.0, 1.0, 1.5, float("nan")):
        with pytest.raises(DataError, match="`p` must lie above 0"):
            UnitRule().branches(torch.tensor([0.5, p]))
