"""What every activation of a rate unit promises, as one assertion."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEP = 1e-6


def check_activation(phi: Any, *, inputs: Floats | None = None, tolerance: float = 1e-7) -> None:
    """Assert that an activation keeps its promises on some inputs.

    It is frozen and survives pickling. It is nondecreasing, stays in its domain, and its slope is its derivative,
    within [0, L]. Its inverse undoes it. Its cost is finite inside the domain and infinite outside, has the derivative
    inverse(x) - x, and is convex if L <= 1. Its proximal operator with step 1 is the activation itself, and with every
    allowed step it finds the least value of its objective. Inputs are left alone, shapes are kept.

    Parameters
    ----------
    phi : Activation
    inputs : (M,) float array or None
        Inputs to try, away from kinks; None: 60 between -3 and 3.
    tolerance : float, > 0
        Allowed error.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    z = np.linspace(-2.97, 3.03, 60) if inputs is None else np.asarray(inputs, dtype=np.float64)
    before = z.copy()
    _check_frozen(phi)
    x = phi(z)
    _check_shape(phi, z)
    _check_rate(phi, z, x, tolerance)
    _check_inverse(phi, x, tolerance)
    _check_cost(phi, x, tolerance)
    for step in (1.0, 0.3, 0.9, 1.1, 3.0):
        if step == 1.0 or step * (1.0 - 1.0 / phi.max_slope) < 0.98:
            _check_prox(phi, z, step, tolerance)
    assert np.array_equal(z, before), "inputs must be left as they are"


def _check_frozen(phi: Any) -> None:
    try:
        phi.kind = phi.kind
    except dataclasses.FrozenInstanceError:
        pass
    else:
        raise AssertionError("an activation must be frozen")
    assert pickle.loads(pickle.dumps(phi)) == phi, "an activation must survive pickling"


def _check_shape(phi: Any, z: Floats) -> None:
    part = z[:6].reshape(2, 3)
    for name in ("__call__", "slope", "inverse", "cost", "prox"):
        work = getattr(phi, name)
        found = work(part)
        assert found.shape == (2, 3), f"`{name}` must keep the shape of its input"
        assert found.dtype == np.float64, f"`{name}` must give float64"
        single = np.array([[work(v) for v in row] for row in part])
        assert np.array_equal(single, found, equal_nan=True), f"`{name}` must treat every value alone"


def _check_rate(phi: Any, z: Floats, x: Floats, tolerance: float) -> None:
    low, high = phi.domain
    order = np.argsort(z)
    assert (np.diff(x[order]) >= 0).all(), "an activation must not decrease"
    assert (x >= low).all(), "rates must stay in the domain"
    assert (x <= high).all(), "rates must stay in the domain"
    slope = phi.slope(z)
    measured = (phi(z + _STEP) - phi(z - _STEP)) / (2 * _STEP)
    assert np.allclose(slope, measured, rtol=0, atol=1e-6 * (1 + np.abs(x).max())), "`slope` must be the derivative"
    assert (slope >= 0).all(), "slopes must lie in [0, L]"
    assert (slope <= phi.max_slope * (1 + tolerance)).all(), "slopes must lie in [0, L]"


def _check_inverse(phi: Any, x: Floats, tolerance: float) -> None:
    low, high = phi.domain
    assert np.allclose(phi(phi.inverse(x)), x, rtol=0, atol=tolerance), "`inverse` must undo the activation"
    outside = np.array([v for v in (low - 0.5, high + 0.5) if np.isfinite(v)])
    assert np.isnan(phi.inverse(outside)).all(), "`inverse` must be NaN outside the domain"
    assert (phi.cost(outside) == np.inf).all(), "the cost must be infinite outside the domain"


def _check_cost(phi: Any, x: Floats, tolerance: float) -> None:
    low, high = phi.domain
    inside = x[(x > low + 1e-3) & (x < high - 1e-3)]
    inside = inside[np.abs(inside) > 1e-3]
    assert np.isfinite(phi.cost(x)).all(), "the cost must be finite in the domain"
    measured = (phi.cost(inside + _STEP) - phi.cost(inside - _STEP)) / (2 * _STEP)
    wanted = phi.inverse(inside) - inside
    assert np.allclose(measured, wanted, rtol=1e-6, atol=1e-6), "the cost must have the derivative inverse(x) - x"
    if phi.max_slope <= 1.0:
        ends = np.linspace(max(low, -3.0), min(high, 3.0), 41)
        value = phi.cost(ends)
        middle = phi.cost((ends[1:] + ends[:-1]) / 2)
        assert (middle <= (value[1:] + value[:-1]) / 2 + tolerance).all(), "the cost must be convex if L <= 1"


def _check_prox(phi: Any, z: Floats, step: float, tolerance: float) -> None:
    found = phi.prox(z, step)
    if step == 1.0:
        assert np.array_equal(found, phi(z)), "the proximal operator must be the activation itself"
    low, high = phi.domain
    near = np.concatenate([np.linspace(-6.0, 6.0, 241), *(s * np.logspace(-6, -1, 11) for s in (-1, 1))])
    for target, y in zip(z, found, strict=True):
        tried = np.clip(np.concatenate([near, y + near]), low, high)
        with np.errstate(invalid="ignore"):
            least = np.nanmin(step * phi.cost(tried) + (tried - target) ** 2 / 2)
        here = float(step * phi.cost(y) + (y - target) ** 2 / 2)
        assert here <= least + 1e-13 * (1 + abs(here)), f"`prox` must find the least (step {step:g}, input {target:g})"
    inside = (found > low + 1e-9) & (found < high - 1e-9) & (np.abs(found) > 1e-9)
    y = found[inside]
    slope = step * (phi.inverse(y) - y) + y - z[inside]
    assert (np.abs(slope) <= tolerance * (1 + np.abs(z[inside]))).all(), (
        f"`prox` must stand where the objective's derivative is 0 (step {step:g})"
    )
