"""Damaged files: small valid ones made on the spot, and seeded mutations of them.

Every mutant must end in a DataError or, where the damage is harmless, in a valid object; never in another exception and
never in a hang.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.rng import stream
from interplay.testing.dish_files import write_session


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One file or folder to be loaded, with the hints it needs."""

    name: str
    path: Path
    hints: Mapping[str, Any] = field(default_factory=dict)


def write_foreign_nwb(path: Path, *, seed: int = 0) -> Path:
    """Write a small NWB file with h5py alone: units, electrodes, traces, behaviour and trials, as other tools do.

    Four units with ragged spike times (indices of one byte), positions through the electrodes table, groups by
    `location`, cell types, obs_intervals, a position, DfOverF of four cells with conversion, and trials with a
    text column.
    """
    import h5py

    rng = stream(seed, "foreign_nwb")
    counts = [5, 0, 7, 3]
    trains = [np.sort(rng.uniform(0, 10, c)) for c in counts]
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs.update({"nwb_version": "2.6.0", "neurodata_type": "NWBFile"})
        file["session_description"] = "made up"
        file["identifier"] = "made-up"
        file["session_start_time"] = "2020-01-01T00:00:00+00:00"
        electrodes = file.create_group("general/extracellular_ephys/electrodes")
        electrodes["id"] = np.arange(4)
        electrodes["x"], electrodes["y"] = 17.5 * np.arange(4), np.zeros(4)
        electrodes["z"] = np.full(4, 2.0)
        electrodes.create_dataset("location", data=["CA1", "CA1", "CA3", "CA3"], dtype=text)
        units = file.create_group("units")
        units.attrs["colnames"] = np.array(["spike_times", "cell_type"], dtype=object)
        units["id"] = np.array([11, 12, 13, 14])
        units.create_dataset("spike_times", data=np.concatenate(trains), chunks=(8,), compression="gzip")
        units["spike_times_index"] = np.cumsum(counts).astype(np.uint8)
        units["electrodes"] = np.array([0, 1, 2, 3, 2])
        units["electrodes_index"] = np.array([1, 2, 3, 5], dtype=np.uint8)
        units.create_dataset("cell_type", data=["pyramidal", "interneuron", "unknown", "excitatory"], dtype=text)
        units["obs_intervals"] = np.tile([[0.0, 4.5], [4.5, 10.0]], (4, 1))
        units["obs_intervals_index"] = np.array([2, 4, 6, 8], dtype=np.uint16)
        position = _series(
            file, "processing/behavior/Position/position", rng.uniform(0, 1, (40, 2)), "SpatialSeries", "m"
        )
        position["timestamps"] = np.linspace(0, 9.9, 40)
        traces = _series(
            file,
            "processing/ophys/DfOverF/RoiResponseSeries",
            rng.integers(0, 99, (50, 4)),
            "RoiResponseSeries",
            "a.u.",
        )
        traces["data"].attrs.update({"conversion": 0.5, "offset": 1.0})
        traces["starting_time"] = 0.0
        traces["starting_time"].attrs.update({"rate": 5.0, "unit": "seconds"})
        trials = file.create_group("intervals/trials")
        trials["id"] = np.arange(3)
        trials["start_time"], trials["stop_time"] = np.array([0.0, 3.0, 6.0]), np.array([2.0, 5.0, 8.0])
        trials.create_dataset("outcome", data=["left", "right", "left"], dtype=text)
    return path


def _series(file: Any, path: str, data: Any, kind: str, unit: str) -> Any:
    group = file.create_group(path)
    group.attrs["neurodata_type"] = kind
    group["data"] = data
    group["data"].attrs["unit"] = unit
    return group


