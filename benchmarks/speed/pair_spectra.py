"""Coherence and phase indices of all pairs of 100 series, and the graphical lasso, beside their peers."""

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
from interplay.infer import Coherence, CorrelationStream, PartialCorrelation, PhaseLocking

N_UNITS, N_SEGMENTS, LENGTH, DT_S, BAND = 100, 60, 100, 0.01, (4.0, 30.0)


def series():
    rng = stream(0, "benchmark", "pair_spectra")
    x = rng.normal(size=(N_SEGMENTS * LENGTH, N_UNITS))
    x += rng.normal(size=(len(x), 5)) @ rng.normal(size=(5, N_UNITS))
    x[2:, ::2] += 0.5 * x[:-2, 1::2]
    return x


def rows():
    x = series()
    recording = Recording(traces=Series.regular(x, dt_s=DT_S))
    span = len(x) * DT_S
    window = {"window_s": span, "step_s": span}
    methods = {
        "ppc": PhaseLocking(kind="ppc", segment_s=LENGTH * DT_S, band=BAND, **window),
        "plv": PhaseLocking(kind="plv", segment_s=LENGTH * DT_S, band=BAND, **window),
        "wpli": PhaseLocking(kind="wpli", segment_s=LENGTH * DT_S, band=BAND, **window),
        "wpli2_debiased": PhaseLocking(kind="debiased_wpli", segment_s=LENGTH * DT_S, band=BAND, **window),
        "graphical_lasso": PartialCorrelation(estimator="graphical_lasso", penalty=0.1, **window),
    }
    ours, values = {}, {}
    for name, config in methods.items():
        ours[name] = measure(lambda c=config: c.fit(recording), 2)
        values[name] = config.fit(recording).snapshots.weight
        yield {"bench": "pair_spectra", "case": _case(name), "who": "interplay"} | ours[name]
    config = Coherence(band=BAND, **window)
    yield {"bench": "pair_spectra", "case": _case("coherence"), "who": "interplay, multitaper"} | measure(
        lambda: config.fit(recording), 2
    )
    for row in _peers(x):
        name = row.pop("name")
        row["greatest_difference"] = float(np.abs(values[name] - row.pop("values")).max())
        row["ratio_cpu"] = row["cpu_s"] / ours[name]["cpu_s"]
        yield {"bench": "pair_spectra", "case": _case(name)} | row
    yield from _streams()


def _case(name):
    return f"{name}, {N_UNITS} series, {N_SEGMENTS * LENGTH} samples"


def _streams():
    """One step of a stream, as seconds for a thousand."""
    x = stream(0, "benchmark", "correlation_stream").normal(size=(1000, 200))
    for settings in ({"window": 600}, {"half_life": 200.0}):
        config = CorrelationStream(n_units=200, **settings)
        state = config.init()
        for row in x:
            state, _ = config.step(state, row)

        def work(config=config, state=state):
            for row in x:
                config.step(state, row)

        word = "sliding window of 600" if "window" in settings else "half-life 200"
        yield {"bench": "pair_spectra", "case": "1000 steps, 200 series", "who": f"interplay, {word}"} | measure(
            work, 2
        )
    last = x[:600]

    def anew():
        for _ in range(20):
            np.corrcoef(last.T)

    found = measure(anew, 2)
    found |= {key: 50 * found[key] for key in ("cpu_s", "wall_s")}
    yield {"bench": "pair_spectra", "case": "1000 steps, 200 series", "who": "numpy.corrcoef anew each step"} | found


def _peers(x):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("mne-connectivity and scikit-learn are left out: INTERPLAY_PEERS is not set.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "series.npz"
        np.savez(place, x=x, length=LENGTH, dt_s=DT_S, band=BAND)
        script = Path(__file__).with_name("pair_spectra_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        row["values"] = np.array(row["values"])
        yield row
