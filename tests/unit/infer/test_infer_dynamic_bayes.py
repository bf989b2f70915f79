"""Dynamic Bayesian networks: recovery, scales, path, stability, odd inputs, messages."""

import numpy as np
import pytest
from tests.oracles.dynotears import objective_of

from interplay import Intervals, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.infer import METHODS, DynamicBayes
from interplay.infer.sequences import sample_runs
from interplay.testing import check_estimator


def recorded(x, dt_s=0.5, start=0.0, **parts):
    return Recording(traces=Series.regular(x, dt_s=dt_s, start=start), **parts)


def drawn(seed, n=400, d=4):
    """Samples with 0 -> 1 at once (1.5), 1 -> 2 one sample later (0.6), 2 -> 3 two later (-0.6)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    for t in range(2, n):
        x[t, 1] += 1.5 * x[t, 0]
        x[t, 2] += 0.6 * x[t - 1, 1]
        x[t, 3] -= 0.6 * x[t - 2, 2]
    return x


def test_planted_effects_are_found_with_lag_direction_and_sign():
    found = DynamicBayes(lags=2, lambda_w=0.1, lambda_a=0.1, scale="raw").fit(recorded(drawn(0)))
    assert METHODS["dynamic-bayes"] is DynamicBayes
    strong = np.argwhere(np.abs(found.weights[0]) > 0.3).tolist()
    assert strong == [[0, 0, 1], [1, 1, 2], [2, 2, 3]]
    assert found.snapshots.matrix(0)[2, 3] < -0.3
    assert found.snapshots.matrix(0)[0, 1] == pytest.approx(found.weights[0, 0, 0, 1])
    assert found.dt_s == 0.5
    assert found.n_rows.tolist() == [398]
    place = np.argsort(found.raw.order[0])
    src, dst = np.nonzero(found.weights[0, 0])
    assert len(src)
    assert (place[src] < place[dst]).all()
    assert found.raw.converged.all()
    assert found.raw.cyclicity[0] <= 1e-8


def test_the_reported_objective_is_that_of_the_samples():
    x = drawn(1)
    fit = DynamicBayes(lambda_w=0.1, lambda_a=0.2).fit(recorded(x)).standardised
    now, past = x[1:] - x[1:].mean(axis=0), x[:-1] - x[:-1].mean(axis=0)
    size = now.std(axis=0)
    value = objective_of(now / size, past / size, np.vstack(fit.weights[0]), 0.1, 0.2)
    assert fit.objective[0] == pytest.approx(value, rel=1e-12)
    assert fit.penalties[0].tolist() == [0.1, 0.2]


@pytest.mark.slow
def test_standardised_weights_do_not_hang_on_the_units_of_measure_and_raw_ones_do():
    x = drawn(2)
    plain, scaled = (
        DynamicBayes().fit(recorded(values)) for values in (x, x * np.array([1.0, 0.01, 100.0, 1.0]) + 1e3)
    )
    assert np.allclose(plain.standardised.weights, scaled.standardised.weights, atol=1e-5)
    common = DynamicBayes().fit(recorded(x * 1e-4)).raw.weights
    assert np.allclose(common, plain.raw.weights, atol=1e-5)
    assert not np.allclose(plain.raw.weights != 0, scaled.raw.weights != 0)


def test_a_network_that_variances_give_away_is_warned_of():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((300, 4))
    for k in range(1, 4):
        x[:, k] += 2 * x[:, :k].sum(axis=1) * (1 if k % 2 else -1)
    found = DynamicBayes(lambda_w=0.05, lambda_a=0.05, tolerance=1e-5).fit(recorded(x))
    assert found.varsortability[0] > 0.9
    assert found.lost[0] > 0.25
    assert any("Varsortability warning" in note for note in found.notes)
    alone = DynamicBayes(compare=False, tolerance=1e-3).fit(recorded(x))
    assert alone.raw is None
    assert np.isnan(alone.varsortability[0])
    assert "reisach2021varsortability" not in alone.citations


@pytest.mark.parametrize(
    ("report", "weight"),
    [("strongest", -0.4), ("sum", -0.1), ("instant", 0.3), ("lagged", -0.4)],
)
def test_one_weight_per_pair(report, weight):
    from interplay.infer.bayes_assembly import network

    weights = np.zeros((1, 2, 2, 2))
    weights[0, :, 0, 1] = 0.3, -0.4
    found = network(weights, np.array([[0.0, 1.0]]), report)
    assert found.matrix(0)[0, 1] == pytest.approx(weight)
    assert len(found.src) == 1


def test_the_path_runs_from_no_edge_to_the_last_penalty():
    found = DynamicBayes(path=5, choose="bic", instant=False).fit(recorded(drawn(4)))
    path = found.path
    assert path.n_edges[0, 0].tolist() == [0, 0]
    assert path.factor[0, -1] == 1.0
    assert (np.diff(path.factor[0]) < 0).all()
    assert path.chosen[0] == np.argmin(path.bic[0])
    assert np.count_nonzero(found.weights[0]) == path.n_edges[0, path.chosen[0]].sum()
    last = DynamicBayes(path=5, instant=False).fit(recorded(drawn(4)))
    assert np.array_equal(last.weights, DynamicBayes(instant=False).fit(recorded(drawn(4))).weights)
    assert found.raw is None


def test_stability_is_near_one_for_strong_edges_and_low_for_absent_ones_whatever_the_threads():
    config = {"instant": False, "lags": 1, "bootstrap": 20, "lambda_a": 0.15}
    found = DynamicBayes(**config).fit(recorded(drawn(5)))
    assert found.stability[0, 1, 1, 2] == 1.0
    assert found.stability[0, 1][found.weights[0, 1] == 0].mean() < 0.1
    assert np.array_equal(found.stability, DynamicBayes(**config, jobs=2).fit(recorded(drawn(5))).stability)
    other = DynamicBayes(**config, seed=1).fit(recorded(drawn(5)))
    assert not np.array_equal(found.stability, other.stability)
    assert DynamicBayes(**config, block_s=50.0).fit(recorded(drawn(5))).stability[0, 1, 1, 2] == 1.0


def test_forbidden_effects_stay_out():
    x = recorded(drawn(6))
    found = DynamicBayes(forbidden=[(1, 2), (0, 1, 0)]).fit(x)
    assert not found.weights[0, :, 1, 2].any()
    assert found.weights[0, 0, 0, 1] == 0
    assert found.weights[0, 0, 1, 0] != 0
    assert found.config == DynamicBayes(forbidden=[(1, 2), (0, 1, 0)])


def test_windows_are_fitted_alone_and_rows_never_cross_a_gap():
    x = drawn(7, n=240)
    observed = Intervals.from_bounds([[0.0, 60.0], [70.0, 120.0]])
    kept = np.r_[0:120, 140:240]
    recording = Recording(
        traces=Series(time=0.5 * kept, values=x[kept]),
        observed=observed,
    )
    whole = DynamicBayes(instant=False).fit(recording)
    assert whole.n_rows.tolist() == [119 + 99]
    windows = DynamicBayes(instant=False, window_s=25.0).fit(recording)
    assert windows.snapshots.bounds[:, 0].tolist() == [0.0, 25.0, 70.0, 95.0]
    assert windows.n_rows.tolist() == [49] * 4
    alone = DynamicBayes(instant=False).fit(recorded(x[190:240]))
    assert np.allclose(windows.weights[3], alone.weights[0], atol=1e-6)
    both = DynamicBayes(instant=False).fit([recorded(x[:120]), recorded(x[140:])])
    assert np.allclose(both.weights, whole.weights, atol=1e-6)
    assert both.pooled
    assert not whole.pooled


@pytest.mark.slow
def test_raw_scale_keeps_the_promises():
    recording = recorded(drawn(8, n=96, d=4) * np.array([1, 2, 1, 3]), dt_s=0.5)
    check_estimator(DynamicBayes(window_s=16.0, scale="raw", compare=False, lambda_w=1.0, lambda_a=1.0), recording)


def test_missing_values_take_a_unit_or_rows():
    x = drawn(9)
    x[5, 3] = np.nan
    absent = DynamicBayes(compare=False).fit(recorded(x))
    assert absent.snapshots.present[0].tolist() == [True, True, True, False]
    assert np.isnan(absent.weights[0, :, 3]).all()
    assert any("undefined, not zero" in note for note in absent.notes)
    rows = DynamicBayes(compare=False, missing="rows").fit(recorded(x))
    assert rows.snapshots.present.all()
    assert rows.n_rows[0] == 399 - 2
    assert any("2 rows with a missing value are left out" in note for note in rows.notes)
    x[:, 3] = np.nan
    never = DynamicBayes(compare=False, missing="rows").fit(recorded(x))
    assert never.n_rows[0] == 399
    assert never.snapshots.present[0].tolist() == [True, True, True, False]


def test_odd_inputs():
    x = drawn(10, n=60)
    x[:, 0] = 7.0
    constant = DynamicBayes().fit(recorded(x))
    assert constant.snapshots.present[0].tolist() == [False, True, True, True]
    nobody = DynamicBayes(path=2, bootstrap=2).fit(recorded(np.ones((20, 2))))
    assert not nobody.snapshots.present.any()
    assert len(nobody.snapshots.src) == 0
    assert np.isnan(nobody.stability).all()
    assert nobody.path.chosen.tolist() == [-1]
    one = DynamicBayes().fit(recorded(x[:, 1:2]))
    assert one.snapshots.present.all()
    assert len(one.snapshots.src) == 0
    wide = DynamicBayes(compare=False).fit(recorded(drawn(11, n=8, d=12)))
    assert np.isfinite(wide.weights).all()
    assert any("fewer rows than a unit has coefficients" in note for note in wide.notes)
    far = DynamicBayes(compare=False).fit(recorded(x[:, 1:], start=1e8))
    near = DynamicBayes(compare=False).fit(recorded(x[:, 1:]))
    assert np.array_equal(far.weights, near.weights)
    twins = DynamicBayes().fit(recorded(x[:, [1, 1, 2]]))
    assert np.isfinite(twins.weights).all()
    assert twins.standardised.order.min() >= 0


def test_too_few_rounds_and_cycles_are_said():
    x = drawn(12) * np.array([3.0, 1.0, 1.0, 1.0])
    short = DynamicBayes(max_rounds=1, polish=False, cut_w=0.0, lambda_w=0.02).fit(recorded(x))
    assert not short.standardised.converged.all()
    assert any("did not converge" in note for note in short.notes)
    assert short.standardised.order.max() == -1
    assert any("form a cycle" in note for note in short.notes)
    cut = DynamicBayes(max_rounds=1, polish=False, lambda_w=0.02).fit(recorded(x))
    assert cut.standardised.order.min() >= 0
    assert cut.standardised.cut[0] > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lags": 0}, "`lags` must be"),
        ({"lambda_w": 0.0}, "`lambda_w` must be"),
        ({"scale": "loud"}, "`scale`"),
        ({"report": "all"}, "`report`"),
        ({"choose": "bic"}, '`choose="bic"` must come with `path` >= 2, got 0'),
        ({"instant": False, "scale": "raw"}, "`instant=False` must come with"),
        ({"forbidden": [(0, 1, 2)]}, "`forbidden` must hold"),
        ({"forbidden": [(0,)]}, "`forbidden` must hold"),
        ({"forbidden": [3]}, "`forbidden` must hold"),
        ({"forbidden": [("a", 1)]}, "`forbidden` must hold"),
        ({"forbidden": [(0.7, 1)]}, "`forbidden` must hold"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        DynamicBayes(**settings)


def test_wrong_data_are_named():
    with pytest.raises(ConfigError, match="`forbidden` must name units below 4, got 9"):
        DynamicBayes(forbidden=[(9, 0)]).fit(recorded(drawn(0)))
    with pytest.raises(
        DataError, match="at least 3 samples with 1 samples before them in some window, got at most 2 in 133"
    ):
        DynamicBayes(window_s=1.5).fit(recorded(drawn(0)))
    with pytest.raises(ConfigError, match="`window_s` must be left out for several recordings"):
        DynamicBayes(window_s=10.0).fit([recorded(drawn(0)), recorded(drawn(1))])


LASSO = {"instant": False, "lambda_a": 0.15}


def test_a_recording_too_short_to_keep_takes_no_rows_from_another():
    x = drawn(13, n=200)
    alone = DynamicBayes(**LASSO).fit(recorded(x, start=10.0))
    both = DynamicBayes(**LASSO).fit([recorded(x, start=10.0), recorded(x[:1])])
    assert both.n_rows.tolist() == [199]
    assert np.array_equal(both.weights, alone.weights)
    assert both.pooled


def test_a_unit_that_seldom_varies_leaves_the_stability_of_others_alone():
    x = drawn(14, d=4)
    with_rare = x.copy()
    with_rare[:, 3] = 0.0
    with_rare[200, 3] = 1.0
    found = DynamicBayes(**LASSO, bootstrap=20).fit(recorded(with_rare))
    plain = DynamicBayes(**LASSO, bootstrap=20).fit(recorded(x[:, :3]))
    assert np.array_equal(found.stability[0, :, :3, :3], plain.stability[0])
    assert found.stability[0, 1, 1, 2] == 1.0
    assert any("does not vary in some of the 20 bootstrap replicates" in note for note in found.notes)
    assert not any("bootstrap" in note for note in plain.notes)
    with_rare[201, 2] += 40.0
    driven = DynamicBayes(**LASSO, bootstrap=20, block_s=4.0).fit(recorded(with_rare))
    assert driven.weights[0, 1, 3, 2] > 0
    assert driven.stability[0, 1, 3, 2] == 1.0


def test_stability_asks_for_the_sign_of_the_fit(monkeypatch):
    fits = []

    def turned(self, moment, penalty):
        fit = solve(self, moment, penalty)
        fits.append(fit)
        return fit if len(fits) == 1 else fit._replace(weights=-fit.weights)

    solve = DynamicBayes._solve
    monkeypatch.setattr(DynamicBayes, "_solve", turned)
    found = DynamicBayes(**LASSO, bootstrap=3).fit(recorded(drawn(5)))
    assert not found.stability[0][found.weights[0] != 0].any()


def test_rows_are_drawn_in_blocks(monkeypatch):
    drawn_moments = []

    def watched(self, moment, penalty):
        drawn_moments.append(moment)
        return solve(self, moment, penalty)

    solve = DynamicBayes._solve
    monkeypatch.setattr(DynamicBayes, "_solve", watched)
    # One block as long as the recording, drawn around the end: the same rows in another order.
    DynamicBayes(**LASSO, bootstrap=2, block_s=1e3).fit(recorded(drawn(5, n=60)))
    assert np.allclose(drawn_moments[1], drawn_moments[0], atol=1e-12)


def test_raw_replicates_meet_the_penalty_of_the_fit(monkeypatch):
    problems = []

    def watched(self, moment, penalty):
        problems.append((moment, penalty))
        return solve(self, moment, penalty)

    solve = DynamicBayes._solve
    monkeypatch.setattr(DynamicBayes, "_solve", watched)
    x = recorded(3.0 * drawn(5, n=60)[:, :2])
    DynamicBayes(lambda_w=0.5, lambda_a=0.5, scale="raw", compare=False, bootstrap=1, block_s=1e3).fit(x)
    (moment, penalty), (again, same) = problems
    assert np.allclose(moment, again)
    assert np.array_equal(penalty, same)
    DynamicBayes(lambda_w=0.5, lambda_a=0.5, scale="raw", compare=False, bootstrap=1).fit(x)
    assert abs(np.diag(problems[-1][0])[:2].min() - 1.0) > 1e-3
    variance = np.diag(moment)[:2].min()
    assert variance == pytest.approx(1.0)
    assert penalty[0, 1] == pytest.approx(0.5 / np.var(x.traces.values[1:], axis=0).min())
    default = DynamicBayes(scale="raw", compare=False)
    rows = default._rows(sample_runs(x, None, least=2), 0)
    assert default._problem(rows, rows.centred.T @ rows.centred / 59, "raw")[1][0, 1] == pytest.approx(
        np.sqrt(np.log(4) / 59)
    )
    assert np.diag(default._problem(rows, rows.centred.T @ rows.centred / 59, "raw")[0]).min() == pytest.approx(1.0)


def test_the_information_criterion_is_that_of_gaussian_errors():
    x = drawn(4, n=200)
    found = DynamicBayes(path=3, instant=False).fit(recorded(x))
    now, past = (part - part.mean(axis=0) for part in (x[1:], x[:-1]))
    size = now.std(axis=0)
    wrong = now / size - (past / size) @ found.weights[0, 1]
    expected = 199 * np.log((wrong**2).mean(axis=0)).sum() + np.log(199) * np.count_nonzero(found.weights[0])
    assert found.path.bic[0, -1] == pytest.approx(expected, rel=1e-9)


def test_lost_counts_the_raw_edges_that_are_gone():
    from interplay.infer.bayes_assembly import Fit, Rows, Window, compare_scales

    def fit(*edges):
        weights = np.zeros((2, 3, 3))
        for src, dst in edges:
            weights[0, src, dst] = 0.5
        return Fit(weights, None, 0.0, 0.0, 0.0, (0.1, 0.1), 1, 1, True)

    rows = Rows(np.zeros((5, 6)), np.tile([1.0, 2.0, 3.0], 2), np.ones(3, dtype=bool), 0, 5)
    fits = {"raw": fit((0, 1), (1, 2), (0, 2)), "standardised": fit((0, 1), (2, 1))}
    told, lost = compare_scales([Window(rows, fits, None, None, 0)])
    assert lost[0] == pytest.approx(2 / 3)
    assert told[0] == 1.0


def test_windows_without_rows_are_empty_and_said():
    x = drawn(15, n=160)
    recording = recorded(x, epochs={"on": Intervals.from_bounds([[0.0, 20.0], [60.0, 80.0]])})
    found = DynamicBayes(**LASSO, epochs="on", window_s=20.0).fit(recording)
    assert found.snapshots.present.any(axis=1).tolist() == [True, False, False, True]
    assert found.n_rows.tolist() == [39, 0, 0, 39]
    assert any(note.startswith("2 of 4 windows (the first: 1) hold fewer than three") for note in found.notes)
    assert not any("undefined, not zero" in note for note in found.notes)


def test_no_units_and_units_never_known():
    none = DynamicBayes(bootstrap=2, path=2).fit(recorded(np.empty((30, 0))))
    assert none.weights.shape == (1, 2, 0, 0)
    unknown = DynamicBayes(missing="rows").fit(recorded(np.full((30, 2), np.nan)))
    assert unknown.n_rows.tolist() == [0]


@pytest.mark.parametrize("size", [1e-170, 1e160])
def test_very_small_and_large_values_are_fitted_like_others(size):
    x = drawn(16, n=120)
    plain, scaled = (DynamicBayes(compare=False, tolerance=1e-4).fit(recorded(v)) for v in (x, x * size))
    assert np.allclose(plain.weights, scaled.weights, atol=1e-6)
    assert plain.weights.any()
    raw = DynamicBayes(**LASSO | {"instant": True}, scale="raw", compare=False, tolerance=1e-2)
    assert not np.isnan(raw.fit(recorded(x * size)).weights).any()
