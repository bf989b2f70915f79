"""What a file is, told by its content."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from interplay._core.errors import DataError
from interplay.io.aedat import MARK
from interplay.io.bids_names import is_bids_folder
from interplay.io.cohort_store import is_cohort_folder
from interplay.io.event_store import is_event_folder
from interplay.io.gesture_folder import is_gesture_archive, is_gesture_folder
from interplay.io.guard import foreign, one_paragraph, require_file
from interplay.io.nifti_mark import is_nifti
from interplay.io.spoken_files import zipped_hdf5

_HDF5 = b"\x89HDF\r\n\x1a\n"
_READS = (
    "NWB, MAT (5 and 7.3), NPZ, NPY, Parquet, CSV/TSV/blank-separated text, "
    "NIfTI and CIFTI, electrode-array HDF5 (spikes, sCount, epos), DishBrain session folders, folders of `interplay "
    "ingest`, cohort folders, BIDS derivatives, "
    "AEDAT 2.0 and 3.1, DVS Gesture, spoken words in HDF5 (SHD, SSC)"
)
_GAME = re.compile(rb"^(info: |\d+: (game begin|ball |motor layout))", re.MULTILINE)
#: Names of other formats, to say what was brought instead.
_STRANGERS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "gzip-compressed: unpack it first"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
    (b"BZh", "bzip2-compressed: unpack it first"),
    (b"\xfd7zXZ", "xz-compressed: unpack it first"),
    (b"(\xb5/\xfd", "zstd-compressed: unpack it first"),
    (b"\x80\x02", "a Python pickle, which is never opened because it can run code"),
    (b"\x80\x04", "a Python pickle, which is never opened because it can run code"),
    (b"\x80\x05", "a Python pickle, which is never opened because it can run code"),
)


def sniff(path: str | os.PathLike[str]) -> str:
    """Name the format of a file or folder.

    Parameters
    ----------
    path : path

    Returns
    -------
    {"nwb", "electrode_array", "mat", "mat73", "npz", "npy", "parquet", "text", "nifti", "dish", "events",
    "cohort", "bids", "aedat", "gestures", "spoken"}
        Decided by magic bytes and structure; a wrong ending changes nothing. "electrode_array" is the HDF5 layout of
        the retinal-wave repository, "dish" a DishBrain session (its folder, or the `events.txt` in it), "events" a
        folder that `EventWriter` wrote, "cohort" one of `save_cohort`,
        "gestures" DVS Gesture (a folder of AEDAT with labels, or arrays cut from it, in a folder or a .tar.gz),
        "spoken" the HDF5 layout of the Spiking Heidelberg Digits, also in the ZIP they come in,
        "bids" a folder with participants.tsv, dataset_description.json, or folders of subjects (sub-*).

    Raises
    ------
    DataError
        If there is no such file, it is empty, cannot be opened, or is in no format that can be read.
    """
    place = Path(path)
    if place.is_dir():
        if is_event_folder(place):
            return "events"
        if is_cohort_folder(place):
            return "cohort"
        if (place / "events.txt").is_file() or (place / "spikes.bin").is_file():
            return "dish"
        if is_bids_folder(place):
            return "bids"
        with foreign(str(place)):
            gestures = is_gesture_folder(place)
        if gestures is not None:
            return "gestures"
        raise DataError(
            f"{place} is a folder without `events.txt` or `spikes.bin`, so it is no DishBrain session, and no stream "
            "of events, no cohort, no BIDS derivative (sub-*, participants.tsv) and no DVS Gesture either. Name a file "
            "inside it."
        )
    size = require_file(place)
    with foreign(str(place)), place.open("rb") as stream:
        head = stream.read(4096)
    return _by_magic(place, head) or _by_text(place, head, size)


def _by_magic(path: Path, head: bytes) -> str | None:
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if head.startswith(_HDF5):
        return _hdf5(path)
    if head[512:520] == _HDF5:
        return "mat73" if head.startswith(b"MATLAB 7.3") else _hdf5(path)
    if head.startswith(b"MATLAB 5.0"):
        return "mat"
    if is_nifti(path):
        return "nifti"
    if head.startswith(MARK):
        return "aedat"
    if head.startswith(b"\x1f\x8b") and is_gesture_archive(path):
        return "gestures"
    return None


def _zip(path: Path) -> str:
    with foreign(str(path)), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    if zipped_hdf5(names) is not None:
        return "spoken"
    listed = one_paragraph(", ".join(names[:4]))[:200] or "nothing"
    raise DataError(f"{path} is a ZIP archive but no NPZ: it holds {listed}. Unpack it first.")


def _hdf5(path: Path) -> str:
    import h5py

    with foreign(str(path)), h5py.File(path, "r") as file:
        names = list(file)
        is_nwb = "nwb_version" in file.attrs or file.attrs.get("neurodata_type") == "NWBFile"
        matlab = any("MATLAB_class" in file[name].attrs for name in names)
    if is_nwb:
        return "nwb"
    if {"spikes", "sCount"} <= set(names):
        return "electrode_array"
    if {"spikes", "labels"} <= set(names):
        return "spoken"
    if matlab:
        return "mat73"
    raise DataError(
        f"{path} is an HDF5 file of no known layout; at its top: {one_paragraph(', '.join(names[:8])) or 'nothing'}. "
        "Export it as NWB, or save the arrays as NPZ."
    )


def _by_text(path: Path, head: bytes, size: int) -> str:
    for magic, what in _STRANGERS:
        if head.startswith(magic):
            raise DataError(f"{path} is {what}. Formats that can be read: {_READS}.")
    if b"\x00" in head:
        if path.suffix.lower() == ".mat":
            return "mat"
        near = " It lies in a DishBrain session: load the folder." if (path.parent / "events.txt").is_file() else ""
        raise DataError(
            f"{path} is binary ({size} bytes) in no known format.{near} Formats that can be read: {_READS}."
        )
    if _GAME.search(head):
        return "dish"
    return "text"
