"""A restricted Boltzmann machine of 2,000 units: updates, log Z and couplings, beside the peer `rbms`.

The data: 6,000 samples of 20 areas, each with a binary state that raises the odds of its 100 units.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay._core.rng import stream
from interplay.data import Events
from interplay.infer import BoltzmannCouplings
from interplay.measures import roc_auc
from interplay.ops.walsh_couplings import walsh_pairs
from interplay.tensors.boltzmann import BoltzmannMachine, BoltzmannPlan, train_boltzmann
from interplay.tensors.boltzmann_chains import annealed_log_partition
from interplay.tensors.threads import torch_threads

N, HIDDEN, AREAS, SAMPLES = 2000, 100, 20, 6000
UPDATES, CHAINS, STEPS, BATCH = 100, 256, 5, 512
TEMPERATURES = 100
#: Of one update, which is subtracted so that only updates are timed.
BASE = 1


def areas():
    rng = stream(0, "benchmark", "boltzmann")
    level = np.log(rng.uniform(0.02, 0.1, N))
    up = (rng.random((SAMPLES, AREAS)) < 0.3)[:, np.arange(N) % AREAS]
    odds = level + rng.uniform(0.3, 1.2, N) * up
    return (rng.random((SAMPLES, N)) < 1 / (1 + np.exp(-odds))).astype(np.int8)


def rows():
    states = areas()
    rng = stream(1, "benchmark", "boltzmann")
    weight, visible, hidden = rng.normal(0, 0.1, (N, HIDDEN)), rng.normal(-3, 0.3, N), rng.normal(0, 0.5, HIDDEN)
    machine = BoltzmannMachine.from_arrays(weight, visible, hidden)
    common = {"bench": "boltzmann", "n_units": N, "n_hidden": HIDDEN, "n_chains": CHAINS}
    plan = {"n_hidden": HIDDEN, "n_chains": CHAINS, "gibbs_steps": STEPS, "batch": BATCH}
    ours = {}
    with torch_threads(1):
        whole = measure(lambda: train_boltzmann(states, BoltzmannPlan(n_updates=UPDATES + BASE, **plan)), 2)
        start = measure(lambda: train_boltzmann(states, BoltzmannPlan(n_updates=BASE, **plan)), 2)
        ours["update"] = {k: (whole[k] - start[k]) / UPDATES for k in ("cpu_s", "wall_s")} | {"repeats": 2}
        found = []
        ours["log Z"] = measure(
            lambda: found.append(
                annealed_log_partition(machine, machine.visible, temperatures=TEMPERATURES, n_chains=CHAINS)
            ),
            2,
        )
    cases = {"update": f"one update, {STEPS} sweeps", "log Z": f"annealed log Z, {TEMPERATURES} steps"}
    for what, case in cases.items():
        extra = {"log_z": found[-1].log_z} if what == "log Z" else {}
        yield common | {"case": case, "who": "interplay"} | ours[what] | extra
    yield common | {"case": "all pair couplings", "who": "interplay"} | measure(lambda: walsh_pairs(weight, hidden), 2)
    for row in _peer(states, weight, visible, hidden):
        what = row.pop("what")
        row["ratio_cpu"] = row["cpu_s"] / ours[what]["cpu_s"]
        yield common | {"case": cases[what]} | row
    yield common | whole_fit(states)


def whole_fit(states):
    """Time all of `BoltzmannCouplings().fit` at its defaults, once; the time to compile is part of it."""
    sample, unit = np.nonzero(states)
    bin_s = BoltzmannCouplings().bin_s
    events = Events(time=(sample + 0.5) * bin_s, unit=unit, n_units=N, span=(0.0, len(states) * bin_s))
    started, begun = time.perf_counter(), time.process_time()
    found = BoltzmannCouplings().fit(events)
    cost = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started, "repeats": 1}
    row = {"case": "whole fit, default settings", "who": "interplay", "n_updates": BoltzmannCouplings().n_updates}
    for kind in ("log_likelihood", "log_conditional"):
        row |= {f"{kind}_{m}": float(v) for m, v in zip(found.models, getattr(found, kind), strict=True)}
    area = np.arange(N) % AREAS
    pair = np.triu_indices(N, 1)
    inside = (area[:, None] == area[None, :])[pair]
    for who, couplings in (("", found.couplings), ("pairwise_", found.pairwise_couplings)):
        row[f"{who}auc_same_area"] = roc_auc(inside, couplings[pair])
    row |= {"thermalised": found.thermalised, "log_z_effective": found.log_z_effective}
    return row | cost


def _peer(states, weight, visible, hidden):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("rbms is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "given.npz"
        np.savez(
            place,
            states=states,
            weight=weight,
            visible=visible,
            hidden=hidden,
            plan=[UPDATES, CHAINS, STEPS, BATCH, TEMPERATURES],
        )
        script = Path(__file__).with_name("boltzmann_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
