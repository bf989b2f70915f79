"""The main job on cohorts: stages kept and reused, odd cohorts, and what a model leaves."""

import json
from dataclasses import replace
from shutil import copytree

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import simulate_cohort
from interplay.data import Cohort, Units
from interplay.io import save_cohort
from interplay.job import Plan, report_again, run
from interplay.job.cohort_alone import pretrain_alone, represent_cohort
from interplay.job.cohort_input import is_cohort, require_no_cohort
from interplay.job.cohort_model import config_of, load_model, seen_by_model
from interplay.job.cohort_pages import cohort_text
from interplay.job.cohort_size import cohort_size
from interplay.job.stages import Nobody

SMALL = {"cohort_epochs": 1, "cohort_width": 4, "cohort_layers": 1, "cohort_target": ("age",)}


class Told(Nobody):
    """Remembers which stages were reused."""

    def __init__(self):
        self.reused = {}

    def done(self, name, *, reused, seconds):
        self.reused[name] = reused


@pytest.fixture(scope="module")
def scans():
    cohort = simulate_cohort(n_subjects=24, n_regions=10, n_networks=5, times=16, sessions=2, seed=0)
    return replace(cohort, covariates={"age": cohort.covariates["age"]})


@pytest.fixture(scope="module")
def folder(scans, tmp_path_factory):
    return save_cohort(scans, tmp_path_factory.mktemp("cohort") / "mine")


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    found = run(Plan.of(input=str(folder), **SMALL), out)
    return out, found


@pytest.mark.slow
def test_a_run_finds_what_there_is_and_writes_it(finished, scans):
    out, found = finished
    assert found.cohort.digest == scans.digest
    written = {p.name for p in out.iterdir()}
    assert written >= {
        "report.html", "summary.json", "model.npz", "embedding.npz", "scans.csv", "readouts.csv", "foretold.csv",
        "reconstruction.csv", "plan.toml", "environment.json",
    }  # fmt: skip
    assert "cohort" not in written  # a folder of ours is read where it is
    summary = json.loads((out / "summary.json").read_text())
    rows = {row["name"]: row["role"] for row in summary["readouts"][0]["rows"]}
    assert rows["fine-tuned"] == rows["from scratch"] == rows["linear probe"] == "model"
    assert rows["function, all pairs"] == rows["regions, mean and size"] == "baseline"
    assert rows["shuffled labels"] == "chance"
    assert {way["name"] for way in summary["reconstruction"]["ways"]} == {"model", "mean", "linear", "permuted"}
    assert found.findings.change.first == "before"
    assert found.findings.change_correlation.unit == "raw"
    assert any("correlation differs" in sentence for sentence in summary["change"]["sentences"])
    assert found.findings.model.config.scale_by == "scan"
    assert any("scaled by itself" in note for note in summary["model"]["chosen"])
    assert "read-out of age" in cohort_text(summary) == found.summary_text
    with np.load(out / "embedding.npz") as arrays:
        assert arrays["embedding"].shape == (48, 10, 4)
    page = (out / "report.html").read_text()
    assert page.index("How much better than the trivial") < page.index("Read-out of age") < page.index("The scans")


@pytest.mark.slow
def test_the_same_command_reuses_everything_and_ends_with_the_same_bytes(finished, folder):
    out, _ = finished
    before = {name: (out / name).read_bytes() for name in ("report.html", "summary.json", "model.npz")}
    told = Told()
    run(Plan.of(input=str(folder), **SMALL), out, observer=told)
    assert all(reused for name, reused in told.reused.items() if name != "report")
    assert {name: (out / name).read_bytes() for name in before} == before
    (out / "report.html").unlink()
    assert report_again(out).read_bytes() == before["report.html"]


