"""Coupled Poisson regression: equal to dense matrices and another optimiser; gaps, masks, stimulus, odd inputs."""

from dataclasses import replace

import numpy as np
import pytest
from tests.oracles import glm as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import GLMResult, PlantedPoisson, PoissonGLM
from interplay.infer.glm_basis import history_basis
from interplay.infer.glm_design import Design

BIN = 0.01
SMALL = {"span_s": 0.05, "n_bases": 3, "folds": 0}


def simulated(seed, n_bins=1500, n=4, rate=0.12):
    """Counts where unit 0 excites unit 1 and unit 2 inhibits unit 3, through two bins each."""
    rng = np.random.Generator(np.random.Philox(seed))
    counts = np.zeros((n_bins, n))
    coupling = np.zeros((n, n))
    for (src, dst), weight in {(0, 1): 1.2, (2, 3): -1.5}.items():
        if max(src, dst) < n:
            coupling[src, dst] = weight
    for t in range(n_bins):
        past = counts[max(t - 2, 0) : t].sum(axis=0)
        counts[t] = rng.poisson(np.exp(np.log(rate) + past @ coupling))
    return counts


def events_of(counts, start=0.0):
    """One spike for each count, inside its bin."""
    bins, unit = np.nonzero(counts)
    times = np.repeat(bins, counts[bins, unit].astype(int)), np.repeat(unit, counts[bins, unit].astype(int))
    time = start + BIN * (times[0] + 0.5)
    return Events.from_events(time, times[1], n_units=counts.shape[1], span=(start, start + BIN * len(counts)))


def theta_of(result, unit, window=0):
    return np.concatenate([[result.bias[window, unit]], result.coefficients[window, :, unit].ravel()])


def test_design_equals_a_dense_matrix():
    counts, basis = simulated(1, 60), history_basis("raised-cosine", 3, 5)
    rng = np.random.Generator(np.random.Philox(2))
    stimulus = rng.standard_normal((60, 2))
    design = Design.of_runs(
        [counts[:30], counts[30:]], [np.ones(30), np.ones(30)], basis, [stimulus[:30], stimulus[30:]]
    )
    parts = []
    for k in range(2):
        part = slice(30 * k, 30 * k + 30)
        # Five empty bins on either side: the oracle gives rows from the fifth bin on.
        rows, _ = oracle.design(np.pad(counts[part], ((5, 5), (0, 0))), basis)
        parts.append(np.insert(rows, [1], np.pad(stimulus[part], ((0, 5), (0, 0))), axis=1))
    dense = np.concatenate(parts)
    theta, rows = rng.standard_normal((dense.shape[1], 3)), rng.standard_normal((len(dense), 3))
    np.testing.assert_allclose(design.drive(theta), dense @ theta, atol=1e-12)
    np.testing.assert_allclose(design.products(rows), dense.T @ rows, atol=1e-12)
    np.testing.assert_allclose(design.covariance, np.cov(dense[:, 1:].T, bias=True), atol=1e-12)
    curve = rows[:, :2] ** 2
    expected = np.einsum("tm,tp,tq->mpq", curve, dense, dense)
    np.testing.assert_allclose(design.information(curve), expected, atol=1e-11)


