"""The tables of an NWB file: units, electrodes, intervals. Ragged columns are cut by their index."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Intervals, Units
from interplay.io import hdf5
from interplay.io.guard import foreign

#: Columns that can say which group a unit belongs to, best first.
_GROUPS = (
    "group", "electrode_group", "group_name", "tetrode", "shank", "probe",
    "location", "brain_area", "brain_region", "region", "area",
)  # fmt: skip
_CELL_TYPES = ("cell_type", "celltype", "neuron_type", "cell_class", "putative_cell_type", "type", "ei")
_LABELS = ("label", "labels", "name", "condition", "trial_type", "type", "stimulus", "stim", "tags", "outcome", "phase")
_EXCITATORY = {"excitatory", "exc", "e", "pyramidal", "pyramidal cell", "pyramidal neuron", "pyr", "principal"}
_INHIBITORY = {"inhibitory", "inh", "i", "interneuron", "inhibitory interneuron", "int", "narrow interneuron",
               "wide interneuron"}  # fmt: skip


def ragged(table: Any, name: str, n: int) -> tuple[Any, NDArray[np.int64]]:
    """Give a ragged column's dataset and its pointer.

    Returns
    -------
    dataset : h5py.Dataset
    pointer : (n + 1,) int64 array
        Row k owns ``dataset[pointer[k]:pointer[k + 1]]``. Indices of any unsigned width are accepted.
    """
    data = hdf5.require_dataset(table, name)
    index = hdf5.numbers(hdf5.require_dataset(table, f"{name}_index"), 1)
    where = f"{hdf5.name_of(table)}/{name}_index"
    if index.dtype.kind not in "iu" or len(index) != n:
        raise DataError(
            f"{where} must hold one whole number per row ({n}), got {len(index)} of type {index.dtype}. "
            "The file is damaged: export it again."
        )
    if index.size and int(index.max()) > 2**62:
        raise DataError(f"{where} holds {int(index.max())}, beyond any column. The file is damaged: export it again.")
    pointer = np.concatenate([[0], index.astype(np.int64)])
    back = np.diff(pointer) < 0
    with foreign(where):
        length = int(data.shape[0]) if data.shape else 0
    if back.any():
        k = int(np.argmax(back))
        raise DataError(
            f"{where} must not decrease: entry {k} is {pointer[k + 1]} after {pointer[k]}. The file is damaged."
        )
    if pointer[-1] != length:
        raise DataError(
            f"{where} ends at {pointer[-1]}, but {hdf5.name_of(data)} has {length} entries. The file is damaged or "
            "incomplete: export it again."
        )
    return data, pointer


def columns_of(table: Any) -> list[str]:
    """Name the columns (indices left out)."""
    names = [n for n in hdf5.members(table) if hdf5.is_dataset(hdf5.child(table, n))]
    return [n for n in names if n != "id" and not (n.endswith("_index") and n[:-6] in names)]


def row_count(table: Any) -> int:
    """Count the rows, by the ids of the table."""
    node = hdf5.require_dataset(table, "id")
    with foreign(hdf5.name_of(node)):
        shape = node.shape
    if shape is None or len(shape) != 1:
        raise DataError(f"{hdf5.name_of(node)} must be one column, got shape {shape}. The file is damaged.")
    return int(shape[0])


def spike_trains(
    table: Any, n: int, *, sort: bool, notes: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Read the spikes of all units: times (E,) in file order, and pointer (n + 1,); None if there is no such column."""
    if hdf5.child(table, "spike_times") is None:
        return None
    data, pointer = ragged(table, "spike_times", n)
    times = hdf5.numbers(data, 1).astype(np.float64)
    owner = np.repeat(np.arange(n), np.diff(pointer))
    bad = ~np.isfinite(times)
    if bad.any():
        k = int(np.argmax(bad))
        raise DataError(
            f"units/spike_times of unit {owner[k]}: spike {k - pointer[owner[k]]} is {times[k]} "
            f"({int(bad.sum())} such value(s) in all). Remove them and export the file again."
        )
    back = (np.diff(times) < 0) & (np.diff(owner) == 0)
    if back.any():
        k = int(np.argmax(back))
        if not sort:
            raise DataError(
                f"units/spike_times of unit {owner[k]} must not decrease: spike {k - pointer[owner[k]]}, at "
                f"{float(times[k])!r} s, comes before {float(times[k + 1])!r} s "
                f"({int(back.sum())} step(s) back in all). Sort the spikes, or pass sort=True."
            )
        times = times[np.lexsort((times, owner))]
        notes.append(f"spikes out of order were sorted, as asked ({int(back.sum())} step(s) back)")
    return times, pointer


