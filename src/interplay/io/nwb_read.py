"""NWB files, read through h5py: spikes, traces, positions, behaviour, trials, and what our own writer adds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units
from interplay.io import hdf5
from interplay.io.guard import foreign
from interplay.io.hints import Hints
from interplay.io.npz import require_digest, unpack_snapshots
from interplay.io.nwb_series import choose_traces, read_behavior, read_series
from interplay.io.nwb_tables import (
    columns_of,
    observed_intervals,
    read_intervals,
    read_units,
    row_count,
    spike_trains,
)

#: Where our writer keeps what NWB has no place for.
OWN = "processing/interplay"
_META = (
    "session_description", "identifier", "session_start_time", "general/institution", "general/lab",
    "general/experimenter", "general/experiment_description", "general/session_id", "general/protocol",
    "general/related_publications", "general/subject/subject_id", "general/subject/species", "general/subject/sex",
    "general/subject/age", "general/subject/genotype", "general/subject/description",
)  # fmt: skip


def load_nwb(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read an NWB file.

    Parameters
    ----------
    path : Path
    kind : {"spikes", "traces"} or None
        Both are read where both are there and have the same number of units.
    hints : Hints
        `variable` names the series to be read as traces; `span` gives the observed interval; `sort` allows spikes of a
        unit to be out of order.

    Returns
    -------
    Recording
        Units with positions (through the electrodes table, micrometres), groups and signs; traces from the response
        series in ``processing/ophys`` (DfOverF before Fluorescence); behaviour from the other processing modules;
        epochs from every table of intervals; `observed` from obs_intervals.

    Raises
    ------
    DataError
        If the file is damaged, or has neither spikes nor traces.

    Notes
    -----
    Where obs_intervals is absent, the observed span reaches from the first to the last known moment: spikes, traces and
    behaviour. A unit's name is its id, or the column ``unit_name`` that our writer adds.
    """
    with hdf5.open_hdf5(path) as file:
        notes = ["read as NWB"]
        about = _about(file)
        if about is not None:
            return _own(file, about)
        table = hdf5.child(file, "units")
        found = _spikes(file, table, hints, notes) if hdf5.is_group(table) and kind != "traces" else None
        chosen = choose_traces(file, hints.variable, found is not None, notes) if kind != "spikes" else None
        traces = None if chosen is None else read_series(chosen, notes)
        if traces is not None and np.isnan(traces.values).all():
            raise DataError(f"all {traces.values.size} values of the traces are NaN. Export them again.")
        behavior = read_behavior(file, notes)
        behavior = {k: v for k, v in behavior.items() if chosen is None or hdf5.name_of(chosen).rsplit("/", 1)[-1] != k}
        epochs = _epochs(file, notes)
        meta = _meta(file)
        listed = ", ".join(hdf5.members(file)[:10])
    return _assemble(found, traces, behavior, epochs, meta, hints, notes, listed)


class _Spikes:
    """Spikes of a file before their span is known."""

    def __init__(
        self, time: NDArray[np.float64], pointer: NDArray[np.int64], units: Units, observed: Intervals | None
    ) -> None:
        self.time, self.pointer, self.units, self.observed = time, pointer, units, observed

    def events(self, span: tuple[float, float]) -> Events:
        """Build the events."""
        owner = np.repeat(np.arange(self.units.n), np.diff(self.pointer))
        return Events.from_events(self.time, owner, n_units=self.units.n, span=span)


def _spikes(file: Any, table: Any, hints: Hints, notes: list[str]) -> _Spikes | None:
    n = row_count(table)
    trains = spike_trains(table, n, sort=hints.sort, notes=notes)
    if trains is None or n == 0:
        notes.append("the units table is empty" if n == 0 else "the units table has no spike times")
        return None
    return _Spikes(*trains, read_units(file, table, n, notes), observed_intervals(table, n, notes))


def _assemble(
    found: _Spikes | None,
    traces: Series | None,
    behavior: dict[str, Series],
    epochs: dict[str, Intervals],
    meta: dict[str, str],
    hints: Hints,
    notes: list[str],
    listed: str,
) -> Recording:
    if found is None and traces is None:
        raise DataError(
            f"the file has neither units with spike times nor a response series (at its top: {listed}). "
            "Name a series to be read as traces: `variable=...`."
        )
    if found is not None and traces is not None and traces.n_channels != found.units.n:
        if hints.variable is None:
            notes.append(f"the response series has {traces.n_channels} channels, the units table {found.units.n} rows; "
                         "only the spikes were read (choose the traces with `variable`)")  # fmt: skip
            traces = None
        else:
            notes.append(
                f"spikes of {found.units.n} units were left out: the traces asked for have {traces.n_channels}"
            )
            found = None
    elif found is not None and traces is not None:
        notes.append("the channels of the traces were taken to be the units, as their numbers agree")
    observed = _observed(found, traces, behavior, hints, notes)
    events = None if found is None else found.events((float(observed.start[0]), float(observed.stop[-1])))
    return Recording(
        events=events,
        traces=traces,
        units=Units(n=traces.n_channels) if found is None and traces is not None else found.units,  # type: ignore[union-attr]
        observed=observed,
        behavior=behavior,
        epochs=epochs,
        meta=meta,
        notes=tuple(notes),
    )


