"""Spoken words as spikes of a cochlea: the HDF5 files of the Spiking Heidelberg Digits and Spiking Speech Commands.

References
----------
Cramer, Stradmann, Schemmel, Zenke (2022), IEEE Trans. Neural Netw. Learn. Syst. 33:2744, and zenkelab.org/resources.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.data import LabelledEvents
from interplay.io import hdf5
from interplay.io.guard import foreign, require_claim
from interplay.io.hints import Hints

#: Channels of the cochlea of both sets.
CHANNELS = 700
#: Number of HDF5's filter, and what a heap can hold: its members are numbered in 16 bits.
_DEFLATE = 1
_MOST_MEMBERS = 1 << 16


def read_spoken_digits(path: str | os.PathLike[str], *, n_units: int = CHANNELS) -> LabelledEvents:
    """Read a file of spoken words: SHD, SSC, or one laid out alike.

    Parameters
    ----------
    path : path
        HDF5, or a ZIP archive with one HDF5 file in it, as the sets are offered; that is unpacked aside and removed.
    n_units : int, >= 1
        Channels; the file does not say.

    Returns
    -------
    LabelledEvents
        Times are float32; `group` is the speaker, where the file says.

    Raises
    ------
    DataError
        If a part is missing, of another type, longer than what is stored, or out of range.

    Notes
    -----
    ``spikes/times`` (S lists of float16 or float32, s), ``spikes/units`` (S lists of whole numbers), ``labels`` (S,),
    ``extra/keys`` (C names) and ``extra/speaker`` (S,); the last two may be absent. The file does not say how long was
    listened: a sample is taken to end at the first whole millisecond after its last spike. float16 steps by 0.5 ms
    from 0.5 s on and by 1 ms from 1 s on. Spikes that are not in order of time are sorted within their sample, and
    their number of samples is noted; the order carries nothing.
    """
    require_setting("n_units", n_units, least=1, most=2**31 - 1, whole=True)
    place = Path(path)
    if zipfile.is_zipfile(place):
        with tempfile.TemporaryDirectory(prefix="interplay-") as folder:
            return _read(_unpacked(place, Path(folder)), n_units)
    return _read(place, n_units)


def load_spoken(path: Path, kind: str | None, hints: Hints) -> LabelledEvents:
    """Read a file as `read_spoken_digits` does."""
    return read_spoken_digits(path, n_units=CHANNELS if hints.n_units is None else hints.n_units)


def zipped_hdf5(names: list[str]) -> str | None:
    """Name the one HDF5 file of an archive; None where there is none, or more."""
    found = [n for n in names if n.endswith((".h5", ".hdf5")) and not n.startswith("__MACOSX")]
    return found[0] if len(found) == 1 else None


def _unpacked(path: Path, folder: Path) -> Path:
    with foreign(str(path)), zipfile.ZipFile(path) as archive:
        name = zipped_hdf5(archive.namelist())
        if name is None:
            raise DataError(f"{path} must hold one HDF5 file, got {', '.join(archive.namelist()[:4])}. Unpack it.")
        entry = archive.getinfo(name)
        require_claim(f"{path}: {name}", entry.file_size, entry.compress_size)
        target = folder / "spoken.h5"
        with archive.open(entry) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out, 1 << 20)
    return target


def _read(path: Path, n_units: int) -> LabelledEvents:
    notes = [f"read as spoken words in HDF5 (spikes/times, spikes/units, labels), {n_units} channels"]
    with hdf5.open_hdf5(path) as file:
        times = hdf5.require_dataset(file, "spikes/times")
        units = hdf5.require_dataset(file, "spikes/units")
        label = hdf5.numbers(hdf5.require_dataset(file, "labels"), 1)
        if label.dtype.kind not in "iu":
            raise DataError(f"`labels` must be whole numbers, got {label.dtype}. The file is damaged or another one.")
        n = len(label)
        time, lengths = _lists(times, n, "f", np.float32)
        unit, other = _lists(units, n, "iu", np.int64)
        classes = _classes(file, label, notes)
        group = _speakers(file, n, notes)
    if not np.array_equal(lengths, other):
        k = int(np.argmax(lengths != other))
        raise DataError(
            f"`spikes/times` and `spikes/units` must be equally long, got {lengths[k]} and {other[k]} in sample {k}. "
            "The file is damaged: fetch it again."
        )
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    bad = ~((time >= 0) & (time < np.inf))
    if bad.any():
        k = int(np.argmax(bad))
        raise DataError(
            f"`spikes/times` must be seconds >= 0, got {time[k]} in sample "
            f"{int(np.searchsorted(pointer, k, side='right')) - 1} and {int(bad.sum())} such value(s) in all. The "
            "file is damaged: fetch it again."
        )
    time, unit = _in_order(time, unit, pointer, notes)
    last = np.zeros(n)
    full = lengths > 0
    last[full] = time[pointer[1:][full] - 1]
    notes.append("the file does not say how long was listened: up to the first millisecond after the last spike")
    return LabelledEvents(
        time=time,
        unit=unit,
        pointer=pointer,
        label=label,
        classes=classes,
        n_units=n_units,
        duration_s=(np.floor(last * 1e3) + 1) * 1e-3,
        group=group,
        notes=tuple(notes),
    )


def _lists(node: Any, n: int, kinds: str, dtype: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Read S lists of numbers, joined, and their lengths.

    HDF5 keeps such lists in heaps that its library follows without end where they are damaged, so they are read from
    the file here. A list is stored as its length (u32), the address (u64) of a heap and its number there (u32).
    """
    import h5py

    what = f"the dataset {hdf5.name_of(node)}"
    with foreign(what):
        base, shape = h5py.check_vlen_dtype(node.dtype), node.shape
    if base is None or np.dtype(base).kind not in kinds or shape != (n,):
        raise DataError(
            f"{what} must be {n} lists of numbers, one per label, got shape {shape} of {node.dtype}. The file is "
            "damaged or another one."
        )
    with foreign(what):
        heads = _heads(node, n, what)
        file = Path(node.file.filename)
    itemsize, size = np.dtype(base).itemsize, file.stat().st_size
    lengths = heads["n"].astype(np.int64)
    if int(lengths.sum()) * itemsize > size:
        raise DataError(
            f"{what} claims {int(lengths.sum())} values, more than the file of {size} bytes can hold. The file is "
            "damaged: fetch it again."
        )
    joined, place = np.empty(int(lengths.sum()), dtype), 0
    heaps: dict[int, dict[int, tuple[int, int]]] = {}
    with foreign(what), file.open("rb") as stream:
        for count, at, number in heads[lengths > 0].tolist():
            if at not in heaps:
                heaps = {at: _heap(stream, at, size)}  # lists that follow each other share a heap, if any do
            start, stored = heaps[at].get(number, (0, 0))
            if count * itemsize > stored:
                raise DataError(
                    f"{what} claims a list of {count} values but {stored} bytes are stored for it. The file is "
                    "damaged: fetch it again."
                )
            stream.seek(start)
            joined[place : place + count] = np.frombuffer(stream.read(count * itemsize), dtype=base)
            place += count
    return joined, lengths


