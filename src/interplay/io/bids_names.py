"""Which files of a BIDS derivative hold what: names taken apart, scans paired with their connectivity."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from interplay._core.errors import ConfigError, DataError
from interplay.io.guard import foreign

#: Hints that a study has a use for.
HINTS = ("dt_s", "rate_hz", "variable", "select", "atlas", "labels", "confound_columns")
#: Endings of tables of regional signals, of matrices, and of pictures that an atlas is laid over.
SERIES_ENDINGS = (".tsv", ".csv", ".npy", ".ptseries.nii")
MATRIX_ENDINGS = (".csv", ".tsv", ".npy", ".mat", ".txt", ".pconn.nii")
VOLUME_ENDINGS = (".nii.gz", ".nii")
_MATRICES = ("connectivity", "relmat", "connectome")
_ATLAS = ("atlas", "seg", "parcellation")
#: Words that tell scans of one session apart, in the order in which they are named.
_SCANS = ("task", "acq", "dir", "rec", "run", "echo")
_ENTITY = re.compile(r"([a-zA-Z]+)-([a-zA-Z0-9+]+)")


class BidsFile(NamedTuple):
    """A file whose name says what it holds.

    Attributes
    ----------
    path : Path
    entities : dict of str to str
    suffix : str
    ending : str
    """

    path: Path
    entities: dict[str, str]
    suffix: str
    ending: str

    @property
    def atlas(self) -> str:
        """Name of the atlas, "" where it is not said."""
        return next((self.entities[key] for key in _ATLAS if key in self.entities), "")


class BidsScan(NamedTuple):
    """One scan.

    Attributes
    ----------
    subject, session : str
    label : str
        The session without what tells scans of it apart.
    series, structure : BidsFile or None
    """

    subject: str
    session: str
    label: str
    series: BidsFile | None
    structure: BidsFile | None


def is_bids_folder(folder: Path) -> bool:
    """Tell a folder that looks like a study: a table of participants, a description, or folders of subjects."""
    if any((folder / name).is_file() for name in ("participants.tsv", "dataset_description.json")):
        return True
    with foreign(str(folder)), os.scandir(folder) as entries:
        return any(entry.name.startswith("sub-") and entry.is_dir() for entry in entries)


def parse_name(path: Path) -> BidsFile | None:
    """Take a name apart; None for a file of no subject."""
    stem, dot, ending = path.name.partition(".")
    words = stem.split("_")
    if not (dot and words[0].startswith("sub-")):
        return None
    entities = {m[1]: m[2] for m in map(_ENTITY.fullmatch, words[:-1]) if m}
    return BidsFile(path, entities, words[-1], f".{ending}") if "sub" in entities else None


def find_files(root: Path) -> list[BidsFile]:
    """Give all files of subjects below a folder; hidden ones and raw data (sourcedata) are passed over."""
    found = []
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith(".") and name != "sourcedata")
        parsed = (parse_name(Path(folder) / name) for name in sorted(names) if not name.startswith("."))
        found += [file for file in parsed if file is not None]
    return found


def is_series(file: BidsFile) -> bool:
    """Tell regional signals from confounds, and from maps with one value per region."""
    aside = file.entities.get("desc", "").startswith(("confounds", "motion")) or file.path.parent.name == "dwi"
    plain = file.entities.get("stat", "mean") in ("mean", "median")
    return file.suffix in ("timeseries", "bold") and file.ending in SERIES_ENDINGS and plain and not aside


def is_matrix(file: BidsFile) -> bool:
    """Tell structural and effective connectivity: in a folder ``dwi``, or with "effective" in the name."""
    meant = file.path.parent.name == "dwi" or "effective" in file.path.name.lower()
    return file.suffix in _MATRICES and file.ending in MATRIX_ENDINGS and meant


def is_volume(file: BidsFile) -> bool:
    """Tell a picture of every moment of a scan."""
    return file.suffix == "bold" and file.ending in VOLUME_ENDINGS and file.path.parent.name != "dwi"


def choose(files: Iterable[BidsFile], select: str | None) -> list[BidsFile]:
    """Keep the files whose names agree with a choice.

    Parameters
    ----------
    files : iterable of BidsFile
    select : str or None
        Words "key-value", separated by commas: a file is left out if it has the key with another value, or lacks it
        where a file of its kind beside it has the value. Several words of one key are alternatives.

    Returns
    -------
    list of BidsFile
    """
    wanted: dict[str, set[str]] = {}
    for word in [] if select is None else select.split(","):
        match = _ENTITY.fullmatch(word.strip())
        if match is None:
            raise ConfigError(f"`select` must be words key-value, separated by commas, got {word!r}. Write task-rest.")
        wanted.setdefault(match[1], set()).add(match[2])
    kept = [f for f in files if all(f.entities.get(key, "") in {"", *good} for key, good in wanted.items())]
    told = {(key, _place(file)) for file in kept for key in wanted if key in file.entities}
    return [f for f in kept if all(key in f.entities or (key, _place(f)) not in told for key in wanted)]


def _place(file: BidsFile) -> tuple[Path, str]:
    return file.path.parent, file.suffix


def one_atlas(
    series: list[BidsFile], matrices: list[BidsFile], atlas: str | None
) -> tuple[list[BidsFile], list[BidsFile]]:
    """Keep the files of one atlas; several, and no choice among them, are refused.

    Parameters
    ----------
    series, matrices : list of BidsFile
    atlas : str or None
        The choice. None: matrices are of the atlas of the signals, where both name it.

    Returns
    -------
    series, matrices : list of BidsFile
    """
    known = sorted({file.atlas for file in (*series, *matrices)} - {""})
    if atlas is not None and atlas not in known:
        raise DataError(
            f"`atlas` must be an image file, or one of {', '.join(known) or 'none: no file names its atlas'}; got "
            f"{atlas!r}. Correct it, or leave it out."
        )
    kept: list[list[BidsFile]] = []
    for what, files in (("function", series), ("connectivity", matrices)):
        named = sorted({file.atlas for file in files})
        chosen = atlas if atlas in named or not kept else kept[0][0].atlas if kept[0] else None
        if chosen in named:
            named, files = [str(chosen)], [file for file in files if file.atlas == chosen]
        if len(named) > 1:
            listed = ", ".join(repr(name) for name in named)
            raise DataError(f"{what} must be over one atlas, got {listed}. Say which with `atlas`.")
        kept.append(files)
    return kept[0], kept[1]


def pair_scans(series: list[BidsFile], matrices: list[BidsFile]) -> list[BidsScan]:
    """Put scans in order, each with its connectivity.

    Parameters
    ----------
    series, matrices : list of BidsFile

    Returns
    -------
    list of BidsScan
        By subject, then session. Connectivity belongs to the session that its name says; one without a session to
        every scan of the subject. What belongs to no scan is a scan of its own.

    Raises
    ------
    DataError
        If two files are for one place.
    """
    owners: dict[tuple[str, str], BidsFile] = {}
    for file in matrices:
        place = (file.entities["sub"], file.entities.get("ses", ""))
        if place in owners:
            raise DataError(_twice("connectivity", owners[place], file))
        owners[place] = file
    groups: dict[tuple[str, str], list[BidsFile]] = {}
    for file in series:
        groups.setdefault((file.entities["sub"], file.entities.get("ses", "")), []).append(file)
    apart = [k for k in _SCANS if any(len({f.entities.get(k) for f in g}) > 1 for g in groups.values())]
    scans: dict[tuple[str, str], BidsScan] = {}
    used = set()
    for (subject, label), group in groups.items():
        place = (subject, label) if (subject, label) in owners else (subject, "")
        for file in group:
            more = [f"{key}-{file.entities[key]}" for key in apart if key in file.entities]
            session = "_".join([*([label] if label else []), *more])
            before = scans.get((subject, session))
            if before is not None and before.series is not None:
                raise DataError(_twice("function", before.series, file))
            scans[subject, session] = BidsScan(subject, session, label, file, owners.get(place))
            used.add(place)
    for place, file in owners.items():
        if place not in used:
            scans[place] = BidsScan(*place, place[1], None, file)
    return [scans[place] for place in sorted(scans)]


def _twice(what: str, first: BidsFile, second: BidsFile) -> str:
    return (
        f"there must be one file of {what} per scan, got {first.path.name} and {second.path.name}. Say which is meant "
        "with `select`, for example select='space-MNI152NLin6Asym'."
    )
