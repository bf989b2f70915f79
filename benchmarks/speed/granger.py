"""Granger causality of all ordered pairs of 200 series: pairwise, and conditional on all others."""

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
from interplay.infer import Granger

#: Units, samples, order. The conditional regression has order times units coefficients for each target.
CASES = {False: (200, 2000, 5), True: (200, 6000, 3)}
#: Pairs the peers are timed on; the rest is extrapolated.
PEER_PAIRS = {"statsmodels": 40, "elephant": 40, "regressions": 2}


def series(n_units, n_samples):
    """Weakly coupled autoregressions."""
    rng = stream(0, "benchmark", "granger", n_units)
    x = rng.normal(size=(n_samples, n_units))
    weights = 0.15 * (rng.random((n_units, n_units)) < 4 / n_units) + 0.4 * np.eye(n_units)
    for t in range(1, n_samples):
        x[t] += weights @ x[t - 1]
    return x


def rows():
    for conditional, (n_units, n_samples, order) in CASES.items():
        x = series(n_units, n_samples)
        recording = Recording(traces=Series.regular(x, dt_s=0.01))
        span = n_samples * 0.01
        case = f"{'conditional' if conditional else 'pairwise'}, {n_units} series, {n_samples} samples, order {order}"
        common = {"bench": "granger", "case": case, "n_pairs": n_units * (n_units - 1)}
        settings = {"window_s": span, "step_s": span, "conditional": conditional}
        config = Granger(order=order, **settings)
        ours = measure(lambda c=config, r=recording: c.fit(r), 3)
        yield common | {"who": "interplay"} | ours
        if not conditional:
            chosen = Granger(max_order=order, **settings)
            yield (
                common
                | {"who": "interplay, order of each pair by BIC"}
                | measure(lambda c=chosen, r=recording: c.fit(r), 2)
            )
        values = {"": config.fit(recording).snapshots.matrix(0)}
        if not conditional:
            # elephant chooses an order for each pair.
            values["elephant"] = Granger(max_order=order, **settings).fit(recording).snapshots.matrix(0)
        for row in _peers(x, order, conditional, values):
            row["ratio_cpu"] = row["cpu_s"] / ours["cpu_s"]
            yield common | row
    x = series(20, 3000)
    recording = Recording(traces=Series.regular(x, dt_s=0.01))
    for conditional in (False, True):
        config = Granger(order=5, window_s=30, step_s=30, conditional=conditional, band=(4, 8))
        case = f"{'conditional' if conditional else 'pairwise'} in a band, 20 series, 3000 samples, order 5"
        yield {"bench": "granger", "case": case, "n_pairs": 380, "who": "interplay"} | measure(
            lambda c=config: c.fit(recording), 2
        )


def _peers(x, order, conditional, values):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("statsmodels and elephant are left out: INTERPLAY_PEERS names no interpreter with them.", file=sys.stderr)
        return
    peers = ["regressions"] if conditional else ["statsmodels", "elephant"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "series.npz"
        np.savez(place, x=x, order=order, peers=peers, pairs=[PEER_PAIRS[p] for p in peers])
        script = Path(__file__).with_name("granger_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        known = values.get(row["who"].split()[0], values[""])
        ours = np.array([known[i, j] for i, j in row.pop("which")])
        row["greatest_difference"] = float(np.abs(ours - row.pop("values")).max())
        yield row