def _heads(node: Any, n: int, what: str) -> NDArray[Any]:
    """Read lengths and places of lists, (S,) of ("n", "at", "k")."""
    if node.file.userblock_size:
        raise DataError(f"{what} lies behind something else in the file (a user block). Export the file anew.")
    heads = np.zeros(n, dtype=[("n", "<u4"), ("at", "<u8"), ("k", "<u4")])
    if node.chunks is not None:
        plan = node.id.get_create_plist()
        filters = [plan.get_filter(k)[0] for k in range(plan.get_nfilters())]
        for k in range(node.id.get_num_chunks()):
            (first,) = node.id.get_chunk_info(k).chunk_offset
            mask, raw = node.id.read_direct_chunk((first,))
            used = [kind for bit, kind in enumerate(filters) if not mask >> bit & 1]  # shuffling leaves lists out
            if used == [_DEFLATE]:
                raw = zlib.decompressobj().decompress(raw, node.chunks[0] * heads.itemsize)
            elif used:
                raise _stored_otherwise(what)
            rows = min(n - first, node.chunks[0])
            heads[first : first + rows] = np.frombuffer(raw, dtype=heads.dtype, count=rows)
    elif n and node.id.get_offset() is not None:
        with Path(node.file.filename).open("rb") as stream:
            stream.seek(node.id.get_offset())
            heads[:] = np.frombuffer(stream.read(heads.nbytes), dtype=heads.dtype)
    elif n:
        raise _stored_otherwise(what)
    return heads