@pytest.mark.parametrize(("link", "errors"), [("exp", "observed"), ("softplus", "observed"), ("exp", "sandwich")])
def test_fit_equals_dense_matrices_and_another_optimiser(link, errors):
    counts, ridge = simulated(3), 0.7
    result = PoissonGLM(**SMALL, link=link, errors=errors, strength=ridge).fit(events_of(counts))
    x, y = oracle.design(counts, result.basis)
    pvalues = result.snapshots.dense_pvalues()[0]
    weight = result.snapshots.matrix(0)
    for unit in range(4):
        theta = oracle.fit(x, y[:, unit], ridge, link)
        np.testing.assert_allclose(theta_of(result, unit), theta, atol=1e-7)
        value = oracle.log_likelihood(theta, x, y[:, unit], link)
        np.testing.assert_allclose(result.log_likelihood[0, unit], value, rtol=1e-10)
        spread = oracle.covariance(theta, x, y[:, unit], ridge, link, errors == "sandwich")
        for source in range(4):
            group = np.arange(1 + 3 * source, 4 + 3 * source)
            np.testing.assert_allclose(result.errors[0, source, unit] ** 2, np.diag(spread)[group], rtol=1e-5)
            area = BIN * result.basis.sum(axis=0)
            block = spread[np.ix_(group, group)]
            np.testing.assert_allclose(result.weight_error[0, source, unit] ** 2, area @ block @ area, rtol=1e-5)
            curve = np.diag(result.basis @ block @ result.basis.T)
            np.testing.assert_allclose(result.filter_errors[0, source, unit] ** 2, curve, rtol=1e-5)
            if source != unit:
                np.testing.assert_allclose(weight[source, unit], area @ theta[group], atol=1e-8)
                np.testing.assert_allclose(
                    pvalues[source, unit], oracle.wald(theta, spread, group), rtol=1e-4, atol=1e-12
                )
    assert weight[0, 1] > 0 > weight[2, 3]
    assert pvalues[0, 1] < 1e-12
    assert pvalues[2, 3] < 1e-3
    assert result.quantity.startswith("integral of the coupling filter")
    np.testing.assert_allclose(result.history()[2], result.filters()[2, 2])
    np.testing.assert_allclose(result.lags_s, BIN * np.arange(1, 6))


def test_group_lasso_equals_proximal_gradients():
    counts, strength = simulated(4, 600), 6.0
    config = PoissonGLM(**SMALL, penalty="group-lasso", strength=strength)
    result = config.fit(events_of(counts))
    x, y = oracle.design(counts, result.basis)
    for unit in (1, 3):
        groups = [[0]] + [list(range(1 + 3 * j, 4 + 3 * j)) for j in range(4)]
        own = groups.pop(1 + unit)
        # Own history is not penalised: it goes beside the constant.
        order = [0, *own, *(c for group in groups[1:] for c in group)]
        shifted = [list(range(4))] + [list(range(4 + 3 * j, 7 + 3 * j)) for j in range(3)]
        theta = np.empty(13)
        theta[order] = oracle.group_lasso(x[:, order], y[:, unit], strength, shifted)
        np.testing.assert_allclose(theta_of(result, unit), theta, atol=2e-4)
    weight = result.snapshots.matrix(0)
    assert weight[0, 1] > 0
    assert (weight == 0).sum() - 4 >= 6
    assert result.snapshots.pvalues is None
    assert any("no p-values" in note for note in result.notes)


def test_history_crosses_neither_gaps_nor_epochs():
    counts, ridge = simulated(5, 1000), 1.0
    events = events_of(counts)
    kept = (events.time < 4.0) | (events.time >= 4.5)
    events = Events(time=events.time[kept], unit=events.unit[kept], n_units=4, span=events.span)
    observed = Intervals.from_bounds(np.array([[0.0, 4.0], [4.5, 10.0]]))
    recording = Recording(events=events, observed=observed)
    result = PoissonGLM(**SMALL, strength=ridge).fit(recording)
    first, second = (oracle.design(part, result.basis) for part in (counts[:400], counts[450:]))
    x, y = (np.concatenate(parts) for parts in zip(first, second, strict=True))
    np.testing.assert_allclose(theta_of(result, 1), oracle.fit(x, y[:, 1], ridge, "exp"), atol=1e-7)
    trials = Recording(events=events_of(counts), epochs={"trial": observed})
    again = PoissonGLM(**SMALL, strength=ridge, epochs="trial").fit(trials)
    np.testing.assert_array_equal(again.coefficients, result.coefficients)
    both = PoissonGLM(**SMALL).fit([events_of(counts[:400]), events_of(counts[450:])])
    np.testing.assert_allclose(both.coefficients, result.coefficients, atol=1e-9)
    assert both.pooled


