"""Elementary functions of compiled loops: against numpy, at their ends, and the same bits vectorised or not."""

import numpy as np
import pytest
from numba import njit

from interplay.circuits import ACTIVATIONS, activation
from interplay.ops import activation as plain
from interplay.ops.lane_math import (
    exponential,
    fma,
    hyperbolic_tangent,
    logarithm,
    logistic,
    normal,
    power,
    prepared,
    softplus,
)
from interplay.ops.rate_network import activate_row


@njit
def apply(which, x, out):
    for k in range(len(x)):
        if which == 0:
            out[k] = exponential(x[k])
        elif which == 1:
            out[k] = hyperbolic_tangent(x[k])
        elif which == 2:
            out[k] = softplus(x[k])
        elif which == 3:
            out[k] = logarithm(x[k])
        elif which == 4:
            out[k] = logistic(x[k])
        else:
            out[k] = power(x[k], 2.6)


@njit
def deviates(words, out):
    for k in range(len(words)):
        out[k] = normal(words[k])


@njit
def fused(a, b, c):
    return fma(a, b, c)


def found(which, x):
    out = np.empty_like(x)
    apply(which, x, out)
    return out


RNG = np.random.Generator(np.random.Philox(0))
WIDE = np.concatenate([RNG.normal(0, 5, 4000), RNG.normal(0, 1e-4, 500), [-700.0, 700.0, 0.0, 1e-300]])


def test_exponentials_and_logarithms():
    assert np.allclose(found(0, WIDE), np.exp(WIDE), rtol=1e-15, atol=0)
    assert np.allclose(found(1, WIDE), np.tanh(WIDE), rtol=2e-15, atol=0)
    assert np.allclose(found(2, WIDE), np.logaddexp(0, WIDE), rtol=3e-15, atol=0)
    assert np.allclose(found(4, WIDE), 1 / (1 + np.exp2(WIDE)), rtol=1e-15, atol=0)
    positive = np.exp(RNG.normal(0, 60, 4000))
    assert np.allclose(found(3, positive), np.log(positive), rtol=1e-15, atol=1e-300)
    assert np.allclose(found(5, np.abs(WIDE)), np.abs(WIDE) ** 2.6, rtol=2e-13, atol=1e-300)


def test_ends_and_bad_numbers():
    ends = np.array([-1e5, 1e5, np.nan])
    assert found(0, ends)[:2] == pytest.approx([np.exp(-708.0), np.exp(708.0)])
    assert found(1, ends)[:2].tolist() == [-1, 1]
    assert found(2, ends)[1] == 1e5
    assert found(4, ends)[:2].tolist() == [1, 2.0**-1022]
    assert np.isnan([found(which, ends)[2] for which in (0, 1, 4)]).all()
    assert found(5, np.array([0.0, -1.0])).tolist() == [0, 0]


def test_products_are_fused():
    tiny = 2.0**-30
    assert fused(1 + tiny, 1 - tiny, -1.0) == -(2.0**-60)


def test_deviates_are_normal():
    words = RNG.integers(0, 2**64, 200_000, dtype=np.uint64)
    out = np.empty(len(words))
    deviates(words, out)
    assert abs(out.mean()) < 0.01
    assert out.std() == pytest.approx(1, abs=0.01)
    assert (out**4).mean() == pytest.approx(3, abs=0.1)
    assert (np.abs(out) > 1.959964).mean() == pytest.approx(0.05, abs=0.002)
    radius, turn = ((words >> np.uint64(32)) + 0.5) / 2**32, ((words & np.uint64(2**32 - 1)) + 0.5) / 2**32
    assert np.allclose(out, np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * turn), atol=1e-14)


@pytest.mark.parametrize("kind", sorted(ACTIVATIONS))
def test_compiled_activations_equal_the_plain_ones_and_do_not_mind_the_length(kind):
    phi = activation(kind)
    given = np.array((*phi.parameters, 0.0, 0.0)[:2])
    a, b = prepared(np.array([phi.code]), given[:, None])[:, 0]
    z = RNG.normal(0, 2, 67)
    whole, parts = z.copy(), z.copy()
    activate_row(phi.code, np.full(67, a), np.full(67, b), whole)
    for k in range(67):
        activate_row(phi.code, np.full(1, a), np.full(1, b), parts[k : k + 1])
    assert np.array_equal(whole, parts)
    assert np.allclose(whole, plain.value(phi.code, *given, z), rtol=2e-15, atol=1e-16)
