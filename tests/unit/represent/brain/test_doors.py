"""The doors of BrainSymphony: what they refuse and how they say it, and what odd cohorts come to."""

from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import simulate_cohort
from interplay.data import Cohort, Units
from interplay.represent import BrainSymphony, Tuning

SMALL = {"width": 8, "heads": 2, "hidden": 8, "layers": 1, "graph_layers": 1, "times": 20, "epochs": 1, "batch": 4}
FEW = Tuning(epochs=2)


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(n_subjects=9, n_regions=6, n_networks=3, times=24, seed=1)


@pytest.fixture(scope="module")
def model(cohort):
    return BrainSymphony(**SMALL).fit(cohort, train=range(5), validation=[5, 6])


def with_(cohort, **columns):
    return replace(cohort, covariates={**cohort.covariates, **columns})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 9}, "multiple of `heads`"),
        ({"times": 4}, "times"),
        ({"stages": "fusion"}, "tuple of names"),
        ({"stages": ("fusion", "fusion")}, "once"),
        ({"stages": ("fusionn",)}, "fusion"),
        ({"mask_edges": 1.0}, "mask_edges"),
        ({"graph_attention": "second_hop"}, "graph_attention"),
        ({"mask_absent": 1}, "True or False"),
        ({"patience": 0}, "patience"),
    ],
)
def test_settings_are_refused_by_name(change, message):
    with pytest.raises(ConfigError, match=message):
        BrainSymphony(**{**SMALL, **change})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"train": [0, 0]}, "each scan once"),
        ({"train": [0, 99]}, "train"),
        ({"train": [], "validation": [1]}, "`stages` must name one"),
    ],
)
def test_rows_are_refused_by_name(cohort, rows, message):
    with pytest.raises((ConfigError, DataError), match=message):
        BrainSymphony(**SMALL).fit(cohort, **rows)


def test_rows_may_be_flags_and_validation_is_left_out_of_all(cohort):
    method = BrainSymphony(**SMALL, stages=("context",))
    flags = np.isin(np.arange(9), [1, 2])
    one = method.fit(cohort, validation=flags)
    other = method.fit(cohort, train=[0, 3, 4, 5, 6, 7, 8], validation=[1, 2])
    for name, value in one.parameters.items():
        np.testing.assert_array_equal(value, other.parameters[name])


def test_a_subject_on_both_sides_is_refused():
    twice = simulate_cohort(n_subjects=3, n_regions=6, n_networks=3, times=24, sessions=2)
    with pytest.raises(DataError, match=r"'sub-0001' has scans in `train` and in `validation`"):
        BrainSymphony(**SMALL).fit(twice, train=[0, 2], validation=[1])


def test_short_scans_and_single_regions_are_refused(cohort):
    with pytest.raises(DataError, match=r"at least `times`=25 samples, but scan 0 .* has 24"):
        BrainSymphony(**{**SMALL, "times": 25}).fit(cohort)
    with pytest.raises(DataError, match="two regions"):
        BrainSymphony(**SMALL).fit(cohort.select([0]))


def test_two_regions_and_one_scan_are_enough():
    few = simulate_cohort(n_subjects=2, n_regions=4, n_networks=2, times=24).select([0, 2]).take([0])
    method = BrainSymphony(**SMALL)
    found = method.embed(method.fit(few), few)
    assert np.isfinite(found.embedding).all()


@pytest.mark.parametrize("modality", ["function", "structure"])
def test_one_modality_builds_one_half(cohort, modality):
    method, half = BrainSymphony(**SMALL), cohort.only(modality)
    found = method.fit(half)
    assert (found.has_function, found.has_structure) == (modality == "function", modality == "structure")
    seen = method.embed(found, cohort)
    assert seen.gate is None
    assert (seen.function is None) == (modality == "structure")
    told = method.finetune(found, cohort, "age", train=range(5), tuning=FEW)
    assert np.isfinite(told.prediction).all()


def test_a_scan_with_the_other_modality_only_is_refused(cohort):
    method = BrainSymphony(**SMALL)
    found = method.fit(cohort.only("function"))
    with pytest.raises(DataError, match="only what the model was not trained on"):
        method.embed(found, cohort.only("structure"))


def test_missing_modalities_and_regions_are_read_by_what_is_there():
    mixed = simulate_cohort(
        n_subjects=10,
        n_regions=6,
        n_networks=3,
        times=24,
        without_function=0.2,
        without_structure=0.2,
        missing=0.2,
        seed=3,
    )
    method = BrainSymphony(**SMALL)
    found = method.embed(method.fit(mixed), mixed)
    both = mixed.has_function & mixed.has_structure
    np.testing.assert_array_equal(np.isfinite(found.gate).all(axis=1), both)
    alone = mixed.has_structure & ~mixed.has_function
    np.testing.assert_array_equal(found.embedding[alone], found.structure[alone])
    assert np.isfinite(found.vectors()).all()
    assert (found.windows == np.where(mixed.has_function, 1, 0)).all()


