"""Signs of units: against every combination of signs."""

import itertools

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from interplay.circuits.fit_sign import estimate_signs


def moments(seed, n=4, rows=120, correlated=0.8):
    """Inputs with a common part, so that the sign of a plain correlation is no guide; weak weights of one sign each."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, n)) + correlated * rng.normal(size=(rows, 1)) * 2
    true = rng.choice([-1, 1], size=n)
    y = x @ (np.abs(rng.normal(size=(n, n))) * true * 0.25).T + rng.normal(size=(rows, n))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    return x, y


def least_loss(x, y, noise, sign, besides=None):
    """Sum over targets of the constrained loss, in units of noise; own column's target can be left out."""
    low, high = np.where(sign > 0, 0.0, -np.inf), np.where(sign > 0, np.inf, 0.0)
    total = 0.0
    for i in range(y.shape[1]):
        if i != besides:
            w = lsq_linear(x, y[:, i], (low, high), method="bvls", tol=1e-14).x
            total += 0.5 * ((x @ w - y[:, i]) ** 2).sum() / noise[i]
    return total


def test_no_single_turn_lowers_the_loss_and_mostly_no_combination_does():
    best = 0
    for seed in range(12):
        x, y = moments(seed)
        noise = (y * y).mean(axis=0)
        sign, evidence = estimate_signs(x.T @ x, y.T @ x, noise, np.zeros(4))
        here = least_loss(x, y, noise, sign)
        for j in range(4):
            turned = sign.copy()
            turned[j] *= -1
            rise = least_loss(x, y, noise, turned, j) - least_loss(x, y, noise, sign, j)
            assert rise >= -1e-7
            assert evidence[j] == pytest.approx(rise, abs=1e-5)
        every = [least_loss(x, y, noise, np.array(s)) for s in itertools.product((-1, 1), repeat=4)]
        best += here <= min(every) + 0.5
    assert best >= 10


def test_units_that_never_vary_have_no_sign():
    x, y = moments(0)
    x[:, 2] = 0.0
    y[:, 2] = 0.0
    sign, evidence = estimate_signs(x.T @ x, y.T @ x, (y * y).mean(axis=0), np.ones(4))
    assert sign[2] == 0
    assert np.isnan(evidence[2])
    assert (sign[[0, 1, 3]] != 0).all()
