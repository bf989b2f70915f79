"""Granger causality: nested regressions, their law, orders, frequencies, singular inputs, messages."""

import numpy as np
import pytest
import scipy.stats
from tests.oracles import couplings as oracle

from interplay import Events, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.infer import Granger
from interplay.infer.granger_spectra import conditional_spectral, pair_spectral
from interplay.ops.spectral_factor import factor_spectrum

A = np.zeros((2, 4, 4))
A[0] = [[0.5, 0, 0, 0], [0.4, 0.3, 0, 0], [0, 0.4, 0.2, 0], [0, 0, 0, 0.6]]
A[1][0, 3] = -0.4


def process(seed, n_samples, a=A):
    rng = np.random.default_rng(seed)
    x = np.zeros((n_samples + 100, a.shape[1]))
    for t in range(a.shape[0], len(x)):
        x[t] = sum(c @ x[t - k] for k, c in enumerate(a, 1)) + rng.normal(size=a.shape[1])
    return x[100:]


def fitted(x, dt_s=1.0, **settings):
    span = len(x) * dt_s
    return Granger(window_s=span, step_s=span, **settings).fit(Recording(traces=Series.regular(x, dt_s=dt_s)))


@pytest.mark.parametrize("conditional", [True, False])
@pytest.mark.parametrize("order", [1, 3])
def test_weights_and_p_values_are_those_of_nested_regressions(conditional, order):
    x = process(0, 70) * [1, 1e4, 1e-4, 1] + [1e4, 0, 0, -50]
    found = fitted(x, conditional=conditional, order=order).snapshots
    loose = fitted(x, conditional=conditional, order=order, law="chi2").snapshots
    for s in range(4):
        for d in range(4):
            if s == d:
                continue
            ratio, f, free = oracle.granger(x, s, d, order, conditional=conditional)
            assert found.matrix(0)[s, d] == pytest.approx(ratio, abs=1e-9)
            assert found.dense_pvalues()[0, s, d] == pytest.approx(scipy.stats.f.sf(f, *free), rel=1e-6)
            expected = scipy.stats.chi2.sf((70 - order) * ratio, order)
            assert loose.dense_pvalues()[0, s, d] == pytest.approx(expected, rel=1e-6)


def test_orders_have_the_lowest_criterion():
    x = process(1, 300)
    x[4:, 2] += 0.9 * x[:-4, 0]
    found = fitted(x, max_order=6).snapshots.matrix(0)
    order = oracle.best_order(x, 6)
    assert found[0, 2] == pytest.approx(oracle.granger(x, 0, 2, order, conditional=True, first=6)[0], abs=1e-9)
    pairs = fitted(x, max_order=6, conditional=False).snapshots.matrix(0)
    orders = set()
    for i, j in ((0, 1), (0, 2), (3, 0), (1, 3)):
        order = oracle.best_order(x[:, [i, j]], 6)
        orders.add(order)
        assert pairs[i, j] == pytest.approx(oracle.granger(x, i, j, order, conditional=False, first=6)[0], abs=1e-9)
    assert len(orders) > 1  # each pair has its own


def test_conditioning_takes_common_drivers_away():
    a = np.zeros((1, 3, 3))
    a[0] = [[0.5, 0, 0], [0.8, 0, 0], [0, 0.8, 0]]
    x = process(2, 800, a)
    alone = fitted(x, order=2, conditional=False).snapshots.dense_pvalues()[0]
    given = fitted(x, order=2).snapshots.dense_pvalues()[0]
    assert alone[0, 2] < 1e-6 < 0.01 < given[0, 2]
    assert max(given[0, 1], given[1, 2]) < 1e-6


@pytest.mark.parametrize("conditional", [True, False])
def test_p_values_are_uniform_without_coupling(conditional):
    a = np.diag([0.7, 0.3, -0.5, 0.0, 0.5])[None]
    p = np.concatenate(
        [fitted(process(s, 150, a), order=2, conditional=conditional).snapshots.pvalues for s in range(30)]
    )
    # One test of level 0.002 each, with fixed seeds.
    assert scipy.stats.kstest(p, "uniform").pvalue > 0.002


