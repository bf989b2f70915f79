"""Small DishBrain session folders, made up but in the format of the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from interplay._core.rng import stream
from interplay.io.dish import BLOCKS, RATE_HZ, SPIKE

#: Ticks of the real game: an ace lasts 12.71 s from miss to miss, a hit adds 5.90 s; the first rally has no pause.
ACE_S, HIT_S, SERVE_S, FIRST_HIT_S = 12.71, 5.90, 4.50, 4.61


def write_session(
    folder: Path, *, hits: Sequence[int] = (1, 0, 2, 0), n_channels: int = 12, seed: int = 0, replay: bool = False
) -> Path:
    """Write a session folder.

    Parameters
    ----------
    folder : Path
        Made if missing.
    hits : sequence of int
        Hits of every rally.
    n_channels : int
        Channels on the map, shared among the sensory and the two motor blocks. One more has spikes and no place.
    seed : int
    replay : bool
        Whether to write `replay.bin` too.

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    origin = 202_364_032
    lines, misses = _game(origin, hits)
    (folder / "events.txt").write_text("\n".join(lines) + "\n")
    rng = stream(seed, "dish_files")
    stop = misses[-1] if misses else origin + RATE_HZ
    spikes = np.zeros(20 * (n_channels + 1), dtype=SPIKE)
    spikes["frame"] = np.sort(rng.integers(origin, stop, len(spikes)))
    spikes["channel"] = rng.integers(0, n_channels + 1, len(spikes))
    spikes["amplitude"] = -rng.uniform(5, 80, len(spikes))
    spikes.tofile(folder / "spikes.bin")
    (folder / "map.cfg").write_text(_map(n_channels))
    if replay:
        rows = np.zeros(50, dtype=[("frame", "<u8"), ("y", "<f4"), ("bx", "<f4"), ("by", "<f4"), ("rest", "V20")])
        rows["frame"] = origin + 200 * np.arange(50)
        rows["y"], rows["bx"], rows["by"] = 300, 300 + 2 * np.arange(50), 100 + np.arange(50)
        (folder / "replay.bin").write_bytes(b"header".ljust(40, b"\0") + rows.tobytes())
    return folder


def _game(origin: int, hits: Sequence[int]) -> tuple[list[str], list[int]]:
    lines = [
        "info: recording started: 2020-01-01 12:00:00 AEDT",
        "info: recording chip id: 1",
        "info: experiment tag: synthetic",
        "info: time limit (seconds): 1200",
        f"{origin}: game begin",
    ]
    misses: list[int] = []
    serve = float(origin) + 0.16 * RATE_HZ
    for count in hits:
        for k in range(count):
            frame = int(serve + (4.45 + HIT_S * k) * RATE_HZ)
            lines += [f"{frame - 5 * 200}: ball bounce", f"{frame}: ball return"]
        miss = int(serve + (SERVE_S + HIT_S * count) * RATE_HZ)
        lines += [f"{miss}: ball missed", f"{miss}: motor layout: {count % 6}"]
        misses.append(miss)
        serve = miss + (ACE_S - SERVE_S) * RATE_HZ
    return lines, misses


def _map(n_channels: int) -> str:
    corners = [BLOCKS[name][0] for name in ("sensory", "motor_left", "motor_right")]
    entries = []
    for channel in range(n_channels):
        x, y = corners[channel % 3]
        entries.append(f"{channel}({1000 + channel}){x + 70 * (channel // 3):g}/{y:g};")
    return "".join(entries) + "\nH4sIAAAA"
