"""Write a cohort scan by scan: it may be larger than memory, and a crash leaves the last commit."""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError, DataError
from interplay.data import Units
from interplay.io.cohort_store import (
    blocks,
    hold_cohort,
    is_cohort_folder,
    new_manifest,
    read_manifest,
    stored_dtype,
    write_column,
    write_manifest,
)


class CohortWriter:
    """Writes a cohort to a folder, one scan at a time.

    Parameters
    ----------
    path : path
        A new or empty folder, or a cohort to go on with (then `regions`, `dt_s`, `dtype` and `notes` must be left out).
    regions : Units or None
        The atlas; required for a new cohort.
    dt_s : float, s, > 0, or None
        Step between samples; required for a new cohort.
    dtype : {"float16", "float32", "float64"} or None
        Type that signals and matrices are stored in. None: that of the first that is appended; one that does not fit
        into it without loss is then refused.
    notes : sequence of str
        Of a new cohort.

    Raises
    ------
    DataError
        If the folder is something else, is damaged, or a scan does not fit the atlas.
    ConfigError
        If settings are missing or out of place, or another process is writing there.

    Notes
    -----
    Used as a context manager. Scans count from `commit` on, which the end of the block calls too; a crash, or an
    exception in the block, leaves the cohort as the last commit left it. Memory: one scan, and some 100 bytes for each.

    Examples
    --------
    >>> import tempfile
    >>> from interplay.data import Units
    >>> from interplay.io import open_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with CohortWriter(folder + "/mine", regions=Units(n=2), dt_s=0.72) as writer:
    ...         writer.append("a", [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]], covariates={"age": 31.0})
    ...         writer.append("b", [[2.0, 1.0]], structure=[[0.0, 1.0], [1.0, 0.0]], covariates={"age": 64.0})
    ...     open_cohort(folder + "/mine")
    Cohort(2 scans of 2 subjects, 2 regions, 2 with function, 1 with structure, knows age)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        regions: Units | None = None,
        dt_s: float | None = None,
        dtype: str | None = None,
        notes: tuple[str, ...] | list[str] = (),
    ) -> None:
        self.folder = Path(path)
        self._dtype = None if dtype is None else _known(dtype)
        self._lock = hold_cohort(self.folder)
        try:
            if is_cohort_folder(self.folder):
                if regions is not None or dt_s is not None or dtype is not None or notes:
                    raise ConfigError(
                        f"`regions`, `dt_s`, `dtype` and `notes` must be left out: {self.folder} is a cohort already, "
                        "which has its own. Leave them out, or choose another folder."
                    )
                self._meta = read_manifest(self.folder)
            else:
                if regions is None or dt_s is None:
                    raise ConfigError(
                        f"`regions` and `dt_s` must be given for a new cohort, got {regions} and {dt_s}. Give both."
                    )
                self._meta = new_manifest(regions, dt_s, notes, generation=0)
        except BaseException:
            self._lock.close()
            raise
        scans = self._meta["scans"]
        self._known = set(zip(scans["subject"], scans["session"], strict=True))
        self._n_regions = len(self._meta["regions"]["id"])
        self._covariates = {name: list(_values(c)) for name, c in self._meta["covariates"].items()}
        self._counted = {name: dict(entry) for name, entry in self._meta["files"].items()}
        self._files: dict[str, IO[bytes]] = {}
        self._broken = False

    def __enter__(self) -> CohortWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            for file in self._files.values():
                with contextlib.suppress(OSError):  # of bytes that do not count: what was committed is on the disk
                    file.close()
            self._lock.close()

    def __len__(self) -> int:
        return len(self._known)

    def append(
        self,
        subject: str,
        series: ArrayLike | None = None,
        *,
        structure: ArrayLike | int | None = None,
        session: str = "",
        covariates: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one scan behind those that are there.

        Parameters
        ----------
        subject : str
        series : (T, R) float array or None
            NaN throughout a region that the scan lacks.
        structure : (R, R) float array, int, or None
            An int names a matrix that was appended before, counted from 0: scans may share one.
        session : str
        covariates : mapping of str to number or text, or None
            Every scan must have the same names; NaN, or "", where a value is not known.

        Raises
        ------
        DataError
            If the scan has neither function nor structure, does not fit the atlas, is there already, has infinite
            values or other covariates than those before it, or a step before this one failed midway.

        Notes
        -----
        A scan that is refused changes nothing. Where writing itself fails, as on a full disk, nothing more is taken or
        committed, and the next writer goes on from the last commit.
        """
        self._require_whole()
        key = (str(subject), str(session))
        if key in self._known:
            raise DataError(
                f"a scan must be appended once: subject {key[0]!r}, session {key[1]!r} is there. Name the session."
            )
        given = self._covariates_of(covariates or {})
        parts: dict[str, NDArray[Any]] = {}
        if series is not None:
            parts["series"] = self._fitting("series", np.asarray(series))
        owner = -1
        if isinstance(structure, int | np.integer) and not isinstance(structure, bool):
            owner = int(structure)
            if not 0 <= owner < self._meta["files"]["structure"]["rows"]:
                raise DataError(
                    f"`structure` must number one of the {self._meta['files']['structure']['rows']} matrices that are "
                    f"there, got {owner}. Give the matrix itself."
                )
        elif structure is not None:
            parts["structure"] = self._fitting("structure", np.asarray(structure))[None]
            owner = self._meta["files"]["structure"]["rows"]
        if owner < 0 and not parts:
            raise DataError(f"a scan must have function or structure: subject {key[0]!r} has neither. Leave it out.")
        raw = {name: list(blocks(name, part, self._type(name, part))) for name, part in parts.items()}
        self._broken = True
        for name, part in parts.items():
            entry = self._meta["files"][name]
            entry["dtype"] = self._type(name, part)
            for block in raw[name]:
                self._file(name).write(block)
                entry["crc32"] = zlib.crc32(block, entry["crc32"])
            entry["rows"] += len(part)
        scans = self._meta["scans"]
        for name, value in zip(("subject", "session"), key, strict=True):
            scans[name].append(value)
        scans["samples"].append(len(parts["series"]) if "series" in parts else 0)
        scans["structure_of"].append(owner)
        for name, value in given.items():
            self._covariates.setdefault(name, []).append(value)
        self._known.add(key)
        self._broken = False

    def commit(self) -> None:
        """Let what was appended count: signals reach the disk first, then the manifest takes their length.

        Raises
        ------
        DataError
            If an append or a commit failed midway: what was committed before stays as it is.
        """
        self._require_whole()
        self._broken = True
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        columns = {name: write_column(name, _column(name, v)) for name, v in self._covariates.items()}
        self._meta["covariates"] = columns
        write_manifest(self.folder, self._meta)
        self._meta = json.loads(json.dumps(self._meta))
        self._broken = False

    def _require_whole(self) -> None:
        if self._broken:
            raise DataError(
                f"writing to {self.folder} failed midway, so that files may be longer than they should: nothing more "
                "is taken or committed. Open a new writer, which goes on from the last commit."
            )

    def _fitting(self, name: str, array: NDArray[Any]) -> NDArray[Any]:
        n = self._n_regions
        fits = array.ndim == 2 and array.shape[1] == n and (name == "series" or array.shape[0] == n)
        if array.dtype.kind not in "iuf" or not fits or len(array) == 0:
            wanted = "(samples, R)" if name == "series" else "(R, R)"
            raise DataError(
                f"`{name}` must be {wanted} numbers over the R={n} regions of the atlas, got shape {array.shape} of "
                f"{array.dtype}. Use the atlas of the data, or put the regions in its order."
            )
        return array

    def _type(self, name: str, array: NDArray[Any]) -> str:
        known = self._meta["files"][name]["dtype"]
        if self._dtype is not None:
            return self._dtype
        found = stored_dtype(name, array)
        if known is not None and not np.can_cast(found, known):
            raise DataError(
                f"`{name}` must fit into {np.dtype(known)}, which those before it are stored in, got {array.dtype}. "
                f"Convert it, or begin the cohort with dtype={np.dtype(found).name!r}."
            )
        return found if known is None else str(known)

    def _covariates_of(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if self._known and set(given) != set(self._covariates):
            raise DataError(
                f"every scan must have the covariates {', '.join(self._covariates) or 'none'}, got "
                f"{', '.join(map(str, given)) or 'none'}. Use NaN, or an empty text, for what is not known."
            )
        out: dict[str, Any] = {}
        for name, value in given.items():
            plain = np.asarray(value)
            if plain.shape != () or plain.dtype.kind not in "Ubiuf":
                raise DataError(f"covariate `{name}` must be a number or a text, got {value!r}. Give one value.")
            before = self._covariates.get(str(name), [])
            if before and isinstance(before[0], str) != (plain.dtype.kind == "U"):
                raise DataError(
                    f"covariate `{name}` must be all numbers or all texts, got {value!r} after "
                    f"{before[0]!r}. Convert it."
                )
            out[str(name)] = plain.item()
        return out

    def _file(self, name: str) -> IO[bytes]:
        """Open a file where what counts of it ends: bytes behind that are of a writer that did not finish."""
        if name not in self._files:
            path = self.folder / self._meta["files"][name]["name"]
            file = path.open("r+b" if path.exists() else "w+b")
            self._files[name] = file
            entry = self._counted[name]
            item = 0 if entry["dtype"] is None else np.dtype(entry["dtype"]).itemsize
            end = entry["rows"] * item * self._n_regions ** (1 if name == "series" else 2)
            if path.stat().st_size < end:
                raise DataError(f"{path} is shorter than its manifest says. The folder is damaged: write it again.")
            file.truncate(end)
            file.seek(end)
        return self._files[name]


def _known(dtype: str) -> str:
    names = {"float16": "<f2", "float32": "<f4", "float64": "<f8"}
    if dtype not in names:
        raise ConfigError(f"`dtype` must be one of {', '.join(names)}, got {dtype!r}. Choose one.")
    return names[dtype]


def _values(column: Mapping[str, Any]) -> list[Any]:
    return [np.nan if value is None else value for value in column["values"]]


def _column(name: str, values: list[Any]) -> NDArray[Any]:
    column = np.array(values)
    if column.dtype.kind not in "Ubiuf":
        raise DataError(f"covariate `{name}` must be numbers or texts that fit one type, got {column.dtype}.")
    return column
