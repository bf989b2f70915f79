"""Coherence and phase locking: definitions, laws, known couplings, odd inputs, messages."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from tests.oracles import couplings as oracle

from interplay import Events, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.infer import Coherence, PhaseLocking

DT_S = 0.01


def recorded(x, start=0.0):
    return Recording(traces=Series.regular(x, dt_s=DT_S, start=start))


def fitted(method, x, **settings):
    span = len(x) * DT_S
    return method(window_s=span, step_s=span, **settings).fit(recorded(x))


def noise(seed, n_samples=400, n_units=3):
    x = np.random.default_rng(seed).normal(size=(n_samples, n_units))
    x[3:, 1] += x[:-3, 0]
    return x


def hann(length):
    return [0.5 - 0.5 * np.cos(2 * np.pi * t / length) for t in range(length)]


def test_multitaper_coherence_by_its_definition():
    x = noise(0, 64)
    tapers = scipy.signal.windows.dpss(64, 2.5, 4)
    rows = [5, 6, 7]
    band = (rows[0] / 0.64, rows[-1] / 0.64)
    for kind in ("magnitude_squared", "imaginary"):
        found = fitted(Coherence, x, kind=kind, time_bandwidth=2.5, band=band).snapshots.matrix(0)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            value = [
                oracle.coherency(*([oracle.coefficient(x[:, u], taper, row) for taper in tapers] for u in (i, j)))
                for row in rows
            ]
            expected = [abs(v) ** 2 if kind == "magnitude_squared" else abs(v.imag) for v in value]
            assert found[i, j] == pytest.approx(np.mean(expected), abs=1e-12)


def test_welch_coherence_is_that_of_scipy():
    x = noise(1)
    f, expected = scipy.signal.coherence(x[:, 0], x[:, 1], fs=1 / DT_S, nperseg=50, noverlap=25)
    chosen = (f >= 10) & (f <= 30)
    found = fitted(Coherence, x, spectrum="welch", segment_s=0.5, band=(10, 30)).snapshots
    assert found.matrix(0)[0, 1] == pytest.approx(expected[chosen].mean(), abs=1e-12)


@pytest.mark.parametrize("kind", ["plv", "ppc", "wpli", "debiased_wpli"])
def test_phase_indices_by_their_definitions(kind):
    x, length, rows = noise(2, 200), 20, [2, 3]
    found = fitted(PhaseLocking, x, kind=kind, segment_s=0.2, band=(10, 15)).snapshots.matrix(0)
    cut = x.reshape(-1, length, 3)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        parts = [[[oracle.coefficient(part[:, u], hann(length), row) for part in cut] for u in (i, j)] for row in rows]
        assert found[i, j] == pytest.approx(np.mean([oracle.phase_index(kind, *p) for p in parts]), abs=1e-10)


LAWS = [
    (Coherence, {}),
    (Coherence, {"spectrum": "welch"}),
    (Coherence, {"band": (10, 30)}),
    (PhaseLocking, {}),
    (PhaseLocking, {"kind": "plv", "band": (10, 30)}),
]


@pytest.mark.parametrize(("method", "settings"), LAWS)
def test_laws_are_uniform_for_independent_units(method, settings):
    rng = np.random.default_rng(3)
    p = []
    for _ in range(10):
        x = rng.normal(size=(600, 10))
        for t in range(1, 600):
            x[t] += 0.6 * x[t - 1]
        p.extend(fitted(method, x, **settings).snapshots.pvalues)
    # Five tests of level 0.002 with a fixed seed.
    assert scipy.stats.kstest(p, "uniform").pvalue > 0.002
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.09


@pytest.mark.parametrize(("method", "settings"), LAWS)
def test_laws_find_a_delayed_copy(method, settings):
    p = fitted(method, noise(4), **settings).snapshots.dense_pvalues()[0]
    assert p[0, 1] < 1e-4 < 0.01 < p[0, 2]


def test_instant_mixtures_have_no_lag():
    rng = np.random.default_rng(5)
    source = rng.normal(size=2000)
    x = np.column_stack([source, 2 * source, -source, np.roll(source, 2)])
    lag = fitted(PhaseLocking, x, kind="wpli", band=(5, 15)).snapshots.matrix(0)
    assert lag[0, 1] == lag[0, 2] == 0
    assert lag[0, 3] > 0.9
    imaginary = fitted(Coherence, x, kind="imaginary", band=(5, 15)).snapshots.matrix(0)
    assert imaginary[0, 1] < 1e-12 < 0.5 < imaginary[0, 3]
    assert fitted(Coherence, x, band=(5, 15)).snapshots.matrix(0)[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize(("method", "kind"), [(Coherence, "imaginary"), (PhaseLocking, "debiased_wpli")])
def test_measures_without_a_law_are_tested_by_surrogates(method, kind):
    assert fitted(method, noise(6), kind=kind).snapshots.pvalues is None
    p = fitted(method, noise(6), kind=kind, surrogates=39).snapshots.dense_pvalues()[0]
    assert p[0, 1] <= 0.03 < p[0, 2]
    with pytest.raises(ConfigError, match='`keep="significant"` must come with `surrogates`'):
        method(kind=kind, keep="significant")


def test_silent_stretches_have_no_phase():
    x = noise(7, 200)
    x[40:100, 0] = 2.0
    found = fitted(PhaseLocking, x, kind="plv", segment_s=0.2, band=(10, 15)).snapshots.matrix(0)
    kept = np.concatenate([x[:40], x[100:]]).reshape(-1, 20, 3)
    parts = [[[oracle.coefficient(part[:, u], hann(20), row) for part in kept] for u in (0, 1)] for row in (2, 3)]
    assert found[0, 1] == pytest.approx(np.mean([oracle.phase_index("plv", *p) for p in parts]), abs=1e-10)
    x[:, 2] = 0.0
    x[190, 2] = 1.0  # one event: a phase in a single segment
    for kind in ("ppc", "wpli"):
        result = fitted(PhaseLocking, x, kind=kind, segment_s=0.2)
        assert result.snapshots.src.tolist() == [0]
        assert "fewer than two segments" in result.notes[-1]


def test_a_unit_without_power_in_the_band_has_no_coherence():
    x = noise(8, 400)
    x[:, 2] = np.tile([1.0, -1.0], 200)  # half the sampling rate only
    result = fitted(Coherence, x, spectrum="welch", segment_s=0.4, band=(5, 20))
    assert result.snapshots.dst.tolist() == [1]
    assert "no power at a frequency" in result.notes[-1]


def test_a_handful_of_events_is_not_tested_by_the_law():
    rng = np.random.default_rng(12)
    x = np.zeros((400, 3))
    x[[30, 31], [0, 1]] = 1.0
    x[:, 2] = rng.normal(size=400)
    result = fitted(Coherence, x)
    p = result.snapshots.dense_pvalues()[0]
    assert result.snapshots.matrix(0)[0, 1] > 0.9
    assert p[0, 1] == 1.0
    assert 0.001 < p[0, 2] < 1.0
    assert "fewer than about 50 events" in result.notes[-1]


@pytest.mark.parametrize("method", [Coherence, PhaseLocking])
def test_odd_windows(method):
    x = noise(9)
    x[:, 2] = 1.0
    assert fitted(method, x).snapshots.present[0].tolist() == [True, True, False]
    assert len(fitted(method, x[:, :1]).snapshots.weight) == 0
    far = method(window_s=4, step_s=4).fit(recorded(noise(9), start=1e6)).snapshots
    np.testing.assert_allclose(far.weight, fitted(method, noise(9)).snapshots.weight, atol=1e-12)
    lifted = fitted(method, noise(9) + 1e6).snapshots
    np.testing.assert_allclose(lifted.weight, fitted(method, noise(9)).snapshots.weight, atol=1e-6)
    events = Events(time=[0.1, 0.5, 0.9], unit=[0, 1, 0], n_units=3, span=(0.0, 1.0))
    found = method(bin_s=0.01, window_s=1, step_s=1).fit(events)
    assert not found.snapshots.present[0, 2]


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        (Coherence, {"kind": "real"}, "Unknown `kind` 'real'"),
        (Coherence, {"spectrum": "wavelet"}, "Unknown `spectrum` 'wavelet'"),
        (Coherence, {"time_bandwidth": 1}, "`time_bandwidth` must be >= 1.5"),
        (Coherence, {"segment_s": 1}, "`segment_s` is only used with"),
        (Coherence, {"band": (8, 4)}, r"`band` must be \(low, high\) in Hz"),
        (PhaseLocking, {"band": 8}, r"`band` must be \(low, high\) in Hz"),
        (PhaseLocking, {"kind": "pli"}, "Unknown `kind` 'pli'"),
        (PhaseLocking, {"segment_s": -1}, "`segment_s` must be > 0"),
    ],
)
def test_messages_of_settings(method, settings, message):
    with pytest.raises(ConfigError, match=message):
        method(**settings)


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        (Coherence, {"band": (10, 60)}, "at or below half the sampling rate, 50 Hz"),
        (Coherence, {"band": (10.01, 10.02)}, "`band` must hold a frequency"),
        (Coherence, {"spectrum": "welch", "segment_s": 3}, "at least two segments"),
        (PhaseLocking, {"segment_s": 0.02}, "segments of at least four samples, got segments of 2"),
    ],
)
def test_messages_of_data(method, settings, message):
    with pytest.raises(DataError, match=message):
        fitted(method, noise(10), **settings)


def test_a_taper_needs_samples():
    with pytest.raises(DataError, match="must hold at least 16 samples for `coherence`"):
        fitted(Coherence, noise(11, 12))


def test_the_law_leaves_out_the_ends_of_the_spectrum():
    x = np.random.default_rng(8).normal(size=(3000, 8))
    result = Coherence(window_s=0.2, step_s=0.2).fit(Recording(traces=Series.regular(x, dt_s=0.01)))
    # 4200 tests: three standard deviations above 0.05 are 0.06. With the ends 0.09.
    assert (result.snapshots.pvalues <= 0.05).mean() < 0.065
    assert result.notes == ()  # and few samples are not taken for few events
    slow = fitted(Coherence, x[:1000], band=(0, 0.3))
    assert (slow.snapshots.pvalues == 1).all()
    assert (slow.snapshots.weight > 0).all()
    assert "too near to 0" in slow.notes[-1]
    assert (fitted(Coherence, x[:1000], band=(0, 0.3), spectrum="welch", segment_s=5).snapshots.pvalues == 1).all()


@pytest.mark.parametrize("band", [("a", "b"), (1,), (2, 1), (0, np.nan), 3, ((1, 2), (3, 4)), (1, "x")])
def test_bands_are_two_numbers(band):
    with pytest.raises(ConfigError, match="`band` must be"):
        Coherence(band=band)
