"""Methods side by side: the same questions to all, trivial scores beside them, failures told."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Snapshots
from interplay.infer import Correlation, SpikeTiling, compare_methods, configure_method
from interplay.infer.comparing import TRIVIAL, activity_products
from interplay.infer.configuring import takes_spike_times
from interplay.infer.planted_poisson import PlantedPoisson
from interplay.infer.planted_var import PlantedVAR
from interplay.infer.recovering import evidence, rank_correlation, recovered, true_changes

SPAN = (0.0, 10.0)


def snapshots(weights, *, directed=True, pvalues=None):
    keep = np.broadcast_to(~np.eye(3, dtype=bool), (1, 3, 3))
    return Snapshots.from_dense(
        np.array(weights, float)[None],
        [SPAN],
        directed=directed,
        keep=keep,
        pvalues=None if pvalues is None else np.array(pvalues, float)[None],
    )


TRUTH = snapshots([[0, 2, 0], [0, 0, -1], [0, 0, 0]])


def test_the_truth_itself_is_recovered_wholly():
    found = recovered(TRUTH, TRUTH)
    assert (found.auc, found.auc_directed, found.sign_accuracy) == (1.0, 1.0, 1.0)
    assert found.share_true == pytest.approx(2 / 3)
    assert found.share_true_directed == pytest.approx(2 / 6)


def test_a_method_that_turns_every_edge_knows_pairs_but_no_direction():
    turned = snapshots(np.array([[0, 2, 0], [0, 0, -1], [0, 0, 0]]).T)
    found = recovered(turned, TRUTH)
    assert found.auc == 1.0
    # By hand: both true edges score 0, as do two of the four others: (0 + half of 2) of 4 per edge.
    assert found.auc_directed == pytest.approx(0.25)
    assert found.sign_accuracy == pytest.approx(0.5)


def test_an_undirected_method_says_the_same_of_both_directions():
    found = recovered(snapshots([[0, 2, 0], [2, 0, -1], [0, -1, 0]], directed=False), TRUTH)
    assert found.auc == 1.0
    # Each true edge ties with its own turn and one other, and beats two of four.
    assert found.auc_directed == pytest.approx(0.75)


def test_recall_and_precision_follow_the_pvalues():
    p = [[1, 0.001, 0.001], [1, 1, 1], [1, 1, 1]]
    found = recovered(snapshots([[0, 1, 1], [1, 0, 1], [1, 1, 0]], pvalues=p), TRUTH)
    assert (found.recall, found.precision) == (0.5, 0.5)


def test_evidence_ranks_by_pvalue_where_weights_are_noisy():
    # The largest weight is the least certain one, as of a coupling onto a unit that hardly fires.
    weights = [[0, 2, 9], [0, 0, -1], [0, 0, 0]]
    p = [[1, 1e-9, 0.9], [1, 1, 1e-3], [1, 1, 1]]
    found = recovered(snapshots(weights, pvalues=p), TRUTH, by_pvalue=True)
    assert found.auc_evidence == found.auc_directed_evidence == found.average_precision_evidence == 1.0
    assert found.auc == 0.0
    same = recovered(snapshots(weights, pvalues=p), TRUTH)
    assert same.auc_evidence == same.auc


def test_equal_pvalues_are_ranked_by_weight_and_equal_pairs_alike():
    ranks = evidence(snapshots([[0, 3, 1], [2, 0, 1], [1, -4, 0]], pvalues=[[1, 0, 1], [0, 1, 1], [0.5, 0, 1]]))
    # By hand, of the least likely: p = 0 with |w| 4, 3, 2; then 0.5; then the two with p = 1 and equal weight.
    assert ranks.matrix(0).tolist() == [[0, 4, 1], [3, 0, 1], [2, 5, 0]]


def test_a_method_that_names_times_of_change_is_held_to_them_and_to_chance():
    bounds = np.array([[0.0, 40.0], [40.0, 80.0], [80.0, 120.0]])
    truth = Snapshots.from_dense(np.arange(12.0).reshape(3, 2, 2), bounds, directed=True)
    one = Snapshots.from_dense(truth.matrix(0)[None], [(0.0, 120.0)], directed=True)
    found = recovered(one, truth, changed_s=np.array([41.0, 60.0]))
    assert (found.changes_found, found.changes_false, found.n_changes) == (1.0, 1.0, 2)
    # A quarter of a stay: 10 s. A random time lies within it of a change with a chance of 1/3, so two find 0.6 or so.
    assert found.tolerance_s == 10.0
    assert 0.4 < found.changes_chance < 0.8
    assert np.isnan(recovered(one, truth).changes_found)


def test_signs_are_only_told_of_methods_that_have_them():
    recording = PlantedVAR(n_units=5, duration_s=40.0).simulate(1)
    found = compare_methods(recording, ["granger", "correlation"], checks=False)
    assert np.isnan(found.sign_accuracy[0, 0])
    assert np.isfinite(found.sign_accuracy[1, 0])
    assert found.by_pvalue.tolist() == [True, False, False]


def test_changes_are_those_without_a_gap():
    bounds = [[0.0, 1.0], [1.0, 2.0], [3.0, 4.0]]
    truth = Snapshots.from_dense(np.zeros((3, 2, 2)), bounds, directed=True)
    assert true_changes(truth).tolist() == [1.0]


def test_rank_correlation_leaves_out_what_one_does_not_know():
    one, other = np.array([1.0, 2.0, 3.0, np.nan]), np.array([10.0, 20.0, 90.0, 0.0])
    assert rank_correlation(one, other) == pytest.approx(1.0)
    assert np.isnan(rank_correlation(one[:2], other[:2]))
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0)))


def test_methods_beat_the_trivial_score_where_there_is_coupling_and_not_where_units_are_shifted():
    recording = PlantedPoisson(n_units=8, duration_s=60.0).simulate(0)
    methods = {"tiling": SpikeTiling(window_s=60.0, step_s=60.0, lag_s=0.02)}
    found = compare_methods({"a": recording}, methods)
    assert found.methods == ("tiling", TRIVIAL)
    assert found.auc[0, 0] > 0.75 > found.auc_shifted[0, 0]
    assert found.agreement[0, 0] == 1.0
    assert found.cpu_s[0, 0] >= 0
    assert np.isnan(found.recall[0, 0])
    assert found.has_truth


def test_equal_calls_give_equal_numbers():
    recording = PlantedVAR(n_units=5, duration_s=40.0).simulate(1)
    one, two = (compare_methods(recording, ["correlation"]) for _ in range(2))
    for name in ("auc", "stability", "auc_shifted", "agreement"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_method_that_cannot_is_told_and_not_scored():
    recording = PlantedVAR(n_units=5, duration_s=40.0).simulate(1)
    found = compare_methods(recording, ["correlation", "tiling"], checks=False)
    assert "needs spikes" in found.failures["tiling"] or "must hold spikes" in found.failures["tiling"]
    assert np.isnan(found.auc[1, 0])
    assert np.isnan(found.stability).all()
    assert found.notes == ("tiling gave nothing: `data` must hold spikes for `tiling`, got traces only.",)
    assert "jobs" not in found.settings[0]
    assert found.settings[0].startswith("Correlation(kind='pearson', ")


def test_without_truth_there_is_agreement_only():
    rng = np.random.Generator(np.random.Philox(3))
    trains = [np.sort(rng.uniform(0, 60, 200)) for _ in range(5)]
    recording = Recording(events=Events.from_trains(trains, span=(0.0, 60.0)))
    found = compare_methods(recording, ["correlation", "tiling"])
    assert not found.has_truth
    assert np.isnan(found.auc).all()
    assert np.isfinite(found.agreement[0, 1])


def test_nothing_to_compare_is_refused():
    recording = PlantedVAR(n_units=5, duration_s=40.0).simulate(1)
    with pytest.raises(DataError, match="at least one recording"):
        compare_methods([], ["correlation"])
    with pytest.raises(DataError, match="at least one method"):
        compare_methods(recording, [])
    with pytest.raises(ConfigError, match="did you mean"):
        compare_methods(recording, ["corelation"])


def test_a_method_is_set_up_for_what_the_recording_holds():
    traces = PlantedVAR(n_units=5, duration_s=40.0).simulate(1)
    spikes = PlantedPoisson(n_units=5, duration_s=20.0).simulate(1)
    assert configure_method("correlation", traces) == Correlation(window_s=40.0, step_s=40.0)
    assert configure_method("correlation", spikes).bin_s == 0.1
    assert configure_method("granger", spikes, settings={"bin_s": 0.005}).bin_s == 0.005
    with pytest.raises(ConfigError, match="Unknown setting 'lags'"):
        configure_method("tiling", spikes, settings={"lags": 1})
    with pytest.raises(DataError, match="must hold spikes for `tiling`"):
        configure_method("tiling", traces)
    assert takes_spike_times("glm")
    assert not takes_spike_times("granger")


def test_the_trivial_score_is_the_product_of_rates():
    events = Events.from_trains([[1.0, 2.0], [3.0], []], span=(0.0, 10.0))
    found = activity_products(Recording(events=events), np.array([[0.0, 10.0]])).matrix(0)
    assert found[0, 1] == pytest.approx(0.02)
    assert found[0, 2] == 0
