"""Measures of a stream beside py-tgx 0.4.0, on events that are binned already.

What is left out: its discretisation, whose first bin holds the events of the first time alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.measures import event_bounds, event_course, measure_events, temporal_edges

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def tgx():
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has py-tgx."""
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", "import tgx"], capture_output=True, check=False).returncode:
        pytest.skip("no py-tgx here; set INTERPLAY_PEERS to an interpreter that has it")

    def ask(events):
        script = Path(__file__).with_name("tgx_measures.py")
        given = json.dumps(events)
        done = subprocess.run([python, str(script)], input=given, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return ask


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_tgx(tgx, seed):
    rng = stream(seed, "test", "tgx")
    src, dst = rng.integers(0, 12, (2, 300))
    time = np.sort(np.concatenate([np.arange(25), rng.integers(0, 25, 275)])).astype(float)
    graph = TemporalGraph(src=src, dst=dst, time=time, n_nodes=12, span=(0.0, 25.0))
    theirs = tgx(np.column_stack([src, dst, time.astype(int)]).tolist())
    bounds = event_bounds(graph, bins=25)
    edges = temporal_edges(graph, bounds)
    course, scalars = event_course(graph, edges), measure_events(graph, bins=25).scalars
    for name in ("novelty", "node_activity"):
        assert scalars[name] == pytest.approx(theirs[name], abs=1e-12)
    for name in ("engaged_nodes", "nodes", "pairs", "components"):
        assert course[name].tolist() == theirs[name]
    np.testing.assert_allclose(course["largest_component"] * course["nodes"], theirs["largest"])
    assert (edges.new.tolist(), edges.repeated.tolist()) == (theirs["new"], theirs["repeated"])
    # Its split is the quantile of different times, which are all equally frequent only by chance: split there.
    share = float((time < np.quantile(np.arange(25), 0.85)).mean())
    at = measure_events(graph, bins=25, share=share).scalars
    assert at["surprise"] == pytest.approx(theirs["surprise"], abs=1e-12)
    assert at["reoccurrence"] == pytest.approx(theirs["reoccurrence"], abs=1e-12)
