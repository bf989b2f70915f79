"""Spike time tiling beside elephant's: equal on short recordings, apart on long ones.

elephant widens the lag by 1e-5 of the absolute time (the default relative tolerance of its comparison), so its
coefficient of independent trains rises above zero with the length of the recording.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay import Events
from interplay.infer import SpikeTiling

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def elephant():
    """Ask the interpreter named by INTERPLAY_PEERS, or this one if it has elephant."""
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", "import elephant"], capture_output=True, check=False).returncode:
        pytest.skip("no elephant here; set INTERPLAY_PEERS to an interpreter that has it")

    def ask(trains, stop, lag_s):
        given = json.dumps({"trains": [t.tolist() for t in trains], "stop": stop, "lag_s": lag_s})
        script = Path(__file__).with_name("elephant_tiling.py")
        done = subprocess.run([python, str(script)], input=given, capture_output=True, text=True, check=True)
        return np.array(json.loads(done.stdout))

    return ask


def both(elephant, seed, n_units, rate_hz, stop, lag_s):
    rng = np.random.default_rng(seed)
    trains = [np.sort(rng.uniform(0, stop, rng.poisson(rate_hz * stop))) for _ in range(n_units)]
    events = Events.from_trains(trains, span=(0.0, stop))
    ours = SpikeTiling(bounds=[(0.0, stop)], lag_s=lag_s).fit(events).snapshots.weight
    return ours, elephant(trains, stop, lag_s)


def test_tiling_equals_elephant_on_short_recordings(elephant):
    # Times stay below 20 s: elephant's lag is 50 ms + 0.2 ms at most, and no gap of these trains lies in between.
    ours, theirs = both(elephant, 3, 6, 1.0, 20.0, 0.05)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@pytest.mark.slow
def test_elephant_is_biased_on_long_recordings_and_we_are_not(elephant):
    ours, theirs = both(elephant, 0, 4, 1.0, 3600.0, 0.05)
    assert abs(ours.mean()) < 0.005
    assert theirs.mean() > 0.02
