"""Switching models: one expectation step beside hmmlearn's, and a whole fit."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay._core.rng import stream
from interplay.infer import PlantedSwitching, SwitchingGLM
from interplay.infer.emissions import CountEmission
from interplay.ops.hidden_chain import smooth_chain

SAMPLES, UNITS, STATES = 100_000, 20, 5


def rows():
    rng = stream(0, "benchmark", "switching")
    rates, transition = rng.uniform(0.1, 1.0, (STATES, UNITS)), np.full((STATES, STATES), 0.005)
    np.fill_diagonal(transition, 0.98)
    counts = rng.poisson(0.5, (SAMPLES, UNITS))
    common = {"bench": "switching", "case": f"posterior of {SAMPLES} samples, {UNITS} units, {STATES} states"}
    initial, x, emission = np.full(STATES, 1 / STATES), counts.astype(float), CountEmission(0)
    u = [np.tile(np.log(r), (SAMPLES, 1)) for r in rates]
    posterior, moves, pointer = np.empty((SAMPLES, STATES)), np.empty((STATES, STATES)), np.array([0, SAMPLES])

    def expect():
        density = np.column_stack([emission.log_density(x, part, np.ones(UNITS)) for part in u])
        return smooth_chain(density, pointer, np.log(initial), np.log(transition), posterior, moves)

    ours = measure(expect, 3)
    yield common | {"who": "interplay"} | ours
    theirs = _hmmlearn(rates=rates, initial=initial, transition=transition, counts=counts)
    if theirs is not None:
        apart = float(np.abs(theirs.pop("posterior") - posterior).max())
        yield (
            common
            | {"who": "hmmlearn 0.3.3"}
            | theirs
            | {"greatest_difference": apart, "ratio_cpu": theirs["cpu_s"] / ours["cpu_s"]}
        )
    recording = PlantedSwitching(n_units=UNITS, n_states=STATES, n_trials=4, trial_s=40.0, dwell_s=1.0).simulate(0)
    for prior in ("one-hot", "gaussian", "none"):
        fit = SwitchingGLM(states=STATES, link="sigmoid", bias="shared", prior=prior)
        found = fit.fit(recording)
        yield {
            "bench": "switching",
            "case": f"fit of 8000 bins, {UNITS} units, {STATES} states, 4 starts",
            "who": f"interplay, prior={prior}",
            "iterations": len(found.log_likelihood),
        } | measure(lambda f=fit: f.fit(recording), 1)


def _hmmlearn(**given):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("hmmlearn is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        place, answer = Path(folder) / "chain.npz", Path(folder) / "posterior.npy"
        np.savez(place, **given)
        script = Path(__file__).with_name("switching_peers.py")
        done = subprocess.run(
            [python, str(script), str(place), str(answer)], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout) | {"posterior": np.load(answer)}