def valid_samples(folder: Path, *, seed: int = 0) -> list[Sample]:
    """Write one small valid file of every format that is mutated, and say what each needs to be loaded."""
    from interplay.io.npz import save_recording

    folder.mkdir(parents=True, exist_ok=True)
    rng = stream(seed, "valid_samples")
    time = np.sort(rng.uniform(0, 60, 25)).round(3)
    pair = rng.integers(0, 6, (25, 2))
    rows = "\n".join(f"{a},{b},{t},{w}" for (a, b), t, w in zip(pair, time, rng.integers(-3, 4, 25), strict=True))
    (folder / "events.csv").write_text("src,dst,time,weight\n" + rows + "\n")
    spikes = "\n".join(f"{t}\tu{u}" for t, u in zip(time, pair[:, 0], strict=True))
    (folder / "spikes.tsv").write_text("time\tunit\n" + spikes + "\n")
    (folder / "bare.txt").write_text(
        "\n".join(f"{a} {b} {int(t)}" for (a, b), t in zip(pair, time, strict=True)) + "\n"
    )
    grid = rng.normal(size=(20, 3))
    (folder / "traces.csv").write_text(
        "time,a,b,c\n"
        + "\n".join(f"{0.1 * k:.1f}," + ",".join(f"{v:.4f}" for v in row) for k, row in enumerate(grid))
        + "\n"
    )
    np.savez(folder / "spikes.npz", times=time, ids=pair[:, 0])
    np.save(folder / "matrix.npy", grid)
    write_foreign_nwb(folder / "foreign.nwb", seed=seed)
    samples = [
        Sample(name=n, path=folder / n)
        for n in ("events.csv", "spikes.tsv", "bare.txt", "traces.csv", "spikes.npz", "foreign.nwb")
    ]
    samples.append(Sample(name="matrix.npy", path=folder / "matrix.npy", hints={"rows": "time", "rate_hz": 5.0}))
    samples.append(Sample(name="session", path=write_session(folder / "session", replay=True, seed=seed)))
    save_recording(small_recording(), folder / "own.npz")
    samples.append(Sample(name="own.npz", path=folder / "own.npz"))
    return samples


def small_recording() -> Any:
    """Build a recording that has everything: spikes, traces, positions, groups, signs, behaviour, epochs, truth."""
    from interplay.data import Events, Intervals, Recording, Series, Snapshots, Units

    weights = np.zeros((2, 3, 3))
    weights[0, 0, 1], weights[1, 1, 2], weights[1, 2, 0] = 0.5, -1.25, 2.0
    return Recording(
        events=Events(
            time=np.array([0.5, 1.0, 1.0, 2.25, 7.5]), unit=np.array([0, 2, 1, 0, 2]), n_units=3, span=(0.0, 10.0)
        ),
        traces=Series.regular(np.arange(12.0).reshape(4, 3), dt_s=2.0, names=["a", "b", "c"], unit="dF/F"),
        units=Units(
            n=3,
            id=np.array(["A1", "A2", "B1"]),
            position_um=np.array([[0.0, 1.0], [2.0, 3.0], [np.nan, np.nan]]),
            group=np.array(["left", "", "right"]),
            sign=np.array([1, -1, 0]),
        ),
        observed=Intervals.from_bounds([[0.0, 4.0], [6.0, 10.0]], ["before", "after"]),
        behavior={
            "position": Series.regular(np.arange(10.0).reshape(5, 2), dt_s=2.0, names=["x", "y"], unit="cm"),
            "lick/rate": Series.regular(np.array([[1.0], [np.nan]], dtype=np.float32), dt_s=5.0),
        },
        epochs={"trials": Intervals.from_bounds([[1.0, 2.0], [3.0, 4.0]], ["hit", "miss"]), "none": _no_intervals()},
        truth=Snapshots.from_dense(weights, np.array([[0.0, 5.0], [5.0, 10.0]]), directed=True),
        meta={"session_description": "made up", "lab": "none"},
        notes=("a note",),
    )


def _no_intervals() -> Any:
    from interplay.data import Intervals

    return Intervals(start=np.empty(0), stop=np.empty(0))


