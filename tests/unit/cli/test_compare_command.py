"""The command `compare`, and any method of `infer`: what is written, and how wrong use is answered."""

import json

import pytest

from interplay.cli.app import call
from interplay.infer.planted_poisson import PlantedPoisson
from interplay.io import load_snapshots, save_nwb
from interplay.io.npz import load_header


@pytest.fixture(scope="module")
def spikes(tmp_path_factory):
    path = tmp_path_factory.mktemp("spikes") / "spikes.nwb"
    save_nwb(PlantedPoisson(n_units=5, duration_s=40.0).simulate(0), path)
    return path


def test_a_comparison_of_a_file_is_a_page_and_numbers(capsys, spikes, tmp_path):
    page, values = tmp_path / "m.html", tmp_path / "m.json"
    line = [
        "compare",
        str(spikes),
        "--methods",
        "correlation,tiling",
        "--out",
        str(page),
        "--json",
        str(values),
        "-j",
        "1",
    ]
    assert call(line) == 0
    assert "product of activities" in capsys.readouterr().out
    assert "Agreement and cost" in page.read_text(encoding="utf-8")
    assert "only the times of the fits differ" in page.read_text(encoding="utf-8")
    assert "byte for byte" not in page.read_text(encoding="utf-8")
    found = json.loads(values.read_text(encoding="utf-8"))
    assert found["methods"] == ["correlation", "tiling", "product of activities"]
    assert len(found["means"]["auc"]) == 3


def test_nothing_fitted_is_no_success_and_no_page(capsys, spikes, tmp_path):
    page = tmp_path / "m.html"
    line = ["compare", str(spikes), "--methods", "granger", "--window-s", "0.02", "--quick", "--out", str(page)]
    assert call([*line, "-j", "1"]) == 4
    assert "none could be fitted. granger: every window must hold at least 3 samples" in capsys.readouterr().err
    assert not page.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either a file or `simulated` must be given, got neither"),
        (["--simulated", "poison"], "did you mean"),
        (["--simulated", "poisson", "--methods", "tilling"], "did you mean"),
        (["--simulated", "poisson", "--out", "page.txt"], "must end in .html"),
        (["--simulated", "poisson", "--window-s", "-3"], "`window_s` must be > 0, got -3"),
        (["--simulated", "poisson", "--step-s", "0"], "`step_s` must be > 0, got 0"),
    ],
)
def test_wrong_use_is_answered(capsys, arguments, words):
    assert call(["compare", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_any_method_and_its_settings_are_taken_and_said(capsys, spikes, tmp_path):
    out = tmp_path / "n.npz"
    line = ["infer", str(spikes), "--method", "granger", "--set", "order=2", "--window-s", "20", "--out", str(out)]
    assert call([*line, "--threshold", "none", "-j", "1"]) == 0
    assert load_snapshots(out).directed
    about = load_header(out)["about"]
    assert about["method"] == "granger"
    assert about["settings"]["order"] == 2
    assert "jobs" not in about["settings"]
    assert "no threshold was applied" in " ".join(about["notes"])
    assert "no threshold was applied" in capsys.readouterr().out
    json.dumps(about, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ordre=2", "Unknown setting"),
        ("order", "must be written key=value"),
        ("window_s=3", "must be said as --window-s"),
        ("jobs=3", "must be said as --jobs"),
    ],
)
def test_a_wrong_setting_is_named(capsys, spikes, tmp_path, text, words):
    assert call(["infer", str(spikes), "--method", "granger", "--set", text, "--out", str(tmp_path / "n.npz")]) == 2
    assert words in capsys.readouterr().err
