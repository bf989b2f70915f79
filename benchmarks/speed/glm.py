"""Coupled Poisson regression: bins of 10 ms, 8 raised cosines over 25 bins, ridge; up to 100 neurons, 10 minutes."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay import Events
from interplay.infer import PoissonGLM
from interplay.infer.glm_basis import history_basis
from interplay.infer.glm_design import Design

LAGS, BASES = 25, 8
SIZES = ((30, 20_000), (100, 60_000))
BIN_S = 0.01
#: Per bin and squared coefficient, as the peer counts it; ours counts it for the whole likelihood.
RIDGE = 1e-3


def simulated(n, bins):
    """Draw counts of a network where 5 % of pairs are coupled, half of them by inhibition."""
    rng = np.random.Generator(np.random.Philox(0))
    coupling = np.where(rng.random((n, n)) < 0.05, rng.choice([-0.3, 0.3], (n, n)), 0.0)
    decay = np.exp(-np.arange(LAGS) / 5.0)[::-1]
    counts = np.zeros((bins + LAGS, n))
    for t in range(LAGS, bins + LAGS):
        counts[t] = rng.poisson(np.minimum(np.exp(np.log(0.04) + (decay @ counts[t - LAGS : t]) @ coupling), 2.0))
    return counts[LAGS:], coupling


def events_of(counts):
    bins, unit = np.nonzero(counts)
    several = counts[bins, unit].astype(int)
    time = BIN_S * (np.repeat(bins, several) + 0.5)
    return Events.from_events(time, np.repeat(unit, several), n_units=counts.shape[1], span=(0.0, BIN_S * len(counts)))


def rows():
    for n, bins in SIZES:
        yield from _case(n, bins)


def _case(n, bins):
    counts, coupling = simulated(n, bins)
    events = events_of(counts)
    case = f"{n} neurons, {bins} bins, {BASES} bases"
    common = {"bench": "glm", "case": case, "n_spikes": len(events)}
    common_settings = {"bin_s": BIN_S, "span_s": LAGS * BIN_S, "n_bases": BASES, "folds": 0}
    ridge = RIDGE * (bins - LAGS)
    quick = PoissonGLM(**common_settings, strength=ridge, errors="none", tolerance=1e-6)
    result = quick.fit(events)
    ours = measure(lambda: quick.fit(events), 3)
    theta = np.concatenate([result.bias, result.coefficients[0].transpose(0, 2, 1).reshape(-1, n)])
    value = _objective(counts, theta)
    yield common | {"who": "interplay, no errors", "objective": value, "r": _recovery(theta, coupling)} | ours
    for row in _peers(counts):
        theta = np.array(row.pop("theta"))
        row |= {"objective": _objective(counts, theta), "r": _recovery(theta, coupling)}
        row["ratio_cpu"] = row["cpu_s"] / ours["cpu_s"]
        yield common | row
    if os.environ.get("INTERPLAY_LONG"):
        whole = PoissonGLM(**common_settings, strength=ridge)
        yield common | {"who": "interplay, with standard errors and p-values"} | _once(lambda: whole.fit(events))


def _once(work):
    import time

    started, begun = time.perf_counter(), time.process_time()
    work()
    return {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started, "repeats": 1}


def _design(counts):
    weight = np.ones(len(counts))
    weight[:LAGS] = 0.0
    basis = history_basis("raised-cosine", BASES, LAGS)
    return Design.of_runs([counts], [weight], basis, [np.empty((len(counts), 0))])


def _objective(counts, theta):
    """Penalised loss per bin, summed over neurons, in double precision, without factorials: lower is better."""
    drive = _design(counts).drive(np.ascontiguousarray(theta))[LAGS : len(counts)]
    loss = (np.exp(drive) - counts[LAGS:] * drive).sum() / (len(counts) - LAGS)
    return float(loss + 0.5 * RIDGE * (theta[1:] ** 2).sum())


def _recovery(theta, coupling):
    """Correlation of the filters' integrals with the couplings that made the spikes, off the diagonal."""
    n = theta.shape[1]
    area = history_basis("raised-cosine", BASES, LAGS).sum(axis=0)
    found = np.einsum("jkm,k->jm", theta[1:].reshape(n, BASES, n), area)
    off = ~np.eye(n, dtype=bool)
    return float(np.corrcoef(found[off], coupling[off])[0, 1])


def _peers(counts):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("NeMoS is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "counts.npz"
        np.savez(place, counts=counts, basis=history_basis("raised-cosine", BASES, LAGS), ridge=RIDGE)
        script = Path(__file__).with_name("glm_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        yield json.loads(line)
