"""Fitting and embedding: settings, splits in time, features of one's own, checkpoints, refusals in words."""

from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.data import Snapshots
from interplay.represent import METHODS, TAVRNN, VGAE, VGRNN, StatisticsGRU, node_statistics, over_seeds
from interplay.testing import random_recording, random_snapshots

SMALL = {"hidden": 6, "latent": 3, "epochs": 3}


def snapshots(n_snapshots=5, n_nodes=6, density=0.5):
    rng = np.random.Generator(np.random.Philox(8))
    return random_snapshots(rng, n_snapshots=n_snapshots, n_nodes=n_nodes, density=density, directed=False)


def emptied(s, windows):
    return s.filter(~np.isin(s.snapshot, windows))


def filled(s, window):
    weights = s.dense()
    weights[window] = 1.0
    np.fill_diagonal(weights[window], 0.0)
    return Snapshots.from_dense(weights, s.bounds, directed=False)


def test_published_settings_are_the_notebook_s_defects_included():
    made = TAVRNN.published()
    parts = made.architecture
    assert (parts.hidden, parts.latent, parts.layers, parts.convolution, parts.edges) == (32, 8, 1, "gcn", "binary")
    assert (parts.query, parts.window, parts.history_node) == ("history", None, True)
    assert (parts.frozen_gru, parts.reconstruct_all) == (True, True)
    assert (made.epochs, made.learning_rate, made.patience, made.clip, made.keep) == (20, 0.01, None, None, "last")
    assert (made.features, made.validation) == ("identity", 0.0)
    dish = TAVRNN.published(epochs=500, features="correlation")
    assert (dish.epochs, dish.features, dish.frozen_gru) == (500, "correlation", True)


def test_published_training_leaves_the_recurrence_as_it_began():
    one, three = (TAVRNN.published(epochs=k).fit(snapshots(3)).parameters for k in (1, 3))
    frozen = [name for name in one if name.startswith("recurrence")]
    assert frozen
    assert all(np.array_equal(one[name], three[name]) for name in frozen)
    assert not np.array_equal(one["features.weight"], three["features.weight"])
    trained = [TAVRNN(keep="last", patience=None, epochs=k).fit(snapshots(3)).parameters for k in (1, 3)]
    assert not any(np.array_equal(trained[0][name], trained[1][name]) for name in frozen)


