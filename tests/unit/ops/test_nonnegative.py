"""Non-negative factors: conditions of an optimum, errors, masks, starts."""

import numpy as np
import pytest
from tests.oracles import factors as oracle

from interplay.ops import nonnegative
from interplay.ops.nonnegative import factorise, khatri_rao, row_updates, start_factors


def rng(seed=0):
    return np.random.Generator(np.random.Philox(seed))


def planted(shape, rank, seed=0):
    draw = rng(seed)
    return [draw.gamma(0.6, size=(n, rank)) for n in shape]


@pytest.mark.parametrize(
    ("shape", "masked"),
    [((6, 5), "none"), ((6, 5), "full"), ((5, 4, 6), "constant"), ((4, 3, 2, 5), "none"), ((4, 3, 2, 5), "full")],
)
def test_fits_end_where_no_factor_gains(shape, masked):
    x = oracle.model(planted(shape, 2)) + 0.1 * rng(1).uniform(size=shape)
    known = np.ones(shape)
    if masked == "full":
        known = (rng(2).uniform(size=shape) < 0.8).astype(float)
    if masked == "constant":
        known = np.broadcast_to((rng(2).uniform(size=(1, *shape[1:])) < 0.8).astype(float), shape)
    mask = {"none": None, "full": known, "constant": known[:1]}[masked]
    start = start_factors(shape, 2, np.linalg.norm(x), rng(3))
    found = factorise(x * known, start, mask=mask, rounds=500, tolerance=0.0)
    wrong = known * (x - oracle.model(found.factors))
    assert np.isclose(found.error, np.linalg.norm(wrong) / np.linalg.norm(x * known), atol=1e-7)
    for mode, factor in enumerate(found.factors):
        assert (factor >= 0).all()
        slope = oracle.squared_error_gradient(x, found.factors, known, mode)
        size = np.abs(x).max() * max(np.abs(f).max() for f in found.factors)
        assert slope.min() > -1e-3 * size  # nothing at zero would gain by growing
        assert np.abs(slope * factor).max() < 1e-3 * size * np.abs(factor).max()  # nothing above zero by moving


def test_row_updates_solve_small_problems():
    gram = np.array([[[2.0, 0.5], [0.5, 1.0]]])
    factor = np.array([[1.0, 1.0]])
    row_updates(factor, np.array([[2.0, -1.0]]), gram, 50)
    assert np.allclose(factor, [[1.0, 0.0]])
    dead = np.array([[1.0, 3.0]])
    row_updates(dead, np.array([[2.0, 0.0]]), np.array([[[1.0, 0.0], [0.0, 0.0]]]), 5)
    assert np.allclose(dead, [[2.0, 3.0]])


def test_what_is_masked_does_not_count():
    true = planted((8, 5, 9), 2)
    x = oracle.model(true)
    known = (rng(5).uniform(size=(1, 5, 9)) < 0.75).astype(float)
    start = start_factors(x.shape, 2, np.linalg.norm(x), rng(6))
    found = factorise(x * known, start, mask=known, rounds=400, tolerance=0.0)
    assert found.error < 5e-3
    assert np.abs(oracle.model(found.factors) - x).max() < 0.05 * x.max()


def test_goal_ends_early_and_start_is_left_alone():
    x = oracle.model(planted((6, 7, 8), 3))
    start = start_factors(x.shape, 3, np.linalg.norm(x), rng(1))
    before = [f.copy() for f in start]
    found = factorise(x, start, goal=0.3, tolerance=0.0)
    assert found.error <= 0.3
    assert found.converged
    assert found.rounds < 200
    assert all(np.array_equal(a, b) for a, b in zip(before, start, strict=True))


def test_zero_data_has_no_error():
    assert factorise(np.zeros((3, 4)), [np.ones((3, 1)), np.ones((4, 1))], rounds=10).error == 0.0


def test_khatri_rao_runs_over_rows():
    a, b = rng(1).normal(size=(2, 3)), rng(2).normal(size=(4, 3))
    assert np.allclose(khatri_rao([a, b])[5], a[1] * b[1])


@pytest.mark.parametrize("masked", [False, True])
def test_the_error_of_a_close_fit_is_that_of_the_residuals(masked):
    x = oracle.model(planted((9, 8, 10), 2)).astype(np.float32)
    known = (rng(4).uniform(size=x.shape) < 0.9).astype(np.float32) if masked else np.ones(x.shape, dtype=np.float32)
    start = start_factors(x.shape, 2, np.linalg.norm(x), rng(3))
    found = factorise(x * known, start, mask=known if masked else None, rounds=400, tolerance=0.0)
    wrong = known * (x - oracle.model(found.factors))
    assert found.error < 1e-3
    assert found.error == pytest.approx(np.linalg.norm(wrong) / np.linalg.norm(x * known), rel=1e-3)


def test_a_fit_cut_short_has_not_converged():
    x = oracle.model(planted((6, 7, 8), 3))
    start = start_factors(x.shape, 3, np.linalg.norm(x), rng(1))
    assert not factorise(x, start, rounds=3, tolerance=1e-5).converged
    assert factorise(x, start, rounds=500, tolerance=1e-3).converged


def test_extrapolation_saves_rounds(monkeypatch):
    x = oracle.model(planted((9, 8, 10), 3))
    start = start_factors(x.shape, 3, np.linalg.norm(x), rng(1))
    ahead = factorise(x, start, rounds=500, tolerance=0.0, goal=0.01).rounds
    monkeypatch.setattr(nonnegative, "_STEP", 0.0)
    assert ahead < factorise(x, start, rounds=500, tolerance=0.0, goal=0.01).rounds
