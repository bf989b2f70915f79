"""Areas against pair counting; edges and change times against a planted truth."""

import itertools

import numpy as np
import pytest
from tests.oracles import measures as oracle

from interplay import Snapshots
from interplay import measures as m
from interplay._core.errors import ConfigError, DataError


def nets(weights, bounds, directed, present=None):
    return Snapshots.from_dense(np.asarray(weights, dtype=float), bounds, directed=directed, present=present)


def test_auc_equals_pair_counting_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth, score = rng.random(15) < 0.4, rng.integers(0, 4, 15)
        assert m.roc_auc(truth, score) == pytest.approx(oracle.pairs_auc(truth, score), nan_ok=True)
        if truth.any() and not truth.all():
            assert m.roc_auc(truth, -score) == pytest.approx(1 - m.roc_auc(truth, score))
    assert m.roc_auc([True, False], [1.0, 1.0]) == 0.5
    assert np.isnan(m.roc_auc([True, True], [1.0, 2.0]))
    assert np.isnan(m.average_precision([False], [1.0]))
    assert np.isnan(m.roc_auc(np.array([], bool), np.array([])))


def test_average_precision_by_hand():
    assert m.average_precision([True, False, True], [3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2)
    assert m.average_precision([True, False, True], [1, 1, 1]) == pytest.approx(2 / 3)


def test_edge_auc_equals_loops_and_maps_direction():
    rng = np.random.default_rng(1)
    n = 8
    truth_weights = rng.normal(size=(1, n, n)) * (rng.random((1, n, n)) < 0.3)
    truth_weights[0][np.diag_indices(n)] = 0
    truth = nets(truth_weights, [[0, 10]], True)
    estimate = rng.normal(size=(n, n))
    estimate = np.triu(estimate, 1) + np.triu(estimate, 1).T
    one = nets(estimate[None], [[0, 10]], False)
    t = truth_weights[0]
    pairs = list(itertools.combinations(range(n), 2))
    label = [t[i, j] != 0 or t[j, i] != 0 for i, j in pairs]
    assert m.edge_auc(one, truth) == pytest.approx(oracle.pairs_auc(label, [abs(estimate[p]) for p in pairs]))
    total = [t[i, j] + t[j, i] for i, j in pairs]
    score = [estimate[p] for p in pairs]
    plus = oracle.pairs_auc([x > 0 for x in total], score)
    minus = oracle.pairs_auc([x < 0 for x in total], [-x for x in score])
    assert m.edge_auc(one, truth, signed=True) == pytest.approx((plus + minus) / 2)
    found = m.edge_scores(one, truth)
    right = [np.sign(x) == np.sign(y) for x, y in zip(total, score, strict=True) if x != 0]
    assert found.sign_accuracy[0] == pytest.approx(np.mean(right))
    assert (found.n_pairs[0], found.n_true[0]) == (28, sum(label))


def test_directed_estimates_see_orientation():
    t = np.zeros((1, 3, 3))
    t[0, 0, 1] = 1.0
    truth = nets(t, [[0, 1]], True)
    assert m.edge_auc(nets(t, [[0, 1]], True), truth) == 1.0
    assert m.edge_auc(nets(t.transpose(0, 2, 1), [[0, 1]], True), truth) == pytest.approx(0.4)
    both = nets(t + t.transpose(0, 2, 1), [[0, 1]], False)
    assert m.edge_scores(nets(t, [[0, 1]], True), both).n_true[0] == 2


def test_truth_is_chosen_by_overlap_in_time():
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[0, 1] = a[1, 0] = 1.0
    b[1, 2] = b[2, 1] = 1.0
    truth = nets([a, b], [[0, 100], [100, 200]], False)
    bounds = [[0, 60], [30, 90], [60, 120], [90, 150], [200, 260]]
    estimate = nets([a, a, a, b, b], bounds, False)
    majority = m.edge_scores(estimate, truth)
    assert majority.truth_index.tolist() == [0, 0, 0, 1, -1]
    assert majority.auc[:4].tolist() == [1, 1, 1, 1]
    assert np.isnan(majority.auc[4])
    assert "2 of 5 windows span a change" in majority.notes[0]
    skip = m.edge_scores(estimate, truth, straddling="skip")
    assert skip.truth_index.tolist() == [0, 0, -1, -1, -1]
    assert m.edge_auc(estimate, truth, straddling="skip") == 1.0


def test_touching_a_change_by_rounding_is_no_straddling():
    truth = nets(np.ones((2, 2, 2)) - np.eye(2), [[0, 0.3], [0.3, 1]], False)
    estimate = nets(np.ones((1, 2, 2)) - np.eye(2), [[0.0, 0.1 + 0.2]], False)
    assert m.edge_scores(estimate, truth, straddling="skip").truth_index.tolist() == [0]
    late = np.nextafter(1.7e9 + 60.0, np.inf)  # on a clock since 1970 the next number is 2.4e-7 s further
    truth = nets(np.ones((2, 2, 2)) - np.eye(2), [[1.7e9, 1.7e9 + 60], [1.7e9 + 60, 1.7e9 + 120]], False)
    estimate = nets(np.ones((1, 2, 2)) - np.eye(2), [[1.7e9, late]], False)
    assert m.edge_scores(estimate, truth, straddling="skip").truth_index.tolist() == [0]


def test_absent_nodes_are_not_scored():
    t = np.zeros((1, 4, 4))
    t[0, 0, 1] = t[0, 1, 0] = 1.0
    truth = nets(t, [[0, 1]], False)
    estimate = nets(t, [[0, 1]], False, present=np.array([[True, True, True, False]]))
    assert m.edge_scores(estimate, truth).n_pairs[0] == 3
    gone = nets(np.zeros((1, 4, 4)), [[0, 1]], False, present=np.zeros((1, 4), bool))
    assert np.isnan(m.edge_auc(gone, truth))


def test_messages_of_recovery():
    truth = nets(np.zeros((1, 3, 3)), [[0, 1]], False)
    with pytest.raises(DataError, match=r"as many nodes as `snapshots` \(2\), got 3"):
        m.edge_auc(nets(np.zeros((1, 2, 2)), [[0, 1]], False), truth)
    with pytest.raises(ConfigError, match="Unknown straddling 'drop'"):
        m.edge_auc(truth, truth, straddling="drop")
    with pytest.raises(DataError, match="`estimated` must strictly increase"):
        m.change_error([2.0, 1.0], [1.0])
    with pytest.raises(ConfigError, match="`tolerance_s` must be > 0"):
        m.change_error([1.0], [1.0], tolerance_s=0)
    with pytest.raises(DataError, match=r"`score` must be finite: score\[0\]=nan"):
        m.roc_auc([True], [np.nan])


def test_changes_are_matched_one_to_one_by_enumeration():
    rng = np.random.default_rng(2)
    for _ in range(40):
        est, true = np.sort(rng.uniform(0, 50, rng.integers(0, 5))), np.sort(rng.uniform(0, 50, rng.integers(0, 5)))
        found = m.change_error(est, true, tolerance_s=8)
        best = (0, 0.0)
        for k in range(min(len(est), len(true)) + 1):
            for left in itertools.combinations(range(len(est)), k):
                for right in itertools.permutations(range(len(true)), k):
                    errors = [abs(est[i] - true[j]) for i, j in zip(left, right, strict=True)]
                    if all(e <= 8 for e in errors) and (k, -sum(errors)) > (best[0], -best[1]):
                        best = (k, sum(errors))
        assert len(found.error_s) == best[0]
        assert found.error_s.sum() == pytest.approx(best[1])
        assert found.misses == len(true) - best[0]
        assert found.false_alarms == len(est) - best[0]
        assert found.error_s == pytest.approx(np.abs(est[found.matched[:, 0]] - true[found.matched[:, 1]]))
