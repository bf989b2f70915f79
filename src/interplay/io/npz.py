"""Our own NPZ files: plain arrays and a JSON header, never a pickle, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Series, Snapshots, TemporalGraph, Units
from interplay.io.atomic import aside
from interplay.io.guard import foreign, require_claim, require_file

#: Member that marks a file as ours, and the version of the layout.
HEADER = "interplay"
LAYOUT = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_arrays(
    path: str | os.PathLike[str], arrays: Mapping[str, Any], *, header: Mapping[str, Any] | None = None
) -> Path:
    """Write named arrays to an NPZ file that appears whole or not at all.

    Parameters
    ----------
    path : path
    arrays : mapping of str to array_like
        Numbers, booleans or text; objects are refused because only a pickle could hold them.
    header : mapping or None
        Anything JSON can hold; read back by `load_header`.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If an array holds objects, or a name cannot be a file's name.

    Notes
    -----
    Members are sorted by name and dated 1980, and deflated at level 1: equal content gives equal bytes on one machine
    (another build of zlib may pack the same content differently). `numpy.load` reads the file.
    """
    members: dict[str, NDArray[Any]] = {}
    for name, value in arrays.items():
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise DataError(f"the array {name!r} must hold numbers, booleans or text, got objects. Convert it first.")
        if not name or name == HEADER or name.startswith(("/", ".")) or "\\" in name or ".." in name:
            raise DataError(f"{name!r} cannot be the name of an array in a file. Choose another.")
        members[name] = np.ascontiguousarray(array) if array.ndim else array
    if header is not None:
        members[HEADER] = np.array(json.dumps(dict(header), sort_keys=True))
    with aside(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, members[name], allow_pickle=False)
    return Path(path)


def load_arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Read every array of an NPZ file (the JSON header of our own files is left out).

    Raises
    ------
    DataError
        If the file is damaged, holds objects, or an array claims more than the file can hold.
    """
    place = Path(path)
    require_file(place)
    with foreign(str(place)), zipfile.ZipFile(place) as archive:
        entries = [e for e in archive.infolist() if e.filename.endswith(".npy")]
        if len({e.filename for e in entries}) != len(entries):
            raise DataError(f"{place}: two arrays have the same name. The file is damaged: export it again.")
        return {e.filename[:-4]: _member(place, archive, e) for e in entries if e.filename != f"{HEADER}.npy"}


def load_header(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Read the JSON header of one of our NPZ files; None if there is none."""
    place = Path(path)
    require_file(place)
    with foreign(str(place)), zipfile.ZipFile(place) as archive:
        found = [e for e in archive.infolist() if e.filename == f"{HEADER}.npy"]
        if not found:
            return None
        text = str(_member(place, archive, found[0])[()])
    try:
        header = json.loads(text)
    except ValueError as error:
        raise DataError(f"{place}: the header is no JSON. The file is damaged: save it again.") from error
    if not isinstance(header, dict):
        raise DataError(f"{place}: the header must be a JSON object. The file is damaged: save it again.")
    return header


def _member(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    what = f"{path}: array {entry.filename[:-4]!r}"
    require_claim(what, entry.file_size, entry.compress_size)
    with foreign(what), archive.open(entry) as stream:
        return read_npy(what, stream.read())


def read_npy(what: str, raw: bytes) -> NDArray[Any]:
    """Read one array in NPY form from bytes; its claimed size must be the size that is there."""
    with foreign(what):
        stream = io.BytesIO(raw)
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(stream)
    if dtype.hasobject:
        raise DataError(
            f"{what} holds Python objects, which are never opened because they can run code. Save plain arrays."
        )
    count = 1
    for n in shape:
        count *= int(n)
    left = len(raw) - stream.tell()
    if count * dtype.itemsize != left:
        raise DataError(
            f"{what} claims {shape} values of {dtype}, {count * dtype.itemsize} bytes, but {left} bytes are there. "
            "The file is damaged or incomplete: fetch or export it again."
        )
    with foreign(what):
        flat = np.frombuffer(raw, dtype=dtype, count=count, offset=stream.tell()).copy()
        array = flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
    if array.dtype.kind == "U":
        with foreign(what):
            array.tolist()  # a code point beyond Unicode shows itself here
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def require_digest(found: str, header: Mapping[str, Any], remedy: str) -> None:
    """Refuse content that is not what was written: nothing of ours is read in part."""
    if header.get("digest") != found:
        raise DataError(
            f"the content has the digest {found}, but {header.get('digest')!r} was written. The file is damaged or was "
            f"changed: {remedy}"
        )


def pack_snapshots(snapshots: Snapshots, prefix: str = "") -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Take snapshots apart into arrays and a header."""
    names = ["bounds", "pointer", "src", "dst", "weight", "present"]
    names += [] if snapshots.pvalues is None else ["pvalues"]
    return {prefix + n: getattr(snapshots, n) for n in names}, {
        "n_nodes": snapshots.n_nodes,
        "directed": snapshots.directed,
    }


def unpack_snapshots(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any], prefix: str = "") -> Snapshots:
    """Put snapshots together again."""
    names = ("bounds", "pointer", "src", "dst", "weight", "present")
    parts = {n: part(arrays, prefix + n) for n in names}
    return Snapshots(
        **parts,
        pvalues=arrays.get(f"{prefix}pvalues"),
        n_nodes=_whole(header, "n_nodes"),
        directed=bool(header.get("directed")),
    )


