"""Labelled samples from files: the public sets' own formats, and NPZ for everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from interplay._core.errors import DataError
from interplay.data import LabelledEvents, LabelledImages
from interplay.io.npz import load_arrays, load_header

Samples = LabelledEvents | LabelledImages

_EVENTS = ("time", "unit", "pointer", "label", "classes", "n_units", "duration_s")
_PICTURES = ("image", "label", "classes")
#: Names of the two halves of the Spiking Heidelberg Digits; as offered they are packed, with .zip at the end.
_SPOKEN = ("shd_train.h5", "shd_test.h5")
#: What says that a folder of DVS Gesture tells its halves apart.
_HALVES = ("trials_to_train.txt", "ibmGestureTrain")


def read_samples(task: str, source: Path) -> tuple[Samples, Samples]:
    """Read the samples of a task.

    Parameters
    ----------
    task : str
        "spoken" reads HDF5 of the Spiking Heidelberg Digits, "gestures" a folder of DVS Gesture; all read NPZ.
    source : Path
        A file; of "spoken" also the folder of shd_train.h5 and shd_test.h5, of "gestures" that of the recordings.

    Returns
    -------
    learn, judge : LabelledEvents or LabelledImages
        One object where the source does not say itself which samples are for judging.

    Raises
    ------
    DataError
        If there is no such file, or it holds something else.
    """
    if not source.exists():
        raise DataError(f"`DATA` must be a file or folder that exists, got {source}. Check the path.")
    if source.suffix == ".npz":
        data = _own(source) if load_header(source) is not None else _from_arrays(source)
        return data, data
    if task == "spoken":
        return _spoken(source)
    if task == "gestures":
        return _gestures(source)
    raise DataError(f"`DATA` must be an .npz of pictures (image, label, classes) for the task {task!r}, got {source}.")


def _spoken(source: Path) -> tuple[Samples, Samples]:
    from interplay.io import read_spoken_digits

    if source.is_dir():
        learn, judge = (_either(source, name) for name in _SPOKEN)
        return read_spoken_digits(learn), read_spoken_digits(judge)
    data = read_spoken_digits(source)
    return data, data


def _either(source: Path, name: str) -> Path:
    found = next((file for file in (source / name, source / f"{name}.zip") if file.is_file()), None)
    if found is None:
        raise DataError(f"{source} must hold {' and '.join(_SPOKEN)}, but {name} is missing. Fetch both.")
    return found


def _gestures(source: Path) -> tuple[Samples, Samples]:
    from interplay.io import read_gestures

    if any((source / name).exists() for name in _HALVES):
        return read_gestures(source, half="train"), read_gestures(source, half="test")
    data = read_gestures(source)
    return data, data


def _own(source: Path) -> Samples:
    """Read what `io.save_labelled_events` or `io.save_labelled_images` wrote."""
    from interplay.io import load

    data = load(source)
    if not isinstance(data, LabelledEvents | LabelledImages):
        raise DataError(f"{source} must hold labelled samples, got {data!r}. Give samples with classes.")
    return data


def _from_arrays(source: Path) -> Samples:
    """Build samples from an .npz whose arrays are called as the fields of `LabelledEvents` or `LabelledImages`."""
    arrays: dict[str, Any] = dict(load_arrays(source))
    wanted, made_of = (_PICTURES, LabelledImages) if "image" in arrays else (_EVENTS, LabelledEvents)
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise DataError(
            f"{source} must hold the arrays {', '.join(wanted)} (and, where known, group and grid), but "
            f"{', '.join(missing)} is missing. See the page on labelled samples."
        )
    known = {name: arrays[name] for name in (*wanted, "group", "grid") if name in arrays}
    if "n_units" in known:
        known["n_units"] = _whole(source, known["n_units"])
    if "grid" in known:
        known["grid"] = tuple(int(v) for v in known["grid"].ravel())
    samples: Samples = made_of(**known)
    return samples


def _whole(source: Path, value: Any) -> int:
    if value.size != 1 or value.dtype.kind not in "iu":
        raise DataError(f"{source}: `n_units` must be one whole number, got {value.dtype} of shape {value.shape}.")
    return int(value.ravel()[0])
