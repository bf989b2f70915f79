"""DVS Gesture: the recordings of IBM with their labels, or the copy that is cut into one array per gesture.

References
----------
Amir, Taba, Berg and colleagues (2017), IEEE CVPR, p. 7243, and the README of the data set.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import LabelledEvents
from interplay.io import npz
from interplay.io.aedat import read_aedat
from interplay.io.guard import foreign, one_paragraph, require_file
from interplay.io.hints import Hints

#: Classes in the order of their numbers, which begin at 1 in the label files and at 0 in the names of arrays.
CLASSES = (
    "hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter-clockwise",
    "left arm clockwise", "left arm counter-clockwise", "arm roll", "air drums", "air guitar", "other gestures",
)  # fmt: skip
_SIDE = 128
_LISTS = {"train": "trials_to_train.txt", "test": "trials_to_test.txt"}
_HALVES = {"train": "ibmGestureTrain", "test": "ibmGestureTest"}
_ARRAY = re.compile(r"(?:^|/)(user\d+)_([A-Za-z_]+)/(\d+)\.npy$")
_FILM = re.compile(r"^(user\d+)_(\w+)\.aedat$")
#: An array of this size would be a gesture of ten times the usual length and density.
_LARGEST = 1 << 28

Half = Literal["all", "train", "test"]


@dataclass(frozen=True, eq=False)
class _Gesture:
    """One gesture: times from its start, places on the grid, class, subject, and how long it lasted."""

    time: NDArray[np.float64]
    unit: NDArray[np.int32]
    label: int
    subject: str
    duration_s: float


def read_gestures(path: str | os.PathLike[str], *, half: Half = "all") -> LabelledEvents:
    """Read DVS Gesture, as IBM gives it or cut into arrays.

    Parameters
    ----------
    path : path
        A folder with ``userXX_light.aedat`` and ``userXX_light_labels.csv`` beside each other (and, where they are
        to be told apart, ``trials_to_train.txt`` and ``trials_to_test.txt``); or a folder with
        ``userXX_light/K.npy``, or an archive (.tar.gz) of such, which is read as it is.
    half : {"all", "train", "test"}
        Which trials. In a folder of arrays the halves are the folders ibmGestureTrain and ibmGestureTest.

    Returns
    -------
    LabelledEvents
        On a grid (2, 128, 128), ON first, y downward; `group` is the subject; times are float64, exact to what the
        files hold: microseconds in AEDAT, milliseconds in the arrays.

    Raises
    ------
    DataError
        If there are no trials, a file is damaged, or a label makes no sense; the message names file and place.
    ConfigError
        If `half` is unknown.

    Notes
    -----
    Cut at the windows of the label files, the recordings give 1,176 gestures for training and 288 for testing (as in
    SpikingJelly and snnTorch); the arrays are another cut, 1,077 and 264 (as in Tonic); the paper counts 1,342. An
    accuracy must say which. Known faults of the labels, such as windows that overlap (user22_led), are told in
    `notes` and left as they are: an event in two windows belongs to both gestures. Events out of order are sorted
    within their gesture and counted in `notes`; their order carries nothing. Memory: 12 bytes per event, twice while
    samples are joined: several GB for the whole set.
    """
    if half not in ("all", "train", "test"):
        raise ConfigError(unknown_name("half", str(half), ("all", "train", "test")))
    place = Path(path)
    if place.is_file():
        kind, found = "arrays", _from_archive(place, half)
    elif is_gesture_folder(place) == "films":
        kind, found = "films", _from_films(place, half)
    else:
        kind, found = "arrays", _from_arrays(place, half)
    notes: dict[str, int] = {}
    gestures = list(_told(found, notes))
    if not gestures:
        raise DataError(
            f"{place} must hold trials of DVS Gesture ({half}), but there are none: neither userXX_light.aedat with "
            "userXX_light_labels.csv nor userXX_light/K.npy. Name the folder that holds them."
        )
    how = (
        "cut from AEDAT 3.1 at the windows of the label files, microseconds"
        if kind == "films"
        else "read from arrays cut by others, milliseconds; the length is taken as up to the last event"
    )
    counted = [f"{text}: {count}" for text, count in sorted(notes.items())]
    people = sorted({g.subject for g in gestures})
    return LabelledEvents(
        time=np.concatenate([g.time for g in gestures]),
        unit=np.concatenate([g.unit for g in gestures]),
        pointer=np.concatenate([[0], np.cumsum([len(g.time) for g in gestures])]),
        label=np.array([g.label for g in gestures]),
        classes=np.array(CLASSES),
        n_units=2 * _SIDE * _SIDE,
        duration_s=np.array([g.duration_s for g in gestures]),
        grid=(2, _SIDE, _SIDE),
        group=np.array([g.subject for g in gestures]),
        notes=(
            f"DVS Gesture, {half} trials: {len(gestures)} gestures of {len(people)} subject(s) ({people[0]} to "
            f"{people[-1]}), {how}",
            *counted,
        ),
    )


def load_gestures(path: Path, kind: str | None, hints: Hints) -> LabelledEvents:
    """Read a folder or an archive as `read_gestures` does, all trials."""
    return read_gestures(path)


def is_gesture_folder(path: Path) -> str | None:
    """Tell a folder of DVS Gesture: "films", "arrays", or None."""
    names = {p.name for p in path.iterdir()}
    if any(_FILM.match(n) and f"{n[:-6]}_labels.csv" in names for n in names):
        return "films"
    for folder in (path, *(path / half for half in _HALVES.values() if half in names)):
        if any(_ARRAY.search(p.as_posix()) for p in folder.glob("user*_*/*.npy")):
            return "arrays"
    return None


def is_gesture_archive(path: Path) -> bool:
    """Tell a .tar.gz whose first files are arrays of gestures; nothing but its beginning is unpacked."""
    try:
        with path.open("rb") as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
            for k, member in enumerate(archive):
                if _ARRAY.search(member.name):
                    return True
                if k > 100 or member.size > _LARGEST:
                    return False
    except (OSError, tarfile.TarError, EOFError, ValueError):
        return False
    return False


def _told(found: Iterator[tuple[_Gesture, list[str]]], notes: dict[str, int]) -> Iterator[_Gesture]:
    for gesture, texts in found:
        for text in texts:
            notes[text] = notes.get(text, 0) + 1
        yield gesture


def _from_films(folder: Path, half: Half) -> Iterator[tuple[_Gesture, list[str]]]:
    """Cut every recording at the windows of its label file."""
    names = sorted(p.name for p in folder.iterdir() if _FILM.match(p.name))
    if half != "all":
        wanted = _listed(folder, half)
        missing = sorted(wanted - set(names))
        if missing:
            raise DataError(
                f"{folder / _LISTS[half]} names {missing[0]!r} and {len(missing)} file(s) in all that are not there. "
                "Fetch the data set again, or correct the list."
            )
        names = [name for name in names if name in wanted]
    for name in names:
        match = _FILM.match(name)
        assert match is not None
        film = read_aedat(folder / name)
        if (film.height, film.width) != (_SIDE, _SIDE):
            raise DataError(f"{folder / name} must be of a camera of 128x128 pixels, got {film.width}x{film.height}.")
        unit = film.unit
        said = [f"{name}: {text}" for text in film.notes[1:]]
        windows = _windows(folder / f"{name[:-6]}_labels.csv")
        order = np.argsort(windows[:, 1], kind="stable")
        overlaps = int((windows[order][1:, 1] < windows[order][:-1, 2]).sum())
        said += [f"{name}: windows of labels that overlap the next"] * overlaps
        in_order = bool((np.diff(film.time_us) >= 0).all())
        for label, start, stop in windows.tolist():
            if in_order:
                cut: Any = slice(*np.searchsorted(film.time_us, (start, stop)))
            else:
                cut = np.flatnonzero((film.time_us >= start) & (film.time_us < stop))
            gesture, more = _gesture(film.time_us[cut] - start, 1e-6, unit[cut])
            yield _Gesture(*gesture, label - 1, match[1], (stop - start) * 1e-6), said + more
            said = []


def _gesture(
    ticks: NDArray[Any], tick_s: float, unit: NDArray[np.int32]
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int32]], list[str]]:
    if (np.diff(ticks) < 0).any():
        order = np.argsort(ticks, kind="stable")
        return (ticks[order] * tick_s, unit[order]), ["gestures whose events were out of order, and were sorted"]
    return (ticks * tick_s, unit), []


def _listed(folder: Path, half: str) -> set[str]:
    path = folder / _LISTS[half]
    require_file(path)
    with foreign(str(path)):
        lines = path.read_text(encoding="utf-8").split()
    return set(lines)


def _windows(path: Path) -> NDArray[np.int64]:
    """Read a label file: (W, 3) class from 1, start and stop in microseconds."""
    require_file(path)
    with foreign(str(path)):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    if not lines or lines[0].replace(" ", "").strip() != "class,startTime_usec,endTime_usec":
        raise DataError(
            f"{path} must begin with the line class,startTime_usec,endTime_usec, got "
            f"{one_paragraph(lines[0])[:60] if lines else 'nothing'!r}. Fetch it again."
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
            raise DataError(
                f"{path}, line {number}: class, start and stop must be three whole numbers, got "
                f"{one_paragraph(line)[:60]!r}. Correct the line."
            )
        label, start, stop = map(int, parts)
        if not 1 <= label <= len(CLASSES) or not start < stop:
            raise DataError(
                f"{path}, line {number}: the class must be 1 to {len(CLASSES)} and the start before the stop, got "
                f"class {label}, [{start}, {stop}) us. Correct the line."
            )
        rows.append((label, start, stop))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _from_arrays(folder: Path, half: Half) -> Iterator[tuple[_Gesture, list[str]]]:
    """Read one array per gesture, below the folder itself or below the folders of the halves."""
    halves = [_HALVES[half]] if half != "all" else list(_HALVES.values())
    roots = [folder / name for name in halves if (folder / name).is_dir()]
    if not roots and (half == "all" or folder.name == _HALVES[half]):
        roots = [folder]
    paths = [p for root in roots for p in root.glob("user*_*/*.npy") if _ARRAY.search(p.as_posix())]
    for path in sorted(paths, key=lambda p: (p.parent.name, int(p.stem), str(p))):
        if require_file(path) > _LARGEST:
            raise DataError(f"{path} is larger than any gesture ({path.stat().st_size} bytes). Name another folder.")
        with foreign(str(path)):
            raw = path.read_bytes()
        yield _from_array(str(path), path.as_posix(), raw)


def _from_archive(path: Path, half: Half) -> Iterator[tuple[_Gesture, list[str]]]:
    """Read the arrays of an archive in their order, without unpacking it to the disk."""
    require_file(path)
    with foreign(str(path)), path.open("rb") as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
        for member in archive:
            if not _ARRAY.search(member.name) or (half != "all" and _HALVES[half] not in member.name.split("/")):
                continue
            what = f"{path}: {one_paragraph(member.name)}"
            if not member.isfile() or member.size > _LARGEST:
                raise DataError(f"{what} must be a file of a gesture's size, got {member.size} bytes. Fetch it again.")
            file = archive.extractfile(member)
            assert file is not None
            yield _from_array(what, member.name, file.read())


def _from_array(what: str, name: str, raw: bytes) -> tuple[_Gesture, list[str]]:
    """Read one gesture, rows (x, y, polarity, milliseconds)."""
    match = _ARRAY.search(name)
    assert match is not None
    label = int(match[3])
    if label >= len(CLASSES):
        raise DataError(f"{what}: the class must be 0 to {len(CLASSES) - 1}, got {label}. Correct the name.")
    array = npz.read_npy(what, raw)
    if array.ndim != 2 or array.shape[1] != 4 or array.dtype.kind not in "iuf":
        raise DataError(
            f"{what} must hold rows of four numbers (x, y, polarity, milliseconds), got shape {array.shape} of "
            f"{array.dtype}. Name another folder."
        )
    with np.errstate(invalid="ignore"):
        x, y, on, ticks = (array[:, k].astype(np.int64) for k in range(4))
    good = (array[:, :3] == np.stack([x, y, on], axis=1)).all(axis=1) & (x >= 0) & (x < _SIDE) & (y >= 0)
    good &= (y < _SIDE) & ((on == 0) | (on == 1)) & np.isfinite(array[:, 3]) & (array[:, 3] >= 0) & (ticks < 1 << 32)
    if not good.all():
        k = int(np.argmin(good))
        raise DataError(
            f"{what}, row {k}: x and y must be pixels below 128, polarity 0 or 1, time >= 0 ms, got "
            f"{array[k].tolist()}. Fetch it again."
        )
    unit = (((1 - on) * _SIDE + y) * _SIDE + x).astype(np.int32)
    milliseconds = array[:, 3].astype(np.float64)
    (time, places), more = _gesture(milliseconds, 1e-3, unit)
    stop = (np.floor(milliseconds.max(initial=0.0)) + 1) * 1e-3
    return _Gesture(time, places, label, match[1], float(stop)), more