def corpus(folder: Path, *, seed: int = 0, per_file: int = 30, every: int = 1) -> Iterator[Sample]:
    """Make mutants of every valid sample, one at a time (each is written when it is asked for).

    Parameters
    ----------
    folder : Path
        Valid files go to ``folder/valid``, mutants to ``folder/mutants``.
    seed : int
    per_file : int
        Byte-level mutants per file; the structural ones come on top.
    every : int
        Give only every so many-th mutant; the others are not made.

    Yields
    ------
    Sample
    """
    valid = valid_samples(folder / "valid", seed=seed)
    from interplay.io.nwb_write import save_nwb

    save_nwb(small_recording(), folder / "valid" / "own.nwb")
    valid.append(Sample(name="own.nwb", path=folder / "valid" / "own.nwb"))
    out = folder / "mutants"
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for sample in valid:
        makers: dict[str, Callable[[Path], object]] = dict(_structural(sample))
        for k in range(per_file):
            makers[f"bytes{k}"] = _bytes_maker(sample, seed, k)
        for what, make in makers.items():
            count += 1
            if count % every:
                continue
            path = out / f"{sample.path.stem}-{what}{sample.path.suffix}"
            if sample.path.is_dir():
                shutil.copytree(sample.path, path, dirs_exist_ok=True)
            else:
                shutil.copyfile(sample.path, path)
            make(path)
            yield Sample(name=f"{sample.name}/{what}", path=path, hints=sample.hints)


def mangle(raw: bytes, rng: np.random.Generator) -> bytes:
    """Damage bytes in one of seven ways: flipped, cut, emptied, doubled, filled with junk, shifted, or swapped."""
    data = bytearray(raw)
    size = len(data)
    a, b = sorted(int(k) for k in rng.integers(0, size + 1, 2))
    way = int(rng.integers(7))
    if way == 0:
        for k in rng.integers(0, size, int(rng.integers(1, 20))):
            data[k] ^= int(rng.integers(1, 256))
    elif way == 1:
        del data[b:]
    elif way == 2:
        data[a:b] = bytes(b - a)
    elif way == 3:
        data[b:b] = data[a:b]
    elif way == 4:
        data[a : a + 64] = rng.bytes(64)
    elif way == 5:
        data[a:a] = rng.bytes(int(rng.integers(1, 9)))
    else:
        data = data[b:] + data[a:b] + data[:a]
    return bytes(data)


