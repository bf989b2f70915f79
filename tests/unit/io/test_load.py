import os
import subprocess
import sys

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.io import sniff
from interplay.testing.mutations import valid_samples

FORMATS = {
    "events.csv": "text",
    "spikes.tsv": "text",
    "bare.txt": "text",
    "traces.csv": "text",
    "spikes.npz": "npz",
    "foreign.nwb": "nwb",
    "matrix.npy": "npy",
    "session": "dish",
    "own.npz": "npz",
}


def test_content_decides_the_format_and_the_ending_does_not(tmp_path):
    for sample in valid_samples(tmp_path):
        assert sniff(sample.path) == FORMATS[sample.name]
        first = ip.load(sample.path, **sample.hints)
        if sample.path.is_file():
            other = sample.path.with_name(f"other-{sample.path.stem}.dat")
            sample.path.rename(other)
            assert ip.load(other, **sample.hints).digest == first.digest
        assert first.notes


def test_the_room_opens_no_file_library_on_import():
    code = (
        "import sys, interplay.io as io; io.load, io.sniff, io.save_nwb, io.save_snapshots, io.DATASETS; "
        "print([m for m in ('h5py', 'scipy', 'pyarrow', 'pynwb', 'pandas', 'torch') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", r"is empty \(0 bytes\)"),
        ("junk.bin", b"\x00\x01\x02junk" * 9, "is binary .* in no known format"),
        ("old.pkl", b"\x80\x04\x95abc", "pickle, which is never opened"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "unpack it first"),
        ("paper.pdf", b"%PDF-1.4", "is a PDF"),
        ("x.zip", b"PK\x05\x06" + bytes(18), "ZIP archive but no NPZ"),
        ("x.npz", b"PK\x03\x04cut", "cannot be read"),
        ("x.h5", b"\x89HDF\r\n\x1a\n" + bytes(40), "cannot be read"),
        ("x.parquet", b"PAR1" + bytes(40), "cannot be read"),
        ("x.mat", b"MATLAB 5.0 MAT-file".ljust(128, b" ") + b"xxxx", "cannot be read|do not tell"),
        ("x.mat", bytes(200), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_paragraph(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        ip.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_folders_and_devices(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        ip.load(tmp_path / "none.nwb")
    with pytest.raises(DataError, match="does not exist"):
        ip.load(tmp_path / "none" / "none.nwb")
    with pytest.raises(DataError, match="no DishBrain session"):
        ip.load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        ip.load(tmp_path / "pipe")


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("src,dst,time\n0,1,2\n")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DataError, match="permission denied"):
        ip.load(path)


def test_hints_are_checked_before_the_file_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("src,dst,time\n0,1,2\n")
    with pytest.raises(ConfigError, match="did you mean 'src_column'"):
        ip.load(path, src_colum="a")
    with pytest.raises(ConfigError, match="Unknown kind 'graphs'"):
        ip.load(path, kind="graphs")
    with pytest.raises(ConfigError, match="`variable` means nothing for a text table"):
        ip.load(path, variable="x")


def test_a_kind_that_the_file_does_not_hold(tmp_path):
    np.savez(tmp_path / "a.npz", times=[0.1, 0.2], ids=[0, 1])
    with pytest.raises(DataError, match="asked for as kind='graph'"):
        ip.load(tmp_path / "a.npz", kind="graph")


def test_an_unknown_hdf5_file_is_listed(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["voltage"] = np.arange(3)
    with pytest.raises(DataError, match="no known layout; at its top: voltage"):
        ip.load(tmp_path / "a.h5")
