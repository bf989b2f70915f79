"""Rows of binary units: when they fire and what slope goes back, branch-free, so that rows become vectors."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.lane_math import exponential, logarithm

#: (1 + 2x) exp(x²) erfc(x), x >= 0, as a polynomial in (x - 3) / (x + 3): Chebyshev's expansion, relative error 8e-15.
COEFFICIENTS = (
    1.253008058269728, -0.13562110612442174, -0.04756229435304833, 0.1296451586909937, -0.11927366343165105,
    0.06830802760011792, -0.02377051465922924, 0.0025293892545613862, 0.0018886882404168723, -0.0007798181532504218,
    -0.00010514965509768825, 0.0001250523826712396, 4.9189769981729095e-06, -2.000200514817522e-05,
    -6.718986193212492e-07, 3.3404052215622245e-06, 2.8054876258199053e-07, -5.06018256996692e-07,
    -7.879778051766862e-08, 4.75152748498416e-08, 1.0307278135791693e-08,
)  # fmt: skip
_ROOT_HALF = 0.7071067811865476
_ROOT_2_PI = 2.5066282746310002
_GAUSSIAN = 0
#: Tables over the logit: where they end, and how many pieces, each a cubic, to one of it.
TABLE_END = 40.0
TABLE_PIECES = 32.0
_M1, _M2, _STRIDE = np.uint32(0x7FEB352D), np.uint32(0x846CA68B), np.uint32(0x9E3779B9)
_15, _16, _8 = np.uint32(15), np.uint32(16), np.uint32(8)
_MOST = 700.0


@njit(forceinline=True, error_model="numpy")
def scaled_erfc(x):  # type: ignore[no-untyped-def]
    """Give exp(x²) erfc(x) for x >= 0."""
    w = (x - 3.0) / (x + 3.0)
    p = COEFFICIENTS[20]
    p = p * w + COEFFICIENTS[19]
    p = p * w + COEFFICIENTS[18]
    p = p * w + COEFFICIENTS[17]
    p = p * w + COEFFICIENTS[16]
    p = p * w + COEFFICIENTS[15]
    p = p * w + COEFFICIENTS[14]
    p = p * w + COEFFICIENTS[13]
    p = p * w + COEFFICIENTS[12]
    p = p * w + COEFFICIENTS[11]
    p = p * w + COEFFICIENTS[10]
    p = p * w + COEFFICIENTS[9]
    p = p * w + COEFFICIENTS[8]
    p = p * w + COEFFICIENTS[7]
    p = p * w + COEFFICIENTS[6]
    p = p * w + COEFFICIENTS[5]
    p = p * w + COEFFICIENTS[4]
    p = p * w + COEFFICIENTS[3]
    p = p * w + COEFFICIENTS[2]
    p = p * w + COEFFICIENTS[1]
    p = p * w + COEFFICIENTS[0]
    return p / (1.0 + 2.0 * x)


@njit(forceinline=True, error_model="numpy")
def gaussian(z):  # type: ignore[no-untyped-def]
    """Give Φ(z), φ(z) and φ(z) / Φ(z)."""
    x = abs(z) * _ROOT_HALF
    bell = exponential(-min(x * x, _MOST))
    scaled = scaled_erfc(x)
    tail = 0.5 * bell * scaled
    probability = tail if z < 0.0 else 1.0 - tail
    density = bell / _ROOT_2_PI
    hazard = 2.0 / (_ROOT_2_PI * scaled) if z < 0.0 else density / probability
    return probability, density, hazard


@njit(forceinline=True, error_model="numpy")
def logistic_law(z):  # type: ignore[no-untyped-def]
    """Give F(z), f(z) and f(z) / F(z) of the logistic law."""
    fallen = exponential(-min(abs(z), _MOST))
    low = fallen / (1.0 + fallen)
    probability = low if z < 0.0 else 1.0 - low
    other = 1.0 - low if z < 0.0 else low
    return probability, probability * other, other


@njit(forceinline=True, error_model="numpy")
def unit_uniform(word, place):  # type: ignore[no-untyped-def]
    """Give the uniform number in [0, 1), a multiple of 2^-24, of a place (uint32) in the row that `word` (uint64) keys.

    Within one step every place has a word of its own: the map is a bijection of 32 bits, keyed before and between its
    rounds.
    """
    # Numba widens products of 32 bits to 64: each is cut back.
    x = np.uint32(np.uint32(np.uint32(place) * _STRIDE) ^ np.uint32(word & np.uint64(0xFFFFFFFF)))
    x = np.uint32(np.uint32(x ^ np.uint32(x >> _16)) * _M1)
    x = np.uint32(x ^ np.uint32(word >> np.uint64(32)))
    x = np.uint32(np.uint32(x ^ np.uint32(x >> _15)) * _M2)
    x = np.uint32(x ^ np.uint32(x >> _16))
    return np.float64(x >> _8) * 2.0**-24


@njit(error_model="numpy")
def fire_row(kind, law, z, word, first, out):  # type: ignore[no-untyped-def]
    """Write 1 where a unit fires: by chance (kind < 10) where u < F(z), else where z > 0."""
    n = len(z)
    one, none = out.dtype.type(1), out.dtype.type(0)
    if kind >= 10:
        for k in range(n):
            out[k] = one if z[k] > none else none
    elif law == _GAUSSIAN:
        for k in range(n):
            p, _, _ = gaussian(np.float64(z[k]))
            out[k] = one if unit_uniform(word, np.uint32(first + k)) < p else none
    else:
        for k in range(n):
            p, _, _ = logistic_law(np.float64(z[k]))
            out[k] = one if unit_uniform(word, np.uint32(first + k)) < p else none


@njit(forceinline=True, error_model="numpy")
def _looked_up(table, logit):  # type: ignore[no-untyped-def]
    """Give the cubic of the logit's piece, or the table's end."""
    place = (min(max(logit, -TABLE_END), TABLE_END) + TABLE_END) * TABLE_PIECES
    piece = min(np.int32(place), np.int32(2.0 * TABLE_END * TABLE_PIECES - 1.0))
    x = place - piece
    at = 4 * piece
    return ((table[at + 3] * x + table[at + 2]) * x + table[at + 1]) * x + table[at]


@njit(error_model="numpy")
def slope_row(kind, parameter, law, table, z, spikes, row, out):  # type: ignore[no-untyped-def]
    """Write the slope with respect to z of what each unit did; see `UnitRule` for the kinds.

    `row` is scratch of the same length in float64: tables are read at logits that are not rounded to the units' type.
    """
    if kind >= 10:
        _surrogate_row(kind, parameter, z, out)
    elif law == _GAUSSIAN:
        _gaussian_slope_row(kind, parameter, table, z, spikes, row, out)
    else:
        _logistic_slope_row(kind, parameter, table, z, spikes, row, out)


@njit(error_model="numpy")
def _surrogate_row(kind, parameter, z, out):  # type: ignore[no-untyped-def]
    n = len(z)
    real = out.dtype.type
    one, scale, half, none = real(1), real(parameter), real(0.5), real(0)
    if kind == 10:
        for k in range(n):
            part = one + scale * abs(z[k])
            out[k] = one / (part * part)
    elif kind == 11:
        turn = real(np.pi / 2 * parameter)
        for k in range(n):
            part = turn * z[k]
            out[k] = half * scale / (one + part * part)
    elif kind == 12:
        for k in range(n):
            out[k] = max(one - abs(z[k]) / scale, none) / scale
    else:
        for k in range(n):
            out[k] = half if abs(z[k]) < one else none


@njit(error_model="numpy")
def _gaussian_slope_row(kind, parameter, table, z, spikes, row, out):  # type: ignore[no-untyped-def]
    n = len(z)
    if kind == 0:
        for k in range(n):
            side = np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k])
            _, density, hazard = gaussian(side)
            out[k] = (1.0 - parameter) * density + 0.5 * parameter * hazard
    elif kind == 1:
        for k in range(n):
            up = spikes[k] > 0
            _, _, hazard = gaussian(np.float64(z[k]) if up else -np.float64(z[k]))
            out[k] = (parameter if up else 1.0 - parameter) * hazard
    elif kind == 2:
        for k in range(n):
            side = np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k])
            logit, hazard, _ = _gaussian_both(side)
            out[k] = hazard * _sigmoid((1.0 - parameter) * logit)
    else:
        # A loop that reads a table stays scalar: the others are vectors, and take tails twice for less than it costs.
        for k in range(n):
            row[k], _, _ = _gaussian_both(np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k]))
        _table_row(kind, parameter, table, row)
        for k in range(n):
            _, hazard, other = _gaussian_both(np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k]))
            out[k] = row[k] * (hazard + other if kind == 3 else hazard)


@njit(error_model="numpy")
def _logistic_slope_row(kind, parameter, table, z, spikes, row, out):  # type: ignore[no-untyped-def]
    n = len(z)
    if kind == 0:
        for k in range(n):
            side = np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k])
            _, density, hazard = logistic_law(side)
            out[k] = (1.0 - parameter) * density + 0.5 * parameter * hazard
    elif kind == 1:
        for k in range(n):
            up = spikes[k] > 0
            _, _, hazard = logistic_law(np.float64(z[k]) if up else -np.float64(z[k]))
            out[k] = (parameter if up else 1.0 - parameter) * hazard
    elif kind == 2:
        for k in range(n):
            side = np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k])
            _, _, hazard = logistic_law(side)
            out[k] = hazard * _sigmoid((1.0 - parameter) * side)
    else:
        for k in range(n):
            row[k] = np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k])
        _table_row(kind, parameter, table, row)
        for k in range(n):
            _, _, hazard = logistic_law(np.float64(z[k]) if spikes[k] > 0 else -np.float64(z[k]))
            # In the logistic law f / P + f / (1 - P) is 1.
            out[k] = row[k] * (1.0 if kind == 3 else hazard)


@njit(error_model="numpy")
def _table_row(kind, tau, table, row):  # type: ignore[no-untyped-def]
    """Turn logits, in place, into W1 / P (kind 3) or W1 / (W1 + W0)."""
    for k in range(len(row)):
        logit = row[k]
        row[k] = _looked_up(table, logit)
        if abs(logit) > TABLE_END:
            row[k] *= _beyond(kind, tau, row[k], logit)


@njit(error_model="numpy")
def _beyond(kind, tau, share, logit):  # type: ignore[no-untyped-def]
    """Give the factor by which an entry differs from that at the table's end, `share` for kind 4."""
    wide = max(tau, 1.0)
    size = abs(logit) if kind == 4 else logit
    far = min(max(size, TABLE_END), 1e6)
    more = (1.0 + exponential(-min(TABLE_END / wide, _MOST))) / (1.0 + exponential(-min(far / wide, _MOST)))
    if kind == 3:
        return exponential(-min((far - TABLE_END) / wide, _MOST)) * more * more
    # By this the weight of what was unlikely falls further than that of what was likely.
    less = exponential(-min((far - TABLE_END) * (1.0 - 1.0 / wide), _MOST)) / (more * more)
    return 1.0 / (share + (1.0 - share) * less) if logit > 0.0 else less / (share * less + 1.0 - share)


@njit(forceinline=True, error_model="numpy")
def _gaussian_both(side):  # type: ignore[no-untyped-def]
    """Give log P - log(1 - P), f / P and f / (1 - P), from one tail."""
    x = abs(side) * _ROOT_HALF
    square = x * x
    bell = exponential(-min(square, _MOST))
    half = 0.5 * scaled_erfc(x)
    rest = 1.0 - bell * half
    likely = bell / (_ROOT_2_PI * rest)
    unlikely = 1.0 / (_ROOT_2_PI * half)
    # The tail is exp(-x²) half: its logarithm needs no exponential, and nothing underflows.
    logit = logarithm(rest / half) + square
    up = side >= 0.0
    return (logit if up else -logit), (likely if up else unlikely), (unlikely if up else likely)


@njit(forceinline=True, error_model="numpy")
def _sigmoid(x):  # type: ignore[no-untyped-def]
    return 1.0 / (1.0 + exponential(-min(max(x, -_MOST), _MOST)))