def observed_intervals(table: Any, n: int, notes: list[str]) -> Intervals | None:
    """Read obs_intervals as the union over units; None if the column is absent or empty."""
    if hdf5.child(table, "obs_intervals") is None:
        return None
    data, pointer = ragged(table, "obs_intervals", n)
    bounds = hdf5.numbers(data, 2).astype(np.float64)
    if bounds.shape[1:] != (2,):
        raise DataError(f"units/obs_intervals must have two columns, got shape {bounds.shape}. The file is damaged.")
    if not len(bounds):
        return None
    if not np.isfinite(bounds).all() or (bounds[:, 0] >= bounds[:, 1]).any():
        k = int(np.argmax(~np.isfinite(bounds).all(axis=1) | ~(bounds[:, 0] < bounds[:, 1])))
        raise DataError(
            f"units/obs_intervals: row {k} is {tuple(bounds[k].tolist())}; start must be before stop. Correct it."
        )
    first = bounds[pointer[0] : pointer[1]]
    if not all(np.array_equal(bounds[pointer[k] : pointer[k + 1]], first) for k in range(n)):
        notes.append("units were observed at different times; the union of their obs_intervals was taken")
        first = bounds
    return _union(first)


def _union(bounds: NDArray[np.float64]) -> Intervals:
    merged: list[list[float]] = []
    for a, b in bounds[np.lexsort((bounds[:, 1], bounds[:, 0]))].tolist():
        if merged and a < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], b)
        else:
            merged.append([a, b])
    return Intervals.from_bounds(np.array(merged))


@dataclass(frozen=True, kw_only=True)
class _Electrodes:
    position: NDArray[np.float64] | None
    group: list[str] | None
    group_column: str


def _electrodes(file: Any, notes: list[str]) -> _Electrodes | None:
    table = hdf5.child(file, "general/extracellular_ephys/electrodes")
    if not hdf5.is_group(table):
        return None
    n = row_count(table)
    found = {name: hdf5.child(table, name) for name in ("x", "y", "z", "rel_x", "rel_y", "rel_z")}
    prefix = "" if found["x"] is not None and found["y"] is not None else "rel_"
    axes = [found[prefix + a] for a in "xyz" if found[prefix + a] is not None]
    position = None
    if len(axes) >= 2:
        columns = [hdf5.numbers(a, 1).astype(np.float64) for a in axes]
        if any(len(c) != n for c in columns):
            raise DataError(
                f"the electrodes table must have {n} positions, got {[len(c) for c in columns]}. It is damaged."
            )
        position = np.column_stack(columns)
        if np.isnan(position).all():
            position = None
            notes.append("the electrodes table has no known positions (all NaN)")
    for name in ("location", "group_name"):
        node = hdf5.child(table, name)
        if hdf5.is_dataset(node):
            group = hdf5.texts(node)
            if len(group) == n and any(g not in ("", "unknown", "nan") for g in group):
                return _Electrodes(position=position, group=group, group_column=name)
    return _Electrodes(position=position, group=None, group_column="")


def read_units(file: Any, table: Any, n: int, notes: list[str]) -> Units:
    """Read what is known of each unit: name, position, group and sign."""
    names = columns_of(table)
    position, electrode_group = _through_electrodes(file, table, n, names, notes)
    group = next((g for c in _GROUPS if c in names and (g := _text_column(table, c, n)) is not None), None)
    if group is not None:
        column = next(c for c in _GROUPS if c in names and _text_column(table, c, n) is not None)
        notes.append(f"groups from the units column {column!r}")
    elif electrode_group is not None:
        group = electrode_group
    known: dict[str, Any] = {"group": None if group is None else np.array(group, dtype=str)}
    known["sign"] = _signs(table, n, names, notes)
    return Units(n=n, id=_unit_names(table, n, names, notes), position_um=position, **known)


def _text_column(table: Any, name: str, n: int) -> list[str] | None:
    if hdf5.child(table, f"{name}_index") is not None:
        return None
    node = hdf5.require_dataset(table, name)
    with foreign(hdf5.name_of(node)):
        if node.shape is None or len(node.shape) != 1:
            return None
    values = hdf5.texts(node)
    if len(values) != n:
        raise DataError(
            f"{hdf5.name_of(node)} must have one entry per row ({n}), got {len(values)}. The file is damaged."
        )
    return values


def _unit_names(table: Any, n: int, names: list[str], notes: list[str]) -> NDArray[np.str_]:
    column = "unit_name" if "unit_name" in names else "id"
    values = _text_column(table, column, n)
    if values is None or len(set(values)) != n:
        notes.append(f"the units column {column!r} does not name each unit once; units are numbered from 0")
        values = [str(k) for k in range(n)]
    return np.array(values, dtype=str)


