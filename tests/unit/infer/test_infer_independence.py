"""Tests of conditional independence: against the slow skeleton, dropouts, missing values, odd inputs, messages."""

import math

import numpy as np
import pytest
from tests.oracles.independence import partial_correlation, skeleton

from interplay import Intervals, Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.infer import METHODS, IndependenceTests
from interplay.ops.independence import last_two, moments


def recorded(x, dt_s=0.5, start=0.0):
    return Recording(traces=Series.regular(x, dt_s=dt_s, start=start))


def chain(seed, n=400, d=4, memory=0.4, strength=0.5):
    """Each unit drives the next one sample later; values lie around 5."""
    rng = np.random.default_rng(seed)
    a = memory * np.eye(d) + strength * np.eye(d, k=1)
    x = np.zeros((n + 50, d))
    for t in range(1, n + 50):
        x[t] = x[t - 1] @ a + rng.standard_normal(d)
    return x[50:] + 5.0


def test_the_partial_correlation_is_that_of_residuals():
    x = np.random.default_rng(0).normal(size=(60, 5)) @ np.random.default_rng(1).normal(size=(5, 5))
    for fixed in ((), (2,), (4, 0), (0, 2, 4)):
        chosen = np.array([*fixed, 1, 3])
        product = np.empty((len(chosen), len(chosen)))
        every = np.ones((5, 60), dtype=bool)
        rows = moments(np.ascontiguousarray(x.T), every, every, chosen, product)
        assert rows == 60
        assert last_two(product) == pytest.approx(partial_correlation(x, (1, 3), fixed)[0], rel=1e-9)


def test_determined_variables_are_undefined_and_determined_conditions_hold_nothing():
    x = np.random.default_rng(2).normal(size=(50, 4))
    x[:, 1] = 2 * x[:, 0]
    covariance = np.cov(x.T)
    assert np.isnan(last_two(np.tril(covariance[np.ix_([0, 1, 2], [0, 1, 2])])))
    assert np.isnan(last_two(np.tril(covariance[np.ix_([0, 2, 1], [0, 2, 1])])))
    once, twice = ((0, 2, 3), (0, 1, 2, 3))
    values = [last_two(np.tril(covariance[np.ix_(k, k)])) for k in (once, twice)]
    assert values[0] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize("seed", [3, 4])
def test_the_skeleton_is_the_slow_one(seed):
    x = chain(seed, n=150, d=3, strength=0.3)
    found = IndependenceTests(lags=2, conditions=2, subsets=None, alpha=0.05).fit(recorded(x))
    expected = skeleton(x, 2, 2, 0.05)
    assert np.array_equal(found.links[0], expected)
    assert expected.any()
    assert not expected.all()


def test_the_skeleton_with_dropouts_is_the_slow_one():
    x = chain(5, n=200, d=3)
    lost = x < np.quantile(x, 0.3, axis=0)
    x[lost] = 0.0
    found = IndependenceTests(lags=1, conditions=2, subsets=None, dropouts="test_wise").fit(recorded(x))
    assert np.array_equal(found.links[0], skeleton(x, 1, 2, 0.05, lost=lost))
    columns = np.hstack([x[1:], x[:-1]])
    gone = np.hstack([lost[1:], lost[:-1]])
    every = [
        partial_correlation(columns, (s + 3, 2), f, lost=gone)[0]
        for s, f in [(0, ()), (0, (4,)), (0, (5,)), (0, (4, 5))]
    ]
    assert np.abs(np.array(every) - found.partial[0, 0, 0, 2]).min() < 1e-9
    assert found.fewest_rows[0] < 199
    assert any("0.30" in note and "`floor`=0" in note for note in found.notes)
    assert "dai2024dropouts" in found.citations


def test_a_chain_is_found_with_direction_sign_and_p_values():
    x = chain(6)
    x[:, 2] = 10 - x[:, 2]
    found = IndependenceTests(lags=2, alpha=0.001).fit(recorded(x))
    assert METHODS["independence"] is IndependenceTests
    links = found.links[0].any(axis=0) & ~np.eye(4, dtype=bool)
    assert np.argwhere(links).tolist() == [[0, 1], [1, 2], [2, 3]]
    weight = found.snapshots.matrix(0)
    assert np.sign([weight[0, 1], weight[1, 2], weight[2, 3]]).tolist() == [1, -1, -1]
    assert len(found.snapshots.src) == 12
    p = found.snapshots.dense_pvalues()[0]
    assert p[0, 1] == pytest.approx(2 * found.pvalue[0, :, 0, 1].min(), rel=1e-9, abs=0.0)
    assert (p[links] < 0.002).all()
    kept = IndependenceTests(lags=2, alpha=0.001, keep="skeleton").fit(recorded(x)).snapshots
    assert len(kept.src) == 3


