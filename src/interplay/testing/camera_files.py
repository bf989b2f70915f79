"""Files of event cameras and of spoken words, written the way their makers write them, to be read back in tests."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.rng import stream


def aedat_3(packets: Sequence[tuple[int, Any]], *, source: str = "DVS128", overflow: Sequence[int] = ()) -> bytes:
    """Write AEDAT 3.1 as bytes.

    Parameters
    ----------
    packets : sequence of (type, events)
        Of type 1, events are rows (time_us, x, y, on, valid); of other types, bytes of 8 per event.
    source : str
        Name of the camera.
    overflow : sequence of int
        Overflow count of each packet's times; 0 where it ends.
    """
    out = [
        b"#!AER-DAT3.1\r\n#Format: RAW\r\n",
        f"#Source 1: {source}\r\n".encode(),
        b"#Start-Time: 2017-01-01 00:00:00 (TZ+0000)\r\n#!END-HEADER\r\n",
    ]
    for k, (kind, events) in enumerate(packets):
        wraps = overflow[k] if k < len(overflow) else 0
        if kind == 1:
            rows = [tuple(map(int, row)) for row in events]
            body = b"".join(
                struct.pack("<Ii", x << 17 | y << 2 | on << 1 | valid, time) for time, x, y, on, valid in rows
            )
            n, good = len(rows), sum(row[4] for row in rows)
        else:
            body, n, good = events, len(events) // 8, len(events) // 8
        out.append(struct.pack("<hhiiiiii", kind, 1, 8, 4, wraps, n, n, good) + body)
    return b"".join(out)


def aedat_2(rows: Sequence[tuple[int, int, int, int]], *, chip: str = "ch.unizh.ini.jaer.chip.retina.DVS128") -> bytes:
    """Write AEDAT 2.0 of a DVS128 as bytes.

    Parameters
    ----------
    rows : sequence of (time_us, x, y, on)
        y from below, as the camera counts; on = 2 stands for an event from outside.
    chip : str
    """
    head = f"#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n# AEChip: {chip}\r\n".encode()
    body = [struct.pack(">Ii", 1 << 15 if on == 2 else y << 8 | x << 1 | on, time) for time, x, y, on in rows]
    return head + b"".join(body)


def write_gesture_films(folder: Path, *, users: int = 3, seed: int = 0) -> Path:
    """Write a folder of DVS Gesture: one film per user with four gestures, labels, lists of trials.

    Parameters
    ----------
    folder : Path
    users : int
        The last one is in the list of tests.
    seed : int
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"user{k + 1:02d}_led.aedat" for k in range(users)]
    for k, name in enumerate(names):
        rng = stream(seed, "film", k)
        time = np.sort(rng.integers(0, 4_000_000, 400))
        rows = np.column_stack([time, rng.integers(0, 128, (400, 2)), rng.integers(0, 2, 400), np.ones(400, int)])
        (folder / name).write_bytes(aedat_3([(1, rows[:150]), (0, bytes(16)), (1, rows[150:])]))
        labels = [f"{(3 * k + j) % 11 + 1},{1_000_000 * j + 200_000},{1_000_000 * j + 900_000}" for j in range(4)]
        (folder / f"{name[:-6]}_labels.csv").write_text(
            "\n".join(["class,startTime_usec,endTime_usec", *labels]) + "\n"
        )
    (folder / "trials_to_train.txt").write_text("\n".join(names[:-1]) + "\n")
    (folder / "trials_to_test.txt").write_text(names[-1] + "\n")
    return folder


def write_gesture_arrays(folder: Path, *, seed: int = 0) -> Path:
    """Write a folder of DVS Gesture cut into arrays: two users for training, one for testing, three gestures each.

    Parameters
    ----------
    folder : Path
    seed : int
    """
    for k, half in enumerate(("Train", "Train", "Test")):
        for label in (0, 4, 10):
            rng = stream(seed, "array", k, label)
            rows = np.column_stack(
                [rng.integers(0, 128, (30, 2)), rng.integers(0, 2, 30), np.sort(rng.integers(0, 900, 30))]
            )
            place = folder / f"ibmGesture{half}" / f"user{k + 1:02d}_natural"
            place.mkdir(parents=True, exist_ok=True)
            np.save(place / f"{label}.npy", rows.astype(np.float32 if k else np.int64))
    return folder


def write_spoken(path: Path, *, n: int = 6, dtype: str = "float16", seed: int = 0) -> Path:
    """Write an HDF5 file laid out as the Spiking Heidelberg Digits are.

    Parameters
    ----------
    path : Path
    n : int
        Samples; the third one is silent.
    dtype : str
        Of the times.
    seed : int
    """
    import h5py

    rng = stream(seed, "spoken")
    with h5py.File(path, "w") as file:
        times = file.create_dataset(
            "spikes/times", (n,), dtype=h5py.vlen_dtype(np.dtype(dtype)), chunks=(4,), maxshape=(None,)
        )
        units = file.create_dataset(
            "spikes/units", (n,), dtype=h5py.vlen_dtype(np.uint16), chunks=(4,), maxshape=(None,)
        )
        for k in range(n):
            count = 0 if k == 2 else int(rng.integers(5, 60))
            times[k] = np.sort(rng.uniform(0, 1.2, count)).astype(dtype)
            units[k] = rng.integers(0, 700, count).astype(np.uint16)
        file["labels"] = (np.arange(n) % 4).astype(np.uint16)
        file["extra/keys"] = np.array([b"zero", b"one", b"null", b"f\xc3\xbcnf"])
        file["extra/speaker"] = (np.arange(n) % 3).astype(np.uint16)
    return path
