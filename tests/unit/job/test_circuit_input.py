"""Files of weights: read as they stand, told from recordings, refused in words."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording
from interplay.io import save_nwb
from interplay.job.circuit_input import kind_of, read_weights

MOTIFS = ("wilson-cowan", "column")
W = np.array([[0.5, -2.0], [2.0, -0.5]])


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0.5,-2\n2,-0.5\n", None),
        ("0.5\t-2\n2\t-0.5\n", None),
        ("0.5 -2\n2 -0.5\n", None),
        ("E,I\n0.5,-2\n2,-0.5\n", ["E", "I"]),
        ("# post, pre\n0.5,-2\n2,-0.5\n", ["post", "pre"]),
        (",E,I\nE,0.5,-2\nI,2,-0.5\n", ["E", "I"]),
        ("E,0.5,-2\nI,2,-0.5\n", ["E", "I"]),
    ],
)
def test_a_table_is_read_with_and_without_names(tmp_path, text, names):
    found = read_weights(write(tmp_path / "w.csv", text))
    assert found.weights.tolist() == W.tolist()
    assert (None if names is None else found.beside["names"].tolist()) == names


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        (",0,1\n0,0.5,-2\n1,2,-0.5\n", None, "first line and the first column number"),
        ("0,1\n0.5,-2\n2,-0.5\n", None, "first line numbers"),
        (",E,I\n0,0.5,-2\n1,2,-0.5\n", ["E", "I"], "first column numbers"),
    ],
)
def test_a_data_frame_is_read_without_its_numbering(tmp_path, text, names, note):
    found = read_weights(write(tmp_path / "w.csv", text))
    assert found.weights.tolist() == W.tolist()
    assert (found.beside["names"].tolist() if "names" in found.beside else None) == names
    assert note in found.notes[0]


@pytest.mark.parametrize("text", [",0,2\n0,0.5,-2\n2,2,-0.5\n", ",0,1\n1,0.5,-2\n0,2,-0.5\n"])
def test_another_numbering_is_no_numbering(tmp_path, text):
    with pytest.raises(DataError, match=r"line 1: weights must be numbers, got ''.*number the units from 0"):
        read_weights(write(tmp_path / "w.csv", text))


def test_numbers_that_stand_in_a_square_are_weights(tmp_path):
    assert read_weights(write(tmp_path / "w.csv", "0,1\n1,0\n")).weights.tolist() == [[0, 1], [1, 0]]


def test_one_unit_is_a_matrix(tmp_path):
    assert read_weights(write(tmp_path / "w.csv", "0.5\n")).weights.tolist() == [[0.5]]


def test_arrays_are_read_with_what_stands_beside(tmp_path):
    np.save(tmp_path / "w.npy", W)
    assert read_weights(tmp_path / "w.npy").weights.tolist() == W.tolist()
    np.savez(tmp_path / "w.npz", weights=W, sign=[1, -1], tau=[0.02, 0.01], comment=["x"])
    found = read_weights(tmp_path / "w.npz")
    assert found.weights.tolist() == W.tolist()
    assert {name: value.tolist() for name, value in found.beside.items()} == {"sign": [1, -1], "tau": [0.02, 0.01]}
    assert found.notes == ("Arrays of the file that were not used: comment.",)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("w.csv", "1,2,3\n4,5,6\n", r"square matrix.*got shape \(2, 3\)"),
        ("w.csv", "E,I\n1,x\n2,3\n", "line 2: weights must be numbers, got 'x' in column 'I'"),
        ("w.csv", "1,\n2,3\n", "line 1: weights must be numbers, got ''"),
        ("w.csv", ",E,I\nI,1,2\nE,3,4\n", "rows and columns must name the same units"),
        ("w.csv", "1,2\n3\n", "line 2 has 1 fields"),
        ("w.csv", "", "is empty"),
        ("w.csv", "# nothing\n", "holds no rows"),
        ("w.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "is a PNG picture"),
        ("w.npy", np.zeros((2, 3)), r"square matrix.*got shape \(2, 3\)"),
        ("w.npy", np.zeros(4), r"square matrix.*got shape \(4,\)"),
        ("w.npz", {"weights": np.zeros((2, 3))}, r"square matrix.*got shape \(2, 3\)"),
    ],
)
def test_what_is_no_matrix_of_weights_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    if isinstance(content, dict):
        np.savez(path, **content)
    elif isinstance(content, np.ndarray):
        np.save(path, content)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=words):
        read_weights(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_weights(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_weights(tmp_path)


def test_a_recording_is_left_to_those_who_read_recordings(tmp_path):
    recording = Recording(events=Events.from_trains([[0.1, 0.5], [0.3]], span=(0.0, 1.0)))
    save_nwb(recording, tmp_path / "r.nwb")
    assert read_weights(tmp_path / "r.nwb") is None
    assert read_weights(write(tmp_path / "spikes.csv", "time,unit\n0.1,0\n0.5,1\n0.7,0\n")) is None
    np.savez(tmp_path / "spikes.npz", times=[0.1, 0.5], ids=[0, 1])
    assert read_weights(tmp_path / "spikes.npz") is None


def test_a_motif_is_told_from_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "column").write_text("0.5\n")
    assert kind_of("wilson-cowan", MOTIFS, hinted=False) == "motif"
    assert kind_of("wilson_cowan", MOTIFS, hinted=False) == "motif"
    assert kind_of("column", MOTIFS, hinted=False) == "motif"
    assert kind_of("./column", MOTIFS, hinted=False) == "file"
    assert kind_of("absent.csv", MOTIFS, hinted=False) == "file"
    with pytest.raises(ConfigError, match=r"did you mean 'wilson-cowan'.*no file of that name"):
        kind_of("wilson-cowen", MOTIFS, hinted=False)
