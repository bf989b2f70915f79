"""Damaged films, arrays, words and files of ours end in one paragraph or in a valid object."""

import shutil
import tarfile
import warnings

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import LabelledEvents, LabelledImages, Recording
from interplay.io import read_gestures, read_spoken_digits, save_labelled_events, save_labelled_images
from interplay.spiking import spoken_digits
from interplay.testing.camera_files import (
    aedat_2,
    aedat_3,
    write_gesture_arrays,
    write_gesture_films,
    write_spoken,
)
from interplay.testing.mutations import mangle


def damaged(load, path, wanted, *, target=None, times, seed=0):
    """Load after each of many damages to one file; give how many were refused."""
    target = path if target is None else target
    whole = target.read_bytes()
    messages = []
    for k in range(times):
        target.write_bytes(mangle(whole, stream(seed, "fuzz", target.name, k)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = load(path)
        except DataError as error:
            messages.append(str(error))
        except BaseException as error:
            raise AssertionError(f"{target.name}, damage {k}: {type(error).__name__}: {error}") from error
        else:
            assert isinstance(found, wanted)
    target.write_bytes(whole)
    assert all("\n" not in text and len(text) < 1200 for text in messages)
    return len(messages)


def check_films(folder, times, seed):
    rng = np.random.default_rng(0)
    rows = np.column_stack([np.arange(30), rng.integers(0, 128, (30, 2)), rng.integers(0, 2, 30), np.ones(30, int)])
    new, old = folder / "new.aedat", folder / "old.aedat"
    new.write_bytes(aedat_3([(1, rows[:10]), (0, bytes(8)), (1, rows[10:])]))
    old.write_bytes(aedat_2([tuple(row[:4]) for row in rows.tolist()]))
    for path in (new, old):
        # a bare text or binary file is what many damaged heads look like
        assert damaged(ip.load, path, Recording, times=times, seed=seed) > times // 4
    films = write_gesture_films(folder / "films", users=1)
    for path in sorted(films.iterdir()):
        damaged(read_gestures, films, LabelledEvents, target=path, times=times // 2, seed=seed)


def check_arrays(folder, times, seed):
    arrays = write_gesture_arrays(folder / "arrays")
    shutil.rmtree(arrays / "ibmGestureTrain")
    packed = folder / "test.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(arrays / "ibmGestureTest", "ibmGestureTest")
    first = sorted(arrays.rglob("*.npy"))[0]
    assert damaged(read_gestures, arrays, LabelledEvents, target=first, times=times, seed=seed) > times // 3
    assert damaged(read_gestures, packed, LabelledEvents, times=times, seed=seed) > times // 2


def check_words(folder, times, seed):
    words = write_spoken(folder / "shd.h5")
    assert damaged(read_spoken_digits, words, LabelledEvents, times=times, seed=seed) > times // 3


def check_own(folder, times, seed):
    own = save_labelled_events(spoken_digits(1, classes=2, channels=16, events=60), folder / "own.npz")
    assert damaged(ip.load, own, LabelledEvents, times=times, seed=seed) > times // 2
    image = LabelledImages(image=np.ones((2, 1, 2, 2)), label=np.array([0, 1]), classes=np.array(["a", "b"]))
    path = save_labelled_images(image, folder / "images.npz")
    assert damaged(ip.load, path, LabelledImages, times=times, seed=seed) > times // 2


@pytest.mark.parametrize("check", [check_films, check_arrays, check_words, check_own])
def test_damaged_files(tmp_path, check):
    check(tmp_path, 40, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("check", [check_films, check_arrays, check_words, check_own])
def test_many_damaged_files(tmp_path, check, seed):
    check(tmp_path, 500, seed)
