"""Labelled events and images in NPZ files of our own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from interplay._core.errors import DataError
from interplay.data import LabelledEvents, LabelledImages
from interplay.io import npz

_EVENTS = ("time", "unit", "pointer", "label", "classes", "duration_s", "group")
_IMAGES = ("image", "label", "classes", "group")


def save_labelled_events(data: LabelledEvents, path: str | os.PathLike[str]) -> Path:
    """Write labelled events to NPZ; `interplay.load` reads them back with the same digest.

    Parameters
    ----------
    data : LabelledEvents
        Notes are written too.
    path : path
        Appears whole or not at all.

    Returns
    -------
    Path
        `path`.
    """
    header = {"n_units": data.n_units, "grid": None if data.grid is None else list(data.grid)}
    return _save(path, "LabelledEvents", data, _EVENTS, header)


def save_labelled_images(data: LabelledImages, path: str | os.PathLike[str]) -> Path:
    """Write labelled images to NPZ; `interplay.load` reads them back with the same digest.

    Parameters
    ----------
    data : LabelledImages
        Notes are written too.
    path : path
        Appears whole or not at all.

    Returns
    -------
    Path
        `path`.
    """
    return _save(path, "LabelledImages", data, _IMAGES, {})


def load_labelled(path: Path, holds: str) -> LabelledEvents | LabelledImages:
    """Read what `save_labelled_events` or `save_labelled_images` wrote.

    Parameters
    ----------
    path : Path
    holds : {"LabelledEvents", "LabelledImages"}

    Returns
    -------
    LabelledEvents or LabelledImages
    """
    arrays, header = npz.open_own(path, holds)
    names = _EVENTS if holds == "LabelledEvents" else _IMAGES
    parts: dict[str, Any] = {name: npz.part(arrays, name) for name in names}
    notes = header.get("notes")
    parts["notes"] = tuple(map(str, notes)) if isinstance(notes, list) else ()
    found: LabelledEvents | LabelledImages
    if holds == "LabelledEvents":
        if not isinstance(header.get("n_units"), int):
            raise DataError(f"the header's 'n_units' must be a whole number, got {header.get('n_units')!r}.")
        found = LabelledEvents(**parts, n_units=header["n_units"], grid=header.get("grid"))
    else:
        found = LabelledImages(**parts)
    npz.require_digest(found.digest, header, "save it again.")
    return found


def _save(path: str | os.PathLike[str], holds: str, data: Any, names: tuple[str, ...], header: dict[str, Any]) -> Path:
    arrays = {name: getattr(data, name) for name in names}
    marked = npz.marked(holds, data.digest, {"notes": list(data.notes), **header})
    return npz.save_arrays(path, arrays, header=marked)
