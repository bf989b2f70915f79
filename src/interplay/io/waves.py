"""Electrode-array HDF5 in the layout of the retinal-wave repository: `spikes`, `sCount`, `epos`, `meta/*`.

References
----------
Eglen, Weeks, Jessop, Simonotto, Jackson, Sernagor (2014), GigaScience 3:3: spike times in seconds, all units one after
the other; `sCount` spikes per unit; `epos` positions in micrometres.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Units
from interplay.io import hdf5
from interplay.io.guard import foreign
from interplay.io.hints import Hints


def load_waves(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read one recording; its observed span is the extent of the spikes, unless `span` says more."""
    notes = ["read as electrode-array HDF5 (spikes, sCount, epos), times in seconds"]
    with hdf5.open_hdf5(path) as file:
        time = hdf5.numbers(hdf5.require_dataset(file, "spikes"), 1).astype(np.float64)
        count = hdf5.numbers(hdf5.require_dataset(file, "sCount"), 1)
        if count.dtype.kind not in "iu" or (count < 0).any() or int(count.sum()) != len(time):
            raise DataError(
                f"`sCount` must hold spikes per unit that add up to {len(time)}, the length of `spikes`. "
                "The file is damaged: fetch it again."
            )
        n = len(count)
        position = _positions(file, n, notes)
        names = _names(file, n, notes)
        meta = _meta(file)
    if not len(time) or not np.isfinite(time).all():
        raise DataError("`spikes` must hold finite times, at least one. The file is damaged: fetch it again.")
    owner = np.repeat(np.arange(n), count.astype(np.int64))
    back = (np.diff(time) < 0) & (np.diff(owner) == 0)
    if back.any() and not hints.sort:
        k = int(np.argmax(back))
        raise DataError(
            f"`spikes` of unit {owner[k]} must not decrease: {float(time[k])!r} s comes before "
            f"{float(time[k + 1])!r} s. Sort them, or pass sort=True."
        )
    if back.any():
        notes.append(f"spikes out of order were sorted, as asked ({int(back.sum())} step(s) back)")
    if hints.span is None:
        notes.append("the observed span was taken from the extent of the spikes (change it with `span`)")
    span = hints.span or (float(time.min()), float(np.nextafter(time.max(), np.inf)))
    return Recording(
        events=Events.from_events(time, owner, n_units=n, span=span),
        units=Units(n=n, position_um=position, **({} if names is None else {"id": np.array(names, dtype=str)})),
        observed=Intervals.single(*span),
        meta=meta,
        notes=tuple(notes),
    )


def _positions(file: Any, n: int, notes: list[str]) -> Any:
    node = hdf5.child(file, "epos")
    if not hdf5.is_dataset(node):
        notes.append("no `epos`: positions are not known")
        return None
    position = hdf5.numbers(node, 2).astype(np.float64)
    if position.shape == (2, n):
        return position.T
    if position.shape == (n, 2):
        return position
    raise DataError(f"`epos` must have shape (2, {n}), got {position.shape}. The file is damaged: fetch it again.")


def _names(file: Any, n: int, notes: list[str]) -> list[str] | None:
    node = hdf5.child(file, "names")
    names = hdf5.texts(node) if hdf5.is_dataset(node) else None
    if names is not None and (len(names) != n or len(set(names)) != n):
        notes.append("`names` does not name each unit once; units are numbered from 0")
        return None
    return names


def _meta(file: Any) -> dict[str, str]:
    group = hdf5.child(file, "meta")
    out: dict[str, str] = {}
    for name in hdf5.members(group) if hdf5.is_group(group) else []:
        node = hdf5.child(group, name)
        if not hdf5.is_dataset(node):
            continue
        with foreign(f"meta/{name}"):
            if node.size == 1:
                out[name] = hdf5.text_of(np.asarray(node[()]).ravel()[0])
    return out