def _observed(
    found: _Spikes | None, traces: Series | None, behavior: dict[str, Series], hints: Hints, notes: list[str]
) -> Intervals:
    if hints.span is not None:
        notes.append("the observed span is as given")
        return Intervals.single(*hints.span)
    time = np.empty(0) if found is None else found.time
    if found is not None and found.observed is not None:
        observed = _closed(found.observed, time, notes)
        hidden = ~observed.covers(time)
        if hidden.any():
            k = int(np.argmax(hidden))
            unit = int(np.searchsorted(found.pointer, k, side="right")) - 1
            raise DataError(
                f"units/spike_times of unit {unit}: the spike at {float(time[k])!r} s ({int(hidden.sum())} in all) "
                "lies outside obs_intervals. Correct the file, or say when the recording ran: `span=(start, stop)`."
            )
        return observed
    known = [(float(time.min()), float(np.nextafter(time.max(), np.inf)))] if time.size else []
    from_what = ["spikes"] if time.size else []
    if traces is not None:
        known.append(traces.span)
        from_what.append("traces")
    if behavior:
        known += [s.span for s in behavior.values()]
        from_what.append("behaviour")
    if not known:
        raise DataError("no spike, trace or behaviour tells when the recording ran. Say it: `span=(start, stop)`.")
    notes.append(f"no obs_intervals: the observed span was taken from the extent of {' and '.join(from_what)}")
    return Intervals.single(min(a for a, _ in known), max(b for _, b in known))


def _closed(observed: Intervals, time: NDArray[np.float64], notes: list[str]) -> Intervals:
    """Let an interval whose stop carries a spike include it: NWB leaves open whether the stop belongs to it."""
    on_stop = np.isin(observed.stop, time[~observed.covers(time)])
    if not on_stop.any():
        return observed
    notes.append("a spike lies exactly on the stop of an observed interval; the stop was moved behind it")
    return Intervals(start=observed.start, stop=np.where(on_stop, np.nextafter(observed.stop, np.inf), observed.stop))


def _epochs(file: Any, notes: list[str]) -> dict[str, Intervals]:
    out: dict[str, Intervals] = {}
    group = hdf5.child(file, "intervals")
    for name in hdf5.members(group) if hdf5.is_group(group) else []:
        table = hdf5.child(group, name)
        found = read_intervals(table, notes) if hdf5.is_group(table) else None
        if found is not None:
            out[name] = found
    return out


def _meta(file: Any) -> dict[str, str]:
    found = {path.rsplit("/", 1)[-1]: hdf5.scalar_text(file, path) for path in _META}
    return {k: v for k, v in found.items() if v is not None}


def _about(file: Any) -> dict[str, Any] | None:
    """Read the header of our own writer; None if another wrote the file."""
    table = hdf5.child(file, f"{OWN}/about")
    if hdf5.child(file, OWN) is None:
        return None
    if not hdf5.is_group(table):
        raise DataError(f"{OWN}/about is missing. The file is damaged: save it again.")
    keys = hdf5.texts(hdf5.require_dataset(table, "key"))
    values = hdf5.texts(hdf5.require_dataset(table, "value"))
    if len(keys) != len(values):
        raise DataError(
            f"{OWN}/about must have as many keys as values, got {len(keys)} and {len(values)}. It is damaged."
        )
    out: dict[str, Any] = {}
    for key, value in zip(keys, values, strict=True):
        try:
            out[key] = json.loads(value)
        except ValueError as error:
            raise DataError(
                f"{OWN}/about: the entry {key!r} is no JSON. The file is damaged: save it again."
            ) from error
    if out.get("layout") != 1:
        raise DataError(f"{OWN}/about has layout {out.get('layout')!r}, this version reads 1. Update interplay.")
    return out


def _entry(about: dict[str, Any], key: str, kind: type) -> Any:
    value = about.get(key)
    if not isinstance(value, kind):
        raise DataError(f"{OWN}/about: the entry {key!r} must be a {kind.__name__}, got {value!r}. It is damaged.")
    return value


