"""Types and sizes of couplings against integrals on a grid."""

import numpy as np
import pytest
from tests.oracles import switching as oracle

from interplay.ops.one_hot import one_hot_sweeps


def sweep(curvature, crossing, level, slope, bias_slope, chances, scale, shared, sweeps=200):
    n_states, n, m = slope.shape
    weight, bias = np.zeros((n_states, n, m)), np.zeros((n_states, n))
    chance, second = np.empty((n_states, n, m, 3)), np.empty((n_states, n, m))
    with np.errstate(divide="ignore"):
        log_type = np.log(np.broadcast_to(chances, (n, m, 3)))
    one_hot_sweeps(
        curvature, crossing, level, slope.copy(), bias_slope.copy(), log_type, scale,
        shared, sweeps, 1e-13, weight, bias, chance, second,
    )  # fmt: skip
    return weight, bias, chance, second


@pytest.mark.parametrize("scale", [0.4, 2.0])
@pytest.mark.parametrize(("h", "g"), [(4.0, 3.0), (30.0, -8.0), (0.0, 0.0), (200.0, 500.0), (9.0, 0.0)])
def test_a_lone_coupling_has_its_exact_posterior(h, g, scale):
    chances = [0.2, 0.5, 0.3]
    none = np.zeros((1, 1, 1))
    found = sweep(
        np.full((1, 1, 1, 1), h), none, np.zeros((1, 1)), np.full((1, 1, 1), g), np.zeros((1, 1)), chances, scale, False
    )
    types, mean, square = oracle.coupling_posterior(h, g, chances, scale)
    np.testing.assert_allclose(found[2][0, 0, 0], types, atol=2e-5)
    assert found[0][0, 0, 0] == pytest.approx(mean, abs=2e-5)
    assert found[3][0, 0, 0] == pytest.approx(square, abs=2e-5)


def test_far_tails_stay_finite():
    none = np.zeros((1, 1, 1))
    for g in (1e4, -1e4):
        weight, _, chance, second = sweep(
            np.full((1, 1, 1, 1), 100.0), none, np.zeros((1, 1)), np.full((1, 1, 1), g), np.zeros((1, 1)),
            [0.0, 0.5, 0.5], 1.0, False,
        )  # fmt: skip
        assert np.isfinite([weight.item(), second.item()]).all()
        assert chance[0, 0, 0, 0] == 0.0
    assert weight.item() < 1e-3  # all evidence is for inhibition, which is ruled out


@pytest.mark.parametrize("g", [-24.0, -24.9, -25.1, -31.6, -1e2, -1e4])
def test_moments_in_the_tail_are_those_of_the_truncated_normal(g):
    # Only excitation is allowed, and all evidence is for inhibition: z = g / sqrt(h + 1), here with h = 0, scale 1.
    none = np.zeros((1, 1, 1))
    weight, _, _, second = sweep(
        np.zeros((1, 1, 1, 1)), none, np.zeros((1, 1)), np.full((1, 1, 1), g), np.zeros((1, 1)), [0, 0, 1], 1.0, False
    )
    size = np.linspace(0.0, 60.0 / abs(g), 200_001)
    density = np.exp(g * size - 0.5 * size**2)
    total = np.trapezoid(density, size)
    assert weight.item() == pytest.approx(np.trapezoid(density * size, size) / total, rel=1e-7)
    assert second.item() == pytest.approx(np.trapezoid(density * size**2, size) / total, rel=1e-7)


@pytest.mark.parametrize("shared", [False, True])
def test_without_doubt_sweeps_find_the_top_of_the_quadratic(shared):
    rng = np.random.default_rng(2)
    n_states, m = 2, 3
    root = rng.normal(size=(n_states, m + 1, m + 5))
    full = root @ root.transpose(0, 2, 1)
    best = np.where(rng.uniform(size=(n_states, m)) < 2, 5.0 + rng.uniform(size=(n_states, m)), 0.0)
    rest = np.array([0.3, 0.3]) if shared else np.array([0.3, -0.4])
    full *= 1e6  # so sharp that the prior does not count
    pull = np.stack([f @ np.append(b, r) for f, b, r in zip(full, best, rest, strict=True)])
    weight, bias, chance, _ = sweep(
        full[:, None, :m, :m], full[:, None, :m, m], full[:, None, m, m], pull[:, None, :m], pull[:, None, m],
        [1 / 3] * 3, 5.0, shared, 5000,
    )  # fmt: skip
    np.testing.assert_allclose(weight[:, 0], best, rtol=1e-4)
    np.testing.assert_allclose(bias[:, 0], rest, rtol=1e-3)
    assert (chance[..., 2] > 0.999).all()
