"""A stream of events as a folder of columns: opened without being read, and appended to while it grows.

Every column is a file of bare little-endian numbers, so that appending is writing on. The manifest says how many events
count; it is replaced last, in one step, and what a crash left behind its count is never read.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing, require_setting, require_span
from interplay._core.errors import ConfigError, DataError
from interplay.data import EventIndex, TemporalGraph
from interplay.io.atomic import write_aside
from interplay.io.column_folder import checksum, hold_folder
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints

#: File that marks a folder as a stream, and the version of its layout.
MANIFEST = "events.json"
LAYOUT = 1
_TYPES = {"src": "<i8", "dst": "<i8", "time": "<f8", "weight": "<f8", "kind": "<i8", "features": "<f4"}
_INDEX = ("index_offsets", "index_event", "index_other")
#: Events at once where they are laid out.
_CHUNK = 1 << 20


def is_event_folder(path: str | os.PathLike[str]) -> bool:
    """Say whether a folder bears the mark of a stream; nothing of it is checked."""
    return (Path(path) / MANIFEST).is_file()


def open_events(path: str | os.PathLike[str], *, check: bool = True) -> TemporalGraph:
    """Open a stream that `EventWriter` wrote, without reading it into memory.

    Parameters
    ----------
    path : path
        The folder.
    check : bool
        Whether the columns, and the index where it is used, are held against their checksums, for which each is read
        once, front to back. Times, ids and weights, and where the rows of the index begin, are checked in either case.

    Returns
    -------
    TemporalGraph
        Its columns, and its index where `index_events` made one, are mapped: the system pages them in and out, so that
        the stream may be larger than memory. It holds the events that counted when it was opened.

    Raises
    ------
    DataError
        If the folder is no stream, is incomplete, or its content is not what was written.
    """
    folder = Path(path)
    meta = _manifest(folder)
    count = meta["n_events"]
    if count == 0:
        raise DataError(f"{folder} holds no event yet. Append some first.")
    columns = {name: _column(folder, name, count, meta) for name in meta["columns"]}
    if check:
        for name in meta["columns"]:
            _require_checksum(folder / f"{name}.bin", count * _width(name, meta), meta["crc32"].get(name))
    names = None
    if meta["names"]:
        with foreign(str(folder / "names.npy")):
            names = np.load(folder / "names.npy", allow_pickle=False)
    try:
        graph = TemporalGraph(
            **columns, n_nodes=meta["n_nodes"], span=_span(meta), names=names, notes=tuple(map(str, meta["notes"]))
        )
    except DataError as error:
        raise DataError(f"{folder}: {error}") from error
    if meta.get("indexed") == count and isinstance(meta.get("index_crc32"), dict):
        object.__setattr__(graph, "index", _mapped_index(folder, graph, meta["index_crc32"] if check else None))
    return graph


def load_events(path: Path, kind: str | None, hints: Hints) -> TemporalGraph:
    """Open a stream as `interplay.load` does: checked, and mapped."""
    return open_events(path)


class EventWriter:
    """Writes a stream to a folder, chunk by chunk.

    Parameters
    ----------
    path : path
        A new or empty folder, or a stream to go on with (then `n_nodes`, `span` and `names` must be left out).
    n_nodes : int or None
        Number of nodes; required for a new stream.
    span : (start, stop), s, or None
        Observed interval. None: from the first event to one step of resolution after the last, and it grows.
    names : (N,) text array or None
    notes : sequence of str
        Of a new stream.

    Raises
    ------
    DataError
        If the folder is something else, is damaged, or a chunk does not fit behind what is there.
    ConfigError
        If settings are missing or out of place, or another process is writing there.

    Notes
    -----
    Used as a context manager. Events count from `commit` on, which the end of the block calls too; a crash, or an
    exception in the block, leaves the stream as the last commit left it. Memory: one chunk. 32 bytes per event on the
    disk, and 8 and 4 F more with kinds and F features.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with EventWriter(folder + "/day", n_nodes=3) as writer:
    ...         writer.append([0, 1], [1, 2], [0.0, 1.5])
    ...         writer.append([2], [0], [2.0], weight=[-1.0])
    ...     open_events(folder + "/day")
    TemporalGraph(3 events, 3 nodes, [0, 2.5) s, signed)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        n_nodes: int | None = None,
        span: tuple[float, float] | None = None,
        names: ArrayLike | None = None,
        notes: tuple[str, ...] | list[str] = (),
    ) -> None:
        self.folder = Path(path)
        self._lock = _locked(self.folder)
        try:
            if is_event_folder(self.folder):
                if n_nodes is not None or span is not None or names is not None or notes:
                    raise ConfigError(
                        f"`n_nodes`, `span`, `names` and `notes` must be left out: {self.folder} is a stream already, "
                        "which has its own. Leave them out, or choose another folder."
                    )
                self._meta = _manifest(self.folder)
            else:
                self._meta = _new_manifest(self.folder, n_nodes, span, names, notes)
        except BaseException:
            self._lock.close()
            raise
        self._files: dict[str, IO[bytes]] = {}
        self._broken = False
        self._pending = json.loads(json.dumps(self._meta))

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            for file in self._files.values():
                with contextlib.suppress(OSError):  # of bytes that do not count: what was committed is on the disk
                    file.close()
            self._lock.close()

    def append(
        self,
        src: ArrayLike,
        dst: ArrayLike,
        time: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        kind: ArrayLike | None = None,
        features: ArrayLike | None = None,
    ) -> None:
        """Write events behind those that are there.

        Parameters
        ----------
        src, dst : (E,) int arrays, in [0, n_nodes)
        time : (E,) float array, s
            Never decreasing, and not before the last event that was appended.
        weight : (E,) float array or None
            Ones where None.
        kind, features : (E,) int and (E, F) float arrays, or None
            In every chunk or in none.

        Raises
        ------
        DataError
            If columns disagree, ids leave the range, kinds are negative, features leave single precision, time runs
            backwards or leaves a given span, or a step before this one failed midway.

        Notes
        -----
        A chunk that is refused changes nothing. Where writing itself fails, as on a full disk, the columns differ in
        length: the writer then takes and commits nothing more, and the next one goes on from the last commit.
        """
        self._require_whole()
        chunk = self._checked(src, dst, time, weight, kind, features)
        if len(chunk["time"]) == 0:
            return
        self._span_with(chunk["time"])
        if not self._pending["columns"]:
            self._pending["columns"] = list(chunk)
            self._pending["n_features"] = chunk["features"].shape[1] if "features" in chunk else 0
        self._broken = True
        for name, array in chunk.items():
            raw = np.ascontiguousarray(array, dtype=_TYPES[name]).tobytes()
            self._file(name).write(raw)
            self._pending["crc32"][name] = zlib.crc32(raw, self._pending["crc32"].get(name, 0))
        self._pending["n_events"] += len(chunk["time"])
        self._broken = False

    def commit(self) -> None:
        """Let what was appended count: columns reach the disk first, then the manifest takes their length.

        Raises
        ------
        DataError
            If an append or a commit failed midway: what was committed before stays as it is.
        """
        self._require_whole()
        self._broken = True
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        _write(self.folder, self._pending)
        self._meta = json.loads(json.dumps(self._pending))
        self._broken = False

    def _require_whole(self) -> None:
        if self._broken:
            raise DataError(
                f"writing to {self.folder} failed midway, so that columns may differ in length: nothing more is taken "
                "or committed. Open a new writer, which goes on from the last commit."
            )

    def _checked(self, src: Any, dst: Any, time: Any, weight: Any, kind: Any, features: Any) -> dict[str, NDArray[Any]]:
        shapes = Shapes()
        chunk = {"src": shapes.array("src", src, "E", "int"), "dst": shapes.array("dst", dst, "E", "int")}
        chunk["time"] = shapes.array("time", time, "E").astype(np.float64, copy=False)
        count = len(chunk["time"])
        chunk["weight"] = shapes.array("weight", np.ones(count) if weight is None else weight, "E")
        if kind is not None:
            chunk["kind"] = shapes.array("kind", kind, "E", "int")
            if count and chunk["kind"].min() < 0:
                raise DataError(f"`kind` must be numbers >= 0, got {int(chunk['kind'].min())}. Number them from 0.")
        if features is not None:
            chunk["features"] = shapes.array("features", features, "E F")
            if count and chunk["features"].size and np.abs(chunk["features"]).max() > np.finfo(np.float32).max:
                raise DataError(
                    f"`features` must fit in single precision, got {np.abs(chunk['features']).max():g}. Scale them."
                )
        for name in ("src", "dst"):
            require_ids(name, chunk[name], self._pending["n_nodes"], "n_nodes")
        require_increasing("time", chunk["time"], strictly=False, remedy="Sort the events first.")
        known = self._pending["columns"]
        if known and count and set(known) != set(chunk):
            raise DataError(f"every chunk must have the columns {', '.join(known)}, got {', '.join(chunk)}. Add them.")
        width = chunk["features"].shape[1] if "features" in chunk else 0
        if known and count and width != self._pending["n_features"]:
            raise DataError(f"`features` must have F={self._pending['n_features']} columns, got {width}. Correct them.")
        return chunk

    def _span_with(self, time: NDArray[np.float64]) -> None:
        meta = self._pending
        last = meta["last"]
        if last is not None and time[0] < last:
            raise DataError(
                f"`time` must not decrease: it begins at {float(time[0])!r} s, and the stream ends at {last!r} s. "
                "Append later events only."
            )
        if meta["given_span"] is not None:
            low, high = meta["given_span"]
            if time[0] < low or time[-1] >= high:
                raise DataError(
                    f"`time` must lie in span [{low}, {high}), got {time[0]} to {time[-1]}. Cut the events."
                )
        steps = np.diff(time if last is None else np.concatenate([[last], time]))
        steps = steps[steps > 0]
        if len(steps):
            meta["step"] = min(float(steps.min()), meta["step"] or np.inf)
        meta["first"] = float(time[0]) if meta["first"] is None else meta["first"]
        meta["last"] = float(time[-1])

    def _file(self, name: str) -> IO[bytes]:
        """Open a column where what counts of it ends: bytes behind that are of a writer that did not finish."""
        if name not in self._files:
            path = self.folder / f"{name}.bin"
            file = path.open("r+b" if path.exists() else "w+b")
            self._files[name] = file
            end = self._meta["n_events"] * _width(name, self._pending)
            if path.stat().st_size < end:
                raise DataError(f"{path} is shorter than its manifest says. The folder is damaged: write it again.")
            file.truncate(end)
            file.seek(end)
        return self._files[name]