def test_regions_that_a_scan_lacks_do_not_move_its_vectors(cohort, model):
    method = model.config
    series = np.array(cohort.series)
    series[: cohort.pointer[1], 2] = np.nan
    gone = replace(cohort, series=series)
    one = method.embed(model, gone.only("function").take([0]))
    assert not one.present[0, 2]
    other = np.array(series)
    rows = np.arange(cohort.n_regions) != 2
    again = method.embed(model, replace(gone, series=other).only("function").take([0]))
    np.testing.assert_array_equal(one.embedding[0, rows], again.embedding[0, rows])
    with pytest.raises(DataError, match=r"lacks 'net2_1'|lacks"):
        one.vectors("regions")


def test_settings_of_another_network_are_refused(cohort, model):
    with pytest.raises(ConfigError, match="layers is 1 there and 2 here"):
        BrainSymphony(**{**SMALL, "layers": 2}).embed(model, cohort)


@pytest.mark.parametrize(
    ("columns", "target", "message"),
    [
        ({}, "agee", "age"),
        ({"x": np.r_[np.nan, np.ones(8)]}, "x", r"known in every scan of `train`: scan 0"),
        ({"x": np.ones(9)}, "x", "two values or more"),
        ({"x": np.array([""] + ["a"] * 8)}, "x", "known in every scan"),
    ],
)
def test_targets_that_cannot_be_learnt(cohort, model, columns, target, message):
    with pytest.raises(DataError, match=message):
        model.config.finetune(model, with_(cohort, **columns), target, train=range(5), tuning=FEW)


def test_unknown_targets_elsewhere_are_foretold_all_the_same(cohort, model):
    age = np.array(cohort.covariates["age"])
    age[[6, 8]] = np.nan
    told = model.config.finetune(model, with_(cohort, age=age), "age", train=range(5), validation=[5, 6], tuning=FEW)
    assert np.isfinite(told.prediction).all()
    assert told.validation.tolist() == [False] * 5 + [True] + [False] * 3


def test_classes_that_training_has_not_met(cohort, model):
    group = np.array(["a", "b", "a", "b", "a", "c", "b", "c", "a"])
    told = model.config.finetune(
        model, with_(cohort, group=group), "group", train=range(5), validation=[5, 6], tuning=FEW
    )
    assert told.classes.tolist() == ["a", "b"]
    assert set(told.prediction) <= {"a", "b"}
    assert told.validation.sum() == 1
    np.testing.assert_allclose(told.probability.sum(axis=1), 1)


@pytest.mark.parametrize("pool", ["mean", "attention", "regions"])
def test_pools_learn_their_training_scans(cohort, model, pool):
    tuning = Tuning(epochs=600, patience=None, pool=pool, learning_rate=0.01, weight_decay=0.0, drop=0.0)
    told = model.config.finetune(model, cohort, "age", train=range(6), tuning=tuning)
    assert np.corrcoef(told.prediction[:6], told.truth[:6])[0, 1] > 0.9


def test_reconstruction_by_name_and_what_it_refuses(cohort, model):
    method = model.config
    told = method.reconstruct(model, cohort, hide=["net1_1", "net3_2"])
    assert (told.hidden.sum(axis=1) == 2).all()
    assert set(told.r2) == {"model", "mean", "linear", "permuted"}
    assert told.known.tolist() == [True] * 5 + [False] * 4
    assert any("5 of the scans" in note for note in told.notes)
    with pytest.raises(ConfigError, match="net1_1"):
        method.reconstruct(model, cohort, hide=["net1-1"])
    with pytest.raises(DataError, match="leave regions to see"):
        method.reconstruct(model, cohort, hide=list(cohort.regions.id))
    without = replace(model, loss={"spatial": model.loss["spatial"]})
    with pytest.raises(ConfigError, match="'fusion'"):
        method.reconstruct(without, cohort)


