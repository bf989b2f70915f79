"""Event lists into folders of columns: Parquet batch by batch, whatever its size."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError, MissingExtraError
from interplay._core.protocols import Progress
from interplay.data import TemporalGraph
from interplay.io.columns import Columns
from interplay.io.event_store import EventWriter, index_events, open_events
from interplay.io.guard import foreign
from interplay.io.hints import Hints
from interplay.io.loading import load
from interplay.io.parquet import column_array
from interplay.io.roles import pick
from interplay.io.sniffing import sniff
from interplay.io.tabular import need, say_roles, say_unused, seconds_of

#: Events at once.
_CHUNK = 1 << 19
_HINTS = ("time_column", "src_column", "dst_column", "weight_column", "time_unit", "n_nodes", "span", "sort")


def ingest_events(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    chunk: int = _CHUNK,
    progress: Progress | None = None,
    **hints: Any,
) -> TemporalGraph:
    """Write an event list as a folder of columns with its index, and open it.

    Parameters
    ----------
    path : path
        A Parquet table is read batch by batch and may be larger than memory. Any other file that `interplay.load` reads
        as an event list is loaded whole first.
    folder : path
        New or empty; see `EventWriter`.
    chunk : int, events, >= 1
        Read, numbered and written at once.
    progress : callable or None
        Called as progress(done, total), in events.
    **hints
        As of `interplay.load`. `sort=True` sorts by time on the way, which takes 24 bytes of memory per event.

    Returns
    -------
    TemporalGraph
        Mapped. Nodes are numbered as `interplay.load` numbers them: in rising order of the ids or names that occur,
        unless `n_nodes` says that the ids are numbers already, and named as there: the digest is the same.

    Raises
    ------
    DataError
        If the file is no event list, is damaged, or its times decrease; the folder then holds no event.
    ConfigError
        If a hint is unknown or of no use.
    MissingExtraError
        If Parquet is to be read and pyarrow is not installed.

    Notes
    -----
    Parquet is read twice unless `n_nodes` is given: once to know the nodes, once to write. Memory: a chunk, the ids
    that occur, and what the index needs per node.
    """
    require_setting("chunk", chunk, least=1, whole=True)
    source, target = Path(path), Path(folder)
    if sniff(source) == "parquet":
        chosen = Hints.of(hints)
        chosen.require_used(_HINTS, "an event list in Parquet")
        try:
            _from_parquet(source, target, chosen, chunk, progress)
        except DataError as error:
            text = str(error)
            raise DataError(text if text.startswith(str(source)) else f"{source}: {text}") from error
    else:
        graph = load(source, kind="graph", **hints)
        if not isinstance(graph, TemporalGraph):
            raise DataError(f"{source} must hold an event list, got {graph!r}. Name another file.")
        with EventWriter(
            target, n_nodes=graph.n_nodes, span=graph.span, names=graph.names, notes=graph.notes
        ) as writer:
            for k in range(0, len(graph), chunk):
                part = graph.take(slice(k, k + chunk))
                writer.append(part.src, part.dst, part.time, part.weight, kind=part.kind, features=part.features)
                if progress is not None:
                    progress(min(k + chunk, len(graph)), len(graph))
    index_events(target)
    return open_events(target, check=False)


def _from_parquet(source: Path, target: Path, hints: Hints, chunk: int, progress: Progress | None) -> None:
    table = _Table(source, hints, chunk)
    notes = list(table.notes)
    ids: NDArray[Any] | None = None
    if hints.n_nodes is None:
        ids = table.ids()
        notes.append(f"nodes are the {len(ids)} ids that occur, numbered in rising order (change it with `n_nodes`)")
    elif table.named:
        raise DataError("`n_nodes` goes with whole numbers, but the ends of events are names. Leave it out.")
    order = table.order(notes) if hints.sort else None
    names = None if ids is None else ids.astype(str)
    n_nodes = hints.n_nodes if ids is None else len(ids)
    with EventWriter(target, n_nodes=n_nodes, span=hints.span, names=names, notes=notes) as writer:
        done = 0
        for src, dst, time, weight in table.rows() if order is None else table.sorted_rows(order, target):
            ends = (src, dst) if ids is None else (np.searchsorted(ids, src), np.searchsorted(ids, dst))
            writer.append(ends[0], ends[1], time, weight)
            done += len(time)
            if progress is not None:
                progress(done, table.total)


class _Table:
    """The columns of an event list in a Parquet file, read batch by batch as often as needed."""

    def __init__(self, path: Path, hints: Hints, chunk: int) -> None:
        try:
            import pyarrow.parquet as parquet
        except ImportError as error:
            raise MissingExtraError.of("reading Parquet", "pyarrow", "parquet") from error
        self.path, self.hints, self.chunk = path, hints, chunk
        with foreign(str(path)):
            self._file = parquet.ParquetFile(path)
            self.total = int(self._file.metadata.num_rows)
            known = [str(name) for name in self._file.schema_arrow.names]
        if self.total <= 0:
            raise DataError("the table holds no rows. Export it again.")
        found = {role: pick(role, known, len(known), hints) for role in ("src", "dst", "time", "weight")}
        roles = {role: k for role, k in found.items() if k is not None}
        head = Columns(names=known, arrays=[np.empty(0)] * len(known))
        wanted = [need(head, roles, role, "an event list") for role in ("src", "dst", "time")]
        wanted += [roles["weight"]] if "weight" in roles else []
        if len(set(wanted)) != len(wanted):
            raise DataError("source, target, time and weight must be different columns. Correct the hints.")
        self.notes = ["read as a Parquet table, batch by batch"]
        say_roles(head, roles, self.notes)
        say_unused(head, set(wanted), self.notes)
        if "weight" not in roles:
            self.notes.append("no weight column: every event has weight 1")
        self._names = [known[k] for k in wanted]
        first = next(self._batches())
        self.named = first.is_text(0) or first.is_text(1)
        self.notes += [note for note in first.notes if note not in self.notes]
        seconds_of(first, 2, hints, self.notes)

    def _batches(self) -> Iterator[Columns]:
        import pyarrow as pa

        first = 0
        for batch in _guarded(lambda: self._file.iter_batches(self.chunk, columns=self._names, use_threads=False)):
            table = pa.Table.from_batches([batch])
            notes: list[str] = []
            arrays = [column_array(name, table.column(name), notes) for name in self._names]
            gone = [name for name, array in zip(self._names, arrays, strict=True) if array is None]
            if gone:
                raise DataError(f"column {gone[0]!r} holds no plain values. Flatten the table first.")
            yield Columns(names=self._names, arrays=arrays, place=_place(first), notes=tuple(notes))  # type: ignore[arg-type]
            first += len(batch)

    def _ends(self, table: Columns) -> tuple[NDArray[Any], NDArray[Any]]:
        if not self.named:
            return table.integers(0), table.integers(1)
        ends = tuple(table.arrays[k].astype(str) for k in (0, 1))
        for k in (0, 1):
            if (ends[k] == "").any():
                row = int(np.argmax(ends[k] == ""))
                raise DataError(f"{table.place(row)}: {table.label(k)} is empty. Fill it in.")
        return ends[0], ends[1]

    def ids(self) -> NDArray[Any]:
        """Give the ids or names of the ends that occur, rising."""
        known: NDArray[Any] = np.empty(0, dtype=str if self.named else np.int64)
        for table in self._batches():
            src, dst = self._ends(table)
            known = np.union1d(known, np.union1d(src, dst))
        return known

    def rows(self) -> Iterator[tuple[NDArray[Any], ...]]:
        """Give src, dst, time and weight, chunk by chunk; times that decrease are refused with their row."""
        last = -np.inf
        first = 0
        for table in self._batches():
            src, dst = self._ends(table)
            time = seconds_of(table, 2, self.hints, [])
            if not self.hints.sort:
                back = np.diff(time, prepend=last) < 0
                if back.any():
                    k = int(np.argmax(back))
                    before = time[k - 1] if k else last
                    raise DataError(
                        f"row {first + k}: times must not decrease, but {float(time[k])!r} s follows "
                        f"{float(before)!r} s. Sort the file, or pass sort=True."
                    )
            last, first = float(time[-1]), first + len(time)
            weight = np.ones(len(time)) if len(table.arrays) < 4 else np.asarray(table.numbers(3), np.float64)
            yield src, dst, time, weight

    def order(self, notes: list[str]) -> NDArray[np.int64]:
        """Give the order of the rows by time, ties as they stand."""
        time = np.concatenate([part[2] for part in self.rows()])
        order = np.argsort(time, kind="stable")
        moved = int(np.count_nonzero(order != np.arange(len(order))))
        notes.append(f"events were sorted by time, as asked: {moved} of {len(time)} changed place")
        return order

    def sorted_rows(self, order: NDArray[np.int64], near: Path) -> Iterator[tuple[NDArray[Any], ...]]:
        """Give the rows in another order, chunk by chunk; they are laid out in a file beside the target in between."""
        import tempfile

        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        with tempfile.TemporaryDirectory(prefix=f".{near.name[:60]}.", dir=near.parent) as place:
            columns: list[NDArray[Any]] = []
            first = 0
            for parts in self.rows():
                if not columns:
                    kinds = [f"<U{self._longest()}"] * 2 if self.named else [np.int64] * 2
                    columns = [
                        np.memmap(f"{place}/{k}", dtype=kind, mode="w+", shape=(len(order),))
                        for k, kind in enumerate([*kinds, np.float64, np.float64])
                    ]
                where = rank[first : first + len(parts[0])]
                for column, part in zip(columns, parts, strict=True):
                    column[where] = part
                first += len(parts[0])
            for k in range(0, len(order), self.chunk):
                yield tuple(np.array(column[k : k + self.chunk]) for column in columns)

    def _longest(self) -> int:
        return max(int(np.char.str_len(end).max()) for table in self._batches() for end in self._ends(table))


def _place(first: int) -> Callable[[int], str]:
    return lambda k: f"row {first + k}"


def _guarded(start: Callable[[], Any]) -> Iterator[Any]:
    """Go through an iterator of the library's, whose faults are the file's."""
    with foreign("the table"):
        batches = iter(start())
    while True:
        with foreign("the table"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
