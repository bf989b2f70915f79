"""Edges called significant in real recordings whose units were each shifted by an amount of their own: none is left."""

import os
from pathlib import Path

import numpy as np

import interplay as ip
from interplay._core.rng import uniform
from interplay.infer import SpikeTiling, significant

DATA = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
CASES = {"dish, [300, 420) s": ("dish", (300.0, 420.0)), "rat": ("rat_linear_track/linear_track.nwb", None)}


def rows():
    for name, (path, span) in CASES.items():
        if not (DATA / path).exists():
            yield {"recording": name, "skipped": f"no {path} below INTERPLAY_DATA"}
            continue
        events = ip.load(DATA / path).events
        events = events if span is None else events.window(*span)
        yield {"recording": name, "shifted": "no", **_count(events)}
        for seed in range(3):
            start, length = events.span[0], events.duration
            move = uniform(seed, "shift", np.arange(events.n_units))[events.unit] * length
            time = start + (events.time - start + move) % length
            shifted = ip.Events.from_events(time, events.unit, n_units=events.n_units, span=events.span)
            yield {"recording": name, "shifted": f"seed {seed}", **_count(shifted)}


def _count(events):
    every = SpikeTiling(step_s=60.0, surrogates=200, tail="fitted", jobs=2).fit(events).snapshots
    per_window = np.diff(significant(every).pointer)
    return {
        "pairs": len(every.src),
        "edges": int(per_window.sum()),
        "windows": len(every),
        "windows_with_an_edge": int((per_window > 0).sum()),
    }