def test_without_effects_few_links_are_left():
    # 240 candidates between units and their pasts, each removed at alpha = 0.05 or before: more than 24 left by chance
    # happens less than once in a thousand.
    x = np.random.default_rng(7).normal(size=(300, 16))
    found = IndependenceTests(lags=1).fit(recorded(x))
    assert (found.links[0, 0] & ~np.eye(16, dtype=bool)).sum() <= 24


def test_the_treatments_of_dropouts_differ_where_they_should():
    x = chain(8, n=600, d=4)
    lost = x < np.quantile(x, 0.4, axis=0)
    x[lost] = 0.0
    fits = {
        k: IndependenceTests(lags=1, dropouts=k).fit(recorded(x)) for k in ("none", "test_wise", "list_wise", "impute")
    }
    whole = ~(lost[1:].any(axis=1) | lost[:-1].any(axis=1))
    assert fits["list_wise"].fewest_rows[0] == whole.sum()
    assert fits["none"].fewest_rows[0] == 599
    filled = x.copy()
    for k in range(4):
        filled[lost[:, k], k] = x[~lost[:, k], k].mean()
    plain = IndependenceTests(lags=1).fit(recorded(filled))
    assert np.array_equal(fits["impute"].links, plain.links)


def test_scarce_tests_remove_links_or_nothing():
    x = chain(9, n=60, d=3)
    x[x < np.quantile(x, 0.85, axis=0)] = 0.0
    config = {"lags": 1, "conditions": 2, "dropouts": "test_wise", "alpha": 0.9}
    gone, stay = (IndependenceTests(**config, scarce=s).fit(recorded(x)) for s in ("independent", "untested"))
    assert gone.n_scarce[0] > 0
    assert any("count as independence" in note for note in gone.notes)
    assert any("were not made" in note for note in stay.notes)
    assert stay.links.sum() > gone.links.sum()


def test_missing_values_are_deleted_test_by_test():
    x = chain(10, n=200, d=3)
    x[5:25, 1] = np.nan
    found = IndependenceTests(lags=1, conditions=1, subsets=None).fit(recorded(x))
    assert found.snapshots.present.all()
    assert np.array_equal(found.links[0], skeleton(x, 1, 1, 0.05))
    assert found.n_rows[0] == 199
    assert found.fewest_rows[0] < 199


def test_odd_inputs():
    x = chain(11, n=80, d=3)
    x[:, 0] = 2.0
    constant = IndependenceTests().fit(recorded(x))
    assert constant.snapshots.present[0].tolist() == [False, True, True]
    assert np.isnan(constant.partial[0, :, 0]).all()
    assert not constant.links[0, :, 0].any()
    nobody = IndependenceTests(dropouts="test_wise").fit(recorded(np.ones((20, 2))))
    assert len(nobody.snapshots.src) == 0
    assert nobody.fewest_rows.tolist() == [-1]
    one = IndependenceTests().fit(recorded(x[:, 1:2]))
    assert one.snapshots.present.all()
    assert len(one.snapshots.src) == 0
    wide = IndependenceTests(lags=1).fit(recorded(chain(12, n=10, d=15)))
    assert wide.snapshots.present.all()
    far, near = (IndependenceTests().fit(recorded(x, start=start)) for start in (1e8, 0.0))
    assert far.snapshots.shift(-1e8).weight.tolist() == near.snapshots.weight.tolist()
    twins = IndependenceTests(lags=1).fit(recorded(x[:, [1, 1, 2]]))
    assert twins.n_undefined[0] > 0
    assert twins.links[0, 0, 0, 2]
    assert twins.links[0, 0, 1, 2]
    assert any("are undefined" in note for note in twins.notes)