@pytest.mark.slow
def test_a_stage_that_depends_on_nothing_new_stands(finished, folder, tmp_path):
    out = copytree(finished[0], tmp_path / "out")
    told = Told()
    run(Plan.of(input=str(folder), **{**SMALL, "cohort_labels": 0.8}), out, observer=told)
    assert told.reused["pre-train"]
    assert not told.reused["baselines"]
    assert not told.reused["age fine-tuned"]


@pytest.mark.slow
def test_a_model_of_a_run_goes_to_work_on_other_scans(finished, folder, tmp_path):
    out, found = finished
    model = load_model(out / "model.npz")
    assert config_of(model) == model.config
    embedding, notes = represent_cohort(
        Plan.of(input=str(folder)), "brainsymphony", (), tmp_path / "x.npz", model=out / "model.npz", observer=Nobody()
    )
    assert np.array_equal(embedding.embedding, found.findings.embedding.embedding)
    assert any("are among those that the model was trained on" in note for note in notes)
    with pytest.raises(ConfigError, match="trained already"):
        represent_cohort(
            Plan.of(input=str(folder), seed=3), "brainsymphony", (), tmp_path / "x.csv", model=out / "model.npz",
            observer=Nobody(),
        )  # fmt: skip
    with pytest.raises(DataError, match="model of `interplay pretrain`"):
        load_model(out / "embedding.npz")


@pytest.mark.slow
def test_baselines_stand_alone_where_no_model_is_asked_for(scans, tmp_path):
    place = save_cohort(scans, tmp_path / "mine")
    found = run(Plan.of(input=str(place), cohort_model="none", cohort_target=("age",)), tmp_path / "out")
    assert {row.role for row in found.findings.readouts[0].rows} == {"baseline", "chance"}
    assert found.summary["model"] is None
    assert not (tmp_path / "out" / "model.npz").exists()
    assert "No model was asked for" in (tmp_path / "out" / "report.html").read_text()


def odd(n=1, regions=2, times=12, **more):
    rng = np.random.default_rng(0)
    return Cohort.of(
        [rng.standard_normal((times, regions)) for _ in range(n)],
        regions=Units(n=regions),
        subject=[f"s{k}" for k in range(n)],
        **more,
    )


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 3])
def test_few_subjects_two_regions_and_no_structure_end_in_a_page(n, tmp_path):
    place = save_cohort(odd(n), tmp_path / "mine")
    found = run(Plan.of(input=str(place), **{**SMALL, "cohort_target": ("auto",)}), tmp_path / "out")
    said = " ".join(found.findings.skipped)
    assert "knows no covariates" in said
    assert "names no networks" in said
    assert ("There is one subject" in said) == (n == 1)
    assert (found.findings.told is None) == (n == 1)


@pytest.mark.slow
def test_structure_alone_is_read(tmp_path):
    rng = np.random.default_rng(0)
    cohort = odd(4, regions=4, structure=[np.round(rng.random((4, 4)) * 1e5) for _ in range(4)]).only("structure")
    place = save_cohort(cohort, tmp_path / "mine")
    found = run(Plan.of(input=str(place), **{**SMALL, "cohort_target": ("none",)}), tmp_path / "out")
    assert found.findings.told is None
    assert found.findings.attention is None
    assert any("streamline counts" in note for note in found.findings.scans.notes)
    assert np.isfinite(found.findings.embedding.embedding).all()


@pytest.mark.slow
def test_scans_that_lack_regions_or_a_modality_are_kept(tmp_path):
    cohort = simulate_cohort(
        n_subjects=40, n_regions=10, n_networks=5, times=16, without_function=0.2, without_structure=0.2, missing=0.1,
        seed=1,
    )  # fmt: skip
    place = save_cohort(cohort, tmp_path / "mine")
    found = run(Plan.of(input=str(place), **SMALL), tmp_path / "out")
    assert any("lack regions" in note for note in found.findings.scans.notes)
    assert all(np.isfinite(row.value["mse"]) for row in found.findings.readouts[0].rows)
    assert not any("only" in row.name for row in found.findings.readouts[0].rows)
    with pytest.raises(DataError, match="has no function"):
        seen_by_model(Plan.of(cohort_modality="function"), cohort)


