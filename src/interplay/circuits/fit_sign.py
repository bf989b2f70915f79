"""Which units excite and which inhibit, from all windows together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SWEEPS = 5


def estimate_signs(gram: Floats, cross: Floats, noise: Floats, ridge: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Choose one sign per presynaptic unit by least squares on the pooled, centred steps.

    Parameters
    ----------
    gram : (N, N) float64 array
        Sum of x x', every window about its own mean.
    cross : (N, N) float64 array
        `cross[i, j]`: sum of y_i x_j about the means.
    noise : (N,) float64 array
        Variance of y_i about the means; units with 0 have no say.
    ridge : (N,) float64 array
        Penalty of each unit's weights.

    Returns
    -------
    sign : (N,) int64 array
        0 for a unit that never varied.
    evidence : (N,) float64 array, >= 0
        By how much the loss, in units of each target's noise variance, would rise if the unit had the other sign and
        all others kept theirs: like a difference of log likelihoods. NaN where the sign is 0.

    Notes
    -----
    Start: the sign of sum_i z_ij |z_ij|, z the t values of an unconstrained fit, own weights left out. Then units are
    turned, one at a time, whenever that lowers the loss of the constrained fit. A local optimum; O(N^2) constrained
    problems a sweep.
    """
    n = len(gram)
    moving = np.diag(gram) > 0
    heard = noise > 0
    free = np.zeros((n, n))
    t_value = np.zeros((n, n))
    inputs = np.flatnonzero(moving)
    for i in np.flatnonzero(heard):
        inner = gram[np.ix_(inputs, inputs)] + np.diag(np.full(len(inputs), ridge[i]))
        inverse = np.linalg.inv(inner)
        free[i, inputs] = inverse @ cross[i, inputs]
        t_value[i, inputs] = free[i, inputs] / np.sqrt(noise[i] * np.diag(inverse))
    np.fill_diagonal(t_value, 0.0)
    leaning = (t_value * np.abs(t_value)).sum(axis=0)
    sign = np.where(moving, np.where(leaning < 0, -1, 1), 0)
    weights, loss = _constrained(gram, cross, ridge, sign, np.where(free * sign > 0, free, 0.0))
    evidence = np.full(n, np.nan)
    for _ in range(_SWEEPS):
        turned = False
        for j in inputs:
            other = sign.copy()
            other[j] = -sign[j]
            start = weights.copy()
            start[:, j] = 0.0
            there, after = _constrained(gram, cross, ridge, other, start)
            # The own weight mixes coupling with the unit's refractoriness and is no witness.
            witness = heard & (np.arange(n) != j)
            rise = float(((after - loss)[witness] / noise[witness]).sum())
            evidence[j] = abs(rise)
            if rise < -1e-9:
                sign, weights, loss, turned = other, there, after, True
        if not turned:
            break
    return sign.astype(np.int64), evidence


def _constrained(
    gram: Floats, cross: Floats, ridge: Floats, sign: NDArray[np.int64], start: Floats
) -> tuple[Floats, Floats]:
    """Solve every unit's problem under the signs: weights (N, N) and losses (N,)."""
    from interplay.ops.signed_regression import signed_quadratics

    n = len(gram)
    low = np.tile(np.where(sign > 0, 0.0, np.where(sign == 0, 0.0, -np.inf)), (n, 1))
    high = np.tile(np.where(sign < 0, 0.0, np.where(sign == 0, 0.0, np.inf)), (n, 1))
    grams = gram + ridge[:, None, None] * np.eye(n)
    w = np.ascontiguousarray(start)
    signed_quadratics(grams, False, np.ascontiguousarray(cross), low, high, w)
    loss = 0.5 * np.einsum("ij,ijk,ik->i", w, grams, w) - (w * cross).sum(axis=1)
    return w, loss