def test_the_linear_baseline_is_the_best_linear_guess(cohort, model):
    told = model.config.reconstruct(model, cohort.take([7]), hide=["net1_1"])
    x = ((cohort.scan(7)[:20] - model.centre) / model.spread).T
    own = model.covariance[1:, 1:]
    own = own + 0.05 * np.trace(own) / 5 * np.eye(5)
    np.testing.assert_allclose(
        told.example["linear"], model.covariance[0, 1:] @ np.linalg.inv(own) @ x[1:], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(told.example["truth"], x[0], rtol=1e-4, atol=1e-5)
    r2 = 1 - ((told.example["linear"] - x[0]) ** 2).sum() / ((x[0] - x[0].mean()) ** 2).sum()
    assert told.r2["linear"][0] == pytest.approx(r2, rel=1e-4)
    assert told.error["mean"][0] == pytest.approx(np.abs(x[0] - x[1:].mean(axis=0)).mean(), rel=1e-4)


def test_attention_rows(cohort, model):
    for which in ("cross", "spatial"):
        maps = model.config.attention(model, cohort, which=which)
        np.testing.assert_allclose(maps.sum(axis=2), 1, atol=1e-5)
    assert np.isfinite(model.config.attention(model, cohort, which="structural")).all()
    with pytest.raises(ConfigError, match="which"):
        model.config.attention(model, cohort, which="crosss")


def test_longer_scans_are_means_of_stretches():
    long = simulate_cohort(n_subjects=3, n_regions=6, n_networks=3, times=65, seed=2).only("function")
    method = BrainSymphony(**SMALL, stages=("context",))
    model = method.fit(long)
    found = method.embed(model, long)
    assert found.windows.tolist() == [3, 3, 3]
    parts = []
    for start in (0, 22, 45):
        piece = Cohort.of([long.scan(1)[start : start + 20]], regions=long.regions, subject=["x"])
        parts.append(method.embed(model, piece).embedding[0])
    np.testing.assert_allclose(found.embedding[1], np.mean(parts, axis=0), rtol=1e-5, atol=1e-6)


def test_raw_streamline_counts_and_zero_structure_stay_finite():
    rng = np.random.Generator(np.random.Philox(4))
    counts = [np.triu(rng.integers(0, 10**6, (5, 5)), 1).astype(float) for _ in range(4)]
    names = Units(n=5, id=np.array(list("abcde")))
    method = BrainSymphony(**SMALL)
    for matrices in ([c + c.T for c in counts], [np.zeros((5, 5))] * 4, [c - c.T for c in counts]):
        cohort = Cohort.of([None] * 4, regions=names, subject=list("wxyz"), structure=matrices)
        found = method.embed(method.fit(cohort), cohort)
        assert np.isfinite(found.embedding).all()


def test_levels_of_scans_do_not_reach_a_reconstruction_scaled_by_scan():
    even = simulate_cohort(n_subjects=12, n_regions=6, n_networks=2, times=20, seed=5).only("function")
    offsets = 10 * np.random.Generator(np.random.Philox(5)).normal(size=(12, 6))
    odd = replace(even, series=even.series + np.repeat(offsets, 20, axis=0))
    method = BrainSymphony(**SMALL, stages=("fusion",), scale_by="scan")
    one, other = (method.reconstruct(method.fit(data, train=range(8)), data.take(range(8, 12))) for data in (even, odd))
    for way in ("model", "linear", "mean"):
        np.testing.assert_allclose(one.r2[way], other.r2[way], rtol=1e-3, atol=1e-4)


def test_more_epochs_in_the_same_folder_are_another_training(cohort, tmp_path):
    short, long = (BrainSymphony(**{**SMALL, "epochs": n, "stages": ("context", "fusion")}) for n in (1, 2))
    first = short.fit(cohort, checkpoint=tmp_path)
    second = long.fit(cohort, checkpoint=tmp_path)
    for method, found in ((short, first), (long, second)):
        again = method.fit(cohort, checkpoint=tmp_path)
        for name, value in found.parameters.items():
            np.testing.assert_array_equal(value, again.parameters[name])
    assert len(list(tmp_path.iterdir())) == 4


def test_a_scan_scaled_by_itself_is_scaled_as_a_whole():
    long = simulate_cohort(n_subjects=2, n_regions=6, n_networks=2, times=60, seed=6).only("function")
    method = BrainSymphony(**SMALL, stages=("context",), scale_by="scan")
    model = method.fit(long)
    shifted = replace(long, series=3 * long.series + 7)
    one, other = method.embed(model, long), method.embed(model, shifted)
    np.testing.assert_allclose(one.embedding, other.embedding, rtol=1e-4, atol=1e-5)


def test_streams_are_evened_out_by_the_training_scans(cohort, model):
    told = model.config.finetune(model, cohort, "age", train=range(5), tuning=FEW)
    found = model.config.embed(model, cohort)
    for name, vectors in (("function", found.function), ("structure", found.structure)):
        pooled = vectors[:5].mean(axis=1)
        np.testing.assert_allclose(told.parameters[f"{name}_centre"], pooled.mean(axis=0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(told.parameters[f"{name}_spread"], pooled.std(axis=0), rtol=1e-3, atol=1e-5)


def test_a_stream_is_left_out_of_a_share_of_the_scans_in_training_only(cohort, model):
    import torch

    from interplay.represent.brain.embedding import network_of, reader_of
    from interplay.represent.brain.predictor import VectorSource

    place = torch.device("cpu")
    reader, network = reader_of(model, cohort, place), network_of(model, place)
    source = VectorSource(reader, "both", network, width=8, still=True, drop=0.5, seed=0)
    rows = np.arange(9)
    kept = np.array([source._kept_streams(rows, epoch) for epoch in range(200)])
    assert kept.any(axis=1).all()
    np.testing.assert_allclose((~kept).mean(axis=(0, 2)), 0.25, atol=0.04)
    assert np.array(source._kept_streams(rows, -1)).all()
