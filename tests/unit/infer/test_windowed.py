"""The engine of windowed measures: presence, nulls, threads, laws, and what it refuses."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import Granger, MutualInformation, PartialCorrelation
from interplay.infer.edges import pair_index
from interplay.infer.samples import count_bins, sample
from interplay.infer.spike_windows import SpikeWindow
from interplay.infer.windowed import Measured, WindowedMethod


@dataclass(frozen=True, kw_only=True)
class Covariance(WindowedMethod):
    """A measure that is easy to check by hand."""

    name: ClassVar[str] = "covariance"
    even: ClassVar[bool] = True

    def measure(self, x, dt_s):
        assert (x != x[:1]).any(axis=0).all()
        return Measured(np.cov(x.T, bias=True)[pair_index(x.shape[1], False)])

    def quantity(self):
        return "covariance"


@dataclass(frozen=True, kw_only=True)
class Lagged(Covariance):
    directed: ClassVar[bool] = True
    one_sided: ClassVar[bool] = True
    has_law: ClassVar[bool] = True

    def measure(self, x, dt_s):
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        weight = (z[:-1].T @ z[1:] / len(z))[pair_index(x.shape[1], True)]
        return Measured(weight, np.full(len(weight), 0.25))


def recording(t=400, n=5, *, seed=0, values=None):
    x = np.random.Generator(np.random.Philox(seed)).normal(size=(t, n)) if values is None else values
    return Recording(traces=Series.regular(x, dt_s=0.5, start=10.0))


def coupled():
    x = np.array(recording().traces.values)
    x[1:, 1] += 2 * x[:-1, 0]
    return recording(values=x)


def test_each_window_is_measured_by_itself():
    data = recording()
    found = Covariance(window_s=50, step_s=50).fit(data).snapshots
    x = data.traces.values
    for s in range(4):
        expected = np.cov(x[100 * s : 100 * s + 100].T, bias=True)
        np.fill_diagonal(expected, 0)
        np.testing.assert_allclose(found.matrix(s), expected, atol=1e-14)
    assert not found.directed


def test_constant_and_incomplete_units_are_absent_where_they_are_so():
    x = np.array(recording().traces.values)
    x[:100, 0] = 3.0
    x[250, 1] = np.nan
    result = Covariance(window_s=50, step_s=50).fit(recording(values=x))
    expected = np.ones((4, 5), dtype=bool)
    expected[0, 0] = expected[2, 1] = False
    assert np.array_equal(result.snapshots.present, expected)
    assert np.diff(result.snapshots.pointer).tolist() == [6, 10, 6, 10]
    assert any("2 of 5 units are constant or incomplete" in note for note in result.notes)


def test_one_unit_that_varies_gives_a_window_without_edges():
    x = np.zeros((100, 3))
    x[:, 1] = np.arange(100)
    result = Lagged(window_s=50, step_s=50, surrogates=3).fit(recording(values=x))
    assert len(result.snapshots.src) == 0
    assert result.snapshots.present.tolist() == [[False, True, False]]


@pytest.mark.parametrize("null", ["circular_shift", "phases"])
def test_surrogates_find_what_is_coupled_on_any_number_of_threads(null):
    def fit(jobs, window_s):
        return Lagged(window_s=window_s, step_s=window_s, surrogates=49, null=null, jobs=jobs).fit(coupled())

    one, many = fit(1, 200.0), fit(3, 200.0)
    assert one.snapshots.digest == many.snapshots.digest
    assert fit(1, 50.0).snapshots.digest == fit(2, 50.0).snapshots.digest
    p = one.snapshots.dense_pvalues()[0]
    assert p[0, 1] == pytest.approx(1 / 50)
    # Of 19 uncoupled pairs more than 6 below 0.1 has probability 0.0006 at level 0.1.
    assert (p[~np.eye(5, dtype=bool)] < 0.1).sum() <= 7


def test_a_one_sided_measure_is_never_significant_below_zero():
    x = np.array(recording().traces.values)
    x[1:, 1] -= 2 * x[:-1, 0]
    p = Lagged(window_s=200, step_s=200, surrogates=19).fit(recording(values=x)).snapshots.dense_pvalues()[0]
    assert p[0, 1] == 1.0


def test_phases_keep_every_power_spectrum_and_the_mean():
    x = np.array(coupled().traces.values)
    for length in (400, 399):
        method = Covariance(null="phases", surrogates=1)
        moved, how = method._surrogate(x[:length], 0, 0, np.arange(5))
        np.testing.assert_allclose(abs(np.fft.rfft(moved, axis=0)), abs(np.fft.rfft(x[:length], axis=0)), atol=1e-9)
        np.testing.assert_allclose(moved.mean(axis=0), x[:length].mean(axis=0), atol=1e-12)
        assert how.guard == 0
        assert abs(np.corrcoef(moved[:-1, 0], moved[1:, 1])[0, 1]) < 0.25 < np.corrcoef(x[:-1, 0], x[1:, 1])[0, 1]


def test_without_surrogates_the_law_of_the_method_counts():
    assert (Lagged(window_s=50, step_s=50).fit(recording()).snapshots.pvalues == 0.25).all()
    assert Covariance(window_s=50, step_s=50).fit(recording()).snapshots.pvalues is None
    kept = Lagged(window_s=50, step_s=50, keep="significant", correction="none", alpha=0.3).fit(recording())
    assert len(kept.snapshots.src) == 4 * 20
    assert len(Lagged(window_s=50, step_s=50, keep="significant").fit(recording()).snapshots.src) == 0


def test_uneven_samples_are_refused_by_what_knows_lags():
    time = np.sort(np.random.Generator(np.random.Philox(1)).uniform(0, 100, 200))
    data = Recording(traces=Series(time=time, values=np.array(recording(200).traces.values)))
    with pytest.raises(DataError, match="evenly sampled for `covariance`: in window 0"):
        Covariance(window_s=50, step_s=50).fit(data)


def test_a_gap_is_never_crossed_and_does_not_make_samples_uneven():
    x = np.array(recording().traces.values)
    time = np.concatenate([np.arange(200) * 0.5, 300 + np.arange(200) * 0.5])
    observed = Intervals.from_bounds([[0.0, 100.0], [300.0, 400.0]])
    data = Recording(traces=Series(time=time, values=x), observed=observed)
    found = Covariance(window_s=40, step_s=40).fit(data).snapshots
    assert found.bounds[:, 0].tolist() == [0.0, 40.0, 300.0, 340.0]


def test_too_few_samples_are_refused():
    @dataclass(frozen=True, kw_only=True)
    class Greedy(Covariance):
        def least_samples(self, n_units):
            return 60 * n_units

    with pytest.raises(DataError, match=r"at least 300 samples for `covariance` with 5 units: window 0.*holds 100"):
        Greedy(window_s=50, step_s=50).fit(recording())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"surrogates": -1}, "`surrogates`"),
        ({"surrogates": 2.5}, "`surrogates`"),
        ({"null": "jitter"}, "`null`"),
        ({"window_s": 0}, "`window_s`"),
        ({"jobs": 0}, "`jobs`"),
        ({"keep": "significant"}, "must come with `surrogates` > 0"),
    ],
)
def test_wrong_settings_are_refused(setting, message):
    with pytest.raises(ConfigError, match=message):
        Covariance(**setting)


@dataclass(frozen=True, kw_only=True)
class Undefined(Covariance):
    """Has no value for a surrogate below zero."""

    def measure_surrogate(self, x, dt_s, choice):
        weight = self.measure(x, dt_s).weight
        return np.where(weight < 0, np.nan, weight)


def test_a_surrogate_without_a_value_shows_no_coupling():
    x = np.array(recording(100, 2).traces.values)
    x[:, 1] += 5 * x[:, 0]
    p = Undefined(window_s=50, step_s=50, surrogates=19, tail="fitted").fit(recording(values=x)).snapshots.pvalues
    # One undefined value among the moments would leave the counted p-value, 1/20.
    assert p[0] < 0.01


def test_fitted_tails_of_weights_that_are_never_negative_are_those_of_their_roots():
    @dataclass(frozen=True, kw_only=True)
    class Size(Lagged):
        one_sided: ClassVar[bool] = False

        def measure(self, x, dt_s):
            return Measured(abs(super().measure(x, dt_s).weight))

    @dataclass(frozen=True, kw_only=True)
    class Square(Lagged):
        def measure(self, x, dt_s):
            return Measured(super().measure(x, dt_s).weight ** 2)

    size, square = (
        method(window_s=50, step_s=50, surrogates=19, tail="fitted").fit(coupled()).snapshots.pvalues
        for method in (Size, Square)
    )
    np.testing.assert_allclose(size, square, rtol=1e-6)
    assert (size < 1 / 20).any()


def test_sparse_trains_keep_counted_p_values():
    rng = np.random.Generator(np.random.Philox(3))
    dense = np.sort(rng.uniform(0, 60, 300))
    trains = [[5.02, 20.02, 41.03], [5.04, 20.01, 50.0], dense, dense + 1e-3]
    config = MutualInformation(bin_s=0.05, window_s=60, step_s=60, surrogates=49, tail="fitted")
    result = config.fit(Events.from_trains(trains, span=(0.0, 60.1)))
    p = result.snapshots.dense_pvalues()[0]
    assert p[0, 1] == pytest.approx(1 / 50, rel=0.1)  # a draw that shifts both alike does not count
    assert p[2, 3] < 1e-6
    assert "too few spikes coincide by chance for a fitted tail" in result.notes[-1]


def test_spikes_on_a_shared_edge_belong_to_one_window():
    # 0.1 * 3 is a rounding above 0.3.
    edges, events = [(0.0, 0.1 * 3), (0.1 * 3, 0.6)], Events.from_trains([[0.1, 0.3, 0.45, 0.6 - 1e-12]], span=(0, 0.6))
    counts = sample(events, 0.1, edges, 1.0, 1.0).values
    assert counts.ravel().tolist() == [0, 1, 0, 1, 1, 1]
    cut = [SpikeWindow.cut(k, events, *edge) for k, edge in enumerate(edges)]
    assert [len(window.ticks) for window in cut] == [1, 3]
    assert all((window.ticks >= 0).all() for window in cut)
    # Without slack a spike at 0.3 s lies in the bin that ends there.
    assert count_bins(events, 0.0, 0.1, 6).ravel().tolist() == [0, 1, 0, 1, 1, 1]


def test_a_unit_that_only_shows_how_it_was_rounded_is_absent():
    x = np.array(recording().traces.values)
    x[:, 0] = 1e9 + 1e-7 * x[:, 0]
    x[:, 1] = 1e9 + 1e-3 * x[:, 1]
    x[:, 2] *= 1e-12
    present = Covariance(window_s=50, step_s=50).fit(recording(values=x)).snapshots.present
    assert present.tolist() == [[False, True, True, True, True]] * 4
    x[3, 0] = np.nan
    wise = PartialCorrelation(window_s=200, step_s=200, missing="test_wise").fit(recording(values=x))
    assert wise.snapshots.present.tolist() == [[False, True, True, True, True]]


def test_lags_looked_at_are_kept_out_of_the_null():
    assert Granger(order=3).guard_samples() == 4
    assert Granger(max_order=7).guard_samples() == 8
