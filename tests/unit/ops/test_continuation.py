"""Curves of zeros: a circle with its folds, bounds, and failures."""

import numpy as np
import pytest

from interplay.ops.continuation import correct, follow_curve, refine


def circle(y):
    return np.array([y[0] ** 2 + y[1] ** 2 - 1.0])


def circle_jacobian(y):
    return np.array([[2 * y[0], 2 * y[1]]])


def test_a_closed_curve_is_followed_once_round():
    points, along = follow_curve(
        circle, circle_jacobian, np.array([0.0, 1.0]), 1.0, (-2.0, 2.0), step=0.1, largest=10.0
    )
    assert np.abs(np.hypot(*points.T) - 1.0).max() < 1e-10
    assert np.linalg.norm(along, axis=1) == pytest.approx(np.ones(len(along)))
    assert points[:, 1].min() < -0.99
    assert len(points) < 200


def test_a_curve_ends_on_the_bound_exactly():
    points, _ = follow_curve(circle, circle_jacobian, np.array([1.0, 0.0]), 1.0, (-2.0, 0.5), step=0.1, largest=10.0)
    assert points[-1, 1] == 0.5
    assert points[-1, 0] == pytest.approx(np.sqrt(0.75), abs=1e-12)


def test_a_curve_ends_where_it_grows_too_large():
    def line(y):
        return np.array([y[0] - 3.0 * y[1]])

    points, _ = follow_curve(
        line, lambda y: np.array([[1.0, -3.0]]), np.zeros(2), 1.0, (-100.0, 100.0), step=0.5, largest=6.0
    )
    assert 6.0 < points[-1, 0] < 10.0


def test_fold_is_refined_to_rounding():
    a, b = (np.array([np.sin(x), np.cos(x)]) for x in (-0.1, 0.15))
    y, value = refine(circle, circle_jacobian, a, b, lambda y: y[0])
    assert y == pytest.approx(np.array([0.0, 1.0]), abs=1e-10)
    assert abs(value) < 1e-10


def test_correction_gives_up_where_there_is_no_curve():
    assert correct(circle, circle_jacobian, np.array([0.0, 5.0]), np.array([0.0, 1.0])) is None
