"""From columns to data objects: an event list, a spike list, or traces."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Recording, Series, TemporalGraph, Units
from interplay.io.columns import Columns
from interplay.io.hints import Hints
from interplay.io.roles import bare, pick, seconds_per_unit

_ROLES = ("src", "dst", "time", "weight", "unit")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$")


def interpret(table: Columns, kind: str | None, hints: Hints) -> Recording | TemporalGraph:
    """Decide what a table holds and build it; an ambiguous table is an error that says which hint settles it.

    Parameters
    ----------
    table : Columns
    kind : {"graph", "spikes", "traces"} or None
    hints : Hints

    Returns
    -------
    TemporalGraph
        If there are a source, a target and a time column, or three headerless columns of which the first two are ids.
    Recording
        With spikes if there are a time and a unit column; with traces if there is a time column (or `rate_hz`) and the
        other columns are numbers.
    """
    if len(table) == 0:
        raise DataError("the table holds no rows. Export it again.")
    picked = {role: pick(role, table.names, len(table.arrays), hints) for role in _roles_for(kind)}
    roles = {role: k for role, k in picked.items() if k is not None}
    notes = list(table.notes)
    kind = kind or _kind(table, roles, hints)
    if kind == "graph":
        _headerless_graph(table, roles, notes)
        return _graph(table, roles, hints, notes)
    if kind == "spikes":
        return _spikes(table, roles, hints, notes)
    return _traces(table, roles, hints, notes)


def _roles_for(kind: str | None) -> tuple[str, ...]:
    if kind is None:
        return _ROLES
    return {"graph": ("src", "dst", "time", "weight"), "spikes": ("time", "unit"), "traces": ("time",)}[kind]


def _kind(table: Columns, roles: dict[str, int], hints: Hints) -> str:
    has = set(roles)
    if {"src", "dst"} <= has:
        return "graph"
    if {"time", "unit"} <= has and not has & {"src", "dst"}:
        return "spikes"
    if hints.step_s is not None or hints.rows is not None:
        return "traces"
    if "time" in has and not has & {"src", "dst"} and table.names is not None and len(table.arrays) > 1:
        return "traces"
    if table.names is None and not has and len(table.arrays) == 3 and _looks_like_ids(table, 0, 1):
        return "graph"
    raise DataError(_puzzle(table))


def _looks_like_ids(table: Columns, *columns: int) -> bool:
    return all(table.is_text(k) or _whole(table.arrays[k]) for k in columns)


def _whole(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iu" or bool(np.isfinite(array).all() and (array == np.floor(array)).all())


def _puzzle(table: Columns) -> str:
    if table.names is None:
        what = f"the table has {len(table.arrays)} column(s) and no header, so what they mean is not known"
    else:
        what = f"the columns ({', '.join(repr(n) for n in table.names[:8])}) do not tell what the table holds"
    return (
        f"{what}. Say it: `src_column`, `dst_column` and `time_column` for an event list, `unit_column` and "
        "`time_column` for spikes, or kind='traces' with `rate_hz` (or `dt_s`) and `rows` for a matrix of samples."
        + (" A matrix of connectivity is read by `io.load_matrix`." if len(table) == len(table.arrays) > 2 else "")
    )


def _headerless_graph(table: Columns, roles: dict[str, int], notes: list[str]) -> None:
    if table.names is None and not roles and len(table.arrays) == 3:
        roles.update(src=0, dst=1, time=2)
        notes.append("no header: the three columns were taken to be source, target, time")


def need(table: Columns, roles: dict[str, int], role: str, what: str) -> int:
    """Give the column of a role that must be there."""
    if role not in roles:
        listed = "no header" if table.names is None else ", ".join(repr(n) for n in table.names[:8])
        static = (
            " A list of pairs without times is a static graph, which is not an event list." if role == "time" else ""
        )
        raise DataError(
            f"{what} needs a {role} column, and none was found ({listed}).{static} Say it: `{role}_column=...`."
        )
    return roles[role]


def seconds_of(table: Columns, k: int, hints: Hints, notes: list[str]) -> NDArray[np.float64]:
    """Give a column of times in seconds, dates as seconds since 1970, and note where the unit comes from."""
    name = None if table.names is None else table.names[k]
    if table.is_text(k) and _DATE.match(str(table.arrays[k][0])):
        return _dates(table, k, notes)
    factor, note = seconds_per_unit(name, hints)
    notes.append(note)
    values = table.numbers(k)
    return np.asarray(values, dtype=np.float64) * factor


def _dates(table: Columns, k: int, notes: list[str]) -> NDArray[np.float64]:
    for row, text in enumerate(table.arrays[k].tolist()):
        if not _DATE.match(text):
            raise DataError(f"{table.place(row)}: {table.label(k)} must hold dates like the first, got {text[:40]!r}.")
    try:
        stamps = np.strings.rstrip(table.arrays[k], "Z").astype("datetime64[us]")
    except ValueError as error:
        raise DataError(f"{table.label(k)} holds a date that does not exist ({error}). Correct it.") from error
    notes.append(f"{table.label(k)} holds dates; they became seconds since 1970-01-01, taken as UTC")
    return np.asarray(stamps.astype(np.int64) * 1e-6, dtype=np.float64)


def in_order(
    time: NDArray[np.float64], hints: Hints, notes: list[str], place: Any, what: str
) -> NDArray[np.int64] | slice:
    """Check that times never decrease; with `sort` give the order that makes them so, and say it."""
    step = np.diff(time)
    back = step < 0
    if not back.any():
        return slice(None)
    k = int(np.argmax(back))
    if not hints.sort:
        raise DataError(
            f"{place(k + 1)}: {what} must not decrease, but {float(time[k + 1])!r} s follows {float(time[k])!r} s "
            f"({int(back.sum())} step(s) back in all). Sort the file, or pass sort=True."
        )
    order = np.argsort(time, kind="stable")
    moved = int((order != np.arange(len(order))).sum())
    notes.append(f"events were out of order and were sorted by time, as asked: {moved} of {len(time)} changed place")
    return np.asarray(order)


def span_of(time: NDArray[np.float64], hints: Hints, notes: list[str]) -> tuple[float, float]:
    """Give the observed interval: by hint, else from the first event to one resolution step after the last.

    The resolution is the smallest step between different times (1 s if there is only one time).
    """
    if hints.span is not None:
        notes.append("the observed span is as given")
        return hints.span
    steps = np.diff(time)
    steps = steps[steps > 0]
    resolution = float(steps.min()) if steps.size else 1.0
    stop = max(float(time[-1]) + resolution, float(np.nextafter(time[-1], np.inf)))
    notes.append(
        f"the observed span was taken from the first event to {resolution:.3g} s after the last (change it with `span`)"
    )
    return float(time[0]), stop


def _identities(
    table: Columns, columns: list[int], count: int | None, what: str, notes: list[str]
) -> tuple[list[NDArray[np.int64]], int, NDArray[np.str_] | None]:
    """Turn ids into numbers: as they stand if their count is given, else in rising order of those that occur."""
    if any(table.is_text(k) for k in columns):
        if count is not None:
            raise DataError(
                f"`n_{what}s` goes with whole numbers, but {table.label(columns[0])} holds names. Leave it out."
            )
        texts = [table.arrays[k].astype(str) for k in columns]
        _say_mixture(table, columns, texts, notes)
        for k, column in zip(columns, texts, strict=True):
            if (column == "").any():
                raise DataError(f"{table.place(int(np.argmax(column == '')))}: {table.label(k)} is empty. Fill it in.")
        known = sorted(set().union(*(column.tolist() for column in texts)))
        number = {name: k for k, name in enumerate(known)}
        notes.append(f"{what}s were numbered in the order of their names; the names are kept")
        parts = [np.fromiter(map(number.__getitem__, c.tolist()), np.int64, len(c)) for c in texts]
        return parts, len(known), np.array(known, dtype=str)
    numbers = [table.integers(k) for k in columns]
    if count is not None:
        for k, column in zip(columns, numbers, strict=True):
            bad = (column < 0) | (column >= count)
            if bad.any():
                row = int(np.argmax(bad))
                raise DataError(
                    f"{table.place(row)}: {table.label(k)} must lie in [0, n_{what}s={count}), got {column[row]}. "
                    f"Correct `n_{what}s`, or leave it out to number the ids that occur."
                )
        return numbers, count, None
    ids, place = np.unique(np.concatenate(numbers), return_inverse=True)
    parts = np.split(place.astype(np.int64), len(columns))
    if np.array_equal(ids, np.arange(len(ids))):
        notes.append(f"{what}s are the {len(ids)} ids that occur, 0 to {len(ids) - 1} (change it with `n_{what}s`)")
    else:
        notes.append(
            f"{what}s are the {len(ids)} ids that occur, numbered in rising order; the ids in the file are kept as "
            f"names (change it with `n_{what}s`)"
        )
    return parts, len(ids), ids.astype(str)


def _say_mixture(table: Columns, columns: list[int], texts: list[NDArray[np.str_]], notes: list[str]) -> None:
    for k, column in zip(columns, texts, strict=True):
        values = column.tolist()
        kinds = {name: name.isdigit() for name in set(values)}
        if True in kinds.values() and False in kinds.values():
            row = next(r for r, name in enumerate(values) if not kinds[name])
            notes.append(
                f"{table.label(k)} mixes whole numbers and names, all taken as names; the first that is no number "
                f"is {values[row][:40]!r} ({table.place(row)})"
            )


def say_unused(table: Columns, used: set[int], notes: list[str]) -> None:
    """Note which named columns are not read."""
    if table.names is not None:
        rest = [repr(n) for k, n in enumerate(table.names) if k not in used]
        if rest:
            notes.append(f"columns not used: {', '.join(rest[:8])}" + (" ..." if len(rest) > 8 else ""))


def say_roles(table: Columns, roles: dict[str, int], notes: list[str]) -> None:
    """Note which named column plays which role."""
    if table.names is not None:
        notes.append("columns used: " + ", ".join(f"{table.names[k]!r} as {role}" for role, k in roles.items()))


def _graph(table: Columns, roles: dict[str, int], hints: Hints, notes: list[str]) -> TemporalGraph:
    src_k, dst_k, time_k = (need(table, roles, role, "an event list") for role in ("src", "dst", "time"))
    if len({src_k, dst_k, time_k, roles.get("weight", -1)}) != 4:
        raise DataError("source, target, time and weight must be different columns. Correct the hints.")
    say_roles(table, {r: k for r, k in roles.items() if r != "unit"}, notes)
    say_unused(table, {k for r, k in roles.items() if r != "unit"}, notes)
    time = seconds_of(table, time_k, hints, notes)
    order = in_order(time, hints, notes, table.place, "times")
    (src, dst), n, names = _identities(table, [src_k, dst_k], hints.n_nodes, "node", notes)
    weight = np.ones(len(time)) if "weight" not in roles else np.asarray(table.numbers(roles["weight"]), np.float64)
    rivals = [n for n in table.names or [] if bare(n) in ("label", "sign", "rating")]
    if "weight" in roles and rivals and table.names is not None and table.names[roles["weight"]] not in rivals:
        chosen = table.names[roles["weight"]]
        notes.append(
            f"{chosen!r} was taken as the weight although there is also {rivals[0]!r} (change it with `weight_column`)"
        )
    if "weight" not in roles:
        notes.append("no weight column: every event has weight 1")
    loops = int((src == dst).sum())
    if loops:
        notes.append(f"{loops} event(s) go from a node to itself")
    time = time[order]
    return TemporalGraph(
        src=src[order],
        dst=dst[order],
        time=time,
        weight=weight[order],
        n_nodes=n,
        span=span_of(time, hints, notes),
        names=names,
        notes=tuple(notes),
    )


def _spikes(table: Columns, roles: dict[str, int], hints: Hints, notes: list[str]) -> Recording:
    time_k, unit_k = (need(table, roles, role, "a spike list") for role in ("time", "unit"))
    say_roles(table, {"time": time_k, "unit": unit_k}, notes)
    say_unused(table, {time_k, unit_k}, notes)
    time = seconds_of(table, time_k, hints, notes)
    order = in_order(time, hints, notes, table.place, "times")
    (unit,), n, names = _identities(table, [unit_k], hints.n_units, "unit", notes)
    time = time[order]
    events = Events(time=time, unit=unit[order], n_units=n, span=span_of(time, hints, notes))
    return Recording(events=events, units=Units(n=n) if names is None else Units(n=n, id=names), notes=tuple(notes))


def _traces(table: Columns, roles: dict[str, int], hints: Hints, notes: list[str]) -> Recording:
    time_k = roles.get("time")
    channels = [k for k in range(len(table.arrays)) if k != time_k]
    if table.names is not None and channels and table.names[channels[0]] == "" and len(channels) > 1:
        notes.append("the first column has no name and was taken to be a row number: not used")
        channels = channels[1:]
    values = (
        np.column_stack([table.numbers(k, missing=True) for k in channels]) if channels else np.empty((len(table), 0))
    )
    names = None if table.names is None else [table.names[k] for k in channels]
    if time_k is not None:
        if hints.step_s is not None or hints.rows is not None:
            raise DataError(
                "the table has a time column, so `rate_hz`, `dt_s` and `rows` have no place. Leave them out."
            )
        say_roles(table, {"time": time_k}, notes)
        time = seconds_of(table, time_k, hints, notes)
        order = in_order(time, hints, notes, table.place, "times")
        return trace_recording(values[order], time[order], names, notes)
    return matrix_recording(values, names, hints, notes, named_columns=names is not None)


def matrix_recording(
    values: NDArray[Any], names: list[str] | None, hints: Hints, notes: list[str], *, named_columns: bool = False
) -> Recording:
    """Build traces from a bare matrix: the sampling and the meaning of its rows must be said."""
    if hints.rows is None and not named_columns:
        raise DataError(
            f"the matrix has {values.shape[0]} rows and {values.shape[1]} columns, and which axis is time is not "
            "known. Say rows='time' or rows='units'."
        )
    if hints.step_s is None:
        raise DataError("the sampling of the matrix is not known. Say `rate_hz` or `dt_s`.")
    if hints.rows == "units":
        if named_columns:
            raise DataError("the table has a header of channel names, so its rows are samples. Leave rows='units' out.")
        values = values.T
    if hints.rows is not None:
        notes.append(f"rows were taken as {hints.rows}, as given")
    time = hints.step_s * np.arange(len(values), dtype=np.float64)
    notes.append("the first sample was put at 0 s")
    return trace_recording(values, time, names, notes)


def trace_recording(
    values: NDArray[Any], time: NDArray[np.float64], names: list[str] | None, notes: list[str]
) -> Recording:
    """Build a recording of traces, (T, N); NaN is kept as "not measured" and counted."""
    if values.size == 0:
        raise DataError(
            f"the traces must hold samples of at least one unit, got shape {values.shape}. Export them again."
        )
    if not (values.dtype.kind == "f" and values.dtype.itemsize == 4):
        values = np.asarray(values, dtype=np.float64)
    gone = np.isnan(values)
    if gone.all():
        raise DataError(f"all {values.size} values of the traces are NaN. Export them again.")
    if gone.any():
        dead = int(gone.all(axis=0).sum())
        notes.append(
            f"{int(gone.sum())} of {values.size} samples are NaN and kept as not measured"
            + (f"; {dead} unit(s) have no sample at all" if dead else "")
        )
    series = Series(time=time, values=values, names=None if names is None else tuple(names))
    n = values.shape[1]
    units = Units(n=n) if names is None else Units(n=n, id=np.array(names, dtype=str))
    return Recording(traces=series, units=units, notes=tuple(notes))
