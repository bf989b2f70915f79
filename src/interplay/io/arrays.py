"""NPZ and NPY files of any origin: spikes, events or traces, told by the names of the arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import LabelledEvents, LabelledImages, Recording, Snapshots, TemporalGraph
from interplay.io import npz
from interplay.io.columns import Columns
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints
from interplay.io.labelled_files import load_labelled
from interplay.io.tabular import interpret, matrix_recording, trace_recording

_TIMES = ("times", "time", "spike_times", "t", "timestamps")
_IDS = (
    "ids",
    "units",
    "unit",
    "spike_ids",
    "spike_units",
    "unit_ids",
    "neuron",
    "neurons",
    "clusters",
    "spike_clusters",
)
_SRC, _DST = ("src", "source", "sources", "u"), ("dst", "target", "destination", "destinations", "v")
_WEIGHT = ("weight", "weights", "w")
_RATES = {"rate_hz": 1, "fs": 1, "sampling_rate": 1, "dt_s": -1, "dt": -1}


def load_npy(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read a bare matrix as traces; `rows` and `rate_hz` (or `dt_s`) must be given.

    One whose name is that of regional signals in a BIDS derivative is read as such, with its sidecar.
    """
    from interplay.io.regional import is_regional, load_regional

    if is_regional(path) and hints.rows is None:
        return load_regional(path, hints)
    require_file(path)
    with foreign(str(path)):
        raw = path.read_bytes()
    array = npz.read_npy(str(path), raw)
    return _matrix(array, "the array", hints, ["read as an NPY matrix"])


def _matrix(array: NDArray[Any], what: str, hints: Hints, notes: list[str]) -> Recording:
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise DataError(f"{what} must be a matrix of numbers, got shape {array.shape} of {array.dtype}. Save a matrix.")
    return matrix_recording(array, None, hints, notes)


def load_npz(path: Path, kind: str | None, hints: Hints) -> Recording | TemporalGraph | LabelledEvents | LabelledImages:
    """Read an NPZ file: our own, spikes (times, ids), events (src, dst, time) or traces.

    Notes
    -----
    ``marked_edges`` of shape (M, 3), rows (source, target, strength) with NaN where no label is known, becomes the
    truth of a spike recording: one network over the whole span whose edges are the rows of non-zero strength.
    """
    header = npz.load_header(path)
    if header is not None:
        return _own(path, header, hints)
    arrays = npz.load_arrays(path)
    listed = ", ".join(f"{k} {a.shape}" for k, a in list(arrays.items())[:8]) or "nothing"
    if hints.variable is not None:
        if hints.variable not in arrays:
            raise DataError(f"there is no array {hints.variable!r}; the file holds {listed}. Correct `variable`.")
        return _traces(arrays, hints.variable, hints)
    lines = {name: a for name, a in arrays.items() if a.ndim == 1}
    time, ids = _first(lines, _TIMES), _first(lines, _IDS)
    src, dst = _first(lines, _SRC), _first(lines, _DST)
    if kind != "traces" and time and src and dst:
        return _table(arrays, {"src": src, "dst": dst, "time": time, "weight": _first(lines, _WEIGHT)}, "graph", hints)
    if kind != "traces" and time and ids:
        found = _table(arrays, {"time": time, "unit": ids}, "spikes", hints)
        return _with_truth(found, arrays)
    grids = [name for name, a in arrays.items() if a.ndim == 2 and a.dtype.kind in "fiub" and a.size]
    if len(grids) == 1 and kind in (None, "traces"):
        return _traces(arrays, grids[0], hints)
    raise DataError(
        f"the arrays ({listed}) do not tell what the file holds. Needed: `times` and `ids` for spikes, `src`, `dst` "
        "and `time` for events, or one matrix; or say which matrix with `variable`."
    )


def _own(
    path: Path, header: dict[str, Any], hints: Hints
) -> Recording | TemporalGraph | LabelledEvents | LabelledImages:
    hints.require_used((), "an NPZ file of interplay, which says everything itself")
    holds = header.get("holds")
    if holds == "Recording":
        return npz.load_recording(path)
    if holds == "TemporalGraph":
        return npz.load_graph(path)
    if holds in ("LabelledEvents", "LabelledImages"):
        return load_labelled(path, holds)
    if holds == "Snapshots":
        raise DataError("the file holds snapshots, which are neither a recording nor events. Use `io.load_snapshots`.")
    raise DataError(f"the file holds {holds!r}, which is neither a recording nor events.")


