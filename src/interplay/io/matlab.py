"""MAT files of spike times: a vector per unit, in cells, structures or nests of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Recording, Units
from interplay.io import hdf5
from interplay.io.guard import foreign, require_claim, require_file
from interplay.io.hints import Hints
from interplay.io.roles import seconds_per_unit
from interplay.io.tabular import span_of

#: Fields of a structure that hold the times of one unit.
_FIELDS = ("time", "times", "spike_times", "spiketimes", "ts", "timestamps", "t")
#: Names of variables that hold spikes, best first.
_VARIABLES = ("spikes", "spike_times", "spiketimes", "trains", "spike_trains", "units", "cells", "times")
_IDS = ("ids", "units", "unit", "cluster", "clusters", "spike_clusters", "cell", "cells")
_DEPTH = 8


class _Cells(list[Any]):
    """A cell array or an array of structures, in MATLAB's order, first dimension first."""


def load_mat(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read spike times from a MAT file of version 5 to 7.2; see `spikes_of`."""
    import scipy.io

    size = require_file(path)
    with foreign(str(path)):
        for name, shape, _ in scipy.io.whosmat(path):
            require_claim(f"the variable {name!r}", int(np.prod([int(s) for s in shape], dtype=object)), size)
        raw = scipy.io.loadmat(path, squeeze_me=False, struct_as_record=True, chars_as_strings=True)
        variables = {k: _plain(v) for k, v in raw.items() if not k.startswith("__")}
    return spikes_of(variables, hints)


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn scipy's forms into cells (lists), structures (dicts) and arrays."""
    if depth > _DEPTH:
        raise DataError(f"cells are nested deeper than {_DEPTH}. Flatten the variable and save it again.")
    if isinstance(value, np.ndarray) and value.dtype.names:
        rows = [{n: _plain(row[n], depth + 1) for n in value.dtype.names} for row in value.ravel(order="F")]
        return rows[0] if len(rows) == 1 else _Cells(rows)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return _Cells(_plain(v, depth + 1) for v in value.ravel(order="F"))
    return value


def load_mat73(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read spike times from a MAT file of version 7.3, which is HDF5; see `spikes_of`."""
    with hdf5.open_hdf5(path) as file:
        names = [n for n in hdf5.members(file) if not n.startswith("#")]
        return spikes_of({name: _plain73(hdf5.child(file, name)) for name in names}, hints)


def _plain73(node: Any, depth: int = 0) -> Any:
    import h5py

    if depth > _DEPTH:
        raise DataError(f"cells are nested deeper than {_DEPTH}. Flatten the variable and save it again.")
    if hdf5.is_group(node):
        fields = {name: hdf5.child(node, name) for name in hdf5.members(node)}
        return {name: _plain73(field, depth + 1) for name, field in fields.items()}
    if not hdf5.is_dataset(node):
        raise DataError("a cell points to nothing. The file is damaged: save it again.")
    if hdf5.attribute(node, "MATLAB_empty", 0):
        return np.empty((0, 0))
    with foreign(hdf5.name_of(node)):
        holds_references = h5py.check_ref_dtype(node.dtype) is not None
        references = list(np.asarray(node[()]).ravel()) if holds_references and node.size < 1 << 22 else []
    if holds_references:
        with foreign(hdf5.name_of(node)):
            targets = [node.file[r] for r in references]
        return _Cells(_plain73(t, depth + 1) for t in targets)
    if node.dtype.kind not in "fiub":
        return np.empty(0, dtype=object)
    return hdf5.numbers(node).T


def spikes_of(variables: dict[str, Any], hints: Hints) -> Recording:
    """Find one spike train per unit among the variables of a MAT file.

    Parameters
    ----------
    variables : mapping of name to cells, structures or arrays
    hints : Hints
        `variable` says which one; `time_unit` and `span` as for tables.

    Returns
    -------
    Recording
        From a cell array or structure array with one entry per unit (an empty entry is a silent unit); from cells
        within cells, such as tetrodes of units (empty entries are no units; `units.group` is the place of the outer
        cells); or from two vectors, times and unit ids.

    Notes
    -----
    A structure's times are its field time, times, spike_times, ts or timestamps. If every structure has a field
    `timerange`, its hull is the observed span.
    """
    notes = ["read as a MAT file"]
    variables = {k: v for k, v in variables.items() if not (isinstance(v, np.ndarray) and v.dtype.kind in "OUS")}
    flat = _vectors(variables, hints)
    if flat is not None:
        trains, names, groups, ranges = flat
        notes.append("times and ids of spikes from two vectors")
    else:
        name = _choose(variables, hints)
        notes.append(f"spike times from the variable {name!r}")
        trains, names, groups, ranges = _collect(variables[name], name, notes)
    factor, note = seconds_per_unit(None, hints)
    notes.append(note)
    trains = [t * factor for t in trains]
    for label, train in zip(names, trains, strict=True):
        _check(label, train, hints)
    everything = np.sort(np.concatenate(trains)) if trains else np.empty(0)
    if not len(everything):
        raise DataError("there is no spike in the file. Name another variable (`variable=...`), or export it again.")
    span = _range_span(ranges, everything, factor, notes) if hints.span is None else None
    span = span or span_of(everything, hints, notes)
    units = Units(n=len(trains), id=np.array(names, dtype=str), group=np.array(groups, dtype=str))
    return Recording(events=Events.from_trains(trains, span=span), units=units, notes=tuple(notes))


_Found = tuple[list[NDArray[np.float64]], list[str], list[str], list[NDArray[np.float64]]]


def _vectors(variables: dict[str, Any], hints: Hints) -> _Found | None:
    """Recognise two vectors of equal length: times, and the unit of each."""
    lines = {k: np.asarray(v).ravel() for k, v in variables.items() if _is_vector(v)}
    lower = {k.lower(): k for k in lines}
    time = next((lower[n] for n in (*_FIELDS, "spikes") if n in lower), None)
    ids = next((lower[n] for n in _IDS if n in lower and lower[n] != time), None)
    if hints.variable is not None or time is None or ids is None or len(lines[time]) != len(lines[ids]):
        return None
    units = lines[ids].astype(np.float64)
    if not np.isfinite(units).all() or (units != np.floor(units)).any():
        raise DataError(f"the ids in {ids!r} must be whole numbers. Export the file again.")
    known = np.unique(units)
    trains = [lines[time][units == u].astype(np.float64) for u in known]
    return trains, [str(int(u)) for u in known], [""] * len(known), []


def _is_vector(value: Any) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind in "fiu"
        and value.size > 1
        and max(value.shape) == value.size
    )


def _choose(variables: dict[str, Any], hints: Hints) -> str:
    listed = ", ".join(list(variables)[:8]) or "none"
    if hints.variable is not None:
        if hints.variable not in variables:
            raise DataError(f"there is no variable {hints.variable!r}; the file has: {listed}. Correct `variable`.")
        return hints.variable
    nests = [k for k, v in variables.items() if isinstance(v, _Cells | dict)]
    named = [k for n in _VARIABLES for k in nests if k.lower() == n]
    if named:
        return named[0]
    if len(nests) == 1:
        return nests[0]
    raise DataError(
        f"the variables ({listed}) do not tell where the spikes are: a cell array or structure with one entry per unit "
        "is needed, or vectors `times` and `ids`. Say which: `variable=...`."
    )


def _collect(value: Any, name: str, notes: list[str]) -> _Found:
    while isinstance(value, _Cells) and len(value) == 1 and isinstance(value[0], _Cells):
        value = value[0]
    if isinstance(value, dict) and _field(value) is None:
        value = _Cells(value.values()) if all(_is_leaf(v) for v in value.values()) else value
    leaves = list(_leaves(value, ()))
    if not leaves:
        raise DataError(f"the variable {name!r} holds no vectors of times. Say which variable does: `variable=...`.")
    deep = max(len(place) for place, _ in leaves) > 1
    if deep:
        empty = sum(not _times(leaf).size for _, leaf in leaves)
        leaves = [(place, leaf) for place, leaf in leaves if _times(leaf).size]
        notes.append(f"cells within cells: {empty} empty one(s) hold no unit; groups are the outer cells")
    trains, names, groups, ranges = [], [], [], []
    for place, leaf in leaves:
        times = _times(leaf)
        if times.dtype.kind not in "fiu":
            raise DataError(
                f"cell {_words(place)} of {name!r} must hold times, got type {times.dtype}. Export it again."
            )
        trains.append(times.astype(np.float64).ravel())
        names.append(_words(place) if place else "1")
        groups.append(_words(place[:-1]))
        if isinstance(leaf, dict) and isinstance(leaf.get("timerange"), np.ndarray):
            ranges.append(np.asarray(leaf["timerange"]).ravel())
    return trains, names, groups, ranges if len(ranges) == len(trains) else []


def _words(place: tuple[int, ...]) -> str:
    return ".".join(str(k + 1) for k in place)


def _field(leaf: dict[str, Any]) -> str | None:
    lower = {k.lower(): k for k in leaf}
    return next((lower[f] for f in _FIELDS if f in lower), None)


def _is_leaf(value: Any) -> bool:
    return isinstance(value, np.ndarray) or (isinstance(value, dict) and _field(value) is not None)


def _leaves(value: Any, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
    if isinstance(value, _Cells):
        for k, inner in enumerate(value):
            yield from _leaves(inner, (*place, k))
    elif _is_leaf(value):
        yield place, value
    elif isinstance(value, dict):
        raise DataError(
            f"the structure at {_words(place) or 'the top'} has the fields {', '.join(list(value)[:8])}, none of which "
            f"is known to hold times ({', '.join(_FIELDS)}). Rename one, or name a variable."
        )


def _times(leaf: Any) -> NDArray[Any]:
    value = leaf[_field(leaf)] if isinstance(leaf, dict) else leaf
    if not isinstance(value, np.ndarray):
        raise DataError("a field of times must hold a vector. Export the file again.")
    if value.size and value.size != max(value.shape):
        if value.ndim == 2 and isinstance(leaf, np.ndarray):
            raise DataError(
                f"a cell holds a matrix of shape {value.shape}, a vector of times is needed. Export it again."
            )
        value = value[:, :1]
    return np.asarray(value)


def _check(label: str, train: NDArray[np.float64], hints: Hints) -> None:
    if not np.isfinite(train).all():
        k = int(np.argmax(~np.isfinite(train)))
        raise DataError(f"unit {label}: spike {k} is {train[k]}. Remove such values and export the file again.")
    back = np.diff(train) < 0
    if back.any() and not hints.sort:
        k = int(np.argmax(back))
        raise DataError(
            f"the times of unit {label} must not decrease: spike {k} at {float(train[k])!r} s comes "
            f"before {float(train[k + 1])!r} s. Sort them, or pass sort=True."
        )


def _range_span(
    ranges: list[NDArray[np.float64]], time: NDArray[np.float64], factor: float, notes: list[str]
) -> tuple[float, float] | None:
    if not ranges or not all(r.size == 2 and r.dtype.kind in "fiu" and np.isfinite(r).all() for r in ranges):
        return None
    start = min(float(r[0]) for r in ranges) * factor
    stop = max(float(r[1]) for r in ranges) * factor
    if not start < stop or time[0] < start or time[-1] > stop:
        notes.append("the field `timerange` does not hold the spikes and was not read")
        return None
    notes.append("the observed span was taken from the field `timerange`")
    return start, max(stop, float(np.nextafter(time[-1], np.inf)))
