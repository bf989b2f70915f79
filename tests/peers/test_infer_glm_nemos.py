"""The coupled Poisson regression beside NeMoS: the same coefficients for the same basis, counts and penalty."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay.infer import PlantedPoisson, PoissonGLM
from interplay.infer.sequences import sample_runs

pytestmark = [pytest.mark.peer, pytest.mark.slow]


@pytest.mark.parametrize("link", ["exp", "softplus"])
def test_coefficients_equal_those_of_nemos(link):
    python = os.environ.get("INTERPLAY_PEERS", sys.executable)
    if subprocess.run([python, "-c", "import nemos"], capture_output=True, check=False).returncode:
        pytest.skip("no NeMoS here; set INTERPLAY_PEERS to an interpreter that has it")
    recording = PlantedPoisson(n_units=5, duration_s=60.0).simulate(seed=1)
    result = PoissonGLM(strength=3.0, link=link, folds=0).fit(recording)
    (counts,) = sample_runs(recording, 0.01).values
    lags = len(result.basis)
    # NeMoS averages the loss over bins, and so weighs the penalty by their number.
    given = {
        "counts": counts.tolist(),
        "basis": result.basis.tolist(),
        "ridge": 3.0 / (len(counts) - lags),
        "link": link,
    }
    script = Path(__file__).with_name("nemos_glm.py")
    done = subprocess.run([python, str(script)], input=json.dumps(given), capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    np.testing.assert_allclose(result.bias[0], theirs["bias"], atol=1e-5)
    ours = result.coefficients[0].transpose(0, 2, 1).reshape(-1, 5)
    np.testing.assert_allclose(ours, theirs["theta"], atol=1e-4)
