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
from numpy.typing import NDArray

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
_MOST, _MOST_TWO = 708.0, 1022.0
_52 = np.uint64(52)
_BIAS = np.uint64(1023)
_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)  # of sqrt(1/2)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_TURN = 2.0 * np.pi
#: Coefficients of 2^f = 1 + f (..) for |f| <= 1/2, by Remez's exchange; the relative error is at most 6.2e-18.
_P = (
    0.6931471805599453, 0.24022650695910097, 0.05550410866482082, 0.009618129107607535, 0.0013333558146665662,
    0.00015403530440803094, 1.525273355034131e-05, 1.321544308617805e-06, 1.0178190530673225e-07, 7.072497280446962e-09,
    4.4344276861352375e-10,
)  # fmt: skip
#: The same polynomial for exp(r) = 1 + r + r^2 (..), |r| <= ln(2) / 2.
_E = (
    0.5000000000000006, 0.16666666666666438, 0.041666666666575945, 0.008333333333481593, 0.001388888893164738,
    0.0001984126951122423, 2.4801505282078536e-05, 2.755760221732145e-06, 2.7626010890539996e-07, 2.498949648536326e-08,
)  # fmt: skip


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
    # (exp(r) - 1 - r) / r^2: even and odd powers apart, for two short chains in place of a long one.
    q = r * r
    even, odd = fma(_E[8], q, _E[6]), fma(_E[9], q, _E[7])
    even, odd = fma(even, q, _E[4]), fma(odd, q, _E[5])
    even, odd = fma(even, q, _E[2]), fma(odd, q, _E[3])
    even, odd = fma(even, q, _E[0]), fma(odd, q, _E[1])
    p = fma(odd, r, even)
    p = fma(p * r, r, r)
    return _float((_bits(shifted) + _BIAS) << _52), p


@njit(cache=True, forceinline=True, error_model="numpy")
def exponential(x):  # type: ignore[no-untyped-def]
    """Give exp(x), to one unit in the last place; x is held to [-708, 708]."""
    s, p = _exponential_parts(x)
    return fma(s, p, s)


@njit(cache=True, forceinline=True, error_model="numpy")
def logistic(t):  # type: ignore[no-untyped-def]
    """Give 1 / (1 + 2^t), to two units in the last place; t is held to [-1022, 1022]."""
    t = _MOST_TWO if t > _MOST_TWO else t
    t = -_MOST_TWO if t < -_MOST_TWO else t
    shifted = t + _ROUND
    f = t - (shifted - _ROUND)
    q = f * f
    even, odd = fma(_P[10], q, _P[8]), fma(_P[9], q, _P[7])
    even, odd = fma(even, q, _P[6]), fma(odd, q, _P[5])
    even, odd = fma(even, q, _P[4]), fma(odd, q, _P[3])
    even, odd = fma(even, q, _P[2]), fma(odd, q, _P[1])
    even, odd = fma(even, q, _P[0]), fma(odd, q, 1.0)
    s = _float((_bits(shifted) + _BIAS) << _52)
    return 1.0 / fma(s, fma(even, f, odd), 1.0)


def prepared(codes: NDArray[np.int64], parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the parameters that `activate` takes: those of the kinds, but logistic ones as the line in 1 / (1 + 2^line).

    Parameters
    ----------
    codes : (N,) int64 array
    parameters : (2, ..., N) float64 array

    Returns
    -------
    (2, ..., N) float64 array
    """
    out = np.array(parameters)
    curved = codes == LOGISTIC
    a, b = parameters[0, ..., curved], parameters[1, ..., curved]
    out[0, ..., curved], out[1, ..., curved] = -_LOG2_E * a, _LOG2_E * (a * b)
    return out


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
    """Give phi(z), a and b as `prepared`. Called with a constant `code`, only that kind is left after compilation."""
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
        return logistic(fma(a, z, b))
    if code == SOFTPLUS:
        return softplus(z)
    return a * power(z, b)
