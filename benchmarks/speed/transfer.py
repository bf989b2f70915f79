"""Transfer entropy of all pairs of 200 binary series of 60,000 bins; mutual information of the same counts."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay import Recording, Series
from interplay._core.rng import stream
from interplay.infer import MutualInformation, TransferEntropy

N_UNITS, N_BINS = 200, 60000
PEER_PAIRS = 40


def recording(n_units, n_bins, binary):
    rng = stream(0, "benchmark", "transfer", n_units)
    x = (rng.random((n_bins, n_units)) < 0.05).astype(float) if binary else rng.normal(size=(n_bins, n_units))
    return Recording(traces=Series.regular(x, dt_s=0.01))


def rows():
    data = recording(N_UNITS, N_BINS, True)
    length = N_BINS * 0.01
    whole = {"window_s": length, "step_s": length}
    common = {"bench": "transfer", "n_pairs": N_UNITS * (N_UNITS - 1)}
    case = f"{N_UNITS} binary series, {N_BINS} bins"
    plain = TransferEntropy(estimator="binary", max_delay=1, bias="none", **whole)
    ours = measure(lambda: plain.fit(data), 2)
    yield common | {"case": case, "who": "interplay, transfer entropy, one delay"} | ours
    values = plain.fit(data).snapshots.matrix(0)
    five = TransferEntropy(estimator="binary", max_delay=5, **whole)
    yield (
        common | {"case": case, "who": "interplay, transfer entropy, five delays"} | measure(lambda: five.fit(data), 1)
    )
    for row in _peers(data, values):
        yield common | {"case": case} | row | {"ratio_cpu": row["cpu_s"] / ours["cpu_s"]}
    shared = MutualInformation(estimator="plug-in", levels=2, **whole)
    both = {"n_pairs": N_UNITS * (N_UNITS - 1) // 2, "who": "interplay, mutual information"}
    yield common | both | {"case": case} | measure(lambda: shared.fit(data), 1)
    real = recording(N_UNITS, 6000, False)
    regression = TransferEntropy(window_s=60, step_s=60)
    who = "interplay, Gaussian transfer entropy, five delays"
    yield (
        common | {"case": f"{N_UNITS} real series, 6000 samples", "who": who} | measure(lambda: regression.fit(real), 1)
    )
    small = recording(40, 6000, True)
    greedy = TransferEntropy(estimator="binary", selection="greedy", max_delay=5, window_s=60, step_s=60)
    who = "interplay, greedy choice of sources, five delays"
    yield (
        common
        | {"case": "40 binary series, 6000 bins", "n_pairs": 1560, "who": who}
        | measure(lambda: greedy.fit(small), 1)
    )


def _peers(data, values):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("pyinform is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "series.npz"
        median = np.median(data.traces.values, axis=0)
        np.savez(place, x=(data.traces.values > median).astype(np.int32), pairs=PEER_PAIRS)
        script = Path(__file__).with_name("transfer_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        ours = np.array([values[i, j] for i, j in row.pop("which")])
        row["greatest_difference"] = float(np.abs(ours - np.array(row.pop("values"))).max())
        yield row
