"""Rounds of a game between rate units, each moving by its own cost: compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.own_cost import ROUNDING, least_cost_rate, unilateral

BEST_RESPONSE, GRADIENT, PROXIMAL = range(3)
_HALVINGS = 60


@njit(cache=True)
def _move(rule, step, code, a, b, own, others, slack, x, low, high):  # type: ignore[no-untyped-def]
    """Give the rate to which a unit moves."""
    if rule == BEST_RESPONSE:
        y = least_cost_rate(code, a, b, own, others, x, slack)
        return y if step == 1.0 else x + step * (y - x)
    if rule == PROXIMAL:
        ahead = x - step * ((1.0 - own) * x - others)
        return least_cost_rate(code, a, b, 1.0 - 1.0 / step, ahead / step, x, 0.0)
    y = min(max(x - step * unilateral(code, a, b, own, others, x), low), high)
    # An end at which the cost is infinitely steep is never reached: half of the way to it is.
    for _ in range(_HALVINGS):
        if np.isfinite(unilateral(code, a, b, own, others, y)):
            return y
        y = 0.5 * (x + y)
    return x


@njit(cache=True, nogil=True)
def play_rounds(weights, codes, parameters, ends, drive, start, rule, step, order, tolerance, out):  # type: ignore[no-untyped-def]
    """Play until nobody moves, somebody leaves the finite numbers, or the rounds are over.

    Parameters
    ----------
    weights : (N, N) float array
        Onto the row's unit from the column's.
    codes : (N,) int array
    parameters, ends : (N, 2) float arrays
        Of the activations, and their lowest and highest rates.
    drive, start : (N,) float arrays
    rule : int
        One of the three of this module.
    step : float, > 0
    order : (T, N) int array
        Who moves when in a round; empty if all move at once.
    tolerance : float
        Play is over when no rate moves by more than this times (1 + the largest rate), per unit of step.
    out : (T + 1, N) float array, changed in place
        The start and the state after each round.

    Returns
    -------
    rounds : int
        How many were played.
    end : int
        0: the rounds are over; 1: nobody moved; 2: a rate left the finite numbers in the last round.
    """
    n = len(start)
    x = start.copy()
    out[0] = x
    for t in range(len(out) - 1):
        seen = x if len(order) else x.copy()
        for k in range(n):
            i = order[t, k] if len(order) else k
            others, size = drive[i], abs(drive[i])
            for j in range(n):
                if j != i:
                    others += weights[i, j] * seen[j]
                size += abs(weights[i, j] * seen[j])
            a, b = parameters[i, 0], parameters[i, 1]
            slack = ROUNDING * (size + abs(b))
            x[i] = _move(rule, step, codes[i], a, b, weights[i, i], others, slack, seen[i], ends[i, 0], ends[i, 1])
            if not np.isfinite(x[i]) and len(order):
                break
        out[t + 1] = x
        moved = np.abs(x - out[t]).max()
        if not np.isfinite(moved):
            return t + 1, 2
        if moved <= min(step, 1.0) * tolerance * (1.0 + np.abs(x).max()):
            return t + 1, 1
    return len(out) - 1, 0
