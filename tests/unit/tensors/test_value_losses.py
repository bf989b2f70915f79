import numpy as np
import pytest
import torch
from tests.oracles import value as oracle

from interplay._core.errors import ConfigError
from interplay.tensors.value_losses import (
    Support,
    bin_mass,
    cross_entropy,
    gaussian_histogram,
    huber,
    project,
    squared,
)

SUPPORT = Support(-1.5, 4.0, 51)


def test_squared_and_huber_and_their_slopes():
    error = torch.tensor([-3.0, -1.0, -0.2, 0.0, 0.7, 1.0, 2.5], requires_grad=True)
    loss, slope = squared(error, torch.zeros(7))
    assert loss.tolist() == pytest.approx([9, 1, 0.04, 0, 0.49, 1, 6.25])
    assert torch.allclose(slope, torch.autograd.grad(loss.sum(), error)[0])
    loss, slope = huber(error, torch.zeros(7))
    assert loss.tolist() == pytest.approx([oracle.huber(e) for e in error.tolist()])
    assert slope.tolist() == pytest.approx([-1, -1, -0.2, 0, 0.7, 1, 1])


def test_cross_entropy_and_its_slope_are_those_of_the_softmax():
    rng = np.random.default_rng(0)
    logits = torch.tensor(rng.normal(size=(4, 7)), dtype=torch.float32, requires_grad=True)
    probability = torch.tensor(rng.dirichlet(np.ones(7), size=4), dtype=torch.float32)
    loss, slope = cross_entropy(logits, probability)
    rows = list(zip(logits.tolist(), probability.tolist(), strict=True))
    assert loss.tolist() == pytest.approx([oracle.cross_entropy(z, p) for z, p in rows], rel=1e-5)
    wanted = [[q - t for q, t in zip(oracle.softmax(z), p, strict=True)] for z, p in rows]
    np.testing.assert_allclose(slope.detach().numpy(), wanted, atol=1e-6)
    np.testing.assert_allclose(torch.autograd.grad(loss.sum(), logits)[0].numpy(), wanted, atol=1e-6)


@pytest.mark.parametrize(("low", "high", "bins"), [(-1.5, 4.0, 51), (-1.0, 1.0, 2), (-2.0, 3.0, 11)])
def test_projection_shares_the_mass_between_neighbours(low, high, bins):
    rng = np.random.default_rng(1)
    probability = rng.dirichlet(np.ones(bins), size=20)
    reward, discount = rng.choice([-1.0, 0.0, 0.3, 1.0], 20), rng.choice([0.0, 0.5, 0.97, 1.0], 20)
    found, _ = project(
        *(torch.tensor(x, dtype=torch.float32) for x in (probability, reward, discount)), Support(low, high, bins)
    )
    wanted = [oracle.project(p, r, g, low, high) for p, r, g in zip(probability, reward, discount, strict=True)]
    np.testing.assert_allclose(found.numpy(), wanted, atol=3e-6)
    np.testing.assert_allclose(found.sum(-1).numpy(), 1.0, atol=1e-5)


def test_projection_keeps_the_mean_inside_and_counts_where_the_ends_change_it():
    atoms = SUPPORT.atoms
    probability = torch.zeros(3, 51)
    probability[:, 20] = 1.0  # all mass at 0.7
    reward, discount = torch.tensor([0.5, 3.31, -2.5]), torch.tensor([1.0, 1.0, 1.0])
    found, outside = project(probability, reward, discount, SUPPORT)
    assert (found @ atoms).tolist() == pytest.approx([1.2, 4.0, -1.5], abs=1e-5)
    assert outside.tolist() == [False, False, True]  # 4.01 is a tenth of a gap beyond the end, and less is not counted


def test_projection_of_an_end_is_the_reward_alone():
    found, _ = project(torch.full((1, 51), 1 / 51), torch.tensor([-1.0]), torch.tensor([0.0]), SUPPORT)
    assert float(found @ SUPPORT.atoms) == pytest.approx(-1.0, abs=1e-6)
    assert int((found > 1e-6).sum()) <= 2


@pytest.mark.parametrize("target", [-1.5, -1.0, -0.93, 0.0, 1.234, 3.7, 4.0])
def test_gaussian_histogram_is_the_difference_of_error_functions(target):
    found, outside = gaussian_histogram(torch.tensor([target]), SUPPORT)
    np.testing.assert_allclose(found[0].numpy(), oracle.gaussian_histogram(target, -1.5, 4.0, 51), atol=2e-6)
    assert not outside.any()


def test_gaussian_histogram_has_the_mean_of_its_target_away_from_the_ends():
    target = torch.linspace(-1.0, 3.5, 301)
    found, _ = gaussian_histogram(target, SUPPORT)
    np.testing.assert_allclose((found @ SUPPORT.centres).numpy(), target.numpy(), atol=1e-4)
    at_end, _ = gaussian_histogram(torch.tensor([4.0]), SUPPORT)
    pulled = (4.0 - float(at_end @ SUPPORT.centres)) / (5.5 / 51)
    assert 0.5 < pulled < 0.7  # bin widths, as the docstring says


def test_targets_outside_the_support_are_put_on_its_end_and_told():
    found, outside = gaussian_histogram(torch.tensor([-7.0, 0.0, 9.0]), SUPPORT)
    ends, _ = gaussian_histogram(torch.tensor([-1.5, 0.0, 4.0]), SUPPORT)
    assert torch.equal(found, ends)
    assert outside.tolist() == [True, False, True]


def test_the_trap_without_clamping_there_is_no_loss_and_no_gradient():
    logits = torch.zeros(51, requires_grad=True)
    nothing = torch.tensor(oracle.gaussian_mass(9.0, -1.5, 4.0, 51))  # the mass as published, not normalised
    loss, _ = cross_entropy(logits, nothing)
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-12)
    assert float(torch.autograd.grad(loss, logits)[0].abs().max()) == pytest.approx(0.0, abs=1e-12)
    assert bin_mass(torch.tensor(9.0), SUPPORT).isnan().all()  # normalised without clamping it is worse still
    _, slope = cross_entropy(logits.detach(), gaussian_histogram(torch.tensor(9.0), SUPPORT)[0])
    assert float(slope[-1]) < -0.5  # the topmost bin is pulled up


def test_support_of_atoms_and_bins():
    support = Support(-1.0, 3.0, 4)
    assert support.edges.tolist() == [-1, 0, 1, 2, 3]
    assert support.centres.tolist() == oracle.centres(-1.0, 3.0, 4)
    np.testing.assert_allclose(support.atoms.numpy(), oracle.atoms(-1.0, 3.0, 4), rtol=1e-6)
    with pytest.raises(ConfigError, match="low < high"):
        Support(1.0, 1.0, 51)
    with pytest.raises(ConfigError, match="bins"):
        Support(0.0, 1.0, 1)