def exact_sums(a, noise, order):
    """Lag sums of a process instead of a sample: from the fixed point of its covariance."""
    p, n, _ = a.shape
    size = max(p, order + 1)
    step = np.zeros((n * size, n * size))
    step[:n, : n * p] = np.concatenate(list(a), axis=1)
    step[n:, :-n] = np.eye(n * (size - 1))
    drive = np.zeros_like(step)
    drive[:n, :n] = noise
    covariance = drive
    for _ in range(14):  # doubling: 2^14 steps
        covariance, step = covariance + step @ covariance @ step.T, step @ step
    return covariance[: n * (order + 1), : n * (order + 1)]


NOISE = np.array([[1.0, 0.3, 0, 0], [0.3, 1, 0, 0.2], [0, 0, 2, 0], [0, 0.2, 0, 0.5]])


def test_conditional_measure_of_a_known_process():
    found, note = conditional_spectral(exact_sums(A, NOISE, 2), 4, 2, 1, 0.0, 0.5)
    assert note == ""
    for s in range(4):
        for d, expected in oracle.granger_of_process(A, NOISE, s).items():
            assert found[s, d] == pytest.approx(expected, abs=1e-7)


def test_bands_of_a_pair_are_averages_of_gewekes_measure():
    a, noise = A[:, :2, :2] + np.array([[[0, 0.3], [0, 0]], [[0, 0], [0, -0.3]]]), NOISE[:2, :2]
    sums = exact_sums(a, noise, 2)
    for low, high in ((0.0, 0.5), (0.1, 0.17)):
        found = pair_spectral(sums, 2, np.full((2, 2), 2), 1, low, high)
        for s, d in ((0, 1), (1, 0)):
            grid = low + (high - low) * (np.arange(2000) + 0.5) / 2000
            expected = np.mean([oracle.geweke(a, noise, s, d, f) for f in grid])
            assert found[s, d] == pytest.approx(expected, abs=1e-6)
            joint, _ = conditional_spectral(sums, 2, 2, 1, low, high)
            assert joint[s, d] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("conditional", [True, False])
def test_bands_add_up_to_the_measure_in_time(conditional):
    x = process(3, 600)
    settings = {"order": 2, "conditional": conditional}
    whole = fitted(x, dt_s=0.01, band=(0, 50), **settings).snapshots
    parts = [fitted(x, dt_s=0.01, band=band, **settings).snapshots.matrix(0) for band in ((0, 7.3), (7.3, 50))]
    assert whole.pvalues is None
    np.testing.assert_allclose(0.146 * parts[0] + 0.854 * parts[1], whole.matrix(0), atol=1e-6)
    in_time = fitted(x, **settings).snapshots.matrix(0)
    if conditional:
        # The process without a source has an endless past; two lags of it blame the rest on the source.
        assert whole.matrix(0)[0, 1] == pytest.approx(0.210, abs=5e-4)
        assert in_time[0, 1] == pytest.approx(0.264, abs=5e-4)
    else:
        np.testing.assert_allclose(whole.matrix(0), in_time, atol=8e-3)


def test_spectral_factors_are_causal_and_reproduce_the_spectrum():
    f = np.linspace(0, 0.5, 257)
    z = np.exp(-2j * np.pi * f)[:, None, None]
    b = np.array([[0.5, 0.2], [-0.3, 0.4]])
    h = np.eye(2) + z * b
    noise = np.array([[1.0, 0.5], [0.5, 2.0]])
    factor = factor_spectrum(h @ noise @ h.conj().transpose(0, 2, 1))
    assert factor.converged
    np.testing.assert_allclose(factor.noise, noise, atol=1e-9)
    np.testing.assert_allclose(factor.transfer, h, atol=1e-9)
    # A zero outside the circle is reflected into it.
    outside = factor_spectrum(np.abs(1 + 2 * z) ** 2 + 0j)
    np.testing.assert_allclose(outside.transfer, 1 + 0.5 * z, atol=1e-9)
    assert outside.noise[0, 0] == pytest.approx(4.0)


