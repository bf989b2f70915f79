"""The command line: exit codes, one-paragraph messages, no traceback for what a user did."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from interplay.cli.app import call
from interplay.data import Events, Recording
from interplay.io import save_nwb


@pytest.fixture(scope="module")
def nwb(tmp_path_factory):
    rng = np.random.default_rng(5)
    trains = [np.sort(rng.uniform(0, 100, 200)) for _ in range(6)]
    path = tmp_path_factory.mktemp("cli") / "r.nwb"
    save_nwb(Recording(events=Events.from_trains(trains, span=(0.0, 100.0))), path)
    return path


def one_paragraph(text):
    return text.startswith("interplay: ") and text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "absent.nwb"], 3, "there is no file absent.nwb"),
        (["run", "--window-s", "-1"], 2, "`window_s`: input should be greater than 0"),
        (["run", "--window-s", "inf"], 2, "`window_s`: input should be a finite number"),
        (["run", "absent.nwb", "--hint", "rate=2"], 2, "did you mean 'rate_hz'"),
        (["info", "absent.nwb", "--hint", "rate_hz"], 2, "must be written key=value"),
        (["run", "--plan", "absent.toml"], 2, "must be a readable TOML file"),
        (["info", "absent.nwb"], 3, "absent.nwb"),
        (["fetch", "nothing-like-it"], 2, "nothing-like-it"),
        (["report", "absent"], 2, "must be the folder of a run"),
        (["infer", "absent.nwb", "-o", "x.txt"], 2, "`out` must end in .npz or .csv"),
        (["measure", "absent.npz"], 3, "absent.npz"),
    ],
)
def test_a_wrong_call_ends_in_one_paragraph_and_its_code(capsys, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    assert call(arguments) == code
    message = capsys.readouterr().err
    assert words in message
    assert one_paragraph(message), message


@pytest.mark.parametrize("arguments", [["run", "--method", "tilling"], ["runn"], ["run", "--folds", "many"], ["info"]])
def test_wrong_usage_is_answered_by_the_parser(capsys, arguments):
    assert call(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["info", "-h"], ["--version"]])
def test_help_and_version_end_well(capsys, arguments):
    assert call(arguments) == 0
    assert "interplay" in capsys.readouterr().out


def test_info_describes_a_file(capsys, nwb):
    assert call(["info", str(nwb)]) == 0
    out = capsys.readouterr().out
    assert "6 units" in out
    assert "1200" in out
    assert "digest: " in out


@pytest.mark.parametrize("command", ["info", "run", "infer", "measure"])
def test_a_file_that_may_not_be_read_is_bad_data(capsys, monkeypatch, nwb, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **k: str(path) != str(nwb) and allowed(path, mode, **k))
    assert call([command, str(nwb)]) == 3
    message = capsys.readouterr().err
    assert one_paragraph(message)
    assert "permission denied" in message


def test_a_bare_matrix_is_analysed_with_hints(capsys, tmp_path, data_dir):
    hints = ["--hint", "rows=units", "--hint", "rate_hz=2.16"]
    fish = str(data_dir / "zebrafish_calcium" / "zf1.ca2")
    assert call(["info", fish]) == 3
    assert call(["info", fish, *hints]) == 0
    assert "143 units" in capsys.readouterr().out
    assert call(["infer", fish, *hints, "-o", str(tmp_path / "s.csv"), "--window-s", "300", "--surrogates", "0"]) == 0


@pytest.mark.slow
def test_a_bare_matrix_runs_end_to_end(capsys, tmp_path, data_dir):
    fish = str(data_dir / "zebrafish_calcium" / "zf1.ca2")
    options = ["--hint", "rows=units", "--hint", "rate_hz=2.16", "--surrogates", "20", "--nulls", "1"]
    assert call(["run", fish, *options, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "report.html").is_file()
    capsys.readouterr()


def test_ctrl_c_while_the_command_is_loaded_ends_in_one_line():
    code = "\n".join(
        [
            "import sys",
            "class Stop:",
            "    def find_spec(self, name, *_):",
            "        if name == 'typer':",
            "            raise KeyboardInterrupt",
            "sys.meta_path.insert(0, Stop())",
            "from interplay.cli import main",
            "main()",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == "interplay: Stopped. The same command goes on from the last finished stage.\n"


def test_fetch_lists_what_there_is(capsys):
    assert call(["fetch"]) == 0
    assert "MB" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_infer_writes_and_measure_reads(capsys, nwb, tmp_path, suffix):
    out = tmp_path / f"s{suffix}"
    arguments = ["infer", str(nwb), "-o", str(out), "--window-s", "20", "--surrogates", "0"]
    assert call(arguments) == 0
    assert out.is_file()
    if suffix == ".npz":
        assert call(["measure", str(out), "--nulls", "1"]) == 0
        header = [line for line in capsys.readouterr().out.splitlines() if line.startswith("start_s,stop_s,")]
        assert header
        assert "density" in header[0]
    else:
        assert out.read_text().splitlines()[0].startswith("snapshot,start_s,stop_s,src,dst,weight")


def test_a_defect_of_ours_keeps_its_traceback_in_a_file(capsys, monkeypatch, nwb, tmp_path):
    import interplay.job.describe

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(interplay.job.describe, "describe", lambda *_: 1 / 0)
    assert call(["info", str(nwb)]) == 1
    message = capsys.readouterr().err
    assert one_paragraph(message)
    path = message.rsplit(" ", 1)[-1].strip().rstrip(".")
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        assert "ZeroDivisionError" in file.read()


def test_the_command_is_installed():
    done = subprocess.run([sys.executable, "-m", "interplay", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("interplay 0.")


@pytest.mark.slow
def test_ctrl_c_ends_in_one_line_and_leaves_nothing_half_done(tmp_path):
    command = [sys.executable, "-m", "interplay", "run", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    marker = tmp_path / "out" / "stages" / "record.json"
    while process.poll() is None and not marker.exists():
        time.sleep(0.01)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. The same command goes on from the last finished stage." in message
    assert "Traceback" not in message
    left = {p.name for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert left == {"recording.nwb", "record.json", "lock", "choices.json", "plan.toml", "environment.json"}
