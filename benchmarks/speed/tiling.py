"""All-pairs spike time tiling: 20 minutes of Poisson spikes at 5 Hz, lag 50 ms, one window."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay import Events
from interplay._core.rng import stream
from interplay.infer import SpikeTiling

SPAN = (0.0, 1200.0)
RATE_HZ = 5.0
LAG_S = 0.05
#: Pairs the peers are timed on where all would take too long; the rest is extrapolated.
PEER_PAIRS = {"elephant": 8, "spikedata": 2000}


def poisson(n_units):
    rng = stream(0, "benchmark", "tiling", n_units)
    return [np.sort(rng.uniform(*SPAN, rng.poisson(RATE_HZ * SPAN[1]))) for _ in range(n_units)]


def rows(sizes=(200, 1000)):
    for n_units in sizes:
        trains = poisson(n_units)
        events = Events.from_trains(trains, span=SPAN)
        case = f"{n_units} units"
        common = {"bench": "tiling", "case": case, "n_pairs": n_units * (n_units - 1) // 2, "n_spikes": len(events)}
        ours = {}
        for jobs in (1, 2):
            config = SpikeTiling(bounds=[SPAN], lag_s=LAG_S, jobs=jobs)
            ours[jobs] = measure(lambda c=config, e=events: c.fit(e), 3)
            yield common | {"who": f"interplay, jobs={jobs}"} | ours[jobs]
        values = SpikeTiling(bounds=[SPAN], lag_s=LAG_S).fit(events).snapshots.matrix(0)
        for row in _peers(trains, values):
            row["ratio_cpu"] = row["cpu_s"] / ours[1]["cpu_s"]
            yield common | row
        if n_units == 200:
            config = SpikeTiling(lag_s=LAG_S, surrogates=20)
            row = measure(lambda c=config, e=events: c.fit(e), 1)
            yield common | {"who": "interplay, 39 windows of 60 s, 20 surrogates each"} | row


def _peers(trains, values):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print(
            "elephant and spikedata are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "trains.npz"
        np.savez(place, lag_s=LAG_S, span=SPAN, pairs=[PEER_PAIRS["elephant"], PEER_PAIRS["spikedata"]], *trains)  # noqa: B026
        script = Path(__file__).with_name("tiling_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        ours = np.array([values[i, j] for i, j in row.pop("which")])
        row["greatest_difference"] = float(np.abs(ours - row.pop("values")).max())
        yield row