def test_windows_use_the_history_before_them():
    counts, ridge = simulated(6, 1200), 1.0
    result = PoissonGLM(**SMALL, strength=ridge, window_s=6.0, step_s=3.0, jobs=2).fit(events_of(counts))
    assert len(result.snapshots) == 3
    assert not result.pooled
    x, y = oracle.design(counts, result.basis)
    rows = slice(300 - 5, 900 - 5)
    np.testing.assert_allclose(theta_of(result, 3, 1), oracle.fit(x[rows], y[rows, 3], ridge, "exp"), atol=1e-7)


def test_a_stimulus_drives_units_and_its_missing_values_leave_bins_out():
    rng = np.random.Generator(np.random.Philox(7))
    shown = rng.standard_normal((1500, 1))
    shown[700:705] = np.nan
    counts = rng.poisson(np.exp(-2.5 + 0.6 * np.nan_to_num(shown) * [1, 0])).astype(float)
    behavior = {"light": Series.regular(3.0 * shown + 10.0, dt_s=BIN)}
    config = PoissonGLM(**SMALL, stimulus="light", stimulus_s=0.02, stimulus_bases=2)
    result = config.fit(Recording(events=events_of(counts), behavior=behavior))
    x, y = oracle.design(counts, result.basis)
    lagged = np.full((1500, 2), np.nan)
    for t in range(2, 1500):
        lagged[t] = (3 * shown[t - 2 : t + 1, 0][::-1] + 10.0) @ result.stimulus_basis
    lagged = lagged[5:]
    known = ~np.isnan(lagged).any(axis=1)
    z = (lagged - lagged[known].mean(axis=0)) / lagged[known].std(axis=0)
    theta = oracle.fit(np.insert(x, [1], z, axis=1)[known], y[known, 0], 1.0, "exp")
    found = np.concatenate(
        [result.bias[:1, 0], result.stimulus_coefficients[0, :, 0], result.coefficients[0, :, 0].ravel()]
    )
    np.testing.assert_allclose(found, theta, atol=1e-7)
    assert "7 bins without a stimulus value are left out." in result.notes
    filters = result.stimulus_filters()
    assert filters.shape == (1, 2, 3)
    np.testing.assert_allclose(filters[0, 0], result.stimulus_basis @ theta[1:3], atol=1e-7)
    with pytest.raises(DataError, match=r"Unknown `stimulus` \"dark\"|`stimulus`.*dark"):
        replace(config, stimulus="dark").fit(Recording(events=events_of(counts), behavior=behavior))


def test_what_anatomy_forbids_has_no_edge():
    counts = simulated(8)
    allowed = np.ones((4, 4), dtype=bool)
    allowed[0, 1] = allowed[1, 0] = False
    result = PoissonGLM(**SMALL, allowed=allowed).fit(events_of(counts))
    pairs = set(zip(result.snapshots.src.tolist(), result.snapshots.dst.tolist(), strict=True))
    assert len(pairs) == 10
    assert not pairs & {(0, 1), (1, 0)}
    assert np.isnan(result.coefficients[0, 0, 1]).all()
    x, y = oracle.design(counts, result.basis)
    theta = oracle.fit(np.delete(x, [1, 2, 3], axis=1), y[:, 1], 1.0, "exp")
    np.testing.assert_allclose(theta_of(result, 1)[[0, *range(4, 13)]], theta, atol=1e-7)
    with pytest.raises(DataError, match=r"`allowed` must have shape \(N=4, N=4\), got \(3, 3\)"):
        PoissonGLM(**SMALL, allowed=np.ones((3, 3), dtype=bool)).fit(events_of(counts))


