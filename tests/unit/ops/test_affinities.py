"""Slopes and affinities against their definitions."""

import numpy as np
from tests.oracles import factors as oracle

from interplay.ops.affinities import pair_affinities, slopes


def drawn(shape, seed=0):
    return np.random.Generator(np.random.Philox(seed)).normal(size=shape)


def test_slopes_are_local_straight_line_fits():
    x = drawn((40, 2)).cumsum(axis=0)
    x[17:19, 1] = np.nan
    out = np.empty_like(x)
    slopes(x, 2.5, 0.4, out)
    for i in range(2):
        for t in range(40):
            if not np.isnan(out[t, i]):
                assert np.isclose(out[t, i], oracle.slope(x[:, i], t, 2.5), atol=1e-10)
    assert not np.isnan(out[:, 0]).any()


def test_slopes_of_a_straight_line_are_exact_up_to_its_ends_and_unknown_in_a_wide_gap():
    x = np.linspace(0.0, 29.5, 60)[:, None].copy()
    x[20:40] = np.nan
    out = np.empty_like(x)
    slopes(x, 2.0, 0.4, out)
    assert np.allclose(out[:20], 0.5)
    assert np.isnan(out[25:35]).all()


def test_affinities_by_definition():
    g = drawn((7, 4), 1)
    g[2, 1] = np.nan
    frame = np.array([0, 0, 1, 1, -1, 1, 0])
    for power in (0.0, 1.0, 1.7):
        co, anti, count = (np.zeros((2, 6), dtype=np.float32) for _ in range(3))
        pair_affinities(g, frame, power, 0.3, co, anti, count)
        expected = np.zeros((2, 2, 6))
        known = np.zeros((2, 6))
        for t, f in enumerate(frame):
            for p, (i, j) in enumerate(zip(*np.triu_indices(4, 1), strict=True)):
                if f >= 0 and not np.isnan(g[t, i] + g[t, j]):
                    expected[:, f, p] += oracle.affinity(g[t, i], g[t, j], power, 0.3)
                    known[f, p] += 1
        assert np.allclose([co, anti], expected, atol=1e-5)
        assert np.array_equal(count, known)


def test_a_bell_without_neighbours_has_no_slope():
    x = drawn((20, 1), 2)
    out = np.empty_like(x)
    slopes(x, 0.02, 0.4, out)
    assert np.isnan(out).all()