def index_events(path: str | os.PathLike[str]) -> None:
    """Lay out the events of every node on the disk, so that an opened stream need not do it in memory.

    Parameters
    ----------
    path : path
        The folder of a stream. Events that are appended later make the index stale: it is then not used.

    Notes
    -----
    Two passes over the stream, O(E); memory 16 N bytes and one chunk, as the rows are filled through a mapping. About
    32 bytes per event on the disk. The files and their checksums reach the disk before they count.
    """
    from interplay.ops.event_rows import count_rows, fill_rows

    folder = Path(path)
    with _locked(folder):
        graph, meta = open_events(folder, check=False), _manifest(folder)
        total = len(graph)
        count = np.zeros(graph.n_nodes, np.int64)
        for k in range(0, total, _CHUNK):
            count_rows(graph.src[k : k + _CHUNK], graph.dst[k : k + _CHUNK], count)
        offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        drafts = {name: folder / f"{name}.bin.draft" for name in _INDEX}
        offsets.astype("<i8").tofile(drafts["index_offsets"])
        rows = [np.memmap(drafts[name], dtype="<i8", mode="w+", shape=(int(offsets[-1]),)) for name in _INDEX[1:]]
        place = offsets[:-1].copy()
        for k in range(0, total, _CHUNK):
            fill_rows(graph.src[k : k + _CHUNK], graph.dst[k : k + _CHUNK], k, place, *rows)
        for row in rows:
            row.flush()
        for draft in drafts.values():
            with draft.open("rb") as file:
                os.fsync(file.fileno())
        meta["indexed"] = None
        _write(folder, meta)  # an older index must not count while its files are replaced
        meta["index_crc32"] = {name: checksum(draft, draft.stat().st_size) for name, draft in drafts.items()}
        for name in _INDEX:
            drafts[name].replace(folder / f"{name}.bin")
        meta["indexed"] = total
        _write(folder, meta)