def test_held_out_likelihood_beside_its_baselines():
    counts = simulated(9, 900)
    result = PoissonGLM(span_s=0.05, n_bases=3, folds=3, tolerance=1e-9).fit(events_of(counts))
    x, y = oracle.design(counts, result.basis)
    expected = np.zeros((3, 4))
    for test in np.array_split(np.arange(len(y)), 3):
        train = np.setdiff1d(np.arange(len(y)), test)
        for unit in range(4):
            own = [0, *range(1 + 3 * unit, 4 + 3 * unit)]
            for row, columns in enumerate((list(range(13)), own, [0])):
                theta = oracle.fit(x[np.ix_(train, columns)], y[train, unit], 1.0, "exp")
                expected[row, unit] += oracle.log_likelihood(theta, x[np.ix_(test, columns)], y[test, unit], "exp")
    held = result.held_out
    np.testing.assert_allclose([held.model[0], held.history[0], held.rate[0]], expected, atol=1e-2)
    np.testing.assert_allclose(held.spikes[0], y.sum(axis=0))
    shares = held.per_spike()
    assert shares["over rate"] == pytest.approx((expected[0] - expected[2]).sum() / y.sum(), abs=1e-4)
    assert shares["over history"] > 0
    several = PoissonGLM(span_s=0.05, n_bases=3, folds=3, strength=(0.5, 1.0, 1e4)).fit(events_of(counts))
    assert several.strength[0] == [0.5, 1.0, 1e4][int(np.argmax(several.strength_scores[0]))]
    assert several.strength[0] < 1e4
    assert several.strength_scores[0, 1] == pytest.approx(shares["model"], abs=1e-6)


def test_wald_pvalues_are_uniform_without_coupling_and_small_with_it():
    recording = PlantedPoisson(n_units=8, duration_s=120.0, density=0.0).simulate(seed=3)
    result = PoissonGLM(folds=0).fit(recording)
    p = np.sort(result.snapshots.pvalues)
    # Kolmogorov's bound at a false-alarm rate of 0.001.
    distance = np.abs(p - (np.arange(len(p)) + 0.5) / len(p)).max() + 0.5 / len(p)
    assert distance < 1.95 / np.sqrt(len(p))


@pytest.mark.parametrize("basis", ["raised-cosine", "exponential", "bins"])
def test_bases_are_smooth_independent_and_end_with_the_span(basis):
    functions = history_basis(basis, 4, 12)
    assert len(functions) == 12
    assert np.linalg.matrix_rank(functions) == functions.shape[1]
    assert (functions >= 0).all()
    if basis == "exponential":
        np.testing.assert_allclose(functions.sum(axis=0), 1.0)
        np.testing.assert_allclose(
            history_basis(basis, 1, 5)[:, 0], np.exp(-np.arange(5)) / np.exp(-np.arange(5)).sum()
        )
    if basis == "raised-cosine":
        assert functions[0, 0] == functions[-1, -1] == 1.0
        # Between the second peak (lag 2.3) and the last but one (lag 5.2), the four cosines add up to two.
        np.testing.assert_allclose(functions[2:5].sum(axis=1), 2.0)
    assert (history_basis(basis, 1, 1) > 0).all()


def test_silent_and_nearly_silent_units_are_absent():
    counts = np.column_stack([simulated(10, 800, 2), np.zeros((800, 2))])
    counts[400, 3] = 1
    result = PoissonGLM(**SMALL).fit(events_of(counts))
    assert result.snapshots.present[0].tolist() == [True, True, False, False]
    assert np.isnan(result.coefficients[0, 2:]).all()
    assert np.isnan(result.bias[0, 2:]).all()
    assert any("2 of 4 units have fewer than 5 spikes" in note for note in result.notes)
    alone = PoissonGLM(**SMALL).fit(events_of(counts[:, :2]))
    np.testing.assert_allclose(result.coefficients[0, :2, :2], alone.coefficients[0], atol=1e-10)


