"""Places from matrices: eigenvectors of what they say they are, and zeros where there is nothing to say."""

import numpy as np
import pytest
import torch
from tests.oracles import signed_graph as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.represent.brain.positions import LaplacianPlaces, functional_gradients, laplacian_positions
from interplay.tensors import seeded_torch


def symmetric(n=9, seed=0):
    w = np.random.default_rng(seed).normal(size=(n, n))
    return w + w.T


def correlation(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return np.corrcoef(rng.normal(size=(n, 5)) @ rng.normal(size=(5, 60)) + rng.normal(size=(n, 60)))


@pytest.mark.parametrize("matrix", [symmetric(), np.random.default_rng(1).normal(size=(9, 9)) * 1e5])
def test_laplacian_places_are_eigenvectors_in_order(matrix):
    laplacian = oracle.normalised_laplacian(oracle.angles(matrix))
    values = np.linalg.eigvalsh(laplacian)
    low, high = laplacian_positions(matrix, 4), laplacian_positions(matrix, 4, highest=True)
    np.testing.assert_allclose(laplacian @ low, low * values[1:5], atol=1e-12)
    np.testing.assert_allclose(laplacian @ high, high * values[:-5:-1], atol=1e-12)
    for found in (low, high):
        np.testing.assert_allclose(found.T @ found, np.eye(4), atol=1e-12)
        assert (found[np.abs(found).argmax(axis=0), np.arange(4)] > 0).all()


def test_small_atlases_have_columns_of_zeros():
    low, high = laplacian_positions(symmetric(4)), laplacian_positions(symmetric(4), highest=True)
    assert low.shape == high.shape == (4, 30)
    assert np.flatnonzero(low.any(axis=0)).tolist() == [0, 1, 2]
    assert np.flatnonzero(high.any(axis=0)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("matrix", [np.zeros((5, 5)), np.ones((1, 1))])
def test_without_edges_there_are_no_places(matrix):
    assert not laplacian_positions(matrix).any()
    assert not functional_gradients(matrix).any()


def test_places_of_odd_matrices_are_finite():
    lonely = symmetric()
    lonely[3], lonely[:, 3] = 0, 0
    for matrix in (lonely, np.ones((6, 6)), symmetric() * 1e300, symmetric() * 1e-300, -np.abs(symmetric()), np.eye(5)):
        assert np.isfinite(laplacian_positions(matrix)).all()
        assert np.isfinite(functional_gradients(matrix)).all()


@pytest.mark.parametrize("give", [laplacian_positions, functional_gradients])
def test_what_is_no_finite_square_matrix_is_refused(give):
    with pytest.raises(DataError, match=r"must have shape"):
        give(np.zeros((3, 4)))
    with pytest.raises(DataError, match=r"finite"):
        give(np.full((3, 3), np.nan))
    with pytest.raises(ConfigError, match=r"`count` must be"):
        give(np.eye(3), 0)


def test_gradients_are_those_of_the_random_walk():
    matrix = correlation()
    found = functional_gradients(matrix, 3)
    np.testing.assert_allclose(found, oracle.diffusion_map(matrix, 3, kept=5), rtol=1e-7, atol=1e-8)
    np.testing.assert_array_equal(found, functional_gradients(matrix, 5)[:, :3])


def test_gradients_find_the_axis_along_which_regions_lie():
    place = np.linspace(0, 1, 60)
    matrix = np.exp(-((place[:, None] - place) ** 2) / 0.02)
    first = functional_gradients(matrix, 2)[:, 0]
    assert abs(np.corrcoef(first, place)[0, 1]) > 0.95


def test_regions_without_correlations_are_left_out():
    matrix = correlation(20)
    larger = np.eye(22)
    rows = np.r_[0:7, 8:21]
    larger[np.ix_(rows, rows)] = matrix
    found = functional_gradients(larger, 4)
    assert not found[[7, 21]].any()
    np.testing.assert_allclose(found[rows], functional_gradients(matrix, 4), atol=1e-12)


def test_signs_are_drawn_in_training_only():
    w = torch.from_numpy(np.stack([symmetric(), symmetric(seed=1)]))
    with seeded_torch(0, "test"):
        code = LaplacianPlaces(5, 8).double()
    fixed = code.eval().places(w)
    np.testing.assert_array_equal(fixed, np.stack([laplacian_positions(m, 5) for m in w.numpy()]))
    with seeded_torch(0, "signs"):
        first, second = code.train().places(w), code.places(w)
    assert torch.equal(first.abs(), fixed.abs())
    assert not torch.equal(first, second)
    assert set((first / fixed).round().unique().tolist()) == {-1.0, 1.0}
    x = torch.zeros(2, 9, 8, dtype=torch.float64)
    total, added = code(x, fixed)
    assert torch.equal(total, added)
    torch.testing.assert_close(added, fixed @ code.positional_proj.weight.T + code.positional_proj.bias)
