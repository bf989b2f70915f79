"""Coupled Poisson regression: equal to dense matrices and another optimiser; gaps, masks, stimulus, odd inputs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2
from tests.oracles import glm as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.data import Events, Intervals, Recording, Series
from interplay.infer import GLMResult, PlantedPoisson, PoissonGLM, predicted_rates
from interplay.infer.glm_basis import history_basis
from interplay.infer.glm_design import Design
from interplay.infer.glm_evidence import wald
from interplay.infer.glm_stimulus import stimulus_columns
from interplay.infer.sequences import sample_runs

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
        spread = oracle.covariance(theta, x, y[:, unit], ridge, link, False)
        wide = oracle.covariance(theta, x, y[:, unit], ridge, link, True)
        for source in range(4):
            group = np.arange(1 + 3 * source, 4 + 3 * source)
            block = spread[np.ix_(group, group)]
            if errors == "sandwich":
                block = spread[np.ix_(group, group)] = oracle.larger(block, wide[np.ix_(group, group)])
            np.testing.assert_allclose(result.errors[0, source, unit] ** 2, np.diag(block), rtol=1e-5)
            area = BIN * result.basis.sum(axis=0)
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
        PoissonGLM(**SMALL, window_s=0.05, step_s=2.0).fit(events_of(simulated(17, 200)))


def test_sandwich_pvalues_hold_at_low_rates():
    found = []
    for seed in range(2):
        rng = np.random.Generator(np.random.Philox(seed))
        trains = [np.sort(rng.uniform(0, 60, 60)) for _ in range(8)]
        result = PoissonGLM(folds=0, errors="sandwich").fit(Events.from_trains(trains, span=(0.0, 60.0)))
        plain = PoissonGLM(folds=0).fit(Events.from_trains(trains, span=(0.0, 60.0)))
        assert (result.errors >= plain.errors * (1 - 1e-9)).all()
        found.append(result.snapshots.pvalues)
    p = np.concatenate(found)
    # 112 null pairs: more than 15 below 0.05 with a chance of 1e-4, more than 2 below 0.001 with one of 2e-4.
    assert (p < 0.05).sum() <= 15
    assert (p < 0.001).sum() <= 2


def test_wald_counts_the_directions_that_a_covariance_knows():
    block = np.diag([4.0, 0.25, 0.0])
    assert wald(np.array([2.0, 1.0, 0.0]), block) == pytest.approx(np.exp(-2.5), rel=1e-12)
    assert wald(np.zeros(2), np.zeros((2, 2))) == 1.0


def inhibited(seed=30, n_bins=4000):
    """Unit 1 fires one bin in ten, and never in the five bins after a spike of unit 0; unit 2 is independent."""
    rng = np.random.Generator(np.random.Philox(seed))
    counts = (rng.random((n_bins, 3)) < [0.02, 0.1, 0.1]).astype(float)
    for t in np.flatnonzero(counts[:, 0]):
        counts[t + 1 : t + 6, 1] = 0
    return counts


def test_complete_inhibition_is_tested_by_the_likelihood_ratio():
    counts, ridge = inhibited(), 0.01
    result = PoissonGLM(**SMALL, strength=ridge).fit(events_of(counts))
    x, y = oracle.design(counts, result.basis)

    def best(columns):
        theta = oracle.fit(x[:, columns], y[:, 1], ridge, "exp")
        return oracle.log_likelihood(theta, x[:, columns], y[:, 1], "exp") - 0.5 * ridge * (theta[1:] ** 2).sum()

    lost = best(list(range(10))) - best([0, *range(4, 10)])
    pvalues = result.snapshots.dense_pvalues()[0]
    assert pvalues[0, 1] < 1e-6
    assert np.log(pvalues[0, 1]) == pytest.approx(chi2.logsf(2 * lost, 3), rel=1e-4)
    assert pvalues[2, 1] > 0.01
    assert any("1 pairs have no spike of the target where more than 10" in note for note in result.notes)
    free = PoissonGLM(**SMALL, penalty="none", errors="none").fit(events_of(counts))
    assert (free.coefficients[0, 0, 1] < -15).any()
    assert any("1 filters without a penalty meet no spike" in note for note in free.notes)
    with pytest.raises(
        NumericalError, match="unit 1 never fires where some function of the lag after spikes of unit 1"
    ):
        PoissonGLM(**SMALL, penalty="none").fit(events_of(simulated(3, 300, 4, 0.03)))


def test_a_basis_that_is_not_independent_is_named():
    with pytest.raises(NumericalError, match="`n_bases` must leave the functions of the lag independent"):
        PoissonGLM(span_s=0.1, n_bases=10, folds=0, penalty="none").fit(events_of(simulated(31, 800, 2, 0.3)))


def test_units_and_stimuli_that_never_vary_are_unknown():
    counts = np.insert(simulated(32, 600, 2), 1, 1.0, axis=1)
    shown = np.column_stack([np.full(600, 3.0), np.random.Generator(np.random.Philox(1)).standard_normal(600)])
    recording = Recording(events=events_of(counts), behavior={"light": Series.regular(shown, dt_s=BIN)})
    result = PoissonGLM(**SMALL, stimulus="light").fit(recording)
    assert result.snapshots.present[0].tolist() == [True, False, True]
    assert np.isnan(result.coefficients[0, 1]).all()
    assert np.isnan(result.stimulus_coefficients[0, 0]).all()
    assert np.isfinite(result.stimulus_coefficients[0, 1, [0, 2]]).all()
    assert any(note.startswith("1 of 3 units have counts that never vary") for note in result.notes)
    assert not any("fewer than" in note for note in result.notes)
    assert "1 stimulus columns do not vary in their window: their coefficients are unknown." in result.notes
    without = Recording(events=events_of(counts[:, [0, 2]]), behavior={"light": Series.regular(shown[:, 1:], dt_s=BIN)})
    plain = PoissonGLM(**SMALL, stimulus="light").fit(without)
    np.testing.assert_allclose(result.coefficients[0][np.ix_([0, 2], [0, 2])], plain.coefficients[0], atol=1e-10)
    batch, other = predicted_rates(result, recording), predicted_rates(plain, without)
    np.testing.assert_allclose(batch.mean[0][5:, [0, 2]], other.mean[0][5:], rtol=1e-9)


def test_windows_without_a_bin_have_nobody_present():
    recording = Recording(events=events_of(simulated(33, 900)), epochs={"trial": Intervals.from_bounds([[0.0, 3.0]])})
    result = PoissonGLM(**SMALL, window_s=3.0, epochs="trial").fit(recording)
    assert result.snapshots.present.tolist() == [[True] * 4, [False] * 4, [False] * 4]
    assert np.isnan(result.bias[1:]).all()
    assert any(note.startswith("2 of 3 windows hold no bin whose history") for note in result.notes)
    assert not any("units have" in note for note in result.notes)
    scored = PoissonGLM(**(SMALL | {"folds": 2}), window_s=3.0, epochs="trial").fit(recording)
    assert np.isfinite(scored.held_out.per_spike()["model"])


def test_no_window_knows_what_comes_after_it():
    counts = simulated(34, 800)
    trial = {"trial": Intervals.from_bounds([[0.0035, 7.9]])}
    before = events_of(counts)
    # Other spikes from 4 s on, inside the bin that begins before it too.
    after = events_of(np.concatenate([counts[:400], simulated(35, 400)]))
    time, unit = np.append(after.time, 4.0 + 1e-4 * np.arange(1, 20)), np.append(after.unit, np.zeros(19, dtype=int))
    after = Events.from_events(time, unit, n_units=4, span=after.span)
    config = PoissonGLM(**SMALL, window_s=2.0, epochs="trial")
    one, two = (config.fit(Recording(events=events, epochs=trial)) for events in (before, after))
    np.testing.assert_array_equal(one.coefficients[:2], two.coefficients[:2])
    assert np.abs(one.coefficients[2] - two.coefficients[2]).max() > 0.01


def test_a_recording_too_short_to_use_leaves_the_others():
    counts = simulated(36, 500)
    both = PoissonGLM(**SMALL).fit([events_of(counts, 1000.0), events_of(counts[:3])])
    alone = PoissonGLM(**SMALL).fit(events_of(counts, 1000.0))
    np.testing.assert_array_equal(both.coefficients, alone.coefficients)
    assert "1 of 1 runs hold fewer than 7 samples" in both.notes[0]


def test_own_history_is_not_penalised_by_the_group_lasso_where_it_is_the_baseline():
    events = events_of(simulated(37, 600))
    lasso = PoissonGLM(span_s=0.05, n_bases=3, folds=2, penalty="group-lasso", strength=5.0).fit(events)
    free = PoissonGLM(span_s=0.05, n_bases=3, folds=2, penalty="none", errors="none").fit(events)
    np.testing.assert_array_equal(lasso.held_out.history, free.held_out.history)


def test_a_stimulus_is_known_while_it_is_fresh_and_once_all_lags_are():
    times = np.array([0.0, 0.1, 0.2, 1.0, 1.1])
    series = Series(time=times, values=np.arange(5.0)[:, None])
    recording = Recording(events=events_of(simulated(38, 140)), behavior={"light": series})
    runs = sample_runs(recording, BIN)
    (held,) = stimulus_columns([recording], runs, ["light"], np.ones((1, 1)))
    middle = BIN * (np.arange(140) + 0.5)
    # Two of the series' steps of 0.1 s, and a bin.
    fresh = (middle <= 0.41) | ((middle >= 1.0) & (middle <= 1.31))
    np.testing.assert_array_equal(~np.isnan(held[:, 0]), fresh)
    (lagged,) = stimulus_columns([recording], runs, ["light"], np.ones((4, 1)))
    assert np.isnan(lagged[:3]).all()
    assert np.isfinite(lagged[3:40]).all()
    assert np.isnan(lagged[100:103]).all()
    assert lagged[103, 0] == 12.0


@pytest.mark.filterwarnings("error")
def test_rates_that_run_away_are_infinite_and_said_so_by_the_likelihood():
    result = PoissonGLM(**SMALL).fit(events_of(simulated(39, 400)))
    far = replace(result, coefficients=np.full_like(result.coefficients, 500.0))
    batch = predicted_rates(far, events_of(simulated(40, 60, 4, 0.5)))
    assert np.isinf(batch.mean[0][5:]).any()
    assert (batch.log_likelihood == -np.inf).all()
