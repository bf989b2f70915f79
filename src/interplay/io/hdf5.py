"""Careful reading of HDF5: no dataset is allocated before its claimed size is believed, no odd object gets through."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.guard import foreign, require_claim, require_file


@contextlib.contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """Open for reading; a file that HDF5 cannot open is a DataError."""
    import h5py

    require_file(path)
    with foreign(str(path)):
        file = h5py.File(path, "r")
    try:
        yield file
    finally:
        with contextlib.suppress(Exception):
            file.close()


def name_of(node: Any) -> str:
    """Path of a group or dataset inside its file, without the leading slash."""
    with foreign("a group"):
        return str(node.name or "").lstrip("/")


def members(group: Any) -> list[str]:
    """Names in a group, sorted."""
    with foreign(f"the group {name_of(group) or '/'!r}"):
        return sorted(str(n) for n in group)


def child(group: Any, name: str) -> Any:
    """Give a member (a path is allowed), or None if it or its target does not exist."""
    with foreign(f"{name_of(group)}/{name}"):
        return group.get(name)


def is_group(node: Any) -> bool:
    """Whether a node is a group."""
    import h5py

    return isinstance(node, h5py.Group)


def is_dataset(node: Any) -> bool:
    """Whether a node is a dataset."""
    import h5py

    return isinstance(node, h5py.Dataset)


def attribute(node: Any, name: str, default: Any = None) -> Any:
    """Read an attribute, bytes decoded; `default` where it is absent."""
    with foreign(f"the attribute {name!r} of {name_of(node)!r}"):
        value = node.attrs.get(name, default)
    return text_of(value) if isinstance(value, bytes) else value


def text_of(value: Any) -> str:
    """Turn one stored text into str."""
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def require_dataset(group: Any, name: str) -> Any:
    """Give a dataset; its absence is a DataError that says where it was looked for."""
    node = child(group, name)
    if not is_dataset(node):
        listed = ", ".join(members(group)[:8]) or "nothing"
        raise DataError(
            f"the dataset {name_of(group)}/{name} is missing; there is: {listed}. The file is damaged or incomplete: "
            "fetch or export it again."
        )
    return node


def _require_stored(node: Any) -> None:
    """Refuse a dataset whose claimed size the stored bytes cannot hold."""
    what = f"the dataset {name_of(node)}"
    with foreign(what):
        claimed = int(node.size or 0) * int(node.dtype.itemsize)
        stored = int(node.id.get_storage_size())
        packed = node.compression is not None or node.id.get_create_plist().get_nfilters() > 0
        outside = node.is_virtual or node.external is not None
    if outside:
        raise DataError(f"{what} lies in another file. Copy the data into one file first.")
    require_claim(what, claimed, stored)
    if claimed > stored and not packed and node.chunks is None:
        raise DataError(
            f"{what} claims {claimed} bytes but the file holds {stored} bytes for it. "
            "The file is damaged or incomplete: fetch or export it again."
        )


def _require_text_lengths(node: Any) -> None:
    """Refuse texts that claim more bytes than the file has, before HDF5 takes memory for them.

    A text of variable length is stored as (length u32, heap address u64, index u32), its bytes in a heap that begins
    with "GCOL", four more bytes and its own size (u64). Only the plain layout is looked at.
    """
    import h5py

    what = f"the dataset {name_of(node)}"
    with foreign(what):
        kind = h5py.check_string_dtype(node.dtype)
        offset = node.id.get_offset()
        if kind is None or kind.length is not None or offset is None or node.file.userblock_size or not node.size:
            return
        path = Path(node.file.filename)
        stored = path.stat().st_size
        claimed = 0
        with path.open("rb") as stream:
            stream.seek(offset)
            raw = stream.read(16 * int(node.size))
            entries = np.frombuffer(raw[: len(raw) // 16 * 16], dtype=[("n", "<u4"), ("at", "<u8"), ("k", "<u4")])
            claimed = int(entries["n"].max(initial=0))
            for heap in np.unique(entries["at"][entries["at"] < stored]).tolist():
                stream.seek(heap)
                head = stream.read(16)
                if head[:4] == b"GCOL":
                    claimed = max(claimed, int.from_bytes(head[8:], "little"))
    if claimed > stored:
        raise DataError(
            f"{what} claims texts of {claimed} bytes but the whole file holds {stored}. "
            "The file is damaged: fetch or export it again."
        )


def numbers(node: Any, ndim: int | None = None) -> NDArray[Any]:
    """Read a dataset of numbers or booleans.

    Parameters
    ----------
    node : h5py.Dataset
    ndim : int or None
        Demanded number of axes; any where None.
    """
    what = f"the dataset {name_of(node)}"
    with foreign(what):
        kind, shape = node.dtype.kind, node.shape
    if kind not in "fiub" or shape is None:
        raise DataError(f"{what} must hold numbers, got type {node.dtype}. The file is damaged or not what it says.")
    if ndim is not None and len(shape) != ndim:
        raise DataError(
            f"{what} must have {ndim} axis/axes, got shape {shape}. The file is damaged or not what it says."
        )
    _require_stored(node)
    with foreign(what):
        array = np.asarray(node[()])
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def texts(node: Any) -> list[str]:
    """Read a one-axis dataset of texts or numbers as texts."""
    import h5py

    what = f"the dataset {name_of(node)}"
    with foreign(what):
        shape = node.shape
        is_reference = h5py.check_ref_dtype(node.dtype) is not None
    if shape is None or len(shape) != 1:
        raise DataError(f"{what} must be one column, got shape {shape}. The file is damaged or not what it says.")
    _require_stored(node)
    _require_text_lengths(node)
    with foreign(what):
        values = node[()]
        if is_reference:
            return [name_of(node.file[ref]).rsplit("/", 1)[-1] if ref else "" for ref in values]
        if values.dtype.kind in "iu":
            return [str(int(v)) for v in values]
        if values.dtype.kind == "f":
            return [
                str(int(v)) if v == int(v) else str(v) for v in values.tolist() if np.isfinite(v) or _no_number(what)
            ]
        if values.dtype.kind not in "SOUb":
            raise DataError(
                f"{what} must hold texts, got type {values.dtype}. The file is damaged or not what it says."
            )
        return [text_of(v) for v in values.tolist()]


def _no_number(what: str) -> bool:
    raise DataError(f"{what} must hold names, got NaN. Correct the file.")


def scalar_text(group: Any, name: str) -> str | None:
    """Read one text, or a short list of texts joined by commas; None if absent or of another type."""
    node = child(group, name)
    if not is_dataset(node):
        return None
    with foreign(f"the dataset {name_of(node)}"):
        if node.size is None or node.size > 1000 or node.dtype.kind not in "SOU":
            return None
    _require_text_lengths(node)
    with foreign(f"the dataset {name_of(node)}"):
        value = node[()]
        values = value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
    return ", ".join(text_of(v) for v in values) or None
