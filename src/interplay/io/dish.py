"""DishBrain session folders: a culture on an electrode array that plays Pong.

A session is a folder with `events.txt` (the log of the game), `spikes.bin` and an electrode map `*.cfg`; `replay.bin`
(the paddle and the ball) is read where it exists.

References
----------
Kagan et al. (2022), Neuron 110:3952. The layouts of the files were read off the public session of
Cortical-Labs/SpikeStream (4 December 2020); 20 000 frames per second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Recording, Series, Units
from interplay.io.guard import foreign, one_paragraph, require_file
from interplay.io.hints import Hints

RATE_HZ = 20_000
SPIKE = np.dtype([("frame", "<u8"), ("channel", "<u4"), ("amplitude", "<f4")])
#: One header record of this size comes first.
REPLAY_BYTES = 40
_REPLAY = np.dtype([("frame", "<u8"), ("paddle_y", "<f4"), ("ball_x", "<f4"), ("ball_y", "<f4"), ("rest", "V20")])
#: Stimulation (4 s), silence (4 s) and 0.21 s more follow a miss before the next serve.
PAUSE_S = 8.21
#: Corners (x, y low; x, y high) of the blocks of the layout `gen3b`, micrometres.
BLOCKS = {
    "sensory": ((175.0, 175.0), (3605.0, 805.0)),
    "motor_left": ((350.0, 1400.0), (1347.5, 1872.5)),
    "motor_right": ((2450.0, 1400.0), (3447.5, 1872.5)),
}
_LINE = re.compile(r"^(\d+): ?(.*)$")
_SITE = re.compile(r"(\d+)\((\d+)\)([-\d.]+)/([-\d.]+);")
_KNOWN = ("game begin", "ball bounce", "ball return", "ball missed", "motor layout")


@dataclass(frozen=True, kw_only=True)
class GameLog:
    """The log of one session: `info` as it stands, and (frame, event) lines in order."""

    info: dict[str, str]
    frame: NDArray[np.int64]
    what: tuple[str, ...]

    def frames_of(self, event: str) -> NDArray[np.int64]:
        """Frames at which one kind of event happened."""
        chosen = np.array([w == event for w in self.what], dtype=bool)
        return np.asarray(self.frame[chosen], dtype=np.int64)


def read_log(path: Path) -> GameLog:
    """Read `events.txt`.

    Raises
    ------
    DataError
        On a line of another form, a frame before its predecessor, or a log without a game.
    """
    require_file(path)
    with foreign(str(path)):
        raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {number} is no text. The file is damaged: copy it again.") from error
    info: dict[str, str] = {}
    frames: list[int] = []
    what: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("info: "):
            key, _, value = line[6:].partition(": ")
            info[key.strip()] = value.strip()
            continue
        if not line.strip():
            continue
        found = _LINE.match(line)
        if not found or not found[2].startswith(_KNOWN) or len(found[1]) > 18:
            raise DataError(
                f"{path}: line {number} must be `info: ...` or `frame: event`, got {one_paragraph(line)[:60]!r}. "
                "The log is damaged: copy it again."
            )
        if frames and int(found[1]) < frames[-1]:
            raise DataError(
                f"{path}: line {number}: frame {found[1]} comes after frame {frames[-1]}. "
                "The log is out of order: copy it again."
            )
        frames.append(int(found[1]))
        what.append(found[2].strip())
    if not frames:
        raise DataError(f"{path} logs no game, only {len(info)} info line(s). Copy the whole session.")
    return GameLog(info=info, frame=np.array(frames, dtype=np.int64), what=tuple(what))


def read_spikes(path: Path) -> NDArray[np.void]:
    """Read `spikes.bin`: (E,) records of frame (u64), channel (u32) and amplitude (f32, µV), 16 bytes each."""
    size = require_file(path)
    if size % SPIKE.itemsize:
        raise DataError(
            f"{path} must hold records of {SPIKE.itemsize} bytes, but {size % SPIKE.itemsize} byte(s) are left over "
            f"after {size // SPIKE.itemsize} records. The file is cut: copy it again."
        )
    with foreign(str(path)):
        spikes = np.fromfile(path, dtype=SPIKE)
    frame = spikes["frame"]
    if (frame > np.uint64(2**53)).any():
        k = int(np.argmax(frame > np.uint64(2**53)))
        raise DataError(f"{path}: record {k} has the frame {frame[k]}, which no clock reaches. The file is damaged.")
    back = frame[1:] < frame[:-1]
    if back.any():
        k = int(np.argmax(back))
        raise DataError(
            f"{path}: record {k + 1} has frame {frame[k + 1]} after frame {frame[k]}. "
            "The file is damaged: copy it again."
        )
    bad = ~np.isfinite(spikes["amplitude"])
    if bad.any():
        raise DataError(
            f"{path}: record {int(np.argmax(bad))} has no finite amplitude. The file is damaged: copy it again."
        )
    if (spikes["channel"] >= 1 << 20).any():
        k = int(np.argmax(spikes["channel"] >= 1 << 20))
        raise DataError(
            f"{path}: record {k} names channel {spikes['channel'][k]}; no array has so many. The file is damaged."
        )
    return spikes


def read_map(path: Path) -> dict[int, tuple[float, float]]:
    """Read an electrode map: channel to (x, y) in micrometres, from ``channel(electrode)x/y;`` entries."""
    require_file(path)
    with foreign(str(path)):
        text = path.read_bytes().decode("latin-1")
    places: dict[int, tuple[float, float]] = {}
    for channel, _, x, y in _SITE.findall(text):
        try:
            place = (float(x), float(y))
        except ValueError as error:
            raise DataError(f"{path}: channel {channel} has the position {x}/{y}. The map is damaged.") from error
        if len(channel) > 6 or places.get(int(channel), place) != place:
            raise DataError(
                f"{path}: channel {channel} is listed twice at two places, or is no channel. Correct the map."
            )
        places[int(channel)] = place
    if not places:
        raise DataError(f"{path} holds no `channel(electrode)x/y;` entry. Copy the map again.")
    return places


def block_of(x: float, y: float) -> str:
    """Name the block of the layout `gen3b` at a place, "" outside all."""
    for name, ((x0, y0), (x1, y1)) in BLOCKS.items():
        if x0 <= x <= x1 and y0 <= y <= y1:
            return name
    return ""


def load_session(folder: Path, kind: str | None = None, hints: Hints | None = None) -> Recording:
    """Read a session folder, or the folder around its `events.txt`.

    Parameters
    ----------
    folder : Path
    kind, hints
        Not used; every reader takes them.

    Returns
    -------
    Recording
        One unit per channel that is on the map or has a spike; `units.id` is the channel, `units.group` the block
        ("sensory", "motor_left", "motor_right"). Time 0 is the frame of "game begin". Epochs: "rallies", from the last
        miss (or the begin) to the next miss, labelled by the number of hits; "hits", the frame of each return of the
        ball; "pauses", the 8.21 s after each miss.
        Behaviour "game" (paddle_y, ball_x, ball_y, pixels) where `replay.bin` exists.

    Raises
    ------
    DataError
        If a file is missing, cut, out of order or of another form.
    """
    folder = Path(folder)
    folder = folder.parent if folder.is_file() else folder
    log = read_log(folder / "events.txt")
    spikes = read_spikes(folder / "spikes.bin")
    notes = ["read as a DishBrain session; 20 000 frames per second"]
    places = _map_of(folder, notes)
    begin = log.frames_of("game begin")
    origin = int(begin[0]) if len(begin) else int(log.frame[0])
    notes.append(
        f"time 0 is frame {origin}" + (", the begin of the game" if len(begin) else ", the first event logged")
    )

    frame = spikes["frame"].astype(np.int64)
    channels = np.union1d(np.array(sorted(places), dtype=np.int64), np.unique(spikes["channel"]).astype(np.int64))
    time = (frame - origin) / RATE_HZ
    first, last = min(origin, int(frame[0])), max(int(log.frame[-1]), int(frame[-1]))
    span = ((first - origin) / RATE_HZ, (last + 1 - origin) / RATE_HZ)
    notes.append(
        "the observed span was taken from the begin of the game (or the first spike) to the last frame of either file"
    )
    order = np.lexsort((spikes["channel"], frame))
    events = Events(
        time=time[order], unit=np.searchsorted(channels, spikes["channel"][order]), n_units=len(channels), span=span
    )
    return Recording(
        events=events,
        units=_units(channels, places, notes),
        behavior=_replay(folder, origin, notes),
        epochs=_epochs(log, origin, span, notes),
        meta=log.info,
        notes=tuple(notes),
    )


def _map_of(folder: Path, notes: list[str]) -> dict[int, tuple[float, float]]:
    maps = sorted(folder.glob("*.cfg"))
    if len(maps) > 1:
        raise DataError(f"{folder} holds {len(maps)} electrode maps ({', '.join(m.name for m in maps[:4])}). Keep one.")
    if not maps:
        notes.append("no electrode map (*.cfg): positions and blocks are not known")
        return {}
    notes.append(f"positions from {maps[0].name}; blocks named after the layout gen3b")
    return read_map(maps[0])


def _units(channels: NDArray[np.int64], places: dict[int, tuple[float, float]], notes: list[str]) -> Units:
    nowhere = (np.nan, np.nan)
    position = np.array([places.get(c, nowhere) for c in channels.tolist()], dtype=np.float64)
    lost = int(np.isnan(position[:, 0]).sum())
    if places and lost:
        notes.append(f"{lost} channel(s) have spikes but no place on the map; their position is NaN, their group empty")
    return Units(
        n=len(channels),
        id=channels.astype(str),
        position_um=position if places else None,
        group=np.array([block_of(x, y) for x, y in position.tolist()], dtype=str),
    )


def rally_table(log: GameLog) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cut a log into rallies.

    Returns
    -------
    start, stop : (R,) int64 arrays, frames
        From the last miss (the first event logged, for the first) to the miss that ends the rally. A rally that the log
        leaves open is not counted.
    hits : (R,) int64 array
        Returns of the ball in between.
    """
    stops = log.frames_of("ball missed")
    begin = log.frames_of("game begin")
    starts = np.concatenate([[begin[0] if len(begin) else log.frame[0]], stops[:-1]])[: len(stops)]
    returns = log.frames_of("ball return")
    hits = np.searchsorted(returns, stops, side="left") - np.searchsorted(returns, starts, side="left")
    return starts.astype(np.int64), stops, hits.astype(np.int64)