def _write(folder: Path, meta: Mapping[str, Any]) -> None:
    write_aside(folder / MANIFEST, json.dumps(meta, indent=1, sort_keys=True) + "\n")


def _new_manifest(folder: Path, n_nodes: Any, span: Any, names: Any, notes: Any) -> dict[str, Any]:
    if n_nodes is None:
        raise ConfigError("`n_nodes` must be given for a new stream, got None. Give the true number of nodes.")
    require_setting("n_nodes", n_nodes, least=1, whole=True)
    if names is not None:
        told = Shapes(N=int(n_nodes)).array("names", np.asarray(names, dtype=str), "N", "text")
        if len(np.unique(told)) != len(told):
            raise DataError("`names` must name each node once, got a repeated name.")
        write_aside(folder / "names.npy", lambda draft: np.save(draft, told, allow_pickle=False))
    return {
        "holds": "stream of events",
        "layout": LAYOUT,
        "n_events": 0,
        "n_nodes": int(n_nodes),
        "n_features": 0,
        "columns": [],
        "names": names is not None,
        "notes": [str(note) for note in notes],
        "given_span": None if span is None else list(require_span("span", span)),
        "first": None,
        "last": None,
        "step": None,
        "crc32": {},
        "indexed": None,
    }


def _locked(folder: Path) -> IO[bytes]:
    """Hold a folder for this process, clear of what a killed writer left; see `hold_folder`."""
    own = {"names.npy", *(f"{name}.bin" for name in _TYPES)}
    file = hold_folder(folder, "a stream", MANIFEST, own.__contains__, aside=("names.npy",))
    for name in _INDEX:
        (folder / f"{name}.bin.draft").unlink(missing_ok=True)
    return file