def test_surrogates_find_a_band():
    x = process(4, 400)
    p = fitted(x, order=2, band=(0, 0.25), surrogates=39).snapshots.dense_pvalues()[0]
    assert max(p[0, 1], p[1, 2], p[3, 0]) <= 0.03
    assert (p[[1, 2, 2], [0, 0, 1]] > 0.05).all()


@pytest.mark.parametrize("conditional", [True, False])
def test_copied_units_and_exact_ones_have_no_value(conditional):
    x = process(5, 120)
    x = np.column_stack([x[:, :3], x[:, 0], np.sin(np.arange(120) * 0.7)])
    result = fitted(x, order=2, conditional=conditional)
    pairs = set(zip(result.snapshots.src.tolist(), result.snapshots.dst.tolist(), strict=True))
    assert result.snapshots.present.all()
    assert "no value" in result.notes[-1]
    assert not {(0, 3), (3, 0)} & pairs
    assert not {(s, 4) for s in range(4)} & pairs
    assert (1, 2) in pairs
    if conditional:
        assert not {(s, d) for s in (0, 3) for d in range(5)} & pairs
        rest = fitted(x[:, :3], order=2).snapshots.matrix(0)
        found = fitted(x[:, :4], order=2).snapshots.matrix(0)
        assert found[1, 2] == pytest.approx(rest[1, 2], abs=1e-9)  # the copy adds nothing
    for settings in ({"order": "bic"}, {"order": 2, "band": (0, 0.5)}):
        np.testing.assert_array_equal(fitted(x, conditional=conditional, **settings).snapshots.present, True)


def test_odd_windows():
    x = process(6, 60)
    with pytest.raises(DataError, match="must hold at least 68 samples for `granger` with 4 units"):
        fitted(x, order=13)
    with pytest.raises(DataError, match="must hold at least 24 samples"):
        fitted(np.random.default_rng(0).normal(size=(10, 20)))
    many = fitted(np.random.default_rng(0).normal(size=(10, 20)), conditional=False)
    assert np.isfinite(many.snapshots.weight).all()
    assert "lowered to 2" in many.notes[-1]
    x[:, 1] = 2.0
    assert fitted(x).snapshots.present[0].tolist() == [True, False, True, True]
    x[5, 2] = np.nan
    assert fitted(x).snapshots.present[0].tolist() == [True, False, False, True]
    assert len(fitted(x[:, :1]).snapshots.weight) == 0
    events = Events(time=[0.1, 0.5, 0.9, 0.95], unit=[0, 1, 0, 0], n_units=3, span=(0.0, 1.0))
    last = Granger(bin_s=0.05, window_s=1, step_s=1, order=1).fit(events)
    assert last.snapshots.present[0].tolist() == [True, True, False]


def test_uneven_samples_are_refused():
    time = np.concatenate([np.arange(30.0), np.arange(30.5, 60.5)])
    traces = Series(time=time, values=np.random.default_rng(0).normal(size=(60, 2)))
    with pytest.raises(DataError, match="must be evenly sampled for `granger`"):
        Granger(window_s=60, step_s=60).fit(Recording(traces=traces))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"order": 0}, "`order` must be"),
        ({"order": "aic"}, "Unknown `order` 'aic'"),
        ({"max_order": 0}, "`max_order` must be"),
        ({"law": "t"}, "Unknown `law` 't'"),
        ({"conditional": "yes"}, "`conditional` must be True or False"),
        ({"band": (3, 3)}, r"`band` must be \(low, high\)"),
        ({"band": (3, 4), "keep": "significant"}, "must come with `surrogates`"),
    ],
)
def test_messages(settings, message):
    with pytest.raises(ConfigError, match=message):
        Granger(**settings)
