"""`interplay measure` on a list of events: text, CSV and JSON, and one paragraph for what is wrong."""

import json

import pytest

from interplay.cli.app import call

SIGNED = "source,target,time,weight\na,b,0,1\nb,c,10,-1\nc,a,20,-1\na,b,30,1\n"


@pytest.fixture
def events(tmp_path):
    file = tmp_path / "e.csv"
    file.write_text(SIGNED)
    return str(file)


def test_events_are_told_line_by_line(events, capsys):
    assert call(["measure", events, "--bins", "2"]) == 0
    said = capsys.readouterr().out
    assert "4 events, 3 nodes" in said
    lines = {line.split()[0]: line.split()[1] for line in said.splitlines() if len(line.split()) > 2}
    assert lines["pairs"] == "3"
    assert lines["balanced_triangles"] == "1"
    assert "temporal motifs within" in said
    assert "frustration index: 0 to 0 of 3 edges" in said


def test_events_are_written_as_table_or_as_values(events, tmp_path, capsys):
    assert call(["measure", events, "--bins", "3", "--motif-window-s", "0", "-o", str(tmp_path / "m.csv")]) == 0
    assert "temporal motifs" not in capsys.readouterr().out
    table = (tmp_path / "m.csv").read_text().splitlines()
    assert table[0].startswith("start_s,stop_s,events,")
    assert len(table) == 4
    assert call(["measure", events, "--motif-window-s", "25", "-o", str(tmp_path / "m.json")]) == 0
    values = json.loads((tmp_path / "m.json").read_text())
    assert values["measures"]["events"] == 4
    assert {name: n for name, n in values["motifs"].items() if n} == {"01 12 20": 2}
    assert values["balance"]["triangles"] == [0, 0, 1, 0]
    assert len(values["course"]["events"]) == 50


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--unit", "dya"], 2, "did you mean 'day'"),
        (["--unit", "day", "--bins", "3"], 2, "one of `bins` and `unit`"),
        (["--motif-window-s", "-1"], 2, "`motif_window_s` must be > 0"),
        (["--share", "1"], 2, "`share` must be > 0 and < 1"),
        (["-o", "m.txt"], 2, "`out` must end in .csv or .json"),
    ],
)
def test_wrong_settings_end_in_one_paragraph(events, capsys, options, code, words):
    assert call(["measure", events, *options]) == code
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1