def test_windows_stand_alone_whatever_the_threads():
    x = chain(13, n=200, d=3)
    windows = IndependenceTests(window_s=50.0).fit(recorded(x))
    assert windows.n_rows.tolist() == [98, 98]
    alone = IndependenceTests().fit(recorded(x[100:]))
    assert np.allclose(windows.partial[1], alone.partial[0], atol=1e-12)
    assert IndependenceTests(window_s=50.0, jobs=2).fit(recorded(x)).snapshots.digest == windows.snapshots.digest
    both = IndependenceTests().fit([recorded(x[:100]), recorded(x[100:])])
    assert both.pooled
    assert both.n_rows.tolist() == [196]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lags": 0}, "`lags` must be"),
        ({"conditions": -1}, "`conditions` must be"),
        ({"subsets": 0}, "`subsets` must be"),
        ({"alpha": 1.0}, "`alpha` must be"),
        ({"dropouts": "some"}, "`dropouts`"),
        ({"scarce": "kept"}, "`scarce`"),
        ({"keep": "some"}, "`keep`"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        IndependenceTests(**settings)


def test_windows_too_short_are_named():
    with pytest.raises(
        DataError, match="at least 5 samples with 2 samples before them in some window, got at most 3 in 80"
    ):
        IndependenceTests(window_s=2.5).fit(recorded(chain(0)))


@pytest.mark.parametrize("seed", range(14, 20))
def test_the_order_of_units_does_not_matter(seed):
    x = chain(seed, n=60, d=6, strength=0.35)
    order = np.random.default_rng(seed).permutation(6)
    config = IndependenceTests(lags=1, alpha=0.3, subsets=None)
    plain, mixed = (config.fit(recorded(values)).links[0, 0] for values in (x, x[:, order]))
    assert np.array_equal(mixed, plain[np.ix_(order, order)])


def test_a_recording_too_short_to_keep_takes_no_rows_from_another():
    x = chain(20, n=150, d=3)
    alone = IndependenceTests().fit(recorded(x, start=10.0))
    both = IndependenceTests().fit([recorded(x, start=10.0), recorded(x[:1])])
    assert both.n_rows.tolist() == [148]
    assert np.array_equal(both.partial, alone.partial, equal_nan=True)
    assert both.pooled


def test_the_law_takes_the_conditions_from_the_rows():
    x = np.random.default_rng(21).normal(size=(13, 2))
    found = IndependenceTests(lags=1, conditions=0).fit(recorded(x))
    r = np.corrcoef(x[:-1, 0], x[1:, 1])[0, 1]
    assert found.partial[0, 0, 0, 1] == pytest.approx(r)
    expected = math.erfc(abs(math.atanh(r)) * math.sqrt(12 - 3) / math.sqrt(2))
    assert found.pvalue[0, 0, 0, 1] == pytest.approx(expected, rel=1e-9)
    pair = IndependenceTests(lags=1, conditions=1, alpha=0.999).fit(recorded(x))
    given, rows = partial_correlation(np.hstack([x[1:], x[:-1]]), (2, 1), (3,))
    tests = [(abs(math.atanh(r)) * 3.0, r), (abs(math.atanh(given)) * math.sqrt(rows - 4), given)]
    least, told = min(tests)
    assert pair.partial[0, 0, 0, 1] == pytest.approx(told)
    assert pair.pvalue[0, 0, 0, 1] == pytest.approx(math.erfc(least / math.sqrt(2)), rel=1e-9)


def test_the_strongest_conditions_are_tried_first():
    # 0 goes with 1, which drives 2; so do 3 to 6, less. One set per link: the past of 1 must be it.
    rng = np.random.default_rng(22)
    x = rng.normal(size=(600, 7))
    x[:, 0] += 0.8 * x[:, 1]
    x[1:, 2] += 0.9 * x[:-1, 1] + 0.4 * x[:-1, 3:].sum(axis=1)
    found = IndependenceTests(lags=1, conditions=1, subsets=1, alpha=0.01).fit(recorded(x)).links[0, 0]
    assert found[1, 2]
    assert not found[0, 2]


def test_windows_without_rows_are_empty_and_said():
    x = chain(23, n=160, d=3)
    epochs = {"on": Intervals.from_bounds([[0.0, 20.0], [60.0, 80.0]])}
    recording = Recording(traces=Series.regular(x, dt_s=0.5), epochs=epochs)
    found = IndependenceTests(epochs="on", window_s=20.0).fit(recording)
    assert found.snapshots.present.any(axis=1).tolist() == [True, False, False, True]
    assert any(note.startswith("2 of 4 windows (the first: 1) hold fewer than 5") for note in found.notes)
    assert not any("undefined, not zero" in note for note in found.notes)


def test_the_smallest_test_is_of_the_windows_that_were_tested():
    x = chain(24, n=160, d=3)
    x[:80] = 1.0
    found = IndependenceTests(dropouts="test_wise", window_s=40.0).fit(recorded(x))
    assert found.fewest_rows[0] == -1
    assert any(f"the smallest test rests on {found.fewest_rows[1]} rows" in note for note in found.notes)


def test_no_units_and_very_small_values():
    assert IndependenceTests().fit(recorded(np.empty((30, 0)))).links.shape == (1, 2, 0, 0)
    x = chain(25, n=100, d=3) - 5.0
    plain, small = (IndependenceTests(lags=1).fit(recorded(v)) for v in (x, x * 1e-170))
    assert np.allclose(plain.partial, small.partial)
    assert small.n_undefined[0] == 0
