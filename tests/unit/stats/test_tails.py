"""The fitted tail: counted where it can be, calibrated where it cannot."""

import numpy as np
import pytest

from interplay.stats.tails import tail_pvalues

M = 100


def pvalues(observed, null):
    """One row of `null` per pair; the definition, written out."""
    sums = np.stack([(null**k).sum(axis=1) for k in (1, 2, 3)])
    exceeding = (np.abs(null) >= np.abs(observed)[:, None]).sum(axis=1)
    return tail_pvalues(observed, exceeding, sums, null.shape[1])


def test_a_counted_pvalue_is_kept():
    null = np.tile(np.linspace(-1, 1, M), (3, 1))
    p = pvalues(np.array([0.5, 0.99, -0.99]), null)
    assert p[0] == (1 + (np.abs(null[0]) >= 0.5).sum()) / (1 + M)
    assert (p > 1 / (1 + M)).all()


@pytest.mark.parametrize(
    ("law", "most"), [("normal", 1.5), ("gamma", 2.5), ("mirrored gamma", 2.5), ("rare counts", 1), ("logistic", 5)]
)
def test_small_pvalues_are_calibrated(law, most):
    rng = np.random.default_rng(8)
    size = (40_000, M + 1)
    draws = {
        "normal": lambda: rng.normal(size=size),
        "gamma": lambda: rng.gamma(4.0, size=size) - 4.0,
        "rare counts": lambda: rng.poisson(0.05, size=size) - 0.05,
        "logistic": lambda: rng.logistic(size=size),
        "mirrored gamma": lambda: 4.0 - rng.gamma(4.0, size=size),
    }[law]()
    p = pvalues(draws[:, 0], draws[:, 1:])
    assert (p < 1e-3).mean() < most * 1e-3
    assert (p < 0.05).mean() < 0.06
    assert law == "rare counts" or (p < 1e-3).mean() > 1e-3 / 3


def test_no_pvalue_is_zero_or_above_the_smallest_count():
    null = np.random.default_rng(0).uniform(-1, 1, size=(4, M))
    p = pvalues(np.array([5.0, -5.0, 1e6, 1.5]), null)
    assert (p > 0).all()
    assert (p <= 1 / (1 + M)).all()


def test_a_null_without_scatter_extrapolates_nothing():
    assert pvalues(np.array([0.3]), np.full((1, M), 0.1)) == pytest.approx(1 / (1 + M))


def test_mirroring_the_axis_changes_nothing():
    rng = np.random.default_rng(2)
    null = rng.gamma(2.0, size=(50, M)) - 2.0
    observed = rng.normal(3.0, 3.0, size=50)
    assert np.allclose(pvalues(observed, null), pvalues(-observed, -null))
