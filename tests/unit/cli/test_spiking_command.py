"""`interplay spiking`: a small training from file to page, going on, judging on other samples, wrong usage."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tests.unit.job.made_samples import TINY, made_file

from interplay.cli import EXIT_DATA, EXIT_DONE, EXIT_STOPPED, EXIT_USAGE
from interplay.cli.app import call


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def asked(*more, source="a.npz", out="out"):
    settings = [part for setting in TINY for part in ("--set", setting)]
    return ["spiking", "train", source, "--out", out, "--draws", "3", *settings, *more]


@pytest.mark.parametrize(
    "command", [["spiking", "--help"], ["spiking", "train", "--help"], ["spiking", "evaluate", "-h"]]
)
def test_help(capsys, command):
    assert call(command) == EXIT_DONE
    out = capsys.readouterr().out
    assert "spiking" in out
    if "train" in command:
        for text in ("--task", "--gradient", "--set", "--draws", "--hold-out", "--no-baselines", "interplay-spiking"):
            assert text in out


@pytest.mark.slow
def test_from_file_to_page_and_on_to_other_samples(capsys, tmp_path):
    made_file("a.npz")
    assert call(asked("--hold-out", "class 2")) == EXIT_DONE
    out = capsys.readouterr().out
    for text in (
        "the network, no noise",
        "the network, 3 draws",
        "batch normalisation",
        "class shares",
        "permuted time",
    ):
        assert text in out
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["samples"]["train"] + summary["samples"]["watched"] + summary["samples"]["test"] == 24
    assert {row["foreign"] for row in summary["detected"]} == {"permuted time", "noise", "held-out class"}
    rows = list(csv.DictReader((tmp_path / "out/scores.csv").open()))
    assert {row["way"] for row in rows} == set(summary["scores"])
    page = (tmp_path / "out/report.html").read_text()
    for text in ("Whether it is rightly sure", "What an answer costs", "class shares", "Horowitz", "held-out class"):
        assert text in page
    assert "made up" not in page  # these samples are from a file
    assert not list((tmp_path / "out/stages").glob("*.checkpoint"))
    before = (tmp_path / "out/report.html").read_bytes()
    assert call(asked("--hold-out", "class 2")) == EXIT_DONE
    assert "train the network: as before" in capsys.readouterr().err
    assert (tmp_path / "out/report.html").read_bytes() == before

    made_file("b.npz", seed=9, samples=30)
    assert call(["spiking", "evaluate", "out", "b.npz", "--draws", "2"]) == EXIT_DONE
    assert "the network, 2 draws" in capsys.readouterr().out
    found = json.loads((tmp_path / "out/evaluation/summary.json").read_text())
    assert found["samples"] == {"train": 0, "watched": 0, "test": 20}
    assert "counts per time bin" in found["scores"]


@pytest.mark.slow
def test_without_baselines_the_page_says_so(capsys, tmp_path):
    made_file("a.npz")
    assert call(asked("--no-baselines", "--gradient", "fast_sigmoid(25)")) == EXIT_DONE
    assert "were not trained (--no-baselines)" in (tmp_path / "out/report.html").read_text()
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert set(summary["scores"]) == {"the network", "counts", "counts per time bin", "class shares"}
    assert summary["scores"]["the network"]["draws"] is None
    assert not (tmp_path / "out/baseline-1.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "absent.npz"], EXIT_DATA, "must be a file or folder that exists"),
        (["train", "--task", "speech"], EXIT_USAGE, "Unknown task"),
        (["train", "--set", "widths=3"], EXIT_USAGE, "did you mean 'width'"),
        (["train", "--draws", "0"], EXIT_USAGE, "draws"),
        (["train", "--method", "lif"], EXIT_USAGE, "Unknown spiking network"),
        (["train", "--device", "cuda:7", "a.npz"], EXIT_USAGE, "cuda"),
        (["train", "a.npz", "--out", "a.npz"], EXIT_USAGE, "must be another folder than the input"),
        (["evaluate", "absent"], EXIT_DATA, "must be a folder of `interplay spiking train`"),
        (["evaluate"], EXIT_USAGE, "DIR"),
        (["train", "text.npz"], EXIT_DATA, "text.npz"),
    ],
)
def test_wrong_usage_and_bad_files(capsys, tmp_path, arguments, code, message):
    made_file("a.npz")
    (tmp_path / "text.npz").write_text("no archive")
    assert call(["spiking", *arguments]) == code
    error = capsys.readouterr().err
    assert message in " ".join(error.split())


def test_folders_of_other_commands_are_left_alone(capsys, tmp_path):
    made_file("a.npz")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/plan.toml").write_text("seed = 3\nmethod = 'correlation'\n")
    assert call(asked()) == EXIT_USAGE
    assert "the folder must be new or hold a run of this command" in capsys.readouterr().err


def test_a_folder_whose_training_has_not_ended_cannot_be_judged(capsys, tmp_path):
    from interplay.job.spiking_plan import SpikingPlan

    (tmp_path / "out").mkdir()
    (tmp_path / "out/plan.toml").write_text(SpikingPlan().toml())
    assert call(["spiking", "evaluate", "out"]) == EXIT_DATA
    assert "model.npz is missing" in capsys.readouterr().err


def test_other_classes_and_the_samples_of_the_training_are_refused(capsys, tmp_path):
    """A model, a plan and nothing else: all that judging needs."""
    from interplay.job.spiking_plan import SpikingPlan
    from interplay.job.spiking_task import read_task
    from interplay.spiking.nets import save_model

    made_file("a.npz")
    plan = SpikingPlan(input="a.npz", settings=TINY, baselines=False)
    task = read_task("spoken", tmp_path / "a.npz")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/plan.toml").write_text(plan.toml())
    save_model(tmp_path / "out/model.npz", plan.config().fit(task.learn, train=task.train))
    assert call(["spiking", "evaluate", "out", "a.npz"]) == EXIT_DATA
    assert "must hold samples that the network has not seen" in capsys.readouterr().err
    made_file("b.npz", n_classes=2)
    assert call(["spiking", "evaluate", "out", "b.npz"]) == EXIT_DATA
    assert "must have the classes that the model tells apart" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_says_what_stays(capsys, monkeypatch, tmp_path):
    made_file("a.npz")

    class Stopping:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def stage(self, name):
            def report(done, total):
                if name == "train the network" and done == 2:
                    raise KeyboardInterrupt

            return report

        def done(self, name, *, reused, seconds):
            pass

    monkeypatch.setattr("interplay.cli.progress.Bars", Stopping)
    assert call(asked()) == EXIT_STOPPED
    assert "goes on inside training" in capsys.readouterr().err
    assert len(list((tmp_path / "out/stages").glob("spiking-*.checkpoint"))) == 1
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert call(asked()) == EXIT_DONE
    made_file("c.npz")
    assert call(asked(source="c.npz", out="whole")) == EXIT_DONE
    for name in ("model.npz", "scores.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_model(tmp_path):
    made_file("a.npz", samples=240)
    command = [sys.executable, "-m", "interplay.cli", *asked("--no-baselines", "--set", "epochs=60")]
    command = [part for k, part in enumerate(command) if part != "epochs=3" and command[k + 1 : k + 2] != ["epochs=3"]]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop = time.monotonic() + 120
    while not list((tmp_path / "out/stages").glob("spiking-*.checkpoint")):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < stop
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out/model.npz").exists()
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == EXIT_DONE
    whole = [part if part != "out" else "whole" for part in command]
    assert subprocess.run(whole, cwd=tmp_path, capture_output=True, check=False).returncode == EXIT_DONE
    first, second = ((tmp_path / place / "model.npz").read_bytes() for place in ("out", "whole"))
    assert first == second
    assert np.load(tmp_path / "out/model.npz")["trace/loss"].shape == (60,)
