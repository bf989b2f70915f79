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
from interplay.io.grid import column_numbers
from interplay.io.guard import foreign, require_claim, require_file
from interplay.io.hints import Hints
from interplay.io.region_labels import read_labels
from interplay.io.region_means import region_means, without_confounds
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
        if not image.shape or min(image.shape) < 1:
            raise DataError(f"{path} claims the shape {tuple(map(int, image.shape))}. Fetch or export it again.")
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
        float64 means over the voxels of a region, rising numbers of the atlas image. A region that the volume does not
        cover is NaN throughout.

    Raises
    ------
    MissingExtraError
        If nibabel is not installed, or nilearn where the atlas lies on another grid.
    ConfigError, DataError
        If hints are missing, or a file does not fit.

    Notes
    -----
    Whether scan and atlas are in one space cannot be told from the files. Voxels that are not finite throughout are
    left out of the means; the first value of a confound, which a derivative lacks by nature, becomes the mean of the
    others. Both are said in the notes. Memory: 256 MiB of the volume at a time.
    """
    if hints.atlas is None:
        raise ConfigError(
            f"`atlas` must be the path of an atlas image for the volume {path}, got None. Give it, or a table of "
            "regional signals in place of the volume."
        )
    image, atlas = _open(path), _open(Path(hints.atlas))
    if len(image.shape) != 4:
        raise DataError(f"{path} must be a volume of moments (4 axes), got shape {image.shape}. Name another file.")
    wanted = _atlas_numbers(Path(hints.atlas), atlas)
    names, notes = _names(wanted, hints), [f"averages over the regions of {Path(hints.atlas).name}"]
    place = _on_grid(atlas, image, Path(hints.atlas), notes)
    region = np.full(place.shape, -1)
    known = np.isin(place, wanted)
    region[known] = np.searchsorted(wanted, place[known])
    if not known.any():
        raise DataError(f"no voxel of {path} lies in a region of {hints.atlas}. Use an atlas in the space of the scan.")
    out = region_means(path, image, region, names, notes)
    confounds = _confounds(path, hints, image.shape[3], notes)
    if confounds is not None:
        out = without_confounds(out, confounds)
    step, source = sidecar_step(path, root)
    if source is not None:
        notes.append(f"step between samples from {source.name}")
    else:
        step = _header_step(image)
        if step is not None:
            notes.append("step between samples from the header of the volume")
    return Regional(out, tuple(names), step, tuple(notes))


def _on_grid(atlas: Any, image: Any, path: Path, notes: list[str]) -> NDArray[np.int64]:
    """Give the number of the region of every voxel of a volume, 0 for none."""
    if atlas.shape != image.shape[:3] or not np.allclose(atlas.affine, image.affine, atol=1e-4):
        try:
            from nilearn.image import resample_img
        except ImportError as error:
            raise MissingExtraError.of("bringing an atlas to the grid of a volume", "nilearn", "fmri") from error
        notes.append(f"{path.name} was resampled to the grid of the scan, each voxel taking the nearest label")
        with foreign(str(path)), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            atlas = resample_img(
                atlas,
                target_affine=image.affine,
                target_shape=image.shape[:3],
                interpolation="nearest",
                force_resample=True,
                copy_header=True,
            )
    with foreign(str(path)):
        return np.asarray(atlas.dataobj).astype(np.int64)


def _header_step(image: Any) -> float | None:
    try:
        unit = image.header.get_xyzt_units()[1]
    except KeyError:  # a code that means nothing
        return None
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
    columns = [_confound(table, (table.names or []).index(name), place, notes) for name in wanted]
    notes.append(f"regressed out by least squares, around the mean: {', '.join(wanted)}")
    return np.column_stack(columns)


def _confound(table: Columns, k: int, place: Path, notes: list[str]) -> NDArray[np.float64]:
    column = column_numbers(table.arrays[k], k, table.names, place, table.place)
    gone = ~np.isfinite(column)
    if gone[1:].any():
        row = int(np.flatnonzero(gone)[-1])
        raise DataError(f"{place}: {table.place(row)}: {table.label(k)} is missing. Fill it in, or leave it out.")
    if gone[0] and len(column) > 1:
        column = np.where(gone, column[1:].mean(), column)
        notes.append(f"the first value of confound {table.label(k)} is missing and became the mean of the others")
    return np.nan_to_num(column)


def _table_beside(path: Path) -> Path:
    words = path.name.split(".")[0].split("_")
    kept = [word for word in words[:-1] if word.split("-")[0] not in ("space", "res", "den", "desc")]
    place = path.parent / "_".join([*kept, "desc-confounds", "timeseries.tsv"])
    if not place.is_file():
        raise DataError(f"there is no {place.name} beside {path.name}. Say the table with `confounds`.")
    return place