def _signs(table: Any, n: int, names: list[str], notes: list[str]) -> NDArray[np.int64] | None:
    if "sign" in names:
        signs = hdf5.numbers(hdf5.require_dataset(table, "sign"), 1)
        if len(signs) == n and np.isin(signs, (-1, 0, 1)).all():
            return signs.astype(np.int64)
        notes.append("the units column 'sign' holds other values than -1, 0, +1 and was not read")
        return None
    column = next((c for c in _CELL_TYPES if c in names), None)
    values = None if column is None else _text_column(table, column, n)
    if values is None:
        return None
    words = [v.strip().lower() for v in values]
    sign = np.array([(w in _EXCITATORY) - (w in _INHIBITORY) for w in words], dtype=np.int64)
    if not sign.any():
        notes.append(f"the units column {column!r} says nothing certain of excitation or inhibition")
        return None
    notes.append(
        f"signs from the units column {column!r}: {int((sign > 0).sum())} excitatory, {int((sign < 0).sum())} "
        f"inhibitory, {int((sign == 0).sum())} not known"
    )
    return sign


def _through_electrodes(
    file: Any, table: Any, n: int, names: list[str], notes: list[str]
) -> tuple[NDArray[np.float64] | None, list[str] | None]:
    if "electrodes" not in names or hdf5.child(table, "electrodes_index") is None:
        return None, None
    known = _electrodes(file, notes)
    if known is None:
        return None, None
    data, pointer = ragged(table, "electrodes", n)
    rows = hdf5.numbers(data, 1)
    limit = len(known.group) if known.group is not None else None if known.position is None else len(known.position)
    if limit is None:
        return None, None
    if rows.dtype.kind not in "iu" or (rows.size and not (rows.min() >= 0 and rows.max() < limit)):
        raise DataError(f"units/electrodes must name rows of the electrodes table, [0, {limit}). The file is damaged.")
    rows = rows.astype(np.int64)
    owned = [rows[a:b] for a, b in itertools.pairwise(pointer.tolist())]
    position = None
    if known.position is not None:
        gone = np.full(known.position.shape[1], np.nan)
        position = np.array([_centre(known.position[r]) if len(r) else gone for r in owned]).reshape(n, -1)
        several = sum(len(r) > 1 for r in owned)
        if several:
            notes.append(f"{several} unit(s) have several electrodes; their position is the mean")
    group = None
    if known.group is not None:
        group = [known.group[r[0]] if len(r) else "" for r in owned]
        notes.append(f"groups from the electrodes column {known.group_column!r} (of a unit's first electrode)")
    return position, group


def _centre(places: NDArray[np.float64]) -> NDArray[np.float64]:
    # One place is given back as it is: a mean would turn -0.0 into 0.0, and the digest with it.
    return places[0] if len(places) == 1 else np.asarray(places.mean(axis=0))


def read_intervals(table: Any, notes: list[str]) -> Intervals | None:
    """Read one TimeIntervals table; rows that are no interval are left out and counted; None if nothing is left."""
    where = hdf5.name_of(table)
    n = row_count(table)
    start = hdf5.numbers(hdf5.require_dataset(table, "start_time"), 1).astype(np.float64)
    stop = hdf5.numbers(hdf5.require_dataset(table, "stop_time"), 1).astype(np.float64)
    if not len(start) == len(stop) == n:
        raise DataError(
            f"{where} must have {n} starts and stops, got {len(start)} and {len(stop)}. The file is damaged."
        )
    label = _labels(table, n, notes)
    good = np.isfinite(start) & np.isfinite(stop) & (start < stop)
    if not good.all():
        notes.append(f"{where}: {int((~good).sum())} of {n} rows have no start before a stop and were left out")
    order = np.flatnonzero(good)
    if (np.diff(start[order]) < 0).any():
        notes.append(f"{where}: rows were put in the order of their start")
        order = order[np.argsort(start[order], kind="stable")]
    if not len(order):
        return None
    return Intervals(start=start[order], stop=stop[order], label=np.array(label, dtype=str)[order])


def _labels(table: Any, n: int, notes: list[str]) -> list[str]:
    names = [c for c in columns_of(table) if c not in ("start_time", "stop_time", "timeseries")]
    column = next((c for c in _LABELS if c in names), None)
    if column is None:
        words = [c for c in names if _is_text(hdf5.child(table, c)) and hdf5.child(table, f"{c}_index") is None]
        if len(words) != 1:
            return [""] * n
        column = words[0]
    where = hdf5.name_of(table)
    if column != "label":
        notes.append(f"{where}: labels from the column {column!r}")
    if hdf5.child(table, f"{column}_index") is not None:
        data, pointer = ragged(table, column, n)
        values = hdf5.texts(data)
        return [", ".join(values[a:b]) for a, b in itertools.pairwise(pointer.tolist())]
    values = _text_column(table, column, n) or [""] * n
    return values


def _is_text(node: Any) -> bool:
    with foreign(hdf5.name_of(node)):
        return bool(node.dtype.kind in "SOU" and len(node.shape or ()) == 1)
