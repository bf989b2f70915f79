"""Attention over a lattice: against loops over all pairs; what is large, missing or padded."""

import numpy as np
import pytest
from tests.oracles.brain_perceiver import lattice_sums

from interplay.ops.lattice_attention import NEVER, attend, attend_back, padded

LOG2_E = np.log2(np.e)


def drawn(seed=0, n_queries=3, n_regions=4, n_times=19, scale=1.0):
    rng = np.random.default_rng(seed)
    p, q, u = (scale * rng.normal(size=(n_queries, n)) for n in (n_regions, n_times, 5))
    return p, q, u, rng.normal(size=(n_regions, n_times)), rng.uniform(0.2, 3, (n_regions, n_times))


def laid_out(p, q, u, x, inverse, dtype, filler=1.0):
    wide = padded(x.shape[1])
    rows, scale = np.zeros((len(x), wide + 4), dtype), np.full((len(x), wide), filler, dtype)
    rows[:, 2 : 2 + x.shape[1]], scale[:, : x.shape[1]] = x, inverse
    long = np.full((len(q), wide), NEVER, dtype)
    long[:, : x.shape[1]] = q * LOG2_E
    return (p * LOG2_E).astype(dtype), long, (u * LOG2_E).astype(dtype), rows, scale


def sums(parts, present, dtype=np.float64, filler=1.0):
    p, q, u, x, inverse = laid_out(*parts, dtype, filler)
    out = [np.full_like(part, np.nan) for part in (p, q, u, p)] + [np.full(len(p), np.nan, dtype)]
    attend(p, q, u, x, inverse, present, *out)
    out[1] = out[1][:, : parts[3].shape[1]]
    return out


@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-13), (np.float32, 2e-6)])
@pytest.mark.parametrize("scale", [0.0, 1.0, 40.0])
def test_sums_are_those_of_loops_over_all_pairs(dtype, close, scale):
    parts = tuple(part.astype(dtype).astype(float) for part in drawn(scale=scale))
    present = np.array([True, True, False, True])
    found = sums(parts, present, dtype)
    # Products of scores near 200 are rounded before their exponential is taken.
    close *= 1 + scale * scale / 4
    for ours, known in zip(found, lattice_sums(*parts, present), strict=False):
        np.testing.assert_allclose(ours, known, rtol=0, atol=close * max(1.0, np.abs(known).max()))


def test_scores_that_rise_by_thousands_stay_in_range():
    p, q, u, x, inverse = drawn()
    p = np.sort(p, axis=1) + np.array([-3000, -1000, 500, 2000])
    with np.errstate(over="raise", invalid="raise"):
        m, n, y, share, top = sums((p, q, u, x, inverse), np.ones(4, bool), np.float32)
    np.testing.assert_allclose(share, np.repeat([[0, 0, 0, 1]], 3, axis=0), atol=1e-6)
    assert np.isfinite(np.concatenate([m.ravel(), n.ravel(), y.ravel(), top])).all()


def test_a_scan_without_regions_gives_zeros():
    for part in sums(drawn(), np.zeros(4, bool)):
        np.testing.assert_array_equal(part, 0)


def test_what_stands_beyond_the_last_time_changes_nothing():
    present = np.ones(4, bool)
    for ours, other in zip(sums(drawn(), present), sums(drawn(), present, filler=7.0), strict=True):
        np.testing.assert_array_equal(ours, other)


def test_a_number_that_is_none_is_not_hidden():
    p, q, u, x, inverse = drawn()
    p[1, 2] = np.nan
    found = sums((p, q, u, x, inverse), np.ones(4, bool))
    assert np.isnan(found[0][1]).any()
    assert np.isfinite(found[0][[0, 2]]).all()


def test_gradients_are_differences_of_the_sums():
    parts, present = drawn(1, n_times=17), np.array([True, False, True, True])
    rng = np.random.default_rng(2)
    m, n, y, _, top = sums(parts, present)
    ways = [rng.normal(size=part.shape) for part in (m, n, y)]
    p, q, u, x, inverse = laid_out(*parts, np.float64)
    wide = np.zeros_like(q)
    wide[:, :17] = ways[1]
    mean = (m * ways[0]).sum(1) + (n * ways[1]).sum(1) + (y * ways[2]).sum(1)
    dp, dq, du, dinverse, dx = np.empty_like(p), np.empty_like(q), np.empty_like(u), *np.zeros((2, *inverse.shape))
    scratch = np.zeros((2, x.shape[1]))
    attend_back(p, q, u, x, inverse, present, top, mean, ways[0], wide, ways[2], dp, dq, du, dinverse, dx, scratch)
    slopes = (dp, dq[:, :17], du, dx[:, :17], dinverse[:, :17])

    def value(moved):
        return sum((a * b).sum() for a, b in zip(sums(moved, present)[:3], ways, strict=True))

    for k, slope in enumerate(slopes):
        way = rng.normal(size=slope.shape)
        ends = [value(tuple(part + h * way if j == k else part for j, part in enumerate(parts))) for h in (1e-6, -1e-6)]
        np.testing.assert_allclose((slope * way).sum(), (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-8)


def test_left_out_gradients_change_no_others():
    parts, present = drawn(3), np.ones(4, bool)
    p, q, u, x, inverse = laid_out(*parts, np.float32)
    top = sums(parts, present, np.float32)[4]
    found = []
    for rows in (4, 0):
        out = [np.empty_like(p), np.empty_like(q), np.empty_like(u), np.zeros_like(inverse)]
        dx, scratch = np.zeros((rows, inverse.shape[1]), np.float32), np.zeros((2, x.shape[1]), np.float32)
        attend_back(p, q, u, x, inverse, present, top, top, p, q * 0, u, *out, dx, scratch)
        found.append(out)
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)
