"""Two units: exact pieces against the search along a nullcline, margins against a grid."""

import numpy as np
import pytest

from interplay.ops.planar import merge_points, piecewise_equilibria, planar_margin, scanned_equilibria

RELU = np.array([(-np.inf, 0.0, 0.0, 0.0), (0.0, np.inf, 1.0, 0.0)])
CLIP = np.array([(-np.inf, 0.0, 0.0, 0.0), (0.0, 1.0, 1.0, 0.0), (1.0, np.inf, 0.0, 1.0)])


def relu(z):
    return np.maximum(z, 0.0)


def clip(z):
    return np.clip(z, 0.0, 1.0)


def test_pieces_and_scan_agree():
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 2, (60, 2, 2))
    drive = rng.normal(0, 1, (60, 2))
    exact, slopes = piecewise_equilibria(weights, drive, RELU, CLIP)
    assert exact.shape == (60, 6, 2)
    assert slopes.tolist() == [[a, b] for a in (0, 1) for b in (0, 1, 0)]
    for w, u, points in zip(weights, drive, exact, strict=True):
        found = merge_points(scanned_equilibria(w, u, relu, clip), 1e-7)
        assert found == pytest.approx(merge_points(points, 1e-7), abs=1e-7)


def test_every_equilibrium_is_one():
    rng = np.random.default_rng(2)
    weights, drive = rng.normal(0, 2, (80, 2, 2)), rng.normal(0, 1, (80, 2))
    exact, _ = piecewise_equilibria(weights, drive, CLIP, CLIP)
    z = np.einsum("bij,bkj->bki", weights, exact) + drive[:, None]
    good = np.isfinite(exact)
    assert np.abs(clip(z) - exact)[good].max() < 1e-9
    # A continuous map of the square into itself has a fixed point.
    assert good.all(axis=2).any(axis=1).all()


def test_singular_pair_of_pieces_is_left_out():
    exact, _ = piecewise_equilibria(np.array([[[1.0, 0.0], [0.0, 0.0]]]), np.zeros((1, 2)), RELU, RELU)
    assert merge_points(exact[0]).tolist() == [[0.0, 0.0]]


def test_scan_finds_three_equilibria_of_a_switch():
    found = scanned_equilibria(np.array([[4.0, -0.1], [0.1, 0.0]]), np.zeros(2), np.tanh, np.tanh)
    assert len(found) == 3
    assert sorted(found[:, 0])[1] == pytest.approx(0.0, abs=1e-12)


def test_a_residual_that_only_vanishes_towards_infinity_has_no_zero():
    # softplus(z) = z to rounding from z = 37 on, and above it everywhere.
    def softplus(z):
        return np.logaddexp(0.0, z)

    pair = np.array([[1.0, 1.0], [0.0, 0.0]])
    assert len(scanned_equilibria(pair, np.zeros(2), softplus, np.zeros_like)) == 0
    assert len(scanned_equilibria(pair * 0.9, np.zeros(2), softplus, np.zeros_like)) == 1


@pytest.mark.parametrize("share", [0.1, 1.0 / 3.0])
def test_rounding_makes_no_equilibria(share):
    # Far out the first unit returns its own input, but for rounding, whose sign changes from node to node.
    def softplus(z):
        return share * np.logaddexp(0.0, z)

    pair = np.array([[1.0 / share, 1.0], [0.0, 0.0]])
    assert len(scanned_equilibria(pair, np.zeros(2), softplus, np.zeros_like)) == 0


def test_merging_keeps_one_of_equal_points_and_drops_nan():
    points = np.array([[1.0, 2.0], [np.nan, 0.0], [0.0, 1.0], [1.0, 2.0 + 1e-12]])
    assert merge_points(points).tolist() == [[0.0, 1.0], [1.0, 2.0]]
    assert merge_points(np.empty((0, 2))).shape == (0, 2)


def test_margin_is_the_largest_over_a_grid_of_scalings():
    rng = np.random.default_rng(3)
    matrices = rng.normal(size=(30, 2, 2)) - np.eye(2)
    margin, scaling = planar_margin(matrices)
    assert scaling.mean(axis=1) == pytest.approx(np.ones(30))
    t = np.linspace(-1, 1, 20001)
    for a, best, q in zip(matrices, margin, scaling, strict=True):
        lyapunov = np.diag(q) @ a
        assert best == pytest.approx(-0.5 * np.linalg.eigvalsh(lyapunov + lyapunov.T)[-1], abs=1e-12)
        p, r, off = 2 * (1 + t) * a[0, 0], 2 * (1 - t) * a[1, 1], (1 + t) * a[0, 1] + (1 - t) * a[1, 0]
        grid = -0.5 * ((p + r) / 2 + np.hypot((p - r) / 2, off))
        assert best == pytest.approx(grid.max(), abs=1e-5)
        assert best >= grid.max() - 1e-12


def test_margin_is_positive_exactly_where_the_exact_test_of_two_units_passes():
    rng = np.random.default_rng(4)
    matrices = rng.normal(size=(300, 2, 2)) - 0.7 * np.eye(2)
    passed = (matrices[:, 0, 0] < 0) & (matrices[:, 1, 1] < 0) & (np.linalg.det(matrices) > 0)
    assert 50 < passed.sum() < 250
    assert ((planar_margin(matrices)[0] > 0) == passed).all()
