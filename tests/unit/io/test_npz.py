import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.data import Snapshots, TemporalGraph
from interplay.io import load_snapshots, save_graph, save_recording, save_snapshots
from interplay.io.npz import load_arrays, load_header, save_arrays
from interplay.testing.mutations import small_recording


def snapshots():
    weights = np.zeros((2, 3, 3))
    weights[0, 0, 1], weights[1, 2, 0] = 0.5, -1.0
    present = np.array([[True, True, False], [True, True, True]])
    return Snapshots.from_dense(
        weights, [[0, 1], [1, 2]], directed=True, pvalues=np.full((2, 3, 3), 0.25), present=present
    )


def test_snapshots_come_back_and_their_bytes_are_always_the_same(tmp_path):
    save_snapshots(snapshots(), tmp_path / "a.npz", about={"method": "by hand"})
    save_snapshots(snapshots(), tmp_path / "b.npz", about={"method": "by hand"})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = load_snapshots(tmp_path / "a.npz")
    assert found.digest == snapshots().digest
    assert found.matrix(0)[0, 1] == 0.5
    assert load_header(tmp_path / "a.npz")["about"] == {"method": "by hand"}
    with pytest.raises(DataError, match=r"Use `io.load_snapshots`"):
        ip.load(tmp_path / "a.npz")


def test_recordings_and_graphs_come_back(tmp_path):
    recording = small_recording()
    save_recording(recording, tmp_path / "r.npz")
    found = ip.load(tmp_path / "r.npz")
    assert found.digest == recording.digest
    assert found.notes == recording.notes
    graph = TemporalGraph(
        src=[0, 1], dst=[1, 0], time=[0.5, 0.75], n_nodes=2, span=(0, 1), names=np.array(["a", "b"]), notes=("n",)
    )
    save_graph(graph, tmp_path / "g.npz")
    assert ip.load(tmp_path / "g.npz").digest == graph.digest
    assert ip.load(tmp_path / "g.npz").notes == ("n",)


def test_changed_content_is_refused(tmp_path):
    save_snapshots(snapshots(), tmp_path / "a.npz")
    arrays, header = load_arrays(tmp_path / "a.npz"), load_header(tmp_path / "a.npz")
    arrays["weight"] = arrays["weight"] * 2
    save_arrays(tmp_path / "a.npz", arrays, header=header)
    with pytest.raises(DataError, match=r"was written\. The file is damaged or was changed"):
        load_snapshots(tmp_path / "a.npz")
    save_arrays(tmp_path / "a.npz", arrays, header={**header, "layout": 99})
    with pytest.raises(DataError, match="layout 99"):
        load_snapshots(tmp_path / "a.npz")
    del arrays["weight"]
    save_arrays(tmp_path / "a.npz", arrays, header=header)
    with pytest.raises(DataError, match="the array 'weight' is missing"):
        load_snapshots(tmp_path / "a.npz")


def test_other_files_are_no_snapshots(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    with pytest.raises(DataError, match="an NPZ file of another origin"):
        load_snapshots(tmp_path / "a.npz")
    save_recording(small_recording(), tmp_path / "r.npz")
    with pytest.raises(DataError, match="a file of 'Recording'"):
        load_snapshots(tmp_path / "r.npz")


def test_arrays_of_every_kind_come_back(tmp_path):
    arrays = {
        "ints": np.arange(6, dtype=np.int32).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "texts": np.array(["a", "", "ß"]),
        "flag": np.array(True),
        "none": np.empty((0, 4)),
        "deep/name": np.array([1.5], dtype=">f4"),
    }
    save_arrays(tmp_path / "a.npz", arrays)
    found = load_arrays(tmp_path / "a.npz")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].shape == array.shape
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert np.array_equal(file["ints"], arrays["ints"])
    assert load_header(tmp_path / "a.npz") is None


@pytest.mark.parametrize(
    ("name", "value"), [("a", np.array([{}], dtype=object)), ("../a", np.zeros(1)), ("", np.zeros(1))]
)
def test_objects_and_odd_names_are_not_written(tmp_path, name, value):
    with pytest.raises(DataError, match=r"must hold numbers|cannot be the name"):
        save_arrays(tmp_path / "a.npz", {name: value})
    assert not list(tmp_path.iterdir())


def test_pickled_objects_are_never_opened(tmp_path):
    np.savez(tmp_path / "a.npz", times=np.array([{}, 1], dtype=object), ids=np.arange(2))
    with pytest.raises(DataError, match="never opened because they can run code"):
        ip.load(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"times": [0.0, 1.0], "ids": [0]}, "one entry per event each"),
        ({"times": [1.0, 0.5], "ids": [0, 1]}, "entry 1: times must not decrease"),
        ({"a": np.zeros(3)}, "do not tell what the file holds"),
        ({"a": np.zeros((3, 2)), "b": np.zeros((3, 2))}, "do not tell what the file holds"),
        ({"a": np.zeros((3, 2))}, "which axis is time is not known"),
        ({"a": np.ones((3, 3)), "time": np.arange(3)}, "square"),
        ({"a": np.ones((3, 2)), "fs": 0.0}, "must hold a number > 0"),
        ({"times": [0.0], "ids": [0], "marked_edges": np.array([[0, 5, 1.0]])}, "must name units that occur"),
    ],
)
def test_odd_arrays_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        ip.load(tmp_path / "a.npz")


def test_foreign_arrays(tmp_path):
    np.savez(tmp_path / "t.npz", traces=np.arange(6.0).reshape(2, 3), time=[0.0, 0.5, 1.0])
    recording = ip.load(tmp_path / "t.npz")
    assert recording.traces.values.shape == (3, 2)
    np.savez(tmp_path / "f.npz", a=np.arange(6.0).reshape(3, 2), b=np.zeros((2, 2)), fs=4.0)
    assert ip.load(tmp_path / "f.npz", variable="a", rows="time").traces.dt_s == 0.25
    np.savez(tmp_path / "e.npz", src=[0, 1], dst=[1, 0], time=[0, 1], weight=[1.0, -1.0])
    assert ip.load(tmp_path / "e.npz").weight.tolist() == [1.0, -1.0]


def test_labelled_spikes_carry_their_truth(data_dir):
    recording = ip.load(data_dir / "labelled_spikes" / "sim1917_long.npz")
    assert (recording.n_units, len(recording.events)) == (20, 93699)
    assert len(recording.truth.src) == 18
    assert recording.truth.directed
    assert any("18 of 380 labelled directed pairs" in note for note in recording.notes)


def test_a_table_is_no_damaged_npz(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text("snapshot,src,dst\n0,1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="must hold Snapshots in an NPZ file, but it is none"):
        load_snapshots(path)
