"""`interplay ingest`: one paragraph for what is wrong, a folder that every command takes for what is right."""

import pytest

from interplay import load
from interplay.cli.app import call


def test_a_list_becomes_a_folder_that_info_reads(tmp_path, capsys):
    file = tmp_path / "e.csv"
    file.write_text("source,target,time,weight\nann,bob,0,1\nbob,cem,4,-1\nann,cem,9,1\n")
    assert call(["ingest", str(file), "--out", str(tmp_path / "e.events")]) == 0
    said = capsys.readouterr().out
    assert "3 events, 3 nodes" in said
    assert "written:" in said
    assert load(tmp_path / "e.events").digest == load(file).digest
    assert call(["info", str(tmp_path / "e.events")]) == 0
    assert "3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "hints", "code", "words"),
    [
        ("source,target,time\n1,2,5\n2,3,1\n", [], 3, "Sort the file, or pass sort=True"),
        ("source,target,time\n1,2,5\n", ["--hint", "colour=red"], 2, "colour"),
        ("source,target\n1,2\n", [], 3, "needs a time column"),
    ],
)
def test_wrong_input_ends_in_one_paragraph(tmp_path, capsys, text, hints, code, words):
    file = tmp_path / "e.csv"
    file.write_text(text)
    assert call(["ingest", str(file), "--out", str(tmp_path / "e.events"), *hints]) == code
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1


def test_an_existing_stream_is_not_written_over(tmp_path, capsys):
    file = tmp_path / "e.csv"
    file.write_text("source,target,time\n1,2,0\n2,3,1\n")
    assert call(["ingest", str(file), "--out", str(tmp_path / "e.events")]) == 0
    assert call(["ingest", str(file), "--out", str(tmp_path / "e.events")]) == 2
    assert "is a stream already" in capsys.readouterr().err
    assert len(load(tmp_path / "e.events")) == 2
