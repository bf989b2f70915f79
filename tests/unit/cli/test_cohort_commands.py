"""`interplay pretrain`, `represent` and `info` on cohorts: what they write, and what they refuse in one paragraph."""

import numpy as np
import pytest

from interplay.circuits import simulate_cohort
from interplay.cli import EXIT_STOPPED, STOPPED_PRETRAINING
from interplay.cli.app import call
from interplay.io import save_cohort

SMALL = ["--cohort-epochs", "1", "--cohort-width", "4", "--cohort-layers", "1", "--set", "stages=context"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    scans = simulate_cohort(n_subjects=6, n_regions=10, n_networks=5, times=12, seed=0)
    return str(save_cohort(scans, tmp_path_factory.mktemp("cohort") / "mine"))


def test_info_says_what_a_cohort_holds(folder, capsys):
    assert call(["info", folder]) == 0
    said = capsys.readouterr().out
    assert "6 scans of 6 subjects, 10 regions" in said
    assert "networks: net1, net2" in said
    assert "function: 6 scans of 12 to 12 samples" in said
    assert "covariate group: a (" in said


@pytest.mark.slow
def test_a_model_is_trained_once_and_used(folder, tmp_path, capsys):
    out = str(tmp_path / "model")
    assert call(["pretrain", folder, "--out", out, *SMALL, "--held-out", "0.2"]) == 0
    said = capsys.readouterr().out
    assert "context: loss" in said
    assert "learnt from 4 subjects, watched 1, left 1" in said
    vectors = tmp_path / "v.npz"
    model = f"{out}/model.npz"
    assert call(["represent", folder, "-m", "brainsymphony", "--model", model, "--out", str(vectors)]) == 0
    assert "6 scans of 10 regions, 4 numbers each" in capsys.readouterr().out
    with np.load(vectors) as arrays:
        assert arrays["embedding"].shape == (6, 10, 4)
        assert arrays["subject"].tolist() == [f"sub-{k:04d}" for k in range(1, 7)]
    table = tmp_path / "v.csv"
    assert call(["represent", folder, "-m", "brainsymphony", "--model", model, "--out", str(table)]) == 0
    assert table.read_text().splitlines()[0] == "subject,session,region,network,z0,z1,z2,z3"
    assert len(table.read_text().splitlines()) == 61


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pretrain", "{cohort}", "--method", "brainsymfony"], 2, "brainsymphony"),
        (["pretrain", "{cohort}", "--set", "widths=3"], 2, "width"),
        (["pretrain", "{cohort}", "--set", "width=6", "--cohort-width", "8"], 2, "said once"),
        (["pretrain", "{cohort}", "--cohort-width", "6"], 2, "multiple of `heads`"),
        (["pretrain", "{cohort}", "--held-out", "2"], 2, "held_out"),
        (["pretrain", "{file}"], 3, "folder of scans of subjects"),
        (["represent", "{file}", "-m", "brainsymphony"], 3, "folder of scans of subjects"),
        (["represent", "{cohort}", "-m", "brainsymphony", "--latent", "4"], 2, "`--latent` must be left out"),
        (["represent", "{cohort}", "-m", "brainsymphony", "--nodes", "4"], 2, "`--nodes` must be left out"),
        (["represent", "{cohort}", "-m", "tavrnn", "--model", "x.npz"], 2, "`--model` must be left out"),
        (["represent", "{cohort}", "-m", "brainsymphony", "--model", "{file}"], 3, "model of `interplay pretrain`"),
        (["infer", "{cohort}"], 3, "recording or an event list"),
        (["measure", "{cohort}"], 3, "recording or an event list"),
        (["compare", "{cohort}"], 3, "recording or an event list"),
        (["run", "{cohort}", "--window-s", "3"], 2, "begin with --cohort"),
        (["run", "{cohort}", "--cohort-target", "auto", "--cohort-target", "age"], 2, "stand alone"),
    ],
)
def test_wrong_use_ends_in_one_paragraph(folder, tmp_path, capsys, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.csv").write_text("source,target,time\n1,2,0\n2,3,1\n")
    given = [a.replace("{cohort}", folder).replace("{file}", str(tmp_path / "e.csv")) for a in arguments]
    assert call(given) == code
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1


def test_a_stopped_pretraining_says_what_it_leaves(folder, tmp_path, capsys, monkeypatch):
    import interplay.job.cohort_alone as alone

    def stopped(size, cohort, split, place, *, device, progress):
        left = alone.checkpoint_folder(place, size, cohort, split)
        left.mkdir()
        (left / "context.checkpoint").write_bytes(b"x")
        raise KeyboardInterrupt

    monkeypatch.setattr(alone, "pretrain", stopped)
    assert call(["pretrain", folder, "--out", str(tmp_path / "m"), *SMALL]) == EXIT_STOPPED
    assert STOPPED_PRETRAINING in capsys.readouterr().err
