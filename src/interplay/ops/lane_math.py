"""Elementary functions for compiled loops over lanes: branch-free, so that the compiler turns them into vectors.

The C library's functions are calls, and a loop with a call stays scalar. These are polynomials after the usual range
reductions, with fused products where written and nowhere else, so they give the same bits on every processor and in
every loop, vectorised or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from interplay.ops.activation import (
    CLIP,
    IDENTITY,
    LEAKY_RELU,
    LOGISTIC,
    RELU,
    SOFT_THRESHOLD,
    SOFTPLUS,
    TANH,
    THRESHOLD_LINEAR,
)

_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, in the low bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_MOST = 708.0
_52 = np.uint64(52)
_BIAS = np.uint64(1023)
_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)  # of sqrt(1/2)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_TURN = 2.0 * np.pi


@intrinsic
def _fused(typingctx, a, b, c):  # type: ignore[no-untyped-def]
    """Give a * b + c, rounded once."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), build


@intrinsic
def _read_bits(typingctx, x):  # type: ignore[no-untyped-def]
    """Read a float's bits as an integer."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], ir.IntType(64))

    return types.uint64(types.float64), build


@intrinsic
def _read_float(typingctx, word):  # type: ignore[no-untyped-def]
    """Read an integer's bits as a float."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), build


# Type checkers count the typing context as an argument, which compiled code does not see.
fma: Any = _fused
_bits: Any = _read_bits
_float: Any = _read_float


@njit(cache=True, forceinline=True, error_model="numpy")
def _exponential_parts(x):  # type: ignore[no-untyped-def]
    """Give (s, p) with exp(x) = s (1 + p), s a power of two, |p| < 0.42; x is held to [-708, 708]."""
    x = -_MOST if x < -_MOST else x
    x = _MOST if x > _MOST else x
    shifted = fma(x, _LOG2_E, _ROUND)
    whole = shifted - _ROUND
    r = fma(-whole, _LN2_LOW, fma(-whole, _LN2_HIGH, x))
    p = 1.0 / 6227020800.0
    p = fma(p, r, 1.0 / 479001600.0)
    p = fma(p, r, 1.0 / 39916800.0)
    p = fma(p, r, 1.0 / 3628800.0)
    p = fma(p, r, 1.0 / 362880.0)
    p = fma(p, r, 1.0 / 40320.0)
    p = fma(p, r, 1.0 / 5040.0)
    p = fma(p, r, 1.0 / 720.0)
    p = fma(p, r, 1.0 / 120.0)
    p = fma(p, r, 1.0 / 24.0)
    p = fma(p, r, 1.0 / 6.0)
    p = fma(p, r, 0.5)
    p = fma(p * r, r, r)
    return _float((_bits(shifted) + _BIAS) << _52), p


@njit(cache=True, forceinline=True, error_model="numpy")
def exponential(x):  # type: ignore[no-untyped-def]
    """Give exp(x), to one unit in the last place; x is held to [-708, 708]."""
    s, p = _exponential_parts(x)
    return fma(s, p, s)


@njit(cache=True, forceinline=True, error_model="numpy")
def hyperbolic_tangent(x):  # type: ignore[no-untyped-def]
    """Give tanh(x), to a few units in the last place."""
    size = x if x > 0.0 else -x
    s, p = _exponential_parts(-2.0 * size)
    less = fma(s, p, s - 1.0)
    t = -less / (2.0 + less)
    return t if x > 0.0 else -t


@njit(cache=True, forceinline=True, error_model="numpy")
def softplus(x):  # type: ignore[no-untyped-def]
    """Give ln(1 + exp(x)), to a few units in the last place."""
    size = x if x > 0.0 else -x
    y = exponential(-size)
    s = y / (2.0 + y)
    q = s * s
    p = 1.0 / 31.0
    p = fma(p, q, 1.0 / 29.0)
    p = fma(p, q, 1.0 / 27.0)
    p = fma(p, q, 1.0 / 25.0)
    p = fma(p, q, 1.0 / 23.0)
    p = fma(p, q, 1.0 / 21.0)
    p = fma(p, q, 1.0 / 19.0)
    p = fma(p, q, 1.0 / 17.0)
    p = fma(p, q, 1.0 / 15.0)
    p = fma(p, q, 1.0 / 13.0)
    p = fma(p, q, 1.0 / 11.0)
    p = fma(p, q, 1.0 / 9.0)
    p = fma(p, q, 1.0 / 7.0)
    p = fma(p, q, 0.2)
    p = fma(p, q, 1.0 / 3.0)
    p = fma(p, q, 1.0)
    return fma(2.0 * s, p, x if x > 0.0 else 0.0)


