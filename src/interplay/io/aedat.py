"""AEDAT, the files of event cameras: version 3.1 (packets) and version 2.0 as a DVS128 writes it.

References
----------
iniVation, "AEDAT file formats", docs.inivation.com: versions 3.1 and 2.0; libcaer, events/common.h and polarity.h.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording
from interplay.io.guard import first_step_back, foreign, one_paragraph, require_file
from interplay.io.hints import Hints

MARK = b"#!AER-DAT"
#: Header lines longer than this, or more of them, are no header.
_LINE, _LINES = 1 << 16, 10_000
#: Height and width of the cameras that a header may name.
_SENSORS = {
    "DVS128": (128, 128),
    "DAVIS128": (128, 128),
    "DAVIS240": (180, 240),
    "DAVIS346": (260, 346),
    "DAVIS640": (480, 640),
}
_TYPES = (
    "special", "polarity", "frame", "IMU6", "IMU9", "sample", "ear", "configuration", "1D point", "2D point",
    "3D point", "4D point", "spike", "4x4 matrix",
)  # fmt: skip
_POLARITY = 1
_HEAD = np.dtype(
    [("type", "<i2"), ("source", "<i2"), ("size", "<i4"), ("offset", "<i4"), ("overflow", "<i4"), ("capacity", "<i4"),
     ("number", "<i4"), ("valid", "<i4")]
)  # fmt: skip
_EVENT = np.dtype([("data", "<u4"), ("time", "<i4")])
_OLD = np.dtype([("address", ">u4"), ("time", ">i4")])
#: Records of version 2.0 read at once.
_BLOCK = 1 << 20


@dataclass(frozen=True, eq=False)
class CameraEvents:
    """What an event camera saw: when and where brightness rose (on) or fell.

    Attributes
    ----------
    time_us : (K,) int64 array, microseconds
        In the order of the file.
    x, y : (K,) int16 arrays, pixels
        From the upper left; y runs downward.
    on : (K,) bool array
    height, width : int, pixels
    notes : tuple of str
        What else the file holds, and what was left out.
    """

    time_us: NDArray[np.int64]
    x: NDArray[np.int16]
    y: NDArray[np.int16]
    on: NDArray[np.bool_]
    height: int
    width: int
    notes: tuple[str, ...]

    @property
    def unit(self) -> NDArray[np.int32]:
        """(K,) int32 array: places on the grid (2, height, width), ON first."""
        line = np.where(self.on, 0, self.height).astype(np.int32)
        line += self.y
        line *= self.width
        line += self.x
        return line


def read_aedat(path: Path) -> CameraEvents:
    """Read the polarity events of an AEDAT file.

    Parameters
    ----------
    path : Path
        Version 3.1, or 2.0 of a DVS128.

    Returns
    -------
    CameraEvents

    Raises
    ------
    DataError
        If the file ends inside a packet or a record (with the place in bytes), a pixel lies outside the camera, the
        version or the camera of version 2.0 is another one.

    Notes
    -----
    The file is read packet by packet. Version 3.1: text lines up to ``#!END-HEADER``, then packets, all little-endian.
    A packet is a head of 28 bytes (int16 type and source; int32 size of an event, offset of its time, overflow count
    of the time, capacity, number, number valid), then its events. A polarity event has 8 bytes: a word (bit 0 valid,
    bit 1 polarity, bits 2 to 16 y, bits 17 to 31 x) and an int32 time in microseconds, to which the overflow count
    adds 2^31 each. Other types are skipped and told. Version 2.0: lines that begin with ``#``, then records of a
    32-bit address and a 32-bit time in microseconds, big-endian; of a DVS128, bit 15 is an outside event, bits 8 to 14
    y from below, bits 1 to 7 x, bit 0 polarity (1 is ON, as the maker's page has it; jAER, which writes such files,
    takes 0 as ON and counts x from the right).
    """
    size = require_file(path)
    with foreign(str(path)), path.open("rb") as stream:
        head = _header(path, stream)
        if head.version == "3.1":
            return _packets(path, stream, size, head)
        return _records(path, stream, size, head)


class _Header(NamedTuple):
    version: str
    lines: list[str]
    end: int  # bytes


def _header(path: Path, stream: IO[bytes]) -> _Header:
    first = stream.readline(_LINE)
    if not first.startswith(MARK):
        raise DataError(f"{path} must begin with {MARK.decode()!r} to be AEDAT. Name another file.")
    version = first[len(MARK) :].strip().decode("ascii", errors="replace")
    if version not in ("3.1", "2.0"):
        raise DataError(
            f"{path} is AEDAT of version {one_paragraph(version)[:20]!r}; 3.1 and 2.0 are read. Convert it with the "
            "maker's software (DV)."
        )
    lines = [first.decode("utf-8", errors="replace").strip()]
    while len(lines) < _LINES:
        place = stream.tell()
        if version == "2.0" and stream.peek(1)[:1] != b"#":  # type: ignore[attr-defined]
            return _Header(version, lines, place)
        line = stream.readline(_LINE)
        if not line.endswith(b"\n") or not line.startswith(b"#"):
            break
        if version == "3.1" and line.startswith(b"#!END-HEADER"):
            return _Header(version, lines, stream.tell())
        lines.append(line.decode("utf-8", errors="replace").strip())
    raise DataError(
        f"{path}: the header must end with the line #!END-HEADER, but it stops being text at byte {place}. "
        "The file is damaged or incomplete: fetch it again."
    )


def _packets(path: Path, stream: IO[bytes], size: int, head: _Header) -> CameraEvents:
    """Read the packets of version 3.1."""
    words, times, places = [], [], []
    skipped: dict[str, int] = {}
    wrong_valid, where = 0, head.end
    while where < size:
        raw = stream.read(_HEAD.itemsize)
        one = np.frombuffer(raw, dtype=_HEAD)[0] if len(raw) == _HEAD.itemsize else None
        if one is None:
            raise _cut(path, where, size, f"a packet's head of {_HEAD.itemsize} bytes")
        _require_head(path, where, one)
        length = int(one["number"]) * int(one["size"])
        if where + _HEAD.itemsize + length > size:
            raise _cut(path, where, size, f"a packet of {_HEAD.itemsize + length} bytes")
        if one["type"] == _POLARITY:
            events = np.frombuffer(stream.read(length), dtype=_EVENT)
            words.append(events["data"])
            times.append(events["time"].astype(np.int64) + (int(one["overflow"]) << 31))
            places.append(where)
            wrong_valid += int(np.count_nonzero(events["data"] & 1) != one["valid"])
        else:
            name = _TYPES[one["type"]] if one["type"] < len(_TYPES) else f"type {one['type']}"
            skipped[name] = skipped.get(name, 0) + int(one["number"])
            stream.seek(length, 1)
        where += _HEAD.itemsize + length
    word = np.concatenate(words) if words else np.empty(0, np.uint32)
    time = np.concatenate(times) if times else np.empty(0, np.int64)
    notes = ["read as AEDAT 3.1, polarity events; (0, 0) is the upper left"]
    notes += [f"{count} event(s) of kind {name} were skipped" for name, count in sorted(skipped.items())]
    if wrong_valid:
        notes.append(f"{wrong_valid} packet(s) say another number of valid events than they hold")
    valid = (word & 1) == 1
    if not valid.all():
        notes.append(f"{int((~valid).sum())} event(s) marked invalid were left out")
    x, y = (word >> np.uint32(17)).astype(np.int16), ((word >> np.uint32(2)) & np.uint32(0x7FFF)).astype(np.int16)
    source = next((line.split(":", 1)[1] for line in head.lines if re.match(r"#Source \d+:", line)), "")
    height, width = _sensor(source.strip(), x[valid], y[valid], notes)
    outside = valid & ((x >= width) | (y >= height))
    if outside.any():
        k = int(np.argmax(outside))
        packet = int(np.searchsorted(np.cumsum([len(w) for w in words]), k, side="right"))
        raise DataError(
            f"{path}: pixels must lie in {width}x{height}, got x={x[k]}, y={y[k]} and {int(outside.sum())} such "
            f"event(s) in all, the first in the packet at byte {places[packet]}. The file is damaged: fetch it again."
        )
    on = ((word >> np.uint32(1)) & np.uint32(1)) == 1
    return CameraEvents(time[valid], x[valid], y[valid], on[valid], height, width, tuple(notes))


def _require_head(path: Path, where: int, one: Any) -> None:
    good = one["type"] >= 0 and one["number"] >= 0 and one["size"] > 0 and one["overflow"] >= 0
    good = good and 0 <= one["valid"] <= one["number"] <= one["capacity"]
    if one["type"] == _POLARITY:
        good = good and one["size"] == _EVENT.itemsize and one["offset"] == 4
    if not good:
        told = ", ".join(f"{name} {one[name]}" for name in _HEAD.names or ())
        raise DataError(
            f"{path}: the packet at byte {where} makes no sense ({told}). The file is damaged: fetch it again."
        )


def _cut(path: Path, where: int, size: int, what: str) -> DataError:
    return DataError(
        f"{path}: {what} begins at byte {where}, but the file ends at byte {size}. The file is incomplete: fetch it "
        "again."
    )


def _sensor(source: str, x: NDArray[np.int16], y: NDArray[np.int16], notes: list[str]) -> tuple[int, int]:
    """Give the size of the camera: of the one the header names, else as far as events reach."""
    known = next((name for name in sorted(_SENSORS) if source.upper().startswith(name)), None)
    if known is not None:
        return _SENSORS[known]
    height, width = (int(v.max(initial=0)) + 1 for v in (y, x))
    notes.append(
        f"the camera ({one_paragraph(source)[:40] or 'not named'}) is not known; {width}x{height} pixels were taken "
        "from the events"
    )
    return height, width


def _records(path: Path, stream: IO[bytes], size: int, head: _Header) -> CameraEvents:
    """Read the records of version 2.0, of a DVS128."""
    chip = next((line.split(":", 1)[1].strip() for line in head.lines if re.match(r"#\s*AEChip:", line)), "")
    if chip and "DVS128" not in chip.upper():
        raise DataError(
            f"{path} is AEDAT 2.0 of {one_paragraph(chip)[:60]}, whose addresses are laid out otherwise; of version "
            "2.0 the DVS128 is read. Convert it to AEDAT 3.1 with the maker's software."
        )
    if (size - head.end) % _OLD.itemsize:
        whole = head.end + (size - head.end) // _OLD.itemsize * _OLD.itemsize
        raise _cut(path, whole, size, f"a record of {_OLD.itemsize} bytes")
    records = np.fromfile(stream, dtype=_OLD) if size > head.end else np.empty(0, _OLD)
    address = records["address"].astype(np.uint32)
    if (address >= 1 << 16).any():
        k = int(np.argmax(address >= 1 << 16))
        raise DataError(
            f"{path}: addresses of a DVS128 must have 16 bits, got {int(address[k]):#x} at byte "
            f"{head.end + k * _OLD.itemsize}. The file is damaged, or of another camera."
        )
    outer = (address & np.uint32(1 << 15)) != 0
    notes = [
        "read as AEDAT 2.0 of a DVS128; rows are counted from above, and polarity 1 is taken as ON, as the format's "
        "page has it (jAER: 0, and x mirrored)"
    ]
    if outer.any():
        notes.append(f"{int(outer.sum())} event(s) from outside the camera were skipped")
    kept = address[~outer]
    return CameraEvents(
        time_us=records["time"][~outer].astype(np.int64),
        x=((kept >> np.uint32(1)) & np.uint32(127)).astype(np.int16),
        y=127 - ((kept >> np.uint32(8)) & np.uint32(127)).astype(np.int16),
        on=(kept & np.uint32(1)) == 1,
        height=128,
        width=128,
        notes=tuple(notes),
    )


def load_aedat(path: Path, kind: str | None, hints: Hints) -> Recording:
    """Read one file as a recording of 2 x height x width units, times from its first event."""
    found = read_aedat(path)
    if not len(found.time_us):
        raise DataError("there is no polarity event in the file. Name another one.")
    notes = list(found.notes)
    back = first_step_back(found.time_us)
    if back is not None and not hints.sort:
        raise DataError(
            f"times must not decrease: event {back} at {found.time_us[back]} us comes before event {back + 1} at "
            f"{found.time_us[back + 1]} us. Pass sort=True to have them sorted."
        )
    if back is not None:
        steps = int((np.diff(found.time_us) < 0).sum())
        notes.append(f"events out of order were sorted, as asked ({steps} step(s) back)")
    first = int(found.time_us.min())
    time = (found.time_us - first) * 1e-6
    span = hints.span or (0.0, float(np.nextafter(time.max(), np.inf)))
    if hints.span is None:
        notes.append("the observed span was taken from the extent of the events (change it with `span`)")
    notes.append(
        f"time 0 is {first} us; unit = (channel * {found.height} + y) * {found.width} + x, channel 0 is ON. Gestures "
        "with labels beside them are read as a folder"
    )
    n = 2 * found.height * found.width
    events = Events.from_events(time, found.unit.astype(np.int64), n_units=n, span=span)
    return Recording(events=events, observed=Intervals.single(*span), notes=tuple(notes))
