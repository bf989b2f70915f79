"""A study of many subjects, as pipelines leave it: a BIDS derivative of regional signals and connectivity."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Units
from interplay.io.bids_names import (
    HINTS,
    BidsFile,
    BidsScan,
    choose,
    find_files,
    is_matrix,
    is_series,
    is_volume,
    one_atlas,
    pair_scans,
)
from interplay.io.grid import load_matrix
from interplay.io.hints import Hints
from interplay.io.participants import covariate_columns, read_participants, read_sessions
from interplay.io.region_labels import Labels, networks_of, read_labels
from interplay.io.regional import Regional, read_regional, require_step


def load_bids(path: Path, kind: str | None, hints: Hints) -> Cohort:
    """Read a study into memory; see `Study` for what is found in it, and `ingest_cohort` for one that is larger."""
    study = Study.of(path, hints)
    scans = list(study.scans())
    steps = study.step(scans)
    structure = [None if scan.matrix is None else scan.matrix for scan in scans]
    matrices, owner = _shared(structure)
    lengths = [0 if scan.values is None else len(scan.values) for scan in scans]
    signals = [scan.values for scan in scans if scan.values is not None]
    return Cohort(
        regions=study.regions,
        subject=np.array([scan.subject for scan in study.rows], dtype=str),
        session=np.array([scan.session for scan in study.rows], dtype=str),
        series=np.concatenate(signals) if signals else None,
        pointer=np.concatenate([[0], np.cumsum(lengths)]),
        dt_s=steps,
        structure=np.stack(matrices) if matrices else None,
        structure_of=owner,
        covariates=study.covariates,
        notes=tuple(study.notes),
    )


def ingest_cohort(
    source: str | os.PathLike[str], path: str | os.PathLike[str], *, dtype: str | None = None, **hints: Any
) -> Path:
    """Turn a study that may be larger than memory into a cohort folder, scan by scan.

    Parameters
    ----------
    source : path
        A BIDS derivative, as `interplay.load` reads it.
    path : path
        A new or empty folder.
    dtype : {"float16", "float32", "float64"} or None
        Type that signals and matrices are stored in; None: as in the first file.
    **hints
        As for `interplay.load`.

    Returns
    -------
    Path
        `path`; `interplay.load` or `open_cohort` opens it.

    Raises
    ------
    DataError, ConfigError, MissingExtraError
        As loading does.

    Notes
    -----
    Memory: one scan. What is only known at the end, as scans that lack regions, is not in the notes of the folder.
    """
    from interplay.io.cohort_writer import CohortWriter

    chosen = Hints.of(hints)
    chosen.require_used(HINTS, "a BIDS derivative")
    study = Study.of(Path(source), chosen)
    step = study.step([study.read(row) for row in [r for r in study.rows if r.series is not None][:1]])
    numbers: dict[Path, int] = {}
    with CohortWriter(path, regions=study.regions, dt_s=step, dtype=dtype, notes=study.notes) as writer:
        for k, row in enumerate(study.rows):
            scan = study.read(row)
            if scan.values is not None:
                study.require_same_step(step, scan)
            structure: Any = scan.matrix
            if row.structure is not None:
                structure = numbers.get(row.structure.path, scan.matrix)
                numbers.setdefault(row.structure.path, len(numbers))
            writer.append(
                row.subject,
                scan.values,
                structure=structure,
                session=row.session,
                covariates={name: column[k] for name, column in study.covariates.items()},
            )
    return Path(path)


@dataclass(frozen=True, eq=False)
class LoadedScan:
    """What the files of one scan hold, in the order of the atlas.

    Attributes
    ----------
    path : Path or None
        Of the signals.
    values : (T, R) float array or None
    dt_s : float or None
    matrix : (R, R) float array or None
    """

    path: Path | None
    values: NDArray[Any] | None
    dt_s: float | None
    matrix: NDArray[Any] | None


@dataclass(frozen=True, eq=False)
class Study:
    """Scans of a BIDS derivative over one atlas.

    Attributes
    ----------
    root : Path
    hints : Hints
    rows : list of BidsScan
        By subject, then session.
    regions : Units
        Names from `labels`, else the header of the first table, else a label table of the atlas in the folder; networks
        from there, or from names like "7Networks_LH_Vis_1".
    covariates : dict of str to (S,) array
        Of participants.tsv, and of sessions.tsv of each subject, which goes before it.
    notes : list of str
        Grows while scans are read.
    """

    root: Path
    hints: Hints
    rows: list[BidsScan]
    regions: Units
    covariates: dict[str, NDArray[Any]]
    notes: list[str] = field(default_factory=list)
    _matrices: dict[Path, NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, hints: Hints) -> Study:
        """Survey a folder; no more than two files of it are read."""
        notes: list[str] = ["read as a BIDS derivative"]
        files = find_files(root)
        rows = _rows(root, files, hints)
        names = _atlas_of(root, rows, hints, notes)
        known = _covariates(root, rows, notes)
        return cls(root, hints, rows, names, known, notes)

    def scans(self) -> Iterator[LoadedScan]:
        """Read one scan after the other."""
        for row in self.rows:
            yield self.read(row)

    def read(self, row: BidsScan) -> LoadedScan:
        """Read one scan: signals and connectivity, held against the atlas."""
        values = step = matrix = None
        if row.series is not None:
            found = _signals(self.root, row.series, self.hints)
            self._say(found.notes)
            step = found.dt_s
            place = row.series.path
            values = found.values[:, self._order(place, found.names, found.values.shape[1])]
            gone = np.isnan(values)
            if gone.all():
                raise DataError(f"{place} holds no sample that is not missing. Leave the scan out.")
            partly = int((gone.any(axis=0) & ~gone.all(axis=0)).sum())
            if partly:
                self.notes.append(f"{place.name}: {partly} region(s) lack some samples, which are NaN")
        if row.structure is not None:
            matrix = self._matrix(row.structure)
        return LoadedScan(None if row.series is None else row.series.path, values, step, matrix)

    def _say(self, notes: tuple[str, ...]) -> None:
        """Keep what was said of a file, each text once; where its step came from is not told of every scan."""
        self.notes.extend(n for n in notes if n not in self.notes and not n.startswith("step between samples"))

    def _matrix(self, file: BidsFile) -> NDArray[Any]:
        if file.path not in self._matrices:
            grid = load_matrix(file.path, variable=self.hints.variable if file.ending == ".mat" else None)
            values = grid.values
            if values.shape[0] != values.shape[1]:
                raise DataError(f"{file.path} must hold a square matrix, got shape {values.shape}. Export it again.")
            if grid.rows is not None and grid.columns is not None and grid.rows != grid.columns:
                raise DataError(f"{file.path}: rows and columns must be the same regions, in one order. Correct it.")
            names = grid.columns or grid.rows
            signals = next((row.series.atlas for row in self.rows if row.series is not None), "")
            if names is None and file.atlas and signals and file.atlas != signals:
                raise DataError(
                    f"{file.path} must be over the atlas of the signals, {signals!r}: its name says {file.atlas!r}, "
                    "and it names no regions that could be compared. Give it a header, or name the atlas alike."
                )
            order = self._order(file.path, names, len(values))
            self._say(grid.notes)
            if not np.array_equal(values, values.T, equal_nan=True):
                self._say(("matrices that are not symmetric: rows are taken as sources, columns as targets",))
            self._matrices.clear()  # scans that share one stand side by side
            self._matrices[file.path] = require_whole_regions(values[order][:, order], file.path, self.notes)
        return self._matrices[file.path]

    def _order(self, path: Path, names: tuple[str, ...] | None, n: int) -> NDArray[np.int64]:
        """Say where the regions of the atlas stand in a file; other regions are refused, and named."""
        atlas = self.regions.id.tolist()
        if n != len(atlas) and names is None:
            raise DataError(
                f"{path} has {n} regions, the atlas has R={len(atlas)}. Use files of one atlas; `atlas` chooses."
            )
        if names is None or (n == len(atlas) and (_only_count(names) or _only_count(atlas))):
            return np.arange(n)
        if set(names) != set(atlas) or len(names) != len(atlas):
            lacks, more = _some(set(atlas) - set(names)), _some(set(names) - set(atlas))
            raise DataError(
                f"{path} must be over the R={len(atlas)} regions of the atlas: it has {n}, lacks {lacks}, and has "
                f"{more} besides. Use files of one atlas; `atlas` chooses."
            )
        place = {name: k for k, name in enumerate(names)}
        order = np.array([place[name] for name in atlas], dtype=np.int64)
        if not np.array_equal(order, np.arange(n)):
            self.notes.append(f"{path.name} has its regions in another order: they were put in that of the atlas")
        return order

    def step(self, scans: list[LoadedScan]) -> float:
        """Give the step between samples, s, which all scans must share."""
        known = [scan for scan in scans if scan.values is not None]
        if not known:
            return 1.0
        assert known[0].path is not None
        step = require_step(known[0].dt_s, self.hints, known[0].path)
        for scan in known:
            self.require_same_step(step, scan)
        return step

    def require_same_step(self, step: float, scan: LoadedScan) -> None:
        """Refuse a scan of another step between samples."""
        assert scan.path is not None
        other = require_step(scan.dt_s, self.hints, scan.path)
        if abs(other - step) > 1e-6 * step:
            raise DataError(
                f"all scans must have one step between samples: that of {scan.path.name} is {other:g} s, that of the "
                f"first is {step:g} s. Choose scans with `select`, or resample them first."
            )


def _rows(root: Path, files: list[BidsFile], hints: Hints) -> list[BidsScan]:
    image = hints.atlas is not None and Path(hints.atlas).is_file()
    found = {
        "function": [f for f in files if (is_volume(f) if image else is_series(f))],
        "connectivity": [f for f in files if is_matrix(f)],
    }
    if image and not found["function"]:
        raise DataError(f"`atlas` must be left out: {root} holds no volumes (sub-*_bold.nii) to lay the image over.")
    series, matrices = (_chosen(what, group, hints.select) for what, group in found.items())
    if not series and not matrices:
        volumes = any(is_volume(f) for f in files)
        more = " There are volumes (*_bold.nii): say `atlas`, the path of an atlas image." if volumes else ""
        raise DataError(
            f"{root} holds no regional signals (sub-*_timeseries.tsv, .csv, .npy or .ptseries.nii) and no connectivity "
            f"(dwi/sub-*_connectivity.csv, .tsv, .npy or .mat, or *_relmat).{more} Name another folder."
        )
    if hints.confound_columns is not None and not image:
        raise ConfigError(
            f"`confound_columns` is for volumes under an atlas image; {root} is read as tables of regional signals. "
            "Leave it out, or say `atlas`, the path of an atlas image."
        )
    series, matrices = one_atlas(series, matrices, None if image else hints.atlas)
    return pair_scans(series, matrices)


def _chosen(what: str, files: list[BidsFile], select: str | None) -> list[BidsFile]:
    """Keep what `select` keeps; that it keeps nothing of what is there is refused."""
    kept = choose(files, select)
    if files and not kept:
        named = {f"{k}-{v}" for f in files for k, v in f.entities.items() if k not in ("sub", "ses")}
        raise DataError(
            f"`select` must keep some of the {len(files)} file(s) of {what}, got {select!r}; their names say "
            f"{_some(named)}. Correct it."
        )
    return kept


def _signals(root: Path, file: BidsFile, hints: Hints) -> Regional:
    if is_volume(file):
        from interplay.io.imaging import read_volume

        return read_volume(file.path, hints, root=root)
    return read_regional(file.path, root)


def _atlas_of(root: Path, rows: list[BidsScan], hints: Hints, notes: list[str]) -> Units:
    names, n, atlas = _first_names(root, rows, hints)
    told = _label_table(root, atlas) if hints.labels is None else read_labels(Path(hints.labels))
    if told is not None and (names is None or _only_count(names)):
        if len(told.names) == n:
            names = told.names
        elif hints.labels is not None:
            raise DataError(
                f"{hints.labels} must name the R={n} regions of the scans, got {len(told.names)} names. Correct it."
            )
    lacking = set(names or ()) - set(told.names) if told is not None else set()
    if lacking and hints.labels is not None:
        raise DataError(f"{hints.labels} must name the regions of the scans, it lacks {_some(lacking)}. Correct it.")
    if names is None:
        notes.append("no file names the regions: they are numbered, and taken to be in one order in all files")
        return Units(n=n)
    group, source = networks_of(names), "the names of the regions"
    if told is not None and told.networks is not None and not lacking:
        known = dict(zip(told.names, told.networks, strict=True))
        group, source = np.array([known[name] for name in names], dtype=str), "the label table"
    if (group != "").any():
        notes.append(f"networks from {source}")
    return Units(n=n, id=np.array(names, dtype=str), group=group)


def _first_names(root: Path, rows: list[BidsScan], hints: Hints) -> tuple[tuple[str, ...] | None, int, str]:
    """Read the names and number of regions off the first file of either kind that names them."""
    n, atlas = 0, ""
    for kind in ("series", "structure"):
        file = next((getattr(row, kind) for row in rows if getattr(row, kind) is not None), None)
        if file is None:
            continue
        if kind == "series":
            found = _signals(root, file, hints)
            names, size = found.names, found.values.shape[1]
        else:
            grid = load_matrix(file.path, variable=hints.variable if file.ending == ".mat" else None)
            names, size = grid.columns or grid.rows, grid.values.shape[1]
        n, atlas = n or size, atlas or file.atlas
        if names is not None and size == n:
            return names, n, atlas
    return None, n, atlas


def _label_table(root: Path, atlas: str) -> Labels | None:
    if not atlas:
        return None
    for place in sorted(root.rglob("*_dseg.tsv")):
        words = place.name.split("_")
        if {f"atlas-{atlas}", f"seg-{atlas}"} & set(words) and not place.name.startswith("sub-"):
            return read_labels(place)
    return None


def _covariates(root: Path, rows: list[BidsScan], notes: list[str]) -> dict[str, NDArray[Any]]:
    table = root / "participants.tsv"
    people = read_participants(table) if table.is_file() else {}
    sessions: dict[str, dict[str, dict[str, str]]] = {}
    for subject in sorted({row.subject for row in rows}):
        place = root / f"sub-{subject}" / f"sub-{subject}_sessions.tsv"
        if place.is_file():
            sessions[subject] = read_sessions(place)
    known = [people.get(row.subject, {}) | sessions.get(row.subject, {}).get(row.label, {}) for row in rows]
    unknown = sorted({row.subject for row in rows} - set(people)) if people else []
    if unknown:
        notes.append(f"{len(unknown)} subject(s) are not in participants.tsv, as {unknown[0]!r}")
    scanned = {row.subject for row in rows}
    idle = sorted(set(people) - scanned)
    if idle:
        notes.append(f"{len(idle)} participant(s) have no scan here, as {idle[0]!r}: they were left out")
    return covariate_columns(known)


def require_whole_regions(matrix: NDArray[Any], path: Path, notes: list[str]) -> NDArray[Any]:
    """Demand that missing entries are those of missing regions; a missing diagonal becomes 0, which is said."""
    gone = np.isnan(matrix)
    if not gone.any():
        return matrix
    off = gone | np.eye(len(matrix), dtype=bool)
    lost = off.all(axis=0) & off.all(axis=1) & (len(matrix) > 1)
    outside = gone & ~(lost[:, None] | lost[None, :])
    diagonal = np.diag(outside).copy()
    np.fill_diagonal(outside, False)
    if outside.any():
        i, j = (int(k) for k in np.argwhere(outside)[0])
        raise DataError(
            f"{path}: entries may be missing only where a whole region is, row and column; entry [{i}, {j}] is missing "
            f"alone ({int(outside.sum())} such in all). Fill them, or remove the region."
        )
    if diagonal.any():
        matrix = matrix.copy()
        matrix[diagonal, diagonal] = 0.0
        notes.append(f"{path.name} has {int(diagonal.sum())} missing values on the diagonal: they became 0")
    return matrix


def _shared(structure: list[NDArray[Any] | None]) -> tuple[list[NDArray[Any]], NDArray[np.int64]]:
    """Give the different matrices and whose they are; scans that share one hold the same object."""
    matrices: list[NDArray[Any]] = []
    numbers: dict[int, int] = {}
    owner = np.full(len(structure), -1)
    for k, matrix in enumerate(structure):
        if matrix is not None:
            if id(matrix) not in numbers:
                numbers[id(matrix)] = len(matrices)
                matrices.append(matrix)
            owner[k] = numbers[id(matrix)]
    return matrices, owner


def _only_count(names: Sequence[str]) -> bool:
    """Tell names that only number the regions, from 0 or from 1."""
    return any(list(names) == [str(i + k) for i in range(len(names))] for k in (0, 1))


def _some(names: set[str]) -> str:
    listed = sorted(names)
    return ", ".join(repr(name) for name in listed[:3]) + (" ..." if len(listed) > 3 else "") if listed else "nothing"
