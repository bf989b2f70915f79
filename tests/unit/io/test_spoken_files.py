"""Spoken words in HDF5: read as they are laid out; what is damaged is refused."""

import zipfile

import h5py
import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import LabelledEvents
from interplay.io import read_spoken_digits, sniff
from interplay.testing.camera_files import write_spoken


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_every_sample_comes_back(tmp_path, dtype):
    path = write_spoken(tmp_path / "shd.h5", n=11, dtype=dtype)
    data = read_spoken_digits(path)
    with h5py.File(path) as file:
        for k in range(11):
            assert (data.time[data.pointer[k] : data.pointer[k + 1]] == file["spikes/times"][k]).all()
            assert (data.sample(k).unit == file["spikes/units"][k]).all()
        assert (data.label == file["labels"][()]).all()
    assert data.classes.tolist() == ["zero", "one", "null", "fünf"]
    assert data.group.tolist()[:4] == ["speaker 0", "speaker 1", "speaker 2", "speaker 0"]
    assert (data.n_units, data.time.dtype, data.n_events[2], data.duration_s[2]) == (700, np.float32, 0, 0.001)
    last = data.time[data.pointer[1:][data.n_events > 0] - 1]
    gap = data.duration_s[data.n_events > 0] - last
    assert ((gap > 0) & (gap <= 0.001 + 1e-6)).all()


def test_a_zip_is_read_as_it_was_offered(tmp_path):
    path = write_spoken(tmp_path / "shd_test.h5")
    packed = tmp_path / "shd_test.h5.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "shd_test.h5")
    assert sniff(path) == sniff(packed) == "spoken"
    assert ip.load(packed).digest == ip.load(path).digest
    assert isinstance(ip.load(path), LabelledEvents)
    assert ip.load(path, n_units=800).n_units == 800
    with pytest.raises(ConfigError, match="spoken words"):
        ip.load(path, rate_hz=3.0)
    with pytest.raises(DataError, match=r"`unit` must lie in \[0, n_units=100\)"):
        ip.load(path, n_units=100)


def test_spikes_out_of_order_are_sorted_and_told(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    before = read_spoken_digits(path)
    with h5py.File(path, "r+") as file:
        for k in (0, 4):
            order = np.random.default_rng(k).permutation(len(file["spikes/times"][k]))
            file["spikes/times"][k], file["spikes/units"][k] = (
                file["spikes/times"][k][order],
                file["spikes/units"][k][order],
            )
    found = read_spoken_digits(path)
    assert "spikes of 2 sample(s) were out of order, and were sorted" in found.notes
    assert (found.time == before.time).all()
    for k in range(6):
        a, b = found.sample(k), before.sample(k)
        assert sorted(zip(a.time, a.unit, strict=True)) == sorted(zip(b.time, b.unit, strict=True))


def test_what_may_be_absent_and_what_may_not(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path, "r+") as file:
        del file["extra"]
    data = read_spoken_digits(path)
    assert data.classes.tolist() == ["0", "1", "2", "3"]
    assert set(data.group) == {""}
    assert "no `extra/speaker`: who spoke is not known" in data.notes
    for name in ("spikes/units", "spikes/times", "labels"):
        with h5py.File(write_spoken(tmp_path / "less.h5"), "r+") as file:
            del file[name]
        with pytest.raises(DataError, match=f"the dataset .*{name} is missing"):
            read_spoken_digits(tmp_path / "less.h5")


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("labels", np.zeros(5, np.uint8), "must be 5 lists of numbers, one per label"),
        ("labels", np.zeros(6), "`labels` must be whole numbers"),
        ("labels", np.full(6, 4), r"`label` must lie in \[0, C=4\)"),
        ("spikes/times", np.zeros((6, 3)), "must be 6 lists of numbers"),
        ("extra/speaker", np.zeros(5, np.uint8), "must have one entry per label, 6, got 5"),
        ("extra/keys", np.array([b"a", b"a", b"b", b"c"]), "name each class once"),
    ],
)
def test_parts_that_do_not_fit(tmp_path, name, value, match):
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = value
    with pytest.raises(DataError, match=match):
        read_spoken_digits(path)


def test_lists_of_unequal_length_and_times_that_are_none(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path, "r+") as file:
        file["spikes/units"][1] = file["spikes/units"][1][:-1]
    with pytest.raises(DataError, match=r"must be equally long, got (\d+) and \d+ in sample 1"):
        read_spoken_digits(path)
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path, "r+") as file:
        file["spikes/times"][1] = np.full(len(file["spikes/times"][1]), np.nan)
    with pytest.raises(DataError, match=r"must be seconds >= 0, got nan in sample 1 and \d+ such"):
        read_spoken_digits(path)


def test_a_list_that_claims_more_than_is_stored_is_refused_before_it_is_read(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path) as file:
        info = file["spikes/times"].id.get_chunk_info(0)
    whole = path.read_bytes()
    for claim, match in (
        (500, r"a list of 500 values but \d+ bytes are stored"),
        (2**31, r"values, more than the file"),
    ):
        raw = bytearray(whole)
        raw[info.byte_offset : info.byte_offset + 4] = claim.to_bytes(4, "little")
        path.write_bytes(bytes(raw))
        with pytest.raises(DataError, match=match):
            read_spoken_digits(path)


def test_packed_lists_are_read_too(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    whole = read_spoken_digits(path)
    with h5py.File(path) as file, h5py.File(tmp_path / "packed.h5", "w") as out:
        for name in ("spikes/times", "spikes/units"):
            copied = out.create_dataset(name, (6,), dtype=file[name].dtype, chunks=(2,), compression="gzip")
            for k in range(6):
                copied[k] = file[name][k]
        for name in ("labels", "extra/keys", "extra/speaker"):
            out[name] = file[name][()]
    assert read_spoken_digits(tmp_path / "packed.h5").digest == whole.digest


@pytest.mark.parametrize("filters", [{"compression": "gzip", "shuffle": True}, {"chunks": None}])
def test_lists_are_found_however_their_heads_are_stored(tmp_path, filters):
    path = write_spoken(tmp_path / "shd.h5")
    with h5py.File(path) as file, h5py.File(tmp_path / "other.h5", "w") as out:
        for name in ("spikes/times", "spikes/units"):
            copied = out.create_dataset(name, (6,), dtype=file[name].dtype, **filters)
            for k in range(6):
                copied[k] = file[name][k]
        for name in ("labels", "extra/keys", "extra/speaker"):
            out[name] = file[name][()]
    assert read_spoken_digits(tmp_path / "other.h5").digest == read_spoken_digits(path).digest


def test_other_packings_and_damaged_heaps_are_refused(tmp_path):
    path = write_spoken(tmp_path / "shd.h5")
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"GCOL", b"GCOX"))
    with pytest.raises(DataError, match="but 0 bytes are stored for it"):
        read_spoken_digits(path)
    path = write_spoken(tmp_path / "lzf.h5")
    with h5py.File(path, "r+") as file:
        lists = [row for row in file["spikes/times"]]
        del file["spikes/times"]
        packed = file.create_dataset("spikes/times", (6,), dtype=h5py.vlen_dtype(np.float16), compression="lzf")
        for k in range(6):
            packed[k] = lists[k]
    with pytest.raises(DataError, match=r"stored in a way that is not read\. Rewrite the file with `h5repack"):
        read_spoken_digits(path)
