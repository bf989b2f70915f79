import h5py
import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError


@pytest.fixture
def waves(tmp_path):
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["spikes"] = np.array([0.5, 1.5, 0.25, 1.0, 2.0])
        file["sCount"] = np.array([2, 0, 3], np.int32)
        file["epos"] = np.array([[100.0, 200, 300], [0, 50, 100]])
        file["names"] = np.array([b"a", b"b", b"c"])
        file["meta/age"] = np.array([9], np.int32)
        file["meta/species"] = np.array([b"mouse"])
    return path


def test_units_positions_and_meta(waves):
    recording = ip.load(waves)
    assert [t.tolist() for t in recording.events.trains()] == [[0.5, 1.5], [], [0.25, 1.0, 2.0]]
    assert recording.units.position_um.tolist() == [[100, 0], [200, 50], [300, 100]]
    assert recording.units.id.tolist() == ["a", "b", "c"]
    assert dict(recording.meta) == {"age": "9", "species": "mouse"}
    assert ip.load(waves, span=(0, 10)).span == (0.0, 10.0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sCount", np.array([2, 0, 2]), "add up to 5"),
        ("sCount", np.array([2, -1, 4]), "add up to 5"),
        ("spikes", np.array([1.5, 0.5, 0.25, 1.0, 2.0]), "unit 0 must not decrease: 1.5 s comes before 0.5 s"),
        ("spikes", np.full(5, np.nan), "finite times"),
        ("epos", np.zeros((2, 2)), r"shape \(2, 3\)"),
    ],
)
def test_damage_in_an_electrode_array_file(waves, name, value, message):
    with h5py.File(waves, "r+") as file:
        del file[name]
        file[name] = value
    with pytest.raises(DataError, match=message):
        ip.load(waves)


def test_a_retina_on_day_nine(data_dir):
    recording = ip.load(data_dir / "retinal_waves" / "Demas2003_P9_CTRL_MY1_1A.h5")
    assert (recording.n_units, len(recording.events)) == (26, 26911)
    assert recording.meta["species"] == "mouse"
    assert recording.units.position_um.shape == (26, 2)