def test_what_has_no_use_for_a_cohort_is_refused(folder, scans, tmp_path):
    with pytest.raises(ConfigError, match="`behavior` must be left out for a cohort"):
        run(Plan.of(input=str(folder), behavior="speed"), tmp_path / "out")
    with pytest.raises(DataError, match="must be a recording or an event list"):
        require_no_cohort(scans)
    with pytest.raises(DataError, match="Unknown covariate"):
        run(Plan.of(input=str(folder), cohort_target=("aeg",)), tmp_path / "out")
    assert is_cohort(Plan.of(input=str(folder)))
    assert is_cohort(Plan.of(simulation="cohort"))
    assert not is_cohort(Plan.of())
    assert not is_cohort(Plan.of(input=str(tmp_path / "file.csv"), simulation="cohort"))


def test_sizes_follow_the_plan_and_the_scans(scans):
    rows = np.arange(len(scans))
    chosen = cohort_size(Plan.of(), scans, rows)
    assert (chosen.config.times, chosen.config.width, chosen.config.epochs) == (16, 32, 60)
    given = cohort_size(Plan.of(cohort_times=12, cohort_width=8, cohort_epochs=3), scans, rows, ("dropout=0.3",))
    assert (given.config.times, given.config.width, given.config.epochs, given.config.dropout) == (12, 8, 3, 0.3)
    stages = cohort_size(Plan.of(), scans, rows, ("stages=context,fusion",)).config.stages
    assert stages == ("context", "fusion")
    with pytest.raises(ConfigError, match="said once"):
        cohort_size(Plan.of(cohort_width=8), scans, rows, ("width=16",))
    with pytest.raises(ConfigError, match="dropout"):
        cohort_size(Plan.of(), scans, rows, ("dropuot=0.3",))
    with pytest.raises(ConfigError, match="at least 8 samples, got 5"):
        cohort_size(Plan.of(), odd(2, times=5), np.arange(2))


@pytest.mark.slow
def test_pretraining_alone_goes_on_where_it_stopped(folder, tmp_path):
    plan = Plan.of(input=str(folder), cohort_epochs=2, cohort_width=4, cohort_layers=1)
    whole = pretrain_alone(plan, tmp_path / "a", settings=("stages=context,spatial",), observer=Nobody())

    class Stop(Nobody):
        def stage(self, name):
            def progress(done, total):
                if done >= 3:
                    raise KeyboardInterrupt

            return progress

    with pytest.raises(KeyboardInterrupt):
        pretrain_alone(plan, tmp_path / "b", settings=("stages=context,spatial",), observer=Stop())
    assert list((tmp_path / "b" / "stages").glob("pretrain-*/*.checkpoint"))
    again = pretrain_alone(plan, tmp_path / "b", settings=("stages=context,spatial",), observer=Nobody())
    assert whole.path.read_bytes() == again.path.read_bytes()
    assert not list((tmp_path / "b" / "stages").glob("pretrain-*"))
    assert {p.name for p in (tmp_path / "b").iterdir()} == {
        "model.npz",
        "plan.toml",
        "split.csv",
        "stages",
        "training.csv",
    }


def test_held_out_subjects_are_not_read(folder, scans, tmp_path):
    plan = Plan.of(input=str(folder), cohort_epochs=1, cohort_width=4, cohort_layers=1)
    found = pretrain_alone(plan, tmp_path / "a", settings=("stages=context",), held_out=0.5, observer=Nobody())
    held = set(scans.subject[found.split.test])
    assert len(held) == 12
    assert not held & set(found.model.trained_on)
    with pytest.raises(ConfigError, match="held_out"):
        pretrain_alone(plan, tmp_path / "b", held_out=1.5, observer=Nobody())