def _bytes_maker(sample: Sample, seed: int, k: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        rng = stream(seed, "mutations", sample.name, k)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        chosen = files[int(rng.integers(len(files)))]
        chosen.write_bytes(mangle(chosen.read_bytes(), rng))

    return make


def _structural(sample: Sample) -> Iterator[tuple[str, Callable[[Path], object]]]:
    yield "empty", _emptied
    if sample.path.suffix == ".nwb":
        yield from _nwb_damage(sample.path)
    elif sample.path.suffix in (".csv", ".tsv", ".txt"):
        yield from _TEXT_DAMAGE.items()
    elif sample.path.suffix == ".npz":
        yield from _npz_damage(sample.path)
    elif sample.path.is_dir():
        yield from _SESSION_DAMAGE.items()


def _emptied(path: Path) -> None:
    for file in [p for p in path.iterdir() if p.is_file()] if path.is_dir() else [path]:
        file.write_bytes(b"")


def _nwb_damage(path: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    import h5py

    names: list[tuple[str, bool]] = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, node: names.append((name, isinstance(node, h5py.Dataset))))
    for name, is_dataset in names:
        if name.startswith("specifications"):
            continue
        flat = name.replace("/", "_").replace(" ", "_")
        yield f"no-{flat}", _on_hdf5(functools.partial(_dropped, name=name))
        if is_dataset:
            for what, change in _ARRAY_DAMAGE.items():
                yield f"{what}-{flat}", _on_hdf5(functools.partial(_replaced, name=name, change=change))
            yield f"huge-{flat}", _on_hdf5(functools.partial(_huge, name=name))
            yield f"group-{flat}", _on_hdf5(functools.partial(_grouped, name=name))


_ARRAY_DAMAGE: dict[str, Callable[[Any], Any]] = {
    "nan": lambda a: np.full(a.shape, np.nan),
    "texts": lambda a: np.array([b"x"] * max(a.size, 1)),
    "cut": lambda a: a[: len(a) // 2] if a.ndim else a,
    "turned": lambda a: a[::-1] if a.ndim else a,
}


def _dropped(file: Any, name: str) -> None:
    del file[name]


def _grouped(file: Any, name: str) -> None:
    del file[name]
    file.create_group(name)


def _on_hdf5(change: Callable[[Any], Any]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        import h5py

        with h5py.File(path, "r+") as file:
            change(file)

    return make


def _replaced(file: Any, name: str, change: Callable[[Any], Any]) -> None:
    value, dtype = np.asarray(file[name][()], dtype=file[name].dtype), file[name].dtype
    attributes = dict(file[name].attrs)
    del file[name]
    changed = change(value)
    file.create_dataset(name, data=changed, dtype=dtype if changed.dtype == object else None)
    file[name].attrs.update(attributes)


def _huge(file: Any, name: str) -> None:
    columns = file[name].shape[1:]
    del file[name]
    file.create_dataset(name, shape=(10**11, *columns), dtype="f8", chunks=(1024, *columns))


def _on_lines(change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.write_text("\n".join(change(path.read_text().split("\n"))))

    return make


def _swap_columns(lines: list[str]) -> list[str]:
    def swapped(line: str) -> str:
        for mark in (",", "\t", " "):
            parts = line.split(mark)
            if len(parts) > 1:
                return mark.join([parts[-1], *parts[1:-1], parts[0]])
        return line

    return [lines[0], *map(swapped, lines[1:])]


_TEXT_DAMAGE: dict[str, Callable[[Path], object]] = {
    "swapped": _on_lines(_swap_columns),
    "turned": _on_lines(lambda ls: [ls[0], *ls[:0:-1]]),
    "nan": _on_lines(lambda ls: [*ls[:4], ls[4].replace("1", "nan").replace("2", "nan"), *ls[5:]]),
    "inf": _on_lines(lambda ls: [*ls[:4], ls[4].replace("1", "inf").replace("2", "inf"), *ls[5:]]),
    "words": _on_lines(lambda ls: [*ls[:6], ls[6].replace("0", "zero").replace("3", "three"), *ls[7:]]),
    "header-only": _on_lines(lambda ls: ls[:1]),
    "no-header": _on_lines(lambda ls: ls[1:]),
    "two-headers": _on_lines(lambda ls: [ls[0], *ls]),
    "short-row": _on_lines(lambda ls: [*ls[:7], ls[7][:3], *ls[8:]]),
    "long-row": _on_lines(lambda ls: [*ls[:7], ls[7] + ",1,2\t3 4", *ls[8:]]),
    "semicolons": _on_lines(lambda ls: [line.replace(",", ";") for line in ls]),
    "comments": _on_lines(lambda ls: ["# " + line for line in ls]),
    "blank": _on_lines(lambda ls: ["" for _ in ls]),
    "quote": _on_lines(lambda ls: [*ls[:5], '"' + ls[5], *ls[6:]]),
    "nul": _on_lines(lambda ls: [*ls[:5], "\0" + ls[5], *ls[6:]]),
    "negative": _on_lines(lambda ls: [ls[0], *("-" + line for line in ls[1:] if line)]),
    "giant": _on_lines(lambda ls: [ls[0], *(line.replace("1", "1e400") for line in ls[1:])]),
    "long-ids": _on_lines(lambda ls: [ls[0], *(line.replace("1", "123456789012345678901") for line in ls[1:])]),
    "latin": lambda path: path.write_bytes(path.read_bytes().replace(b"1", b"\xe9", 3)),
    "utf16": lambda path: path.write_bytes(path.read_text().encode("utf-16")),
}


def _npz_damage(path: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    with np.load(path) as file:
        names = list(file.files)
    for name in names:
        flat = name.replace("/", "_")
        yield f"no-{flat}", _on_npz(functools.partial(_popped, name=name))
        for what, change in _MEMBER_DAMAGE.items():
            yield f"{what}-{flat}", _on_npz(functools.partial(_exchanged, name=name, change=change))
        yield f"huge-{flat}", _with_huge(name)


_MEMBER_DAMAGE: dict[str, Callable[[Any], Any]] = {
    "nan": lambda a: np.full(np.shape(a), np.nan),
    "texts": lambda a: np.full(np.shape(a), "x"),
    "cut": lambda a: np.ravel(a)[: np.size(a) // 2],
    "turned": lambda a: np.ravel(a)[::-1],
    "complex": lambda a: np.zeros(np.shape(a), complex),
    "objects": lambda a: np.array([{}, None], dtype=object),
    "scalar": lambda a: np.array(7),
}


def _popped(arrays: dict[str, Any], name: str) -> None:
    del arrays[name]


def _exchanged(arrays: dict[str, Any], name: str, change: Callable[[Any], Any]) -> None:
    arrays[name] = change(arrays[name])


def _on_npz(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        with np.load(path) as file:
            arrays = dict(file)
        change(arrays)
        np.savez(path, **arrays)

    return make


def _with_huge(name: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        import io
        import zipfile

        stream_ = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream_, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
        with zipfile.ZipFile(path) as old:
            content = {n: old.read(n) for n in old.namelist()}
        content[f"{name}.npy"] = stream_.getvalue() + bytes(16)
        with zipfile.ZipFile(path, "w") as new:
            for member, raw in content.items():
                new.writestr(member, raw)

    return make


def _log(change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    return lambda folder: _on_lines(change)(folder / "events.txt")


def _remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _bin(change: Callable[[Any], Any]) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        from interplay.io.dish import SPIKE

        spikes = np.fromfile(folder / "spikes.bin", dtype=SPIKE)
        spikes = change(spikes)
        (folder / "spikes.bin").write_bytes(spikes.tobytes())

    return make


def _set(name: str, value: Any) -> Callable[[Any], Any]:
    def change(spikes: Any) -> Any:
        spikes[name][len(spikes) // 2] = value
        return spikes

    return change


_SESSION_DAMAGE: dict[str, Callable[[Path], object]] = {
    "no-log": _remove("events.txt"),
    "no-spikes": _remove("spikes.bin"),
    "no-map": _remove("map.cfg"),
    "no-replay": _remove("replay.bin"),
    "only-info": _log(lambda ls: [line for line in ls if line.startswith("info")]),
    "no-begin": _log(lambda ls: [line for line in ls if "begin" not in line]),
    "no-miss": _log(lambda ls: [line for line in ls if "missed" not in line]),
    "turned": _log(lambda ls: ls[::-1]),
    "doubled": _log(lambda ls: [x for line in ls for x in (line, line)]),
    "words": _log(lambda ls: [line.replace("ball", "bell") for line in ls]),
    "giant": _log(lambda ls: [line.replace(": game", "9999999999999999: game") for line in ls]),
    "swapped": _bin(lambda s: s[::-1]),
    "half-record": lambda folder: (folder / "spikes.bin").write_bytes((folder / "spikes.bin").read_bytes()[:-7]),
    "giant-frame": _bin(_set("frame", 2**63 + 5)),
    "giant-channel": _bin(_set("channel", 2**31)),
    "nan-amplitude": _bin(_set("amplitude", np.nan)),
    "no-rows": _bin(lambda s: s[:0]),
}
