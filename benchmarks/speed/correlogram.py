"""All cross-correlograms: 20 min of Poisson spikes at 5 Hz, bins of 1 ms, +-50 ms; and spiking probability edges."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from interplay import Events
from interplay._core.rng import stream
from interplay.infer import CrossCorrelogram, SpikingProbability, correlograms

SPAN = (0.0, 1200.0)
RATE_HZ = 5.0
#: Spikes on a clock of 10 kHz, which SpikeInterface needs; on it, our bins of 0.9 ms and theirs can be compared.
CLOCK_HZ = 10000
#: Units of the comparison of edges with elephant, and its length, s.
EDGES = (50, 120.0)


def trains(n_units, stop):
    rng = stream(0, "benchmark", "correlogram", n_units)
    ticks = [np.unique(rng.integers(0, int(stop * CLOCK_HZ), rng.poisson(RATE_HZ * stop))) for _ in range(n_units)]
    return [t / CLOCK_HZ for t in ticks]


def rows(sizes=(200, 1000)):
    for n_units in sizes:
        given = trains(n_units, SPAN[1])
        events = Events.from_trains(given, span=SPAN)
        common = {"bench": "correlogram", "case": f"{n_units} units, counts"}
        common |= {"n_pairs": n_units * (n_units - 1) // 2, "n_spikes": len(events)}
        ours = {}
        for jobs in (1, 2):
            ours[jobs] = measure(lambda j=jobs, e=events: correlograms(e, jobs=j), 2 if n_units == 200 else 1)
            yield common | {"who": f"interplay, jobs={jobs}", "peak_mib": peak_mib()} | ours[jobs]
        # A correlogram's cost is proportional to the length: of 1000 units the peer counts a tenth.
        share = 10 if n_units > 200 else 1
        stop = SPAN[1] / share
        for row in _peers("correlograms", [t[t < stop] for t in given], stop):
            row |= {k: share * row[k] for k in ("cpu_s", "wall_s")}
            row["who"] += f" (a tenth of the length, times {share})" if share > 1 else ""
            yield common | row | {"length_share": 1 / share, "ratio_cpu": row["cpu_s"] / ours[1]["cpu_s"]}
        network = CrossCorrelogram(bounds=[SPAN])
        row = measure(lambda c=network, e=events: c.fit(e), 1)
        yield common | {"case": f"{n_units} units, network with p-values", "who": "interplay"} | row
        if n_units == 200:
            jittered = CrossCorrelogram(bounds=[SPAN], surrogates=20)
            row = measure(lambda c=jittered, e=events: c.fit(e), 1)
            yield common | {"case": f"{n_units} units, 20 jitter surrogates", "who": "interplay"} | row
    n_units, stop = EDGES
    given = trains(n_units, stop)
    events = Events.from_trains(given, span=(0.0, stop))
    config = SpikingProbability(window_s=stop, step_s=stop)
    common = {"bench": "correlogram", "case": f"{n_units} units, spiking probability edges"}
    found = measure(lambda: config.fit(events), 3)
    yield common | {"who": "interplay"} | found
    values = config.fit(events).snapshots.matrix(0)
    for row in _peers("edges", given, stop):
        theirs = np.array(row.pop("values"))
        off = ~np.eye(n_units, dtype=bool)
        row["greatest_difference"] = float(np.abs(values - theirs.T)[off].max())
        yield common | row | {"ratio_cpu": row["cpu_s"] / found["cpu_s"]}


def _peers(task, given, stop):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("The peers are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "trains.npz"
        np.savez(place, *given, task=task, stop=stop, clock_hz=CLOCK_HZ)
        script = Path(__file__).with_name("correlogram_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
