"""Regional signals of one scan, from any file that holds them, with the step that its sidecar states."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Recording
from interplay.io.grid import load_matrix
from interplay.io.guard import foreign, require_file
from interplay.io.hints import Hints

#: Names of files that hold the regional signals of a scan.
_SERIES = re.compile(r"sub-[A-Za-z0-9]+.*_(timeseries|bold)\.(tsv|csv|npy)")


class Regional(NamedTuple):
    """Signals of one scan.

    Attributes
    ----------
    values : (T, R) float array
        NaN throughout a region that the scan lacks.
    names : tuple of str or None
    dt_s : float, s, or None
        None where the file and its sidecars do not say.
    notes : tuple of str
    """

    values: NDArray[Any]
    names: tuple[str, ...] | None
    dt_s: float | None
    notes: tuple[str, ...]


def is_regional(path: Path) -> bool:
    """Tell a file of regional signals by its name in a BIDS derivative: ``sub-*_timeseries`` or ``sub-*_bold``."""
    return _SERIES.fullmatch(path.name) is not None


def read_regional(path: Path, root: Path | None = None) -> Regional:
    """Read the signals of one scan: rows are samples, columns regions.

    Parameters
    ----------
    path : Path
        A text table, an NPY file, or a CIFTI file of parcels by time.
    root : Path or None
        Folder up to which sidecars are looked for; that of the file where None.

    Returns
    -------
    Regional
    """
    from interplay.io.imaging import read_cifti
    from interplay.io.nifti_mark import is_nifti

    stated, source = sidecar_step(path, root)
    if is_nifti(path):
        cifti = read_cifti(path)
        if cifti.dt_s is None and cifti.rows is not None:
            raise DataError(f"{path} must hold parcels by time (.ptseries.nii), it holds no times. Name another file.")
        step = cifti.dt_s if stated is None else stated
        return Regional(cifti.values, cifti.columns, step, cifti.notes)
    grid = load_matrix(path)
    if grid.rows is not None:
        raise DataError(f"{path} must hold one sample per row, but its first column names the rows. Leave it out.")
    notes = grid.notes if source is None else (*grid.notes, f"step between samples from {source.name}")
    return Regional(grid.values, grid.columns, stated, notes)


def load_regional(path: Path, hints: Hints) -> Recording:
    """Read one scan as traces; the step comes from `dt_s`, else from a sidecar, and is never guessed."""
    from interplay.io.tabular import trace_recording

    found = read_regional(path)
    step = require_step(found.dt_s, hints, path)
    notes = [*found.notes, f"regional signals of one scan, a sample every {step:g} s; the first was put at 0 s"]
    names = None if found.names is None else list(found.names)
    return trace_recording(found.values, step * np.arange(len(found.values), dtype=np.float64), names, notes)


def require_step(stated: float | None, hints: Hints, path: Path) -> float:
    """Give the step between samples, s: as hinted, else as stated; an error where neither is known."""
    step = hints.step_s if hints.step_s is not None else stated
    if step is None:
        raise DataError(
            f"{path}: the step between samples is not known: no sidecar beside it states RepetitionTime or "
            "SamplingFrequency. Say `dt_s`."
        )
    return step


def sidecar_step(path: Path, root: Path | None = None) -> tuple[float | None, Path | None]:
    """Find the step between samples in the sidecars of a file.

    Parameters
    ----------
    path : Path
    root : Path or None
        Folder up to which they are looked for, by BIDS's principle of inheritance. None: that of the study, known by
        its dataset_description.json or participants.tsv, else that of the file.

    Returns
    -------
    step : float, s, or None
    source : Path or None
        The nearest sidecar that states RepetitionTime, or SamplingFrequency.
    """
    top = _study_of(path) if root is None else root
    folder = path.parent if root is not None else path.resolve().parent
    while True:
        for place in _sidecars(path, folder):
            step = _stated(place)
            if step is not None:
                return step, place
        if folder == top or folder == folder.parent:
            return None, None
        folder = folder.parent


def _study_of(path: Path) -> Path:
    """Give the folder of the study that a file lies in, sub-*/[ses-*/]func below it; else that of the file."""
    for folder in list(path.resolve().parents)[:4]:
        if any((folder / name).is_file() for name in ("dataset_description.json", "participants.tsv")):
            return folder
    return path.parent


def _sidecars(path: Path, folder: Path) -> list[Path]:
    """Give the JSON files of a folder that apply to a file, those of most words first."""
    own = path.name.split(".")[0].split("_")
    found = []
    for place in folder.glob("*.json"):
        words = place.name.split(".")[0].split("_")
        if words[-1] in (own[-1], "bold", "timeseries") and set(words[:-1]) <= set(own):
            found.append((-len(words), words[-1] != own[-1], place.name, place))
    return [entry[-1] for entry in sorted(found)]


def _stated(place: Path) -> float | None:
    if require_file(place) > 1 << 24:
        raise DataError(f"{place} must be a sidecar, its size is {place.stat().st_size} bytes. Remove it.")
    with foreign(str(place)):
        told = json.loads(place.read_text(encoding="utf-8-sig"))
    for key, turn in (("RepetitionTime", 1), ("SamplingFrequency", -1)):
        if isinstance(told, dict) and told.get(key) is not None:
            value = told[key]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf:
                raise DataError(f"{place}: {key} must be a number > 0, got {value!r}. Correct it.")
            return float(value) if turn > 0 else 1.0 / float(value)
    return None
