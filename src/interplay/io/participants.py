"""What is known of the participants of a study: participants.tsv and the sessions of each."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.io.guard import foreign, require_file

_MISSING = ("n/a", "na", "nan", "")


def read_participants(path: Path) -> dict[str, dict[str, str]]:
    """Read a table with one row per participant.

    Parameters
    ----------
    path : Path
        Separated by tabs (or by commas, where its name ends in .csv), with a column participant_id.

    Returns
    -------
    dict of str to dict
        Texts by column; the ids without "sub-".

    Raises
    ------
    DataError
        If the file is damaged, has no such column, or names a participant twice.
    """
    return _read(path, "participant_id", "sub-")


def read_sessions(path: Path) -> dict[str, dict[str, str]]:
    """Read the sessions of one participant: as `read_participants`, with a column session_id."""
    return _read(path, "session_id", "ses-")


def _read(path: Path, key: str, prefix: str) -> dict[str, dict[str, str]]:
    require_file(path)
    with foreign(str(path), "Save it as UTF-8 text."), path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.reader(stream, delimiter="," if path.suffix == ".csv" else "\t") if r]
    if not rows or key not in rows[0] or len(set(rows[0])) != len(rows[0]):
        got = ", ".join(rows[0][:8]) if rows else "nothing"
        raise DataError(f"{path} must have a header with {key} and each column once, got {got}. Correct it.")
    place = rows[0].index(key)
    found: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise DataError(f"{path}: row {number} has {len(row)} fields, {len(rows[0])} are needed. Correct it.")
        name = row[place].strip().removeprefix(prefix)
        if not name or name in found:
            raise DataError(f"{path}: row {number} must name a new {key}, got {row[place]!r}. Correct it.")
        found[name] = {c: v.strip() for k, (c, v) in enumerate(zip(rows[0], row, strict=True)) if k != place}
    return found


def covariate_columns(rows: list[dict[str, str]]) -> dict[str, NDArray[Any]]:
    """Turn the texts known of each scan into covariates.

    Parameters
    ----------
    rows : list of dict
        One per scan; what is not there is not known.

    Returns
    -------
    dict of str to (S,) array
        Numbers, NaN where not known, if all that is known are numbers; else texts, "" where not known. A column of
        which nothing is known is left out.
    """
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    out: dict[str, NDArray[Any]] = {}
    for name in names:
        texts = ["" if row.get(name, "").lower() in _MISSING else row[name] for row in rows]
        if not any(texts):
            continue
        try:
            numbers = [np.nan if not t else float("x" if "_" in t else t) for t in texts]
        except ValueError:
            out[name] = np.array(texts, dtype=str)
        else:
            out[name] = np.array(numbers)
    return out
