"""One door for every file: content decides how it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.io.bids_names import HINTS
from interplay.io.guard import one_paragraph
from interplay.io.hints import KINDS, Hints
from interplay.io.sniffing import sniff

if TYPE_CHECKING:
    from interplay.data import Cohort, LabelledEvents, LabelledImages, Recording, TemporalGraph


class _Format(NamedTuple):
    words: str
    reader: str
    hints: tuple[str, ...]


_TABLE = (
    "time_column", "src_column", "dst_column", "weight_column", "unit_column", "time_unit", "n_nodes", "n_units",
    "span", "rate_hz", "dt_s", "rows", "sort",
)  # fmt: skip
_FORMATS = {
    "nwb": _Format("an NWB file", "nwb_read:load_nwb", ("variable", "span", "sort")),
    "events": _Format("a folder of events", "event_store:load_events", ()),
    "nifti": _Format(
        "a NIfTI or CIFTI file",
        "imaging:load_nifti",
        ("rate_hz", "dt_s", "atlas", "labels", "confounds", "confound_columns"),
    ),
    "bids": _Format("a BIDS derivative", "bids:load_bids", HINTS),
    "cohort": _Format("a cohort folder", "cohort_store:load_cohort", ()),
    "dish": _Format("a DishBrain session", "dish:load_session", ()),
    "text": _Format("a text table", "text_table:load_text", _TABLE),
    "parquet": _Format("a Parquet table", "parquet:load_parquet", _TABLE),
    "npz": _Format(
        "an NPZ file",
        "arrays:load_npz",
        ("variable", "time_unit", "n_nodes", "n_units", "span", "rate_hz", "dt_s", "rows", "sort"),
    ),
    "npy": _Format("an NPY file", "arrays:load_npy", ("rate_hz", "dt_s", "rows")),
    "mat": _Format("a MAT file", "matlab:load_mat", ("variable", "time_unit", "span", "sort")),
    "mat73": _Format("a MAT 7.3 file", "matlab:load_mat73", ("variable", "time_unit", "span", "sort")),
    "aedat": _Format("an AEDAT file", "aedat:load_aedat", ("span", "sort")),
    "gestures": _Format("DVS Gesture", "gesture_folder:load_gestures", ()),
    "spoken": _Format("spoken words in HDF5", "spoken_files:load_spoken", ("n_units",)),
    "electrode_array": _Format("an electrode-array HDF5 file", "waves:load_waves", ("span", "sort")),
}


def load(
    path: str | os.PathLike[str], *, kind: str | None = None, **hints: Any
) -> Recording | TemporalGraph | Cohort | LabelledEvents | LabelledImages:
    """Read a recording, an event list, a cohort or labelled samples from any supported file or folder.

    Parameters
    ----------
    path : path
        A file, a DishBrain session folder, a folder of events that `ingest_events` or `EventWriter` wrote, a cohort
        folder, a BIDS derivative, or DVS Gesture. Its content decides the format, not its ending.
    kind : {"graph", "spikes", "traces"} or None
        What a table or an array holds, where that is not clear from it.
    **hints
        What the file does not say itself; see `interplay.io.Hints`. A hint of no use for the format is refused.

    Returns
    -------
    Recording, TemporalGraph, Cohort, LabelledEvents or LabelledImages
        A TemporalGraph for a list of events between nodes, a Cohort for a folder of scans of subjects, LabelledEvents
        for spoken words and gestures, these and LabelledImages for files of our own that hold them, a Recording
        otherwise. Whatever was guessed is in `notes`.

    Raises
    ------
    DataError
        If the file is missing, damaged, empty, out of order or ambiguous: one paragraph with file, place and remedy.
    ConfigError
        If a hint is unknown, out of range, or of no use for this format.
    MissingExtraError
        If Parquet is to be read and pyarrow is not installed, or images and nibabel or nilearn are not.

    Notes
    -----
    Nothing is sorted, dropped, clipped or filled in silently. Files are read whole into memory, folders of events and
    of cohorts are mapped; a file that claims more than it can hold is refused before memory is taken.
    """
    chosen = Hints.of(hints)
    if kind is not None and kind not in KINDS:
        raise ConfigError(unknown_name("kind", str(kind), KINDS))
    place = Path(path)
    name = sniff(place)
    entry = _FORMATS[name]
    chosen.require_used(entry.hints, entry.words)
    module, attribute = entry.reader.split(":")
    reader: Callable[[Path, str | None, Hints], Any] = getattr(import_module(f"interplay.io.{module}"), attribute)
    try:
        found: Recording | TemporalGraph | Cohort | LabelledEvents | LabelledImages = reader(place, kind, chosen)
    except DataError as error:
        text = str(error)
        raise DataError(one_paragraph(text if text.startswith(str(place)) else f"{place}: {text}")) from error
    _require_kind(place, kind, found)
    return found


def _require_kind(path: Path, kind: str | None, found: Any) -> None:
    from interplay.data import Recording, TemporalGraph

    if kind is None:
        return
    if isinstance(found, Recording):
        good = (kind == "spikes" and found.events is not None) or (kind == "traces" and found.traces is not None)
    else:
        good = kind == "graph" and isinstance(found, TemporalGraph)
    if not good:
        raise DataError(f"{path} was asked for as kind={kind!r}, but it holds {found!r}. Leave `kind` out.")
