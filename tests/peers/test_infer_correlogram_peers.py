"""Correlograms beside SpikeInterface's, edges beside elephant's, transfer entropy beside pyinform's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay import Events, Recording, Series
from interplay.infer import MutualInformation, SpikingProbability, TransferEntropy, correlograms

pytestmark = [pytest.mark.peer, pytest.mark.slow]


def ask(package, **question):
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has the package."""
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False).returncode:
        pytest.skip(f"no {package} here; set INTERPLAY_PEERS to an interpreter that has it")
    script = Path(__file__).with_name("correlogram_peers.py")
    done = subprocess.run([python, str(script)], input=json.dumps(question), capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def trains(seed, n_units, rate_hz, stop, clock_hz):
    rng = np.random.Generator(np.random.Philox(seed))
    return [np.unique(rng.integers(0, int(stop * clock_hz), rng.poisson(rate_hz * stop))) for _ in range(n_units)]


def test_counts_equal_spikeinterface_on_shared_bins():
    ticks = trains(0, 5, 20.0, 30.0, 10000)
    answer = ask("spikeinterface", task="correlograms", ticks=[t.tolist() for t in ticks], clock_hz=10000)
    theirs = np.array(answer["counts"])
    events = Events.from_trains([t / 10000 for t in ticks], span=(0.0, 30.0))
    # One lag of the clock per bin; theirs of 1 ms, [k, k + 1) ms, are ten of these.
    fine = correlograms(events, bin_s=0.0001, reach_s=0.011)
    middle = len(fine.lag_s) // 2
    for i in range(5):
        for j in range(5):
            if i != j:
                ours = fine.pair(i, j)[middle - 100 : middle + 100].reshape(20, 10).sum(axis=1)
                np.testing.assert_array_equal(ours, theirs[j, i])


def test_edges_equal_elephant():
    times = [(t + 0.5) / 1000 for t in trains(1, 6, 20.0, 20.0, 1000)]
    answer = ask("elephant", task="edges", trains=[t.tolist() for t in times], stop=20.0)
    ours = SpikingProbability(window_s=20, step_s=20).fit(Events.from_trains(times, span=(0.0, 20.0)))
    off = ~np.eye(6, dtype=bool)
    # elephant's rows are targets, though its documentation names them sources.
    np.testing.assert_allclose(ours.snapshots.matrix(0)[off], np.array(answer["weights"]).T[off], atol=1e-12)


@pytest.mark.parametrize("history", [1, 2])
def test_transfer_entropy_equals_pyinform(history):
    rng = np.random.Generator(np.random.Philox(2))
    x = (rng.random((500, 4)) < 0.3).astype(float)
    x[1:, 1] = np.where(rng.random(499) < 0.5, x[:-1, 0], x[1:, 1])
    answer = ask("pyinform", task="transfer", x=x.T.tolist(), history=history)
    data = Recording(traces=Series.regular(x, dt_s=0.01))
    config = TransferEntropy(window_s=5, step_s=5, history=history, max_delay=1, bias="none", estimator="binary")
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(
        config.fit(data).snapshots.matrix(0)[off], np.array(answer["values"])[off], rtol=0, atol=1e-12
    )


def test_mutual_information_equals_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.Generator(np.random.Philox(3))
    data = Events.from_trains([np.sort(rng.uniform(0, 20, 300)) for _ in range(4)], span=(0.0, 20.0))
    s = MutualInformation(bin_s=0.05, window_s=20, step_s=20, levels=4, bias="none").fit(data).snapshots
    counts = [np.histogram(data.time[data.unit == u], np.arange(401) * 0.05)[0] for u in range(4)]
    for k, (i, j) in enumerate(zip(s.src, s.dst, strict=True)):
        expected = metrics.mutual_info_score(np.minimum(counts[i], 3), np.minimum(counts[j], 3))
        assert s.weight[k] == pytest.approx(expected, abs=1e-12)
