"""Ranks with averaged ties, thresholds and the logistic fit against searching."""

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.oracles import streams as oracle

from interplay.measures.stream_metrics import LinkTable, best_threshold, bootstrap, f1_score, logistic_scale, ranks

NAN = float("nan")


def test_ranks_average_ties_and_leave_gaps_out():
    others = np.array([[2.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0], [NAN, 3.0, NAN, 0.0], [NAN] * 4])
    found = ranks(np.array([1.0, 1.0, 1.0, 1.0]), others)
    assert found[:3].tolist() == [3.0, 3.0, 2.0]
    assert np.isnan(found[3])
    assert found[0] == oracle.rank(1.0, others[0].tolist())


@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_beats_the_one_chosen(seed):
    rng = np.random.default_rng(seed)
    score, positive = np.round(rng.normal(size=40), 1), rng.random(40) < 0.7
    chosen = best_threshold(score, positive)

    def macro(cut):
        return (f1_score(positive, score > cut) + f1_score(~positive, score <= cut)) / 2

    best = max(macro(c) for c in np.concatenate([np.unique(score), [-np.inf]]))
    assert macro(chosen) == pytest.approx(best, abs=1e-12)


def test_a_threshold_needs_both_signs():
    assert np.isnan(best_threshold(np.arange(3.0), np.ones(3, bool)))
    assert np.isnan(best_threshold(np.empty(0), np.empty(0, bool)))
    close = np.array([1.0, np.nextafter(1.0, 2.0)])
    assert best_threshold(close, np.array([False, True])) == 1.0


@pytest.mark.parametrize("gap", [0.5, 50.0])
def test_the_logistic_fit_is_the_minimum(gap):
    """Also where a score parts the signs without error."""
    rng = np.random.default_rng(0)
    positive = rng.random(60) < 0.6
    score = 1000.0 + rng.normal(size=60) + gap * positive
    intercept, slope, centre = logistic_scale(score, positive)
    good, bad = positive.sum(), (~positive).sum()
    target = np.where(positive, (good + 1) / (good + 2), 1 / (bad + 2))

    def loss(p):
        x = p[0] + p[1] * (score - centre)
        return (np.logaddexp(0, x) - target * x).sum()

    assert loss((intercept, slope)) <= minimize(loss, (0.0, 0.0), method="Nelder-Mead", tol=1e-10).fun + 1e-7
    assert logistic_scale(np.ones(5), np.array([True, True, False, True, False]))[1] == 0.0


def test_intervals_hold_nine_in_ten():
    """Sixty batches of means known: the interval of the mean holds it about 95 times in 100."""
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rank = 1.0 / rng.uniform(0.2, 0.8, 240)
        table = LinkTable(rank=rank, score=rank, negative=rank, batch=np.repeat(np.arange(60), 4))
        low, high = bootstrap(table, rng, 60)["mrr"]
        hits += low <= 0.5 <= high
    assert hits >= 50
