"""Real recordings through the whole job, from file to report: `python -m benchmarks.quality inference_real`.

The most active units of the rat on its track and of the dish that plays Pong, as `interplay run --method NAME` does it.
Held-out log-likelihoods stand beside their baselines; what the report shows is read from its page.
"""

import re
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.quality.shifted_recordings import DATA
from interplay.io import load
from interplay.io.npz import save_recording
from interplay.job.pipeline import run
from interplay.job.plan import Plan

FILES = {"rat_linear_track": "rat_linear_track/linear_track.nwb", "dish": "dish"}
#: Units with the most spikes; everything else of the recordings is kept.
UNITS = 16
RUNS = {
    "switching": ("bin_s=0.1", "states=1,2,3,4", "folds=2", "restarts=1", "iterations=40", "tolerance=1e-5"),
    "glm": ("bin_s=0.02", "folds=3"),
    "factors": ("bin_s=0.1", "restarts=4", "most_components=4"),
}
#: One network for every so many seconds; none for the regression, which is fitted to the whole.
WINDOW_S, STEP_S = 60.0, 30.0


def busiest(name):
    whole = load(DATA / FILES[name])
    order = np.argsort(-whole.events.counts(), kind="stable")[:UNITS]
    return whole.select(np.sort(order).tolist())


def states(found):
    held = found.held_out.mean(axis=1)
    chosen = int(np.flatnonzero(found.tried_states == found.n_states)[0])
    row = {
        "states": found.n_states,
        "tried": found.tried_states.tolist(),
        "held_out": held.round(4).tolist(),
        "held_out_of_folds": found.held_out[chosen].round(4).tolist(),
        "baselines": {name: round(float(value.mean()), 4) for name, value in found.baselines.items()},
        "dwell_s": found.dwell_s.round(3).tolist(),
        "occupancy": found.occupancy.round(3).tolist(),
        "changes": len(found.change_s),
        "converged": found.converged,
    }
    off = ~np.eye(found.weight.shape[1], dtype=bool)
    maps = np.nan_to_num(found.weight[:, off])
    if len(maps) > 1:
        alike = np.corrcoef(maps)[np.triu_indices(len(maps), 1)]
        row["networks_alike"] = alike.round(3).tolist()
    return row | {"inhibitory": (maps < 0).mean(axis=1).round(3).tolist()}


def regression(found):
    held = {name: round(value, 4) for name, value in found.held_out.per_spike().items()}
    return {"held_out": held, "windows": len(found.snapshots)}


def factors(found):
    return {
        "components": found.rank,
        "tried": found.tried.tolist(),
        "stability": np.round(found.stability, 3).tolist(),
        "held_out_error": np.round(found.held_out, 4).tolist(),
        "held_out_error_of_means": round(float(found.held_out_mean), 4),
        "error": round(found.error, 4),
        "explained": np.round(found.explained, 3).tolist(),
    }


TOLD = {"switching": states, "glm": regression, "factors": factors}


def one(name, method, folder):
    """Run the job on one recording with one method."""
    recording = busiest(name)
    source = save_recording(recording, folder / "recording.npz")
    length = np.floor(float((recording.observed.stop - recording.observed.start).max()))
    window, step = (length, length) if method == "glm" else (WINDOW_S, STEP_S)
    plan = Plan.of(
        input=str(source),
        method=method,
        method_set=RUNS[method],
        window_s=window,
        step_s=step,
        represent="none",
        circuit="none",
        nulls=1,
    )
    start = time.process_time()
    outcome = run(plan, folder / "run")
    spent = time.process_time() - start
    page = outcome.report.read_text(encoding="utf-8")
    found = outcome.network
    row = {"recording": name, "method": method, "units": recording.n_units, "span_s": round(recording.duration, 1)}
    row |= {"spikes": len(recording.events.time), "settings": " ".join(RUNS[method])} | TOLD[method](found)
    row |= {"edges": len(found.snapshots.src), "networks": len(found.snapshots), "cpu_s": round(spent, 1)}
    # What the page shows of the method beside its networks, by the keys of its figures.
    row["report"] = sorted(set(re.findall(r'id="fig-((?:states|glm|filters|factor)[a-z-]*)"', page)))
    return row | {"notes": list(found.notes)}


def rows():
    for name, place in FILES.items():
        if not (DATA / place).exists():
            yield {"skipped": f"no {place} below INTERPLAY_DATA"}
            continue
        for method in RUNS:
            with tempfile.TemporaryDirectory() as folder:
                yield one(name, method, Path(folder))