def _manifest(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        raise DataError(f"{folder} is no stream of events: it has no {MANIFEST}. Name a folder of `EventWriter`.")
    require_file(folder / MANIFEST)
    with foreign(str(folder / MANIFEST)):
        meta = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(meta, dict) or meta.get("holds") != "stream of events":
        raise DataError(f"{folder} is no stream of events: its {MANIFEST} says otherwise. Name another folder.")
    if meta.get("layout") != LAYOUT:
        raise DataError(f"{folder} has layout {meta.get('layout')!r}, this version reads {LAYOUT}. Update interplay.")
    lists = isinstance(meta.get("columns"), list) and isinstance(meta.get("notes"), list)
    wholes = all(isinstance(meta.get(k), int) and meta[k] >= 0 for k in ("n_events", "n_nodes", "n_features"))
    known = lists and set(meta["columns"]) <= set(_TYPES) and isinstance(meta.get("crc32"), dict)
    if not (wholes and known and all(k in meta for k in ("given_span", "first", "last", "step", "names"))):
        raise DataError(f"{folder / MANIFEST} is damaged. Write the stream again.")
    return meta


def _span(meta: Mapping[str, Any]) -> tuple[float, float]:
    if meta["given_span"] is not None:
        return tuple(meta["given_span"])
    last = float(meta["last"])
    return float(meta["first"]), max(last + float(meta["step"] or 1.0), float(np.nextafter(last, np.inf)))


def _width(name: str, meta: Mapping[str, Any]) -> int:
    """Bytes of one event's entry."""
    return np.dtype(_TYPES[name]).itemsize * (meta["n_features"] if name == "features" else 1)


def _column(folder: Path, name: str, count: int, meta: Mapping[str, Any]) -> NDArray[Any]:
    path = folder / f"{name}.bin"
    if not path.is_file() or path.stat().st_size < count * _width(name, meta):
        raise DataError(f"{path} is missing or shorter than its manifest says. The folder is damaged: write it again.")
    shape = (count, meta["n_features"]) if name == "features" else (count,)
    if 0 in shape:  # features of no column: there is nothing to map
        return np.empty(shape, _TYPES[name])
    with foreign(str(path)):
        return np.memmap(path, dtype=_TYPES[name], mode="r", shape=shape)


def _require_checksum(path: Path, size: int, known: int | None, remedy: str = "Write the stream again.") -> None:
    if checksum(path, size) != known:
        raise DataError(f"{path} is not what was written: its checksum differs. {remedy}")


def _mapped_index(folder: Path, graph: TemporalGraph, known: Mapping[str, int] | None) -> EventIndex:
    """Map the index, held against its checksums where they are given."""
    remedy = "Lay the index out again with `index_events`."
    offsets, event, other = (_index_file(folder / f"{name}.bin", remedy) for name in _INDEX)
    whole = len(offsets) == graph.n_nodes + 1 and offsets[0] == 0 and not (np.diff(offsets) < 0).any()
    if not whole or any(len(row) != offsets[-1] for row in (event, other)):
        raise DataError(f"the index in {folder} is damaged: its rows do not follow each other. {remedy}")
    if known is not None:
        for name in _INDEX:
            path = folder / f"{name}.bin"
            _require_checksum(path, path.stat().st_size, known.get(name), remedy)
    return EventIndex(np.array(offsets), event, other, graph.time)


def _index_file(path: Path, remedy: str) -> NDArray[np.int64]:
    if not path.is_file() or path.stat().st_size % 8:
        raise DataError(f"{path} is missing or damaged. {remedy}")
    if path.stat().st_size == 0:
        return np.empty(0, np.int64)
    with foreign(str(path)):
        return np.memmap(path, dtype="<i8", mode="r")