def part(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """Give one array of a file of ours; its absence is an error."""
    if name not in arrays:
        raise DataError(f"the array {name!r} is missing. The file is damaged or incomplete: save it again.")
    return arrays[name]


def _whole(header: Mapping[str, Any], name: str) -> int:
    value = header.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise DataError(f"the header's {name!r} must be a whole number, got {value!r}. The file is damaged.")
    return value


def _span(header: Mapping[str, Any]) -> Any:
    return header.get("span")


def save_snapshots(
    snapshots: Snapshots, path: str | os.PathLike[str], *, about: Mapping[str, Any] | None = None
) -> Path:
    """Write snapshots to NPZ; equal snapshots give equal bytes.

    Parameters
    ----------
    snapshots : Snapshots
    path : path
    about : mapping or None
        What JSON can hold and a reader should know (method, settings); found again by `load_header`.
    """
    arrays, header = pack_snapshots(snapshots)
    return save_arrays(
        path, arrays, header=marked("Snapshots", snapshots.digest, {"about": dict(about or {}), **header})
    )


def open_own(path: str | os.PathLike[str], holds: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read arrays and header of a file of ours, after checking that it holds what is wanted."""
    require_file(Path(path))
    with foreign(str(path)), Path(path).open("rb") as stream:
        magic = stream.read(2)
    if magic != b"PK":
        raise DataError(f"{path} must hold {holds} in an NPZ file, but it is none. Give the .npz, not an export of it.")
    header = load_header(path)
    if header is None or header.get("holds") != holds:
        found = "an NPZ file of another origin" if header is None else f"a file of {header.get('holds')!r}"
        raise DataError(f"{path} must hold {holds}, but it is {found}. Read it with `interplay.load`.")
    if header.get("layout") != LAYOUT:
        raise DataError(f"{path} has layout {header.get('layout')!r}, this version reads {LAYOUT}. Update interplay.")
    return load_arrays(path), header


def _named(path: str | os.PathLike[str], error: DataError) -> DataError:
    text = str(error)
    return error if text.startswith(str(path)) else DataError(f"{path}: {text}")


def load_snapshots(path: str | os.PathLike[str]) -> Snapshots:
    """Read snapshots written by `save_snapshots`.

    Parameters
    ----------
    path : path

    Returns
    -------
    Snapshots

    Raises
    ------
    DataError
        If the file is damaged or holds something else.
    """
    try:
        arrays, header = open_own(path, "Snapshots")
        found = unpack_snapshots(arrays, header)
        require_digest(found.digest, header, "save it again.")
        return found
    except DataError as error:
        raise _named(path, error) from error


def save_graph(graph: TemporalGraph, path: str | os.PathLike[str]) -> Path:
    """Write a temporal graph to NPZ; `interplay.load` reads it back with the same digest.

    Parameters
    ----------
    graph : TemporalGraph
        Names and notes are written too.
    path : path
        Appears whole or not at all.

    Returns
    -------
    Path
        `path`.
    """
    arrays: dict[str, Any] = {n: getattr(graph, n) for n in ("src", "dst", "time", "weight")}
    arrays |= {n: getattr(graph, n) for n in ("names", "kind", "features") if getattr(graph, n) is not None}
    header = {"n_nodes": graph.n_nodes, "span": list(graph.span), "notes": list(graph.notes)}
    return save_arrays(path, arrays, header=marked("TemporalGraph", graph.digest, header))


def load_graph(path: str | os.PathLike[str]) -> TemporalGraph:
    """Read a temporal graph written by `save_graph`."""
    arrays, header = open_own(path, "TemporalGraph")
    parts = {n: part(arrays, n) for n in ("src", "dst", "time", "weight")}
    found = TemporalGraph(
        **parts,
        n_nodes=_whole(header, "n_nodes"),
        span=_span(header),
        names=arrays.get("names"),
        notes=_texts(header.get("notes")),
        kind=arrays.get("kind"),
        features=arrays.get("features"),
    )
    require_digest(found.digest, header, "save it again.")
    return found


def marked(holds: str, digest: str, header: Mapping[str, Any]) -> dict[str, Any]:
    """Mark a header as ours: what the file holds, in which layout, with which digest."""
    return {"holds": holds, "layout": LAYOUT, "digest": digest, **header}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def save_recording(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write a recording to NPZ; `interplay.load` reads it back with the same digest.

    Parameters
    ----------
    recording : Recording
        Truth and notes are written too.
    path : path
        Appears whole or not at all.

    Returns
    -------
    Path
        `path`.
    """
    arrays: dict[str, Any] = {}
    header: dict[str, Any] = {
        "meta": dict(recording.meta),
        "notes": list(recording.notes),
        "n_units": recording.n_units,
    }
    if recording.events is not None:
        arrays |= {"events/time": recording.events.time, "events/unit": recording.events.unit}
        header["events_span"] = list(recording.events.span)
    series = {"traces": recording.traces} if recording.traces is not None else {}
    header["series"] = []
    for kind, name, one in [("traces", n, s) for n, s in series.items()] + [
        ("behavior", n, s) for n, s in recording.behavior.items()
    ]:
        key = f"series{len(header['series'])}"
        arrays |= {f"{key}/time": one.time, f"{key}/values": one.values}
        header["series"].append({"kind": kind, "name": name, "names": list(one.names or ()), "unit": one.unit})
    header["intervals"] = []
    for name, ivals in [("", recording.observed), *recording.epochs.items()]:
        key = f"intervals{len(header['intervals'])}"
        arrays |= {f"{key}/start": ivals.start, f"{key}/stop": ivals.stop, f"{key}/label": ivals.label}
        header["intervals"].append(name)
    units = recording.units
    arrays |= {"units/id": units.id, "units/group": units.group, "units/sign": units.sign}
    if units.position_um is not None:
        arrays["units/position_um"] = units.position_um
    if recording.truth is not None:
        more, header["truth"] = pack_snapshots(recording.truth, "truth/")
        arrays |= more
    return save_arrays(path, arrays, header=marked("Recording", recording.digest, header))


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording written by `save_recording`."""
    arrays, header = open_own(path, "Recording")
    n = _whole(header, "n_units")
    events = None
    if "events/time" in arrays:
        span = header.get("events_span")
        events = Events(time=arrays["events/time"], unit=part(arrays, "events/unit"), n_units=n, span=span)  # type: ignore[arg-type]
    series: dict[str, dict[str, Series]] = {"traces": {}, "behavior": {}}
    for k, row in enumerate(_list_of_maps(header, "series")):
        one = Series(
            time=part(arrays, f"series{k}/time"),
            values=part(arrays, f"series{k}/values"),
            names=_texts(row.get("names")),
            unit=str(row.get("unit", "")),
        )
        series.setdefault(str(row.get("kind")), {})[str(row.get("name"))] = one
    intervals = [
        (name, Intervals(**{p: part(arrays, f"intervals{k}/{p}") for p in ("start", "stop", "label")}))
        for k, name in enumerate(_texts(header.get("intervals")))
    ]
    if not intervals:
        raise DataError("the observed intervals are missing. The file is damaged: save it again.")
    truth = header.get("truth")
    units = Units(
        n=n,
        id=part(arrays, "units/id"),
        group=part(arrays, "units/group"),
        sign=part(arrays, "units/sign"),
        position_um=arrays.get("units/position_um"),
    )
    meta = header.get("meta")
    found = Recording(
        events=events,
        traces=series["traces"].get("traces"),
        units=units,
        observed=intervals[0][1],
        behavior=series["behavior"],
        epochs=dict(intervals[1:]),
        truth=unpack_snapshots(arrays, truth, "truth/") if isinstance(truth, dict) else None,
        meta={str(k): str(v) for k, v in meta.items()} if isinstance(meta, dict) else {},
        notes=_texts(header.get("notes")),
    )
    require_digest(found.digest, header, "save it again.")
    return found


def _list_of_maps(header: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = header.get(name)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise DataError(f"the header's {name!r} must be a list. The file is damaged: save it again.")
    return value
