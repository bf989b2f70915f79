"""Images of the brain: CIFTI files of parcels, and NIfTI volumes averaged over the regions of an atlas."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, MissingExtraError
from interplay.data import Recording
from interplay.io.columns import Columns
from interplay.io.guard import foreign, one_paragraph, require_claim, require_file
from interplay.io.hints import Hints
from interplay.io.region_labels import read_labels
from interplay.io.regional import Regional, load_regional, sidecar_step

_CIFTI = 32  # code of the header extension that makes a NIfTI file a CIFTI file
_UNITS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}


class Cifti(NamedTuple):
    """A matrix of a CIFTI file.

    Attributes
    ----------
    values : (n, m) float array
    columns, rows : tuple of str or None
        Names of parcels; rows None where they are times.
    dt_s : float, s, or None
    notes : tuple of str
    """

    values: NDArray[Any]
    columns: tuple[str, ...]
    rows: tuple[str, ...] | None
    dt_s: float | None
    notes: tuple[str, ...]


def load_nifti(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read one scan from a CIFTI file of parcels by time, or a NIfTI volume and an atlas, as traces."""
    from interplay.io.regional import require_step
    from interplay.io.tabular import trace_recording

    if _is_cifti(path):
        idle = [name for name in ("atlas", "labels", "confounds", "confound_columns") if getattr(hints, name)]
        if idle:
            raise ConfigError(f"the hint `{idle[0]}` means nothing for a CIFTI file of parcels. Leave it out.")
        return load_regional(path, hints)
    found = read_volume(path, hints)
    step = require_step(found.dt_s, hints, path)
    notes = [*found.notes, f"a sample every {step:g} s; the first was put at 0 s"]
    names = None if found.names is None else list(found.names)
    return trace_recording(found.values, step * np.arange(len(found.values), dtype=np.float64), names, notes)