def _own(file: Any, about: dict[str, Any]) -> Recording:
    """Read a file of our own writer: everything comes back as it was."""
    notes: list[str] = []
    table = hdf5.require_dataset(file, "units/id").parent
    n = row_count(table)
    units = read_units(file, table, n, notes)
    dims = about.get("position_dims")
    if dims in (2, 3) and units.position_um is None:
        units = Units(n=n, id=units.id, group=units.group, sign=units.sign, position_um=np.full((n, dims), np.nan))
    events = _own_events(file, table, n, about)
    traces = about.get("traces")
    truth = about.get("truth")
    found = Recording(
        events=events,
        traces=_own_series(file, traces) if isinstance(traces, dict) else None,
        units=units,
        observed=_own_intervals(file, f"{OWN}/observed"),
        behavior={str(r.get("name")): _own_series(file, r) for r in _rows(about, "behavior")},
        epochs={str(r.get("name")): _own_intervals(file, r.get("path")) for r in _rows(about, "epochs")},
        truth=_own_truth(file, truth) if isinstance(truth, dict) else None,
        meta={str(k): str(v) for k, v in _entry(about, "meta", dict).items()},
        notes=tuple(map(str, _entry(about, "notes", list))),
    )
    require_digest(found.digest, about, f"save it again, or delete {OWN} to read it as an NWB file of unknown origin.")
    return found


def _rows(about: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = _entry(about, key, list)
    if not all(isinstance(r, dict) for r in rows):
        raise DataError(f"{OWN}/about: the entry {key!r} must list mappings. The file is damaged: save it again.")
    return list(rows)


def _own_events(file: Any, table: Any, n: int, about: dict[str, Any]) -> Events | None:
    span = about.get("events_span")
    if span is None:
        return None
    trains = spike_trains(table, n, sort=False, notes=[])
    if trains is None:
        raise DataError("units/spike_times is missing. The file is damaged or incomplete: save it again.")
    time, pointer = trains
    owner = np.repeat(np.arange(n), np.diff(pointer))
    order = np.lexsort((owner, time))
    kept = hdf5.child(file, f"{OWN}/event_order/unit")
    if hdf5.is_dataset(kept):
        unit = hdf5.numbers(kept, 1)
        if len(unit) != len(owner) or not np.array_equal(np.sort(unit), owner):
            raise DataError(f"{OWN}/event_order does not fit the spikes. The file is damaged: save it again.")
        order = np.empty(len(owner), dtype=np.int64)
        order[np.argsort(unit, kind="stable")] = np.arange(len(owner))
    return Events(time=time[order], unit=owner[order], n_units=n, span=span)


def _own_series(file: Any, row: dict[str, Any]) -> Series:
    node = hdf5.child(file, str(row.get("path")))
    if not hdf5.is_group(node):
        raise DataError(f"the series {row.get('path')!r} is missing. The file is damaged or incomplete: save it again.")
    names = row.get("names")
    return read_series(node, [], names=tuple(map(str, names)) if isinstance(names, list) else None)


def _own_intervals(file: Any, path: Any) -> Intervals:
    if path is None:
        return Intervals(start=np.empty(0), stop=np.empty(0))
    node = hdf5.child(file, str(path))
    if not hdf5.is_group(node):
        raise DataError(f"the intervals {path!r} are missing. The file is damaged or incomplete: save it again.")
    start, stop = (
        hdf5.numbers(hdf5.require_dataset(node, c), 1).astype(np.float64) for c in ("start_time", "stop_time")
    )
    label = hdf5.texts(hdf5.require_dataset(node, "label")) if "label" in columns_of(node) else [""] * len(start)
    return Intervals(start=start, stop=stop, label=np.array(label, dtype=str))


def _own_truth(file: Any, header: dict[str, Any]) -> Snapshots:
    group = hdf5.child(file, f"{OWN}/truth_windows")
    edges = hdf5.child(file, f"{OWN}/truth_edges")
    if not hdf5.is_group(group):
        raise DataError(f"{OWN}/truth_windows is missing. The file is damaged or incomplete: save it again.")
    start, stop = (hdf5.numbers(hdf5.require_dataset(group, c), 1) for c in ("start_time", "stop_time"))
    owner = np.empty(0, dtype=np.int64)
    columns: dict[str, NDArray[Any]] = {
        "src": owner, "dst": owner, "weight": np.empty(0), **({"pvalues": np.empty(0)} if header.get("pvalues") else {})
    }  # fmt: skip
    if hdf5.is_group(edges):
        owner = hdf5.numbers(hdf5.require_dataset(edges, "snapshot"), 1)
        columns = {name: hdf5.numbers(hdf5.require_dataset(edges, name), 1) for name in columns}
    if (np.diff(owner) < 0).any() or (len(owner) and not 0 <= owner[0] <= owner[-1] < len(start)):
        raise DataError(f"{OWN}/truth_edges: `snapshot` must rise within [0, {len(start)}). The file is damaged.")
    present = hdf5.numbers(hdf5.require_dataset(group, "present"), 2).astype(bool)
    with foreign(f"{OWN}/truth_windows"):
        bounds = np.column_stack([start, stop])
    pointer = np.searchsorted(owner, np.arange(len(start) + 1))
    return unpack_snapshots({"bounds": bounds, "pointer": pointer, "present": present, **columns}, header)