def _epochs(log: GameLog, origin: int, span: tuple[float, float], notes: list[str]) -> dict[str, Intervals]:
    start, stop, hits = rally_table(log)
    good = start < stop
    if not good.all():
        k = int(np.argmin(good))
        raise DataError(
            f"`events.txt`: rally {k} begins and ends at frame {stop[k]}. The log is damaged: copy it again."
        )
    if not len(stop):
        notes.append("the log has no miss, so there are no rallies")
        return {}
    rallies = Intervals(
        start=(start - origin) / RATE_HZ,
        stop=(stop - origin) / RATE_HZ,
        label=np.array([str(h) for h in hits], dtype=str),
    )
    after = (stop - origin) / RATE_HZ
    following = np.append(after[1:], span[1])
    until = np.minimum(after + PAUSE_S, following)
    keep = until > after
    out = {"rallies": rallies, "pauses": Intervals(start=after[keep], stop=until[keep])}
    back = log.frames_of("ball return") - origin
    return out | ({"hits": Intervals(start=back / RATE_HZ, stop=(back + 1) / RATE_HZ)} if len(back) else {})


def _replay(folder: Path, origin: int, notes: list[str]) -> dict[str, Series]:
    path = folder / "replay.bin"
    if not path.exists():
        notes.append("no replay.bin: the positions of paddle and ball are not known")
        return {}
    size = require_file(path)
    if size % REPLAY_BYTES or size < 2 * REPLAY_BYTES:
        raise DataError(
            f"{path} must hold a header and records of {REPLAY_BYTES} bytes each, got {size} bytes. The file is cut: "
            "copy it again."
        )
    with foreign(str(path)):
        rows = np.fromfile(path, dtype=_REPLAY, offset=REPLAY_BYTES)
    if (rows["frame"] > np.uint64(2**53)).any():
        raise DataError(f"{path} holds a frame that no clock reaches. The file is damaged: copy it again.")
    values = np.column_stack([rows[n] for n in ("paddle_y", "ball_x", "ball_y")])
    time = (rows["frame"].astype(np.int64) - origin) / RATE_HZ
    back = np.diff(time) < 0
    if back.any():
        k = int(np.argmax(back))
        raise DataError(f"{path}: record {k + 1} comes before record {k}. The file is damaged: copy it again.")
    return {"game": Series(time=time, values=values, names=("paddle_y", "ball_x", "ball_y"), unit="px")}
