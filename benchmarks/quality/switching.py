"""Switching models on real recordings: held-out likelihood by number of states and prior, beside baselines."""

import time

import numpy as np

import interplay as ip
from benchmarks.quality.shifted_recordings import DATA
from interplay.infer import SwitchingGLM

#: Units with the most spikes, and the bin.
UNITS, BIN_S = 15, 0.1
STATES = (1, 2, 3, 4)
COMMON = {"bin_s": BIN_S, "folds": 2, "restarts": 2, "iterations": 40, "tolerance": 1e-5}
FILES = {"rat_linear_track": "rat_linear_track/linear_track.nwb", "dish": "dish"}


def rows():
    for name, place in FILES.items():
        if not (DATA / place).exists():
            yield {"skipped": f"no {place} below INTERPLAY_DATA"}
            continue
        whole = ip.load(DATA / place)
        busy = np.argsort(-np.bincount(whole.events.unit, minlength=whole.n_units), kind="stable")[:UNITS]
        recording = whole.select(np.sort(busy).tolist())
        for prior in ("one-hot", "gaussian", "none"):
            began = time.process_time()
            found = SwitchingGLM(states=STATES, prior=prior, **COMMON).fit(recording)
            row = {"recording": name, "prior": prior, "states": found.n_states, "units": UNITS, "bin_s": BIN_S}
            row |= {f"held_out_{k}": float(v.mean()) for k, v in zip(found.tried_states, found.held_out, strict=True)}
            row |= {key.replace(" ", "_"): float(v.mean()) for key, v in found.baselines.items()}
            yield row | {
                "dwell_s": found.dwell_s.round(3).tolist(),
                "occupancy": found.occupancy.round(3).tolist(),
                "converged": found.converged,
                "notes": list(found.notes),
                "cpu_s": time.process_time() - began,
            }
