"""Where results may go: nothing takes the place of what it is made from, and nobody works for a place that is not."""

import os

import pytest

from interplay._core.errors import ConfigError
from interplay.job import Plan, run
from interplay.job.outputs import require_file, require_folder, same


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("x")


@pytest.mark.parametrize("how", ["same", "dots", "symbolic", "hard"])
def test_another_name_of_the_input_is_the_input(tmp_path, how):
    out = {"same": "a.csv", "dots": "x/../a.csv", "symbolic": "s.csv", "hard": "h.csv"}[how]
    (tmp_path / "x").mkdir()
    (tmp_path / "s.csv").symlink_to("a.csv")
    os.link("a.csv", "h.csv")
    words = "^`out` must be another file than the input, got .* for both. Name another.$"
    with pytest.raises(ConfigError, match=words):
        require_file(tmp_path / out, (".csv",), [None, "a.csv"])
    require_file(tmp_path / "b.csv", (".csv",), [None, "a.csv"])


def test_paths_that_are_not_there_can_be_the_same(tmp_path):
    assert same("b.npz", tmp_path / "b.npz")
    assert not same("b.npz", "c.npz")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("no/e.csv", "`--out` must lie in a folder that exists, got no/e.csv: make the folder no first"),
        ("d.csv", "must name a file, got the folder d.csv"),
        ("folder", "must name a file, got the folder folder"),
        ("E.CSV", "got .CSV. Write it in small letters: E.csv."),
        ("e.txt", "`out` must end in .csv: Unknown ending '.txt'"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_first(tmp_path, out, words):
    from pathlib import Path

    (tmp_path / "d.csv").mkdir()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        require_file(Path(out), (".csv",), [])
    assert words in str(caught.value)


def test_a_run_does_not_write_into_its_own_input(tmp_path):
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "recording.nwb").write_text("mine")
    (tmp_path / "session" / "log.csv").write_text("mine")
    for source, words in (("session", "another folder than the input"), ("session/recording.nwb", "must not hold")):
        with pytest.raises(ConfigError, match=words):
            run(Plan(input=source), tmp_path / "session")
    assert sorted(p.name for p in (tmp_path / "session").iterdir()) == ["log.csv", "recording.nwb"]
    require_folder(tmp_path / "session", "session/log.csv")
    require_folder(tmp_path / "session", None)
