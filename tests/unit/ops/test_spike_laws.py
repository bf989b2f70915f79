"""Firing laws of compiled units, against scipy and many digits, from one tail to the other."""

import numpy as np
import pytest
from numba import njit
from scipy import special

from interplay.ops.spike_laws import fire_row, gaussian, logistic_law, scaled_erfc, slope_row, unit_uniform

NO_TABLE = np.empty(0)
Z = np.concatenate([np.linspace(-40, 40, 4001), [-1e3, 1e3, -1e8, 1e8, 0.0, -0.0, 1e-300, -1e-12]])


@njit
def laws(z, out, gaussian_law):
    for k in range(len(z)):
        p, f, h = gaussian(z[k]) if gaussian_law else logistic_law(z[k])
        out[0, k], out[1, k], out[2, k] = p, f, h


@njit
def erfcs(x, out):
    for k in range(len(x)):
        out[k] = scaled_erfc(x[k])


@njit
def uniforms(word, out):
    for k in range(len(out)):
        out[k] = unit_uniform(word, np.uint32(k))


def found(which):
    out = np.empty((3, len(Z)))
    laws(Z, out, which == "gaussian")
    return out


def test_scaled_erfc():
    x = np.concatenate([np.linspace(0, 30, 5000), np.geomspace(1e-12, 1e12, 200)])
    out = np.empty_like(x)
    erfcs(x, out)
    np.testing.assert_allclose(out, special.erfcx(x), rtol=2e-14)


def test_the_gaussian_law():
    p, f, h = found("gaussian")
    near = np.abs(Z) < 37
    np.testing.assert_allclose(p[near], special.ndtr(Z[near]), rtol=2e-13)
    np.testing.assert_allclose(f[near], np.exp(-(Z[near] ** 2) / 2) / np.sqrt(2 * np.pi), rtol=5e-13)
    # φ / Φ = sqrt(2 / π) / erfcx(-z / sqrt 2) holds where Φ itself underflows.
    left = Z <= 0
    np.testing.assert_allclose(h[left], np.sqrt(2 / np.pi) / special.erfcx(-Z[left] / np.sqrt(2)), rtol=3e-14)
    right = ~left & near
    np.testing.assert_allclose(h[right], f[right] / special.ndtr(Z[right]), rtol=2e-13)
    assert np.isfinite([p, f, h]).all()
    assert (p[Z > 40] == 1).all()
    assert (p >= 0).all()


def test_the_logistic_law():
    p, f, h = found("logistic")
    np.testing.assert_allclose(p, np.where(np.abs(Z) > 700, p, special.expit(Z)), rtol=1e-14, atol=0)
    near = np.abs(Z) < 700
    np.testing.assert_allclose(h[near], special.expit(-Z[near]), rtol=1e-14)
    np.testing.assert_allclose(f[near], special.expit(Z[near]) * special.expit(-Z[near]), rtol=1e-14)
    assert np.isfinite([p, f, h]).all()


SLOPES = {
    "st": (0, 0.0, lambda p, f, b: f),
    "half": (0, 1.0, lambda p, f, b: f / 2 / np.where(b, p, 1 - p)),
    "interp": (0, 0.3, lambda p, f, b: 0.7 * f + 0.15 * f / np.where(b, p, 1 - p)),
    "const": (1, 0.2, lambda p, f, b: np.where(b, 0.2 * f / p, 0.8 * f / (1 - p))),
    "power": (2, 0.5, lambda p, f, b: f * np.where(b, p**-0.5, (1 - p) ** -0.5) / (np.sqrt(p) + np.sqrt(1 - p))),
}


@pytest.mark.parametrize("law", ["gaussian", "logistic"])
@pytest.mark.parametrize("name", SLOPES)
def test_slopes(name, law):
    kind, parameter, expected = SLOPES[name]
    z = np.linspace(-4, 4, 333)
    p = special.ndtr(z) if law == "gaussian" else special.expit(z)
    f = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) if law == "gaussian" else p * (1 - p)
    for b in (np.zeros_like(z), np.ones_like(z), (np.arange(333) % 2).astype(float)):
        out = np.empty_like(z)
        slope_row(kind, parameter, int(law == "logistic"), NO_TABLE, z, b, np.empty(len(z)), out)
        np.testing.assert_allclose(out, expected(p, f, b > 0), rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("law", [0, 1])
def test_slopes_stay_finite_however_unlikely_what_happened(law, dtype):
    z = np.array([-1e6, -300, -40, 0, 40, 300, 1e6], dtype)
    table = np.tile([0.1, 0.0, 0.0, 0.0], 2560)
    for kind in range(5):
        for b in (0, 1):
            out = np.empty_like(z)
            slope_row(kind, 0.5, law, table, z, np.full_like(z, b), np.empty(len(z)), out)
            assert np.isfinite(out).all()
            assert (out >= 0).all()


def test_rows_fire_where_the_uniform_lies_below():
    z = np.linspace(-3, 3, 4096)
    word, u = np.uint64(0x0123456789ABCDEF), np.empty(4100)
    uniforms(word, u)
    for law, p in ((0, special.ndtr(z)), (1, special.expit(z))):
        out = np.empty_like(z)
        fire_row(0, law, z, word, 4, out)
        np.testing.assert_array_equal(out, (u[4:] < p).astype(float))
    out = np.empty_like(z)
    fire_row(10, 0, z, word, 0, out)
    np.testing.assert_array_equal(out, (z > 0).astype(float))


def test_rows_of_any_length_have_the_same_bits():
    """Vectors of the loop and what is left over of them."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=133)
    for kind, parameter in ((0, 0.4), (1, 0.4), (2, 0.5), (10, 25.0), (11, 2.0), (12, 1.0), (13, 1.0)):
        b = (rng.random(133) < 0.5).astype(float)
        whole, parts = np.empty(133), np.empty(133)
        slope_row(kind, parameter, 0, NO_TABLE, z, b, np.empty(133), whole)
        for k in range(133):
            slope_row(kind, parameter, 0, NO_TABLE, z[k : k + 1], b[k : k + 1], np.empty(1), parts[k : k + 1])
        np.testing.assert_array_equal(whole, parts)
