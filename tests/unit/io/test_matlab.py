import h5py
import numpy as np
import pytest
import scipy.io

import interplay as ip
from interplay._core.errors import DataError


def cells(*items):
    out = np.empty((1, len(items)), dtype=object)
    for k, item in enumerate(items):
        out[0, k] = item
    return out


def save(tmp_path, **variables):
    scipy.io.savemat(tmp_path / "a.mat", variables)
    return tmp_path / "a.mat"


def trains(recording):
    return [t.tolist() for t in recording.events.trains()]


def test_a_cell_array_with_a_silent_unit(tmp_path):
    recording = ip.load(save(tmp_path, spikes=cells(np.array([0.5, 1.5]), np.empty((0, 0)), np.array([1.0]))))
    assert trains(recording) == [[0.5, 1.5], [], [1.0]]
    assert recording.units.id.tolist() == ["1", "2", "3"]


def test_a_structure_array(tmp_path):
    array = np.zeros((1, 2), dtype=[("times", object), ("quality", object)])
    array[0, 0] = (np.array([[0.25], [0.5]]), "good")
    array[0, 1] = (np.array([[0.75]]), "bad")
    recording = ip.load(save(tmp_path, units=array))
    assert trains(recording) == [[0.25, 0.5], [0.75]]


def test_cells_of_cells_are_groups_of_units(tmp_path):
    inner = cells(np.array([1.0, 2.0]), np.empty((1, 0)))
    other = cells(np.empty((1, 0)), np.empty((1, 0)), np.array([3.0, 4.0]))
    recording = ip.load(save(tmp_path, spikes=cells(inner, other)), time_unit="ms")
    assert recording.units.id.tolist() == ["1.1", "2.3"]
    assert recording.units.group.tolist() == ["1", "2"]
    assert trains(recording) == [[0.001, 0.002], [0.003, 0.004]]


def test_two_vectors(tmp_path):
    recording = ip.load(save(tmp_path, times=np.array([0.1, 0.2, 0.3]), ids=np.array([7, 3, 7])))
    assert recording.units.id.tolist() == ["3", "7"]
    assert trains(recording) == [[0.2], [0.1, 0.3]]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"x": np.eye(3)}, "do not tell where the spikes are"),
        ({"a": cells(np.arange(2.0)), "b": cells(np.arange(2.0))}, "do not tell where the spikes are"),
        ({"spikes": cells(np.array([2.0, 1.0]))}, "unit 1 must not decrease: spike 0 at 2.0 s"),
        ({"spikes": cells(np.array([2.0, np.nan]))}, "unit 1: spike 1 is nan"),
        ({"spikes": cells(np.eye(3))}, "a vector of times is needed"),
        ({"spikes": cells(np.empty(0), np.empty(0))}, "there is no spike"),
        ({"spikes": {"rate": 1.0, "name": np.eye(2)}}, "do not tell|none of which|a vector of times"),
    ],
)
def test_odd_variables_are_refused(tmp_path, variables, message):
    with pytest.raises(DataError, match=message):
        ip.load(save(tmp_path, **variables))


def test_a_variable_by_name(tmp_path):
    path = save(tmp_path, a=cells(np.arange(2.0)), b=cells(np.arange(3.0), np.arange(2.0)))
    assert ip.load(path, variable="b").n_units == 2
    with pytest.raises(DataError, match="there is no variable 'c'; the file has: a, b"):
        ip.load(path, variable="c")


def test_sorting_on_request(tmp_path):
    assert trains(ip.load(save(tmp_path, spikes=cells(np.array([2.0, 1.0]))), sort=True)) == [[1.0, 2.0]]


def test_truncated_files(tmp_path):
    path = save(tmp_path, spikes=cells(np.arange(50.0), np.arange(20.0)))
    raw = path.read_bytes()
    for cut in (len(raw) // 4, len(raw) // 2, len(raw) - 9):
        path.write_bytes(raw[:cut])
        with pytest.raises(DataError):
            ip.load(path)


def test_version_73(tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        for k, train in enumerate(([0.5, 1.5], [1.0])):
            file[f"#refs#/{k}"] = np.array([train])
            file[f"#refs#/{k}"].attrs["MATLAB_class"] = np.bytes_("double")
        empty = file.create_dataset("#refs#/none", data=np.array([0, 0], np.uint64))
        empty.attrs.update({"MATLAB_class": np.bytes_("double"), "MATLAB_empty": 1})
        references = [[file["#refs#/0"].ref], [file["#refs#/none"].ref], [file["#refs#/1"].ref]]
        file.create_dataset("spikes", data=np.array(references, dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)
        file["spikes"].attrs["MATLAB_class"] = np.bytes_("cell")
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(124, b" "))
    assert ip.io.sniff(path) == "mat73"
    assert trains(ip.load(path)) == [[0.5, 1.5], [], [1.0]]


def test_a_cell_that_holds_itself_ends(tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:
        file.create_dataset("spikes", shape=(1, 1), dtype=h5py.ref_dtype)
        file["spikes"][0, 0] = file["spikes"].ref
        file["spikes"].attrs["MATLAB_class"] = np.bytes_("cell")
    with pytest.raises(DataError, match="nested deeper"):
        ip.load(path)


def test_the_same_rat_from_matlab(data_dir):
    recording = ip.load(data_dir / "rat_linear_track" / "spikes.mat")
    twin = ip.load(data_dir / "rat_linear_track" / "linear_track.nwb")
    assert (recording.n_units, len(recording.events)) == (31, 28829)
    assert np.array_equal(recording.events.time, twin.events.time)
    assert set(recording.units.group.tolist()) == {"1", "3", "4", "9", "10", "13"}
    assert recording.span == (4396.9975, 6365.2707)
