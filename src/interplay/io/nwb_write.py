"""NWB files, written through pynwb: standard places for standard things, the same bytes for the same recording."""

from __future__ import annotations

import datetime
import json
import os
import re
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay.data import Intervals, Recording, Series, Snapshots
from interplay.io.atomic import aside
from interplay.io.guard import one_paragraph

#: Identity of an object in a file: made from the recording's digest and the object's place, so that it never changes.
_NAMESPACE = uuid.UUID("6a1f0c52-9d5e-5b0f-8a35-0f6d6b1d7c11")
#: When a session has no known start.
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_PLAIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_ ()+-]*$")
_SLOTS = ("trials", "epochs", "invalid_times")
_GENERAL = ("institution", "lab", "experiment_description", "session_id", "protocol")


def save_nwb(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write a recording as NWB; `interplay.load` gives it back with the same digest.

    Parameters
    ----------
    recording : Recording
        With at least one unit.
    path : path
        Usually ends in ``.nwb``. Appears whole or not at all.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If a text holds characters that HDF5 cannot store, a series has no channel, or there are no units.

    Notes
    -----
    Where things are: spikes, obs_intervals, names, groups and signs in ``/units``; positions in the electrodes table;
    traces in ``/acquisition/traces``; behaviour in ``/processing/behavior``; epochs in ``/intervals``. What NWB has no
    place for lies in ``/processing/interplay``: ``about`` (key and JSON value: layout, exact names, metadata, notes),
    ``observed`` (intervals with labels), ``truth_windows`` and ``truth_edges`` (the network that made a simulated
    recording), ``event_order`` (only where simultaneous spikes are not in the order of their units).

    `interplay.load` checks the digest in ``about``: a file that was changed afterwards is refused until
    ``/processing/interplay`` is deleted, which makes it an NWB file like any other.

    Two writes of equal recordings give equal bytes with the same versions of pynwb, h5py and HDF5: object ids come from
    the digest, the session start is ``meta["session_start_time"]`` where that is an ISO date with a time zone and
    1970-01-01 otherwise, and the file's own date is always 1970-01-01.

    Cost: the import of pynwb (about a second), then the disk.
    """
    if recording.n_units == 0:
        raise DataError("`recording` must have at least one unit to be written as NWB, got none.")
    for name, series in [("traces", recording.traces), *recording.behavior.items()]:
        if series is not None and series.n_channels == 0:
            raise DataError(f"the series {name!r} must have at least one channel to be written as NWB, got none.")
    from pynwb import NWBHDF5IO

    with warnings.catch_warnings(), aside(path) as draft:
        warnings.simplefilter("ignore")
        try:
            file = _file(recording)
            with NWBHDF5IO(str(draft), "w") as io:
                io.write(file)
        except (UnicodeEncodeError, ValueError) as error:
            raise DataError(
                f"the recording cannot be written as NWB: {one_paragraph(str(error))[:200]} Texts must be free of NUL "
                "and of lone surrogates."
            ) from error
    return Path(path)


def _file(recording: Recording) -> Any:
    from pynwb import NWBFile
    from pynwb.file import ProcessingModule

    meta = recording.meta
    general = {k: meta[k] for k in _GENERAL if meta.get(k)}
    file = NWBFile(
        session_description=meta.get("session_description") or "a recording written by interplay",
        identifier=recording.digest,
        session_start_time=_start_of(meta.get("session_start_time")),
        file_create_date=[_EPOCH],
        **general,
    )
    about: dict[str, Any] = {
        "layout": 1,
        "digest": recording.digest,
        "meta": dict(meta),
        "notes": list(recording.notes),
        "events_span": None if recording.events is None else list(recording.events.span),
        "position_dims": None if recording.units.position_um is None else recording.units.position_um.shape[1],
    }
    own = ProcessingModule(
        name="interplay", description="what NWB has no place for; see the documentation of interplay"
    )
    _add_units(file, recording)
    if recording.traces is not None:
        file.add_acquisition(_time_series("traces", recording.traces))
        about["traces"] = {"path": "acquisition/traces", "names": list(recording.traces.names or ())}
    about["behavior"] = _add_behavior(file, recording)
    about["epochs"] = _add_epochs(file, recording)
    own.add(_intervals("observed", recording.observed, "when the recording really ran"))
    if recording.truth is not None:
        about["truth"] = _add_truth(own, recording.truth)
    if recording.events is not None:
        _add_order(own, recording)
    own.add(_about(about))
    file.add_processing_module(own)
    _settle(file, recording.digest)
    return file


def _start_of(text: str | None) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return _EPOCH
    return found if found.tzinfo is not None else _EPOCH


def _settle(file: Any, digest: str) -> None:
    """Give every object an id that depends on the content and its place alone."""
    stack = [(file, "")]
    while stack:
        node, place = stack.pop()
        node._AbstractContainer__object_id = str(uuid.uuid5(_NAMESPACE, f"{digest}{place}"))
        stack += [(c, f"{place}/{c.name}") for c in node.children]


def _table(name: str, description: str, columns: dict[str, Any], kind: Any = None) -> Any:
    from hdmf.common import DynamicTable, VectorData

    made = [VectorData(name=n, description=n.replace("_", " "), data=d) for n, d in columns.items()]
    length = len(next(iter(columns.values())))
    return (kind or DynamicTable)(
        name=name, description=description, id=np.arange(length), columns=made, colnames=list(columns)
    )


def _texts(values: Any) -> list[str]:
    return [str(v) for v in values]


def _about(about: dict[str, Any]) -> Any:
    columns = {"key": list(about), "value": [json.dumps(v, sort_keys=True) for v in about.values()]}
    return _table("about", "exact names, metadata and notes, as JSON", columns)


def _add_units(file: Any, recording: Recording) -> None:
    from hdmf.common import VectorData, VectorIndex
    from pynwb.misc import Units

    units, n = recording.units, recording.n_units
    columns: list[Any] = []

    def ragged(name: str, description: str, data: Any, pointer: Any, **more: Any) -> None:
        column = more.pop("kind", VectorData)(name=name, description=description, data=data, **more)
        columns.extend([VectorIndex(name=f"{name}_index", data=np.asarray(pointer, np.uint64), target=column), column])

    plain = {
        "unit_name": ("name of the unit", _texts(units.id)),
        "group": ("region, tetrode or assembly, empty where unknown", _texts(units.group)),
        "sign": ("+1 excitatory, -1 inhibitory, 0 unknown", units.sign.astype(np.int8)),
    }
    columns += [VectorData(name=k, description=d, data=v) for k, (d, v) in plain.items()]
    if recording.events is not None:
        times, pointer = recording.events.by_unit()
        ragged("spike_times", "the spike times for each unit in seconds", times, pointer[1:])
        k = len(recording.observed)
        bounds = np.tile(recording.observed.bounds, (n, 1))
        ragged("obs_intervals", "the observation intervals for each unit", bounds, k * np.arange(1, n + 1))
    if units.position_um is not None:
        _add_electrodes(file, recording)
        region = {"kind": _region(), "table": file.electrodes}
        ragged("electrodes", "the electrode each unit lies at", np.arange(n), np.arange(1, n + 1), **region)
    names = [c.name for c in columns if not c.name.endswith("_index")]
    file.units = Units(name="units", description="the recorded units", id=np.arange(n), columns=columns, colnames=names)


def _region() -> Any:
    from hdmf.common import DynamicTableRegion

    return DynamicTableRegion


def _add_electrodes(file: Any, recording: Recording) -> None:
    units = recording.units
    assert units.position_um is not None
    device = file.create_device(name="array")
    group = file.create_electrode_group(
        name="array",
        description="one electrode for every unit, at the unit's position",
        location="unknown",
        device=device,
    )
    for place, where in zip(units.position_um.tolist(), units.group.tolist(), strict=True):
        axes = dict(zip("xyz", map(float, place), strict=False))
        file.add_electrode(group=group, location=where or "unknown", enforce_unique_id=False, **axes)


def _time_series(name: str, series: Series) -> Any:
    from pynwb import TimeSeries

    names = ", ".join(series.names or ())
    return TimeSeries(
        name=name,
        description=f"channels: {names}",
        data=np.ascontiguousarray(series.values),
        unit=series.unit,
        timestamps=np.ascontiguousarray(series.time),
    )


def _safe(name: str, taken: set[str], fallback: str) -> str:
    """Find a name NWB accepts, used once (letter case does not count)."""
    base = name if _PLAIN.match(name) and not name.endswith(" ") else fallback
    out, k = base, 1
    while out.lower() in taken:
        k += 1
        out = f"{base}_{k}"
    taken.add(out.lower())
    return out


def _add_behavior(file: Any, recording: Recording) -> list[dict[str, Any]]:
    from pynwb.behavior import BehavioralTimeSeries, Position, SpatialSeries

    if not recording.behavior:
        return []
    module = file.create_processing_module(name="behavior", description="behaviour on the clock of the recording")
    rows, taken = [], set[str]()
    places, others = [], []
    for name, series in recording.behavior.items():
        safe = _safe(name, taken, "series")
        spatial = "position" in safe.lower() and series.n_channels <= 3
        container = "Position" if spatial else "BehavioralTimeSeries"
        if spatial:
            one = SpatialSeries(
                name=safe,
                description=f"channels: {', '.join(series.names or ())}",
                data=np.ascontiguousarray(series.values),
                unit=series.unit,
                timestamps=np.ascontiguousarray(series.time),
                reference_frame="unknown",
            )
            places.append(one)
        else:
            others.append(_time_series(safe, series))
        path = f"processing/behavior/{container}/{safe}"
        rows.append({"name": name, "path": path, "names": list(series.names or ())})
    if places:
        module.add(Position(name="Position", spatial_series=places))
    if others:
        module.add(BehavioralTimeSeries(name="BehavioralTimeSeries", time_series=others))
    return rows


def _intervals(name: str, intervals: Intervals, description: str) -> Any:
    from pynwb.epoch import TimeIntervals

    assert intervals.label is not None
    columns = {
        "start_time": np.ascontiguousarray(intervals.start),
        "stop_time": np.ascontiguousarray(intervals.stop),
        "label": _texts(intervals.label),
    }
    return _table(name, description, columns, TimeIntervals)


def _add_epochs(file: Any, recording: Recording) -> list[dict[str, Any]]:
    rows, taken = [], set[str]()
    for name, intervals in recording.epochs.items():
        if not len(intervals):
            rows.append({"name": name, "path": None})
            continue
        safe = _safe(name, taken, "intervals")
        table = _intervals(safe, intervals, f"intervals {safe}")
        if safe in _SLOTS:
            setattr(file, safe, table)
        else:
            file.add_time_intervals(table)
        rows.append({"name": name, "path": f"intervals/{safe}"})
    return rows


def _add_truth(own: Any, truth: Snapshots) -> dict[str, Any]:
    from pynwb.epoch import TimeIntervals

    windows = {
        "start_time": truth.bounds[:, 0].copy(),
        "stop_time": truth.bounds[:, 1].copy(),
        "present": truth.present,
    }
    own.add(
        _table("truth_windows", "regimes of the true network; present: which units took part", windows, TimeIntervals)
    )
    edges = {"snapshot": truth.snapshot, "src": truth.src, "dst": truth.dst, "weight": truth.weight}
    if truth.pvalues is not None:
        edges["pvalues"] = truth.pvalues
    if len(truth.src):
        own.add(_table("truth_edges", "edges of the true network, by window; from src to dst", edges))
    return {"n_nodes": truth.n_nodes, "directed": truth.directed, "pvalues": truth.pvalues is not None}


def _add_order(own: Any, recording: Recording) -> None:
    events = recording.events
    assert events is not None
    same = np.diff(events.time) == 0
    if (same & (np.diff(events.unit) < 0)).any():
        columns = {"unit": events.unit.astype(np.int32)}
        own.add(_table("event_order", "the unit of every spike in the order of the recording", columns))