@njit(cache=True, forceinline=True, error_model="numpy")
def logarithm(x):  # type: ignore[no-untyped-def]
    """Give ln(x) of a positive normal number, to about one unit in the last place."""
    word = _bits(x)
    power = (word - _HALF_BITS + (_BIAS << _52)) >> _52  # biased exponent of x over its mantissa in [sqrt 1/2, sqrt 2)
    whole = np.float64(np.int64(power)) - 1023.0
    m = _float(word - ((power - _BIAS) << _52))
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    p = 1.0 / 23.0
    p = fma(p, q, 1.0 / 21.0)
    p = fma(p, q, 1.0 / 19.0)
    p = fma(p, q, 1.0 / 17.0)
    p = fma(p, q, 1.0 / 15.0)
    p = fma(p, q, 1.0 / 13.0)
    p = fma(p, q, 1.0 / 11.0)
    p = fma(p, q, 1.0 / 9.0)
    p = fma(p, q, 1.0 / 7.0)
    p = fma(p, q, 0.2)
    p = fma(p, q, 1.0 / 3.0)
    p = fma(p * q, 2.0 * s, 2.0 * s)
    return fma(whole, _LN2_HIGH, fma(whole, _LN2_LOW, p))


@njit(cache=True, forceinline=True, error_model="numpy")
def power(x, exponent):  # type: ignore[no-untyped-def]
    """Give x^exponent for x >= 0: the square exactly, else by exponential and logarithm; 0 for x <= 0."""
    safe = x if x > 1e-300 else 1e-300
    curved = exponential(exponent * logarithm(safe))
    whole = safe * safe if exponent == 2.0 else curved
    return whole if x > 0.0 else 0.0


@njit(cache=True, forceinline=True, error_model="numpy")
def normal(word):  # type: ignore[no-untyped-def]
    """Turn 64 random bits into a normal deviate: Box and Muller, radius from the high half, angle from the low.

    Within 6.8 of 0, for the radius has 32 bits.
    """
    radius = (np.float64(np.int64(word >> np.uint64(32))) + 0.5) * 2.0**-32
    turn = (np.float64(np.int64(word & np.uint64(0xFFFFFFFF))) + 0.5) * 2.0**-32 - 0.5
    t = _TURN * ((turn if turn > 0.0 else -turn) - 0.25)
    q = t * t
    p = 1.0 / 51090942171709440000.0
    p = fma(p, q, -1.0 / 121645100408832000.0)
    p = fma(p, q, 1.0 / 355687428096000.0)
    p = fma(p, q, -1.0 / 1307674368000.0)
    p = fma(p, q, 1.0 / 6227020800.0)
    p = fma(p, q, -1.0 / 39916800.0)
    p = fma(p, q, 1.0 / 362880.0)
    p = fma(p, q, -1.0 / 5040.0)
    p = fma(p, q, 1.0 / 120.0)
    p = fma(p, q, -1.0 / 6.0)
    return np.sqrt(-2.0 * logarithm(radius)) * fma(p * q, t, t)


@njit(cache=True, forceinline=True, error_model="numpy")
def activate(code, a, b, z):  # type: ignore[no-untyped-def]
    """Give phi(z). Called with a constant `code`, only that kind is left after compilation."""
    if code == IDENTITY:
        return z
    if code == RELU:
        return z if z > 0.0 else 0.0
    if code == CLIP:
        low = z if z > 0.0 else 0.0
        return low if low < a else a
    if code == THRESHOLD_LINEAR:
        return a * (z - b) if z > b else 0.0
    if code == LEAKY_RELU:
        return a * z if z < 0.0 else z
    if code == SOFT_THRESHOLD:
        return z - a if z > a else (z + a if z < -a else 0.0)
    if code == TANH:
        return hyperbolic_tangent(z)
    if code == LOGISTIC:
        return 1.0 / (1.0 + exponential(-a * (z - b)))
    if code == SOFTPLUS:
        return softplus(z)
    return a * power(z, b)