@pytest.mark.parametrize("n", [0, 1])
def test_few_units(n):
    result = PoissonGLM(span_s=0.05, n_bases=3).fit(events_of(simulated(11, 500, 4)[:, :n]))
    assert isinstance(result, GLMResult)
    assert len(result.snapshots.src) == 0
    assert result.snapshots.n_nodes == n
    assert np.isfinite(result.coefficients).all()


def test_no_spikes_at_all():
    result = PoissonGLM(**(SMALL | {"folds": 3})).fit(events_of(np.zeros((300, 3))))
    assert not result.snapshots.present.any()
    assert np.isnan(result.held_out.per_spike()["model"])


def test_more_units_than_bins_and_units_that_are_the_same():
    rng = np.random.Generator(np.random.Philox(12))
    wide = (rng.random((30, 40)) < 0.3).astype(float)
    result = PoissonGLM(**SMALL).fit(events_of(wide))
    assert np.isfinite(result.snapshots.weight).all()
    assert np.nanmax(result.left) < 1e-6
    twins = simulated(13, 600)[:, [0, 0, 1]]
    ridged = PoissonGLM(**SMALL).fit(events_of(twins))
    np.testing.assert_allclose(ridged.coefficients[0, 0, 2], ridged.coefficients[0, 1, 2], atol=1e-9)
    with pytest.raises(NumericalError, match=r"coefficients apart .* of unit 0 are not unique"):
        PoissonGLM(**SMALL, penalty="none").fit(events_of(twins))


def test_a_huge_offset_of_the_clock_changes_nothing():
    counts = simulated(14, 500)
    near, far = (PoissonGLM(**SMALL).fit(events_of(counts, start)) for start in (0.0, 1e6))
    np.testing.assert_allclose(near.coefficients, far.coefficients, atol=1e-9)


def test_threads_change_no_bit():
    rng = np.random.Generator(np.random.Philox(15))
    events = events_of((rng.random((400, 70)) < 0.1).astype(float))
    one, two = (PoissonGLM(**SMALL, errors="none", jobs=jobs).fit(events) for jobs in (1, 2))
    assert one.snapshots.digest == two.snapshots.digest


def test_what_did_not_converge_is_said():
    result = PoissonGLM(**SMALL, errors="none", max_iterations=1).fit(events_of(simulated(16)))
    assert any("did not converge in 1 iterations" in note for note in result.notes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bin_s": 0.0}, "`bin_s` must be > 0"),
        ({"n_bases": 40}, "`n_bases` must be at most the number of lags, 10, got 40"),
        ({"penalty": "lasso"}, "`penalty`"),
        ({"folds": 1}, "`folds` must be 0 or at least 2, got 1"),
        ({"strength": (1.0, 2.0), "folds": 0}, "`strength` must be one number where `folds` is 0, got 2"),
        ({"strength": ()}, "`strength` must be a number or several"),
        ({"strength": -1.0}, "`strength` must be >= 0"),
        ({"keep": "significant", "errors": "none"}, '`keep="significant"` must come with p-values'),
        ({"window_s": 1.005}, "`window_s` must be a whole multiple of `bin_s`"),
        ({"allowed": np.ones((2, 3), dtype=bool)}, "`allowed` must have shape"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises((ConfigError, DataError)) as caught:
        PoissonGLM(**settings)
    assert message in str(caught.value)


def test_too_short_data_and_traces_alone():
    with pytest.raises(DataError, match="a run of at least 7 samples without a gap"):
        PoissonGLM(**SMALL).fit(events_of(np.ones((6, 2))))
    with pytest.raises(DataError, match="must hold spikes"):
        PoissonGLM().fit(Recording(traces=Series.regular(np.zeros((100, 2)), dt_s=BIN)))
    with pytest.raises(DataError, match="whose history of 5 bins is observed"):
        PoissonGLM(**SMALL, window_s=0.05, step_s=1.0).fit(events_of(np.ones((200, 2))))
