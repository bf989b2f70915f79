"""Closed forms of lateral inhibition: against bisection."""

import numpy as np
import pytest

from interplay.ops.lateral import common_threshold, contrast_of, participation_of


def by_bisection(values, strength, offset):
    low, high = 0.0, max(0.0, strength * np.maximum(values, 0).sum() + abs(offset)) + 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle < max(0.0, strength * np.maximum(values - middle, 0).sum() + offset):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def test_threshold_solves_its_equation():
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.normal(0.5, 1.0, rng.integers(1, 7))
        strength, offset = rng.exponential(2.0), rng.normal()
        assert common_threshold(values, strength, offset) == pytest.approx(
            by_bisection(values, strength, offset), abs=1e-12
        )


def test_threshold_of_many_cases_at_once():
    values = np.array([[1.0, 0.5, 0.2], [3.0, 3.0, -1.0]])
    assert common_threshold(values, 2.0) == pytest.approx(np.array([common_threshold(v, 2.0) for v in values]))
    assert common_threshold(np.array([-1.0, -2.0]), 1.0) == 0.0
    assert common_threshold(np.array([-1.0, -2.0]), 1.0, 0.5) == 0.5


def test_contrast_compares_the_two_largest():
    assert contrast_of(np.array([[0.2, 3.0, 1.0], [0.0, 2.0, 0.0]])).tolist() == [0.5, 1.0]
    assert np.isnan(contrast_of(np.zeros(3)))


def test_participation_counts():
    assert participation_of(np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 0.0]])).tolist() == pytest.approx([3.0, 1.0])
    assert np.isnan(participation_of(np.zeros(3)))
