"""Probabilities are judged as a double loop over samples judges them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import measures
from interplay._core.errors import ConfigError, DataError


def told(seed, n=40, classes=4, sharp=2.0):
    rng = np.random.default_rng(seed)
    score = sharp * rng.normal(size=(n, classes))
    exp = np.exp(score - score.max(axis=1, keepdims=True))
    return rng.integers(classes, size=n), exp / exp.sum(axis=1, keepdims=True)


def ece_by_hand(truth, probabilities, bins):
    """Every bin (k / B, (k + 1) / B] looked at sample by sample."""
    total = 0.0
    for k in range(bins):
        inside = [s for s, row in enumerate(probabilities) if k / bins < max(row) <= (k + 1) / bins]
        if inside:
            right = sum(list(probabilities[s]).index(max(probabilities[s])) == truth[s] for s in inside) / len(inside)
            said = sum(max(probabilities[s]) for s in inside) / len(inside)
            total += len(inside) / len(truth) * abs(right - said)
    return total


def test_numbers_by_hand():
    truth = [0, 1, 2]
    probabilities = [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]]
    assert measures.negative_log_likelihood(truth, probabilities) == pytest.approx(
        -(math.log(0.5) + math.log(0.8) + math.log(0.2)) / 3
    )
    brier = (0.25 + 0.0625 + 0.0625) + (0.01 + 0.04 + 0.01) + (0.36 + 0.04 + 0.64)
    assert measures.brier_score(truth, probabilities) == pytest.approx(brier / 3)


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 100])
@pytest.mark.parametrize("seed", range(3))
def test_error_of_equal_widths_is_that_of_the_double_loop(seed, bins):
    truth, probabilities = told(seed)
    assert measures.expected_calibration_error(truth, probabilities, bins=bins) == pytest.approx(
        ece_by_hand(truth, probabilities, bins), abs=1e-12
    )


def test_bounds_belong_to_the_bin_below():
    found = measures.reliability([0, 0, 0], [[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]], bins=4)
    assert found.count.tolist() == [0, 1, 1, 1]
    assert found.start.tolist() == [0, 0.25, 0.5, 0.75]
    assert np.isnan(found.accuracy[0])
    assert np.isnan(found.low[0])


def test_bins_of_equal_counts_hold_equally_many():
    truth, probabilities = told(4, n=60)
    found = measures.reliability(truth, probabilities, bins=6, equal="count")
    assert found.count.tolist() == [10] * 6
    assert (np.diff(found.stop) > 0).all()
    order = np.argsort(probabilities.max(axis=1))
    first = order[:10]
    assert found.confidence[0] == pytest.approx(probabilities.max(axis=1)[first].mean())
    assert found.accuracy[0] == pytest.approx((probabilities.argmax(axis=1) == truth)[first].mean())


def test_ties_are_never_parted():
    probabilities = np.tile([0.7, 0.3], (10, 1))
    truth = np.array([0] * 7 + [1] * 3)
    for order in (np.arange(10), np.arange(10)[::-1]):
        found = measures.reliability(truth[order], probabilities, bins=5, equal="count")
        assert sorted(found.count.tolist()) == [0, 0, 0, 0, 10]
        assert found.error == pytest.approx(0.0)
    curve = measures.risk_coverage(truth, probabilities)
    assert curve.coverage.tolist() == [1.0]
    assert curve.risk == pytest.approx([0.3])
    assert curve.area == pytest.approx(0.3)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_samples_does_not_matter(seed):
    truth, probabilities = told(seed, n=17, classes=3)
    probabilities[3] = probabilities[5]
    order = np.random.default_rng(seed).permutation(17)
    for equal in ("width", "count"):
        one = measures.expected_calibration_error(truth, probabilities, bins=4, equal=equal)
        other = measures.expected_calibration_error(truth[order], probabilities[order], bins=4, equal=equal)
        assert one == pytest.approx(other, abs=1e-12)
    one, other = (
        measures.risk_coverage(t, p) for t, p in ((truth, probabilities), (truth[order], probabilities[order]))
    )
    assert one.area == pytest.approx(other.area, abs=1e-12)


def test_risk_by_counting():
    truth, probabilities = told(7, n=30)
    sure, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != truth
    found = measures.risk_coverage(truth, probabilities)
    for coverage, risk in zip(found.coverage, found.risk, strict=True):
        cut = sorted(sure, reverse=True)[round(coverage * 30) - 1]
        given_ = [w for s, w in zip(sure, wrong, strict=True) if s >= cut]
        assert risk == pytest.approx(sum(given_) / len(given_))
    assert found.risk[-1] == pytest.approx(wrong.mean())
    assert found.area == pytest.approx(np.mean(found.risk))  # no ties here


def test_a_certain_error_is_infinitely_wrong():
    truth, probabilities = [0, 1], [[0.0, 1.0], [0.5, 0.5]]
    assert measures.negative_log_likelihood(truth, probabilities) == np.inf
    found = measures.calibration_scores(truth, probabilities, resamples=50)
    assert found.nll[0] == np.inf
    assert found.nll[2] == np.inf
    assert not np.isnan(found.nll[1])
    assert np.isfinite(found.brier[0])


def test_one_class_is_always_right():
    found = measures.calibration_scores([0, 0, 0], [[1.0], [1.0], [1.0]])
    assert found.accuracy[0] == 1
    assert found.accuracy[2] == 1
    assert found.accuracy[1] == pytest.approx(3 / (3 + 1.959963984540054**2))
    assert (found.nll[0], found.brier[0], found.ece, found.ece_if_calibrated) == (0, 0, 0, (0, 0))


def test_wilson_by_its_equation():
    """Its ends are where the score test just does not refuse."""
    for k, n in ((3, 10), (0, 8), (8, 8), (1, 400)):
        low, high = measures.wilson_interval([k], [n])
        for p in (low[0], high[0]):
            if 0 < p < 1:
                assert abs(k / n - p) / math.sqrt(p * (1 - p) / n) == pytest.approx(1.959963984540054)
    low, high = measures.wilson_interval([0], [0])
    assert np.isnan(low[0])
    assert np.isnan(high[0])


def test_right_probabilities_are_within_what_chance_gives():
    _, probabilities = told(1, n=400, sharp=1.0)
    rng = np.random.default_rng(3)
    found = []
    for _ in range(60):
        truth = np.array([rng.choice(4, p=row) for row in probabilities])
        found.append(measures.expected_calibration_error(truth, probabilities))
    mean, high = measures.ece_if_calibrated(probabilities)
    assert mean == pytest.approx(np.mean(found), abs=4 * np.std(found) / math.sqrt(60))
    assert np.mean(np.array(found) > high) < 0.15
    over = np.sqrt(probabilities[:, ::-1] ** 8)
    assert measures.expected_calibration_error(truth, over / over.sum(axis=1, keepdims=True)) > 2 * high


def test_whole_groups_are_drawn():
    truth, probabilities = told(2, n=60)
    right = probabilities.argmax(axis=1) == truth
    by_group = np.repeat(["a", "b", "c", "d"], 15)
    alone = measures.calibration_scores(truth, probabilities)
    assert alone.accuracy[0] == pytest.approx(right.mean())
    # Ten copies of each sample say no more than one: groups keep the width, and samples by themselves do not.
    copies = [np.repeat(x, 10, axis=0) for x in (truth, probabilities)]
    wide = measures.calibration_scores(*copies, group=np.repeat(np.arange(60), 10))
    narrow = measures.calibration_scores(*copies)
    assert narrow.nll[2] - narrow.nll[1] < 0.5 * (wide.nll[2] - wide.nll[1])
    assert wide.nll[1:] == pytest.approx(alone.nll[1:], rel=0.05)
    assert np.isnan(measures.calibration_scores(truth, probabilities, group=["one"] * 60).accuracy[1])
    assert measures.calibration_scores(truth, probabilities, group=by_group).accuracy[0] == alone.accuracy[0]


def test_interval_covers_the_mean():
    """The bootstrap of a mean is nearly the normal interval."""
    truth, probabilities = told(5, n=300)
    own = probabilities[np.arange(300), truth]
    found = measures.calibration_scores(truth, probabilities)
    values = -np.log(own)
    half = 1.96 * values.std() / math.sqrt(300)
    assert found.nll[1] == pytest.approx(values.mean() - half, abs=0.2 * half)
    assert found.nll[2] == pytest.approx(values.mean() + half, abs=0.2 * half)


@pytest.mark.parametrize(
    ("truth", "probabilities", "message"),
    [
        ([0], [[0.5, 0.4]], r"`probabilities` must sum to 1 over the classes: row 0 sums to 0.9"),
        ([0], [[1.5, -0.5]], r"`probabilities` must lie in \[0, 1\]: probabilities\[0, 0\]=1.5"),
        ([2], [[0.5, 0.5]], r"`truth` must lie in \[0, C=2\)"),
        ([0, 0], [[0.5, 0.5]], r"`truth` must have shape"),
        ([], np.zeros((0, 3)), "must hold at least one sample"),
        ([0], [[np.nan, 0.5]], "`probabilities` must be finite"),
        ([0.5], [[1.0]], "`truth` must hold int values"),
    ],
)
def test_what_is_no_prediction_is_refused(truth, probabilities, message):
    for function in (
        measures.calibration_scores,
        measures.negative_log_likelihood,
        measures.brier_score,
        measures.expected_calibration_error,
        measures.risk_coverage,
    ):
        with pytest.raises(DataError, match=message):
            function(truth, probabilities)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="`bins` must be"):
        measures.reliability([0], [[1.0]], bins=0)
    with pytest.raises(ConfigError, match="equal"):
        measures.reliability([0], [[1.0]], equal="widths")
    with pytest.raises(DataError, match="`successes` must lie"):
        measures.wilson_interval([3], [2])
    with pytest.raises(DataError, match="`group` must have shape"):
        measures.calibration_scores([0], [[1.0]], group=["a", "b"])