def _stored_otherwise(what: str) -> DataError:
    return DataError(f"{what} is stored in a way that is not read. Rewrite the file with `h5repack -f GZIP=1`.")


def _heap(stream: Any, at: int, size: int) -> dict[int, tuple[int, int]]:
    """Places and sizes of the members of one heap, by number; empty where there is none.

    A heap begins with "GCOL", four bytes and its own size (u64); its members follow, each with a head of 16 bytes
    (u16 number, u16 count of references, four bytes, u64 size) and its content up to a multiple of 8 bytes; number 0
    is what is free.
    """
    stream.seek(min(at, size))
    head = stream.read(16)
    if len(head) < 16 or head[:4] != b"GCOL":
        return {}
    found: dict[int, tuple[int, int]] = {}
    place, end = at + 16, min(at + int.from_bytes(head[8:], "little"), size)
    while place + 16 <= end and len(found) < _MOST_MEMBERS:
        stream.seek(place)
        head = stream.read(16)
        number, length = int.from_bytes(head[:2], "little"), int.from_bytes(head[8:], "little")
        if number == 0 or number in found or place + 16 + length > end:
            break
        found[number] = (place + 16, length)
        place += 16 + (length + 7) // 8 * 8
    return found


def _classes(file: Any, label: NDArray[Any], notes: list[str]) -> NDArray[np.str_]:
    node = hdf5.child(file, "extra/keys")
    if hdf5.is_dataset(node):
        return np.array(hdf5.texts(node), dtype=str)
    notes.append("no `extra/keys`: classes are called by their numbers")
    if len(label) and (label.min() < 0 or label.max() > 1 << 20):
        raise DataError(
            f"`labels` must be numbers of classes, got {label.min()} to {label.max()}. The file is damaged."
        )
    return np.array([str(k) for k in range(int(label.max(initial=0)) + 1)])


def _speakers(file: Any, n: int, notes: list[str]) -> NDArray[np.str_]:
    node = hdf5.child(file, "extra/speaker")
    if not hdf5.is_dataset(node):
        notes.append("no `extra/speaker`: who spoke is not known")
        return np.full(n, "")
    found = hdf5.texts(node)
    if len(found) != n:
        raise DataError(f"`extra/speaker` must have one entry per label, {n}, got {len(found)}. The file is damaged.")
    return np.array([f"speaker {k}" for k in found], dtype=str)


def _in_order(
    time: NDArray[Any], unit: NDArray[Any], pointer: NDArray[np.int64], notes: list[str]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sort the samples that are out of order, and say how many were."""
    back = np.diff(time) < 0
    inner = pointer[1:-1]
    back[inner[(inner > 0) & (inner < len(time))] - 1] = False
    samples = np.unique(np.searchsorted(pointer, np.flatnonzero(back), side="right") - 1)
    for k in samples:
        cut = slice(pointer[k], pointer[k + 1])
        order = np.argsort(time[cut], kind="stable")
        time[cut], unit[cut] = time[cut][order], unit[cut][order]
    if len(samples):
        notes.append(f"spikes of {len(samples)} sample(s) were out of order, and were sorted")
    return time, unit
