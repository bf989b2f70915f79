"""A cohort as a folder: opened without being read, and written scan by scan.

Signals and matrices are files of bare little-endian numbers, so that appending is writing on. The manifest says which
files count and how much of them, and holds what is known of every scan; it is replaced last, in one step.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Cohort, Units
from interplay.io.atomic import write_aside
from interplay.io.column_folder import checksum, hold_folder
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints

#: File that marks a folder as a cohort, and the version of its layout.
MANIFEST = "cohort.json"
LAYOUT = 1
_HOLDS = "cohort of scans"
_FILE = re.compile(r"(series|structure)-\d{1,9}\.bin")
_DTYPES = ("<f2", "<f4", "<f8")
#: Bytes written at once.
_BLOCK = 1 << 24
_AGAIN = "The folder is damaged: remove it and write the cohort again."


def is_cohort_folder(path: str | os.PathLike[str]) -> bool:
    """Say whether a folder bears the mark of a cohort; nothing of it is checked."""
    return (Path(path) / MANIFEST).is_file()


def save_cohort(cohort: Cohort, path: str | os.PathLike[str]) -> Path:
    """Write a cohort to a folder.

    Parameters
    ----------
    cohort : Cohort
        May be mapped, also from the very folder it is written to.
    path : path
        A new or empty folder, or one that holds a cohort, which is replaced: until the end the older one stays.

    Returns
    -------
    Path
        `path`. `open_cohort` gives the same cohort back, to the bit.

    Raises
    ------
    DataError
        If the folder holds something else, cannot be written to, or values are infinite or wider than 64 bits.
    ConfigError
        If another process is writing there.

    Notes
    -----
    Memory: one block of 16 MiB beside the cohort. A crash leaves the older cohort, or a folder without one.

    Examples
    --------
    >>> import tempfile
    >>> from interplay.data import Cohort, Units
    >>> cohort = Cohort.of([[[1.0, 2.0], [3.0, 4.0]]], regions=Units(n=2), subject=["a"], dt_s=2.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     open_cohort(save_cohort(cohort, folder + "/mine")).digest == cohort.digest
    True
    """
    folder = Path(path)
    with hold_cohort(folder):
        older = read_manifest(folder) if is_cohort_folder(folder) else None
        meta = new_manifest(cohort.regions, cohort.dt_s, cohort.notes, generation=next_generation(older))
        for name, array in (("series", cohort.series), ("structure", cohort.structure)):
            if array is not None:
                meta["files"][name] |= {"dtype": stored_dtype(name, array), "rows": len(array)}
                with (folder / meta["files"][name]["name"]).open("wb") as file:
                    for raw in blocks(name, array, meta["files"][name]["dtype"]):
                        file.write(raw)
                        meta["files"][name]["crc32"] = zlib.crc32(raw, meta["files"][name]["crc32"])
                    file.flush()
                    os.fsync(file.fileno())
        meta["scans"] = {
            "subject": cohort.subject.tolist(),
            "session": cohort.session.tolist(),
            "samples": cohort.lengths.tolist(),
            "structure_of": cohort.structure_of.tolist(),
        }
        meta["covariates"] = {name: write_column(name, values) for name, values in cohort.covariates.items()}
        write_manifest(folder, meta)
    return folder


def open_cohort(path: str | os.PathLike[str], *, check: bool = True) -> Cohort:
    """Open a cohort that `save_cohort` or `CohortWriter` wrote, without reading it into memory.

    Parameters
    ----------
    path : path
        The folder.
    check : bool
        Whether signals and matrices are held against their checksums, for which each is read once, front to back.

    Returns
    -------
    Cohort
        Its signals and matrices are mapped: the system pages them in and out, so that they may be larger than memory.
        It holds the scans that counted when it was opened.

    Raises
    ------
    DataError
        If the folder is no cohort, is incomplete, or its content is not what was written.
    """
    folder = Path(path)
    meta = read_manifest(folder)
    try:
        regions = _regions(meta["regions"])
        scans, n = meta["scans"], len(meta["scans"]["subject"])
        if n == 0:
            raise DataError(f"{folder} holds no scan yet. Append some first.")
        columns: dict[str, Any] = {
            "subject": np.array(scans["subject"], dtype=str),
            "session": np.array(scans["session"], dtype=str),
            "structure_of": np.array(scans["structure_of"], dtype=np.int64),
            "pointer": np.concatenate([[0], np.cumsum(np.array(scans["samples"], dtype=np.int64))]),
            "covariates": {name: _read_column(column) for name, column in meta["covariates"].items()},
        }
        mapped: Any = {name: _mapped(folder, name, meta, regions.n, check=check) for name in ("series", "structure")}
        return Cohort(
            regions=regions, dt_s=float(meta["dt_s"]), notes=tuple(map(str, meta["notes"])), **columns, **mapped
        )
    except DataError as error:
        text = str(error)
        raise DataError(text if text.startswith(str(folder)) else f"{folder}: {text}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"{folder / MANIFEST} is damaged ({type(error).__name__}). {_AGAIN}") from error


def load_cohort(path: Path, kind: str | None, hints: Hints) -> Cohort:
    """Open a cohort as `interplay.load` does: checked, and mapped."""
    return open_cohort(path)


def hold_cohort(folder: Path) -> Any:
    """Hold a folder for writing a cohort, clear of what a killed writer left; see `hold_folder`."""
    lock = hold_folder(folder, "a cohort", MANIFEST, lambda name: _FILE.fullmatch(name) is not None)
    try:
        counts: set[str] = set()
        if is_cohort_folder(folder):
            counts = {entry["name"] for entry in read_manifest(folder)["files"].values()}
        _clear(folder, counts)
    except BaseException:
        lock.close()
        raise
    return lock


def _clear(folder: Path, keep: set[str]) -> None:
    for path in folder.iterdir():
        if _FILE.fullmatch(path.name) and path.name not in keep:
            path.unlink()


def new_manifest(regions: Units, dt_s: float, notes: Any, *, generation: int) -> dict[str, Any]:
    """Give the manifest of a cohort without scans."""
    if not (isinstance(dt_s, int | float | np.number) and np.isfinite(dt_s) and dt_s > 0):
        raise DataError(f"`dt_s` must be a positive number of seconds, got {dt_s!r}. Give the repetition time.")
    place = regions.position_um
    return {
        "holds": _HOLDS,
        "layout": LAYOUT,
        "dt_s": float(dt_s),
        "notes": [str(note) for note in notes],
        "regions": {
            "id": regions.id.tolist(),
            "group": regions.group.tolist(),
            "sign": regions.sign.tolist(),
            "position_um": None if place is None else _plain(place),
        },
        "scans": {"subject": [], "session": [], "samples": [], "structure_of": []},
        "covariates": {},
        "files": {
            name: {"name": f"{name}-{generation}.bin", "dtype": None, "rows": 0, "crc32": 0}
            for name in ("series", "structure")
        },
    }


def next_generation(older: Mapping[str, Any] | None) -> int:
    """Choose the number of the files of a cohort that replaces another, so that both can lie side by side."""
    if older is None:
        return 0
    return 1 + max(int(entry["name"].split("-")[1].split(".")[0]) for entry in older["files"].values())


def write_manifest(folder: Path, meta: Mapping[str, Any]) -> None:
    """Let a manifest count; files of an older one go."""
    text = json.dumps({**meta, "crc32": _own_checksum(meta)}, indent=1, sort_keys=True)
    write_aside(folder / MANIFEST, text + "\n")
    _clear(folder, {entry["name"] for entry in meta["files"].values()})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a cohort; what is damaged or of another layout is refused."""
    place = folder / MANIFEST
    if not place.is_file():
        raise DataError(f"{folder} is no cohort: it has no {MANIFEST}. Name a folder of `save_cohort`.")
    require_file(place)
    with foreign(str(place)):
        meta = json.loads(place.read_text(encoding="utf-8"))
    if not isinstance(meta, dict) or meta.get("holds") != _HOLDS:
        raise DataError(f"{folder} is no cohort: its {MANIFEST} says otherwise. Name another folder.")
    if meta.get("layout") != LAYOUT:
        raise DataError(f"{folder} has layout {meta.get('layout')!r}, this version reads {LAYOUT}. Update interplay.")
    known = meta.pop("crc32", None)
    files = meta.get("files")
    whole = isinstance(files, dict) and set(files) == {"series", "structure"}
    whole = (
        isinstance(files, dict)
        and whole
        and all(isinstance(e, dict) and _FILE.fullmatch(str(e.get("name"))) for e in files.values())
    )
    if known != _own_checksum(meta) or not whole:
        raise DataError(f"{place} is not what was written: its checksum differs. {_AGAIN}")
    return meta


def _own_checksum(meta: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(meta, sort_keys=True).encode())


def stored_dtype(name: str, array: NDArray[Any]) -> str:
    """Name the type that an array of numbers is stored in; one wider than 64 bits is refused."""
    found = array.dtype.newbyteorder("<").str if array.dtype.kind == "f" else "<f8"
    if found not in _DTYPES:
        raise DataError(f"`{name}` must be numbers of 16, 32 or 64 bits, got {array.dtype}. Convert them.")
    return found


def blocks(name: str, array: NDArray[Any], dtype: str) -> Iterator[bytes]:
    """Give the bytes of an array block by block; infinite values are refused."""
    width = max(1, array.nbytes // max(len(array), 1))
    step = max(1, _BLOCK // width)
    for k in range(0, len(array), step):
        with np.errstate(over="ignore"):  # what became infinite is refused below
            part = np.ascontiguousarray(array[k : k + step], dtype=dtype)
        if np.isinf(part).any():
            where = np.argwhere(np.isinf(part))[0] + np.array([k, *[0] * (part.ndim - 1)])
            raise DataError(
                f"`{name}` must not be infinite in type {dtype}: {name}{where.tolist()} is. Use NaN for missing "
                "regions, or a wider type."
            )
        yield part.tobytes()


def write_column(name: str, values: NDArray[Any]) -> dict[str, Any]:
    """Turn a covariate into plain values that give it back to the bit."""
    if values.dtype.kind == "f" and values.dtype.itemsize > 8:
        raise DataError(f"covariate `{name}` must be numbers of at most 64 bits, got {values.dtype}. Convert it.")
    return {"dtype": values.dtype.newbyteorder("<").str, "values": _plain(values)}


def _plain(values: NDArray[Any]) -> list[Any]:
    """Turn an array into lists of plain values, with None for NaN."""
    if values.dtype.kind != "f":
        return cast(list[Any], values.tolist())
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    return cast(list[Any], plain.tolist())


def _read_column(column: Mapping[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(column["dtype"])
    if dtype.kind not in "Ubiuf" or dtype.itemsize > 1 << 16:
        raise DataError(f"a covariate is of type {dtype}. {_AGAIN}")
    values = column["values"]
    return np.array([np.nan if v is None else v for v in values] if dtype.kind == "f" else values, dtype=dtype)


def _regions(table: Mapping[str, Any]) -> Units:
    place = table["position_um"]
    if place is not None:
        place = np.array([[np.nan if v is None else v for v in row] for row in place], dtype=np.float64)
    return Units(
        n=len(table["id"]),
        id=np.array(table["id"], dtype=str),
        group=np.array(table["group"], dtype=str),
        sign=np.array(table["sign"], dtype=np.int64),
        position_um=place,
    )


def _mapped(folder: Path, name: str, meta: Mapping[str, Any], n: int, *, check: bool) -> NDArray[Any] | None:
    entry = meta["files"][name]
    if entry["dtype"] is None:
        return None
    if entry["dtype"] not in _DTYPES or not isinstance(entry["rows"], int) or entry["rows"] < 0:
        raise DataError(f"{folder / MANIFEST} is damaged. {_AGAIN}")
    path = folder / entry["name"]
    shape = (entry["rows"], n) if name == "series" else (entry["rows"], n, n)
    size = int(np.prod([int(s) for s in shape], dtype=object)) * np.dtype(entry["dtype"]).itemsize
    if not path.is_file() or path.stat().st_size < size:
        raise DataError(f"{path} is missing or shorter than its manifest says. {_AGAIN}")
    if check and checksum(path, size) != entry["crc32"]:
        raise DataError(f"{path} is not what was written: its checksum differs. {_AGAIN}")
    if size == 0:
        return np.empty(shape, entry["dtype"])
    with foreign(str(path)):
        return np.memmap(path, dtype=entry["dtype"], mode="r", shape=shape)