def test_the_family_differs_in_its_parts_only():
    assert VGRNN().architecture == replace(TAVRNN().architecture, query=None, history_node=False)
    assert VGAE().architecture == replace(VGRNN().architecture, recurrent=False)
    assert TAVRNN(query="mean").architecture.history_node is False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": "5"}, r"`epochs` must be a whole number >= 1, got '5' \(str\)"),
        ({"epochs": 5.0}, r"got 5.0 \(float\)"),
        ({"epochs": True}, r"got True \(bool\)"),
        ({"latent": [8]}, "`latent` must be a whole number"),
        ({"warm_up": None}, "`warm_up` must be a whole number"),
        ({"window": 2.5}, "`window` must be a whole number"),
        ({"clip": "x"}, "`clip` must be a number > 0"),
        ({"frozen_gru": "yes"}, "`frozen_gru` must be True or False, got 'yes'"),
        ({"query": None}, "`query` must be one of history, mean, got a NoneType"),
        ({"features": np.eye(3)}, r"got a ndarray. Pass an array to fit\(features=...\)"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        TAVRNN(**changes)


@pytest.mark.parametrize("until", [float("nan"), "600", [10.0], True])
def test_times_that_are_none_are_refused(until):
    snapshots = random_snapshots(np.random.default_rng(0), n_snapshots=3, n_nodes=5, density=0.4, directed=False)
    with pytest.raises(ConfigError, match="`train_until` must be a finite time in s"):
        TAVRNN(epochs=1).fit(snapshots, train_until=until)


@pytest.mark.parametrize("wrong", [np.zeros((2, 3, 3)), "networks.npz", None])
def test_what_is_no_snapshots_is_refused_with_the_way_to_them(wrong):
    with pytest.raises(DataError, match=r"`snapshots` must be Snapshots, got .*Snapshots.from_dense"):
        TAVRNN(epochs=1).fit(wrong)
    with pytest.raises(DataError, match="`snapshots` must be Snapshots"):
        over_seeds(TAVRNN(epochs=1), wrong, [0])


def test_embedding_of_other_nodes_and_without_a_result_is_refused():
    rng = np.random.default_rng(0)
    few, more = (random_snapshots(rng, n_snapshots=2, n_nodes=n, density=0.4, directed=False) for n in (5, 6))
    method = TAVRNN(epochs=1)
    with pytest.raises(DataError, match=r"must be of the 5 nodes that `result` was trained on.* got 6 nodes"):
        method.embed(method.fit(few), more)
    with pytest.raises(DataError, match="`result` must be an EmbeddingResult"):
        method.embed(few, few)
    with pytest.raises(ConfigError, match="`sample_seed` must be a whole number"):
        method.embed(method.fit(few), few, sample_seed=1.5)


@pytest.mark.parametrize(
    ("config", "seeds", "options", "message"),
    [
        (TAVRNN, [0], {}, "`config` must be a method with its settings"),
        (TAVRNN(epochs=1), 3, {}, r"`seeds` must name at least one seed, each once, got 3. Use, say, range\(10\)"),
        (TAVRNN(epochs=1), [1.5], {}, "`seeds` must be a whole number"),
        (TAVRNN(epochs=1), [0], {"trainuntil": 3}, "did you mean 'train_until'"),
        (TAVRNN(epochs=1), [0], {"jobs": "2"}, "`jobs` must be a whole number"),
    ],
)
def test_what_over_seeds_cannot_take_is_refused(config, seeds, options, message):
    snapshots = random_snapshots(np.random.default_rng(0), n_snapshots=2, n_nodes=5, density=0.4, directed=False)
    with pytest.raises(ConfigError, match=message):
        over_seeds(config, snapshots, seeds, **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden": 0}, "`hidden` must be a whole number >= 1, got 0"),
        ({"layers": 0}, "`layers` must be a whole number >= 1, got 0"),
        ({"window": 0}, "`window` must be a whole number >= 1, got 0"),
        ({"learning_rate": 0.0}, "`learning_rate` must be > 0"),
        ({"patience": 0}, "`patience` must be a whole number >= 1"),
        ({"validation": 1.0}, "`validation` must be >= 0 and < 1"),
        ({"clip": 0.0}, "`clip` must be > 0"),
        ({"tolerance": -1.0}, "`tolerance` must be >= 0"),
        ({"seed": -1}, "`seed` must be a whole number >= 0"),
        ({"query": "last"}, "Unknown `query` 'last'"),
        ({"convolution": "gat"}, "Unknown `convolution` 'gat'"),
        ({"edges": "directed"}, "Unknown `edges` 'directed'"),
        ({"features": "degrees"}, "Unknown `features` 'degrees'; did you mean 'degree'"),
        ({"keep": "first"}, "Unknown `keep` 'first'"),
        ({"dtype": "float16"}, "Unknown `dtype` 'float16'"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        TAVRNN(**changes)


@pytest.mark.parametrize("name", METHODS)
def test_directed_or_missing_snapshots_are_refused(name):
    rng = np.random.Generator(np.random.Philox(8))
    with pytest.raises(DataError, match=r"`snapshots` must be undirected, got directed ones\. Say how two directions"):
        METHODS[name](**SMALL).fit(random_snapshots(rng, directed=True))
    with pytest.raises(DataError, match="at least one window and one node, got 0 windows of 6 nodes"):
        METHODS[name](**SMALL).fit(snapshots().take([]))
    with pytest.raises(DataError, match="at least one window and one node, got 5 windows of 0 nodes"):
        METHODS[name](**SMALL).fit(snapshots().select([]))


@pytest.mark.parametrize("method", [TAVRNN, VGRNN, VGAE])
def test_one_node_and_windows_that_are_empty_or_full_cannot_train(method):
    with pytest.raises(DataError, match="window 0 has no edge among its 0 counted pairs"):
        method(**SMALL).fit(snapshots(n_nodes=1))
    with pytest.raises(DataError, match="window 2 has no edge"):
        method(**SMALL).fit(emptied(snapshots(), [2]))
    with pytest.raises(DataError, match="window 3 has no pair without an edge"):
        method(**SMALL).fit(filled(snapshots(), 3))


@pytest.mark.parametrize("method", [TAVRNN, VGRNN, VGAE])
def test_windows_after_the_training_may_be_empty_or_full(method):
    s = filled(emptied(snapshots(), [3]), 4)
    result = method(**SMALL).fit(s, train_until=float(s.bounds[2, 1]))
    assert result.trained.tolist() == [True, True, True, False, False]
    assert np.isfinite(result.embedding).all()
    assert np.isnan(result.reconstruction["auc"]).tolist() == [False, False, False, True, True]
    assert np.isnan(result.prediction["auc"][3:]).all()


@pytest.mark.parametrize("method", [TAVRNN, VGRNN, VGAE])
def test_one_snapshot_is_enough_for_the_variational_family(method):
    result = method(**SMALL).fit(snapshots(1))
    assert result.embedding.shape == (1, 6, 3)
    assert np.isfinite(result.loss["loss"]).all()
    assert np.isnan(result.prediction["auc"]).all()


def test_statistics_need_two_windows_but_take_one_node_and_empty_ones():
    method = StatisticsGRU(**SMALL)
    with pytest.raises(
        DataError, match="at least two windows must be fitted, so that one can foresee the other, got 1"
    ):
        method.fit(snapshots(1))
    with pytest.raises(DataError, match="or lower `validation`"):
        method.fit(snapshots(2))
    assert np.isfinite(replace(method, validation=0.0).fit(snapshots(2)).embedding).all()
    assert np.isfinite(method.fit(snapshots(n_nodes=1)).loss["loss"]).all()
    assert np.isfinite(method.fit(emptied(snapshots(), range(5))).embedding).all()
    s = snapshots()
    apart = Snapshots(
        bounds=s.bounds[:2],
        pointer=np.zeros(3, dtype=int),
        src=s.src[:0],
        dst=s.dst[:0],
        weight=s.weight[:0],
        n_nodes=2,
        directed=False,
        present=np.eye(2, dtype=bool),
    )
    with pytest.raises(DataError, match="a node must be present in two windows that follow each other, got none"):
        replace(method, validation=0.0).fit(apart)


def test_statistics_refuse_features_and_samples():
    method, s = StatisticsGRU(**SMALL), snapshots()
    with pytest.raises(ConfigError, match=r"`features` must be None .* got ndarray"):
        method.fit(s, features=np.ones((6, 2)))
    result = method.fit(s)
    with pytest.raises(ConfigError, match=r"`sample_seed` must be None, .* got 1"):
        method.embed(result, s, sample_seed=1)
    with pytest.raises(ConfigError, match="hidden=6, latent=3; got statistics, hidden=6, latent=2"):
        method.embed(replace(method, latent=2).fit(s), s)


def test_the_foresight_of_statistics_stands_beside_saying_that_nothing_changes():
    s = snapshots()
    watched = StatisticsGRU(**SMALL).fit(s)
    x = node_statistics(s)
    scale = x[:4].reshape(-1, 5).std(axis=0)
    scale[scale < 1e-9] = 1
    stays = (((x[4] - x[3]) / scale) ** 2).mean()
    held = watched.loss["held_out"][watched.best_epoch]
    assert f"costs {held:.3g} per number on the windows that were watched; saying that they stay" in watched.notes[0]
    assert f"as they are costs {stays:.3g}" in watched.notes[0]
    fitted = StatisticsGRU(**SMALL, validation=0.0).fit(s)
    assert "on the windows that were fitted" in fitted.notes[0]


def test_a_node_that_is_silent_throughout_is_embedded_and_counts_in_no_score():
    s = snapshots(4)
    present = np.ones((4, 6), bool)
    present[:, 2] = False
    silent = replace(s.filter((s.src != 2) & (s.dst != 2)), present=present)
    result = TAVRNN(**SMALL).fit(silent)
    assert np.isfinite(result.embedding).all()
    assert not result.present[:, 2].any()
    without = np.where(np.arange(6)[:, None] == 2, 1e6, result.embedding)
    from interplay.represent.links import reconstruction

    assert np.array_equal(reconstruction(silent, without)["auc"], reconstruction(silent, result.embedding)["auc"])


def test_training_stops_at_the_first_window_that_ends_later():
    s = snapshots(4)
    uneven = replace(s, bounds=np.array([[0.0, 2.0], [1.0, 9.0], [2.0, 4.0], [8.5, 10.0]]))
    result = VGAE(**SMALL).fit(uneven, train_until=5.0)
    assert result.trained.tolist() == [True, False, False, False]
    assert any("1 windows end by 5 s but come after one that ends later" in note for note in result.notes)
    shared = VGAE(**SMALL).fit(s, train_until=3.0)
    assert shared.trained.tolist() == [True, True, False, False]
    assert any(note.startswith("1 of 2 windows after the training share time") for note in shared.notes)
    with pytest.raises(DataError, match="`train_until` must leave a window to train on, got 1 s"):
        VGAE(**SMALL).fit(s, train_until=1.0)


def test_watched_windows_are_kept_out_of_the_loss():
    s = snapshots(5)
    result = VGAE(**SMALL, validation=0.2).fit(s)
    assert len(result.loss["held_out"]) == len(result.loss["loss"])
    assert result.trained.all(), "they helped to choose the epoch"
    fewer = VGAE(**SMALL).fit(s.take(range(4)))
    assert np.array_equal(result.loss["loss"], fewer.loss["loss"])
    with pytest.raises(ConfigError, match=r"`validation` must leave a window to fit, got 0\.9 of 1 window"):
        VGAE(**SMALL, validation=0.9).fit(s, train_until=2.0)


def test_features_of_one_s_own_are_named_in_the_result_and_asked_for_again():
    s = snapshots()
    own = np.random.Generator(np.random.Philox(2)).random((5, 6, 4))
    result = TAVRNN(**SMALL).fit(s, features=own)
    assert result.config.features == "given"
    assert result.made_from != s.digest
    assert result.parameters["features.weight"].shape == (6, 4)
    again = TAVRNN(**SMALL).embed(result, s, features=own)
    assert np.allclose(again.embedding, result.embedding, atol=1e-5)
    with pytest.raises(ConfigError, match="must be those that `result` was trained on, 'given', got 'identity'"):
        TAVRNN(**SMALL).embed(result, s)


def test_features_too_large_for_the_type_end_in_words():
    s, own = snapshots(), np.ones((6, 2))
    result = VGAE(**SMALL).fit(s, features=own)
    with pytest.raises(NumericalError, match="the embedding must be finite, got values that are not"):
        VGAE(**SMALL).embed(result, s, features=3e38 * own)
    with pytest.raises(NumericalError, match="training must stay finite"):
        VGAE(**SMALL).fit(s, features=3e38 * own)


def test_fixed_widths_go_over_to_other_nodes_and_tied_ones_do_not():
    many, few = snapshots(), snapshots(n_nodes=4)
    free = TAVRNN(**SMALL, features="degree")
    assert free.embed(free.fit(many), few).embedding.shape == (5, 4, 3)
    tied = TAVRNN(**SMALL)
    with pytest.raises(DataError, match="must be of the 6 nodes that `result` was trained on"):
        tied.embed(tied.fit(many), few)


def test_parameters_of_another_network_are_refused():
    s = snapshots()
    with pytest.raises(ConfigError, match="`result` must be of a fit with these settings: vgrnn"):
        VGRNN(**SMALL).embed(VGAE(**SMALL).fit(s), s)
    with pytest.raises(ConfigError, match="`result` must be of a fit with these settings"):
        VGAE(**(SMALL | {"latent": 4})).embed(VGAE(**SMALL).fit(s), s)


def test_features_from_a_recording_enter_the_digest_and_others_do_not():
    s = snapshots()
    rng = np.random.Generator(np.random.Philox(4))
    recording = random_recording(rng, n_units=6, span=(0.0, 8.0))
    assert VGAE(**SMALL).fit(s, recording=recording).made_from == s.digest
    assert VGAE(**SMALL, features="rates").fit(s, recording=recording).made_from != s.digest


def test_a_foreign_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.ckpt"
    VGAE(**SMALL).fit(snapshots(), checkpoint=path)
    for other in (VGAE(**SMALL, seed=1), VGAE(**(SMALL | {"latent": 2})), VGAE(**SMALL, features="degree")):
        with pytest.raises(DataError, match="`checkpoint` must belong to this training"):
            other.fit(snapshots(), checkpoint=path)
    with pytest.raises(DataError, match="`checkpoint` must belong to this training"):
        VGAE(**SMALL).fit(snapshots(4), checkpoint=path)


def test_what_is_foreseen_comes_from_the_prior_or_from_the_window_before():
    import torch

    from interplay.measures.links import evaluate_links, inner_product
    from interplay.represent.module import VariationalGraphNetwork
    from interplay.tensors import with_parameters
    from interplay.tensors.snapshots import snapshot_tensors

    s = snapshots()
    alone = VGAE(**SMALL).fit(s)
    found = evaluate_links(s, inner_product(alone.embedding))
    assert np.array_equal(alone.prediction["auc"], found.auc, equal_nan=True)
    assert np.array_equal(alone.prediction["ap"], found.average_precision, equal_nan=True)
    result = TAVRNN(**SMALL).fit(s)
    with torch.random.fork_rng(devices=[]):
        encoder = VariationalGraphNetwork(result.config.architecture, 7)
    with torch.no_grad():
        latents, _ = with_parameters(encoder, result.parameters).float()(snapshot_tensors(s))
    # What is known before window t is its prior: one window later than `inner_product` reads it.
    prior = latents.prior_mean.double().numpy()[:, :6]
    found = evaluate_links(s, inner_product(np.concatenate([prior[1:], prior[:1]])))
    assert np.array_equal(result.prediction["auc"], found.auc, equal_nan=True)


def test_an_unknown_device_is_refused():
    with pytest.raises(ConfigError, match="`device` must be"):
        VGAE(**SMALL).fit(snapshots(), device="abacus")


def test_progress_counts_epochs():
    seen = []
    VGAE(**SMALL).fit(snapshots(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_results_name_what_to_cite():
    import interplay

    text = interplay.cite(TAVRNN(**SMALL, convolution="sage").fit(snapshots()))
    assert "khajehnejad2024tavrnn" in text
    assert "hamilton2017inductive" in text


def test_seeds_are_fitted_apart_and_in_order(tmp_path):
    s, seen = snapshots(), []
    found = over_seeds(
        VGAE(**SMALL),
        s,
        [4, 1],
        checkpoint=tmp_path / "run.ckpt",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [r.seed for r in found] == [4, 1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run-1.ckpt", "run-4.ckpt"]
    assert np.array_equal(found[1].embedding, VGAE(**SMALL, seed=1).fit(s).embedding)
    assert not np.array_equal(found[0].embedding, found[1].embedding)
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.slow
def test_seeds_in_processes_give_the_same():
    s = snapshots()
    one, two = (over_seeds(VGAE(**SMALL), s, range(3), jobs=jobs) for jobs in (1, 2))
    assert all(np.array_equal(a.embedding, b.embedding) for a, b in zip(one, two, strict=True))


def test_seeds_must_be_some_and_differ_and_errors_arrive_as_they_are():
    with pytest.raises(ConfigError, match=r"`seeds` must name at least one seed, each once, got \[\]"):
        over_seeds(VGAE(**SMALL), snapshots(), [])
    with pytest.raises(ConfigError, match=r"each once, got \[1, 1\]"):
        over_seeds(VGAE(**SMALL), snapshots(), [1, 1])
    with pytest.raises(DataError, match="window 2 has no edge"):
        over_seeds(VGAE(**SMALL), emptied(snapshots(), [2]), [0])


def test_what_was_found_cannot_be_written_to():
    result = TAVRNN(**SMALL).fit(snapshots())
    arrays = [result.embedding, result.attention, result.bounds, result.trained, *result.parameters.values()]
    for array in [*arrays, *result.loss.values(), *result.prediction.values()]:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