def _open(path: Path, what: str = "reading NIfTI and CIFTI files") -> Any:
    try:
        import nibabel
    except ImportError as error:
        raise MissingExtraError.of(what, "nibabel", "fmri") from error
    size = require_file(path)
    with foreign(str(path)):
        image: Any = nibabel.load(path)
        claimed = int(np.prod([int(s) for s in image.shape], dtype=object)) * 4
        require_claim(str(path), claimed // 8, size)  # at least four bits a value
    return image


def _is_cifti(path: Path) -> bool:
    image = _open(path)
    header = getattr(image, "nifti_header", image.header)
    return type(image).__name__ == "Cifti2Image" or any(e.get_code() == _CIFTI for e in header.extensions)


def read_cifti(path: Path) -> Cifti:
    """Read a CIFTI file whose columns are parcels: by time (.ptseries.nii) or by parcels (.pconn.nii).

    Parameters
    ----------
    path : Path

    Returns
    -------
    Cifti

    Raises
    ------
    MissingExtraError
        If nibabel is not installed.
    DataError
        If the file is damaged, a plain volume, or has grayordinates in place of parcels.
    """
    image = _open(path)
    if not _is_cifti(path) or type(image).__name__ != "Cifti2Image":
        raise DataError(f"{path} is a volume, not a CIFTI file of parcels. Say `atlas`, the path of an atlas image.")
    with foreign(str(path)):
        axes = [image.header.get_axis(k) for k in range(len(image.shape))]
        kinds = [type(axis).__name__ for axis in axes]
    if len(axes) != 2 or kinds[1] != "ParcelsAxis" or kinds[0] not in ("SeriesAxis", "ParcelsAxis"):
        raise DataError(
            f"{path} must hold parcels by time or by parcels, its axes are {', '.join(kinds)}. Average it over the "
            "parcels of an atlas first (wb_command -cifti-parcellate)."
        )
    with foreign(str(path)):
        values = np.asarray(image.get_fdata(dtype=np.float32), dtype=np.float32)
        columns = tuple(str(name) for name in axes[1].name)
    if np.isinf(values).any():
        raise DataError(f"{path} holds infinite values. Export it again.")
    if kinds[0] == "ParcelsAxis":
        return Cifti(values, columns, tuple(str(name) for name in axes[0].name), None, ("read as a CIFTI file",))
    unit, step = str(axes[0].unit).upper(), float(axes[0].step)
    if unit != "SECOND" or not 0 < step < np.inf:
        return Cifti(values, columns, None, None, ("read as a CIFTI file",))
    return Cifti(values, columns, None, step, ("read as a CIFTI file, the step between samples from its header",))


def read_volume(path: Path, hints: Hints, root: Path | None = None) -> Regional:
    """Average a volume over the regions of an atlas image, moment by moment.

    Parameters
    ----------
    path : Path
        NIfTI, four axes.
    hints : Hints
        `atlas`: path of an image of whole numbers, one per region, 0 elsewhere; it is resampled to the volume where
        they differ. `labels`: a label file; one with an index column names regions by the image's numbers. `confounds`:
        a table of signals; `confound_columns` says which of them are regressed out, none by itself.
    root : Path or None
        As for `read_regional`; then confounds are looked for beside the volume.

    Returns
    -------
    Regional
        A region of the atlas that the volume does not cover is NaN throughout.

    Raises
    ------
    MissingExtraError
        If nilearn or nibabel is not installed.
    ConfigError, DataError
        If hints are missing, or a file does not fit.
    """
    if hints.atlas is None:
        raise ConfigError(
            f"`atlas` must be the path of an atlas image for the volume {path}, got None. Give it, or a table of "
            "regional signals in place of the volume."
        )
    try:
        from nilearn.maskers import NiftiLabelsMasker
    except ImportError as error:
        raise MissingExtraError.of("averaging volumes over an atlas", "nilearn", "fmri") from error
    image, atlas = _open(path), _open(Path(hints.atlas))
    if len(image.shape) != 4:
        raise DataError(f"{path} must be a volume of moments (4 axes), got shape {image.shape}. Name another file.")
    wanted = _atlas_numbers(Path(hints.atlas), atlas)
    names, notes = _names(wanted, hints), [f"averages over the regions of {Path(hints.atlas).name}, by nilearn"]
    confounds = _confounds(path, hints, image.shape[3], notes)
    with warnings.catch_warnings(record=True) as heard, foreign(str(path)):
        warnings.simplefilter("always")
        masker = NiftiLabelsMasker(
            labels_img=atlas, standardize=None, standardize_confounds=True, resampling_target="data", verbose=0
        )
        values = masker.fit_transform(image, confounds=confounds)
        found = {int(number): k for k, number in masker.region_ids_.items() if k != "background"}
    out = np.full((len(values), len(wanted)), np.nan, dtype=values.dtype)
    for column, number in enumerate(wanted):
        if number in found:
            out[:, column] = values[:, found[number]]
    lost = [number for number in wanted if number not in found]
    if lost:
        first = names[wanted.index(lost[0])]
        notes.append(f"{len(lost)} region(s) of the atlas lie outside the volume and are NaN, as {first!r}")
    if not (image.shape[:3] == atlas.shape[:3] and np.allclose(image.affine, atlas.affine)):
        notes.append("the atlas was resampled to the volume, each voxel taking the nearest label")
    notes += sorted({one_paragraph(f"nilearn: {w.message}")[:200] for w in heard if "outside" in str(w.message)})
    step, source = sidecar_step(path, root)
    if source is not None:
        notes.append(f"step between samples from {source.name}")
    else:
        step = _header_step(image)
        if step is not None:
            notes.append("step between samples from the header of the volume")
    return Regional(out, tuple(names), step, tuple(notes))


def _header_step(image: Any) -> float | None:
    unit = image.header.get_xyzt_units()[1]
    step = float(image.header.get_zooms()[3]) * _UNITS.get(unit, np.nan)
    return round(step, 9) if 0 < step < np.inf else None


def _atlas_numbers(path: Path, atlas: Any) -> list[int]:
    with foreign(str(path)):
        found = np.unique(np.asarray(atlas.dataobj))
    if len(atlas.shape) != 3 or not np.isfinite(found).all() or (found != np.floor(found)).any() or found.min() < 0:
        raise DataError(f"{path} must be an image of whole numbers >= 0 with 3 axes, got {atlas.shape}. Name an atlas.")
    numbers = [int(k) for k in found if k != 0]
    if not numbers:
        raise DataError(f"{path} holds no region, only 0. Name another atlas image.")
    return numbers


def _names(numbers: list[int], hints: Hints) -> list[str]:
    if hints.labels is None:
        return [str(number) for number in numbers]
    told = read_labels(Path(hints.labels))
    if told.numbers is not None:
        known = dict(zip(told.numbers, told.names, strict=True))
        lacking = [number for number in numbers if number not in known]
        if lacking:
            raise DataError(f"{hints.labels} must name every region of the atlas, it lacks {lacking[:3]}. Add them.")
        return [known[number] for number in numbers]
    if len(told.names) != len(numbers):
        raise DataError(
            f"{hints.labels} must name the R={len(numbers)} regions of the atlas image, got {len(told.names)}. Correct "
            "it, or give it an index column."
        )
    return list(told.names)


def _confounds(path: Path, hints: Hints, n: int, notes: list[str]) -> NDArray[np.float64] | None:
    from interplay.io.text_table import read_text

    if hints.confound_columns is None:
        if hints.confounds is not None:
            raise ConfigError(
                "`confound_columns` must name the columns of `confounds` to regress out, got None. Give them, "
                "separated by commas."
            )
        return None
    place = _table_beside(path) if hints.confounds is None else Path(hints.confounds)
    table = read_text(place)
    wanted = [name.strip() for name in hints.confound_columns.split(",")]
    absent = [name for name in wanted if name not in (table.names or [])]
    if absent or len(table) != n:
        what = f"has no column {absent[0]!r}" if absent else f"has {len(table)} rows, the volume {n} moments"
        raise DataError(f"{place} must hold the confounds of {path.name}: it {what}. Correct `confound_columns`.")
    columns = [_confound(table, (table.names or []).index(name), place) for name in wanted]
    notes.append(f"regressed out by least squares: {', '.join(wanted)} of {place.name}")
    return np.column_stack(columns)


def _confound(table: Columns, k: int, place: Path) -> NDArray[np.float64]:
    try:
        return np.asarray(table.numbers(k), dtype=np.float64)
    except DataError as error:
        raise DataError(f"{place}: {error}") from error


def _table_beside(path: Path) -> Path:
    words = path.name.split(".")[0].split("_")
    kept = [word for word in words[:-1] if word.split("-")[0] not in ("space", "res", "den", "desc")]
    place = path.parent / "_".join([*kept, "desc-confounds", "timeseries.tsv"])
    if not place.is_file():
        raise DataError(f"there is no {place.name} beside {path.name}. Say the table with `confounds`.")
    return place