def _first(arrays: dict[str, NDArray[Any]], names: tuple[str, ...]) -> str | None:
    lower = {name.lower(): name for name in arrays}
    return next((lower[n] for n in names if n in lower), None)


def _table(
    arrays: dict[str, NDArray[Any]], roles: dict[str, str | None], kind: str, hints: Hints
) -> Recording | TemporalGraph:
    used = {role: name for role, name in roles.items() if name is not None}
    lengths = {name: len(arrays[name]) for name in used.values()}
    if len(set(lengths.values())) != 1:
        raise DataError(f"the arrays must have one entry per event each, got lengths {lengths}. Export them again.")
    for name in used.values():
        if arrays[name].dtype.kind not in "fiuU":
            raise DataError(f"the array {name!r} must hold numbers, got dtype {arrays[name].dtype}. Export it again.")
    rest = [name for name in arrays if name not in lengths and name != "marked_edges"]
    notes = ["arrays used: " + ", ".join(f"{n!r} as {r}" for r, n in used.items())]
    notes += [f"arrays not used: {', '.join(rest[:8])}"] if rest else []
    columns = [arrays[n] if arrays[n].dtype.kind != "f" else arrays[n].astype(np.float64) for n in used.values()]
    table = Columns(names=list(used), arrays=columns, notes=tuple(notes), place=lambda k: f"entry {k}")
    return interpret(table, kind, hints)


def _with_truth(recording: Recording | TemporalGraph, arrays: dict[str, NDArray[Any]]) -> Recording | TemporalGraph:
    from dataclasses import replace

    edges = arrays.get("marked_edges")
    if edges is None or not isinstance(recording, Recording) or recording.events is None:
        return recording
    if edges.ndim != 2 or edges.shape[1] != 3 or edges.dtype.kind not in "fiu":
        note = (
            f"`marked_edges` of shape {edges.shape} was not read: (M, 3) rows of source, target, strength are expected"
        )
        return replace(recording, notes=(*recording.notes, note))
    known = edges[np.isfinite(edges).all(axis=1)]
    number = {name: k for k, name in enumerate(recording.units.id.tolist())}
    weights = np.zeros((1, recording.n_units, recording.n_units))
    for a, b, strength in known.tolist():
        i, j = number.get(str(int(a))), number.get(str(int(b)))
        if i is None or j is None or a != int(a) or b != int(b):
            raise DataError(f"`marked_edges` must name units that occur in `ids`, got {a:g} -> {b:g}. Export it again.")
        weights[0, i, j] = strength
    truth = Snapshots.from_dense(weights, np.array([recording.events.span]), directed=True)
    note = (
        f"truth from `marked_edges`: {len(truth.src)} of {len(known)} labelled directed pairs are connected; "
        f"{len(edges) - len(known)} row(s) without a label were left out"
    )
    return replace(recording, truth=truth, notes=(*recording.notes, note))


def _traces(arrays: dict[str, NDArray[Any]], name: str, hints: Hints) -> Recording:
    values, notes = arrays[name], [f"traces from the array {name!r}"]
    if values.ndim != 2 or values.dtype.kind not in "fiub":
        raise DataError(f"the array {name!r} must be a matrix of numbers, got shape {values.shape} of {values.dtype}.")
    clock = _first({k: a for k, a in arrays.items() if a.ndim == 1 and a.size in values.shape}, _TIMES)
    if clock is not None and hints.step_s is None and hints.rows is None:
        time = arrays[clock].astype(np.float64) if arrays[clock].dtype.kind in "fiu" else np.empty(0)
        if values.shape[0] == values.shape[1]:
            raise DataError(
                f"the matrix {name!r} is square, so which axis is time is not known. Say `rows` and `rate_hz`."
            )
        if len(time) == values.shape[1]:
            values = values.T
            notes.append("rows were taken as units, because the times have one entry per column")
        notes.append(f"times from the array {clock!r}, taken to be in seconds")
        return trace_recording(values, time, None, notes)
    rate = next((k for k in _RATES if k in arrays and arrays[k].size == 1 and arrays[k].dtype.kind in "fiu"), None)
    if rate is not None and hints.step_s is None:
        number = float(arrays[rate].ravel()[0])
        if not (np.isfinite(number) and number > 0):
            raise DataError(f"the array {rate!r} must hold a number > 0, got {number}. Correct it, or say `rate_hz`.")
        from dataclasses import replace

        hints = replace(hints, dt_s=number if _RATES[rate] < 0 else 1.0 / number)
        notes.append(f"sampling from the array {rate!r}")
    return matrix_recording(values, None, hints, notes)
