"""What a unit's own rate costs it while all others stay, and the rate that costs it least: compiled, for every kind.

A unit with activation phi, own weight w and drive s from all others pays, up to terms without its rate y,

    e(y) = Psi(y) - w y^2 / 2 - s y,    Psi(y) = integral of phi^{-1} from 0 (or the threshold's rate) to y,

so its stationary rates solve phi^{-1}(y) = w y + s. With ``own = 1 - 1 / step`` and ``drive = v / step`` the same
minimum is the proximal operator of the activation cost at v. Codes and parameters are those of
`interplay.circuits.ACTIVATIONS`.

References
----------
The costs are derived so that phi is the proximal operator of its cost; see docs/methods/circuit_games.md.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

IDENTITY, RELU, CLIP, THRESHOLD_LINEAR, LEAKY_RELU, SOFT_THRESHOLD, TANH, LOGISTIC, SOFTPLUS, POWER = range(10)
_INF = np.inf
_HALVINGS = 200
_EPS = 2.0**-52
#: A sum of terms of total size c may be off by this times c.
ROUNDING = 16.0 * _EPS


@njit(cache=True)
def input_at(code, a, b, y):  # type: ignore[no-untyped-def]
    """Give the ends of phi^{-1}(y), an interval where phi is flat; both NaN outside the range of phi."""
    if code == IDENTITY:
        return y, y
    if code == LEAKY_RELU:
        z = y if y >= 0.0 else y / a
        return z, z
    if code == SOFT_THRESHOLD:
        return (-a, a) if y == 0.0 else (y + math.copysign(a, y), y + math.copysign(a, y))
    if code == TANH:
        if y < -1.0 or y > 1.0:
            return np.nan, np.nan
        z = math.atanh(y) if abs(y) < 1.0 else y * _INF
        return z, z
    if y < 0.0:
        return np.nan, np.nan
    return _input_at_positive(code, a, b, y)


@njit(cache=True)
def _input_at_positive(code, a, b, y):  # type: ignore[no-untyped-def]
    """Do so for the kinds whose rates are >= 0."""
    if code == SOFTPLUS:
        z = y + math.log(-math.expm1(-y)) if y > 0.0 else -_INF
        return z, z
    if code == LOGISTIC:
        if y > 1.0:
            return np.nan, np.nan
        z = -_INF if y == 0.0 else _INF
        if 0.0 < y < 1.0:
            z = b + (math.log(y) - math.log1p(-y)) / a
        return z, z
    # The others are silent for a ray of inputs.
    if y == 0.0:
        return -_INF, b if code == THRESHOLD_LINEAR else 0.0
    if code == CLIP and y >= a:
        return (a, _INF) if y == a else (np.nan, np.nan)
    z = y
    if code == THRESHOLD_LINEAR:
        z = y / a + b
    if code == POWER:
        z = (y / a) ** (1.0 / b)
    return z, z


@njit(cache=True)
def unilateral(code, a, b, own, drive, y):  # type: ignore[no-untyped-def]
    """Give the element of the subdifferential of e at y that is nearest to 0; NaN outside the range of phi."""
    low, high = input_at(code, a, b, y)
    at = own * y + drive
    if math.isnan(low):
        return np.nan
    if low - at > 0.0:
        return low - at
    if high - at < 0.0:
        return high - at
    return 0.0


@njit(cache=True)
def _piece(low, high, slope, offset, own, drive, present, slack, best, least):  # type: ignore[no-untyped-def]
    """Improve on `best` by the minimum over [low, high], where phi^{-1}(y) = slope y + offset and 0 costs 0."""
    curvature = slope - own
    push = drive - offset
    if abs(curvature) <= _EPS * (abs(slope) + abs(own)) and abs(push) <= slack:
        # All rates cost the same, 0: nobody who stays could do better.
        return (present, 0.0) if least >= 0.0 and low <= present <= high else (best, least)
    if curvature > 0.0:
        y = min(max(push / curvature, low), high)
        cost = (0.5 * curvature * y - push) * y
        return (y, cost) if cost < least else (best, least)
    for y in (low, high):
        if math.isinf(y):
            # Without curvature the sign of the push decides.
            cost = -_INF if curvature < 0.0 or push * y > 0.0 else _INF
        else:
            cost = (0.5 * curvature * y - push) * y
        if cost < least:
            best, least = y, cost
    return best, least


@njit(cache=True)
def _least_of_pieces(code, a, b, own, drive, present, slack):  # type: ignore[no-untyped-def]
    """Minimise e exactly where phi is made of straight lines."""
    best, least = 0.0, 0.0
    if code == IDENTITY:
        return _piece(-_INF, _INF, 1.0, 0.0, own, drive, present, slack, best, least)[0]
    if code == RELU:
        return _piece(0.0, _INF, 1.0, 0.0, own, drive, present, slack, best, least)[0]
    if code == CLIP:
        return _piece(0.0, a, 1.0, 0.0, own, drive, present, slack, best, least)[0]
    if code == THRESHOLD_LINEAR:
        return _piece(0.0, _INF, 1.0 / a, b, own, drive, present, slack, best, least)[0]
    below, shift = (1.0 / a, 0.0) if code == LEAKY_RELU else (1.0, a)
    best, least = _piece(-_INF, 0.0, below, -shift, own, drive, present, slack, best, least)
    return _piece(0.0, _INF, 1.0, shift, own, drive, present, slack, best, least)[0]


@njit(cache=True)
def _rate(code, a, b, z):  # type: ignore[no-untyped-def]
    """Give phi(z) and its slope, for the curved kinds."""
    if code == TANH:
        y = math.tanh(z)
        return y, 1.0 - y * y
    if code == LOGISTIC:
        t = a * (z - b)
        e = math.exp(-abs(t))
        y = 1.0 / (1.0 + e) if t >= 0.0 else e / (1.0 + e)
        return y, a * e / (1.0 + e) ** 2
    if code == SOFTPLUS:
        e = math.exp(-abs(z))
        return max(z, 0.0) + math.log1p(e), (1.0 if z >= 0.0 else e) / (1.0 + e)
    if z <= 0.0:
        return 0.0, 0.0
    return a * z**b, a * b * z ** (b - 1.0)


@njit(cache=True)
def _root(code, a, b, own, drive, low, high):  # type: ignore[no-untyped-def]
    """Solve z = own phi(z) + drive on [low, high], where z - own phi(z) - drive rises from <= 0 to >= 0."""
    z = 0.5 * (low + high)
    before = last = high - low
    for _ in range(_HALVINGS):
        y, slope = _rate(code, a, b, z)
        excess = z - own * y - drive
        if excess == 0.0 or high - low <= 1e-16 * (abs(low) + abs(high)):
            break
        if excess > 0.0:
            high = z
        else:
            low = z
        steep = 1.0 - own * slope
        # Newton's step while it stays inside the bracket and is at most half of the step before the last: without that
        # it can swing for ever between two points. Half of the bracket otherwise.
        after = 0.5 * (low + high)
        if steep > 0.0 and low <= z - excess / steep <= high and abs(2.0 * excess) <= before * steep:
            after = z - excess / steep
        before, last = last, abs(after - z)
        if abs(after - z) <= 2.0 * _EPS * abs(z):
            return after
        z = after
    return z


@njit(cache=True)
def _excess(code, a, b, own, drive, z):  # type: ignore[no-untyped-def]
    return z - own * _rate(code, a, b, z)[0] - drive


@njit(cache=True)
def _least_bounded(code, a, b, own, drive):  # type: ignore[no-untyped-def]
    """Minimise e for tanh and logistic: one stationary rate, or the better of two minima around a maximum."""
    bottom = -1.0 if code == TANH else 0.0
    low = drive + min(own * bottom, own)
    high = drive + max(own * bottom, own)
    steepest = 1.0 if code == TANH else 0.25 * a
    if own * steepest <= 1.0:
        return _rate(code, a, b, _root(code, a, b, own, drive, low, high))[0]
    # Between the two inputs at which the slope is 1 / own the cost is concave; a minimum lies on either side at most.
    if code == TANH:
        turn = math.acosh(math.sqrt(own))
        left, right = -turn, turn
    else:
        half = 2.0 * math.acosh(math.sqrt(own * steepest)) / a
        left, right = b - half, b + half
    best, least = bottom, _INF
    if low < left and _excess(code, a, b, own, drive, left) >= 0.0:
        best, least = _candidate(code, a, b, own, drive, low, left, best, least)
    if high > right and _excess(code, a, b, own, drive, right) <= 0.0:
        best, least = _candidate(code, a, b, own, drive, right, high, best, least)
    if least == _INF:  # the two turns are one, up to rounding
        best = _rate(code, a, b, _root(code, a, b, own, drive, low, high))[0]
    return best


@njit(cache=True)
def _candidate(code, a, b, own, drive, low, high, best, least):  # type: ignore[no-untyped-def]
    """Improve on `best` by the minimum on one side; at a stationary rate e = own y^2 / 2 - integral of phi to z."""
    z = _root(code, a, b, own, drive, low, high)
    y = _rate(code, a, b, z)[0]
    if code == TANH:
        area = abs(z) + math.log1p(math.exp(-2.0 * abs(z)))
    else:
        t = a * (z - b)
        area = (max(t, 0.0) + math.log1p(math.exp(-abs(t)))) / a
    cost = 0.5 * own * y * y - area
    return (y, cost) if cost < least else (best, least)


@njit(cache=True)
def _least_unbounded(code, a, b, own, drive):  # type: ignore[no-untyped-def]
    """Minimise e for softplus and power, whose rates know no top; inf where more is always better."""
    if code == SOFTPLUS:
        if own > 1.0 or (own == 1.0 and drive >= 0.0):
            return _INF
        # z <= own phi(z) + drive at low, and at high phi(z) < max(z, 0) + ln 2.
        if own <= 0.0:
            high = drive
            low = drive + own * _rate(code, a, b, drive)[0]
        else:
            low = drive
            high = max(0.0, drive) + 1.0
            while _excess(code, a, b, own, drive, high) < 0.0:
                high *= 2.0
        return _rate(code, a, b, _root(code, a, b, own, drive, low, high))[0]
    if own > 0.0:
        return _INF
    if drive <= 0.0:
        return 0.0
    return _rate(code, a, b, _root(code, a, b, own, drive, 0.0, drive))[0]


@njit(cache=True)
def least_cost_rate(code, a, b, own, drive, present, slack):  # type: ignore[no-untyped-def]
    """Give the rate at which e is least; infinite where e has no minimum.

    Where all rates cost the same, `present`; for that the slope of the cost may be up to `slack` from 0, by rounding.
    """
    if code <= SOFT_THRESHOLD:
        return _least_of_pieces(code, a, b, own, drive, present, slack)
    if code <= LOGISTIC:
        return _least_bounded(code, a, b, own, drive)
    return _least_unbounded(code, a, b, own, drive)


@njit(cache=True, nogil=True)
def least_cost_rates(codes, parameters, own, drive, present, slack):  # type: ignore[no-untyped-def]
    """Give the cheapest rate of every unit, for M drives.

    Parameters
    ----------
    codes : (N,) int array
    parameters : (N, 2) float array
        Unused ones are ignored.
    own : (N,) float array
        W_ii.
    drive : (M, N) float array
        Sum over the others of W_ij x_j, and the input.
    present : (M, N) float array
        Present rates: given back where every rate costs the same.
    slack : (M, N) float array, >= 0
        How far rounding may have moved `drive`.

    Returns
    -------
    (M, N) float array
        Infinite where the cost has no minimum.
    """
    out = np.empty_like(drive)
    for m in range(drive.shape[0]):
        for i in range(drive.shape[1]):
            a, b = parameters[i, 0], parameters[i, 1]
            out[m, i] = least_cost_rate(codes[i], a, b, own[i], drive[m, i], present[m, i], slack[m, i])
    return out
